package rig

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Crowd opens n sockets that only listen.
func (r *Rig) Crowd(t testing.TB, n int) []*Wire {
	t.Helper()
	sockets := make([]*Wire, n)
	for i := range sockets {
		sockets[i] = r.RawDial(t, "")
	}
	return sockets
}

var chatNews = []byte(`{"event":"chat:message_received"`)

// Chat reads n chat messages and passes over everything else.
func (w *Wire) Chat(n int) ([]string, error) {
	w.SetDeadline(time.Now().Add(3 * Patience))
	var list []string
	for len(list) < n {
		first, payload, err := w.Frame()
		switch {
		case err != nil:
			return list, fmt.Errorf("behind %d messages: %w", len(list), err)
		case first == FinClose:
			return list, fmt.Errorf("behind %d messages: %s", len(list), InWords(first, payload))
		case bytes.HasPrefix(payload, chatNews):
			list = append(list, string(payload))
		}
	}
	return list, nil
}

// BareHandshake opens a socket where nobody looks at the answer.
const BareHandshake = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

// Lines returns at least n events of a socket, as those of Events.Lines, up to the answer to a ping behind them.
func (w *Wire) Lines(n int) []string {
	w.Helper()
	heard := []string{}
	for {
		if len(heard) >= n {
			w.Send(Masked(FinPing, "that was all?"))
			n = math.MaxInt
		}
		first, payload, err := w.Frame()
		if err != nil {
			w.Fatalf("%v, behind %q", err, heard)
		}
		if first == FinPong {
			return heard
		}
		var e Event
		if err := json.Unmarshal(payload, &e); err != nil {
			w.Fatalf("%s: %v", payload, err)
		}
		heard = append(heard, fmt.Sprint(e.Seq, " ", e.Event, " ", string(e.Data)))
	}
}

// Wire is a WebSocket connection of which the test makes and sees every byte.
type Wire struct {
	testing.TB
	net.Conn
	In *bufio.Reader
}

// RawDial opens a socket with the handshake of RFC 6455 §1.3; query is what stands behind /ws.
func (r *Rig) RawDial(t testing.TB, query string) *Wire {
	t.Helper()
	w := r.ConnectRaw(t, query)
	t.Cleanup(func() { w.Close() })
	return w
}

// ConnectRaw is RawDial for a caller that closes by itself.
func (r *Rig) ConnectRaw(t testing.TB, query string) *Wire {
	t.Helper()
	conn, err := net.Dial("tcp", r.WS)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(2 * Patience))
	fmt.Fprintf(conn, "GET /ws%s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", query, r.WS)
	w := &Wire{t, conn, bufio.NewReader(conn)}
	answer, err := http.ReadResponse(w.In, nil)
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
	FinText, FinBinary, FinGoesOn    = 0x81, 0x82, 0x80
	FinClose, FinPing, FinPong       = 0x88, 0x89, 0x8A
	TextBegins, BinaryBegins, GoesOn = 0x01, 0x02, 0x00
	RSV1, RSV2, RSV3                 = 0x40, 0x20, 0x10
)

// Masked is a frame as clients send it, with the mask of §5.7.
func Masked(first byte, payload string) []byte {
	f := []byte{first}
	switch n := len(payload); {
	case n <= 125:
		f = append(f, 0x80|byte(n))
	case n <= 0xFFFF:
		f = binary.BigEndian.AppendUint16(append(f, 0x80|126), uint16(n))
	default:
		f = binary.BigEndian.AppendUint64(append(f, 0x80|127), uint64(n))
	}
	return WithMask(f, payload)
}

// WithMask completes a header by a mask and a payload.
func WithMask(header []byte, payload string) []byte {
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	f := append(header, mask[:]...)
	for i := range len(payload) {
		f = append(f, payload[i]^mask[i%4])
	}
	return f
}

// MaskedClose is a close frame with a code.
func MaskedClose(code int, reason string) []byte {
	return Masked(FinClose, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

// Frames are frames behind each other.
func Frames(list ...[]byte) []byte {
	var all []byte
	for _, f := range list {
		all = append(all, f...)
	}
	return all
}

// Send writes frames in one go.
func (w *Wire) Send(list ...[]byte) {
	w.Helper()
	if _, err := w.Write(Frames(list...)); err != nil {
		w.Fatalf("write frames: %v", err)
	}
}

// Frame reads a frame of the server, which must be whole, unmasked and of the shortest form.
func (w *Wire) Frame() (first byte, payload []byte, err error) {
	var h [10]byte
	if _, err := io.ReadFull(w.In, h[:2]); err != nil {
		return 0, nil, err
	}
	n, least := uint64(h[1]), uint64(0)
	switch h[1] {
	case 126:
		_, err = io.ReadFull(w.In, h[2:4])
		n, least = uint64(binary.BigEndian.Uint16(h[2:])), 126
	case 127:
		_, err = io.ReadFull(w.In, h[2:10])
		n, least = binary.BigEndian.Uint64(h[2:]), 1<<16
	}
	if err == nil && (h[0]&0xF0 != 0x80 || h[1] > 127 || n < least || n > 32<<20) {
		err = fmt.Errorf("the server sent a frame that begins with % X", h)
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(w.In, payload)
	return h[0], payload, err
}

// Transcript reads until the connection ends and tells what came: "error 404 #1, pong x, close 1000, end".
func (w *Wire) Transcript() string {
	w.Helper()
	var said []string
	for {
		first, payload, err := w.Frame()
		switch {
		case err == io.EOF:
			return strings.Join(append(said, "end"), ", ")
		case err != nil:
			return strings.Join(append(said, err.Error()), ", ") // a reset, for one
		}
		said = append(said, InWords(first, payload))
	}
}

// InWords tells what a frame is: "error 404 #1", "pong x", "close 1000".
func InWords(first byte, payload []byte) string {
	switch first {
	case FinText:
		var e struct {
			Event string
			ID    json.RawMessage
			Data  struct{ Status any } // a number in an error
		}
		if err := json.Unmarshal(payload, &e); err != nil {
			return fmt.Sprintf("text %q", payload)
		}
		words := e.Event
		if e.Event == "error" {
			words += fmt.Sprint(" ", e.Data.Status)
		}
		if e.ID != nil {
			words += fmt.Sprintf(" #%s", e.ID)
		}
		return words
	case FinPing, FinPong:
		return strings.TrimSpace(fmt.Sprintf("%s %s", map[byte]string{FinPing: "ping", FinPong: "pong"}[first], payload))
	case FinClose:
		if len(payload) < 2 {
			return fmt.Sprintf("close%.0x", payload)
		}
		return fmt.Sprint("close ", binary.BigEndian.Uint16(payload))
	}
	return fmt.Sprintf("frame %#x %q", first, payload)
}
