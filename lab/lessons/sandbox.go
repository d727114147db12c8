package lessons

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"pollwire/lab/netbox"
	"pollwire/lab/sandbox"
)

// maxTopology is how long a file that describes a network may be.
const maxTopology = 1 << 20

// sandbox is `pollwire lab sandbox FILE [-- HOST COMMAND...]`. The file is read before anything else: a mistake in it
// is told on every system.
func (o *options) sandbox(ctx context.Context, stdout io.Writer) error {
	if len(o.names) != 2 {
		return errors.New("sandbox: of which FILE?")
	}
	f, err := os.Open(o.names[1])
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTopology))
	if err != nil {
		return err
	}
	t, err := sandbox.Parse(o.names[1], string(text))
	if err != nil {
		return err
	}
	if !netbox.Inside() {
		words := slices.Concat(o.given, o.names)
		if len(o.command) > 0 {
			words = slices.Concat(words, []string{"--"}, o.command)
		}
		return inBox(ctx, words)
	}
	err = sandbox.Run(ctx, t, sandbox.Config{Seed: o.seed, Captures: filepath.Join(o.captures, "sandbox"),
		Korean: o.lang == "ko", Command: o.command}, stdout)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}
