package lessons

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// The marks go, everything else stays, in either byte order, and nothing is lost of what is no pcapng.
func TestMarksAreTakenOutOfACapture(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		block := func(kind uint32, body string) []byte {
			length := uint32(12 + len(body))
			b := order.AppendUint32(order.AppendUint32(nil, kind), length)
			return order.AppendUint32(append(b, body...), length)
		}
		section := block(0x0a0d0d0a, string(order.AppendUint32(nil, 0x1a2b3c4d))+"the mark")
		one, mark, two := block(6, "one "), block(6, "with the mark..."), block(6, "two ")
		want := bytes.Join([][]byte{section, one, two, {1, 2, 3}}, nil)
		if got := without(bytes.Join([][]byte{section, one, mark, two, mark, {1, 2, 3}}, nil),
			[]byte("the mark")); !bytes.Equal(got, want) {
			t.Errorf("%v: left are % x, want % x", order, got, want)
		}
	}
	if got := without([]byte("no blocks at all"), []byte("block")); string(got) != "no blocks at all" {
		t.Errorf("left are %q", got)
	}
}
