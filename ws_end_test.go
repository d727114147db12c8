package main

// How sockets end, and what they make of any bytes at all.

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"testing"
	"time"

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
	u, err := r.addGuest(f.Context(), new("Kim"))
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
