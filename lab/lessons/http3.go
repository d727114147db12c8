package lessons

import (
	"context"
	"io"
	"net/http"
)

var http3Lesson = Lesson{
	Name: "http3",
	Title: Text{"one round trip, streams and their types, SETTINGS, QPACK, a lost datagram beside a lost segment",
		"한 번의 왕복, 스트림과 그 종류, SETTINGS, QPACK, 사라진 데이터그램과 사라진 세그먼트"},
	Aim: Text{"HTTP/3 has the methods, fields and status codes of all HTTP, in frames as HTTP/2 has them, on streams of " +
		"QUIC. What gets lost on one stream holds up no other.",
		"HTTP/3은 메서드, 필드, 상태 코드가 다른 HTTP와 같고, HTTP/2처럼 프레임에 담아 QUIC의 " +
			"스트림으로 나른다. 한 스트림에서 무엇이 사라져도 다른 스트림은 기다리지 않는다."},
	Spare: 2, // the server's, and that of one for HTTP/2
	Play:  playHTTP3,
}

// playHTTP3 is about RFC 9114 (HTTP/3), RFC 9204 (QPACK), RFC 9000 §17 (packets) and RFC 9002 (loss). As the lesson on
// QUIC it promises no exact numbers: how frames are put into packets, and what is sent again, is QUIC's own business.
func playHTTP3(s *Scene) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	r := &h3Pages{}
	server := s.serveH3(s.peer.addr(s.Spare[0]), r)
	defer server.close()
	r.leaky = server.leaky
	h := playOneRoundTrip(s, ctx)
	defer h.local.Close(ctx)
	playStreamTypes(h)
	playQPACK(h)
	playLostSegment(s, h, playLostDatagram(h, r))
	playSpareIDs(h)
	playH3End(h, server)
}

func playOneRoundTrip(s *Scene, ctx context.Context) *h3 {
	s.Step(Text{"The client's first datagram has an Initial packet with the ClientHello, which offers h3. The server's " +
		"answer has packets of three kinds: Initial, Handshake, and 1-RTT with its short header. Then the client may ask.",
		"클라이언트의 첫 데이터그램은 ClientHello가 든 Initial 패킷이고, 거기서 h3을 제안한다. " +
			"서버의 응답에는 세 종류의 패킷, Initial, Handshake, 그리고 짧은 헤더의 1-RTT가 들어 " +
			"있다. 그다음부터 클라이언트는 요청할 수 있다."})
	h := s.dialH3(ctx, s.peer.addr(s.Spare[0]))
	s.FindSome(h.filter(`quic.long.packet_type == 0 && `+isHello+` && tls.handshake.extensions_alpn_str == "h3"`),
		Text{"the ClientHello, to be read without secrets: it offers the protocol h3",
			"ClientHello. 비밀 값 없이 읽히며, 프로토콜 h3을 제안한다"})
	s.FindSome(h.filter("quic.long.packet_type == 0 && quic.long.packet_type == 2"),
		Text{"Initial and Handshake in one datagram: ServerHello, certificate and Finished",
			"Initial과 Handshake가 한 데이터그램에. ServerHello, 인증서, Finished가 들어 있다"})
	s.FindSome(h.filter("quic.header_form == 1 && quic.header_form == 0"),
		Text{"long and short header in one datagram: the end of the handshake, and what comes next does not wait for it",
			"긴 헤더와 짧은 헤더가 한 데이터그램에. 핸드셰이크의 끝과 그다음 것을 함께 " +
				"보낸다"})
	s.Find(0, h.filter("quic.long.packet_type == 1"),
		Text{"no packet of type 0-RTT. Who has been here before might ask in the first datagram; this client does not",
			"0-RTT 패킷은 없다. 전에 온 적이 있으면 첫 데이터그램에서 요청할 수도 있지만 이 " +
				"클라이언트는 하지 않는다"})
	s.Ask(Text{"In which order do Initial, Handshake and 1-RTT packets come, whose keys does each have, and after how " +
		"many round trips does the first byte of HTTP leave the client?",
		"Initial, Handshake, 1-RTT 패킷은 어떤 순서로 오고, 각각 어떤 키로 암호화되며, HTTP의 첫 " +
			"바이트는 몇 번의 왕복 뒤에 클라이언트를 떠나는가?"},
		Text{"Initial: keys that follow from the connection id, for everybody to see. Handshake: keys that both have " +
			"after the hellos. 1-RTT: those of the whole connection. HTTP leaves after one round trip; with TCP and TLS 1.3 " +
			"it is after two.",
			"Initial의 키는 연결 ID에서 나오므로 누구나 읽는다. Handshake의 키는 두 Hello 뒤에 " +
				"양쪽이 갖는 것이고, 1-RTT의 키는 연결 전체의 것이다. HTTP는 한 번의 왕복 뒤에 " +
				"떠난다. TCP와 TLS 1.3이라면 두 번 뒤이다."},
		h.proof("quic.long.packet_type == 0 && "+isHello, "quic.scid",
			Text{"the connection id that the client has chosen for itself", "클라이언트가 스스로 고른 연결 ID"}))
	return h
}

func playStreamTypes(h *h3) {
	h.Step(Text{"Behind the handshake each side opens a stream in one direction. Its first byte tells its type: 0, a " +
		"control stream. On it the first frame is SETTINGS.",
		"핸드셰이크가 끝나면 양쪽이 한 방향 스트림을 하나씩 연다. 첫 바이트가 종류를 " +
			"말한다. 0은 제어 스트림이다. 그 위의 첫 프레임은 SETTINGS이다."})
	h.show()
	h.body(h.get("/first"))
	h.FindSome(h.filter("quic.stream.stream_id == 2 && http3.stream_type == 0"),
		Text{"the client's control stream. The two low bits of a stream's number tell: opened by the client, in one " +
			"direction",
			"클라이언트의 제어 스트림. 스트림 번호의 아래 두 비트가 클라이언트가 연 것, 한 " +
				"방향임을 말한다"})
	h.FindSome(h.filter("quic.stream.stream_id == 3 && http3.stream_type == 0"),
		Text{"the server's", "서버의 제어 스트림"})
	h.FindSome(h.filter("http3.frame_type == 4 && http3.settings.qpack.max_table_capacity == 0"),
		Text{"SETTINGS: no dynamic table for QPACK, so each field section stands for itself",
			"SETTINGS. QPACK의 동적 테이블을 쓰지 않으므로 필드 섹션마다 따로 읽을 수 있다"})
	h.FindSome(h.filter("quic.stream.stream_id == 0 && quic.stream.fin == 1"),
		Text{"stream 0, in both directions: a request, and from the other side its answer. FIN ends each",
			"양방향 스트림 0. 요청과, 반대쪽에서 오는 응답. 각각 FIN으로 끝난다"})
	h.Ask(Text{"Which streams did each side open without being asked, what is on them, and why must they never end as " +
		"long as the connection lasts?",
		"양쪽은 요청과 상관없이 어떤 스트림을 열었고, 그 위에 무엇이 있으며, 왜 연결이 " +
			"이어지는 동안 끝나면 안 되는가?"},
		Text{"2 and 3, the control streams, with SETTINGS, later GOAWAY. What is said there is about the connection, so " +
			"their end is an error of it, H3_CLOSED_CRITICAL_STREAM (RFC 9114 §6.2.1). Two more, for QPACK, are not needed " +
			"without a dynamic table.",
			"제어 스트림 2와 3이다. SETTINGS가 있고 나중에 GOAWAY가 온다. 연결에 관한 것을 말하는 " +
				"곳이므로 끝나면 연결의 오류, H3_CLOSED_CRITICAL_STREAM이다(RFC 9114 §6.2.1). QPACK을 위한 " +
				"둘은 동적 테이블이 없으면 필요 없다."},
		h.proof("quic.stream.stream_id == 3 && http3.stream_type == 0", "udp.time_relative",
			Text{"when the server's control stream was seen (seconds since the first datagram)",
				"서버의 제어 스트림이 보인 시각(첫 데이터그램부터 몇 초)"}))
}

func playQPACK(h *h3) {
	h.Step(Text{"GET again, on stream 4. QPACK writes what stands in its static table as one byte: d1 is entry 17, " +
		"GET; d7 is entry 23, https. Of a name that stands there, it writes the number and the value.",
		"스트림 4에서 다시 GET을 보낸다. QPACK은 정적 테이블에 있는 것을 1바이트로 적는다. " +
			"d1은 17번 항목 GET, d7은 23번 항목 https이다. 이름만 표에 있으면 그 번호와 값을 " +
			"적는다."})
	h.show()
	h.body(h.get("/first"))
	h.needsKit()
	h.FindSome(h.filter("http3.frame_type == 1 && http3.frame_payload[2:2] == d1:d7"),
		Text{"HEADERS of requests: behind two bytes of prefix, GET and https in one byte each",
			"요청의 HEADERS. 접두부 2바이트 뒤에 GET과 https가 1바이트씩 있다"})
	h.FindSome(h.filter(`quic.stream.stream_id == 4 && pwqpack.method == "GET" && pwqpack.path == "/first"`),
		Text{"the request on stream 4, as the kit reads it", "키트가 읽은 스트림 4의 요청"})
	h.FindSome(h.filter("quic.stream.stream_id == 4 && pwqpack.status == 200 && pwqpack.index == 25"),
		Text{"the answer: its status is entry 25 of the static table", "응답. 상태 코드는 정적 테이블의 " +
			"25번 항목이다"})
	h.FindSome(h.filter("http3.frame_type == 0 && quic.stream.stream_id == 4"),
		Text{"DATA, with the content", "내용이 든 DATA"})
	h.Ask(Text{"The requests on streams 0 and 4 have the same fields. HPACK, in HTTP/2, writes the second one shorter. " +
		"Why not here, and why may a dynamic table make a stream wait in HTTP/3?",
		"스트림 0과 4의 요청은 필드가 같다. HTTP/2의 HPACK이라면 둘째를 더 짧게 적는다. " +
			"여기서는 왜 그렇지 않으며, HTTP/3에서 동적 테이블은 왜 스트림을 기다리게 할 수 " +
			"있는가?"},
		Text{"Both sides have said that the dynamic table may have no bytes, so nothing is remembered: http3.frame_length " +
			"is the same. An entry travels on a stream of its own; who gets a HEADERS that refers to it before it has come " +
			"has to wait (RFC 9204 §2.1.2). HPACK's order is that of TCP.",
			"양쪽이 동적 테이블의 크기를 0으로 정했으므로 아무것도 기억하지 않는다. " +
				"http3.frame_length가 같다. 항목은 따로 한 스트림으로 오므로, 그 항목을 가리키는 " +
				"HEADERS가 먼저 오면 기다려야 한다(RFC 9204 §2.1.2). HPACK은 TCP의 순서를 따르므로 그럴 " +
				"일이 없다."},
		h.proof("quic.stream.stream_id == 4 && http3.frame_type == 0", "udp.time_relative",
			Text{"when the content on stream 4 came (seconds since the first datagram)",
				"스트림 4의 내용이 온 시각(첫 데이터그램부터 몇 초)"}))
}

// needsKit says that many Wiresharks don't know QPACK.
func (h *h3) needsKit() {
	h.say(Event{Type: Setting, Tshark: []string{"-X", "lua_script:pollwire.lua"},
		Text: Text{"Fields called pwqpack need the kit (pollwire lab kit): Wireshark shows what is in HEADERS only from " +
			"4.2 on, and where it was built with nghttp3. Without the kit look at the bytes: http3.frame_payload.",
			"pwqpack으로 시작하는 필드에는 키트(pollwire lab kit)가 필요하다. Wireshark는 4.2부터, " +
				"그것도 nghttp3과 함께 만든 것만 HEADERS의 내용을 보여 준다. 키트가 없으면 " +
				"바이트(http3.frame_payload)를 본다."}})
}

func playSpareIDs(h *h3) {
	h.Step(Text{"Who gets another address goes on with another connection id. For that each side has handed out some in " +
		"advance, NEW_CONNECTION_ID. The QUIC of this program hands them out, and can't move yet, so that is not played.",
		"주소가 바뀌면 다른 연결 ID로 이어 간다. 그래서 양쪽은 NEW_CONNECTION_ID로 미리 몇 " +
			"개를 나누어 주었다. 이 프로그램의 QUIC은 나누어 줄 수는 있지만 아직 옮겨 가지는 " +
			"못하므로 그 장면은 없다."})
	h.FindSome(h.filter("quic.nci.sequence"),
		Text{"the spare ids, encrypted, so that nobody on the way can tell that the connection with another id is the same",
			"여분의 ID. 암호화되어 있어, 다른 ID로 이어 가는 연결이 같은 것임을 중간에서는 알 " +
				"수 없다"})
}

func playH3End(h *h3, server *h3Server) {
	h.Step(Text{"The server stops: GOAWAY on its control stream says which requests will be answered no more. Then " +
		"CONNECTION_CLOSE with H3_NO_ERROR, 0x100.",
		"서버가 멈춘다. 제어 스트림의 GOAWAY로 더는 답하지 않을 요청을 알리고, " +
			"H3_NO_ERROR(0x100)인 CONNECTION_CLOSE로 끝낸다."})
	h.show()
	h.Check("stop", server.Shutdown(h.ctx))
	h.Wait(h.ctx)
	h.Client.Close()
	h.FindSome(h.filter("quic.stream.stream_id == 3 && http3.frame_type == 7"),
		Text{"the server's GOAWAY: the first number that it has not " +
			"taken", "서버의 GOAWAY. 받지 않은 첫 번호가 있다"})
	h.FindSome(h.filter("quic.cc.error_code.app == 256"), Text{"the end of the connection, and its " +
		"code", "연결의 끝과 그 코드"})
}

// h3Pages is what the server has. What it answers with a datagram getting lost on the way, playLostDatagram tells.
type h3Pages struct {
	*leaky
	now *race
}

func (r *h3Pages) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	switch q.URL.Path {
	case "/parts":
		r.now.parts(w, q)
	case "/whole":
		r.now.whole(w, q)
	default:
		io.WriteString(w, "carried by UDP\n")
	}
}
