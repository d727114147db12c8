package pcapng

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"
)

// A file of one Ethernet frame, byte by byte as draft-ietf-opsawg-pcapng draws it.
func TestAFileByteByByte(t *testing.T) {
	file := AppendSection(nil, "c", "a")
	file = AppendInterface(file, Ethernet, "eth0", "d")
	start := len(file)
	file = BeginPacket(file, 0, 5)
	file = EndPacket(append(file, "frame"...), start, []string{"lost"})
	if last := Stamp(file, 0x0102030405060708); last != 0x0102030405060708 {
		t.Errorf("the last time is %x", last)
	}
	want := strings.Join(strings.Fields(`
		0a0d0d0a 30000000 4d3c2b1a 01000000 ffffffffffffffff 01000100 63000000 04000100 61000000 00000000 30000000
		01000000 30000000 01000000 00000000 02000400 65746830 03000100 64000000 09000100 09000000 00000000 30000000
		06000000 34000000 00000000 04030201 08070605 05000000 05000000 6672616d65000000
		01000400 6c6f7374 00000000 34000000`), "")
	if got := hex.EncodeToString(file); got != want {
		t.Errorf("the file is\n%s, want\n%s", got, want)
	}
}

func TestTheFirstPacketIsCopiedWithAComment(t *testing.T) {
	blocks := AppendSecrets(nil, []byte("secret"))
	start := len(blocks)
	blocks = EndPacket(append(BeginPacket(blocks, 3, 4), "data"...), start, nil)
	before := bytes.Clone(blocks)
	copied := FirstPacket(append(blocks, blocks...), "why")
	if !bytes.Contains(copied, []byte("data")) || !bytes.Contains(copied, []byte("why")) ||
		!bytes.Equal(blocks, before) {
		t.Errorf("the copy is %q", copied)
	}
	if FirstPacket(before[:start], "") != nil {
		t.Error("a packet was found where there is none")
	}
}

// A comment that is longer than its length can say is cut, and never within a character.
func TestLongCommentsAreCut(t *testing.T) {
	long := strings.Repeat("가", 1<<15)
	b := EndPacket(BeginPacket(nil, 0, 0), 0, []string{long})
	text := b[PacketHead+4 : PacketHead+4+maxOption]
	if !utf8.Valid(text) || len(b)%4 != 0 {
		t.Errorf("%d bytes, valid: %t", len(b), utf8.Valid(text))
	}
}
