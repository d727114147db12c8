package exercise

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

var httpExercise = Exercise{
	Name:   "http",
	Lesson: "http",
	Title:  Text{"Requests and answers on one connection", "연결 하나로 주고받는 요청과 응답"},
	Aim: Text{"You tell header sections, bodies and segments apart, and know by what a message of HTTP/1.1 ends.",
		"헤더와 본문과 세그먼트를 구별하고 HTTP/1.1 메시지의 끝을 무엇으로 아는지 안다."},
	Make: makeHTTP,
}

// overHTTP is about RFC 9112 §6.3 (length of a message), §7.1 (chunks), §9.3 (connections that are kept), and RFC
// 9110 §9.3.2 (HEAD), §14 (ranges), §15 (status).
type overHTTP struct {
	page, head, odd, chunks, list string // targets
	status, from, to              int
	size, headSize, chunkSize     int

	kept, other                          *apps.Talk
	got, asked, refused, chunked, ranged *apps.HTTP
}

func makeHTTP(r *Run) *Sheet {
	x := &overHTTP{size: r.Between(150_000, 400_000), headSize: r.Between(1000, 9000), chunkSize: r.Between(90, 400),
		status: One(r, 402, 403, 406, 409, 410, 411, 415, 418, 421, 423, 428, 451, 501, 502, 504, 507, 511),
		from:   r.Between(2, 9)}
	x.to = x.from + r.Between(5, 25)
	x.page = fmt.Sprintf("/lab/bytes/%d?run=%s", x.size, r.Code)
	x.head = fmt.Sprintf("/lab/bytes/%d?run=%s", x.headSize, r.Code)
	x.odd = fmt.Sprintf("/lab/status/%d?run=%s", x.status, r.Code)
	x.list = "/api/polls?run=" + r.Code
	x.chunks = fmt.Sprintf("/lab/bytes/%d?chunk=%d&delay=%dms&run=%s-2", x.chunkSize*r.Between(5, 11)-r.Between(1, 80),
		x.chunkSize, r.Between(20, 50), r.Code)
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.connection(), x.answers(), x.pieces()),
		Play: x.play}
}

func (x *overHTTP) find(c *Capture) bool {
	x.kept, x.other = c.talkWith("GET "+x.page+" "), c.talkWith("GET "+x.chunks+" ")
	x.got = firstAsked(x.kept, "GET", x.page, 200)
	x.asked = firstAsked(x.kept, "HEAD", x.head, 200)
	x.refused = firstAsked(x.kept, "GET", x.odd, x.status)
	x.ranged = firstAsked(x.kept, "GET", x.list, 206)
	x.chunked = firstAsked(x.other, "GET", x.chunks, 200)
	return x.kept.Stream != nil || x.other.Stream != nil
}

func (x *overHTTP) tasks() []Task {
	there := func(m **apps.HTTP) func() bool { return func() bool { return *m != nil } }
	return []Task{
		{"get", Text{"Connect to the server's API and ask for %s with GET and HTTP/1.1. Keep the connection.",
			"서버의 API에 연결해 HTTP/1.1의 GET으로 %s 문서를 요청한다. 연결은 닫지 않는다."}.With(
			x.page),
			there(&x.got)},
		{"head", Text{"On the same connection, ask for %s with HEAD.",
			"같은 연결에서 HEAD로 %s 문서를 요청한다."}.With(x.head), there(&x.asked)},
		{"status", Text{"On the same connection: GET %s.", "같은 연결에서 GET %s 요청을 보낸다."}.With(x.odd),
			there(&x.refused)},
		{"range", Text{"On the same connection: GET %s, but only bytes %d to %d of it (Range).",
			"같은 연결에서 GET %s 요청을 보내되 바이트 %d부터 %d까지만 받는다(Range)."}.With(x.list,
			x.from, x.to),
			there(&x.ranged)},
		{"chunks", Text{"On a second connection, ask with HTTP/1.1 for %s and wait for the end of the answer.",
			"둘째 연결에서 HTTP/1.1로 %s 문서를 요청하고 응답이 끝날 때까지 기다린다."}.With(x.chunks),
			func() bool { return x.chunked != nil && x.chunked.Answer.Chunked }},
	}
}

func (x *overHTTP) connection() []Field {
	port := func(t **apps.Talk, side trace.Side) func() Value {
		return func() Value { return portOf((*t).Stream, side) }
	}
	return []Field{
		{ID: "client_port", Type: Port, Needs: "chunks",
			Text:  Text{"Second connection: which port has the client?", "둘째 연결: 클라이언트의 포트는?"},
			Right: port(&x.other, trace.Client),
			Mistakes: []Mistake{
				{port(&x.other, trace.Server), Text{"That is the server's port.", "그것은 서버의 포트입니다."}},
				{port(&x.kept, trace.Client), Text{"That is the port of the first connection.",
					"그것은 첫째 연결의 포트입니다."}}}},
		{ID: "status", Type: Packets, Needs: "status",
			Text: Text{"Which packet of your file has the answer with status %d?",
				"상태 코드가 %d인 응답은 이 파일의 몇 번 패킷인가?"}.With(x.status),
			Right: ofAnswer(&x.refused, shownIn),
			Mistakes: []Mistake{{of(&x.refused, shownIn), Text{"That is the request.", "그것은 요청입니다."}},
				{ofAnswer(&x.asked, shownIn), Text{"That is the answer to the request before it.",
					"그것은 그 앞 요청의 응답입니다."}}}},
		{ID: "head", Type: Num, Unit: "bytes", Needs: "get",
			Text: Text{"How many bytes has the header section of the first answer, from the status line to the empty line, " +
				"with it?", "첫 응답의 헤더는 몇 바이트인가? 상태 줄부터 빈 줄까지, 빈 줄도 " +
				"포함한다."},
			Right: ofAnswer(&x.got, headOf),
			Mistakes: []Mistake{
				{ofAnswer(&x.got, more(-2, headOf)), Text{"The empty line belongs to it: two bytes, CR LF.",
					"빈 줄도 포함합니다. CR LF 두 바이트입니다."}},
				{ofAnswer(&x.got, more(-4, headOf)), Text{"The last line ends with CR LF, and the empty line is CR LF, too.",
					"마지막 줄의 CR LF와 빈 줄의 CR LF도 세어야 합니다."}},
				{of(&x.got, headOf), Text{"That is the request.", "그것은 요청의 것입니다."}},
				{ofAnswer(&x.got, wholeOf), Text{"That is all of the answer, with the body.",
					"그것은 본문까지 합친 응답 전체입니다."}}}},
	}
}

// segmentsOf is how many segments brought a message.
func segmentsOf(t **apps.Talk) func(*apps.HTTP) Value {
	return func(m *apps.HTTP) Value { return Of(len((*t).Sent[m.Side].PacketsOf(m.From, m.To))) }
}

func (x *overHTTP) answers() []Field {
	return []Field{
		{ID: "segments", Type: Num, Needs: "get",
			Text: Text{"In how many TCP segments with data did the first answer come, header section and body?",
				"첫 응답은 헤더와 본문을 합쳐 데이터가 든 TCP 세그먼트 몇 개로 왔는가?"},
			Right: ofAnswer(&x.got, segmentsOf(&x.kept)),
			Mistakes: []Mistake{
				{is(1), Text{"HTTP shows one message; TCP carried it in several segments.",
					"HTTP로는 메시지 하나이지만 TCP에서는 여러 세그먼트에 실려 왔습니다."}},
				{ofAnswer(&x.got, func(m *apps.HTTP) Value { return Of((m.To - m.From + 1459) / 1460) }),
					Text{"That would be segments of 1,460 bytes; count those that are there.",
						"그것은 세그먼트가 1,460바이트일 때의 수입니다. 실제로 온 것을 세세요."}}}},
		{ID: "head_answer", Type: Num, Unit: "bytes", Needs: "head",
			Text: Text{"How many bytes of TCP payload has the answer to HEAD?",
				"HEAD에 대한 응답의 TCP 페이로드는 몇 바이트인가?"},
			Right: ofAnswer(&x.asked, wholeOf),
			Mistakes: []Mistake{
				{is(x.headSize), Text{"That is its Content-Length: so long would be the body that GET brings.",
					"그것은 Content-Length입니다. GET으로 받았을 때의 본문 길이입니다."}},
				{ofAnswer(&x.asked, more(x.headSize, wholeOf)), Text{"There is no body in the answer to HEAD.",
					"HEAD에 대한 응답에는 본문이 없습니다."}}}},
		{ID: "status_body", Type: Num, Unit: "bytes", Needs: "status",
			Text: Text{"How many bytes of body has the answer with status %d?",
				"상태 코드가 %d인 응답의 본문은 몇 바이트인가?"}.With(x.status),
			Right: ofAnswer(&x.refused, bodyOf),
			Mistakes: []Mistake{{ofAnswer(&x.refused, wholeOf), bothTogether},
				{ofAnswer(&x.refused, headOf), Text{"That is the header section.", "그것은 헤더입니다."}}}},
		{ID: "range_of", Type: Num, Unit: "bytes", Needs: "range",
			Text: Text{"The 206 brought a part. How many bytes has the whole, as the answer says?",
				"206은 일부만 가져왔다. 응답에 적힌 전체 길이는 몇 바이트인가?"},
			Right: ofAnswer(&x.ranged, func(m *apps.HTTP) Value { return rangeTotal(m) }),
			Mistakes: []Mistake{{ofAnswer(&x.ranged, bodyOf), Text{"That is the part.", "그것은 일부의 길이입니다."}},
				{is(x.to), Text{"That is the number of the last byte of the part.",
					"그것은 일부의 마지막 바이트 번호입니다."}}}},
	}
}

var bothTogether = Text{"That is the header section and the body together.",
	"그것은 헤더와 본문을 합친 것입니다."}

// rangeTotal is the number behind the slash in Content-Range: bytes 2-9/41 (RFC 9110 §14.4).
func rangeTotal(m *apps.HTTP) Value {
	_, total, _ := strings.Cut(m.Get("Content-Range"), "/")
	if n, ok := readNumber(total, ""); ok {
		return Of(n)
	}
	return Value{}
}

func (x *overHTTP) pieces() []Field {
	chunks := func(more int) func() Value {
		return ofAnswer(&x.chunked, func(m *apps.HTTP) Value { return Of(len(m.Chunks) + more) })
	}
	cost := func(more int64) func() Value {
		return ofAnswer(&x.chunked, func(m *apps.HTTP) Value { return Of(m.To - m.Head - int64(len(m.Body)) + more) })
	}
	return []Field{
		{ID: "chunks", Type: Num, Needs: "chunks",
			Text: Text{"Second connection: how many chunks are there, with the one that ends the body?",
				"둘째 연결: 청크는 몇 개인가? 본문을 끝내는 청크도 센다."},
			Right: chunks(0),
			Mistakes: []Mistake{{chunks(-1), Text{"The last chunk, of 0 bytes, is missing.",
				"길이가 0인 마지막 청크를 빠뜨렸습니다."}},
				{chunks(1), Text{"One too many: the header section is no chunk.",
					"하나가 많습니다. 헤더는 청크가 아닙니다."}}}},
		{ID: "chunk_cost", Type: Num, Unit: "bytes", Needs: "chunks",
			Text: Text{"Second connection: how many bytes lie behind the header section that do not belong to the " +
				"text, but to " +
				"the chunks (sizes, line ends, the last chunk)?",
				"둘째 연결: 헤더 뒤에서 글이 아니라 청크 형식이 차지한 바이트는 몇인가(크기, 줄 " +
					"끝, 마지막 청크)?"},
			Right: cost(0),
			Mistakes: []Mistake{
				{cost(-5), Text{"The last chunk, 0 CR LF CR LF, is missing: 5 bytes.",
					"마지막 청크인 0 CR LF CR LF, 5바이트를 빠뜨렸습니다."}},
				{ofAnswer(&x.chunked, func(m *apps.HTTP) Value { return Of(m.To - m.Head) }),
					Text{"That is all behind the header section, with the text.",
						"그것은 글까지 합친, 헤더 뒤의 전부입니다."}},
				{ofAnswer(&x.chunked, func(m *apps.HTTP) Value {
					return Of(m.To - m.Head - int64(len(m.Body)) - 2*int64(len(m.Chunks)))
				}), Text{"Each chunk has two line ends: one behind its size, one behind its text.",
					"청크마다 줄 끝이 둘입니다. 크기 뒤에 하나, 글 뒤에 하나 있습니다."}}}},
		{ID: "chunk_time", Type: Num, Unit: "s", Within: 2e-6, Needs: "chunks",
			Text: Text{"Second connection: how much time lies between the first packet of the answer and the one " +
				"with which it " +
				"is complete, to 2 microseconds?",
				"둘째 연결: 응답의 첫 패킷과 응답이 다 갖추어진 패킷 사이의 시간은? 오차 " +
					"2마이크로초까지."},
			Right: ofAnswer(&x.chunked, func(m *apps.HTTP) Value { return x.took(m.Range) }),
			Mistakes: []Mistake{{of(&x.chunked, func(m *apps.HTTP) Value {
				return x.took(apps.Range{Side: m.Side, From: m.From, To: m.To, Packet: m.Answer.Packet})
			}), Text{"That is the time from the request.", "그것은 요청부터 잰 시간입니다."}}}},
	}
}

// took is the time from the first packet of a range to the one that is named as its last.
func (x *overHTTP) took(r apps.Range) Value {
	if began, whole, ok := times(x.other, r); ok {
		return Of(whole - began)
	}
	return Value{}
}

func (x *overHTTP) play(ctx context.Context, at Place) error {
	at.Say(Text{"Four requests go over one connection: GET, HEAD, GET for a status, GET for a part.",
		"연결 하나로 네 요청을 보냅니다. GET, HEAD, 상태 코드를 고른 GET, 일부만 받는 " +
			"GET입니다."})
	conn, err := dial(ctx, at.Addr("http"))
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, request := range [][]string{{"GET", x.page}, {"HEAD", x.head}, {"GET", x.odd},
		{"GET", x.list, fmt.Sprintf("Range: bytes=%d-%d", x.from, x.to)}} {
		if _, err := converse(conn, in, "", request[0], request[1], request[2:]...); err != nil {
			return err
		}
	}
	at.Say(Text{"On another one an answer comes piece by piece.",
		"다른 연결에서는 응답이 조각조각 옵니다."})
	other, err := dial(ctx, at.Addr("http"))
	if err != nil {
		return err
	}
	defer other.Close()
	return ask(other, x.chunks, "")
}

// converse sends a request in one write and reads the answer to it.
func converse(conn net.Conn, in *bufio.Reader, body, method, target string, fields ...string) (*http.Response, error) {
	fields = append([]string{method + " " + target + " HTTP/1.1", "Host: " + conn.RemoteAddr().String()}, fields...)
	if body != "" {
		fields = append(fields, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	if _, err := io.WriteString(conn, strings.Join(fields, "\r\n")+"\r\n\r\n"+body); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res, err
}
