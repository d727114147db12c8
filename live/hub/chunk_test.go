package hub

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// numbers are those of the events that chunks say they hold.
func numbers(chunks []*Chunk) (seqs []int64) {
	for _, c := range chunks {
		for _, e := range c.Events {
			seqs = append(seqs, e.Seq)
		}
	}
	return seqs
}

// Each chunk names the events that its bytes tell, whichever way it came into the queue.
func TestAChunkSaysWhichEventsItHolds(t *testing.T) {
	h := New(0, nil, noReserve)
	publish(h, 1, 2)
	h.sweep()
	odd := func(e *Event) bool { return e.Topic == 1 }
	for _, tt := range []struct {
		name  string
		l     *Listener
		since int64
		want  []int64
	}{
		{"the past", &Listener{Dialect: plain}, 0, []int64{1, 2, 3, 4, 5}},
		{"live", &Listener{Dialect: plain}, Live, []int64{3, 4, 5}},
		{"one by one", &Listener{Dialect: plain, Single: true}, Live, []int64{3, 4, 5}},
		{"one topic", &Listener{Dialect: plain, Keep: odd}, 0, []int64{1, 3, 5}},
	} {
		if _, err := h.Listen(tt.l, tt.since); err != nil {
			t.Fatal(err)
		}
		defer func() {
			chunks, _, _ := tt.l.Take()
			if got := numbers(chunks); !slices.Equal(got, tt.want) {
				t.Errorf("%s: events %v, want %v", tt.name, got, tt.want)
			}
			for _, c := range chunks {
				text := ""
				for _, e := range c.Events {
					text += fmt.Sprintf("%d:%s ", e.Seq, e.Data)
				}
				if text != string(c.Bytes) && len(c.Events) > 0 {
					t.Errorf("%s: %q says that it holds %q", tt.name, c.Bytes, text)
				}
			}
		}()
		tt.l.Send([]byte("private "))
	}
	publish(h, 3, 4)
	h.sweep()
	publish(h, 5, 5)
	h.sweep()
}

// What one sweep tells many is made once, the list of its events included.
func TestAThousandListenersShareAChunk(t *testing.T) {
	h := New(0, nil, noReserve)
	listeners := make([]Listener, 1000)
	for i := range listeners {
		listeners[i].Dialect = plain
		if _, err := h.Listen(&listeners[i], Live); err != nil {
			t.Fatal(err)
		}
	}
	for _, last := range []int{1, 9} { // one event, and several
		publish(h, last, last)
		if last > 1 {
			publish(h, last+1, last+7)
		}
		h.sweep()
		var first *Chunk
		for i := range listeners {
			chunks, _, _ := listeners[i].Take()
			if len(chunks) != 1 {
				t.Fatalf("listener %d got %d chunks, want 1", i, len(chunks))
			}
			if i == 0 {
				first = chunks[0]
			}
			if chunks[0] != first {
				t.Fatalf("listener %d has a copy of its own", i)
			}
		}
	}
}

// Five kinds of listeners hear the same events, each in its own words, and each word is made once.
func TestFiveDialects(t *testing.T) {
	h := New(0, nil, noReserve)
	const each, events = 20, 100
	var mu sync.Mutex
	made := map[string]int{}
	var readers []*reader
	words := []string{"one", "two", "three", "four", "five"}
	for _, word := range words {
		d := NewDialect(func(e *Event) []byte {
			mu.Lock()
			defer mu.Unlock()
			made[fmt.Sprint(word, e.Seq)]++
			return fmt.Appendf(nil, "%s%d ", word, e.Seq)
		})
		for range each {
			r, _ := listen(t, h, Live, func(l *Listener) { l.Dialect = d })
			readers = append(readers, r)
		}
	}
	for first := 1; first <= events; first += 4 { // one at a time, and three
		publish(h, first, first)
		h.sweep()
		publish(h, first+1, first+3)
		h.sweep()
	}
	h.Close()
	for i, r := range readers {
		<-r.done
		var want strings.Builder
		for n := range events {
			fmt.Fprintf(&want, "%s%d ", words[i/each], n+1)
		}
		if r.got() != want.String()+"bye" {
			t.Errorf("a listener in dialect %q got %.60q, want %.60q", words[i/each], r.got(), want.String())
		}
	}
	if len(made) != len(words)*events {
		t.Errorf("%d words were made, want %d", len(made), len(words)*events)
	}
	for word, n := range made {
		if n != 1 {
			t.Errorf("%s was made %d times", word, n)
		}
	}
}

// The zero Listener hears and is spoken to like any other. It only has to ask.
func TestTheZeroListener(t *testing.T) {
	h := New(0, nil, noReserve)
	l := new(Listener)
	if !l.Send([]byte("first ")) || !l.Send([]byte("second ")) {
		t.Error("Send before Listen = false")
	}
	if missed, err := h.Listen(l, Live); missed || err != nil {
		t.Fatalf("Listen = %v, %v", missed, err)
	}
	publish(h, 1, 2)
	h.sweep()
	l.Hold()
	publish(h, 3, 3)
	h.sweep()
	l.Release([]byte("answer "))
	if chunks, at, last := l.Take(); joined(chunks) != "first second e1e2answer e3" || at != 3 || last {
		t.Errorf("Take = %q up to %d, last %v", joined(chunks), at, last)
	}
	h.Publish("large", 0, make([]byte, maxQueue+1))
	h.sweep()
	publish(h, 5, 5)
	h.sweep() // too much waits
	if chunks, _, last := l.Take(); len(chunks) != 0 || !last {
		t.Errorf("Take of a dropped one = %d chunks, last %v", len(chunks), last)
	}
	closed := new(Listener)
	closed.Close(nil)
	if closed.Send([]byte("x")) {
		t.Error("Send behind Close = true")
	}
	other := new(Listener)
	if _, err := h.Listen(other, 0); err != nil {
		t.Fatal(err)
	}
	h.Close()
	if chunks, _, last := other.Take(); len(chunks) != 5 || !last {
		t.Errorf("Take at the end = %d chunks, last %v, want all 5 events", len(chunks), last)
	}
}
