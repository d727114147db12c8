package wsframe

// What the tests share: a real server, a client that writes raw bytes to it, an encoder for masked frames
// that knows nothing of the code under test, and a connection made of memory.

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// patience is how long a test waits for what must come. It is an upper bound, never a pause.
const patience = 10 * time.Second

// The handshake of RFC 6455 §1.3, without the subprotocols.
const rfcHandshake = "GET /chat HTTP/1.1\r\n" +
	"Host: server.example.com\r\n" +
	"Upgrade: websocket\r\n" +
	"Connection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
	"Origin: http://example.com\r\n" +
	"Sec-WebSocket-Version: 13\r\n\r\n"

// rfcMask is the masking key of the examples in §5.7.
var rfcMask = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// encode makes a client's frame: first is the first byte as it stands on the wire, FIN and RSV included.
func encode(first byte, key [4]byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	default:
		b = append(b, 0x80|127, 0, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	b = append(b, key[:]...)
	for i, c := range payload {
		b = append(b, c^key[i%4])
	}
	return b
}

// frame is encode with the key of the RFC's examples.
func frame(first byte, payload string) []byte { return encode(first, rfcMask, []byte(payload)) }

// closeFrame is a client's close frame with a code alone.
func closeFrame(code int) []byte {
	return frame(0x88, string(binary.BigEndian.AppendUint16(nil, uint16(code))))
}

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// server echoes messages, answers pings and close frames, and tells by which error each socket ended.
type server struct {
	maxMessage int
	textOnly   bool
	ended      chan error
}

// start returns the address of a running server.
func (s *server) start(t *testing.T) string {
	s.ended = make(chan error, 1)
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	return ts.Listener.Addr().String()
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if refused := CheckHandshake(r); refused != nil {
		http.Error(w, refused.Detail, refused.Status)
		return
	}
	if conn, err := Upgrade(w, r, nil); err == nil {
		go s.handle(conn)
	}
}

// Echo is the loop of the package's example, which these tests put to the test. It stands in another package.
var Echo func(in *Reader, out net.Conn) error

func (s *server) handle(conn *Conn) {
	defer conn.Net.Close()
	conn.Net.SetDeadline(time.Now().Add(patience))
	r := NewReader(conn.WebSocket, s.maxMessage)
	r.TextOnly = s.textOnly
	err := Echo(r, conn.Net)
	CloseWrite(conn.Net)
	select {
	case s.ended <- err:
	default: // a test with many connections does not ask
	}
	io.Copy(io.Discard, conn.Net) // closing with unread input would reset the connection
}

// client is the far end of one connection to a server of its own.
type client struct {
	*testing.T
	*net.TCPConn
	in     *bufio.Reader
	server *server
}

// dial connects over loopback and shakes hands.
func dial(t *testing.T, s *server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.start(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	c := &client{t, conn.(*net.TCPConn), bufio.NewReader(conn), s}
	c.send([]byte(rfcHandshake))
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %v, %v, want 101", answer, err)
	}
	return c
}

func (c *client) send(b []byte) {
	c.Helper()
	if _, err := c.Write(b); err != nil {
		c.Fatalf("write: %v", err)
	}
}

// want expects exactly these bytes from the server.
func (c *client) want(what string, want []byte) {
	c.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c.in, got)
	if err != nil || !bytes.Equal(got, want) {
		c.Fatalf("%s: server sent %s (%v), want %s", what, brief(got[:n]), err, brief(want))
	}
}

// wantClose expects a close frame with this code, and nothing after it.
func (c *client) wantClose(code int) {
	c.Helper()
	rest, err := io.ReadAll(c.in)
	if err != nil || len(rest) < 4 || rest[0] != 0x88 || int(rest[1]) != len(rest)-2 {
		c.Fatalf("server sent %s (%v), want one close frame with code %d", brief(rest), err, code)
	}
	if got := int(binary.BigEndian.Uint16(rest[2:])); got != code {
		c.Fatalf("server closed with %d %q, want %d", got, rest[4:], code)
	}
	if len(rest) == 2+maxControlPayload {
		c.Errorf("the reason %q was too long for a close frame and is cut", rest[4:])
	}
}

// wantEnd expects this error from Next.
func (c *client) wantEnd(what string, want error) {
	c.Helper()
	select {
	case got := <-c.server.ended:
		if got != want {
			c.Errorf("%s: Next ended with %v, want %v", what, got, want)
		}
	case <-time.After(patience):
		c.Fatalf("%s: Next still waits", what)
	}
}

func brief(b []byte) string {
	if len(b) > 24 {
		return fmt.Sprintf("% X ... (%d bytes)", b[:24], len(b))
	}
	return fmt.Sprintf("% X", b)
}

// memoryConn reads from in and forgets what is written: a client without a network.
type memoryConn struct {
	net.Conn
	in io.Reader
}

func (c memoryConn) Read(b []byte) (int, error)  { return c.in.Read(b) }
func (c memoryConn) Write(b []byte) (int, error) { return len(b), nil }
func (c memoryConn) Close() error                { return nil }

// memoryHijacker lends websocket.Server a memoryConn.
type memoryHijacker struct {
	http.ResponseWriter
	conn memoryConn
}

func (h memoryHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// overMemory calls do with a Reader on a real websocket.Conn that reads what in holds.
func overMemory(t testing.TB, in io.Reader, maxMessage int, do func(*Reader)) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(rfcHandshake)))
	if err != nil {
		t.Fatal(err)
	}
	called := false
	handler := func(conn *websocket.Conn) {
		called = true
		do(NewReader(conn, maxMessage))
	}
	accept := func(*websocket.Config, *http.Request) error { return nil }
	websocket.Server{Handshake: accept, Handler: handler}.ServeHTTP(memoryHijacker{conn: memoryConn{in: in}}, r)
	if !called {
		t.Fatal("handshake failed")
	}
}

// readAll reads to the end, keeping copies.
func readAll(r *Reader) (all []Message, err error) {
	for {
		m, err := r.Next()
		if err != nil {
			return all, err
		}
		all = append(all, Message{m.Opcode, bytes.Clone(m.Payload)})
	}
}
