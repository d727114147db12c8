package lessons

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"pollwire/wire/wsframe"
)

var realtimeLesson = Lesson{
	Name: "realtime",
	Title: Text{"the same vote by short polling, long polling, SSE, WebSocket and Socket.IO",
		"같은 투표를 쇼트 폴링, 롱 폴링, SSE, WebSocket, Socket.IO로 받아 보기"},
	Aim: Text{"HTTP answers only who asks. Five ways to hear of a vote at once, side by side: what each costs in " +
		"requests and bytes, and how late it is.",
		"HTTP는 묻는 쪽에만 응답한다. 투표 소식을 곧바로 듣는 다섯 가지 방법을 나란히 놓고 " +
			"요청 수, 바이트 수, 지연을 비교한다."},
	Needs: []string{"http", "ws"},
	Play:  playRealtime,
}

const (
	votes      = 3
	shortPause = 100 * time.Millisecond // between two questions of short polling
)

// playRealtime lets five clients watch one poll while others vote. RFC 6202 is about the first three.
func playRealtime(s *Scene) {
	owner := s.Guest("Lab")
	p, remove := s.Poll(owner, "Realtime lesson")
	defer remove()
	a := newAudience(s, p)
	a.openPolling()
	a.openSSE()
	a.openSocket("WebSocket", "/ws")
	a.openSocket("Socket.IO", engine+"websocket")
	a.castVotes([votes]string{owner, s.Guest("Lab 2"), s.Guest("Lab 3")})
	a.compare()
}

// audience is who watches the poll.
type audience struct {
	*Scene
	poll     ballot
	events   string // the resource of the three ways over HTTP
	heard    chan sighting
	watchers []*watcher
}

func newAudience(s *Scene, p ballot) *audience {
	return &audience{Scene: s, poll: p, events: fmt.Sprintf("/api/events?poll_id=%d", p.ID),
		heard: make(chan sighting, 10*votes)}
}

// add takes somebody in who has said what there is to say. watch then listens in a goroutine of its own until it has
// heard of all votes.
func (a *audience) add(name string, c *Conn, watch func(*watcher) error) *watcher {
	w := &watcher{name: name, conn: c, watch: watch, requests: 1, heard: a.heard, result: resultOf(a.poll.ID)}
	a.watchers = append(a.watchers, w)
	return w
}

// seq asks for the number of the newest event, behind which polling begins.
func (a *audience) seq(c *Conn) (seq int64) {
	var list struct{ Seq int64 }
	a.Check("/api/events", json.Unmarshal(c.Ask("GET", a.events, "").Want(a.Scene, 200).Body, &list))
	return list.Seq
}

func (a *audience) openPolling() {
	a.Step(Text{"Short polling: every 100 ms the client asks what is new since the last number it knows. Mostly it " +
		"is nothing.",
		"쇼트 폴링: 클라이언트가 마지막으로 아는 번호 뒤에 새것이 있는지 100 ms마다 " +
			"묻는다. 대개는 없다."})
	short := a.metered("http")
	seq := a.seq(short)
	a.add("short polling", short, func(w *watcher) error { return w.ask(a.ctx, a.events, seq, shortPause) })
	a.FindSome(short.Filter(`http.request.uri contains "since="`),
		Text{"the questions, which begin with the vote; the last step has their number",
			"질문들. 투표와 함께 시작되며 그 수는 마지막 단계에 있다"})

	a.Step(Text{"Long polling: the same question, with wait=25. The server answers as soon as there is something, or " +
		"after 25 seconds.",
		"롱 폴링: 같은 질문에 wait=25를 붙인다. 서버는 새것이 생기는 즉시, 또는 25초 뒤에 " +
			"응답한다."})
	long := a.metered("http")
	since := a.seq(long)
	a.add("long polling", long, func(w *watcher) error { return w.ask(a.ctx, a.events+"&wait=25", since, 0) })
	a.Find(votes, long.Filter(`http.request.uri contains "wait=25"`),
		Text{"one question for each of the votes that follow", "뒤따르는 투표마다 질문 하나"})
}

func (a *audience) openSSE() {
	a.Step(Text{"Server-Sent Events: one request, and an answer that does not end. Each event is a chunk of it.",
		"SSE(Server-Sent Events): 요청은 하나이고 응답이 끝나지 않는다. 이벤트마다 청크 " +
			"하나가 온다."})
	c := a.metered("http")
	c.Send(c.Request("GET", a.events, "", "Accept: text/event-stream"))
	c.SetReadDeadline(time.Now().Add(patience))
	resp, err := http.ReadResponse(c.in, nil)
	a.Check("event stream", err)
	a.Must(resp.StatusCode == 200, "the event stream was answered by %s", resp.Status)
	a.say(Event{Type: Received, Lines: []string{resp.Proto + " " + resp.Status, "Content-Type: " +
		resp.Header.Get("Content-Type")}})
	a.add("SSE", c, func(w *watcher) error { return w.stream(resp.Body) })
	a.Find(1, c.Filter("http.request"), Text{"the only request", "단 하나의 요청"})
	a.Find(votes, `frame contains "event: vote:result" && tcp.dstport == `+c.Port(),
		Text{"packets with an event, one for each of the votes that follow",
			"이벤트가 든 패킷. 뒤따르는 투표마다 하나"})
}

func (a *audience) openSocket(name, target string) {
	what := Text{"WebSocket: one handshake, then a frame for each event. Either side may send at any time.",
		"WebSocket: 핸드셰이크 한 번, 그다음부터 이벤트마다 프레임 하나. 양쪽 모두 언제든 " +
			"보낼 수 있다."}
	if target != "/ws" {
		what = Text{"Socket.IO, here over a WebSocket from the start: packets in frames, and a handshake of its own (0, 40).",
			"Socket.IO. 여기서는 처음부터 WebSocket 위에서 쓴다. 프레임 안에 패킷이 들어가고 자체 " +
				"핸드셰이크(0, 40)가 있다."}
	}
	a.Step(what)
	c := a.metered("ws")
	c.Upgrade(target)
	if target != "/ws" {
		c.Await(`0{"sid"`)
		c.SendText("40")
		c.Await(`40{"sid"`)
	}
	a.add(name, c, (*watcher).frames)
	a.Find(1, c.Filter("http.request"), Text{"the handshake", "핸드셰이크"})
	// No comma may stand in a filter: [^p] passes over what is between the two names.
	a.Find(votes, fmt.Sprintf(
		`websocket && frame matches "vote:result[^p]*poll_id..%d[^0-9]" && tcp.dstport == %s`, a.poll.ID, c.Port()),
		Text{"packets with a frame that tells a result, one for each of the votes that follow",
			"결과를 알리는 프레임이 든 패킷. 뒤따르는 투표마다 하나"})
}

// castVotes casts one vote after the other, each when all have heard of the one before.
func (a *audience) castVotes(tokens [votes]string) {
	a.Step(Text{"%d people vote, one after the other. All five clients listen.",
		"%d명이 차례로 투표하고 다섯 클라이언트가 모두 듣는다."}.With(votes))
	c := a.Dial("http")
	all := false
	heard := a.listen()
	defer heard(&all)
	target := fmt.Sprintf("/api/polls/%d/vote", a.poll.ID)
	for i, token := range tokens {
		a.Pause(shortPause * 13 / 10) // not always at the same moment between two questions
		body := fmt.Sprintf(`{"option_id":%d}`, a.poll.Options[i%2].ID)
		began := time.Now()
		c.Ask("POST", target, body, "Content-Type: application/json", "Authorization: Bearer "+token).Want(a.Scene, 200)
		a.allHear(i+1, began)
	}
	all = true
	c.Finish()
	a.Find(votes, c.Filter(`http.request.uri == "`+target+`"`), Text{"the votes", "투표 요청"})
}

// listen lets all watch. wait waits for them; all tells whether every vote was heard of.
func (a *audience) listen() (wait func(all *bool)) {
	var listening sync.WaitGroup
	for _, w := range a.watchers {
		listening.Go(func() {
			if err := w.watch(w); err != nil {
				a.heard <- sighting{w, -1, time.Now(), err}
			}
		})
	}
	return func(all *bool) {
		if !*all { // the scene has failed: nobody must go on waiting
			for _, w := range a.watchers {
				w.conn.Close()
			}
		}
		listening.Wait()
	}
}

// allHear waits until all have heard of the nth vote.
func (a *audience) allHear(n int, began time.Time) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for range a.watchers {
		select {
		case seen := <-a.heard:
			a.Check(seen.name, seen.err)
			a.Must(seen.voters == n, "%s has heard of %d votes, not of %d", seen.name, seen.voters, n)
			seen.delay += seen.at.Sub(began)
		case <-timeout.C:
			a.Fail("not everybody has heard of vote %d", n)
		case <-a.ctx.Done():
			a.Pause(0)
		}
	}
}

// compare ends the connections and prints what they cost.
func (a *audience) compare() {
	a.Step(Text{"The clients leave. What has it cost, from the first byte to the last?",
		"클라이언트들이 떠난다. 첫 바이트부터 마지막 바이트까지 비용은 얼마였는가?"})
	var rows [][]string
	for _, w := range a.watchers {
		if strings.Contains(w.name, "Socket") {
			w.conn.SendFrame(true, wsframe.OpClose, []byte{wsframe.CloseNormal >> 8, wsframe.CloseNormal & 0xFF})
		}
		w.conn.Finish()
		rows = append(rows, []string{w.name, fmt.Sprint(w.requests), fmt.Sprint(w.sent()), fmt.Sprint(w.received()),
			w.latency()})
	}
	a.findCosts()
	a.Table(Text{"%d votes, heard by\trequests\tbytes sent\tbytes received\tdelay (ms)",
		"투표 %d번\t요청\t보낸 바이트\t받은 바이트\t지연(ms)"}.With(votes), rows...)
	a.Note(Text{"Bytes are those that TCP carried, with the handshakes. The delay is the mean time from before the vote " +
		"is sent until it is heard. WebSocket and Socket.IO hear all events of the server, not only those of this poll.",
		"바이트 수는 TCP가 나른 페이로드이며 핸드셰이크를 포함한다. 지연은 투표를 보내기 " +
			"직전부터 소식을 듣기까지의 평균이다. WebSocket과 Socket.IO는 이 투표만이 아니라 " +
			"서버의 모든 이벤트를 듣는다."})
	a.askAll()
}

func (a *audience) findCosts() {
	for _, w := range a.watchers[:2] {
		a.Find(w.requests, w.conn.Filter("http.request"), Text{"requests of %s", "%s의 요청"}.With(w.name))
	}
	for _, w := range a.watchers { // on a busy machine TCP sends a FIN once more: that one has an analysis flag
		a.Find(1, fmt.Sprintf(
			"tcp.flags.fin == 1 && tcp.seq == %d && tcp.srcport == %s && !tcp.analysis.flags", w.sent()+1, w.conn.Port()),
			Text{"the FIN of %s: its sequence number is 1 more than the bytes sent",
				"%s의 FIN. 순서 번호가 보낸 바이트 수보다 1 크다"}.With(w.name))
	}
}

func (a *audience) askAll() {
	short, long, sse, ws := a.watchers[0], a.watchers[1], a.watchers[2], a.watchers[3]
	a.Ask(Text{"Short polling made %d requests for %d votes. How many of them were in vain, and what would a longer " +
		"pause change?",
		"쇼트 폴링은 투표 %[2]d번에 요청을 %[1]d번 했다. 그중 헛된 것은 몇 " +
			"번이며, 간격을 늘리면 무엇이 달라지는가?"}.With(short.requests, votes),
		Text{"%d: all but the %d that brought a vote. A longer pause saves requests and makes the news later: the mean " +
			"delay was %s ms with a pause of %v, and goes up with it.",
			"%d번이다. 투표를 가져온 %d번만 쓸모가 있었다. 간격을 늘리면 요청은 줄지만 소식이 " +
				"늦어진다. 지금의 평균 지연은 %s ms이고(간격 %v), 간격과 함께 늘어난다."}.With(
			short.requests-votes, votes, short.latency(), shortPause),
		short.conn.Proof(`tcp.flags.fin == 1`, "tcp.seq_raw", Text{"the raw sequence numbers of both FIN of that connection",
			"그 연결의 두 FIN의 원래(raw) 순서 번호"}))
	a.Ask(Text{"Long polling is hardly later than SSE (%s and %s ms). What does it pay for each event instead?",
		"롱 폴링은 SSE보다 거의 늦지 않다(%s ms와 %s ms). 대신 이벤트마다 무엇을 더 " +
			"치르는가?"}.With(long.latency(), sse.latency()),
		Text{"A request and the fields of an answer: it sent %d bytes and received %d, SSE %d and %d.",
			"이벤트마다 요청 하나와 응답의 헤더 필드를 치른다. 롱 폴링은 %d바이트를 보내고 " +
				"%d바이트를 받았고, SSE는 %d바이트와 %d바이트였다."}.With(
			long.sent(), long.received(), sse.sent(), sse.received()),
		long.conn.Proof(`http.response && http.response.code == 200`, "tcp.len",
			Text{"the bytes of TCP and the raw sequence number of each answer to long polling",
				"롱 폴링 응답마다의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		long.conn.Proof(`http.response && http.response.code == 200`, "tcp.seq_raw", Text{}))
	a.Ask(Text{"How can the sums of the table be checked in the capture?",
		"표의 바이트 수를 캡처에서 어떻게 확인할 수 있는가?"},
		Text{"By the sequence number of the FIN: Wireshark counts from 0 at the SYN, so WebSocket's on port %s, %d, says " +
			"that %d bytes were sent before it.",
			"FIN의 순서 번호로 확인한다. Wireshark는 SYN을 0으로 센다. 포트 %s에서 WebSocket의 FIN은 " +
				"순서 번호가 %d이므로 그 앞에 %d바이트를 보낸 것이다."}.With(
			ws.conn.Port(), ws.sent()+1, ws.sent()),
		ws.conn.Proof(`tcp.flags.syn == 1`, "tcp.seq_raw",
			Text{"the raw sequence numbers from which Wireshark counts, on WebSocket's connection",
				"WebSocket의 연결에서 Wireshark가 0으로 세는 원래(raw) 순서 번호들"}))
}
