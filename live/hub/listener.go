package hub

import (
	"slices"
	"sync"
	"sync/atomic"
)

// maxQueue is how many bytes may wait for one listener. The burst of a few hundred people fits many times over;
// a reader that is stuck is found out before it costs much memory.
const maxQueue = 1 << 20

// A Listener is the queue between the hub and whoever writes to one socket or stream. The zero Listener can be used: it
// hears the bare Data of all events, and who asks by Take gets what has come since. Whoever wants to be woken instead
// sets Wake, whoever wants something around the Data sets Dialect; the other fields are for special needs. They are set
// before Listen, or the first other call.
type Listener struct {
	Dialect *Dialect          // how events are written; nil: their Data alone
	Single  bool              // true: each event is a chunk of its own, never several in one
	Keep    func(*Event) bool // which events it wants; nil: all
	Slow    []byte            // its last bytes if it is dropped for reading too slowly
	Bye     []byte            // its last bytes when the hub closes

	// Wake is called, with the listener locked, when chunks wait and no writer is at work: it starts a writer or pokes
	// one. It must never block, or nobody hears anything any more. The writer calls Take until it returns no chunks.
	// nil: nobody is woken.
	Wake func()

	// Direct, if not nil, is tried before Wake, also with the listener locked, with a chunk that waits alone. It sends
	// what can leave at once and returns how many bytes that was; it must never block either. It saves starting a
	// goroutine for each of a thousand listeners, which costs more than the write that the goroutine would do.
	Direct func(chunk []byte) (n int)

	mu      sync.Mutex    // guards what follows; nothing waits while it is held
	drops   *atomic.Int64 // the hub's count of the listeners that it has dropped
	queue   []*Chunk
	begun   bool  // the first of them is the rest of one of which Direct has sent a part
	size    int   // bytes in queue
	past    int   // how many of them were there at first: they don't count as slow reading
	at      int64 // the queue and what was taken from it cover the events up to this number
	busy    bool  // a writer is at work, or woken
	closed  bool  // nothing may be queued any more
	holding int   // how many Holds have not met their Release yet
	free    int   // while holding > 0: how many chunks at the head of queue are not held
}

// begin queues the past. The limit is on top of that: a long absence is not slow reading.
func (l *Listener) begin(past []*Event, at int64, drops *atomic.Int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drops = drops
	for _, e := range past {
		if l.Keep == nil || l.Keep(e) {
			l.appendLocked(l.dialect().chunk(e))
		}
	}
	l.past = l.size
	l.at = at
	l.wakeLocked()
}

// push queues what the listener has not heard of the batch. It reports false if too much waits: it must be dropped.
func (l *Listener) push(b *batch) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || b.to <= l.at {
		return true
	}
	if l.fullLocked() {
		return false
	}
	if l.at <= b.from && !l.Single && l.Keep == nil {
		l.appendLocked(b.chunk(l.dialect()))
	} else {
		for _, e := range b.events {
			if e.Seq > l.at && (l.Keep == nil || l.Keep(e)) {
				l.appendLocked(l.dialect().chunk(e))
			}
		}
	}
	l.at = b.to
	l.wakeLocked()
	return true
}

func (l *Listener) dialect() *Dialect {
	if l.Dialect == nil {
		return bare
	}
	return l.Dialect
}

// SetDirect sets Direct while the listener is in use already.
func (l *Listener) SetDirect(direct func(chunk []byte) (n int)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Direct = direct
}

// Send queues a chunk for this listener alone, behind what it was told so far. It reports false if the listener
// is closed or reads too slowly.
func (l *Listener) Send(chunk []byte) bool {
	l.mu.Lock()
	full := l.fullLocked()
	ok := !l.closed && !full
	if ok {
		l.appendLocked(&Chunk{Bytes: chunk})
		l.wakeLocked()
	}
	l.mu.Unlock()
	if full {
		l.drop()
	}
	return ok
}

// Hold makes everything that is queued from now on wait for Release. So the answer to what a listener asks for can come
// before the news of it. Holds are counted: whoever asks again before the first answer is there calls Hold again, and
// what is held leaves with the last Release.
func (l *Listener) Hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holding == 0 {
		l.free = len(l.queue)
	}
	l.holding++
}

// Release ends one Hold. It queues answer (may be empty) behind earlier answers and before all that is held. A listener
// that asks and asks and does not read the answers is dropped. What was only held counts against nobody: no writer
// could take it.
func (l *Listener) Release(answer []byte) {
	l.mu.Lock()
	l.holding--
	full := l.busy && l.fullLocked()
	if !full && len(answer) > 0 && (!l.closed || len(l.queue) > l.free) {
		// once the last bytes have left, nothing may follow
		l.queue = slices.Insert(l.queue, l.free, &Chunk{Bytes: answer})
		l.size += len(answer)
		l.free++
	}
	l.wakeLocked()
	l.mu.Unlock()
	if full {
		l.drop()
	}
}

// Close queues last (may be empty) and nothing after it. Closing again does nothing.
func (l *Listener) Close(last []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closeLocked(last)
}

// Take returns all chunks that wait and are not held, for one writer at a time. They and what was taken before cover
// the events up to number at, wanted or not; at is -1 if some were thrown away because they were too many. last says
// that nothing will follow. With no chunks the writer's work is done until the next Wake.
func (l *Listener) Take() (chunks []*Chunk, at int64, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.readyLocked()
	chunks, l.queue, l.free = l.queue[:n:n], l.queue[n:], 0
	if len(l.queue) == 0 {
		l.queue = nil // or the array behind the slice would keep what was taken
	}
	for _, c := range chunks {
		l.size -= len(c.Bytes)
	}
	l.begun = l.begun && len(chunks) == 0
	l.past = 0
	l.busy = len(chunks) > 0
	return chunks, l.at, l.closed && len(l.queue) == 0
}

func (l *Listener) appendLocked(c *Chunk) {
	l.queue = append(l.queue, c)
	l.size += len(c.Bytes)
}

// fullLocked tells whether too much waits already. What is new doesn't count, or one large sweep would drop everybody
// at once.
func (l *Listener) fullLocked() bool { return l.size > maxQueue+l.past }

// drop throws away what waits, which could not be read in time anyway, and says the last word. Of a chunk of which a
// part has left, the rest stays: without it the other side would take the last word for that rest.
func (l *Listener) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	if l.drops != nil {
		l.drops.Add(1)
	}
	waiting := l.queue
	l.queue, l.size, l.free, l.at = nil, 0, 0, -1
	if l.begun {
		l.appendLocked(waiting[0])
		l.free = 1
	}
	l.closeLocked(l.Slow)
}

func (l *Listener) closeLocked(last []byte) {
	if l.closed {
		return
	}
	l.closed = true
	if len(last) > 0 {
		l.appendLocked(&Chunk{Bytes: last})
	}
	if !l.busy {
		l.callLocked() // even with nothing queued: the writer must hear of the end
	}
}

// readyLocked tells how many chunks wait and are not held.
func (l *Listener) readyLocked() int {
	if l.holding > 0 {
		return l.free
	}
	return len(l.queue)
}

func (l *Listener) wakeLocked() {
	if l.busy || l.readyLocked() == 0 {
		return
	}
	// More at once are a writer's, for one system call, and so is the last word: the writer must hear of the end.
	if l.readyLocked() == 1 && l.Direct != nil && !l.closed {
		l.directLocked()
	}
	if l.readyLocked() > 0 {
		l.callLocked()
	}
}

// callLocked wakes a writer.
func (l *Listener) callLocked() {
	l.busy = true
	if l.Wake != nil {
		l.Wake()
	}
}

// directLocked sends the first chunk, or what it can of it.
func (l *Listener) directLocked() {
	first := l.queue[0]
	n := l.Direct(first.Bytes)
	l.size -= n
	if n < len(first.Bytes) {
		if n > 0 {
			l.queue[0], l.begun = &Chunk{first.Bytes[n:], first.Events}, true // others share the whole one
		}
		return
	}
	l.begun = false
	l.queue, l.free = slices.Delete(l.queue, 0, 1), 0
}
