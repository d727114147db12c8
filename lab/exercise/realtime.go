package exercise

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

var realtime = Exercise{
	Name:   "realtime",
	Lesson: "realtime",
	Title:  Text{"One change, heard in four ways", "네 가지 방법으로 듣는 변화 하나"},
	Aim: Text{"You find the same event in answers, chunks and frames, and compare what it costs and when it comes.",
		"같은 이벤트를 응답, 청크, 프레임에서 찾아 드는 바이트와 도착한 때를 비교한다."},
	Make: makeRealtime,
}

// heardRun is about one event by long polling (RFC 6202), Server-Sent Events (HTML Standard §9.2), WebSocket and
// Socket.IO.
type heardRun struct {
	code, title string
	options     [2]string
	votes, more int // how many, and how many while the stream is away
	asked, at   int // the vote that is asked about; that whose event is named when the stream is opened again
	heardIn         // a capture
}

// heardIn is what is found in a capture.
type heardIn struct {
	c            *Capture
	poll         int64
	made         bool      // the poll was
	cast         []request // votes
	long, short  []request // polling
	sse, again   *request  // the stream, and the one that goes on behind it
	web, sio     *apps.Talk
	events       []told // of the stream, those that tell a result
	told, before *told  // the one that is asked about, and the one by which the stream is resumed
}

// told is an event of a stream, and the chunk that brought it.
type told struct {
	id    int64
	name  string
	text  []byte     // the event as it is written
	size  int64      // of the chunk
	chunk apps.Range // with its size and its line ends
}

func makeRealtime(r *Run) *Sheet {
	x := &heardRun{code: r.Code, title: fmt.Sprintf("%s-%d", r.Code, r.Between(100, 999)), votes: r.Between(4, 7),
		more: r.Between(2, 5)}
	for i := range x.options { // how long they are, so long is an event
		x.options[i] = strings.Join(colours[:r.Between(1, len(colours))], " ") + fmt.Sprintf(" %d", i+1)
	}
	x.asked, x.at = r.Between(2, x.votes-1), r.Between(1, x.votes-2)
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.streamed(), x.costs(), x.whens()),
		Play: x.play}
}

var colours = []string{"crimson", "emerald", "indigo", "silver", "scarlet", "yellow", "orange", "brown"}

func (x *heardRun) find(c *Capture) bool {
	x.heardIn = heardIn{c: c, web: &apps.Talk{}, sio: &apps.Talk{}}
	all := c.requests(x.code)
	for _, r := range all {
		x.madeBy(r)
	}
	for _, r := range all {
		x.sort(r)
	}
	if x.sse != nil {
		for _, e := range eventsOf(*x.sse) {
			if e.name == "vote:result" {
				x.events = append(x.events, e)
			}
		}
	}
	x.told, x.before = x.nth(x.asked), x.nth(x.at)
	return len(all) > 0
}

func (x *heardRun) nth(n int) *told {
	if len(x.events) < n {
		return nil
	}
	return &x.events[n-1]
}

// madeBy takes note of the run's poll.
func (x *heardRun) madeBy(r request) {
	var sent struct {
		Title   string
		Options []string
	}
	var got struct{ ID int64 }
	if !x.made && r.Method == "POST" && r.path == "/api/polls" && r.Answer != nil && r.Answer.Status == 201 &&
		json.Unmarshal(r.Body, &sent) == nil && sent.Title == x.title && slices.Equal(sent.Options, x.options[:]) &&
		json.Unmarshal(r.Answer.Body, &got) == nil {
		x.made, x.poll = true, got.ID
	}
}

// sort finds out what a request is for.
func (x *heardRun) sort(r request) {
	events := r.Method == "GET" && r.path == "/api/events" && x.made && r.Answer != nil && r.Answer.Status == 200 &&
		r.query.Get("poll_id") == strconv.FormatInt(x.poll, 10)
	stream := events && strings.HasPrefix(r.Answer.Get("Content-Type"), "text/event-stream")
	switch {
	case r.Method == "POST" && x.made && r.path == fmt.Sprintf("/api/polls/%d/vote", x.poll):
		if r.Answer != nil && r.Answer.Status == 200 {
			x.cast = append(x.cast, r)
		}
	case stream && r.Get("Last-Event-ID") != "":
		if x.again == nil {
			x.again = &r
		}
	case stream && x.sse == nil:
		x.sse = &r
	case !stream && events && r.query.Get("wait") != "":
		x.long = append(x.long, r)
	case !stream && events && r.query.Get("since") != "":
		x.short = append(x.short, r)
	case r.path == "/ws" && r.talk.Upgrade == r.HTTP && x.web.Stream == nil:
		x.web = r.talk
	case r.path == "/socket.io/" && r.talk.Upgrade == r.HTTP && x.sio.Stream == nil:
		x.sio = r.talk
	}
}

// eventsOf reads the events of a stream, each with the chunk in which it begins.
func eventsOf(r request) (all []told) {
	for _, part := range r.talk.Sent[trace.Server].Chunks() {
		at := r.Answer.Head - part.From
		if at < 0 || at > int64(len(part.Data)) {
			continue
		}
		for _, size := range r.Answer.Chunks {
			line := int64(bytes.Index(part.Data[at:], []byte("\r\n"))) + 2
			end := at + line + int64(size) + 2
			if line < 2 || end > int64(len(part.Data)) {
				return all
			}
			chunk := apps.Range{Side: trace.Server, From: part.From + at, To: part.From + end}
			chunk.Packet = r.talk.Sent[trace.Server].Complete(chunk.From, chunk.To)
			for _, text := range bytes.SplitAfter(part.Data[at+line:end-2], []byte("\n\n")) {
				if e := (told{text: text, size: int64(size), chunk: chunk}); e.read() {
					all = append(all, e)
				}
			}
			at = end
		}
	}
	return all
}

// read takes the id and the name out of an event (HTML Standard §9.2.6).
func (e *told) read() bool {
	for line := range strings.SplitSeq(string(e.text), "\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "id":
			e.id, _ = strconv.ParseInt(value, 10, 64)
		case "event":
			e.name = value
		}
	}
	return e.name != ""
}

// answered is the request of long polling whose answer brought the event.
func (x *heardRun) answered() *request {
	for i, r := range x.long {
		if slices.Contains(seqs(r), x.told.id) {
			return &x.long[i]
		}
	}
	return nil
}

// seqs are the numbers of the events that an answer brought.
func seqs(r request) (all []int64) {
	var list struct{ Events []struct{ Seq int64 } }
	json.Unmarshal(r.Answer.Body, &list)
	for _, e := range list.Events {
		all = append(all, e.Seq)
	}
	return all
}

// framed is the frame that brought the event: to a WebSocket with its number as "seq", by Socket.IO with its number as
// the last argument.
func (x *heardRun) framed(t *apps.Talk) *apps.Frame {
	for _, f := range t.WebSocket[trace.Server] {
		text := f.Payload()
		if f.Opcode == apps.OpText && (seqOfFrame(text) == x.told.id || lastArgument(text) == x.told.id) {
			return f
		}
	}
	return nil
}

func seqOfFrame(text []byte) int64 {
	var in struct{ Seq int64 }
	if json.Unmarshal(text, &in) != nil {
		return -1
	}
	return in.Seq
}

func lastArgument(packet []byte) int64 {
	list, ok := bytes.CutPrefix(packet, []byte("42["))
	at := bytes.LastIndexByte(list, ',')
	if !ok || at < 0 {
		return -1
	}
	n, err := strconv.ParseInt(string(bytes.Trim(list[at+1:], `"]`)), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (x *heardRun) tasks() []Task {
	return []Task{
		{"poll", Text{"Make a poll with the title %s and the options \"%s\" and \"%s\": POST /api/polls?run=%s.",
			"제목이 %s이고 선택지가 \"%s\"와 \"%s\"인 투표를 만든다: POST /api/polls?run=%s."}.With(
			x.title, x.options[0], x.options[1], x.code),
			func() bool { return x.made }},
		{"listen", Text{"Listen to it in four ways at once: (1) long polling, GET " +
			"/api/events?poll_id=ID&since=SEQ&wait=25&run=%[1]s again and again; (2) Server-Sent Events, GET " +
			"/api/events?poll_id=ID&run=%[1]s; (3) a WebSocket at /ws?run=%[1]s; (4) Socket.IO over a " +
			"WebSocket, with run=%[1]s in its query.",
			"네 가지 방법으로 동시에 듣는다. (1) 롱 폴링: GET " +
				"/api/events?poll_id=ID&since=SEQ&wait=25&run=%[1]s 요청을 되풀이한다. (2) Server-Sent Events: " +
				"GET /api/events?poll_id=ID&run=%[1]s. (3) /ws?run=%[1]s 경로의 WebSocket. (4) 쿼리에 " +
				"run=%[1]s 값을 넣은 WebSocket 위의 Socket.IO."}.With(x.code),
			func() bool {
				return len(x.long) > 0 && x.sse != nil && x.web.Stream != nil && x.sio.Stream != nil
			}},
		{"votes", Text{"While all listen, vote %d times, for the other option each time: POST /api/polls/ID/vote?run=%s. " +
			"Leave the others the time to hear of a vote before the next.",
			"모두 듣는 동안 매번 다른 선택지로 %d번 투표한다: POST /api/polls/ID/vote?run=%s. 다음 " +
				"투표 전에 모두가 소식을 들을 시간을 둔다."}.With(x.votes, x.code),
			func() bool { return len(x.events) >= x.votes && len(x.cast) >= x.votes }},
		{"short", Text{"Meanwhile, also ask by short polling, now and then, and before and behind each vote: GET " +
			"/api/events?poll_id=ID&since=SEQ&run=%s.",
			"그사이에 쇼트 폴링으로도 투표 앞뒤로 여러 번 묻는다: GET " +
				"/api/events?poll_id=ID&since=SEQ&run=%s."}.With(x.code), func() bool { return len(x.short) > 0 }},
		{"again", Text{"End the stream of Server-Sent Events, vote %d times more, and open the stream again, with the " +
			"id of the event of vote %d in Last-Event-ID.",
			"Server-Sent Events 스트림을 끊고 %d번 더 투표한 다음, Last-Event-ID에 %d번째 투표의 " +
				"이벤트 id를 넣어 스트림을 다시 연다."}.With(x.more, x.at),
			func() bool {
				return x.again != nil && x.before != nil && x.again.Get("Last-Event-ID") == fmt.Sprint(x.before.id)
			}},
	}
}

// of makes a func of a value of the event that is asked about, for it may not be there.
func (x *heardRun) of(value func(e *told) Value) func() Value {
	return func() Value {
		if x.told == nil {
			return Value{}
		}
		return value(x.told)
	}
}

// inFrame is a value of the frame that brought it.
func (x *heardRun) inFrame(t **apps.Talk, value func(*apps.Frame) Value) func() Value {
	return x.of(func(*told) Value {
		if f := x.framed(*t); f != nil {
			return value(f)
		}
		return Value{}
	})
}

// inAnswer is a value of the exchange of long polling that brought it.
func (x *heardRun) inAnswer(value func(asked, answer *apps.HTTP) Value) func() Value {
	return x.of(func(*told) Value {
		if r := x.answered(); r != nil {
			return value(r.HTTP, r.Answer)
		}
		return Value{}
	})
}

func (x *heardRun) streamed() []Field {
	port := func(r **request) func() Value {
		return func() Value {
			if *r == nil {
				return Value{}
			}
			return portOf((*r).talk.Stream, trace.Client)
		}
	}
	of := func(n int) func() Value {
		return func() Value {
			if e := x.nth(n); e != nil {
				return Of(e.id)
			}
			return Value{}
		}
	}
	return []Field{
		{ID: "client_port", Type: Port, Needs: "again",
			Text: Text{"Which port has the client on the connection on which it goes on with Server-Sent Events?",
				"Server-Sent Events를 이어서 받는 연결에서 클라이언트의 포트는?"},
			Right: port(&x.again), Mistakes: []Mistake{{port(&x.sse), Text{"That is the port of the first stream.",
				"그것은 첫 스트림의 포트입니다."}}}},
		{ID: "id", Type: Num, Needs: "votes",
			Text: Text{"Which id has the event of vote %d in the stream of Server-Sent Events?",
				"Server-Sent Events 스트림에서 %d번째 투표의 이벤트 id는?"}.With(x.asked),
			Right: of(x.asked),
			Mistakes: []Mistake{{of(x.asked - 1), Text{"That is the event of the vote before.",
				"그것은 그 앞 투표의 이벤트입니다."}},
				{of(x.asked + 1), Text{"That is the event of the next vote.", "그것은 다음 투표의 이벤트입니다."}},
				{func() Value { return Of(x.poll) }, Text{"That is the id of the poll.", "그것은 투표의 id입니다."}}}},
		{ID: "chunk", Type: Num, Unit: "bytes", Needs: "votes",
			Text: Text{"How many bytes has the chunk that brought the event of vote %d to the stream?",
				"%d번째 투표의 이벤트를 스트림으로 가져온 청크는 몇 바이트인가?"}.With(x.asked),
			Right: x.of(func(e *told) Value { return Of(e.size) }),
			Mistakes: []Mistake{
				{x.of(digitsAsDecimal), Text{"The size of a chunk is written in hex.",
					"청크의 길이는 16진수로 적혀 있습니다."}},
				{x.of(func(e *told) Value { return Of(e.chunk.To - e.chunk.From) }),
					Text{"That is with its size and its line ends.", "그것은 길이와 줄 끝까지 합친 것입니다."}},
				{x.of(func(e *told) Value { return Of(len(saidBy(e.text))) }),
					Text{"That is the data alone; id and event stand in the chunk, too.",
						"그것은 data만입니다. id와 event도 청크에 들어 있습니다."}}}},
	}
}

// digitsAsDecimal is what the size of a chunk seems to be where it has no letters.
func digitsAsDecimal(e *told) Value {
	n, err := strconv.Atoi(strconv.FormatInt(e.size, 16))
	if err != nil {
		return Value{}
	}
	return Of(n)
}

// saidBy is what an event of a stream says.
func saidBy(text []byte) []byte {
	_, data, _ := bytes.Cut(text, []byte("data: "))
	return bytes.TrimRight(data, "\n")
}

func (x *heardRun) costs() []Field {
	return []Field{
		{ID: "long_cost", Type: Num, Unit: "bytes", Needs: "votes",
			Text: Text{"How many bytes of TCP payload did the event of vote %d cost by long polling: the request and the " +
				"answer that brought it, header sections and bodies?",
				"%d번째 투표의 이벤트에 롱 폴링으로는 TCP 페이로드가 몇 바이트 들었는가? 그것을 " +
					"가져온 요청과 응답의 헤더와 본문을 모두 합한다."}.With(x.asked),
			Right: x.inAnswer(func(m, a *apps.HTTP) Value { return Of(m.To - m.From + a.To - a.From) }),
			Mistakes: []Mistake{
				{x.inAnswer(func(_, a *apps.HTTP) Value { return Of(a.To - a.From) }),
					Text{"The request belongs to it, too.", "요청도 포함해야 합니다."}},
				{x.inAnswer(func(_, a *apps.HTTP) Value { return Of(len(a.Body)) }),
					Text{"That is the body alone.", "그것은 본문만입니다."}},
				{x.inAnswer(func(m, a *apps.HTTP) Value { return Of(m.To - m.From + int64(len(a.Body))) }),
					Text{"The header section of the answer is missing.", "응답의 헤더가 빠졌습니다."}}}},
		{ID: "ws_cost", Type: Num, Unit: "bytes", Needs: "votes",
			Text: Text{"How many bytes did the event of vote %d cost on the WebSocket (/ws), all of the frame?",
				"%d번째 투표의 이벤트는 WebSocket(/ws)에서 프레임 전체가 몇 바이트였는가?"}.With(x.asked),
			Right: x.inFrame(&x.web, func(f *apps.Frame) Value { return Of(f.To - f.From) }),
			Mistakes: []Mistake{
				{x.inFrame(&x.web, func(f *apps.Frame) Value { return Of(len(f.Raw)) }),
					Text{"The header of the frame is missing.", "프레임의 헤더가 빠졌습니다."}},
				{x.inFrame(&x.sio, func(f *apps.Frame) Value { return Of(f.To - f.From) }),
					Text{"That is what Socket.IO takes.", "그것은 Socket.IO의 것입니다."}},
				{x.inFrame(&x.web, func(f *apps.Frame) Value { return Of(f.To - f.From + 4) }),
					Text{"A server does not mask: there is no key in the header.",
						"서버는 마스킹하지 않으므로 헤더에 키가 없습니다."}}}},
		{ID: "sio", Type: Packets, Needs: "votes",
			Text: Text{"Which packet of your file brings the event of vote %d by Socket.IO?",
				"%d번째 투표의 이벤트를 Socket.IO로 가져온 것은 이 파일의 몇 번 패킷인가?"}.With(x.asked),
			Right: x.inFrame(&x.sio, frameAt),
			Mistakes: []Mistake{{x.inFrame(&x.web, frameAt), Text{"That is the frame to the WebSocket at /ws.",
				"그것은 /ws의 WebSocket으로 온 프레임입니다."}}}},
		{ID: "four", Type: Packets, Needs: "votes",
			Text: Text{"Which four packets of your file bring the event of vote %d, by the four ways? Where one takes several " +
				"packets: the last of them.",
				"%d번째 투표의 이벤트를 네 방법으로 가져온 패킷 넷은 이 파일의 몇 번인가? 한 " +
					"방법에 패킷이 여럿이면 마지막 것."}.With(x.asked),
			Right:    x.of(func(*told) Value { return x.four() }),
			Mistakes: []Mistake{{x.of(func(*told) Value { return x.votesWith(x.asked) }), thatVote}}},
	}
}

var thatVote = Text{"That is the vote.", "그것은 투표 요청입니다."}

// four are the packets that brought the event, by each of the ways; none where one is missing.
func (x *heardRun) four() Value {
	r, web, sio := x.answered(), x.framed(x.web), x.framed(x.sio)
	if r == nil || web == nil || sio == nil {
		return Value{}
	}
	return Numbered(r.Answer.Packet, x.told.chunk.Packet, web.Packet, sio.Packet)
}

// votesWith is the packet with a vote.
func (x *heardRun) votesWith(n int) Value {
	if len(x.cast) < n {
		return Value{}
	}
	return Numbered(x.cast[n-1].Packet)
}

// after is the time from the vote that is asked about to a packet.
func (x *heardRun) after(packet int) Value {
	if len(x.cast) < x.asked || packet == 0 {
		return Value{}
	}
	return Of(x.c.Packet(packet).Time.Sub(x.c.Packet(x.cast[x.asked-1].Packet).Time).Seconds())
}

func (x *heardRun) untilAnswer() Value {
	if len(x.cast) < x.asked {
		return Value{}
	}
	return x.after(x.cast[x.asked-1].Answer.Packet)
}

// answers counts those to short polling, by how many events they brought.
func (x *heardRun) answers(fits func(events int) bool) func() Value {
	return func() Value {
		n := 0
		for _, r := range x.short {
			if fits(len(seqs(r))) {
				n++
			}
		}
		return Of(n)
	}
}

// came counts events of the second stream.
func (x *heardRun) came(fits func(told) bool) func() Value {
	return func() Value {
		if x.again == nil || x.before == nil {
			return Value{}
		}
		n := 0
		for _, e := range eventsOf(*x.again) {
			if fits(e) {
				n++
			}
		}
		return Of(n)
	}
}

func (x *heardRun) whens() []Field {
	last := func() int64 { return x.events[len(x.events)-1].id }
	return []Field{
		{ID: "delay", Type: Num, Unit: "s", Within: 2e-6, Needs: "votes",
			Text: Text{"How much time lies between the packet with which the request of vote %d was complete and the one that " +
				"brought its event to the WebSocket (/ws), to 2 microseconds?",
				"%d번째 투표의 요청이 다 갖추어진 패킷과 그 이벤트를 WebSocket(/ws)으로 가져온 패킷 " +
					"사이의 시간은? 오차 2마이크로초까지."}.With(x.asked),
			Right: x.inFrame(&x.web, func(f *apps.Frame) Value { return x.after(f.Packet) }),
			Mistakes: []Mistake{
				{x.of(func(*told) Value { return x.untilAnswer() }),
					Text{"That is the time until the vote was answered.", "그것은 투표의 응답까지 걸린 시간입니다."}},
				{x.of(func(e *told) Value { return x.after(e.chunk.Packet) }),
					Text{"That is the time until it came by Server-Sent Events.",
						"그것은 Server-Sent Events로 온 때까지의 시간입니다."}},
				{x.inFrame(&x.sio, func(f *apps.Frame) Value { return x.after(f.Packet) }),
					Text{"That is the time until it came by Socket.IO.",
						"그것은 Socket.IO로 온 때까지의 시간입니다."}}}},
		{ID: "empty", Type: Num, Needs: "short",
			Text: Text{"How many answers to short polling brought no event?",
				"쇼트 폴링의 응답 가운데 이벤트가 없는 것은 몇 개인가?"},
			Right: x.answers(func(events int) bool { return events == 0 }),
			Mistakes: []Mistake{
				{x.answers(func(int) bool { return true }), Text{"Those are all of them.",
					"그것은 응답 전부의 수입니다."}},
				{x.answers(func(events int) bool { return events > 0 }), Text{"Those brought an event.",
					"그것은 이벤트를 가져온 응답의 수입니다."}}}},
		{ID: "again", Type: Num, Needs: "again",
			Text: Text{"How many events of the second stream had been sent by the first one already?",
				"둘째 스트림의 이벤트 가운데 첫 스트림에서 이미 보냈던 것은 몇 개인가?"},
			Right: x.came(func(e told) bool { return e.id <= last() }),
			Mistakes: []Mistake{
				{x.came(func(told) bool { return true }), Text{"Those are all of the second stream; some are new.",
					"그것은 둘째 스트림의 전부입니다. 새로운 것도 있습니다."}},
				{x.came(func(e told) bool { return e.id > last() }), Text{"Those are the new ones.",
					"그것은 새로운 이벤트의 수입니다."}}}},
	}
}
