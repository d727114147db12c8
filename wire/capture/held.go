package capture

import (
	"bytes"
	"time"
)

const (
	maxHeld    = 64 << 10              // bytes
	holdWrite  = 50 * time.Millisecond // a write that takes longer is stuck: the client reads slowly
	holdSecret = time.Second
)

// held is what a client has sent and what can't be written down yet. There are two reasons:
//
//   - A write is under way. Its bytes may have left, and the client may have answered them, before Write has returned:
//     the answer must come behind them.
//   - In TLS 1.2 the client's last flight of the handshake is encrypted in part, and the secret is made from its first
//     part. Wireshark needs the secret before it sees that flight.
//
// Both take microseconds. What takes longer is not waited for.
type held struct {
	writing bool
	packets []func(dst []byte) []byte
	size    int
	late    *time.Timer
}

// fromClient emits what the client has sent, now or as soon as that can be.
func (c *Conn) fromClient(b []byte, packets func(dst, b []byte) []byte) {
	if len(c.held.packets) == 0 && (!c.wanted() || !c.held.writing && !c.secretDue()) {
		c.emit(len(b), func(dst []byte) []byte { return packets(dst, b) })
		return
	}
	b = bytes.Clone(b) // the caller's own buffer
	if len(c.held.packets) == 0 {
		wait := holdSecret
		if c.held.writing {
			wait = holdWrite
		}
		c.held.late = time.AfterFunc(wait, c.tooLate)
	}
	c.held.packets = append(c.held.packets, func(dst []byte) []byte { return packets(dst, b) })
	if c.held.size += len(b); c.held.size > maxHeld {
		c.release()
	}
}

// release emits what is held.
func (c *Conn) release() {
	if len(c.held.packets) == 0 {
		return
	}
	c.held.late.Stop()
	packets, size := c.held.packets, c.held.size
	c.held.packets, c.held.size = nil, 0
	for _, p := range packets {
		c.emit(size, p)
	}
}

func (c *Conn) tooLate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets.given = c.secretDue()
	c.release()
}

// beginWrite is called before bytes are handed to the system. What is still held then waits for a secret that won't
// come: the server sends an alert.
func (c *Conn) beginWrite() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets.given = c.secrets.given || len(c.held.packets) > 0
	c.release()
	c.held.writing = true
}

func (c *Conn) endWrite() {
	c.held.writing = false
	if !c.secretDue() {
		c.release()
	}
}
