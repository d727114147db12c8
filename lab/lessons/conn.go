package lessons

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// patience is how long a peer may take for anything.
const patience = 10 * time.Second

// Conn is a TCP connection of the scene. What is written by one call leaves in one segment.
type Conn struct {
	net.Conn
	scene *Scene
	host  string // for the Host field
	in    *bufio.Reader
	shown bool // the step has told of it
}

// Dial connects to a service of the server: "http", "ws", "files" or "health".
func (s *Scene) Dial(service string) *Conn {
	return s.DialTo(s.Addr(service), s.HostField(service))
}

// DialTo connects to any address. host is what the Host field of requests says.
func (s *Scene) DialTo(addr, host string) *Conn {
	// To bind first makes the system choose a port that nobody has. Otherwise it may give the same one to connections
	// to different ports of the server, and a filter by the client's port would show both.
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{}}
	conn, err := s.client.dial(s.ctx, &d, "tcp", addr)
	s.Check("connect", err)
	return s.Use(conn, host)
}

// Use makes a connection of the scene of one that was made otherwise. It is closed when the scene ends.
func (s *Scene) Use(conn net.Conn, host string) *Conn {
	c := &Conn{Conn: conn, scene: s, host: host, in: bufio.NewReader(conn)}
	s.conns = append(s.conns, c)
	context.AfterFunc(s.ctx, func() { conn.Close() })
	c.Show()
	return c
}

// Show tells both ends of the connection, once in each step that uses it. The methods below do so by themselves.
func (c *Conn) Show() {
	if !c.shown && c.scene.step > 0 {
		c.shown = true
		c.scene.say(Event{Type: Connection, Network: c.LocalAddr().Network(), Client: c.LocalAddr().String(),
			Server: c.RemoteAddr().String()})
	}
}

// Port is the client's port: the one number that tells this connection from all others of the lesson.
func (c *Conn) Port() string {
	_, port, _ := net.SplitHostPort(c.LocalAddr().String())
	return port
}

// Filter is what of this connection filter shows; "" is all of it.
func (c *Conn) Filter(filter string) string {
	only := c.LocalAddr().Network() + ".port == " + c.Port()
	if filter == "" {
		return only
	}
	if strings.Contains(filter, "||") {
		filter = "(" + filter + ")"
	}
	return filter + " && " + only
}

// Send writes text by one call and tells its lines.
func (c *Conn) Send(text string) {
	c.Show()
	c.SetWriteDeadline(time.Now().Add(patience))
	_, err := io.WriteString(c.Conn, text)
	c.scene.Check("write", err)
	c.scene.say(Event{Type: Sent, Lines: lines(text)})
}

// lines are those of a message, as they are shown: of a body not more than two.
func lines(text string) []string {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	seen := strings.Split(strings.TrimSuffix(head, "\r\n"), "\r\n")
	if body = strings.TrimRight(body, "\r\n"); body == "" {
		return seen
	}
	all := strings.Split(body, "\n")
	seen = append(append(seen, ""), all[:min(2, len(all))]...)
	if len(all) > 2 {
		seen = append(seen, fmt.Sprintf("... (%d)", len(all)))
	}
	return seen
}

// Request is an HTTP/1.1 request as it is written: the request line, Host, the fields ("Accept: text/csv"), and the
// length of the body if there is one.
func (c *Conn) Request(method, target, body string, fields ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, c.host)
	for _, f := range fields {
		b.WriteString(f + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return b.String() + "\r\n" + body
}

// Answer is an answer of HTTP/1.1.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Ask sends a Request and waits for its answer.
func (c *Conn) Ask(method, target, body string, fields ...string) *Answer {
	c.Send(c.Request(method, target, body, fields...))
	return c.Answer(method)
}

// Answer reads one answer. Whether it has a body depends on the method that was asked with (RFC 9112 §6.3).
func (c *Conn) Answer(method string) *Answer {
	c.Show()
	c.SetReadDeadline(time.Now().Add(patience))
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	c.scene.Check("answer to "+method, err)
	body, err := io.ReadAll(resp.Body)
	c.scene.Check("answer to "+method, err)
	if resp.TransferEncoding != nil { // net/http takes it out
		resp.Header["Transfer-Encoding"] = resp.TransferEncoding
	}
	c.scene.say(Event{Type: Received, Lines: c.scene.shown(resp, body)})
	return &Answer{resp.StatusCode, resp.Header, body}
}

// shown are the lines of an answer: its status, the watched fields, and the first line of its body.
func (s *Scene) shown(resp *http.Response, body []byte) []string {
	seen := []string{resp.Proto + " " + resp.Status}
	for _, name := range s.watched {
		for _, value := range resp.Header.Values(name) {
			seen = append(seen, name+": "+value)
		}
	}
	if len(body) > 0 {
		first, _, more := strings.Cut(strings.TrimSpace(string(body)), "\n")
		seen = append(seen, "", clip(first, 90))
		if more {
			seen = append(seen, "...")
		}
	}
	return seen
}

// clip cuts what is longer than n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}

// Watch names the fields that are shown of every answer, beside its status.
func (s *Scene) Watch(fields ...string) { s.watched = fields }

// Want ends the scene unless the status is one of these.
func (a *Answer) Want(s *Scene, status ...int) *Answer {
	s.Must(slices.Contains(status, a.Status), "the server answered %d, not %d: %s", a.Status, status[0],
		clip(string(a.Body), 200))
	return a
}

// Finish closes our side and waits for the server to close its own, so that both FIN are on the wire.
func (c *Conn) Finish() {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	c.Closed()
}

// Closed waits until the server has closed the connection, and closes our side of it.
func (c *Conn) Closed() {
	c.Show()
	c.SetReadDeadline(time.Now().Add(patience))
	_, err := io.Copy(io.Discard, c.in)
	c.scene.Check("wait for the server to close", err)
	c.Close()
}
