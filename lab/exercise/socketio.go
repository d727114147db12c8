package exercise

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

var socketio = Exercise{
	Name:   "socketio",
	Lesson: "socketio",
	Title:  Text{"Socket.IO, from polling to WebSocket", "폴링에서 WebSocket으로 옮겨 가는 Socket.IO"},
	Aim: Text{"You take packets of Socket.IO out of bodies and frames, and know what each way of carrying them costs.",
		"Socket.IO 패킷을 HTTP 본문과 WebSocket 프레임에서 찾아내고, 각 방법에 드는 바이트를 " +
			"안다."},
	Make: makeSocketIO,
}

// socketIORun is about Engine.IO 4 (packets of one digit, bodies with a separator, the upgrade) and Socket.IO 5
// (events, acknowledgements).
type socketIORun struct {
	code       string
	batch      []string // what the events of one POST say
	alone, bye string

	polls    []request  // of the session, which begins with the first of them
	ws       *apps.Talk // of its WebSocket
	together *apps.HTTP // the POST with the events of batch
	lonely   *apps.HTTP // the POST with one event
}

// separated is the byte between the packets of a body (Engine.IO 4, "Packet encoding").
const separated = "\x1e"

func makeSocketIO(r *Run) *Sheet {
	x := &socketIORun{code: r.Code}
	word := func() string {
		longer := One(r, "größe", "señal", "élève", "Ωμέγα", "čtení", "ångström", "mañana") // than it looks
		return fmt.Sprintf("%s-%s-%d", r.Code, longer, r.Between(100, 999))
	}
	for range r.Between(3, 6) {
		x.batch = append(x.batch, word())
	}
	x.alone, x.bye = word(), word()
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.polling(), x.changing(), x.framed()),
		Play: x.play}
}

// find looks for the session that got a WebSocket; where none did, for the first that was opened.
func (x *socketIORun) find(c *Capture) bool {
	x.polls, x.ws, x.together, x.lonely = nil, &apps.Talk{}, nil, nil
	var all []request
	sockets := map[string]*apps.Talk{}
	for _, r := range c.requests(x.code) {
		switch id := r.query.Get("sid"); {
		case r.path != "/socket.io/":
		case r.query.Get("transport") == "polling":
			all = append(all, r)
		case sockets[id] == nil && r.talk.Upgrade == r.HTTP:
			sockets[id] = r.talk
		}
	}
	sid := ""
	for _, r := range all {
		if id := opened(r); id != "" && (sid == "" || x.ws.Stream == nil && sockets[id] != nil) {
			sid, x.ws = id, cmp.Or(sockets[id], &apps.Talk{})
		}
	}
	for _, r := range all {
		if sid != "" && (opened(r) == sid || r.query.Get("sid") == sid) {
			x.polls = append(x.polls, r)
		}
	}
	x.together, x.lonely = x.posted(x.batch...), x.posted(x.alone)
	return len(all) > 0
}

// opened is the id of the session that a request has opened.
func opened(r request) string {
	if r.Method != "GET" || r.Answer == nil || !bytes.HasPrefix(r.Answer.Body, []byte("0{")) {
		return ""
	}
	return idIn(r.Answer.Body[1:])
}

func idIn(object []byte) string {
	var in struct{ Sid string }
	if json.NewDecoder(bytes.NewReader(object)).Decode(&in) != nil {
		return ""
	}
	return in.Sid
}

// posted is the first POST of just these events, each of which asks for an acknowledgement.
func (x *socketIORun) posted(notes ...string) *apps.HTTP {
	for _, r := range x.polls {
		packets := strings.Split(string(r.Body), separated)
		if r.Method == "POST" && slices.EqualFunc(packets, notes, func(p, note string) bool {
			id, says, ok := eventOf(p)
			return ok && id != "" && says == note
		}) {
			return r.HTTP
		}
	}
	return nil
}

// eventOf reads an event with a text: 4217["lab:note","..."]. id is the number by which an acknowledgement is asked
// for, "" if none is.
func eventOf(packet string) (id, says string, ok bool) {
	list, ok := strings.CutPrefix(packet, "42")
	at := strings.IndexByte(list, '[')
	var args []any
	if !ok || at < 0 || json.Unmarshal([]byte(list[at:]), &args) != nil || len(args) < 2 {
		return "", "", false
	}
	says, ok = args[1].(string)
	return list[:at], says, ok
}

// frame is the first of a side behind the handshake whose text fits.
func (x *socketIORun) frame(side trace.Side, fits func(text string) bool) *apps.Frame {
	for _, f := range x.ws.WebSocket[side] {
		if f.Opcode == apps.OpText && f.Final && !f.Compressed && fits(string(f.Payload())) {
			return f
		}
	}
	return nil
}

func exactly(text string) func(string) bool { return func(s string) bool { return s == text } }

func (x *socketIORun) probe() *apps.Frame  { return x.frame(trace.Client, exactly("2probe")) }
func (x *socketIORun) probed() *apps.Frame { return x.frame(trace.Server, exactly("3probe")) }
func (x *socketIORun) change() *apps.Frame { return x.frame(trace.Client, exactly("5")) }
func (x *socketIORun) left() *apps.Frame   { return x.frame(trace.Client, exactly("41")) }

// again is the event that was sent by a POST before.
func (x *socketIORun) again() *apps.Frame {
	return x.frame(trace.Client, func(text string) bool {
		id, says, ok := eventOf(text)
		return ok && id != "" && says == x.alone
	})
}

func (x *socketIORun) farewell() *apps.Frame {
	return x.frame(trace.Client, func(text string) bool {
		id, says, ok := eventOf(text)
		return ok && id == "" && says == x.bye
	})
}

func note(text string) string { return fmt.Sprintf(`["lab:note","%s"]`, text) }

func (x *socketIORun) tasks() []Task {
	var events []string
	for _, text := range x.batch {
		events = append(events, note(text))
	}
	return []Task{
		{"open", Text{"At the server's port for WebSocket, open a session of Engine.IO 4 at /socket.io/ by long " +
			"polling, and connect to the namespace / (40). Have run=%s in the query of this and of all requests " +
			"that follow.",
			"서버의 WebSocket 포트에서 /socket.io/ 경로로 Engine.IO 4의 세션을 롱 폴링으로 " +
				"열고 네임스페이스 /에 연결한다(40). 이 요청과 뒤따르는 모든 요청의 쿼리에 " +
				"run=%s 값을 넣는다."}.With(x.code),
			func() bool { return x.socketID() != "" }},
		{"batch", Text{"Still by polling, send these %d events in the body of one POST, with nothing else, and ask for " +
			"an acknowledgement of each: %s. Fetch the acknowledgements.",
			"계속 폴링으로, 다음 이벤트 %d개만 POST 하나의 본문에 담아 보내고 각각 확인 응답을 " +
				"요청한다: %s. 확인 응답을 모두 받는다."}.With(len(events), strings.Join(events, ", ")),
			func() bool { return x.together != nil }},
		{"alone", Text{"Then send the event %s in a POST of its own, and ask for an acknowledgement.",
			"그다음 이벤트 %s를 따로 POST 하나로 보내고 확인 응답을 요청한다."}.With(note(x.alone)),
			func() bool { return x.lonely != nil }},
		{"upgrade", Text{"Upgrade the session to a WebSocket (with run=%s in the query, too): 2probe, 3probe, 5.",
			"세션을 WebSocket으로 업그레이드한다(쿼리에 역시 run=%s): 2probe, 3probe, 5."}.With(x.code),
			func() bool { return x.probe() != nil && x.probed() != nil && x.change() != nil }},
		{"frame", Text{"Send the event %s once more, now over the WebSocket, and ask for an acknowledgement.",
			"이벤트 %s를 이번에는 WebSocket으로 한 번 더 보내고 확인 응답을 요청한다."}.With(
			note(x.alone)),
			func() bool { return x.again() != nil }},
		{"leave", Text{"Send the event %s without asking for an acknowledgement, and leave the namespace (41).",
			"확인 응답을 요청하지 않고 이벤트 %s를 보낸 뒤 네임스페이스를 떠난다(41)."}.With(
			note(x.bye)),
			func() bool { return x.farewell() != nil && x.left() != nil }},
	}
}

// socketID is the id that the answer to CONNECT brings.
func (x *socketIORun) socketID() string {
	for _, p := range x.fetched() {
		if object, ok := strings.CutPrefix(p, "40{"); ok {
			return idIn([]byte("{" + object))
		}
	}
	return ""
}

// fetched are the packets that the answers to GET have brought.
func (x *socketIORun) fetched() (packets []string) {
	for _, r := range x.gets() {
		packets = append(packets, strings.Split(string(r.Answer.Body), separated)...)
	}
	return packets
}

// gets are the requests for packets that were answered.
func (x *socketIORun) gets() (all []request) {
	for _, r := range x.polls {
		if r.Method == "GET" && r.Answer != nil && r.Answer.Status == 200 && r.Answer.Whole {
			all = append(all, r)
		}
	}
	return all
}

// counted makes a func of a number of what the session has.
func (x *socketIORun) counted(n func() int) func() Value {
	return func() Value {
		if len(x.polls) == 0 {
			return Value{}
		}
		return Of(n())
	}
}

func (x *socketIORun) portOfPolling() Value {
	if len(x.polls) == 0 {
		return Value{}
	}
	return portOf(x.polls[0].talk.Stream, trace.Client)
}

func (x *socketIORun) polling() []Field {
	id := func(text func() string) func() Value {
		return func() Value {
			if s := text(); s != "" {
				return Says(s)
			}
			return Value{}
		}
	}
	session := func() string {
		if len(x.polls) == 0 {
			return ""
		}
		return opened(x.polls[0])
	}
	cut := func(more int) func() Value {
		return of(&x.together, func(m *apps.HTTP) Value {
			return Of(bytes.IndexByte(m.Body, separated[0]) + more)
		})
	}
	return []Field{
		{ID: "sid", Type: Word, Needs: "open",
			Text:  Text{"Under which id does Engine.IO have the session?", "Engine.IO가 이 세션에 준 id는?"},
			Right: id(session), Mistakes: []Mistake{{id(x.socketID),
				Text{"That is Socket.IO's id of the connection to the namespace.",
					"그것은 네임스페이스 연결에 붙은 Socket.IO의 id입니다."}}}},
		{ID: "separator", Type: Num, Needs: "batch",
			Text: Text{"Task batch: at which byte of the body does the first packet end, that is, where is the first " +
				"separator? The first byte of the body has number 0.",
				"과제 batch: 본문의 몇 번째 바이트에서 첫 패킷이 끝나는가? 곧 첫 구분자의 위치는? " +
					"본문의 첫 바이트가 0번이다."},
			Right: cut(0),
			Mistakes: []Mistake{
				{cut(1), Text{"The first byte has number 0.", "첫 바이트가 0번입니다."}},
				{of(&x.together, func(m *apps.HTTP) Value {
					first, _, _ := strings.Cut(string(m.Body), separated)
					return Of(utf8.RuneCountInString(first))
				}), Text{"You count characters; in UTF-8 those that are not ASCII have several bytes.",
					"글자를 세었습니다. ASCII가 아닌 글자는 UTF-8에서 여러 바이트입니다."}},
				{of(&x.together, func(m *apps.HTTP) Value {
					return Of(m.Head - m.From + int64(bytes.IndexByte(m.Body, separated[0])))
				}), Text{"That is counted from the request line; the body begins behind the header section.",
					"요청 줄부터 센 값입니다. 본문은 헤더 뒤에서 시작합니다."}}}},
		{ID: "packets", Type: Num, Needs: "upgrade",
			Text: Text{"How many packets of Engine.IO did the answers to all GET requests of long polling bring, " +
				"from the one that opened the session to the last one?",
				"세션을 연 것부터 마지막까지, 롱 폴링의 모든 GET에 대한 응답은 Engine.IO 패킷을 " +
					"모두 몇 개 가져왔는가?"},
			Right: x.counted(func() int { return len(x.fetched()) }),
			Mistakes: []Mistake{{x.counted(func() int { return len(x.gets()) }),
				Text{"That is how many answers there are; one may bring several packets.",
					"그것은 응답의 수입니다. 응답 하나가 패킷 여러 개를 가져올 수 있습니다."}},
				{x.counted(func() int { return len(x.fetched()) - 1 }), Text{"The packet that opens the session (0) counts, " +
					"and the one that says that there is nothing (6).",
					"세션을 여는 패킷(0)과 보낼 것이 없다는 패킷(6)도 셉니다."}}}},
	}
}

func (x *socketIORun) changing() []Field {
	return []Field{
		{ID: "client_port", Type: Port, Needs: "upgrade",
			Text:  Text{"Which port has the client of the WebSocket?", "WebSocket에서 클라이언트의 포트는?"},
			Right: func() Value { return portOf(x.ws.Stream, trace.Client) },
			Mistakes: []Mistake{
				{func() Value { return portOf(x.ws.Stream, trace.Server) }, serversPort},
				{x.portOfPolling, Text{"That port was used for polling.", "그 포트는 폴링에 쓰였습니다."}}}},
		{ID: "requests", Type: Num, Needs: "upgrade",
			Text: Text{"How many requests, GET and POST together, did long polling take in this session?",
				"이 세션에서 롱 폴링에 든 요청은 GET과 POST를 합쳐 몇 개인가?"},
			Right: x.counted(func() int { return len(x.polls) }),
			Mistakes: []Mistake{
				{x.counted(func() int { return len(x.polls) + 1 }), Text{"The handshake of the WebSocket is no polling.",
					"WebSocket 핸드셰이크는 폴링이 아닙니다."}},
				{x.counted(func() int { return len(x.polls) - 1 }), Text{"One is missing: that which opened the session, say.",
					"하나가 빠졌습니다. 세션을 연 요청도 셉니다."}},
				{x.counted(func() int { return len(x.gets()) }), Text{"Those are the GETs alone.",
					"그것은 GET만 센 것입니다."}}}},
		{ID: "switch", Type: Packets, Needs: "upgrade",
			Text: Text{"Which packet of your file brings the packet of Engine.IO by which the client changes over to the " +
				"WebSocket for good?",
				"클라이언트가 WebSocket으로 완전히 넘어간다고 알리는 Engine.IO 패킷은 이 파일의 몇 " +
					"번 패킷에 있는가?"},
			Right: ofFrame(x.change, frameAt),
			Mistakes: []Mistake{
				{ofFrame(x.probe, frameAt), Text{"There the client only tries whether it works.",
					"그것은 통하는지 시험하는 것뿐입니다."}},
				{ofFrame(x.probed, frameAt), Text{"That is the server's answer to the probe.",
					"그것은 시험에 대한 서버의 답입니다."}}}},
	}
}

// ackID is the number by which an event asks for its acknowledgement.
func ackID(event string) Value {
	id, _, _ := eventOf(event)
	if n, ok := readNumber(id, ""); ok {
		return Of(n)
	}
	return Value{}
}

// both is a value of the event in the POST and of the same in a frame.
func (x *socketIORun) both(value func(m *apps.HTTP, f *apps.Frame) int64) func() Value {
	return func() Value {
		m, f := x.lonely, x.again()
		if m == nil || f == nil {
			return Value{}
		}
		return Of(value(m, f))
	}
}

func (x *socketIORun) framed() []Field {
	return []Field{
		{ID: "ack", Type: Num, Needs: "frame",
			Text: Text{"Task frame: by which number is the acknowledgement asked for?",
				"과제 frame: 확인 응답을 요청하는 번호는?"},
			Right: ofFrame(x.again, func(f *apps.Frame) Value { return ackID(string(f.Payload())) }),
			Mistakes: []Mistake{
				{of(&x.lonely, func(m *apps.HTTP) Value { return ackID(string(m.Body)) }),
					Text{"That is the one of the POST.", "그것은 POST로 보낸 이벤트의 번호입니다."}},
				{ofFrame(x.again, func(f *apps.Frame) Value {
					n, _ := readNumber("42"+string(f.Payload()[2:bytes.IndexByte(f.Payload(), '[')]), "")
					return Of(n)
				}), Text{"The first two digits are the types of the packets: 4 of Engine.IO, 2 of Socket.IO.",
					"앞의 두 숫자는 패킷 종류입니다. 4는 Engine.IO, 2는 Socket.IO의 것입니다."}}}},
		{ID: "masked", Type: Hex, Needs: "frame",
			Text: Text{"Task frame: the first byte of the payload, the type of the Engine.IO packet, as it travels?",
				"과제 frame: Engine.IO 패킷의 종류인 페이로드 첫 바이트는 실제로 어떤 값으로 " +
					"전송되는가?"},
			Right: ofFrame(x.again, func(f *apps.Frame) Value { return Bytes(f.Raw[0]) }),
			Mistakes: []Mistake{
				{ofFrame(x.again, func(f *apps.Frame) Value { return Bytes(f.Payload()[0]) }),
					Text{"That is the byte before masking.", "그것은 마스킹하기 전의 바이트입니다."}},
				{ofFrame(x.again, func(f *apps.Frame) Value { return Bytes(f.Key[0]) }),
					Text{"That is the byte of the masking key.", "그것은 마스킹 키의 바이트입니다."}}}},
		{ID: "length", Type: Num, Unit: "bytes", Needs: "frame",
			Text: Text{"Task frame: how many bytes of payload has the frame?",
				"과제 frame: 프레임의 페이로드는 몇 바이트인가?"},
			Right: ofFrame(x.again, func(f *apps.Frame) Value { return Of(len(f.Raw)) }),
			Mistakes: []Mistake{
				{ofFrame(x.again, func(f *apps.Frame) Value { return Of(utf8.RuneCount(f.Payload())) }),
					Text{"You count characters; in UTF-8 those that are not ASCII have several bytes.",
						"글자를 세었습니다. ASCII가 아닌 글자는 UTF-8에서 여러 바이트입니다."}},
				{ofFrame(x.again, func(f *apps.Frame) Value { return Of(f.To - f.From) }),
					Text{"That is the frame with its header.", "그것은 헤더까지 합친 프레임의 길이입니다."}}}},
		{ID: "saved", Type: Num, Unit: "bytes", Needs: "frame",
			Text: Text{"Tasks alone and frame: how many bytes of TCP payload less does the client send for the event in the " +
				"frame than for that in the POST, without the requests that fetch the acknowledgement?",
				"과제 alone과 frame: 같은 이벤트를 프레임으로 보낼 때 클라이언트가 보내는 TCP " +
					"페이로드는 POST로 보낼 때보다 몇 바이트 적은가? 확인 응답을 가져오는 요청은 " +
					"빼고 센다."},
			Right: x.both(func(m *apps.HTTP, f *apps.Frame) int64 { return m.To - m.From - (f.To - f.From) }),
			Mistakes: []Mistake{
				{x.both(func(m *apps.HTTP, f *apps.Frame) int64 { return m.To - m.From - int64(len(f.Raw)) }),
					Text{"The frame has a header, too.", "프레임에도 헤더가 있습니다."}},
				{x.both(func(m *apps.HTTP, _ *apps.Frame) int64 { return m.To - m.From }),
					Text{"That is what the POST has; the frame has bytes, too.",
						"그것은 POST의 바이트 수입니다. 프레임의 바이트도 있습니다."}},
				{x.both(func(m *apps.HTTP, _ *apps.Frame) int64 { return m.Head - m.From }),
					Text{"That is the header section of the POST.", "그것은 POST의 헤더입니다."}}}},
	}
}

// target is that of a request by a way of carrying packets.
func (x *socketIORun) target(transport, sid string) string {
	if sid != "" {
		sid = "&sid=" + sid
	}
	return "/socket.io/?EIO=4&transport=" + transport + "&run=" + x.code + sid
}

func (x *socketIORun) play(ctx context.Context, at Place) error {
	at.Say(Text{"A session of Socket.IO is opened by long polling. Events go by POST, first some together, then one " +
		"alone.",
		"롱 폴링으로 Socket.IO 세션을 연다. 이벤트를 POST로 보낸다. 먼저 여럿을 함께, 그다음 " +
			"하나만 보낸다."})
	c, err := call(ctx, at.Addr("ws"))
	if err != nil {
		return err
	}
	defer c.Close()
	open, err := c.ask("GET", x.target("polling", ""), "")
	sid := idIn([]byte(strings.TrimPrefix(open, "0")))
	if err != nil || sid == "" {
		return cmp.Or(err, fmt.Errorf("no session: %q", open))
	}
	id := rand.IntN(900) + 10 // the client numbers what it wants acknowledged as it likes
	var events []string
	for i, text := range x.batch {
		events = append(events, fmt.Sprintf("42%d%s", id+i, note(text)))
	}
	id += len(events)
	for _, send := range [][2]string{{"40", "40{"}, {strings.Join(events, separated), fmt.Sprintf("43%d[", id-1)},
		{fmt.Sprintf("42%d%s", id, note(x.alone)), fmt.Sprintf("43%d[", id)}} {
		_, err := c.ask("POST", x.target("polling", sid), send[0], "Content-Type: text/plain;charset=UTF-8")
		if err == nil {
			err = x.fetch(c, sid, send[1])
		}
		if err != nil {
			return err
		}
	}
	at.Say(Text{"The session changes over to a WebSocket; the event goes over it once more, and the client leaves.",
		"세션을 WebSocket으로 옮긴다. 이벤트를 한 번 더 보내고 클라이언트가 떠난다."})
	return x.playUpgraded(ctx, at, c, sid, id+1)
}

// fetch polls until a packet comes that begins with something.
func (x *socketIORun) fetch(c *caller, sid, wanted string) error {
	for {
		body, err := c.ask("GET", x.target("polling", sid), "")
		if err != nil || strings.Contains(separated+body, separated+wanted) {
			return err
		}
	}
}

func (x *socketIORun) playUpgraded(ctx context.Context, at Place, polling *caller, sid string, id int) error {
	ws, err := call(ctx, at.Addr("ws"))
	if err != nil {
		return err
	}
	defer ws.Close()
	if err := upgrade(ws, ws.in, x.target("websocket", sid)); err != nil {
		return err
	}
	if err := sayFrame(ws, "2probe", "3probe"); err != nil {
		return err
	}
	if err := x.fetch(polling, sid, "6"); err != nil { // nothing is left on the old way
		return err
	}
	for _, frame := range [][2]string{{"5", ""}, {fmt.Sprintf("42%d%s", id, note(x.alone)), fmt.Sprintf("43%d[", id)},
		{"42" + note(x.bye), ""}, {"41", ""}, {"1", ""}} {
		if err := sayFrame(ws, frame[0], frame[1]); err != nil {
			return err
		}
	}
	return untilFIN(ws)
}

// sayFrame sends a message, and waits for one with a part if there is one to wait for.
func sayFrame(c *caller, text, part string) error {
	if _, err := c.Write(masked(0x81, text)); err != nil || part == "" {
		return err
	}
	_, err := awaitText(c.in, part)
	return err
}
