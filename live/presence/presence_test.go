package presence

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pollwire/live/hub"
)

type person struct {
	Name string `json:"name"`
}

// listen starts a hub and returns it and a func that gives what everybody has heard so far.
func listen(t *testing.T) (*hub.Hub, func() []string) {
	t.Helper()
	h := hub.New(0, nil, func(context.Context, int64) error { return nil })
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return h, func() (heard []string) {
		_, kept := h.Kept()
		for _, e := range kept {
			heard = append(heard, fmt.Sprintf("%s %s", e.Name, e.Data))
		}
		return heard
	}
}

func TestPeopleAreCountedAndNotConnections(t *testing.T) {
	h, heard := listen(t)
	r := New[person](h)
	var told []string
	tell := func(event string, data []byte) { told = append(told, fmt.Sprintf("%s %s", event, data)) }
	var a, b, c Seat
	join := func(s *Seat, id int64, name string) {
		t.Helper()
		if err := r.Join(s, id, person{name}, tell); err != nil {
			t.Fatal(err)
		}
	}
	leave := func(s *Seat) {
		t.Helper()
		if err := r.Leave(s); err != nil {
			t.Fatal(err)
		}
	}
	leave(&a) // a free seat
	join(&a, 7, "Kim")
	join(&a, 7, "Kim") // the same again counts once
	join(&b, 7, "Kim")
	join(&c, 3, "Lee")
	leave(&a)
	leave(&a)
	join(&c, 7, "Kim") // one who becomes another leaves first
	leave(&b)
	leave(&c)
	if got, want := heard(), []string{
		`user:joined {"user":{"name":"Kim"},"online":1}`,
		`user:joined {"user":{"name":"Lee"},"online":2}`,
		`user:left {"user":{"name":"Lee"},"online":1}`,
		`user:left {"user":{"name":"Kim"},"online":0}`,
	}; !slices.Equal(got, want) {
		t.Errorf("everybody heard %q, want %q", got, want)
	}
	if got, want := told, []string{
		`users:online {"users":[{"name":"Kim"}]}`,
		`users:online {"users":[{"name":"Kim"}]}`,
		`users:online {"users":[{"name":"Kim"}]}`,
		`users:online {"users":[{"name":"Lee"},{"name":"Kim"}]}`, // by their numbers
		`users:online {"users":[{"name":"Kim"}]}`,
	}; !slices.Equal(got, want) {
		t.Errorf("those who joined were told %q, want %q", got, want)
	}
}

// Whatever the order, the last number told is right.
func TestManyAtOnce(t *testing.T) {
	h, heard := listen(t)
	r := New[person](h)
	var all sync.WaitGroup
	for id := range int64(100) {
		all.Go(func() {
			var seat Seat
			if err := r.Join(&seat, id+1, person{"x"}, func(string, []byte) {}); err != nil {
				t.Error(err)
			}
			if id%2 == 0 {
				if err := r.Leave(&seat); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var list []string
	for wait := time.Now(); len(list) < 150 && time.Since(wait) < 10*time.Second; time.Sleep(time.Millisecond) {
		list = heard()
	}
	online := 0
	for _, e := range list {
		var n int
		if _, err := fmt.Sscanf(e, `user:joined {"user":{"name":"x"},"online":%d}`, &n); err == nil {
			online++
		} else if _, err := fmt.Sscanf(e, `user:left {"user":{"name":"x"},"online":%d}`, &n); err == nil {
			online--
		} else {
			t.Fatal(e)
		}
		if n != online {
			t.Fatalf("%s, want online %d", e, online)
		}
	}
	if online != 50 || len(list) != 150 {
		t.Errorf("%d are here after %d events, want 50 after 150", online, len(list))
	}
}
