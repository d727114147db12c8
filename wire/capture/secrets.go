package capture

import (
	"bytes"
	"encoding/hex"
	"io"

	"pollwire/wire/pcapng"
)

// A TLS connection begins with the record of a ClientHello, in which stands the client's random (RFC 8446 §5.1, §4
// and §4.1.2, RFC 5246 §7.4.1.2): type 1, version 2, length 2; type 1, length 3; version 2; random 32. A key log
// names the connection by it (RFC 9850 §2).
const (
	recordHandshake = 0x16
	randomAt        = 11
)

type random [32]byte

// secrets are what is known of the TLS of a connection.
type secrets struct {
	looked   bool   // the client's first bytes have been seen
	head     []byte // these
	tls      bool
	random   random
	answered bool   // the server has sent something
	unlocked bool   // a line of the key log has come
	given    bool   // it is not waited for any more
	lines    []byte // of the key log, to be written before the next packet
}

// secretDue tells whether what the client sends now is better written down behind a secret.
func (c *Conn) secretDue() bool {
	s := &c.secrets
	return s.tls && s.answered && !s.unlocked && !s.given && !c.ended
}

// hello looks for the client's random.
func (c *Conn) hello(b []byte) {
	s := &c.secrets
	if s.looked || c.ended {
		return
	}
	s.head = append(s.head, b[:min(len(b), randomAt+len(s.random)-len(s.head))]...)
	s.tls = s.head[0] == recordHandshake
	if s.tls && len(s.head) < randomAt+len(s.random) {
		return
	}
	if s.looked = true; s.tls {
		s.random = random(s.head[randomAt:])
		c.rec.expect(s.random, c)
	}
	s.head = nil
}

func (r *Recorder) expect(hello random, c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hellos[hello] = c
}

// KeyLog returns a writer for tls.Config.KeyLogWriter: each line of the key log becomes part of the capture, before the
// packets that it unlocks, and goes on to next, which may be nil.
func (r *Recorder) KeyLog(next io.Writer) io.Writer {
	if r == nil {
		return next
	}
	return keyLog{r, next}
}

type keyLog struct {
	rec  *Recorder
	next io.Writer
}

func (k keyLog) Write(line []byte) (int, error) {
	k.rec.unlock(line)
	if k.next == nil {
		return len(line), nil
	}
	return k.next.Write(line)
}

// PacketKeyLog is the same for QUIC over a PacketConn. Its hello travels encrypted, so that nobody here knows whose
// line it is: each becomes part of the captures that run. It comes before the first packet that needs it, for it is
// written before the server answers (RFC 9001 §4.1.4).
func (r *Recorder) PacketKeyLog(next io.Writer) io.Writer {
	if r == nil {
		return next
	}
	return packetKeyLog{r, next}
}

type packetKeyLog struct {
	rec  *Recorder
	next io.Writer
}

func (k packetKeyLog) Write(line []byte) (int, error) {
	if k.rec.reading.Load() > 0 {
		k.rec.publish(pcapng.AppendSecrets(nil, line))
	}
	if k.next == nil {
		return len(line), nil
	}
	return k.next.Write(line)
}

// unlock takes a line of a key log: a label, the client's random, the secret.
func (r *Recorder) unlock(line []byte) {
	var hello random
	if fields := bytes.Fields(line); len(fields) == 3 && len(fields[1]) == hex.EncodedLen(len(hello)) {
		hex.Decode(hello[:], fields[1])
	}
	r.mu.Lock()
	c := r.hellos[hello]
	r.mu.Unlock()
	if c == nil { // closed meanwhile
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets.lines = append(c.secrets.lines, line...)
	c.secrets.unlocked = true
	c.release()
}
