package presence

// Many who come and go at once: everybody hears of all, in order, for a price that doesn't grow with the crowd.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pollwire/live/coalesce"
	"pollwire/live/hub"
)

// encodings counts how often somebody was encoded.
var encodings atomic.Int64

type counted struct{ ID int64 }

func (c counted) MarshalJSON() ([]byte, error) {
	encodings.Add(1)
	return fmt.Appendf(nil, `{"id":%d}`, c.ID), nil
}

var ndjson = hub.NewDialect(func(e *hub.Event) []byte {
	return fmt.Appendf(nil, `{"event":%q,"data":%s}`+"\n", e.Name, e.Data)
})

// guest is somebody in a room who keeps a set of people, as clients do, and counts how often it was written to.
type guest struct {
	hub.Listener
	seat   Seat
	writes int
	events int
	joined []int // the online of each user:joined
	here   map[int64]bool
}

// arrive lets a guest listen and join.
func arrive(t *testing.T, h *hub.Hub, r *Room[counted], id int64) *guest {
	t.Helper()
	g := &guest{}
	g.Dialect = ndjson
	g.Wake = func() {}
	if _, err := h.Listen(&g.Listener, hub.Live); err != nil {
		t.Fatal(err)
	}
	if err := r.Join(&g.seat, id, counted{id}, func(event string, data []byte) {
		g.Send(fmt.Appendf(nil, `{"event":%q,"data":%s}`+"\n", event, data))
	}); err != nil {
		t.Fatal(err)
	}
	return g
}

// read takes what waits for the guest.
func (g *guest) read(t *testing.T) {
	t.Helper()
	chunks, _, _ := g.Take()
	if len(chunks) == 0 {
		return
	}
	g.Take() // nothing more: the next chunk wakes the writer again
	g.writes++
	for line := range slices.Values(splitLines(chunks)) {
		var e struct {
			Event string
			Data  struct {
				User   counted
				Users  []counted
				Online int
			}
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		g.events++
		switch id := e.Data.User.ID; e.Event {
		case "users:online":
			g.here = map[int64]bool{}
			for _, u := range e.Data.Users {
				g.here[u.ID] = true
			}
		case "user:joined":
			g.here[id] = true
			g.joined = append(g.joined, e.Data.Online)
		case "user:left":
			delete(g.here, id)
		}
	}
}

func splitLines(chunks []*hub.Chunk) (lines [][]byte) {
	for _, c := range chunks {
		lines = slices.AppendSeq(lines, bytes.Lines(c.Bytes))
	}
	return lines
}

// inARoom runs do with time that passes only when everybody waits.
func inARoom(t *testing.T, do func(t *testing.T, h *hub.Hub, r *Room[counted])) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New(0, nil, func(context.Context, int64) error { return nil })
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { h.Run(ctx) })
		do(t, h, New[counted](h))
		cancel()
		running.Wait()
	})
}

// What a join costs besides the bytes must not grow with the number of people.
func TestARushCostsEachTheSame(t *testing.T) {
	for _, n := range []int{50, 400, 2000} {
		t.Run(fmt.Sprint(n, " people"), func(t *testing.T) {
			inARoom(t, func(t *testing.T, h *hub.Hub, r *Room[counted]) {
				encodings.Store(0)
				const every = 2500 * time.Microsecond // 400 in a second
				most := float64(allowance + 2)
				first := arrive(t, h, r, 1)
				for id := range int64(n) {
					if id > 0 {
						arrive(t, h, r, id+1)
					}
					time.Sleep(every)
					most += float64(every) / float64(coalesce.Rest(int(id), perPerson))
					synctest.Wait()
					first.read(t)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				first.read(t)
				if got := encodings.Load(); got != int64(n) {
					t.Errorf("%d people were encoded %d times, want once each", n, got)
				}
				if first.writes > int(most) {
					t.Errorf("the first was written to %d times, want at most %.0f", first.writes, most)
				}
				for i, online := range first.joined {
					if online != i+1 {
						t.Fatalf("user:joined number %d said %d online", i+1, online)
					}
				}
				if len(first.joined) != n || len(first.here) != n {
					t.Errorf("the first heard of %d and keeps %d, want %d", len(first.joined), len(first.here), n)
				}
			})
		})
	}
}

func TestAClassThatComesTogetherIsToldAtOnce(t *testing.T) {
	inARoom(t, func(t *testing.T, h *hub.Hub, r *Room[counted]) {
		began := time.Now()
		for round := range 3 {
			first := arrive(t, h, r, int64(100*round)+1)
			for id := range int64(allowance - 1) {
				arrive(t, h, r, int64(100*round)+id+2)
			}
			synctest.Wait()
			if first.read(t); len(first.joined) != allowance || time.Since(began) != time.Duration(round)*(allowance+
				1)*coalesce.Shortest {
				t.Fatalf("round %d: %d joined after %v, want %d at once", round, len(first.joined), time.Since(began), allowance)
			}
			late := arrive(t, h, r, int64(100*round)+99)
			if synctest.Wait(); late.events != 0 {
				t.Errorf("round %d: one more was told at once", round)
			}
			time.Sleep(coalesce.Shortest)
			synctest.Wait()
			if first.read(t); len(first.joined) != allowance+1 {
				t.Errorf("round %d: one more was not told after a rest", round)
			}
			time.Sleep(allowance * coalesce.Shortest) // all of the allowance comes back
		}
	})
}

func TestTheAllowanceComesBackOneByOne(t *testing.T) {
	inARoom(t, func(t *testing.T, h *hub.Hub, r *Room[counted]) {
		first, id := arrive(t, h, r, 1), int64(1)
		for range allowance {
			id++
			arrive(t, h, r, id)
		}
		for _, rests := range []int{2, 1, 5} { // the last one of each round is told by and by, which costs a rest
			time.Sleep(time.Duration(rests)*coalesce.Shortest + coalesce.Shortest)
			synctest.Wait()
			if first.read(t); len(first.joined) != int(id) {
				t.Fatalf("%d joined, want %d", len(first.joined), id)
			}
			for range rests + 1 {
				id++
				arrive(t, h, r, id)
			}
			synctest.Wait()
			if first.read(t); len(first.joined) != int(id)-1 {
				t.Errorf("%d rests later %d of %d were told at once, want all but one", rests, len(first.joined)-int(id)+rests+1,
					rests+1)
			}
		}
	})
}

func TestEverybodyEndsUpWithTheSameSet(t *testing.T) {
	inARoom(t, func(t *testing.T, h *hub.Hub, r *Room[counted]) {
		random := rand.New(rand.NewSource(1))
		var here []*guest
		next := int64(0)
		for range 3000 {
			if len(here) < 3 || random.Intn(5) > 1 {
				next++
				here = append(here, arrive(t, h, r, 1+random.Int63n(200))) // some come back, some are here twice
			} else {
				i := random.Intn(len(here))
				h.Leave(&here[i].Listener)
				r.Leave(&here[i].seat)
				here = slices.Delete(here, i, i+1)
			}
			if random.Intn(10) == 0 {
				time.Sleep(time.Duration(random.Intn(30)) * time.Millisecond)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		want := map[int64]bool{}
		for id := range r.people {
			want[id] = true
		}
		for i, g := range here {
			if g.read(t); !maps.Equal(g.here, want) {
				t.Fatalf("guest %d of %d keeps %d people, %d are here", i, len(here), len(g.here), len(want))
			}
		}
		t.Logf("%d connections of %d people at the end, of %d", len(here), len(want), next)
	})
}

// A server that stops saves what was told. Then nothing may wait any more.
func TestNothingWaitsInAnEmptyRoom(t *testing.T) {
	inARoom(t, func(t *testing.T, h *hub.Hub, r *Room[counted]) {
		began := time.Now()
		var all []*guest
		for id := range int64(500) {
			all = append(all, arrive(t, h, r, id+1))
		}
		for _, g := range all {
			r.Leave(&g.seat)
		}
		if _, kept := h.Kept(); len(kept) != 1000 || time.Since(began) > 0 ||
			string(kept[999].Data) != `{"user":{"id":500},"online":0}` {
			t.Errorf("after %v %d events, want 1000 at once", time.Since(began), len(kept))
		}
	})
}

func TestAListIsMadeOnce(t *testing.T) {
	inARoom(t, func(t *testing.T, h *hub.Hub, r *Room[counted]) {
		var lists [3][]byte
		var seats [3]Seat
		for i := range lists { // three pages of the same person
			r.Join(&seats[i], 7, counted{7}, func(_ string, data []byte) { lists[i] = data })
		}
		if &lists[0][0] != &lists[1][0] || &lists[0][0] != &lists[2][0] {
			t.Error("nobody came in between, and yet the list was made anew")
		}
	})
}

// BenchmarkJoin is one more who comes, and goes, where so many are already. What grows is the list of them.
func BenchmarkJoin(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(n, "people"), func(b *testing.B) {
			h := hub.New(0, nil, func(context.Context, int64) error { return nil })
			r := New[counted](h)
			seats := make([]Seat, n)
			for i := range seats {
				r.Join(&seats[i], int64(i+1), counted{int64(i + 1)}, func(string, []byte) {})
			}
			b.ReportAllocs()
			for b.Loop() {
				var seat Seat
				r.Join(&seat, 5000, counted{5000}, func(string, []byte) {})
				r.Leave(&seat)
			}
		})
	}
}
