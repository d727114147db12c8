package lessons

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pollwire/wire/wsframe"
)

// A WebSocket from the client's side (RFC 6455), by hand: package wsframe has the server's.

// acceptGUID is the same for everybody: who answers with it knows what a WebSocket is (RFC 6455 §1.3).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// accept is what a server has to answer to a Sec-WebSocket-Key (§4.2.2).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + acceptGUID))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// upgradeFields are those of an opening handshake (§4.1).
func upgradeFields(key string) []string {
	return []string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: " + wsframe.Version,
		"Sec-WebSocket-Key: " + key}
}

func newKey() string { return base64.StdEncoding.EncodeToString(random(16)) }

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// Upgrade makes a WebSocket of the connection and returns the key and how the server accepted it.
func (c *Conn) Upgrade(target string) (key, accepted string) {
	key = newKey()
	a := c.Ask("GET", target, "", upgradeFields(key)...).Want(c.scene, 101)
	accepted = a.Header.Get("Sec-WebSocket-Accept")
	c.scene.Must(accepted == accept(key), "Sec-WebSocket-Accept is %q, not %q", accepted, accept(key))
	return key, accepted
}

// masked is one frame of a client (§5.2, §5.3). Bytes of the payload are combined with those of the key by exclusive
// or.
func masked(fin bool, opcode byte, key, payload []byte) []byte {
	f := wsframe.AppendHeader(nil, opcode, len(payload)) // a server's: final, without a mask
	if !fin {
		f[0] &^= 0x80
	}
	f[1] |= 0x80
	f = append(f, key...)
	for i, b := range payload {
		f = append(f, b^key[i%4])
	}
	return f
}

// maskedBy is the filter for a frame of at most 125 bytes, by its masking key: no other frame has it.
func maskedBy(f []byte) string {
	return "websocket.masking_key == " + strings.ReplaceAll(fmt.Sprintf("% x", f[2:6]), " ", ":")
}

// SendFrame sends one masked frame in one segment, as far as it fits, and returns its bytes.
func (c *Conn) SendFrame(fin bool, opcode byte, payload []byte) []byte {
	f := masked(fin, opcode, random(4), payload)
	c.sendRaw(f, describe(fin, true, opcode, payload))
	return f
}

// SendText sends a whole message.
func (c *Conn) SendText(text string) []byte { return c.SendFrame(true, wsframe.OpText, []byte(text)) }

// sendRaw writes bytes that are no text by one call, and tells what they are.
func (c *Conn) sendRaw(b []byte, told ...string) {
	c.Show()
	c.SetWriteDeadline(time.Now().Add(patience))
	_, err := c.Write(b)
	c.scene.Check("write", err)
	c.scene.say(Event{Type: Sent, Lines: told})
}

var opcodes = map[byte]string{wsframe.OpContinuation: "continuation", wsframe.OpText: "text",
	wsframe.OpBinary: "binary",
	wsframe.OpClose:  "close", wsframe.OpPing: "ping", wsframe.OpPong: "pong"}

// describe is a frame in a line: [FIN text masked 4] ping.
func describe(fin, masked bool, opcode byte, payload []byte) string {
	flags := ""
	if fin {
		flags = "FIN "
	}
	flags += opcodes[opcode]
	if masked {
		flags += " masked"
	}
	text := ""
	if opcode == wsframe.OpClose && len(payload) >= 2 {
		text = fmt.Sprint(" ", binary.BigEndian.Uint16(payload))
		payload = payload[2:]
		flags = fmt.Sprintf("[%s %d]", flags, len(payload)+2)
	} else {
		flags = fmt.Sprintf("[%s %d]", flags, len(payload))
	}
	if utf8.Valid(payload) {
		return flags + text + " " + clip(string(payload), 90)
	}
	return fmt.Sprintf("%s%s % x", flags, text, payload)
}

// readFrame reads a frame of a server, which never masks (§5.1). This server sends no fragments.
func readFrame(r io.Reader) (opcode byte, payload []byte, err error) {
	head := make([]byte, 2, 8)
	if _, err = io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	length := uint64(head[1])
	if more := map[byte]int{126: 2, 127: 8}[head[1]]; more > 0 {
		ext := make([]byte, 8)
		if _, err = io.ReadFull(r, ext[8-more:]); err != nil {
			return 0, nil, err
		}
		length = binary.BigEndian.Uint64(ext)
	}
	if head[0]&0xF0 != 0x80 || head[1]&0x80 != 0 || length > 16<<20 {
		return 0, nil, fmt.Errorf("the server sent a frame that begins with % x", head)
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(r, payload)
	return head[0] & 0x0F, payload, err
}

// Await reads until a text comes that has all of these in it. What else the server tells everybody passes by in
// silence; its pings are answered, also those of Engine.IO.
func (c *Conn) Await(parts ...string) string {
	c.Show()
	for {
		c.SetReadDeadline(time.Now().Add(patience))
		opcode, payload, err := readFrame(c.in)
		c.scene.Check(fmt.Sprintf("wait for %q", parts), err)
		switch {
		case opcode == wsframe.OpPing:
			_, err = c.Write(masked(true, wsframe.OpPong, random(4), payload))
			c.scene.Check("answer a ping", err)
		case string(payload) == "2":
			c.SendText("3")
		case opcode == wsframe.OpClose:
			c.scene.Fail("the server closed: %s", describe(true, false, opcode, payload))
		case !slices.ContainsFunc(parts, func(p string) bool { return !bytes.Contains(payload, []byte(p)) }):
			c.scene.say(Event{Type: Received, Lines: []string{describe(true, false, opcode, payload)}})
			return string(payload)
		}
	}
}

// AwaitFrame reads until a control frame of this kind comes, and returns its payload.
func (c *Conn) AwaitFrame(opcode byte) []byte {
	c.Show()
	for {
		c.SetReadDeadline(time.Now().Add(patience))
		got, payload, err := readFrame(c.in)
		c.scene.Check("wait for "+opcodes[opcode], err)
		if got == opcode {
			c.scene.say(Event{Type: Received, Lines: []string{describe(true, false, got, payload)}})
			return payload
		}
	}
}
