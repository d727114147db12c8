package wsframe

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

const limit = 1 << 16

// TestAnswers has one frame sequence a line: what the client sends, what comes back. Each is followed by
// a close frame, whose echo shows that nothing else came and that the reader was still in step.
func TestAnswers(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	hello := []byte{0x81, 0x05, 'H', 'e', 'l', 'l', 'o'}
	tests := []struct {
		name       string
		send, want []byte
	}{
		{"5.7 single-frame masked text", []byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}, hello},
		{"5.7 fragmented text", join(frame(0x01, "Hel"), frame(0x80, "lo")), hello},
		{"5.7 ping is answered by pong", frame(0x89, "Hello"), []byte{0x8a, 0x05, 'H', 'e', 'l', 'l', 'o'}},
		{"5.7 masked pong is not answered", []byte{0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}, nil},
		{"5.7 256 bytes binary", frame(0x82, long(256)), append([]byte{0x82, 0x7E, 0x01, 0x00}, long(256)...)},
		{"5.7 64KiB binary", frame(0x82, long(1<<16)), append([]byte{0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}, long(1<<16)...)},

		{"5.2 length 0", frame(0x81, ""), []byte{0x81, 0}},
		{"5.2 length 125", frame(0x81, long(125)), append([]byte{0x81, 125}, long(125)...)},
		{"5.2 length 126", frame(0x81, long(126)), append([]byte{0x81, 126, 0, 126}, long(126)...)},
		{"5.2 length 127", frame(0x81, long(127)), append([]byte{0x81, 126, 0, 127}, long(127)...)},
		{"5.2 length 65535", frame(0x81, long(65535)), append([]byte{0x81, 126, 0xFF, 0xFF}, long(65535)...)},
		{"5.3 masking key 0", encode(0x81, [4]byte{}, []byte("Hello")), hello},

		{"5.4 empty fragments", join(frame(0x01, ""), frame(0x00, ""), frame(0x80, "")), []byte{0x81, 0}},
		{"5.4 ping between fragments",
			join(frame(0x01, "Hel"), frame(0x89, "ping"), frame(0x00, "l"), frame(0x8A, ""), frame(0x80, "o")),
			append([]byte{0x8A, 4, 'p', 'i', 'n', 'g'}, hello...)},
		{"5.4 fragments up to the limit",
			join(frame(0x02, long(40000)), frame(0x80, long(limit-40000))),
			append([]byte{0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}, long(limit)...)},
		{"5.4 two messages do not share a limit",
			join(frame(0x81, long(limit)), frame(0x81, "Hello")),
			join([]byte{0x81, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}, []byte(long(limit)), hello)},
		{"5.5 ping of 125 bytes", frame(0x89, long(125)), append([]byte{0x8A, 125}, long(125)...)},
		{"5.5 ping may hold anything", frame(0x89, "\xFF\xFE"), []byte{0x8A, 2, 0xFF, 0xFE}},
		{"5.6 binary may hold anything", frame(0x82, "\xFF\xFE"), []byte{0x82, 2, 0xFF, 0xFE}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, &server{maxMessage: limit})
			c.send(tt.send)
			c.want(tt.name, tt.want)
			c.send(closeFrame(CloseNormal))
			c.wantClose(CloseNormal)
		})
	}
}

// TestRefusals has one way of breaking the protocol a line. Most frames lack the payload they announce:
// a server that waits for it before it judges fails here by running out of time.
func TestRefusals(t *testing.T) {
	mask := string(rfcMask[:])
	tests := []struct {
		name string
		send string
		code int
	}{
		{"5.7 single-frame unmasked text from a client", "\x81\x05Hello", CloseProtocolError},
		{"5.7 fragmented unmasked text from a client", "\x01\x03Hel", CloseProtocolError},
		{"5.7 unmasked ping from a client", "\x89\x05Hello", CloseProtocolError},
		{"5.1 unmasked empty text", "\x81\x00", CloseProtocolError},
		{"5.1 unmasked close", "\x88\x00", CloseProtocolError},

		{"5.2 RSV1", "\xC1\x85" + mask, CloseProtocolError},
		{"5.2 RSV2", "\xA1\x85" + mask, CloseProtocolError},
		{"5.2 RSV3", "\x91\x85" + mask, CloseProtocolError},
		{"5.2 RSV1 in a ping", "\xC9\x80" + mask, CloseProtocolError},
		{"5.2 RSV1 in a later fragment", string(frame(0x01, "Hel")) + "\xC0\x82" + mask, CloseProtocolError},
		{"5.2 length 125 in 16 bits", "\x81\xFE\x00\x7D" + mask, CloseProtocolError},
		{"5.2 length 0 in 16 bits", "\x81\xFE\x00\x00" + mask, CloseProtocolError},
		{"5.2 length 65535 in 64 bits", "\x81\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF" + mask, CloseProtocolError},
		{"5.2 length 5 in 64 bits", "\x81\xFF\x00\x00\x00\x00\x00\x00\x00\x05" + mask, CloseProtocolError},
		{"5.2 highest bit of the length, small", "\x81\xFF\x80\x00\x00\x00\x00\x00\x00\x05" + mask, CloseProtocolError},
		{"5.2 highest bit of the length, big", "\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" + mask, CloseMessageTooBig},

		{"5.4 continuation without a message", "\x80\x85" + mask, CloseProtocolError},
		{"5.4 continuation after a whole message", string(frame(0x8A, "")) + string(frame(0x80, "")), CloseProtocolError},
		{"5.4 text inside an unfinished text", string(frame(0x01, "Hel")) + "\x81\x82" + mask, CloseProtocolError},
		{"5.4 binary inside an unfinished text", string(frame(0x01, "")) + "\x02\x82" + mask, CloseProtocolError},

		{"5.5 fragmented ping", "\x09\x85" + mask, CloseProtocolError},
		{"5.5 fragmented pong", "\x0A\x80" + mask, CloseProtocolError},
		{"5.5 fragmented close", "\x08\x80" + mask, CloseProtocolError},
		{"5.5 ping of 126 bytes", "\x89\xFE\x00\x7E" + mask, CloseProtocolError},
		{"5.5 close of 126 bytes", "\x88\xFE\x00\x7E" + mask, CloseProtocolError},
		{"5.5 pong of 2^62 bytes", "\x8A\xFF\x40\x00\x00\x00\x00\x00\x00\x00" + mask, CloseProtocolError},
		{"5.5 ping of 4 bytes in 16 bits", "\x89\xFE\x00\x04" + mask, CloseProtocolError},
		{"5.5.1 close with one byte", string(frame(0x88, "\x03")), CloseProtocolError},
		{"5.5.1 close with a broken reason", string(frame(0x88, "\x03\xE8\xFF")), CloseInvalidPayload},
		{"7.4.1 close with 1005", string(closeFrame(CloseNoStatus)), CloseProtocolError},

		{"10.4 one byte over the limit", "\x82\xFF\x00\x00\x00\x00\x00\x01\x00\x01" + mask, CloseMessageTooBig},
		{"10.4 length 2^62", "\x82\xFF\x40\x00\x00\x00\x00\x00\x00\x00" + mask, CloseMessageTooBig},
		{"10.4 length 2^63-1", "\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF" + mask, CloseMessageTooBig},
		{"10.4 sum of fragments over the limit",
			string(frame(0x01, strings.Repeat("x", limit-1))) + "\x80\x82" + mask, CloseMessageTooBig},
	}
	for _, opcode := range []byte{0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF} {
		tests = append(tests, struct {
			name string
			send string
			code int
		}{"5.2 reserved opcode " + string("0123456789ABCDEF"[opcode]), string([]byte{0x80 | opcode, 0x85}) + mask,
			CloseProtocolError})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, &server{maxMessage: limit})
			c.send([]byte(tt.send))
			c.wantClose(tt.code)
		})
	}
}

func TestTextOnlyRefusesBinaryByItsHeader(t *testing.T) {
	c := dial(t, &server{maxMessage: limit, textOnly: true})
	c.send(frame(0x81, "Hello"))
	c.want("text", []byte{0x81, 0x05, 'H', 'e', 'l', 'l', 'o'})
	c.send([]byte("\x02\x85"))
	c.send(rfcMask[:])
	c.wantClose(CloseUnsupportedData)
}

// §5.6: a fragment may end in the middle of a character, the message may not.
func TestTextMayBeCutAnywhere(t *testing.T) {
	// 1 to 4 bytes a character, and the edges
	const text = "a\u00df\u20ac\ud55c\uae00\U0001F600\U0010FFFF\uFFFF\uD7FF\x00z"
	c := dial(t, &server{maxMessage: limit})
	echo := append([]byte{0x81, byte(len(text))}, text...)
	for i := range len(text) + 1 {
		c.send(join(frame(0x01, text[:i]), frame(0x89, "?"), frame(0x80, text[i:])))
		c.want("text in two fragments", join([]byte{0x8A, 1, '?'}, echo))
	}
	c.send(frame(0x01, ""))
	for i := range len(text) {
		c.send(frame(0x00, text[i:i+1]))
	}
	c.send(frame(0x80, ""))
	c.want("text in fragments of one byte", echo)

	overMemory(t, iotest.OneByteReader(bytes.NewReader(frame(0x81, text))), limit, func(r *Reader) {
		if m, err := r.Next(); err != nil || string(m.Payload) != text {
			t.Errorf("one frame, byte by byte: %q, %v, want %q", m.Payload, err, text)
		}
	})
}

// brokenTexts cannot become valid whatever follows.
var brokenTexts = []struct{ name, bytes string }{
	{"lone continuation byte", "\x80"},
	{"overlong slash", "\xC0"},
	{"overlong, three bytes", "\xE0\x9F"},
	{"overlong, four bytes", "\xF0\x8F"},
	{"surrogate", "\xED\xA0"},
	{"above U+10FFFF", "\xF4\x90"},
	{"byte that never occurs", "\xF5"},
	{"character cut short by another", "\xE2\x82z"},
	{"too many continuation bytes", "\xC3\x9F\x9F\x9F\x9F"},
	{"good text before", "κόσμε\xED\xA0"},
}

// §8.1, and the sooner the better: the frame claims a thousand bytes and its end never arrives.
func TestBrokenTextIsRefusedBeforeTheFrameEnds(t *testing.T) {
	for _, tt := range brokenTexts {
		t.Run(tt.name, func(t *testing.T) {
			whole := frame(0x81, tt.bytes+strings.Repeat("x", 1000))
			c := dial(t, &server{maxMessage: limit})
			c.send(whole[:8+len(tt.bytes)])
			c.wantClose(CloseInvalidPayload)
		})
	}
}

func TestBrokenTextIsRefusedAcrossFragments(t *testing.T) {
	for _, tt := range brokenTexts {
		for i := range len(tt.bytes) {
			t.Run(tt.name, func(t *testing.T) {
				c := dial(t, &server{maxMessage: limit})
				c.send(join(frame(0x01, tt.bytes[:i]), frame(0x00, tt.bytes[i:])))
				c.wantClose(CloseInvalidPayload)
			})
		}
	}
}

func TestTextMayNotEndInsideACharacter(t *testing.T) {
	for _, text := range []string{"\xC3", "\xE2\x82", "\xF0\x9F\x98", "abc\xF4\x8F"} {
		for _, frames := range [][]byte{frame(0x81, text), join(frame(0x01, text), frame(0x80, ""))} {
			c := dial(t, &server{maxMessage: limit})
			c.send(frames)
			c.wantClose(CloseInvalidPayload)
		}
	}
}

// A connection closed in the middle of a frame must not leave a short message behind.
func TestTruncatedFrameIsNoMessage(t *testing.T) {
	hello := frame(0x81, "Hello")
	long := frame(0x82, strings.Repeat("x", 300))
	tests := []struct {
		name string
		send []byte
		want error
	}{
		{"nothing at all", nil, io.EOF},
		{"between two messages", frame(0x8A, "pong"), io.EOF},
		{"after the opcode", hello[:1], io.ErrUnexpectedEOF},
		{"after the length", hello[:2], io.ErrUnexpectedEOF},
		{"inside the masking key", hello[:5], io.ErrUnexpectedEOF},
		{"before the payload", hello[:6], io.ErrUnexpectedEOF},
		{"inside the payload", hello[:10], io.ErrUnexpectedEOF},
		{"inside the length", long[:3], io.ErrUnexpectedEOF},
		{"last byte missing", long[:len(long)-1], io.ErrUnexpectedEOF},
		{"before the payload of a ping", frame(0x89, "ping")[:6], io.ErrUnexpectedEOF},
		{"inside a ping", frame(0x89, "ping")[:8], io.ErrUnexpectedEOF},
		{"between two fragments", frame(0x01, "Hel"), io.ErrUnexpectedEOF},
		{"inside the header of a continuation", join(frame(0x01, "Hel"), frame(0x80, "lo")[:1]), io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, &server{maxMessage: limit})
			c.send(tt.send)
			c.CloseWrite()
			c.wantEnd(tt.name, tt.want)
			if got, err := io.ReadAll(c.in); err != nil || len(got) != 0 {
				t.Errorf("server sent %s (%v), want nothing", brief(got), err)
			}
		})
	}
}

func TestErrorsLast(t *testing.T) {
	in := io.MultiReader(bytes.NewReader(frame(0x81, "Hello")[:8]), iotest.ErrReader(os.ErrDeadlineExceeded),
		bytes.NewReader(frame(0x81, "Hello")))
	overMemory(t, in, limit, func(r *Reader) {
		for range 3 {
			if m, err := r.Next(); err != os.ErrDeadlineExceeded {
				t.Errorf("Next = %v, %v, want the timeout again", m, err)
			}
		}
	})
	overMemory(t, bytes.NewReader(join(frame(0x80, ""), frame(0x81, "Hello"))), limit, func(r *Reader) {
		_, first := r.Next()
		m, second := r.Next()
		var broken *CloseError
		if !errors.As(first, &broken) || second != first {
			t.Errorf("Next = %v, then %v, %v, want the same *CloseError twice", first, m, second)
		}
	})
}

// Lengths in a header are claims. What is allocated follows what has arrived.
func TestClaimedLengthAllocatesNothing(t *testing.T) {
	const megabytes = 64 << 20
	claims := map[string]string{
		"refused": "\x82\xFF\x40\x00\x00\x00\x00\x00\x00\x00",
		"allowed": "\x82\xFF\x00\x00\x00\x00\x04\x00\x00\x00",
	}
	for name, claim := range claims {
		in := strings.NewReader(claim + string(rfcMask[:]) + "only a little")
		overMemory(t, in, megabytes, func(r *Reader) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := r.Next()
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Errorf("%s claim: no error", name)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 1<<16 {
				t.Errorf("%s claim: %d bytes allocated", name, got)
			}
		})
	}
}

func TestIdleReaderIsSmall(t *testing.T) {
	in := join(frame(0x81, strings.Repeat("x", limit)), frame(0x89, ""), frame(0x81, "small"), frame(0x81, "small"))
	overMemory(t, bytes.NewReader(in), limit, func(r *Reader) {
		if m, err := r.Next(); err != nil || len(m.Payload) != limit {
			t.Fatalf("Next = %d bytes, %v", len(m.Payload), err)
		}
		r.Next() // the ping: the wait for it was the idle time
		if cap(r.buf) > keepBuffer {
			t.Errorf("%d bytes kept while idle, want at most %d", cap(r.buf), keepBuffer)
		}
		r.Next()
		kept := &r.buf[0]
		if r.Next(); &r.buf[0] != kept {
			t.Error("a small buffer was not used again")
		}
	})
}

// The limit holds at every size, and a limit of nothing still lets empty messages in.
func TestLimit(t *testing.T) {
	for _, most := range []int{-1, 0, 1, 125, 126, 600} {
		n := max(most, 0)
		in := join(frame(0x82, strings.Repeat("x", n)), frame(0x82, strings.Repeat("x", n+1)))
		overMemory(t, bytes.NewReader(in), most, func(r *Reader) {
			got, err := readAll(r)
			var broken *CloseError
			if len(got) != 1 || len(got[0].Payload) != n || !errors.As(err, &broken) || broken.Code != CloseMessageTooBig {
				t.Errorf("limit %d: %d messages, %v, want 1 and then 1009", most, len(got), err)
			}
		})
	}
}

// cycle repeats its bytes for ever.
type cycle struct {
	b  []byte
	at int
}

func (c *cycle) Read(p []byte) (n int, err error) {
	for n < len(p) {
		m := copy(p[n:], c.b[c.at:])
		n += m
		c.at = (c.at + m) % len(c.b)
	}
	return n, nil
}

func BenchmarkNext200Bytes(b *testing.B) {
	overMemory(b, &cycle{b: frame(0x81, strings.Repeat("한a", 50))}, limit, func(r *Reader) {
		b.ReportAllocs()
		b.SetBytes(200)
		for b.Loop() {
			if m, err := r.Next(); err != nil || len(m.Payload) != 200 {
				b.Fatalf("Next = %d bytes, %v", len(m.Payload), err)
			}
		}
	})
}
