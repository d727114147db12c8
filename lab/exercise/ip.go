package exercise

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"pollwire/lab/dissect"
	"pollwire/lab/netbox"
)

var ip = Exercise{
	Name:   "ip",
	Lesson: "ip",
	Title:  Text{"IPv4 beside IPv6, whole and in fragments", "IPv4와 IPv6, 통째로 그리고 조각으로"},
	Aim: Text{"You read both headers, tell what their lengths count, and put fragments in their places.",
		"두 헤더를 읽고, 각 길이가 무엇을 세는지 알며, 조각을 제자리에 놓는다."},
	Box:  true,
	Make: makeIP,
}

// packets is about RFC 791 and RFC 8200.
type packets struct {
	code             string
	net4, net6, port int
	small, large     int // bytes of payload
	mtu, ttl         int

	small4, small6, answer6, large4, large6 datagram
	fragments4                              []*dissect.IPv4 // of large4, in the order of their bytes
	fragments6                              []*dissect.IPv6
}

func makeIP(r *Run) *Sheet {
	x := &packets{code: r.Code, net4: r.Between(1, 250), net6: r.Between(0x10, 0xff), port: r.SparePort(),
		small: r.Between(40, 400), large: r.Between(3200, 9000), mtu: r.Between(1300, 1500), ttl: r.Between(33, 60)}
	return &Sheet{Find: x.find, Tasks: x.tasks(), Play: x.play,
		Fields: slices.Concat(x.headers4(), x.headers6(), x.pieces4(), x.pieces6())}
}

// text is what a datagram carries: which is "s4", "l6", ...
func (x *packets) text(which string, size int) string { return padded(x.code+"-"+which+" ", size) }

func (x *packets) find(c *Capture) bool {
	all := c.datagrams(x.code)
	exactly := func(which string, size int, six bool) datagram {
		return firstOf(all, func(d datagram) bool {
			return string(d.payload) == x.text(which, size) && d.to.Addr().Is6() == six
		})
	}
	x.small4, x.small6 = exactly("s4", x.small, false), exactly("s6", x.small, true)
	x.large4, x.large6 = exactly("l4", x.large, false), exactly("l6", x.large, true)
	x.answer6 = answerTo(all, x.small6)
	x.fragments4, x.fragments6 = fragmentsOf[*dissect.IPv4](c, x.large4), fragmentsOf[*dissect.IPv6](c, x.large6)
	return !x.small4.nothing() || !x.small6.nothing() || !x.large4.nothing() || !x.large6.nothing()
}

// fragmentsOf are the headers of the fragments in which a datagram came, in the order of their bytes.
func fragmentsOf[H dissect.Layer](c *Capture, d datagram) (all []H) {
	if d.nothing() || d.Datagram == nil {
		return nil
	}
	for _, f := range d.Datagram.Fragments {
		layers := dissect.Decode(c.Packet(f.Packet).Interface.LinkType, c.Packet(f.Packet).Data)
		if h, ok := dissect.Find[H](layers); ok {
			all = append(all, h)
		}
	}
	return all
}

func (x *packets) tasks() []Task {
	send := Text{"From host a, send host b a datagram of UDP with %[2]d bytes that begins with \"%[1]s\", over %[3]s.",
		"호스트 a에서 호스트 b로 %[2]d바이트를 담은 UDP 데이터그램을 %[3]s 위에서 보낸다. " +
			"\"%[1]s\"로 시작한다."}
	pieces := Text{"It takes fragments.", "조각으로 나뉘어야 한다."}
	text := func(which string) string { return x.text(which, 0) }
	return inBox("ip", x.code, []Task{
		{"small4", send.With(text("s4"), x.small, "IPv4"), func() bool { return !x.small4.nothing() }},
		{"small6", send.With(text("s6"), x.small, "IPv6"), func() bool { return !x.small6.nothing() }},
		{"large4", send.With(text("l4"), x.large, "IPv4").And(pieces), func() bool { return len(x.fragments4) > 1 }},
		{"large6", send.With(text("l6"), x.large, "IPv6").And(pieces), func() bool { return len(x.fragments6) > 1 }},
	})
}

// in4 makes a value of the header of IPv4, and in6 of that of IPv6.
func in4(value func(*dissect.IPv4) Value) func(datagram) Value {
	return func(d datagram) Value {
		if h, ok := d.ip().(*dissect.IPv4); ok {
			return value(h)
		}
		return Value{}
	}
}

func in6(value func(*dissect.IPv6) Value) func(datagram) Value {
	return func(d datagram) Value {
		if h, ok := d.ip().(*dissect.IPv6); ok {
			return value(h)
		}
		return Value{}
	}
}

func (x *packets) headers4() []Field {
	return []Field{
		{ID: "ttl", Type: Num, Needs: "small4",
			Text: Text{"Short datagram over IPv4: its time to live, as a sent it?",
				"IPv4의 짧은 데이터그램: a가 보낸 TTL은?"},
			Right: x.small4.of(in4(func(h *dissect.IPv4) Value { return Of(h.TTL) })),
			Mistakes: []Mistake{{is(64), Text{"That is what Linux takes by itself, and what b's answer has.",
				"그것은 Linux의 기본값이며 b의 응답에 든 값입니다."}}}},
		{ID: "total", Type: Num, Unit: "bytes", Needs: "small4",
			Text: Text{"The same: the total length in its IPv4 header?",
				"같은 것: IPv4 헤더의 전체 길이(total length)는?"},
			Right: x.small4.of(ipLength),
			Mistakes: []Mistake{
				{is(x.small), Text{"That is what UDP carries, without headers.",
					"그것은 헤더를 뺀, UDP가 나르는 바이트 수입니다."}},
				{x.small4.of(lengthOf), Text{"That is UDP's length: the header of IPv4 counts, too.",
					"그것은 UDP의 길이입니다. IPv4 헤더도 셉니다."}}}},
		{ID: "header_checksum", Type: Hex, Needs: "small4",
			Text: Text{"The same: the checksum of its IPv4 header, in hex?",
				"같은 것: IPv4 헤더의 체크섬을 16진수로?"},
			Right: x.small4.of(in4(func(h *dissect.IPv4) Value { return word(h.Checksum) })),
			Mistakes: []Mistake{{x.small4.of(checksumOf),
				Text{"That is UDP's checksum.", "그것은 UDP의 체크섬입니다."}}}},
	}
}

func (x *packets) headers6() []Field {
	flow := in6(func(h *dissect.IPv6) Value { return Bytes(big(h.FlowLabel)[1:]...) })
	plen := func(more int) func() Value {
		return x.small6.of(in6(func(h *dissect.IPv6) Value { return Of(h.Length + more) }))
	}
	return []Field{
		{ID: "payload6", Type: Num, Unit: "bytes", Needs: "small6",
			Text: Text{"Short datagram over IPv6: the payload length in its IPv6 header?",
				"IPv6의 짧은 데이터그램: IPv6 헤더의 페이로드 길이(payload length)는?"},
			Right: plen(0),
			Mistakes: []Mistake{
				{plen(40), Text{"IPv6 does not count its own 40 bytes of header.",
					"IPv6는 자기 헤더 40바이트를 세지 않습니다."}},
				{is(x.small), Text{"That is what UDP carries; UDP's header is a payload of IPv6, too.",
					"그것은 UDP가 나르는 바이트 수입니다. IPv6에서 보면 UDP 헤더도 페이로드입니다."}}}},
		{ID: "flow", Type: Hex, Needs: "small6",
			Text:  Text{"The same: its flow label, in hex?", "같은 것: 플로 레이블(flow label)을 16진수로?"},
			Right: x.small6.of(flow),
			Mistakes: []Mistake{{x.answer6.of(flow), Text{"That is the label of the answer.",
				"그것은 응답의 레이블입니다."}}}},
	}
}

// last4 is a value of the last fragment of the long datagram over IPv4, and last6 of that over IPv6.
func (x *packets) last4(value func(*dissect.IPv4) Value) func() Value {
	return func() Value {
		if n := len(x.fragments4); n > 0 {
			return value(x.fragments4[n-1])
		}
		return Value{}
	}
}

func (x *packets) last6(value func(*dissect.IPv6) Value) func() Value {
	return func() Value {
		if n := len(x.fragments6); n > 0 && x.fragments6[n-1].Fragment != nil {
			return value(x.fragments6[n-1])
		}
		return Value{}
	}
}

func (x *packets) pieces4() []Field {
	return []Field{
		{ID: "fragments", Type: Num, Needs: "large4",
			Text: Text{"Long datagram over IPv4: in how many packets does it travel?",
				"IPv4의 긴 데이터그램: 패킷 몇 개로 나뉘어 가는가?"},
			Right: func() Value { return Of(len(x.fragments4)) },
			Mistakes: []Mistake{{func() Value { return Of(len(x.fragments4) - 1) },
				Text{"One is missing: the last one does not say that more come, and Wireshark shows it as UDP.",
					"하나가 빠졌습니다. 마지막 조각에는 조각이 더 있다는 표시가 없고 " +
						"Wireshark는 그것을 " +
						"UDP로 보여 줍니다."}}}},
		{ID: "id4", Type: Hex, Needs: "large4",
			Text: Text{"The same: the identification that its fragments have in common, in hex?",
				"같은 것: 조각들이 함께 가진 식별자(identification)를 16진수로?"},
			Right: x.last4(idOf),
			Mistakes: []Mistake{{x.small4.of(in4(idOf)), Text{"That is the short datagram's.",
				"그것은 짧은 데이터그램의 것입니다."}}}},
		{ID: "last_offset", Type: Num, Unit: "bytes", Needs: "large4",
			Text: Text{"The same: at which byte of what IP carries does its last fragment begin?",
				"같은 것: 마지막 조각은 IP가 나르는 내용의 몇 번째 바이트에서 시작하는가(오프셋, " +
					"바이트)?"},
			Right: x.last4(func(h *dissect.IPv4) Value { return Of(h.Offset) }),
			Mistakes: []Mistake{
				{x.last4(func(h *dissect.IPv4) Value { return Of(h.Offset / 8) }),
					Text{"So it stands in the header, which counts in eights of bytes.",
						"헤더에는 그렇게 적혀 있지만 8바이트 단위입니다."}},
				{x.last4(func(h *dissect.IPv4) Value { return Of(h.Offset - 8) }),
					Text{"The header of UDP is carried by IP, too: it is in the first fragment.",
						"UDP 헤더도 IP가 나릅니다. 첫 조각에 들어 있습니다."}}}},
	}
}

func (x *packets) pieces6() []Field {
	return []Field{
		{ID: "id6", Type: Hex, Needs: "large6",
			Text: Text{"Long datagram over IPv6: the identification in its fragment headers, in hex?",
				"IPv6의 긴 데이터그램: 조각 헤더의 식별자를 16진수로?"},
			Right:    x.last6(func(h *dissect.IPv6) Value { return Bytes(big(h.Fragment.ID)...) }),
			Mistakes: []Mistake{{x.last4(idOf), Text{"That is IPv4's.", "그것은 IPv4의 것입니다."}}}},
		{ID: "last6", Type: Num, Unit: "bytes", Needs: "large6",
			Text: Text{"The same: how many bytes of the datagram come in its last fragment?",
				"같은 것: 마지막 조각에는 그 데이터그램의 바이트가 몇 개 들어 있는가?"},
			Right: x.last6(func(h *dissect.IPv6) Value { return Of(h.Carried()) }),
			Mistakes: []Mistake{
				{x.last6(func(h *dissect.IPv6) Value { return Of(h.Length) }),
					Text{"The fragment header's 8 bytes are no part of the datagram that was cut.",
						"조각 헤더 8바이트는 나뉜 데이터그램의 일부가 아닙니다."}},
				{x.last4(func(h *dissect.IPv4) Value { return Of(h.Carried()) }),
					Text{"That is the last fragment over IPv4.", "그것은 IPv4의 마지막 조각입니다."}}}},
	}
}

func (x *packets) play(ctx context.Context, at Place) error {
	n, err := at.Network()
	if err != nil {
		return err
	}
	a, b := n.Host("a"), n.Host("b")
	own := fmt.Sprintf("10.%d.0.", x.net4)
	own6 := fmt.Sprintf("fd00:%x::", x.net6)
	n.Link(a.Card(own+"1/24", own6+"1/64").MTU(x.mtu), b.Card(own+"2/24", own6+"2/64").MTU(x.mtu),
		netbox.Delay(5*time.Millisecond))
	if err := n.Err(); err != nil {
		return err
	}
	at.Say(Text{"Two hosts, a and b, with a link between them that speaks IPv4 and IPv6.",
		"호스트 a와 b가 IPv4와 IPv6를 쓰는 링크로 이어집니다."})
	for _, of := range []struct{ addr, small, large string }{{own + "2", "s4", "l4"}, {own6 + "2", "s6", "l6"}} {
		if err := x.playVersion(at, a, b, of.addr, of.small, of.large); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (x *packets) playVersion(at Place, a, b *netbox.Host, addr, small, large string) error {
	to := net.JoinHostPort(addr, fmt.Sprint(x.port))
	stop, err := answering(b, to, x.code)
	if err != nil {
		return err
	}
	defer stop()
	at.Say(Text{"a sends b a short datagram and a long one, to %s.",
		"a가 b의 %s 주소로 짧은 데이터그램과 긴 데이터그램을 보냅니다."}.With(addr))
	hops := func(conn net.Conn) error {
		if netip.MustParseAddr(addr).Is6() {
			return ipv6.NewConn(conn).SetHopLimit(x.ttl)
		}
		return ipv4.NewConn(conn).SetTTL(x.ttl)
	}
	if err := say(a, to, x.text(small, x.small), hops); err != nil {
		return err
	}
	return say(a, to, x.text(large, x.large), hops)
}
