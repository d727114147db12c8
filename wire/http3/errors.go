package http3

import (
	"errors"
	"fmt"
)

// Code is why a connection or a stream was ended (RFC 9114 §8.1, RFC 9204 §6).
type Code uint64

const (
	NoError              Code = 0x100
	GeneralProtocolError Code = 0x101
	InternalError        Code = 0x102
	StreamCreationError  Code = 0x103
	ClosedCriticalStream Code = 0x104
	FrameUnexpected      Code = 0x105
	FrameError           Code = 0x106
	ExcessiveLoad        Code = 0x107
	IDError              Code = 0x108
	SettingsError        Code = 0x109
	MissingSettings      Code = 0x10A
	RequestRejected      Code = 0x10B
	RequestCancelled     Code = 0x10C
	RequestIncomplete    Code = 0x10D
	MessageError         Code = 0x10E
	ConnectError         Code = 0x10F
	VersionFallback      Code = 0x110

	DecompressionFailed Code = 0x200
	EncoderStreamError  Code = 0x201
	DecoderStreamError  Code = 0x202
)

// String names it as the RFCs and Wireshark do.
func (c Code) String() string {
	names := [...]string{"H3_NO_ERROR", "H3_GENERAL_PROTOCOL_ERROR", "H3_INTERNAL_ERROR", "H3_STREAM_CREATION_ERROR",
		"H3_CLOSED_CRITICAL_STREAM", "H3_FRAME_UNEXPECTED", "H3_FRAME_ERROR", "H3_EXCESSIVE_LOAD", "H3_ID_ERROR",
		"H3_SETTINGS_ERROR", "H3_MISSING_SETTINGS", "H3_REQUEST_REJECTED", "H3_REQUEST_CANCELLED",
		"H3_REQUEST_INCOMPLETE", "H3_MESSAGE_ERROR", "H3_CONNECT_ERROR", "H3_VERSION_FALLBACK"}
	qpack := [...]string{"QPACK_DECOMPRESSION_FAILED", "QPACK_ENCODER_STREAM_ERROR", "QPACK_DECODER_STREAM_ERROR"}
	switch {
	case c >= NoError && c <= VersionFallback:
		return names[c-NoError]
	case c >= DecompressionFailed && c <= DecoderStreamError:
		return qpack[c-DecompressionFailed]
	}
	return fmt.Sprintf("error code %#x", uint64(c))
}

// connError ends the connection (RFC 9114 §8: a connection error).
type connError struct {
	code   Code
	reason string
}

func (e *connError) Error() string { return e.code.String() + ": " + e.reason }

// streamError ends one stream, and leaves the others alone.
type streamError struct {
	code   Code
	reason string
}

func (e *streamError) Error() string { return e.code.String() + ": " + e.reason }

// broken is an error of the connection, malformed one of a message (RFC 9114 §4.1.2).
func broken(code Code, format string, args ...any) error {
	return &connError{code, fmt.Sprintf(format, args...)}
}

func malformed(format string, args ...any) error {
	return &streamError{MessageError, fmt.Sprintf(format, args...)}
}

// codeOf is the code by which a stream is ended because of err.
func codeOf(err error, otherwise Code) Code {
	var s *streamError
	if errors.As(err, &s) {
		return s.code
	}
	return otherwise
}
