package exercise

import (
	"net/netip"
	"strings"
	"testing"
)

func TestAnswersAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		typ    Type
		right  Value
		answer string
		want   bool
	}{
		{Num, Of(31), "31", true}, {Num, Of(31), " 0x1F ", true}, {Num, Of(31), "+31", true}, {Num, Of(31), "30", false},
		{Num, Of(1500), "1,500", true}, {Num, Of(1500), "1500 bytes", true}, {Num, Of(1500), "1,500 B", true},
		{Num, Of(1234567), "1,234,567", true}, {Num, Of(1234567), "1,234,56", false}, {Num, Of(-3), "-3", true},
		{Num, Of(31), "", false}, {Num, Of(31), "thirty-one", false}, {Num, Of(31), "31 32", false},
		{Num, Of(uint32(4294967295)), "4294967295", true}, {Num, Of(uint32(4294967295)), "0xffffffff", true},
		{Num, Of(0.5), "0,5", true}, {Num, Of(0.5), ".5", false},
		{Hex, Bytes(0x0a, 0x1f), "0a1f", true}, {Hex, Bytes(0x0a, 0x1f), "0x0A1F", true},
		{Hex, Bytes(0x0a, 0x1f), "0a:1f", true}, {Hex, Bytes(0x0a, 0x1f), "0A-1F", true},
		{Hex, Bytes(0x0a, 0x1f), "a1f", true}, {Hex, Bytes(0x0a, 0x1f), "2591", false}, {Hex, Bytes(0), "00", true},
		{Hex, Bytes(0x31), "31", true}, {Hex, Bytes(0x31), "0xzz", false},
		{Word, Says("RST"), "rst", true}, {Word, Says("한"), "\u1112\u1161\u11ab", true}, {Word, Says("a"), "b", false},
		{IP, Says("127.0.0.1"), "127.0.0.1", true}, {IP, Says("::1"), "0:0:0:0:0:0:0:1", true},
		{IP, Says("::1"), "127.0.0.1", false}, {IP, Says("::1"), "localhost", false},
		{Port, Of(8000), "8000", true}, {Port, Of(8000), "8,000", true},
		{Packets, Numbered(4, 9, 12), "4, 9, 12", true}, {Packets, Numbered(4, 9, 12), "12 4 #9", true},
		{Packets, Numbered(4, 9, 12), "4, 9", false}, {Packets, Numbered(4), "4, 4", true}, {Packets, Numbered(), "", false},
		{Choice, Says("the client"), "클라이언트", true}, {Choice, Says("the client"), "The Client", true},
		{Choice, Says("the client"), "the server", false},
		{Num, Value{}, "0", false}, {Word, Value{}, "", false},
	} {
		f := Field{Type: c.typ, Choices: []Text{{"the client", "클라이언트"}, {"the server", "서버"}}}
		if got := f.Equal(c.answer, c.right); got != c.want {
			t.Errorf("%s: is %q %+v? %v, want %v", c.typ, c.answer, c.right, got, c.want)
		}
	}
}

func TestTimesInAnyUnit(t *testing.T) {
	f := Field{Type: Num, Unit: "s", Within: 0.001}
	for answer, want := range map[string]bool{"0.023": true, "0.023 s": true, "23 ms": true, "23ms": true,
		"23000 us": true, "0,0235": true, "23": false, "0.025": false, "23밀리초": true} {
		if got := f.Equal(answer, Of(0.023)); got != want {
			t.Errorf("is %q 0.023 s? %v, want %v", answer, got, want)
		}
	}
}

// What is shown as right can be typed as an answer.
func TestRightAnswersAreTaken(t *testing.T) {
	choices := []Text{{"the client", "클라이언트"}, {"the server", "서버"}}
	for _, f := range []struct {
		Field
		right Value
	}{
		{Field{Type: Num, Unit: "bytes"}, Of(1234567)}, {Field{Type: Num, Unit: "s"}, Of(0.0230004)},
		{Field{Type: Hex}, Bytes(1, 2, 255)}, {Field{Type: Packets}, Numbered(1, 20, 300)},
		{Field{Type: Choice, Choices: choices}, Says("the server")}, {Field{Type: IP}, Says("fe80::1")},
		{Field{Type: Port}, Of(443)},
	} {
		f.Within = 1e-6
		for _, lang := range []string{"en", "ko"} {
			if s := f.String(f.right, lang); !f.Takes(s) || !f.Equal(s, f.right) {
				t.Errorf("%s: %q is shown for %+v and not taken", f.Type, s, f.right)
			}
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, s := range []string{"31", "0x1f", "1,500", "0.023 s", "a:b", "4, 9", "::1", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range []Type{Num, Hex, Word, IP, Port, Choice, Packets} {
			f := Field{Type: typ, Unit: "s"}
			if f.Equal(s, Value{}) {
				t.Errorf("%s: %q equals nothing", typ, s)
			}
			if typ == IP && f.Takes(s) {
				if _, err := netip.ParseAddr(strings.TrimSpace(s)); err != nil {
					t.Errorf("%q is no address", s)
				}
			}
		}
	})
}
