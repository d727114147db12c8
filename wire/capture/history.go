package capture

import "time"

// chunk is what was published in one go.
type chunk struct {
	at     int64
	blocks []byte
}

// history are the first packets of a connection.
type history struct {
	kept   bool // all packets so far are here
	chunks []chunk
	size   int
}

// keep adds to the history, or gives it up if it gets too large: of no use is one with a gap.
func (c *Conn) keep(p chunk) {
	if !c.history.kept {
		return
	}
	c.history.chunks = append(c.history.chunks, p)
	c.history.size += len(p.blocks)
	if total := c.rec.kept.Add(int64(len(p.blocks))); c.history.size > maxHistory || total > maxHistories {
		c.drop()
	}
}

// drop forgets the history.
func (c *Conn) drop() {
	c.rec.kept.Add(-int64(c.history.size))
	c.history = history{}
}

// before returns the history up to a time.
func (c *Conn) before(at int64) []chunk {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.history.kept && !c.ended {
		c.comment("A capture that began at " + time.Unix(0, at).UTC().Format(time.RFC3339) +
			" or later has not seen the beginning of this connection, without which TLS and HTTP/2 can't be read.")
	}
	chunks := c.history.chunks
	for len(chunks) > 0 && chunks[len(chunks)-1].at > at {
		chunks = chunks[:len(chunks)-1]
	}
	return chunks
}
