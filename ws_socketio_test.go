package main

// Socket.IO as part of the program: one room with all other protocols. What the protocol itself demands is tested in
// package socketio, and with its own clients in e2e/.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// sio is a client of Socket.IO: packets out, packets in, over either transport.
type sio struct {
	*rig
	send    func(packet string)
	packets chan string // of Engine.IO; closed at the end
	cut     func()      // ends the connection without a word
	sid     string      // of the socket, not of the session
	pid     string
	heard   []news // what everybody got
}

// news is an event that everybody gets.
type news struct {
	seq        int64
	name, data string
}

// over are the transports.
var over = []string{"polling", "websocket"}

// connect opens a session over a transport and connects to the namespace / with auth, an object in JSON or "".
func (r *rig) connect(transport, auth string) *sio {
	r.Helper()
	s := r.session(transport)
	s.send("40" + auth)
	hello := s.next()
	var in struct{ Sid, Pid string }
	if !strings.HasPrefix(hello, "40") || json.Unmarshal([]byte(hello[2:]), &in) != nil {
		r.Fatalf("CONNECT %s was answered by %s", auth, hello)
	}
	s.sid, s.pid = in.Sid, in.Pid
	return s
}

func (r *rig) session(transport string) *sio {
	r.Helper()
	s := &sio{rig: r, packets: make(chan string, 10_000)}
	if transport == "polling" {
		s.poll()
	} else {
		s.socket()
	}
	return s
}

func (s *sio) socket() {
	conn, err := websocket.Dial("ws://"+s.ws+"/socket.io/?EIO=4&transport=websocket", "", "http://localhost")
	if err != nil {
		s.Fatal(err)
	}
	s.send = func(packet string) { websocket.Message.Send(conn, packet) }
	s.cut = func() { conn.Close() }
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(s.packets)
		for {
			var packet string
			if websocket.Message.Receive(conn, &packet) != nil {
				return
			}
			s.packets <- packet
		}
	})
	s.Cleanup(func() { conn.Close(); reading.Wait() })
	if open := s.next(); !strings.HasPrefix(open, `0{"sid":`) {
		s.Fatalf("a session begins with %s", open)
	}
}

func (s *sio) poll() {
	ctx, cancel := context.WithCancel(context.Background())
	client := &http.Client{Transport: &http.Transport{}}
	url := "http://" + s.ws + "/socket.io/?EIO=4&transport=polling"
	ask := func(method, body string) (string, error) {
		req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		resp, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 {
			return "", fmt.Errorf("%d %s", resp.StatusCode, text)
		}
		return string(text), err
	}
	var in struct{ Sid string }
	open, err := ask("GET", "")
	if err != nil || json.Unmarshal([]byte(open[1:]), &in) != nil {
		s.Fatalf("handshake: %q, %v", open, err)
	}
	url += "&sid=" + in.Sid
	s.send = func(packet string) {
		if answer, err := ask("POST", packet); answer != "ok" {
			s.Errorf("POST %s = %q, %v", packet, answer, err)
		}
	}
	ended := make(chan struct{})
	s.cut = sync.OnceFunc(func() { close(ended); client.CloseIdleConnections() })
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(s.packets)
		for {
			payload, err := ask("GET", "")
			if err != nil {
				return
			}
			for _, packet := range strings.Split(payload, "\x1e") {
				s.packets <- packet
			}
			select {
			case <-ended:
				return
			default:
			}
		}
	})
	s.Cleanup(func() { s.cut(); cancel(); reading.Wait(); client.CloseIdleConnections() })
}

// next returns the next packet, and notes it if everybody gets it.
func (s *sio) next() string {
	s.Helper()
	select {
	case p, ok := <-s.packets:
		if !ok {
			s.Fatal("the session was ended")
		}
		var args []json.RawMessage
		var name, offset string
		if strings.HasPrefix(p, "42[") && json.Unmarshal([]byte(p[2:]), &args) == nil && len(args) == 3 &&
			json.Unmarshal(args[0], &name) == nil && json.Unmarshal(args[2], &offset) == nil {
			seq, err := strconv.ParseInt(offset, 10, 64)
			if err != nil {
				s.Errorf("%s: its last argument is no seq", p)
			}
			s.heard = append(s.heard, news{seq, name, string(args[1])})
		}
		return p
	case <-time.After(patience):
		s.Fatal("no packet came")
	}
	panic("unreachable")
}

// until returns the next packet that has this in it.
func (s *sio) until(part string) string {
	s.Helper()
	for {
		if p := s.next(); strings.Contains(p, part) {
			return p
		}
	}
}

// happened is all that everybody was told so far behind an event, as /api/events tells it.
func (r *rig) happened(behind int64) (list []news) {
	r.Helper()
	for _, e := range r.eventsSince(fmt.Sprintf("?since=%d", behind)).Events {
		list = append(list, news{e.Seq, e.Event, string(e.Data)})
	}
	return list
}

func TestOneRoomForAllProtocols(t *testing.T) {
	t.Parallel()
	r := start(t)
	kim, lee := r.guest("Kim"), r.guest("Lee")
	plain := r.dial("")
	poll, sock := r.connect("polling", ""), r.connect("websocket", "")
	p := r.newPoll(kim.AccessToken)
	sock.send(fmt.Sprintf(`420["user:join",{"token":%q}]`, lee.AccessToken))
	sock.until(`430[{"ok":true,"data":{"user":`)
	poll.send(`421["user:join",{"nickname":"Park"}]`)
	poll.until(`431[{"ok":true,"data":{"access_token":`)
	for i := range 5 {
		vote := fmt.Sprintf(`["vote:cast",{"poll_id":%d,"option_id":%d}]`, p.ID, p.Options[i%3].ID)
		sock.send("422" + vote)
		sock.until(`432[{"ok":true,"data":{"id":`)
		poll.send("423" + vote)
		poll.until(`433[{"ok":true,"data":{"id":`)
		want[pollJSON](r, 200, "POST", fmt.Sprintf("/api/polls/%d/vote", p.ID), kim.AccessToken,
			object{"option_id": p.Options[i%3].ID})
		poll.send(fmt.Sprintf(`424["chat:message",{"message":"%d"}]`, i))
		poll.until(`434[{"ok":true,"data":{"id":`)
	}
	want[any](r, 201, "POST", "/api/chat/messages", kim.AccessToken, object{"message": "the end"})
	var heard []news
	for {
		e := plain.next()
		if e.Seq > 0 {
			heard = append(heard, news{e.Seq, e.Event, string(e.Data)})
		}
		if strings.Contains(e.Text, "the end") {
			break
		}
	}
	poll.until("the end")
	sock.until("the end")
	all := r.happened(0)
	all = all[:len(heard)] // a tally may still come behind the end
	for who, got := range map[string][]news{"/ws": heard, "polling": poll.heard, "WebSocket": sock.heard} {
		if !slices.Equal(got, all) {
			t.Errorf("over %s: %v\nwant %v", who, got, all)
		}
	}
}

func TestPresenceIsTheSameForAllProtocols(t *testing.T) {
	t.Parallel()
	r := start(t)
	kim := r.guest("Kim")
	watcher := r.dial("?token=" + r.guest("Lee").AccessToken)
	watcher.until("users:online")
	watcher.until("user:joined")
	auth := fmt.Sprintf(`{"token":%q}`, kim.AccessToken)
	a, b := r.connect("polling", auth), r.connect("websocket", auth)
	plain := r.dial("?token=" + kim.AccessToken)
	due := fmt.Sprintf(`{"users":[{"id":%d,"nickname":"Lee"},{"id":%d,"nickname":"Kim"}]}`, kim.User.ID+1, kim.User.ID)
	if kim.User.ID < kim.User.ID+1 { // in the order of their ids
		due = fmt.Sprintf(`{"users":[{"id":%d,"nickname":"Kim"},{"id":%d,"nickname":"Lee"}]}`, kim.User.ID, kim.User.ID+1)
	}
	for _, s := range []*sio{a, b} {
		if got := s.until("users:online"); got != `42["users:online",`+due+`]` {
			t.Errorf("%s, want %s", got, due)
		}
	}
	if got := plain.until("users:online"); string(got.Data) != due {
		t.Errorf("%s, want %s", got.Data, due)
	}
	if e := watcher.until("user:joined"); !strings.Contains(e.Text, `"Kim"},"online":2`) {
		t.Errorf("%s", e.Text)
	}
	if n := want[struct{ Sockets int }](r, 200, "GET", r.health+"/health", "", nil).Sockets; n != 4 {
		t.Errorf("%d sockets, want 4", n)
	}
	plain.conn.Close()
	a.send("41") // leaves the namespace
	b.cut()
	for _, e := range watcher.seen {
		if e.Event == "user:left" {
			t.Errorf("%s though there was another socket", e.Text)
		}
	}
	if e := watcher.next(); e.Event != "user:left" || !strings.Contains(e.Text, `"Kim"},"online":1`) {
		t.Errorf("%s", e.Text)
	}
}

func TestWhatSocketIORefuses(t *testing.T) {
	r := start(t)
	for _, over := range over {
		s := r.session(over)
		s.send(`40{"token":"no.such.token"}`)
		if got := s.next(); !strings.HasPrefix(got, `44{"message":"the token is not valid`) ||
			!strings.Contains(got, `"status":401`) {
			t.Errorf("a bad token: %s", got)
		}
		s.send(`40{"token":7}`)
		if got := s.next(); !strings.Contains(got, `"status":400`) {
			t.Errorf("a token that is a number: %s", got)
		}
		s.send(`40/admin,`)
		if got := s.next(); got != `44/admin,{"message":"Invalid namespace"}` {
			t.Errorf("another namespace: %s", got)
		}
		s.send("40")
		s.next()
		for ask, due := range map[string]string{
			`421["chat:message",{"message":"x"}]`:                `431[{"ok":false,"error":{"status":401,"title":"Unauthorized","detail":`,
			`422["nothing",{}]`:                                  `432[{"ok":false,"error":{"status":404,"title":"Not Found","detail":`,
			`423["user:join",{"nickname":""}]`:                   `433[{"ok":false,"error":{"status":422,"title":"Unprocessable Entity","detail":`,
			`424["user:join",{"nick":"x"}]`:                      `434[{"ok":false,"error":{"status":400,"title":"Bad Request","detail":`,
			`425["user:join",{"nickname":"a"},{"nickname":"b"}]`: `435[{"ok":false,"error":{"status":400,"title":"Bad Request","detail":`,
			`426["user:join",7]`:                                 `436[{"ok":false,"error":{"status":400,"title":"Bad Request","detail":`,
			`42["nothing",{}]`:                                   `42["error",{"status":404,"title":"Not Found","detail":`,
		} {
			s.send(ask)
			if got := s.next(); !strings.HasPrefix(got, due) {
				t.Errorf("%s was answered by %s, want %s", ask, got, due)
			}
		}
	}
	// Errors of Engine.IO keep its own form, and carry what all answers carry.
	for _, c := range []struct {
		method, query, origin string
		status                int
		body                  string
	}{
		{"GET", "?EIO=4&transport=carrier-pigeon", "", 400, `{"code":0,"message":"Transport unknown"}`},
		{"GET", "?EIO=4&transport=polling&sid=nobody", "", 400, `{"code":1,"message":"Session ID unknown"}`},
		{"POST", "?EIO=4&transport=polling", "", 400, `{"code":2,"message":"Bad handshake method"}`},
		{"DELETE", "?EIO=4&transport=polling", "", 400, `{"code":2,"message":"Bad handshake method"}`},
		{"GET", "?EIO=3&transport=polling", "", 400, `{"code":5,"message":"Unsupported protocol version"}`},
		{"GET", "?EIO=4&transport=polling", "http://evil.example", 403, `{"code":4,"message":"Forbidden"}`},
		{"GET", "?EIO=4&transport=polling", "null", 403, `{"code":4,"message":"Forbidden"}`},
	} {
		resp, text := r.do(c.method, "http://"+r.ws+"/socket.io/"+c.query, "", nil, "Origin", c.origin)
		if resp.StatusCode != c.status || text != c.body || resp.Header.Get("X-Client-Addr") == "" ||
			resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s from %q = %d %s %v", c.method, c.query, c.origin, resp.StatusCode, text, resp.Header)
		}
	}
	origin := "http://localhost:" + r.portOf("files")
	if resp, _ := r.do("GET", "http://"+r.ws+"/socket.io/?EIO=4&transport=polling", "", nil, "Origin",
		origin); resp.Header.Get("Access-Control-Allow-Origin") != origin {
		t.Errorf("the page's own origin: %v", resp.Header)
	}
}

// Who was cut off and comes back in time is the same socket and the same person, and has missed nothing.
func TestRecovery(t *testing.T) {
	t.Parallel()
	for _, over := range over {
		r := start(t)
		kim, lee := r.guest("Kim"), r.guest("Lee")
		s := r.connect(over, fmt.Sprintf(`{"token":%q}`, kim.AccessToken))
		r.say(lee, "before")
		s.until("before")
		last := s.heard[len(s.heard)-1].seq
		s.cut()
		if over == "websocket" { // a session over polling is lost only when it misses a ping
			r.untilListeners(0)
		}
		for i := range 3 {
			r.say(lee, fmt.Sprint("meanwhile ", i))
		}
		again := r.session("websocket")
		again.send(fmt.Sprintf(`40{"pid":%q,"offset":"%d"}`, s.pid, last))
		if got := again.next(); got != fmt.Sprintf(`40{"sid":%q,"pid":%q}`, s.sid, s.pid) {
			t.Errorf("over %s: CONNECT was answered by %s", over, got)
		}
		again.until("meanwhile 2")
		if due := r.happened(last); !slices.Equal(again.heard, due[:len(again.heard)]) || len(again.heard) < 3 {
			t.Errorf("over %s: heard %v, want %v", over, again.heard, due)
		}
		again.send(`421["chat:message",{"message":"still Kim"}]`)
		if got := again.until("431["); !strings.Contains(got, `"nickname":"Kim"`) {
			t.Errorf("over %s: %s", over, got)
		}
		r.stop()
	}
}

func TestSocketIOEndsWithTheServer(t *testing.T) {
	t.Parallel()
	r := start(t)
	poll, sock := r.connect("polling", ""), r.connect("websocket", "")
	// A GET that is still on its way when the server ends is not one that waits. Only its goroutine tells.
	waits := func() bool { _, stacks := goroutines(t); return strings.Contains(stacks, "(*session).await") }
	for deadline := time.Now().Add(patience); !waits(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no GET waits")
		}
	}
	began := time.Now()
	r.stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if got := poll.next(); got != "1" {
		t.Errorf("a waiting GET got %s, want a close packet", got)
	}
	if p, open := <-sock.packets; open {
		t.Errorf("the socket got %s", p)
	}
}

// 500 over polling and 500 over WebSockets: each gets each message once, in order.
func TestAThousandOverSocketIO(t *testing.T) {
	const each, messages = 500, 50
	r := start(t, func(c *config) { c.pingEvery = time.Hour }) // no packets but those that are counted
	kim := r.guest("Kim")
	var all []*sio
	for range each {
		all = append(all, r.connect("polling", ""), r.connect("websocket", ""))
	}
	var reading sync.WaitGroup
	for _, s := range all {
		reading.Go(func() {
			for i := 0; i < messages; i++ {
				if p, due := s.next(), fmt.Sprintf(`"message":"%d"`, i); !strings.Contains(p, due) {
					t.Errorf("%s, want %s", p, due)
					return
				}
			}
		})
	}
	for i := range messages {
		r.say(kim, fmt.Sprint(i))
	}
	reading.Wait()
}
