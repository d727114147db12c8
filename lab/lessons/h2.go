package lessons

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"
)

// HTTP/2 from the client's side (RFC 9113), by hand but for HPACK: its table is kept by x/net.

const (
	h2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" // §3.4

	// Types of frames (§6).
	h2Data         = 0
	h2Headers      = 1
	h2Settings     = 4
	h2GoAway       = 7
	h2WindowUpdate = 8

	// Flags. The first means two things.
	endStream  = 0x1 // of DATA and HEADERS: the last of this direction
	settingAck = 0x1
	endHeaders = 0x4

	// Settings (§6.5.2).
	enablePush        = 2
	initialWindowSize = 4

	protocolError = 1 // §7
	maxH2Frame    = 16384
)

// h2Frame is a frame without its length: 3 bytes of length, type, flags, 4 bytes of stream, payload (§4.1).
type h2Frame struct {
	kind, flags byte
	stream      uint32
	payload     []byte
}

func (f h2Frame) append(to []byte) []byte {
	n := len(f.payload)
	to = append(to, byte(n>>16), byte(n>>8), byte(n), f.kind, f.flags)
	return append(binary.BigEndian.AppendUint32(to, f.stream), f.payload...)
}

// readH2 reads a frame. None is larger than the client allows, and this one has not said that it allows more.
func readH2(r io.Reader) (f h2Frame, err error) {
	var head [9]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return f, err
	}
	n := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
	if n > maxH2Frame {
		return f, fmt.Errorf("a frame of %d bytes", n)
	}
	f = h2Frame{head[3], head[4], binary.BigEndian.Uint32(head[5:]) & 0x7FFFFFFF, make([]byte, n)}
	_, err = io.ReadFull(r, f.payload)
	return f, err
}

var h2Kinds = []string{"DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
	"WINDOW_UPDATE", "CONTINUATION"}

// String is the frame in a line: its kind, its stream in brackets, the length of its payload.
func (f h2Frame) String() string {
	name := fmt.Sprintf("frame of type %d", f.kind)
	if int(f.kind) < len(h2Kinds) {
		name = h2Kinds[f.kind]
	}
	told := fmt.Sprintf("%s [%d] %d", name, f.stream, len(f.payload))
	switch {
	case f.kind == h2Settings && f.flags&settingAck != 0:
		return told + " ACK"
	case f.kind == h2Settings:
		for s := range slices.Chunk(f.payload, 6) {
			told += fmt.Sprintf(" %s=%d", settingName(binary.BigEndian.Uint16(s)), binary.BigEndian.Uint32(s[2:]))
		}
	case f.kind == h2WindowUpdate:
		told += fmt.Sprintf(" +%d", binary.BigEndian.Uint32(f.payload))
	case f.kind == h2GoAway:
		told += fmt.Sprintf(" last stream %d, error %d %s", binary.BigEndian.Uint32(f.payload),
			binary.BigEndian.Uint32(f.payload[4:]), f.payload[8:])
	case f.ends():
		told += " END_STREAM"
	}
	return told
}

// wellFormed says whether the payload is as long as its kind demands: String relies on it.
func (f h2Frame) wellFormed() bool {
	switch f.kind {
	case h2Settings:
		return len(f.payload)%6 == 0
	case h2WindowUpdate:
		return len(f.payload) == 4
	case h2GoAway:
		return len(f.payload) >= 8
	}
	return true
}

func (f h2Frame) ends() bool {
	return (f.kind == h2Data || f.kind == h2Headers) && f.flags&endStream != 0
}

func settingName(id uint16) string {
	if names := []string{"", "HEADER_TABLE_SIZE", "ENABLE_PUSH", "MAX_CONCURRENT_STREAMS", "INITIAL_WINDOW_SIZE",
		"MAX_FRAME_SIZE", "MAX_HEADER_LIST_SIZE"}; int(id) < len(names) {
		return names[id]
	}
	return fmt.Sprint(id)
}

func number(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func setting(id uint16, value uint32) []byte {
	return append(binary.BigEndian.AppendUint16(nil, id), number(value)...)
}

const agent = "pollwire-lab"

// h2 is a client's end of an HTTP/2 connection.
type h2 struct {
	*Conn
	scheme string
	fields bytes.Buffer
	hpack  *hpack.Encoder
	table  *hpack.Decoder
	data   map[uint32]int // bytes that came on a stream
	ended  []uint32       // streams whose answers are complete, in that order
	goAway []byte         // the payload of the server's
	ready  int            // of the two SETTINGS: the server's, and its ACK of ours
}

// http2 begins HTTP/2 on the connection: the preface, and SETTINGS of both sides (§3.4).
func (c *Conn) http2(scheme string) *h2 { return c.http2With(scheme, window) }

// http2With is http2 with another window for each stream.
func (c *Conn) http2With(scheme string, window uint32) *h2 {
	h := &h2{Conn: c, scheme: scheme, data: map[uint32]int{}, table: hpack.NewDecoder(4096, nil)}
	h.hpack = hpack.NewEncoder(&h.fields)
	settings := h2Frame{h2Settings, 0, 0, append(setting(enablePush, 0), setting(initialWindowSize, window)...)}
	lines := strings.Split(h2Preface, "\r\n")
	h.sendRaw(settings.append([]byte(h2Preface)), append(lines[:4], settings.String())...)
	h.until(func() bool { return h.ready == 2 })
	return h
}

// send sends a frame in one segment.
func (h *h2) send(f h2Frame, told ...string) {
	h.sendRaw(f.append(nil), append([]string{f.String()}, told...)...)
}

// get sends a request and returns its fields as HPACK wrote them.
func (h *h2) get(stream uint32, path string) []byte {
	h.fields.Reset()
	var told []string
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", h.scheme}, {":authority", h.host}, {":path", path},
		{"user-agent", agent}} {
		from := h.fields.Len()
		h.scene.Check("HPACK", h.hpack.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}))
		told = append(told, fmt.Sprintf("   %s: %s   %s", f[0], f[1], clip(fmt.Sprintf("% x", h.fields.Bytes()[from:]), 35)))
	}
	fields := bytes.Clone(h.fields.Bytes())
	h.send(h2Frame{h2Headers, endStream | endHeaders, stream, fields}, told...)
	return fields
}

// finish waits until answers are complete, and returns the streams in the order in which they were.
func (h *h2) finish(streams ...uint32) []uint32 {
	from := len(h.ended)
	h.until(func() bool { return len(h.ended) == from+len(streams) })
	return h.ended[from:]
}

// until reads frames until something has happened.
func (h *h2) until(happened func() bool) {
	h.Show()
	for !happened() {
		h.SetReadDeadline(time.Now().Add(patience))
		f, err := readH2(h.in)
		h.scene.Check("read a frame", err)
		h.scene.Must(f.wellFormed(), "a frame of type %d with %d bytes", f.kind, len(f.payload))
		h.take(f)
	}
}

// quiet fails if there is something to be read.
func (h *h2) quiet() {
	h.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err := h.in.Peek(1)
	h.scene.Must(err != nil, "the server sent more than the window allows")
}

// take tells a frame and does what has to be done.
func (h *h2) take(f h2Frame) {
	told := []string{f.String()}
	switch f.kind {
	case h2Data:
		h.data[f.stream] += len(f.payload)
	case h2Headers:
		fields, err := h.table.DecodeFull(f.payload) // this server neither pads nor sends priorities
		h.scene.Check("HPACK", err)
		for _, field := range fields[:min(2, len(fields))] {
			told = append(told, "   "+field.Name+": "+field.Value)
		}
	case h2Settings:
		h.ready++
	case h2GoAway:
		h.goAway = f.payload
	}
	h.scene.say(Event{Type: Received, Lines: told})
	if f.ends() {
		h.ended = append(h.ended, f.stream)
	}
	if f.kind == h2Settings && f.flags&settingAck == 0 {
		h.send(h2Frame{h2Settings, settingAck, 0, nil})
	}
}
