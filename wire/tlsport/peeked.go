package tlsport

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// peeker is a connection that can be looked into: Peek returns the first byte, and Read begins with it all the same.
type peeker interface {
	net.Conn
	Peek() (byte, error)
}

// peekable returns a *net.TCPConn as a peeker, or c itself, which is one.
func peekable(c net.Conn) peeker {
	if tcp, ok := c.(*net.TCPConn); ok {
		return &peeked{TCPConn: tcp}
	}
	return c.(peeker)
}

// peeked is a *net.TCPConn that reads in a way of its own: it can be looked into, and deadlines for reading cost
// little. In all else it is what it was, so that writing several buffers at once and copying files to it keep their
// short cuts.
//
// For each request http.Server sets five to seven deadlines for reading, and each moves a timer of the runtime: the
// work of a twentieth of a short answer. Hardly one of them matters, as most requests come in one piece and no read
// ever waits. So here a deadline is only noted. The timer is set when a read begins, and only if it would wake that too
// late. Where it wakes a read too early, as the deadline has been moved since, the read sets it anew and goes on.
type peeked struct {
	*net.TCPConn
	first [1]byte
	waits bool // first has been looked at and not read; only the one who reads touches it

	mu       sync.Mutex // guards what follows
	deadline time.Time  // zero: none
	timer    time.Time  // for when it is set; zero: for no time
	reads    int        // under way
	bare     bool       // who reads may have gone past Read, see Bare: each deadline is set at once
}

// started is before any deadline to which somebody means to wait.
var started = time.Now()

// Peek returns what Read begins with. It is called once, before all reading.
func (p *peeked) Peek() (byte, error) {
	_, err := io.ReadFull(p, p.first[:])
	p.waits = err == nil
	return p.first[0], err
}

func (p *peeked) Read(b []byte) (int, error) {
	if p.waits && len(b) > 0 {
		p.waits = false
		return copy(b, p.first[:]), nil
	}
	for p.begin() {
		n, err := p.TCPConn.Read(b)
		if !p.wokenTooEarly(err) {
			return n, err
		}
	}
	return 0, os.ErrDeadlineExceeded
}

// begin notes that somebody reads, who will be woken in time. It reports false where the deadline is long over: by one
// of 1970 http.Server ends its watch for a client that goes, which most often has not even begun.
func (p *peeked) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.deadline.IsZero() && p.deadline.Before(started) {
		return false
	}
	p.reads++
	if sooner(p.deadline, p.timer) {
		p.setTimer()
	}
	return true
}

// wokenTooEarly notes that a read has ended with err, and tells whether it was ended by a timer without need.
func (p *peeked) wokenTooEarly(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads--
	if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if !p.deadline.IsZero() && time.Until(p.deadline) <= 0 {
		return false
	}
	p.setTimer()
	return true
}

func (p *peeked) setTimer() {
	p.timer = p.deadline
	p.TCPConn.SetReadDeadline(p.deadline) // fails where it is closed, and so does the read
}

// SetReadDeadline is that of net.Conn, but that it is no error if the connection is closed.
func (p *peeked) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline = t
	if p.bare || p.reads > 0 && sooner(t, p.timer) {
		p.setTimer()
	}
	return nil
}

// sooner tells whether a is a time before b. The zero Time is never.
func sooner(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }

// Bare returns what Read reads from, for one who waits there for hours: Read needs so much stack that together with
// what is below it a goroutine has 4 KB instead of 2. Peek's byte must have been read, and nobody may be reading.
// Deadlines are set here as before.
func (p *peeked) Bare() io.Reader {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bare = true
	p.setTimer()
	return p.TCPConn
}

// SetDeadline sets both.
func (p *peeked) SetDeadline(t time.Time) error {
	return errors.Join(p.SetReadDeadline(t), p.SetWriteDeadline(t))
}

// WriteTo is what io.Copy looks for: that of TCPConn would miss the first byte, and the deadline.
func (p *peeked) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{p})
}
