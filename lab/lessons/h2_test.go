package lessons

import (
	"bytes"
	"testing"
)

func TestFramesOfHTTP2RFC9113Section4_1(t *testing.T) {
	for _, tt := range []struct {
		frame h2Frame
		bytes string
		told  string
	}{
		{h2Frame{h2Settings, 0, 0, append(setting(enablePush, 0), setting(initialWindowSize, 1000)...)},
			"\x00\x00\x0c\x04\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x04\x00\x00\x03\xe8",
			"SETTINGS [0] 12 ENABLE_PUSH=0 INITIAL_WINDOW_SIZE=1000"},
		{h2Frame{h2Settings, settingAck, 0, []byte{}}, "\x00\x00\x00\x04\x01\x00\x00\x00\x00", "SETTINGS [0] 0 ACK"},
		{h2Frame{h2Headers, endStream | endHeaders, 1, []byte{0x82}}, "\x00\x00\x01\x01\x05\x00\x00\x00\x01\x82",
			"HEADERS [1] 1 END_STREAM"},
		{h2Frame{h2Data, 0, 7, []byte("ab")}, "\x00\x00\x02\x00\x00\x00\x00\x00\x07ab", "DATA [7] 2"},
		{h2Frame{h2WindowUpdate, 0, 9, number(4000)}, "\x00\x00\x04\x08\x00\x00\x00\x00\x09\x00\x00\x0f\xa0",
			"WINDOW_UPDATE [9] 4 +4000"},
		{h2Frame{h2GoAway, 0, 0, append(number(1), "\x00\x00\x00\x01why"...)},
			"\x00\x00\x0b\x07\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01why",
			"GOAWAY [0] 11 last stream 1, error 1 why"},
		{h2Frame{0xfa, 0, 0, []byte{}}, "\x00\x00\x00\xfa\x00\x00\x00\x00\x00", "frame of type 250 [0] 0"},
	} {
		if got := tt.frame.append(nil); string(got) != tt.bytes {
			t.Errorf("%s is written as % x, want % x", tt.told, got, tt.bytes)
		}
		f, err := readH2(bytes.NewReader([]byte(tt.bytes)))
		if err != nil || f.kind != tt.frame.kind || f.flags != tt.frame.flags || f.stream != tt.frame.stream ||
			!bytes.Equal(f.payload, tt.frame.payload) {
			t.Errorf("%s is read as %+v, %v", tt.told, f, err)
		}
		if got := f.String(); got != tt.told {
			t.Errorf("told as %q, want %q", got, tt.told)
		}
	}
}

func TestFramesOfHTTP2ThatAreNone(t *testing.T) {
	for name, b := range map[string]string{
		"nothing":         "",
		"half a header":   "\x00\x00\x01\x00",
		"half a payload":  "\x00\x00\x02\x00\x00\x00\x00\x00\x01a",
		"larger than due": "\x00\x40\x01\x00\x00\x00\x00\x00\x01",
	} {
		if f, err := readH2(bytes.NewReader([]byte(b))); err == nil {
			t.Errorf("%s is read as %v", name, f)
		}
	}
	for _, f := range []h2Frame{{h2Settings, 0, 0, make([]byte, 7)}, {h2WindowUpdate, 0, 0, make([]byte, 3)},
		{h2GoAway, 0, 0, make([]byte, 7)}} {
		if f.wellFormed() {
			t.Errorf("type %d with %d bytes is well-formed", f.kind, len(f.payload))
		}
	}
}

func FuzzReadH2(f *testing.F) {
	f.Add([]byte("\x00\x00\x0c\x04\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x04\x00\x00\x03\xe8"))
	f.Add([]byte("\x00\x00\x0b\x07\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01why"))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := readH2(bytes.NewReader(b))
		if err != nil || !frame.wellFormed() {
			return
		}
		if frame.String() == "" {
			t.Error("not told")
		}
		if again := frame.append(nil); len(again) > len(b) || !bytes.Equal(again[9:], b[9:len(again)]) {
			t.Errorf("% x became % x", b, again)
		}
	})
}
