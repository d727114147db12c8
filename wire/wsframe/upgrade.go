package wsframe

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"

	"golang.org/x/net/websocket"
)

// readBuffer is for the header of a frame; longer payloads go past it. Most sockets are idle most of the time: what
// they hold on to is paid for each of them.
const readBuffer = 256

// Conn is a connection whose handshake is done. It is no net.Conn itself, or whoever passed it to Write, CloseWrite or
// Direct would hide from them what the connection below can do: encrypt, end one direction, be written to directly.
type Conn struct {
	Net       net.Conn        // as net/http had it: *net.TCPConn, *tls.Conn, or what the server's listener returns
	WebSocket *websocket.Conn // for a Reader
	in        *bufio.Reader   // from which WebSocket reads
}

// Wait returns when something has come or the connection has failed; a Reader tells which. A Reader waits just as well,
// but deep inside x/net: a goroutine that waits here, and was called by little else, does so on a stack of 2 KB instead
// of 4.
func (c *Conn) Wait() { c.in.Peek(1) }

// Waiting tells whether more has come already than a Reader has taken.
func (c *Conn) Waiting() bool { return c.in.Buffered() > 0 }

// Upgrade answers a handshake that CheckHandshake has found to be one (RFC 6455 §4.2.2), with header beside its own
// fields, and hands over the connection. The 101 has left already, in a packet of its own.
//
// The connection is the caller's, who has to close it. The handler of the request should return and leave the reading
// to a goroutine of its own: with the handler go the stack that net/http and all that is around the handler have grown,
// and 8 KB of buffers. For the same reason nothing should hold on to w, or to r: each of its strings is a piece of one
// that holds the whole header section.
func Upgrade(w http.ResponseWriter, r *http.Request, header http.Header) (*Conn, error) {
	c := &Conn{}
	h := &hijacker{ResponseWriter: w, conn: c, answer: new(bytes.Buffer)}
	// x/net keeps this request, as well as the Config and the answer, for as long as the connection lives. They are
	// emptied afterwards.
	request := &http.Request{Method: r.Method, URL: r.URL, Header: r.Header, Host: r.Host}
	websocket.Server{
		Config: websocket.Config{Header: header},
		Handshake: func(config *websocket.Config, _ *http.Request) error {
			config.Protocol = nil // none of those offered
			return nil
		},
		Handler: func(ws *websocket.Conn) { c.WebSocket = ws },
	}.ServeHTTP(h, request)
	_, err := c.Net.Write(h.answer.Bytes())
	if c.WebSocket == nil {
		err = errors.New("the handshake failed")
	}
	if err != nil {
		c.Net.Close()
		return nil, err
	}
	*request, *h.answer, *c.WebSocket.Config() = http.Request{}, bytes.Buffer{}, websocket.Config{}
	return c, nil
}

// hijacker takes the connection from net/http in the place of x/net, which would close it as soon as its handler
// returns, and keep net/http's buffers.
type hijacker struct {
	http.ResponseWriter
	conn   *Conn
	answer *bytes.Buffer // the 101, or what x/net says instead
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buf, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn.Net, h.conn.in = conn, buf.Reader
	if buf.Reader.Buffered() == 0 { // or the client has sent frames already, without waiting for the 101
		h.conn.in = bufio.NewReaderSize(bare(conn), readBuffer)
	}
	return unclosed{conn}, bufio.NewReadWriter(h.conn.in, bufio.NewWriterSize(h.answer, 1)), nil // 1: as small as can be
}

// bare returns what to read conn from with as little on the stack as can be.
func bare(conn net.Conn) io.Reader {
	if c, ok := conn.(interface{ Bare() io.Reader }); ok {
		return c.Bare()
	}
	return conn
}

// unclosed is a connection that x/net can't close.
type unclosed struct{ net.Conn }

func (unclosed) Close() error { return nil }
