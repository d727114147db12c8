package hub

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var encodings atomic.Int64

var plain = NewDialect(func(e *Event) []byte {
	encodings.Add(1)
	return fmt.Appendf(nil, "%d:%s ", e.Seq, e.Data)
})

var noReserve = func(context.Context, int64) error { return nil }

// run makes a hub that sweeps until the end of the test.
func run(t testing.TB, h *Hub) *Hub {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { h.Run(ctx) })
	t.Cleanup(func() { cancel(); done.Wait() })
	return h
}

// reader is a listener with a writer that collects. It reads until the queue is closed.
type reader struct {
	Listener
	mu   sync.Mutex
	text strings.Builder
	wake chan struct{}
	done chan struct{}
}

func listen(t testing.TB, h *Hub, since int64, set func(*Listener)) (r *reader, missed bool) {
	t.Helper()
	r = &reader{wake: make(chan struct{}, 1), done: make(chan struct{})}
	r.Dialect = plain
	r.Bye = []byte("bye")
	r.Slow = []byte("slow")
	r.Wake = func() { r.wake <- struct{}{} } // never blocks: it is called only when no writer is at work
	if set != nil {
		set(&r.Listener)
	}
	missed, err := h.Listen(&r.Listener, since)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.done)
		for range r.wake {
			for {
				chunks, _, last := r.Take()
				r.mu.Lock()
				for _, c := range chunks {
					r.text.Write(c.Bytes)
				}
				r.mu.Unlock()
				if last {
					return
				}
				if len(chunks) == 0 {
					break
				}
			}
		}
	}()
	return r, missed
}

func (r *reader) got() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// joined is what stands in chunks.
func joined(chunks []*Chunk) string {
	var b strings.Builder
	for _, c := range chunks {
		b.Write(c.Bytes)
	}
	return b.String()
}

// all is what a listener hears of the events from first to last.
func all(first, last int) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintf(&b, "%d:e%d ", i, i)
	}
	return b.String()
}

func publish(h *Hub, first, last int) {
	for i := first; i <= last; i++ {
		h.Publish("e", int64(i%2), fmt.Appendf(nil, "e%d", i))
	}
}

func TestEverybodyHearsEverythingOnceInOrder(t *testing.T) {
	h := run(t, New(0, nil, noReserve))
	encodings.Store(0)
	var readers []*reader
	for range 200 {
		r, _ := listen(t, h, Live, nil)
		readers = append(readers, r)
	}
	const n = 1000
	publish(h, 1, n)
	for _, r := range readers {
		for deadline := time.Now().Add(10 * time.Second); len(r.got()) < len(all(1, n)) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}
	h.Close()
	for i, r := range readers {
		<-r.done
		if r.got() != all(1, n)+"bye" {
			t.Fatalf("reader %d got %.200q, want %d events and bye", i, r.got(), n)
		}
	}
	if got := encodings.Load(); got != n {
		t.Errorf("%d encodings for %d events and %d listeners, want one for each event", got, n, len(readers))
	}
}

// Listeners that come at any moment, with the number of an event they have seen, miss nothing and hear nothing twice.
func TestListenInTheMiddleOfABurst(t *testing.T) {
	h := run(t, New(0, nil, noReserve))
	const n = 2000
	var wg sync.WaitGroup
	wg.Go(func() { publish(h, 1, n) })
	var readers []*reader
	var since []int64
	for range 100 {
		at := h.Seq()
		at -= rand.Int63n(at + 1)
		r, missed := listen(t, h, at, nil)
		if missed {
			t.Errorf("since %d missed something", at)
		}
		readers, since = append(readers, r), append(since, at)
	}
	wg.Wait()
	for h.Seq() < n {
		time.Sleep(time.Millisecond)
	}
	for i, r := range readers {
		want := all(int(since[i])+1, n)
		for deadline := time.Now().Add(10 * time.Second); len(r.got()) < len(want) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		if got := r.got(); got != want {
			t.Fatalf("since %d got %.200q..., want %.200q...", since[i], got, want)
		}
	}
	h.Close()
}

func TestSince(t *testing.T) {
	kept := func(from, to int) (ring []*Event) {
		for i := from; i <= to; i++ {
			ring = append(ring, &Event{Seq: int64(i), Data: fmt.Appendf(nil, "e%d", i), At: time.Now()})
		}
		return ring
	}
	for _, tt := range []struct {
		name   string
		seq    int64
		ring   []*Event
		since  int64
		want   string
		missed bool
	}{
		{"live hears nothing of the past", 9, kept(5, 9), Live, "", false},
		{"all that is kept", 9, kept(5, 9), 0, all(5, 9), false},
		{"from the middle", 9, kept(5, 9), 7, all(8, 9), false},
		{"exactly what is kept", 9, kept(5, 9), 4, all(5, 9), false},
		{"one too early", 9, kept(5, 9), 3, "", true},
		{"up to date", 9, kept(5, 9), 9, "", false},
		{"a number that was never given", 9, kept(5, 9), 10, "", true},
		{"a new server", 0, nil, 0, "", false},
		{"a new server, from another's number", 0, nil, 1, "", true},
		{"after a crash, up to the last number that was noted", 100, nil, 100, "", false},
		{"after a crash, before it", 100, nil, 99, "", true},
		{"after a crash, all that is kept", 100, nil, 0, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := New(tt.seq, tt.ring, noReserve)
			r, missed := listen(t, h, tt.since, nil)
			h.Close()
			<-r.done
			if r.got() != tt.want+"bye" || missed != tt.missed {
				t.Errorf("since %d got %q, missed %v; want %q, %v", tt.since, r.got(), missed, tt.want, tt.missed)
			}
		})
	}
}

func TestAStuckListenerIsDroppedAndHoldsUpNobody(t *testing.T) {
	h := run(t, New(0, nil, noReserve))
	stuck := &Listener{Dialect: plain, Slow: []byte("slow"), Wake: func() {}}
	if _, err := h.Listen(stuck, Live); err != nil {
		t.Fatal(err)
	}
	good, _ := listen(t, h, Live, nil)
	event := []byte(strings.Repeat("x", 10_000))
	n := 0
	for _, dropped := h.Stats(); dropped == 0 && n < 1000; _, dropped = h.Stats() {
		h.Publish("e", 0, event)
		n++
		for len(good.got()) < n*len(event) { // the other one has it at once
			time.Sleep(10 * time.Microsecond)
		}
	}
	chunks, at, last := stuck.Take()
	if len(chunks) != 1 || string(chunks[0].Bytes) != "slow" || !last || at != -1 {
		t.Errorf("the stuck listener's queue holds %d chunks, last %v; want its last word alone", len(chunks), last)
	}
	if waiting := n * len(event); waiting < maxQueue || waiting > maxQueue+3*len(event) {
		t.Errorf("it was dropped with %d bytes waiting, want about %d", waiting, maxQueue)
	}
	if stuck.Send([]byte("more")) {
		t.Error("Send to a dropped listener = true")
	}
	h.Close()
}

// One who was away for long gets a lot at once; that is not slow reading.
func TestALongPastIsNotTooMuch(t *testing.T) {
	h := run(t, New(0, nil, noReserve))
	for range 500 {
		h.Publish("e", 0, []byte(strings.Repeat("x", 10_000)))
	}
	l := &Listener{Dialect: plain, Wake: func() {}}
	if missed, err := h.Listen(l, 0); missed || err != nil {
		t.Fatalf("Listen = %v, %v", missed, err)
	}
	if !l.Send([]byte("x")) {
		t.Error("the past of 5 MB counts as slow reading")
	}
	if chunks, at, _ := l.Take(); len(chunks) != 501 || at != 500 {
		t.Errorf("Take = %d chunks up to %d, want 501 up to 500", len(chunks), at)
	}
}

func TestKeepAndSingle(t *testing.T) {
	h := run(t, New(0, nil, noReserve))
	publish(h, 1, 10)
	r, _ := listen(t, h, 0, func(l *Listener) { l.Keep = func(e *Event) bool { return e.Topic == 1 } })
	publish(h, 11, 13)
	want := "1:e1 3:e3 5:e5 7:e7 9:e9 11:e11 13:e13 "
	for deadline := time.Now().Add(10 * time.Second); len(r.got()) < len(want) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if r.got() != want {
		t.Errorf("a listener to one topic got %q, want %q", r.got(), want)
	}
	h.Close()
}

func TestWhatIsHeldComesBehindWhatReleasesIt(t *testing.T) {
	h := New(0, nil, noReserve)
	woken := 0
	l := &Listener{Dialect: plain, Bye: []byte("bye"), Wake: func() { woken++ }}
	if _, err := h.Listen(l, 0); err != nil {
		t.Fatal(err)
	}
	take := func(step, want string, wantLast bool) {
		t.Helper()
		chunks, _, last := l.Take()
		if got := joined(chunks); got != want || last != wantLast {
			t.Errorf("%s: Take = %q, last %v; want %q, %v", step, got, last, want, wantLast)
		}
	}
	publish(h, 1, 1)
	h.sweep()
	l.Hold()
	publish(h, 2, 2)
	h.sweep()
	l.Send([]byte("private "))
	take("held", "1:e1 ", false)
	take("held, and taken before", "", false)
	publish(h, 3, 3)
	h.sweep()
	if woken != 1 {
		t.Errorf("the writer was woken %d times while nothing could be taken, want once for the first event", woken)
	}
	l.Release([]byte("answer "))
	take("released", "answer 2:e2 private 3:e3 ", false)
	take("afterwards", "", false)
	l.Hold()
	l.Release(nil)
	l.Hold()
	h.Close()
	take("closed while held", "", false)
	l.Release([]byte("answer "))
	take("the goodbye comes behind the answer", "answer bye", true)
	l.Hold()
	l.Release([]byte("late"))
	take("after the end", "", true)
}

// Who asks for three things at once gets three answers, each as soon as it is there, and then the news.
func TestAnswersKeepTheirOrderWhileOthersAreDue(t *testing.T) {
	for _, direct := range []bool{false, true} {
		h := New(0, nil, noReserve)
		s := &socket{room: 1000}
		l := &Listener{Dialect: plain, Bye: []byte("bye"), Wake: func() {}}
		if direct {
			l.Direct = s.write
		}
		if _, err := h.Listen(l, 0); err != nil {
			t.Fatal(err)
		}
		gets := func(step, want string) {
			t.Helper()
			chunks, _, _ := l.Take()
			if got := string(s.sent) + joined(chunks); got != want {
				t.Errorf("%s, direct %v: got %q, want %q", step, direct, got, want)
			}
			l.Take() // the writer ends
			s.sent = nil
		}
		for range 3 {
			l.Hold()
		}
		publish(h, 1, 1)
		h.sweep()
		gets("nothing answered", "")
		l.Release([]byte("first "))
		gets("one answered", "first ")
		l.Release(nil)
		publish(h, 2, 2)
		h.sweep()
		gets("one that needs no answer", "")
		l.Hold()
		l.Release([]byte("third "))
		h.Close()
		gets("another asked", "third ")
		l.Release([]byte("fourth "))
		gets("all answered", "fourth 1:e1 2:e2 bye")
	}
}

func TestTakeTellsUpToWhere(t *testing.T) {
	h := New(0, nil, noReserve)
	l := &Listener{Dialect: plain, Keep: func(e *Event) bool { return false }, Wake: func() {}}
	if _, err := h.Listen(l, 0); err != nil {
		t.Fatal(err)
	}
	publish(h, 1, 3)
	h.sweep()
	if chunks, at, _ := l.Take(); len(chunks) != 0 || at != 3 {
		t.Errorf("Take = %d chunks up to %d, want none up to 3: what is not wanted was heard too", len(chunks), at)
	}
}

func TestTheRingForgets(t *testing.T) {
	first := func(h *Hub) int64 {
		_, kept := h.Kept()
		if len(kept) == 0 {
			return 0
		}
		return kept[0].Seq
	}
	synctest.Test(t, func(t *testing.T) {
		h := New(0, nil, noReserve)
		tell := func(n int, data []byte) {
			for range n {
				h.Publish("e", 0, data)
			}
			h.sweep()
		}
		tell(3000, []byte("x"))
		if got := first(h); got != 1 {
			t.Errorf("young events: the first kept is %d, want 1, however many", got)
		}
		time.Sleep(keepFor + time.Second)
		tell(1, []byte("x"))
		if got := first(h); got != 2002 {
			t.Errorf("old events: the first kept is %d, want 2002: the last 1,000 stay however old", got)
		}
		big := make([]byte, 1<<20)
		tell(20, big)
		tell(1, []byte("x"))
		if _, kept := h.Kept(); h.size > keepBytes || len(kept) != 16+1 && len(kept) != 15+1 {
			t.Errorf("large events: %d are kept with %d bytes, want those that fit into %d", len(kept), h.size, keepBytes)
		}
	})
}

func TestNumbersAreReservedBeforeTheyAreUsedUp(t *testing.T) {
	noted := int64(Block)
	h := New(0, nil, func(_ context.Context, upTo int64) error { noted = upTo; return nil })
	for i := range int64(3 * Block) {
		h.Publish("e", 0, nil)
		if i%1000 == 0 {
			h.sweep()
			h.reserveMore(t.Context())
		}
		if h.Seq() > noted {
			t.Fatalf("event %d was told while only %d numbers were noted", h.Seq(), noted)
		}
	}
}

func TestAClosedHub(t *testing.T) {
	h := run(t, New(0, nil, noReserve))
	h.Close()
	if _, err := h.Listen(&Listener{Dialect: plain, Wake: func() {}}, 0); !errors.Is(err, ErrClosed) {
		t.Errorf("Listen = %v, want ErrClosed", err)
	}
	publish(h, 1, 2)
	if seq, kept := h.Kept(); seq != 2 || len(kept) != 2 {
		t.Errorf("Kept = %d and %d events, want 2 and 2: they are kept for the next start", seq, len(kept))
	}
}
