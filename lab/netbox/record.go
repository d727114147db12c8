package netbox

import (
	"fmt"
	"os"
	"sync"
	"time"

	"pollwire/wire/pcapng"
)

// record is the capture of a host: what its cards send and receive, with the time at which the wire took it or gave it.
// Each host has a file of its own: in a file with both ends of a link everything would look as if it were sent twice.
type record struct {
	host   string
	silent bool // there are no comments

	mu      sync.Mutex // guards what follows
	file    *os.File   // nil: nothing is written down
	waiting []byte     // for the next write
	last    int64      // the time of the last frame
	size    int
	err     error
}

// flushEvery is how long a frame may be in memory alone: who is killed has lost not more.
const flushEvery = 100 * time.Millisecond

// open begins the capture of a host. Without a folder there is none.
func (r *record) open(h *Host) (err error) {
	if h.net.folder == "" {
		return nil
	}
	r.file, err = os.Create(h.net.Capture(h.Name))
	told := "with a comment"
	if r.silent = h.net.silent; r.silent {
		told = "too"
	}
	r.waiting = pcapng.AppendSection(nil, fmt.Sprintf("Host %s of a network in a box, as its cables saw it: what was "+
		"lost on the way is here if this host has sent it, %s.", h.Name, told), "pollwire")
	return err
}

// card begins what follows with one more card.
func (r *record) card(c *Card) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		r.waiting = pcapng.AppendInterface(r.waiting, pcapng.Ethernet, c.Name,
			fmt.Sprintf("%s, %v %v", c, c.MAC, c.Addrs))
	}
}

// frame writes one down. Times never go back: the next frame is a nanosecond later than the one before at least.
func (r *record) frame(iface uint32, frame []byte, now time.Time, comment string) {
	var comments []string
	if comment != "" && !r.silent {
		comments = []string{comment}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil || r.err != nil {
		return
	}
	start := len(r.waiting)
	r.waiting = pcapng.BeginPacket(r.waiting, iface, len(frame))
	r.waiting = pcapng.EndPacket(append(r.waiting, frame...), start, comments)
	r.last = pcapng.Stamp(r.waiting[start:], max(r.last+1, now.UnixNano()))
	r.size += len(r.waiting) - start
	if r.size > maxCapture {
		r.err = fmt.Errorf("the capture of host %s ends after %d MB", r.host, maxCapture>>20)
	}
	if len(r.waiting) > 256<<10 {
		r.flush()
	}
}

// flush writes what waits. It needs r.mu.
func (r *record) flush() {
	if r.file == nil || len(r.waiting) == 0 {
		return
	}
	if _, err := r.file.Write(r.waiting); err != nil && r.err == nil {
		r.err = err
	}
	r.waiting = r.waiting[:0]
}

func (r *record) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	r.flush()
	err := r.file.Close()
	r.file = nil
	if r.err != nil {
		return r.err
	}
	return err
}

// flushNowAndThen writes what waits, until the network is closed.
func (n *Net) flushNowAndThen() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			n.Flush()
		case <-n.ended:
			return
		}
	}
}

func (n *Net) stopFlushing() { close(n.ended) }

// Flush completes the captures so far.
func (n *Net) Flush() {
	n.mu.Lock()
	hosts := n.hosts
	n.mu.Unlock()
	for _, h := range hosts {
		h.record.mu.Lock()
		h.record.flush()
		h.record.mu.Unlock()
	}
}
