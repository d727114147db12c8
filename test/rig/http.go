package rig

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// Conn is the leanest HTTP/1.1 client: it writes ready bytes and reads answers with a Content-Length.
type Conn struct {
	net.Conn
	In   *bufio.Reader
	Body []byte // of the last answer
}

// DialRaw connects to an address.
func DialRaw(t testing.TB, addr string) *Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &Conn{Conn: c, In: bufio.NewReader(c)}
}

// RoundTrip sends a request and returns the status of the answer, whose body is in c.Body until the next one.
func (c *Conn) RoundTrip(request []byte) (int, error) {
	if _, err := c.Write(request); err != nil {
		return 0, err
	}
	line, err := c.In.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return 0, fmt.Errorf("status line %q: %v", line, err)
	}
	status, length := int(line[9]-'0')*100+int(line[10]-'0')*10+int(line[11]-'0'), 0
	for {
		line, err := c.In.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
		}
	}
	c.Body = slices.Grow(c.Body[:0], length)[:length]
	_, err = io.ReadFull(c.In, c.Body)
	return status, err
}

// Request is a request for RoundTrip.
func Request(method, path, token string, body any) []byte {
	data, _ := json.Marshal(body)
	auth := ""
	if token != "" {
		auth = "Authorization: Bearer " + token + "\r\n"
	}
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Type: application/json\r\nContent-Length: "+
		"%d\r\n\r\n%s",
		method, path, auth, len(data), data)
}

// Trusting takes every certificate, such as the one that a server has made for itself.
var Trusting = &tls.Config{InsecureSkipVerify: true}

// Way is a way to ask over HTTP.
type Way struct {
	Name, Scheme, Proto string
	Protocols           func(*http.Protocols)
}

// Ways are all of them.
var Ways = []Way{
	{"http/1.1", "http", "HTTP/1.1", func(p *http.Protocols) { p.SetHTTP1(true) }},
	{"h2c with prior knowledge", "http", "HTTP/2.0", func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }},
	{"https/1.1", "https", "HTTP/1.1", func(p *http.Protocols) { p.SetHTTP1(true) }},
	{"https/h2", "https", "HTTP/2.0", func(p *http.Protocols) { p.SetHTTP2(true) }},
}

// ClientFor returns a client that speaks in one way only.
func ClientFor(t testing.TB, protocols func(*http.Protocols)) *http.Client {
	tr := &http.Transport{TLSClientConfig: Trusting.Clone(), Protocols: new(http.Protocols)}
	protocols(tr.Protocols)
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// DialSocket opens a socket with (wss) or without (ws) TLS.
func DialSocket(t testing.TB, scheme, host, path string) *websocket.Conn {
	t.Helper()
	cfg, err := websocket.NewConfig(scheme+"://"+host+path, "https://localhost")
	if err != nil {
		t.Fatal(err)
	}
	cfg.TlsConfig = Trusting.Clone()
	conn, err := websocket.DialConfig(cfg)
	if err != nil {
		t.Fatalf("%s://%s: %v", scheme, host, err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(Patience))
	return conn
}
