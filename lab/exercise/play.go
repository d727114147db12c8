package exercise

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// patience is how long a run waits for an answer.
const patience = 10 * time.Second

// dial connects over TCP, with a deadline for all that follows.
func dial(ctx context.Context, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: patience}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(patience))
	}
	return conn, err
}

// ask sends a GET in one write, with header lines that end in CR LF, and reads the whole answer.
func ask(conn net.Conn, target, header string) error {
	text := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", target, conn.RemoteAddr(), header)
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "GET"})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// untilFIN waits for the end of what the other side sends.
func untilFIN(conn net.Conn) error {
	_, err := io.Copy(io.Discard, conn)
	return err
}

// dialUDP takes a port for datagrams to one address.
func dialUDP(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "udp", addr)
}

// exchange sends a datagram, and again if nothing is heard for a second, and waits for an answer.
func exchange(conn net.Conn, text string) error {
	var err error
	for range 3 {
		if _, err = conn.Write([]byte(text)); err != nil {
			return err
		}
		conn.SetReadDeadline(time.Now().Add(time.Second))
		if _, err = conn.Read(make([]byte, 1<<16)); err == nil {
			return nil
		}
	}
	return err
}

// caller is a connection on which one request of HTTP follows another.
type caller struct {
	net.Conn
	in *bufio.Reader
}

func call(ctx context.Context, addr string) (*caller, error) {
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &caller{conn, bufio.NewReader(conn)}, nil
}

// send sends a request in one write.
func (c *caller) send(method, target, body string, fields ...string) error {
	c.SetDeadline(time.Now().Add(patience))
	fields = append([]string{method + " " + target + " HTTP/1.1", "Host: " + c.RemoteAddr().String()}, fields...)
	if body != "" {
		fields = append(fields, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	_, err := io.WriteString(c, strings.Join(fields, "\r\n")+"\r\n\r\n"+body)
	return err
}

// answer reads the body of the answer to a request that is under way. A refusal is an error.
func (c *caller) answer(method string) (string, error) {
	c.SetDeadline(time.Now().Add(patience))
	res, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s is answered %s: %s", method, res.Status, body)
	}
	return string(body), err
}

// ask sends a request and returns the body of the answer.
func (c *caller) ask(method, target, body string, fields ...string) (string, error) {
	if err := c.send(method, target, body, fields...); err != nil {
		return "", err
	}
	return c.answer(method)
}
