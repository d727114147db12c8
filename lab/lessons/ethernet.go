package lessons

import (
	"net/netip"
	"time"

	"pollwire/lab/netbox"
)

var ethernetLesson = Lesson{
	Name: "ethernet",
	Title: Text{"frames, MAC addresses, ARP, what a switch learns and floods, an address that moves",
		"프레임, MAC 주소, ARP, 스위치의 학습과 플러딩, 옮겨 다니는 주소"},
	Aim: Text{"On one link frames go from card to card, by MAC addresses. ARP finds the MAC address that belongs to " +
		"an IP " +
		"address, and a switch learns where each of them is.",
		"한 링크 안에서 프레임은 MAC 주소에 따라 카드에서 카드로 간다. ARP는 IP 주소에 " +
			"맞는 MAC 주소를 찾고, 스위치는 각 MAC 주소가 어느 포트에 있는지 배운다."},
	Box:  true,
	Play: playEthernet,
}

// lan are three hosts on a switch.
type lan struct {
	*Scene
	net                 *netbox.Net
	sw                  *netbox.Switch
	a, b, c             *netbox.Host
	cardA, cardB, cardC *netbox.Card
	cableB              *netbox.Link
	pings               *echoes // of a
}

// The addresses of the lesson. A MAC address has the number of the host in its fifth byte.
const (
	ipA, ipB   = "10.0.0.1", "10.0.0.2"
	macA, macB = "02:00:00:00:01:00", "02:00:00:00:02:00"
	macC       = "02:00:00:00:03:00"
)

// playEthernet is IEEE 802.3 §3 (frames), 802.1D §7 (switches), RFC 826 (ARP) and RFC 5227 §3 (announcements).
func playEthernet(s *Scene) {
	l := buildLAN(s)
	playARP(l)
	playKnown(l)
	playRecheck(l)
	playLearned(l)
	playFlooded(l)
	playMoved(l)
	askEthernet(l)
}

// buildLAN makes kernels that ask no more often than the lesson tells, however slowly it is played.
func buildLAN(s *Scene) *lan {
	n := s.Network()
	l := &lan{Scene: s, net: n, a: n.Host("a"), b: n.Host("b"), c: n.Host("c")}
	l.cardA, l.cardB, l.cardC = l.a.Card(ipA+"/24"), l.b.Card(ipB+"/24"), l.c.Card("10.0.0.3/24")
	for _, h := range []*netbox.Host{l.a, l.b, l.c} {
		h.Set("ipv4/neigh/eth0/base_reachable_time_ms", "7200000")
		h.Set("ipv4/neigh/eth0/delay_first_probe_time", "1")
	}
	l.sw = n.Switch()
	l.sw.Plug(l.cardA, netbox.Delay(time.Millisecond))
	l.cableB = l.sw.Plug(l.cardB, netbox.Delay(time.Millisecond))
	l.sw.Plug(l.cardC, netbox.Delay(time.Millisecond))
	s.Built(n)
	l.pings = s.echoes(l.a, ipA)
	return l
}

func playARP(l *lan) {
	l.Step(Text{"Hosts a, b and c are on a switch. a wants an echo from %s. It knows the IP address, and a frame " +
		"needs a " +
		"MAC address: so a asks all.",
		"호스트 a, b, c가 스위치에 연결되어 있다. a는 %s의 에코를 받으려 한다. IP 주소는 " +
			"알지만 프레임에는 MAC 주소가 필요하므로, a는 모두에게 묻는다."}.With(ipB))
	l.pings.ping(ipB, 1, "who are you?")
	l.Neighbours(l.a, l.cardA)
	l.At(l.a)
	l.Find(1, "arp.opcode == 1 && eth.dst == ff:ff:ff:ff:ff:ff && arp.src.proto_ipv4 == "+ipA,
		Text{"the question, to everybody: who has this IP address?",
			"모두에게 보낸 질문: 이 IP 주소는 누구의 것인가?"})
	l.Find(1, "arp.opcode == 2 && eth.src == "+macB+" && eth.dst == "+macA,
		Text{"the answer of b, to a alone", "b가 a에게만 보낸 답"})
	l.Find(2, "icmp.seq == 1 && eth.type == 0x0800",
		Text{"only then the echo and its answer: in the frames is IPv4",
			"그다음에야 오간 에코 요청과 응답. 프레임 안에는 IPv4가 들어 있다"})
}

func playKnown(l *lan) {
	l.Step(Text{"A second echo. Now a knows the MAC address, and asks nobody.",
		"두 번째 에코. 이제 a는 MAC 주소를 알고 있으므로 아무에게도 묻지 않는다."})
	l.pings.ping(ipB, 2, "once more")
	l.At(l.a)
	l.Find(1, "icmp.seq == 2 && eth.dst == "+macB, Text{"the request, at once", "곧바로 보낸 요청"})
	l.Find(1, "icmp.seq == 2 && eth.src == "+macB, Text{"the reply", "응답"})
}

// playRecheck is not in RFC 826: b took a's address from a's question, and Linux makes sure before it relies on that
// (RFC 4861 §7.3.3 has the same for IPv6).
func playRecheck(l *lan) {
	l.Step(Text{"b has never asked: it took a's MAC address from a's question. A second later it makes sure, and asks a " +
		"alone.",
		"b는 물은 적이 없다. a의 질문에서 a의 MAC 주소를 배웠을 뿐이다. 1초 뒤 b는 그것이 " +
			"맞는지 a에게만 물어 확인한다."})
	l.Until("b asks a", func() bool {
		known := l.cardB.Neighbours()
		return len(known) > 0 && known[0].State == "reachable"
	})
	l.At(l.a)
	l.Find(1, "arp.opcode == 1 && eth.src == "+macB+" && eth.dst == "+macA,
		Text{"a question that is not for all", "모두가 아니라 a에게만 보낸 질문"})
	l.Find(1, "arp.opcode == 2 && eth.src == "+macA+" && eth.dst == "+macB, Text{"and its answer", "그 답"})
}

func playLearned(l *lan) {
	l.Step(Text{"What has c seen of all that? The switch learns from each frame at which port its sender is, and passes " +
		"on to that port alone.",
		"c는 이 모든 것 가운데 무엇을 보았는가? 스위치는 프레임마다 보낸 쪽이 어느 포트에 " +
			"있는지 배우고, 그 포트로만 전달한다."})
	known := l.sw.Learned()
	l.Must(known[macA] == "a" && known[macB] == "b", "the switch has learned %v", known)
	l.Table(Text{"The switch knows MAC address\tport to", "스위치가 아는 MAC 주소\t연결된 호스트"},
		[]string{macA, "a"}, []string{macB, "b"})
	l.At(l.c)
	l.Find(1, "arp.opcode == 1 && arp.src.proto_ipv4 == "+ipA+" && eth.dst == ff:ff:ff:ff:ff:ff",
		Text{"a's question: it was for all", "a의 질문. 모두에게 보낸 것이었다"})
	l.Find(0, "arp.opcode == 2 && eth.dst == "+macA+" && eth.src == "+macB, Text{"not b's answer", "b의 답은 없다"})
	l.Find(0, "icmp.seq == 1 || icmp.seq == 2", Text{"and none of the echoes", "에코도 없다"})
}

func playFlooded(l *lan) {
	l.Step(Text{"The switch forgets all that it has learned. A third echo: what it knows no port for goes to all ports.",
		"스위치가 배운 것을 모두 잊는다. 세 번째 에코: 어느 포트인지 모르는 프레임은 모든 " +
			"포트로 나간다."})
	l.sw.Age(0)
	l.pings.ping(ipB, 3, "is anybody listening?")
	l.sw.Age(time.Hour)
	l.At(l.c)
	l.Find(2, "icmp.seq == 3", Text{"c sees both directions, though neither is for it",
		"c에게 온 것이 아닌데도 두 방향이 모두 보인다"})
	l.Find(0, "icmp.seq == 3 && (eth.dst == "+macC+" || eth.src == "+macC+")",
		Text{"c takes no part: its card's address is another one", "c는 끼어들지 않는다. 카드의 주소가 " +
			"다르기 때문이다"})
}

// announcement is an ARP frame that nobody has asked for: IEEE 802.3 §3.1.1 (14 bytes) and RFC 826 (28 bytes). A host
// says so that it has an address, by asking for its own (RFC 5227 §3).
func announcement(mac []byte, ip netip.Addr) []byte {
	f := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} // to all
	f = append(f, mac...)
	f = append(f, 0x08, 0x06)          // what follows is ARP
	f = append(f, 0, 1, 0x08, 0, 6, 4) // of Ethernet, whose addresses have 6 bytes, and IPv4, 4 bytes
	f = append(f, 0, 1)                // a question
	f = append(f, mac...)              // I have this MAC address
	f = append(f, ip.AsSlice()...)     // and this IP address
	f = append(f, 0, 0, 0, 0, 0, 0)    // which MAC address
	return append(f, ip.AsSlice()...)  // has this IP address?
}

func playMoved(l *lan) {
	l.Step(Text{"b's cable is pulled out, and c takes over its IP address. c announces that by a frame for which nobody " +
		"has asked: a gratuitous ARP. Then a sends its fourth echo.",
		"b의 케이블을 뽑고 c가 b의 IP 주소를 넘겨받는다. c는 아무도 묻지 않은 프레임, 곧 " +
			"gratuitous ARP로 그것을 알린다. 그런 다음 a가 네 번째 에코를 보낸다."})
	l.cableB.Down()
	l.cardC.AddAddress(ipB + "/24")
	l.Built(l.net)
	l.cardC.Send(announcement(l.cardC.MAC, netip.MustParseAddr(ipB)))
	l.Until("a hears of it", func() bool {
		known := l.cardA.Neighbours()
		return len(known) > 0 && known[0].MAC.String() == macC
	})
	l.pings.ping(ipB, 4, "are you still there?")
	l.Neighbours(l.a, l.cardA)
	l.At(l.a)
	l.Find(1, "arp.isgratuitous == 1 && eth.src == "+macC,
		Text{"the announcement: its sender asks for its own address", "알림. 보낸 쪽이 자기 주소를 묻는 " +
			"모양이다"})
	l.Find(1, "arp.opcode == 1 && eth.dst == ff:ff:ff:ff:ff:ff && eth.src == "+macA,
		Text{"still the question of step 1 alone: a did not ask again",
			"여전히 1단계의 질문뿐이다. a는 다시 묻지 않았다"})
	l.Find(1, "icmp.seq == 4 && ip.src == "+ipB+" && eth.src == "+macC,
		Text{"the reply has the same IP address, and comes from another card",
			"응답의 IP 주소는 같지만 다른 카드에서 왔다"})
}

func askEthernet(l *lan) {
	l.Ask(Text{"In a.pcapng, take the frame of the first echo that a sends. Which bytes stand before the IP header, " +
		"what do " +
		"they say, and by which of them does b know that IPv4 follows?",
		"a.pcapng에서 a가 보낸 첫 에코의 프레임을 보라. IP 헤더 앞에는 어떤 바이트가 " +
			"있고 무엇을 뜻하는가? b는 그 가운데 무엇으로 IPv4가 이어진다는 것을 아는가?"},
		Text{"14 bytes: 6 of the receiver's address (%s), 6 of the sender's (%s), 2 of the type, 08 00: IPv4. ARP has 08 06.",
			"14바이트이다: 받는 쪽 주소 6바이트(%s), 보낸 쪽 주소 6바이트(%s), 타입 2바이트. " +
				"타입 08 00이 " +
				"IPv4이고 ARP는 08 06이다."}.With(macB, macA),
		ofHost("a", `icmp.type == 8 && icmp.seq == 1`, "ip.id",
			Text{"the identification in the IP header of the request",
				"요청의 IP 헤더에 있는 식별자(identification)"}))
	l.Ask(Text{"Why was a's first question for all, and b's question in step 3 not?",
		"a의 첫 질문은 왜 모두에게 보냈고, 3단계에서 b의 질문은 왜 그렇지 않은가?"},
		Text{"a did not know to whom it should send: eth.dst is ff:ff:ff:ff:ff:ff. b had an address already, from " +
			"arp.src.hw_mac of a's question, and only had to know whether it is still right: eth.dst is %s.",
			"a는 누구에게 보내야 할지 몰랐으므로 eth.dst가 ff:ff:ff:ff:ff:ff이다. b는 a의 질문에 " +
				"있는 " +
				"arp.src.hw_mac에서 이미 주소를 알았고, 아직 맞는지만 확인하면 되므로 eth.dst가 " +
				"%s이다."}.With(macA),
		ofHost("a", "arp.opcode == 1 && eth.src == "+macB, "frame.time_relative",
			Text{"when b asked (seconds since the first frame of a.pcapng)",
				"b가 물은 시각(a.pcapng의 첫 프레임부터 몇 초)"}))
	l.Ask(Text{"c.pcapng has both packets of the third echo, and none of the second. Where was the difference, and " +
		"what " +
		"does that mean for who wants to listen to others on a switch?",
		"c.pcapng에는 셋째 에코의 패킷이 둘 다 있고 둘째 것은 하나도 없다. 차이는 " +
			"어디에 있었는가? 스위치에서 남의 통신을 엿들으려는 사람에게 이것은 무엇을 " +
			"뜻하는가?"},
		Text{"In the switch: in step 5 it had forgotten who is where, so it flooded. Otherwise a switch shows others " +
			"only " +
			"what is for all; an attacker fills its table with invented addresses, or uses ARP.",
			"스위치에 있었다. 5단계에서 누가 어디 있는지 잊었으므로 모든 포트로 내보냈다. " +
				"평소에는 모두에게 가는 프레임만 남에게 보인다. 그래서 공격자는 지어낸 " +
				"주소로 표를 채우거나 ARP를 이용한다."},
		ofHost("c", `icmp.seq == 3`, "ip.id", Text{"the identification in the IP header of both",
			"두 패킷의 IP 헤더에 있는 식별자(identification)"}))
	l.Ask(Text{"What in c's announcement proves that %s is c's now, and what could somebody else have done with such " +
		"a frame?",
		"c의 알림에서 %s가 이제 c의 것임을 증명하는 것은 무엇인가? 다른 사람이 이런 " +
			"프레임으로 " +
			"무엇을 할 수 있었겠는가?"}.With(ipB),
		Text{"Nothing does: a believed it, see icmp.seq == 4. Anybody on the link can take over an address so, and read or " +
			"change what is for it: ARP spoofing.",
			"아무것도 없다. a는 그대로 믿었다(icmp.seq == 4). 같은 링크에 있으면 누구나 이렇게 " +
				"주소를 " +
				"가로채 그리로 가는 것을 읽거나 바꿀 수 있다. ARP 스푸핑이다."},
		ofHost("a", "arp.isgratuitous == 1 && eth.src == "+macC, "frame.time_relative",
			Text{"when it came to a (seconds since the first frame of a.pcapng)",
				"알림이 a에 온 시각(a.pcapng의 첫 프레임부터 몇 초)"}))
}
