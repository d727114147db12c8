package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// What a Socket.IO packet begins with (Socket.IO protocol, "Exchange protocol").
const (
	typeConnect      = '0'
	typeDisconnect   = '1'
	typeEvent        = '2'
	typeAck          = '3'
	typeConnectError = '4'
	typeBinaryEvent  = '5'
	typeBinaryAck    = '6'
)

// maxAttachments is how many binary attachments a packet may announce, as in the reference implementation.
const maxAttachments = 10

// maxAckID is the largest id that a number in JavaScript can count to.
const maxAckID = 1<<53 - 1

// noID is the id of a packet without one.
const noID = -1

// packet is a packet of Socket.IO, which travels in a message of Engine.IO:
//
//	<packet type>[<# of binary attachments>-][<namespace>,][<acknowledgment id>][JSON-stringified payload without binary]
type packet struct {
	kind        byte
	attachments int    // announced by a binary packet: so many binary messages follow
	namespace   string // begins with /
	id          int64  // noID, or what the acknowledgement will carry too
	data        []byte // JSON, nil for none; it lies in what was parsed
}

// parsePacket reads a packet and refuses what the protocol does not allow: "Sending and receiving data" and "Packet
// encoding" say that whoever gets such a packet must close the connection.
func parsePacket(text []byte) (packet, error) {
	p := packet{namespace: "/", id: noID}
	if len(text) == 0 || text[0] < typeConnect || text[0] > typeBinaryAck {
		return p, fmt.Errorf("no packet of Socket.IO: %.20q", text)
	}
	p.kind, text = text[0], text[1:]
	if p.kind == typeBinaryEvent || p.kind == typeBinaryAck {
		count, rest, ok := bytes.Cut(text, []byte("-"))
		n, valid := parseNumber(count, maxAttachments)
		if !ok || !valid || n == 0 {
			return p, errors.New("the number of attachments is wrong")
		}
		p.attachments, text = int(n), rest
	}
	if len(text) > 0 && text[0] == '/' {
		// The comma is missing where nothing else follows.
		name, rest, _ := bytes.Cut(text, []byte(","))
		p.namespace, text = string(name), rest
	}
	digits := 0
	for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
		digits++
	}
	if digits > 0 {
		n, valid := parseNumber(text[:digits], maxAckID)
		if !valid {
			return p, errors.New("the acknowledgement id is wrong")
		}
		p.id, text = n, text[digits:]
	}
	if len(text) > 0 {
		p.data = text
	}
	return p, p.check()
}

// parseNumber reads digits alone: no sign, no more than limit.
func parseNumber(digits []byte, limit int64) (int64, bool) {
	if len(digits) == 0 || digits[0] < '0' || digits[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, err == nil && n <= limit
}

// check holds what each type of packet must have and must not have.
func (p packet) check() error {
	if p.data != nil && !json.Valid(p.data) {
		return errors.New("the payload is not JSON")
	}
	first := byte(0)
	if data := bytes.TrimLeft(p.data, " \t\r\n"); len(data) > 0 {
		first = data[0]
	}
	switch p.kind {
	case typeEvent, typeBinaryEvent, typeAck, typeBinaryAck:
		if first != '[' {
			return errors.New("the payload must be an array")
		}
		if (p.kind == typeAck || p.kind == typeBinaryAck) && p.id == noID {
			return errors.New("an acknowledgement without an id")
		}
		return nil
	case typeConnectError:
		return errors.New("CONNECT_ERROR is the server's to send")
	}
	if p.id != noID || first != 0 && (p.kind == typeDisconnect || first != '{') {
		return errors.New("CONNECT may have an object, DISCONNECT nothing")
	}
	return nil
}

// head writes a packet up to its payload, in its Engine.IO message.
func (p packet) head() []byte {
	b := []byte{engineMessage, p.kind}
	if p.attachments > 0 {
		b = append(strconv.AppendInt(b, int64(p.attachments), 10), '-')
	}
	if p.namespace != "/" {
		b = append(append(b, p.namespace...), ',')
	}
	if p.id != noID {
		b = strconv.AppendInt(b, p.id, 10)
	}
	return b
}

// chunk makes the packet ready for a session's queue.
func (p packet) chunk(attachments [][]byte) []byte {
	return appendFrames(append(p.head(), p.data...), attachments)
}

// reserved are the names that mean something else to a client or a server.
var reserved = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

// eventName checks the first item of an event's payload. The reference implementation takes numbers too.
func eventName(item json.RawMessage) (string, error) {
	var name string
	if err := json.Unmarshal(item, &name); err != nil {
		var number float64
		if json.Unmarshal(item, &number) != nil {
			return "", errors.New("an event's name must be a string")
		}
		name = string(item)
	}
	if string(item) == "null" || slices.Contains(reserved, name) {
		return "", fmt.Errorf("no event may be named %.50s", item)
	}
	return name, nil
}
