package netbox

import (
	"fmt"
	"maps"
	"net"
	"sync"
	"time"
)

// Switch joins links to one network, by MAC addresses (IEEE 802.1D §7). It learns from each frame where its sender is.
// What is for somebody of whom it has not learned yet, or for all, it sends to everybody but the one it is from.
type Switch struct {
	Name string
	net  *Net

	mu    sync.Mutex // guards what follows; no frame is sent while it is held
	age   time.Duration
	ports []*port
	table map[mac]learned
}

type mac [6]byte

// learned is where somebody was last seen.
type learned struct {
	port *port
	at   time.Time
}

// maxLearned is how many addresses a switch knows. One that is full learns no more, and floods.
const maxLearned = 1024

// Switch adds a switch with a cable to each of these cards. Its name is sw1, sw2, ...
func (n *Net) Switch(cards ...*Card) *Switch {
	n.mu.Lock()
	n.switches++
	sw := &Switch{Name: fmt.Sprint("sw", n.switches), net: n, age: 5 * time.Minute, table: map[mac]learned{}}
	n.mu.Unlock()
	for _, c := range cards {
		sw.Plug(c)
	}
	return sw
}

// Plug lays a cable from a card to the next port. Forth is the direction to the switch.
func (sw *Switch) Plug(c *Card, options ...Option) *Link {
	p := &port{sw: sw, host: c.host.Name}
	l := sw.net.link(c.host.Name, sw.Name, c, p, []*Card{c}, options)
	sw.mu.Lock()
	defer sw.mu.Unlock()
	p.out = l.back
	sw.ports = append(sw.ports, p)
	return l
}

// Age sets after which time the switch forgets who was not seen again: 5 minutes if nobody says otherwise.
func (sw *Switch) Age(d time.Duration) *Switch {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	sw.age = d
	return sw
}

// Learned is what the switch knows: at which host's port each MAC address is.
func (sw *Switch) Learned() map[string]string {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	sw.forget(time.Now())
	known := map[string]string{}
	for m, l := range sw.table {
		known[net.HardwareAddr(m[:]).String()] = l.port.host
	}
	return known
}

func (sw *Switch) forget(now time.Time) {
	maps.DeleteFunc(sw.table, func(_ mac, l learned) bool { return now.Sub(l.at) > sw.age })
}

// port is one of a switch.
type port struct {
	sw   *Switch
	host string
	out  *way // to what is plugged in there
}

// arrive passes a frame on.
func (p *port) arrive(frame []byte, _ string) {
	if len(frame) < ethernetHeader {
		return
	}
	now := time.Now()
	for _, out := range p.sw.outOf(p, mac(frame[:6]), mac(frame[6:12]), now) {
		_, deliver := out.send(frame, now) // what happens behind the switch is in no sender's capture
		deliver()
	}
}

// outOf learns where a frame is from and says where it goes.
func (sw *Switch) outOf(in *port, to, from mac, now time.Time) (ways []*way) {
	const group = 1 // the lowest bit of the first byte: for several or all
	sw.mu.Lock()
	defer sw.mu.Unlock()
	sw.forget(now)
	if _, known := sw.table[from]; from[0]&group == 0 && (known || len(sw.table) < maxLearned) {
		sw.table[from] = learned{in, now}
	}
	if l, known := sw.table[to]; known && to[0]&group == 0 {
		if l.port == in {
			return nil // the receiver has it already
		}
		return []*way{l.port.out}
	}
	for _, p := range sw.ports {
		if p != in && p.out != nil {
			ways = append(ways, p.out)
		}
	}
	return ways
}
