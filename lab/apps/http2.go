package apps

import (
	"encoding/binary"
	"strings"

	"pollwire/lab/trace"
)

// Types of frames of HTTP/2 (RFC 9113 §6).
const (
	FrameDATA         = 0
	FrameHEADERS      = 1
	FramePRIORITY     = 2
	FrameRSTSTREAM    = 3
	FrameSETTINGS     = 4
	FramePUSHPROMISE  = 5
	FramePING         = 6
	FrameGOAWAY       = 7
	FrameWINDOWUPDATE = 8
	FrameCONTINUATION = 9
)

// Flags of frames. The first one means two things.
const (
	FlagEndStream  = 0x1 // of DATA and HEADERS
	FlagAck        = 0x1 // of SETTINGS and PING
	FlagEndHeaders = 0x4
	FlagPadded     = 0x8
	FlagPriority   = 0x20
)

// Settings (RFC 9113 §6.5.2).
const (
	SettingTableSize     = 1
	SettingInitialWindow = 4

	DefaultWindow = 65_535 // of a stream where SETTINGS say nothing, and of the connection
)

// Frame2 is a frame of HTTP/2 (RFC 9113 §4.1).
type Frame2 struct {
	Range
	Length  int // behind the nine bytes of the header
	Type    uint8
	Flags   uint8
	Stream  uint32
	Payload []byte // as it travelled, with padding

	// Header is what HPACK makes of the block that begins in this frame, of HEADERS or PUSH_PROMISE. It is nil where that
	// can't be known: HPACK has to be read from the beginning of a connection.
	Header []Field
}

const frameHead2 = 9

// Has reports whether a flag is set.
func (f *Frame2) Has(flag uint8) bool { return f.Flags&flag != 0 }

// Ends reports whether it is the last frame of its side on the stream, but for those that say nothing of the message.
func (f *Frame2) Ends() bool {
	return (f.Type == FrameDATA || f.Type == FrameHEADERS) && f.Has(FlagEndStream)
}

// Get returns the value of the first field of a name: ":path", ":status", "content-type".
func (f *Frame2) Get(name string) string {
	for _, h := range f.Header {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// Body is what a DATA frame carries, without padding (RFC 9113 §6.1).
func (f *Frame2) Body() []byte {
	if f.Type != FrameDATA {
		return nil
	}
	body, _ := f.unpadded()
	return body
}

// unpadded is the payload without the length of the padding in front, and the padding behind.
func (f *Frame2) unpadded() (b []byte, ok bool) {
	b = f.Payload
	if !f.Has(FlagPadded) {
		return b, true
	}
	if len(b) == 0 || int(b[0]) > len(b)-1 {
		return nil, false
	}
	return b[1 : len(b)-int(b[0])], true
}

// Setting is the value that a SETTINGS frame has last for a parameter (RFC 9113 §6.5.1).
func (f *Frame2) Setting(id uint16) (value uint32, ok bool) {
	if f.Type != FrameSETTINGS {
		return 0, false
	}
	for b := f.Payload; len(b) >= 6; b = b[6:] {
		if binary.BigEndian.Uint16(b) == id {
			value, ok = binary.BigEndian.Uint32(b[2:]), true
		}
	}
	return value, ok
}

// Increment is how much a WINDOW_UPDATE gives (RFC 9113 §6.9); 0 for any other frame.
func (f *Frame2) Increment() uint32 {
	if f.Type != FrameWINDOWUPDATE || len(f.Payload) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(f.Payload) & 0x7fffffff
}

// ErrorCode is that of RST_STREAM and of GOAWAY (RFC 9113 §6.4, §6.8).
func (f *Frame2) ErrorCode() (code uint32, ok bool) {
	switch {
	case f.Type == FrameRSTSTREAM && len(f.Payload) == 4:
		return binary.BigEndian.Uint32(f.Payload), true
	case f.Type == FrameGOAWAY && len(f.Payload) >= 8:
		return binary.BigEndian.Uint32(f.Payload[4:]), true
	}
	return 0, false
}

// http2 reads frames. Behind a gap it can't be known where the next one begins.
func (t *Talk) http2(chunks [2][]trace.Chunk) {
	for i, list := range chunks {
		if len(list) == 0 {
			continue
		}
		side, at := trace.Side(i), 0
		if isPreface(list[0].Data) {
			at = len(preface)
		}
		t.frames2(side, list[0].From+int64(at), list[0].Data[at:])
		if frames := t.HTTP2[side]; beginning(frames) && (at > 0 || list[0].From == 0) {
			t.unpack(frames)
		}
	}
	t.exchanges()
}

// beginning reports whether frames are the first ones of a side: SETTINGS come before all others (RFC 9113 §3.4).
func beginning(frames []*Frame2) bool {
	return len(frames) > 0 && frames[0].Type == FrameSETTINGS && !frames[0].Has(FlagAck)
}

func (t *Talk) frames2(side trace.Side, from int64, b []byte) {
	for len(b) >= frameHead2 && !t.full() {
		f := &Frame2{Length: int(b[0])<<16 | int(binary.BigEndian.Uint16(b[1:])), Type: b[3], Flags: b[4],
			Stream: binary.BigEndian.Uint32(b[5:]) & 0x7fffffff}
		size := frameHead2 + f.Length
		if size > len(b) {
			return
		}
		t.items++
		f.Payload = b[frameHead2:size:size]
		f.Range = t.at(side, from, from+int64(size))
		t.HTTP2[side] = append(t.HTTP2[side], f)
		b, from = b[size:], from+int64(size)
	}
}

// Exchange is what both sides sent on a stream of HTTP/2: a request and its answer (RFC 9113 §8.1).
type Exchange struct {
	Stream uint32
	Frames [2][]*Frame2
}

// exchanges sorts frames by their streams, those first that the client has opened.
func (t *Talk) exchanges() {
	known := map[uint32]*Exchange{}
	for side, frames := range t.HTTP2 {
		for _, f := range frames {
			if f.Stream == 0 { // of the connection
				continue
			}
			e := known[f.Stream]
			if e == nil {
				e = &Exchange{Stream: f.Stream}
				known[f.Stream] = e
				t.Exchanges = append(t.Exchanges, e)
			}
			e.Frames[side] = append(e.Frames[side], f)
		}
	}
}

// first is the first frame of a side that fits; nil where none does.
func (e *Exchange) first(side trace.Side, fits func(*Frame2) bool) *Frame2 {
	for _, f := range e.Frames[side] {
		if fits(f) {
			return f
		}
	}
	return nil
}

// Request is the HEADERS frame of the request; nil where the capture has none.
func (e *Exchange) Request() *Frame2 {
	return e.first(trace.Client, func(f *Frame2) bool { return f.Type == FrameHEADERS })
}

// Answer is the HEADERS frame of the final response: none of 1xx.
func (e *Exchange) Answer() *Frame2 {
	return e.first(trace.Server, func(f *Frame2) bool {
		status := f.Get(":status")
		return f.Type == FrameHEADERS && status != "" && !strings.HasPrefix(status, "1")
	})
}

// End is the frame with which a side has sent all.
func (e *Exchange) End(side trace.Side) *Frame2 { return e.first(side, (*Frame2).Ends) }

// Reset is the RST_STREAM of a side.
func (e *Exchange) Reset(side trace.Side) *Frame2 {
	return e.first(side, func(f *Frame2) bool { return f.Type == FrameRSTSTREAM })
}

// Data are the DATA frames of a side.
func (e *Exchange) Data(side trace.Side) (all []*Frame2) {
	for _, f := range e.Frames[side] {
		if f.Type == FrameDATA {
			all = append(all, f)
		}
	}
	return all
}
