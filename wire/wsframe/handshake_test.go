package wsframe

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// exchange sends a raw request to a fresh connection and reads the head of the answer.
func exchange(t *testing.T, addr, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return answer
}

// §1.3 works the example out by hand.
func TestAcceptKey(t *testing.T) {
	answer := exchange(t, (&server{}).start(t), rfcHandshake)
	if got, want := answer.Header.Get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="; got != want {
		t.Errorf("Sec-WebSocket-Accept = %q, want %q", got, want)
	}
	for _, field := range []string{"Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"} {
		if got := answer.Header.Values(field); got != nil {
			t.Errorf("%s = %q, want none", field, got)
		}
	}
}

func TestHandshake(t *testing.T) {
	const (
		key     = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		version = "Sec-WebSocket-Version: 13\r\n"
		upgrade = "Upgrade: websocket\r\n"
		connect = "Connection: Upgrade\r\n"
	)
	tests := []struct {
		name     string
		old, new string // what is replaced in the handshake of §1.3
		want     int
	}{
		{"1.3 the example", "", "", 101},
		{"4.2.1 names and tokens in any case", upgrade + connect, "uPGRADE: WebSocket\r\nCONNECTION: upGRADE\r\n", 101},
		{"4.2.1 keep-alive, Upgrade as Firefox sends it", connect, "Connection: keep-alive, Upgrade\r\n", 101},
		{"4.2.1 Connection in two lines", connect, "Connection: keep-alive\r\n" + connect, 101},
		{"4.2.1 Upgrade in two lines", upgrade, "Upgrade: h2c\r\n" + upgrade, 101},
		{"4.2.1 several protocols in one line", upgrade, "Upgrade: h2c,\twebsocket ,\r\n", 101},
		{"4.2.1 no Origin, so not a browser", "Origin: http://example.com\r\n", "", 101},
		{"4.2.1 extensions and subprotocols are passed over", version,
			version + "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat, superchat\r\n", 101},
		{"4.1 the example key with loose last bits", "dGhlIHNhbXBsZSBub25jZQ==", "AQIDBAUGBwgJCgsMDQ4PEC==", 101},

		{"4.2.1 not a GET", "GET ", "POST ", 405},
		{"4.2.1 not even HEAD, which is answered as a GET without Upgrade", "GET ", "HEAD ", 426},
		{"4.2.1 HTTP/1.0", "HTTP/1.1", "HTTP/1.0", 400},
		{"4.2.1 no Upgrade", upgrade, "", 426},
		{"4.2.1 another protocol", upgrade, "Upgrade: h2c\r\n", 426},
		{"4.2.1 websocket as part of a token", upgrade, "Upgrade: websockets\r\n", 426},
		{"4.2.1 no Connection", connect, "", 400},
		{"4.2.1 Connection without the token", connect, "Connection: keep-alive\r\n", 400},
		{"4.2.1 upgrade as part of a token", connect, "Connection: no-upgrade\r\n", 400},
		{"4.2.1 no key", key, "", 400},
		{"4.2.1 empty key", key, "Sec-WebSocket-Key:\r\n", 400},
		{"11.3.1 key twice", key, key + key, 400},
		{"4.2.1 key of 15 bytes", key, "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4P\r\n", 400},
		{"4.2.1 key of 17 bytes", key, "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEBE=\r\n", 400},
		{"4.2.1 key not base64", key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ!!\r\n", 400},
		{"4.2.1 key without padding", key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n", 400},
		{"4.4 no version", version, "", 426},
		{"4.4 version 8", version, "Sec-WebSocket-Version: 8\r\n", 426},
		{"4.4 version 013", version, "Sec-WebSocket-Version: 013\r\n", 426},
		{"4.4 a list of versions is for servers", version, "Sec-WebSocket-Version: 13, 8\r\n", 426},
		{"11.3.5 version twice", version, version + version, 400},
		{"a body would be read as frames", version + "\r\n", version + "Content-Length: 2\r\n\r\n{}", 400},
		{"a chunked body too", version + "\r\n", version + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"4.2.1 Host that makes no URL", "server.example.com", "[::1", 400},
	}
	addr := (&server{}).start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request := strings.Replace(rfcHandshake, tt.old, tt.new, 1)
			if tt.old != tt.new && request == rfcHandshake {
				t.Fatalf("%q is not in the handshake", tt.old)
			}
			if answer := exchange(t, addr, request); answer.StatusCode != tt.want {
				t.Errorf("status %d, want %d", answer.StatusCode, tt.want)
			}
		})
	}
}

func TestCheckHandshakeNormalises(t *testing.T) {
	r := httptest.NewRequest("GET", "/ws", nil)
	r.Header = http.Header{
		"Upgrade":               {"h2c", "WEBSOCKET"},
		"Connection":            {"keep-alive", "upgrade"},
		"Sec-Websocket-Key":     {"dGhlIHNhbXBsZSBub25jZQ=="},
		"Sec-Websocket-Version": {"13"},
	}
	if err := CheckHandshake(r); err != nil {
		t.Fatal(err)
	}
	if u, c := r.Header["Upgrade"], r.Header["Connection"]; len(u) != 1 || u[0] != "websocket" || len(c) != 1 ||
		c[0] != "Upgrade" {
		t.Errorf("Upgrade %q, Connection %q, want websocket and Upgrade", u, c)
	}
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
	refused := CheckHandshake(r)
	if refused == nil || refused.Status != http.StatusBadRequest {
		t.Errorf("HTTP/2: %v, want 400", refused)
	}
}
