package dissect

import "encoding/binary"

// Versions of QUIC (RFC 9000 §15, RFC 9369).
const (
	QUICNegotiation = 0 // RFC 8999 §6: the server knows other versions
	QUIC1           = 1
	QUIC2           = 0x6b3343cf
)

// QUIC is the long header of a packet (RFC 9000 §17.2), the only thing of it in the clear.
type QUIC struct {
	Span
	Version             uint32
	Type                uint8 // as version 1 numbers it: 0 Initial, 1 0-RTT, 2 Handshake, 3 Retry
	Destination, Source []byte
	TokenLength         int // of an Initial
	Length              int // of what is behind the header, as it says itself
	Versions            []uint32
}

// quicShort is why a datagram with few bytes is not looked at.
const quicShort = 7

func isQUIC(b []byte) bool {
	if len(b) < quicShort || b[0]&0x80 == 0 {
		return false
	}
	version := binary.BigEndian.Uint32(b[1:])
	switch {
	case version == QUICNegotiation:
		n := 7 + int(b[5])
		return n <= len(b) && b[5] <= 20 && n+int(b[n-1]) < len(b) && (len(b)-n-int(b[n-1]))%4 == 0
	case version == QUIC1 || version == QUIC2 || version>>8 == 0xff0000 || version&0x0f0f0f0f == 0x0a0a0a0a:
		return b[0]&0x40 != 0 && b[5] <= 20
	}
	return false
}

// quic reads the packets of a datagram, of which there may be several (§12.2).
func (d *decoder) quic(at, to int) {
	for to-at >= quicShort && d.b[at]&0x80 != 0 {
		q := &QUIC{Span: Span{at, to, to}, Version: d.u32(at + 1)}
		rest := cursor{b: d.b[at+5 : to]}
		q.Destination = rest.take(rest.u8())
		q.Source = rest.take(rest.u8())
		q.Type = d.b[at] >> 4 & 3
		if q.Version == QUIC2 { // RFC 9369 §3.2: the numbers are turned round by one
			q.Type = (q.Type + 3) & 3
		}
		switch {
		case q.Version == QUICNegotiation:
			for len(rest.b) >= 4 {
				q.Versions = append(q.Versions, binary.BigEndian.Uint32(rest.take(4)))
			}
		case q.Type != 3:
			if q.Type == 0 {
				q.TokenLength = rest.varint()
				rest.take(q.TokenLength)
			}
			q.Length = rest.varint()
			q.Body = to - len(rest.b)
			rest.take(q.Length)
			q.To = to - len(rest.b)
		}
		if rest.failed {
			d.malformed(at, to, "a QUIC header that does not fit into its datagram")
			return
		}
		d.add(q)
		at = q.To
	}
}

// cursor takes bytes from the front. Where there are too few it has failed, and returns zeros.
type cursor struct {
	b      []byte
	failed bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.failed, c.b = true, nil
		return nil
	}
	taken := c.b[:n]
	c.b = c.b[n:]
	return taken
}

func (c *cursor) u8() int {
	if b := c.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

// varint is a number of one, two, four or eight bytes, as its first two bits say (§16).
func (c *cursor) varint() int {
	if len(c.b) == 0 {
		c.failed = true
		return 0
	}
	n, value := 1<<(c.b[0]>>6), uint64(0)
	for i, b := range c.take(n) {
		if i == 0 {
			b &= 0x3f
		}
		value = value<<8 | uint64(b)
	}
	return int(min(value, 1<<40))
}
