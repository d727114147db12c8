package dissect

// UDP is a datagram's header (RFC 768).
type UDP struct {
	Span
	Source, Destination uint16
	Length              int // of header and payload, as it says itself
	Checksum            uint16
}

func (d *decoder) udp(at, to int) {
	if !d.has(8, at, to, "a UDP header") {
		return
	}
	u := &UDP{Span: Span{at, at + 8, to}, Source: d.u16(at), Destination: d.u16(at + 2), Length: int(d.u16(at + 4)),
		Checksum: d.u16(at + 6)}
	if u.Length >= 8 {
		u.To = min(to, at+u.Length)
	}
	d.add(u)
	if !d.quoted {
		d.datagram(u)
	}
}

// datagram goes on with what UDP carries. Ports are a hint, not a rule: the content must fit.
func (d *decoder) datagram(u *UDP) {
	switch b := d.b[u.Body:u.To]; {
	case isDHCP(u, b):
		d.dhcp(u.Body, u.To)
	case isQUIC(b):
		d.quic(u.Body, u.To)
	default:
		if m, ok := parseDNS(b, u.named(53) || u.named(5353) || u.named(5355)); ok {
			m.Span = Span{u.Body, u.To, u.To}
			d.add(m)
		}
	}
}

func (u *UDP) named(port uint16) bool { return u.Source == port || u.Destination == port }
