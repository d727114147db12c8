package dissect

import "net/netip"

// Extension headers (RFC 8200 §4).
const (
	HopByHop            = 0
	Routing             = 43
	FragmentHeader      = 44
	Authentication      = 51 // RFC 4302
	NoNextHeader        = 59
	DestinationsOptions = 60
	Mobility            = 135 // RFC 6275
)

// IPv6 is a datagram's header (RFC 8200 §3), with the extension headers behind it.
type IPv6 struct {
	Span
	TrafficClass        uint8
	FlowLabel           uint32
	Length              int // behind the fixed header, as it says itself
	NextHeader          uint8
	HopLimit            uint8
	Source, Destination netip.Addr
	Extensions          []Extension
	Protocol            uint8 // of what is carried, behind all extensions
	Fragment            *Fragment6
}

// Extension is an extension header.
type Extension struct {
	Span
	Kind uint8
}

// Fragment6 is the header that a fragment has (RFC 8200 §4.5).
type Fragment6 struct {
	Offset int // in bytes
	More   bool
	ID     uint32
}

// Whole reports whether the datagram comes in this one fragment (RFC 6946).
func (f *Fragment6) Whole() bool { return f.Offset == 0 && !f.More }

func (d *decoder) ipv6(at, to int) {
	if !d.has(40, at, to, "an IPv6 header") {
		return
	}
	first := d.u32(at)
	ip := &IPv6{Span: Span{at, at + 40, to}, TrafficClass: uint8(first >> 20), FlowLabel: first & 0xfffff,
		Length: int(d.u16(at + 4)), NextHeader: d.b[at+6], HopLimit: d.b[at+7], Source: d.addr6(at + 8),
		Destination: d.addr6(at + 24)}
	if ip.Length > 0 { // 0: cut up by the card behind the capture, or larger than 64 KB (RFC 2675)
		ip.To = min(to, ip.Body+ip.Length)
	}
	d.add(ip)
	d.source, d.destination = ip.Source, ip.Destination
	if !d.extensions(ip) {
		return
	}
	if f := ip.Fragment; f == nil || f.Whole() || f.Offset == 0 && d.quoted {
		d.transport(ip.Protocol, ip.Body, ip.To)
	}
}

// extensions goes from one header to the next. Each says what comes behind it, and most say how long they are. Behind
// the header of a fragment that is not the first there is a piece of something, and no header.
func (d *decoder) extensions(ip *IPv6) bool {
	ip.Protocol = ip.NextHeader
	for {
		at, length := ip.Body, 0
		switch ip.Protocol {
		case HopByHop, Routing, DestinationsOptions, Mobility, FragmentHeader, Authentication:
			if !d.has(8, at, ip.To, "an extension header") {
				return false
			}
		}
		switch ip.Protocol {
		case HopByHop, Routing, DestinationsOptions, Mobility:
			length = 8 + int(d.b[at+1])*8
		case Authentication:
			length = 8 + int(d.b[at+1])*4
		case FragmentHeader:
			length = 8
			ip.Fragment = &Fragment6{int(d.u16(at+2)) &^ 7, d.b[at+3]&1 != 0, d.u32(at + 4)}
		default:
			return true
		}
		if at+length > ip.To {
			d.malformed(at, ip.To, "an extension header of %d bytes; %d are there", length, ip.To-at)
			return false
		}
		ip.Extensions = append(ip.Extensions, Extension{Span{at, at + length, at + length}, ip.Protocol})
		ip.Protocol, ip.Body = d.b[at], at+length
		if f := ip.Fragment; f != nil && f.Offset > 0 {
			return true
		}
	}
}
