package wireshark

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"pollwire/lab/rdt"
)

// datagram writes one of UDP, without a checksum, and returns the number of its frame.
func (w *wire) datagram(from, to uint16, payload []byte) int {
	w.frames++
	n := uint32(28 + len(payload))
	for _, v := range []any{uint32(w.frames), uint32(0), n, n,
		[]byte{0x45, 0, byte(n >> 8), byte(n), 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1},
		from, to, uint16(8 + len(payload)), uint16(0), payload} {
		binary.Write(w, binary.BigEndian, v)
	}
	return w.frames
}

// One's own protocol over UDP is known on any port, by its looks. What was seen before is counted.
func TestReliableDataTransferIsTakenApart(t *testing.T) {
	data := rdt.Packet{Type: rdt.Data, Variant: rdt.GoBackN, Number: 5, Window: 4, Last: true, Data: []byte("abc")}
	ack := rdt.Packet{Type: rdt.ACK, Variant: rdt.GoBackN, Number: 4, Window: 1}
	broken := data.Append(nil)
	broken[12] ^= 1
	w := newWire()
	for range 3 {
		w.datagram(40000, 30000, data.Append(nil))
		w.datagram(30000, 40000, ack.Append(nil))
	}
	w.datagram(40001, 30000, data.Append(nil)) // another sender
	w.datagram(40001, 30000, broken)
	for _, none := range [][]byte{[]byte("RD"), []byte("hello, world"), data.Append(nil)[:14],
		append(data.Append(nil), 0), []byte("RD\x03\x01\x00\x01\x01\x00\x00\x00\x00\x00")} {
		w.datagram(40002, 30002, none)
	}
	kit, _ := read(t, Config{Ports: usual})
	file := w.save(t)
	needsLua(t, kit, file)
	var args []string
	for _, name := range []string{"frame.number", "pwrdt.type", "pwrdt.variant", "pwrdt.seq", "pwrdt.ack", "pwrdt.window",
		"pwrdt.last", "pwrdt.length", "pwrdt.data", "pwrdt.retransmission", "pwrdt.duplicate_ack", "pwrdt.checksum.bad"} {
		args = append(args, "-e", name)
	}
	// -2: what is counted must be the same when Wireshark looks at a packet again.
	out := tshark(t, kit, file, append([]string{"-2", "-Y", "pwrdt", "-T", "fields", "-E", "separator=,"}, args...)...)
	const first, bad = "1,2,5,,4,1,3,616263", "1,2,5,,4,1,3,606263"
	out = strings.NewReplacer("True", "1", "False", "0").Replace(out) // as later versions write it
	if want := "1," + first + ",,,\n2,2,2,,4,1,0,0,,,,\n3," + first + ",1,,\n4,2,2,,4,1,0,0,,,1,\n5," + first +
		",2,,\n6,2,2,,4,1,0,0,,,2,\n7," + first + ",,,\n8," + bad + ",1,,"; !strings.HasPrefix(out, want) ||
		strings.Count(out, "\n") != 8 || strings.HasSuffix(out, ",\n") {
		t.Errorf("found\n%swant\n%s and something\n", out, want)
	}
	out = tshark(t, kit, file, "-Y", "udp.payload[2:1] == 01 && udp.payload[4:2] == 00:05 && udp.dstport == 30000",
		"-T", "fields", "-e", "frame.number")
	if out != "1\n3\n5\n7\n8\n" { // as the lesson says it is done without the kit
		t.Errorf("by the bytes of the header: %q", out)
	}
}

func TestGarbageOverUDPIsNoTrouble(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	w := newWire()
	for range 500 {
		b := bytes.Clone(rdt.Packet{Type: rdt.Data, Variant: rdt.Variant(1 + rnd.IntN(3)), Data: []byte("abc")}.Append(nil))
		for range rnd.IntN(3) {
			b[rnd.IntN(len(b))] = byte(rnd.IntN(256))
		}
		w.datagram(uint16(40000+rnd.IntN(9)), 30000, b[:rnd.IntN(len(b)+1)])
	}
	kit, _ := read(t, Config{Ports: usual})
	file := w.save(t)
	needsLua(t, kit, file)
	if out := tshark(t, kit, file, "-V"); strings.Contains(out, "Lua Error") || !strings.Contains(out, "Reliable data") {
		t.Errorf("%.1000s", out[max(strings.Index(out, "Lua Error"), 0):])
	}
}
