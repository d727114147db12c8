package lessons

import (
	"fmt"
	"io"
	"net"
	"time"

	"pollwire/lab/netbox"
)

var lossLesson = Lesson{
	Name: "loss",
	Title: Text{"lost segments: duplicate ACKs, fast retransmission, with and without SACK, timeouts, reordering",
		"사라진 세그먼트: 중복 ACK, 빠른 재전송, SACK이 있을 때와 없을 때, 타임아웃, 순서 " +
			"바뀜"},
	Aim: Text{"TCP promises every byte over a network that loses some. It learns of a loss from what the other side " +
		"says, or " +
		"from its silence, and may be wrong.",
		"TCP는 패킷을 잃는 네트워크에서도 모든 바이트를 약속한다. 손실은 상대가 알려 " +
			"주는 것이나 상대의 침묵에서 " +
			"알아내며, 틀릴 수도 있다."},
	Plot: "a",
	Box:  true,
	Play: playLoss,
}

// lossy are two hosts and a link that loses what it is told to.
type lossy struct {
	*Scene
	a, b *netbox.Host
	link *netbox.Link
}

// What is sent: full segments, of which a may send ten before it has heard anything (RFC 6928). The two that are lost
// are behind these, so that enough comes after them.
const (
	full       = 1448
	lossSize   = 30 * full
	gone, next = 1 + 10*full, 1 + 12*full
	lossDelay  = 20 * time.Millisecond
	lossAddr   = "10.0.0.2:80"
)

// playLoss is RFC 5681 §3.2 (fast retransmission), RFC 2018 and 6675 (SACK), RFC 6582 (without), RFC 6298 (the timer),
// RFC 8985 (RACK, tail loss probes), RFC 2883 (D-SACK).
func playLoss(s *Scene) {
	n := s.Network()
	l := &lossy{Scene: s, a: n.Host("a", netbox.Sysctl("ipv4/tcp_congestion_control", "reno")),
		// b's window stays as it is: an ACK that also opens the window is no duplicate (RFC 5681 §2).
		b: n.Host("b", netbox.Sysctl("ipv4/tcp_rmem", "4096 131072 131072"))}
	l.link = n.Link(l.a.Card("10.0.0.1/24"), l.b.Card("10.0.0.2/24"), netbox.Delay(lossDelay))
	s.Built(n)
	with := playFast(l)
	without := playNoSACK(l)
	silent := playTimeouts(l)
	held := playReordered(l)
	askLoss(l, with, without, silent, held)
}

// transfer sends bytes from a to b, and returns the connection when b has all of them and both have closed.
func (l *lossy) transfer(size int) *Conn {
	in := l.ListenAt(l.b, lossAddr)
	defer in.Close()
	c := l.DialFrom(l.a, "tcp", lossAddr)
	peer, err := in.Accept()
	l.Check("accept", err)
	defer peer.Close()
	_, err = c.Write(make([]byte, size))
	l.Check("write", err)
	peer.SetReadDeadline(time.Now().Add(3 * patience)) // a busy computer measures long round trips, and waits long
	_, err = io.ReadFull(peer, make([]byte, size))
	l.Check("read", err)
	l.Check("close", c.Conn.(*net.TCPConn).CloseWrite())
	_, err = io.Copy(io.Discard, peer)
	l.Check("wait for the FIN", err)
	peer.Close()
	c.Closed()
	return c
}

// from is what of a connection a has sent.
func from(c *Conn, filter string) string { return filter + " && tcp.srcport == " + c.Port() }

// to is what of a connection b has sent.
func to(c *Conn, filter string) string { return filter + " && tcp.dstport == " + c.Port() }

func playFast(l *lossy) *Conn {
	l.Step(Text{"a sends b %d bytes, %d in each segment; each way takes %v. The wire loses the segments that begin " +
		"with the bytes %d " +
		"and %d.",
		"a가 b에게 %d바이트를 세그먼트마다 %d바이트씩 보낸다. 편도에 %v가 걸린다. 회선은 " +
			"번호 %d, %d로 시작하는 " +
			"세그먼트를 잃어버린다."}.With(lossSize, full, lossDelay, gone, next))
	l.link.Set(netbox.LoseSegment(gone, 1), netbox.LoseSegment(next, 1))
	c := l.transfer(lossSize)
	l.At(l.a)
	l.Find(2, from(c, `frame.comment == "a>b: lost"`), Text{"the two that are lost", "사라진 둘"})
	l.FindSome(to(c, fmt.Sprintf("tcp.analysis.duplicate_ack && tcp.ack == %d", gone)),
		Text{"b: I still wait for the first one. A duplicate ACK for each segment that comes after it",
			"b: 아직 첫째 것을 기다린다. 그 뒤의 세그먼트가 올 때마다 보내는 중복 ACK"})
	l.FindSome(to(c, fmt.Sprintf("tcp.options.sack.count >= 1 && tcp.ack == %d", gone)),
		Text{"and in them SACK: which bytes have come", "그 안의 SACK: 어떤 바이트가 왔는지"})
	l.Find(2, from(c, fmt.Sprintf("tcp.seq == %d && tcp.len == %d", gone, full)),
		Text{"the first one, lost, and sent again", "첫째 세그먼트. 사라진 것과 다시 보낸 것"})
	l.Find(2, from(c, fmt.Sprintf("tcp.seq == %d && tcp.len == %d", next, full)),
		Text{"the same of the second", "둘째도 마찬가지"})
	l.At(l.b)
	l.Find(2, from(c, fmt.Sprintf("(tcp.seq == %d || tcp.seq == %d)", gone, next)),
		Text{"b has each of them once", "b에는 각각 한 번씩 왔다"})
	return c
}

func playNoSACK(l *lossy) *Conn {
	l.Step(Text{"The same again, but b does not know SACK.", "같은 일을 다시 한다. 이번에는 b가 SACK을 " +
		"모른다."})
	l.b.Set("ipv4/tcp_sack", "0")
	c := l.transfer(lossSize)
	l.b.Set("ipv4/tcp_sack", "1")
	l.At(l.a)
	l.Find(1, from(c, "tcp.flags.syn == 1 && tcp.options.sack_perm"), Text{"a offers SACK", "a는 SACK을 제안한다"})
	l.Find(0, to(c, "tcp.flags.syn == 1 && tcp.options.sack_perm"), Text{"b does not take it up", "b는 " +
		"받아들이지 않는다"})
	l.Find(0, to(c, "tcp.options.sack.count >= 1"), Text{"so its duplicate ACKs say nothing more",
		"그래서 중복 ACK에 더 적힌 것이 없다"})
	l.Find(2, from(c, `frame.comment == "a>b: lost"`), Text{"the same two are lost", "같은 둘이 사라진다"})
	l.FindSome(from(c, fmt.Sprintf("tcp.seq == %d && tcp.analysis.retransmission", next)),
		Text{"the second one again: when?", "다시 보낸 둘째 세그먼트. 언제인가?"})
	return c
}

// times is how often the segment of playTimeouts has to be sent.
const times = 5

func playTimeouts(l *lossy) *Conn {
	l.Step(Text{"Nothing comes after: 100 bytes, alone, and the wire loses them four times. There are no duplicate " +
		"ACKs, only a " +
		"timer.",
		"뒤따르는 것이 없다: 100바이트뿐인데 회선이 그것을 네 번 잃어버린다. 중복 ACK도 " +
			"없다. 타이머뿐이다."})
	l.link.Set(netbox.LoseSegment(gone, 0), netbox.LoseSegment(next, 0), netbox.LoseSegment(1, times-1))
	c := l.transfer(100)
	l.link.Set(netbox.LoseSegment(1, 0))
	l.At(l.a)
	l.Find(times, from(c, "tcp.seq == 1 && tcp.len == 100"), Text{"sent five times: look at the gaps", "다섯 번 " +
		"보냈다. 간격을 보라"})
	l.Find(times-1, from(c, `frame.comment == "a>b: lost"`), Text{"and lost four times", "네 번 사라졌다"})
	l.Find(0, to(c, "tcp.analysis.duplicate_ack && tcp.ack == 1"), Text{"b has nothing to say", "b는 할 말이 없다"})
	l.At(l.b)
	l.Find(1, from(c, "tcp.seq == 1 && tcp.len == 100"), Text{"it came once", "b에는 한 번 왔다"})
	return c
}

func playReordered(l *lossy) *Conn {
	const late = 30 * time.Millisecond
	l.Step(Text{"Nothing is lost: the segment that begins with %d is only held up for %v, so that others overtake it.",
		"아무것도 잃지 않는다. %d로 시작하는 세그먼트를 %v 동안 붙잡아 둘 뿐이고, 그 사이 " +
			"다른 것들이 앞지른다."}.With(gone, late))
	l.link.Set(netbox.HoldSegment(gone, late))
	c := l.transfer(lossSize)
	l.At(l.a)
	l.Find(1, from(c, `frame.comment contains "held up"`), Text{"the one that is late", "늦는 세그먼트"})
	l.Find(2, from(c, fmt.Sprintf("tcp.seq == %d && tcp.len == %d", gone, full)),
		Text{"a took it for lost, and sent it again", "a는 사라진 줄 알고 다시 보냈다"})
	l.FindSome(to(c, "tcp.options.sack.dsack"), Text{"b: I had that already (D-SACK)", "b: 그것은 이미 " +
		"받았다(D-SACK)"})
	l.At(l.b)
	l.Find(2, from(c, fmt.Sprintf("tcp.seq == %d && tcp.len == %d", gone, full)), Text{"b has it twice", "b에는 두 " +
		"번 왔다"})
	return c
}

func askLoss(l *lossy, with, without, silent, held *Conn) {
	rtt := 2 * lossDelay
	l.Ask(Text{"Port %s: how long after the segment with the number %d was it sent again, in round trips of %v? What " +
		"had a heard in " +
		"between?",
		"포트 %s: 순서 번호가 %d인 세그먼트는 얼마 뒤에 다시 보내졌는가? %v의 왕복 시간으로 " +
			"재면 몇 번인가? 그 사이 a는 " +
			"무엇을 들었는가?"}.With(with.Port(), gone, rtt),
		Text{"After one, a little more than %v: several duplicate ACKs of %d, whose SACK told that later segments had " +
			"come. No timer " +
			"had to run out.",
			"한 번, %v를 조금 넘는다. ack %d 번호를 되풀이하는 중복 ACK 여러 개를 들었고, 그 " +
				"SACK이 뒤의 " +
				"세그먼트가 왔음을 알렸다. " +
				"타이머가 다 될 필요가 없었다."}.With(rtt, gone),
		ofHost("a", from(with, fmt.Sprintf("tcp.seq == %d && tcp.len > 0", gone)), "tcp.time_relative",
			Text{"both times (seconds since the SYN)",
				"두 번의 시각(SYN부터 몇 초)"}))
	l.Ask(Text{"How much time lies between the retransmissions of the numbers %d and %d on port %s, and how " +
		"much on port %s? " +
		"Why?",
		"순서 번호 %d, %d의 재전송 사이 시간은 포트 %s에서 얼마이고 포트 %s에서 " +
			"얼마인가? 왜 그런가?"}.With(
		gone, next, with.Port(), without.Port()),
		Text{"With SACK nearly none: the blocks show both gaps at once. Without, one round trip of %v: an ACK tells the " +
			"first gap " +
			"alone, and the second one shows when the first is filled (RFC 6582).",
			"SACK이 있으면 거의 없다. 블록이 두 빈자리를 한꺼번에 보여 준다. 없으면 %v의 왕복 " +
				"한 번이다. ACK는 첫째 빈자리만 " +
				"알리고, 둘째는 첫째가 채워져야 드러난다(RFC 6582)."}.With(rtt),
		ofHost("a", from(without, fmt.Sprintf("(tcp.seq == %d || tcp.seq == %d) && tcp.len > 0", gone, next)),
			"tcp.time_relative",
			Text{"when each of the two was sent on the second port (seconds since the SYN)",
				"뒤 포트에서 둘을 보낸 시각들(SYN부터 몇 초)"}))
	askTimers(l, silent, held)
}

func askTimers(l *lossy, silent, held *Conn) {
	l.Ask(Text{"Port %s: write down the gaps between the five. Which rule do the last ones follow, and which one does " +
		"not belong to it?",
		"포트 %s: 다섯 번 사이의 간격을 적어라. 마지막 간격들은 어떤 규칙을 따르며, " +
			"거기에 속하지 않는 간격은 어느 것인가?"}.With(
		silent.Port()),
		Text{"The last ones double: the timer of RFC 6298, §5.5, which begins with at least 200 ms on Linux. The first " +
			"gap " +
			"belongs to a probe, in case only the tail is lost (RFC 8985 §7): so the second one is not twice as long.",
			"마지막 간격들은 두 배씩 늘어난다. RFC 6298 §5.5의 타이머이며 Linux에서는 적어도 200 " +
				"ms에서 시작한다. 첫 " +
				"간격은 꼬리만 사라진 경우를 위한 탐침의 것이다(RFC 8985 §7). 그래서 둘째 간격은 " +
				"그 두 배가 아니다."},
		ofHost("a", from(silent, "tcp.seq == 1 && tcp.len == 100"), "tcp.time_relative",
			Text{"when each of the five was sent (seconds since the SYN)",
				"다섯 번의 시각(SYN부터 몇 초)"}))
	l.Ask(Text{"Port %s: prove that the retransmission was needless, once from b.pcapng and once from what b says.",
		"포트 %s: 재전송이 필요 없었음을 b.pcapng로 한 번, b가 한 말로 한 번 " +
			"증명하라."}.With(held.Port()),
		Text{"tcp.seq == %d is in b.pcapng twice. And b's D-SACK, tcp.options.sack.dsack, names a block that is below " +
			"its own ack " +
			"number: RFC 2883.",
			"b.pcapng에 tcp.seq == %d 세그먼트가 두 번 있다. 그리고 b의 D-SACK(tcp.options.sack.dsack)은 " +
				"자기 ack " +
				"번호보다 앞의 " +
				"블록을 적는다: RFC 2883."}.With(gone),
		ofHost("a", to(held, "tcp.options.sack.dsack"), "tcp.ack_raw", Text{"the raw ack number of that segment",
			"그 세그먼트의 원래(raw) ack 번호"}))
}
