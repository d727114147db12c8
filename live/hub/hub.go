// Package hub tells many listeners what happens, in one order, without waiting for any of them.
//
// A hub is no more than a list of queues. This one would do for a class:
//
//	type Hub struct {
//		mu     sync.Mutex // guards queues; nothing waits while it is held
//		queues map[chan []byte]bool
//	}
//
//	// Listen returns a queue. Whoever writes all that comes out of it to a socket tells that socket everything.
//	func (h *Hub) Listen() chan []byte {
//		q := make(chan []byte, 100)
//		h.mu.Lock()
//		defer h.mu.Unlock()
//		h.queues[q] = true
//		return q
//	}
//
//	// Publish tells everybody. Whoever reads too slowly has a full queue, and is dropped.
//	func (h *Hub) Publish(event []byte) {
//		h.mu.Lock()
//		defer h.mu.Unlock()
//		for q := range h.queues {
//			select {
//			case q <- event:
//			default:
//				delete(h.queues, q)
//				close(q)
//			}
//		}
//	}
//
// With a thousand sockets and a hundred events in a second it wakes a goroutine, and asks the system for a write, a
// hundred thousand times in a second. The one below differs by what avoids that, and by what a client can ask for:
//
//   - Publish only puts the event into a list, the ring. One goroutine, the sweep (Run), takes all that is new and puts
//     it into the queues. While one sweep runs, what is published gathers and leaves together in the next: under load
//     a listener gets many events in one write, and with nothing waiting an event leaves at once.
//   - Each event is encoded once for all listeners of a kind (Dialect), and all of them get the same bytes (Chunk).
//   - What the system takes at once leaves with the sweep (Listener.Direct); only for the rest a writer is woken, which
//     takes everything that waits and writes it in one go (Listener.Wake, Take).
//   - Queues are bounded by bytes. A listener that reads too slowly gets a last word, which says so (Slow).
//   - Each event has a number (Seq), and the ring keeps the last ones: one who was away asks for what it missed
//     (Listen). The numbers go on after a restart, also after a crash (reserve).
//   - An answer to one listener can be made to come before the news that it causes (Hold, Release).
//
// The hub knows numbers and ready bytes. It knows neither sockets nor what the events mean, and never waits for I/O.
// All listeners live in this process. Two servers behind a load balancer would each tell half of the class;
// a broker (Redis pub/sub, NATS) is the usual answer.
package hub

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pollwire/live/wake"
)

// How much the ring keeps. An event goes only when it is both old and not among the last, or when all of them
// together are too large.
const (
	keepFor   = 2 * time.Minute
	keepLast  = 1000
	keepBytes = 16 << 20
)

// ErrClosed is what Listen answers once the hub is closed.
var ErrClosed = errors.New("the hub is closed")

// An Event is something that everybody may hear. It is not changed after Publish.
type Event struct {
	Seq   int64
	Name  string
	Topic int64  // what it is about, 0 for nothing in particular; listeners may keep to one topic
	Data  []byte // ready JSON
	At    time.Time

	encoded atomic.Pointer[encoding] // what it was encoded to so far
}

// Hub is the ring and its listeners. Make one with New, start Run, end it with Close.
type Hub struct {
	reserve func(ctx context.Context, upTo int64) error
	news    wake.Bell // for the sweep

	mu        sync.Mutex // guards what follows; nothing waits while it is held
	ring      []*Event   // rising Seq
	size      int        // bytes of Data in the ring
	floor     int64      // events up to this number are no longer kept
	seq       int64      // the last number given out
	reserved  int64      // numbers up to this one are noted as given out
	swept     int64      // events up to this number are in the queues
	listeners map[*Listener]bool
	snapshot  []*Listener // the same as a list, made when a sweep needs it; nil after a change
	behind    []func()    // to be called when the next sweep is done
	closed    bool

	dropped atomic.Int64
}

// Block is how many numbers are reserved at a time. After a crash, counting goes on behind the reserved ones, so
// that no number is ever given out twice.
const Block = 100_000

// New makes a hub that goes on counting behind seq and still has the events kept. Numbers up to seq+Block must be
// noted as given out already; later blocks are noted by reserve.
func New(seq int64, kept []*Event, reserve func(ctx context.Context, upTo int64) error) *Hub {
	h := &Hub{
		reserve:   reserve,
		news:      wake.NewBell(),
		ring:      kept,
		floor:     seq,
		seq:       seq,
		reserved:  seq + Block,
		swept:     seq,
		listeners: map[*Listener]bool{},
	}
	for _, e := range kept {
		h.size += len(e.Data)
	}
	if len(kept) > 0 {
		h.floor = kept[0].Seq - 1
	}
	return h
}

// Publish gives the event the next number and tells everybody. It does not wait; data must not change any more.
func (h *Hub) Publish(name string, topic int64, data []byte) {
	at := time.Now()
	h.mu.Lock()
	h.seq++
	h.ring = append(h.ring, &Event{Seq: h.seq, Name: name, Topic: topic, Data: data, At: at})
	h.size += len(data)
	h.forgetLocked(at)
	h.mu.Unlock()
	h.news.Ring()
}

// forgetLocked drops from the ring what need not be kept, but nothing that the sweep has still to tell.
func (h *Hub) forgetLocked(now time.Time) {
	n := 0
	for n < len(h.ring) && h.ring[n].Seq <= h.swept {
		e := h.ring[n]
		old := len(h.ring)-n > keepLast && now.Sub(e.At) > keepFor || e.Seq <= h.floor
		if !old && h.size <= keepBytes {
			break
		}
		h.size -= len(e.Data)
		h.floor = max(h.floor, e.Seq)
		h.ring[n] = nil // or the array behind the slice would keep it
		n++
	}
	h.ring = h.ring[n:]
}

// Forget keeps nothing of what was published so far: whoever asks for some of it has missed it. Who listens already is
// still told.
func (h *Hub) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.floor = h.seq
	h.forgetLocked(time.Now())
}

// Rewrite puts other events into the place of some that are kept, under the same numbers: who asks for the past gets
// those. instead returns what one is to say, or nil where the event stays. Who listens already has heard what was
// published, or may still.
func (h *Hub) Rewrite(instead func(*Event) (name string, data []byte)) {
	_, kept := h.Kept()
	var others []*Event
	for _, e := range kept { // without the lock: it may be many
		if name, data := instead(e); data != nil {
			others = append(others, &Event{Seq: e.Seq, Name: name, Topic: e.Topic, Data: data, At: e.At})
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range others {
		if i, found := slices.BinarySearchFunc(h.ring, e.Seq, bySeq); found {
			h.size += len(e.Data) - len(h.ring[i].Data)
			h.ring[i] = e
		}
	}
}

func bySeq(e *Event, seq int64) int { return cmp.Compare(e.Seq, seq) }

// Behind calls do when all that was published so far is in the queues: what do puts there comes behind it. do runs on
// the goroutine of Run and must not wait.
func (h *Hub) Behind(do func()) {
	h.mu.Lock()
	h.behind = append(h.behind, do)
	h.mu.Unlock()
	h.news.Ring()
}

// Run sweeps until ctx ends.
func (h *Hub) Run(ctx context.Context) {
	for {
		select {
		case <-h.news:
			h.sweep()
			h.reserveMore(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// sweep puts all events that are new into the queues.
func (h *Hub) sweep() {
	h.mu.Lock()
	from := h.swept
	news := h.afterLocked(from)
	h.swept = h.seq
	if h.snapshot == nil {
		h.snapshot = make([]*Listener, 0, len(h.listeners))
		for l := range h.listeners {
			h.snapshot = append(h.snapshot, l)
		}
	}
	all, behind := h.snapshot, h.behind
	h.behind = nil
	h.mu.Unlock()

	h.push(from, news, all)
	for _, do := range behind {
		do()
	}
}

// push puts events into the queues.
func (h *Hub) push(from int64, news []*Event, all []*Listener) {
	if len(news) == 0 {
		return
	}
	b := batch{from: from, to: news[len(news)-1].Seq, events: news}
	for _, l := range all {
		if !l.push(&b) {
			h.Drop(l)
		}
	}
}

// Drop gives up a listener that reads too slowly: what waits for it is thrown away but for its last word.
func (h *Hub) Drop(l *Listener) {
	l.drop()
	h.Leave(l)
}

// afterLocked returns a copy of the kept events behind seq.
func (h *Hub) afterLocked(seq int64) []*Event {
	i := len(h.ring)
	for i > 0 && h.ring[i-1].Seq > seq {
		i--
	}
	return append([]*Event(nil), h.ring[i:]...)
}

// reserveMore notes the next block of numbers long before the last one is used up.
func (h *Hub) reserveMore(ctx context.Context) {
	h.mu.Lock()
	upTo, due := h.seq+Block, h.reserved-h.seq < Block/2
	h.mu.Unlock()
	if due && h.reserve(ctx, upTo) == nil {
		h.mu.Lock()
		h.reserved = upTo
		h.mu.Unlock()
	}
}

// A batch is what one sweep has to tell.
type batch struct {
	from, to int64 // the events behind from, up to to
	events   []*Event
	joined   *encoding // all of them, one behind the other
}

func (b *batch) chunk(d *Dialect) *Chunk {
	if len(b.events) == 1 {
		return d.chunk(b.events[0])
	}
	if found := b.joined.find(d); found != nil {
		return &found.chunk
	}
	var all []byte
	for _, e := range b.events {
		all = append(all, d.chunk(e).Bytes...)
	}
	b.joined = &encoding{d, Chunk{all, b.events}, b.joined}
	return &b.joined.chunk
}

// Live is the since of a listener that wants nothing of the past.
const Live = -1

// Listen begins to tell l what is published from now on. With since >= 0 everything kept behind that number comes
// first (0: all that is kept). It reports whether something was missed that is no longer kept, or since was never
// reached: then l must be told to fetch afresh, and hears only what is new. A closed hub is ErrClosed.
func (h *Hub) Listen(l *Listener, since int64) (missed bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false, ErrClosed
	}
	missed = since > h.seq || since > 0 && since < h.floor
	var past []*Event
	if since >= 0 && !missed {
		past = h.afterLocked(max(since, h.floor))
	}
	l.begin(past, h.seq, &h.dropped)
	h.listeners[l] = true
	h.snapshot = nil
	return missed, nil
}

// Leave ends the telling. What is in l's queue stays there.
func (h *Hub) Leave(l *Listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[l] {
		delete(h.listeners, l)
		h.snapshot = nil
	}
}

// Seq returns the number of the last event.
func (h *Hub) Seq() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq
}

// Close says goodbye to all listeners and takes no new ones. Events may still be published; they are only kept.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	all := h.listeners
	h.listeners, h.snapshot = map[*Listener]bool{}, nil
	h.mu.Unlock()
	for l := range all {
		l.Close(l.Bye)
	}
}

// Kept returns the last number and the events in the ring.
func (h *Hub) Kept() (seq int64, kept []*Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq, h.afterLocked(h.floor)
}

// Stats returns how many listen now and how many were dropped for reading too slowly.
func (h *Hub) Stats() (listeners int, dropped int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.listeners), h.dropped.Load()
}
