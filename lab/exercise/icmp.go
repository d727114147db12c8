package exercise

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/net/ipv4"

	"pollwire/lab/dissect"
	"pollwire/lab/netbox"
)

var icmp = Exercise{
	Name:   "icmp",
	Lesson: "icmp",
	Title:  Text{"Echo, the way there, and what does not fit", "에코, 가는 길, 그리고 너무 큰 패킷"},
	Aim: Text{"You match echoes, find the routers on the way by what they say, and read the packet that an error quotes.",
		"에코를 짝짓고, 라우터가 보낸 메시지로 가는 길을 알아내며, 오류에 인용된 " +
			"패킷을 읽는다."},
	Box:  true,
	Make: makeICMP,
}

// errands is about RFC 792, RFC 1812 §5.3.1 (TTL) and RFC 1191 (what does not fit).
type errands struct {
	code               string
	net, routers       int
	size, id, seq      int // of the echo
	mtu, large         int // of the last link; bytes that don't fit
	delay              time.Duration
	port, ttl          int
	request, reply     message
	probes             []datagram
	exceeded           []message // that say that a probe's time was up
	arrived, cannotFit message
	oversized          datagram
}

func makeICMP(r *Run) *Sheet {
	x := &errands{code: r.Code, net: r.Between(10, 240), routers: r.Between(2, 5), size: r.Between(40, 200),
		id: r.Between(0x1000, 0xfff0), seq: r.Between(2, 90), mtu: r.Between(700, 1300), large: r.Between(1350, 1460),
		delay: time.Duration(r.Between(3000, 9000)) * time.Microsecond, port: r.Between(33000, 34000),
		ttl: r.Between(90, 250)}
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.echo(), x.way(), x.fits()), Play: x.play}
}

// card is the address of a router's card: towards a, or towards b.
func (x *errands) card(link, host int) string { return fmt.Sprintf("10.%d.%d.%d", x.net, link, host) }

// target is host b, behind the last router.
func (x *errands) target() string { return x.card(x.routers+1, 2) }

func (x *errands) echoText() string         { return padded(x.code+"-echo ", x.size) }
func (x *errands) probeText(ttl int) string { return fmt.Sprintf("%s-probe %d", x.code, ttl) }
func (x *errands) largeText() string        { return padded(x.code+"-large ", x.large) }

func (x *errands) find(c *Capture) bool {
	all := c.datagrams(x.code)
	errors := c.messages(func(message) bool { return true })
	x.echoes(errors)
	x.probes, x.exceeded = nil, nil
	x.arrived = message{}
	for _, d := range all {
		if !begins(x.code + "-probe ")(d) {
			continue
		}
		x.probes = append(x.probes, d)
		switch m := firstAbout(errors, d); {
		case m.ICMP == nil:
		case m.Type == dissect.TimeExceeded:
			x.exceeded = append(x.exceeded, m)
		case m.Type == dissect.Unreachable && x.arrived.ICMP == nil:
			x.arrived = m
		}
	}
	x.oversized = firstOf(all, begins(x.code+"-large "))
	x.cannotFit = message{}
	if m := firstAbout(errors, x.oversized); m.ICMP != nil && m.Code == dissect.FragmentationNeeded {
		x.cannotFit = m
	}
	return x.request.ICMP != nil || len(x.probes) > 0 || !x.oversized.nothing()
}

// echoes finds the request and its reply.
func (x *errands) echoes(all []message) {
	x.request, x.reply = message{}, message{}
	for _, m := range all {
		data := m.Data[m.Body:m.To]
		switch {
		case m.Version != 4 || !bytes.HasPrefix(data, []byte(x.code+"-echo ")):
		case m.Type == dissect.EchoRequest && x.request.ICMP == nil && len(data) == x.size:
			x.request = m
		case m.Type == dissect.EchoReply && x.request.ICMP != nil && x.reply.ICMP == nil && m.Seq == x.request.Seq:
			x.reply = m
		}
	}
}

func (x *errands) tasks() []Task {
	return inBox("icmp", x.code, []Task{
		{"echo", Text{"From host a, ask %s for an echo of %d bytes that begin with \"%s-echo \".",
			"호스트 a에서 %s 주소로 %d바이트의 에코를 요청한다. \"%s-echo \"로 시작한다."}.With(
			x.target(), x.size, x.code),
			func() bool { return x.reply.ICMP != nil }},
		{"way", Text{"From host a, send datagrams of UDP that begin with \"%[2]s-probe \" to %[1]s, with a " +
			"TTL of 1, 2, " +
			"3 ... until one arrives, at a port where nobody listens.",
			"호스트 a에서 %[1]s 주소의 아무도 듣지 않는 포트로 \"%[2]s-probe \"로 시작하는 UDP " +
				"데이터그램을 TTL 1, 2, 3 ...으로 보낸다. 하나가 도착할 때까지 한다."}.With(x.target(),
			x.code),
			func() bool { return len(x.exceeded) > 1 && x.arrived.ICMP != nil }},
		{"large", Text{"From host a, send it a datagram of %d bytes that begins with \"%s-large \" and must not be " +
			"fragmented.",
			"호스트 a에서 그 주소로 %d바이트를 담은 데이터그램을 조각내지 못하게 해서 " +
				"보낸다. " +
				"\"%s-large \"로 시작한다."}.With(x.large, x.code),
			func() bool { return x.cannotFit.ICMP != nil }},
	})
}

// ipOf makes a value of the header around a message: the outer one.
func ipOf(value func(*dissect.IPv4) Value) func(message) Value {
	return func(m message) Value {
		if h, ok := dissect.Find[*dissect.IPv4](m.Layers()); ok {
			return value(h)
		}
		return Value{}
	}
}

// quotedIP makes a value of the IPv4 header in an error.
func quotedIP(value func(*dissect.IPv4) Value) func(message) Value {
	return func(m message) Value {
		if h, ok := dissect.Find[*dissect.IPv4](m.Quoted); ok {
			return value(h)
		}
		return Value{}
	}
}

func ttlOf(h *dissect.IPv4) Value { return Of(h.TTL) }
func idOf(h *dissect.IPv4) Value  { return word(h.ID) }

func (x *errands) echo() []Field {
	checksum := func(m message) Value { return word(m.Checksum) }
	return []Field{
		{ID: "echo_id", Type: Hex, Needs: "echo",
			Text:  Text{"The identifier of the echo request, in hex?", "에코 요청의 식별자(identifier)를 16진수로?"},
			Right: x.request.of(func(m message) Value { return word(m.ID) }),
			Mistakes: []Mistake{
				{x.request.of(func(m message) Value { return word(m.Seq) }),
					Text{"That is its sequence number.", "그것은 순서 번호입니다."}},
				{x.request.of(ipOf(idOf)), Text{"That is the identification of the IP packet around it.",
					"그것은 바깥 IP 패킷의 식별자입니다."}}}},
		{ID: "reply_checksum", Type: Hex, Needs: "echo",
			Text:     Text{"The ICMP checksum of the echo reply, in hex?", "에코 응답의 ICMP 체크섬을 16진수로?"},
			Right:    x.reply.of(checksum),
			Mistakes: []Mistake{{x.request.of(checksum), Text{"That is the request's.", "그것은 요청의 것입니다."}}}},
		{ID: "rtt", Type: Num, Unit: "s", Within: 2e-6, Needs: "echo",
			Text: Text{"How much time lies between request and reply, to 2 microseconds?",
				"요청과 응답 사이의 시간은? 오차 2마이크로초까지."},
			Right: func() Value { return after(x.request.Packet, x.reply.Packet) },
			Mistakes: []Mistake{{func() Value {
				if x.request.ICMP == nil || x.reply.ICMP == nil {
					return Value{}
				}
				return Of(x.reply.Time.Sub(x.request.Time).Seconds() / 2)
			}, Text{"That is half of it, one way.", "그것은 절반, 곧 편도입니다."}}}},
		{ID: "reply_ttl", Type: Num, Needs: "echo",
			Text:  Text{"Which TTL has the echo reply when it comes to a?", "에코 응답이 a에 도착했을 때의 TTL은?"},
			Right: x.reply.of(ipOf(ttlOf)),
			Mistakes: []Mistake{
				{x.request.of(ipOf(ttlOf)), Text{"That is the request's.", "그것은 요청의 것입니다."}},
				{is(x.ttl), Text{"So it left b; each router has taken one off.",
					"그것은 b를 떠날 때의 값입니다. 라우터마다 1씩 뺐습니다."}}}},
	}
}

func (x *errands) way() []Field {
	second := func(value func(message) Value) func() Value {
		return func() Value {
			if len(x.exceeded) < 2 {
				return Value{}
			}
			return value(x.exceeded[1])
		}
	}
	return []Field{
		{ID: "routers", Type: Num, Needs: "way",
			Text: Text{"How many routers are between a and the target?",
				"a와 목적지 사이에 라우터는 몇 대인가?"},
			Right: func() Value { return Of(len(x.exceeded)) },
			Mistakes: []Mistake{
				{func() Value { return Of(len(x.exceeded) + 1) },
					Text{"The target itself is no router.", "목적지 자신은 라우터가 아닙니다."}},
				{func() Value { return Of(len(x.exceeded) - 1) }, Text{"One is missing.", "하나가 빠졌습니다."}}}},
		{ID: "second_router", Type: IP, Needs: "way",
			Text: Text{"With which address does the second router answer?",
				"둘째 라우터는 어떤 주소로 답하는가?"},
			Right: x.routerAt(1),
			Mistakes: []Mistake{{x.routerAt(0), Text{"That is the first router.", "그것은 첫째 라우터입니다."}},
				{func() Value { return Says(x.target()) }, Text{"That is the target.", "그것은 목적지입니다."}}}},
		{ID: "quoted_id", Type: Hex, Needs: "way",
			Text: Text{"What the second router says: which identification has the IP packet that it quotes, in hex?",
				"둘째 라우터의 메시지: 인용된 IP 패킷의 식별자(identification)를 16진수로?"},
			Right: second(quotedIP(idOf)),
			Mistakes: []Mistake{{second(ipOf(idOf)),
				Text{"That is the packet in which the message came.",
					"그것은 메시지를 담아 온 패킷의 식별자입니다."}},
				{second(func(m message) Value { return word(m.Checksum) }),
					Text{"That is the checksum of the message.", "그것은 메시지의 체크섬입니다."}}}},
		{ID: "probe_port", Type: Port, Needs: "way",
			Text: Text{"To which port went the datagram that arrived, as the target's answer quotes it?",
				"목적지의 답에 인용된 바에 따르면, 도착한 데이터그램은 몇 번 포트로 갔는가?"},
			Right: x.arrived.of(quoted(func(u *dissect.UDP) Value { return Of(u.Destination) })),
			Mistakes: []Mistake{{x.arrived.of(quoted(func(u *dissect.UDP) Value { return Of(u.Source) })),
				Text{"From that port it came.", "그것은 출발지 포트입니다."}}}},
	}
}

func (x *errands) fits() []Field {
	return []Field{
		{ID: "next_mtu", Type: Num, Unit: "bytes", Needs: "large",
			Text: Text{"How many bytes does the link take that was too narrow for the large datagram, as the router says?",
				"라우터의 말에 따르면, 큰 데이터그램이 지나지 못한 링크의 MTU는?"},
			Right: x.cannotFit.of(func(m message) Value { return Of(m.MTU) }),
			Mistakes: []Mistake{
				{is(1500), Text{"That is the MTU of a's own link.", "그것은 a 쪽 링크의 MTU입니다."}},
				{x.oversized.of(ipLength), Text{"That is the packet that was too large.",
					"그것은 너무 큰 패킷의 길이입니다."}}}},
		{ID: "narrow_router", Type: IP, Needs: "large",
			Text:  Text{"Which address says so?", "그것을 알린 주소는?"},
			Right: x.cannotFit.of(func(m message) Value { return Says(m.from.String()) }),
			Mistakes: []Mistake{{x.routerAt(0), Text{"That is the first router; the link is further on.",
				"그것은 첫째 라우터입니다. 그 링크는 더 멀리 있습니다."}},
				{func() Value { return Says(x.target()) }, Text{"That is the target, which has not seen the datagram.",
					"그것은 목적지이며, 그 데이터그램을 보지 못했습니다."}}}},
	}
}

// routerAt is the address of a router that has said that a probe's time was up.
func (x *errands) routerAt(nth int) func() Value {
	return func() Value {
		if len(x.exceeded) <= nth {
			return Value{}
		}
		return Says(x.exceeded[nth].from.String())
	}
}

func (x *errands) play(ctx context.Context, at Place) error {
	n, err := at.Network()
	if err != nil {
		return err
	}
	a, err := x.build(n)
	if err != nil {
		return err
	}
	at.Say(Text{"Host a, some routers, and host b behind them. a asks b for an echo.",
		"호스트 a와 라우터 몇 대, 그 뒤에 호스트 b가 있습니다. a가 b에게 에코를 요청합니다."})
	heard, err := a.ListenPacket("ip4:icmp", x.card(1, 1))
	if err != nil {
		return err
	}
	defer heard.Close()
	if err := x.playEcho(heard); err != nil {
		return err
	}
	if err := x.playWay(at, a, heard); err != nil {
		return err
	}
	if err := x.playLarge(at, a, heard); err != nil {
		return err
	}
	return ctx.Err()
}

func (x *errands) playWay(at Place, a *netbox.Host, heard net.PacketConn) error {
	at.Say(Text{"Datagrams leave with a TTL of 1, 2, 3 ... until one arrives.",
		"TTL 1, 2, 3 ...으로 데이터그램을 보냅니다. 하나가 도착할 때까지 합니다."})
	for ttl := 1; ttl <= x.routers+1; ttl++ {
		conn, err := a.Dial("udp4", net.JoinHostPort(x.target(), fmt.Sprint(x.port+ttl)))
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := ipv4.NewConn(conn).SetTTL(ttl); err != nil {
			return err
		}
		if _, err := conn.Write([]byte(x.probeText(ttl))); err != nil {
			return err
		}
		if err := hear(heard, dissect.TimeExceeded, dissect.Unreachable); err != nil {
			return err
		}
	}
	return nil
}

func (x *errands) playLarge(at Place, a *netbox.Host, heard net.PacketConn) error {
	at.Say(Text{"A datagram leaves that is too large for one of the links.",
		"링크 하나보다 큰 데이터그램을 보냅니다."})
	conn, err := a.Dial("udp4", net.JoinHostPort(x.target(), fmt.Sprint(x.port)))
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(x.largeText())); err != nil { // Linux sets "don't fragment" by itself
		return err
	}
	return hear(heard, dissect.Unreachable)
}

// build makes a chain of routers between a and b. The last link is narrow.
func (x *errands) build(n *netbox.Net) (*netbox.Host, error) {
	a, b := n.Host("a"), n.Host("b", netbox.Sysctl("ipv4/ip_default_ttl", fmt.Sprint(x.ttl)))
	last := a.Card(x.card(1, 1) + "/24")
	for i := 1; i <= x.routers; i++ {
		r := n.Host(fmt.Sprint("r", i)).Forward()
		n.Link(last, r.Card(x.card(i, 254)+"/24"), netbox.Delay(x.delay))
		last = r.Card(x.card(i+1, 1) + "/24")
		if i == x.routers {
			last.MTU(x.mtu)
		}
		for link := 1; link <= x.routers+1; link++ {
			switch {
			case link < i:
				r.Route(x.card(link, 0)+"/24", x.card(i, 1))
			case link > i+1:
				r.Route(x.card(link, 0)+"/24", x.card(i+1, 254))
			}
		}
	}
	n.Link(last, b.Card(x.target()+"/24").MTU(x.mtu), netbox.Delay(x.delay))
	a.Route("0.0.0.0/0", x.card(1, 254))
	b.Route("0.0.0.0/0", x.card(x.routers+1, 1))
	return a, n.Err()
}

// playEcho writes the request by hand: type, code, checksum, identifier, sequence number (RFC 792, p. 14).
func (x *errands) playEcho(conn net.PacketConn) error {
	m := []byte{dissect.EchoRequest, 0, 0, 0}
	m = binary.BigEndian.AppendUint16(m, uint16(x.id))
	m = binary.BigEndian.AppendUint16(m, uint16(x.seq))
	m = append(m, x.echoText()...)
	binary.BigEndian.PutUint16(m[2:], ^dissect.Sum(m))
	if _, err := conn.WriteTo(m, &net.IPAddr{IP: netip.MustParseAddr(x.target()).AsSlice()}); err != nil {
		return err
	}
	return hear(conn, dissect.EchoReply)
}

// hear waits for a message of ICMP of one of these types.
func hear(conn net.PacketConn, kinds ...byte) error {
	conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 1<<16)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil || n > 0 && slices.Contains(kinds, buf[0]) {
			return err
		}
	}
}
