package lessons

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"

	"pollwire/lab/coverage"
	"pollwire/lab/pcap"
	"pollwire/lab/trace"
)

// smallComputer is how much memory, in bytes, reading a capture should do with: at it garbage is collected more often.
const smallComputer = 200 << 20

// check is `pollwire lab check FILE`: what a capture shows, and what it lacks.
func (o *options) check(ctx context.Context, stdout io.Writer, names []string) error {
	if len(names) != 1 {
		return errors.New("check: which FILE?")
	}
	f, err := os.Open(names[0])
	if err != nil {
		return err
	}
	defer f.Close()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(smallComputer))
	c, err := covered(ctx, f)
	if e := (*pcap.Error)(nil); errors.As(err, &e) {
		return errors.New(names[0] + ": " + e.Error())
	}
	if err != nil {
		return err
	}
	if answer := c.In(o.lang); o.json {
		(&jsonPrinter{w: stdout}).write(answer)
	} else {
		answer.Print(stdout, o.lang)
	}
	return nil
}

func covered(ctx context.Context, r io.Reader) (*coverage.Coverage, error) {
	file, err := pcap.Load(r)
	if err != nil {
		return nil, err
	}
	t, err := trace.Read(ctx, file)
	if err != nil {
		return nil, err
	}
	return coverage.Of(ctx, t)
}
