package lessons

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

var udpLesson = Lesson{
	Name: "udp",
	Title: Text{"datagrams: an answer, silence, port unreachable, fragments",
		"데이터그램: 응답, 침묵, port unreachable, 조각화"},
	Aim: Text{"UDP adds two port numbers, a length and a checksum to IP, and no promise: no connection, no " +
		"acknowledgement, no second try.",
		"UDP는 IP에 포트 번호 둘, 길이, 체크섬을 더할 뿐 아무것도 약속하지 않는다. 연결도 " +
			"확인 응답도 재전송도 없다."},
	Needs: []string{"health"},
	Spare: 2, // a closed port, and one that takes large datagrams
	// What an ICMP message quotes and all but the first fragment of a datagram have no ports that a filter could see.
	Capture: "icmp or ip6 proto 44 or ip[6:2] & 0x1fff != 0",
	Play:    playUDP,
}

// playUDP is RFC 768, RFC 792 (ICMP), and fragments by RFC 8200 §4.5 and RFC 791 §3.2.
func playUDP(s *Scene) {
	playAnswered(s)
	playUnanswered(s)
	playUnreachable(s)
	playFragments(s)
}

func playAnswered(s *Scene) {
	s.Step(Text{"One datagram to the health port, and one back. Nothing comes before them and nothing after.",
		"health 포트로 데이터그램 하나를 보내고 하나를 받는다. 그 앞에도 뒤에도 " +
			"아무것도 없다."})
	c := s.DialUDP(s.Addr("health"))
	const ping, pong = "ping hello", "pong hello"
	c.Send(ping)
	s.Must(c.Receive() == pong, "the server did not answer %s by %s", ping, pong)
	s.Find(1, `frame contains "`+ping+`" && udp.srcport == `+c.Port(), Text{"the question", "질문"})
	s.Find(1, `frame contains "`+pong+`" && udp.dstport == `+c.Port(), Text{"the answer", "응답"})
	s.Find(2, c.Filter(fmt.Sprintf("udp.length == %d", 8+len(ping))),
		Text{"both: a header of 8 bytes and %d of data",
			"둘 다 헤더 8바이트와 데이터 %d바이트이다"}.With(len(ping)))
	s.Ask(Text{"How many packets did this question and its answer take on port %s, and how many would it be over TCP?",
		"포트 %s의 이 질문과 응답에 패킷은 몇 개 들었는가? TCP라면 몇 개였을까?"}.With(c.Port()),
		Text{"Two: udp.port == %s. TCP takes three for the handshake and at least three to close, besides the two and what " +
			"acknowledges them.",
			"udp.port == %s 필터로 보면 2개이다. TCP라면 이 둘과 그 확인 응답 말고도 핸드셰이크에 " +
				"3개, 종료에 적어도 3개가 더 든다."}.With(c.Port()),
		c.Proof("udp.dstport == "+c.Port(), "udp.time_delta", Text{"how long the answer took", "응답까지 걸린 시간"}))
}

func playUnanswered(s *Scene) {
	s.Step(Text{"A datagram that the server does not understand. It says nothing, and nor does UDP.",
		"서버가 모르는 내용의 데이터그램. 서버는 답하지 않고 UDP도 아무 말이 없다."})
	mute := s.DialUDP(s.Addr("health"))
	mute.Send("hello?")
	mute.Silent(150 * time.Millisecond)
	s.Find(1, "udp.srcport == "+mute.Port(), Text{"the datagram", "데이터그램"})
	s.Find(0, "udp.dstport == "+mute.Port(), Text{"no answer, and no error", "응답도 오류도 없다"})
}

// playUnreachable sends to nobody. The socket is connected, so that the system can tell it of the ICMP message.
func playUnreachable(s *Scene) {
	closed := s.Spare[0]
	s.Step(Text{"A datagram to port %s, where nobody listens.",
		"아무도 듣고 있지 않은 포트 %s에 데이터그램을 보낸다."}.With(closed))
	c := s.DialUDP(s.peer.addr(closed))
	c.Send("anybody here?")
	_, err := c.Datagram()
	var told *os.SyscallError
	s.Must(errors.As(err, &told), "nothing came back from port %s: %v", closed, err)
	s.Note(Text{"The program gets, at its next read: %s.",
		"프로그램은 다음에 읽을 때 오류를 받는다: %s."}.With(told.Err))
	s.Find(1, "icmp.type == 3 && icmp.code == 3 && udp.dstport == "+closed,
		Text{"ICMP: destination unreachable, port unreachable",
			"ICMP 목적지 도달 불가(destination unreachable), 그중 포트 도달 불가"})
	s.Find(2, "udp.dstport == "+closed,
		Text{"the datagram, and once more: the ICMP message quotes it",
			"데이터그램, 그리고 그것을 인용한 ICMP 메시지"})
	askUnreachable(s, c, closed)
}

func askUnreachable(s *Scene, c *Conn, closed string) {
	s.Ask(Text{"An ICMP message has no ports. By what does the system of the sender know that it is for the program " +
		"on port %s?",
		"ICMP에는 포트가 없다. 보낸 쪽의 운영체제는 이 메시지가 포트 %s의 " +
			"프로그램에 온 것임을 어떻게 아는가?"}.With(c.Port()),
		Text{"By what it quotes: the IP header and at least the first 8 bytes behind it, which are the UDP header: %s to %s.",
			"인용된 부분을 보고 안다. IP 헤더와 그 뒤 적어도 8바이트, 곧 UDP 헤더가 들어 " +
				"있다: %s → %s."}.With(c.Port(), closed),
		c.Proof("icmp.type == 3", "ip.id", Text{"both identifications in it, its own and that of what it quotes",
			"그 메시지의 두 식별자(identification), 메시지의 것과 인용된 패킷의 것"}))
	s.Ask(Text{"Two datagrams were not answered: \"hello?\" and \"anybody here?\". What did the sender learn about each?",
		"응답받지 못한 데이터그램이 둘 있었다: \"hello?\"와 \"anybody here?\". 보낸 쪽은 각각 " +
			"무엇을 알게 되었는가?"},
		Text{"Of the first nothing: lost, ignored, or still to come. Of the second that nobody is at port %s. A program " +
			"that needs an answer has to ask again by itself, as DNS does.",
			"첫째는 아무것도 알 수 없다. 사라졌는지, 무시되었는지, 아직 오는 중인지. 둘째는 " +
				"포트 %s에 아무도 없다는 것을 알았다. 응답이 꼭 필요하면 DNS처럼 프로그램이 " +
				"스스로 다시 물어야 한다."}.With(closed),
		Proof{Filter: `!icmp && (frame contains "hello?" || frame contains "anybody here?")`, Field: "frame.time_relative",
			What: Text{"when each of them was sent (seconds since the first packet of the capture)",
				"둘을 보낸 시각(캡처의 첫 패킷부터 몇 초)"}})
}

// large is more than the loopback of Linux takes in one packet with the header of IPv6, and less with that of IPv4.
const large = 65_500

// playFragments sends the same large datagram over both.
func playFragments(s *Scene) {
	mtu := s.mtu()
	n6 := playFragments6(s, mtu)
	c4, n4, ok := playFragments4(s, mtu)
	if ok {
		askFragments(s, c4, n6, n4, mtu)
	}
}

// playFragments6 returns in how many packets IPv6 takes it.
func playFragments6(s *Scene, mtu int) (n6 int) {
	s.Step(Text{"A datagram of %d bytes over IPv6. With its headers it is larger than what the interface takes.",
		"IPv6로 %d바이트의 데이터그램을 보낸다. 헤더를 더하면 인터페이스가 받는 " +
			"크기를 넘는다."}.With(large))
	n6 = fragments(8+large, 40, 8, mtu)
	c, ok := sendLarge(s, s.peer.v6())
	switch {
	case !ok:
		s.Unable(Text{"Fragments of IPv6: this system has no IPv6 on loopback, or sends no datagrams of that size.",
			"IPv6 조각: 이 시스템은 루프백에 IPv6가 없거나 이만한 데이터그램을 보내지 못한다."})
	case n6 == 1:
		s.Find(1, c.Filter(fmt.Sprintf("udp.length == %d", 8+large)), Text{"one packet", "패킷 하나"})
		s.Unable(Text{"Fragments of IPv6: the loopback of this system takes packets of any size.",
			"IPv6 조각: 이 시스템의 루프백은 아무리 큰 패킷도 그대로 받는다."})
	default:
		findFragments6(s, c, n6)
	}
	return n6
}

func findFragments6(s *Scene, c *Conn, n6 int) {
	s.Find(n6, "ipv6.fraghdr && "+marked(c),
		Text{"the fragments, each with its offset", "조각들. 저마다 오프셋이 있다"})
	s.Find(1, "ipv6.fraghdr.more == 0 && "+marked(c),
		Text{"the last of them: there Wireshark shows the whole datagram",
			"마지막 조각. Wireshark는 여기에서 데이터그램 전체를 보여 준다"})
	s.Find(1, c.Filter(fmt.Sprintf("ipv6.fragment.count == %d && udp.length == %d", n6, 8+large)),
		Text{"the same, put together", "같은 패킷. 재조립된 모습이다"})
	s.Ask(Text{"Which of the fragments of the datagram from port %s has the UDP header, and what happens if another " +
		"one is lost?",
		"포트 %s에서 보낸 데이터그램의 조각 중 UDP 헤더가 있는 것은 어느 " +
			"것인가? 다른 조각 하나를 잃으면 어떻게 되는가?"}.With(c.Port()),
		Text{"The first alone, ipv6.fraghdr.offset == 0. If any of the %d is lost the other side can't put it together " +
			"and throws away the rest; nobody sends it again.",
			"첫 조각(ipv6.fraghdr.offset == 0)에만 있다. %d개 중 하나라도 잃으면 받는 쪽은 " +
				"재조립하지 못하고 나머지도 버린다. 다시 보내 주는 이도 없다."}.With(n6),
		Proof{Filter: "ipv6.fraghdr && " + marked(c), Field: "ipv6.fraghdr.ident",
			What: Text{"the identification that all of them have",
				"모든 조각에 있는 식별자(identification)"}})
}

func playFragments4(s *Scene, mtu int) (c *Conn, n4 int, ok bool) {
	s.Step(Text{"The same over IPv4, whose header is 20 bytes shorter.",
		"같은 것을 헤더가 20바이트 짧은 IPv4로 보낸다."})
	c, ok = sendLarge(s, s.peer.v4())
	if !ok {
		s.Unable(Text{"A datagram of %d bytes over IPv4: this system sends none of that size.",
			"IPv4로 %d바이트의 데이터그램: 이 시스템은 이만한 것을 보내지 못한다."}.With(large))
		return nil, 0, false
	}
	n4 = fragments(8+large, 20, 0, mtu)
	s.Find(n4, "ip && "+marked(c), Text{"all there is of it", "이 데이터그램의 패킷 전부"})
	s.Find(1, c.Filter(fmt.Sprintf("udp.length == %d", 8+large)), Text{"the datagram, whole", "온전한 데이터그램"})
	return c, n4, true
}

func askFragments(s *Scene, c4 *Conn, n6, n4, mtu int) {
	s.Ask(Text{"How many packets did it take over IPv6, how many over IPv4, and why?",
		"IPv6에서는 패킷 몇 개, IPv4에서는 몇 개가 들었는가? 왜 그런가?"},
		Text{"%d and %d. IPv6: 40 + 8 + %d = %d bytes, IPv4: 20 + 8 + %d = %d. The interface takes %s.",
			"%d개와 %d개이다. IPv6는 40 + 8 + %d = %d바이트, IPv4는 20 + 8 + %d = %d바이트이고, " +
				"인터페이스의 MTU는 %s이다."}.With(n6, n4, large, 48+large, large, 28+large, mtuText(mtu)),
		Proof{Filter: "ip && " + marked(c4), Field: "frame.len",
			What: Text{"the bytes of each frame over IPv4, and when it was sent (seconds since the first packet of the capture)",
				"IPv4로 간 프레임마다의 바이트 수와 보낸 시각(캡처의 첫 패킷부터 몇 초)"}},
		Proof{Filter: "ip && " + marked(c4), Field: "frame.time_relative"})
}

// sendLarge sends a datagram from one port of this machine to another one, full of the number of its own, and takes it.
func sendLarge(s *Scene, ip string) (*Conn, bool) {
	to, err := s.peer.listenPacket("udp", net.JoinHostPort(ip, s.Spare[1]))
	if err != nil {
		return nil, false
	}
	defer to.Close()
	conn, err := s.client.dial(s.ctx, new(net.Dialer), "udp", to.LocalAddr().String())
	if err != nil {
		return nil, false
	}
	conn.(*net.UDPConn).SetWriteBuffer(4 * large) // some systems send nothing larger than that
	to.(*net.UDPConn).SetReadBuffer(4 * large)
	c := s.Use(conn, "")
	text := strings.Repeat("#"+c.Port()+" ", large)[:large]
	if _, err = c.Write([]byte(text)); err != nil {
		return nil, false
	}
	s.say(Event{Type: Sent, Lines: []string{clip(text, 60), fmt.Sprintf("(%d)", large)}})
	to.SetReadDeadline(time.Now().Add(patience))
	got := make([]byte, 1<<16)
	n, _, err := to.ReadFrom(got)
	s.Check("wait for the datagram", err)
	s.Must(string(got[:n]) == text, "another datagram came, of %d bytes", n)
	return c, true
}

// marked finds every piece of what sendLarge sent, also those that have no port: they are all full of its number.
func marked(c *Conn) string { return `frame contains "#` + c.Port() + ` "` }

// loopbackMTU is how large a packet the loopback interface takes; 0 where there is no limit, as on Windows.
func loopbackMTU() int {
	all, _ := net.Interfaces()
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			return max(i.MTU, 0)
		}
	}
	return 0
}

func mtuText(mtu int) string {
	if mtu == 0 {
		return "∞"
	}
	return fmt.Sprint(mtu)
}

// fragments is how many packets it takes to send n bytes with a header each, and extra bytes more where there is more
// than one packet: IPv6 has what fragments need in a header of its own. All but the last are a multiple of 8 bytes
// long, as that is how offsets are counted.
func fragments(n, header, extra, mtu int) int {
	if mtu == 0 || header+n <= mtu {
		return 1
	}
	room := mtu - header - extra
	count := 1
	for ; n > room; n -= room &^ 7 {
		count++
	}
	return count
}
