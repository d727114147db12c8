package lessons

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// Listen is a peer of our own, for what the server does not do: it listens at a spare port. It is closed when the scene
// ends.
func (s *Scene) Listen(port string) *net.TCPListener {
	l, err := s.peer.listen("tcp", s.peer.addr(port))
	s.Check("listen", err)
	context.AfterFunc(s.ctx, func() { l.Close() })
	return l.(*net.TCPListener)
}

// Accept takes the next connection that somebody has made to a peer. It is closed when the scene ends.
func (s *Scene) Accept(l *net.TCPListener) *net.TCPConn {
	l.SetDeadline(time.Now().Add(patience))
	conn, err := l.AcceptTCP()
	s.Check("accept", err)
	context.AfterFunc(s.ctx, func() { conn.Close() })
	return conn
}

// DialUDP takes a port for datagrams to one address. Nothing is sent by that: UDP has no connections.
func (s *Scene) DialUDP(addr string) *Conn {
	d := net.Dialer{Timeout: patience}
	conn, err := s.client.dial(s.ctx, &d, "udp", addr)
	s.Check("take a port", err)
	return s.Use(conn, addr)
}

// Datagram reads one datagram. err is what the system has heard of the last one sent instead: that nobody is there,
// say.
func (c *Conn) Datagram() (payload []byte, err error) {
	c.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 1<<16)
	n, err := c.Conn.Read(buf) // not by way of the buffer of c: one Read is one datagram
	return buf[:n], err
}

// Receive is Datagram where one must come. It tells its lines.
func (c *Conn) Receive() string {
	payload, err := c.Datagram()
	c.scene.Check("wait for a datagram", err)
	c.scene.say(Event{Type: Received, Lines: lines(string(payload))})
	return string(payload)
}

// Silent ends the scene if anything comes within d.
func (c *Conn) Silent(d time.Duration) {
	c.SetReadDeadline(time.Now().Add(d))
	n, err := c.Conn.Read(make([]byte, 1))
	c.scene.Must(n == 0 && errors.Is(err, os.ErrDeadlineExceeded), "something came where nothing should: %v", err)
}
