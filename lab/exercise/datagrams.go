package exercise

import (
	"bytes"
	"net/netip"
	"strings"

	"pollwire/lab/dissect"
	"pollwire/lab/trace"
)

// datagram is one of UDP. If it came in fragments, Packet is the one that completed it.
type datagram struct {
	*trace.Packet
	*dissect.UDP
	from, to netip.AddrPort
	payload  []byte
	layers   []dissect.Layer
}

// datagrams are those that carry a text, in the order of the capture. They are looked for once, before the fields: a
// file may have a hundred thousand packets.
func (c *Capture) datagrams(text string) (all []datagram) {
	for i := range c.Packets {
		if d, ok := datagramOf(&c.Packets[i], []byte(text)); ok {
			all = append(all, d)
		}
	}
	return all
}

func datagramOf(p *trace.Packet, text []byte) (d datagram, ok bool) {
	data := p.Data
	if p.Datagram != nil {
		data = p.Datagram.Payload
	}
	if p.Stream != nil || !bytes.Contains(data, text) {
		return d, false
	}
	d.Packet, d.layers = p, p.Layers()
	if d.UDP, ok = dissect.Find[*dissect.UDP](d.layers); !ok {
		return d, false
	}
	var from, to netip.Addr
	for _, l := range d.layers {
		if a, b := trace.Ends(l); a.IsValid() {
			from, to = a, b
		}
	}
	d.from, d.to = netip.AddrPortFrom(from, d.Source), netip.AddrPortFrom(to, d.Destination)
	d.payload = data[d.Body:d.To]
	return d, bytes.Contains(d.payload, text)
}

// nothing is a datagram that is not there.
func (d datagram) nothing() bool { return d.UDP == nil }

// begins makes a test for datagrams that begin with a text.
func begins(text string) func(datagram) bool {
	return func(d datagram) bool { return bytes.HasPrefix(d.payload, []byte(text)) }
}

// firstOf is the first datagram of a list that fits, or nothing.
func firstOf(all []datagram, fits func(datagram) bool) datagram {
	for _, d := range all {
		if fits(d) {
			return d
		}
	}
	return datagram{}
}

// answerTo is the first datagram behind another that goes back from where that went.
func answerTo(all []datagram, asked datagram) datagram {
	return firstOf(all, func(d datagram) bool {
		return !asked.nothing() && d.Number > asked.Number && d.from == asked.to && d.to == asked.from
	})
}

// of is a value of a datagram that may not be there.
func (d *datagram) of(value func(datagram) Value) func() Value {
	return func() Value {
		if d.nothing() {
			return Value{}
		}
		return value(*d)
	}
}

// The values of a datagram that fields ask for.
func sourceOf(d datagram) Value      { return Of(d.Source) }
func destinationOf(d datagram) Value { return Of(d.Destination) }
func lengthOf(d datagram) Value      { return Of(d.Length()) }
func payloadOf(d datagram) Value     { return Of(len(d.payload)) }
func checksumOf(d datagram) Value    { return word(d.Checksum) }
func packetOf(d datagram) Value      { return Numbered(d.Number) }

// Length is what the UDP header says; Packet has one of its own.
func (d datagram) Length() int { return d.UDP.Length }

// ipLength is of how many bytes the datagram of IP says it is: IPv6 does not count its own header.
func ipLength(d datagram) Value {
	switch ip := d.ip().(type) {
	case *dissect.IPv4:
		return Of(ip.Length)
	case *dissect.IPv6:
		return Of(40 + ip.Length)
	}
	return Value{}
}

// ip is the innermost header of IP.
func (d datagram) ip() (last dissect.Layer) {
	for _, l := range d.layers {
		if a, _ := trace.Ends(l); a.IsValid() {
			last = l
		}
	}
	return last
}

// after is the time from one packet to another, in seconds.
func after(early, late *trace.Packet) Value {
	if early == nil || late == nil {
		return Value{}
	}
	return Of(late.Time.Sub(early.Time).Seconds())
}

// word is 16 bits in hex.
func word(n uint16) Value { return Bytes(byte(n>>8), byte(n)) }

// padded fills a text with dots up to so many bytes.
func padded(text string, size int) string { return text + strings.Repeat(".", max(0, size-len(text))) }

// message is one of ICMP.
type message struct {
	*trace.Packet
	*dissect.ICMP
	from, to netip.Addr
}

// messages are those of ICMP that fit, in the order of the capture.
func (c *Capture) messages(fits func(message) bool) (all []message) {
	for i := range c.Packets {
		p := &c.Packets[i]
		if p.Stream != nil {
			continue
		}
		layers := p.Layers()
		m, ok := dissect.Find[*dissect.ICMP](layers)
		if !ok {
			continue
		}
		is := message{Packet: p, ICMP: m}
		for _, l := range layers {
			if a, b := trace.Ends(l); a.IsValid() {
				is.from, is.to = a, b
			}
		}
		if fits(is) {
			all = append(all, is)
		}
	}
	return all
}

// about tells whether a message is an error about a datagram: it quotes one with its ports.
func (m message) about(d datagram) bool {
	u, ok := dissect.Find[*dissect.UDP](m.Quoted)
	return ok && !d.nothing() && u.Source == d.Source && u.Destination == d.Destination && m.Number > d.Number
}

// of is a value of a message that may not be there.
func (m *message) of(value func(message) Value) func() Value {
	return func() Value {
		if m.ICMP == nil {
			return Value{}
		}
		return value(*m)
	}
}

// firstAbout is the first error about a datagram, or nothing.
func firstAbout(all []message, d datagram) message {
	for _, m := range all {
		if m.about(d) {
			return m
		}
	}
	return message{}
}

// quoted makes a value of the UDP header in an error.
func quoted(value func(*dissect.UDP) Value) func(message) Value {
	return func(m message) Value {
		if u, ok := dissect.Find[*dissect.UDP](m.Quoted); ok {
			return value(u)
		}
		return Value{}
	}
}
