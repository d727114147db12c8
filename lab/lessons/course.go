package lessons

import "slices"

// chapter is a part of a course, with its lessons in the order in which a class would take them.
type chapter struct {
	Title   Text
	Lessons []taught
}

// taught is a lesson and what the usual textbooks call what it is about: Kurose and Ross (K), Tanenbaum (T), Peterson
// and Davie (P). Chapters are named, as their numbers change with each edition.
type taught struct {
	name  string
	topic Text
}

// course goes from the wire upwards. A lesson that is not in it comes last.
var course = []chapter{
	{Text{"Link layer", "링크 계층"}, []taught{
		{"ethernet", Text{"K: link layer, ARP, switches · T: Ethernet, switching · P: Ethernet, learning bridges",
			"K: 링크 계층, ARP, 스위치 · T: 이더넷, 스위칭 · P: 이더넷, 학습 브리지"}},
	}},
	{Text{"Network layer", "네트워크 계층"}, []taught{
		{"ip", Text{"K: IPv4 and IPv6 datagrams · T: the IP version 4 and 6 protocols · P: IP, IPv6",
			"K: IPv4와 IPv6 데이터그램 · T: IPv4와 IPv6 프로토콜 · P: IP, IPv6"}},
		{"icmp", Text{"K: ICMP, traceroute · T: Internet control protocols · P: error reporting, ICMP",
			"K: ICMP, traceroute · T: 인터넷 제어 프로토콜 · P: 오류 보고, ICMP"}},
		{"mtu", Text{"K: fragmentation · T: packet fragmentation, path MTU · P: fragmentation, reassembly",
			"K: 단편화 · T: 패킷 단편화, 경로 MTU · P: 단편화와 재조립"}},
		{"dhcp", Text{"K: obtaining an address, DHCP · T: Internet control protocols, DHCP · P: host configuration",
			"K: 주소 얻기, DHCP · T: 인터넷 제어 프로토콜, DHCP · P: 호스트 설정"}},
		{"nat", Text{"K: network address translation · T: NAT · P: NAT, middleboxes",
			"K: 네트워크 주소 변환 · T: NAT · P: NAT, 미들박스"}},
	}},
	{Text{"Transport layer", "전송 계층"}, []taught{
		{"udp", Text{"K: multiplexing, UDP · T: UDP · P: simple demultiplexor",
			"K: 다중화, UDP · T: UDP · P: 단순 역다중화"}},
		{"rdt", Text{"K: principles of reliable data transfer · T: sliding window protocols · P: reliable transmission",
			"K: 신뢰적 데이터 전송의 원리 · T: 슬라이딩 윈도 프로토콜 · P: 신뢰 전송"}},
		{"tcp", Text{"K: TCP, flow control · T: connection establishment and release · P: reliable byte stream",
			"K: TCP, 흐름 제어 · T: 연결 설정과 해제 · P: 신뢰 바이트 스트림"}},
		{"loss", Text{"K: timeout, fast retransmit · T: TCP timer management · P: adaptive retransmission",
			"K: 타임아웃, 빠른 재전송 · T: TCP 타이머 관리 · P: 적응 재전송"}},
		{"congestion", Text{"K: TCP congestion control · T: TCP congestion control · P: congestion control",
			"K: TCP 혼잡 제어 · T: TCP 혼잡 제어 · P: 혼잡 제어"}},
	}},
	{Text{"Application layer", "응용 계층"}, []taught{
		{"http", Text{"K: the Web and HTTP · T: the World Wide Web · P: World Wide Web (HTTP)",
			"K: 웹과 HTTP · T: 월드 와이드 웹 · P: 월드 와이드 웹(HTTP)"}},
		{"long", Text{"K: TCP segments, HTTP messages · T: TCP segments, HTTP · P: byte stream, HTTP messages",
			"K: TCP 세그먼트, HTTP 메시지 · T: TCP 세그먼트, HTTP · P: 바이트 스트림, HTTP 메시지"}},
		{"cache", Text{"K: Web caching, conditional GET · T: HTTP, caching · P: HTTP, caching",
			"K: 웹 캐싱, 조건부 GET · T: HTTP, 캐싱 · P: HTTP, 캐싱"}},
		{"cookies", Text{"K: user-server interaction, cookies · T: Web pages, cookies · P: HTTP",
			"K: 사용자와 서버의 상호 작용, 쿠키 · T: 웹 페이지, 쿠키 · P: HTTP"}},
		{"auth", Text{"K: end-point authentication · T: authentication protocols · P: authentication protocols",
			"K: 종단점 인증 · T: 인증 프로토콜 · P: 인증 프로토콜"}},
		{"dns", Text{"K: DNS · T: the domain name system · P: name service (DNS)",
			"K: DNS · T: 도메인 네임 시스템 · P: 이름 서비스(DNS)"}},
		{"websocket", Text{"K: HTTP, sockets · T: the dynamic Web · P: Web services",
			"K: HTTP, 소켓 · T: 동적 웹 · P: 웹 서비스"}},
		{"socketio", Text{"K: HTTP, sockets · T: the dynamic Web · P: Web services",
			"K: HTTP, 소켓 · T: 동적 웹 · P: 웹 서비스"}},
		{"realtime", Text{"K: application architectures · T: the dynamic Web · P: application protocols",
			"K: 응용 구조 · T: 동적 웹 · P: 응용 프로토콜"}},
		{"room", Text{"K: wireless links, applications · T: wireless LANs, the Web · P: wireless links, applications",
			"K: 무선 링크, 응용 · T: 무선 LAN, 웹 · P: 무선 링크, 응용"}},
		{"tls", Text{"K: securing TCP connections, TLS · T: Web security, TLS · P: transport layer security",
			"K: TCP 연결의 보안, TLS · T: 웹 보안, TLS · P: 전송 계층 보안"}},
		{"http2", Text{"K: HTTP/2 · T: HTTP/2 · P: HTTP", "K: HTTP/2 · T: HTTP/2 · P: HTTP"}},
		{"quic", Text{"K: evolution of the transport layer, QUIC · T: HTTP/3, QUIC · P: alternative designs, QUIC",
			"K: 전송 계층의 진화, QUIC · T: HTTP/3, QUIC · P: 다른 설계, QUIC"}},
		{"http3", Text{"K: QUIC, HTTP/3 · T: HTTP/3, QUIC · P: alternative designs, QUIC",
			"K: QUIC, HTTP/3 · T: HTTP/3, QUIC · P: 다른 설계, QUIC"}},
	}},
}

// inOrder sorts lessons as the course has them.
func inOrder(all []Lesson) []Lesson {
	place := map[string]int{}
	for _, c := range course {
		for _, t := range c.Lessons {
			place[t.name] = len(place) - 1000 // below that of a lesson that is not there
		}
	}
	slices.SortStableFunc(all, func(a, b Lesson) int { return place[a.Name] - place[b.Name] })
	return all
}

// taughtIn is where a lesson belongs: the name of its chapter, and its topic in textbooks.
func taughtIn(lesson string) (title, topic Text) {
	for _, c := range course {
		for _, t := range c.Lessons {
			if t.name == lesson {
				return c.Title, t.topic
			}
		}
	}
	return Text{"More", "그 밖에"}, Text{}
}
