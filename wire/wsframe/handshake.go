package wsframe

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// Version is the only value of Sec-WebSocket-Version there is in practice (RFC 6455 §4.1, §11.6).
const Version = "13"

// HandshakeError says why a request cannot become a WebSocket.
type HandshakeError struct {
	Status int
	Detail string
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("websocket handshake: %d: %s", e.Status, e.Detail)
}

// Header is what the answer must carry: which version would do (§4.4) and, where Status is 426, to what the connection
// could be upgraded (RFC 9110 §15.5.22, §7.8), where it is 405, which method is possible (§15.5.6).
func (e *HandshakeError) Header() http.Header {
	h := http.Header{"Sec-Websocket-Version": {Version}}
	switch e.Status {
	case http.StatusUpgradeRequired:
		h["Upgrade"], h["Connection"] = []string{"websocket"}, []string{"Upgrade"}
	case http.StatusMethodNotAllowed:
		h["Allow"] = []string{"GET"}
	}
	return h
}

// CheckHandshake says what is wrong with r by RFC 6455 §4.2.1, nil for nothing. It comes before Upgrade: x/net, which
// is behind that, checks less, and answers on the bare connection what it does refuse.
//
// Upgrade and Connection are lists of tokens, and Firefox for one sends "Connection: keep-alive, Upgrade".
// Having found its tokens, CheckHandshake writes the two fields into r.Header in the one form that x/net is sure to
// take.
//
// Origin (§10.2) is the caller's to judge: only the caller knows whom it trusts.
func CheckHandshake(r *http.Request) *HandshakeError {
	if wrong := cmp.Or(checkRequest(r), checkUpgrade(r.Header), checkVersion(r.Header), checkKey(r.Header)); wrong != nil {
		return wrong
	}
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Connection", "Upgrade")
	return nil
}

func checkRequest(r *http.Request) *HandshakeError {
	switch {
	case r.Method == http.MethodHead:
		// RFC 9110 §9.3.2: what a GET would get, but there is no WebSocket to be had by it.
		return &HandshakeError{http.StatusUpgradeRequired, "here is a WebSocket: GET and Upgrade: websocket are needed"}
	case r.Method != http.MethodGet:
		return &HandshakeError{http.StatusMethodNotAllowed, "a WebSocket handshake is a GET"}
	case r.ProtoMajor != 1 || r.ProtoMinor < 1:
		// HTTP/1.0 has no Upgrade (RFC 9110 §7.8), HTTP/2 forbids it (RFC 9113 §8.2.2).
		return badHandshake("a WebSocket handshake needs HTTP/1.1, not " + r.Proto)
	case r.ContentLength != 0:
		// The bytes of a body would be read as the first frames.
		return badHandshake("a WebSocket handshake has no body")
	}
	// x/net makes a URL of Host and path and would refuse a Host such as "[::1" by itself.
	if _, err := url.ParseRequestURI("ws://" + r.Host + r.URL.RequestURI()); err != nil {
		return badHandshake("Host and path do not make a URL")
	}
	return nil
}

func checkUpgrade(h http.Header) *HandshakeError {
	if !hasToken(h["Upgrade"], "websocket") {
		return &HandshakeError{http.StatusUpgradeRequired, "here is a WebSocket: Upgrade: websocket is needed"}
	}
	if !hasToken(h["Connection"], "upgrade") {
		return badHandshake("Connection: Upgrade is needed beside Upgrade: websocket")
	}
	return nil
}

func checkVersion(h http.Header) *HandshakeError {
	version := h["Sec-Websocket-Version"]
	switch {
	case len(version) > 1: // §11.3.5
		return badHandshake("Sec-WebSocket-Version is given more than once")
	case len(version) == 0 || version[0] != Version: // §4.4
		return &HandshakeError{http.StatusUpgradeRequired, "Sec-WebSocket-Version must be " + Version}
	}
	return nil
}

// checkKey wants a key of 16 bytes in base64, once (§11.3.1). It is not strict about the unused last
// bits of the base64: §4.1 itself has the example "AQIDBAUGBwgJCgsMDQ4PEC==", where they are not 0.
func checkKey(h http.Header) *HandshakeError {
	key := h["Sec-Websocket-Key"]
	if len(key) != 1 {
		return badHandshake("Sec-WebSocket-Key is needed, once")
	}
	nonce, err := base64.StdEncoding.DecodeString(key[0])
	if err != nil || len(nonce) != 16 {
		return badHandshake("Sec-WebSocket-Key must be 16 bytes in base64")
	}
	return nil
}

// hasToken looks for a token in a list that may be spread over several lines (RFC 9110 §5.3, §5.6.1).
// Upper and lower case are the same (§4.2.1).
func hasToken(lines []string, token string) bool {
	for _, line := range lines {
		for t := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(textproto.TrimString(t), token) {
				return true
			}
		}
	}
	return false
}

func badHandshake(detail string) *HandshakeError {
	return &HandshakeError{http.StatusBadRequest, detail}
}
