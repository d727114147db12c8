package exercise

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
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
