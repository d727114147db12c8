package lab

import (
	"encoding/binary"
	"io"
	"testing"
)

// framed is a frame of HTTP/2 (RFC 9113 §4.1).
func framed(kind, flags byte, stream uint32, payload string) string {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return string(binary.BigEndian.AppendUint32(b, stream)) + payload
}

// Whoever has broken off a stream is told nothing more on it, and above all no RST_STREAM (RFC 9113 §5.4.2).
func TestAStreamThatWasResetStaysSilent(t *testing.T) {
	const (
		data, headers, reset, settings, ping = 0, 1, 3, 4, 6
		path                                 = "/lab/bytes/1000?chunk=1&delay=10ms"
	)
	var running running
	srv, _ := serve(t, running.handler(), false)
	conn := dial(t, srv)
	read := func(until byte) {
		t.Helper()
		for head := make([]byte, 9); ; {
			if _, err := io.ReadFull(conn, head); err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(head[1:]))); err != nil {
				t.Fatal(err)
			}
			switch head[3] {
			case reset:
				t.Fatal("the server resets a stream that was reset")
			case until:
				return
			}
		}
	}
	// RFC 7541 §6.1, §6.2.2: GET and http stand in the static table, as do the names of path and authority.
	block := "\x82\x86\x04" + string(rune(len(path))) + path + "\x01\x01a"
	io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+framed(settings, 0, 0, "")+framed(headers, 5, 1, block))
	read(data)
	io.WriteString(conn, framed(reset, 0, 1, "\x00\x00\x00\x08"))
	eventually(t, "the end of the handler", func() bool { return running.Load() == 0 })
	for range 50 {
		io.WriteString(conn, framed(ping, 0, 0, "whatever"))
		read(ping)
	}
}
