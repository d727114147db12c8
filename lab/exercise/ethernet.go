package exercise

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"pollwire/lab/dissect"
	"pollwire/lab/netbox"
	"pollwire/lab/trace"
)

var ethernet = Exercise{
	Name:   "ethernet",
	Lesson: "ethernet",
	Title:  Text{"Frames and ARP, near and far", "프레임과 ARP, 가까운 곳과 먼 곳"},
	Aim: Text{"You find out by ARP who is who on a network, and to whom a frame goes whose packet goes further.",
		"ARP로 네트워크에서 누가 누구인지 알아내고, 더 멀리 가는 패킷의 프레임이 누구에게 " +
			"가는지 안다."},
	Box:  true,
	Make: makeEthernet,
}

// frames is about IEEE 802.3, RFC 826 (ARP), and RFC 894 (IP on Ethernet).
type frames struct {
	code                string
	near, far           int // networks: 10.near.0.0/24 and 10.far.0.0/24
	b, gateway, nobody  int // the last byte of addresses
	size, ttl, attempts int
	others              int // hosts that only make the numbers of cards different

	nearby, distant, answer datagram
	asked                   []arp // requests
	told                    []arp // replies
}

// arp is a packet of ARP with its frame.
type arp struct {
	*trace.Packet
	*dissect.ARP
	frame *dissect.Ethernet
}

func makeEthernet(r *Run) *Sheet {
	x := &frames{code: r.Code, near: r.Between(10, 120), far: r.Between(130, 240), b: r.Between(20, 90),
		gateway: r.Between(200, 250), nobody: r.Between(100, 190), size: r.Between(60, 900), ttl: r.Between(70, 200),
		attempts: r.Between(3, 5), others: r.Between(1, 8)}
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.nearFields(), x.farFields(), x.silence()),
		Play: x.play}
}

func (x *frames) addr(host int) string     { return fmt.Sprintf("10.%d.0.%d", x.near, host) }
func (x *frames) distantAddr() string      { return fmt.Sprintf("10.%d.0.2", x.far) }
func (x *frames) text(which string) string { return padded(x.code+"-"+which+" ", x.size) }

func (x *frames) find(c *Capture) bool {
	all := c.datagrams(x.code)
	at := func(addr, text string) datagram {
		return firstOf(all, func(d datagram) bool {
			return d.to.Addr() == netip.MustParseAddr(addr) && string(d.payload) == text
		})
	}
	x.nearby, x.distant = at(x.addr(x.b), x.text("near")), at(x.distantAddr(), x.text("far"))
	x.answer = answerTo(all, x.distant)
	x.asked, x.told = x.arps(c)
	return !x.nearby.nothing() || !x.distant.nothing()
}

// arps are the requests and the replies.
func (x *frames) arps(c *Capture) (asked, told []arp) {
	for i := range c.Packets {
		layers := c.Packets[i].Layers()
		a, ok := dissect.Find[*dissect.ARP](layers)
		frame, is := dissect.Find[*dissect.Ethernet](layers)
		switch p := (arp{&c.Packets[i], a, frame}); {
		case !ok || !is:
		case a.Operation == dissect.ARPRequest:
			asked = append(asked, p)
		case a.Operation == dissect.ARPReply:
			told = append(told, p)
		}
	}
	return asked, told
}

// askedFor are the requests for an address of the near network.
func (x *frames) askedFor(host int) (all []arp) {
	for _, a := range x.asked {
		if a.Target == netip.MustParseAddr(x.addr(host)) {
			all = append(all, a)
		}
	}
	return all
}

// toldOf is a value of the reply about an address of the near network.
func (x *frames) toldOf(host int, value func(arp) Value) func() Value {
	return func() Value {
		for _, a := range x.told {
			if a.Sender == netip.MustParseAddr(x.addr(host)) {
				return value(a)
			}
		}
		return Value{}
	}
}

func (x *frames) tasks() []Task {
	text := func(which string) string { return x.code + "-" + which + " " }
	return inBox("ethernet", x.code, []Task{
		{"near", Text{"From host a, send %s, on the same network, a datagram of UDP with %d " +
			"bytes that begins with \"%s\".",
			"호스트 a에서 같은 네트워크의 %s 주소로 %d바이트를 담은 UDP 데이터그램을 보낸다. " +
				"\"%s\"로 시작한다."}.With(x.addr(x.b), x.size, text("near")),
			func() bool { return !x.nearby.nothing() && x.toldOf(x.b, mac)().is }},
		{"far", Text{"From host a, send one of the same length to %s, on another network, that " +
			"begins with \"%s\".",
			"호스트 a에서 다른 네트워크의 %s 주소로 같은 길이의 데이터그램을 보낸다. \"%s\"로 " +
				"시작한다."}.With(x.distantAddr(), text("far")),
			func() bool { return !x.distant.nothing() && !x.answer.nothing() }},
		{"nobody", Text{"From host a, send something to %s, an address of the same network " +
			"that nobody has.",
			"호스트 a에서 같은 네트워크의 %s 주소로 무엇이든 보낸다. 아무도 쓰지 않는 " +
				"주소이다."}.With(x.addr(x.nobody)),
			func() bool { return len(x.askedFor(x.nobody)) > 1 }},
	})
}

// mac is whose address an ARP packet tells.
func mac(a arp) Value { return Bytes(a.SenderMAC[:]...) }

// in makes a value of the frame around a datagram.
func inFrame(value func(*dissect.Ethernet) Value) func(datagram) Value {
	return func(d datagram) Value {
		if e, ok := dissect.Find[*dissect.Ethernet](d.layers); ok {
			return value(e)
		}
		return Value{}
	}
}

func sender(e *dissect.Ethernet) Value   { return Bytes(e.Source[:]...) }
func receiver(e *dissect.Ethernet) Value { return Bytes(e.Destination[:]...) }

var ownMAC = Text{"That is the address of a's own card.", "그것은 a 자신의 카드 주소입니다."}

func (x *frames) nearFields() []Field {
	return []Field{
		{ID: "b_mac", Type: Hex, Needs: "near",
			Text: Text{"Which MAC address has the card of the host nearby, as it tells itself? (hex)",
				"가까운 호스트가 알려 준 자기 카드의 MAC 주소는?(16진수)"},
			Right: x.toldOf(x.b, mac),
			Mistakes: []Mistake{{x.nearby.of(inFrame(sender)), ownMAC},
				{x.toldOf(x.gateway, mac), Text{"That is another host's, the one that passes packets on.",
					"그것은 패킷을 전달하는 다른 호스트의 것입니다."}}}},
		{ID: "reply", Type: Packets, Needs: "near",
			Text: Text{"Which packet of your file tells it?",
				"그것을 알려 주는 것은 이 파일의 몇 번 패킷인가?"},
			Right: x.toldOf(x.b, func(a arp) Value { return Numbered(a.Number) }),
			Mistakes: []Mistake{{func() Value {
				for _, a := range x.askedFor(x.b) {
					return Numbered(a.Number)
				}
				return Value{}
			}, Text{"That is the question.", "그것은 질문입니다."}}}},
		{ID: "frame", Type: Num, Unit: "bytes", Needs: "near",
			Text: Text{"How many bytes has the frame with the datagram for the host nearby?",
				"가까운 호스트로 가는 데이터그램의 프레임은 몇 바이트인가?"},
			Right: x.nearby.of(func(d datagram) Value { return Of(d.Packet.Length) }),
			Mistakes: []Mistake{
				{x.nearby.of(ipLength), Text{"That is the IP packet: the frame's own header is 14 bytes.",
					"그것은 IP 패킷입니다. 프레임 자신의 헤더가 14바이트입니다."}},
				{is(x.size), Text{"That is what UDP carries.", "그것은 UDP가 나르는 바이트 수입니다."}}}},
	}
}

func (x *frames) farFields() []Field {
	return []Field{
		{ID: "router", Type: IP, Needs: "far",
			Text: Text{"Whose IP address does a ask for by ARP, to send to the other network?",
				"다른 네트워크로 보내기 위해 a가 ARP로 묻는 IP 주소는?"},
			Right: x.toldOf(x.gateway, func(a arp) Value { return Says(a.Sender.String()) }),
			Mistakes: []Mistake{{func() Value { return Says(x.distantAddr()) },
				Text{"That is where the packet goes in the end; nobody on this network has the address.",
					"그것은 패킷의 최종 목적지입니다. 이 네트워크에는 그 주소를 쓰는 카드가 " +
						"없습니다."}}}},
		{ID: "far_mac", Type: Hex, Needs: "far",
			Text: Text{"To which MAC address goes the frame with the datagram for the other network? (hex)",
				"다른 네트워크로 가는 데이터그램의 프레임은 어느 MAC 주소로 가는가?(16진수)"},
			Right: x.distant.of(inFrame(receiver)),
			Mistakes: []Mistake{{x.distant.of(inFrame(sender)), ownMAC},
				{x.toldOf(x.b, mac), Text{"That is the host nearby.", "그것은 가까운 호스트의 것입니다."}}}},
		{ID: "far_ttl", Type: Num, Needs: "far",
			Text: Text{"Which TTL has the answer from the other network when it comes to a?",
				"다른 네트워크에서 온 응답이 a에 도착했을 때의 TTL은?"},
			Right: x.answer.of(in4(func(h *dissect.IPv4) Value { return Of(h.TTL) })),
			Mistakes: []Mistake{
				{x.answer.of(in4(func(h *dissect.IPv4) Value { return Of(int(h.TTL) + 1) })),
					Text{"So it was sent; a router has taken one off.",
						"그것은 보낼 때의 값입니다. 라우터가 1을 뺐습니다."}},
				{x.distant.of(in4(func(h *dissect.IPv4) Value { return Of(h.TTL) })),
					Text{"That is the TTL of what a sent.", "그것은 a가 보낸 것의 TTL입니다."}}}},
	}
}

func (x *frames) silence() []Field {
	gap := func(i, j int) func() Value {
		return func() Value {
			if all := x.askedFor(x.nobody); len(all) > j {
				return after(all[i].Packet, all[j].Packet)
			}
			return Value{}
		}
	}
	count := func(more int) func() Value {
		return func() Value { return Of(len(x.askedFor(x.nobody)) + more) }
	}
	return []Field{
		{ID: "tries", Type: Num, Needs: "nobody",
			Text: Text{"How often does a ask for the address that nobody has?",
				"아무도 쓰지 않는 주소를 a는 몇 번 묻는가?"},
			Right: count(0),
			Mistakes: []Mistake{{count(-1), Text{"The first question counts, too.", "첫 질문도 셉니다."}},
				{func() Value { return Of(len(x.asked)) }, Text{"Those are all questions of ARP in the file.",
					"그것은 파일에 있는 ARP 질문 전부입니다."}}}},
		{ID: "gap", Type: Num, Unit: "s", Within: 2e-5, Needs: "nobody",
			Text: Text{"How long does a wait after the first of these questions before it asks again, to 20 microseconds?",
				"첫 질문 뒤 다시 묻기까지 a는 얼마나 기다리는가? 오차 20마이크로초까지."},
			Right: gap(0, 1),
			Mistakes: []Mistake{{is(1), Text{"About a second: how long exactly?",
				"약 1초입니다. 정확히 얼마입니까?"}},
				{gap(0, 2), Text{"That is the time to the third question.", "그것은 셋째 질문까지의 시간입니다."}},
				{gap(1, 2), Text{"That is the time from the second question to the third.",
					"그것은 둘째 질문에서 셋째 질문까지의 시간입니다."}}}},
		{ID: "asker", Type: Hex, Needs: "nobody",
			Text: Text{"Which MAC address asks for it? (hex)", "그것을 묻는 MAC 주소는?(16진수)"},
			Right: func() Value {
				for _, a := range x.askedFor(x.nobody) {
					return mac(a)
				}
				return Value{}
			},
			Mistakes: []Mistake{
				{func() Value { return Bytes(255, 255, 255, 255, 255, 255) },
					Text{"That is to whom the question goes: to all.", "그것은 질문이 가는 곳, 곧 모두입니다."}},
				{x.toldOf(x.gateway, mac), Text{"That is the router.", "그것은 라우터입니다."}}}},
	}
}

func (x *frames) play(ctx context.Context, at Place) error {
	n, err := at.Network()
	if err != nil {
		return err
	}
	for i := range x.others { // the number of a card tells in which order hosts were made
		n.Host(fmt.Sprint("x", i))
	}
	c, r := n.Host("c", netbox.Sysctl("ipv4/ip_default_ttl", fmt.Sprint(x.ttl))), n.Host("r").Forward()
	b, a := n.Host("b"), n.Host("a")
	n.Switch(a.Card(x.addr(1)+"/24"), b.Card(x.addr(x.b)+"/24"), r.Card(x.addr(x.gateway)+"/24"))
	n.Link(r.Card(fmt.Sprintf("10.%d.0.1/24", x.far)), c.Card(x.distantAddr()+"/24"), netbox.Delay(3*time.Millisecond))
	a.Route("0.0.0.0/0", x.addr(x.gateway))
	c.Route("0.0.0.0/0", fmt.Sprintf("10.%d.0.1", x.far))
	a.Set("ipv4/neigh/eth0/mcast_solicit", fmt.Sprint(x.attempts))
	if err := n.Err(); err != nil {
		return err
	}
	at.Say(Text{"Hosts a and b, a router r with a switch between them, and behind the router host c.",
		"호스트 a와 b, 라우터 r이 스위치로 이어지고 라우터 뒤에 호스트 c가 있습니다."})
	for _, to := range []struct {
		host       *netbox.Host
		addr, text string
	}{{b, x.addr(x.b), x.text("near")}, {c, x.distantAddr(), x.text("far")}} {
		at.Say(Text{"a sends %s a datagram.", "a가 호스트 %s에 데이터그램을 보냅니다."}.With(to.host.Name))
		stop, err := answering(to.host, to.addr+":7", x.code)
		if err != nil {
			return err
		}
		err = say(a, to.addr+":7", to.text, nil)
		stop()
		if err != nil {
			return err
		}
	}
	at.Say(Text{"a sends one to an address that nobody has, and waits until it gives up.",
		"a가 아무도 쓰지 않는 주소로 보내고, 포기할 때까지 기다립니다."})
	return x.playNobody(ctx, a)
}

// playNobody waits for what the host itself says when nobody has answered: no route to host.
func (x *frames) playNobody(ctx context.Context, a *netbox.Host) error {
	conn, err := a.Dial("udp", x.addr(x.nobody)+":7")
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(x.code)); err != nil {
		return err
	}
	conn.SetReadDeadline(time.Now().Add(time.Duration(x.attempts)*time.Second + 3*time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		return net.ErrClosed
	}
	return ctx.Err()
}
