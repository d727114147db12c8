package outside

// What broke the server once, or would.

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
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
	r := rig.Spawn(t, t.TempDir())
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
	r := rig.Spawn(t, t.TempDir())
	for _, addr := range []string{r.API, r.Page, r.Health, r.WS} {
		resp, _ := exchange(t, addr, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", false)
		if resp.StatusCode != 204 || resp.Header.Get("X-Client-Addr") == "" {
			t.Errorf("OPTIONS * = %d %v, want 204 with X-Client-Addr", resp.StatusCode, resp.Header)
		}
	}
}
