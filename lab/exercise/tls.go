package exercise

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

var tlsExercise = Exercise{
	Name:   "tls",
	Lesson: "tls",
	Title:  Text{"What TLS leaves in the clear", "TLS에서 평문으로 남는 것"},
	Aim: Text{"You read hellos and alerts without any key, tell TLS 1.2 from 1.3, and see when a session is resumed.",
		"키 없이 Hello와 경고를 읽고, TLS 1.2와 1.3을 구별하며, 세션이 재개된 것을 알아본다."},
	Make: makeTLS,
}

// overTLS is about RFC 8446 (1.3), RFC 5246 (1.2), RFC 6066 §3 (SNI), RFC 7301 (ALPN).
type overTLS struct {
	name, oldName, noName string // server names
	page                  string
	protocol              string // that the client offers on the connection of TLS 1.2, before http/1.1
	alert                 string // what the refused client does

	first, again, old, refused *apps.Talk
}

// What a client may do to be refused, and the alert that comes of it (RFC 8446 §6.2, RFC 7301 §3.2).
const (
	tooOld  = "TLS 1.1"
	strange = "gopher"
)

func makeTLS(r *Run) *Sheet {
	x := &overTLS{alert: One(r, tooOld, strange), protocol: One(r, "h2", "h3")}
	x.name = fmt.Sprintf("n%d.%s.test", r.Between(100, 999), r.Code)
	x.oldName = fmt.Sprintf("old%d.%s.test", r.Between(100, 999), r.Code)
	x.noName = fmt.Sprintf("no%d.%s.test", r.Between(100, 999), r.Code)
	x.page = fmt.Sprintf("/lab/bytes/%d?run=%s", r.Between(20_000, 90_000), r.Code)
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.hellos(), x.sessions(), x.olds()), Play: x.play}
}

func (x *overTLS) find(c *Capture) bool {
	none := &apps.Talk{}
	x.first, x.again, x.old, x.refused = none, none, none, none
	for _, s := range c.Streams {
		sent := s.Sent(trace.Client)
		if len(sent) == 0 || len(sent[0].Packet.Payload()) == 0 || sent[0].Packet.Payload()[0] != apps.RecordHandshake {
			continue // most of a large capture
		}
		t := apps.Of(s)
		hello, answer := t.TLS[trace.Client].Hello, t.TLS[trace.Server].Hello
		if hello == nil {
			continue
		}
		switch {
		case hello.ServerName == x.name && answer != nil && t.Resumed():
			pick(&x.again, t)
		case hello.ServerName == x.name && answer != nil && answer.Version() == apps.TLS13:
			pick(&x.first, t)
		case hello.ServerName == x.oldName && answer != nil && answer.Version() == apps.TLS12:
			pick(&x.old, t)
		case hello.ServerName == x.noName && len(t.TLS[trace.Server].Alerts) > 0:
			pick(&x.refused, t)
		}
	}
	return x.first != none || x.again != none || x.old != none || x.refused != none
}

// pick keeps the first.
func pick(kept **apps.Talk, t *apps.Talk) {
	if (*kept).Stream == nil {
		*kept = t
	}
}

func (x *overTLS) tasks() []Task {
	there := func(t **apps.Talk) func() bool { return func() bool { return (*t).Stream != nil } }
	way := Text{"offer TLS 1.1 at most", "TLS 1.1까지만 제안한다"}
	if x.alert == strange {
		way = Text{"offer by ALPN nothing but a protocol " + strange, "ALPN으로 " + strange +
			" 프로토콜 하나만 제안한다"}
	}
	refuse := Text{"Connect once more with TLS and the server name %s, and ",
		"한 번 더 서버 이름 %s 값으로 TLS로 연결하되 "}.
		With(x.noName)
	return []Task{
		{"first", Text{"Connect to the server's API with TLS 1.3 and the server name (SNI) %s, and ask for %s (its " +
			"certificate proves nothing for this name: do not check it).",
			"서버의 API에 TLS 1.3과 서버 이름(SNI) %s 값으로 연결해 %s 문서를 요청한다(이 " +
				"이름에 대한 " +
				"인증서는 아무것도 증명하지 못하니 검사하지 않는다)."}.With(x.name, x.page), there(&x.first)},
		{"again", Text{"Close it, and resume this session on another connection, with the same name %s.",
			"그 연결을 닫고 같은 이름 %s 값으로 다른 연결에서 세션을 재개한다."}.With(x.name),
			there(&x.again)},
		{"old", Text{"Connect with TLS 1.2 and the server name %s, and offer by ALPN: %s, http/1.1.",
			"TLS 1.2와 서버 이름 %s 값으로 연결하고 ALPN으로 %s, http/1.1을 제안한다."}.With(x.oldName,
			x.protocol),
			func() bool {
				return x.old.Stream != nil && slices.Equal(x.old.TLS[trace.Client].Hello.ALPN, []string{x.protocol, "http/1.1"})
			}},
		{"refused", Text{refuse[EN] + way[EN] + ".", refuse[KO] + way[KO] + "."}, there(&x.refused)},
	}
}

// hello makes a func of a value of a side's hello.
func hello(t **apps.Talk, side trace.Side, value func(*apps.Hello) Value) func() Value {
	return func() Value {
		if h := (*t).TLS[side].Hello; h != nil {
			return value(h)
		}
		return Value{}
	}
}

func two(n uint16) Value { return Bytes(byte(n>>8), byte(n)) }

func randomOf(h *apps.Hello) Value { return Bytes(h.Random[:4]...) }
func cipherOf(h *apps.Hello) Value { return two(h.Ciphers[0]) }

func (x *overTLS) hellos() []Field {
	ciphers := func(bytes int) func() Value {
		return hello(&x.first, trace.Client, func(h *apps.Hello) Value { return Of(len(h.Ciphers) * bytes) })
	}
	return []Field{
		{ID: "client_port", Type: Port, Needs: "first",
			Text:  Text{"First connection: which port has the client?", "첫째 연결: 클라이언트의 포트는?"},
			Right: func() Value { return portOf(x.first.Stream, trace.Client) },
			Mistakes: []Mistake{{func() Value { return portOf(x.first.Stream, trace.Server) }, serversPort},
				{func() Value { return portOf(x.again.Stream, trace.Client) },
					Text{"That is the connection that resumes the session.", "그것은 세션을 재개한 연결입니다."}}}},
		{ID: "random", Type: Hex, Needs: "first",
			Text: Text{"First connection: the first four bytes of the client's random, in hex?",
				"첫째 연결: 클라이언트 난수(random)의 처음 네 바이트를 16진수로?"},
			Right:    hello(&x.first, trace.Client, randomOf),
			Mistakes: []Mistake{{hello(&x.first, trace.Server, randomOf), otherDirection}, {sessionOf(&x.first), notRandom}}},
		{ID: "offered", Type: Num, Needs: "first",
			Text: Text{"First connection: how many cipher suites does the client offer?",
				"첫째 연결: 클라이언트가 제안한 암호 스위트는 몇 개인가?"},
			Right: ciphers(1),
			Mistakes: []Mistake{{ciphers(2), Text{"That is their length in bytes; each has two.",
				"그것은 바이트 길이입니다. 하나에 두 바이트입니다."}}}},
		{ID: "cipher", Type: Hex, Needs: "old",
			Text: Text{"With TLS 1.2: the two bytes of the cipher suite that was chosen, in hex?",
				"TLS 1.2: 선택된 암호 스위트의 두 바이트를 16진수로?"},
			Right: hello(&x.old, trace.Server, cipherOf),
			Mistakes: []Mistake{{hello(&x.first, trace.Server, cipherOf), Text{"That is the one of TLS 1.3.",
				"그것은 TLS 1.3의 것입니다."}}}},
		{ID: "legacy", Type: Hex, Needs: "first",
			Text: Text{"First connection: the version in the header of the record with the ClientHello, in hex (two bytes)?",
				"첫째 연결: ClientHello가 든 레코드의 헤더에 적힌 버전을 16진수 두 바이트로?"},
			Right: func() Value {
				for _, r := range x.first.TLS[trace.Client].Records {
					return two(r.Version)
				}
				return Value{}
			},
			Mistakes: []Mistake{
				{hello(&x.first, trace.Client, func(h *apps.Hello) Value { return two(h.Legacy) }),
					Text{"That is the version in the ClientHello; the header of its record lies before it.",
						"그것은 ClientHello 안의 버전입니다. 레코드 헤더는 그 앞에 있습니다."}},
				{hello(&x.first, trace.Server, func(h *apps.Hello) Value { return two(h.Version()) }),
					Text{"That was agreed on, in an extension.", "그것은 확장으로 합의한 버전입니다."}}}},
	}
}

var notRandom = Text{"That is the session ID.", "그것은 세션 ID입니다."}

// sessionOf is how the client's session ID begins.
func sessionOf(t **apps.Talk) func() Value {
	return hello(t, trace.Client, func(h *apps.Hello) Value {
		if len(h.Session) < 4 {
			return Value{}
		}
		return Bytes(h.Session[:4]...)
	})
}

func (x *overTLS) sessions() []Field {
	secret := func(side trace.Side) func() Value {
		return func() Value {
			n := 0
			for _, r := range x.first.TLS[side].Records {
				if r.Type == apps.RecordApplicationData {
					n++
				}
			}
			return Of(n)
		}
	}
	return []Field{
		{ID: "records", Type: Num, Needs: "first",
			Text: Text{"First connection: how many records of application data (type 23) did the server send?",
				"첫째 연결: 서버가 보낸 애플리케이션 데이터 레코드(유형 23)는 몇 개인가?"},
			Right:    secret(trace.Server),
			Mistakes: []Mistake{{secret(trace.Client), otherDirection}}},
		{ID: "resumed", Type: Packets, Needs: "again",
			Text: Text{"Which packet of your file says that the server takes up the session of before?",
				"서버가 앞의 세션을 이어 쓰겠다고 한 것은 이 파일의 몇 번 패킷인가?"},
			Right: hello(&x.again, trace.Server, func(h *apps.Hello) Value { return Numbered(h.Packet) }),
			Mistakes: []Mistake{
				{hello(&x.again, trace.Client, func(h *apps.Hello) Value { return Numbered(h.Packet) }),
					Text{"There the client offers it.", "거기서는 클라이언트가 제안할 뿐입니다."}},
				{hello(&x.first, trace.Server, func(h *apps.Hello) Value { return Numbered(h.Packet) }),
					Text{"That is the first session.", "그것은 첫 세션입니다."}}}},
	}
}

// certificate is the length of the message, and more.
func (x *overTLS) certificate(more int) func() Value {
	return func() Value {
		for _, h := range x.old.TLS[trace.Server].Handshakes {
			if h.Type == apps.Certificate {
				return Of(len(h.Body) + more)
			}
		}
		return Value{}
	}
}

func (x *overTLS) olds() []Field {
	alert := func(value func(*apps.Alert) Value) func() Value {
		return func() Value {
			for _, a := range x.refused.TLS[trace.Server].Alerts {
				return value(a)
			}
			return Value{}
		}
	}
	return []Field{
		{ID: "certificate", Type: Num, Unit: "bytes", Needs: "old",
			Text: Text{"With TLS 1.2: which length has the handshake message Certificate, as it says?",
				"TLS 1.2: 핸드셰이크 메시지 Certificate에 적힌 길이는?"},
			Right: x.certificate(0),
			Mistakes: []Mistake{{x.certificate(4), Text{"That is with the message's header of four bytes.",
				"그것은 메시지 헤더 네 바이트를 합친 것입니다."}},
				{x.certificate(-3), Text{"That is the list of certificates, without the field that says its length.",
					"그것은 길이 필드를 뺀 인증서 목록의 길이입니다."}}}},
		{ID: "alpn", Type: Word, Needs: "old",
			Text: Text{"With TLS 1.2: which protocol did the server choose by ALPN?",
				"TLS 1.2: 서버가 ALPN으로 고른 프로토콜은?"},
			Right: hello(&x.old, trace.Server, func(h *apps.Hello) Value {
				if len(h.ALPN) == 0 {
					return Value{}
				}
				return Says(h.ALPN[0])
			})},
		{ID: "alert", Type: Num, Needs: "refused",
			Text: Text{"Which number has the description of the alert that refused you?",
				"거절한 경고의 설명 번호는?"},
			Right: alert(func(a *apps.Alert) Value { return Of(a.Code) }),
			Mistakes: []Mistake{{is(2), Text{"That is its level: fatal.", "그것은 경고의 수준(fatal)입니다."}},
				{is(apps.RecordAlert), Text{"That is the type of the record.", "그것은 레코드의 유형입니다."}}}},
	}
}

func (x *overTLS) play(ctx context.Context, at Place) error {
	config := &tls.Config{ServerName: x.name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS13,
		ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	at.Say(Text{"A session of TLS 1.3 is begun, and resumed on another connection.",
		"TLS 1.3 세션을 시작하고 다른 연결에서 재개합니다."})
	for range 2 {
		if err := secure(ctx, at, config, x.page); err != nil {
			return err
		}
	}
	at.Say(Text{"Another client knows TLS 1.2 at most.", "다른 클라이언트는 TLS 1.2까지만 압니다."})
	old := &tls.Config{ServerName: x.oldName, InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12,
		NextProtos: []string{x.protocol, "http/1.1"}}
	if err := secure(ctx, at, old, ""); err != nil {
		return err
	}
	at.Say(Text{"A last one is refused.", "마지막 클라이언트는 거절됩니다."})
	wrong := &tls.Config{ServerName: x.noName, InsecureSkipVerify: true}
	if x.alert == tooOld {
		wrong.MinVersion, wrong.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	} else {
		wrong.NextProtos = []string{strange}
	}
	if secure(ctx, at, wrong, "") == nil {
		return fmt.Errorf("the server has not refused %s", x.alert)
	}
	return ctx.Err()
}

// secure opens a connection of TLS, asks for a page if there is one, and closes it. The server's tickets come with the
// answer, at the latest.
func secure(ctx context.Context, at Place, config *tls.Config, page string) error {
	conn, err := dial(ctx, at.Addr("http"))
	if err != nil {
		return err
	}
	defer conn.Close()
	c := tls.Client(conn, config)
	defer c.Close()
	if err := c.HandshakeContext(ctx); err != nil || page == "" {
		return err
	}
	return ask(c, page, "")
}
