package lessons

import (
	"encoding/json"
	"fmt"
	"strings"

	"pollwire/wire/wsframe"
)

var socketioLesson = Lesson{
	Name: "socketio",
	Title: Text{"long-polling, events and acknowledgements, the upgrade to WebSocket",
		"롱 폴링, 이벤트와 확인 응답, WebSocket으로의 업그레이드"},
	Aim: Text{"Socket.IO sends events by name, over whatever the network lets through: first HTTP requests, then a " +
		"WebSocket. A digit at the front of each packet says what it is.",
		"Socket.IO는 이름이 붙은 이벤트를 네트워크가 허용하는 방법으로 보낸다. 처음에는 HTTP " +
			"요청으로, 그다음에는 WebSocket으로. 패킷 맨 앞의 숫자가 그 종류를 말해 준다."},
	Needs: []string{"http", "ws"},
	Play:  playSocketIO,
}

// ballot is a poll that a lesson makes to have something to vote on.
type ballot struct {
	ID      int64 `json:"id"`
	Options []struct {
		ID int64 `json:"id"`
	} `json:"options"`
}

// Poll makes a poll. remove takes it away again: to be deferred, as the server may be a class's own.
func (s *Scene) Poll(token, title string) (p ballot, remove func()) {
	status := s.Call("POST", "http", "/api/polls", token,
		map[string]any{"title": title, "options": []string{"TCP", "UDP"}}, &p)
	s.Must(status == 201 && len(p.Options) == 2, "POST /api/polls = %d", status)
	return p, s.removing("http", fmt.Sprintf("/api/polls/%d", p.ID), token)
}

// engine is the path of Socket.IO with the revision of Engine.IO that it lies on.
const engine = "/socket.io/?EIO=4&transport="

// playSocketIO plays Engine.IO 4 and Socket.IO 5 by hand; package socketio tells more of both.
func playSocketIO(s *Scene) {
	s.Watch("Content-Type")
	token := s.Guest("Lab")
	p, remove := s.Poll(token, "Socket.IO lesson")
	defer remove()
	c, sid := playEngineOpen(s)
	playConnect(s, c, sid, token)
	playEvent(s, c, sid, p)
	ws := playProbe(s, c, sid)
	playFrames(s, ws, p)
	playEngineClose(s, ws)
}

func playEngineOpen(s *Scene) (c *Conn, sid string) {
	s.Step(Text{"Engine.IO opens a session by a GET. The answer is packet 0 (open): the id of the session, and that a " +
		"WebSocket would do as well.",
		"Engine.IO는 GET으로 세션을 연다. 응답은 패킷 0(open)이며, 세션 id와 WebSocket도 쓸 수 " +
			"있다는 것을 알려 준다."})
	c = s.Dial("ws")
	a := c.Ask("GET", engine+"polling", "").Want(s, 200)
	var open struct {
		Sid          string
		Upgrades     []string
		PingInterval int
	}
	s.Must(strings.HasPrefix(string(a.Body), "0"), "no open packet: %s", a.Body)
	s.Check("open packet", json.Unmarshal(a.Body[1:], &open))
	s.Find(1, c.Filter(`http.response && frame contains "\"upgrades\":[\"websocket\"]"`),
		Text{"the answer with packet 0", "패킷 0이 든 응답"})
	s.Ask(Text{"What in the request keeps the server from taking the later ones for those of another client?",
		"서버는 이후의 요청이 다른 클라이언트의 것이 아님을 무엇으로 아는가?"},
		Text{"The id in the query, sid=%s. HTTP itself remembers nothing, and the requests need not come over one " +
			"connection.",
			"쿼리의 sid=%s 값이다. HTTP 자체는 아무것도 기억하지 않으며, 요청들이 " +
				"같은 연결로 와야 하는 것도 아니다."}.With(open.Sid),
		c.Proof(`http.response && frame contains "upgrades"`, "tcp.len",
			Text{"the bytes of TCP and the raw sequence number of the answer with the id",
				"그 ID를 준 응답의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`http.response && frame contains "upgrades"`, "tcp.seq_raw", Text{}))
	return c, open.Sid
}

func playConnect(s *Scene, c *Conn, sid, token string) {
	s.Step(Text{"POST brings packets to the server, GET fetches those that wait. 40 is 4 (a message) of 0 (CONNECT), " +
		"here with a token.",
		"POST는 패킷을 서버로 보내고 GET은 기다리던 패킷을 가져온다. 40은 4(메시지) 안의 " +
			"0(CONNECT)이며 여기서는 토큰을 담고 있다."})
	s.post(c, sid, `40{"token":"`+token+`"}`)
	hello, _ := s.poll(c, sid, "40{")
	s.Must(strings.HasPrefix(hello, "40{"), "CONNECT was answered by %s", hello)
	s.Find(1, c.Filter(`http.request.method == "POST" && http.file_data contains "40{"`),
		Text{"CONNECT, in the body of a POST", "POST 본문에 든 CONNECT"})
	s.Find(1, c.Filter(`http.response && http.file_data contains "40{"`),
		Text{"its answer, in the body of the answer to a GET", "GET에 대한 응답 본문에 든 그 답"})
}

// post sends packets, and waits for the "ok" that says they were worked on.
func (s *Scene) post(c *Conn, sid, packets string) {
	a := c.Ask("POST", engine+"polling&sid="+sid, packets, "Content-Type: text/plain;charset=UTF-8").Want(s, 200)
	s.Must(string(a.Body) == "ok", "POST was answered by %s", a.Body)
}

// poll asks until something comes with part in it, and tells how often it has asked. A ping is answered; what the
// server tells everybody may come first.
func (s *Scene) poll(c *Conn, sid, part string) (body string, asked int) {
	for {
		body = string(c.Ask("GET", engine+"polling&sid="+sid, "").Want(s, 200).Body)
		asked++
		if body == "2" {
			s.post(c, sid, "3")
		} else if strings.Contains(body, part) {
			return body, asked
		}
	}
}

func playEvent(s *Scene, c *Conn, sid string, p ballot) {
	s.Step(Text{"An event over polling: 42 is a message with an EVENT, and the 7 behind it asks for an acknowledgement " +
		"by that number.",
		"폴링으로 보내는 이벤트. 42는 EVENT가 든 메시지이고, 뒤의 7은 이 번호로 확인 응답을 " +
			"달라는 뜻이다."})
	s.post(c, sid, fmt.Sprintf(`427["vote:cast",{"poll_id":%d,"option_id":%d}]`, p.ID, p.Options[0].ID))
	ack, asked := s.poll(c, sid, `437[{"ok":true`)
	s.Find(1, c.Filter(`http.request.method == "POST" && http.file_data contains "427[\"vote:cast\""`),
		Text{"the event", "이벤트"})
	s.Find(1, c.Filter(`http.response && http.file_data contains "437[{\"ok\":true"`),
		Text{"43 and the 7: its acknowledgement", "43과 7. 그 확인 응답"})
	if result := fmt.Sprintf(`["vote:result",{"poll_id":%d,`, p.ID); !strings.Contains(ack, result) {
		_, more := s.poll(c, sid, result)
		asked += more
	}
	// The dots stand for quotation marks, and for a comma that tshark would take for its own.
	s.Find(1, c.Filter(fmt.Sprintf(`http.response && http.file_data matches "vote:result....poll_id..%d[^0-9]"`, p.ID)),
		Text{"the event that everybody gets. Several packets in one answer have the byte 1e between them",
			"모두에게 가는 이벤트. 응답 하나에 패킷이 여럿이면 사이에 바이트 1e가 있다"})
	s.Varying(1+asked, asked)
	s.Ask(Text{"One vote over polling: how many HTTP requests did it take until the voter knew the result?",
		"폴링으로 투표 한 번을 하고 결과를 알기까지 HTTP 요청이 몇 번 필요했는가?"},
		Text{"%d: a POST with 427, and %d GET until vote:result had come. The acknowledgement, 437, and the result may " +
			"share an answer.",
			"%d번이다. 427을 보낸 POST 하나, 그리고 vote:result가 올 때까지 GET %d번. 확인 응답 437과 " +
				"결과는 한 응답에 함께 올 수 있다."}.With(1+asked, asked),
		c.Proof(`http.request.method == "POST" && http.file_data contains "427["`, "tcp.len",
			Text{"the bytes of TCP and the raw sequence number of the POST with the vote",
				"투표를 실은 POST의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`http.request.method == "POST" && http.file_data contains "427["`, "tcp.seq_raw", Text{}))
}

// playProbe changes from polling to a WebSocket without losing a packet.
func playProbe(s *Scene, c *Conn, sid string) (ws *Conn) {
	s.Step(Text{"The upgrade. The client opens a WebSocket for the same session and tries it: 2probe, answered by " +
		"3probe. Polling goes on meanwhile.",
		"업그레이드. 같은 세션으로 WebSocket을 열고 2probe를 보내 시험한다. 3probe가 답이다. " +
			"그동안 폴링도 계속된다."})
	ws = s.Dial("ws")
	ws.Upgrade(engine + "websocket&sid=" + sid)
	ws.SendText("2probe")
	ws.Await("3probe")
	s.Find(1, ws.Filter(`http.request.uri contains "transport=websocket&sid=`+sid+`"`),
		Text{"the handshake, for the session that polling has opened", "폴링으로 연 세션을 위한 핸드셰이크"})
	s.Find(1, ws.Filter(`websocket && frame contains "3probe"`),
		Text{"the answer to the probe: WebSocket works on this network",
			"시험에 대한 답. 이 네트워크에서 WebSocket이 통한다"})
	playSwitch(s, c, ws, sid)
	return ws
}

func playSwitch(s *Scene, c, ws *Conn, sid string) {
	s.Step(Text{"The GET that is under way is answered with 6 (noop), so that nothing is left on the old way. Then 5: " +
		"from now on the WebSocket.",
		"진행 중인 GET에는 6(noop)이 온다. 옛 길에 남는 것이 없게 하기 위해서다. 그다음 5를 " +
			"보내면 이제부터 WebSocket을 쓴다."})
	for last := ""; last != "6"; { // news of others may come first
		last, _ = s.poll(c, sid, "")
	}
	f := ws.SendText("5")
	c.Finish()
	s.Find(1, c.Filter(`http.response && http.file_data == "6"`),
		Text{"the noop, the last that polling brings", "noop. 폴링으로 오는 마지막 패킷"})
	s.Find(1, ws.Filter(maskedBy(f)),
		Text{"packet 5: a frame of 7 bytes with one character in it",
			"패킷 5. 글자 하나가 든 7바이트 프레임"})
	s.Ask(Text{"Why does the client wait for the 6 before it sends the 5?",
		"클라이언트는 왜 6을 기다렸다가 5를 보내는가?"},
		Text{"Until then a GET may still bring packets. With two ways at once nobody knew their order, and one that comes " +
			"on the way given up would be lost.",
			"그때까지는 GET으로 패킷이 올 수 있기 때문이다. 두 길을 동시에 쓰면 순서를 알 수 " +
				"없고, 버린 길로 온 패킷은 사라진다."},
		c.Proof(`http.response && http.file_data == "6"`, "tcp.seq_raw",
			Text{"the raw sequence number of the answer with the 6",
				"6이 든 응답의 원래(raw) 순서 번호"}))
}

func playFrames(s *Scene, ws *Conn, p ballot) {
	s.Step(Text{"The same event as a frame: one packet there, and its acknowledgement back, without a request or a " +
		"header field.",
		"같은 이벤트를 프레임으로 보낸다. 요청도 헤더 필드도 없이 패킷 하나가 가고 확인 " +
			"응답이 온다."})
	event := fmt.Sprintf(`428["vote:cast",{"poll_id":%d,"option_id":%d}]`, p.ID, p.Options[1].ID)
	f := ws.SendText(event)
	ack := ws.Await(`438[{"ok":true`)
	s.Find(1, ws.Filter(maskedBy(f)),
		Text{"428, masked as all that a client sends",
			"428. 클라이언트가 보내는 것은 모두 그렇듯 마스킹되어 있다"})
	s.Find(1, ws.Filter(`websocket && frame contains "438[{\"ok\":true"`),
		Text{"438, its acknowledgement", "438. 그 확인 응답"})
	s.Varying(len(f), len(ack)) // ids are in both
	s.Ask(Text{"How many bytes did the client send over TCP for the second vote (428, on port %s), and how many of " +
		"these are not the packet itself?",
		"두 번째 투표(포트 %s의 428)를 위해 클라이언트가 TCP로 보낸 것은 몇 바이트이며, 그중 " +
			"패킷이 아닌 것은 몇 바이트인가?"}.With(ws.Port()),
		Text{"%d, of which %d are the header of the frame. Over polling the same took a POST and a GET, with a header " +
			"section each. The acknowledgement has %d bytes.",
			"%d바이트이며 그중 %d바이트가 프레임 헤더이다. 폴링에서는 같은 일에 헤더가 붙은 " +
				"POST와 GET이 하나씩 필요했다. 확인 응답은 %d바이트이다."}.With(
			len(f), len(f)-len(event), len(ack)),
		ws.Proof(`websocket && frame contains "438["`, "tcp.seq_raw", Text{"the raw sequence number of the acknowledgement",
			"확인 응답의 원래(raw) 순서 번호"}),
		ws.Proof(maskedBy(f), "tcp.seq_raw", Text{"and of the vote", "투표의 것"}))
}

func playEngineClose(s *Scene, ws *Conn) {
	s.Step(Text{"41 leaves Socket.IO, 1 ends the session of Engine.IO. The server closes the WebSocket.",
		"41은 Socket.IO를 떠나고 1은 Engine.IO의 세션을 끝낸다. 서버가 WebSocket을 닫는다."})
	ws.SendText("41")
	ws.SendText("1")
	s.wantClose(ws, wsframe.CloseNormal)
	ws.Finish()
	s.Find(1, ws.Filter("websocket.payload.close.status_code == 1000"),
		Text{"the server's close frame", "서버의 close 프레임"})
	s.Ask(Text{"Which digits came first in the packets of this lesson, and which protocol does each belong to?",
		"이 실습의 패킷 앞에는 어떤 숫자들이 있었으며, 각각 어느 프로토콜의 것인가?"},
		Text{"Engine.IO: 0 open, 1 close, 2 and 3 with probe, 4 message, 5 upgrade, 6 noop. Behind a 4 that of Socket.IO: " +
			"0 CONNECT, 1 DISCONNECT, 2 EVENT, 3 ACK.",
			"Engine.IO: 0 open, 1 close, probe가 붙은 2와 3, 4 message, 5 upgrade, 6 noop. 4 뒤의 것은 Socket.IO: 0 " +
				"CONNECT, 1 DISCONNECT, 2 EVENT, 3 ACK."},
		ws.Proof(`websocket.opcode == 8`, "tcp.seq_raw", Text{"the raw sequence number of the close frame at the end",
			"끝의 close 프레임의 원래(raw) 순서 번호"}))
}
