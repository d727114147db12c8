package lessons

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"pollwire/lab/plot"
	"pollwire/lab/trace"
)

// least is how many segments with data a connection must have to be worth a picture.
const least = 20

// plot is `pollwire lab plot FILE`: a picture of a connection, beside the terminal's small one.
func (o *options) plot(ctx context.Context, stdout io.Writer, names []string) error {
	if len(names) != 1 {
		return errors.New("plot: which FILE?")
	}
	before := debug.SetMemoryLimit(smallComputer)
	defer debug.SetMemoryLimit(before)
	t, err := traceOf(ctx, names[0])
	if err != nil {
		return err
	}
	n := o.stream
	if n < 0 {
		n = largest(t)
	}
	if n < 0 || n >= len(t.Streams) {
		return fmt.Errorf("%s: it has %d connections of TCP", names[0], len(t.Streams))
	}
	s := plot.Of(t.Streams[n])
	if s.Bytes == 0 {
		return fmt.Errorf("%s: nothing was sent on its connection %d", names[0], n)
	}
	fmt.Fprintln(stdout, s.Name)
	if err := s.Braille(stdout, o.lang, 72); err != nil {
		return err
	}
	path := o.svg
	if path == "" {
		path = bare(filepath.Base(names[0])) + fmt.Sprintf("-%d.svg", n)
	}
	if err := writePicture(path, s, o.lang); err != nil {
		return err
	}
	fmt.Fprintln(stdout, Text{"The picture: %s", "그림: %s"}.With(path).In(o.lang))
	return nil
}

// largest is the connection on which most was sent, -1 where there is none.
func largest(t *trace.Trace) (best int) {
	best = -1
	most := 0
	for i, s := range t.Streams {
		n := 0
		for p := range s.Packets() {
			n += len(p.Payload())
		}
		if best < 0 || n > most {
			best, most = i, n
		}
	}
	return best
}

// bare is a file's name without what tells its kind.
func bare(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".pcapng"), ".pcap")
}

// writePicture writes the whole file at once.
func writePicture(path string, s *plot.Series, lang string) error {
	var svg bytes.Buffer
	if err := s.SVG(&svg, lang); err != nil {
		return err
	}
	return os.WriteFile(path, svg.Bytes(), 0o644)
}

// drawn draws the connections that a lesson is about, beside its captures, and says where.
func (o *options) drawn(ctx context.Context, l Lesson, w io.Writer) error {
	if l.Plot == "" || o.captures == "" {
		return nil
	}
	folder := filepath.Join(o.captures, l.Name)
	t, err := traceOf(ctx, filepath.Join(folder, l.Plot+".pcapng"))
	if err != nil {
		return err
	}
	for i, s := range t.Streams {
		series := plot.Of(s)
		if len(series.Segments) < least {
			continue
		}
		path := filepath.Join(folder, fmt.Sprintf("%s-%d.svg", l.Plot, i))
		if err := writePicture(path, series, o.lang); err != nil {
			return err
		}
		if !o.json {
			fmt.Fprintln(w, Text{"picture of %s: %s", "%s의 그림: %s"}.With(series.Name, path).In(o.lang))
		}
	}
	return nil
}
