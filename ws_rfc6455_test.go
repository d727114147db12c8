package main

// RFC 6455 section by section: raw frames against the real /ws.

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ---- a client that is free to break the rules

// wire is a WebSocket connection of which the test makes and sees every byte.
type wire struct {
	testing.TB
	net.Conn
	in *bufio.Reader
}

// rawDial opens a socket with the handshake of RFC 6455 §1.3; query is what stands behind /ws.
func (r *rig) rawDial(t testing.TB, query string) *wire {
	t.Helper()
	w := r.connectRaw(t, query)
	t.Cleanup(func() { w.Close() })
	return w
}

// connectRaw is rawDial for a caller that closes by itself.
func (r *rig) connectRaw(t testing.TB, query string) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", r.ws)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(2 * patience))
	fmt.Fprintf(conn, "GET /ws%s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", query, r.ws)
	w := &wire{t, conn, bufio.NewReader(conn)}
	answer, err := http.ReadResponse(w.in, nil)
	if err != nil {
		t.Fatalf("handshake with /ws%s: %v", query, err)
	}
	if answer.StatusCode != 101 || answer.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("handshake with /ws%s = %s, Sec-WebSocket-Accept %q, want 101 and the key of RFC 6455 §1.3",
			query, answer.Status, answer.Header.Get("Sec-WebSocket-Accept"))
	}
	return w
}

// First bytes of frames: FIN and an opcode.
const (
	finText, finBinary, finGoesOn    = 0x81, 0x82, 0x80
	finClose, finPing, finPong       = 0x88, 0x89, 0x8A
	textBegins, binaryBegins, goesOn = 0x01, 0x02, 0x00
	rsv1, rsv2, rsv3                 = 0x40, 0x20, 0x10
)

// masked is a frame as clients send it, with the mask of §5.7.
func masked(first byte, payload string) []byte {
	f := []byte{first}
	switch n := len(payload); {
	case n <= 125:
		f = append(f, 0x80|byte(n))
	case n <= 0xFFFF:
		f = binary.BigEndian.AppendUint16(append(f, 0x80|126), uint16(n))
	default:
		f = binary.BigEndian.AppendUint64(append(f, 0x80|127), uint64(n))
	}
	return withMask(f, payload)
}

// withMask completes a header by a mask and a payload.
func withMask(header []byte, payload string) []byte {
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	f := append(header, mask[:]...)
	for i := range len(payload) {
		f = append(f, payload[i]^mask[i%4])
	}
	return f
}

func maskedClose(code int, reason string) []byte {
	return masked(finClose, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

func frames(list ...[]byte) []byte {
	var all []byte
	for _, f := range list {
		all = append(all, f...)
	}
	return all
}

func (w *wire) send(list ...[]byte) {
	w.Helper()
	if _, err := w.Write(frames(list...)); err != nil {
		w.Fatalf("write frames: %v", err)
	}
}

// frame reads a frame of the server, which must be whole, unmasked and of the shortest form.
func (w *wire) frame() (first byte, payload []byte, err error) {
	var h [10]byte
	if _, err := io.ReadFull(w.in, h[:2]); err != nil {
		return 0, nil, err
	}
	n, least := uint64(h[1]), uint64(0)
	switch h[1] {
	case 126:
		_, err = io.ReadFull(w.in, h[2:4])
		n, least = uint64(binary.BigEndian.Uint16(h[2:])), 126
	case 127:
		_, err = io.ReadFull(w.in, h[2:10])
		n, least = binary.BigEndian.Uint64(h[2:]), 1<<16
	}
	if err == nil && (h[0]&0xF0 != 0x80 || h[1] > 127 || n < least || n > 32<<20) {
		err = fmt.Errorf("the server sent a frame that begins with % X", h)
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(w.in, payload)
	return h[0], payload, err
}

// transcript reads until the connection ends and tells what came: "error 404 #1, pong x, close 1000, end".
func (w *wire) transcript() string {
	w.Helper()
	var said []string
	for {
		first, payload, err := w.frame()
		switch {
		case err == io.EOF:
			return strings.Join(append(said, "end"), ", ")
		case err != nil:
			return strings.Join(append(said, err.Error()), ", ") // a reset, for one
		}
		said = append(said, inWords(first, payload))
	}
}

func inWords(first byte, payload []byte) string {
	switch first {
	case finText:
		var e struct {
			Event string
			ID    json.RawMessage
			Data  struct{ Status int }
		}
		if err := json.Unmarshal(payload, &e); err != nil {
			return fmt.Sprintf("text %q", payload)
		}
		words := e.Event
		if e.Data.Status != 0 {
			words += fmt.Sprint(" ", e.Data.Status)
		}
		if e.ID != nil {
			words += fmt.Sprintf(" #%s", e.ID)
		}
		return words
	case finPing, finPong:
		return strings.TrimSpace(fmt.Sprintf("%s %s", map[byte]string{finPing: "ping", finPong: "pong"}[first], payload))
	case finClose:
		if len(payload) < 2 {
			return fmt.Sprintf("close%.0x", payload)
		}
		return fmt.Sprint("close ", binary.BigEndian.Uint16(payload))
	}
	return fmt.Sprintf("frame %#x %q", first, payload)
}

// ---- the sections

// asks is a message that is answered by "error 404 #1", made n bytes long by white space.
func asks(n int) string {
	const m = `{"event":"nothing","id":1}`
	return m + strings.Repeat(" ", n-len(m))
}

// Each row is what a client sends on a new connection and all that the server may say to it, to the very end of the
// TCP connection: after each row the client sends one more ping and a close, which must not be answered where the
// server has closed already.
func TestFrames(t *testing.T) {
	question := asks(60)
	han := `{"event":"nothing","id":"한글"}` // each character is of three bytes
	at := strings.Index(han, "한")
	x := func(n int) string { return strings.Repeat("x", n) }
	const (
		answered  = "error 404 #1, pong end, close 1000, end"
		broken    = "close 1002, end"
		notUTF8   = "close 1007, end"
		tooBig    = "close 1009, end"
		stillOpen = "pong end, close 1000, end"
	)
	tests := []struct {
		name string
		send []byte
		want string
	}{
		{"5.1 an unmasked text", append([]byte{finText, byte(len(question))}, question...), broken},
		{"5.1 an unmasked ping", []byte{finPing, 0}, broken},
		{"5.1 an unmasked close", []byte{finClose, 2, 0x03, 0xE8}, broken},
		{"5.2 RSV1 without an extension", masked(finText|rsv1, question), broken},
		{"5.2 RSV2 without an extension", masked(finText|rsv2, question), broken},
		{"5.2 RSV3 without an extension", masked(finText|rsv3, question), broken},
		{"5.2 RSV on a ping", masked(finPing|rsv1, ""), broken},
		{"5.2 RSV on a continuation", frames(masked(textBegins, "{"), masked(finGoesOn|rsv2, "}")), broken},
		{"5.2 RSV on a close", masked(finClose|rsv3, "\x03\xE8"), broken},

		{"5.2 no length at all", masked(finText, ""), "error 400, " + stillOpen},
		{"5.2 the longest length in 7 bits", masked(finText, asks(125)), answered},
		{"5.2 the shortest length in 16 bits", masked(finText, asks(126)), answered},
		{"5.2 127 bytes", masked(finText, asks(127)), answered},
		{"5.2 the longest length in 16 bits", masked(finText, asks(65535)), answered},
		{"5.2 the shortest length in 64 bits", masked(finText, asks(65536)), answered},
		{"5.2 125 bytes written in 16 bits", withMask([]byte{finText, 0x80 | 126, 0, 125}, asks(125)), broken},
		{"5.2 0 bytes written in 16 bits", withMask([]byte{finText, 0x80 | 126, 0, 0}, ""), broken},
		{"5.2 126 bytes written in 64 bits", withMask([]byte{finText, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 126}, asks(126)),
			broken},
		{"5.2 65535 bytes written in 64 bits", withMask([]byte{finText, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF},
			asks(65535)), broken},
		{"5.2 a ping's length in 16 bits", withMask([]byte{finPing, 0x80 | 126, 0, 5}, "Hello"), broken},

		{"5.3 a mask of zeroes", append([]byte{finText, 0x80 | byte(len(question)), 0, 0, 0, 0}, question...), answered},

		{"5.4 three fragments", frames(masked(textBegins, question[:1]), masked(goesOn, question[1:9]),
			masked(finGoesOn, question[9:])), answered},
		{"5.4 fragments with nothing in them", frames(masked(textBegins, ""), masked(goesOn, ""), masked(goesOn, question),
			masked(finGoesOn, "")), answered},
		{"5.4 a fragment for each byte", everyByte(question), answered},
		{"5.4 a ping between two fragments is answered before the message", frames(masked(textBegins, question[:9]),
			masked(finPing, "now"), masked(finGoesOn, question[9:])),
			"pong now, " + answered},
		{"5.4 a pong between two fragments", frames(masked(textBegins, question[:9]), masked(finPong, "?"),
			masked(finGoesOn, question[9:])), answered},
		{"5.4 a close between two fragments", frames(masked(textBegins, question[:9]), maskedClose(1000, "")),
			"close 1000, end"},
		{"5.4 a continuation of nothing", masked(finGoesOn, question), broken},
		{"5.4 a continuation behind a whole message", frames(masked(finText, question), masked(finGoesOn, "")),
			"error 404 #1, " + broken},
		{"5.4 a new text inside a message", frames(masked(textBegins, "{"), masked(finText, question)), broken},
		{"5.4 a new first fragment inside a message", frames(masked(textBegins, "{"), masked(textBegins, "}")), broken},

		{"5.5 a ping of 125 bytes", masked(finPing, x(125)), "pong " + x(125) + ", " + stillOpen},
		{"5.5 a ping of 126 bytes", masked(finPing, x(126)), broken},
		{"5.5 a pong of 126 bytes", masked(finPong, x(126)), broken},
		{"5.5 a close of 126 bytes", maskedClose(1000, x(124)), broken},
		{"5.5 a ping in fragments", frames(masked(finPing&^0x80, "a"), masked(finGoesOn, "b")), broken},
		{"5.5 a close in fragments", frames(masked(finClose&^0x80, "\x03\xE8"), masked(finGoesOn, "b")), broken},
		{"5.5.1 nothing is answered after a close", frames(maskedClose(1000, "bye"), masked(finPing, "late"),
			masked(finText, question)), "close 1000, end"},
		{"5.5.1 an empty close", masked(finClose, ""), "close, end"},
		{"5.5.1 half a code", masked(finClose, "\x03"), broken},
		{"5.5.1 a code and the longest reason", maskedClose(1000, x(123)), "close 1000, end"},
		{"5.5.1 a reason that is not UTF-8", maskedClose(1000, "\xFF"), notUTF8},
		{"5.5.2 an empty ping", masked(finPing, ""), "pong, " + stillOpen},
		{"5.5.2 pings are answered in order", frames(masked(finPing, "1"), masked(finPing, "2"), masked(finPing, "3")),
			"pong 1, pong 2, pong 3, " + stillOpen},
		{"5.5.2 a ping between two messages", frames(masked(finText, question), masked(finPing, "1"),
			masked(finText, question)),
			"error 404 #1, pong 1, " + answered},
		{"5.5.3 a pong that nobody asked for", masked(finPong, "here"), stillOpen},

		{"5.6 binary", masked(finBinary, question), "close 1003, end"},
		{"5.6 empty binary", masked(finBinary, ""), "close 1003, end"},
		{"5.6 the first fragment of binary", masked(binaryBegins, "\x00"), "close 1003, end"},
		{"5.6 characters of several bytes", masked(finText, han), `error 404 #"한글", ` + stillOpen},
		{"5.6 a character in two frames", frames(masked(textBegins, han[:at+1]), masked(finGoesOn, han[at+1:])),
			`error 404 #"한글", ` + stillOpen},
		{"5.6 a character in three frames, a ping between",
			frames(masked(textBegins, han[:at+1]), masked(goesOn, han[at+1:at+2]), masked(finPing, ""),
				masked(finGoesOn, han[at+2:])),
			`pong, error 404 #"한글", ` + stillOpen},

		{"8.1 a byte that is never UTF-8", masked(finText, "\xFF"), notUTF8},
		{"8.1 refused before the message ends", masked(textBegins, "{\xC3("), notUTF8},
		{"8.1 a surrogate", masked(finText, "\xED\xA0\x80"), notUTF8},
		{"8.1 an overlong slash", masked(finText, "\xC0\xAF"), notUTF8},
		{"8.1 above U+10FFFF", masked(textBegins, "\xF4\x90"), notUTF8},
		{"8.1 the end of a message in the middle of a character", masked(finText, han[:at+2]), notUTF8},
		{"8.1 broken where two frames meet", frames(masked(textBegins, han[:at+1]), masked(goesOn, "x")), notUTF8},
		{"8.1 a last fragment that leaves a character open", frames(masked(textBegins, han[:at+1]), masked(finGoesOn, "")),
			notUTF8},

		{"10.4 64 KiB in two fragments",
			frames(masked(textBegins, asks(40000)), masked(finGoesOn, strings.Repeat(" ", 64<<10-40000))), answered},
		{"10.4 a byte over 64 KiB", masked(finText, asks(64<<10+1)), tooBig},
		{"10.4 a byte over 64 KiB in two fragments",
			frames(masked(textBegins, asks(40000)), masked(finGoesOn, strings.Repeat(" ", 64<<10+1-40000))), tooBig},
		{"10.4 1 MB that is sent in spite of the limit", masked(finText, asks(1<<20)), tooBig},
		{"10.4 2^62 bytes claimed", withMask([]byte{finText, 0x80 | 127, 0x40, 0, 0, 0, 0, 0, 0, 0}, ""), tooBig},
		{"10.4 2^63-1 bytes claimed", withMask([]byte{finText, 0x80 | 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
			""), tooBig},
		{"10.4 a binary message too big is first of all binary",
			withMask([]byte{finBinary, 0x80 | 127, 0x40, 0, 0, 0, 0, 0, 0, 0}, ""), "close 1003, end"},
	}
	for opcode := byte(3); opcode < 16; opcode++ {
		if opcode == 8 {
			opcode = 11 // close, ping and pong are not reserved
		}
		tests = append(tests, struct {
			name string
			send []byte
			want string
		}{fmt.Sprintf("5.2 the reserved opcode %#x", opcode), masked(0x80|opcode, ""), broken})
	}
	r := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := r.rawDial(t, "")
			w.send(tt.send, masked(finPing, "end"), maskedClose(1000, ""))
			if got := w.transcript(); got != tt.want {
				t.Errorf("the server said %q, want %q", got, tt.want)
			}
		})
	}
}

func everyByte(s string) []byte {
	all := masked(textBegins, s[:1])
	for i := 1; i < len(s); i++ {
		all = append(all, masked(goesOn, s[i:i+1])...)
	}
	return append(all, masked(finGoesOn, "")...)
}

// §5.2, the highest bit of a 64-bit length must be 0: such a frame is refused, one way or the other.
func TestLengthWithItsHighestBitSet(t *testing.T) {
	r := start(t)
	for _, length := range [][]byte{{0x80, 0, 0, 0, 0, 0, 0, 5}, {0x80, 0, 0, 0, 0, 1, 0, 1},
		{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}} {
		w := r.rawDial(t, "")
		w.send(withMask(append([]byte{finText, 0x80 | 127}, length...), "Hello"))
		if got := w.transcript(); got != "close 1002, end" && got != "close 1009, end" {
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
				w := r.rawDial(t, "")
				w.send(maskedClose(code, "because"))
				if got := w.transcript(); got != want {
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
	w := r.rawDial(t, "")
	w.send(maskedClose(4321, ""))
	if got := w.transcript(); got != "close 4321, end" {
		t.Errorf("the server said %q, want close 4321 and the end of TCP", got)
	}
	w.Conn.(*net.TCPConn).CloseWrite()
	r.untilSockets(0)
}

// A client may go without a word; that is no reason to fail.
func TestClientsThatGoAway(t *testing.T) {
	tests := []struct {
		name string
		send []byte
	}{
		{"between two messages", nil},
		{"inside a header", []byte{finText}},
		{"inside a payload", masked(finText, asks(60))[:30]},
		{"inside a message", masked(textBegins, "{")},
	}
	r := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := r.rawDial(t, "")
			w.send(tt.send)
			w.Conn.(*net.TCPConn).CloseWrite()
			if got := w.transcript(); got != "end" {
				t.Errorf("a client that ended TCP got %q, want the end alone", got)
			}
		})
	}
	r.untilSockets(0)
}

// §5.5.2: the server pings, and a peer that shows no sign of life is dropped.
func TestSilentPeerIsDropped(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.pingEvery, c.silence = 100*time.Millisecond, time.Second })
	silent, lively := r.rawDial(t, ""), r.rawDial(t, "")
	began := time.Now()
	for time.Since(began) < 2*time.Second { // two silences long
		first, payload, err := lively.frame()
		if err != nil || first != finPing || len(payload) == 0 {
			t.Fatalf("a socket that answers pings got %s, %v, want pings with a payload", inWords(first, payload), err)
		}
		lively.send(masked(finPong, string(payload)))
	}
	lively.send(masked(finText, asks(60)), maskedClose(1000, ""))
	if got := lively.transcript(); !strings.HasSuffix(got, "error 404 #1, close 1000, end") {
		t.Errorf("a socket that answered all pings heard %q, want the answer to its question", got)
	}
	got := silent.transcript()
	pings := strings.Count(got, "ping pollwire, ")
	if pings < 2 || strings.ReplaceAll(got, "ping pollwire, ", "") != "close 1008, end" {
		t.Errorf("a silent socket heard %q, want pings and then close 1008", got)
	}
}

// A peer that sends half a message and nothing more is silent too, though its connection lives.
func TestHalfAMessageIsNoSignOfLifeForEver(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.silence = 200 * time.Millisecond })
	for name, half := range map[string][]byte{"a header": {finText}, "a payload": masked(finText, asks(60))[:30],
		"a message": masked(textBegins, "{")} {
		w := r.rawDial(t, "")
		w.send(half)
		if got := w.transcript(); got != "close 1008, end" {
			t.Errorf("half of %s and silence: the server said %q, want close 1008", name, got)
		}
	}
}

// untilSockets waits until /health counts n sockets.
func (r *rig) untilSockets(n int) {
	r.Helper()
	deadline := time.Now().Add(patience)
	for {
		h := want[struct{ Sockets int }](r, 200, "GET", r.health+"/health", "", nil)
		if h.Sockets == n {
			return
		}
		if time.Now().After(deadline) {
			r.Fatalf("/health counts %d sockets, want %d", h.Sockets, n)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
