package wsframe

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// §5.7, the examples that a server sends.
func TestAppendFrame(t *testing.T) {
	kib256, kib64 := make([]byte, 256), make([]byte, 1<<16)
	tests := []struct {
		name    string
		opcode  byte
		payload []byte
		header  []byte
	}{
		{"5.7 unmasked text", OpText, []byte("Hello"), []byte{0x81, 0x05}},
		{"5.7 unmasked ping", OpPing, []byte("Hello"), []byte{0x89, 0x05}},
		{"5.7 256 bytes", OpBinary, kib256, []byte{0x82, 0x7E, 0x01, 0x00}},
		{"5.7 64KiB", OpBinary, kib64, []byte{0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}},
		{"5.2 empty", OpText, nil, []byte{0x81, 0}},
		{"5.2 125 bytes", OpText, kib64[:125], []byte{0x81, 125}},
		{"5.2 126 bytes", OpText, kib64[:126], []byte{0x81, 126, 0, 126}},
		{"5.2 65535 bytes", OpText, kib64[:65535], []byte{0x81, 126, 0xFF, 0xFF}},
	}
	for _, tt := range tests {
		want := join([]byte("before"), tt.header, tt.payload)
		if got := AppendFrame([]byte("before"), tt.opcode, tt.payload); !bytes.Equal(got, want) {
			t.Errorf("%s: AppendFrame = %s, want %s", tt.name, brief(got), brief(want))
		}
		if got := AppendHeader(nil, tt.opcode, len(tt.payload)); !bytes.Equal(got, tt.header) {
			t.Errorf("%s: AppendHeader = %s, want %s", tt.name, brief(got), brief(tt.header))
		}
	}
	if got, want := AppendHeader(nil, OpBinary, 1<<30), []byte{0x82, 127, 0, 0, 0, 0, 0x40, 0, 0, 0}; !bytes.Equal(got,
		want) {
		t.Errorf("AppendHeader of 2^30 = %s, want %s", brief(got), brief(want))
	}
}

func TestAppendClose(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name   string
		code   int
		reason string
		want   string
	}{
		{"5.5.1 code alone", CloseNormal, "", "\x88\x02\x03\xE8"},
		{"5.5.1 code and reason", CloseGoingAway, "bye", "\x88\x05\x03\xE9bye"},
		{"7.4.1 1005 has no code", CloseNoStatus, "dropped", "\x88\x00"},
		{"7.4.1 1006 never travels", CloseAbnormal, "", "\x88\x00"},
		{"7.4.1 1015 never travels", CloseTLSHandshake, "", "\x88\x00"},
		{"5.5 reason of 123 bytes", 4999, x(123), "\x88\x7D\x13\x87" + x(123)},
		{"5.5 reason of 124 bytes is cut", 4999, x(124), "\x88\x7D\x13\x87" + x(123)},
		{"5.5 never inside a character", 1000, x(122) + "\u00df", "\x88\x7C\x03\xE8" + x(122)},
		{"5.5 nor inside a longer one", 1000, x(120) + "\U0001F600", "\x88\x7A\x03\xE8" + x(120)},
		{"5.5 a character that just fits", 1000, x(120) + "\ud55cxx", "\x88\x7D\x03\xE8" + x(120) + "\ud55c"},
		{"5.5.1 broken reason is mended", 1000, "a\xFF", "\x88\x06\x03\xE8a\uFFFD"},
	}
	for _, tt := range tests {
		if got := AppendClose([]byte("before"), tt.code, tt.reason); string(got) != "before"+tt.want {
			t.Errorf("%s: AppendClose = % X, want %s% X", tt.name, got, "before", tt.want)
		}
	}
}

func TestParseClose(t *testing.T) {
	tests := []struct {
		payload string
		code    int // of the error, if there is one
		reason  string
		broken  bool
	}{
		{"", CloseNoStatus, "", false},
		{"\x03", CloseProtocolError, "", true},
		{"\x03\xE8", CloseNormal, "", false},
		{"\x03\xE8bye \ud55c", CloseNormal, "bye \ud55c", false},
		{"\x03\xE8\xFF", CloseInvalidPayload, "", true},
		{"\x03\xE8\xED\xA0\x80", CloseInvalidPayload, "", true},
		{"\x03\xED\xFF", CloseProtocolError, "", true}, // both wrong: the code comes first
	}
	for _, tt := range tests {
		code, reason, broken := ParseClose([]byte(tt.payload))
		if broken != nil {
			code = broken.Code
		}
		if code != tt.code || reason != tt.reason || (broken != nil) != tt.broken {
			t.Errorf("ParseClose(%q) = %d %q, %v, want %d %q", tt.payload, code, reason, broken, tt.code, tt.reason)
		}
	}
}

// §7.4: the codes that may and may not travel, over the wire and echoed.
func TestCloseCodes(t *testing.T) {
	tests := []struct {
		section string
		codes   []int
		valid   bool
	}{
		{"7.4.2 0-999 are not used", []int{0, 1, 999}, false},
		{"7.4.1 defined", []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011}, true},
		{"7.4.1 1004 is reserved, 1005, 1006 and 1015 are for programs", []int{1004, 1005, 1006, 1015}, false},
		{"11.7 registered since", []int{1012, 1013, 1014}, true},
		{"7.4.2 the rest of 1000-2999 is reserved", []int{1016, 1100, 2000, 2999}, false},
		{"7.4.2 registered and private use", []int{3000, 3999, 4000, 4999}, true},
		{"7.4.2 5000 and above", []int{5000, 65535}, false},
	}
	for _, tt := range tests {
		t.Run(tt.section, func(t *testing.T) {
			for _, code := range tt.codes {
				c := dial(t, &server{})
				c.send(closeFrame(code))
				if tt.valid {
					c.wantClose(code)
				} else {
					c.wantClose(CloseProtocolError)
				}
			}
		})
	}
}

func TestCloseWithoutCodeIsAnsweredWithoutCode(t *testing.T) {
	c := dial(t, &server{})
	c.send(frame(0x88, ""))
	c.want("5.5.1 empty close", []byte{0x88, 0})
}

// Whatever ParseClose accepts is what AppendClose would have sent.
func FuzzParseClose(f *testing.F) {
	for _, seed := range []string{"", "\x03", "\x03\xE8", "\x03\xE8bye", "\x03\xE8\xFF", "\x03\xED", "\x13\x87\ud55c"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		payload = payload[:min(len(payload), maxControlPayload)]
		code, reason, broken := ParseClose(payload)
		switch {
		case broken != nil:
			if broken.Code != CloseProtocolError && broken.Code != CloseInvalidPayload {
				t.Errorf("ParseClose(%q): %v", payload, broken)
			}
		case !utf8.ValidString(reason):
			t.Errorf("ParseClose(%q): reason %q", payload, reason)
		default:
			if got, want := AppendClose(nil, code, reason), AppendFrame(nil, OpClose, payload); !bytes.Equal(got, want) {
				t.Errorf("AppendClose(%d, %q) = % X, want % X", code, reason, got, want)
			}
		}
	})
}
