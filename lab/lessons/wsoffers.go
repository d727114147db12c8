package lessons

import "pollwire/wire/wsframe"

// What a client may offer in the handshake, and a server may take or leave: subprotocols (RFC 6455 §1.9) and
// extensions (§9), of which there is one that everybody knows, permessage-deflate (RFC 7692). This server takes none.

func playOffers(s *Scene) {
	c := playOffer(s)
	playCompressedAnyway(s, c)
}

func playOffer(s *Scene) *Conn {
	s.Step(Text{"A client that offers two subprotocols and permessage-deflate. The server says in its 101 what it " +
		"takes of that. It takes nothing, and so there is nothing of it: neither may use what the other has not agreed to.",
		"서브프로토콜 둘과 permessage-deflate를 제안하는 클라이언트. 서버는 무엇을 " +
			"받아들이는지 101에 적는다. 이 서버는 아무것도 받아들이지 않으므로 쓸 수 없다. " +
			"상대가 동의하지 않은 것은 쓰면 안 된다."})
	c := s.Dial("ws")
	key := newKey()
	a := c.Ask("GET", "/ws", "", append(upgradeFields(key), "Sec-WebSocket-Protocol: lab.v2, lab.v1",
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")...).Want(s, 101)
	s.Must(a.Header.Get("Sec-WebSocket-Protocol")+a.Header.Get("Sec-WebSocket-Extensions") == "",
		"the server took what was offered: %v", a.Header)
	s.Find(1, c.Filter(`http.sec_websocket_protocol contains "lab.v2"`),
		Text{"the names that the client knows, the best first", "클라이언트가 아는 이름들. 좋은 것부터"})
	s.Find(1, c.Filter(`http.sec_websocket_extensions contains "permessage-deflate"`),
		Text{"the offer to compress", "압축하자는 제안"})
	s.Find(0, c.Filter("http.response.code == 101 && (http.sec_websocket_protocol || http.sec_websocket_extensions)"),
		Text{"no field in the 101 takes any of it. A server that takes a subprotocol names one",
			"101에는 그것을 받아들이는 필드가 없다. 서브프로토콜을 받아들이는 서버는 하나를 " +
				"적는다"})
	return c
}

// playCompressedAnyway sends what only permessage-deflate may: RSV1 says that a message is compressed (RFC 7692 §6).
func playCompressedAnyway(s *Scene, c *Conn) {
	s.Step(Text{"A client that compresses all the same. The bit RSV1, which says so, has no meaning here: 1002.",
		"그런데도 압축해서 보내는 클라이언트. 압축을 뜻하는 RSV1 비트는 여기서 아무 뜻이 " +
			"없다. 결과는 1002이다."})
	text := []byte{0xca, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00} // "Hello", as RFC 7692 §7.2.3.2 has it
	f := masked(true, wsframe.OpText, random(4), text)
	f[0] |= 0x40
	c.sendRaw(f, describe(true, true, wsframe.OpText, text))
	s.wantClose(c, wsframe.CloseProtocolError)
	c.Finish()
	s.Find(1, c.Filter("websocket.rsv == 4 && websocket.mask == "+
		"1"), Text{"the frame with RSV1", "RSV1이 켜진 프레임"})
	s.Find(1, c.Filter("websocket.payload.close.status_code == 1002"),
		Text{"the server's close frame", "서버의 close 프레임"})
}
