package lessons

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

var ipLesson = Lesson{
	Name: "ip",
	Title: Text{"the same exchange in IPv4 and IPv6, header beside header",
		"같은 통신을 IPv4와 IPv6로, 헤더를 나란히"},
	Aim: Text{"What UDP and TCP carry does not change with the version of IP below them. The header does: twice as " +
		"long, and with fewer fields.",
		"아래의 IP 버전이 바뀌어도 UDP와 TCP가 나르는 내용은 그대로이다. 바뀌는 것은 " +
			"헤더이다. 길이는 두 배이고 필드는 더 적다."},
	Needs: []string{"http", "health"},
	IPv6:  true,
	Play:  playIP,
}

// family is what a version of IP calls its things, by which Wireshark finds them.
type family struct {
	name, protocol     string             // "IPv4", "ip"
	limit              string             // what the number of routers is counted down in
	hops, next, length string             // fields
	header, counted    int                // bytes of the header, and how many of them the length counts
	lengthIs           Text               // what it counts, for so many bytes of data
	at                 func(place) string // the address that a place has in it
}

var (
	version4 = family{"IPv4", "ip", "TTL", "ip.ttl", "ip.proto", "ip.len", 20, 20,
		Text{"both: 20 bytes of IP header, 8 of UDP header, %d of data",
			"둘 다 IP 헤더 20바이트, UDP 헤더 8바이트, 데이터 %d바이트를 합한 길이이다"}, place.v4}
	version6 = family{"IPv6", "ipv6", "hop limit", "ipv6.hlim", "ipv6.nxt", "ipv6.plen", 40, 0,
		Text{"both: 8 bytes of UDP header, %d of data; IPv6 does not count its own header",
			"둘 다 UDP 헤더 8바이트와 데이터 %d바이트를 합한 길이이다. IPv6 헤더 자신은 " +
				"세지 않는다"}, place.v6}
)

// hops is a TTL that no system takes by itself. Each router takes one off, and throws away what would go on with none
// (RFC 1812 §5.3.1, RFC 8200 §3): one router less than that may pass it on.
const hops = 33

// playIP is RFC 791 and RFC 8200.
func playIP(s *Scene) {
	c4, t4 := playFamily(s, version4)
	c6, t6 := playFamily(s, version6)
	one, f := c4, version4
	if one == nil {
		one, f = c6, version6
	}
	askOne(s, f, one)
	if c4 != nil && c6 != nil {
		askBoth(s, c4, c6, t4, t6)
		askMSS(s, t4, t6)
	}
}

func askOne(s *Scene, f family, one *Conn) {
	s.Ask(Text{"How many routers had the ping from port %s passed when it was captured?",
		"포트 %s에서 보낸 ping은 캡처될 때까지 라우터를 몇 대 지났는가?"}.With(one.Port()),
		Text{"As many as %s is less than the %d it began with; on the sender's own computer none.",
			"처음 값 %[2]d에서 %[1]s 값을 뺀 만큼이다. 보낸 컴퓨터에서 캡처했다면 0대이다."}.With(
			f.hops, hops),
		one.Proof(f.hops+" && udp.srcport == "+s.Ports["health"], f.hops,
			Text{"the same field in the answer, and how long the answer took",
				"응답에서 같은 필드의 값과 응답이 걸린 시간"}),
		one.Proof("udp.srcport == "+s.Ports["health"], "udp.time_delta", Text{}))
	s.Ask(Text{"How many bytes of headers did it take in %s to carry %d bytes of data over UDP?",
		"%s에서 UDP로 데이터 %d바이트를 나르는 데 헤더는 몇 바이트 들었는가?"}.With(
		f.name, len(pingIP)),
		Text{"%d: %d of %s and 8 of UDP, besides what the link takes.",
			"%d바이트: %[3]s 헤더 %[2]d바이트와 UDP 헤더 8바이트. 링크 계층의 것은 따로이다."}.With(
			f.header+8, f.header, f.name),
		one.Proof("udp.srcport == "+s.Ports["health"], "frame.len",
			Text{"the bytes of the whole frame of the answer, and when it came (seconds since the first packet of the capture)",
				"응답이 든 프레임 전체의 바이트 수와 그것이 온 시각(캡처의 첫 패킷부터 몇 초)"}),
		one.Proof("udp.srcport == "+s.Ports["health"], "frame.time_relative", Text{}))
}

func askBoth(s *Scene, c4, c6, t4, t6 *Conn) {
	v4, v6 := version4.header+8+len(pingIP), version6.header+8+len(pingIP)
	s.Ask(Text{"Same question, same answer: how do ip.len on port %s and ipv6.plen on port %s differ, and why?",
		"질문도 응답도 같은데 포트 %s의 ip.len과 포트 %s의 ipv6.plen은 왜 다른가?"}.With(
		c4.Port(), c6.Port()),
		Text{"%d and %d: IPv4 counts its header, IPv6 only what comes behind. The packets themselves are the other way " +
			"round: %d bytes in IPv4, %d in IPv6.",
			"각각 %d, %d이다. IPv4는 헤더까지 세고 IPv6는 그 뒤만 센다. 패킷의 실제 크기는 반대로 " +
				"IPv4가 %d바이트, IPv6가 %d바이트이다."}.With(v4, v6-version6.header, v4, v6),
		t4.Proof(`http.request`, "ip.len",
			Text{"both fields in the two requests over HTTP and their raw sequence numbers, of IPv4",
				"두 HTTP 요청에서 같은 필드의 값과 원래(raw) 순서 번호, IPv4의 것"}),
		t4.Proof(`http.request`, "tcp.seq_raw", Text{}),
		t6.Proof(`http.request`, "ipv6.plen", Text{"of IPv6", "IPv6의 것"}),
		t6.Proof(`http.request`, "tcp.seq_raw", Text{}))
	s.Ask(Text{"Which fields has the IPv4 header that the IPv6 header lacks, and who does their work now?",
		"IPv4 헤더에는 있고 IPv6 헤더에는 없는 필드는 무엇이며, 그 일은 이제 누가 하는가?"},
		Text{"ip.hdr_len: it is always 40 bytes. ip.checksum: left to UDP and TCP. ip.id, ip.flags and ip.frag_offset: a " +
			"header of their own, where there are fragments at all (lesson udp).",
			"ip.hdr_len: 이제 항상 40바이트이다. ip.checksum: UDP와 TCP에 맡긴다. ip.id, ip.flags, " +
				"ip.frag_offset: 조각이 있을 때만 별도 헤더에 적는다(udp 실습)."},
		c4.Proof("udp.srcport == "+s.Ports["health"], "ip.checksum", Text{"the checksum in the IPv4 header of the answer",
			"응답의 IPv4 헤더에 있는 체크섬"}))
}

func askMSS(s *Scene, t4, t6 *Conn) {
	s.Ask(Text{"Compare tcp.options.mss_val in the SYN of ports %s and %s. Which is smaller, and by how much?",
		"두 포트 %s, %s의 SYN에서 tcp.options.mss_val을 비교하라. 어느 쪽이 얼마나 작은가?"}.With(
		t4.Port(), t6.Port()),
		mssAnswer(s, s.mtu(), t6.Port()),
		t4.Proof(`tcp.flags.syn == 1 && tcp.flags.ack == 0`, "tcp.options.mss_val",
			Text{"both values, and the raw sequence numbers of both SYN", "두 값과 두 SYN의 원래(raw) 순서 번호"}),
		t6.Proof(`tcp.flags.syn == 1 && tcp.flags.ack == 0`, "tcp.options.mss_val", Text{}),
		t4.Proof(`tcp.flags.syn == 1 && tcp.flags.ack == 0`, "tcp.seq_raw", Text{}),
		t6.Proof(`tcp.flags.syn == 1 && tcp.flags.ack == 0`, "tcp.seq_raw", Text{}))
}

// mssAnswer has numbers where they are known: MSS is what the interface takes less the headers of IP and TCP (RFC 9293
// §3.7.1). The length field of IPv4 has 16 bits and counts its own header (RFC 791 §3.1).
func mssAnswer(s *Scene, mtu int, port string) Text {
	answer := Text{"That of port %s: the header of IPv6 takes 20 bytes more than that of IPv4 of the same interface.",
		"포트 %s 쪽이다. 같은 인터페이스에서 IPv6 헤더가 IPv4보다 20바이트를 더 " +
			"차지한다."}.With(port)
	if s.inNetwork() {
		return answer.And(Text{"The card takes %d bytes: %d and %d.", "카드의 MTU는 %d이므로 %d와 %d이다."}.With(
			mtu, mtu-40, mtu-60))
	}
	if _, loopback, _ := Interface(s.Host); !loopback || mtu == 0 {
		return answer
	}
	v4, v6 := min(mtu, 1<<16-1)-40, mtu-60
	s.Varying(v4, v6, v4-v6, mtu)
	return answer.And(Text{"The interface takes %d bytes, and IPv4 no packet over 65535: %d and %d, a difference of %d.",
		"인터페이스의 MTU는 %d이고 IPv4 패킷은 65535바이트를 넘지 못하므로 %d와 %d, 차이는 " +
			"%d이다."}.With(mtu, v4, v6, v4-v6))
}

const pingIP = "ping same words"

// playFamily asks over UDP, where it is one packet each way, and over TCP. It returns nil where the server can't be
// reached by this version.
func playFamily(s *Scene, f family) (udp, tcp *Conn) {
	ip := s.reachBy(f)
	if ip == "" {
		s.Unable(Text{"%s: the server has no such address, or does not listen there.",
			"%s: 서버에 그런 주소가 없거나 서버가 그 주소를 듣지 않는다."}.With(f.name))
		return nil, nil
	}
	return playPing(s, f, ip), playRequestOver(s, f, ip)
}

func playPing(s *Scene, f family, ip string) *Conn {
	s.Step(Text{"A ping over UDP in %s. The client gives it a %s of %d, to have a number to look for: %d routers may " +
		"pass it on, one more would throw it away.",
		"%s 위의 UDP로 ping을 보낸다. 알아보기 쉽도록 %s을 %d으로 정한다. 라우터 %d대까지는 " +
			"전달하고 그다음 라우터는 버린다."}.With(f.name, f.limit, hops, hops-1))
	c := s.DialUDP(net.JoinHostPort(ip, s.Ports["health"]))
	s.Check("limit the hops", limit(c.Conn, f))
	c.Send(pingIP)
	s.Must(c.Receive() == "pong"+pingIP[len("ping"):], "the server answered something else")
	s.Find(2, c.Filter(f.protocol), Text{"question and answer", "질문과 응답"})
	s.Find(1, c.Filter(fmt.Sprintf("%s == %d", f.hops, hops)),
		Text{"the question: each router would take one off",
			"질문. 라우터를 지날 때마다 1씩 줄어든다"})
	s.Find(2, c.Filter(f.next+" == 17"),
		Text{"both: what comes next is UDP", "둘 다: 다음에 오는 것은 UDP이다"})
	s.Find(2, c.Filter(fmt.Sprintf("%s == %d", f.length, f.counted+8+len(pingIP))), f.lengthIs.With(len(pingIP)))
	return c
}

func playRequestOver(s *Scene, f family, ip string) *Conn {
	s.Step(Text{"An HTTP request in %s. TCP and HTTP are the same as ever.",
		"%s로 HTTP 요청을 보낸다. TCP와 HTTP는 달라지지 않는다."}.With(f.name))
	addr := net.JoinHostPort(ip, s.Ports["http"])
	t := s.DialTo(addr, addr)
	t.Ask("GET", "/lab/whoami", "").Want(s, 200)
	t.Finish()
	s.Find(1, t.Filter(fmt.Sprintf(`%s && http.host == "%s"`, f.protocol, addr)),
		Text{"the request, to the address as it is spelled in a URL",
			"요청. 주소는 URL에 적는 방식 그대로이다"})
	s.Find(2, t.Filter(fmt.Sprintf("%s == 6 && tcp.flags.syn == 1", f.next)),
		Text{"the handshake: here what comes next is TCP", "핸드셰이크. 여기서 다음에 오는 것은 TCP이다"})
	s.Find(0, t.Filter("!"+f.protocol),
		Text{"none of this connection in the other version", "이 연결에 다른 버전의 패킷은 없다"})
	return t
}

// limit sets from which number routers count down: IPv4 calls that time to live, IPv6 hop limit.
func limit(conn net.Conn, f family) error {
	if f.protocol == "ipv6" {
		return ipv6.NewConn(conn).SetHopLimit(hops)
	}
	return ipv4.NewConn(conn).SetTTL(hops)
}

// reachBy returns the server's address in a version of IP, "" where nobody answers there.
func (s *Scene) reachBy(f family) string {
	var candidates []string
	host, err := netip.ParseAddr(s.Host)
	s.Check("the server's address", err)
	switch {
	case host.Unmap().Is4() == (f.protocol == "ip"):
		return s.Host
	case host.IsLoopback(), s.inNetwork():
		candidates = []string{f.at(s.peer)}
	default:
		found, _ := net.DefaultResolver.LookupNetIP(s.ctx, map[string]string{"ip": "ip4", "ipv6": "ip6"}[f.protocol], s.Name)
		for _, a := range found {
			candidates = append(candidates, a.String())
		}
	}
	for _, ip := range candidates {
		d := net.Dialer{Timeout: 2 * time.Second}
		conn, err := s.client.dial(s.ctx, &d, "tcp", net.JoinHostPort(ip, s.Ports["health"]))
		if err == nil {
			conn.Close()
			return ip
		}
	}
	return ""
}
