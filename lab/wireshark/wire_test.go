package wireshark

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// wire writes a capture: connections of 127.0.0.1, each with a port of its own, as raw IPv4 packets.
type wire struct {
	bytes.Buffer
	frames int
	seq    map[[2]int]uint32
}

func newWire() *wire {
	w := &wire{seq: map[[2]int]uint32{}}
	// pcap: magic, version 2.4, zone, accuracy, snaplen, LINKTYPE_RAW.
	for _, v := range []any{uint32(0xA1B2C3D4), uint16(2), uint16(4), uint32(0), uint32(0), uint32(1 << 18), uint32(101)} {
		binary.Write(w, binary.BigEndian, v)
	}
	return w
}

const up, down = 0, 1

// send writes a segment and returns the number of its frame.
func (w *wire) send(conn, way int, payload string) int {
	k := [2]int{conn, way}
	if w.seq[k] == 0 {
		w.seq[k] = 1000
	}
	w.segment(conn, way, w.seq[k], payload)
	w.seq[k] += uint32(len(payload))
	return w.frames
}

func (w *wire) segment(conn, way int, seq uint32, payload string) {
	w.frames++
	ports := []uint16{uint16(20000 + conn), 8001}
	if way == down {
		slices.Reverse(ports)
	}
	n := uint32(40 + len(payload))
	for _, v := range []any{uint32(w.frames), uint32(0), n, n,
		[]byte{0x45, 0, byte(n >> 8), byte(n), 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1},
		ports, seq, max(w.seq[[2]int{conn, 1 - way}], 1000), []byte{0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0}, []byte(payload)} {
		binary.Write(w, binary.BigEndian, v)
	}
}

// frame is a WebSocket frame with a text.
func frame(way int, text string) string {
	head := []byte{0x81}
	mask := byte(0)
	if way == up {
		mask = 0x80
	}
	if len(text) < 126 {
		head = append(head, mask|byte(len(text)))
	} else {
		head = append(head, mask|126, byte(len(text)>>8), byte(len(text)))
	}
	if way == up {
		head = append(head, 0, 0, 0, 0) // a key that changes nothing
	}
	return string(head) + text
}

// upgrade opens a WebSocket.
func (w *wire) upgrade(conn int, path string) {
	w.send(conn, up,
		"GET "+path+" HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "+
			"13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	w.send(conn, down,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
			"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
}

func (w *wire) save(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.pcap")
	if err := os.WriteFile(file, w.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func withLength(head, text string) string {
	return fmt.Sprintf("%s\r\nContent-Length: %d\r\n\r\n%s", head, len(text), text)
}

func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
