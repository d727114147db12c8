package exercise

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"pollwire/lab/apps"
)

// upgrade opens a WebSocket (RFC 6455 §4.1).
func upgrade(conn net.Conn, in *bufio.Reader, target string) error {
	key := make([]byte, 16)
	rand.Read(key)
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", target, conn.RemoteAddr(),
		base64.StdEncoding.EncodeToString(key))
	res, err := http.ReadResponse(in, &http.Request{Method: "GET"})
	if err == nil && res.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("no WebSocket: %s", res.Status)
	}
	return err
}

// exchangeFrame sends a masked frame, and reads frames until one has an opcode, if there is one to wait for.
func exchangeFrame(conn net.Conn, in *bufio.Reader, first byte, payload string, until byte) error {
	if _, err := conn.Write(masked(first, payload)); err != nil || until == 0 {
		return err
	}
	for {
		if op, _, err := readFrame(in); err != nil || op == until {
			return err
		}
	}
}

// masked is a frame of a client (RFC 6455 §5.3). No byte of its key is 0, which would leave some of the payload as it
// is: then what was masked could not be told from what was not.
func masked(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	key := make([]byte, 4)
	for bytes.IndexByte(key, 0) >= 0 {
		rand.Read(key)
	}
	b = append(b, key...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return b
}

// readFrame reads a frame of the server.
func readFrame(in *bufio.Reader) (op byte, payload []byte, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return 0, nil, err
	}
	size := int64(head[1] & 0x7f)
	if size >= 126 {
		more := make([]byte, map[int64]int{126: 2, 127: 8}[size])
		if _, err := io.ReadFull(in, more); err != nil {
			return 0, nil, err
		}
		size = int64(binary.BigEndian.Uint64(append(make([]byte, 8-len(more)), more...)))
	}
	if size < 0 || size > 1<<20 {
		return 0, nil, fmt.Errorf("a frame of %d bytes", size)
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(in, payload)
	return head[0] & 15, payload, err
}

// awaitText reads frames until one of text has a part, and returns it.
func awaitText(in *bufio.Reader, part string) (string, error) {
	for {
		op, payload, err := readFrame(in)
		switch {
		case err != nil:
			return "", err
		case op == apps.OpClose:
			return "", fmt.Errorf("the server closed: %q", payload)
		case op == apps.OpText && strings.Contains(string(payload), part):
			return string(payload), nil
		}
	}
}
