package lessons

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

var authLesson = Lesson{
	Name: "auth",
	Title: Text{"Basic in the clear, login, and a Bearer token taken apart",
		"평문 Basic 인증, 로그인, Bearer 토큰(JWT) 뜯어보기"},
	Aim: Text{"HTTP forgets who asked as soon as it has answered, so each request has to say it again. Without TLS " +
		"everybody on the way reads along.",
		"HTTP는 응답하고 나면 누가 요청했는지 잊는다. 그래서 요청마다 신원을 다시 밝혀야 " +
			"하고, TLS가 없으면 중간의 누구나 그것을 읽는다."},
	Needs: []string{"http"},
	Play:  playAuth,
}

// playAuth: RFC 7617 (Basic), RFC 6750 (Bearer), RFC 7519 and 7515 (JWT).
func playAuth(s *Scene) {
	s.Watch("WWW-Authenticate", "Content-Type")
	c := s.Dial("http")
	playBasic(s, c)
	token := playLogin(s, c)
	playBearer(s, c, token)
	c.Finish()
}

func playBasic(s *Scene, c *Conn) {
	s.Step(Text{"The client asks for something that is not for everybody. 401 says by which scheme to prove who one is.",
		"아무에게나 주지 않는 것을 요청한다. 401은 어떤 방식으로 신원을 밝혀야 하는지 " +
			"알려 준다."})
	c.Ask("GET", "/lab/basic", "").Want(s, 401)
	s.Find(1, c.Filter(`http.response.code == 401 && http.www_authenticate contains "Basic"`),
		Text{"the answer that asks for Basic", "Basic 인증을 요구하는 응답"})

	s.Step(Text{"Basic: user and password, with a colon between them, in base64. That is a spelling, and no encryption.",
		"Basic은 사용자 이름과 비밀번호를 콜론으로 이어 base64로 적는다. 표기법일 뿐 " +
			"암호화가 아니다."})
	const pair = "student:wireshark"
	encoded := base64.StdEncoding.EncodeToString([]byte(pair))
	c.Ask("GET", "/lab/basic", "", "Authorization: Basic "+encoded).Want(s, 200)
	s.Find(1, c.Filter("http.authbasic"),
		Text{"the request; Wireshark decodes the password by itself",
			"요청. 비밀번호를 Wireshark가 바로 풀어 보여 준다"})

	s.Ask(Text{"What does %s mean, and what did it take to find out?",
		"%s의 뜻은 무엇이며, 알아내는 데 무엇이 필요했는가?"}.With(encoded),
		Text{"%s. Nothing: base64 has no key. Only TLS keeps it from who listens.",
			"%s이다. base64에는 키가 없으므로 아무것도 필요 없다. 도청을 막는 것은 TLS뿐이다."}.With(
			pair),
		c.Proof(`http.authbasic`, "http.authbasic", Text{"what Wireshark decodes it to, and the raw sequence number there",
			"Wireshark가 풀어 보여 주는 값과 그 패킷의 원래(raw) 순서 번호"}),
		c.Proof(`http.authbasic`, "tcp.seq_raw", Text{}))
}

// playLogin registers somebody new, so that it can be played again, and logs in.
func playLogin(s *Scene, c *Conn) (token string) {
	name, password := "lab_"+strings.ToLower(rand.Text()[:10]), "only-for-the-lab"
	status := s.Call("POST", "http", "/api/auth/register", "", map[string]string{"username": name, "password": password},
		nil)
	s.Must(status == 201, "POST /api/auth/register = %d", status)
	playWrongPassword(s, c, name)
	token = playRightPassword(s, c, name, password)
	s.Ask(Text{"In which packets on port %s can the password %q be read?",
		"포트 %s의 어느 패킷에서 비밀번호 %q를 읽을 수 있는가?"}.With(c.Port(), password),
		Text{`In one, the second login: frame contains "%s" && tcp.port == %s. The token is read in others, and ` +
			"serves a thief as well until it expires.",
			`두 번째 로그인 요청 하나에서만 읽힌다: frame contains "%s" && tcp.port == %s. ` +
				"그러나 토큰은 다른 패킷에서도 읽히고, 만료될 때까지는 훔친 사람에게도 " +
				"쓸모가 있다."}.With(password, c.Port()),
		c.Proof(`frame contains "`+password+`"`, "tcp.seq_raw", Text{"the raw sequence number of each",
			"그 패킷의 원래(raw) 순서 번호"}))
	return token
}

// loginBody is what logs in.
func loginBody(name, password string) string {
	return fmt.Sprintf(`{"username":%q,"password":%q}`, name, password)
}

func playWrongPassword(s *Scene, c *Conn, name string) {
	s.Step(Text{"Login with a wrong password.", "틀린 비밀번호로 로그인한다."})
	c.Ask("POST", "/api/auth/login", loginBody(name, "not-this-one"), "Content-Type: application/json").Want(s, 401)
	s.Find(2, c.Filter(`http.request.method == "POST" && json.value.string == "`+name+`"`),
		Text{"both logins, this one and the next", "이번과 다음, 두 번의 로그인 요청"})
	s.Find(1, c.Filter(`http.response.code == 401 && json.value.string == "wrong username or password"`),
		Text{"refused, without a word on whether the name or the password was wrong",
			"거절. 이름과 비밀번호 중 무엇이 틀렸는지는 말하지 않는다"})
}

func playRightPassword(s *Scene, c *Conn, name, password string) (token string) {
	s.Step(Text{"Login with the right one. The answer has a token, so that the password need not travel again.",
		"맞는 비밀번호로 로그인한다. 응답의 토큰 덕분에 비밀번호를 다시 보내지 " +
			"않아도 된다."})
	a := c.Ask("POST", "/api/auth/login", loginBody(name, password), "Content-Type: application/json").Want(s, 200)
	var session struct {
		AccessToken string `json:"access_token"`
	}
	s.Check("login", json.Unmarshal(a.Body, &session))
	s.Find(1, c.Filter(`http.response.code == 200 && json.key == "access_token"`),
		Text{"the answer with the token", "토큰이 든 응답"})
	return session.AccessToken
}

// playBearer uses the token, takes it apart, and forges it.
func playBearer(s *Scene, c *Conn, token string) {
	j := takeApart(s, token)
	playToken(s, c, j)
	playForgery(s, c, j)
	askToken(s, c, j)
}

// jwt is a token in its three parts (RFC 7515 §7.1), and what two of them say.
type jwt struct {
	parts           []string
	header, payload []byte
	Sub             string `json:"sub"`
	Name            string `json:"name"`
	Iat             int64  `json:"iat"`
	Exp             int64  `json:"exp"`
}

func takeApart(s *Scene, token string) (j jwt) {
	j.parts = strings.Split(token, ".")
	s.Must(len(j.parts) == 3, "the token has %d parts", len(j.parts))
	var err error
	j.header, err = base64.RawURLEncoding.DecodeString(j.parts[0])
	s.Check("the token's header", err)
	j.payload, err = base64.RawURLEncoding.DecodeString(j.parts[1])
	s.Check("the token's claims", err)
	s.Check("the token's claims", json.Unmarshal(j.payload, &j))
	return j
}

func playToken(s *Scene, c *Conn, j jwt) {
	s.Step(Text{"The token in the field Authorization: Bearer. Whoever bears it is who it says.",
		"토큰을 Authorization: Bearer 필드에 넣어 보낸다. 이것을 가진 사람이 곧 본인으로 통한다."})
	c.Ask("GET", "/api/auth/me", "", "Authorization: Bearer "+strings.Join(j.parts, ".")).Want(s, 200)
	s.Find(2, c.Filter(`http.authorization contains "Bearer"`),
		Text{"this request, and that of the next step", "이번 요청과 다음 단계의 요청"})
	s.Note(Text{"A JSON Web Token has three parts with dots between them, each in base64url: header %s, claims %s, and " +
		"a signature of %d characters.",
		"JWT는 점으로 나뉜 세 부분이며 각각 base64url로 적혀 있다. 헤더 %s, 클레임 %s, 그리고 " +
			"%d글자의 서명."}.With(j.header, j.payload, len(j.parts[2])))
}

func playForgery(s *Scene, c *Conn, j jwt) {
	s.Step(Text{"A forgery: the claims now name another user, the signature is the old one.",
		"위조: 클레임의 사용자를 바꾸고 서명은 그대로 둔다."})
	forged := strings.Replace(string(j.payload), `"sub":"`+j.Sub+`"`, `"sub":"1`+j.Sub+`"`, 1)
	s.Must(forged != string(j.payload), "the token has no sub")
	c.Ask("GET", "/api/auth/me", "", "Authorization: Bearer "+j.parts[0]+"."+
		base64.RawURLEncoding.EncodeToString([]byte(forged))+"."+j.parts[2]).Want(s, 401)
	s.Find(1, c.Filter(`http.response.code == 401 && json.value.string == "the token is not valid"`),
		Text{"refused: the signature is that of other claims", "거절. 서명이 이 클레임의 것이 아니다"})
}

func askToken(s *Scene, c *Conn, j jwt) {
	valid := time.Duration(j.Exp-j.Iat) * time.Second
	s.Ask(Text{"Who is it that the token names, and how long is it valid?",
		"토큰이 가리키는 사용자는 누구이며, 얼마 동안 유효한가?"},
		Text{"sub is %s, name is %s; exp - iat = %d seconds, that is %v.",
			"sub는 %s, name은 %s이다. exp - iat = %d초, 곧 %v이다."}.With(j.Sub, j.Name, j.Exp-j.Iat, valid),
		c.Proof(`http.authorization contains "Bearer"`, "tcp.len",
			Text{"the bytes of TCP and the raw sequence number of each request with a token",
				"토큰이 든 요청마다의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`http.authorization contains "Bearer"`, "tcp.seq_raw", Text{}))
	s.Ask(Text{"Everybody can read the claims. Why can nobody change them?",
		"클레임은 누구나 읽을 수 있는데 왜 바꿀 수는 없는가?"},
		Text{"The signature is an HMAC-SHA256 of the first two parts with a secret that only the server has (RFC 7515). " +
			"Other claims need another signature.",
			"서명은 서버만 아는 비밀 키로 앞의 두 부분을 계산한 HMAC-SHA256이기 때문이다(RFC " +
				"7515). 클레임이 다르면 서명도 달라야 한다."},
		c.Proof(`http.response.code == 401 && json.value.string == "the token is not valid"`, "tcp.seq_raw",
			Text{"the raw sequence number of the refusal",
				"거절 응답의 원래(raw) 순서 번호"}))
}
