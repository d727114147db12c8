package wsframe

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Close codes (RFC 6455 §7.4.1; 1012 to 1014 came later, by registration with IANA, §11.7).
const (
	CloseNormal             = 1000 // the purpose is fulfilled
	CloseGoingAway          = 1001 // the server shuts down, or the user leaves the page
	CloseProtocolError      = 1002 // the peer broke the framing rules
	CloseUnsupportedData    = 1003 // a kind of data that this end does not take, such as binary
	CloseNoStatus           = 1005 // never sent: stands for a close frame without a code
	CloseAbnormal           = 1006 // never sent: the connection went away without a close frame
	CloseInvalidPayload     = 1007 // data that contradicts its type, such as text that is not UTF-8
	ClosePolicyViolation    = 1008 // anything the other codes have no word for
	CloseMessageTooBig      = 1009 // longer than this end is willing to read
	CloseMandatoryExtension = 1010 // sent by clients: the server did not agree to an extension
	CloseInternalError      = 1011 // the server failed
	CloseServiceRestart     = 1012 // come back after a few seconds
	CloseTryAgainLater      = 1013 // overloaded
	CloseBadGateway         = 1014 // a gateway got a bad answer from the server behind it
	CloseTLSHandshake       = 1015 // never sent: the TLS handshake failed
)

// maxCloseReason is what a control frame holds, less the two bytes of the code (§5.5.1).
const maxCloseReason = maxControlPayload - 2

// CloseError says that the peer broke the protocol. Code and Reason are meant for the close
// frame by which it is told so (§7.1.7); after that frame the connection must be closed.
type CloseError struct {
	Code   int
	Reason string
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("websocket: close %d: %s", e.Code, e.Reason)
}

func protocolError(format string, args ...any) *CloseError {
	return &CloseError{CloseProtocolError, fmt.Sprintf(format, args...)}
}

// AppendClose appends a close frame to dst (§5.5.1). The reason has to be UTF-8 and is cut, between
// two characters, to the 123 bytes there is room for. CloseNoStatus gives the form without a code,
// and so do 1006 and 1015: none of the three may stand in a frame (§7.4.1).
func AppendClose(dst []byte, code int, reason string) []byte {
	switch code {
	case CloseNoStatus, CloseAbnormal, CloseTLSHandshake:
		return AppendHeader(dst, OpClose, 0)
	}
	reason = cutReason(reason)
	dst = AppendHeader(dst, OpClose, 2+len(reason))
	dst = binary.BigEndian.AppendUint16(dst, uint16(code))
	return append(dst, reason...)
}

func cutReason(reason string) string {
	reason = strings.ToValidUTF8(reason, "\uFFFD")
	if len(reason) <= maxCloseReason {
		return reason
	}
	end := maxCloseReason
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}

// ParseClose reads the payload of a received close frame. An empty one is CloseNoStatus and nothing broken; broken is
// 1002 for a bad code, 1007 for a reason that is not UTF-8.
func ParseClose(payload []byte) (code int, reason string, broken *CloseError) {
	if len(payload) == 0 {
		return CloseNoStatus, "", nil
	}
	// §5.5.1: if there is a body, its first two bytes are the code.
	if len(payload) == 1 {
		return 0, "", protocolError("close frame with half a code (RFC 6455 5.5.1)")
	}
	code = int(binary.BigEndian.Uint16(payload))
	if !mayBeReceived(code) {
		return 0, "", protocolError("close code %d may not be sent (RFC 6455 7.4)", code)
	}
	if !utf8.Valid(payload[2:]) {
		return 0, "", &CloseError{CloseInvalidPayload, "close reason is not UTF-8 (RFC 6455 5.5.1)"}
	}
	return code, string(payload[2:]), nil
}

// mayBeReceived tells the codes a peer may send from those that are reserved, unregistered, or
// for the use of programs only.
func mayBeReceived(code int) bool {
	switch {
	case code == 1004, code == CloseNoStatus, code == CloseAbnormal:
		return false
	case code >= CloseNormal && code <= CloseBadGateway:
		return true
	default:
		// §7.4.2: 3000-3999 are registered by frameworks, 4000-4999 are anybody's.
		return code >= 3000 && code <= 4999
	}
}
