package hub

import (
	"bytes"
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
		l := &Listener{Dialect: plain, Direct: s.write, Slow: []byte("bye"), Bye: []byte("bye"), Wake: func() { woken <- true }}
		if _, err := h.Listen(l, Live); err != nil {
			t.Fatal(err)
		}
		l.Hold()
		end(h, l)
		for _, step := range []func(){func() {}, func() { l.Release(nil) }} {
			step()
			for more := len(woken) > 0; more; { // the writer
				chunks, _, last := l.Take()
				s.sent = append(s.sent, bytes.Join(chunks, nil)...)
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
