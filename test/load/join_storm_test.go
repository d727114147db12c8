package load

// Many people who come at once and go at once, over every kind of socket.

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// presentSet is who is here as a client sees it: users:online, and then those who come and go.
type presentSet map[int64]bool

// take changes the set by an event, and returns the online that it tells, or -1.
func (s presentSet) take(name string, data []byte) (online int, err error) {
	var d struct {
		User   rig.User
		Users  []rig.User
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
func present(w *rig.Wire, set presentSet, n int) error {
	w.SetDeadline(time.Now().Add(3 * rig.Patience))
	for {
		first, payload, err := w.Frame()
		if err != nil {
			return err
		}
		if first != rig.FinText {
			continue // a ping
		}
		var e rig.Event
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
	dir := t.TempDir()
	r := rig.Spawn(t, dir)
	began := r.EventsSince("?since=0").Seq
	projector := r.RawDial(t, "")
	polling := r.Connect("polling", "")
	sockets, sets := r.Crowd(t, people), make([]presentSet, people)
	if err := rig.Together(people, func(i int) error {
		sockets[i].Send(rig.Masked(rig.FinText, fmt.Sprintf(`{"event":"user:join","data":{"nickname":"Kim %d"},"id":1}`, i)))
		sets[i] = presentSet{}
		return present(sockets[i], sets[i], people)
	}); err != nil {
		t.Fatal(err)
	}
	onTheWall := presentSet{}
	if err := present(projector, onTheWall, people); err != nil {
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
	if err := rig.Together(stay, func(i int) error { return present(sockets[i], sets[i], stay) }); err != nil {
		t.Fatal(err)
	}
	if err := present(projector, onTheWall, stay); err != nil {
		t.Fatal(err)
	}
	for i, set := range sets[:stay] {
		if !maps.Equal(set, onTheWall) || len(set) != stay {
			t.Fatalf("socket %d knows %d people, the projector %d, want %d", i, len(set), len(onTheWall), stay)
		}
	}

	// Over the other transport, and over HTTP: each of them once, and the count is right at every step.
	polling.Until(fmt.Sprintf(`"online":%d}`, people))
	polling.Until(fmt.Sprintf(`"online":%d}`, stay))
	all, online := r.Happened(began), 0
	for i, e := range all {
		if e.Name == "user:joined" {
			online++
		} else {
			online--
		}
		if told, err := (presentSet{}).take(e.Name, []byte(e.Data)); told != online || err != nil {
			t.Fatalf("event %d is %s %s, %v; want %d online", i, e.Name, e.Data, err, online)
		}
	}
	if len(all) != 2*people-stay || fmt.Sprint(polling.Heard) != fmt.Sprint(all) {
		t.Errorf("%d events over HTTP, %d over polling, want %d, the same", len(all), len(polling.Heard), 2*people-stay)
	}

	// The last go when the server does. That is kept, for those who come back after its next start.
	if status := r.End(os.Interrupt); status != 0 {
		t.Errorf("exit status = %d; stderr: %s", status, r.Stderr)
	}
	kept := rig.Spawn(t, dir).Happened(began)
	if last := kept[len(kept)-1]; len(kept) != 2*people || !strings.HasSuffix(last.Data, `"online":0}`) {
		t.Errorf("behind the stop %d events were kept, want %d; the last is %s", len(kept), 2*people, last.Data)
	}
}

// A person's own events stay in order where nobody else comes: at once, and before what that person says.
func TestWhoComesAloneIsToldAtOnce(t *testing.T) {
	r := rig.Spawn(t, t.TempDir())
	watcher := r.Listening("")
	for i := range 5 {
		s := r.Listening("?token=" + r.Guest(fmt.Sprint("Lee ", i)).AccessToken)
		s.Ask("chat:message", rig.Object{"message": fmt.Sprint("here I am ", i)})
	}
	names, _ := watcher.News("here I am 4")
	if due := strings.Repeat("user:joined chat:message_received ", 5); names+" chat:message_received " != due {
		t.Errorf("the others heard %q", names)
	}
}
