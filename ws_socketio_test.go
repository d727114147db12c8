package main

// Socket.IO as part of the program: one room with all other protocols. What the protocol itself demands is tested in
// package socketio, and with its own clients in e2e/.

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

func TestOneRoomForAllProtocols(t *testing.T) {
	t.Parallel()
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	plain := r.Dial("")
	poll, sock := r.Connect("polling", ""), r.Connect("websocket", "")
	p := r.NewPoll(kim.AccessToken)
	sock.Send(fmt.Sprintf(`420["user:join",{"token":%q}]`, lee.AccessToken))
	sock.Until(`430[{"ok":true,"data":{"user":`)
	poll.Send(`421["user:join",{"nickname":"Park"}]`)
	poll.Until(`431[{"ok":true,"data":{"access_token":`)
	for i := range 5 {
		vote := fmt.Sprintf(`["vote:cast",{"poll_id":%d,"option_id":%d}]`, p.ID, p.Options[i%3].ID)
		sock.Send("422" + vote)
		sock.Until(`432[{"ok":true,"data":{"id":`)
		poll.Send("423" + vote)
		poll.Until(`433[{"ok":true,"data":{"id":`)
		rig.Want[rig.Poll](r, 200, "POST", fmt.Sprintf("/api/polls/%d/vote", p.ID), kim.AccessToken,
			rig.Object{"option_id": p.Options[i%3].ID})
		poll.Send(fmt.Sprintf(`424["chat:message",{"message":"%d"}]`, i))
		poll.Until(`434[{"ok":true,"data":{"id":`)
	}
	rig.Want[any](r, 201, "POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": "the end"})
	var heard []rig.News
	for {
		e := plain.Next()
		if e.Seq > 0 {
			heard = append(heard, rig.News{Seq: e.Seq, Name: e.Event, Data: string(e.Data)})
		}
		if strings.Contains(e.Text, "the end") {
			break
		}
	}
	poll.Until("the end")
	sock.Until("the end")
	all := r.Happened(0)
	all = all[:len(heard)] // a tally may still come behind the end
	for who, got := range map[string][]rig.News{"/ws": heard, "polling": poll.Heard, "WebSocket": sock.Heard} {
		if !slices.Equal(got, all) {
			t.Errorf("over %s: %v\nwant %v", who, got, all)
		}
	}
}

func TestPresenceIsTheSameForAllProtocols(t *testing.T) {
	t.Parallel()
	r := start(t)
	kim := r.Guest("Kim")
	watcher := r.Dial("?token=" + r.Guest("Lee").AccessToken)
	watcher.Until("users:online")
	watcher.Until("user:joined")
	auth := fmt.Sprintf(`{"token":%q}`, kim.AccessToken)
	a, b := r.Connect("polling", auth), r.Connect("websocket", auth)
	plain := r.Dial("?token=" + kim.AccessToken)
	const each = `{"id":%d,"nickname":"%s","role":"student"}` // in the order of their ids
	due := fmt.Sprintf(`{"users":[`+each+`,`+each+`]}`, kim.User.ID, "Kim", kim.User.ID+1, "Lee")
	for _, s := range []*rig.SocketIO{a, b} {
		if got := s.Until("users:online"); got != `42["users:online",`+due+`]` {
			t.Errorf("%s, want %s", got, due)
		}
	}
	if got := plain.Until("users:online"); string(got.Data) != due {
		t.Errorf("%s, want %s", got.Data, due)
	}
	if e := watcher.Until("user:joined"); !strings.Contains(e.Text, `"Kim","role":"student"},"online":2`) {
		t.Errorf("%s", e.Text)
	}
	if n := rig.Want[struct{ Sockets int }](r, 200, "GET", r.Health+"/health", "", nil).Sockets; n != 4 {
		t.Errorf("%d sockets, want 4", n)
	}
	plain.Conn.Close()
	a.Send("41") // leaves the namespace
	b.Cut()
	for _, e := range watcher.Seen {
		if e.Event == "user:left" {
			t.Errorf("%s though there was another socket", e.Text)
		}
	}
	if e := watcher.Next(); e.Event != "user:left" || !strings.Contains(e.Text, `"Kim","role":"student"},"online":1`) {
		t.Errorf("%s", e.Text)
	}
}

func TestWhatSocketIORefuses(t *testing.T) {
	r := start(t)
	for _, over := range rig.Transports {
		s := r.OpenSession(over)
		s.Send(`40{"token":"no.such.token"}`)
		if got := s.Next(); !strings.HasPrefix(got, `44{"message":"the token is not valid`) ||
			!strings.Contains(got, `"status":401`) {
			t.Errorf("a bad token: %s", got)
		}
		s.Send(`40{"token":7}`)
		if got := s.Next(); !strings.Contains(got, `"status":400`) {
			t.Errorf("a token that is a number: %s", got)
		}
		s.Send(`40/admin,`)
		if got := s.Next(); got != `44/admin,{"message":"Invalid namespace"}` {
			t.Errorf("another namespace: %s", got)
		}
		s.Send("40")
		s.Next()
		for _, c := range []struct{ ask, due string }{
			{`421["chat:message",{"message":"x"}]`,
				`431[{"ok":false,"error":{"status":401,"title":"Unauthorized","detail":`},
			{`422["nothing",{}]`, `432[{"ok":false,"error":{"status":404,"title":"Not Found","detail":`},
			{`423["user:join",{"nickname":""}]`,
				`433[{"ok":false,"error":{"status":422,"title":"Unprocessable Entity","detail":`},
			{`424["user:join",{"nick":"x"}]`, `434[{"ok":false,"error":{"status":400,"title":"Bad Request","detail":`},
			{`425["user:join",{"nickname":"a"},{"nickname":"b"}]`,
				`435[{"ok":false,"error":{"status":400,"title":"Bad Request","detail":`},
			{`426["user:join",7]`, `436[{"ok":false,"error":{"status":400,"title":"Bad Request","detail":`},
			{`42["nothing",{}]`, `42["error",{"status":404,"title":"Not Found","detail":`},
		} {
			s.Send(c.ask)
			if got := s.Next(); !strings.HasPrefix(got, c.due) {
				t.Errorf("%s was answered by %s, want %s", c.ask, got, c.due)
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
		resp, text := r.Do(c.method, "http://"+r.WS+"/socket.io/"+c.query, "", nil, "Origin", c.origin)
		if resp.StatusCode != c.status || text != c.body || resp.Header.Get("X-Client-Addr") == "" ||
			resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s from %q = %d %s %v", c.method, c.query, c.origin, resp.StatusCode, text, resp.Header)
		}
	}
	origin := "http://localhost:" + r.portOf("files")
	if resp, _ := r.Do("GET", "http://"+r.WS+"/socket.io/?EIO=4&transport=polling", "", nil, "Origin",
		origin); resp.Header.Get("Access-Control-Allow-Origin") != origin {
		t.Errorf("the page's own origin: %v", resp.Header)
	}
}

// Sessions from one address are limited with -limits, so that who measures may be a crowd.
func TestSessionsFromOneAddress(t *testing.T) {
	for limited, want := range map[bool]int{true: 403, false: 200} {
		r := start(t, func(c *config) { c.Limits = limited })
		for range 2000 {
			r.Do("GET", "http://"+r.WS+"/socket.io/?EIO=4&transport=polling", "", nil)
		}
		resp, text := r.Do("GET", "http://"+r.WS+"/socket.io/?EIO=4&transport=polling", "", nil)
		if resp.StatusCode != want {
			t.Errorf("2001 sessions, -limits=%v: %d %s, want %d", limited, resp.StatusCode, text, want)
		}
	}
}

// Who was cut off and comes back in time is the same socket and the same person, and has missed nothing.
func TestRecovery(t *testing.T) {
	t.Parallel()
	for _, over := range rig.Transports {
		r := start(t)
		kim, lee := r.Guest("Kim"), r.Guest("Lee")
		s := r.Connect(over, fmt.Sprintf(`{"token":%q}`, kim.AccessToken))
		r.Say(lee, "before")
		s.Until("before")
		last := s.Heard[len(s.Heard)-1].Seq
		s.Cut()
		if over == "websocket" { // a session over polling is lost only when it misses a ping
			r.untilListeners(0)
		}
		for i := range 3 {
			r.Say(lee, fmt.Sprint("meanwhile ", i))
		}
		again := r.OpenSession("websocket")
		again.Send(fmt.Sprintf(`40{"pid":%q,"offset":"%d"}`, s.PID, last))
		if got := again.Next(); got != fmt.Sprintf(`40{"sid":%q,"pid":%q}`, s.SID, s.PID) {
			t.Errorf("over %s: CONNECT was answered by %s", over, got)
		}
		again.Until("meanwhile 2")
		if due := r.Happened(last); !slices.Equal(again.Heard, due[:len(again.Heard)]) || len(again.Heard) < 3 {
			t.Errorf("over %s: heard %v, want %v", over, again.Heard, due)
		}
		again.Send(`421["chat:message",{"message":"still Kim"}]`)
		if got := again.Until("431["); !strings.Contains(got, `"nickname":"Kim"`) {
			t.Errorf("over %s: %s", over, got)
		}
		r.stop()
	}
}

func TestSocketIOEndsWithTheServer(t *testing.T) {
	t.Parallel()
	r := start(t)
	poll, sock := r.Connect("polling", ""), r.Connect("websocket", "")
	// A GET that is still on its way when the server ends is not one that waits. Only its goroutine tells.
	waits := func() bool { _, stacks := rig.Goroutines(t); return strings.Contains(stacks, "(*session).await") }
	for deadline := time.Now().Add(rig.Patience); !waits(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no GET waits")
		}
	}
	began := time.Now()
	r.stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if got := poll.Next(); got != "1" {
		t.Errorf("a waiting GET got %s, want a close packet", got)
	}
	if p, open := <-sock.Packets; open {
		t.Errorf("the socket got %s", p)
	}
}

// 500 over polling and 500 over WebSockets: each gets each message once, in order.
func TestAThousandOverSocketIO(t *testing.T) {
	const each, messages = 500, 50
	r := start(t, func(c *config) { c.pingEvery = time.Hour }) // no packets but those that are counted
	kim := r.Guest("Kim")
	var all []*rig.SocketIO
	for range each {
		all = append(all, r.Connect("polling", ""), r.Connect("websocket", ""))
	}
	var reading sync.WaitGroup
	for _, s := range all {
		reading.Go(func() {
			for i := 0; i < messages; i++ {
				if p, due := s.Next(), fmt.Sprintf(`"message":"%d"`, i); !strings.Contains(p, due) {
					t.Errorf("%s, want %s", p, due)
					return
				}
			}
		})
	}
	for i := range messages {
		r.Say(kim, fmt.Sprint(i))
	}
	reading.Wait()
}
