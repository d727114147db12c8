package socketio

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"pollwire/live/hub"
	"pollwire/rest/problem"
	"pollwire/wire/wsframe"
)

// world is a hub, a server of it, and what the application was told.
type world struct {
	*testing.T
	hub    *hub.Hub
	srv    *Server
	url    string
	client *http.Client

	mu  sync.Mutex
	log []string
}

// serve runs a world until the end of the test. Then nothing may be left of it.
func serve(t *testing.T, cfg Config) *world {
	t.Helper()
	before := runtime.NumGoroutine()
	w := &world{T: t, hub: hub.New(0, nil, func(context.Context, int64) error { return nil }),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.hub.Run(ctx) })
	cfg.Hub, cfg.Recover = w.hub, func() { recover() }
	w.srv = New(cfg)
	w.srv.Handle("/", w.echo())
	w.srv.Handle("/custom", w.echo())
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("X-Client-Addr", r.RemoteAddr)             // as a caller may want in every answer
		pw := problem.NewResponseWriter(rw, r, problem.Patience{}) // what a refusal leaves of a body is its business
		defer pw.End()
		problem.OwnErrors(w.srv).ServeHTTP(pw, pw.Request)
	}))
	w.url = server.URL + "/socket.io/?EIO=4"
	t.Cleanup(func() {
		w.hub.Close()
		limit, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		if err := w.srv.Shutdown(limit); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		server.Close()
		w.client.CloseIdleConnections()
		cancel()
		running.Wait()
		if n := w.srv.Sessions(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		if n := len(w.srv.memory.live) + len(w.srv.perAddr); n != 0 {
			t.Errorf("%d sockets and addresses are left", n)
		}
		for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(),
					stacks[:runtime.Stack(stacks, true)])
			}
		}
	})
	return w
}

// echo is the application that the protocol's own test suite asks for, and notes what it hears.
func (w *world) echo() Namespace {
	return Namespace{
		Admit: func(c *Socket, auth json.RawMessage) error {
			var in struct{ Token string }
			json.Unmarshal(auth, &in)
			switch in.Token {
			case "bad":
				return &ConnectError{"Not authorized", map[string]int{"status": 401}}
			case "broken":
				return errors.New("the inside")
			case "none":
				return nil
			}
			c.Data = auth
			return nil
		},
		Connect: func(c *Socket) {
			w.note("connect %s recovered=%t data=%s", c.namespace, c.Recovered, c.Data)
			c.Emit("auth", c.Data)
		},
		Event: func(c *Socket, e Event) []any {
			switch e.Name {
			case "message":
				c.Emit("message-back", e.Args)
			case "message-with-ack":
				return []any{e.Args}
			case "which way":
				if e.Via.Conn != nil {
					return []any{"websocket", e.Via.Request == nil, e.Via.Conn.RemoteAddr().String() == c.RemoteAddr.String()}
				}
				return []any{e.Via.Request.Method, e.Via.Request.URL.Query().Get("transport")}
			case "tell all":
				w.hub.Publish("news", 0, e.Args.JSON[0])
			case "leave":
				c.Disconnect()
				c.Emit("too late")
			case "ask":
				c.EmitAck(200*time.Millisecond, func(a Args, err error) { w.note("answer %s %x %v", a.JSON, a.Attachments, err) },
					"question", 1)
			case "crash":
				panic(http.ErrAbortHandler)
			}
			return nil
		},
		Disconnect: func(c *Socket, reason string) { w.note("disconnect %s %s", c.namespace, reason) },
	}
}

func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

// noted waits until the application was told this.
func (w *world) noted(want string) {
	w.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		w.mu.Lock()
		log := strings.Join(w.log, "\n")
		w.mu.Unlock()
		if strings.Contains(log, want) {
			return
		}
		if time.Now().After(end) {
			w.Fatalf("the application was not told %q, but:\n%s", want, log)
		}
	}
}

func (w *world) publish(from, to int) {
	for i := from; i <= to; i++ {
		w.hub.Publish("news", 0, fmt.Append(nil, i))
	}
}

// news is what a client gets of event number i.
func news(i int) string { return fmt.Sprintf(`42["news",%d,"%d"]`, i, i) }

// ---- a client that uses long-polling

type poller struct {
	*world
	sid string
}

// do sends a request, and returns its status and body.
func (w *world) do(method, query, body string) (int, string) {
	status, answer, err := w.try(method, query, body)
	if err != nil {
		w.Helper()
		w.Errorf("%s %s: %v", method, query, err)
	}
	return status, answer
}

func (w *world) try(method, query, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, w.url+query, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	resp, err := w.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

type parameters struct {
	Sid                                   string
	Upgrades                              []string
	PingInterval, PingTimeout, MaxPayload int
}

func (w *world) poller() *poller {
	w.Helper()
	status, body := w.do("GET", "&transport=polling", "")
	var in parameters
	if status != 200 || !strings.HasPrefix(body, "0") || json.Unmarshal([]byte(body[1:]), &in) != nil {
		w.Fatalf("handshake = %d %s", status, body)
	}
	return &poller{w, in.Sid}
}

func (p *poller) get() (int, string) {
	p.Helper()
	return p.do("GET", "&transport=polling&sid="+p.sid, "")
}
func (p *poller) post(body string) (int, string) {
	p.Helper()
	return p.do("POST", "&transport=polling&sid="+p.sid, body)
}

// send posts packets, which must be taken.
func (p *poller) send(packets ...string) {
	p.Helper()
	if status, body := p.post(strings.Join(packets, "\x1e")); status != 200 || body != "ok" {
		p.Fatalf("POST %q = %d %s, want 200 ok", packets, status, body)
	}
}

// want gets packets until it has these.
func (p *poller) want(packets ...string) {
	p.Helper()
	var got []string
	for len(got) < len(packets) {
		status, body := p.get()
		if status != 200 {
			p.Fatalf("GET = %d %s, want %q", status, body, packets[len(got):])
		}
		got = append(got, strings.Split(body, "\x1e")...)
	}
	if strings.Join(got, "\x1e") != strings.Join(packets, "\x1e") {
		p.Fatalf("got %q, want %q", got, packets)
	}
}

// waits returns when a GET of p waits.
func (p *poller) waits() {
	p.Helper()
	s := p.srv.session(p.sid)
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		getting := s.getting
		s.mu.Unlock()
		if getting {
			return
		}
		if time.Now().After(end) {
			p.Fatal("no GET has come")
		}
	}
}

func (p *poller) gone() {
	p.Helper()
	if status, body := p.get(); status != 400 || body != `{"code":1,"message":"Session ID unknown"}` {
		p.Errorf("GET after the end = %d %s, want 400 and code 1", status, body)
	}
}

// connect joins the namespace "/", and returns the names that it got.
func (p *poller) connect(auth string) (names struct{ Sid, Pid string }) {
	p.Helper()
	p.send("40" + auth)
	_, body := p.get()
	first, _, _ := strings.Cut(body, "\x1e")
	if json.Unmarshal([]byte(strings.TrimPrefix(first, "40")), &names) != nil || names.Sid == "" {
		p.Fatalf("the answer to CONNECT is %q", body)
	}
	if !strings.Contains(body, "\x1e") {
		p.get() // the event of the application
	}
	return names
}

// ---- a client that uses a WebSocket

type socket struct {
	*world
	*websocket.Conn
	parameters
}

// dial opens a WebSocket.
func (w *world) dial(query string) (*websocket.Conn, error) {
	url := strings.Replace(w.url, "http:", "ws:", 1) + "&transport=websocket" + query
	config, err := websocket.NewConfig(url, "http://example.org")
	if err != nil {
		return nil, err
	}
	config.Header.Del("Origin")
	c, err := config.DialContext(context.Background())
	if err == nil {
		w.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	return c, err
}

// socket opens a session with a WebSocket.
func (w *world) socket() *socket {
	w.Helper()
	c, err := w.dial("")
	if err != nil {
		w.Fatal(err)
	}
	s := &socket{world: w, Conn: c}
	if open := s.recv(); !strings.HasPrefix(open, "0") || json.Unmarshal([]byte(open[1:]), &s.parameters) != nil {
		w.Fatalf("open packet = %s", open)
	}
	return s
}

func (s *socket) send(messages ...any) {
	s.Helper()
	for _, m := range messages {
		if err := websocket.Message.Send(s.Conn, m); err != nil {
			s.Errorf("send %v: %v", m, err)
		}
	}
}

// recv returns the next message: a text as it is, a binary one as <01 02>, a close frame as close 1000, the end as an
// error's text.
func (s *socket) recv() string {
	frame, err := s.NewFrameReader()
	if err != nil {
		return err.Error()
	}
	data, err := io.ReadAll(frame)
	switch {
	case err != nil:
		return err.Error()
	case frame.PayloadType() == wsframe.OpBinary:
		return fmt.Sprintf("<% x>", data)
	case frame.PayloadType() == wsframe.OpClose:
		code, _, _ := wsframe.ParseClose(data)
		return fmt.Sprint("close ", code)
	case frame.PayloadType() == wsframe.OpPong:
		return "pong " + string(data)
	}
	return string(data)
}

func (s *socket) want(messages ...string) {
	s.Helper()
	for _, want := range messages {
		if got := s.recv(); got != want {
			s.Fatalf("got %.200q, want %q", got, want)
		}
	}
}

// connect joins the namespace "/", and returns the names that it got.
func (s *socket) connect(auth string) (names struct{ Sid, Pid string }) {
	s.Helper()
	s.send("40" + auth)
	answer := s.recv()
	if json.Unmarshal([]byte(strings.TrimPrefix(answer, "40")), &names) != nil || names.Sid == "" {
		s.Fatalf("the answer to CONNECT is %q", answer)
	}
	if event := s.recv(); !strings.HasPrefix(event, `42["auth",`) {
		s.Fatalf("the application's event is %q", event)
	}
	return names
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// hexOf reads what recv writes of a binary message.
func hexOf(text string) []byte {
	b, err := hex.DecodeString(strings.NewReplacer("<", "", ">", "", " ", "").Replace(text))
	if err != nil {
		panic(err)
	}
	return b
}
