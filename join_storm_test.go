package main

// Many people who come at once and go at once, over every kind of socket.

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

// presentSet is who is here as a client sees it: users:online, and then those who come and go.
type presentSet map[int64]bool

// take changes the set by an event, and returns the online that it tells, or -1.
func (s presentSet) take(name string, data []byte) (online int, err error) {
	var d struct {
		User   userJSON
		Users  []userJSON
		Online int
	}
	switch name {
	case "users:online":
		clear(s)
		err = json.Unmarshal(data, &d)
		for _, u := range d.Users {
			s[u.ID] = true
		}
		return -1, err
	case "user:joined", "user:left":
		err = json.Unmarshal(data, &d)
		if s[d.User.ID] = true; name == "user:left" {
			delete(s, d.User.ID)
		}
		return d.Online, err
	}
	return -1, nil
}

// present reads until the socket is told that n people are here, and returns the ids of those it knows of.
func (w *wire) present(set presentSet, n int) error {
	w.SetDeadline(time.Now().Add(3 * patience))
	for {
		first, payload, err := w.frame()
		if err != nil {
			return err
		}
		if first != finText {
			continue // a ping
		}
		var e event
		if err := json.Unmarshal(payload, &e); err != nil {
			return fmt.Errorf("%s: %w", payload, err)
		}
		online, err := set.take(e.Event, e.Data)
		if err != nil || e.Event == "error" {
			return fmt.Errorf("%s: %v", payload, err)
		}
		if online == n {
			return nil
		}
	}
}

// Whoever is there in the end knows everybody, however fast they come, and nobody else.
func TestEverybodyIsToldOfAllWhoComeAndGoAtOnce(t *testing.T) {
	const people, stay = 200, 50
	r := start(t)
	began := r.hub.Seq()
	projector := r.rawDial(t, "")
	polling := r.connect("polling", "")
	sockets, sets := r.crowd(t, people), make([]presentSet, people)
	if err := together(people, func(i int) error {
		sockets[i].send(masked(finText, fmt.Sprintf(`{"event":"user:join","data":{"nickname":"Kim %d"},"id":1}`, i)))
		sets[i] = presentSet{}
		return sockets[i].present(sets[i], people)
	}); err != nil {
		t.Fatal(err)
	}
	onTheWall := presentSet{}
	if err := projector.present(onTheWall, people); err != nil {
		t.Fatal(err)
	}
	for i, set := range sets {
		if !maps.Equal(set, onTheWall) || len(set) != people {
			t.Fatalf("socket %d knows %d people, the projector %d, want %d", i, len(set), len(onTheWall), people)
		}
	}
	for _, w := range sockets[stay:] {
		w.Close()
	}
	if err := together(stay, func(i int) error { return sockets[i].present(sets[i], stay) }); err != nil {
		t.Fatal(err)
	}
	if err := projector.present(onTheWall, stay); err != nil {
		t.Fatal(err)
	}
	for i, set := range sets[:stay] {
		if !maps.Equal(set, onTheWall) || len(set) != stay {
			t.Fatalf("socket %d knows %d people, the projector %d, want %d", i, len(set), len(onTheWall), stay)
		}
	}

	// Over the other transport, and over HTTP: each of them once, and the count is right at every step.
	polling.until(fmt.Sprintf(`"online":%d}`, people))
	polling.until(fmt.Sprintf(`"online":%d}`, stay))
	all, online := r.happened(began), 0
	for i, e := range all {
		if e.name == "user:joined" {
			online++
		} else {
			online--
		}
		if told, err := (presentSet{}).take(e.name, []byte(e.data)); told != online || err != nil {
			t.Fatalf("event %d is %s %s, %v; want %d online", i, e.name, e.data, err, online)
		}
	}
	if len(all) != 2*people-stay || fmt.Sprint(polling.heard) != fmt.Sprint(all) {
		t.Errorf("%d events over HTTP, %d over polling, want %d, the same", len(all), len(polling.heard), 2*people-stay)
	}

	// The last go when the server does. That is kept, for those who come back after its next start.
	r.stop()
	_, kept := r.hub.Kept()
	if last := kept[len(kept)-1]; len(kept) != 2*people || !strings.HasSuffix(string(last.Data), `"online":0}`) {
		t.Errorf("behind the stop %d events were kept, want %d; the last is %s", len(kept), 2*people, last.Data)
	}
}

// A person's own events stay in order where nobody else comes: at once, and before what that person says.
func TestWhoComesAloneIsToldAtOnce(t *testing.T) {
	r := start(t)
	watcher := r.listening("")
	for i := range 5 {
		s := r.listening("?token=" + r.guest(fmt.Sprint("Lee ", i)).AccessToken)
		s.ask("chat:message", object{"message": fmt.Sprint("here I am ", i)})
	}
	names, _ := watcher.news("here I am 4")
	if due := strings.Repeat("user:joined chat:message_received ", 5); names+" chat:message_received " != due {
		t.Errorf("the others heard %q", names)
	}
}
