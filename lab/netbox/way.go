package netbox

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// end is where a frame arrives: a card, or a port of a switch. note is what the wire has done to it.
type end interface {
	arrive(frame []byte, note string)
}

// way is one direction of a link.
type way struct {
	net  *Net
	name string // "a>b"
	to   end
	road road // what is under way

	mu         sync.Mutex // guards what follows
	conditions            // may change while frames pass
	cut        bool       // the cable is out
	free       time.Time  // when the last of those that wait has left
	departures []time.Time
	latest     time.Time // when the last one arrives, but those that are held up
	tracker    tracker
}

func newWay(n *Net, to end) *way {
	w := &way{net: n, to: to}
	w.road.to = to
	return w
}

// send takes a frame that leaves now. fate is what happens to it on its way, to be told in the sender's capture: ""
// if it just arrives. deliver lets it go: what arrives at once must not be in the receiver's capture before it is in
// the sender's.
func (w *way) send(frame []byte, now time.Time) (fate string, deliver func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.identify(frame)
	switch {
	case w.cut:
		return w.name + ": lost, the cable is out", func() {}
	case !w.enqueue(now, len(frame)):
		return fmt.Sprintf("%s: lost, the queue of %d frames is full", w.name, w.queue), func() {}
	case w.data(id) && id.nth <= w.lose[id.seq], id.kind == datagram && w.chance("loss", w.numberedLoss, id),
		w.chance("loss", w.loss, id):
		return w.name + ": lost", func() {}
	case !w.road.room(len(frame)):
		return w.name + ": lost, too much is under way", func() {}
	}
	return w.travel(frame, id, now)
}

// identify counts a frame and says what it is known by.
func (w *way) identify(frame []byte) identity {
	if w.number != nil {
		if id, ok := w.tracker.numbered(frame, w.number); ok {
			return id
		}
	}
	return w.tracker.identify(frame)
}

// enqueue finds out when the frame has left: behind all that wait, and after the time that it takes itself. It returns
// whether there was room in the queue.
func (w *way) enqueue(now time.Time, size int) bool {
	for len(w.departures) > 0 && !w.departures[0].After(now) {
		w.departures = w.departures[1:]
	}
	if w.queue > 0 && len(w.departures) > w.queue { // the one that is leaving does not wait
		return false
	}
	if w.free.Before(now) {
		w.free = now
	}
	if w.rate > 0 {
		w.free = w.free.Add(time.Duration(float64(size*8) / w.rate * 1e9))
		w.departures = append(w.departures, w.free)
	}
	return true
}

// travel decides when the frame arrives, in which state, and how often.
func (w *way) travel(frame []byte, id identity, now time.Time) (fate string, deliver func()) {
	var notes []string
	at := w.free.Add(w.delay + time.Duration(float64(w.jitter)*w.draw("jitter", id)))
	if at.Before(w.latest) {
		at = w.latest
	}
	if late := w.heldUp(id); late > 0 {
		at = at.Add(late)
		notes = append(notes, fmt.Sprintf("held up for %v", late))
	} else {
		w.latest = at
	}
	arriving := frame
	if w.chance("break", w.breakages, id) {
		bit := 0
		arriving, bit = broken(frame, w.draw("bit", id))
		notes = append(notes, fmt.Sprintf("broken, bit %d of byte %d", bit%8, bit/8))
	}
	times := 1
	if w.chance("double", w.double, id) {
		times = 2
		notes = append(notes, "doubled")
	}
	note := ""
	if len(notes) > 0 {
		note = w.name + ": " + strings.Join(notes, ", ")
	}
	return note, func() {
		for range times {
			w.road.add(arriving, note, at, now)
		}
	}
}

// broken is a copy of a frame with one bit turned, and which one. Bits are counted from the highest of the first byte.
func broken(frame []byte, where float64) (copied []byte, bit int) {
	copied = append([]byte(nil), frame...)
	if len(frame) > ethernetHeader {
		bit = ethernetHeader*8 + int(where*float64(8*(len(frame)-ethernetHeader)))
		copied[bit/8] ^= 0x80 >> (bit % 8)
	}
	return copied, bit
}

// data: it is a segment of TCP that carries bytes.
func (w *way) data(id identity) bool { return id.kind == segment && id.length > 0 }

// heldUp is how much later than others the frame comes.
func (w *way) heldUp(id identity) time.Duration {
	if late := w.hold[id.seq]; late > 0 && w.data(id) && id.nth == 1 {
		return late
	}
	if w.chance("reorder", w.disorder, id) {
		return w.late
	}
	return 0
}

func (w *way) draw(what string, id identity) float64 { return draw(w.net.seed, w.name, what, id) }

// chance is true for a part of all frames. The same frame has the same luck each time.
func (w *way) chance(what string, part float64, id identity) bool {
	return part > 0 && w.draw(what, id) < part
}
