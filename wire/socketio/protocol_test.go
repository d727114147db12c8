package socketio

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The Engine.IO protocol, and what ends a session. The names of these tests are those of the sections of the protocol
// documents and of their test suites.

var hasty = Config{PingInterval: 300 * time.Millisecond, PingTimeout: 200 * time.Millisecond,
	ConnectTimeout: time.Second, MaxPayload: 1_000_000, Recovery: -1}

func TestHandshake(t *testing.T) {
	w := serve(t, hasty)
	check := func(name, open string, upgrades []string) {
		var raw map[string]any
		var in parameters
		if !strings.HasPrefix(open, "0") || json.Unmarshal([]byte(open[1:]), &raw) != nil ||
			json.Unmarshal([]byte(open[1:]), &in) != nil {
			t.Fatalf("%s: open packet = %q", name, open)
		}
		if len(raw) != 5 || len(in.Sid) < 20 || in.PingInterval != 300 || in.PingTimeout != 200 ||
			in.MaxPayload != 1_000_000 ||
			fmt.Sprint(in.Upgrades) != fmt.Sprint(upgrades) || in.Upgrades == nil {
			t.Errorf("%s: open packet = %s", name, open)
		}
	}
	status, body := w.do("GET", "&transport=polling&t=N8hyd6w", "")
	if status != 200 {
		t.Errorf("handshake = %d", status)
	}
	check("HTTP long-polling", body, []string{"websocket"})
	c, err := w.dial("")
	if err != nil {
		t.Fatal(err)
	}
	check("WebSocket", (&socket{world: w, Conn: c}).recv(), []string{})
}

func TestRefusedRequests(t *testing.T) {
	w := serve(t, hasty)
	p, ws := w.poller(), w.socket()
	base := strings.TrimSuffix(w.url, "EIO=4")
	for _, tt := range []struct {
		name, method, query string
		status              int
		body                string
	}{
		{"without EIO", "GET", "transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		{"EIO=abc", "GET", "EIO=abc&transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		{"EIO=3", "GET", "EIO=3&transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		{"EIO=3 in a session", "GET", "EIO=3&transport=polling&sid=" + p.sid, 400, `{"code":3,"message":"Bad request"}`},
		{"without a transport", "GET", "EIO=4", 400, `{"code":0,"message":"Transport unknown"}`},
		{"an unknown transport", "GET", "EIO=4&transport=abc", 400, `{"code":0,"message":"Transport unknown"}`},
		{"an unknown sid", "GET", "EIO=4&transport=polling&sid=abc", 400, `{"code":1,"message":"Session ID unknown"}`},
		{"an unknown sid in a POST", "POST", "EIO=4&transport=polling&sid=abc", 400,
			`{"code":1,"message":"Session ID unknown"}`},
		{"a handshake by POST", "POST", "EIO=4&transport=polling", 400, `{"code":2,"message":"Bad handshake method"}`},
		{"a handshake by PUT", "PUT", "EIO=4&transport=polling", 400, `{"code":2,"message":"Bad handshake method"}`},
		{"PUT in a session", "PUT", "EIO=4&transport=polling&sid=" + p.sid, 400, `{"code":3,"message":"Bad request"}`},
		{"a WebSocket without a handshake", "GET", "EIO=4&transport=websocket", 400, `{"code":3,"message":"Bad request"}`},
		{"an upgrade without a handshake", "GET", "EIO=4&transport=websocket&sid=" + p.sid, 400,
			`{"code":3,"message":"Bad request"}`},
		{"long-polling in a session of a WebSocket", "GET", "EIO=4&transport=polling&sid=" + ws.Sid, 400,
			`{"code":3,"message":"Bad request"}`},
		{"a POST in a session of a WebSocket", "POST", "EIO=4&transport=polling&sid=" + ws.Sid, 400,
			`{"code":3,"message":"Bad request"}`},
		{"a transport twice", "GET", "EIO=4&transport=polling&transport=websocket", 400,
			`{"code":3,"message":"Bad request"}`},
		{"two revisions", "GET", "EIO=4&EIO=3&transport=polling", 400, `{"code":3,"message":"Bad request"}`},
		{"one revision twice", "GET", "EIO=4&EIO=4&transport=polling", 400, `{"code":3,"message":"Bad request"}`},
		{"two sids", "GET", "EIO=4&transport=polling&sid=" + p.sid + "&sid=abc", 400, `{"code":3,"message":"Bad request"}`},
		{"a malformed query", "GET", "EIO=4&transport=polling;&sid=%zz", 400, `{"code":3,"message":"Bad request"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequest(tt.method, base+tt.query, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := w.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tt.status || string(body) != tt.body || resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %s = %d %s, want %d %s", tt.method, tt.query, resp.StatusCode, body, tt.status, tt.body)
			}
		})
	}
	w.second(ws.Sid)
	if _, err := w.dial("&EIO=3&sid=abc"); err == nil {
		t.Error("a WebSocket was let into an unknown session")
	}
	p.send("40") // neither session has come to harm
	ws.connect("")
}

func TestHeartbeat(t *testing.T) {
	w := serve(t, Config{PingInterval: 60 * time.Millisecond, PingTimeout: 100 * time.Millisecond})
	t.Run("HTTP long-polling: ping and pong", func(t *testing.T) {
		p := w.poller()
		for range 3 {
			p.want("2")
			p.send("3")
		}
	})
	t.Run("WebSocket: ping and pong", func(t *testing.T) {
		w := serve(t, Config{PingInterval: 150 * time.Millisecond, PingTimeout: 50 * time.Millisecond})
		s := w.socket()
		for range 3 {
			s.want("2")
			s.send("3")
			began := time.Now()
			s.send("40")
			s.recv()
			s.want(`42["auth",{}]`)
			s.send("41", "3") // a pong that nobody waits for changes nothing
			s.want("2")
			s.send("3")
			if d := time.Since(began); d < 130*time.Millisecond {
				t.Errorf("the next ping came %v after the pong", d)
			}
		}
	})
	t.Run("HTTP long-polling: a silent client", func(t *testing.T) {
		p := w.poller()
		p.send("40")
		time.Sleep(250 * time.Millisecond)
		p.gone()
		w.noted("disconnect / ping timeout")
	})
	t.Run("HTTP long-polling: one that listens and never answers", func(t *testing.T) {
		p := w.poller()
		p.want("2", "1")
		p.gone()
	})
	t.Run("WebSocket: a silent client", func(t *testing.T) {
		w.socket().want("2", "close 1008")
	})
	t.Run("a ping from the client", func(t *testing.T) {
		s := w.socket()
		s.send("2")
		s.want("close 1002")
	})
}

func TestClose(t *testing.T) {
	w := serve(t, hasty)
	t.Run("HTTP long-polling", func(t *testing.T) {
		p := w.poller()
		waiting := make(chan string)
		go func() {
			_, body := p.get()
			waiting <- body
		}()
		time.Sleep(20 * time.Millisecond)
		p.send("1")
		if body := <-waiting; body != "6" {
			t.Errorf("the GET that waited got %q, want 6", body)
		}
		p.gone()
	})
	t.Run("WebSocket", func(t *testing.T) {
		s := w.socket()
		s.send("1")
		s.want("close 1000")
	})
	t.Run("WebSocket, by a close frame", func(t *testing.T) {
		s := w.socket()
		s.connect("")
		s.WriteClose(1001)
		s.want("close 1001")
		w.noted("disconnect / transport close")
		if n, _ := w.hub.Stats(); n != 0 {
			t.Errorf("%d still listen to the hub", n)
		}
	})
}

// The official test suite, "close", "HTTP long-polling": a GET and the POST of a close packet leave at the same moment,
// over two connections, and the POST may overtake.
func TestAGETThatACloseOvertakes(t *testing.T) {
	w := serve(t, hasty)
	for range 10 {
		p := w.poller()
		s := w.srv.session(p.sid)
		posted := make(chan string)
		go func() {
			_, body := p.post("1")
			posted <- body
		}()
		for !s.ended() {
			time.Sleep(time.Millisecond)
		}
		if status, body := p.get(); status != 200 || body != "6" {
			t.Fatalf("the GET = %d %s, want 200 and 6", status, body)
		}
		p.gone() // one GET, no more
		if body := <-posted; body != "ok" {
			t.Errorf("the POST = %s, want ok", body)
		}
		p.gone()
	}
	p := w.poller() // nobody asks
	p.send("1")
	p.gone()
	w.srv.mu.Lock()
	defer w.srv.mu.Unlock()
	if n := len(w.srv.leaving); n > 0 {
		t.Errorf("%d sessions are still kept for a GET", n)
	}
}

// The official test suite, "heartbeat": a client that asks when its time is over gets a 400, also where the server's
// timer is late.
func TestAPongThatIsMissedEndsTheSessionInTime(t *testing.T) {
	w := serve(t, Config{})
	p := w.poller()
	s := w.srv.session(p.sid)
	s.mu.Lock()
	s.pongDue, s.due = true, time.Now()
	s.mu.Unlock()
	p.gone()
	p.gone()
}

// Engine.IO protocol, "Heartbeat": the client has pingTimeout from when the ping is sent. With long-polling that is
// when a GET takes it.
func TestAPingCountsFromWhenItIsSent(t *testing.T) {
	const timeout = 10 * time.Second
	w := serve(t, Config{PingTimeout: timeout})
	left := func(s *session) time.Duration {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.pongDue {
			t.Fatal("no ping was sent")
		}
		return time.Until(s.due)
	}
	late := func(s *session, by time.Duration) { // the timer of a busy machine
		s.mu.Lock()
		s.due = time.Now().Add(-by)
		s.mu.Unlock()
		s.heartbeat()
	}
	p := w.poller()
	s := w.srv.session(p.sid)
	late(s, timeout/2)
	if d := left(s); d > timeout/2 {
		t.Errorf("a client that does not listen is given %v, want no more than %v", d, timeout/2)
	}
	p.want("2")
	if d := left(s); d < timeout*9/10 {
		t.Errorf("a client that has taken its ping late is given %v, want %v", d, timeout)
	}
	p.send("3")
	answers := make(chan string)
	go func() {
		_, body := p.get()
		answers <- body
	}()
	p.waits()
	late(s, timeout/2)
	if d := left(s); d < timeout*9/10 {
		t.Errorf("a client that listens is given %v, want %v", d, timeout)
	}
	if body := <-answers; body != "2" {
		t.Errorf("the GET got %q, want 2", body)
	}
	socket := w.socket()
	s = w.srv.session(socket.Sid)
	late(s, timeout/2)
	if d := left(s); d < timeout*9/10 {
		t.Errorf("a client with a WebSocket is given %v, want %v", d, timeout)
	}
}

// RFC 9110 §9.3.2 and §9.2.1: HEAD is answered as GET, and changes nothing.
func TestHEAD(t *testing.T) {
	w := serve(t, hasty)
	p := w.poller()
	for query, want := range map[string]int{"&transport=polling": 200, "&transport=polling&sid=" + p.sid: 200,
		"&transport=polling&sid=x": 400, "&transport=websocket": 400, "": 400} {
		if status, body := w.do("HEAD", query, ""); status != want || body != "" {
			t.Errorf("HEAD %s = %d %s, want %d", query, status, body, want)
		}
	}
	if n := w.srv.Sessions(); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
	p.connect("")
}

// "Receiving data": no more than one GET, and "Sending data": no more than one POST.
func TestOneRequestOfAKindAtATime(t *testing.T) {
	w := serve(t, Config{})
	p := w.poller()
	p.connect("")
	first := make(chan string)
	go func() {
		_, body := p.get()
		first <- body
	}()
	time.Sleep(20 * time.Millisecond)
	if status, body := p.get(); status != 400 || body != `{"code":3,"message":"Bad request"}` {
		t.Errorf("a second GET = %d %s, want 400", status, body)
	}
	w.noted("disconnect / transport error")
	if body := <-first; body != "1" {
		t.Errorf("the first GET got %q, want 1", body)
	}
	p.gone()

	p = w.poller()
	p.connect("")
	half, more := io.Pipe()
	r, _ := http.NewRequest("POST", w.url+"&transport=polling&sid="+p.sid, half)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := w.client.Do(r); err == nil {
			resp.Body.Close()
		}
	}()
	io.WriteString(more, "42")
	time.Sleep(20 * time.Millisecond)
	if status, _ := p.post("3"); status != 400 {
		t.Errorf("a second POST = %d, want 400", status)
	}
	p.gone()
	w.noted("disconnect / transport error\nconnect / recovered=false data={}\ndisconnect / transport error")
	more.Close()
	<-done
}

func TestACancelledGETEndsTheSession(t *testing.T) {
	w := serve(t, hasty)
	p := w.poller()
	p.connect("")
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "GET", w.url+"&transport=polling&sid="+p.sid, nil)
	go func() { time.Sleep(20 * time.Millisecond); cancel() }()
	if resp, err := w.client.Do(r); err == nil {
		t.Errorf("the GET was answered: %v", resp.Status)
	}
	w.noted("disconnect / transport close")
	p.gone()
}

// The official test suite, "message", "closes the session upon cancelled polling request": the next GET may be there
// before anybody has noticed that the last one is cancelled.
func TestAGETBehindACancelledOne(t *testing.T) {
	w := serve(t, Config{})
	for range 50 {
		p := w.poller()
		ctx, cancel := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, "GET", w.url+"&transport=polling&sid="+p.sid, nil)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if resp, err := w.client.Do(r); err == nil {
				resp.Body.Close()
			}
		}()
		p.waits()
		cancel()
		if status, body := p.get(); status != 400 {
			t.Fatalf("the GET = %d %q, want 400", status, body)
		}
		<-done
	}
}

// A malformed packet ends its own session and no other.
func TestInvalidFormat(t *testing.T) {
	w := serve(t, Config{MaxPayload: 1000})
	good, still := w.socket(), w.poller()
	good.connect("")
	still.connect("")
	for name, messages := range map[string][]any{
		"no packet of Engine.IO":              {"abc"},
		"an open packet":                      {"0"},
		"an upgrade packet":                   {"5"},
		"an unknown packet type":              {"4abc"},
		"an invalid payload":                  {"42{}"},
		"an empty payload":                    {"42[]"},
		"an invalid ack id":                   {`42abc["message-with-ack",1,"2",{"3":[false]}]`},
		"a reserved name":                     {`42["disconnect"]`},
		"an event to a namespace not joined":  {`42/custom,["message"]`},
		"binary data that nobody announced":   {[]byte{1}},
		"text where an attachment was due":    {`451-["message",{"_placeholder":true,"num":0}]`, `42["message"]`},
		"a placeholder for no attachment":     {`451-["message",{"_placeholder":true,"num":1}]`, []byte{1}},
		"attachments that are large together": {`452-["message"]`, make([]byte, 600), make([]byte, 600)},
	} {
		t.Run(name, func(t *testing.T) {
			s := w.socket()
			s.connect("")
			s.send(messages...)
			s.want("close 1002")

			p := w.poller()
			p.connect("")
			var body []string
			for _, m := range messages {
				if b, ok := m.([]byte); ok {
					m = "b" + string(base64Of(b))
				}
				body = append(body, m.(string))
			}
			if status, _ := p.post(strings.Join(body, "\x1e")); status != 400 && status != 413 {
				t.Errorf("POST %.60q = %d, want 400", body, status)
			}
			p.gone()
		})
	}
	w.noted("disconnect / parse error")
	good.send(`42["message",1]`)
	good.want(`42["message-back",1]`)
	still.send(`42["message",1]`)
	still.want(`42["message-back",1]`)
}

func TestTheFirstPacketMustBeCONNECT(t *testing.T) {
	w := serve(t, hasty)
	for _, first := range []string{"4abc", `42["message"]`, "41", `431["x"]`} {
		s := w.socket()
		s.send(first)
		s.want("close 1002")
	}
	w.socket().want("2", "close 1008") // none at all: the pings go unanswered, too
	slow := serve(t, Config{ConnectTimeout: 50 * time.Millisecond})
	slow.socket().want("close 1008")
	p := slow.poller()
	p.want("1")
	p.gone()
	s := slow.socket()
	s.connect("")
	time.Sleep(100 * time.Millisecond)
	s.send(`42["message"]`)
	s.want(`42["message-back"]`)
	s.send("41")
	s.want("close 1008") // who has left all namespaces is idle again
}
