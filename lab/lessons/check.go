package lessons

import (
	"context"
	"errors"
	"fmt"
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
	before := debug.SetMemoryLimit(smallComputer)
	defer debug.SetMemoryLimit(before)
	t, err := traceOf(ctx, names[0])
	if err != nil {
		return err
	}
	c, err := coverage.Of(ctx, t)
	if err != nil {
		return fmt.Errorf("%s: %w", names[0], err)
	}
	if answer := c.In(o.lang); o.json {
		(&jsonPrinter{w: stdout}).write(answer)
	} else {
		answer.Print(stdout, o.lang)
	}
	return nil
}

// traceOf reads a capture.
func traceOf(ctx context.Context, path string) (*trace.Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := pcap.Load(f)
	if err == nil {
		var t *trace.Trace
		if t, err = trace.Read(ctx, file); err == nil {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}
