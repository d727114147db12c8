package capture

import (
	"fmt"
	"net"
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
	for conn != nil {
		if c, ok := conn.(*Conn); ok {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.wanted() {
				c.comment(fmt.Sprintf(format, args...))
			}
			return
		}
		outer, ok := conn.(interface{ NetConn() net.Conn }) // *tls.Conn
		if !ok {
			return
		}
		conn = outer.NetConn()
	}
}

func (c *Conn) comment(text string) {
	if len(c.comments) < maxComments {
		c.comments = append(c.comments, text[:min(len(text), maxCommentBytes)])
	}
}
