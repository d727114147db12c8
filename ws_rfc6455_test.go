package main

// RFC 6455 section by section: raw frames against the real /ws.

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// ---- a client that is free to break the rules

// ---- the sections

// asks is a message that is answered by "error 404 #1", made n bytes long by white space.
func asks(n int) string {
	const m = `{"event":"nothing","id":1}`
	return m + strings.Repeat(" ", n-len(m))
}

// said is what a client sends on a new connection, and all that the server may say to it, to the very end of the TCP
// connection.
type said struct {
	name string
	send []byte
	want string
}

// The ends of most of them: after each row the client sends one more ping and a close, which must not be answered where
// the server has closed already.
const (
	answered  = "error 404 #1, pong end, close 1000, end"
	broken    = "close 1002, end"
	notUTF8   = "close 1007, end"
	tooBig    = "close 1009, end"
	stillOpen = "pong end, close 1000, end"
)

func TestFrames(t *testing.T) {
	r := start(t)
	for _, tt := range slices.Concat(headers(), fragments(), controlFrames(), dataFrames(), tooLong()) {
		t.Run(tt.name, func(t *testing.T) {
			w := r.RawDial(t, "")
			w.Send(tt.send, rig.Masked(rig.FinPing, "end"), rig.MaskedClose(1000, ""))
			if got := w.Transcript(); got != tt.want {
				t.Errorf("the server said %q, want %q", got, tt.want)
			}
		})
	}
}

// headers are those of §5.1 to §5.3.
func headers() []said {
	question := asks(60)
	list := []said{
		{"5.1 an unmasked text", append([]byte{rig.FinText, byte(len(question))}, question...), broken},
		{"5.1 an unmasked ping", []byte{rig.FinPing, 0}, broken},
		{"5.1 an unmasked close", []byte{rig.FinClose, 2, 0x03, 0xE8}, broken},
		{"5.2 RSV1 without an extension", rig.Masked(rig.FinText|rig.RSV1, question), broken},
		{"5.2 RSV2 without an extension", rig.Masked(rig.FinText|rig.RSV2, question), broken},
		{"5.2 RSV3 without an extension", rig.Masked(rig.FinText|rig.RSV3, question), broken},
		{"5.2 RSV on a ping", rig.Masked(rig.FinPing|rig.RSV1, ""), broken},
		{"5.2 RSV on a continuation", rig.Frames(rig.Masked(rig.TextBegins, "{"), rig.Masked(rig.FinGoesOn|rig.RSV2, "}")),
			broken},
		{"5.2 RSV on a close", rig.Masked(rig.FinClose|rig.RSV3, "\x03\xE8"), broken},

		{"5.2 no length at all", rig.Masked(rig.FinText, ""), "error 400, " + stillOpen},
		{"5.2 the longest length in 7 bits", rig.Masked(rig.FinText, asks(125)), answered},
		{"5.2 the shortest length in 16 bits", rig.Masked(rig.FinText, asks(126)), answered},
		{"5.2 127 bytes", rig.Masked(rig.FinText, asks(127)), answered},
		{"5.2 the longest length in 16 bits", rig.Masked(rig.FinText, asks(65535)), answered},
		{"5.2 the shortest length in 64 bits", rig.Masked(rig.FinText, asks(65536)), answered},
		{"5.2 125 bytes written in 16 bits", rig.WithMask([]byte{rig.FinText, 0x80 | 126, 0, 125}, asks(125)), broken},
		{"5.2 0 bytes written in 16 bits", rig.WithMask([]byte{rig.FinText, 0x80 | 126, 0, 0}, ""), broken},
		{"5.2 126 bytes written in 64 bits", rig.WithMask([]byte{rig.FinText, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 126},
			asks(126)),
			broken},
		{"5.2 65535 bytes written in 64 bits", rig.WithMask([]byte{rig.FinText, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF},
			asks(65535)), broken},
		{"5.2 a ping's length in 16 bits", rig.WithMask([]byte{rig.FinPing, 0x80 | 126, 0, 5}, "Hello"), broken},

		{"5.3 a mask of zeroes", append([]byte{rig.FinText, 0x80 | byte(len(question)), 0, 0, 0, 0}, question...), answered},
	}
	for _, opcode := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		list = append(list, said{fmt.Sprintf("5.2 the reserved opcode %#x", opcode), rig.Masked(0x80|opcode, ""), broken})
	}
	return list
}

// fragments are those of §5.4.
func fragments() []said {
	question := asks(60)
	return []said{
		{"5.4 three fragments", rig.Frames(rig.Masked(rig.TextBegins, question[:1]), rig.Masked(rig.GoesOn, question[1:9]),
			rig.Masked(rig.FinGoesOn, question[9:])), answered},
		{"5.4 fragments with nothing in them", rig.Frames(rig.Masked(rig.TextBegins, ""), rig.Masked(rig.GoesOn, ""),
			rig.Masked(rig.GoesOn, question),
			rig.Masked(rig.FinGoesOn, "")), answered},
		{"5.4 a fragment for each byte", everyByte(question), answered},
		{"5.4 a ping between two fragments is answered before the message",
			rig.Frames(rig.Masked(rig.TextBegins, question[:9]),
				rig.Masked(rig.FinPing, "now"), rig.Masked(rig.FinGoesOn, question[9:])),
			"pong now, " + answered},
		{"5.4 a pong between two fragments", rig.Frames(rig.Masked(rig.TextBegins, question[:9]),
			rig.Masked(rig.FinPong, "?"),
			rig.Masked(rig.FinGoesOn, question[9:])), answered},
		{"5.4 a close between two fragments", rig.Frames(rig.Masked(rig.TextBegins, question[:9]), rig.MaskedClose(1000, "")),
			"close 1000, end"},
		{"5.4 a continuation of nothing", rig.Masked(rig.FinGoesOn, question), broken},
		{"5.4 a continuation behind a whole message", rig.Frames(rig.Masked(rig.FinText, question),
			rig.Masked(rig.FinGoesOn, "")),
			"error 404 #1, " + broken},
		{"5.4 a new text inside a message", rig.Frames(rig.Masked(rig.TextBegins, "{"), rig.Masked(rig.FinText, question)),
			broken},
		{"5.4 a new first fragment inside a message", rig.Frames(rig.Masked(rig.TextBegins, "{"),
			rig.Masked(rig.TextBegins, "}")), broken},
	}
}

// controlFrames are close, ping and pong, §5.5.
func controlFrames() []said {
	question := asks(60)
	x := func(n int) string { return strings.Repeat("x", n) }
	return []said{
		{"5.5 a ping of 125 bytes", rig.Masked(rig.FinPing, x(125)), "pong " + x(125) + ", " + stillOpen},
		{"5.5 a ping of 126 bytes", rig.Masked(rig.FinPing, x(126)), broken},
		{"5.5 a pong of 126 bytes", rig.Masked(rig.FinPong, x(126)), broken},
		{"5.5 a close of 126 bytes", rig.MaskedClose(1000, x(124)), broken},
		{"5.5 a ping in fragments", rig.Frames(rig.Masked(rig.FinPing&^0x80, "a"), rig.Masked(rig.FinGoesOn, "b")), broken},
		{"5.5 a close in fragments", rig.Frames(rig.Masked(rig.FinClose&^0x80, "\x03\xE8"), rig.Masked(rig.FinGoesOn, "b")),
			broken},
		{"5.5.1 nothing is answered after a close", rig.Frames(rig.MaskedClose(1000, "bye"), rig.Masked(rig.FinPing, "late"),
			rig.Masked(rig.FinText, question)), "close 1000, end"},
		{"5.5.1 an empty close", rig.Masked(rig.FinClose, ""), "close, end"},
		{"5.5.1 half a code", rig.Masked(rig.FinClose, "\x03"), broken},
		{"5.5.1 a code and the longest reason", rig.MaskedClose(1000, x(123)), "close 1000, end"},
		{"5.5.1 a reason that is not UTF-8", rig.MaskedClose(1000, "\xFF"), notUTF8},
		{"5.5.2 an empty ping", rig.Masked(rig.FinPing, ""), "pong, " + stillOpen},
		{"5.5.2 pings are answered in order", rig.Frames(rig.Masked(rig.FinPing, "1"), rig.Masked(rig.FinPing, "2"),
			rig.Masked(rig.FinPing, "3")),
			"pong 1, pong 2, pong 3, " + stillOpen},
		{"5.5.2 a ping between two messages", rig.Frames(rig.Masked(rig.FinText, question), rig.Masked(rig.FinPing, "1"),
			rig.Masked(rig.FinText, question)),
			"error 404 #1, pong 1, " + answered},
		{"5.5.3 a pong that nobody asked for", rig.Masked(rig.FinPong, "here"), stillOpen},
	}
}

// dataFrames are binary and text, §5.6, and what is no UTF-8, §8.1.
func dataFrames() []said {
	question := asks(60)
	han := `{"event":"nothing","id":"한글"}` // each character is of three bytes
	at := strings.Index(han, "한")
	return []said{
		{"5.6 binary", rig.Masked(rig.FinBinary, question), "close 1003, end"},
		{"5.6 empty binary", rig.Masked(rig.FinBinary, ""), "close 1003, end"},
		{"5.6 the first fragment of binary", rig.Masked(rig.BinaryBegins, "\x00"), "close 1003, end"},
		{"5.6 characters of several bytes", rig.Masked(rig.FinText, han), `error 404 #"한글", ` + stillOpen},
		{"5.6 a character in two frames", rig.Frames(rig.Masked(rig.TextBegins, han[:at+1]),
			rig.Masked(rig.FinGoesOn, han[at+1:])),
			`error 404 #"한글", ` + stillOpen},
		{"5.6 a character in three frames, a ping between",
			rig.Frames(rig.Masked(rig.TextBegins, han[:at+1]), rig.Masked(rig.GoesOn, han[at+1:at+2]),
				rig.Masked(rig.FinPing, ""),
				rig.Masked(rig.FinGoesOn, han[at+2:])),
			`pong, error 404 #"한글", ` + stillOpen},

		{"8.1 a byte that is never UTF-8", rig.Masked(rig.FinText, "\xFF"), notUTF8},
		{"8.1 refused before the message ends", rig.Masked(rig.TextBegins, "{\xC3("), notUTF8},
		{"8.1 a surrogate", rig.Masked(rig.FinText, "\xED\xA0\x80"), notUTF8},
		{"8.1 an overlong slash", rig.Masked(rig.FinText, "\xC0\xAF"), notUTF8},
		{"8.1 above U+10FFFF", rig.Masked(rig.TextBegins, "\xF4\x90"), notUTF8},
		{"8.1 the end of a message in the middle of a character", rig.Masked(rig.FinText, han[:at+2]), notUTF8},
		{"8.1 broken where two frames meet", rig.Frames(rig.Masked(rig.TextBegins, han[:at+1]), rig.Masked(rig.GoesOn, "x")),
			notUTF8},
		{"8.1 a last fragment that leaves a character open", rig.Frames(rig.Masked(rig.TextBegins, han[:at+1]),
			rig.Masked(rig.FinGoesOn, "")),
			notUTF8},
	}
}

// tooLong is what would take more memory than a message may, §10.4.
func tooLong() []said {
	return []said{
		{"10.4 64 KiB in two fragments",
			rig.Frames(rig.Masked(rig.TextBegins, asks(40000)), rig.Masked(rig.FinGoesOn, strings.Repeat(" ", 64<<10-40000))),
			answered},
		{"10.4 a byte over 64 KiB", rig.Masked(rig.FinText, asks(64<<10+1)), tooBig},
		{"10.4 a byte over 64 KiB in two fragments",
			rig.Frames(rig.Masked(rig.TextBegins, asks(40000)), rig.Masked(rig.FinGoesOn, strings.Repeat(" ", 64<<10+1-40000))),
			tooBig},
		{"10.4 1 MB that is sent in spite of the limit", rig.Masked(rig.FinText, asks(1<<20)), tooBig},
		{"10.4 2^62 bytes claimed", rig.WithMask([]byte{rig.FinText, 0x80 | 127, 0x40, 0, 0, 0, 0, 0, 0, 0}, ""), tooBig},
		{"10.4 2^63-1 bytes claimed", rig.WithMask([]byte{rig.FinText, 0x80 | 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
			0xFF},
			""), tooBig},
		{"10.4 a binary message too big is first of all binary",
			rig.WithMask([]byte{rig.FinBinary, 0x80 | 127, 0x40, 0, 0, 0, 0, 0, 0, 0}, ""), "close 1003, end"},
	}
}

func everyByte(s string) []byte {
	all := rig.Masked(rig.TextBegins, s[:1])
	for i := 1; i < len(s); i++ {
		all = append(all, rig.Masked(rig.GoesOn, s[i:i+1])...)
	}
	return append(all, rig.Masked(rig.FinGoesOn, "")...)
}

// §5.2, the highest bit of a 64-bit length must be 0: such a frame is refused, one way or the other.
func TestLengthWithItsHighestBitSet(t *testing.T) {
	r := start(t)
	for _, length := range [][]byte{{0x80, 0, 0, 0, 0, 0, 0, 5}, {0x80, 0, 0, 0, 0, 1, 0, 1},
		{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}} {
		w := r.RawDial(t, "")
		w.Send(rig.WithMask(append([]byte{rig.FinText, 0x80 | 127}, length...), "Hello"))
		if got := w.Transcript(); got != "close 1002, end" && got != "close 1009, end" {
			t.Errorf("a length of % X: the server said %q, want close 1002 or 1009", length, got)
		}
	}
}

// §7.4: a code that may travel is echoed, any other is a protocol error.
func TestCloseCodes(t *testing.T) {
	tests := []struct {
		section string
		codes   []int
		valid   bool
	}{
		{"7.4.2 0-999 are not used", []int{0, 1, 999}, false},
		{"7.4.1 the defined codes", []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011}, true},
		{"7.4.1 the reserved code and those that never travel", []int{1004, 1005, 1006, 1015}, false},
		{"11.7 codes registered since", []int{1012, 1013, 1014}, true},
		{"7.4.2 the rest of 1000-2999", []int{1016, 1100, 2000, 2999}, false},
		{"7.4.2 registered and private codes", []int{3000, 3999, 4000, 4999}, true},
		{"7.4.2 5000 and above", []int{5000, 65535}, false},
	}
	r := start(t)
	for _, tt := range tests {
		t.Run(tt.section, func(t *testing.T) {
			for _, code := range tt.codes {
				want := "close 1002, end"
				if tt.valid {
					want = fmt.Sprintf("close %d, end", code)
				}
				w := r.RawDial(t, "")
				w.Send(rig.MaskedClose(code, "because"))
				if got := w.Transcript(); got != want {
					t.Errorf("close %d: the server said %q, want %q", code, got, want)
				}
			}
		})
	}
}

// §7.1.1: the server closes TCP first, so that a client that has the close frame need not wait, and does not have to
// close its own side before it sees the end.
func TestTheServerEndsTheConnection(t *testing.T) {
	r := start(t)
	w := r.RawDial(t, "")
	w.Send(rig.MaskedClose(4321, ""))
	if got := w.Transcript(); got != "close 4321, end" {
		t.Errorf("the server said %q, want close 4321 and the end of TCP", got)
	}
	w.Conn.(*net.TCPConn).CloseWrite()
	r.UntilSockets(0)
}

// A client may go without a word; that is no reason to fail.
func TestClientsThatGoAway(t *testing.T) {
	tests := []struct {
		name string
		send []byte
	}{
		{"between two messages", nil},
		{"inside a header", []byte{rig.FinText}},
		{"inside a payload", rig.Masked(rig.FinText, asks(60))[:30]},
		{"inside a message", rig.Masked(rig.TextBegins, "{")},
	}
	r := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := r.RawDial(t, "")
			w.Send(tt.send)
			w.Conn.(*net.TCPConn).CloseWrite()
			if got := w.Transcript(); got != "end" {
				t.Errorf("a client that ended TCP got %q, want the end alone", got)
			}
		})
	}
	r.UntilSockets(0)
}

// §5.5.2: the server pings, and a peer that shows no sign of life is dropped.
func TestSilentPeerIsDropped(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.pingEvery, c.silence = 100*time.Millisecond, time.Second })
	silent, lively := r.RawDial(t, ""), r.RawDial(t, "")
	began := time.Now()
	for time.Since(began) < 2*time.Second { // two silences long
		first, payload, err := lively.Frame()
		if err != nil || first != rig.FinPing || len(payload) == 0 {
			t.Fatalf("a socket that answers pings got %s, %v, want pings with a payload", rig.InWords(first, payload), err)
		}
		lively.Send(rig.Masked(rig.FinPong, string(payload)))
	}
	lively.Send(rig.Masked(rig.FinText, asks(60)), rig.MaskedClose(1000, ""))
	if got := lively.Transcript(); !strings.HasSuffix(got, "error 404 #1, close 1000, end") {
		t.Errorf("a socket that answered all pings heard %q, want the answer to its question", got)
	}
	got := silent.Transcript()
	pings := strings.Count(got, "ping pollwire, ")
	if pings < 2 || strings.ReplaceAll(got, "ping pollwire, ", "") != "close 1008, end" {
		t.Errorf("a silent socket heard %q, want pings and then close 1008", got)
	}
}

// A peer that sends half a message and nothing more is silent too, though its connection lives.
func TestHalfAMessageIsNoSignOfLifeForEver(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.silence = 200 * time.Millisecond })
	for name, half := range map[string][]byte{"a header": {rig.FinText},
		"a payload": rig.Masked(rig.FinText, asks(60))[:30],
		"a message": rig.Masked(rig.TextBegins, "{")} {
		w := r.RawDial(t, "")
		w.Send(half)
		if got := w.Transcript(); got != "close 1008, end" {
			t.Errorf("half of %s and silence: the server said %q, want close 1008", name, got)
		}
	}
}
