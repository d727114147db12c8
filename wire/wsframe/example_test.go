package wsframe_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"pollwire/wire/wsframe"
)

func init() { wsframe.Echo = echo } // the tests of the package try it with every rule that a client can break

// serveEcho is a whole server: it sends each message back.
func serveEcho(w http.ResponseWriter, r *http.Request) {
	if refused := wsframe.CheckHandshake(r); refused != nil {
		maps.Copy(w.Header(), refused.Header())
		http.Error(w, refused.Detail, refused.Status)
		return
	}
	conn, err := wsframe.Upgrade(w, r, nil)
	if err != nil {
		return // the connection is closed
	}
	go func() { // the handler returns, and all that net/http has kept for it is free
		defer conn.Net.Close()
		echo(wsframe.NewReader(conn.WebSocket, 64<<10), conn.Net)
		wsframe.CloseWrite(conn.Net)  // RFC 6455 §7.1.1: a FIN behind our close frame,
		io.Copy(io.Discard, conn.Net) // and a moment for the client's own
	}()
}

// echo answers what comes in, until one side ends the connection.
func echo(in *wsframe.Reader, out net.Conn) error {
	send := func(frame []byte) {
		// A client that takes nothing for so long is given up; then reading fails, too.
		if len(wsframe.Write(out, [][]byte{frame}, 10*time.Second, func() {})) > 0 {
			out.Close()
		}
	}
	for {
		m, err := in.Next()
		if m.Opcode == wsframe.OpClose {
			code, _, broken := wsframe.ParseClose(m.Payload)
			if broken == nil {
				send(wsframe.AppendClose(nil, code, "")) // §5.5.1: with the same code
				return nil
			}
			err = broken
		}
		var broken *wsframe.CloseError
		switch {
		case errors.As(err, &broken):
			send(wsframe.AppendClose(nil, broken.Code, broken.Reason)) // §7.1.7
			return err
		case err != nil:
			return err
		case m.Opcode == wsframe.OpPing:
			send(wsframe.AppendFrame(nil, wsframe.OpPong, m.Payload)) // §5.5.2: with the same bytes
		case m.Opcode == wsframe.OpText, m.Opcode == wsframe.OpBinary:
			send(wsframe.AppendFrame(nil, m.Opcode, m.Payload))
		}
	}
}

// An echo server, and a client that is no more than the bytes of RFC 6455 §1.3 and §5.7.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(serveEcho))
	defer server.Close()
	client, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	io.WriteString(client, "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"+
		"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	client.Write([]byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}) // "Hello", masked
	client.Write([]byte{0x88, 0x80, 0x37, 0xfa, 0x21, 0x3d})                               // close, without a code
	all, err := io.ReadAll(client)
	status, _, _ := bytes.Cut(all, []byte("\r\n"))
	fmt.Printf("%s ...\n", status)
	fmt.Printf("% x, and the end: %v\n", all[len(all)-9:], err)
	// Output:
	// HTTP/1.1 101 Switching Protocols ...
	// 81 05 48 65 6c 6c 6f 88 00, and the end: <nil>
}
