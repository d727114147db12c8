package lessons

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"pollwire/wire/wsframe"
)

// RFC 6455 §1.3 has a key and what it is accepted by.
func TestAcceptRFC6455Section1_3(t *testing.T) {
	if got, want := accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="; got != want {
		t.Errorf("accept = %q, want %q", got, want)
	}
}

// RFC 6455 §5.7 has a masked "Hello".
func TestMaskedRFC6455Section5_7(t *testing.T) {
	want := []byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}
	f := masked(true, wsframe.OpText, want[2:6], []byte("Hello"))
	if !bytes.Equal(f, want) {
		t.Errorf("masked = % x, want % x", f, want)
	}
	if got := maskedBy(f); got != "websocket.masking_key == 37:fa:21:3d" {
		t.Errorf("maskedBy = %s", got)
	}
	if masked(false, wsframe.OpText, want[2:6], []byte("Hel"))[0] != 0x01 {
		t.Error("a first fragment has FIN")
	}
}

func TestReadFrame(t *testing.T) {
	for _, n := range []int{0, 125, 126, 65535, 65536} {
		payload := bytes.Repeat([]byte("x"), n)
		opcode, got, err := readFrame(bytes.NewReader(wsframe.AppendFrame(nil, wsframe.OpText, payload)))
		if err != nil || opcode != wsframe.OpText || !bytes.Equal(got, payload) {
			t.Errorf("%d bytes: opcode %d, %d bytes, %v", n, opcode, len(got), err)
		}
	}
	for _, tt := range []struct {
		name  string
		frame []byte
	}{
		{"nothing", nil},
		{"half a header", []byte{0x81}},
		{"half a length", []byte{0x81, 126, 1}},
		{"half a payload", []byte{0x81, 3, 'a'}},
		{"a fragment", []byte{0x01, 1, 'a'}},
		{"a reserved bit", []byte{0xC1, 1, 'a'}},
		{"a mask", []byte{0x81, 0x81, 1, 2, 3, 4, 'a'}},
		{"a length beyond all use", binary.BigEndian.AppendUint64([]byte{0x82, 127}, 1<<62)},
	} {
		if opcode, payload, err := readFrame(bytes.NewReader(tt.frame)); err == nil {
			t.Errorf("%s is read as %d %q", tt.name, opcode, payload)
		}
	}
}

func TestAFrameInALine(t *testing.T) {
	for payload, want := range map[string]string{
		"Hello":                 "[FIN text masked 5] Hello",
		"":                      "[FIN text masked 0] ",
		"한글":                    "[FIN text masked 6] 한글",
		"\xc3\x28":              "[FIN text masked 2] c3 28",
		strings.Repeat("x", 95): "[FIN text masked 95] " + strings.Repeat("x", 90) + "...",
	} {
		if got := describe(true, true, wsframe.OpText, []byte(payload)); got != want {
			t.Errorf("describe = %q, want %q", got, want)
		}
	}
	if got, want := describe(true, false, wsframe.OpClose, []byte("\x03\xe8done")),
		"[FIN close 6] 1000 done"; got != want {
		t.Errorf("describe = %q, want %q", got, want)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(wsframe.AppendFrame(nil, wsframe.OpText, []byte("Hello")))
	f.Add([]byte{0x88, 2, 3, 0xe8})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		opcode, payload, err := readFrame(r)
		if err != nil {
			return
		}
		describe(true, false, opcode, payload)
		rest, _ := io.ReadAll(r)
		if len(payload)+len(rest) >= len(b) {
			t.Errorf("%d bytes of payload and %d behind it, out of %d", len(payload), len(rest), len(b))
		}
	})
}
