package capture

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"pollwire/wire/pcapng"
)

const (
	// readSize is what is read at a time, however little is asked for: crypto/tls and net/http read in small pieces
	// what has arrived in one.
	readSize = 4 << 10

	// pieceSize is what is written at a time, so that a client that reads slowly is seen to read.
	pieceSize = 64 << 10
)

// Listener returns l with all its connections recorded.
func (r *Recorder) Listener(l net.Listener) net.Listener {
	if r == nil {
		return l
	}
	return &listener{l, r}
}

type listener struct {
	net.Listener
	rec *Recorder
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.rec.record(c), nil
}

// Conn is a recorded connection. It is no *net.TCPConn: what that can do without reading and writing (to copy a file
// by itself, to write several buffers at once) would pass unseen.
type Conn struct {
	net.Conn
	rec  *Recorder
	ends ends

	reading sync.Mutex // one Read at a time
	buf     []byte
	rest    []byte // of buf: has been read from the network, and by nobody yet

	writing sync.Mutex // one Write at a time

	omitted atomic.Bool // nothing of it is recorded any more

	mu       sync.Mutex // guards what follows; no I/O while it is held
	stream   stream
	ended    bool     // nothing follows
	comments []string // for the next packet of the server
	history  history
	held     held
	secrets  secrets
}

// record begins to record a connection.
func (r *Recorder) record(inner net.Conn) net.Conn {
	client, server := addrPort(inner.RemoteAddr()), addrPort(inner.LocalAddr())
	if !client.IsValid() || client.Addr().Is4() != server.Addr().Is4() {
		return inner // no IP: a Unix socket
	}
	c := &Conn{Conn: inner, rec: r, ends: ends{client, server}, stream: newStream(client, server)}
	c.history.kept = true
	r.add(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.emit(0, c.stream.open)
	return c
}

// addrPort is an IPv4 address as such, also where a socket for both versions calls it ::ffff:192.0.2.1.
func addrPort(a net.Addr) netip.AddrPort {
	var p netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		p = a.AddrPort()
	case *net.UDPAddr:
		p = a.AddrPort()
	}
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}

// Peek returns the first byte that has not been read yet.
func (c *Conn) Peek() (byte, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if err := c.fill(); err != nil {
		return 0, err
	}
	return c.rest[0], nil
}

func (c *Conn) Read(b []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(c.rest) == 0 && len(b) >= readSize {
		n, err := c.Conn.Read(b)
		c.received(b[:n], err)
		return n, err
	}
	if len(b) == 0 {
		return c.Conn.Read(b)
	}
	if err := c.fill(); err != nil {
		return 0, err
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// fill reads until there is at least one byte in rest.
func (c *Conn) fill() error {
	for len(c.rest) == 0 {
		if c.buf == nil {
			c.buf = make([]byte, readSize)
		}
		n, err := c.Conn.Read(c.buf)
		c.received(c.buf[:n], err)
		c.rest = c.buf[:n]
		if n == 0 && err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) Write(b []byte) (n int, err error) {
	if c.omitted.Load() {
		return c.Conn.Write(b)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	for {
		piece := b[n:min(n+pieceSize, len(b))]
		c.beginWrite()
		m, err := c.Conn.Write(piece)
		c.sent(piece[:m], err)
		if n += m; err != nil || n == len(b) {
			return n, err
		}
	}
}

// CloseWrite says that nothing more will be sent.
func (c *Conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	c.finish(func(dst []byte) []byte {
		return c.stream.finish(dst, seen, &c.stream.server, &c.stream.client, c.taken())
	})
	return half.CloseWrite()
}

// Close closes the connection. What the client does then nobody here can see: it is taken to close its side, too.
func (c *Conn) Close() error {
	defer c.forget()
	c.finish(func(dst []byte) []byte {
		c.ended = true
		dst = c.stream.finish(dst, seen, &c.stream.server, &c.stream.client, c.taken())
		return c.stream.finish(dst, rebuilt, &c.stream.client, &c.stream.server,
			[]string{"Assumed: the server has closed, and sees nothing more of this connection."})
	})
	return c.Conn.Close()
}

// finish records an end.
func (c *Conn) finish(end func([]byte) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release()
	c.emit(0, end)
}

// forget drops what is kept for readers to come.
func (c *Conn) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop()
	c.rec.remove(c)
}

// received records what the client has sent, or that it has ended.
func (c *Conn) received(b []byte, err error) {
	if c.omitted.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	client, server := &c.stream.client, &c.stream.server
	if len(b) > 0 {
		c.hello(b)
		c.fromClient(b, func(dst, b []byte) []byte { return c.stream.data(dst, client, server, b, nil) })
	}
	switch {
	case err == nil || ours(err):
	case errors.Is(err, io.EOF):
		c.fromClient(nil, func(dst, _ []byte) []byte { return c.stream.finish(dst, seen, client, server, nil) })
	default:
		c.fromClient(nil, func(dst, _ []byte) []byte { return c.abort(dst) })
	}
}

// ours tells an error of our own making from one of the connection.
func ours(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed)
}

// abort appends the client's reset, behind which nothing comes.
func (c *Conn) abort(dst []byte) []byte {
	c.ended = true
	return c.stream.abort(dst, &c.stream.client, &c.stream.server)
}

// sent records what the server has sent.
func (c *Conn) sent(b []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(b) > 0 {
		c.secrets.answered = true
		c.emit(len(b), func(dst []byte) []byte {
			return c.stream.data(dst, &c.stream.server, &c.stream.client, b, c.taken())
		})
	}
	c.endWrite()
	if err != nil && !ours(err) {
		c.emit(0, c.abort)
	}
}

// taken returns the comments that wait, once.
func (c *Conn) taken() []string {
	comments := c.comments
	c.comments = nil
	return comments
}

// wanted tells whether anybody will see a packet.
func (c *Conn) wanted() bool { return c.history.kept || c.rec.reading.Load() > 0 }

// emit publishes the packets that packets appends, which carry about size bytes.
func (c *Conn) emit(size int, packets func(dst []byte) []byte) {
	if c.omitted.Load() || c.ended {
		return
	}
	if c.stream.dry = !c.wanted(); c.stream.dry {
		packets(nil)
		return
	}
	dst := make([]byte, 0, c.stream.size(size)+len(c.secrets.lines))
	if len(c.secrets.lines) > 0 {
		dst, c.secrets.lines = pcapng.AppendSecrets(dst, c.secrets.lines), nil
	}
	dst = packets(dst)
	at := c.rec.publish(dst)
	c.keep(chunk{at, dst})
}
