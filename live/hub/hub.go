// Package hub tells many listeners what happens, in one order, without waiting for any of them.
//
//	Publish -> the ring: one list of events, each with the next number (seq)
//	           the sweep: one goroutine takes all new events, encodes each once per dialect,
//	                      and puts the same bytes into the queue of every listener
//	           what the system takes at once leaves with that (Listener.Direct);
//	           for the rest a listener's own writer takes everything that waits and writes it in one go
//
// While one sweep runs, what is published gathers and leaves together in the next: under load a listener gets many
// events in one write, and with nothing waiting an event leaves at once. That is what makes a crowd cheap: what costs
// is neither the encoding nor the queues, but one system call and, where a writer has to be woken, one switch of
// goroutines for each listener.
//
// Queues are bounded. A listener that reads too slowly loses its place and holds up nobody (Listener.Slow). The ring
// keeps the last events, so that one who was away can ask for what it missed (Listen).
//
// The hub knows numbers and ready bytes. It knows neither sockets nor what the events mean, and never waits for I/O.
// All listeners live in this process. Two servers behind a load balancer would each tell half of the class;
// a broker (Redis pub/sub, NATS) is the usual answer.
package hub

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
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

	encoded [maxDialects]atomic.Pointer[[]byte]
}

const maxDialects = 4

// A Dialect is a way to write events, shared by all listeners of a kind. Each event is encoded once in each.
type Dialect struct {
	index  int
	encode func(*Event) []byte
}

var dialects atomic.Int32

// NewDialect makes a dialect of a pure function. It is meant for package variables: there is room for a few.
func NewDialect(encode func(*Event) []byte) *Dialect {
	n := int(dialects.Add(1)) - 1
	if n >= maxDialects {
		panic("hub: too many dialects")
	}
	return &Dialect{n, encode}
}

func (d *Dialect) bytes(e *Event) []byte {
	if b := e.encoded[d.index].Load(); b != nil {
		return *b
	}
	b := d.encode(e)
	e.encoded[d.index].Store(&b)
	return b
}

// Hub is the ring and its listeners. Make one with New, start Run, end it with Close.
type Hub struct {
	reserve func(ctx context.Context, upTo int64) error
	news    chan struct{} // wakes the sweep

	mu        sync.Mutex // guards what follows; nothing waits while it is held
	ring      []*Event   // rising Seq
	size      int        // bytes of Data in the ring
	floor     int64      // events up to this number are no longer kept
	seq       int64      // the last number given out
	reserved  int64      // numbers up to this one are noted as given out
	swept     int64      // events up to this number are in the queues
	listeners map[*Listener]bool
	snapshot  []*Listener // the same as a list, made when a sweep needs it; nil after a change
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
		news:      make(chan struct{}, 1),
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
	select {
	case h.news <- struct{}{}:
	default: // the sweep has been woken already
	}
}

// forgetLocked drops from the ring what need not be kept, but nothing that the sweep has still to tell.
func (h *Hub) forgetLocked(now time.Time) {
	n := 0
	for n < len(h.ring) && h.ring[n].Seq <= h.swept {
		e := h.ring[n]
		old := len(h.ring)-n > keepLast && now.Sub(e.At) > keepFor
		if !old && h.size <= keepBytes {
			break
		}
		h.size -= len(e.Data)
		h.floor = e.Seq
		h.ring[n] = nil // or the array behind the slice would keep it
		n++
	}
	h.ring = h.ring[n:]
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
	all := h.snapshot
	h.mu.Unlock()

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
	joined   [maxDialects][]byte // all of them, one behind the other
}

func (b *batch) bytes(d *Dialect) []byte {
	if len(b.events) == 1 {
		return d.bytes(b.events[0])
	}
	if b.joined[d.index] == nil {
		for _, e := range b.events {
			b.joined[d.index] = append(b.joined[d.index], d.bytes(e)...)
		}
	}
	return b.joined[d.index]
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
		past = h.afterLocked(since)
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
