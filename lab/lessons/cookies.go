package lessons

import (
	"net/http"
	"strings"
)

var cookiesLesson = Lesson{
	Name: "cookies",
	Title: Text{"Set-Cookie, Cookie, who keeps them, and who may be lied to",
		"Set-Cookie와 Cookie, 누가 보관하고 누가 속을 수 있는가"},
	Aim: Text{"A cookie is a small text that a server asks the client to send along from now on. All memory is on the " +
		"client's side.",
		"쿠키는 서버가 클라이언트에게 앞으로 함께 보내 달라고 맡기는 짧은 글이다. 기억은 " +
			"모두 클라이언트 쪽에 있다."},
	Needs: []string{"http"},
	Play:  playCookies,
}

// playCookies is RFC 6265: by hand first, so that it is seen that nothing else is in it, then with a cookie jar, which
// keeps a rule that browsers keep.
func playCookies(s *Scene) {
	s.Watch("Set-Cookie")
	c, first := playSetCookie(s)
	playSendBack(s, c)
	playLie(s, c)
	playTakeBack(s, c)
	askCookies(s, c, first)
	playJar(s)
}

func playSetCookie(s *Scene) (c *Conn, first string) {
	s.Step(Text{"A first request, without any cookie. The answer brings one.",
		"쿠키 없이 보내는 첫 요청. 응답이 쿠키를 하나 가져온다."})
	c = s.Dial("http")
	first = c.Ask("GET", "/lab/cookie", "").Want(s, 200).Header.Get("Set-Cookie")
	s.Must(strings.HasPrefix(first, "visits=1;"), "Set-Cookie: %q", first)
	s.Find(1, c.Filter(`http.set_cookie contains "visits=1;"`),
		Text{"the answer with Set-Cookie", "Set-Cookie가 든 응답"})
	return c, first
}

func playSendBack(s *Scene, c *Conn) {
	s.Step(Text{"The client sends it back, name and value alone. The server counts on from there.",
		"클라이언트가 이름과 값만 되돌려 보낸다. 서버는 그 값에서 이어서 센다."})
	second := c.Ask("GET", "/lab/cookie", "", "Cookie: visits=1").Want(s, 200).Header.Get("Set-Cookie")
	s.Must(strings.HasPrefix(second, "visits=2;"), "Set-Cookie: %q", second)
	s.Find(1, c.Filter(`http.cookie == "visits=1"`), Text{"the request with Cookie", "Cookie가 든 요청"})
}

func playLie(s *Scene, c *Conn) {
	s.Step(Text{"A cookie is what the client says it is: it claims to have been here 41 times.",
		"쿠키의 값은 클라이언트가 말하기 나름이다. 41번 왔었다고 주장해 본다."})
	lie := c.Ask("GET", "/lab/cookie", "", "Cookie: visits=41").Want(s, 200).Header.Get("Set-Cookie")
	s.Must(strings.HasPrefix(lie, "visits=42;"), "Set-Cookie: %q", lie)
	s.Find(1, c.Filter(`http.set_cookie contains "visits=42;"`),
		Text{"the server believes it", "서버는 그대로 믿는다"})
}

func playTakeBack(s *Scene, c *Conn) {
	s.Step(Text{"The server takes a cookie back, in the only way there is: it sets it once more, to be kept " +
		"for 0 seconds.",
		"서버가 쿠키를 지우는 방법은 하나뿐이다. 유효 시간을 0초로 해서 다시 설정한다."})
	c.Ask("DELETE", "/lab/cookie", "", "Cookie: visits=42").Want(s, 204)
	s.Find(1, c.Filter(`http.set_cookie contains "Max-Age=0"`),
		Text{"the answer with Max-Age=0", "Max-Age=0이 든 응답"})
	c.Finish()
}

func askCookies(s *Scene, c *Conn, first string) {
	s.Ask(Text{"What else is in the first Set-Cookie besides name and value, and what of it came back in the " +
		"second request?",
		"첫 Set-Cookie에는 이름과 값 말고 무엇이 더 있으며, 그중 무엇이 두 번째 요청에 " +
			"돌아왔는가?"},
		Text{"%s. Nothing of it came back: these words are for the client, which keeps to them.",
			"%s. 하나도 돌아오지 않았다. 이 속성들은 클라이언트가 지키라고 주는 것이다."}.With(
			strings.TrimPrefix(first, "visits=1; ")),
		c.Proof(`http.set_cookie contains "visits=1;"`, "tcp.len",
			Text{"the bytes of TCP and the raw sequence number of the answer with it",
				"그것이 든 응답의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`http.set_cookie contains "visits=1;"`, "tcp.seq_raw", Text{}))
	s.Ask(Text{"How could the server on port %s notice the lie of port %s?",
		"포트 %s의 서버는 포트 %s의 거짓말을 어떻게 알아챌 수 있을까?"}.With(
		s.Ports["http"], c.Port()),
		Text{"Not from the cookie. It would have to sign the value, as a JWT does, or keep the count itself and give out a " +
			"name that nobody can guess.",
			"쿠키만 보아서는 알 수 없다. JWT처럼 값에 서명을 하거나, 횟수는 서버가 보관하고 " +
				"추측할 수 없는 식별자만 쿠키로 주어야 한다."},
		c.Proof(`http.set_cookie contains "visits=42;"`, "tcp.seq_raw",
			Text{"the raw sequence number of the answer to the lie",
				"거짓말에 대한 응답의 원래(raw) 순서 번호"}))
}

// jar keeps cookies of one host as a browser does, as far as the lesson shows it: by name, and for a path.
type jar map[string]*http.Cookie

// keep does what an answer asks for (RFC 6265 §5.3).
func (j jar) keep(answer http.Header) {
	for _, line := range answer.Values("Set-Cookie") {
		if cookie, err := http.ParseSetCookie(line); err == nil {
			j[cookie.Name] = cookie
		}
	}
}

// fields are those of a request for a path: Cookie, if there are any for it (RFC 6265 §5.4; §5.1.4 is the rule of
// paths).
func (j jar) fields(path string) []string {
	var pairs []string
	for _, c := range j {
		below := strings.TrimSuffix(c.Path, "/") + "/"
		if path == c.Path || strings.HasPrefix(path, below) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	if pairs == nil {
		return nil
	}
	return []string{"Cookie: " + strings.Join(pairs, "; ")}
}

// playJar does the same with a client that keeps cookies.
func playJar(s *Scene) {
	s.Step(Text{"A client with a cookie jar, as browsers have one, asks twice. It is the jar that adds the cookie now.",
		"브라우저처럼 쿠키 저장소(cookie jar)가 있는 클라이언트가 두 번 요청한다. 이제 " +
			"쿠키는 저장소가 알아서 붙인다."})
	c, cookies := s.Dial("http"), jar{}
	get := func(path string) {
		cookies.keep(c.Ask("GET", path, "", cookies.fields(path)...).Want(s, 200).Header)
	}
	get("/lab/cookie")
	get("/lab/cookie")
	s.Find(1, c.Filter(`http.cookie && http.request.uri == "/lab/cookie"`),
		Text{"only the second of the two requests has a cookie", "두 요청 중 두 번째에만 쿠키가 있다"})
	playPaths(s, c, get)
	s.Ask(Text{"Of the four requests on port %s, which have a cookie, and why not all of them?",
		"포트 %s의 네 요청 중 쿠키가 있는 것은 어느 것이며, 왜 전부가 아닌가?"}.With(c.Port()),
		Text{"The second and the third. At the first there was none yet; the fourth is not below Path=/lab.",
			"두 번째와 세 번째이다. 첫 번째 때는 아직 쿠키가 없었고, 네 번째는 Path=/lab " +
				"아래가 아니다."},
		c.Proof(`http.cookie`, "tcp.seq_raw", Text{"the raw sequence numbers of these requests",
			"그 요청들의 원래(raw) 순서 번호"}))
}

func playPaths(s *Scene, c *Conn, get func(path string)) {
	s.Step(Text{"The same client asks for other paths. The cookie said Path=/lab.",
		"같은 클라이언트가 다른 경로를 요청한다. 쿠키에는 Path=/lab이 있었다."})
	get("/lab/whoami")
	get("/openapi.json")
	s.Find(1, c.Filter(`http.cookie && http.request.uri == "/lab/whoami"`),
		Text{"below /lab it is sent", "/lab 아래에서는 보낸다"})
	s.Find(0, c.Filter(`http.cookie && http.request.uri == "/openapi.json"`),
		Text{"elsewhere it is not", "다른 곳에서는 보내지 않는다"})
	c.Finish()
}
