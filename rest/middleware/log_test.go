package middleware

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// safeBuffer is a log that several goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func serve(t *testing.T, asJSON bool, h http.HandlerFunc) (*Log, *safeBuffer, *httptest.Server) {
	t.Helper()
	text := new(safeBuffer)
	l := New(text, asJSON, slog.LevelInfo)
	srv := httptest.NewUnstartedServer(l.Around(h))
	srv.Config.DisableGeneralOptionsHandler = true
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.Start()
	t.Cleanup(srv.Close)
	return l, text, srv
}

func TestALineForEachRequest(t *testing.T) {
	l, text, srv := serve(t, true, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	resp, err := http.Get(srv.URL + "/a%20path?token=secret")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	srv.Close()
	l.Flush()
	var line struct {
		Msg, Method, Path, Client, Proto string
		Status, Bytes                    int
	}
	if err := json.Unmarshal([]byte(text.String()), &line); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if line.Msg != "request" || line.Method != "GET" || line.Path != "/a path" || line.Status != 200 || line.Bytes != 5 ||
		line.Proto != "HTTP/1.1" {
		t.Errorf("line %+v", line)
	}
	if got := resp.Header.Get("X-Client-Addr"); got != line.Client || !strings.HasPrefix(got, "127.0.0.1:") {
		t.Errorf("X-Client-Addr %q, in the log %q", got, line.Client)
	}
	if strings.Contains(text.String(), "secret") {
		t.Error("the query is in the log")
	}
	if l.Answers(2) != 1 || l.Answers(5) != 0 {
		t.Errorf("%d answers of class 2, %d of 5", l.Answers(2), l.Answers(5))
	}
}

func TestAPanicTellsNothingOfTheInside(t *testing.T) {
	l, text, srv := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
		}
		panic("the inside")
	})
	resp, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 500 || resp.Header.Get("Content-Type") != "application/problem+json" ||
		strings.Contains(string(body), "the inside") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	resp, err = http.Get(srv.URL + "/half")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("half an answer looks whole: %q", body)
	}
	resp.Body.Close()
	srv.Close()
	l.Flush()
	if n := strings.Count(text.String(), `msg=panic value="the inside"`); n != 2 {
		t.Errorf("%d panics in the log, want 2:\n%s", n, text)
	}
	if l.Answers(5) != 1 {
		t.Errorf("%d answers of class 5, want 1", l.Answers(5))
	}
}

// RFC 9110 §9.3.7
func TestOptionsOfTheServerItself(t *testing.T) {
	_, _, srv := serve(t, false, func(w http.ResponseWriter, r *http.Request) { t.Error("a handler was asked") })
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if answer, _ := io.ReadAll(c); !strings.HasPrefix(string(answer), "HTTP/1.1 204 ") ||
		!strings.Contains(string(answer), "X-Client-Addr: 127.0.0.1:") {
		t.Errorf("%s", answer)
	}
}

func TestClientAddr(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:5000": "192.0.2.1:5000", "[::1]:5000": "[::1]:5000",
		"[::ffff:192.0.2.1]:5000": "192.0.2.1:5000", "[fe80::1%eth0]:5000": "[fe80::1%eth0]:5000",
	} {
		r := &http.Request{RemoteAddr: remote}
		if got := ClientAddr(r).String(); got != want {
			t.Errorf("%s = %s, want %s", remote, got, want)
		}
		if got := setHeaders(http.Header{}, r); got != want {
			t.Errorf("%s is told as %s, want %s", remote, got, want)
		}
	}
}

func TestRecoverKeepsTheProgramRunning(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, false, slog.LevelInfo)
	deferred := l.Recover // as package socketio gets it
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer deferred()
		panic("of one client")
	}()
	<-done
	l.Flush()
	if !strings.Contains(out.String(), "of one client") || !strings.Contains(out.String(), "TestRecover") {
		t.Errorf("the log has %q, want the panic and where it was", out.String())
	}
}

func TestThatNobodyCanConnectIsAWarning(t *testing.T) {
	var out bytes.Buffer
	l := New(&out, false, slog.LevelInfo)
	l.ErrorLog().Print("http: TLS handshake error from 192.0.2.1:5000: EOF")
	l.ErrorLog().Print("http: Accept error: accept tcp [::]:8001: accept4: too many open files; retrying in 5ms")
	l.Flush()
	if got := out.String(); strings.Contains(got, "handshake") || !strings.Contains(got, "level=WARN") ||
		!strings.Contains(got, "too many open files") {
		t.Errorf("the log has %q", got)
	}
}

func TestOwnAddresses(t *testing.T) {
	for addr, own := range map[string]bool{"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"192.0.2.7": false, "2001:db8::7": false} {
		if got := OfThisMachine(netip.MustParseAddr(addr)); got != own {
			t.Errorf("OfThisMachine(%s) = %v, want %v", addr, got, own)
		}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if addr := netip.MustParsePrefix(a.String()).Addr(); !OfThisMachine(addr) {
			t.Errorf("%v is not of this machine, though an interface has it", addr)
		}
	}
}
