package http3

import (
	"fmt"
	"io"
)

// A frame (RFC 9114 §7.1) is its type and its length, both variable-length integers, and the payload.
type frameType uint64

const (
	frameData        frameType = 0x00
	frameHeaders     frameType = 0x01
	frameCancelPush  frameType = 0x03
	frameSettings    frameType = 0x04
	framePushPromise frameType = 0x05
	frameGoAway      frameType = 0x07
	frameMaxPushID   frameType = 0x0D
)

func (t frameType) String() string {
	switch t {
	case frameData:
		return "DATA"
	case frameHeaders:
		return "HEADERS"
	case frameCancelPush:
		return "CANCEL_PUSH"
	case frameSettings:
		return "SETTINGS"
	case framePushPromise:
		return "PUSH_PROMISE"
	case frameGoAway:
		return "GOAWAY"
	case frameMaxPushID:
		return "MAX_PUSH_ID"
	}
	return fmt.Sprintf("frame type %#x", uint64(t))
}

// known tells whether the type is one of this document's. All others are skipped (§9), but for those of HTTP/2.
func (t frameType) known() bool { return t <= 0x01 || t >= 0x03 && t <= 0x05 || t == 0x07 || t == 0x0D }

// ofHTTP2 tells whether the type is one of HTTP/2 that has no counterpart: PRIORITY, PING, WINDOW_UPDATE, CONTINUATION.
// Who sends it takes this for HTTP/2 (§7.2.8, §11.2.1).
func (t frameType) ofHTTP2() bool { return t == 0x02 || t == 0x06 || t == 0x08 || t == 0x09 }

// maxControl is the most that a frame of the control stream may carry here: they hold a few numbers each.
const maxControl = 4 << 10

// source is what frames are read from: a stream.
type source interface {
	io.Reader
	io.ByteReader
}

// readFrame reads to where the payload of a known frame begins, and skips those that are not known. The error is io.EOF
// if the stream ends where a frame may begin.
func readFrame(r source) (t frameType, length uint64, err error) {
	for {
		if t, length, err = readFrameHeader(r); err != nil || t.known() {
			return t, length, err
		}
		if t.ofHTTP2() {
			return 0, 0, broken(FrameUnexpected, "frame type %#x of HTTP/2", uint64(t))
		}
		if err := skip(r, length); err != nil {
			return 0, 0, err
		}
	}
}

func readFrameHeader(r source) (frameType, uint64, error) {
	t, err := readVarint(r)
	if err != nil {
		return 0, 0, cutOff(err)
	}
	length, err := readVarint(r)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return frameType(t), length, cutOff(err)
}

// cutOff is the error for a stream that ends within a frame (§7.1).
func cutOff(err error) error {
	if err == io.ErrUnexpectedEOF {
		return broken(FrameError, "a frame is cut off")
	}
	return err
}

// skip throws away the rest of a frame.
func skip(r source, length uint64) error {
	n, err := io.CopyN(io.Discard, onlyReader{r}, int64(length))
	if err == io.EOF && uint64(n) < length {
		err = io.ErrUnexpectedEOF
	}
	if uint64(n) == length {
		err = nil
	}
	return cutOff(err)
}

// onlyReader hides what a stream can do beside Read.
type onlyReader struct{ io.Reader }

// readPayload reads all of a frame, whose length was found to be no more than it may be.
func readPayload(r source, length uint64) ([]byte, error) {
	b := make([]byte, length)
	_, err := io.ReadFull(r, b)
	if err == io.EOF && length > 0 {
		err = io.ErrUnexpectedEOF
	}
	if length == 0 {
		err = nil
	}
	return b, cutOff(err)
}

// appendFrame appends a whole frame.
func appendFrame(b []byte, t frameType, payload []byte) []byte {
	return append(appendVarint(appendVarint(b, uint64(t)), uint64(len(payload))), payload...)
}

// parseID reads the payload of frames that carry one number: GOAWAY, MAX_PUSH_ID, CANCEL_PUSH.
func parseID(t frameType, payload []byte) (uint64, error) {
	r := reader(payload)
	id, err := readVarint(&r)
	if err != nil || len(r) > 0 {
		return 0, broken(FrameError, "%v carries something other than one number", t) // §7.1
	}
	return id, nil
}

// reader reads bytes that are in memory.
type reader []byte

func (r *reader) ReadByte() (byte, error) {
	if len(*r) == 0 {
		return 0, io.EOF
	}
	b := (*r)[0]
	*r = (*r)[1:]
	return b, nil
}
