package exercise

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"pollwire/lab/dissect"
	"pollwire/lab/netbox"
	"pollwire/lab/trace"
)

var tcpLoss = Exercise{
	Name:   "tcp-loss",
	Lesson: "loss",
	Title:  Text{"What TCP does when segments get lost", "세그먼트가 사라지면 TCP는 어떻게 하는가"},
	Aim: Text{"You find the segment that was lost, see by what the sender noticed, and measure how long it waited.",
		"사라진 세그먼트를 찾고, 보낸 쪽이 무엇으로 알아챘는지 보고, 얼마나 " +
			"기다렸는지 잰다."},
	Box:  true,
	Make: makeLoss,
}

// losses is about RFC 5681 §3.2 (fast retransmission), RFC 2018 (SACK), RFC 6298 (the timer), RFC 8985 (probes).
type losses struct {
	code           string
	delay          time.Duration
	many, gone     int // segments that are sent, and which of them is lost, from 0
	short, repeats int // bytes that are sent alone, and how often they are sent again

	bulk, alone *trace.Stream
	lost, again segment   // of bulk: the same bytes, twice
	tries       []segment // of alone: the same bytes each time
}

// fullSegment is what fits behind the headers of IPv4 (20) and TCP (20) and a time stamp (12), of 1500 bytes.
const fullSegment = 1448

func makeLoss(r *Run) *Sheet {
	x := &losses{code: r.Code, delay: time.Duration(r.Between(15_000, 40_000)) * time.Microsecond,
		many: r.Between(30, 44), gone: r.Between(10, 20), short: r.Between(60, 300), repeats: r.Between(3, 4)}
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.segments(), x.heard(), x.timer()), Play: x.play}
}

func (x *losses) find(c *Capture) bool {
	x.bulk, x.alone = c.StreamWith(x.code+"-1 "), c.StreamWith(x.code+"-2 ")
	x.lost, x.again = sentTwice(x.bulk)
	first, _ := sentTwice(x.alone)
	x.tries = segments(x.alone, func(s segment) bool {
		return first.TCP != nil && s.Side == trace.Client && s.Carried() > 0 && s.Seq == first.Seq
	})
	return x.bulk != nil || x.alone != nil
}

// sentTwice are the first segment of the client that it sends again, and when it does.
func sentTwice(s *trace.Stream) (one, again segment) {
	sent := map[uint32]segment{}
	for _, seg := range segments(s, func(s segment) bool { return s.Side == trace.Client && s.Carried() > 0 }) {
		before, is := sent[seg.Seq]
		if is && (one.TCP == nil || before.Number < one.Number) {
			one, again = before, seg
		}
		if !is {
			sent[seg.Seq] = seg
		}
	}
	return one, again
}

func (x *losses) tasks() []Task {
	return inBox("tcp-loss", x.code, []Task{
		{"bulk", Text{"Host a sends host b %d bytes that begin with \"%s-1 \" over TCP, and the " +
			"link between them loses a segment.",
			"호스트 a가 호스트 b로 TCP로 %d바이트를 보낸다. \"%s-1 \"로 시작하며, 그 사이 링크가 " +
				"세그먼트 하나를 잃어버린다."}.With(x.many*fullSegment, x.code),
			func() bool { return x.lost.TCP != nil }},
		{"alone", Text{"On another connection it sends %d bytes that begin with \"%s-2 \" and " +
			"nothing behind them, and the link loses them more than once.",
			"다른 연결로 %d바이트만 보낸다. \"%s-2 \"로 시작하고 뒤따르는 것이 없으며, 링크가 " +
				"그것을 여러 번 잃어버린다."}.With(x.short, x.code),
			func() bool { return len(x.tries) > 2 }},
	})
}

// ofLost is a value of the segment that was lost.
func (x *losses) ofLost(value func(lost, again segment) Value) func() Value {
	return func() Value {
		if x.lost.TCP == nil {
			return Value{}
		}
		return value(x.lost, x.again)
	}
}

func (x *losses) segments() []Field {
	behind := func(fits func(segment) bool, more int) func() Value {
		return x.ofLost(func(lost, again segment) Value {
			return Of(more + len(segments(x.bulk, func(s segment) bool {
				return s.Number > lost.Number && s.Number < again.Number && fits(s)
			})))
		})
	}
	data := func(s segment) bool { return s.Side == trace.Client && s.Carried() > 0 }
	return []Field{
		{ID: "rtt", Type: Num, Unit: "s", Within: 2e-6, Needs: "bulk",
			Text: Text{"First connection: the round-trip time, from the SYN to the SYN, ACK, to 2 microseconds?",
				"첫째 연결: SYN에서 SYN, ACK까지의 왕복 시간은? 오차 2마이크로초까지."},
			Right: func() Value { return between(x.bulk, trace.Client, dissect.SYN, trace.Server, dissect.SYN) },
			Mistakes: []Mistake{
				{func() Value { return between(x.bulk, trace.Client, dissect.SYN, trace.Client, dissect.ACK) },
					Text{"That is the time to the third segment.", "그것은 셋째 세그먼트까지의 시간입니다."}},
				{func() Value { return between(x.alone, trace.Client, dissect.SYN, trace.Server, dissect.SYN) },
					Text{"That is the second connection.", "그것은 둘째 연결입니다."}}}},
		{ID: "lost", Type: Packets, Needs: "bulk",
			Text: Text{"First connection: which packet of your file is the segment that was lost?",
				"첫째 연결: 사라진 세그먼트는 이 파일의 몇 번 패킷인가?"},
			Right: x.ofLost(func(lost, _ segment) Value { return numberOf(lost) }),
			Mistakes: []Mistake{{x.ofLost(func(_, again segment) Value { return numberOf(again) }),
				Text{"That is the retransmission, not the first one.", "그것은 처음 것이 아니라 재전송입니다."}}}},
		{ID: "lost_seq", Type: Num, Needs: "bulk",
			Text: Text{"The same: its relative sequence number (the SYN has 0)?",
				"같은 것: 상대 순서 번호는?(SYN이 0)"},
			Right: x.ofLost(func(lost, _ segment) Value { return Of(x.bulk.Relative(trace.Client, lost.Seq)) }),
			Mistakes: []Mistake{
				{x.ofLost(func(lost, _ segment) Value { return seqOf(lost) }),
					Text{"That is the number that travels; the relative one is asked.",
						"그것은 실제로 전송된 번호입니다. 상대 번호를 물었습니다."}},
				{x.ofLost(func(lost, _ segment) Value { return Of(x.bulk.Relative(trace.Client, lost.Next())) }),
					Text{"That is the number behind its last byte.", "그것은 마지막 바이트 다음의 번호입니다."}}}},
		{ID: "behind", Type: Num, Needs: "bulk",
			Text: Text{"The same: how many segments with data did a send behind it before it sent it again?",
				"같은 것: 다시 보내기 전에 a가 그 뒤로 보낸, 데이터가 든 세그먼트는 몇 개인가?"},
			Right: behind(data, 0),
			Mistakes: []Mistake{
				{behind(data, 1), Text{"One too many: it is counted itself.", "하나가 많습니다. 자신도 셌습니다."}},
				{behind(func(segment) bool { return true }, 0),
					Text{"Those are all packets in between, with what b has sent.",
						"그것은 b가 보낸 것까지, 그 사이의 모든 패킷입니다."}}}},
		{ID: "wait", Type: Num, Unit: "s", Within: 2e-6, Needs: "bulk",
			Text: Text{"The same: how long after it was it sent again, to 2 microseconds?",
				"같은 것: 얼마 뒤에 다시 보냈는가? 오차 2마이크로초까지."},
			Right: x.ofLost(func(lost, again segment) Value { return after(lost.Packet, again.Packet) }),
			Mistakes: []Mistake{{
				func() Value { return between(x.bulk, trace.Client, dissect.SYN, trace.Server, dissect.SYN) },
				Text{"That is the round-trip time of the handshake.",
					"그것은 핸드셰이크의 왕복 시간입니다."}}}},
	}
}

func (x *losses) heard() []Field {
	sacked := func(all bool) []segment {
		return segments(x.bulk, func(s segment) bool {
			return s.Side == trace.Server && len(s.SACK()) > 0 && (all || x.lost.TCP != nil && s.Number < x.again.Number)
		})
	}
	edge := func(of func(segment) uint32) func() Value {
		return func() Value {
			for _, s := range sacked(true) {
				return Of(x.bulk.Relative(trace.Client, of(s)))
			}
			return Value{}
		}
	}
	return []Field{
		{ID: "sack_left", Type: Num, Needs: "bulk",
			Text: Text{"First connection: with which relative sequence number begins the block in b's first ACK that has SACK?",
				"첫째 연결: SACK이 든 b의 첫 ACK에서 블록이 시작하는 상대 순서 번호는?"},
			Right: edge(func(s segment) uint32 { return s.SACK()[0][0] }),
			Mistakes: []Mistake{
				{edge(func(s segment) uint32 { return s.Ack }),
					Text{"That is what b still waits for.", "그것은 b가 아직 기다리는 번호입니다."}},
				{edge(func(s segment) uint32 { return s.SACK()[0][1] }),
					Text{"That is where the block ends.", "그것은 블록의 끝입니다."}}}},
		{ID: "sacks", Type: Num, Needs: "bulk",
			Text: Text{"The same: how many ACKs with SACK blocks had come to a when it sent the segment again?",
				"같은 것: 세그먼트를 다시 보낼 때까지 a에 온, SACK 블록이 든 ACK는 몇 개인가?"},
			Right: func() Value { return Of(len(sacked(false))) },
			Mistakes: []Mistake{{x.ofLost(func(lost, again segment) Value {
				return Of(len(segments(x.bulk, func(s segment) bool {
					return s.Side == trace.Server && s.Number > lost.Number && s.Number < again.Number
				})))
			}), Text{"Those are all ACKs in between; the first of them have no SACK block yet.",
				"그것은 그 사이의 모든 ACK입니다. 처음 것들에는 아직 SACK 블록이 없습니다."}}}},
	}
}

func (x *losses) timer() []Field {
	gap := func(i, j int) func() Value {
		return func() Value {
			if len(x.tries) <= j {
				return Value{}
			}
			return after(x.tries[i].Packet, x.tries[j].Packet)
		}
	}
	acked := func(value func(last, ack segment) Value) func() Value {
		return func() Value {
			if len(x.tries) == 0 {
				return Value{}
			}
			last := x.tries[len(x.tries)-1]
			return first(x.alone, func(s segment) bool { return s.Side == trace.Server && s.Number > last.Number },
				func(s segment) Value { return value(last, s) })
		}
	}
	return []Field{
		{ID: "times", Type: Num, Needs: "alone",
			Text: Text{"Second connection: how often does a send the bytes, in all?",
				"둘째 연결: a는 그 바이트를 모두 몇 번 보내는가?"},
			Right: func() Value { return Of(len(x.tries)) },
			Mistakes: []Mistake{{func() Value { return Of(len(x.tries) - 1) },
				Text{"Those are the repetitions; the first time counts, too.",
					"그것은 다시 보낸 횟수입니다. 처음 것도 셉니다."}}}},
		{ID: "second_wait", Type: Num, Unit: "s", Within: 2e-6, Needs: "alone",
			Text: Text{"The same: how long does a wait between the first repetition and the second, to 2 microseconds?",
				"같은 것: 첫 번째 재전송과 두 번째 재전송 사이의 시간은? 오차 2마이크로초까지."},
			Right: gap(1, 2),
			Mistakes: []Mistake{
				{gap(0, 1), Text{"That is the wait before the first repetition.",
					"그것은 첫 번째 재전송 전에 기다린 시간입니다."}},
				{gap(0, 2), Text{"That is the time from when it was sent first.",
					"그것은 처음 보낸 때부터의 시간입니다."}},
				{gap(2, 3), Text{"That is the wait before the third repetition.",
					"그것은 세 번째 재전송 전에 기다린 시간입니다."}}}},
		{ID: "last_ack", Type: Num, Needs: "alone",
			Text: Text{"The same: the number with which b acknowledges the bytes in the end, as it travels?",
				"같은 것: 마침내 b가 그 바이트를 확인하는, 실제로 전송된 확인 응답 번호는?"},
			Right: acked(func(_, ack segment) Value { return ackOf(ack) }),
			Mistakes: []Mistake{
				{acked(func(_, ack segment) Value { return Of(x.alone.Relative(trace.Client, ack.Ack)) }), relative},
				{acked(func(last, _ segment) Value { return seqOf(last) }),
					Text{"That is the number of the first byte.", "그것은 첫 바이트의 번호입니다."}}}},
	}
}

func (x *losses) play(ctx context.Context, at Place) error {
	n, err := at.Network()
	if err != nil {
		return err
	}
	n.Silent() // a comment would name the segment that is lost
	// b's window stays as it is: an ACK that also opens the window is no duplicate (RFC 5681 §2).
	a := n.Host("a", netbox.Sysctl("ipv4/tcp_congestion_control", "reno"))
	b := n.Host("b", netbox.Sysctl("ipv4/tcp_rmem", "4096 131072 131072"))
	link := n.Link(a.Card("10.0.0.1/24"), b.Card("10.0.0.2/24"), netbox.Delay(x.delay))
	if err := n.Err(); err != nil {
		return err
	}
	l, err := b.Listen("tcp", "10.0.0.2:80")
	if err != nil {
		return err
	}
	defer l.Close()
	gone := uint32(1 + x.gone*fullSegment)
	at.Say(Text{"Host a sends host b a few dozen segments, and the link loses one of them.",
		"호스트 a가 호스트 b로 세그먼트 수십 개를 보내고, 링크가 그중 하나를 잃어버립니다."})
	link.Set(netbox.LoseSegment(gone, 1))
	if err := transfer(a, l, x.code+"-1 ", x.many*fullSegment); err != nil {
		return err
	}
	at.Say(Text{"On another connection there is little to send, and the link loses it several times.",
		"다른 연결에서는 조금만 보내고, 링크가 그것을 여러 번 잃어버립니다."})
	link.Set(netbox.LoseSegment(gone, 0), netbox.LoseSegment(1, x.repeats))
	if err := transfer(a, l, x.code+"-2 ", x.short); err != nil {
		return err
	}
	return ctx.Err()
}

// transfer sends bytes from a host to a listener, and returns when both sides have closed.
func transfer(from *netbox.Host, to net.Listener, text string, size int) error {
	conn, err := from.Dial("tcp", to.Addr().String())
	if err != nil {
		return err
	}
	defer conn.Close()
	peer, err := to.Accept()
	if err != nil {
		return err
	}
	defer peer.Close()
	for _, c := range []net.Conn{conn, peer} { // a busy computer measures long round trips, and waits long
		c.SetDeadline(time.Now().Add(3 * patience))
	}
	data := append([]byte(text), make([]byte, size-len(text))...)
	if _, err := conn.Write(data); err != nil {
		return err
	}
	if _, err := io.ReadFull(peer, data); err != nil {
		return fmt.Errorf("host b: %w", err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	if err := untilFIN(peer); err != nil {
		return err
	}
	peer.Close()
	return untilFIN(conn)
}
