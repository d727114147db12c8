// Package presence tells who is here. It counts people, not connections: somebody with three open pages joins once and
// leaves once.
//
//	everybody hears   user:joined  {"user":{...},"online":3}    when the first connection of a person joins
//	                  user:left    {"user":{...},"online":2}    when the last one leaves
//	who joins hears   users:online {"users":[...]}              also with a further connection
//
// Not covered: who is here on another server. It would take a broker between them.
package presence

import (
	"cmp"
	"slices"
	"sync"

	"pollwire/hub"
	"pollwire/output"
)

// Room is who is here; P is what is told of a person.
type Room[P any] struct {
	hub    *hub.Hub
	mu     sync.Mutex // guards people, and keeps the events about them in order
	people map[int64]*attendee[P]
}

type attendee[P any] struct {
	id    int64
	who   P
	seats int // connections
}

// Seat is a connection's place in a room. Only one goroutine at a time may use it.
type Seat struct{ id int64 } // of the person, 0 for nobody

// New makes an empty room, whose events go to h.
func New[P any](h *hub.Hub) *Room[P] { return &Room[P]{hub: h, people: map[int64]*attendee[P]{}} }

// Join lets a person take a seat, in place of whoever had it. id is not 0. tell queues an event for this connection alone.
func (r *Room[P]) Join(seat *Seat, id int64, who P, tell func(event string, data []byte)) error {
	if seat.id != id {
		if err := r.Leave(seat); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.people[id]
	arrives := a == nil
	if arrives {
		a = &attendee[P]{id: id, who: who}
		r.people[id] = a
	}
	if seat.id == 0 {
		seat.id = id
		a.seats++
	}
	list, err := r.listLocked()
	if err != nil {
		return err
	}
	tell("users:online", list)
	if arrives {
		return r.publishLocked("user:joined", who)
	}
	return nil
}

// Leave frees a seat. A free one may be left again.
func (r *Room[P]) Leave(seat *Seat) error {
	if seat.id == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.people[seat.id]
	seat.id = 0
	if a.seats--; a.seats > 0 {
		return nil
	}
	delete(r.people, a.id)
	return r.publishLocked("user:left", a.who)
}

func (r *Room[P]) listLocked() ([]byte, error) {
	all := make([]*attendee[P], 0, len(r.people))
	for _, a := range r.people {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *attendee[P]) int { return cmp.Compare(a.id, b.id) })
	list := make([]P, len(all))
	for i, a := range all {
		list[i] = a.who
	}
	return output.Encode(map[string][]P{"users": list})
}

func (r *Room[P]) publishLocked(event string, who P) error {
	data, err := output.Encode(struct {
		User   P   `json:"user"`
		Online int `json:"online"`
	}{who, len(r.people)})
	if err == nil {
		r.hub.Publish(event, 0, data)
	}
	return err
}
