package lessons

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// RFC 1624 §4 has an example, which an older rule got wrong: it gave ffff.
func TestUpdatedRFC1624Section4(t *testing.T) {
	if got := updated(0xdd2f, 0x5555, 0x3285); got != 0 {
		t.Errorf("updated = %04x, want 0000", got)
	}
}

// testNAT is a box without cards.
func testNAT() *nat {
	side := func(own, network string) *natSide {
		return &natSide{own: netip.MustParseAddr(own), network: netip.MustParsePrefix(network)}
	}
	return newNAT(side("10.0.0.254", "10.0.0.0/24"), side("203.0.113.254", "203.0.113.0/24"))
}

// testPacket is one with right checksums.
func testPacket(protocol byte, from, to string, body []byte) natPacket {
	b := make([]byte, 20, 20+len(body))
	a, z := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	b[0], b[8], b[9] = 0x45, 64, protocol
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(body)))
	copy(b[12:], a.Addr().AsSlice())
	copy(b[16:], z.Addr().AsSlice())
	b = append(b, body...)
	if protocol != protocolICMP {
		binary.BigEndian.PutUint16(b[20:], a.Port())
		binary.BigEndian.PutUint16(b[22:], z.Port())
	}
	binary.BigEndian.PutUint16(b[10:], checksum(b[:20]))
	p, ok := readNATPacket(b)
	if ok && p.sum != 0 {
		binary.BigEndian.PutUint16(b[p.sum:], 0)
		binary.BigEndian.PutUint16(b[p.sum:], transportChecksum(p))
	}
	return p
}

// transportChecksum is that of all that is there, with the pseudo header of TCP and UDP: 0 if the one that stands there
// is right.
func transportChecksum(p natPacket) uint16 {
	covered := bytes.Clone(p.b[p.body:])
	if p.protocol != protocolICMP {
		covered = append(append(covered, p.b[12:20]...), 0, p.protocol)
		covered = binary.BigEndian.AppendUint16(covered, uint16(len(p.b)-p.body))
	}
	return checksum(covered)
}

// right: both checksums of a packet are.
func right(t *testing.T, p natPacket) {
	t.Helper()
	if checksum(p.b[:p.body]) != 0 || p.sum != 0 && transportChecksum(p) != 0 {
		t.Errorf("a checksum is wrong in %x", p.b)
	}
}

func evenBytes(n int) []byte { // an even number of bytes, with something in the place of a checksum
	b := random(n &^ 1)
	for i := range b {
		b[i] |= 1
	}
	return b
}

func TestTheBoxTranslatesThereAndBack(t *testing.T) {
	for protocol, header := range map[byte]int{protocolTCP: 20, protocolUDP: 8, protocolICMP: 8} {
		n := testNAT()
		for range 200 {
			body := evenBytes(header + rand.IntN(100))
			number := uint16(5000)
			if protocol == protocolICMP {
				body[0] = echoRequest
				number = binary.BigEndian.Uint16(body[4:])
			}
			p := testPacket(protocol, "10.0.0.1:5000", "203.0.113.1:80", body)
			if !n.leave(p) || p.end(source) != (natEnd{protocol, netip.AddrPortFrom(n.out.own, number)}) {
				t.Fatalf("protocol %d: it leaves as %v", protocol, p.end(source))
			}
			right(t, p)
			if protocol == protocolICMP {
				body[0] = 0
			}
			answer := testPacket(protocol, "203.0.113.1:80", "203.0.113.254:5000", body)
			if !n.enter(answer) || answer.end(destination) != (natEnd{protocol,
				netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), number)}) {
				t.Fatalf("protocol %d: the answer goes to %v", protocol, answer.end(destination))
			}
			right(t, answer)
		}
	}
}

func TestWhoHasTheSamePortGetsAnother(t *testing.T) {
	n := testNAT()
	for i, from := range []string{"10.0.0.1:5000", "10.0.0.2:5000", "10.0.0.3:5000", "10.0.0.1:5000"} {
		p := testPacket(protocolUDP, from, "203.0.113.1:80", evenBytes(20))
		if want := []uint16{5000, 61000, 61001, 5000}[i]; !n.leave(p) || p.end(source).Port() != want {
			t.Errorf("%s leaves as %v, want port %d", from, p.end(source), want)
		}
	}
}

// Nobody comes in where there is no mapping, or no longer.
func TestWhatNobodyHasAskedForIsRefused(t *testing.T) {
	n := testNAT()
	comes := func() bool {
		return n.enter(testPacket(protocolUDP, "203.0.113.1:80", "203.0.113.254:5000", evenBytes(20)))
	}
	if comes() {
		t.Error("it came in before anything had left")
	}
	n.leave(testPacket(protocolUDP, "10.0.0.1:5000", "203.0.113.2:80", evenBytes(20)))
	if !comes() {
		t.Error("it did not come in, though the port is open to all")
	}
	n.byPort[natEnd{protocolUDP, netip.MustParseAddrPort("203.0.113.254:5000")}].used = time.Now().Add(-3 * time.Minute)
	if comes() || len(n.byInside) != 0 {
		t.Error("it came in when the mapping was over")
	}
	n.forward(protocolUDP, 5000, netip.MustParseAddrPort("10.0.0.2:53"))
	if !comes() {
		t.Error("it did not come in, though the port is forwarded")
	}
}

// An error is translated with its quotation, in both directions.
func TestAnErrorIsTranslatedWithItsQuotation(t *testing.T) {
	n := testNAT()
	p := testPacket(protocolUDP, "10.0.0.1:5000", "203.0.113.1:80", evenBytes(40))
	before := bytes.Clone(p.b)
	n.leave(p)
	e := testPacket(protocolICMP, "203.0.113.1:0", "203.0.113.254:0", append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, p.b...))
	if !n.enter(e) || !bytes.Equal(e.b[28:], before) || e.end(destination).Addr().String() != "10.0.0.1" {
		t.Errorf("the error came in as %x, and quotes %x, not %x", e.b[:28], e.b[28:], before)
	}
	right(t, e)
	in := testPacket(protocolUDP, "203.0.113.1:80", "203.0.113.254:5000", evenBytes(40))
	before = bytes.Clone(in.b)
	n.enter(in)
	e = testPacket(protocolICMP, "10.0.0.1:0", "203.0.113.1:0", append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, in.b...))
	if !n.leave(e) || !bytes.Equal(e.b[28:], before) || e.end(source).Addr() != n.out.own {
		t.Errorf("the error left as %x, and quotes %x, not %x", e.b[:28], e.b[28:], before)
	}
	right(t, e)
}

func TestAHairpin(t *testing.T) {
	n := testNAT()
	n.forward(protocolTCP, 8080, netip.MustParseAddrPort("10.0.0.2:80"))
	p := testPacket(protocolTCP, "10.0.0.1:5000", "203.0.113.254:8080", evenBytes(40))
	if !n.leave(p) || p.end(source).String() != "203.0.113.254:5000" || p.end(destination).String() != "10.0.0.2:80" {
		t.Errorf("it goes from %v to %v", p.end(source), p.end(destination))
	}
	right(t, p)
}

func FuzzNAT(f *testing.F) {
	f.Add(testPacket(protocolUDP, "10.0.0.1:5000", "203.0.113.1:80", evenBytes(20)).b, true)
	quote := testPacket(protocolTCP, "203.0.113.254:5000", "203.0.113.1:80", evenBytes(20)).b
	f.Add(testPacket(protocolICMP, "203.0.113.1:0", "203.0.113.254:0", append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, quote...)).b,
		false)
	f.Fuzz(func(t *testing.T, b []byte, leaves bool) {
		n := testNAT()
		n.leave(testPacket(protocolTCP, "10.0.0.1:5000", "203.0.113.1:80", evenBytes(20)))
		p, ok := readNATPacket(bytes.Clone(b))
		if !ok {
			return
		}
		length := len(p.b)
		if leaves {
			n.leave(p)
		} else {
			n.enter(p)
		}
		if len(p.b) != length {
			t.Errorf("%d bytes became %d", length, len(p.b))
		}
	})
}
