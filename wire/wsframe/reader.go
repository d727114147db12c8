// Package wsframe is the server's side of RFC 6455, The WebSocket Protocol: from the handshake of a client to whole,
// checked messages, and from frames to bytes on the connection.
//
// golang.org/x/net/websocket computes the answer to a handshake, takes frame headers off the wire and removes the mask.
// It leaves the rest of the protocol to its user, and that rest is here:
//
//	§4.2.1  what a client's handshake must hold        CheckHandshake
//	§4.2.2  the answer to it, and the connection       Upgrade, Conn
//	§5.1    frames from a client are masked            Reader
//	§5.2    frame header: RSV bits, opcodes, length    Reader; AppendFrame, AppendHeader
//	§5.4    messages in fragments                      Reader
//	§5.5    control frames: close, ping, pong          Reader; ParseClose, AppendClose
//	§5.6    text and binary messages                   Reader; AppendFrame
//	§7.1.1  the end of the connection                  CloseWrite, Linger
//	§7.4    close codes                                ParseClose, AppendClose
//	§8.1    text is UTF-8                              Reader
//	§10.4   a limit on the length of messages          Reader
//
// The RFC does not say what to do with a peer that reads slowly. Write sends frames and gives such a peer up; Direct
// sends what leaves without waiting.
//
// What a server does with all of these, in a loop, is package wsconn: it answers pings and close frames, which a user
// of this package has to do by itself. The example is the smallest server.
//
// Not supported: being a client; extensions (§9), hence no compression (RFC 7692); subprotocols (§1.9), of which
// Upgrade agrees to none that a client offers; HTTP/2 (RFC 8441).
//
// One thing escapes the checks. The highest bit of a 64-bit length must be 0 (§5.2), but x/net clears
// it before anyone can look. Such a frame is refused as too big or as not minimal if what is left of
// its length deserves it, and read as a frame of that length otherwise. With a message limit
// below 65,536 every 64-bit length is refused one way or the other.
package wsframe

import (
	"io"
	"slices"
	"unicode/utf8"

	"golang.org/x/net/websocket"
)

const (
	// firstBuffer is the most that the buffer of a message grows at first. From there it doubles as bytes arrive: the
	// length in a header is only a claim, and claims are free.
	firstBuffer = 512

	// keepBuffer is the largest buffer kept from one message to the next. Most sockets are idle most of
	// the time and should not each hold on to the longest message they ever got.
	keepBuffer = 2048
)

// Message is a whole data message (text or binary), or a control frame (close, ping or pong).
type Message struct {
	Opcode  byte
	Payload []byte // valid until the next call of Next
}

// Reader reads the frames of one connection from a client. One goroutine may use it. Nobody may call
// Read of the same websocket.Conn or use a Codec on it: both would take frames away.
type Reader struct {
	// TextOnly refuses a binary message with 1003 at its first header, before any of it is read.
	TextOnly bool

	conn       *websocket.Conn
	maxMessage int
	err        error // the first error: what comes after it can no longer be told apart into frames

	// The message that is being read.
	opcode byte   // OpText or OpBinary; OpContinuation while there is none
	buf    []byte // its payload so far
	valid  int    // of a text: so many bytes of buf are whole characters

	header  [maxHeader]byte
	control [maxControlPayload]byte // apart from buf, since control frames stand between fragments
}

// NewReader reads from conn, which must be a server's. maxMessage is the most bytes a data message may
// have, all its fragments taken together.
func NewReader(conn *websocket.Conn, maxMessage int) *Reader {
	return &Reader{conn: conn, maxMessage: max(maxMessage, 0)}
}

// Next returns the next whole data message or the next control frame, whichever is complete first.
// RFC 6455 §5.5: control frames may stand between the fragments of a message, so a ping can be answered
// at once, and the half-read message is left alone.
//
// A *CloseError means that the peer broke the protocol: its Code is to be sent in a close frame.
// Any other error means that the connection is gone: io.EOF if it was closed between two messages,
// io.ErrUnexpectedEOF if in the middle of one, or whatever the connection says, such as a timeout.
// After an error Next returns the same error again. After a close frame it should not be called at all:
// nothing may follow one (§5.5.1).
func (r *Reader) Next() (Message, error) {
	if r.err != nil {
		return Message{}, r.err
	}
	if r.opcode == OpContinuation {
		r.forgetMessage()
	}
	var m Message
	m, r.err = r.next()
	return m, r.err
}

// forgetMessage makes room for a new message. It runs before the wait for one, which may be long.
func (r *Reader) forgetMessage() {
	r.buf, r.valid = r.buf[:0], 0
	if cap(r.buf) > keepBuffer {
		r.buf = nil
	}
}

func (r *Reader) next() (Message, error) {
	for {
		h, payload, err := r.readHeader()
		if err != nil {
			return Message{}, err
		}
		// All that can be refused by its header is refused before waiting for a payload.
		if err := r.check(h); err != nil {
			return Message{}, err
		}
		if h.isControl() {
			return r.readControl(h, payload)
		}
		if h.opcode != OpContinuation {
			r.opcode = h.opcode
		}
		if err := r.readFragment(h, payload); err != nil {
			return Message{}, err
		}
		if h.fin {
			return r.finishMessage()
		}
	}
}

// readHeader waits for the header of the next frame. The payload it returns is already unmasked (§5.3).
func (r *Reader) readHeader() (header, io.Reader, error) {
	frame, err := r.conn.NewFrameReader()
	if err == io.EOF && (r.opcode != OpContinuation || frame != nil && frame.PayloadType() != OpContinuation) {
		// A message is half read, or at least one byte of a header has come: x/net fills in the opcode
		// as soon as it has it.
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return header{}, nil, err
	}
	// The bytes themselves, since frame.Len() adds up header and payload and turns negative near 2^63.
	n, err := frame.HeaderReader().Read(r.header[:])
	if err != nil {
		return header{}, nil, err
	}
	return parseHeader(r.header[:n]), frame, nil
}

// check judges a frame by its header alone.
func (r *Reader) check(h header) error {
	if err := checkHeader(h); err != nil {
		return err
	}
	if h.isControl() {
		return nil
	}
	return r.checkData(h)
}

// checkHeader holds the rules that are the same for a frame wherever it stands.
func checkHeader(h header) error {
	switch {
	case h.rsv != 0:
		return protocolError("RSV bit without an extension (RFC 6455 5.2)")
	case h.opcode > OpBinary && h.opcode < OpClose, h.opcode > OpPong:
		return protocolError("reserved opcode 0x%X (RFC 6455 5.2)", h.opcode)
	case !h.masked:
		return protocolError("frame from a client is not masked (RFC 6455 5.1)")
	case h.isControl() && !h.fin:
		return protocolError("control frame in fragments (RFC 6455 5.5)")
	case h.isControl() && h.length > maxControlPayload:
		return protocolError("control frame over 125 bytes (RFC 6455 5.5)")
	case !h.minimal:
		return protocolError("length not in its shortest form (RFC 6455 5.2)")
	}
	return nil
}

// checkData holds the rules for a data frame at the place where it stands.
func (r *Reader) checkData(h header) error {
	begun := r.opcode != OpContinuation
	switch {
	case h.opcode == OpContinuation && !begun:
		return protocolError("continuation frame without a message (RFC 6455 5.4)")
	case h.opcode != OpContinuation && begun:
		return protocolError("new message inside an unfinished one (RFC 6455 5.4)")
	case h.opcode == OpBinary && r.TextOnly:
		return &CloseError{CloseUnsupportedData, "only text messages are taken"}
	case h.length > uint64(r.maxMessage-len(r.buf)):
		// §10.4. The sum counts: a limit per frame would be no limit at all.
		return &CloseError{CloseMessageTooBig, "message too big (RFC 6455 10.4)"}
	}
	return nil
}

func (r *Reader) readControl(h header, payload io.Reader) (Message, error) {
	p := r.control[:h.length]
	if _, err := io.ReadFull(payload, p); err != nil {
		return Message{}, cutOff(err)
	}
	return Message{h.opcode, p}, nil
}

// readFragment adds a frame's payload to the message. It takes what is there instead of waiting for
// the whole frame, so that broken text is refused as soon as it comes (§8.1).
func (r *Reader) readFragment(h header, payload io.Reader) error {
	left := int(h.length) // fits: check has held it against maxMessage
	for left > 0 {
		if len(r.buf) == cap(r.buf) {
			r.buf = slices.Grow(r.buf, min(left, max(firstBuffer, len(r.buf))))
		}
		n, err := payload.Read(r.buf[len(r.buf):cap(r.buf)]) // stops at the end of the frame by itself
		r.buf = r.buf[:len(r.buf)+n]
		left -= n
		if err := r.checkText(); err != nil {
			return err
		}
		if err != nil && left > 0 {
			return cutOff(err)
		}
	}
	return nil
}

// checkText checks the characters that have become whole since the last time.
func (r *Reader) checkText() error {
	if r.opcode != OpText {
		return nil
	}
	fresh := r.buf[r.valid:]
	fresh = fresh[:wholeCharacters(fresh)]
	if !utf8.Valid(fresh) {
		return errNotUTF8()
	}
	r.valid += len(fresh)
	return nil
}

// wholeCharacters returns how much of p comes before a last character of which only the beginning is there.
// §5.6: a frame may end in the middle of a character. A beginning that no further byte could make
// valid (as F4 90 is, being above U+10FFFF) does not count as one: utf8.FullRune calls it full.
func wholeCharacters(p []byte) int {
	for i := len(p) - 1; i >= 0 && i > len(p)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(p[i]) {
			continue
		}
		if !utf8.FullRune(p[i:]) {
			return i
		}
		break
	}
	return len(p)
}

func (r *Reader) finishMessage() (Message, error) {
	if r.opcode == OpText && r.valid < len(r.buf) {
		return Message{}, errNotUTF8() // it ends in the middle of a character
	}
	m := Message{r.opcode, r.buf}
	r.opcode = OpContinuation
	return m, nil
}

func errNotUTF8() error {
	return &CloseError{CloseInvalidPayload, "text is not UTF-8 (RFC 6455 8.1)"}
}

// cutOff is for an error inside a frame: x/net would let a frame cut off by a closed connection
// pass as a whole one.
func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
