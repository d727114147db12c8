package main

// What one socket sends without waiting, and how that ends.

import (
	"encoding/json"
	"fmt"
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
