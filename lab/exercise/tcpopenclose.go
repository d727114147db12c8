package exercise

import (
	"context"
	"fmt"
	"net"
	"slices"

	"pollwire/lab/dissect"
	"pollwire/lab/trace"
)

var tcpOpenClose = Exercise{
	Name:   "tcp-open-close",
	Lesson: "tcp",
	Title:  Text{"Open and close connections", "연결을 열고 닫기"},
	Aim: Text{"You find the handshake, the end and the reset of a connection, and read the numbers that Wireshark " +
		"hides.",
		"연결의 핸드셰이크, 끝, 재설정을 찾고 Wireshark가 감춘 번호를 읽는다."},
	Make: makeOpenClose,
}

// openClose is about RFC 9293 §3.4 (sequence numbers), §3.5 (handshake, reset), §3.6 (FIN), §3.7.1 (MSS).
type openClose struct {
	size, closed   int
	ends           string // who sends the first FIN
	page, tornPage string

	whole, torn, refused *trace.Stream
}

func makeOpenClose(r *Run) *Sheet {
	x := &openClose{size: r.Between(3000, 9000), closed: r.SparePort(), ends: One(r, client, server)}
	x.page = fmt.Sprintf("/lab/bytes/%d?run=%s", x.size, r.Code)
	x.tornPage = fmt.Sprintf("/lab/bytes/%d?run=%s-2", r.Between(100, 900), r.Code)
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.handshake(), x.transfer(), x.resets()),
		Play: x.play}
}

func (x *openClose) find(c *Capture) bool {
	x.whole, x.torn = c.StreamWith("GET "+x.page+" "), c.StreamWith("GET "+x.tornPage+" ")
	x.refused = refusedAt(c, uint16(x.closed))
	return x.whole != nil || x.torn != nil
}

func (x *openClose) tasks() []Task {
	return []Task{
		{"open", Text{"Connect to the server's API, ask for %[1]s with HTTP/1.1, read the answer, and let the " +
			"%[2]s send the first FIN (the server does so after Connection: close).",
			"서버의 API에 연결해 HTTP/1.1로 %[1]s 요청을 보내고 응답을 읽은 다음, 첫 " +
				"FIN을 %[3]s가 " +
				"보내게 한다(Connection: close면 서버가 보낸다)."}.With(x.page, x.ends, sides[x.ends]),
			func() bool { return firstFIN(x.whole) == x.ends }},
		{"reset", Text{"Connect once more, ask for %s, read the answer, and end the connection by a reset instead of a " +
			"FIN (SO_LINGER with 0 seconds).",
			"다시 연결해 %s 요청을 보내고 응답을 읽은 다음, FIN이 아니라 재설정으로 연결을 " +
				"끝낸다(SO_LINGER 0초)."}.With(x.tornPage),
			func() bool { return len(segments(x.torn, from(trace.Client, dissect.RST))) > 0 }},
		{"refused", Text{"Try to connect to port %d of the server, where nobody listens.",
			"아무도 기다리지 않는 서버의 %d번 포트에 연결해 본다."}.With(x.closed),
			func() bool { return x.refused != nil }},
	}
}

// syn is a value of one side's SYN on the first connection.
func (x *openClose) syn(side trace.Side, value func(segment) Value) func() Value {
	return func() Value { return first(x.whole, from(side, dissect.SYN), value) }
}

func (x *openClose) handshake() []Field {
	return []Field{
		{ID: "client_port", Type: Port, Needs: "open",
			Text:  Text{"First connection: which port has the client?", "첫째 연결: 클라이언트의 포트는?"},
			Right: func() Value { return portOf(x.whole, trace.Client) },
			Mistakes: []Mistake{
				{func() Value { return portOf(x.whole, trace.Server) },
					Text{"That is the server's port.", "그것은 서버의 포트입니다."}},
				{func() Value { return portOf(x.torn, trace.Client) },
					Text{"That is the port of the second connection.", "그것은 둘째 연결의 포트입니다."}},
			}},
		{ID: "isn", Type: Num, Needs: "open",
			Text: Text{"First connection: the client's initial sequence number, as it travels?",
				"첫째 연결: 실제로 전송된 클라이언트의 초기 순서 번호는?"},
			Right: x.syn(trace.Client, seqOf),
			Mistakes: []Mistake{{is(0), relative}, {is(1), relative}, {x.syn(trace.Server, seqOf), otherDirection},
				{x.syn(trace.Client, func(s segment) Value { return Of(s.Seq + 1) }),
					Text{"That is the number of the first byte; the SYN has the one before it.",
						"그것은 첫 바이트의 번호입니다. SYN의 번호는 그 하나 앞입니다."}}}},
		{ID: "server_isn", Type: Hex, Needs: "open",
			Text: Text{"First connection: the server's initial sequence number, as it travels, in hex?",
				"첫째 연결: 실제로 전송된 서버의 초기 순서 번호를 16진수로?"},
			Right: x.syn(trace.Server, func(s segment) Value { return Bytes(big(s.Seq)...) }),
			Mistakes: []Mistake{
				{x.syn(trace.Client, func(s segment) Value { return Bytes(big(s.Seq)...) }), otherDirection},
				{x.syn(trace.Server, func(s segment) Value { return Bytes(big(s.Ack)...) }),
					Text{"That is what the server acknowledges.", "그것은 서버의 확인 응답 번호입니다."}}}},
		{ID: "rtt", Type: Num, Unit: "s", Within: 2e-6, Needs: "open",
			Text: Text{"First connection: how much time lies between the SYN and the SYN, ACK, to 2 microseconds?",
				"첫째 연결: SYN과 SYN, ACK 사이의 시간은? 오차 2마이크로초까지."},
			Right: func() Value { return between(x.whole, trace.Client, dissect.SYN, trace.Server, dissect.SYN) },
			Mistakes: []Mistake{
				{func() Value { return between(x.whole, trace.Client, dissect.SYN, trace.Client, dissect.ACK) },
					Text{"That is the time to the third segment.", "그것은 셋째 세그먼트까지의 시간입니다."}}}},
		{ID: "mss", Type: Num, Unit: "bytes", Needs: "open",
			Text: Text{"First connection: how many bytes does the client take in one segment, as it says in its SYN?",
				"첫째 연결: 클라이언트가 SYN에서 알린, 한 세그먼트에 받을 수 있는 바이트 수는?"},
			Right: x.syn(trace.Client, mssOf),
			Mistakes: []Mistake{{is(1460), Text{"That is what Ethernet has room for; look what this SYN says.",
				"그것은 이더넷에서의 값입니다. 이 SYN에 적힌 값을 보세요."}}}},
	}
}

func (x *openClose) transfer() []Field {
	sent := func(more int64) func() Value {
		return func() Value { return Of(carried(x.whole, trace.Server) + more) }
	}
	fin := func(value func(segment) Value) func() Value {
		return func() Value { return first(x.whole, anyFIN, value) }
	}
	return []Field{
		{ID: "bytes", Type: Num, Unit: "bytes", Needs: "open",
			Text: Text{"First connection: how many bytes has the server sent in all, header section and body?",
				"첫째 연결: 서버가 헤더와 본문을 합쳐 보낸 바이트 수는?"},
			Right: sent(0),
			Mistakes: []Mistake{
				{is(x.size), Text{"That is the body alone.", "그것은 본문뿐입니다."}},
				{func() Value { return Of(carried(x.whole, trace.Client)) }, otherDirection},
				{sent(1), Text{"One too many: SYN or FIN is counted as a byte.",
					"하나가 많습니다. SYN이나 FIN을 바이트로 셌습니다."}},
				{sent(2), Text{"Two too many: SYN and FIN are counted as bytes.",
					"둘이 많습니다. SYN과 FIN을 바이트로 셌습니다."}}}},
		{ID: "fin_seq", Type: Num, Needs: "open",
			Text: Text{"First connection: the sequence number of the first FIN, as it travels?",
				"첫째 연결: 실제로 전송된 첫 FIN의 순서 번호는?"},
			Right: fin(seqOf),
			Mistakes: []Mistake{
				{fin(func(s segment) Value { return Of(x.whole.Relative(s.Side, s.Seq)) }), relative},
				{fin(func(s segment) Value { return Of(s.Ack) }),
					Text{"That is its acknowledgment number.", "그것은 확인 응답 번호입니다."}},
				{func() Value { return second(x.whole, anyFIN, seqOf) },
					Text{"That is the second FIN, of the other side.", "그것은 상대가 보낸 둘째 FIN입니다."}}}},
	}
}

func (x *openClose) resets() []Field {
	return []Field{
		{ID: "rst", Type: Packets, Needs: "reset",
			Text: Text{"Second connection: which packet of your file is the client's reset?",
				"둘째 연결: 클라이언트의 재설정은 이 파일의 몇 번 패킷인가?"},
			Right: func() Value { return first(x.torn, from(trace.Client, dissect.RST), numberOf) },
			Mistakes: []Mistake{{func() Value { return first(x.refused, from(trace.Server, dissect.RST), numberOf) },
				Text{"That is the reset of the connection that was refused.",
					"그것은 거절된 연결의 재설정입니다."}}}},
		{ID: "refused_ack", Type: Num, Needs: "refused",
			Text: Text{"The refused connection: the acknowledgment number of the reset, as it travels?",
				"거절된 연결: 실제로 전송된 재설정의 확인 응답 번호는?"},
			Right: func() Value { return first(x.refused, from(trace.Server, dissect.RST), ackOf) },
			Mistakes: []Mistake{{is(1), relative},
				{func() Value { return first(x.refused, from(trace.Client, dissect.SYN), seqOf) },
					Text{"That is the number of the SYN. The reset acknowledges it, and it counts as a byte.",
						"그것은 SYN의 번호입니다. 재설정은 SYN까지 확인하며, SYN은 한 바이트로 셉니다."}}}},
	}
}

func (x *openClose) play(ctx context.Context, at Place) error {
	at.Say(Text{"A connection is opened, used, and closed in order.",
		"연결을 하나 열어 쓰고 차례대로 닫습니다."})
	if err := x.playWhole(ctx, at); err != nil {
		return err
	}
	at.Say(Text{"Another one ends by a reset.", "다른 하나는 재설정으로 끝납니다."})
	torn, err := dial(ctx, at.Addr("http"))
	if err != nil {
		return err
	}
	defer torn.Close()
	if err := ask(torn, x.tornPage, ""); err != nil {
		return err
	}
	torn.(*net.TCPConn).SetLinger(0)
	torn.Close()
	at.Say(Text{"A third one is refused.", "셋째는 거절됩니다."})
	host, _, _ := net.SplitHostPort(at.Addr("http"))
	nobody, err := dial(ctx, net.JoinHostPort(host, fmt.Sprint(x.closed)))
	if err == nil {
		nobody.Close()
		return fmt.Errorf("somebody listens on port %d: ask for another run", x.closed)
	}
	return ctx.Err()
}

func (x *openClose) playWhole(ctx context.Context, at Place) error {
	conn, err := dial(ctx, at.Addr("http"))
	if err != nil {
		return err
	}
	defer conn.Close()
	header := ""
	if x.ends == server {
		header = "Connection: close\r\n"
	}
	if err := ask(conn, x.page, header); err != nil {
		return err
	}
	if x.ends == client {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			return err
		}
	}
	return untilFIN(conn)
}

// The sides as a choice between them.
const (
	client = "client"
	server = "server"
)

var sides = map[string]string{client: "클라이언트", server: "서버"}

var (
	relative = Text{"That is the relative number; the one that travels is asked.",
		"그것은 상대 번호입니다. 실제로 전송된 번호를 물었습니다."}
	otherDirection = Text{"That is the other direction's.", "그것은 반대 방향의 것입니다."}
)

func anyFIN(s segment) bool { return s.Has(dissect.FIN) }

// firstFIN is who sent the first FIN: "client", "server", or "" for nobody.
func firstFIN(s *trace.Stream) string {
	for _, fin := range segments(s, anyFIN) {
		return [2]string{client, server}[fin.Side]
	}
	return ""
}

// refusedAt finds a SYN to a port that was answered by a reset.
func refusedAt(c *Capture, port uint16) *trace.Stream {
	for _, s := range c.Streams {
		if s.Ends[trace.Server].Port() == port && len(segments(s, from(trace.Server, dissect.RST))) > 0 {
			return s
		}
	}
	return nil
}

func portOf(s *trace.Stream, side trace.Side) Value {
	if s == nil {
		return Value{}
	}
	return Of(s.Ends[side].Port())
}

func mssOf(s segment) Value {
	if mss, ok := s.MSS(); ok {
		return Of(mss)
	}
	return Value{}
}

func big(n uint32) []byte { return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }

// second is the value of the second segment that fits.
func second(s *trace.Stream, fits func(segment) bool, value func(segment) Value) Value {
	if all := segments(s, fits); len(all) > 1 {
		return value(all[1])
	}
	return Value{}
}

// between is the time between the first segment of a side with flags and that of another behind it, in seconds.
func between(s *trace.Stream, a trace.Side, aFlags uint16, b trace.Side, bFlags uint16) Value {
	for _, early := range segments(s, from(a, aFlags)) {
		return first(s, func(late segment) bool { return late.Number > early.Number && from(b, bFlags)(late) },
			func(late segment) Value { return Of(late.Time.Sub(early.Time).Seconds()) })
	}
	return Value{}
}
