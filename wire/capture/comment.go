package capture

import (
	"fmt"
	"net"

	"pollwire/live/hub"
)

// Limits of the comments on one packet.
const (
	maxComments     = 8
	maxCommentBytes = 1000
)

// Comment puts a comment on the next packet with data that the server sends over conn. A connection that is not
// recorded, or nil, or what nobody would see: nothing happens. Of a TLS connection the one below is meant. In Wireshark
// frame.comment finds it.
func Comment(conn net.Conn, format string, args ...any) {
	c := recordedBelow(conn)
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wanted() {
		c.comment(fmt.Sprintf(format, args...))
	}
}

// Wanted tells whether a comment on conn would be seen, for whoever has to work for one.
func Wanted(conn net.Conn) bool {
	c := recordedBelow(conn)
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wanted()
}

// Events puts a comment for each event in chunks, which are about to be written to conn. If nobody would see them it
// costs next to nothing.
func Events(conn net.Conn, chunks []*hub.Chunk) {
	if !Wanted(conn) {
		return
	}
	for _, chunk := range chunks {
		for _, e := range chunk.Events {
			Comment(conn, "event %s (seq %d)", e.Name, e.Seq)
		}
	}
}

// recordedBelow returns the recorded connection that conn is or is built on, or nil.
func recordedBelow(conn net.Conn) *Conn {
	for conn != nil {
		if c, ok := conn.(*Conn); ok {
			return c
		}
		outer, ok := conn.(interface{ NetConn() net.Conn }) // *tls.Conn
		if !ok {
			return nil
		}
		conn = outer.NetConn()
	}
	return nil
}

func (c *Conn) comment(text string) {
	if len(c.comments) < maxComments {
		c.comments = append(c.comments, text[:min(len(text), maxCommentBytes)])
	}
}
