package lessons

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"pollwire/wire/wsframe"
)

var websocketLesson = Lesson{
	Name: "websocket",
	Title: Text{"the handshake, masks, three forms of a length, fragments, close codes, subprotocols, compression",
		"핸드셰이크, 마스킹, 세 가지 길이 형식, 단편화, 종료 코드, 서브프로토콜, 압축"},
	Aim: Text{"A WebSocket begins as an HTTP request. Then the connection carries frames: a few bytes of header, and " +
		"messages both ways whenever there is one.",
		"WebSocket은 HTTP 요청으로 시작한다. 그다음부터 연결에는 짧은 헤더가 붙은 프레임이 " +
			"흐르고, 어느 쪽이든 보낼 것이 있을 때 메시지를 보낸다."},
	Needs: []string{"ws"},
	Play:  playWebSocket,
}

// playWebSocket plays RFC 6455 by hand. Its messages are events that the server does not know: it reads them, says so
// to the sender, and nobody else hears of it.
func playWebSocket(s *Scene) {
	s.Watch("Upgrade", "Connection", "Sec-WebSocket-Accept")
	c := playOpening(s)
	playMasking(s, c)
	playLengths(s, c)
	playPieces(s, c)
	playClosing(s, c)
	playBroken(s)
	playOffers(s)
}

func playOpening(s *Scene) *Conn {
	s.Step(Text{"The handshake is a GET that asks to change the protocol of this connection, with 16 random bytes in " +
		"base64 as key.",
		"핸드셰이크는 이 연결의 프로토콜을 바꾸자는 GET 요청이다. 임의의 16바이트를 " +
			"base64로 적은 키를 함께 보낸다."})
	c := s.Dial("ws")
	key, accepted := c.Upgrade("/ws")
	s.Note(Text{"Sec-WebSocket-Accept is the SHA-1 of the key and a text that RFC 6455 gives, in base64: " +
		"base64(SHA-1(%q)) = %s. Computed here too: the same.",
		"Sec-WebSocket-Accept는 키와 RFC 6455가 정한 문자열을 이어 SHA-1을 구하고 base64로 적은 " +
			"값이다: base64(SHA-1(%q)) = %s. 여기서도 계산해 보니 같다."}.With(key+acceptGUID, accepted))
	s.Find(1, c.Filter(`http.sec_websocket_key == "`+key+`"`), Text{"the request", "요청"})
	s.Find(1, c.Filter(`http.response.code == 101 && http.sec_websocket_accept == "`+accepted+`"`),
		Text{"101 Switching Protocols: behind it there is no HTTP any more",
			"101 Switching Protocols. 이 뒤로는 HTTP가 아니다"})
	s.Ask(Text{"The key is in the clear and the computation is public. What does Sec-WebSocket-Accept prove, then?",
		"키는 평문이고 계산 방법도 공개되어 있다. 그렇다면 Sec-WebSocket-Accept는 무엇을 " +
			"증명하는가?"},
		Text{"That the other side speaks WebSocket and has read this very request: %s fits only %s. It keeps no secret and " +
			"proves no identity.",
			"상대가 WebSocket을 알고 바로 이 요청을 읽었다는 것이다. %s 값은 %s에만 맞는다. " +
				"비밀을 지키거나 신원을 증명하지는 않는다."}.With(accepted, key),
		c.Proof(`http.response.code == 101`, "tcp.seq_raw", Text{"the raw sequence number of the 101",
			"101 응답의 원래(raw) 순서 번호"}))
	return c
}

// playMasking sends one short message and takes it apart, byte by byte.
func playMasking(s *Scene, c *Conn) {
	f := playMasked(s, c)
	reply := playUnmasked(s, c)
	askMasking(s, c, f, reply)
}

func playMasked(s *Scene, c *Conn) []byte {
	const text = `{"event":"lab:hello","id":1}`
	s.Step(Text{"A message of %d bytes. A client masks each frame with 4 random bytes, so that nothing in between takes " +
		"it for HTTP.",
		"%d바이트짜리 메시지를 보낸다. 클라이언트는 프레임마다 임의의 4바이트로 " +
			"마스킹한다. 중간 장비가 HTTP로 오해하지 않게 하기 위해서다."}.With(len(text)))
	f := c.SendText(text)
	s.say(Event{Type: Sent, Lines: dissect(f)})
	s.Find(1, c.Filter(maskedBy(f)),
		Text{"this frame; Wireshark shows it masked and unmasked",
			"이 프레임. Wireshark는 마스킹된 것과 푼 것을 모두 보여 준다"})
	s.Find(0, c.Filter(`frame contains "lab:hello" && websocket.mask == 1`),
		Text{"the bytes of the text itself are not on the wire", "텍스트의 바이트 그대로는 선로에 없다"})
	return f
}

func playUnmasked(s *Scene, c *Conn) string {
	s.Step(Text{"The server knows no such event and says so. Its frames have no mask.",
		"서버는 그런 이벤트가 없다고 답한다. 서버의 프레임에는 마스크가 없다."})
	reply := c.Await(`"event":"error","id":1`)
	s.Find(1, c.Filter(`websocket.mask == 0 && frame contains "lab:hello"`),
		Text{"the answer, readable as it is", "응답. 그대로 읽힌다"})
	return reply
}

func askMasking(s *Scene, c *Conn, f []byte, reply string) {
	s.Ask(Text{"The frame with masking key %s: with which byte does its payload begin on the wire? Which character is " +
		"that, and how does one get it?",
		"마스킹 키가 %s인 프레임의 페이로드는 회선에서 어떤 바이트로 시작하는가? " +
			"그것은 어떤 문자이며 어떻게 구하는가?"}.With(fmt.Sprintf("%x", f[2:6])),
		Text{"%02x XOR %02x, the first byte of the key, is %02x: %q.",
			"키의 첫 바이트와 XOR 한다. %02x XOR %02x = %02x, 곧 %q이다."}.With(f[6], f[2], f[6]^f[2], f[6]^f[2]),
		c.Proof(maskedBy(f), "tcp.payload", Text{"the bytes of the frame, in hexadecimal",
			"프레임의 바이트(16진수)"}))
	s.Ask(Text{"How many bytes of header have the client's frame and the server's answer of %d bytes? Why not the " +
		"same number?",
		"클라이언트의 프레임과 서버가 보낸 %d바이트짜리 응답의 프레임 헤더는 " +
			"각각 몇 바이트인가? 왜 다른가?"}.With(len(reply)),
		Text{"%d and %d. The client's has 4 bytes of masking key; a length over 125 takes 2 more bytes.",
			"%d바이트와 %d바이트이다. 클라이언트의 헤더에는 마스킹 키 4바이트가 있고, 125를 " +
				"넘는 길이에는 2바이트가 더 필요하다."}.With(
			6, len(wsframe.AppendHeader(nil, wsframe.OpText, len(reply)))),
		c.Proof(`websocket.mask == 0 && frame contains "lab:hello"`, "tcp.len",
			Text{"the bytes of TCP and the raw sequence number of the answer",
				"응답의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`websocket.mask == 0 && frame contains "lab:hello"`, "tcp.seq_raw", Text{}))
}

// dissect shows the first bytes of a short masked frame, and how the mask comes off. The first one of the payload is
// left to the class.
func dissect(f []byte) []string {
	all := []string{
		fmt.Sprintf("%02x           FIN = %d, opcode = %d (%s)", f[0], f[0]>>7, f[0]&0x0F, opcodes[f[0]&0x0F]),
		fmt.Sprintf("%02x           MASK = %d, length = %d", f[1], f[1]>>7, f[1]&0x7F),
		fmt.Sprintf("% x  masking key", f[2:6]),
	}
	all = append(all, "..           XOR .. = ..  ?")
	for i := 1; i < 6; i++ {
		b, k := f[6+i], f[2+i%4]
		all = append(all, fmt.Sprintf("%02x           XOR %02x = %02x  %c", b, k, b^k, b^k))
	}
	return append(all, "...")
}

// padded is a message of exactly n bytes that the server answers to id.
func padded(id string, n int) string {
	head, tail := `{"event":"lab:length","id":"`+id+`","data":"`, `"}`
	return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
}

func playLengths(s *Scene, c *Conn) {
	s.Step(Text{"Three messages: 125 bytes, the most that 7 bits tell here, 126, and 65,536, the most this server takes.",
		"메시지 셋을 보낸다. 7비트로 나타낼 수 있는 최대인 125바이트, 126바이트, 그리고 이 " +
			"서버가 받는 최대인 65,536바이트."})
	for _, n := range []int{125, 126, 65536} {
		id := fmt.Sprintf("len-%d-%x", n, random(2))
		f := c.SendText(padded(id, n))
		s.say(Event{Type: Sent, Lines: []string{fmt.Sprintf("% x ...", f[1:len(f)-n-4])}})
		c.Await(id)
	}
	s.Find(1, c.Filter("websocket.mask == 1 && websocket.payload_length == 125"),
		Text{"7 bits hold the length itself", "7비트에 길이가 그대로 들어 있다"})
	s.Find(1, c.Filter("websocket.mask == 1 && websocket.payload_length == 126 && websocket.payload_length_ext_16 == 126"),
		Text{"7 bits say 126: the length is in the next 16",
			"7비트의 값이 126이면 길이는 다음 16비트에 있다"})
	s.Find(1, c.Filter("websocket.mask == 1 && websocket.payload_length == 127 && "+
		"websocket.payload_length_ext_64 == 65536"),
		Text{"7 bits say 127: the length is in the next 64. Shown at the last of its segments",
			"7비트의 값이 127이면 길이는 다음 64비트에 있다. 마지막 세그먼트에서 보인다"})
	s.Ask(Text{"126 bytes would fit into 7 bits. Why do they take 16 more?",
		"126은 7비트에 들어가는 수이다. 그런데 왜 16비트를 더 쓰는가?"},
		Text{"126 and 127 in the 7 bits mean that another length follows, so 125 is the most they tell themselves (RFC " +
			"6455 §5.2).",
			"7비트의 126과 127은 뒤에 다른 길이 필드가 온다는 표시이므로, 7비트만으로는 " +
				"125까지만 나타낼 수 있다(RFC 6455 §5.2)."},
		c.Proof(`websocket.mask == 1 && websocket.payload_length_ext_16 == 126`, "tcp.len",
			Text{"the bytes of TCP and the raw sequence number of the frame with 126",
				"126바이트짜리 프레임의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`websocket.mask == 1 && websocket.payload_length_ext_16 == 126`, "tcp.seq_raw", Text{}))
}

func playPieces(s *Scene, c *Conn) {
	const text = `{"event":"lab:fragments","id":"put together"}`
	s.Step(Text{"One message in two frames, and a ping between them. Control frames may stand there, and need no wait " +
		"for the end of the message.",
		"메시지 하나를 프레임 둘로 나누고 그 사이에 ping을 보낸다. 제어 프레임은 메시지가 " +
			"끝나기를 기다리지 않고 사이에 낄 수 있다."})
	c.SendFrame(false, wsframe.OpText, []byte(text[:20]))
	s.Pause(10 * time.Millisecond) // apart, also where a system puts segments together
	c.SendFrame(true, wsframe.OpPing, []byte("between"))
	s.Must(string(c.AwaitFrame(wsframe.OpPong)) == "between", "the pong is not that of our ping")
	c.SendFrame(true, wsframe.OpContinuation, []byte(text[20:]))
	c.Await("put together")
	s.Find(1, c.Filter("websocket.fin == 0 && websocket.opcode == 1"),
		Text{"the first fragment: the kind of the message, and FIN = 0",
			"첫 조각. 메시지의 종류가 적혀 있고 FIN = 0이다"})
	s.Find(1, c.Filter("websocket.fin == 1 && websocket.opcode == 0"),
		Text{"the last fragment: a continuation, FIN = 1",
			"마지막 조각. 연속(continuation) 프레임이며 FIN = 1이다"})
	s.Find(1, c.Filter("websocket.opcode == 9 && websocket.mask == 1"),
		Text{"the ping between them", "그 사이의 ping"})
	s.Find(1, c.Filter(`websocket.opcode == 10 && frame contains "between"`),
		Text{"its pong, with the same payload, before the message was whole",
			"메시지가 완성되기 전에 온, 페이로드가 같은 pong"})
}

func playClosing(s *Scene, c *Conn) {
	s.Step(Text{"The client closes: a close frame with code 1000, which the server sends back. Only then TCP ends.",
		"클라이언트가 닫는다. 코드 1000의 close 프레임을 보내면 서버가 같은 것을 " +
			"돌려보내고, 그 뒤에 TCP가 끝난다."})
	c.SendFrame(true, wsframe.OpClose, append(binary.BigEndian.AppendUint16(nil, wsframe.CloseNormal), "done"...))
	s.wantClose(c, wsframe.CloseNormal)
	c.Finish()
	s.Find(2, c.Filter("websocket.payload.close.status_code == 1000"),
		Text{"close frames, one from each side", "양쪽이 하나씩 보낸 close 프레임"})
}

// wantClose waits for the server's close frame.
func (s *Scene) wantClose(c *Conn, code int) {
	got, reason, err := wsframe.ParseClose(c.AwaitFrame(wsframe.OpClose))
	s.Must(err == nil && got == code, "the server closed with %d %q (%v), not %d", got, reason, err, code)
}

// playBroken breaks two rules, on a connection each.
func playBroken(s *Scene) {
	bare := playNoMask(s)
	wrong := playNoUTF8(s)
	s.Ask(Text{"Which close codes were sent on ports %s and %s, and by whom?",
		"포트 %s, %s에서는 어떤 종료 코드를 누가 보냈는가?"}.With(bare.Port(), wrong.Port()),
		Text{"1002 and 1007, each by the server alone: websocket.opcode == 8 shows one frame on each. The client had " +
			"broken a rule and only closed TCP.",
			"1002와 1007을 각각 서버만 보냈다. websocket.opcode == 8 필터에는 포트마다 프레임이 " +
				"하나씩 보인다. 규칙을 어긴 클라이언트는 TCP만 닫았다."},
		bare.Proof(`websocket.opcode == 8`, "tcp.seq_raw", Text{"the raw sequence number of the close frame on the one",
			"앞 포트의 종료 프레임의 원래(raw) 순서 번호"}),
		wrong.Proof(`websocket.opcode == 8`, "tcp.seq_raw", Text{"and on the other", "뒤 포트의 것"}))
}

func playNoMask(s *Scene) *Conn {
	s.Step(Text{"A client that does not mask breaks a rule. The server closes with 1002, protocol error.",
		"마스킹을 하지 않는 클라이언트는 규칙을 어긴 것이다. 서버는 1002(프로토콜 " +
			"오류)로 닫는다."})
	bare := s.Dial("ws")
	bare.Upgrade("/ws")
	text := []byte(`{"event":"lab:bare"}`)
	bare.sendRaw(wsframe.AppendFrame(nil, wsframe.OpText, text), describe(true, false, wsframe.OpText, text))
	s.wantClose(bare, wsframe.CloseProtocolError)
	bare.Finish()
	s.Find(1, bare.Filter(`websocket.mask == 0 && frame contains "lab:bare"`),
		Text{"the frame without a mask", "마스크가 없는 프레임"})
	s.Find(1, bare.Filter("websocket.payload.close.status_code == 1002"),
		Text{"the server's close frame, with a reason in words", "서버의 close 프레임. 이유가 글로 적혀 있다"})
	return bare
}

func playNoUTF8(s *Scene) *Conn {
	s.Step(Text{"A text must be UTF-8. c3 28 is none: c3 begins a character of two bytes, and 28 can't be the " +
		"second. 1007.",
		"텍스트는 UTF-8이어야 한다. c3 28은 UTF-8이 아니다. c3은 두 바이트 문자의 첫 " +
			"바이트인데 28은 둘째 바이트가 될 수 없다. 결과는 1007이다."})
	wrong := s.Dial("ws")
	wrong.Upgrade("/ws")
	wrong.SendFrame(true, wsframe.OpText, []byte{0xc3, 0x28})
	s.wantClose(wrong, wsframe.CloseInvalidPayload)
	wrong.Finish()
	s.Find(1, wrong.Filter("websocket.payload.close.status_code == 1007"),
		Text{"the server's close frame", "서버의 close 프레임"})
	return wrong
}
