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
	whole    bool      // the end has been seen
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
		err = problem.Refuse(problem.Malformed, "the body did not arrive whole, or not in time")
	}
	return n, err
}
