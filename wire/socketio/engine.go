package socketio

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"unicode/utf8"

	"pollwire/wire/wsframe"
)

// What an Engine.IO packet begins with (Engine.IO protocol, "Protocol").
const (
	engineOpen    = '0' // server to client: the session and its parameters
	engineClose   = '1'
	enginePing    = '2' // server to client, and "2probe" from the client during an upgrade
	enginePong    = '3'
	engineMessage = '4' // carries a packet of Socket.IO
	engineUpgrade = '5' // client to server: from now on this WebSocket is the transport
	engineNoop    = '6' // ends a GET that has nothing to bring
)

// separator stands between the packets of a payload ("Packet encoding", HTTP long-polling). It can't be part of one:
// inside a JSON string a control character is always escaped.
const separator = '\x1e'

// maxPackets is how many packets a payload may have: many times what a client gathers while it waits for its POST.
const maxPackets = 4096

// enginePacket is one packet as it came in.
type enginePacket struct {
	kind   byte
	data   []byte // what is behind the type; of a binary packet all of it
	binary bool   // then kind is engineMessage
}

// parseEngine reads a packet in its text form.
func parseEngine(text []byte) (enginePacket, error) {
	if len(text) == 0 || text[0] < engineOpen || text[0] > engineNoop {
		return enginePacket{}, fmt.Errorf("no packet of Engine.IO: %.20q", text)
	}
	return enginePacket{kind: text[0], data: text[1:]}, nil
}

// parsePayload reads the body of a POST: packets, and the separator between them. Binary packets are in base64 behind
// a "b". A payload with anything malformed in it is refused as a whole.
func parsePayload(body []byte) ([]enginePacket, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the payload is not UTF-8")
	}
	n := bytes.Count(body, []byte{separator}) + 1
	if n > maxPackets {
		return nil, fmt.Errorf("a payload of %d packets", n)
	}
	packets := make([]enginePacket, 0, n)
	for text := range bytes.SplitSeq(body, []byte{separator}) {
		p, err := parseRecord(text)
		if err != nil {
			return nil, err
		}
		packets = append(packets, p)
	}
	return packets, nil
}

func parseRecord(text []byte) (enginePacket, error) {
	coded, isBinary := bytes.CutPrefix(text, []byte("b"))
	if !isBinary {
		return parseEngine(text)
	}
	if bytes.ContainsAny(coded, "\r\n") { // the decoder would skip them
		return enginePacket{}, errors.New("line ends in base64")
	}
	data, err := base64.StdEncoding.Strict().AppendDecode(nil, coded)
	return enginePacket{kind: engineMessage, data: data, binary: true}, err
}

// ---- what goes out
//
// A chunk in a session's queue is one or more whole WebSocket frames, each with one packet. So a broadcast is made once
// for all sessions and a WebSocket gets it as it is. For long-polling the header of each frame is skipped: its opcode
// says how the packet has to be written there.

func textFrame(packet string) []byte {
	return wsframe.AppendFrame(make([]byte, 0, len(packet)+10), wsframe.OpText, []byte(packet))
}

// appendPayload appends the packets of a chunk to a payload, which is a list of pieces: most of them are shared with
// other sessions and are not copied.
func appendPayload(pieces [][]byte, chunk []byte) [][]byte {
	for len(chunk) > 0 {
		opcode, packet, rest := cutFrame(chunk)
		chunk = rest
		switch opcode {
		case wsframe.OpBinary:
			packet = base64.StdEncoding.AppendEncode([]byte("b"), packet)
		case wsframe.OpClose:
			packet = []byte{engineClose}
		case wsframe.OpPing, wsframe.OpPong:
			continue // these belong to one connection, and here is none
		}
		if len(pieces) > 0 {
			pieces = append(pieces, []byte{separator})
		}
		pieces = append(pieces, packet)
	}
	return pieces
}

// cutFrame takes the first frame off a chunk. It reads only what this package has written: whole frames without a mask.
func cutFrame(chunk []byte) (opcode byte, payload, rest []byte) {
	opcode = chunk[0] & 0x0F
	head, length := 2, int(chunk[1])
	size := map[int]int{126: 2, 127: 8}[length] // RFC 6455 §5.2: the length follows in so many bytes
	if size > 0 {
		length = 0
		for _, b := range chunk[2 : 2+size] {
			length = length<<8 | int(b)
		}
		head += size
	}
	return opcode, chunk[head : head+length], chunk[head+length:]
}
