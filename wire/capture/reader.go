package capture

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"pollwire/live/wake"
	"pollwire/wire/pcapng"
)

// Errors of Copy.
var (
	ErrSlow    = errors.New("capture: the reader was too slow")
	errClosed  = errors.New("capture: closed")
	errTooMany = fmt.Errorf("capture: %d are running already", maxReaders)
)

// reader is one who reads a capture. The Recorder's lock guards it.
type reader struct {
	queue [][]byte
	size  int
	why   error     // nothing more is queued
	news  wake.Bell // something is in queue, or the end
}

// push queues blocks. It never waits: a full queue is the end.
func (q *reader) push(blocks []byte) {
	if q.why != nil {
		return
	}
	if q.size+len(blocks) > maxQueue && q.size > 0 {
		last := pcapng.FirstPacket(blocks, fmt.Sprintf(
			"The capture ends here: its reader is too slow, and %d MB waited for it.",
			q.size>>20))
		q.queue = append(q.queue, last)
		q.end(ErrSlow)
		return
	}
	q.queue = append(q.queue, blocks)
	q.size += len(blocks)
	q.news.Ring()
}

func (q *reader) end(why error) {
	if q.why == nil {
		q.why = why
	}
	q.news.Ring()
}

// take returns what waits, and why nothing will follow.
func (r *Recorder) take(q *reader) ([][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	queue := q.queue
	q.queue, q.size = nil, 0
	return queue, q.why
}

// Copy writes a capture to w: a file of pcapng from its first byte on, first the connections that are open, then all
// that happens. It ends, with whole blocks, when ctx does and what was recorded until then is written, after a number
// of packets (0: no limit), or when the Recorder is closed: then the error is nil. ErrSlow says that w took too little;
// what could be kept has been written. Whenever nothing waits all that was recorded has been handed to w, in few
// writes.
func (r *Recorder) Copy(ctx context.Context, w io.Writer, packets int) error {
	q, past, err := r.attach()
	if err != nil {
		return err
	}
	defer r.detach(q)
	out := &limited{Writer: bufio.NewWriterSize(w, 64<<10), left: packets}
	if packets == 0 {
		out.left = -1
	}
	if _, err := out.Writer.Write(appendHeader(nil, r.info)); err != nil {
		return err
	}
	if err := out.write(past); err != nil || out.left == 0 {
		return err
	}
	return r.follow(ctx, q, out)
}

// follow writes what comes until the end.
func (r *Recorder) follow(ctx context.Context, q *reader, out *limited) error {
	for {
		done := ctx.Err() != nil // asked before what was recorded until then is taken
		queue, why := r.take(q)
		if err := out.write(queue); err != nil || out.left == 0 {
			return err
		}
		switch {
		case why == ErrSlow:
			return why
		case why != nil || done:
			return nil
		case len(queue) > 0:
			continue
		}
		select {
		case <-q.news:
		case <-ctx.Done():
		}
	}
}

// limited writes blocks with no more than a number of packets.
type limited struct {
	*bufio.Writer
	left int // below 0: no limit
}

func (l *limited) write(queue [][]byte) error {
	for _, blocks := range queue {
		if l.left > 0 {
			pcapng.EachPacket(blocks, func(_ []byte, end int) bool {
				if l.left--; l.left == 0 {
					blocks = blocks[:end]
				}
				return l.left > 0
			})
		}
		if _, err := l.Writer.Write(blocks); err != nil {
			return err
		}
		if l.left == 0 {
			break
		}
	}
	return l.Flush()
}
