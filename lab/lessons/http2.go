package lessons

import (
	"encoding/binary"
	"fmt"
	"time"
)

var http2Lesson = Lesson{
	Name: "http2",
	Title: Text{"frames, SETTINGS, HPACK, parallel streams, flow control, GOAWAY",
		"프레임, SETTINGS, HPACK, 병렬 스트림, 흐름 제어, GOAWAY"},
	Aim: Text{"HTTP/2 has the same methods, fields and status codes, in binary frames. Many exchanges share one " +
		"connection, each in a stream of its own.",
		"HTTP/2는 메서드, 헤더 필드, 상태 코드가 그대로이지만 바이너리 프레임에 담긴다. " +
			"여러 요청과 응답이 스트림으로 나뉘어 연결 하나를 함께 쓴다."},
	Needs: []string{"http"},
	Play:  playHTTP2,
}

// window is what a stream may bring before the client says more (RFC 9113 §6.9.2). It is small, to be seen at work.
const window = 1000

// playHTTP2 is about RFC 9113 (HTTP/2) and RFC 7541 (HPACK).
func playHTTP2(s *Scene) {
	h := playPreface(s)
	playHPACK(s, h)
	playParallel(s, h)
	playWindow(s, h)
	playGoAway(s, h)
	playSecure(s)
}

func playPreface(s *Scene) *h2 {
	s.Step(Text{"In the clear, the client has to know that the server speaks HTTP/2. Its first bytes are the preface, " +
		"24 that no server of HTTP/1 takes, then SETTINGS.",
		"평문에서는 서버가 HTTP/2를 안다는 것을 클라이언트가 미리 알고 있어야 한다. 첫 " +
			"24바이트는 HTTP/1 서버라면 받지 않을 프리페이스(preface)이고, SETTINGS가 뒤따른다."})
	c := s.Dial("http")
	s.DecodeAs("tcp", c.Port(), "http2", "HTTP2")
	h := c.http2("http")
	s.Find(1, c.Filter("http2.magic"), Text{"the preface", "프리페이스"})
	s.Find(1, c.Filter(fmt.Sprintf("http2.settings.initial_window_size == %d", window)),
		Text{"the client's SETTINGS: each stream may bring %d bytes unasked",
			"클라이언트의 SETTINGS. 스트림마다 %d바이트까지는 그냥 보내도 된다"}.With(window))
	s.Find(1, c.Filter("http2.settings.max_concurrent_streams"),
		Text{"the server's SETTINGS: how many streams at a time",
			"서버의 SETTINGS. 동시에 열 수 있는 스트림 수가 있다"})
	s.Find(2, c.Filter("http2.flags.ack.settings == 1"),
		Text{"each side acknowledges the other's", "양쪽이 서로의 SETTINGS를 확인한다"})
	return h
}

// playHPACK asks for the same twice.
func playHPACK(s *Scene, h *h2) {
	first := playFirstFields(s, h)
	again := playKnownFields(s, h)
	s.Ask(Text{"How many bytes are the fields of the requests on streams 1 and 3, and how long would they be as text " +
		"of HTTP/1.1?",
		"스트림 1과 3의 요청에서 필드는 각각 몇 바이트이며, HTTP/1.1 텍스트였다면 몇 " +
			"바이트였을까?"},
		Text{"%d and %d, as http2.length says (% x). As text it is %d bytes each time.",
			"http2.length에 적힌 대로 %d바이트와 %d바이트(% x)이다. 텍스트라면 매번 " +
				"%d바이트이다."}.With(
			len(first), len(again), again, len(h.Request("GET", "/lab/whoami", "", "user-agent: "+agent))),
		h.Proof(`http2.streamid == 1 && http2.type == 1 && tcp.srcport == `+h.Port(), "tcp.seq_raw",
			Text{"the raw sequence number of the request on stream 1",
				"스트림 1의 요청의 원래(raw) 순서 번호"}))
}

func playFirstFields(s *Scene, h *h2) []byte {
	s.Step(Text{"GET, as a HEADERS frame that opens stream 1. HPACK writes what it knows from a table as one byte, and " +
		"enters the rest into the table.",
		"HEADERS 프레임으로 스트림 1을 열고 GET을 보낸다. HPACK은 표에 있는 것을 1바이트로 " +
			"적고, 없던 것은 표에 넣는다."})
	first := h.get(1, "/lab/whoami")
	h.finish(1)
	s.Find(1, h.Filter(`http2.streamid == 1 && http2.headers.method == "GET"`), Text{"the request", "요청"})
	s.Find(1, h.Filter(`http2.streamid == 1 && http2.headers.status == 200`),
		Text{"the HEADERS of its answer", "응답의 HEADERS"})
	return first
}

func playKnownFields(s *Scene, h *h2) []byte {
	s.Step(Text{"The same again, on stream 3 (a client's streams are odd). All fields are in the table now.",
		"같은 요청을 스트림 3에서 다시 보낸다(클라이언트의 스트림은 홀수이다). 이제 모든 " +
			"필드가 표에 있다."})
	again := h.get(3, "/lab/whoami")
	h.finish(3)
	s.Find(1, "http2.streamid == 3 && http2.type == 1 && tcp.srcport == "+h.Port(),
		Text{"the request: how long is it now?", "요청. 이제 길이가 얼마인가?"})
	s.Find(2, h.Filter(`http2.headers.path == "/lab/whoami"`),
		Text{"Wireshark keeps the table too, so both are shown in full",
			"Wireshark도 표를 함께 관리하므로 두 요청이 모두 온전히 보인다"})
	return again
}

// playParallel opens a slow stream and a fast one.
func playParallel(s *Scene, h *h2) {
	s.Step(Text{"Two requests at once: a slow one on stream 5, in pieces with a pause between, and a fast one on stream " +
		"7. The fast one need not wait.",
		"요청 둘을 한꺼번에 보낸다. 스트림 5는 조각 사이에 쉬는 느린 응답, 스트림 7은 빠른 " +
			"응답이다. 빠른 것이 기다릴 필요가 없다."})
	h.get(5, "/lab/bytes/400?chunk=100&delay=30ms")
	h.get(7, "/lab/bytes/200")
	order := h.finish(5, 7)
	s.Must(order[0] == 7, "the slow answer came first")
	s.Find(1, h.Filter("http2.streamid == 7 && http2.length == 200"),
		Text{"the whole answer of stream 7", "스트림 7의 응답 전부"})
	s.FindSome(h.Filter("http2.streamid == 5 && http2.type == 0"),
		Text{"DATA of stream 5, before it and after it", "그 앞뒤로 오는 스트림 5의 DATA"})
	s.Ask(Text{"In which order were streams 5 and 7 opened, and in which order were their answers complete? What would " +
		"HTTP/1.1 have done?",
		"스트림 5와 7은 어떤 순서로 열렸고 응답은 어떤 순서로 끝났는가? " +
			"HTTP/1.1이었다면 어땠을까?"},
		Text{"Opened 5, 7; complete 7, 5 (http2.flags.end_stream == 1). On one connection of HTTP/1.1 the answers keep the " +
			"order of the requests: the fast one would have waited for the slow one.",
			"5, 7 순서로 열렸고 7, 5 순서로 끝났다(http2.flags.end_stream == 1). HTTP/1.1이라면 한 " +
				"연결에서 응답은 요청 순서를 지키므로 빠른 응답이 느린 응답을 기다렸을 것이다."},
		h.Proof(`http2.streamid == 7 && http2.length == 200`, "tcp.seq_raw",
			Text{"the raw sequence number of the answer on stream 7",
				"스트림 7의 응답의 원래(raw) 순서 번호"}))
}

// playWindow asks for more than the window holds.
func playWindow(s *Scene, h *h2) {
	const size = 5000
	playFullWindow(s, h, size)
	playWindowUpdate(s, h, size)
	s.Ask(Text{"TCP has a window too. Why does HTTP/2 need one for each stream?",
		"TCP에도 윈도가 있다. 그런데 HTTP/2는 왜 스트림마다 윈도가 또 필요한가?"},
		Text{"TCP's window stops the whole connection. Here stream 9 stood still after %d bytes while other streams could " +
			"have gone on.",
			"TCP의 윈도는 연결 전체를 멈춘다. 여기서는 스트림 9만 %d바이트 뒤에 " +
				"멈추었고 다른 스트림은 계속 흐를 수 있었다."}.With(window),
		h.Proof(`http2.streamid == 9 && http2.type == 8`, "tcp.seq_raw",
			Text{"the raw sequence number of the WINDOW_UPDATE for stream 9",
				"스트림 9의 WINDOW_UPDATE의 원래(raw) 순서 번호"}))
}

func playFullWindow(s *Scene, h *h2, size int) {
	s.Step(Text{"Flow control: %d bytes are asked for on stream 9, but its window is %d. The server sends so " +
		"much, and stops.",
		"흐름 제어: 스트림 9에서 %d바이트를 요청하지만 윈도(window)는 %d바이트이다. 서버는 " +
			"그만큼만 보내고 멈춘다."}.With(size, window))
	h.get(9, fmt.Sprintf("/lab/bytes/%d", size))
	h.until(func() bool { return h.data[9] == window })
	s.Pause(50 * time.Millisecond)
	h.quiet()
	s.Note(Text{"%d bytes came, then nothing for 50 ms.",
		"%d바이트가 오고 나서 50 ms 동안 아무것도 오지 않았다."}.With(h.data[9]))
	s.FindSome(h.Filter("http2.streamid == 9 && http2.type == 0"),
		Text{"the DATA of this stream, also of the next step",
			"이 스트림의 DATA. 다음 단계의 것도 포함한다"})
}

func playWindowUpdate(s *Scene, h *h2, size int) {
	s.Step(Text{"WINDOW_UPDATE gives %d bytes more, and the rest comes.",
		"WINDOW_UPDATE로 %d바이트를 더 허락하자 나머지가 온다."}.With(size - window))
	h.send(h2Frame{h2WindowUpdate, 0, 9, number(uint32(size - window))})
	h.finish(9)
	s.Must(h.data[9] == size, "%d bytes came, not %d", h.data[9], size)
	s.Find(1, h.Filter(fmt.Sprintf("http2.type == 8 && http2.streamid == 9 && "+
		"http2.window_update.window_size_increment == %d", size-window)),
		Text{"the WINDOW_UPDATE of the stream", "이 스트림의 WINDOW_UPDATE"})
}

func playGoAway(s *Scene, h *h2) {
	s.Step(Text{"The client says goodbye: GOAWAY with NO_ERROR, then it closes.",
		"클라이언트가 작별을 알린다. NO_ERROR인 GOAWAY를 보내고 닫는다."})
	h.send(h2Frame{h2GoAway, 0, 0, append(number(0), number(0)...)}) // last stream, error
	h.Finish()
	s.Find(1, "http2.type == 7 && http2.goaway.error == 0 && tcp.srcport == "+h.Port(),
		Text{"the client's GOAWAY", "클라이언트의 GOAWAY"})
}

// playSecure does the same in TLS, and breaks a rule.
func playSecure(s *Scene) {
	h := playOverTLS(s)
	playProtocolError(s, h)
}

func playOverTLS(s *Scene) *h2 {
	s.Step(Text{"In TLS nothing has to be known before: ALPN agrees on h2 in the handshake. The frames are the same, " +
		"and encrypted.",
		"TLS에서는 미리 알 것이 없다. 핸드셰이크에서 ALPN으로 h2를 정한다. 프레임은 같고 " +
			"암호화되어 있다."})
	config := s.TLS(sni, "h2", "http/1.1")
	c := s.Dial("http")
	state, err := c.Handshake(config)
	s.Check("TLS handshake", err)
	s.Must(state.NegotiatedProtocol == "h2", "ALPN chose %q", state.NegotiatedProtocol)
	h := c.http2("https")
	h.get(1, "/lab/whoami")
	h.finish(1)
	s.Find(1, c.Filter(isHello+` && tls.handshake.extensions_alpn_str == "h2"`),
		Text{"the ClientHello that offers h2", "h2를 제안하는 ClientHello"})
	s.Find(1, c.Filter(`tls && http2.headers.path == "/lab/whoami"`),
		Text{"the request, decrypted by the key log", "키 로그로 복호화한 요청"})
	s.Find(0, c.Filter(`frame contains "PRI * HTTP/2.0"`),
		Text{"without the secrets there is no preface to be seen",
			"비밀 값이 없으면 프리페이스도 보이지 않는다"})
	return h
}

func playProtocolError(s *Scene, h *h2) {
	s.Step(Text{"A WINDOW_UPDATE of 0 for the whole connection is against the rules. The server ends it with GOAWAY " +
		"and says why.",
		"연결 전체에 대한 크기 0의 WINDOW_UPDATE는 규칙 위반이다. 서버는 이유를 " +
			"적은 GOAWAY로 연결을 끝낸다."})
	h.send(h2Frame{h2WindowUpdate, 0, 0, number(0)})
	h.until(func() bool { return h.goAway != nil })
	last, code := binary.BigEndian.Uint32(h.goAway), binary.BigEndian.Uint32(h.goAway[4:])
	s.Must(code == protocolError, "GOAWAY says %d", code)
	h.Close()
	s.Find(1, h.Filter("http2.type == 7 && http2.goaway.error == 1"),
		Text{"the server's GOAWAY: PROTOCOL_ERROR", "서버의 GOAWAY. PROTOCOL_ERROR"})
	s.Ask(Text{"What does the server's GOAWAY on port %s say beside the error, and what is that good for?",
		"포트 %s에서 서버의 GOAWAY에는 오류 말고 무엇이 적혀 있으며, 어디에 쓰는가?"}.With(
		h.Port()),
		Text{"The last stream it has worked on: %d. Requests on later ones were not looked at, and may be sent again " +
			"without harm.",
			"서버가 마지막으로 처리한 스트림 번호 %d이다. 그 뒤의 요청은 " +
				"처리되지 않았으므로 다시 보내도 안전하다."}.With(last),
		h.Proof(`http2.type == 7 && http2.goaway.error == 1`, "tcp.seq_raw", Text{"the raw sequence number of the GOAWAY",
			"GOAWAY의 원래(raw) 순서 번호"}))
}
