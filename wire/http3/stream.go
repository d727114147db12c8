package http3

import (
	"os"
	"sync"
	"time"

	"golang.org/x/net/quic"
)

// stream is a stream of QUIC with deadlines that can be changed at any time, as those of a net.Conn: quic has contexts,
// which can't be changed while somebody waits.
type stream struct {
	*quic.Stream
	read, write deadline
	first       []byte // was looked at, and is to be read once more
	writing     sync.Mutex
}

func newStream(q *quic.Stream) *stream {
	s := &stream{Stream: q}
	s.SetReadContext(&s.read)
	s.SetWriteContext(&s.write)
	return s
}

func (s *stream) Read(b []byte) (int, error) {
	if len(s.first) > 0 && len(b) > 0 {
		b[0], s.first = s.first[0], nil
		return 1, nil
	}
	if s.read.passed() { // what is here already could be read in spite of it
		return 0, os.ErrDeadlineExceeded
	}
	return s.Stream.Read(b)
}

func (s *stream) ReadByte() (byte, error) {
	var b [1]byte
	if len(s.first) > 0 {
		s.Read(b[:])
		return b[0], nil
	}
	return s.Stream.ReadByte()
}

func (s *stream) Write(b []byte) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.write.passed() { // it could fit into a buffer
		return 0, os.ErrDeadlineExceeded
	}
	return s.Stream.Write(b)
}

// ended tells without waiting whether the other end has ended its side in good order, and nothing more is to be read.
func (s *stream) ended() bool {
	if len(s.first) > 0 {
		return false
	}
	var past deadline
	past.set(time.Unix(1, 0))
	s.SetReadContext(&past) // with it a Read waits for nothing
	defer s.SetReadContext(&s.read)
	var b [1]byte
	n, err := s.Stream.Read(b[:])
	if n > 0 {
		s.first = b[:]
		return false
	}
	return isEOF(err)
}

// refused tells without waiting whether the other end wants nothing more of what is written: STOP_SENDING (RFC 9000
// §3.5). To write nothing is the one way to ask quic. Somebody who is just writing will find out.
func (s *stream) refused() bool {
	if !s.writing.TryLock() {
		return false
	}
	defer s.writing.Unlock()
	_, err := s.Stream.Write(nil)
	return err != nil
}

// abort ends both directions.
func (s *stream) abort(code Code) {
	s.Reset(uint64(code))
	s.StopSending(uint64(code))
}

// deadline is a context that ends at a time which can be changed. The zero deadline never ends.
type deadline struct {
	mu    sync.Mutex // guards what follows
	at    time.Time
	timer *time.Timer
	done  chan struct{} // closed: the time has come
}

// set changes the time; a zero one is none.
func (d *deadline) set(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop() // one that runs already finds another time
	}
	if d.at = at; d.over() {
		d.end()
		return
	}
	select {
	case <-d.channel():
		d.done = make(chan struct{}) // it begins anew
	default:
	}
	if !at.IsZero() {
		d.timer = time.AfterFunc(time.Until(at), d.ring)
	}
}

func (d *deadline) ring() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over() {
		d.end()
	}
}

// over tells whether the time has come. It is called with d.mu held, and so are the next two.
func (d *deadline) over() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (d *deadline) channel() chan struct{} {
	if d.done == nil {
		d.done = make(chan struct{})
	}
	return d.done
}

func (d *deadline) end() {
	select {
	case <-d.channel():
	default:
		close(d.done)
	}
}

func (d *deadline) passed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over()
}

// Done, Err, Deadline and Value make it a context.Context, as far as quic needs one.
func (d *deadline) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.channel()
}

// Err is asked when Done was closed, and must not be nil then, though the time may have been changed meanwhile.
func (d *deadline) Err() error { return os.ErrDeadlineExceeded }

func (d *deadline) Deadline() (time.Time, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at, !d.at.IsZero()
}

func (d *deadline) Value(any) any { return nil }
