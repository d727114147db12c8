// Package tlsport serves plaintext and TLS on one TCP port. The first byte that a client sends tells which it speaks:
//
//	0x16  22, handshake: the content type of the record in which a TLS ClientHello travels (RFC 8446 §5.1)
//	else  plaintext: "G" of GET, "P" of POST or of HTTP/2's preface "PRI * HTTP/2.0" (RFC 9113 §3.4), ...
//
// No protocol that begins with text can be mistaken for TLS, as 0x16 is a control character (SYN, by chance).
//
//	C: 16 03 01 ...                       C: GET / HTTP/1.1
//	   handshake, then what ALPN chose       HTTP/1.1
//
// Whoever connects must say something: a browser often opens a connection that it does not need yet. Such a
// connection waits in a goroutine of its own, so that accepting the next one never waits for the client before it,
// and has a deadline.
//
// Beside the listener are the server's certificate (certificate.go), its TLS settings (config.go) and the key log
// by which Wireshark decrypts (keylog.go).
//
// Not covered: the hello of SSL 2 (RFC 5246 §E.2), which begins with 0x80 and no current client sends; STARTTLS.
package tlsport

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

const recordHandshake = 0x16 // RFC 8446 §5.1: ContentType handshake(22)

// Listener accepts plaintext connections as they are, and TLS connections as *tls.Conn with the handshake done.
// http.Server looks for that very type, to see whether ALPN chose HTTP/2.
type Listener struct {
	inner   net.Listener
	config  *tls.Config
	timeout time.Duration
	dropped func(net.Addr, error)

	ready   chan result
	done    chan struct{} // closed by Close
	running sync.WaitGroup
	closing sync.Once

	mu      sync.Mutex // guards waiting; no I/O while it is held
	waiting map[peeker]bool
}

type result struct {
	conn net.Conn
	err  error
}

// New takes over inner, whose connections are *net.TCPConn or have a Peek of their own. A client has timeout from its
// connection to its first byte, and in TLS to the end of the handshake. dropped hears of those who failed, on their
// goroutines; nil is nobody.
func New(inner net.Listener, config *tls.Config, timeout time.Duration, dropped func(net.Addr, error)) *Listener {
	l := &Listener{inner: inner, config: config, timeout: timeout, dropped: dropped,
		ready: make(chan result), done: make(chan struct{}), waiting: map[peeker]bool{}}
	l.running.Go(l.acceptAll)
	return l
}

// Addr returns the address of the port.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// Accept returns the next client that has said what it speaks.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case r := <-l.ready:
		return r.conn, r.err
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close closes the port and all connections that Accept has not returned, and waits for their goroutines.
func (l *Listener) Close() (err error) {
	l.closing.Do(func() {
		err = l.inner.Close()
		close(l.done)
		l.mu.Lock()
		for c := range l.waiting {
			c.Close()
		}
		l.waiting = nil
		l.mu.Unlock()
		l.running.Wait()
	})
	return err
}

// acceptAll hands errors on: http.Server knows which pass (too many open files) and comes again after a while.
func (l *Listener) acceptAll() {
	for {
		accepted, err := l.inner.Accept()
		if err == nil {
			if c := peekable(accepted); l.add(c) {
				l.running.Go(func() { l.sniff(c) })
			}
		} else if !l.deliver(result{err: err}) {
			return
		}
	}
}

// add notes a connection, for Close. After Close it is closed at once.
func (l *Listener) add(c peeker) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		c.Close()
		return false
	}
	l.waiting[c] = true
	return true
}

// deliver waits for somebody who accepts. It reports false after Close.
func (l *Listener) deliver(r result) bool {
	select {
	case l.ready <- r:
		return true
	case <-l.done:
		return false
	}
}

// sniff finds out what c speaks and delivers it, or closes it.
func (l *Listener) sniff(c peeker) {
	c.SetDeadline(time.Now().Add(l.timeout))
	conn, err := l.identify(c)
	l.mu.Lock()
	delete(l.waiting, c)
	l.mu.Unlock()
	if err == nil {
		c.SetDeadline(time.Time{})
		if l.deliver(result{conn: conn}) {
			return
		}
	} else if l.dropped != nil {
		l.dropped(c.RemoteAddr(), err)
	}
	c.Close()
}

func (l *Listener) identify(c peeker) (net.Conn, error) {
	first, err := c.Peek()
	if err != nil || first != recordHandshake {
		return c, err
	}
	t := tls.Server(c, l.config)
	return t, t.Handshake() // an error has been told to the client as an alert (RFC 8446 §6)
}
