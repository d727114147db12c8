package main

// Who sends without waiting, and who reads too slowly.

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

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
