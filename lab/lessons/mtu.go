package lessons

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"pollwire/lab/netbox"
)

var mtuLesson = Lesson{
	Name: "mtu",
	Title: Text{"a narrow link: fragments, path MTU discovery, packet too big, neighbour discovery",
		"좁은 링크: 조각화, 경로 MTU 발견, packet too big, 이웃 탐색"},
	Aim: Text{"Each link has a largest packet. What is larger is cut up by a router, or refused, so that the sender " +
		"makes " +
		"smaller ones: IPv4 knows both, IPv6 only the second.",
		"링크마다 가장 큰 패킷의 크기가 정해져 있다. 더 큰 패킷은 라우터가 자르거나, " +
			"거절하여 보낸 쪽이 줄이게 한다. " +
			"IPv4에는 두 방법이 모두 있고 IPv6에는 둘째만 있다."},
	Box:  true,
	Play: playMTU,
}

// narrow is how many bytes the link in the middle takes; those at the ends take 1500.
const narrow = 1400

// middling is the length of a datagram that fits the first link and not the narrow one, in IPv4 and IPv6.
const middling = 1400

// narrows are hosts a and b, and two routers with a narrow link between.
type narrows struct {
	*Scene
	a, b *netbox.Host
	icmp *echoes // of a
	in   net.PacketConn
}

const (
	narrowA, narrowB = "10.0.1.1", "10.0.3.1"
	narrowR          = "10.0.1.254"
	sixA, sixB, sixR = "fd00:1::1", "fd00:3::1", "fd00:1::fe"
)

// playMTU is RFC 791 §3.2 (fragments), RFC 1191 (path MTU discovery), RFC 8201 (the same for IPv6), RFC 8200 §4.5
// (fragments), RFC 4861 (neighbours).
func playMTU(s *Scene) {
	n := buildNarrows(s)
	playCut(n)
	playSegments(n)
	playRemembered(n)
	playNeighbours(n)
	playTooBig(n)
	askMTU(n)
}

func buildNarrows(s *Scene) *narrows {
	n := s.Network()
	m := &narrows{Scene: s, a: n.Host("a"), b: n.Host("b")}
	r1, r2 := n.Host("r1").Forward(), n.Host("r2").Forward()
	delay := netbox.Delay(5 * time.Millisecond)
	n.Link(m.a.Card(narrowA+"/24", sixA+"/64"), r1.Card(narrowR+"/24", sixR+"/64"), delay)
	n.Link(r1.Card("10.0.2.1/24", "fd00:2::1/64").MTU(narrow), r2.Card("10.0.2.2/24", "fd00:2::2/64").MTU(narrow), delay)
	n.Link(r2.Card("10.0.3.254/24", "fd00:3::fe/64"), m.b.Card(narrowB+"/24", sixB+"/64"), delay)
	m.a.Route("0.0.0.0/0", narrowR).Route("::/0", sixR)
	m.b.Route("0.0.0.0/0", "10.0.3.254").Route("::/0", "fd00:3::fe")
	r1.Route("10.0.3.0/24", "10.0.2.2").Route("fd00:3::/64", "fd00:2::2")
	r2.Route("10.0.1.0/24", "10.0.2.1").Route("fd00:1::/64", "fd00:2::1")
	s.Built(n)
	m.icmp = s.echoes(m.a, narrowA)
	return m
}

// hear lets b take datagrams at an address, and returns a connection to there.
func (m *narrows) hear(addr string) *Conn {
	in, err := m.b.ListenPacket("udp", addr)
	m.Check("take a port", err)
	context.AfterFunc(m.ctx, func() { in.Close() })
	m.in = in
	return m.DialFrom(m.a, "udp", addr)
}

// write sends a datagram of so many bytes, full of its number.
func (m *narrows) write(c *Conn, size int) {
	_, err := c.Write([]byte(strings.Repeat("#"+c.Port()+" ", size)[:size]))
	m.Check("send", err)
	m.say(Event{Type: Sent, Lines: []string{fmt.Sprintf("(%d)", size)}})
}

// arrived waits until b has a datagram, whole.
func (m *narrows) arrived(size int) {
	m.in.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 1<<16)
	n, _, err := m.in.ReadFrom(buf)
	m.Check("wait for the datagram", err)
	m.Must(n == size, "%d bytes came of %d", n, size)
}

func playCut(m *narrows) {
	m.Step(Text{"Two routers between a and b, and the link between them takes packets of %d bytes at most. a sends a " +
		"datagram " +
		"of %d, which fits its own link, and allows routers to cut it.",
		"a와 b 사이에 라우터가 두 대 있고, 그 사이의 링크는 %d바이트까지만 받는다. a는 " +
			"자기 링크에는 맞는 " +
			"%d바이트짜리 데이터그램을 보내며 라우터가 잘라도 된다고 " +
			"허락한다."}.With(narrow, middling))
	m.a.Set("ipv4/ip_no_pmtu_disc", "1")
	c := m.hear(narrowB + ":9")
	m.a.Set("ipv4/ip_no_pmtu_disc", "0") // a socket keeps what was set when it was made
	m.write(c, middling)
	m.arrived(middling)
	m.At(m.a)
	m.Find(1, c.Filter(fmt.Sprintf("udp.length == %d && ip.flags.df == 0 && ip.flags.mf == 0", 8+middling)),
		Text{"it leaves a in one packet: DF (don't fragment) is 0", "a를 떠날 때는 패킷 하나이다. " +
			"DF(조각내지 마라)는 0이다"})
	m.At(m.b)
	m.Find(1, fmt.Sprintf("ip.flags.mf == 1 && ip.len == %d && %s", 20+(narrow-20)&^7, marked(c)),
		Text{"the first fragment: MF says that more will come", "첫 조각. MF는 조각이 더 있다는 뜻이다"})
	m.Find(1, c.Filter(fmt.Sprintf("udp.length == %d && ip.flags.mf == 0 && ip.len == %d", 8+middling,
		20+8+middling-(narrow-20)&^7)),
		Text{"the second and last one; there Wireshark puts them together", "둘째이자 마지막 조각. Wireshark는 " +
			"여기에서 재조립한다"})
}

func playSegments(m *narrows) {
	const size = 10_000
	m.Step(Text{"%d bytes over TCP. It sets DF: a router must not cut, but tell. Then a makes smaller segments: path " +
		"MTU " +
		"discovery.",
		"TCP로 %d바이트를 보낸다. TCP는 DF를 켠다. 라우터는 자르지 말고 알려야 하며, a는 " +
			"세그먼트를 줄인다. " +
			"경로 MTU 발견이다."}.With(size))
	l := m.ListenAt(m.b, narrowB+":80")
	c := m.DialFrom(m.a, "tcp", narrowB+":80")
	in, err := l.Accept()
	m.Check("accept", err)
	defer in.Close()
	_, err = c.Write(make([]byte, size))
	m.Check("write", err)
	c.Conn.(*net.TCPConn).CloseWrite()
	in.SetReadDeadline(time.Now().Add(patience))
	got, err := io.Copy(io.Discard, in)
	m.Check("read", err)
	m.Must(got == size, "%d bytes came of %d", got, size)
	in.Close()
	c.Closed()
	m.At(m.a)
	m.Find(2, c.Filter("tcp.flags.syn == 1 && tcp.options.mss_val == 1460"),
		Text{"both hosts know of their own links alone: 1500 less 40", "두 호스트는 자기 링크만 안다: " +
			"1500에서 40을 뺀 값"})
	m.FindSome("tcp.len == 1448 && ip.flags.df == 1 && tcp.srcport == "+c.Port(),
		Text{"segments of 1500 bytes with DF", "DF가 켜진 1500바이트짜리 세그먼트"})
	m.FindSome(fmt.Sprintf("icmp.type == 3 && icmp.code == 4 && icmp.mtu == %d && ip.src == %s", narrow, narrowR),
		Text{"the router: fragmentation needed, and how much the next link takes",
			"라우터의 답: 조각내야 한다. 다음 링크가 받는 크기도 적혀 있다"})
	m.FindSome(fmt.Sprintf("tcp.len == %d && tcp.srcport == %s", narrow-52, c.Port()),
		Text{"the same bytes again, in segments that fit", "같은 바이트를 맞는 크기의 세그먼트로 다시 " +
			"보낸 것"})
	m.At(m.b)
	m.Find(0, fmt.Sprintf("tcp.len > %d && tcp.srcport == %s", narrow-52, c.Port()),
		Text{"no larger one came to b", "b에는 그보다 큰 것이 오지 않았다"})
}

func playRemembered(m *narrows) {
	m.Step(Text{"Another datagram of %d bytes, from a socket that leaves it to the system. a has learned how narrow " +
		"the way to b " +
		"is, and cuts by itself.",
		"크기를 시스템에 맡기는 소켓으로 %d바이트짜리 데이터그램을 또 보낸다. a는 b로 " +
			"가는 길이 좁다는 것을 배웠으므로 " +
			"스스로 자른다."}.With(middling))
	c := m.hear(narrowB + ":10")
	m.write(c, middling)
	m.arrived(middling)
	m.At(m.a)
	m.Find(1, fmt.Sprintf("ip.flags.mf == 1 && ip.len == %d && ip.src == %s", 20+(narrow-20)&^7, narrowA),
		Text{"now it is a that makes the first fragment", "이제 첫 조각을 a가 만든다"})
	m.Find(1, c.Filter(fmt.Sprintf("udp.length == %d && ip.ttl == 64", 8+middling)),
		Text{"and the last one", "마지막 조각"})
}

func playNeighbours(m *narrows) {
	m.Step(Text{"The same in IPv6. First a needs the MAC address of its router: there is no ARP, but neighbour " +
		"discovery, a part " +
		"of ICMPv6.",
		"같은 일을 IPv6로 한다. 먼저 a에게 라우터의 MAC 주소가 필요하다. ARP는 없고, ICMPv6의 " +
			"일부인 이웃 탐색이 있다."})
	c := m.hear("[" + sixB + "]:9")
	m.write(c, 100)
	m.arrived(100)
	m.At(m.a)
	m.Find(1, "icmpv6.type == 135 && icmpv6.nd.ns.target_address == "+sixR+" && eth.dst == 33:33:ff:00:00:fe",
		Text{"neighbour solicitation: not for all, but for a group that the address tells",
			"이웃 요청(neighbor solicitation). 모두가 아니라 주소로 정해지는 그룹에 보낸다"})
	m.Find(1, "icmpv6.type == 136 && icmpv6.nd.na.target_address == "+sixR+" && eth.src == 02:00:00:00:03:00",
		Text{"neighbour advertisement: the router's answer", "이웃 광고(neighbor advertisement). 라우터의 답"})
	m.Find(0, "arp && eth.type == 0x86dd", Text{"no ARP for IPv6", "IPv6에는 ARP가 없다"})
}

func playTooBig(m *narrows) {
	m.Step(Text{"%d bytes over IPv6, twice. Routers never cut here: the first one is lost, and a is told; the second " +
		"one a cuts by " +
		"itself.",
		"IPv6로 %d바이트를 두 번 보낸다. 라우터는 절대 자르지 않는다. 첫 번째 것은 " +
			"사라지고 a가 그 이유를 듣는다. 두 " +
			"번째 것은 a가 스스로 자른다."}.With(middling))
	told := m.messages(m.a, "ip6:ipv6-icmp", sixA)
	c := m.hear("[" + sixB + "]:10")
	m.write(c, middling)
	m.Must(told.error(2) == sixR, "another router has answered")
	if _, err := c.Write(make([]byte, middling)); err != nil { // the system tells of the message at the next write
		m.Must(errors.Is(err, syscall.EMSGSIZE), "write: %v", err)
		m.Note(Text{"The program gets, at its next write: %v.", "프로그램은 다음에 쓸 때 오류를 받는다: " +
			"%v."}.With(syscall.EMSGSIZE))
		m.write(c, middling)
	}
	m.arrived(middling)
	m.At(m.a)
	m.Find(1, fmt.Sprintf("icmpv6.type == 2 && icmpv6.mtu == %d && ipv6.src == %s", narrow, sixR),
		Text{"packet too big, from the router", "라우터가 보낸 packet too big"})
	m.Find(2, "ipv6.fraghdr && ipv6.src == "+sixA, Text{"the second one, in two fragments", "조각 둘로 나뉜 두 " +
		"번째 데이터그램"})
	m.Find(1, "ipv6.fraghdr.more == 1 && ipv6.src == "+sixA,
		Text{"what says so is a header of its own behind that of IPv6", "IPv6 헤더 뒤에 따로 있는 헤더가 " +
			"그것을 알린다"})
	m.At(m.b)
	m.Find(1, c.Filter(fmt.Sprintf("udp.length == %d && udp.dstport == 10", 8+middling)),
		Text{"b has one of the two", "b에게는 둘 가운데 하나만 왔다"})
}

func askMTU(m *narrows) {
	first := (narrow - 20) &^ 7
	m.Ask(Text{"The first fragment in b.pcapng is %d bytes long, though the link takes %d. Why not all of these, and " +
		"where in the " +
		"datagram does the second one begin?",
		"b.pcapng의 첫 조각은 %d바이트이다. 링크는 %d바이트까지 받는데 왜 다 쓰지 않았는가? " +
			"둘째 조각은 데이터그램의 " +
			"어디에서 시작하는가?"}.With(20+first, narrow),
		Text{"Offsets are counted in units of 8 bytes: of the %d that are left behind the header %d can be used. There, " +
			"at %d, " +
			"begins the second one.",
			"오프셋은 8바이트 단위로 적는다. 헤더 뒤에 남는 %d바이트 가운데 %d바이트를 쓸 수 " +
				"있고, 둘째 조각은 바로 그 " +
				"%d에서 시작한다."}.With(narrow-20, first, first),
		ofHost("b", "ip.flags.mf == 1 && ip.dst == 10.0.3.1", "ip.id", Text{"the identification of the fragments",
			"조각들의 식별자(identification)"}))
	m.Ask(Text{"Both SYN in a.pcapng name an MSS of 1460. Why did that not keep a from sending segments that are too " +
		"large?",
		"a.pcapng의 두 SYN은 모두 MSS 1460을 적었다. 그런데도 왜 a는 너무 큰 세그먼트를 " +
			"보냈는가?"},
		Text{"The MSS tells of the two ends: 1500 less 20 and 20. The narrow link is in the middle, and only the routers " +
			"there " +
			"know it: icmp.mtu == %d.",
			"MSS는 양 끝의 링크만 말해 준다: 1500에서 20과 20을 뺀 값이다. 좁은 링크는 가운데에 " +
				"있어서 그곳 라우터만 안다: " +
				"icmp.mtu == %d."}.With(narrow),
		ofHost("a", "tcp.flags.syn == 1", "tcp.seq_raw", Text{"the raw sequence numbers of both SYN",
			"두 SYN의 원래(raw) 순서 번호"}))
	m.Ask(Text{"Some firewalls drop all ICMP. What would happen to the TCP connection, and to a short one with a " +
		"request of 200 " +
		"bytes?",
		"ICMP를 모두 버리는 방화벽도 있다. 그러면 이 TCP 연결은 어떻게 되는가? " +
			"200바이트짜리 요청만 보내는 짧은 연결은 " +
			"어떤가?"},
		Text{"a would send its large segments again and again and never learn why: a black hole. The handshake and small " +
			"segments " +
			"pass, so the connection opens and then stands still.",
			"a는 이유를 모른 채 큰 세그먼트를 계속 다시 보낸다. 이른바 블랙홀이다. " +
				"핸드셰이크와 작은 세그먼트는 지나가므로 " +
				"연결은 되지만 곧 멈춘다."},
		ofHost("a", "icmp.type == 3 && icmp.code == 4", "ip.id",
			Text{"both identifications in the ICMP messages that would be missing, of the message and of what it quotes",
				"그때 오지 않을 ICMP 메시지의 두 식별자(identification), 메시지의 것과 인용된 " +
					"패킷의 것"}))
	m.Ask(Text{"Compare the question for a MAC address in IPv4 and in IPv6: what carries it, and to whom does it go?",
		"MAC 주소를 묻는 방법을 IPv4와 IPv6에서 비교하라. 무엇에 실려, 누구에게 가는가?"},
		Text{"IPv4: ARP, a protocol beside IP (eth.type 0x0806), to ff:ff:ff:ff:ff:ff, all. IPv6: ICMPv6 within IP, to " +
			"33:33:ff:00:00:fe, a group made of the last 24 bits of the address, which few others are in.",
			"IPv4는 IP와 나란한 프로토콜인 ARP(eth.type 0x0806)로 모두(ff:ff:ff:ff:ff:ff)에게 묻는다. " +
				"IPv6는 IP 안의 " +
				"ICMPv6로 33:33:ff:00:00:fe에 묻는다. 주소의 마지막 24비트로 만든 그룹이라 다른 " +
				"호스트는 거의 없다."},
		ofHost("a", "icmpv6.type == 135 && eth.dst == 33:33:ff:00:00:fe", "frame.time_relative",
			Text{"when IPv6 asked (seconds since the first frame of a.pcapng)",
				"IPv6에서 물은 시각(a.pcapng의 첫 프레임부터 몇 초)"}))
}
