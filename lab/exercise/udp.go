package exercise

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"pollwire/lab/dissect"
)

var udp = Exercise{
	Name:   "udp",
	Lesson: "udp",
	Title:  Text{"Datagrams, and a port where nobody listens", "데이터그램, 그리고 아무도 없는 포트"},
	Aim: Text{"You read the header of a datagram, tell its lengths apart, and find out what comes back where nobody " +
		"listens.",
		"데이터그램의 헤더를 읽고 여러 길이를 구분하며, 아무도 듣지 않는 포트에서 무엇이 " +
			"돌아오는지 알아낸다."},
	Make: makeUDP,
}

// datagramRun is about RFC 768, and RFC 792 and RFC 4443 for what says that nobody is there.
type datagramRun struct {
	size, other, lost, closed int
	code                      string

	ping, pong, second, nobody datagram
	refusal                    message
}

func makeUDP(r *Run) *Sheet {
	x := &datagramRun{code: r.Code, size: r.Between(30, 48), other: r.Between(50, 69), lost: r.Between(600, 1200),
		closed: r.SparePort()}
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.headers(), x.answers(), x.refused()),
		Play: x.play}
}

func (x *datagramRun) pingText(which string, size int) string {
	return padded("ping "+x.code+which, size)
}
func (x *datagramRun) lostText() string { return padded(x.code+"-3 ", x.lost) }

func (x *datagramRun) find(c *Capture) bool {
	all := c.datagrams(x.code)
	exactly := func(text string) datagram {
		return firstOf(all, func(d datagram) bool { return string(d.payload) == text })
	}
	x.ping, x.second = exactly(x.pingText("-1 ", x.size)), exactly(x.pingText("-2 ", x.other))
	x.pong = answerTo(all, x.ping)
	x.nobody = firstOf(all, func(d datagram) bool {
		return int(d.Destination) == x.closed && begins(x.code+"-3 ")(d) && len(d.payload) == x.lost
	})
	x.refusal = firstAbout(c.messages(func(m message) bool { return !m.Echo() }), x.nobody)
	return !x.ping.nothing() || !x.second.nothing() || !x.nobody.nothing()
}

func (x *datagramRun) tasks() []Task {
	return []Task{
		{"ping", Text{"Send the server's UDP ping (the port of its health checks, 3001) one datagram of %d bytes that " +
			"begins with \"ping %s-1 \", with dots up to its end. The server answers it.",
			"서버의 UDP ping(상태 점검 포트, 3001)에 %d바이트짜리 데이터그램을 하나 보낸다. " +
				"\"ping %s-1 \"로 시작하고 나머지는 점(.)으로 채운다. 서버가 응답한다."}.With(x.size, x.code),
			func() bool { return !x.ping.nothing() && !x.pong.nothing() }},
		{"second", Text{"Then send it one of %d bytes that begins with \"ping %s-2 \", from another port of yours.",
			"이어서 자신의 다른 포트에서 %d바이트짜리를 보낸다. \"ping %s-2 \"로 시작하고 점으로 " +
				"채운다."}.With(x.other, x.code),
			func() bool { return !x.second.nothing() && (x.ping.nothing() || x.second.Source != x.ping.Source) }},
		{"nobody", Text{"Send a datagram of %d bytes that begins with \"%s-3 \" to port %d of the server, where nobody " +
			"listens.",
			"아무도 듣지 않는 서버의 %[3]d번 포트에 %[1]d바이트짜리 데이터그램을 보낸다. " +
				"\"%[2]s-3 \"으로 시작한다."}.With(x.lost, x.code, x.closed),
			func() bool { return x.refusal.ICMP != nil }},
	}
}

func (x *datagramRun) headers() []Field {
	return []Field{
		{ID: "client_port", Type: Port, Needs: "ping",
			Text:  Text{"First ping: from which port was it sent?", "첫째 ping: 어느 포트에서 보냈는가?"},
			Right: x.ping.of(sourceOf),
			Mistakes: []Mistake{
				{x.ping.of(destinationOf), Text{"That is the server's port.", "그것은 서버의 포트입니다."}},
				{x.second.of(sourceOf), Text{"That is the port of the second ping.",
					"그것은 둘째 ping의 포트입니다."}}}},
		{ID: "length", Type: Num, Unit: "bytes", Needs: "ping",
			Text:  Text{"First ping: the length that its UDP header tells?", "첫째 ping: UDP 헤더에 적힌 길이는?"},
			Right: x.ping.of(lengthOf),
			Mistakes: []Mistake{
				{x.ping.of(payloadOf), Text{"That is the payload alone: the header's 8 bytes count, too.",
					"그것은 페이로드뿐입니다. 헤더 8바이트도 셉니다."}},
				{x.ping.of(ipLength), Text{"That is the length of the IP packet around it.",
					"그것은 바깥 IP 패킷의 길이입니다."}}}},
		{ID: "checksum", Type: Hex, Needs: "ping",
			Text: Text{"First ping: the checksum in its UDP header, in hex (as it stands there, unfinished or not)?",
				"첫째 ping: UDP 헤더에 적힌 체크섬을 16진수로?(계산이 덜 된 값이라도 적힌 그대로)"},
			Right: x.ping.of(checksumOf),
			Mistakes: []Mistake{
				{x.ping.of(func(d datagram) Value {
					if ip, ok := d.ip().(*dissect.IPv4); ok {
						return word(ip.Checksum)
					}
					return Value{}
				}), Text{"That is the checksum of the IP header.", "그것은 IP 헤더의 체크섬입니다."}}}},
	}
}

func (x *datagramRun) answers() []Field {
	return []Field{
		{ID: "rtt", Type: Num, Unit: "s", Within: 2e-6, Needs: "ping",
			Text: Text{"First ping: how much time lies between question and answer, to 2 microseconds?",
				"첫째 ping: 질문과 응답 사이의 시간은? 오차 2마이크로초까지."},
			Right: func() Value { return after(x.ping.Packet, x.pong.Packet) },
			Mistakes: []Mistake{{func() Value { return after(x.ping.Packet, x.second.Packet) },
				Text{"That is the time up to the second ping.", "그것은 둘째 ping까지의 시간입니다."}}}},
		{ID: "second_ip", Type: Num, Unit: "bytes", Needs: "second",
			Text: Text{"Second ping: how many bytes has the IP packet, header included?",
				"둘째 ping: IP 패킷은 헤더까지 모두 몇 바이트인가?"},
			Right: x.second.of(ipLength),
			Mistakes: []Mistake{
				{x.second.of(lengthOf), Text{"That is UDP's length: the header of IP is missing.",
					"그것은 UDP의 길이입니다. IP 헤더가 빠졌습니다."}},
				{x.second.of(payloadOf), Text{"That is the payload alone.", "그것은 페이로드뿐입니다."}},
				{x.second.of(func(d datagram) Value { return Of(d.Packet.Length) }),
					Text{"That is the frame, with the header of the link.",
						"그것은 링크 헤더까지 더한 프레임의 길이입니다."}}}},
	}
}

func (x *datagramRun) refused() []Field {
	carries := func(more int) func() Value {
		return x.refusal.of(quoted(func(u *dissect.UDP) Value { return Of(u.Carried() + more) }))
	}
	return []Field{
		{ID: "refusal", Type: Packets, Needs: "nobody",
			Text: Text{"Which packet of your file says that nobody listens there?",
				"아무도 듣지 않는다고 알리는 것은 이 파일의 몇 번 패킷인가?"},
			Right: x.refusal.of(func(m message) Value { return Numbered(m.Number) }),
			Mistakes: []Mistake{{x.nobody.of(packetOf), Text{"That is the datagram itself; who refuses it?",
				"그것은 보낸 데이터그램입니다. 거절하는 것은 무엇입니까?"}}}},
		{ID: "icmp_checksum", Type: Hex, Needs: "nobody",
			Text:  Text{"The checksum of that ICMP message, in hex?", "그 ICMP 메시지의 체크섬을 16진수로?"},
			Right: x.refusal.of(func(m message) Value { return word(m.Checksum) }),
			Mistakes: []Mistake{{x.refusal.of(quoted(func(u *dissect.UDP) Value { return word(u.Checksum) })),
				Text{"That is the checksum of the datagram which is quoted in it.",
					"그것은 그 안에 인용된 데이터그램의 체크섬입니다."}}}},
		{ID: "quoted_port", Type: Port, Needs: "nobody",
			Text: Text{"The source port of the datagram that the ICMP message quotes?",
				"ICMP 메시지에 인용된 데이터그램의 출발지 포트는?"},
			Right: x.refusal.of(quoted(func(u *dissect.UDP) Value { return Of(u.Source) })),
			Mistakes: []Mistake{
				{is(x.closed), Text{"That is where it went, not where it came from.",
					"그것은 출발지가 아니라 목적지입니다."}},
				{x.ping.of(sourceOf), Text{"That is the port of the first ping.", "그것은 첫째 ping의 포트입니다."}}}},
		{ID: "quoted_bytes", Type: Num, Unit: "bytes", Needs: "nobody",
			Text: Text{"Of the payload of that datagram, how many bytes does the ICMP message quote?",
				"ICMP 메시지는 그 데이터그램의 페이로드를 몇 바이트나 인용하는가?"},
			Right: carries(0),
			Mistakes: []Mistake{
				{is(x.lost), Text{"So many were sent; the message quotes only the beginning.",
					"그것은 보낸 바이트 수입니다. 메시지에는 앞부분만 인용됩니다."}},
				{carries(8), Text{"The 8 bytes of the UDP header are no payload.",
					"UDP 헤더 8바이트는 페이로드가 아닙니다."}},
				{carries(28), Text{"The headers of IP and UDP are no payload.",
					"IP와 UDP 헤더는 페이로드가 아닙니다."}}}},
	}
}

func (x *datagramRun) play(ctx context.Context, at Place) error {
	at.Say(Text{"The server is asked by a datagram, and answers by one.",
		"데이터그램 하나로 묻고 하나로 응답을 받습니다."})
	addr := at.Addr("health")
	for _, text := range []string{x.pingText("-1 ", x.size), x.pingText("-2 ", x.other)} {
		conn, err := dialUDP(ctx, addr)
		if err != nil {
			return err
		}
		defer conn.Close() // behind both: the second one gets another port
		if err := exchange(conn, text); err != nil {
			return err
		}
	}
	at.Say(Text{"Another datagram goes where nobody listens.",
		"다른 데이터그램은 아무도 듣지 않는 곳으로 갑니다."})
	host, _, _ := net.SplitHostPort(addr)
	conn, err := dialUDP(ctx, net.JoinHostPort(host, fmt.Sprint(x.closed)))
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(x.lostText())); err != nil {
		return err
	}
	conn.SetReadDeadline(time.Now().Add(2 * time.Second)) // a firewall may swallow the refusal
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		return fmt.Errorf("port %d has answered with %d bytes: ask for another run", x.closed, n)
	}
	return ctx.Err()
}
