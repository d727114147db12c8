package lessons

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// changed is how much smaller the checksum of the IP header is outside, modulo ffff, in each packet that goes from a to
// the server: what the words of the header gain it loses (RFC 1624 §3).
func changed() uint16 {
	words := func(addr string) (a, b uint16) {
		w := netip.MustParseAddr(addr).As4()
		return binary.BigEndian.Uint16(w[:]), binary.BigEndian.Uint16(w[2:])
	}
	inA, inB := words(natA)
	outA, outB := words(natOut)
	const ttl = 0x0100 // one less of the first byte of its word
	sum := int(outA) - int(inA) + int(outB) - int(inB) - ttl
	return uint16((sum%0xffff + 0xffff) % 0xffff)
}

func askNAT(h *home) {
	h.Ask(Text{"In nat.pcapng, lay a's SYN on eth0 and on eth1 beside each other. Which fields of Ethernet, IP and TCP " +
		"differ? Why are tcp.seq_raw and ip.id the same?",
		"nat.pcapng에서 eth0과 eth1의 a의 SYN을 나란히 놓고 보라. 이더넷, IP, TCP의 어떤 필드가 " +
			"다른가? tcp.seq_raw와 ip.id는 왜 같은가?"},
		Text{"Both MAC addresses, ip.src, ip.ttl (64, 63), ip.checksum and tcp.checksum; in b's SYN tcp.srcport too. It is " +
			"the same packet: the box opens no connection of its own, it only changes what it must.",
			"MAC 주소 둘, ip.src, ip.ttl(64, 63), ip.checksum, tcp.checksum이 다르고, b의 SYN에서는 " +
				"tcp.srcport도 다르다. 같은 패킷이기 때문이다. 상자는 자기 연결을 여는 것이 아니라 " +
				"꼭 바꿔야 하는 것만 바꾼다."},
		ofHost("nat", "tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.dstport == 80 && ip.src == "+natA, "tcp.seq_raw",
			Text{"the raw sequence number",
				"원래(raw) 순서 번호"}))
	h.Ask(Text{"Take three packets from a to the server, and subtract ip.checksum on eth1 from that on eth0 (if it is " +
		"negative, add ffff). What is the same each time, and why need the box not look at the rest of the packet?",
		"a가 서버에 보낸 패킷 셋에서, eth0의 ip.checksum에서 eth1의 것을 빼라(음수이면 ffff를 " +
			"더한다). 매번 같은 것은 무엇이며, 상자가 패킷의 나머지를 볼 필요가 없는 까닭은 " +
			"무엇인가?"},
		Text{"The difference: %#04x. A checksum is a sum, so it changes by what the changed words change by: cb00 - 0a00 + " +
			"71fe - 0001 for the address, 3f06 - 4006 for the TTL (RFC 1624).",
			"차이가 늘 %#04x이다. 체크섬은 합이므로 바뀐 낱말이 바뀐 만큼만 달라진다. " +
				"주소에서 cb00 - 0a00 + 71fe - 0001, TTL에서 3f06 - 4006이다(RFC 1624)."}.With(changed()),
		ofHost("nat", "tcp && ip.src == "+natA+" && ip.dst == "+natServer,
			"ip.checksum",
			Text{"ip.checksum of the three on eth0",
				"세 패킷의 eth0에서의 ip.checksum"}),
		ofHost("nat", "tcp && ip.src == "+natOut+" && tcp.srcport == "+strconv.Itoa(natPort)+" && ip.dst == "+natServer,
			"ip.checksum",
			Text{"and on eth1",
				"eth1에서의 것"}))
	askNATPorts(h)
}

func askNATPorts(h *home) {
	h.Ask(Text{"The answers to a and b come to the same address. Which field tells the box for whom each is? Which one " +
		"does, where the answer is an ICMP message?",
		"a와 b에게 가는 응답은 같은 주소로 온다. 상자는 어느 필드로 누구의 것인지 아는가? " +
			"응답이 ICMP 메시지이면 무엇으로 아는가?"},
		Text{"tcp.dstport: %d is a, %d is b. An ICMP message quotes the datagram: udp.srcport of the quotation, %d and %d.",
			"tcp.dstport로 안다. %d은 a, %d은 b이다. ICMP 메시지에서는 인용된 데이터그램의 " +
				"udp.srcport, 곧 %d과 %d으로 안다."}.With(natPort, natNext, refusedPort, natNext),
		ofHost("nat", "icmp.type == 3", "ip.id",
			Text{"both identifications in the ICMP messages, of the message and of what it quotes, inside and outside",
				"안과 밖의 ICMP 메시지에 있는 두 식별자(identification), 메시지의 것과 인용된 " +
					"패킷의 것"}))
	h.Ask(Text{"The box refused the server in step 5 and the stranger in step 6, and let the stranger in in step 3. Is " +
		"it a firewall? What do programs do so that they can be called later?",
		"상자는 5단계에서 서버를, 6단계에서 낯선 호스트를 거절했지만 3단계에서는 낯선 " +
			"호스트를 들여보냈다. 상자는 방화벽인가? 나중에 연락을 받으려는 프로그램은 " +
			"어떻게 하는가?"},
		Text{"It only does not know whither with a packet: it asks for a mapping, not for who comes. So it is no firewall " +
			"by itself. Programs send something now and then, so that the mapping lasts (keep-alive).",
			"상자는 패킷을 어디로 보낼지 모를 뿐이다. 누가 오는지가 아니라 매핑이 있는지를 " +
				"본다. 그래서 그 자체로 방화벽은 아니다. 프로그램은 매핑이 남아 있도록 이따금 " +
				"무엇인가를 보낸다(keep-alive)."},
		ofHost("nat", "tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.srcport == 41000", "tcp.seq_raw",
			Text{"the raw sequence number of the SYN that got nowhere",
				"들어가지 못한 SYN의 원래(raw) 순서 번호"}))
	h.Ask(Text{"Step 7: what if the box had translated the destination alone? To whom would b have answered, and what " +
		"would a have made of it?",
		"7단계: 상자가 목적지만 번역했다면 어떻게 되는가? b는 누구에게 답했을 것이고 a는 " +
			"그것을 어떻게 했을 것인가?"},
		Text{"b would have answered to %s, which is on its own switch, past the box. a waits for an answer from %s:%d and " +
			"would refuse one from %s:80 with RST. See RFC 5382 REQ-8.",
			"b는 같은 스위치에 있는 %s에게 상자를 거치지 않고 답했을 것이다. a는 %s:%d의 답을 " +
				"기다리므로 %s:80에서 온 것은 RST로 거절했을 것이다. RFC 5382 REQ-8을 " +
				"보라."}.With(natA, natOut, forwarded, natB),
		ofHost("b", "tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.dst == "+natB, "tcp.seq_raw",
			Text{"the raw sequence numbers of the SYN that came to b",
				"b에 온 SYN들의 원래(raw) 순서 번호"}))
}
