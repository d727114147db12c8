package http3

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRFC9000AppendixA1(t *testing.T) {
	for _, tt := range []struct {
		bytes    string
		value    uint64
		shortest bool
	}{
		{"c2197c5eff14e88c", 151_288_809_941_952_652, true},
		{"9d7f3e7d", 494_878_333, true},
		{"7bbd", 15_293, true},
		{"25", 37, true},
		{"4025", 37, false},
		{"3f", 63, true}, {"4040", 64, true}, {"7fff", 16_383, true}, {"80004000", 16_384, true},
		{"bfffffff", 1<<30 - 1, true}, {"c000000040000000", 1 << 30, true}, {"ffffffffffffffff", maxVarint, true},
	} {
		b := unhex(t, tt.bytes)
		if got, err := readVarint(bytes.NewReader(b)); got != tt.value || err != nil {
			t.Errorf("%s = %d, %v, want %d", tt.bytes, got, err, tt.value)
		}
		if got := appendVarint(nil, tt.value); tt.shortest && !bytes.Equal(got, b) {
			t.Errorf("%d = %x, want %s", tt.value, got, tt.bytes)
		}
		for n := 1; n < len(b); n++ {
			if _, err := readVarint(bytes.NewReader(b[:n])); err != io.ErrUnexpectedEOF {
				t.Errorf("%x = %v, want an unexpected end", b[:n], err)
			}
		}
	}
}

func TestRFC9204AppendixB1(t *testing.T) {
	section := unhex(t, "0000 510b 2f69 6e64 6578 2e68 746d 6c")
	want := []field{{":path", "/index.html"}}
	if got, err := parseFields(section, 1000); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%x = %v, %v, want %v", section, got, err, want)
	}
}

func TestRFC9204Section4_5(t *testing.T) {
	for _, tt := range []struct{ name, section, want string }{ // want is "" for what can't be decoded
		{"4.5.2 indexed, static", "0000 d1", ":method: GET"},
		{"4.5.2 the last one", "0000 ff23", "x-frame-options: sameorigin"},
		{"4.5.2 behind the last one", "0000 ff24", ""},
		{"4.5.2 indexed, dynamic", "0000 81", ""},
		{"4.5.3 indexed, post-base", "0000 10", ""},
		{"4.5.4 name by reference, static", "0000 5f39 0131", "accept-language: 1"},
		{"4.5.4 never to be indexed", "0000 7f39 0131", "accept-language: 1"},
		{"4.5.4 name by reference, dynamic", "0000 4001 31", ""},
		{"4.5.5 name by reference, post-base", "0000 0001 31", ""},
		{"4.5.6 literal", "0000 2161 0162", "a: b"},
		{"4.5.6 Huffman, RFC 7541 C.4.1", "0000 50 8c f1e3c2e5f23a6ba0ab90f4ff", ":authority: www.example.com"},
		{"RFC 7541 5.2 eight bits of padding", "0000 50 81ff", ""},
		{"RFC 7541 5.2 padding of zeros", "0000 50 8c f1e3c2e5f23a6ba0ab90f400", ""},
		{"4.5.1.1 Required Insert Count", "0100 d1", ""},
		{"4.5.1.2 a Base may be anything", "0005 d1", ":method: GET"},
		{"4.5.1.2 but below zero", "0080 d1", ""},
		{"4.5.1 half a prefix", "00", ""},
		{"4.5.1 none", "", ""},
		{"nothing behind the prefix", "0000", "-"},
		{"a name that is cut off", "0000 2561", ""},
		{"a value that is missing", "0000 2161", ""},
		{"a value that is cut off", "0000 2161 05 62", ""},
		{"4.1.1 a number that does not end", "0000 ff80", ""},
		{"4.1.1 a number of 70 bits", "0000 27 ffffffffffffffffffff01 61", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fields, err := parseFields(unhex(t, tt.section), 1000)
			got := "-"
			for _, f := range fields {
				got = f.name + ": " + f.value
			}
			var e *connError
			if err != nil {
				got = ""
			}
			if got != tt.want || err != nil && (!errors.As(err, &e) || e.code != DecompressionFailed) {
				t.Errorf("%s = %q, %v, want %q", tt.section, got, err, tt.want)
			}
		})
	}
}

func TestFieldsComeBack(t *testing.T) {
	var fields []field
	for _, f := range static {
		fields = append(fields, f, field{f.name, f.value + " and more"})
	}
	fields = append(fields, field{"x-long", strings.Repeat("Ünïcode ~~ ", 100)}, field{"authorization", "Bearer x"},
		field{strings.Repeat("n", 300), ""})
	got, err := parseFields(appendFields(nil, fields), 1<<20)
	if err != nil || !reflect.DeepEqual(got, fields) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRFC9204Section7_1_3SecretsAreNeverIndexed(t *testing.T) {
	if b := appendFields(nil, []field{{"authorization", "Bearer x"}}); b[2]&0xF0 != 0x70 {
		t.Errorf("authorization begins with %#x, want the bit N", b[2])
	}
	if b := appendFields(nil, []field{{"user-agent", "x"}}); b[2]&0xF0 != 0x50 {
		t.Errorf("user-agent begins with %#x, want no bit N", b[2])
	}
}

func TestRFC9114Section4_2_2HowLargeAFieldSectionIs(t *testing.T) {
	section := appendFields(nil, []field{{"abc", "de"}})
	if _, err := parseFields(section, 3+2+32); err != nil {
		t.Error(err)
	}
	if _, err := parseFields(section, 3+2+32-1); !errors.Is(err, tooLarge) {
		t.Errorf("err = %v, want that it is too large", err)
	}
}

func TestRFC9114Section7_2_4Settings(t *testing.T) {
	for _, tt := range []struct {
		name, payload string
		code          Code
	}{
		{"none", "", 0},
		{"three, and one that nobody knows", "0100 06 4400 0700 4021 40aa", 0},
		{"twice the same", "0100 0100", SettingsError},
		{"twice the same that nobody knows", "4021 00 4021 01", SettingsError},
		{"ENABLE_PUSH of HTTP/2", "0201", SettingsError},
		{"MAX_CONCURRENT_STREAMS of HTTP/2", "0313", SettingsError},
		{"INITIAL_WINDOW_SIZE of HTTP/2", "0401", SettingsError},
		{"MAX_FRAME_SIZE of HTTP/2", "0501", SettingsError},
		{"half a pair", "01", FrameError},
		{"a value that is cut off", "0640", FrameError},
	} {
		s, err := parseSettings(unhex(t, tt.payload))
		var e *connError
		if tt.code == 0 && err != nil || tt.code != 0 && (!errors.As(err, &e) || e.code != tt.code) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.code)
		}
		if tt.name == "three, and one that nobody knows" && s.MaxFieldSection != 0x400 {
			t.Errorf("MAX_FIELD_SECTION_SIZE %d", s.MaxFieldSection)
		}
	}
	own := appendSettings(nil, 1234)
	r := bytes.NewReader(own)
	kind, length, err := readFrame(r)
	payload, _ := readPayload(r, length)
	if s, bad := parseSettings(payload); kind != frameSettings || err != nil || bad != nil ||
		s != (Settings{MaxFieldSection: 1234}) {
		t.Errorf("what we send is %v %v, %v, %v", kind, s, err, bad)
	}
}

func TestRFC9114Section7_1Frames(t *testing.T) {
	for _, tt := range []struct {
		name, bytes string
		kind        frameType
		code        Code // 0: none
	}{
		{"a frame", "0003 616263", frameData, 0},
		{"9 unknown types are skipped", "21 02 0000 4040 00 0101 00", frameHeaders, 0},
		{"a type in eight bytes", "c000000000000001 00", frameHeaders, 0},
		{"7.2.8 PRIORITY", "0200", 0, FrameUnexpected},
		{"7.2.8 PING", "0600", 0, FrameUnexpected},
		{"7.2.8 WINDOW_UPDATE", "0800", 0, FrameUnexpected},
		{"7.2.8 CONTINUATION", "0900", 0, FrameUnexpected},
		{"half a type", "40", 0, FrameError},
		{"no length", "00", 0, FrameError},
		{"half a length", "0040", 0, FrameError},
		{"an unknown frame that is cut off", "21 05 0000", 0, FrameError},
	} {
		kind, _, err := readFrame(bytes.NewReader(unhex(t, tt.bytes)))
		var e *connError
		if tt.code == 0 && (err != nil || kind != tt.kind) ||
			tt.code != 0 && (!errors.As(err, &e) || e.code != tt.code) {
			t.Errorf("%s: %v, %v, want %v, %v", tt.name, kind, err, tt.kind, tt.code)
		}
	}
	if _, _, err := readFrame(bytes.NewReader(nil)); err != io.EOF {
		t.Errorf("an empty stream is %v", err)
	}
}
