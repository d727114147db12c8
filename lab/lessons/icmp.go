package lessons

import (
	"context"
	"fmt"
	"net"
	"time"

	"golang.org/x/net/ipv4"

	"pollwire/lab/netbox"
)

var icmpLesson = Lesson{
	Name: "icmp",
	Title: Text{"echo, TTL and traceroute by hand over three routers, every kind of unreachable",
		"에코, 라우터 세 대를 지나는 TTL과 손으로 하는 traceroute, 여러 가지 도달 불가"},
	Aim: Text{"IP delivers or gives up. ICMP is how a router or a host tells the sender why, and how one finds out " +
		"who is " +
		"on the way.",
		"IP는 전달하거나 포기한다. ICMP는 라우터나 호스트가 그 이유를 보낸 쪽에 알리는 " +
			"방법이자, " +
			"가는 길에 누가 있는지 알아내는 방법이다."},
	Box:  true,
	Play: playICMP,
}

// chain is a host, three routers, and another host: 10.0.1.0/24 to 10.0.4.0/24 are the links.
type chain struct {
	*Scene
	a, b    *netbox.Host
	routers []*netbox.Host
	pings   *echoes
}

// The ends of the chain, and two addresses that nobody has: in b's network, and in none.
const (
	chainA, chainB = "10.0.1.1", "10.0.4.2"
	nobody         = "10.0.4.77"
	nowhere        = "10.99.0.1"
	forbidden      = "10.66.0.1"
)

// hop is the address with which a router answers a: that of the card towards a.
func hop(router int) string { return fmt.Sprintf("10.0.%d.254", router) }

// playICMP is RFC 792, and RFC 1812 §4.3 and §5.2.7 (routers).
func playICMP(s *Scene) {
	c := buildChain(s)
	playEcho(c)
	playTraceroute(c)
	playNoPort(c)
	playNoHost(c)
	playNoNetwork(c)
	askICMP(c)
}

func buildChain(s *Scene) *chain {
	n := s.Network()
	c := &chain{Scene: s, a: n.Host("a"), b: n.Host("b")}
	last := c.a.Card(chainA + "/24")
	for i := 1; i <= 3; i++ {
		r := n.Host(fmt.Sprint("r", i)).Forward()
		n.Link(last, r.Card(hop(i)+"/24"), netbox.Delay(5*time.Millisecond))
		last = r.Card(fmt.Sprintf("10.0.%d.1/24", i+1))
		c.routers = append(c.routers, r)
	}
	n.Link(last, c.b.Card(chainB+"/24"), netbox.Delay(5*time.Millisecond))
	c.a.Route("0.0.0.0/0", hop(1))
	c.b.Route("0.0.0.0/0", "10.0.4.1")
	r1, r2, r3 := c.routers[0], c.routers[1], c.routers[2]
	r1.Route("10.0.3.0/24", hop(2)).Route("10.0.4.0/24", hop(2)).Route("10.66.0.0/16", hop(2))
	r2.Route("10.0.1.0/24", "10.0.2.1").Route("10.0.4.0/24", hop(3)).Prohibit("10.66.0.0/16")
	r3.Route("10.0.1.0/24", "10.0.3.1").Route("10.0.2.0/24", "10.0.3.1")
	for _, h := range []*netbox.Host{c.a, c.b, r1, r2, r3} {
		h.Set("ipv4/neigh/eth0/base_reachable_time_ms", "7200000") // ARP is the lesson ethernet
	}
	r3.Set("ipv4/neigh/eth1/mcast_solicit", "1") // it gives up after one question, which takes a second
	s.Built(n)
	c.pings = s.echoes(c.a, chainA)
	return c
}

func playEcho(c *chain) {
	c.Step(Text{"Three routers are between a (%s) and b (%s). a asks b for an echo.",
		"a(%s)와 b(%s) 사이에 라우터가 세 대 있다. a가 b에게 에코를 요청한다."}.With(chainA, chainB))
	c.pings.ping(chainB, 1, "are you there?")
	c.At(c.a)
	c.Find(2, "icmp.seq == 1", Text{"request (type 8) and reply (type 0)", "요청(타입 8)과 응답(타입 0)"})
	c.Find(1, "icmp.type == 8 && icmp.seq == 1 && ip.ttl == 64",
		Text{"the request leaves with a TTL of 64", "요청은 TTL 64로 떠난다"})
	c.Find(1, "icmp.type == 0 && icmp.seq == 1 && ip.ttl == 61",
		Text{"the reply has passed three routers", "응답은 라우터 세 대를 지났다"})
	c.At(c.b)
	c.Find(1, "icmp.type == 8 && icmp.seq == 1 && ip.ttl == 61",
		Text{"and so has the request when it comes to b", "b에 도착한 요청도 마찬가지이다"})
}

// probePort is where traceroute begins to count: nobody listens there.
const probePort = 33434

// playTraceroute sends datagrams with small TTLs, as traceroute does.
func playTraceroute(c *chain) {
	c.Step(Text{"traceroute by hand: four datagrams to b, with a TTL of 1, 2, 3 and 4. Who takes the last one off " +
		"throws " +
		"the packet away, and says so.",
		"손으로 하는 traceroute: TTL이 1, 2, 3, 4인 데이터그램을 b에게 보낸다. TTL을 0으로 만든 " +
			"라우터는 " +
			"패킷을 버리고 그 사실을 알린다."})
	conn, err := c.a.ListenPacket("udp4", chainA+":0")
	c.Check("take a port", err)
	context.AfterFunc(c.ctx, func() { conn.Close() })
	var rows [][]string
	for ttl := 1; ttl <= 4; ttl++ {
		rows = append(rows, []string{fmt.Sprint(ttl), c.probe(conn, ttl)})
	}
	c.Table(Text{"TTL\tanswered by", "TTL\t답한 쪽"}, rows...)
	c.At(c.a)
	c.Find(3, "icmp.type == 11 && icmp.code == 0",
		Text{"time exceeded, from each router", "라우터마다 하나씩 보낸 시간 초과(time exceeded)"})
	c.Find(1, "icmp.type == 11 && ip.src == "+hop(2),
		Text{"that of the second router; it quotes the packet, whose TTL is down to 1",
			"두 번째 라우터의 것. 버린 패킷이 인용되어 있고 그 TTL은 1까지 줄어 있다"})
	c.Find(1, fmt.Sprintf("icmp.type == 3 && icmp.code == 3 && udp.dstport == %d", probePort+4),
		Text{"port unreachable: the fourth has come to b", "포트 도달 불가: 네 번째는 b에 도착했다"})
	c.At(c.b)
	c.Find(1, fmt.Sprintf("udp.dstport >= %d && udp.dstport <= %d && !icmp", probePort+1, probePort+4),
		Text{"b has seen that one alone", "b가 본 것은 그것뿐이다"})
}

// probe sends one datagram and returns who has answered.
func (c *chain) probe(conn net.PacketConn, ttl int) (from string) {
	c.Check("set the TTL", ipv4.NewPacketConn(conn).SetTTL(ttl))
	_, err := conn.WriteTo([]byte(fmt.Sprintf("TTL "+
		"%d", ttl)), &net.UDPAddr{IP: net.ParseIP(chainB), Port: probePort + ttl})
	c.Check("send", err)
	want := byte(11)
	if ttl == 4 {
		want = 3
	}
	return c.pings.error(want)
}

// error waits for a message of a type about a packet of ours and returns who has sent it.
func (e *echoes) error(kind byte) (from string) {
	e.conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 1<<16)
	for {
		n, addr, err := e.conn.ReadFrom(buf)
		e.scene.Check(fmt.Sprintf("wait for ICMP of type %d", kind), err)
		if n >= 8 && buf[0] == kind {
			e.scene.say(Event{Type: Received, Lines: []string{fmt.Sprintf("ICMP type %d code %d from "+
				"%s", buf[0], buf[1], addr)}})
			return addr.String()
		}
	}
}

// sendTo lets a datagram to an address and a port leave, and returns who complains.
func (c *chain) sendTo(ip string, port int) (from string) {
	conn, err := c.a.Dial("udp4", fmt.Sprintf("%s:%d", ip, port))
	c.Check("take a port", err)
	defer conn.Close()
	_, err = conn.Write([]byte("anybody there?"))
	c.Check("send", err)
	return c.pings.error(3)
}

func playNoPort(c *chain) {
	c.Step(Text{"b is there, but not what is asked for: a port where nobody listens, and a protocol that b does not " +
		"speak.",
		"b는 있지만 찾는 것이 없다: 아무도 듣지 않는 포트, 그리고 b가 모르는 프로토콜."})
	c.Must(c.sendTo(chainB, 9) == chainB, "another host has answered")
	raw, err := c.a.ListenPacket("ip4:253", chainA) // 253 is kept for experiments (RFC 3692)
	c.Check("open a socket for protocol 253", err)
	defer raw.Close()
	_, err = raw.WriteTo([]byte("does anybody speak 253?"), &net.IPAddr{IP: net.ParseIP(chainB)})
	c.Check("send", err)
	c.Must(c.pings.error(3) == chainB, "another host has answered")
	c.At(c.a)
	c.Find(1, "icmp.type == 3 && icmp.code == 3 && udp.dstport == 9",
		Text{"port unreachable, from b itself", "b 자신이 보낸 포트 도달 불가"})
	c.Find(1, "icmp.type == 3 && icmp.code == 2 && ip.src == "+chainB,
		Text{"protocol unreachable, from b itself", "b 자신이 보낸 프로토콜 도달 불가"})
}

func playNoHost(c *chain) {
	c.Step(Text{"%s would be in b's network, but nobody has that address. The last router asks by ARP, waits for a " +
		"second, " +
		"and gives up.",
		"%s 주소는 b와 같은 네트워크에 속하지만 아무도 쓰지 않는다. 마지막 라우터가 ARP로 " +
			"묻고, 1초를 " +
			"기다린 뒤 포기한다."}.With(nobody))
	c.Must(c.sendTo(nobody, 9) == hop(3), "another router has answered")
	c.At(c.a)
	c.Find(1, "icmp.type == 3 && icmp.code == 1 && ip.src == "+hop(3),
		Text{"host unreachable, from the third router", "세 번째 라우터가 보낸 호스트 도달 불가"})
	c.At(c.b)
	c.Find(1, "arp.opcode == 1 && arp.dst.proto_ipv4 == "+nobody,
		Text{"b has heard the router's question", "라우터의 질문이 b에게도 들렸다"})
	c.Find(0, "arp.opcode == 2 && arp.src.proto_ipv4 == "+nobody, Text{"and nobody's answer", "답은 없었다"})
}

func playNoNetwork(c *chain) {
	c.Step(Text{"The first router has no route to %s, and the second one is told to let nothing through to %s.",
		"첫 번째 라우터에는 %s로 가는 경로가 없고, 두 번째 라우터는 %s로 가는 것을 막도록 " +
			"설정되어 " +
			"있다."}.With(nowhere, forbidden))
	c.Must(c.sendTo(nowhere, 9) == hop(1), "another router has answered")
	c.Must(c.sendTo(forbidden, 9) == hop(2), "another router has answered")
	c.At(c.a)
	c.Find(1, "icmp.type == 3 && icmp.code == 0 && ip.src == "+hop(1),
		Text{"network unreachable: no route", "네트워크 도달 불가: 경로가 없다"})
	c.Find(1, "icmp.type == 3 && icmp.code == 13 && ip.src == "+hop(2),
		Text{"communication administratively prohibited: a filter", "관리자가 금지함: 필터에 걸렸다"})
	c.Find(6, "icmp.type == 3", Text{"all that were unreachable, by their codes: 0, 1, 2, 3 and 13",
		"도달 불가 전부. 코드는 0, 1, 2, 3, 13이다"})
}

func askICMP(c *chain) {
	c.Ask(Text{"Which TTL had the echo request when it left a, and which when it came to b? How many routers were " +
		"between, " +
		"and how would you know without b.pcapng?",
		"에코 요청의 TTL은 a를 떠날 때 얼마였고 b에 도착했을 때 얼마였는가? 사이에 " +
			"라우터는 몇 대인가? " +
			"b.pcapng 없이는 어떻게 알 수 있는가?"},
		Text{"64 and 61: three. From a alone: the reply comes with ip.ttl == 61, and systems begin with 64, 128 or 255.",
			"64와 61이므로 세 대이다. a만 보아도 응답의 ip.ttl이 61이고, 운영체제는 64, 128, 255 " +
				"가운데 " +
				"하나로 시작하므로 알 수 있다."},
		ofHost("a", `icmp.type == 8 && icmp.seq == 1`, "ip.checksum",
			Text{"the checksum of the IP header of the request as it left",
				"요청이 떠날 때 IP 헤더의 체크섬"}),
		ofHost("b", `icmp.type == 8 && icmp.seq == 1`, "ip.checksum", Text{"and as it came", "도착했을 때의 것"}))
	c.Ask(Text{"How does a know for which of its datagrams a time exceeded is, and which field of the quoted packet has " +
		"changed since it left?",
		"a는 시간 초과 메시지가 자기의 어느 데이터그램에 대한 것인지 어떻게 아는가? " +
			"인용된 패킷에서 " +
			"떠날 때와 달라진 필드는 무엇인가?"},
		Text{"By the quotation: the IP header and the UDP header, with udp.dstport %d, %d or %d. Changed are the TTL, now " +
			"1, and with it the checksum of the header; in the first nothing, for the router looks before it takes one off.",
			"인용된 IP 헤더와 UDP 헤더로 안다. udp.dstport가 %d, %d, %d이다. 달라진 것은 이제 1인 TTL, " +
				"그리고 그에 따라 헤더 체크섬이다. 첫째 것은 그대로이다. 라우터는 하나를 빼기 " +
				"전에 TTL부터 본다."}.With(probePort+1, probePort+2, probePort+3),
		ofHost("a", `icmp.type == 11`, "ip.id",
			Text{"both identifications in each of the three, of the message and of what it quotes",
				"세 메시지마다 두 식별자(identification), 메시지의 것과 인용된 패킷의 것"}))
	c.Ask(Text{"Why does traceroute know that it is at its end when the fourth answer comes?",
		"네 번째 답이 왔을 때 traceroute는 어떻게 끝에 이르렀음을 아는가?"},
		Text{"It is of another type: not time exceeded (11) but port unreachable (3, code 3), and ip.src is b's own, %s.",
			"타입이 다르다. 시간 초과(11)가 아니라 포트 도달 불가(3, 코드 3)이고, ip.src가 b " +
				"자신의 주소 %s이다."}.With(chainB),
		ofHost("a", `icmp.type == 3 && icmp.code == 3 && udp.dstport == 33438`, "ip.id",
			Text{"both identifications in it, its own and that of what it quotes",
				"그 답의 두 식별자(identification), 답의 것과 인용된 패킷의 것"}))
	c.Ask(Text{"Host unreachable took about a second, network unreachable did not (the time between the datagram and " +
		"the " +
		"ICMP message). Why?",
		"호스트 도달 불가는 1초쯤 걸렸고 네트워크 도달 불가는 그렇지 " +
			"않았다(데이터그램과 ICMP 메시지 " +
			"사이의 시간). 왜 그런가?"},
		Text{"A router sees at once that it has no route. That nobody has %s it only knows when ARP has not been answered: " +
			"arp.dst.proto_ipv4 == %s in b.pcapng.",
			"경로가 없다는 것은 라우터가 곧바로 안다. %s 주소를 쓰는 호스트가 없다는 것은 " +
				"ARP에 " +
				"답이 없어야 안다: " +
				"b.pcapng의 arp.dst.proto_ipv4 == %s."}.With(nobody, nobody),
		ofHost("a", "ip.dst == "+nobody, "frame.time_relative",
			Text{"the times of the datagram and of the message (seconds since the first frame of a.pcapng)",
				"데이터그램과 메시지의 시각(a.pcapng의 첫 프레임부터 몇 초)"}))
}
