package lab

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"pollwire/rest/input"
)

const (
	maxBytes  = 10_000_000       // of an answer
	maxPieces = 100_000          // each costs a system call and, with TLS, a record: these take about a second
	maxPauses = 30 * time.Second // all of an answer together

	// fillSize is how much text is made at a time. A piece of more bytes is written in several goes, and is as many
	// chunks in HTTP/1.1.
	fillSize = 64 << 10

	// grace lets an answer whose pauses take the whole time get its last piece out.
	grace = time.Second
)

// Bytes answers with a text of exactly n bytes. Each line has 64 bytes and begins with its own offset, so that each
// TCP segment, TLS record, chunk and frame shows which part of the text it carries.
//
//	http.request.uri contains "/lab/bytes"       HTTP/1; then "Follow > TCP stream", or tcp.stream == N
//	http2.headers.path contains "/lab/bytes"     HTTP/2; then http2.streamid == N
//	http.chunk_size                              the answer, if it came in chunks
//	http2.type == 0                              the DATA frames
//	tcp contains "00000640 abc"                  the segment with the line at this offset, without TLS
//
// Without ?chunk the length is told before (Content-Length) and the bytes leave as fast as they are taken. With
// ?chunk=BYTES the header section and each piece are written one by one: in HTTP/1.1 as chunks (RFC 9112 §7.1), in
// HTTP/2 as DATA frames, which have at most 16,384 bytes unless the client allows more (RFC 9113 §4.2). ?delay=, a Go
// duration such as 100ms, is the time from one piece to the next.
//
// An HTTP/1.0 client knows no chunks: there the end of the connection is the end of the answer, and a text that was
// cut off looks whole.
func Bytes(w http.ResponseWriter, r *http.Request) error {
	p, err := parsePlan(r)
	if err != nil {
		return refuse(err)
	}
	p.writeHeader(w)
	if r.Method == http.MethodHead {
		return nil
	}
	s := sender{w: w, rc: http.NewResponseController(w), buf: make([]byte, min(fillSize, p.n))}
	// A client that takes nothing holds a Write until the deadline. It is not taken back at the end, for net/http still
	// has bytes of the answer in its buffers then. It ends by itself: in HTTP/1 net/http clears it behind the answer,
	// in HTTP/2 it is the deadline of this one stream.
	s.rc.SetWriteDeadline(time.Now().Add(maxPauses + grace))
	if p.chunk == 0 {
		s.text(0, p.n)
	} else if !s.pieces(r.Context(), p) && !isReset(r) {
		s.breakOff()
	}
	return nil
}

// plan is what was asked for.
type plan struct {
	n     int
	chunk int           // bytes of a piece; 0: all in one, with its length told before
	delay time.Duration // from piece to piece
}

func parsePlan(r *http.Request) (p plan, err error) {
	v, err := input.Query(r)
	if err != nil {
		return p, err
	}
	if p.n, err = pathInt(r, v, "n", 0, maxBytes); err != nil {
		return p, err
	}
	p.chunk = int(v.Int("chunk", 1, int64(max(p.n, 1)), 0))
	if text, sent := v.Get("delay"); sent {
		p.delay, err = time.ParseDuration(text)
		switch {
		case err != nil || p.delay < 0 || p.delay > maxPauses:
			v.Add("delay", "must be a duration from 0s to %v, such as 100ms", maxPauses)
		case p.chunk == 0:
			v.Add("delay", "is the time between pieces: it needs a chunk")
		}
	}
	if v.Err() == nil && p.chunk > 0 {
		p.check(v)
	}
	return p, v.Err()
}

func (p plan) writeHeader(w http.ResponseWriter) {
	noStore(w)
	w.Header().Set("Content-Type", "text/plain; charset=us-ascii")
	if p.chunk == 0 {
		w.Header().Set("Content-Length", strconv.Itoa(p.n))
	}
	w.WriteHeader(http.StatusOK)
}

// check notes in v if the pieces are too many, or the pauses between them.
func (p plan) check(v *input.Values) {
	pieces := (p.n + p.chunk - 1) / p.chunk
	if pieces > maxPieces {
		v.Add("chunk", "would make %d pieces of %d bytes, more than %d", pieces, p.n, maxPieces)
	} else if pauses := time.Duration(pieces-1) * p.delay; pauses > maxPauses {
		v.Add("delay", "would make the answer take %v, longer than %v", pauses, maxPauses)
	}
}

// sender writes one answer.
type sender struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	buf []byte
}

// isReset reports whether the client has ended the stream of a request already: nothing more may be said on it then,
// and no RST_STREAM either (RFC 9113 §5.4.2).
func isReset(r *http.Request) bool { return r.ProtoMajor == 2 && r.Context().Err() != nil }

// breakOff ends the connection, or in HTTP/2 the stream. An answer that returns is complete to net/http: it would send
// the last chunk, and half a text would look whole. With a deadline that has passed nothing more leaves.
func (s *sender) breakOff() { s.rc.SetWriteDeadline(time.Unix(1, 0)) }

// pieces writes them one by one and reports whether all have left.
func (s *sender) pieces(ctx context.Context, p plan) bool {
	if s.rc.Flush() != nil { // the header section gets a packet of its own, as each piece will
		return false
	}
	next := time.NewTimer(0)
	defer next.Stop()
	start := time.Now()
	for i, offset := 0, 0; offset < p.n; i++ {
		if i > 0 && p.delay > 0 {
			// Counted from the start, so that many small delays don't add up to more than they should.
			next.Reset(time.Until(start.Add(time.Duration(i) * p.delay)))
			select {
			case <-next.C:
			case <-ctx.Done(): // gone, or it has closed its sending side, which looks the same
				return false
			}
		}
		end := min(offset+p.chunk, p.n)
		if !s.text(offset, end) || s.rc.Flush() != nil {
			return false
		}
		offset = end
	}
	return true
}

// text writes what stands from offset to end and reports whether it could. At most fillSize bytes are in memory.
func (s *sender) text(offset, end int) bool {
	for offset < end {
		b := s.buf[:min(len(s.buf), end-offset)]
		fill(b, offset)
		if _, err := s.w.Write(b); err != nil {
			return false
		}
		offset += len(b)
	}
	return true
}

// A line has 64 bytes. There are no digits but those of the offset.
const line0 = "00000000 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"

// fill sets b to what stands at offset in the text.
func fill(b []byte, offset int) {
	line := []byte(line0)
	for len(b) > 0 {
		inside := offset % len(line)
		for i, rest := 7, offset-inside; i >= 0; i, rest = i-1, rest/10 {
			line[i] = '0' + byte(rest%10)
		}
		n := copy(b, line[inside:])
		b, offset = b[n:], offset+n
	}
}
