package exercise

import (
	"fmt"
	"slices"
	"strings"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

var http2Exercise = Exercise{
	Name:   "http2",
	Lesson: "http2",
	Title:  Text{"Streams and frames of HTTP/2", "HTTP/2의 스트림과 프레임"},
	Aim: Text{"You find a request in binary frames, see what HPACK saves, and tell the streams of one connection apart.",
		"바이너리 프레임에서 요청을 찾고, HPACK이 줄인 것을 보고, 한 연결의 스트림들을 " +
			"구별한다."},
	Make: makeHTTP2,
}

// overHTTP2 is about RFC 9113 §5 (streams), §6 (frames), and RFC 7541 (HPACK). What its player does is in
// http2client.go.
type overHTTP2 struct {
	page, slow, fast, long string // paths
	pageSize, longSize     int
	plan                   plan2

	calm, busy *apps.Talk // the connections

	got, again, slowly, quickly, broken *apps.Exchange
}

func makeHTTP2(r *Run) *Sheet {
	x := &overHTTP2{longSize: r.Between(20_000, 60_000)}
	// More than the 65,535 bytes that a connection may bring before the client says more (RFC 9113 §6.9.2).
	x.pageSize = r.Between(72_000, 130_000)
	piece, pieces := r.Between(60, 300), r.Between(9, 13)
	x.page = fmt.Sprintf("/lab/bytes/%d?run=%s", x.pageSize, r.Code)
	x.slow = fmt.Sprintf("/lab/bytes/%d?chunk=%d&delay=60ms&run=%s", piece*pieces, piece, r.Code)
	x.fast = fmt.Sprintf("/lab/bytes/%d?run=%s-2", r.Between(100, 900), r.Code)
	x.long = fmt.Sprintf("/lab/bytes/%d?chunk=%d&delay=20ms&run=%s", x.longSize, r.Between(90, 300), r.Code)
	x.plan = plan2{window: r.Between(10_000, 50_000), extra: r.Between(1000, 30_000), word: r.Between(4, 40),
		stream: 1 + 2*r.Between(1, 60), before: r.Between(2, 6), pieces: r.Between(5, 15),
		code: One(r, 2, 8, 11)} // INTERNAL_ERROR, CANCEL, ENHANCE_YOUR_CALM (§7)
	return &Sheet{Find: x.find, Tasks: x.tasks(r.Code), Fields: slices.Concat(x.opening(), x.flow(), x.streams(),
		x.ends()), Play: x.play}
}

// talks2 are the connections of HTTP/2 in the clear.
func (c *Capture) talks2() (all []*apps.Talk) {
	for _, s := range c.Streams {
		if isHTTP2(s) {
			all = append(all, apps.Of(s))
		}
	}
	return all
}

// isHTTP2 reports whether a connection begins with the preface, without which it can't be read: most of a large
// capture does not.
func isHTTP2(s *trace.Stream) bool {
	sent := s.Sent(trace.Client)
	return len(sent) > 0 && strings.HasPrefix(string(sent[0].Packet.Payload()), "PRI * HTTP/2.0\r\n")
}

// gets are the exchanges of a connection that ask for a path by GET.
func gets(t *apps.Talk, path string) (all []*apps.Exchange) {
	for _, e := range t.Exchanges {
		if f := e.Request(); f != nil && f.Get(":method") == "GET" && f.Get(":path") == path {
			all = append(all, e)
		}
	}
	return all
}

// firstWhole is the first one that was answered with 200 to its end; nil where there is none.
func firstWhole(all []*apps.Exchange) *apps.Exchange {
	i := slices.IndexFunc(all, func(e *apps.Exchange) bool {
		f := e.Answer()
		return f != nil && f.Get(":status") == "200" && e.End(trace.Server) != nil
	})
	if i < 0 {
		return nil
	}
	return all[i]
}

// find takes the first connection of each kind that shows most: who tries twice may fail once.
func (x *overHTTP2) find(c *Capture) bool {
	none := &apps.Talk{}
	x.calm, x.busy = none, none
	x.got, x.again, x.slowly, x.quickly, x.broken = nil, nil, nil, nil, nil
	for _, t := range c.talks2() {
		all, slow, long := gets(t, x.page), gets(t, x.slow), gets(t, x.long)
		got := firstWhole(all)
		again := firstWhole(slices.DeleteFunc(all, func(e *apps.Exchange) bool { return e == got }))
		if len(all) > 0 && (x.calm == none || known(got, again) > known(x.got, x.again)) {
			x.calm, x.got, x.again = t, got, again
		}
		slowly, quickly, broken := firstWhole(slow), firstWhole(gets(t, x.fast)), firstBroken(long)
		if len(slow)+len(long) > 0 &&
			(x.busy == none || known(slowly, quickly, broken) > known(x.slowly, x.quickly, x.broken)) {
			x.busy, x.slowly, x.quickly, x.broken = t, slowly, quickly, broken
		}
	}
	return x.calm != none || x.busy != none
}

// known is how many exchanges are there.
func known(list ...*apps.Exchange) (n int) {
	for _, e := range list {
		if e != nil {
			n++
		}
	}
	return n
}

// firstBroken is the first exchange that the client broke off before its end.
func firstBroken(all []*apps.Exchange) *apps.Exchange {
	for _, e := range all {
		if e.Answer() != nil && e.Reset(trace.Client) != nil && e.End(trace.Server) == nil {
			return e
		}
	}
	return nil
}

// ping is a PING of the client on the second connection, and the answer to it (RFC 9113 §6.7).
func (x *overHTTP2) ping() (asked, answered *apps.Frame2) {
	for _, f := range x.busy.HTTP2[trace.Client] {
		if f.Type != apps.FramePING || f.Has(apps.FlagAck) || f.Length != 8 {
			continue
		}
		for _, a := range x.busy.HTTP2[trace.Server] {
			if a.Type == apps.FramePING && a.Has(apps.FlagAck) && string(a.Payload) == string(f.Payload) {
				return f, a
			}
		}
	}
	return nil, nil
}

// overtakes tells whether the fast answer was asked for behind the slow one, and was whole before it.
func (x *overHTTP2) overtakes() bool {
	return x.slowly != nil && x.quickly != nil && x.slowly.Request().From < x.quickly.Request().From &&
		x.quickly.End(trace.Server).From < x.slowly.End(trace.Server).From
}

func (x *overHTTP2) tasks(code string) []Task {
	there := func(e **apps.Exchange) func() bool { return func() bool { return *e != nil } }
	return []Task{
		{"get", Text{"Connect to the server's API, speak HTTP/2 in the clear at once (prior knowledge, without TLS and " +
			"without Upgrade), and GET %s.",
			"서버의 API에 연결해 TLS와 Upgrade 없이 바로 평문 HTTP/2로(prior knowledge) GET %s 요청을 " +
				"보낸다."}.With(x.page), there(&x.got)},
		{"again", Text{"On the same connection, when the answer is whole: GET %s once more.",
			"응답이 끝나면 같은 연결에서 GET %s 요청을 한 번 더 보낸다."}.With(x.page), there(&x.again)},
		{"both", Text{"On a second connection of the same kind: GET %s, and while the answer is coming, GET %s.",
			"같은 방식의 둘째 연결에서 GET %s 요청을 보내고, 응답이 오는 동안 GET %s 요청을 " +
				"보낸다."}.With(x.slow, x.fast), x.overtakes},
		{"cancel", Text{"On the second connection: GET %s, and break off this stream, not the connection, while the " +
			"answer is coming.",
			"둘째 연결에서 GET %s 요청을 보내고, 응답이 오는 동안 연결은 그대로 두고 이 " +
				"스트림만 중단한다."}.With(x.long), there(&x.broken)},
		{"ping", Text{"On the second connection (the one with run=%s in its paths): send a PING and wait for the answer.",
			"둘째 연결(경로에 run=%s 값이 있는 연결)에서 PING을 보내고 응답을 기다린다."}.With(code),
			func() bool { asked, _ := x.ping(); return asked != nil }},
	}
}

// ofExchange makes a func of a value of an exchange that may not be there.
func ofExchange(e **apps.Exchange, value func(*apps.Exchange) Value) func() Value {
	return func() Value {
		if *e == nil {
			return Value{}
		}
		return value(*e)
	}
}

// headersLength is the length of the HEADERS frame of a request, and more.
func headersLength(more int) func(*apps.Exchange) Value {
	return func(e *apps.Exchange) Value { return Of(e.Request().Length + more) }
}

func answerLength(e *apps.Exchange) Value { return Of(e.Answer().Length) }
func streamOf(e *apps.Exchange) Value     { return Of(e.Stream) }

// dataOf is how many DATA frames an answer has, of those that fit.
func dataOf(fits func(*apps.Frame2) bool) func(*apps.Exchange) Value {
	return func(e *apps.Exchange) Value {
		n := 0
		for _, f := range e.Data(trace.Server) {
			if fits(f) {
				n++
			}
		}
		return Of(n)
	}
}

func anyData(*apps.Frame2) bool { return true }

// bodyBytes is how many bytes the DATA frames of an answer have, each with so much more.
func bodyBytes(more int) func(*apps.Exchange) Value {
	return func(e *apps.Exchange) Value {
		n := 0
		for _, f := range e.Data(trace.Server) {
			n += len(f.Body()) + more
		}
		return Of(n)
	}
}

// window is the size that a side's first SETTINGS have for the windows of streams, or the one that holds without.
func (x *overHTTP2) window(side trace.Side) func() Value {
	return func() Value {
		for _, f := range x.calm.HTTP2[side] {
			if f.Type != apps.FrameSETTINGS || f.Has(apps.FlagAck) {
				continue
			}
			if n, ok := f.Setting(apps.SettingInitialWindow); ok {
				return Of(n)
			}
			return Of(apps.DefaultWindow)
		}
		return Value{}
	}
}

func (x *overHTTP2) opening() []Field {
	port := func(t **apps.Talk, side trace.Side) func() Value {
		return func() Value { return portOf((*t).Stream, side) }
	}
	return []Field{
		{ID: "client_port", Type: Port, Needs: "get",
			Text:  Text{"First connection: which port has the client?", "첫째 연결: 클라이언트의 포트는?"},
			Right: port(&x.calm, trace.Client),
			Mistakes: []Mistake{{port(&x.calm, trace.Server), serversPort},
				{port(&x.busy, trace.Client), Text{"That is the port of the second connection.",
					"그것은 둘째 연결의 포트입니다."}}}},
		{ID: "window", Type: Num, Unit: "bytes", Needs: "get",
			Text: Text{"First connection: how many bytes may each stream bring the client before it says more, as its " +
				"SETTINGS say (65,535 if they say nothing)?",
				"첫째 연결: 클라이언트의 SETTINGS에 따르면 스트림마다 허락을 더 받기 전에 몇 " +
					"바이트까지 올 수 있는가(적혀 있지 않으면 65,535)?"},
			Right: x.window(trace.Client),
			Mistakes: []Mistake{
				{x.window(trace.Server), Text{"That is what the server's SETTINGS say.",
					"그것은 서버의 SETTINGS에 적힌 값입니다."}},
				{is(apps.DefaultWindow), Text{"That would hold if the client said nothing; it does.",
					"그것은 적혀 있지 않을 때의 값인데, 클라이언트가 값을 적었습니다."}}}},
		{ID: "again_length", Type: Num, Unit: "bytes", Needs: "again",
			Text: Text{"Task again: which length has the HEADERS frame of the request, as the frame says?",
				"과제 again: 요청의 HEADERS 프레임에 적힌 길이는?"},
			Right: ofExchange(&x.again, headersLength(0)),
			Mistakes: []Mistake{
				{ofExchange(&x.got, headersLength(0)), Text{"That is the first request; by the second one HPACK's table knows " +
					"its fields.", "그것은 첫째 요청입니다. 둘째 요청 때는 필드가 HPACK " +
					"표에 이미 있습니다."}},
				{ofExchange(&x.again, headersLength(9)), Text{"That is with the nine bytes of the frame's header.",
					"그것은 프레임 헤더 9바이트를 합친 것입니다."}},
				{ofExchange(&x.again, answerLength), Text{"That is the answer.", "그것은 응답입니다."}}}},
	}
}

// given is how much the client's WINDOW_UPDATEs on the first connection give, and more: those that fit.
func (x *overHTTP2) given(more int, fits func(*apps.Frame2) bool) func() Value {
	return func() Value {
		n := 0
		for _, f := range x.calm.HTTP2[trace.Client] {
			if fits(f) {
				n += int(f.Increment())
			}
		}
		if n == 0 {
			return Value{}
		}
		return Of(n + more)
	}
}

func (x *overHTTP2) flow() []Field {
	connection := func(f *apps.Frame2) bool { return f.Stream == 0 }
	stream := func(f *apps.Frame2) bool { return f.Stream != 0 }
	return []Field{
		{ID: "data", Type: Num, Needs: "get",
			Text: Text{"Task get: in how many DATA frames did the answer come, with those that carry no byte?",
				"과제 get: 응답은 DATA 프레임 몇 개로 왔는가? 데이터가 없는 것도 센다."},
			Right: ofExchange(&x.got, dataOf(anyData)),
			Mistakes: []Mistake{
				{ofExchange(&x.got, dataOf(func(f *apps.Frame2) bool { return f.Length > 0 })),
					Text{"One is missing, which carries no byte: it only ends the stream.",
						"데이터 없이 스트림을 끝내기만 하는 프레임을 빠뜨렸습니다."}},
				{func() Value {
					all := slices.Clone(x.calm.HTTP2[trace.Server])
					return Of(len(slices.DeleteFunc(all, func(f *apps.Frame2) bool { return f.Type != apps.FrameDATA })))
				}, Text{"Those are the DATA frames of all streams of the connection.",
					"그것은 이 연결의 모든 스트림을 합친 DATA 프레임의 수입니다."}},
				{ofExchange(&x.got, func(*apps.Exchange) Value { return Of((x.pageSize + 16_383) / 16_384) }),
					Text{"So many would do if each were full; the windows cut them smaller. Count those that are there.",
						"그것은 프레임을 가득 채웠을 때의 수입니다. 흐름 제어 때문에 더 잘게 나뉘니 " +
							"실제로 온 것을 세세요."}}}},
		{ID: "given", Type: Num, Unit: "bytes", Needs: "again",
			Text: Text{"First connection: how many bytes do the client's WINDOW_UPDATE frames give the connection as a " +
				"whole (stream 0), all together?",
				"첫째 연결: 클라이언트의 WINDOW_UPDATE 프레임이 연결 전체(스트림 0)에 더 허락한 " +
					"것은 모두 몇 바이트인가?"},
			Right: x.given(0, connection),
			Mistakes: []Mistake{
				{x.given(0, stream), Text{"That was given to the other streams.",
					"그것은 다른 스트림들에 허락한 것입니다."}},
				{x.given(0, func(*apps.Frame2) bool { return true }), Text{"That is with what was given to the other streams.",
					"그것은 다른 스트림에 허락한 것까지 합친 값입니다."}},
				{x.given(apps.DefaultWindow, connection), Text{"That is with the 65,535 which a connection has from the " +
					"beginning.", "그것은 연결이 처음부터 갖는 65,535까지 합친 값입니다."}}}},
	}
}

// slowFrames is how many DATA frames of the slow answer came before the first one of the fast one, or behind it.
func (x *overHTTP2) slowFrames(before bool) func() Value {
	return ofExchange(&x.quickly, func(e *apps.Exchange) Value {
		fast := e.Data(trace.Server)
		if x.slowly == nil || len(fast) == 0 {
			return Value{}
		}
		return dataOf(func(f *apps.Frame2) bool { return (f.From < fast[0].From) == before })(x.slowly)
	})
}

func (x *overHTTP2) streams() []Field {
	return []Field{
		{ID: "stream", Type: Num, Needs: "both",
			Text: Text{"Task both: which number has the stream of the second request?",
				"과제 both: 둘째 요청의 스트림 번호는?"},
			Right: ofExchange(&x.quickly, streamOf),
			Mistakes: []Mistake{{ofExchange(&x.slowly, streamOf), Text{"That is the stream of the first one.",
				"그것은 첫째 요청의 스트림입니다."}}}},
		{ID: "between", Type: Num, Needs: "both",
			Text: Text{"Task both: how many DATA frames of the first answer came before the first DATA frame of the second " +
				"answer?",
				"과제 both: 둘째 응답의 첫 DATA 프레임보다 먼저 온 첫째 응답의 DATA 프레임은 몇 " +
					"개인가?"},
			Right: x.slowFrames(true),
			Mistakes: []Mistake{{x.slowFrames(false), Text{"Those came behind it.", "그것은 나중에 온 것입니다."}},
				{ofExchange(&x.slowly, dataOf(anyData)), Text{"Those are all of the first answer.",
					"그것은 첫째 응답의 전부입니다."}}}},
	}
}

func (x *overHTTP2) ends() []Field {
	ping := func(more bool) func() Value {
		return func() Value {
			f, _ := x.ping()
			if f == nil {
				return Value{}
			}
			if more {
				return Bytes(slices.Concat([]byte{0, 0, 8, apps.FramePING, 0, 0, 0, 0, 0}, f.Payload)...)
			}
			return Bytes(f.Payload...)
		}
	}
	return []Field{
		{ID: "code", Type: Num, Needs: "cancel",
			Text: Text{"Task cancel: which number has the error code by which the client breaks off the stream?",
				"과제 cancel: 클라이언트가 스트림을 중단하며 보낸 오류 코드의 번호는?"},
			Right: ofExchange(&x.broken, func(e *apps.Exchange) Value {
				if code, ok := e.Reset(trace.Client).ErrorCode(); ok {
					return Of(code)
				}
				return Value{}
			}),
			Mistakes: []Mistake{{is(apps.FrameRSTSTREAM), Text{"That is the type of the frame.",
				"그것은 프레임의 유형입니다."}},
				{ofExchange(&x.broken, streamOf), Text{"That is the stream.", "그것은 스트림입니다."}}}},
		{ID: "came", Type: Num, Unit: "bytes", Needs: "cancel",
			Text: Text{"Task cancel: how many bytes of the body came on this stream, all together?",
				"과제 cancel: 이 스트림으로 온 본문은 모두 몇 바이트인가?"},
			Right: ofExchange(&x.broken, bodyBytes(0)),
			Mistakes: []Mistake{
				{ofExchange(&x.broken, bodyBytes(9)), Text{"That is with the header of each frame, nine bytes.",
					"그것은 프레임마다 있는 헤더 9바이트를 합친 것입니다."}},
				{is(x.longSize), Text{"So many would have come without the RST_STREAM.",
					"그것은 RST_STREAM이 없었다면 왔을 길이입니다."}},
				{ofExchange(&x.broken, dataOf(anyData)), Text{"Those are the frames.", "그것은 프레임의 수입니다."}}}},
		{ID: "ping", Type: Hex, Needs: "ping",
			Text: Text{"Task ping: what does the first PING of the client carry, in hex?",
				"과제 ping: 클라이언트가 보낸 첫 PING에 실린 내용을 16진수로?"},
			Right: ping(false),
			Mistakes: []Mistake{{ping(true), Text{"That is with the header of the frame; its payload is asked.",
				"그것은 프레임 헤더까지 합친 것입니다. 페이로드를 물었습니다."}}}},
	}
}
