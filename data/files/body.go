package files

import (
	"io"
	"net/http"
	"time"

	"pollwire/rest/problem"
)

// piece is how much is read and written at a time, and how much must come within each pieceTime: about 2 KB a second.
// Who sends a byte now and then can't hold a place for long.
const piece = 64 << 10

// body is what a client sends, with limits of time and size. All its errors have a kind.
type body struct {
	f        *Folder
	src      io.Reader
	rc       *http.ResponseController
	end      time.Time // by then all must be here
	due      int       // bytes until the deadline moves on
	left     int64     // bytes that may still come
	overflow error     // for more of them
	begun    bool      // some of it has been asked for
	whole    bool      // the end has been seen
	broken   bool      // the end will not be seen
}

// allow says how much may come from now on, and what is the matter with more.
func (b *body) allow(n int64, overflow error) { b.left, b.overflow = n, overflow }

func (b *body) Read(p []byte) (int, error) {
	if b.whole {
		return 0, io.EOF // without a new deadline, which would hit the connection while the answer is made
	}
	if b.due <= 0 {
		if b.f.closing() {
			return 0, errClosed
		}
		deadline := time.Now().Add(b.f.pieceTime)
		if deadline.After(b.end) {
			deadline = b.end
		}
		b.rc.SetReadDeadline(deadline) // not possible everywhere; then the server's own limit holds
		b.due = piece
	}
	b.begun = true
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.src.Read(p)
	b.due -= n
	if int64(n) > b.left {
		return 0, b.overflow
	}
	b.left -= int64(n)
	switch err {
	case nil:
	case io.EOF:
		b.whole = true
	default: // broken off, too slow, or chunked in a way that is wrong
		b.broken = true
		err = problem.Refuse(problem.Malformed, "the body did not arrive whole, or not in time")
	}
	return n, err
}

// maxDrain is how many bytes are read for nothing. Who announces more is told at once.
const maxDrain = 64 << 20

// drain reads the rest of a body that is refused, throws it away, and tells whether the end has been seen. Simple
// clients (such as Python's http.client) read no answer before they have sent everything: without drain they would see
// no 403, but a connection that breaks. RFC 9112 §9.6 tells why: what arrives after the close resets the connection.
//
// It takes drainTime at most, and ends where nothing comes for quietTime: then the client waits for the answer.
func (b *body) drain(r *http.Request) bool {
	switch {
	case b.whole, r.ContentLength == 0:
		return true
	case b.broken, b.f.closing(), r.ContentLength > maxDrain:
		return false
	case r.Header.Get("Expect") != "" && !b.begun: // to read would be to ask for the body (RFC 9110 §10.1.1)
		return false
	}
	end := time.Now().Add(b.f.drainTime)
	buf := make([]byte, 8<<10)
	for left := maxDrain; left > 0 && !b.whole; {
		deadline := time.Now().Add(b.f.quietTime)
		if deadline.After(end) {
			deadline = end
		}
		b.rc.SetReadDeadline(deadline)
		n, err := b.src.Read(buf)
		left -= n
		b.whole = err == io.EOF
		if err != nil {
			break
		}
	}
	b.rc.SetReadDeadline(time.Now().Add(b.f.pieceTime)) // net/http reads on: for the next request, or before it closes
	return b.whole
}
