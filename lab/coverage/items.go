package coverage

import (
	"fmt"
	"slices"
	"strings"

	"pollwire/lab/pcap"
)

// item is one thing that can be seen.
type item struct {
	id     string
	layer  int // of OSI's seven; 6 is TLS
	en, ko string
	lesson string // that makes it; "": none does
}

func (i item) in(lang string) string {
	if lang == "ko" {
		return i.ko
	}
	return i.en
}

var links = map[uint16]string{pcap.Null: "BSD loopback", pcap.Loop: "OpenBSD loopback", pcap.Ethernet: "Ethernet",
	pcap.Raw: "raw IP", pcap.IPv4: "raw IP", pcap.IPv6: "raw IP", 12: "raw IP", 14: "raw IP", pcap.SLL: "Linux cooked",
	pcap.SLL2: "Linux cooked 2", pcap.NoLink: "no packets"}

// items are in the order in which they are told.
var items = []item{
	{"eth", 2, "Ethernet frame", "이더넷 프레임", "ethernet"},
	{"eth.broadcast", 2, "frame to everybody (broadcast)",
		"모두에게 보낸 프레임(브로드캐스트)", "ethernet"},
	{"eth.multicast", 2, "frame to a group (multicast)", "그룹에 보낸 프레임(멀티캐스트)", "mtu"},
	{"vlan", 2, "VLAN tag", "VLAN 태그", ""},
	{"loopback", 2, "loopback header of BSD or macOS", "BSD·macOS의 루프백 헤더", ""},
	{"cooked", 2, "Linux cooked header", "리눅스 cooked 헤더", ""},
	{"arp.request", 2, "ARP request", "ARP 요청", "ethernet"},
	{"arp.reply", 2, "ARP reply", "ARP 응답", "ethernet"},

	{"ipv4", 3, "IPv4 datagram", "IPv4 데이터그램", "ip"},
	{"ipv4.fragment", 3, "IPv4 fragment", "IPv4 단편", "mtu"},
	{"ipv4.whole", 3, "IPv4 datagram put together from fragments",
		"단편을 모아 완성된 IPv4 데이터그램", "mtu"},
	{"ipv4.df", 3, "IPv4: don't fragment", "IPv4 단편화 금지(DF)", "mtu"},
	{"ipv4.options", 3, "IPv4 options", "IPv4 옵션", ""},
	{"ipv4.loopback", 3, "IPv4 on one computer (127.0.0.0/8)", "한 컴퓨터 안의 IPv4(127.0.0.0/8)", "ip"},
	{"ipv6", 3, "IPv6 datagram", "IPv6 데이터그램", "ip"},
	{"ipv6.fragment", 3, "IPv6 fragment", "IPv6 단편", "ip"},
	{"ipv6.whole", 3, "IPv6 datagram put together from fragments",
		"단편을 모아 완성된 IPv6 데이터그램", "ip"},
	{"ipv6.extension", 3, "IPv6 extension header", "IPv6 확장 헤더", "ip"},
	{"icmp.echo_request", 3, "ICMP echo request (ping)", "ICMP 에코 요청(ping)", "icmp"},
	{"icmp.echo_reply", 3, "ICMP echo reply", "ICMP 에코 응답", "icmp"},
	{"icmp.port", 3, "ICMP: port unreachable", "ICMP 포트 도달 불가", "udp"},
	{"icmp.too_big", 3, "ICMP: fragmentation needed", "ICMP 단편화 필요", "mtu"},
	{"icmp.ttl", 3, "ICMP: time to live exceeded", "ICMP TTL 초과", "icmp"},
	{"icmpv6.echo_request", 3, "ICMPv6 echo request", "ICMPv6 에코 요청", ""},
	{"icmpv6.echo_reply", 3, "ICMPv6 echo reply", "ICMPv6 에코 응답", ""},
	{"icmpv6.port", 3, "ICMPv6: port unreachable", "ICMPv6 포트 도달 불가", ""},
	{"icmpv6.too_big", 3, "ICMPv6: packet too big", "ICMPv6 패킷이 너무 큼", "mtu"},
	{"icmpv6.ttl", 3, "ICMPv6: hop limit exceeded", "ICMPv6 홉 제한 초과", ""},
	{"icmpv6.neighbour", 3, "neighbour discovery (ICMPv6)", "이웃 탐색(ICMPv6)", "mtu"},

	{"udp", 4, "UDP datagram", "UDP 데이터그램", "udp"},
	{"tcp.syn", 4, "TCP SYN", "TCP SYN", "tcp"},
	{"tcp.handshake", 4, "TCP handshake, all three segments", "TCP 핸드셰이크(세그먼트 세 개 모두)", "tcp"},
	{"tcp.data", 4, "TCP segment with data", "데이터가 있는 TCP 세그먼트", "tcp"},
	{"tcp.fin", 4, "TCP FIN", "TCP FIN", "tcp"},
	{"tcp.closed", 4, "TCP connection closed by both sides (FIN)", "양쪽이 FIN으로 닫은 TCP 연결", "tcp"},
	{"tcp.rst", 4, "TCP RST", "TCP RST", "tcp"},
	{"tcp.refused", 4, "TCP connection refused (RST to a SYN)", "거절된 TCP 연결(SYN에 대한 RST)", "tcp"},
	{"tcp.mss", 4, "TCP option: MSS", "TCP 옵션 MSS", "tcp"},
	{"tcp.window_scale", 4, "TCP option: window scale", "TCP 옵션 윈도 스케일", "tcp"},
	{"tcp.sack_permitted", 4, "TCP option: SACK permitted", "TCP 옵션 SACK 허용", "tcp"},
	{"tcp.sack", 4, "TCP option: SACK blocks", "TCP 옵션 SACK 블록", "loss"},
	{"tcp.timestamps", 4, "TCP option: timestamps", "TCP 옵션 타임스탬프", "tcp"},
	{"tcp.retransmission", 4, "TCP retransmission", "TCP 재전송", "loss"},
	{"tcp.fast_retransmission", 4, "TCP fast retransmission", "TCP 빠른 재전송", "loss"},
	{"tcp.spurious_retransmission", 4, "TCP spurious retransmission", "TCP 불필요한 재전송", ""},
	{"tcp.out_of_order", 4, "TCP out of order", "TCP 순서 바뀜", "loss"},
	{"tcp.lost_segment", 4, "TCP: a segment before it is missing",
		"앞의 세그먼트가 없는 TCP 세그먼트", "loss"},
	{"tcp.duplicate_ack", 4, "TCP duplicate ACK", "TCP 중복 ACK", "loss"},
	{"tcp.zero_window", 4, "TCP zero window", "TCP 제로 윈도", "tcp"},
	{"tcp.zero_window_probe", 4, "TCP zero window probe", "TCP 제로 윈도 프로브", ""},
	{"tcp.window_full", 4, "TCP window full", "TCP 윈도 가득 참", "tcp"},
	{"tcp.window_update", 4, "TCP window update", "TCP 윈도 갱신", "tcp"},
	{"tcp.keep_alive", 4, "TCP keep-alive", "TCP keep-alive", "tcp"},

	{"tls.clienthello", 6, "TLS ClientHello", "TLS ClientHello", "tls"},
	{"tls.serverhello", 6, "TLS ServerHello", "TLS ServerHello", "tls"},
	{"tls.1.2", 6, "TLS 1.2", "TLS 1.2", "tls"},
	{"tls.1.3", 6, "TLS 1.3", "TLS 1.3", "tls"},
	{"tls.sni", 6, "TLS: the server's name in the clear (SNI)", "TLS 서버 이름(SNI)", "tls"},
	{"tls.alpn", 6, "TLS: ALPN", "TLS ALPN", "tls"},
	{"tls.certificate", 6, "TLS: a certificate in the clear", "평문으로 보이는 TLS 인증서", "tls"},
	{"tls.resumed", 6, "TLS: a session resumed", "TLS 세션 재개", "tls"},
	{"tls.retry", 6, "TLS HelloRetryRequest", "TLS HelloRetryRequest", ""},
	{"tls.alert", 6, "TLS alert in the clear", "평문으로 보이는 TLS 경고", ""},
	{"tls.data", 6, "TLS encrypted record", "암호화된 TLS 레코드", "tls"},

	{"http.method", 7, "HTTP request: %s", "HTTP 요청 %s", ""},
	{"http.method.GET", 7, "HTTP request: GET", "HTTP 요청 GET", "http"},
	{"http.method.HEAD", 7, "HTTP request: HEAD", "HTTP 요청 HEAD", "http"},
	{"http.method.POST", 7, "HTTP request: POST", "HTTP 요청 POST", "http"},
	{"http.method.PUT", 7, "HTTP request: PUT", "HTTP 요청 PUT", ""},
	{"http.method.DELETE", 7, "HTTP request: DELETE", "HTTP 요청 DELETE", "cookies"},
	{"http.status.1xx", 7, "HTTP status 1xx: not the last word", "HTTP 상태 1xx(중간 응답)", "websocket"},
	{"http.status.2xx", 7, "HTTP status 2xx: success", "HTTP 상태 2xx(성공)", "http"},
	{"http.status.3xx", 7, "HTTP status 3xx: elsewhere, or unchanged",
		"HTTP 상태 3xx(다른 곳, 또는 그대로)", "cache"},
	{"http.status.4xx", 7, "HTTP status 4xx: the client's mistake", "HTTP 상태 4xx(클라이언트의 잘못)", "http"},
	{"http.status.5xx", 7, "HTTP status 5xx: the server's mistake", "HTTP 상태 5xx(서버의 잘못)", ""},
	{"http.keep_alive", 7, "HTTP: several requests in one connection", "한 연결의 여러 HTTP 요청", "http"},
	{"http.chunked", 7, "HTTP chunks", "HTTP 청크", "http"},
	{"http.range", 7, "HTTP: a part of a document (206)", "HTTP 부분 응답(206)", "long"},
	{"http.not_modified", 7, "HTTP: not modified (304)", "HTTP 변경 없음(304)", "cache"},
	{"http.cookie", 7, "HTTP cookie", "HTTP 쿠키", "cookies"},
	{"http.authorization", 7, "HTTP: credentials in the clear", "평문으로 보이는 HTTP 인증 정보", "auth"},
	{"sse", 7, "stream of server-sent events", "서버 전송 이벤트(SSE) 스트림", "realtime"},
	{"http2.preface", 7, "HTTP/2 preface in the clear", "평문 HTTP/2 프리페이스", "http2"},
	{"http2.settings", 7, "HTTP/2 SETTINGS", "HTTP/2 SETTINGS", "http2"},
	{"http2.settings_ack", 7, "HTTP/2 SETTINGS acknowledged", "HTTP/2 SETTINGS 확인(ACK)", "http2"},
	{"http2.headers", 7, "HTTP/2 HEADERS", "HTTP/2 HEADERS", "http2"},
	{"http2.method", 7, "HTTP/2 request: %s", "HTTP/2 요청 %s", ""},
	{"http2.method.GET", 7, "HTTP/2 request: GET", "HTTP/2 요청 GET", "http2"},
	{"http2.status", 7, "HTTP/2 status %s", "HTTP/2 상태 %s", ""},
	{"http2.status.2xx", 7, "HTTP/2 status 2xx: success", "HTTP/2 상태 2xx(성공)", "http2"},
	{"http2.continuation", 7, "HTTP/2 CONTINUATION", "HTTP/2 CONTINUATION", ""},
	{"http2.data", 7, "HTTP/2 DATA", "HTTP/2 DATA", "http2"},
	{"http2.padding", 7, "HTTP/2 frame with padding", "패딩이 있는 HTTP/2 프레임", ""},
	{"http2.streams", 7, "HTTP/2: several streams in one connection", "한 HTTP/2 연결의 여러 스트림", "http2"},
	{"http2.overtaken", 7, "HTTP/2: an answer that is complete before an earlier request's",
		"앞선 요청의 응답보다 먼저 끝난 HTTP/2 응답", "http2"},
	{"http2.window_update", 7, "HTTP/2 WINDOW_UPDATE", "HTTP/2 WINDOW_UPDATE", "http2"},
	{"http2.ping", 7, "HTTP/2 PING", "HTTP/2 PING", ""},
	{"http2.priority", 7, "HTTP/2 PRIORITY", "HTTP/2 PRIORITY", ""},
	{"http2.push_promise", 7, "HTTP/2 PUSH_PROMISE", "HTTP/2 PUSH_PROMISE", ""},
	{"http2.rst_stream", 7, "HTTP/2 RST_STREAM", "HTTP/2 RST_STREAM", ""},
	{"http2.goaway", 7, "HTTP/2 GOAWAY", "HTTP/2 GOAWAY", "http2"},
	{"http2.code", 7, "HTTP/2 error code: %s", "HTTP/2 오류 코드 %s", ""},
	{"websocket.handshake", 7, "WebSocket handshake", "WebSocket 핸드셰이크", "websocket"},
	{"websocket.text", 7, "WebSocket text", "WebSocket 텍스트", "websocket"},
	{"websocket.binary", 7, "WebSocket binary", "WebSocket 바이너리", ""},
	{"websocket.ping", 7, "WebSocket ping", "WebSocket ping", "websocket"},
	{"websocket.pong", 7, "WebSocket pong", "WebSocket pong", "websocket"},
	{"websocket.masked", 7, "WebSocket frame with a mask", "마스킹된 WebSocket 프레임", "websocket"},
	{"websocket.unmasked", 7, "WebSocket frame without a mask", "마스킹되지 않은 WebSocket 프레임", "websocket"},
	{"websocket.length7", 7, "WebSocket length of 7 bits", "7비트 길이의 WebSocket 프레임", "websocket"},
	{"websocket.length16", 7, "WebSocket length of 16 bits", "16비트 길이의 WebSocket 프레임", "websocket"},
	{"websocket.length64", 7, "WebSocket length of 64 bits", "64비트 길이의 WebSocket 프레임", "websocket"},
	{"websocket.fragment", 7, "WebSocket message in fragments", "단편화된 WebSocket 메시지", "websocket"},
	{"websocket.close", 7, "WebSocket close: %s", "WebSocket 종료 코드 %s", ""},
	{"websocket.close.1000", 7, "WebSocket close: 1000", "WebSocket 종료 코드 1000", "websocket"},
	{"socketio.open", 7, "Engine.IO open", "Engine.IO open", "socketio"},
	{"socketio.ping", 7, "Engine.IO ping or pong", "Engine.IO ping·pong", "socketio"},
	{"socketio.connect", 7, "Socket.IO CONNECT", "Socket.IO CONNECT", "socketio"},
	{"socketio.event", 7, "Socket.IO EVENT", "Socket.IO EVENT", "socketio"},
	{"socketio.ack", 7, "Socket.IO ACK", "Socket.IO ACK", "socketio"},
	{"socketio.disconnect", 7, "Socket.IO DISCONNECT", "Socket.IO DISCONNECT", ""},
	{"dns.query", 7, "DNS query", "DNS 질의", "dns"},
	{"dns.response", 7, "DNS response", "DNS 응답", "dns"},
	{"dns.type", 7, "DNS question: %s", "DNS 질문 %s", ""},
	{"dns.type.A", 7, "DNS question: A", "DNS 질문 A", "dns"},
	{"dns.type.AAAA", 7, "DNS question: AAAA", "DNS 질문 AAAA", "dns"},
	{"dns.code", 7, "DNS code: %s", "DNS 응답 코드 %s", ""},
	{"dns.code.NXDOMAIN", 7, "DNS code: NXDOMAIN", "DNS 응답 코드 NXDOMAIN", "dns"},
	{"dns.truncated", 7, "DNS response that was cut off (TC)", "잘린 DNS 응답(TC)", "dns"},
	{"dns.tcp", 7, "DNS over TCP", "TCP로 보낸 DNS", "dns"},
	{"dhcp", 7, "DHCP %s", "DHCP %s", ""},
	{"dhcp.DISCOVER", 7, "DHCP DISCOVER", "DHCP DISCOVER", "dhcp"},
	{"dhcp.OFFER", 7, "DHCP OFFER", "DHCP OFFER", "dhcp"},
	{"dhcp.REQUEST", 7, "DHCP REQUEST", "DHCP REQUEST", "dhcp"},
	{"dhcp.ACK", 7, "DHCP ACK", "DHCP ACK", "dhcp"},
	{"quic.initial", 7, "QUIC Initial", "QUIC Initial", "quic"},
	{"quic.handshake", 7, "QUIC Handshake", "QUIC Handshake", ""},
	{"quic.0rtt", 7, "QUIC 0-RTT", "QUIC 0-RTT", ""},
	{"quic.retry", 7, "QUIC Retry", "QUIC Retry", ""},
	{"quic.negotiation", 7, "QUIC Version Negotiation", "QUIC 버전 협상", ""},
}

// familyOf is the item of which this is one of many: of "dns.type.MX" it is "dns.type".
func familyOf(id string) string { return id[:max(0, strings.LastIndexByte(id, '.'))] }

// itemOf returns an item, made from its family if the list has not got it.
func itemOf(id string) item {
	for _, name := range []string{id, familyOf(id)} {
		i := slices.IndexFunc(items, func(i item) bool { return i.id == name })
		if i < 0 {
			continue
		}
		found := items[i]
		if name != id {
			which := id[len(name)+1:]
			found.en, found.ko = fmt.Sprintf(found.en, which), fmt.Sprintf(found.ko, which)
		}
		return found
	}
	return item{id: id, layer: 7, en: id, ko: id}
}
