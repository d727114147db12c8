package socketio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestPayloadLimits(t *testing.T) {
	w := serve(t, Config{MaxPayload: 5000})
	p := w.poller()
	p.connect("")
	p.send(fmt.Sprintf(`42["x",%q]`, strings.Repeat("x", 4990))) // 5000 bytes with what is around it
	if status, body := p.post(fmt.Sprintf(`42["x",%q]`, strings.Repeat("x", 4991))); status != 413 ||
		!strings.HasPrefix(body, `{"code":3,`) {
		t.Errorf("a POST of one byte too much = %d %s, want 413", status, body)
	}
	p.gone()
	p = w.poller()
	p.send(strings.Repeat("6\x1e", 2499) + "6") // 4999 bytes
	if status, _ := w.poller().post(strings.Repeat("6\x1e", maxPackets) + "6"); status != 413 {
		t.Errorf("too many packets and bytes = %d, want 413", status)
	}
	w = serve(t, Config{})
	w.poller().send(strings.Repeat("6\x1e", maxPackets-1) + "6")
	if status, _ := w.poller().post(strings.Repeat("6\x1e", maxPackets) + "6"); status != 400 {
		t.Errorf("too many packets = %d, want 400", status)
	}
}

// "Headers": a payload in long-polling is text, also with binary packets in it, whatever a client calls it.
func TestTheContentTypeMakesNoDifference(t *testing.T) {
	w := serve(t, Config{})
	p := w.poller()
	resp, err := w.client.Post(w.url+"&transport=polling&sid="+p.sid, "application/octet-stream", strings.NewReader("40"))
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("POST = %v, %v", resp, err)
	}
	resp.Body.Close()
}

func TestSessionsPerAddress(t *testing.T) {
	w := serve(t, Config{MaxSessionsPerAddr: 3})
	p := w.poller()
	w.poller()
	s := w.socket()
	full := `{"code":4,"message":"Too many sessions from one address"}`
	if status, body := w.do("GET", "&transport=polling", ""); status != 403 || body != full {
		t.Errorf("one too many = %d %s, want 403 %s", status, body, full)
	}
	if _, err := w.dial(""); err == nil {
		t.Error("a WebSocket too many was let in")
	}
	if c, err := w.dial("&sid=" + p.sid); err != nil {
		t.Errorf("an upgrade is no new session: %v", err)
	} else {
		c.Close()
	}
	p.send("1")
	w.poller()
	s.send("1")
	s.want("close 1000")
	w.poller()
}

func TestAnyNumberOfSessionsPerAddress(t *testing.T) {
	w := serve(t, Config{MaxSessionsPerAddr: -1})
	for range 2001 {
		if status, body := w.do("GET", "&transport=polling", ""); status != 200 {
			t.Fatalf("one more session = %d %s", status, body)
		}
	}
}

func TestOrigin(t *testing.T) {
	w := serve(t,
		Config{CheckOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "http://good.example" }})
	for origin, want := range map[string]int{"http://good.example": 200, "http://bad.example": 403, "null": 403, "": 200} {
		r, _ := http.NewRequest("GET", w.url+"&transport=polling", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		resp, err := w.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want || want == 403 && string(body) != `{"code":4,"message":"Forbidden"}` {
			t.Errorf("Origin %q = %d %s, want %d", origin, resp.StatusCode, body, want)
		}
		if resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("Cache-Control = %q", resp.Header.Get("Cache-Control"))
		}
	}
}

// A client that asks for nothing more costs no more than its queue. It is dropped, and hears of that when it asks
// again.
func TestASlowPollerIsBounded(t *testing.T) {
	w := serve(t, Config{})
	slow, fast := w.poller(), w.socket()
	was := slow.connect("")
	fast.connect("")
	large := []byte(`"` + strings.Repeat("x", 100_000) + `"`)
	for range 30 {
		w.hub.Publish("large", 0, large)
		if got := fast.recv(); len(got) < 100_000 {
			t.Fatalf("the fast one got %.100s", got)
		}
	}
	if _, dropped := w.hub.Stats(); dropped != 1 {
		t.Errorf("%d were dropped, want 1", dropped)
	}
	slow.want("1")
	w.noted("disconnect / transport error")
	slow.gone()
	s := w.socket() // it may come back for what it missed
	s.send(fmt.Sprintf(`40{"token":"none","pid":%q,"offset":"0"}`, was.Pid))
	if answer := s.recv(); !strings.Contains(answer, was.Sid) {
		t.Errorf("the answer to CONNECT is %s", answer)
	}
	for range 30 {
		if got := s.recv(); !strings.HasPrefix(got, `42["large",`) {
			t.Fatalf("got %.100s", got)
		}
	}
}

// One that never asks again is noticed by its pings.
func TestASlowPollerThatIsGone(t *testing.T) {
	w := serve(t, Config{PingInterval: 200 * time.Millisecond, PingTimeout: 100 * time.Millisecond})
	w.poller().connect("")
	large := []byte(`"` + strings.Repeat("x", 700_000) + `"`)
	for range 4 {
		w.hub.Publish("large", 0, large)
		time.Sleep(10 * time.Millisecond)
	}
	w.noted("disconnect / transport error")
}

// A WebSocket that takes nothing for the write timeout is given up, and so is a GET.
func TestReadersThatAreStuck(t *testing.T) {
	w := serve(t, Config{WriteTimeout: 100 * time.Millisecond})
	s, p := w.socket(), w.poller()
	s.connect("")
	p.connect("")
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(w.url, "/socket.io/?EIO=4"), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	large := []byte(`"` + strings.Repeat("x", 15<<20) + `"`) // more than the system's buffers hold
	w.hub.Publish("large", 0, large)
	fmt.Fprintf(conn, "GET /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\n\r\n", p.sid)
	for end := time.Now().Add(10 * time.Second); w.srv.Sessions() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a stuck reader is still served")
		}
	}
	w.noted("disconnect / transport error\ndisconnect / transport error")
}

// A WebSocket that was stuck for too long hears why it is given up, if it reads on soon.
func TestAReaderThatIsTooLate(t *testing.T) {
	w := serve(t, Config{WriteTimeout: 400 * time.Millisecond})
	s := w.socket()
	s.connect("")
	large := []byte(`"` + strings.Repeat("x", 15<<20) + `"`)
	w.hub.Publish("large", 0, large)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, dropped := w.hub.Stats(); dropped == 1 {
			break
		} else if time.Now().After(end) {
			t.Fatal("it is still waited for")
		}
	}
	if got := s.recv(); len(got) < 15<<20 {
		t.Errorf("got %.100s (%d bytes), want the whole packet", got, len(got))
	}
	s.want("close 1013")
	w.noted("disconnect / transport error")
}

// A POST whose body does not come ends with its session, and holds up nobody.
func TestABodyThatDoesNotCome(t *testing.T) {
	w := serve(t, Config{ReadTimeout: 100 * time.Millisecond})
	p := w.poller()
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(w.url, "/socket.io/?EIO=4"), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: x\r\nContent-Length: "+
		"10\r\n\r\n42", p.sid)
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, " 400 ") {
		t.Errorf("answered %q, %v, want a 400", line, err)
	}
	p.gone()
}

// The answer to a handshake of WebSocket has the headers that the caller wants in every answer.
func TestHeadersOfTheCaller(t *testing.T) {
	w := serve(t, Config{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(w.url, "/socket.io/?EIO=4"), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"+
		"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 101 || resp.Header.Get("X-Client-Addr") != conn.LocalAddr().String() {
		t.Errorf("%v %v, want 101 with X-Client-Addr: %v", resp, err, conn.LocalAddr())
	}
}

func TestShutdown(t *testing.T) {
	w := serve(t, Config{})
	s, p, idle := w.socket(), w.poller(), w.poller()
	s.connect("")
	p.connect("")
	idle.connect("")
	trying, err := w.dial("&sid=" + idle.sid)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan string)
	go func() {
		_, body := p.get()
		waiting <- body
	}()
	time.Sleep(20 * time.Millisecond)
	done := make(chan error)
	go func() {
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		done <- w.srv.Shutdown(ctx)
	}()
	s.want("close 1001")
	(&socket{world: w, Conn: trying}).want("close 1000")
	s.Close()
	trying.Close()
	if body := <-waiting; body != "1" {
		t.Errorf("the GET that waited got %q, want 1", body)
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	w.noted("disconnect / server shutting down\ndisconnect / server shutting down\ndisconnect / server shutting down")
	if status, _ := w.do("GET", "&transport=polling", ""); status != 503 {
		t.Errorf("a handshake after Shutdown = %d, want 503", status)
	}
	if _, err := w.dial(""); err == nil {
		t.Error("a WebSocket was let in after Shutdown")
	}
}

// A client that takes nothing has no more time than Shutdown has, and nothing of it is left behind.
func TestShutdownCutsOffWhoTakesNothing(t *testing.T) {
	w := serve(t, Config{WriteTimeout: time.Minute})
	s := w.socket()
	s.connect("")
	for range 100 { // more than fits into the buffers of a connection
		w.hub.Publish("news", 0, fmt.Appendf(nil, "%q", strings.Repeat("x", 256<<10)))
		time.Sleep(time.Millisecond) // or the queue is full before anything is written
	}
	for _, c := range []struct {
		limit time.Duration
		want  error
	}{{200 * time.Millisecond, context.DeadlineExceeded}, {2 * time.Second, nil}} { // the second one finds nothing
		ctx, stop := context.WithTimeout(t.Context(), c.limit)
		if err := w.srv.Shutdown(ctx); !errors.Is(err, c.want) {
			t.Errorf("Shutdown = %v, want %v", err, c.want)
		}
		stop()
	}
	w.noted("disconnect / server shutting down")
}

// The hub may close before the server does.
func TestTheHubCloses(t *testing.T) {
	w := serve(t, Config{})
	s, p := w.socket(), w.poller()
	s.connect("")
	p.connect("")
	w.hub.Close()
	s.want("close 1001")
	p.want("1")
	w.noted("disconnect / server shutting down\ndisconnect / server shutting down")
	late := w.socket()
	late.send("40")
	late.want("close 1001")
}

// A panic of the application ends the session it happened in.
func TestAPanicLeavesNothingBehind(t *testing.T) {
	w := serve(t, Config{})
	s, p := w.socket(), w.poller()
	s.connect("")
	p.connect("")
	s.send(`42["crash"]`)
	if got := s.recv(); !strings.Contains(got, "EOF") && !strings.HasPrefix(got, "close") {
		t.Errorf("got %s, want the end", got)
	}
	w.noted("disconnect / transport close")
	if _, _, err := w.try("POST", "&transport=polling&sid="+p.sid, `42["crash"]`); err == nil {
		t.Error("a POST during which the application failed was answered")
	}
	w.noted("disconnect / transport error")
}
