package apps

import (
	"golang.org/x/net/http2/hpack"
)

// HPACK (RFC 7541): what a block means depends on all blocks before it. So a direction is read from its beginning, and
// where one block can't be read, none behind it can.

// maxTable is how large a table may be, in bytes. 4,096 are usual; a browser allows 65,536.
const maxTable = 1 << 20

// blocks reads the header blocks of one direction.
type blocks struct {
	talk  *Talk
	table *hpack.Decoder // nil: no more can be read
	begun *Frame2        // a block has begun in it and not ended
	data  []byte         // of that block
}

// unpack reads the header blocks of all frames of a direction.
func (t *Talk) unpack(frames []*Frame2) {
	in := &blocks{talk: t, table: hpack.NewDecoder(4096, nil)} // RFC 9113 §6.5.2: the size at the beginning
	in.table.SetAllowedMaxDynamicTableSize(maxTable)
	for _, f := range frames {
		if in.table == nil {
			return
		}
		if !in.take(f) {
			in.table = nil
		}
	}
}

// take reads a frame, and reports whether it can be read.
func (in *blocks) take(f *Frame2) bool {
	switch {
	case f.Type == FrameCONTINUATION:
		if in.begun == nil || in.begun.Stream != f.Stream {
			return false
		}
		in.data = append(in.data, f.Payload...)
	case in.begun != nil:
		return false // RFC 9113 §6.10: nothing else comes before the block has ended
	case f.Type == FrameHEADERS || f.Type == FramePUSHPROMISE:
		part, ok := f.fragment()
		if !ok {
			return false
		}
		in.begun, in.data = f, part[:len(part):len(part)]
	default:
		return true
	}
	if len(in.data) > maxHead {
		return false
	}
	return !f.Has(FlagEndHeaders) || in.decode()
}

// fragment is what a frame has of a block: behind the length of padding, and behind what comes first in HEADERS with
// a priority (RFC 9113 §6.2) and in PUSH_PROMISE (§6.6).
func (f *Frame2) fragment() (b []byte, ok bool) {
	before := 0
	switch {
	case f.Type == FramePUSHPROMISE:
		before = 4
	case f.Has(FlagPriority):
		before = 5
	}
	b, ok = f.unpadded()
	if !ok || len(b) < before {
		return nil, false
	}
	return b[before:], true
}

// decode reads a whole block. A byte may stand for a field of 4,096, so fields are counted.
func (in *blocks) decode() bool {
	f, header := in.begun, []Field{}
	in.table.SetEmitFunc(func(h hpack.HeaderField) {
		if !in.talk.full() {
			in.talk.items++
			header = append(header, Field{h.Name, h.Value})
		}
	})
	in.begun = nil
	if _, err := in.table.Write(in.data); err != nil {
		return false
	}
	if in.table.Close() != nil || in.talk.full() {
		return false
	}
	f.Header = header
	return true
}
