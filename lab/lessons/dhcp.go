package lessons

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"time"

	"pollwire/lab/netbox"
)

var dhcpLesson = Lesson{
	Name: "dhcp",
	Title: Text{"an address from DHCP: discover, offer, request, ack, renewal, a refusal",
		"DHCP로 주소 받기: discover, offer, request, ack, 갱신, 거절"},
	Aim: Text{"A host that knows nothing, not even its own address, asks all. A server lends it an address for a " +
		"time, and the host " +
		"has to ask again before that is over.",
		"자기 주소조차 모르는 호스트가 모두에게 묻는다. 서버는 주소를 정해진 시간 동안 " +
			"빌려주고, 호스트는 그 시간이 다하기 " +
			"전에 다시 물어야 한다."},
	Box:  true,
	Play: playDHCP,
}

// lease is a client and two servers on a switch.
type lease struct {
	*Scene
	net    *netbox.Net
	client *netbox.Host
	second *netbox.Host
	card   *netbox.Card // of the client
	conn   net.PacketConn
	id     uint32
}

// The servers, what each of them gives, and an address of another network.
const (
	server1, server2 = "10.0.0.1", "10.0.0.2"
	given1, given2   = "10.0.0.100", "10.0.0.200"
	foreign          = "10.99.0.5"
	leaseTime        = time.Hour
)

// playDHCP is RFC 2131: §3.1 (an address), §4.4.5 (renewal), §3.2 and §4.3.2 (an address from before, and its
// refusal).
func playDHCP(s *Scene) {
	l := buildLease(s)
	playLease(l)
	playUse(l)
	playRenewal(l)
	playRefusal(l)
	askDHCP(l)
}

func buildLease(s *Scene) *lease {
	n := s.Network()
	l := &lease{Scene: s, net: n, client: n.Host("client"), id: binary.BigEndian.Uint32(random(4))}
	first := n.Host("server1")
	l.second = n.Host("server2")
	l.card = l.client.Card()
	cards := []*netbox.Card{first.Card(server1 + "/24"), l.second.Card(server2 + "/24")}
	sw := n.Switch()
	sw.Plug(l.card, netbox.Delay(time.Millisecond))
	sw.Plug(cards[0], netbox.Delay(time.Millisecond))
	sw.Plug(cards[1], netbox.Delay(20*time.Millisecond)) // its offer comes later, as a rule
	s.Built(n)
	l.serve(cards[0], server1, given1)
	l.serve(cards[1], server2, given2)
	conn, err := l.card.ListenPacket("udp4", ":68")
	s.Check("take port 68", err)
	l.conn = conn
	context.AfterFunc(s.ctx, func() { conn.Close() })
	return l
}

// serve starts a server at a card.
func (l *lease) serve(card *netbox.Card, own, gives string) {
	conn, err := card.ListenPacket("udp4", ":67")
	l.Check("take port 67", err)
	srv := &dhcpServer{own: netip.MustParseAddr(own), gives: netip.MustParseAddr(gives), lease: leaseTime, conn: conn}
	srv.serving.Go(srv.serve)
	context.AfterFunc(l.ctx, func() { conn.Close() })
}

// ask sends a message of the client: to all, or to one server.
func (l *lease) ask(kind byte, to, client string, options map[byte][]byte) {
	options[optionType] = []byte{kind}
	m := &dhcpMessage{question: true, id: l.id, mac: l.card.MAC, options: options}
	if client != "" {
		m.client = netip.MustParseAddr(client)
	}
	_, err := l.conn.WriteTo(m.bytes(), &net.UDPAddr{IP: net.ParseIP(to), Port: 67})
	l.Check("send", err)
	l.say(Event{Type: Sent, Lines: []string{fmt.Sprintf("%s to %s", dhcpNames[kind], to)}})
}

var dhcpNames = map[byte]string{dhcpDiscover: "DHCPDISCOVER", dhcpOffer: "DHCPOFFER", dhcpRequest: "DHCPREQUEST",
	dhcpAck: "DHCPACK", dhcpNak: "DHCPNAK"}

// answer waits for a server's answer to the last message.
func (l *lease) answer(kind byte) *dhcpMessage {
	l.conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 1500)
	for {
		n, _, err := l.conn.ReadFrom(buf)
		l.Check("wait for "+dhcpNames[kind], err)
		m, err := readDHCP(buf[:n])
		if err == nil && !m.question && m.id == l.id && m.kind() == kind {
			l.say(Event{Type: Received, Lines: []string{fmt.Sprintf("%s from %v: %v", dhcpNames[kind],
				m.option(optionServer), m.yours)}})
			return m
		}
	}
}

func ip4(a string) []byte { return netip.MustParseAddr(a).AsSlice() }

func playLease(l *lease) {
	l.Step(Text{"A host without an address, and two servers. It asks all, gets two offers, and tells all which one it " +
		"takes.",
		"주소가 없는 호스트와 서버 둘. 호스트는 모두에게 묻고, 제안을 둘 받고, 어느 것을 " +
			"받아들이는지 모두에게 알린다."})
	l.ask(dhcpDiscover, "255.255.255.255", "", map[byte][]byte{})
	first, second := l.answer(dhcpOffer), l.answer(dhcpOffer)
	l.Must(first.yours != second.yours, "offered: %v twice", first.yours)
	l.ask(dhcpRequest, "255.255.255.255", "",
		map[byte][]byte{optionServer: ip4(server1), optionRequested: ip4(given1)})
	l.answer(dhcpAck)
	l.At(l.client)
	l.Find(1, "dhcp.option.dhcp == 1 && ip.src == 0.0.0.0 && ip.dst == 255.255.255.255 && eth.dst == ff:ff:ff:ff:ff:ff",
		Text{"discover: from nobody, to all", "discover: 아무도 아닌 주소에서 모두에게"})
	l.Find(2, "dhcp.option.dhcp == 2", Text{"two offers: dhcp.ip.your is the address", "제안 둘: dhcp.ip.your가 " +
		"그 주소이다"})
	l.Find(1, "dhcp.option.dhcp == 3 && dhcp.option.dhcp_server_id == "+server1+" && ip.dst == 255.255.255.255",
		Text{"request: it names the server whose offer it takes, and still goes to all",
			"request: 받아들일 제안의 서버를 적고, 여전히 모두에게 보낸다"})
	l.Find(1, fmt.Sprintf("dhcp.option.dhcp == 5 && ip.dst == 255.255.255.255 && dhcp.option.ip_address_lease_time == "+
		"%.0f",
		leaseTime.Seconds()), Text{"ack: yours, for an hour", "ack: 한 시간 동안 쓸 수 있다"})
	l.At(l.second)
	l.Find(1, "dhcp.option.dhcp == 3 && dhcp.option.dhcp_server_id == "+server1,
		Text{"the second server hears that its offer was not taken", "둘째 서버는 자기 제안이 선택되지 " +
			"않았음을 듣는다"})
}

func playUse(l *lease) {
	l.Step(Text{"Now the host has the address. It tells the others, and asks the server for an echo.",
		"이제 호스트에 주소가 있다. 다른 호스트들에게 알리고, 서버에 에코를 요청한다."})
	l.card.AddAddress(given1 + "/24")
	l.Built(l.net)
	l.card.Send(announcement(l.card.MAC, netip.MustParseAddr(given1)))
	l.echoes(l.client, given1).ping(server1, 1, "here I am")
	l.At(l.client)
	l.Find(1, "arp.isgratuitous == 1 && arp.src.proto_ipv4 == "+given1,
		Text{"the announcement: this address is mine", "알림: 이 주소는 내 것이다"})
	l.Find(1, "icmp.type == 0 && ip.dst == "+given1, Text{"the first packet that is for this address alone",
		"이 주소만을 향해 온 첫 패킷"})
}

func playRenewal(l *lease) {
	l.Step(Text{"Half of the hour is over, in the lesson at once: the host asks for more time. It knows its server, " +
		"and has an " +
		"address: nobody else needs to hear it.",
		"한 시간의 절반이 지났다고 하자. 호스트는 시간을 늘려 달라고 한다. 이제 서버를 " +
			"알고 주소도 있으므로 다른 호스트가 " +
			"들을 필요가 없다."})
	l.id++
	l.ask(dhcpRequest, server1, given1, map[byte][]byte{})
	l.answer(dhcpAck)
	l.At(l.client)
	l.Find(1, "dhcp.option.dhcp == 3 && ip.src == "+given1+" && ip.dst == "+server1+" && dhcp.ip.client == "+given1,
		Text{"a request from one to one: dhcp.ip.client says what it has",
			"한 호스트에게만 보낸 request: dhcp.ip.client에 지금 주소가 적혀 있다"})
	l.Find(1, "dhcp.option.dhcp == 5 && ip.dst == "+given1, Text{"and the ack, to that address", "그 주소로 온 ack"})
	l.At(l.second)
	l.Find(0, "dhcp.ip.client == "+given1, Text{"the second server has not heard of it", "둘째 서버는 듣지 " +
		"못했다"})
}

func playRefusal(l *lease) {
	l.Step(Text{"The host starts anew and asks for an address that it had in another network: %s. Here it must not " +
		"have that.",
		"호스트가 다시 시작하여, 다른 네트워크에서 쓰던 주소 %s를 달라고 한다. " +
			"여기에서는 쓸 수 없는 주소이다."}.With(foreign))
	l.card.RemoveAddress(given1 + "/24")
	l.Built(l.net)
	l.id++
	l.ask(dhcpRequest, "255.255.255.255", "", map[byte][]byte{optionRequested: ip4(foreign)})
	l.answer(dhcpNak)
	l.answer(dhcpNak)
	l.At(l.client)
	l.Find(1, "dhcp.option.dhcp == 3 && dhcp.option.requested_ip_address == "+foreign+" && ip.src == 0.0.0.0",
		Text{"a request without an offer before it", "앞선 제안 없이 보낸 request"})
	l.Find(2, "dhcp.option.dhcp == 6", Text{"refused, by both servers: begin with a discover",
		"두 서버 모두 거절했다. discover부터 다시 하라는 뜻이다"})
	l.Find(0, "dhcp.option.dhcp == 6 && dhcp.option.ip_address_lease_time", Text{"nothing is lent", "빌려주는 " +
		"것은 없다"})
}

func askDHCP(l *lease) {
	l.Ask(Text{"The offers come to a host that has no address yet. To which IP address and which MAC address do they " +
		"go, and who " +
		"asked for that?",
		"제안은 아직 주소가 없는 호스트에게 온다. 어떤 IP 주소와 MAC 주소로 오며, 누가 " +
			"그렇게 하라고 했는가?"},
		Text{"255.255.255.255 and ff:ff:ff:ff:ff:ff. The client did, by the broadcast flag of its discover: " +
			"dhcp.flags.bc == 1. That " +
			"the answer is for it, it knows by dhcp.id.",
			"255.255.255.255와 ff:ff:ff:ff:ff:ff로 온다. 클라이언트가 discover의 브로드캐스트 " +
				"플래그(dhcp.flags.bc == 1)로 " +
				"그렇게 하라고 했다. 자기에게 온 답인지는 dhcp.id로 안다."},
		ofHost("client", "dhcp.option.dhcp == 2", "dhcp.id", Text{"the transaction id by which it knows them",
			"제안을 알아보는 트랜잭션 ID"}))
	l.Ask(Text{"Why does the first request go to all, though the client means server %s alone?",
		"클라이언트는 서버 %s만을 뜻하는데 왜 첫 request를 모두에게 보내는가?"}.With(server1),
		Text{"So that the other server hears it: dhcp.option.dhcp_server_id is not its own, and it may give %s to " +
			"somebody else. See " +
			"server2.pcapng.",
			"다른 서버도 듣게 하려는 것이다. dhcp.option.dhcp_server_id가 자기 것이 아니므로 그 " +
				"서버는 %s 주소를 다른 " +
				"호스트에게 줄 수 있다. server2.pcapng를 보라."}.With(given2),
		ofHost("server2", "dhcp.option.dhcp == 3 && dhcp.option.dhcp_server_id == "+server1, "frame.time_relative",
			Text{"when server2 heard it (seconds since its first frame)",
				"server2가 그것을 들은 시각(그 캡처의 첫 프레임부터 몇 초)"}))
	l.Ask(Text{"Compare the two requests for %s: which fields say that the second one is a renewal?",
		"%s 주소에 대한 두 request를 비교하라. 둘째가 갱신임을 알려 주는 필드는 " +
			"무엇인가?"}.With(given1),
		Text{"ip.src and dhcp.ip.client are the address itself, and there is neither dhcp.option.requested_ip_address nor " +
			"dhcp.option.dhcp_server_id; it goes to the server alone (RFC 2131 §4.3.2).",
			"ip.src와 dhcp.ip.client가 그 주소이고, dhcp.option.requested_ip_address도 " +
				"dhcp.option.dhcp_server_id도 없으며, " +
				"서버에게만 간다(RFC 2131 §4.3.2)."},
		ofHost("client", "dhcp.option.dhcp == 3 && ip.src == "+given1, "dhcp.id", Text{"the transaction id of the renewal",
			"갱신의 트랜잭션 ID"}))
	l.Ask(Text{"Which message proves that the host may use %s, and what would a stranger have to do to give it a " +
		"wrong one?",
		"호스트가 %s 주소를 써도 된다는 것을 증명하는 메시지는 무엇인가? 낯선 사람이 " +
			"틀린 주소를 주려면 무엇을 하면 되는가?"}.With(given1),
		Text{"The ack, not the offer. Only answer sooner than the server: nothing in these messages proves who has sent " +
			"them. Switches " +
			"in good networks let only some ports answer (DHCP snooping).",
			"offer가 아니라 ack이다. 서버보다 먼저 답하기만 하면 된다. 누가 보냈는지 증명하는 " +
				"것이 없기 때문이다. 그래서 잘 " +
				"관리되는 스위치는 정해진 포트에서만 답하게 한다(DHCP snooping)."},
		ofHost("client", "dhcp.option.dhcp == 5 && ip.dst == 255.255.255.255", "frame.time_relative",
			Text{"when it came (seconds since the first frame)",
				"그것이 온 시각(첫 프레임부터 몇 초)"}))
}
