package hub

import (
	"testing"
)

// What was forgotten nobody gets any more, but for who listened before.
func TestForget(t *testing.T) {
	h := New(0, nil, noReserve)
	before := &Listener{Dialect: plain}
	if _, err := h.Listen(before, Live); err != nil {
		t.Fatal(err)
	}
	publish(h, 1, 3)
	h.sweep()
	publish(h, 4, 5) // not swept yet
	h.Forget()
	publish(h, 6, 6)
	for _, tt := range []struct {
		since  int64
		missed bool
		want   string
	}{{0, false, "6:e6 "}, {1, true, ""}, {4, true, ""}, {5, false, "6:e6 "}, {6, false, ""}, {Live, false, ""}} {
		l := &Listener{Dialect: plain}
		missed, err := h.Listen(l, tt.since)
		chunks, _, _ := l.Take()
		if got := joined(chunks); missed != tt.missed || got != tt.want || err != nil {
			t.Errorf("since %d: missed %v, %q, %v, want %v, %q", tt.since, missed, got, err, tt.missed, tt.want)
		}
	}
	if seq, kept := h.Kept(); seq != 6 || len(kept) != 1 || kept[0].Seq != 6 {
		t.Errorf("kept are %d events up to %d, want the sixth alone", len(kept), seq)
	}
	h.sweep()
	chunks, _, _ := before.Take()
	if got := joined(chunks); got != "1:e1 2:e2 3:e3 4:e4 5:e5 6:e6 " {
		t.Errorf("who listened before heard %q, want all", got)
	}
	publish(h, 7, 7)
	if len(h.ring) != 2 {
		t.Errorf("%d events are in the ring, want those behind Forget alone", len(h.ring))
	}
}

// What was rewritten nobody gets as it was, and it keeps its number.
func TestRewrite(t *testing.T) {
	h := New(0, nil, noReserve)
	before := &Listener{Dialect: plain}
	if _, err := h.Listen(before, Live); err != nil {
		t.Fatal(err)
	}
	publish(h, 1, 4)
	h.sweep()
	h.Rewrite(func(e *Event) (string, []byte) {
		if e.Seq%2 == 0 {
			return "gone", []byte("longer than before")
		}
		return "", nil
	})
	publish(h, 5, 5)
	h.sweep()
	after := &Listener{Dialect: plain}
	if missed, err := h.Listen(after, 1); missed || err != nil {
		t.Fatalf("since 1: missed %v, %v", missed, err)
	}
	for l, want := range map[*Listener]string{before: "1:e1 2:e2 3:e3 4:e4 5:e5 ",
		after: "2:longer than before 3:e3 4:longer than before 5:e5 "} {
		chunks, _, _ := l.Take()
		if got := joined(chunks); got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
	size := 0
	for _, e := range h.ring {
		size += len(e.Data)
	}
	if h.size != size {
		t.Errorf("the ring counts %d bytes, it has %d", h.size, size)
	}
}

// What is done behind an event finds it in the queue.
func TestBehind(t *testing.T) {
	h := run(t, New(0, nil, noReserve))
	r, _ := listen(t, h, Live, nil)
	publish(h, 1, 2)
	h.Behind(func() { r.Close([]byte("end")) })
	<-r.done
	if got := r.got(); got != "1:e1 2:e2 end" {
		t.Errorf("got %q, want both events, then the end", got)
	}
	done := make(chan bool)
	h.Behind(func() { close(done) }) // also where nothing was published
	<-done
}
