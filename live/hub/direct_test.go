package hub

import (
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"testing"
)

// socket takes at once as much as it has room for. It never waits.
type socket struct {
	mu   sync.Mutex // guards room and sent
	room int
	sent []byte
}

func (s *socket) write(b []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(b), s.room)
	s.room -= n
	s.sent = append(s.sent, b[:n]...)
	return n
}

func TestWhatLeavesAtOnceWakesNoWriter(t *testing.T) {
	h := New(0, nil, noReserve)
	s, woken := &socket{room: 13}, 0
	l := &Listener{Dialect: plain, Direct: s.write, Wake: func() { woken++ }}
	if _, err := h.Listen(l, Live); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 4; i++ {
		publish(h, i, i)
		h.sweep()
	}
	if got := string(s.sent); got != "1:e1 2:e2 3:e" || woken != 1 {
		t.Errorf("sent %q, a writer was woken %d times; want all that there is room for, and one for the rest", got, woken)
	}
	chunks, at, _ := l.Take()
	if got := joined(chunks); got != "3 4:e4 " || at != 4 {
		t.Errorf("Take = %q up to %d, want the rest of the third event and the fourth, up to 4", got, at)
	}
	s.room = 100
	publish(h, 5, 5)
	h.sweep()
	if got := string(s.sent); strings.Contains(got, "5") {
		t.Errorf("sent %q while a writer is at work: it would overtake", got)
	}
	l.Take()
	l.Take() // nothing: the writer ends
	publish(h, 6, 6)
	h.sweep()
	if got := string(s.sent); !strings.HasSuffix(got, "6:e6 ") || woken != 1 {
		t.Errorf("sent %q, a writer was woken %d times; want the sixth event at once", got, woken)
	}
}

func TestNothingLeavesWhileItIsHeld(t *testing.T) {
	h := New(0, nil, noReserve)
	s := &socket{room: 1000}
	l := &Listener{Dialect: plain, Direct: s.write, Wake: func() {}}
	if _, err := h.Listen(l, Live); err != nil {
		t.Fatal(err)
	}
	l.Hold()
	publish(h, 1, 1)
	h.sweep()
	if len(s.sent) > 0 {
		t.Errorf("sent %q before the answer", s.sent)
	}
	l.Release([]byte("answer "))
	chunks, _, _ := l.Take()
	if got := string(s.sent) + joined(chunks); got != "answer 1:e1 " {
		t.Errorf("got %q, want the answer and then the event", got)
	}
}

// The last word of a listener that reads too slowly must stand where a chunk begins, or its client can't make it out.
func TestADroppedListenerGetsTheChunkThatHasBegun(t *testing.T) {
	h := New(0, nil, noReserve)
	s := &socket{room: 2}
	l := &Listener{Dialect: plain, Direct: s.write, Slow: []byte("slow"), Wake: func() {}}
	if _, err := h.Listen(l, Live); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 3; i++ {
		publish(h, i, i)
		h.sweep()
	}
	h.Drop(l)
	chunks, at, last := l.Take()
	if got := string(s.sent) + joined(chunks); got != "1:e1 slow" || at != -1 || !last {
		t.Errorf("got %q, last %v; want the first event whole, and the last word", got, last)
	}
}

// Whoever sends, and whatever there is room for: each chunk comes once, whole and in order.
func TestDirectAndWriterInTurn(t *testing.T) {
	h := run(t, New(0, nil, noReserve))
	const events = 3000
	s := &socket{}
	done := make(chan struct{})
	l := &Listener{Dialect: plain, Direct: s.write, Bye: []byte("bye")}
	l.Wake = func() {
		go func() {
			for {
				chunks, _, last := l.Take()
				for _, c := range chunks {
					s.mu.Lock()
					s.sent = append(s.sent, c.Bytes...)
					s.room = rand.Intn(40) // whoever waits for room finds some
					s.mu.Unlock()
				}
				if last {
					close(done)
				}
				if last || len(chunks) == 0 {
					return
				}
			}
		}()
	}
	if _, err := h.Listen(l, Live); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() { publish(h, 1, events) })
	all.Go(func() {
		for i := range events {
			l.Send(fmt.Appendf(nil, "own%d ", i))
		}
	})
	all.Wait()
	for told := int64(0); told < events; {
		l.mu.Lock()
		told = l.at
		l.mu.Unlock()
	}
	h.Close()
	<-done
	var news, own []string
	for _, chunk := range strings.Fields(string(s.sent)) {
		if strings.HasPrefix(chunk, "own") {
			own = append(own, chunk)
		} else {
			news = append(news, chunk)
		}
	}
	if len(own) != events || len(news) != events+1 {
		t.Fatalf("%d own chunks and %d others, want %d and %d", len(own), len(news), events, events+1)
	}
	for i := range events {
		if own[i] != fmt.Sprint("own", i) || news[i] != fmt.Sprintf("%d:e%d", i+1, i+1) {
			t.Fatalf("chunks %d are %q and %q: out of order, or torn", i, own[i], news[i])
		}
	}
}

// Who is dropped in the middle of a chunk, and of a question, still gets the rest of that chunk first.
func TestTheRestOfAChunkComesBeforeTheAnswer(t *testing.T) {
	h := New(0, nil, noReserve)
	s := &socket{room: 3}
	l := &Listener{Dialect: plain, Direct: s.write, Slow: []byte("slow"), Wake: func() {}}
	if _, err := h.Listen(l, Live); err != nil {
		t.Fatal(err)
	}
	publish(h, 1, 1)
	h.sweep()
	l.Hold()
	h.Drop(l)
	l.Release([]byte("answer "))
	for range 2 {
		chunks, _, _ := l.Take()
		s.sent = append(s.sent, joined(chunks)...)
	}
	if got := string(s.sent); got != "1:e1 answer slow" {
		t.Errorf("got %q, want the whole event, the answer and the last word", got)
	}
}
