package main

// How sockets end, what they make of any bytes at all, who sends without waiting, and who reads too slowly.

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/data/groupcommit"
	"pollwire/live/hub"
	"pollwire/test/rig"
	"pollwire/wire/wsframe"
)

// ---- the end

func TestNothingIsLostAtShutdown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := startIn(t, dir)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	k, l := r.RawDial(t, "?token="+kim.AccessToken), r.RawDial(t, "?token="+lee.AccessToken)
	for i, w := range []*rig.Wire{k, l} {
		w.Send(rig.Masked(rig.FinText, fmt.Sprintf(`{"event":"chat:message","data":{"message":"bye %d"},"id":"bye"}`, i)))
		if news, err := w.Chat(i + 1); err != nil || !strings.Contains(news[i], fmt.Sprint("bye ", i)) { // behind the ack
			t.Fatalf("heard %q, %v, want bye %d", news, err, i)
		}
	}
	since := r.hub.Seq() // whoever is away from here on has missed only what the stop itself makes
	r.stop()
	for _, w := range []*rig.Wire{k, l} {
		if got := w.Transcript(); !strings.HasSuffix(got, "close 1001, end") {
			t.Errorf("at the stop a socket heard %q, want close 1001 as the last", got)
		}
	}
	r = startIn(t, dir)
	s := r.Listening(fmt.Sprint("?since=", since))
	r.Say(kim, "the end")
	names, all := s.News("the end")
	if names != "user:left user:left" {
		t.Fatalf("behind the stop there was kept %q, want user:left twice", names)
	}
	if a, b := rig.Decode[presentJSON](t, all[0]), rig.Decode[presentJSON](t, all[1]); a.Online != 1 || b.Online != 0 ||
		a.User.ID+
			b.User.ID != kim.User.ID+lee.User.ID {
		t.Errorf("%s and %s, want Kim and Lee, 1 and then 0 online", all[0].Text, all[1].Text)
	}
	if online := rig.Want[struct{ Sockets int }](r, 200, "GET", r.Health+"/health", "", nil).Sockets; online != 1 {
		t.Errorf("after the restart there are %d sockets, want 1", online)
	}
}

// Others hear at once that somebody left, and not when the connection has been waited for. A server that waited would
// take linger each time, as this client never closes its side.
func TestLeavingIsToldAtOnce(t *testing.T) {
	r := start(t)
	watcher := r.Dial("")
	var fastest time.Duration = time.Hour
	for i := range 5 {
		w := r.RawDial(t, "?token="+r.Guest(fmt.Sprint("Kim", i)).AccessToken)
		watcher.Until("user:joined")
		w.Send(rig.Masked(rig.FinClose, ""))
		began := time.Now()
		watcher.Until("user:left")
		if fastest = min(fastest, time.Since(began)); fastest < wsframe.Linger {
			return
		}
	}
	t.Errorf("user:left came %v after the close frame at best, want less than %v", fastest, wsframe.Linger)
}

// ---- any bytes at all

func FuzzEvent(f *testing.F) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt) // or the goroutine that the fuzzer needs for it would count as left behind
	signal.Stop(signals)
	r := start(f)
	u, err := r.addGuest(f.Context(), new("Kim"), nil)
	if err != nil {
		f.Fatal(err)
	}
	p := r.NewPoll(r.Guest("Lee").AccessToken)
	for _, seed := range []string{
		`{"event":"chat:message","data":{"message":"hi"},"id":7.0}`, `{"event":"nothing","id":"\u0041"}`, "", "null", "[]",
		`{"id":-0}`,
		fmt.Sprintf(`{"event":"vote:cast","data":{"poll_id":%d,"option_ids":[%d]},"id":1e9}`, p.ID, p.Options[0].ID),
		`{"event":"vote:cast","data":{"poll_id":9223372036854775808}}`,
		`{"event":"user:join","data":{"nickname":"Lee"},"id":""}`,
		`{"event":"user:join","data":{"token":"a.b.c"}}`, `{"event":1,"id":7}`, `{"event":"x","id":7,"id":[]}`,
		`{"event":"x","id":"\ud800"}`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	conn, _ := net.Pipe()
	f.Fuzz(func(t *testing.T, message []byte, joined bool) {
		c := &client{s: r.server, ctx: context.Background(), Listener: hub.Listener{Dialect: frameDialect}}
		c.Begin(&wsframe.Conn{Net: conn}, &c.Listener, &r.webSockets)
		c.tell = func(string, []byte) {}
		if joined {
			if err := r.join(&c.member, u); err != nil {
				t.Fatal(err)
			}
		}
		c.answer(wsframe.Message{Opcode: wsframe.OpText, Payload: message})
		c.unanswered.Wait()
		r.leave(&c.member)
		chunks, _, closed := c.Take()
		var in struct{ ID json.RawMessage }
		wellFormed := json.Unmarshal(message, &in) == nil
		if closed || len(chunks) > 1 || len(chunks) == 0 && !wellFormed {
			t.Fatalf("%q was answered by %d frames, closed %t, want one, and none only where all went well", message,
				len(chunks), closed)
		}
		for _, chunk := range chunks {
			w := &rig.Wire{TB: t, In: bufio.NewReader(strings.NewReader(string(chunk.Bytes)))}
			first, payload, err := w.Frame()
			var out struct {
				Event string
				ID    json.RawMessage
				Data  struct {
					Status        int
					Title, Detail string
				}
			}
			if err != nil || first != rig.FinText || json.Unmarshal(payload, &out) != nil {
				t.Fatalf("%q was answered by %q, %v, want a text frame of JSON", message, chunk.Bytes, err)
			}
			d := out.Data
			switch {
			case out.Event == "ack" && out.ID != nil:
			case out.Event == "error" && d.Status >= 400 && d.Status < 500 && d.Title == http.StatusText(d.Status) &&
				d.Detail != "":
			default:
				t.Errorf("%q was answered by %s, want an ack with id or an error 4xx", message, payload)
			}
			if out.ID != nil && !strings.Contains(string(message), string(out.ID)) {
				t.Errorf("%q was answered with the id %s", message, out.ID)
			}
		}
	})
}

// ---- who sends without waiting, and who reads too slowly

// Who says something, wants no ack and leaves in one go is let go: the close frame is answered, and nothing is left
// behind.
func TestSaidAndClosedInOneGo(t *testing.T) {
	r := start(t)
	token := r.Guest("Kim").AccessToken
	for n := range 5 {
		w := r.RawDial(t, "?token="+token)
		var all []byte
		for i := range n {
			all = append(all, rig.Masked(rig.FinText, fmt.Sprintf(`{"event":"chat:message","data":{"message":"%d"}}`, i))...)
		}
		w.Send(append(all, rig.Masked(rig.FinClose, "\x03\xe8")...))
		for first := byte(0); first != rig.FinClose; {
			var err error
			if first, _, err = w.Frame(); err != nil {
				t.Fatalf("%d messages: %v, want a close frame", n, err)
			}
		}
		w.Close()
	}
	for deadline := time.Now().Add(rig.Patience); r.sockets.Len() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d sockets are still open", r.sockets.Len())
		}
	}
}

// What can't be stored is answered in its order, too: a client without ids counts on it.
func TestErrorsComeInOrder(t *testing.T) {
	const n = 300
	r := start(t)
	w := r.RawDial(t, "?token="+r.Guest("Kim").AccessToken)
	if err := r.store.db.Do(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // a full disk
		t.Fatal(err)
	}
	var all []byte
	for i := range n {
		all = append(all, rig.Masked(rig.FinText, fmt.Sprintf(`{"event":"chat:message","data":{"message":"%0400d"},"id":%d}`,
			i,
			i))...)
	}
	w.Send(all)
	errors := 0
	for next := 0; next < n; {
		_, payload, err := w.Frame()
		if err != nil {
			t.Fatal(err)
		}
		var e struct {
			Event string
			ID    *int
		}
		if err := json.Unmarshal(payload, &e); err != nil {
			t.Fatal(err)
		}
		if e.ID == nil {
			continue // news
		}
		if *e.ID != next {
			t.Fatalf("message %d was answered, want %d", *e.ID, next)
		}
		if next++; e.Event == "error" {
			errors++
		}
	}
	if errors < n/2 {
		t.Errorf("%d of %d messages met a full disk", errors, n)
	}
}

// Who says more than may be under way is not read from until all that is has ended: over each kind of socket 64
// messages wait for the disk, and no more. All are stored and answered in their order.
func TestAtMost64MessagesOfASocketAreUnderWay(t *testing.T) {
	const said = 3*maxUnanswered + 7
	for _, kind := range []string{"/ws", "websocket", "polling"} {
		t.Run(kind, func(t *testing.T) {
			r := start(t)
			send, next := chatty(r, kind, r.Guest("Kim").AccessToken)
			busy, free := make(chan bool), make(chan bool)
			var all sync.WaitGroup
			all.Go(func() {
				r.log.IfError("hold the writer", r.store.db.Write(context.Background(), func(*groupcommit.Writer) error {
					close(busy)
					<-free
					return nil
				}, nil))
			})
			<-busy
			all.Go(func() { send(said) })
			for waits := false; !waits; { // whoever reads the socket
				_, stacks := rig.Goroutines(t)
				for stack := range strings.SplitSeq(stacks, "\n\n") {
					inSay := strings.Contains(stack, "(*server).say+")
					waits = waits || inSay && strings.Contains(stack, "(*WaitGroup).Wait+")
				}
				if n := r.store.db.Waiting(); n > maxUnanswered {
					t.Errorf("%d messages of one socket are under way, want at most %d", n, maxUnanswered)
					break
				}
			}
			if n := r.store.db.Waiting(); n != maxUnanswered {
				t.Errorf("%d messages are under way when the socket waits, want %d", n, maxUnanswered)
			}
			close(free)
			for i := range said {
				if got := next(); got != i {
					t.Fatalf("answer %d is that to message %d", i, got)
				}
			}
			all.Wait()
		})
	}
}

// chatty opens a socket of somebody. send says so many things in one go, without waiting; next returns the number of
// the one that is answered next.
func chatty(r *local, kind, token string) (send func(n int), next func() int) {
	if kind == "/ws" {
		w := r.RawDial(r, "?token="+token)
		send = func(n int) {
			var all []byte
			for i := range n {
				message := fmt.Sprintf(`{"event":"chat:message","data":{"message":"x"},"id":%d}`, i)
				all = append(all, rig.Masked(rig.FinText, message)...)
			}
			w.Send(all)
		}
		return send, func() int {
			for {
				_, payload, err := w.Frame()
				if err != nil {
					r.Fatal(err)
				}
				var e struct {
					Event string
					ID    int
				}
				if json.Unmarshal(payload, &e); e.Event == "ack" {
					return e.ID
				}
			}
		}
	}
	s := r.Connect(kind, fmt.Sprintf(`{"token":%q}`, token))
	send = func(n int) {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`42%d["chat:message",{"message":"x"}]`, i))
		}
		if kind == "polling" {
			s.Send(strings.Join(all, "\x1e"))
			return
		}
		for _, packet := range all {
			s.Send(packet)
		}
	}
	return send, func() (id int) {
		ack := s.Until(`[{"ok":true`)
		if _, err := fmt.Sscanf(ack, "43%d[", &id); err != nil {
			r.Fatal(ack, err)
		}
		return id
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
	io.WriteString(c, strings.Replace(rig.BareHandshake, "/ws", "/ws?since=0", 1))
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

func TestSlowReaderIsDroppedAndDelaysNobody(t *testing.T) {
	const sockets, round = 50, 20
	r := start(t)
	all := r.Crowd(t, sockets)
	long := strings.Repeat("x", 16<<10)
	say := func() time.Duration { // one round of messages, heard by all
		t.Helper()
		began := time.Now()
		for range round { // within the server: to fill the kernel's buffers by chatting would take long
			r.publish("chat:message_received", 0, long)
		}
		if err := rig.Together(len(all), func(i int) error { _, err := all[i].Chat(round); return err }); err != nil {
			t.Fatal(err)
		}
		return time.Since(began)
	}
	dropped := func() bool {
		_, text := r.Do("GET", r.Health+"/metrics", "", nil)
		return strings.Contains(text, "\npollwire_listeners_dropped_total 1\n")
	}
	say()
	before := max(say(), say(), say())

	slow := r.RawDial(t, "?token="+r.Guest("Lee").AccessToken)
	slow.Conn.(*net.TCPConn).SetReadBuffer(64 << 10) // the kernel would read megabytes for it
	rounds, during := 0, time.Duration(0)
	for ; !dropped(); rounds++ {
		if rounds == 100 {
			t.Fatalf("a socket that reads nothing is still there after %d messages of 16 kB", rounds*round)
		}
		during = max(during, say())
	}
	after := max(say(), say(), say())
	t.Logf("a round of %d messages took %v before, %v beside a slow reader, %v after; dropped in round %d", round, before,
		during, after, rounds)
	if most := 10*before + 5*time.Second; during > most || after > most {
		// it would be 10s if anybody waited for the slow one
		t.Errorf("a round took %v beside a slow reader, %v after it, %v before: it delays the others", during, after, before)
	}
	slow.Conn.(*net.TCPConn).SetReadBuffer(4 << 20)
	slow.SetDeadline(time.Now().Add(3 * rig.Patience))
	last := int64(0)
	var end string
	for {
		first, payload, err := slow.Frame()
		if err != nil {
			t.Fatalf("the slow reader read on and got %v, want close 1013", err)
		}
		if first == rig.FinClose {
			end = rig.InWords(first, payload)
			break
		}
		var e rig.Event
		if err := json.Unmarshal(payload, &e); err != nil || e.Event != "users:online" && e.Seq <= last {
			t.Fatalf("the slow reader got %.80s behind seq %d, %v, want whole events in order", payload, last, err)
		}
		last = max(last, e.Seq)
	}
	if rest := slow.Transcript(); end != "close 1013" || rest != "end" {
		t.Errorf("the slow reader got %s, %s, want close 1013 and the end", end, rest)
	}
	slow.Close()
	for {
		first, payload, err := all[0].Frame()
		if err != nil {
			t.Fatal(err)
		}
		if first == rig.FinText && strings.HasPrefix(string(payload), `{"event":"user:left"`) {
			break
		}
	}
}
