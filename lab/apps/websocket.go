package apps

import (
	"encoding/binary"
	"strings"

	"pollwire/lab/trace"
)

// Opcodes of WebSocket (RFC 6455 §5.2).
const (
	OpContinuation = 0
	OpText         = 1
	OpBinary       = 2
	OpClose        = 8
	OpPing         = 9
	OpPong         = 10
)

// Frame is one of a WebSocket (RFC 6455 §5.2).
type Frame struct {
	Range
	Final      bool
	Compressed bool // RSV1: permessage-deflate (RFC 7692), if that was agreed on
	Opcode     uint8
	Masked     bool
	Key        [4]byte
	Form       int    // bits of the length: 7, 16 or 64
	Head       int    // bytes of the header
	Raw        []byte // the payload as it travels
}

// Payload is what was meant: without the mask (§5.3).
func (f *Frame) Payload() []byte {
	if !f.Masked {
		return f.Raw
	}
	b := make([]byte, len(f.Raw))
	for i := range b {
		b[i] = f.Raw[i] ^ f.Key[i%4]
	}
	return b
}

// CloseCode is that of a close frame (§7.4); 1005 if it has none.
func (f *Frame) CloseCode() int {
	p := f.Payload()
	if len(p) < 2 {
		return 1005
	}
	return int(binary.BigEndian.Uint16(p))
}

// upgraded goes on behind a 101: what both sides send from there on are frames.
func (t *Talk) upgraded(asked *HTTP, requests, responses *source) {
	if asked == nil || !strings.EqualFold(asked.Get("Upgrade"), "websocket") {
		return
	}
	t.Upgrade = asked
	for _, in := range []*source{requests, responses} {
		if len(in.chunks) > 0 {
			t.frames(in.side, in.offset(), in.rest())
		}
	}
	if strings.HasPrefix(asked.Target, "/socket.io/") {
		for side := range t.WebSocket {
			t.socketIO(t.WebSocket[side])
		}
	}
}

// frames reads them one by one. The payload stays where it is: a length is believed when so many bytes are there.
func (t *Talk) frames(side trace.Side, from int64, b []byte) {
	for !t.full() {
		f, size := frame(b)
		if f == nil {
			return
		}
		t.items++
		f.Range = t.at(side, from, from+int64(size))
		t.WebSocket[side] = append(t.WebSocket[side], f)
		b, from = b[size:], from+int64(size)
	}
}

func frame(b []byte) (f *Frame, size int) {
	if len(b) < 2 {
		return nil, 0
	}
	f = &Frame{Final: b[0]&0x80 != 0, Compressed: b[0]&0x40 != 0, Opcode: b[0] & 15, Masked: b[1]&0x80 != 0,
		Form: 7, Head: 2}
	length := uint64(b[1] & 0x7f)
	switch {
	case length == 126 && len(b) >= 4:
		length, f.Form, f.Head = uint64(binary.BigEndian.Uint16(b[2:])), 16, 4
	case length == 127 && len(b) >= 10:
		length, f.Form, f.Head = binary.BigEndian.Uint64(b[2:]), 64, 10
	case length >= 126:
		return nil, 0
	}
	if f.Masked {
		if len(b) < f.Head+4 {
			return nil, 0
		}
		f.Key, f.Head = [4]byte(b[f.Head:f.Head+4]), f.Head+4
	}
	if length > uint64(len(b)-f.Head) {
		return nil, 0
	}
	size = f.Head + int(length)
	f.Raw = b[f.Head:size:size]
	return f, size
}
