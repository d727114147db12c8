package wsframe

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func sameMessages(a, b []Message) bool {
	return slices.EqualFunc(a, b, func(a, b Message) bool {
		return a.Opcode == b.Opcode &&
			bytes.Equal(a.Payload, b.Payload)
	})
}

// FuzzReader feeds any bytes at all to a Reader, and the same bytes one at a time to another: what comes
// out may not depend on how TCP cuts the stream.
func FuzzReader(f *testing.F) {
	for _, seed := range [][]byte{
		{0x81, 0x05, 'H', 'e', 'l', 'l', 'o'},
		{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58},
		join(frame(0x01, "Hel"), frame(0x89, "ping"), frame(0x80, "lo"), closeFrame(1000)),
		join(frame(0x01, "\xE2\x82"), frame(0x00, ""), frame(0x80, "\xAC")),
		frame(0x82, strings.Repeat("x", 300)),
		frame(0x81, strings.Repeat("\ud55c", 30000)),
		append([]byte{0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0}, rfcMask[:]...),
		encode(0x81, [4]byte{}, []byte("\xF4\x90")),
	} {
		f.Add(seed, uint16(1000), false)
		f.Add(seed, uint16(4), true)
	}
	f.Fuzz(func(t *testing.T, in []byte, maxMessage uint16, textOnly bool) {
		var all, single []Message
		var err, singleErr error
		overMemory(t, bytes.NewReader(in), int(maxMessage), func(r *Reader) {
			r.TextOnly = textOnly
			all, err = readAll(r)
		})
		overMemory(t, iotest.OneByteReader(bytes.NewReader(in)), int(maxMessage), func(r *Reader) {
			r.TextOnly = textOnly
			single, singleErr = readAll(r)
		})
		for _, m := range all {
			checkMessage(t, m, int(maxMessage), textOnly)
		}
		checkEnd(t, err)
		if !sameMessages(all, single) || err.Error() != singleErr.Error() {
			t.Errorf("at once: %v, %v\nbyte by byte: %v, %v", all, err, single, singleErr)
		}
	})
}

func checkMessage(t *testing.T, m Message, maxMessage int, textOnly bool) {
	switch m.Opcode {
	case OpText, OpBinary:
		if len(m.Payload) > maxMessage {
			t.Errorf("message of %d bytes, limit is %d", len(m.Payload), maxMessage)
		}
		if m.Opcode == OpText && !utf8.Valid(m.Payload) {
			t.Errorf("text % X is not UTF-8", m.Payload)
		}
		if m.Opcode == OpBinary && textOnly {
			t.Error("binary message in spite of TextOnly")
		}
	case OpClose, OpPing, OpPong:
		if len(m.Payload) > maxControlPayload {
			t.Errorf("control frame of %d bytes", len(m.Payload))
		}
	default:
		t.Errorf("message with opcode %#x", m.Opcode)
	}
}

func checkEnd(t *testing.T, err error) {
	var broken *CloseError
	if errors.As(err, &broken) {
		codes := []int{CloseProtocolError, CloseUnsupportedData, CloseInvalidPayload, CloseMessageTooBig}
		if !slices.Contains(codes, broken.Code) {
			t.Errorf("close code %d", broken.Code)
		}
	} else if err != io.EOF && err != io.ErrUnexpectedEOF {
		t.Errorf("Next ended with %v, want a *CloseError or EOF", err)
	}
}

// FuzzReassembly is the other direction: messages are cut into fragments with control frames between them,
// and have to come back whole. Then the stream is cut off somewhere, and only what was whole may come back.
func FuzzReassembly(f *testing.F) {
	f.Add(uint64(1), "Hello, \ud55c\uae00 \U0001F600", []byte{0, 1, 0xFF})
	f.Add(uint64(2), "", []byte(nil))
	f.Add(uint64(3), "\u20ac", []byte{0x81})
	f.Fuzz(func(t *testing.T, seed uint64, text string, data []byte) {
		rnd := rand.New(rand.NewPCG(seed, 6455))
		text = strings.ToValidUTF8(text, "?")
		if rnd.IntN(4) == 0 { // long ones are made here: long inputs would slow the fuzzer down
			text = strings.Repeat(text, rnd.IntN(70000)/(1+len(text)))
			data = bytes.Repeat(data, rnd.IntN(70000)/(1+len(data)))
		}
		var wire []byte
		var want []Message
		for range 1 + rnd.IntN(4) {
			if m := (Message{OpText, []byte(text)}); rnd.IntN(2) == 0 {
				wire, want = fragment(rnd, wire, want, m)
			} else {
				wire, want = fragment(rnd, wire, want, Message{OpBinary, data})
			}
		}
		most := max(len(text), len(data))
		overMemory(t, bytes.NewReader(wire), most, func(r *Reader) {
			if got, err := readAll(r); err != io.EOF || !sameMessages(got, want) {
				t.Errorf("whole stream: %d messages, %v, want %d, EOF", len(got), err, len(want))
			}
		})
		cut := rnd.IntN(len(wire))
		overMemory(t, iotest.HalfReader(bytes.NewReader(wire[:cut])), most, func(r *Reader) {
			got, err := readAll(r)
			if err != io.EOF && err != io.ErrUnexpectedEOF || len(got) > len(want) || !sameMessages(got, want[:len(got)]) {
				t.Errorf("stream cut at %d of %d: %d messages, %v", cut, len(wire), len(got), err)
			}
		})
	})
}

// fragment appends m to wire in pieces, control frames in between, and to want in the order in which
// a reader has to see it all.
func fragment(rnd *rand.Rand, wire []byte, want []Message, m Message) ([]byte, []Message) {
	key := func() (k [4]byte) {
		for i := range k {
			k[i] = byte(rnd.Uint32())
		}
		return k
	}
	first, rest := m.Opcode, m.Payload
	for rnd.IntN(4) != 0 {
		n := rnd.IntN(len(rest) + 1)
		wire = append(wire, encode(first, key(), rest[:n])...)
		first, rest = OpContinuation, rest[n:]
		if rnd.IntN(2) == 0 {
			c := Message{OpClose + byte(rnd.IntN(3)), m.Payload[:rnd.IntN(1+min(len(m.Payload), 125))]}
			wire = append(wire, encode(0x80|c.Opcode, key(), c.Payload)...)
			want = append(want, c)
		}
	}
	wire = append(wire, encode(0x80|first, key(), rest)...)
	return wire, append(want, m)
}
