// Package presence tells who is here. It counts people, not connections: somebody with three open pages joins once and
// leaves once.
//
//	everybody hears   user:joined  {"user":{...},"online":3}    when the first connection of a person joins
//	                  user:left    {"user":{...},"online":2}    when the last one leaves
//	who joins hears   users:online {"users":[...]}              also with a further connection
//
// Everybody hears of everybody, so when 2,000 people come at once, 4,000,000 names travel; no way of telling saves
// that. What can be saved is the work for each: a person is encoded once, a list is put together from what is encoded,
// and in a rush (see allowance) what is told to everybody gathers for a moment and leaves together, in one write for
// each listener. Nothing is left out, and the order is that of the changes. Other events may overtake what gathers, and
// a list may tell of somebody who is yet to be announced: whoever keeps a set of people, as clients do, ends up with
// the same set.
//
// Not covered: who is here on another server. It would take a broker between them.
package presence

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"

	"pollwire/live/coalesce"
	"pollwire/live/hub"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// perPerson is how much longer the rest in a rush is for each who is here, see coalesce.Rest: at most 20,000 listeners
// are written to in a second, however many come and go.
const perPerson = 50 * time.Microsecond

// allowance is how many changes are told at once before they begin to gather. It is the size of a token bucket: each
// change takes one, and with each rest one comes back. People who come one after another, not faster than the rests,
// never use it up, and neither does a class that comes in the same moment.
const allowance = 32

// pause is how long somebody with too many connections is asked to wait before the next one.
const pause = 10 * time.Second

// Room is who is here; P is what is told of a person.
type Room[P any] struct {
	hub *hub.Hub

	// Most is how many seats a person may have; 0: any number. nil: nobody is limited.
	// Now may know better than who joins what is to be told of a person: an Update may have come in between. It is asked
	// with the room locked. nil: who joins knows best.
	// Both are to be set before the first Join.
	Most func(P) int
	Now  func(id int64) (P, bool)

	mu       sync.Mutex // guards what follows, and keeps the events in order
	people   map[int64]*attendee
	watchers map[int64][]*func() // by person, what ends their connections that make nobody be here
	sorted   []*attendee         // people, by their ids
	list     []byte              // users:online; nil after a change

	used    int         // of the allowance
	asOf    time.Time   // used counts up to here
	waiting []change    // told when the rush rests
	timer   *time.Timer // runs while something waits
}

type attendee struct {
	id    int64
	who   []byte  // P in JSON
	seats []*Seat // one for each connection
}

// change is an event that is not told yet.
type change struct {
	event string
	data  []byte
}

// Seat is a connection's place in a room. Only one goroutine at a time may join by it and leave.
type Seat struct {
	// End ends the connection, with a code and a reason of RFC 6455 §7.4; nil: it can't be ended. It must not wait, and
	// may be called by any goroutine. It is to be set before the first Join.
	End func(code int, reason string)

	id int64 // of the person, 0 for nobody
}

// New makes an empty room, whose events go to h.
func New[P any](h *hub.Hub) *Room[P] {
	return &Room[P]{hub: h, people: map[int64]*attendee{}, watchers: map[int64][]*func(){}}
}

// Join lets a person take a seat, in place of whoever had it. id is not 0. tell queues an event for this connection
// alone; it must not wait, nor change data, which others get too.
func (r *Room[P]) Join(seat *Seat, id int64, who P, tell func(event string, data []byte)) error {
	if seat.id != id {
		if err := r.Leave(seat); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Now != nil {
		if now, known := r.Now(id); known {
			who = now
		}
	}
	if err := r.admitLocked(id, who); err != nil && seat.id != id {
		return err
	}
	a := r.people[id]
	arrives := a == nil
	if arrives {
		encoded, err := output.Encode(who)
		if err != nil {
			return err
		}
		a = &attendee{id: id, who: encoded}
		r.people[id] = a
		r.sorted = slices.Insert(r.sorted, r.placeLocked(id), a)
		r.list = nil
	}
	if seat.id == 0 {
		seat.id = id
		a.seats = append(a.seats, seat)
	}
	tell("users:online", r.listLocked())
	if arrives {
		r.announceLocked("user:joined", a)
	}
	return nil
}

// Watch has End call end, for a connection that makes nobody be here. It returns what is to be called when that has
// ended.
func (r *Room[P]) Watch(id int64, end func()) (ended func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := &end
	r.watchers[id] = append(r.watchers[id], w)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		rest := slices.DeleteFunc(r.watchers[id], func(other *func()) bool { return other == w })
		if r.watchers[id] = rest; len(rest) == 0 {
			delete(r.watchers, id)
		}
	}
}

// Admit returns problem.TooMany if a person has as many seats as one may have.
func (r *Room[P]) Admit(id int64, who P) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.admitLocked(id, who)
}

func (r *Room[P]) admitLocked(id int64, who P) error {
	a := r.people[id]
	if r.Most == nil || a == nil {
		return nil
	}
	if most := r.Most(who); most > 0 && len(a.seats) >= most {
		return problem.RetryLater(problem.TooMany, pause, "too many connections of one person: %d are the most", most).
			Coded("connections", "most")
	}
	return nil
}

// Update says that what is told of a person is another now. What is yet to be told, perhaps of the same person, is told
// first: the caller's news of the change come behind it.
func (r *Room[P]) Update(id int64, who P) error {
	encoded, err := output.Encode(who)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.people[id]; a != nil {
		a.who, r.list = encoded, nil
	}
	r.tellLocked()
	return nil
}

// Len returns how many people are here.
func (r *Room[P]) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.people)
}

// Here tells whether a person is here.
func (r *Room[P]) Here(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.people[id] != nil
}

// End ends all connections of a person. They leave when they have ended.
func (r *Room[P]) End(id int64, code int, reason string) {
	seats, watchers := r.connectionsOf(id)
	for _, seat := range seats { // without the lock: a connection may leave at once
		if seat.End != nil {
			seat.End(code, reason)
		}
	}
	for _, end := range watchers {
		(*end)()
	}
}

func (r *Room[P]) connectionsOf(id int64) (seats []*Seat, watchers []*func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.people[id]; a != nil {
		seats = slices.Clone(a.seats)
	}
	return seats, slices.Clone(r.watchers[id])
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
	a.seats = slices.DeleteFunc(a.seats, func(s *Seat) bool { return s == seat })
	if len(a.seats) > 0 {
		return nil
	}
	delete(r.people, a.id)
	i := r.placeLocked(a.id)
	r.sorted = slices.Delete(r.sorted, i, i+1)
	r.list = nil
	r.announceLocked("user:left", a)
	return nil
}

// placeLocked is where in sorted an id is, or belongs.
func (r *Room[P]) placeLocked(id int64) int {
	i, _ := slices.BinarySearchFunc(r.sorted, id, func(a *attendee, id int64) int { return cmp.Compare(a.id, id) })
	return i
}

func (r *Room[P]) listLocked() []byte {
	if r.list != nil {
		return r.list
	}
	size := len(`{"users":[]}`)
	for _, a := range r.sorted {
		size += len(a.who) + 1
	}
	list := append(make([]byte, 0, size), `{"users":[`...)
	for i, a := range r.sorted {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, a.who...)
	}
	r.list = append(list, "]}"...)
	return r.list
}

// announceLocked tells everybody: at once, or in a rush together with what comes next.
func (r *Room[P]) announceLocked(event string, a *attendee) {
	data := append([]byte(`{"user":`), a.who...)
	data = append(data, `,"online":`...)
	data = append(strconv.AppendInt(data, int64(len(r.people)), 10), '}')

	r.waiting = append(r.waiting, change{event, data})
	switch {
	case len(r.people) == 0:
		r.tellLocked() // nobody is left who would have to be spared; and a server that stops tells the end
	case r.timer != nil: // it will tell
	case r.allowedLocked():
		r.tellLocked()
	default:
		r.timer = time.AfterFunc(r.restLocked(), func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.allowedLocked() // for what comes next this counts as well
			r.tellLocked()
		})
	}
}

// restLocked is how long changes gather in a rush.
func (r *Room[P]) restLocked() time.Duration { return coalesce.Rest(len(r.people), perPerson) }

// allowedLocked takes one of the allowance, if there is one.
func (r *Room[P]) allowedLocked() bool {
	rest := r.restLocked()
	rests := int(time.Since(r.asOf) / rest)
	if rests >= r.used {
		r.used, r.asOf = 0, time.Now()
	} else {
		r.used -= rests
		r.asOf = r.asOf.Add(time.Duration(rests) * rest)
	}
	if r.used >= allowance {
		return false
	}
	r.used++
	return true
}

// tellLocked publishes what waits.
func (r *Room[P]) tellLocked() {
	for _, c := range r.waiting {
		r.hub.Publish(c.event, 0, c.data)
	}
	r.waiting = nil
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
}
