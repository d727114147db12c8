package main

// How a socket begins: RFC 6455 §4, and who may.

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
	"pollwire/wire/ports"
)

// handshake sends a request as it stands and returns the answer; %s in the request is the server's Host.
func (r *local) handshake(request string) (*http.Response, string) {
	r.Helper()
	conn, err := net.Dial("tcp", r.WS)
	if err != nil {
		r.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(rig.Patience))
	io.WriteString(conn, strings.ReplaceAll(request, "HOST", r.WS))
	method, _, _ := strings.Cut(request, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		r.Fatalf("%q: %v", request, err)
	}
	if got := resp.Header.Get("X-Client-Addr"); got != conn.LocalAddr().String() {
		r.Errorf("%q: %s with X-Client-Addr %q, want %q", request, resp.Status, got, conn.LocalAddr())
	}
	var body []byte
	if resp.StatusCode != 101 {
		body, _ = io.ReadAll(resp.Body)
	}
	return resp, string(body)
}

const goodHandshake = "GET /ws HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

func TestHandshakes(t *testing.T) {
	tests := []struct {
		name     string
		old, new string // what is replaced in goodHandshake
		status   int
	}{
		{"a good one", "", "", 101},
		{"as Firefox sends it", "Connection: Upgrade", "Connection: keep-alive, Upgrade", 101},
		{"tokens in any case", "Upgrade: websocket\r\nConnection: Upgrade", "uPGRADE: WebSocket\r\nconnection: UPGRADE", 101},
		{"with extensions and protocols offered", "\r\n\r\n",
			"\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat, superchat\r\n\r\n", 101},
		{"a POST", "GET", "POST", 405},
		{"a HEAD", "GET", "HEAD", 426},
		{"HTTP/1.0", "HTTP/1.1", "HTTP/1.0", 400},
		{"no Upgrade: a plain GET", "Upgrade: websocket\r\n", "", 426},
		{"another protocol", "Upgrade: websocket", "Upgrade: h2c", 426},
		{"no Connection", "Connection: Upgrade\r\n", "", 400},
		{"Connection without Upgrade", "Connection: Upgrade", "Connection: keep-alive", 400},
		{"no key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400},
		{"a key of 15 bytes", "dGhlIHNhbXBsZSBub25jZQ==", "AQIDBAUGBwgJCgsMDQ4P", 400},
		{"a key that is not base64", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ!!", 400},
		{"a body", "\r\n\r\n", "\r\nContent-Length: 2\r\n\r\n{}", 400},
		{"no version", "Sec-WebSocket-Version: 13\r\n", "", 426},
		{"version 8", "Version: 13", "Version: 8", 426},
	}
	r := start(t)
	for _, tt := range tests {
		resp, body := r.handshake(strings.Replace(goodHandshake, tt.old, tt.new, 1))
		if resp.StatusCode != tt.status {
			t.Errorf("%s: %s %s, want %d", tt.name, resp.Status, body, tt.status)
			continue
		}
		if tt.status == 101 {
			for _, name := range []string{"Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"} {
				if got := resp.Header.Values(name); len(got) > 0 {
					t.Errorf("%s: %s: %q, want none", tt.name, name, got)
				}
			}
			continue
		}
		due := map[string]string{"Sec-WebSocket-Version": "13", "Content-Type": "application/problem+json", "Allow": "",
			"Upgrade": ""}
		switch tt.status {
		case 405:
			due["Allow"] = "GET"
		case 426:
			due["Upgrade"] = "websocket"
		}
		for name, value := range due {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s: %s with %s: %q, want %q", tt.name, resp.Status, name, got, value)
			}
		}
		var p rig.Problem
		if err := json.Unmarshal([]byte(body), &p); resp.Request.Method != "HEAD" &&
			(err != nil || p.Status != tt.status || p.Detail == "") {
			t.Errorf("%s: %s %s, want a problem with this status", tt.name, resp.Status, body)
		}
	}
	r.UntilSockets(0)
}

func TestTokensInTheHandshake(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	for _, tt := range []struct {
		query  string
		status int
	}{
		{"?token=" + kim.AccessToken, 101},
		{"?since=0&token=" + kim.AccessToken, 101},
		{"?token=" + kim.AccessToken + "x", 401},
		{"?token=a.b.c", 401},
		{"?token=", 401},
		{"?since=-1", 422},
		{"?since=x", 422},
		{"?since=", 422},
	} {
		resp, body := r.handshake(strings.Replace(goodHandshake, "/ws", "/ws"+tt.query, 1))
		if resp.StatusCode != tt.status {
			t.Errorf("handshake with /ws%s = %s %s, want %d", tt.query, resp.Status, body, tt.status)
		}
		if got := resp.Header.Get("WWW-Authenticate"); (got == "Bearer") != (tt.status == 401) {
			t.Errorf("handshake with /ws%s = %s with WWW-Authenticate %q", tt.query, resp.Status, got)
		}
		if got := resp.Header.Get("Content-Type"); tt.status != 101 && got != "application/problem+json" {
			t.Errorf("handshake with /ws%s = %s with Content-Type %q, want a problem", tt.query, resp.Status, got)
		}
	}
}

func TestOrigins(t *testing.T) {
	type row struct {
		name    string
		origins []string
		status  int
	}
	check := func(r *local, tests []row) {
		for _, tt := range tests {
			var lines string
			for _, o := range tt.origins {
				lines += "Origin: " + strings.NewReplacer("PAGE", r.Page, "API", r.API).Replace(o) + "\r\n"
			}
			resp, body := r.handshake(strings.Replace(goodHandshake, "Upgrade:", lines+"Upgrade:", 1))
			if resp.StatusCode != tt.status || tt.status == 403 &&
				resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: a handshake from %q = %s %s, want %d", tt.name, tt.origins, resp.Status, body, tt.status)
			}
		}
		r.stop()
	}
	check(start(t), []row{
		{"none: not a browser", nil, 101},
		{"localhost on any port", []string{"http://localhost:5173"}, 101},
		{"localhost by https", []string{"https://localhost"}, 101},
		{"127.0.0.1 on any port", []string{"http://127.0.0.1:9"}, 101},
		{"[::1] on any port", []string{"http://[::1]:9"}, 101},
		{"the page", []string{"PAGE"}, 101},
		{"a foreign page", []string{"http://evil.example"}, 403},
		{"a foreign page that begins like localhost", []string{"http://localhost.evil.example"}, 403},
		{"null", []string{"null"}, 403},
		{"nothing", []string{""}, 403},
		{"two", []string{"http://localhost", "http://localhost"}, 403},
	})
	check(start(t, func(c *config) { c.Origins = []string{"https://class.example"} }), []row{
		{"none, with -origins", nil, 101},
		{"the one of -origins", []string{"https://class.example"}, 101},
		{"the one of -origins by http", []string{"http://class.example"}, 403},
		{"localhost, with -origins", []string{"http://localhost:5173"}, 403},
		{"the page, with -origins", []string{"PAGE"}, 101},
		{"the API's own pages, with -origins", []string{"API"}, 101},
	})
}

// recording is a listener that notes each write to its connections.
type recording struct {
	net.Listener
	writes chan string
}

type recorded struct {
	net.Conn
	writes chan string
}

func (l recording) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return recorded{conn, l.writes}, err
}

func (c recorded) Write(b []byte) (int, error) {
	c.writes <- string(b)
	return c.Conn.Write(b)
}

// The 101 and the first frame are two writes, so that a capture shows them as two packets.
func TestThe101LeavesBeforeTheFirstFrame(t *testing.T) {
	r := start(t)
	r.NewPoll(r.Guest("Kim").AccessToken)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port, l := r.newHTTP(&ports.Listener{Listener: ln, Services: []string{"ws"}}), recording{ln, make(chan string, 100)}
	done := make(chan error, 1)
	go func() { done <- port.Serve(l) }()
	defer func() { port.Close(); <-done }()
	here := &rig.Rig{TB: t, WS: ln.Addr().String()}
	for range 20 {
		w := here.ConnectRaw(t, "?since=0")
		first, payload, err := w.Frame()
		w.Close()
		if err != nil || rig.InWords(first, payload) != "poll:created" {
			t.Fatalf("the first frame = %s, %v, want poll:created", rig.InWords(first, payload), err)
		}
		head, frame := <-l.writes, <-l.writes
		if !strings.HasPrefix(head, "HTTP/1.1 101 ") || strings.Index(head, "\r\n\r\n")+4 != len(head) {
			t.Errorf("the first write = %q, want the 101 and nothing else", head)
		}
		if !strings.HasSuffix(frame, string(payload)) {
			t.Errorf("the second write = %q, want the first frame", frame)
		}
		r.UntilSockets(0)
		for len(l.writes) > 0 {
			<-l.writes // how this socket ended
		}
	}
}
