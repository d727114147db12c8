package hub

import (
	"strings"
	"testing"
)

// A listener that ends while it is held, and is released without an answer, has nothing to get but its last word. Its
// writer hears of that end, too: it has a connection to close.
func TestTheLastWordIsTheWritersAlsoWhereItWasHeld(t *testing.T) {
	for how, end := range map[string]func(*Hub, *Listener){
		"closed":       func(_ *Hub, l *Listener) { l.Close([]byte("bye")) },
		"by the hub":   func(h *Hub, _ *Listener) { h.Close() },
		"for slowness": func(h *Hub, l *Listener) { h.Drop(l) },
	} {
		h := New(0, nil, noReserve)
		s, ended := &socket{room: 1000}, 0
		woken := make(chan bool, 10)
		l := &Listener{Dialect: plain, Direct: s.write, Slow: []byte("bye"), Bye: []byte("bye"),
			Wake: func() { woken <- true }}
		if _, err := h.Listen(l, Live); err != nil {
			t.Fatal(err)
		}
		l.Hold()
		end(h, l)
		for _, step := range []func(){func() {}, func() { l.Release(nil) }} {
			step()
			for more := len(woken) > 0; more; { // the writer
				chunks, _, last := l.Take()
				s.sent = append(s.sent, joined(chunks)...)
				if more = len(chunks) > 0 && !last; last {
					ended++
				}
			}
			for len(woken) > 0 {
				<-woken
			}
		}
		if string(s.sent) != "bye" || ended != 1 {
			t.Errorf("ended %s: sent %q, and the writer heard of the end %d times, want bye and once", how, s.sent, ended)
		}
	}
}

// Answers are bounded, too: who asks and asks without reading is dropped.
func TestWhoDoesNotReadTheAnswersIsDropped(t *testing.T) {
	h := New(0, nil, noReserve)
	l := &Listener{Dialect: plain, Slow: []byte("slow"), Wake: func() {}}
	if _, err := h.Listen(l, Live); err != nil {
		t.Fatal(err)
	}
	answer := []byte(strings.Repeat("x", 10_000))
	for range 10 * maxQueue / len(answer) {
		l.Hold()
		l.Release(answer)
	}
	if chunks, _, last := l.Take(); len(chunks) != 1 || string(chunks[0].Bytes) != "slow" || !last {
		t.Errorf("%d answers wait for it, last %v, want its last word alone", len(chunks), last)
	}
	for _, when := range []string{"by its answers", "once more"} {
		if _, dropped := h.Stats(); dropped != 1 {
			t.Errorf("dropped %s: %d are counted, want 1", when, dropped)
		}
		h.Drop(l)
	}
}

// What piles up while an answer is made says nothing about how fast its listener reads.
func TestMuchThatWasHeldIsNotSlowReading(t *testing.T) {
	h := New(0, nil, noReserve)
	l := &Listener{Dialect: plain, Slow: []byte("slow"), Wake: func() {}}
	if _, err := h.Listen(l, Live); err != nil {
		t.Fatal(err)
	}
	l.Hold()
	h.Publish("e", 0, []byte(strings.Repeat("x", 2*maxQueue)))
	h.sweep()
	l.Release([]byte("answer "))
	if chunks, _, last := l.Take(); len(chunks) != 2 || string(chunks[0].Bytes) != "answer " || last {
		t.Errorf("Take = %d chunks, last %v, want the answer and the event", len(chunks), last)
	}
}
