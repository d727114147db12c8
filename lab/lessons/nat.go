package lessons

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"pollwire/lab/netbox"
)

var natLesson = Lesson{
	Name: "nat",
	Title: Text{"a box that rewrites: addresses, ports, checksums, ICMP errors, who may come in, hairpins",
		"다시 쓰는 상자 NAT: 주소, 포트, 체크섬, ICMP 오류, 들어올 수 있는 것, 헤어핀"},
	Aim: Text{"Many hosts share one public address, because a box between them and the rest rewrites each packet. Both " +
		"sides of the box are in one capture: follow a packet through it.",
		"여러 호스트가 공인 주소 하나를 함께 쓴다. 그 사이의 상자가 패킷을 하나하나 다시 " +
			"쓰기 때문이다. 상자의 양쪽이 캡처 하나에 있으므로 패킷을 따라가 보라."},
	Box:  true,
	Play: playNAT,
}

// home are two hosts behind a box, and two in front of it.
type home struct {
	*Scene
	a, b     *netbox.Host // inside
	box      *netbox.Host
	server   *netbox.Host
	stranger *netbox.Host
	nat      *nat
}

// Inside are private addresses (RFC 1918), outside those for examples (RFC 5737).
const (
	natA, natB      = "10.0.0.1", "10.0.0.2"
	natIn, natOut   = "10.0.0.254", "203.0.113.254"
	natServer       = "203.0.113.1"
	natStranger     = "203.0.113.2"
	natPort         = 40000 // of both hosts
	natNext         = 61000 // what the box takes for the second one
	udpPort         = 43000
	refusedPort     = 43001 // of those who ask where nobody listens
	idlePort        = 43002
	peerPort        = 24680
	forwarded       = 8080
	natIdle         = 2 * time.Second // of a mapping of UDP, for the lesson: others wait minutes
	fromIn, fromOut = `frame.interface_name == "eth0" && `, `frame.interface_name == "eth1" && `
	syn             = "tcp.flags.syn == 1 && tcp.flags.ack == 0"
)

// playNAT is RFC 3022, RFC 4787 (UDP), RFC 5382 (TCP), RFC 5508 (ICMP), RFC 1624 (checksums); natbox.go is the box.
func playNAT(s *Scene) {
	h := buildHome(s)
	first := playOut(h)
	playSamePort(h, first)
	playMapping(h)
	playQuoted(h)
	playIdle(h)
	playIn(h)
	playHairpin(h)
	askNAT(h)
}

func buildHome(s *Scene) *home {
	n := s.Network()
	h := &home{Scene: s, a: n.Host("a"), b: n.Host("b"), box: n.Host("nat"), server: n.Host("server"),
		stranger: n.Host("stranger")}
	in, out := h.box.Card(natIn+"/24"), h.box.Card(natOut+"/24")
	n.Switch(h.a.Card(natA+"/24"), h.b.Card(natB+"/24"), in)
	n.Switch(out, h.server.Card(natServer+"/24"), h.stranger.Card(natStranger+"/24"))
	h.a.Route("0.0.0.0/0", natIn)
	h.b.Route("0.0.0.0/0", natIn)
	s.Built(n)
	h.nat = newNAT(newNATSide(in), newNATSide(out))
	h.nat.idle[protocolUDP] = natIdle
	h.nat.start()
	h.whoAmI(h.server, natServer+":80")
	h.whoAmI(h.b, natB+":80")
	return h
}

// whoAmI is a server that tells each client where it comes from.
func (h *home) whoAmI(at *netbox.Host, addr string) {
	l := h.ListenAt(at, addr)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(h.ctx, func() { c.Close() })
			go tellWho(c)
		}
	}()
}

func tellWho(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		text := fmt.Sprintf("you are %v\n", c.RemoteAddr())
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	}
}

// asks connects from a port of a host, and asks who it is there.
func (h *home) asks(from *netbox.Host, port int, addr, want string) *Conn {
	conn, err := from.DialBy(&net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{Port: port}}, "tcp", addr)
	h.Check("connect", err)
	c := h.Use(conn, addr)
	a := c.Ask("GET", "/", "").Want(h.Scene, 200)
	h.Must(string(a.Body) == "you are "+want+"\n", "the server says %q, not %s", a.Body, want)
	return c
}

// table tells what the box knows.
func (h *home) table(rows ...[]string) {
	h.Table(Text{"inside\toutside", "안쪽\t바깥쪽"}, rows...)
}

func end(addr string, port int) string { return fmt.Sprintf("%s:%d", addr, port) }

func playOut(h *home) *Conn {
	h.Step(Text{"a (%s) and b (%s) are behind a box, whose card eth0 is inside (%s) and eth1 outside (%s). a connects " +
		"from port %d to the server (%s) and asks who it is there.",
		"a(%s)와 b(%s)는 상자 뒤에 있다. 상자의 카드 eth0은 안쪽(%s), eth1은 바깥쪽(%s)이다. a는 " +
			"포트 %d에서 서버(%s)에 연결하여 자신이 거기에서 누구로 보이는지 " +
			"묻는다."}.With(natA, natB, natIn, natOut, natPort, natServer))
	c := h.asks(h.a, natPort, natServer+":80", end(natOut, natPort))
	h.table([]string{end("tcp "+natA, natPort), end(natOut, natPort)})
	h.At(h.box)
	h.Find(1, fromIn+syn+" && ip.src == "+natA+" && ip.dst == "+natServer+" && ip.ttl == 64",
		Text{"the SYN as it comes to the box", "상자에 들어오는 SYN"})
	h.Find(1, fmt.Sprintf(fromOut+syn+" && ip.src == %s && tcp.srcport == %d && ip.ttl == 63", natOut, natPort),
		Text{"the same SYN as it leaves: the port was free, so the box kept it",
			"상자를 나가는 같은 SYN. 포트가 비어 있어서 상자가 그대로 두었다"})
	h.Find(1, fmt.Sprintf(fromOut+"http.response && ip.dst == %s && tcp.dstport == %d", natOut, natPort),
		Text{"the answer as it comes back: for the box", "돌아온 응답. 상자에게 온 것이다"})
	h.Find(1, fmt.Sprintf(fromIn+"http.response && ip.dst == %s && tcp.dstport == %d", natA, natPort),
		Text{"and as it goes on to a", "a에게 가는 응답"})
	h.At(h.server)
	h.Find(0, "ip.addr == 10.0.0.0/8", Text{"the server has seen no private address", "서버는 사설 주소를 " +
		"본 적이 없다"})
	return c
}

func playSamePort(h *home, first *Conn) {
	h.Step(Text{"b does the same, at the same time, from the same port %d. Outside both have one address: now the port " +
		"must change.",
		"b도 같은 시간에 같은 포트 %d에서 같은 일을 한다. 바깥에서는 둘의 주소가 " +
			"하나이므로 이번에는 포트가 바뀌어야 한다."}.With(natPort))
	second := h.asks(h.b, natPort, natServer+":80", end(natOut, natNext))
	h.table([]string{end("tcp "+natA, natPort), end(natOut, natPort)},
		[]string{end("tcp "+natB, natPort), end(natOut, natNext)})
	first.Finish()
	second.Finish()
	h.At(h.box)
	h.Find(1, fmt.Sprintf(fromIn+syn+" && ip.src == %s && tcp.srcport == %d", natB, natPort),
		Text{"b's SYN inside", "안쪽의 b의 SYN"})
	h.Find(1, fmt.Sprintf(fromOut+syn+" && ip.src == %s && tcp.srcport == %d", natOut, natNext),
		Text{"and outside: address and port are others", "바깥쪽의 같은 SYN. 주소도 포트도 바뀌었다"})
	h.Find(1, fmt.Sprintf(fromIn+"http.response && ip.dst == %s && tcp.dstport == %d", natB, natPort),
		Text{"its answer has found b", "그 응답은 b를 찾아왔다"})
	h.At(h.server)
	h.Find(2, syn+" && ip.src == "+natOut+" && ip.dst == "+natServer,
		Text{"two connections from one address, told apart by tcp.srcport alone",
			"한 주소에서 온 연결 둘. tcp.srcport로만 구별된다"})
}

// hearsUDP opens a socket at a host.
func (h *home) hearsUDP(at *netbox.Host, port int) net.PacketConn {
	c, err := at.ListenPacket("udp4", fmt.Sprintf(":%d", port))
	h.Check("take a port", err)
	context.AfterFunc(h.ctx, func() { c.Close() })
	return c
}

// says sends a text from one host's socket to where another one is to hear it, and returns from where that came.
func (h *home) says(from net.PacketConn, text, to string, hears net.PacketConn) (seenAs string) {
	h.sends(from, text, to)
	hears.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 1500)
	n, addr, err := hears.ReadFrom(buf)
	h.Check("wait for "+text, err)
	h.Must(string(buf[:n]) == text, "there came %q, not %q", buf[:n], text)
	h.say(Event{Type: Received, Lines: []string{fmt.Sprintf("%s, from %v", text, addr)}})
	return addr.String()
}

func (h *home) sends(from net.PacketConn, text, to string) {
	_, err := from.WriteTo([]byte(text), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(to)))
	h.Check("send", err)
	h.say(Event{Type: Sent, Lines: []string{fmt.Sprintf("%s, to %s", text, to)}})
}

func playMapping(h *home) {
	h.Step(Text{"UDP: a sends the server a datagram from port %d. The stranger (%s) has been told which port that is " +
		"outside, and sends one there, uninvited. Then a sends one to the stranger.",
		"UDP: a가 포트 %d에서 서버로 데이터그램을 보낸다. 낯선 호스트(%s)는 그것이 " +
			"바깥에서 어느 포트인지 전해 듣고, 초대받지 않은 채 그리로 보낸다. 그런 다음 a가 " +
			"낯선 호스트에게 보낸다."}.With(udpPort, natStranger))
	a, server, x := h.hearsUDP(h.a, udpPort), h.hearsUDP(h.server, peerPort), h.hearsUDP(h.stranger, peerPort)
	defer a.Close()
	defer server.Close()
	defer x.Close()
	seen := h.says(a, "where am I?", end(natServer, peerPort), server)
	h.Must(seen == end(natOut, udpPort), "the box has made %s of it", seen)
	h.says(x, "you don't know me", seen, a)
	h.says(a, "now I do", end(natStranger, peerPort), x)
	h.At(h.box)
	h.Find(1, fmt.Sprintf(fromOut+"udp.srcport == %d && ip.src == %s && ip.dst == %s && udp.dstport == %d", udpPort,
		natOut, natServer, peerPort), Text{"a's datagram to the server, outside",
		"a가 서버에 보낸 데이터그램, 바깥쪽"})
	h.Find(1, fmt.Sprintf(fromIn+"udp.dstport == %d && ip.src == %s && ip.dst == %s", udpPort, natStranger, natA),
		Text{"the stranger's has come in: this box lets in whoever knows the port",
			"낯선 호스트의 것이 들어왔다. 이 상자는 포트를 아는 누구나 들여보낸다"})
	h.Find(1, fmt.Sprintf(fromOut+"udp.srcport == %d && ip.src == %s && ip.dst == %s", udpPort, natOut, natStranger),
		Text{"to the stranger a has the same port as to the server: the mapping does not depend on the other end",
			"낯선 호스트에게도 서버에게와 같은 포트로 보인다. 매핑은 상대 끝점에 따라 " +
				"달라지지 않는다"})
}

// refused sends a datagram where nobody listens, and waits until the host's kernel has heard so.
func (h *home) refused(from *netbox.Host, addr string) {
	conn, err := from.DialBy(&net.Dialer{LocalAddr: &net.UDPAddr{Port: refusedPort}}, "udp4", addr)
	h.Check("take a port", err)
	c := h.Use(conn, addr)
	defer c.Close()
	_, err = c.Write([]byte("anybody there?"))
	h.Check("send", err)
	c.SetReadDeadline(time.Now().Add(patience))
	_, err = c.Read(make([]byte, 100))
	h.Must(errors.Is(err, syscall.ECONNREFUSED), "host %s has heard of no refusal: %v", from.Name, err)
	h.say(Event{Type: Received, Lines: []string{"connection refused"}})
}

func playQuoted(h *home) {
	h.Step(Text{"a and b each send a datagram from port %d to a port of the server where nobody listens. Its kernel " +
		"answers with ICMP, which has no port: it quotes the packet that it is about.",
		"a와 b가 저마다 포트 %d에서, 서버에서 아무도 듣지 않는 포트로 데이터그램을 보낸다. " +
			"서버의 커널은 ICMP로 답한다. ICMP에는 포트가 없고, 문제가 된 패킷을 " +
			"인용한다."}.With(refusedPort))
	h.refused(h.a, natServer+":9")
	h.refused(h.b, natServer+":9")
	h.At(h.box)
	h.Find(2, fromOut+"icmp.type == 3 && icmp.code == 3 && ip.dst == "+natOut,
		Text{"port unreachable, twice, to the box", "상자에게 온 포트 도달 불가 둘"})
	h.Find(1, fmt.Sprintf(fromOut+"icmp.type == 3 && udp.srcport == %d", natNext),
		Text{"that one quotes what b's datagram was outside", "바깥에서 본 b의 데이터그램을 인용한 것"})
	h.Find(1, fmt.Sprintf(fromIn+"icmp.type == 3 && udp.srcport == %d && ip.dst == %s", refusedPort, natB),
		Text{"and inside: the quotation is translated too, so b knows it again",
			"안쪽의 같은 메시지. 인용도 번역되었으므로 b가 알아본다"})
	h.Find(0, fromIn+"icmp.type == 3 && ip.addr == "+natOut, Text{"inside nothing of it names the address outside",
		"안쪽에는 바깥 주소가 남아 있지 않다"})
}

func playIdle(h *home) {
	h.Step(Text{"a sends the server one more datagram, from port %d, and then nothing for more than %v. That is how " +
		"long this box keeps a mapping of UDP; RFC 4787 REQ-5 wants 2 minutes or more. Then the server sends something.",
		"a가 포트 %d에서 서버로 데이터그램을 하나 더 보내고, %v가 넘도록 아무것도 보내지 " +
			"않는다. 이 상자는 UDP 매핑을 그만큼만 기억한다. RFC 4787 REQ-5는 2분 이상을 " +
			"요구한다. 그런 다음 서버가 보낸다."}.With(idlePort, natIdle))
	a, server := h.hearsUDP(h.a, idlePort), h.hearsUDP(h.server, peerPort)
	defer a.Close()
	defer server.Close()
	seen := h.says(a, "call me later", end(natServer, peerPort), server)
	h.Pause(natIdle + 300*time.Millisecond)
	h.sends(server, "it is later", seen)
	h.Must(!h.hearsAnything(a), "the box has let in what comes too late")
	h.At(h.box)
	h.Find(2, fmt.Sprintf(fromOut+"udp.port == %d", idlePort),
		Text{"outside: a's datagram, and the server's", "바깥쪽: a의 데이터그램과 서버의 데이터그램"})
	h.Find(0, fmt.Sprintf(fromIn+"udp.dstport == %d", idlePort), Text{"inside the server's is not",
		"안쪽에는 서버의 것이 없다"})
	h.Find(0, fmt.Sprintf("icmp && udp.dstport == %d", idlePort), Text{"and nobody tells the server",
		"서버에게 알려 주는 것도 없다"})
}

// hearsAnything waits for a moment.
func (h *home) hearsAnything(c net.PacketConn) bool {
	c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, _, err := c.ReadFrom(make([]byte, 1500))
	return err == nil
}

// The stranger's ports, with which it knocks, and comes in.
const knocking, entering = 41000, 41001

func playIn(h *home) {
	h.Step(Text{"The stranger connects to port %[1]d of the box: nobody has a mapping there. Then whoever keeps the box " +
		"opens the port for b's port 80 (a port forward), and the stranger tries again.",
		"낯선 호스트가 상자의 포트 %[1]d에 연결하려 한다. 그 포트에는 매핑이 없다. 그런 " +
			"다음 상자를 관리하는 사람이 그 포트를 b의 포트 80으로 열어 주고(포트 포워딩), " +
			"낯선 호스트가 다시 시도한다."}.With(forwarded))
	d := &net.Dialer{Timeout: 700 * time.Millisecond, LocalAddr: &net.TCPAddr{Port: knocking}}
	conn, err := h.stranger.DialBy(d, "tcp", end(natOut, forwarded))
	if err == nil {
		conn.Close()
	}
	h.Must(err != nil, "the box has let in what nobody has asked for")
	h.nat.forward(protocolTCP, forwarded, netip.MustParseAddrPort(natB+":80"))
	h.table([]string{"tcp " + natB + ":80", end(natOut, forwarded)})
	h.asks(h.stranger, entering, end(natOut, forwarded), end(natStranger, entering)).Finish()
	h.At(h.box)
	h.Find(1, fmt.Sprintf(fromOut+syn+" && tcp.srcport == %d", knocking), Text{"the first try, outside",
		"첫 시도, 바깥쪽"})
	h.Find(0, fmt.Sprintf(fromIn+"tcp.port == %d", knocking), Text{"and inside: nothing", "안쪽에는 없다"})
	h.Find(0, fmt.Sprintf(fromOut+"tcp.dstport == %d", knocking), Text{"nor does the box answer", "상자도 답하지 " +
		"않는다"})
	h.Find(1, fmt.Sprintf(fromIn+syn+" && tcp.srcport == %d && ip.src == %s && ip.dst == %s && tcp.dstport == 80",
		entering, natStranger, natB), Text{"the second try, inside: the destination is translated, the source is not",
		"둘째 시도, 안쪽. 목적지가 번역되고 출발지는 그대로이다"})
}

// looping is the port from which a speaks to b by way of the box.
const looping = 42000

func playHairpin(h *home) {
	h.Step(Text{"a connects to the public address, port %d, too. That is b, on its own switch: the box turns the " +
		"packets round, and translates both ends.",
		"a도 공인 주소의 포트 %d에 연결한다. 그것은 같은 스위치에 있는 b이다. 상자는 " +
			"패킷을 되돌려 보내며 양 끝을 모두 번역한다."}.With(forwarded))
	h.asks(h.a, looping, end(natOut, forwarded), end(natOut, looping)).Finish()
	h.At(h.box)
	h.Find(1, fmt.Sprintf(fromIn+syn+" && ip.src == %s && tcp.srcport == %d && ip.dst == %s", natA, looping, natOut),
		Text{"a's SYN, as it comes to the box", "상자에 들어오는 a의 SYN"})
	h.Find(1, fmt.Sprintf(fromIn+syn+" && ip.src == %s && tcp.srcport == %d && ip.dst == %s", natOut, looping, natB),
		Text{"the same, as it leaves by the same card", "같은 카드로 나가는 같은 SYN"})
	h.Find(0, fmt.Sprintf(fromOut+"tcp.port == %d", looping), Text{"nothing of it is outside", "바깥에는 없다"})
	h.At(h.b)
	h.Find(0, fmt.Sprintf("tcp.port == %d && ip.addr == %s", looping, natA),
		Text{"b does not see that it speaks to a", "b는 상대가 a인 줄 모른다"})
}
