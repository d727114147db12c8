package trace

import (
	"math"
	"net/netip"
	"slices"

	"pollwire/lab/dissect"
)

// Datagram is one of IP that came in fragments, put together.
type Datagram struct {
	Source, Destination netip.Addr
	Protocol            uint8
	ID                  uint32
	Payload             []byte
	Fragments           []Fragment // in the order of their bytes
}

// Fragment is what one packet brought of a datagram.
type Fragment struct {
	From, To int // in the payload
	Packet   int

	data []byte
}

// PacketOf returns the number of the packet that brought a byte of the payload.
func (d *Datagram) PacketOf(offset int) (packet int, ok bool) {
	for _, f := range d.Fragments {
		if f.From <= offset && offset < f.To {
			return f.Packet, true
		}
	}
	return 0, false
}

// fragmentKey is what fragments of the same datagram have in common (RFC 791 §3.2, RFC 8200 §4.5).
type fragmentKey struct {
	from, to netip.Addr
	protocol uint8 // of IPv6: 0, it stands in the first fragment
	id       uint32
}

// partial is a datagram of which something is missing, with the list of its holes (RFC 815).
type partial struct {
	holes     []hole
	fragments []Fragment
	protocol  uint8
}

// hole is what has not come, from its first byte to the one before to.
type hole struct{ from, to int }

func (t *Trace) fragment4(p *Packet, ip *dissect.IPv4) []dissect.Layer {
	k := fragmentKey{ip.Source, ip.Destination, ip.Protocol, uint32(ip.ID)}
	return t.fragment(p, k, ip.Protocol, ip.Offset, ip.MoreFragments, ip.Where())
}

func (t *Trace) fragment6(p *Packet, ip *dissect.IPv6) []dissect.Layer {
	f := ip.Fragment
	return t.fragment(p, fragmentKey{ip.Source, ip.Destination, 0, f.ID}, ip.Protocol, f.Offset, f.More, ip.Where())
}

// fragment takes one, and returns the layers of the datagram if that is whole now. A fragment that was cut off when it
// was captured is of no use.
func (t *Trace) fragment(p *Packet, k fragmentKey, protocol uint8, offset int, more bool,
	where dissect.Span) []dissect.Layer {
	data := p.Data[where.Body:where.To]
	if p.Cut() || len(data) == 0 {
		return nil
	}
	d := t.fragments[k]
	if d == nil {
		d = &partial{holes: []hole{{0, math.MaxInt}}}
		t.fragments[k] = d
	}
	if offset == 0 {
		d.protocol = protocol
	}
	if d.fill(Fragment{offset, offset + len(data), p.Number, data}, more); len(d.holes) > 0 {
		return nil
	}
	delete(t.fragments, k)
	p.Datagram = d.whole(k)
	return dissect.Carried(d.protocol, k.from, k.to, p.Datagram.Payload)
}

// fill is the algorithm of RFC 815 §3: each hole that the fragment touches goes, and what is left of it on either side
// is a hole again; behind the last fragment nothing is. What came before stays.
func (d *partial) fill(f Fragment, more bool) {
	var left []hole
	for _, h := range d.holes {
		from, to := max(f.From, h.from), min(f.To, h.to)
		if from >= to {
			if !more && h.from >= f.To {
				continue // it lay behind the last byte
			}
			left = append(left, h)
			continue
		}
		if h.from < from {
			left = append(left, hole{h.from, from})
		}
		if to < h.to && more {
			left = append(left, hole{to, h.to})
		}
		d.fragments = append(d.fragments, Fragment{from, to, f.Packet, f.data[from-f.From : to-f.From]})
	}
	d.holes = left
}

func (d *partial) whole(k fragmentKey) *Datagram {
	slices.SortFunc(d.fragments, func(a, b Fragment) int { return a.From - b.From })
	w := &Datagram{Source: k.from, Destination: k.to, Protocol: d.protocol, ID: k.id, Fragments: d.fragments}
	for i := range d.fragments {
		w.Payload = append(w.Payload, d.fragments[i].data...)
		d.fragments[i].data = nil
	}
	return w
}
