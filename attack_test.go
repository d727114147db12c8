package main

// What broke the server once, or would.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

// exchange sends bytes, closes the sending side if half is set, and returns the answer.
func exchange(t *testing.T, addr, request string, half bool) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(addr, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(rig.Patience))
	io.WriteString(c, request)
	if half {
		c.(*net.TCPConn).CloseWrite()
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%.60q: %v", request, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%.60q: %v", request, err)
	}
	return resp, string(body)
}

// nc and others close their side behind a request. It has arrived whole, so it is answered.
func TestAClientThatClosesItsSideIsAnswered(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	for _, tt := range []struct {
		request string
		status  int
	}{
		{"GET /api/polls HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		{"GET /api/events?since=0&wait=25 HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		{string(rig.Request("POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": "hi"})), 201},
	} {
		for range 10 {
			if resp, body := exchange(t, r.API, tt.request, true); resp.StatusCode != tt.status {
				t.Errorf("%.40q and FIN = %d %s, want %d", tt.request, resp.StatusCode, body, tt.status)
			}
		}
	}
}

func TestAServerWideOPTIONS(t *testing.T) {
	r := start(t)
	for _, addr := range []string{r.API, r.Page, r.Health, r.WS} {
		resp, _ := exchange(t, addr, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", false)
		if resp.StatusCode != 204 || resp.Header.Get("X-Client-Addr") == "" {
			t.Errorf("OPTIONS * = %d %v, want 204 with X-Client-Addr", resp.StatusCode, resp.Header)
		}
	}
}

// By itself bcrypt takes a password and the same with NUL and itself behind it for one.
func TestPasswordsWithNUL(t *testing.T) {
	r := start(t, cheap)
	for i, p := range []string{"abcdefgh", "abcdefgh\x00", strings.Repeat("x", 72)} {
		name := fmt.Sprint("kim", i)
		rig.Want[any](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": name, "password": p})
		rig.Want[any](r, 200, "POST", "/api/auth/login", "", rig.Object{"username": name, "password": p})
		for _, other := range []string{p + "\x00" + p, p + "\x00", strings.TrimSuffix(p, "\x00") + "y"} {
			if other != p {
				r.Refused(401, "POST", "/api/auth/login", "", rig.Object{"username": name, "password": other})
			}
		}
	}
}

// Around the moment at which a poll ends, a vote is taken or it is a 409.
func TestVotesAtTheEndOfAPoll(t *testing.T) {
	r := start(t)
	var tokens []string
	for i := range 20 {
		tokens = append(tokens, r.Guest(fmt.Sprint("voter", i)).AccessToken)
	}
	for range 5 {
		p, end := r.pollThatEndsSoon(tokens[0], nil)
		var all sync.WaitGroup
		for _, token := range tokens {
			all.Go(func() {
				for i := 0; time.Now().Before(end.Add(20 * time.Millisecond)); i++ {
					resp, text := r.Do("POST", p.Path()+"/vote", token, rig.Object{"option_id": p.Options[i%3].ID})
					if resp.StatusCode != 200 && resp.StatusCode != 409 {
						t.Errorf("a vote %v after the end = %d %s, want 200 or 409", time.Since(end), resp.StatusCode, text)
					}
				}
			})
		}
		all.Wait()
	}
}

// A reader that takes a little all the time gets everything, however long it takes; slow is who takes nothing.
func TestASteadyReaderIsNotSlow(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.writeTimeout = time.Second })
	const events, size = 1500, 10_000
	for range events {
		r.publish("x", 0, strings.Repeat("x", size))
	}
	c := rig.DialRaw(t, r.WS)
	io.WriteString(c, "GET /ws?since=0 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	c.SetDeadline(time.Now().Add(2 * rig.Patience))
	total := 0
	buf := make([]byte, 256<<10)
	for pauses := 0; total < events*size; pauses++ {
		n, err := io.ReadAtLeast(c, buf, 1)
		if total += n; err != nil {
			t.Fatalf("after %d bytes: %v, want all of %d", total, err, events*size)
		}
		if pauses < 50 {
			time.Sleep(60 * time.Millisecond) // slower than the server, but never still
		}
	}
}
