package capture

// A small reader of pcapng and of what is in it, strict about everything that a Recorder promises.

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
)

var little = binary.LittleEndian

// packet is what a test sees of a packet.
type packet struct {
	at       int64
	from, to netip.AddrPort
	udp      bool
	seq, ack uint32
	flags    byte
	payload  []byte
	comments []string
	secrets  string // all those that stand before it in the file
	rebuilt  bool   // it is on the interface of those
}

// parse reads a file and checks each block.
func parse(t testing.TB, file []byte) (header []string, packets []packet) {
	t.Helper()
	secrets, last := "", int64(0)
	for n := 0; len(file) > 0; n++ {
		if len(file) < 12 {
			t.Fatalf("%d bytes behind the last block", len(file))
		}
		kind, length := little.Uint32(file), int(little.Uint32(file[4:]))
		if length%4 != 0 || length < 12 || length > len(file) || little.Uint32(file[length-4:]) != uint32(length) {
			t.Fatalf("block %d of type %x: length %d of %d, and behind it another", n, kind, length, len(file))
		}
		body := file[8 : length-4]
		file = file[length:]
		switch {
		case n == 0 && kind == 0x0a0d0d0a:
			if little.Uint32(body) != 0x1a2b3c4d || little.Uint16(body[4:]) != 1 {
				t.Fatalf("the section begins with % x", body[:8])
			}
			for _, o := range options(t, body[16:]) {
				header = append(header, o.value)
			}
		case (n == 1 || n == 2) && kind == 1:
			if little.Uint16(body) != 101 {
				t.Fatalf("link type %d, want 101", little.Uint16(body))
			}
			for _, o := range options(t, body[8:]) {
				header = append(header, o.value)
			}
		case n > 2 && kind == 10:
			if little.Uint32(body) != 0x544c534b {
				t.Fatalf("secrets of type %x", little.Uint32(body))
			}
			secrets += string(body[8 : 8+little.Uint32(body[4:])])
		case n > 2 && kind == 6:
			size := int(little.Uint32(body[12:]))
			if little.Uint32(body) > 1 || little.Uint32(body[16:]) != uint32(size) {
				t.Fatalf("packet of interface %d, %d bytes of %d", little.Uint32(body), size, little.Uint32(body[16:]))
			}
			p := dissect(t, body[20:20+size])
			p.rebuilt = little.Uint32(body) == 1
			p.at = int64(uint64(little.Uint32(body[4:]))<<32 | uint64(little.Uint32(body[8:])))
			if p.at <= last {
				t.Errorf("packet at %d behind one at %d", p.at, last)
			}
			last, p.secrets = p.at, secrets
			for _, o := range options(t, body[20+(size+3)/4*4:]) {
				p.comments = append(p.comments, o.value)
			}
			if real := p.udp || len(p.payload) > 0 || p.flags&flagRST != 0 ||
				p.flags&flagFIN != 0 && !strings.Contains(strings.Join(p.comments, ""), "Assumed"); p.rebuilt == real {
				t.Errorf("a packet with flags %x and %d bytes from %v: rebuilt %t", p.flags, len(p.payload), p.from, p.rebuilt)
			}
			packets = append(packets, p)
		default:
			t.Fatalf("block %d has the type %x", n, kind)
		}
	}
	return header, packets
}

type option struct {
	code  uint16
	value string
}

func options(t testing.TB, b []byte) (list []option) {
	t.Helper()
	for len(b) > 0 {
		code, length := little.Uint16(b), int(little.Uint16(b[2:]))
		if code == 0 {
			if length != 0 || len(b) != 4 {
				t.Fatalf("%d bytes behind the end of options", len(b)-4)
			}
			return list
		}
		list = append(list, option{code, string(b[4 : 4+length])})
		b = b[4+(length+3)/4*4:]
	}
	if len(list) > 0 {
		t.Fatal("no end of options")
	}
	return nil
}

// sumOf is RFC 1071 §4.1 as it stands there: two bytes at a time.
func sumOf(parts ...[]byte) uint16 {
	total := uint32(0)
	for _, b := range parts {
		for i := 0; i < len(b); i += 2 {
			total += uint32(b[i]) << 8
			if i+1 < len(b) {
				total += uint32(b[i+1])
			}
		}
	}
	for total>>16 != 0 {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}

// dissect reads the headers of a packet and checks their lengths and checksums.
func dissect(t testing.TB, b []byte) (p packet) {
	t.Helper()
	big := binary.BigEndian
	var from, to netip.Addr
	var protocol byte
	var rest []byte
	switch b[0] >> 4 {
	case 4:
		if int(big.Uint16(b[2:])) != len(b) || sumOf(b[:20]) != 0xffff {
			t.Fatalf("IPv4 header % x of %d bytes", b[:20], len(b))
		}
		from, _ = netip.AddrFromSlice(b[12:16])
		to, _ = netip.AddrFromSlice(b[16:20])
		protocol, rest = b[9], b[20:]
	case 6:
		if int(big.Uint16(b[4:])) != len(b)-40 {
			t.Fatalf("IPv6 header % x of %d bytes", b[:40], len(b))
		}
		from, _ = netip.AddrFromSlice(b[8:24])
		to, _ = netip.AddrFromSlice(b[24:40])
		protocol, rest = b[6], b[40:]
	default:
		t.Fatalf("IP version %d", b[0]>>4)
	}
	pseudo := append(append(from.AsSlice(), to.AsSlice()...), 0, protocol, byte(len(rest)>>8), byte(len(rest)))
	if got := sumOf(pseudo, rest); got != 0xffff {
		t.Errorf("the sum of a packet of protocol %d is %x, want ffff", protocol, got)
	}
	p.from, p.to = netip.AddrPortFrom(from, big.Uint16(rest)), netip.AddrPortFrom(to, big.Uint16(rest[2:]))
	if p.udp = protocol == 17; p.udp {
		if int(big.Uint16(rest[4:])) != len(rest) {
			t.Errorf("UDP length %d of %d", big.Uint16(rest[4:]), len(rest))
		}
		p.payload = rest[8:]
		return p
	}
	p.seq, p.ack, p.flags = big.Uint32(rest[4:]), big.Uint32(rest[8:]), rest[13]
	p.payload = rest[rest[12]>>4*4:]
	if most := 1500 - (len(b) - len(p.payload)); len(p.payload) > most {
		t.Errorf("a segment of %d bytes, more than %d", len(p.payload), most)
	}
	return p
}

// half is what one end of a connection has sent.
type half struct {
	text     bytes.Buffer
	next     uint32
	acked    uint32 // of it, by the other end
	syn, fin bool
	rst      bool
}

// conversation is a connection, put together again.
type conversation struct{ client, server half }

// follow puts the connections together, each from its SYN, and checks that everything is in order: no gap, nothing
// twice, nothing acknowledged that was not sent.
func follow(t testing.TB, packets []packet) map[netip.AddrPort]*conversation {
	t.Helper()
	all := map[netip.AddrPort]*conversation{}
	for i, p := range packets {
		if p.udp {
			continue
		}
		if p.flags&(flagSYN|flagACK) == flagSYN {
			all[p.from] = &conversation{}
		}
		c, from, to := all[p.from], (*half)(nil), (*half)(nil)
		if c != nil {
			from, to = &c.client, &c.server
		} else if c = all[p.to]; c != nil {
			from, to = &c.server, &c.client
		} else {
			continue // from the middle
		}
		if p.flags&flagSYN != 0 {
			from.syn, from.next = true, p.seq
		}
		switch {
		case p.seq != from.next:
			t.Fatalf("packet %d of %v: sequence number %d, want %d", i, p.from, p.seq, from.next)
		case p.flags&flagACK != 0 && int32(to.next-p.ack) < 0:
			t.Fatalf("packet %d of %v acknowledges %d, and only %d was sent", i, p.from, p.ack, to.next)
		case from.fin && len(p.payload) > 0:
			t.Fatalf("packet %d of %v: data behind the FIN", i, p.from)
		case to.rst || from.rst:
			t.Fatalf("packet %d of %v comes behind a reset", i, p.from)
		}
		from.text.Write(p.payload)
		from.next += uint32(len(p.payload))
		if p.flags&(flagSYN|flagFIN) != 0 {
			from.next++
		}
		from.fin = from.fin || p.flags&flagFIN != 0
		from.rst = from.rst || p.flags&flagRST != 0
		if p.flags&flagACK != 0 {
			to.acked = p.ack
		}
	}
	for client, c := range all {
		for _, h := range []*half{&c.client, &c.server} {
			if h.syn && h.acked != h.next && !h.rst {
				t.Errorf("%v: %d sent, %d acknowledged", client, h.next, h.acked)
			}
		}
	}
	return all
}

// about returns the comments of all packets.
func about(packets []packet) string {
	var all []string
	for _, p := range packets {
		all = append(all, p.comments...)
	}
	return strings.Join(all, "\n")
}
