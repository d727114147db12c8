package apps

import (
	"encoding/binary"

	"pollwire/lab/trace"
)

// Types of frames of HTTP/2 (RFC 9113 §6).
const (
	FrameDATA         = 0
	FrameHEADERS      = 1
	FrameRSTSTREAM    = 3
	FrameSETTINGS     = 4
	FramePING         = 6
	FrameGOAWAY       = 7
	FrameWINDOWUPDATE = 8
)

// Frame2 is a frame's header (RFC 9113 §4.1).
type Frame2 struct {
	Range
	Length int // behind the nine bytes of the header
	Type   uint8
	Flags  uint8
	Stream uint32
}

const frameHead2 = 9

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
	}
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
		f.Range = t.at(side, from, from+int64(size))
		t.HTTP2[side] = append(t.HTTP2[side], f)
		b, from = b[size:], from+int64(size)
	}
}
