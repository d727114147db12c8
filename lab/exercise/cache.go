package exercise

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

var cacheExercise = Exercise{
	Name:   "cache",
	Lesson: "cache",
	Title: Text{"What a client need not fetch again, and must not overwrite",
		"다시 받지 않을 것, 덮어쓰지 않을 것"},
	Aim: Text{"You see by which fields a version is named, how much a 304 saves, and how a 412 prevents a lost update.",
		"버전의 이름이 적힌 필드를 찾고 304가 얼마나 아끼는지, 412가 갱신 손실을 어떻게 " +
			"막는지 본다."},
	Make: makeCache,
}

// caching is about RFC 9110 §8.8.3 (ETag), §13.1.1 (If-Match), §13.1.2 (If-None-Match), §14.2 (Range), §12.5.5
// (Vary).
type caching struct {
	name, file, list string // of the file; targets
	size, from, to   int

	talk, listed                       *apps.Talk
	got, again, part, saved, overtaken *apps.HTTP
	varies                             *apps.HTTP
}

func makeCache(r *Run) *Sheet {
	x := &caching{size: r.Between(2000, 9000), from: r.Between(100, 900)}
	x.to = x.from + r.Between(20, 900)
	x.name = fmt.Sprintf("/files/%s-%d.txt", r.Code, r.Between(100, 999))
	x.file, x.list = x.name+"?run="+r.Code, "/files/?run="+r.Code+"-2"
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.reading(), x.saving(), x.varying()),
		Play: x.play}
}

func (x *caching) find(c *Capture) bool {
	x.talk, x.listed = c.talkWith(" "+x.file+" "), c.talkWith("GET "+x.list+" ")
	x.got, x.again = firstAsked(x.talk, "GET", x.file, 200), firstAsked(x.talk, "GET", x.file, 304)
	x.part, x.overtaken = firstAsked(x.talk, "GET", x.file, 206), firstAsked(x.talk, "PUT", x.file, 412)
	x.saved, x.varies = firstAsked(x.talk, "PUT", x.file, 200), firstAsked(x.listed, "GET", x.list, 200)
	return x.talk.Stream != nil || x.listed.Stream != nil
}

// conditional tells whether a request was made on the version that came first.
func (x *caching) conditional(m *apps.HTTP, field string) bool {
	return x.got != nil && m != nil && m.Get(field) != "" && m.Get(field) == x.got.Answer.Get("ETag")
}

func (x *caching) tasks() []Task {
	return []Task{
		{"get", Text{"On the server's page port, put a text file of %d bytes as %s (PUT, with your token as Authorization: " +
			"Bearer; any text). Then ask for it with GET. This task and the next three go over one connection of HTTP/1.1.",
			"서버의 페이지 포트에 %d바이트짜리 텍스트 파일을 %s 이름으로 올린다(PUT, 토큰은 " +
				"Authorization: " +
				"Bearer, 내용은 자유). 그다음 GET으로 받는다. 이 과제와 다음 세 과제는 " +
				"HTTP/1.1 연결 하나에서 한다."}.With(x.size, x.file),
			func() bool { return x.got != nil && len(x.got.Answer.Body) == x.size }},
		{"again", Text{"Ask for %s again, with If-None-Match and the ETag that came with it.",
			"받은 ETag를 If-None-Match에 넣어 %s 파일을 다시 요청한다."}.With(x.file),
			func() bool { return x.conditional(x.again, "If-None-Match") }},
		{"part", Text{"Ask for bytes %d to %d of %s (Range).",
			"%[3]s 파일의 바이트 %[1]d부터 %[2]d까지 요청한다(Range)."}.
			With(x.from, x.to, x.file), func() bool {
			return x.part != nil && strings.Contains(x.part.Answer.Get("Content-Range"), fmt.Sprintf(" %d-%d/", x.from, x.to))
		}},
		{"lost", Text{"Put another text as %s, with If-Match and the first ETag; then a third text with the same If-Match.",
			"처음 ETag를 If-Match에 넣어 %s 파일에 다른 글을 올리고, 같은 If-Match로 셋째 글을 " +
				"또 올린다."}.With(x.file),
			func() bool { return x.conditional(x.saved, "If-Match") && x.conditional(x.overtaken, "If-Match") }},
		{"vary", Text{"On another connection: GET %s.", "다른 연결에서 GET %s 요청을 보낸다."}.With(x.list),
			func() bool { return x.varies != nil }},
	}
}

// etag is a version's name, without its quotes.
func etag(m *apps.HTTP) Value { return Says(strings.Trim(m.Get("ETag"), `"`)) }

func (x *caching) reading() []Field {
	save := func(what func(*apps.HTTP) Value) func() Value {
		return ofAnswer(&x.got, func(a *apps.HTTP) Value {
			if x.again == nil {
				return Value{}
			}
			return Of(what(a).number - what(x.again.Answer).number)
		})
	}
	return []Field{
		{ID: "client_port", Type: Port, Needs: "get",
			Text:     Text{"First connection: which port has the client?", "첫째 연결: 클라이언트의 포트는?"},
			Right:    func() Value { return portOf(x.talk.Stream, trace.Client) },
			Mistakes: []Mistake{{func() Value { return portOf(x.talk.Stream, trace.Server) }, serversPort}}},
		{ID: "etag", Type: Word, Needs: "get",
			Text: Text{"Which ETag had the file when it came by GET, without the quotes?",
				"GET으로 받은 파일의 ETag는? 따옴표는 빼고 쓴다."},
			Right: ofAnswer(&x.got, etag),
			Mistakes: []Mistake{
				{ofAnswer(&x.got, func(m *apps.HTTP) Value { return Says(m.Get("ETag")) }),
					Text{"Without the quotes, please.", "따옴표를 빼고 쓰세요."}},
				{ofAnswer(&x.saved, etag), Text{"That is the second version's.", "그것은 둘째 버전의 것입니다."}}}},
		{ID: "not_modified", Type: Packets, Needs: "again",
			Text:     Text{"Which packet of your file is the 304?", "304는 이 파일의 몇 번 패킷인가?"},
			Right:    ofAnswer(&x.again, shownIn),
			Mistakes: []Mistake{{of(&x.again, shownIn), Text{"That is the request.", "그것은 요청입니다."}}}},
		{ID: "saved", Type: Num, Unit: "bytes", Needs: "again",
			Text: Text{"By how many bytes of TCP payload is the 304 shorter than the 200, all in all?",
				"304는 200보다 TCP 페이로드가 모두 몇 바이트 짧은가?"},
			Right: save(wholeOf),
			Mistakes: []Mistake{
				{ofAnswer(&x.got, bodyOf), Text{"That is the body alone; the 304 lacks some fields, too.",
					"그것은 본문뿐입니다. 304에는 빠진 필드도 있습니다."}},
				{ofAnswer(&x.again, wholeOf), Text{"That is how long the 304 is.", "그것은 304의 길이입니다."}},
				{save(headOf), Text{"That is the difference of the header sections; the body is saved, too.",
					"그것은 헤더의 차이입니다. 본문도 아꼈습니다."}}}},
	}
}

var serversPort = Text{"That is the server's port.", "그것은 서버의 포트입니다."}

// firstBytes are the first four of a body, from an offset on.
func firstBytes(from int) func(*apps.HTTP) Value {
	return func(m *apps.HTTP) Value {
		if len(m.Body) < from+4 || from < 0 {
			return Value{}
		}
		return Bytes(m.Body[from : from+4]...)
	}
}

func (x *caching) saving() []Field {
	return []Field{
		{ID: "part", Type: Hex, Needs: "part",
			Text: Text{"The first four bytes of the body of the 206, in hex?",
				"206의 본문 처음 네 바이트를 16진수로?"},
			Right: ofAnswer(&x.part, firstBytes(0)),
			Mistakes: []Mistake{
				{ofAnswer(&x.got, firstBytes(0)), Text{"So the whole file begins.", "그것은 파일 전체의 시작입니다."}},
				{ofAnswer(&x.got, firstBytes(x.from-1)), Text{"One byte too early: the first byte has number 0.",
					"한 바이트 앞입니다. 첫 바이트의 번호는 0입니다."}}}},
		{ID: "new_etag", Type: Word, Needs: "lost",
			Text: Text{"Which ETag has the version that was saved with If-Match, without the quotes?",
				"If-Match로 저장된 버전의 ETag는? 따옴표는 빼고 쓴다."},
			Right: ofAnswer(&x.saved, etag),
			Mistakes: []Mistake{{ofAnswer(&x.got, etag), Text{"That is the version before it.",
				"그것은 그 앞 버전의 것입니다."}}}},
		{ID: "refused", Type: Packets, Needs: "lost",
			Text: Text{"Which packet of your file says that a save was refused?",
				"저장이 거절되었음을 알리는 것은 이 파일의 몇 번 패킷인가?"},
			Right: ofAnswer(&x.overtaken, shownIn),
			Mistakes: []Mistake{
				{ofAnswer(&x.saved, shownIn), Text{"That save was taken.", "그 저장은 받아들여졌습니다."}},
				{of(&x.overtaken, shownIn), Text{"That is the request.", "그것은 요청입니다."}}}},
	}
}

func (x *caching) varying() []Field {
	return []Field{
		{ID: "list", Type: Num, Unit: "bytes", Needs: "vary",
			Text: Text{"Second connection: how many bytes has the body of the answer?",
				"둘째 연결: 응답의 본문은 몇 바이트인가?"},
			Right:    ofAnswer(&x.varies, bodyOf),
			Mistakes: []Mistake{{ofAnswer(&x.varies, wholeOf), bothTogether}}},
		{ID: "vary", Type: Num, Needs: "vary",
			Text: Text{"Second connection: on how many request fields does the answer depend, as Vary says?",
				"둘째 연결: Vary에 따르면 응답은 요청의 필드 몇 개에 따라 달라지는가?"},
			Right: ofAnswer(&x.varies, func(m *apps.HTTP) Value {
				n := 0
				for _, f := range m.Header {
					if strings.EqualFold(f.Name, "Vary") {
						n += strings.Count(f.Value, ",") + 1
					}
				}
				return Of(n)
			}),
			Mistakes: []Mistake{{is(1), Text{"Look for more lines of Vary, and for commas.",
				"Vary가 여러 줄인지, 쉼표가 있는지 보세요."}}}},
	}
}

func (x *caching) play(ctx context.Context, at Place) error {
	at.Say(Text{"A file is put on the server, and read in three ways.",
		"서버에 파일을 올리고 세 가지 방법으로 읽습니다."})
	token, err := guest(ctx, at)
	if err != nil {
		return err
	}
	conn, err := dial(ctx, at.Addr("files"))
	if err != nil {
		return err
	}
	defer conn.Close()
	in, bearer := bufio.NewReader(conn), "Authorization: Bearer "+token
	say := func(want int, body, method string, fields ...string) (tag string) {
		if err != nil {
			return ""
		}
		var res *http.Response
		if res, err = converse(conn, in, body, method, x.file, fields...); err != nil {
			return ""
		}
		if res.StatusCode != want {
			err = fmt.Errorf("%s %s: %s", method, x.file, res.Status)
		}
		return res.Header.Get("ETag")
	}
	say(http.StatusCreated, letters(x.size), "PUT", bearer)
	if err != nil {
		return err
	}
	defer converse(conn, in, "", "DELETE", x.file, bearer) // nothing stays on a class's server
	tag := say(http.StatusOK, "", "GET")
	say(http.StatusNotModified, "", "GET", "If-None-Match: "+tag)
	say(http.StatusPartialContent, "", "GET", fmt.Sprintf("Range: bytes=%d-%d", x.from, x.to))
	at.Say(Text{"It is saved twice, both times on the version that was read.",
		"읽은 버전을 바탕으로 두 번 저장합니다."})
	say(http.StatusOK, letters(x.size), "PUT", bearer, "If-Match: "+tag)
	say(http.StatusPreconditionFailed, letters(x.size), "PUT", bearer, "If-Match: "+tag)
	if err != nil {
		return err
	}
	at.Say(Text{"The list of files is asked for.", "파일 목록을 요청합니다."})
	other, err := dial(ctx, at.Addr("files"))
	if err != nil {
		return err
	}
	defer other.Close()
	return ask(other, x.list, "")
}

// letters are so many, by chance.
func letters(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}

// guest lets somebody in with a name alone.
func guest(ctx context.Context, at Place) (token string, err error) {
	conn, err := dial(ctx, at.Addr("http"))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	const who = `{"nickname":"Lab"}`
	_, err = fmt.Fprintf(conn, "POST /api/auth/guest HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", conn.RemoteAddr(), len(who), who)
	if err != nil {
		return "", err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "POST"})
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var session struct {
		AccessToken string `json:"access_token"`
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(text, &session)
	}
	if err == nil && session.AccessToken == "" {
		err = fmt.Errorf("the server lets no guests in: %s", res.Status)
	}
	return session.AccessToken, err
}
