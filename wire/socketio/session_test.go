package socketio

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Socket.IO protocol, "Sample session", byte by byte but for the names that each server makes by itself. Where the
// document has the server send on its own accord, a client here asks for it.
func TestSampleSession(t *testing.T) {
	w := serve(t, Config{PingInterval: 700 * time.Millisecond, Recovery: -1})
	w.srv.Handle("/admin", Namespace{Event: func(c *Socket, e Event) []any {
		if e.Name != "tellme" || !e.Ack {
			t.Errorf("event %+v, want tellme with an ack", e)
		}
		return []any{Binary{1, 2, 3, 4}}
	}})
	p := w.poller() // request 1
	if status, body := p.post("40"); status != 200 || body != "ok" {
		t.Errorf("request 2 = %d %s", status, body)
	}
	status, body := p.get()
	names := strings.TrimSuffix(strings.TrimPrefix(body, `40{"sid":"`), "\"}\x1e42[\"auth\",{}]")
	if status != 200 || len(names) < 20 || strings.ContainsAny(names, `"{}`) {
		t.Errorf("request 3 = %d %s", status, body)
	}
	w.srv.session(p.sid).sockets["/"].Emit("hey", "Jude")
	if status, body := p.get(); status != 200 || body != `42["hey","Jude"]` {
		t.Errorf("request 4 = %d %s", status, body)
	}
	if status, body := p.post("42[\"hello\"]\x1e42[\"world\"]"); status != 200 || body != "ok" {
		t.Errorf("request 5 = %d %s", status, body)
	}
	c, err := w.dial("&sid=" + p.sid) // request 6
	if err != nil {
		t.Fatal(err)
	}
	s := &socket{world: w, Conn: c}
	s.send("2probe")
	s.want("3probe")
	s.send("5", `42["hello"]`, `42["world"]`, "40/admin,")
	if got := s.recv(); !strings.HasPrefix(got, `40/admin,{"sid":"`) {
		t.Errorf("the answer to 40/admin, is %s", got)
	}
	s.send(`42/admin,1["tellme"]`)
	s.want(`461-/admin,1[{"_placeholder":true,"num":0}]`, "<01 02 03 04>", "2") // after a while without message
	s.send("3", "1")
	s.want("close 1000")
}

// upgrade changes p's session to a WebSocket.
func (p *poller) upgrade() *socket {
	p.Helper()
	c, err := p.dial("&sid=" + p.sid)
	if err != nil {
		p.Fatal(err)
	}
	s := &socket{world: p.world, Conn: c}
	s.send("2probe")
	s.want("3probe")
	return s
}

// second tries a WebSocket for a session that has one: it is let in, so that the client understands, and closed.
func (w *world) second(sid string) {
	w.Helper()
	c, err := w.dial("&sid=" + sid)
	if err != nil {
		w.Errorf("a second WebSocket: %v, want a 101", err)
		return
	}
	(&socket{world: w, Conn: c}).want("close 1008")
	c.Close()
}

// Event.Via is what carries the event now, not of what began the session.
func TestAnEventTellsWhatBroughtIt(t *testing.T) {
	w := serve(t, Config{})
	s := w.socket()
	s.connect("")
	s.send(`427["which way"]`)
	s.want(`437["websocket",true,true]`)

	p := w.poller()
	p.connect("")
	p.send(`427["which way"]`)
	p.want(`437["POST","polling"]`)
	s = p.upgrade()
	s.send("5", `428["which way"]`)
	s.want(`438["websocket",true,false]`)

	p = w.poller()
	p.connect("")
	session := w.srv.session(p.sid)
	session.in.Lock()
	defer session.in.Unlock()
	if session.from.Request != nil {
		t.Errorf("a session at rest keeps the request for %s", session.from.Request.URL)
	}
}

// What a client puts into its handshake is forgotten: a socket that lives for a day costs no more for it.
func TestAWebSocketKeepsNoHeaderSection(t *testing.T) {
	w := serve(t, Config{})
	freed := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		kept := make([]string, 1000)
		runtime.AddCleanup(&kept[0], func(what string) { freed <- what }, r.URL.Query().Get("transport"))
		r.Header["X-Large"] = kept
		w.srv.ServeHTTP(rw, r)
	}))
	defer server.Close()
	own := w.url
	defer func() { w.url = own }()
	w.url = server.URL + "/socket.io/?EIO=4"

	awaitFreed := func(want string) {
		t.Helper()
		for deadline := time.After(5 * time.Second); ; {
			runtime.GC()
			select {
			case got := <-freed:
				if got == want {
					return
				}
			case <-time.After(10 * time.Millisecond):
			case <-deadline:
				t.Fatalf("the header section of a request by %s is still there", want)
			}
		}
	}
	s := w.socket()
	s.connect("")
	s.send(`427["which way"]`)
	s.want(`437["websocket",true,true]`)
	awaitFreed("websocket")
	p := w.poller()
	p.connect("")
	upgraded := p.upgrade()
	upgraded.send("5", `428["which way"]`)
	upgraded.want(`438["websocket",true,false]`)
	awaitFreed("websocket")
	s.send(`429["which way"]`) // both still live
	s.want(`439["websocket",true,true]`)
	upgraded.send(`429["which way"]`)
	upgraded.want(`439["websocket",true,false]`)
}

// Engine.IO protocol, "Upgrade".
func TestUpgrade(t *testing.T) {
	w := serve(t, Config{UpgradeTimeout: 4 * probePause})
	p := w.poller()
	p.connect("")
	waiting := make(chan string)
	go func() {
		_, body := p.get()
		waiting <- body
	}()
	time.Sleep(20 * time.Millisecond)
	s := p.upgrade()
	if body := <-waiting; body != "6" {
		t.Errorf("the GET that waited got %q, want 6", body)
	}
	p.want("6") // and so does one that comes later
	w.second(p.sid)
	w.publish(1, 3) // goes the old way as long as there is no 5
	p.want(news(1), news(2), news(3))
	w.publish(4, 4) // waits
	time.Sleep(20 * time.Millisecond)
	s.send("5", `42["message",1]`)
	s.want(news(4), `42["message-back",1]`)
	time.Sleep(4 * probePause) // nothing is left of the time limit
	if status, body := p.get(); status != 400 || body != `{"code":3,"message":"Bad request"}` {
		t.Errorf("GET after the upgrade = %d %s, want 400", status, body)
	}
	if status, _ := p.post(`42["message"]`); status != 400 {
		t.Errorf("POST after the upgrade = %d, want 400", status)
	}
	w.second(p.sid)
	w.publish(5, 5)
	s.want(news(5))
	s.Close()
	w.noted("disconnect / transport close")
}

// A client that asks on during an upgrade, against the rules, takes nothing away from the WebSocket. The official test
// suite, "upgrade": behind the 5 long-polling is a 400.
func TestUpgradeBesideAGET(t *testing.T) {
	w := serve(t, Config{})
	p := w.poller()
	p.connect("")
	s := p.upgrade()
	p.want("6")
	waiting := make(chan string)
	go func() {
		_, body := p.get()
		waiting <- body
	}()
	time.Sleep(20 * time.Millisecond)
	s.send("5", `42["message",1]`)
	s.want(`42["message-back",1]`)
	if body := <-waiting; body != `{"code":3,"message":"Bad request"}` {
		t.Errorf("the GET that waited got %q, want a 400", body)
	}
	s.send(`42["message",2]`)
	s.want(`42["message-back",2]`)
}

// The official test suite, "upgrade": the 5 and the GET travel over two connections.
func TestAGETBehindTheUpgradePacket(t *testing.T) {
	w := serve(t, Config{})
	for range 20 {
		p := w.poller()
		s := p.upgrade()
		s.send("5")
		if status, body := p.get(); status != 400 || body != `{"code":3,"message":"Bad request"}` {
			t.Fatalf("the GET = %d %s, want 400", status, body)
		}
		w.second(p.sid)
		s.connect("")
		s.Close()
	}
}

// Engine.IO protocol, "Upgrade": who sends the 5 right behind the 2probe has no GET that could bring anything. In the
// official suite of Socket.IO the GET travels over a connection of its own, and may be there first.
func TestA5RightBehindThe2probe(t *testing.T) {
	w := serve(t, Config{})
	for range 20 {
		p := w.poller()
		answers := make(chan string)
		go func() {
			_, body := p.get()
			answers <- body
		}()
		p.waits()
		c, err := w.dial("&sid=" + p.sid)
		if err != nil {
			t.Fatal(err)
		}
		s := &socket{world: w, Conn: c}
		s.send("2probe", "5")
		s.want("3probe")
		if body := <-answers; body != `{"code":3,"message":"Bad request"}` {
			t.Fatalf("the GET got %q, want a 400", body)
		}
		s.connect("")
		s.Close()
	}
}

func TestUpgradeThatFails(t *testing.T) {
	w := serve(t, Config{UpgradeTimeout: 150 * time.Millisecond})
	p := w.poller()
	p.connect("")
	for name, try := range map[string]func(*socket){
		"no probe":                 func(s *socket) { s.send("2other"); s.want("close 1000") },
		"binary":                   func(s *socket) { s.send([]byte("2probe")); s.want("close 1000") },
		"no upgrade packet":        func(s *socket) { s.send("2probe", "4x"); s.want("3probe", "close 1000") },
		"gone before the probe":    func(s *socket) { s.Close() },
		"gone after the probe":     func(s *socket) { s.send("2probe"); s.want("3probe"); s.Close() },
		"a close frame":            func(s *socket) { s.WriteClose(1000); s.want("close 1000") },
		"never any":                func(s *socket) { s.want("close 1000") },
		"never any, but the probe": func(s *socket) { s.send("2probe"); s.want("3probe", "close 1000") },
	} {
		t.Run(name, func(t *testing.T) {
			s := p.try()
			try(s)
			s.Close()
			time.AfterFunc(probePause*3/2, func() { w.hub.Publish("news", 0, []byte("1")) })
			if _, body := p.get(); !strings.HasPrefix(body, `42["news",1,`) && body != "6" {
				t.Errorf("GET = %s", body)
			} else if body == "6" { // the end of the probe was not known yet
				if _, body := p.get(); body == "6" {
					t.Error("GETs end early though no WebSocket is tried")
				}
			}
			p.send(`42["message",1]`) // the session goes on
			p.want(`42["message-back",1]`)
		})
	}
	s := p.try() // the session's end is that of its probe
	p.send("1")
	s.want("close 1000")
	s.Close()
}

// try begins an upgrade, when the last one that was tried is over.
func (p *poller) try() *socket {
	p.Helper()
	s := p.srv.session(p.sid)
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		s.mu.Lock()
		busy := s.upgrading
		s.mu.Unlock()
		if !busy {
			break
		}
		if time.Now().After(end) {
			p.Fatal("an upgrade that has failed is not over")
		}
	}
	c, err := p.dial("&sid=" + p.sid)
	if err != nil {
		p.Fatal(err)
	}
	return &socket{world: p.world, Conn: c}
}

// What is queued while the transports change is delivered once and in order.
func TestUpgradeUnderTraffic(t *testing.T) {
	w := serve(t, Config{})
	const perRound = 60
	for round := range 40 {
		p := w.poller()
		p.connect("")
		first := round*perRound + 1
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := first; i < first+perRound; i++ {
				w.publish(i, i)
				if i%8 == 0 {
					time.Sleep(300 * time.Microsecond)
				}
			}
		}()
		// As the JavaScript client does it: it goes on asking until the 3probe is there, ends its last GET, then sends 5.
		probed, paused := make(chan struct{}), make(chan []string)
		go func() {
			var got []string
			for {
				status, body := p.get()
				if status != 200 {
					t.Errorf("GET = %d %s", status, body)
				}
				for packet := range strings.SplitSeq(body, "\x1e") {
					if packet != "6" {
						got = append(got, packet)
					}
				}
				select {
				case <-probed:
					paused <- got
					return
				default:
				}
			}
		}()
		s := p.upgrade()
		close(probed)
		got := <-paused
		s.send("5")
		for len(got) < perRound {
			got = append(got, s.recv())
		}
		for i, packet := range got {
			if packet != news(first+i) {
				t.Fatalf("round %d: packet %d is %s, want %s", round, i, packet, news(first+i))
			}
		}
		<-done
		s.send("1")
		s.want("close 1000")
	}
}

func TestWebSocketControlFrames(t *testing.T) {
	w := serve(t, Config{MaxPayload: 1000})
	s := w.socket()
	s.PayloadType = 9
	s.Write([]byte("are you there"))
	s.want("pong are you there")
	s.PayloadType = 1
	s.send("40", fmt.Sprintf(`42["message",%q]`, strings.Repeat("x", 2000)))
	s.recv()
	s.recv()
	s.want("close 1009")
	s = w.socket()
	s.PayloadType = 1
	s.Write([]byte("4\xff"))
	s.want("close 1007")
	p := w.poller() // a ping within a probe is answered, too
	c, err := w.dial("&sid=" + p.sid)
	if err != nil {
		t.Fatal(err)
	}
	s = &socket{world: w, Conn: c}
	s.PayloadType = 9
	s.Write([]byte("x"))
	s.want("pong x")
}
