package capture

import (
	"hash/fnv"
	"net/netip"

	"pollwire/wire/pcapng"
)

// side is one end of a connection.
type side struct {
	addr     netip.AddrPort
	next     uint32 // the sequence number of the next byte that it sends; it wraps around (RFC 9293 §3.4)
	id       uint16 // of its next IPv4 packet
	finished bool   // it has sent its FIN
}

// stream makes segments of what the two ends of a connection say to each other. Everything arrives at once and in
// order: each second segment is acknowledged, and the last one of what is sent in one go.
type stream struct {
	client, server side
	mss            int  // the most bytes in a segment
	dry            bool // count, and append nothing
}

func newStream(client, server netip.AddrPort) stream {
	// as over Ethernet
	s := stream{client: side{addr: client}, server: side{addr: server}, mss: 1500 - ipBytes(client.Addr()) - tcpBytes}
	// RFC 9293 §3.4.1 wants sequence numbers that nobody can guess. Nobody attacks a file: here they only look so.
	h := fnv.New64a()
	h.Write([]byte(client.String() + " " + server.String()))
	n := h.Sum64()
	s.client.next, s.server.next = uint32(n>>32), uint32(n)
	s.client.id, s.server.id = uint16(n>>8), uint16(n>>24)
	return s
}

// segment appends one segment of from.
func (s *stream) segment(dst []byte, from, to *side, g segment) []byte {
	g.from, g.to, g.id, g.seq = from.addr, to.addr, from.id, from.next
	if g.flags&flagACK != 0 {
		g.ack = to.next
	}
	from.id++
	from.next += uint32(len(g.payload))
	if g.flags&(flagSYN|flagFIN) != 0 {
		from.next++ // they are acknowledged like a byte
	}
	if s.dry {
		return dst
	}
	return g.append(dst)
}

// open appends the handshake (RFC 9293 §3.5).
func (s *stream) open(dst []byte) []byte {
	mss := []byte{2, 4, byte(s.mss >> 8), byte(s.mss)} // RFC 9293 §3.2
	dst = s.segment(dst, &s.client, &s.server, segment{iface: rebuilt, flags: flagSYN, options: mss})
	dst = s.segment(dst, &s.server, &s.client, segment{iface: rebuilt, flags: flagSYN | flagACK, options: mss})
	return s.acknowledge(dst, &s.client, &s.server)
}

// data appends what from sends in one go, with the comments on its first segment.
func (s *stream) data(dst []byte, from, to *side, payload []byte, comments []string) []byte {
	for n := 1; len(payload) > 0; n++ {
		g := segment{flags: flagACK, payload: payload[:min(len(payload), s.mss)], comments: comments}
		payload, comments = payload[len(g.payload):], nil
		if len(payload) == 0 {
			g.flags |= flagPSH
		}
		dst = s.segment(dst, from, to, g)
		if n%2 == 0 || len(payload) == 0 { // RFC 9293 §3.8.6.3: at least every second one
			dst = s.acknowledge(dst, to, from)
		}
	}
	return dst
}

// acknowledge appends what from has to say of all that has come.
func (s *stream) acknowledge(dst []byte, from, to *side) []byte {
	return s.segment(dst, from, to, segment{iface: rebuilt, flags: flagACK})
}

// finish appends the end of what from sends. iface tells whether it was seen.
func (s *stream) finish(dst []byte, iface uint32, from, to *side, comments []string) []byte {
	if from.finished {
		return dst
	}
	from.finished = true
	dst = s.segment(dst, from, to, segment{iface: iface, flags: flagFIN | flagACK, comments: comments})
	return s.acknowledge(dst, to, from)
}

// abort appends a RST of from.
func (s *stream) abort(dst []byte, from, to *side) []byte {
	return s.segment(dst, from, to, segment{flags: flagRST | flagACK})
}

// size is about how many bytes it takes to write n bytes of payload down.
func (s *stream) size(n int) int { return n + (n/s.mss+2)*3/2*(pcapng.PacketHead+8+40+tcpBytes) + 16 }
