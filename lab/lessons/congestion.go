package lessons

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"pollwire/lab/netbox"
)

var congestionLesson = Lesson{
	Name: "congestion",
	Title: Text{"slow start, the sawtooth, reno beside cubic and bbr, a full queue's delay, two flows that share",
		"느린 시작, 톱니, reno와 cubic과 bbr, 가득 찬 큐의 지연, 링크를 나누어 쓰는 두 흐름"},
	Aim: Text{"Nobody tells a sender how much the network takes. TCP tries: it sends more and more, until something is " +
		"lost or late, and then less.",
		"네트워크가 얼마나 받아 주는지 아무도 알려 주지 않는다. TCP는 시험해 본다. 무언가 " +
			"사라지거나 늦어질 때까지 점점 더 보내고, 그러면 줄인다."},
	Plot: "a",
	Box:  true,
	Play: playCongestion,
}

// pipes are two hosts, with three links between them that are alike, so that algorithms can be played at the same time.
type pipes struct {
	*Scene
	a, b  *netbox.Host
	links [3]*netbox.Link
	in    [3]net.Listener
}

// The links, but for the first step: a frame of 1514 bytes takes 12 ms, and the queue holds twice as much as is on its
// way when there is none. So a window that is halved still keeps the link busy.
const (
	pipeRate  = 1e6
	pipeDelay = 25 * time.Millisecond
	pipeQueue = 10
	longQueue = 100
	farDelay  = 100 * time.Millisecond // of the first step: no other delay comes near it
	pipeSize  = 240 * full
	bloatSize = 90 * full
	shareSize = 140 * full
	rounds    = 4
)

// startSize is what slow start sends in four round trips: 10, 20, 40 and 80 segments.
const startSize = (10 + 20 + 40 + 80) * full

func pipeB(link int) string { return fmt.Sprintf("10.0.%d.2", link+1) }

// playCongestion is RFC 5681 (slow start, congestion avoidance), RFC 6928 (the first ten segments), RFC 9438 (cubic),
// RFC 8289 §1 and RFC 7567 (queues that are too long). BBR is draft-ietf-ccwg-bbr.
func playCongestion(s *Scene) {
	p := buildPipes(s)
	start := playSlowStart(p)
	saw := playSawtooth(p)
	cubic := playBeside(p, saw)
	playBloat(p)
	one, two, part := playShare(p)
	askCongestion(p, start, saw, cubic, one, two, part)
}

func buildPipes(s *Scene) *pipes {
	n := s.Network()
	p := &pipes{Scene: s, a: n.Host("a"),
		// b's window stays as it is: an ACK that also opens the window is no duplicate (RFC 5681 §2).
		b: n.Host("b", netbox.Sysctl("ipv4/tcp_rmem", "4096 1048576 1048576"))}
	for i := range p.links {
		a, b := p.a.Card(fmt.Sprintf("10.0.%d.1/24", i+1)), p.b.Card(pipeB(i)+"/24")
		p.links[i] = n.Link(a, b, netbox.Rate(pipeRate), netbox.Delay(pipeDelay), netbox.Queue(pipeQueue))
	}
	s.Built(n)
	for i := range p.in {
		p.in[i] = s.ListenAt(p.b, p.addr(i))
	}
	return p
}

func playSlowStart(p *pipes) *flow {
	p.Step(Text{"a sends b %d bytes, %d in each segment. Each way takes %v, and the link takes as much as comes. TCP " +
		"does not know that: it begins with ten segments, and sends two for each one that is acknowledged.",
		"a가 b에게 %d바이트를 세그먼트마다 %d바이트씩 보낸다. 편도에 %v가 걸리고 링크는 " +
			"오는 대로 다 받는다. TCP는 그것을 모르므로 세그먼트 열 개로 시작하고, 하나가 " +
			"확인될 때마다 둘을 보낸다."}.With(startSize, full, farDelay))
	p.links[0].Set(netbox.Rate(0), netbox.Delay(farDelay), netbox.Queue(0))
	f := p.begin("reno", 0, startSize)
	p.end(f)
	p.links[0].Set(netbox.Rate(pipeRate), netbox.Delay(pipeDelay), netbox.Queue(pipeQueue))
	p.At(p.a)
	for round := range rounds {
		rtt := 2 * farDelay.Seconds()
		filter := fmt.Sprintf("tcp.len > 0 && tcp.time_relative > %.1f && tcp.time_relative < %.1f",
			(float64(round)+0.5)*rtt, (float64(round)+1.5)*rtt)
		p.Find(10<<round, from(f.Conn, filter), Text{"what it sends in round trip %d",
			"왕복 %d번째에 보낸 것"}.With(round+1))
	}
	p.FindSome(from(f.Conn, fmt.Sprintf("tcp.analysis.bytes_in_flight == %d", 80*full)),
		Text{"in the end %d bytes are under way, and none is acknowledged", "끝에는 %d바이트가 " +
			"확인되지 않은 채 가는 중이다"}.With(80*full))
	p.Find(0, from(f.Conn, "tcp.analysis.retransmission"), Text{"nothing is lost", "잃은 것이 없다"})
	return f
}

// queueIsFull finds what a full queue has lost.
var queueIsFull = fmt.Sprintf(`frame.comment contains "queue of %d frames is full"`, pipeQueue)

// again finds what was sent once more.
const again = "(tcp.analysis.retransmission || tcp.analysis.out_of_order)"

func playSawtooth(p *pipes) *flow {
	p.Step(Text{"Now the link takes %.0f Mbit a second and each way %v, and before the link is a queue of %d frames. a " +
		"sends %d bytes by reno (RFC 5681).",
		"이제 링크는 1초에 %.0f Mbit를 받고 편도에 %v가 걸리며, 링크 앞에 프레임 %d개의 큐가 " +
			"있다. a는 reno(RFC 5681)로 %d바이트를 보낸다."}.With(pipeRate/1e6, pipeDelay, pipeQueue, pipeSize))
	f := p.begin("reno", 0, pipeSize)
	p.end(f)
	p.Varying(f.before, f.after, f.resent)
	p.Note(Text{"What is in no header: when it noticed its last loss a's kernel had a window of %d segments, and " +
		"made %d of it. It sent %d segments again.",
		"어느 헤더에도 없는 것: 마지막 손실을 알아챘을 때 a의 커널은 윈도가 세그먼트 " +
			"%d개였고 그것을 %d개로 줄였다. 다시 보낸 세그먼트는 " +
			"%d개이다."}.With(f.before, f.after, f.resent))
	p.At(p.a)
	p.FindSome(from(f.Conn, queueIsFull), Text{"lost: the queue was full", "사라진 것: 큐가 가득 찼다"})
	p.FindSome(to(f.Conn, "tcp.analysis.duplicate_ack"), Text{"so b acknowledges the same again",
		"그래서 b는 같은 번호를 다시 확인한다"})
	p.FindSome(from(f.Conn, again), Text{"and a sends again what was lost. Wireshark takes some of that for out " +
		"of order, as it comes sooner than the first round trip took", "a는 사라진 것을 다시 보낸다. " +
		"Wireshark는 그 일부를 순서가 바뀐 것으로 본다. 첫 왕복보다 짧은 시간 안에 오기 " +
		"때문이다"})
	p.FindSome(to(f.Conn, "tcp.analysis.ack_rtt > 0.1"), Text{"what waits long in the queue is acknowledged late",
		"큐에서 오래 기다린 것은 늦게 확인된다"})
	p.At(p.b)
	p.FindSome(from(f.Conn, "tcp.analysis.lost_segment"), Text{"at b there is a gap before these",
		"b에서는 이 세그먼트들 앞이 비어 있다"})
	p.FindSome(from(f.Conn, again), Text{"which these fill", "이것들이 그 빈자리를 채운다"})
	return f
}

// playBeside plays two other algorithms on links of their own, as long as the kernel has them.
func playBeside(p *pipes, saw *flow) (cubic *flow) {
	all := p.algorithms()
	p.Step(Text{"The same by two other algorithms at the same time, each on a link of its own: cubic (to %s) and bbr " +
		"(to %s).", "같은 일을 다른 두 알고리즘으로 동시에 한다. 저마다 자기 링크를 쓴다: " +
		"cubic(%s로), bbr(%s로)."}.With(pipeB(1), pipeB(2)))
	flows := map[string]*flow{"reno": saw}
	for i, name := range []string{"cubic", "bbr"} {
		if slices.Contains(all, name) {
			flows[name] = p.connect(name, 1+i)
			p.send(flows[name], pipeSize)
		}
	}
	var rows [][]string
	for _, name := range []string{"reno", "cubic", "bbr"} {
		f := flows[name]
		if f != nil && f != saw {
			p.end(f)
		}
		rows = append(rows, f.row(name))
	}
	names := strings.Join(all, ",")
	p.Varying(names)
	p.Note(Text{"This kernel has %s (net.ipv4.tcp_available_congestion_control). What it has not is not played.",
		"이 커널에 있는 것은 %s이다(net.ipv4.tcp_available_congestion_control). 없는 것은 실행하지 " +
			"않는다."}.With(names))
	p.varies(rows...)
	p.Table(Text{"algorithm\tseconds\tsent again\tmean RTT of the second half (ms)\twindow at the last loss\tafter it",
		"알고리즘\t초\t다시 보낸 수\t후반의 평균 RTT(ms)\t마지막 손실 때의 윈도\t그 뒤"}, rows...)
	p.At(p.a)
	if flows["cubic"] == nil {
		p.Unable(Text{"This kernel has no cubic.", "이 커널에는 cubic이 없다."})
	} else {
		p.FindSome("ip.dst == "+pipeB(1)+" && "+queueIsFull, Text{"cubic, too, fills the queue", "cubic도 큐를 채운다"})
		p.FindSome("ip.dst == "+pipeB(1)+" && "+again, Text{"and sends again", "그리고 다시 " +
			"보낸다"})
	}
	p.FindPerhaps("ip.dst == "+pipeB(2)+" && "+queueIsFull, Text{"what bbr has lost, where the kernel has it",
		"bbr가 잃은 것(커널에 있으면)"})
	p.FindPerhaps("ip.src == "+pipeB(2)+" && tcp.analysis.ack_rtt > 0.15",
		Text{"and what was acknowledged as late as by reno", "reno만큼 늦게 확인된 것"})
	return flows["cubic"]
}

func playBloat(p *pipes) {
	p.Step(Text{"An echo, while nobody sends. Then a sends %d bytes by reno, and once more with a queue of %d frames in " +
		"place of %d. When that queue has filled a asks for a second echo.",
		"아무도 보내지 않을 때 에코를 요청한다. 그런 다음 a가 reno로 %d바이트를 보내고, " +
			"큐를 %d개로 늘려(원래는 %d개) 한 번 더 보낸다. 그 큐가 차면 a는 두 번째 에코를 " +
			"요청한다."}.With(bloatSize, longQueue, pipeQueue))
	pings := p.echoes(p.a, "10.0.1.1")
	pings.ping(pipeB(0), 1, "nobody is before me")
	short := p.begin("reno", 0, bloatSize)
	p.end(short)
	p.links[0].Set(netbox.Queue(longQueue))
	long := p.begin("reno", 0, bloatSize)
	p.Until("the queue is full", func() bool {
		state, err := netbox.ReadTCP(long.Conn.Conn)
		return err != nil || state.RTT > 300*time.Millisecond
	})
	pings.ping(pipeB(0), 2, "others are before me")
	p.end(long)
	p.links[0].Set(netbox.Queue(pipeQueue))
	rows := [][]string{short.row(fmt.Sprint(pipeQueue))[:4], long.row(fmt.Sprint(longQueue))[:4]}
	p.varies(rows...)
	p.Table(Text{"queue (frames)\tseconds\tsent again\tmean RTT of the second half (ms)",
		"큐(프레임)\t초\t다시 보낸 수\t후반의 평균 RTT(ms)"}, rows...)
	p.At(p.a)
	p.Find(1, "icmp.type == 0 && icmp.seq == 1 && icmp.resptime < 200", Text{"the first echo: twice the delay",
		"첫 에코: 지연의 두 배"})
	p.Find(1, "icmp.type == 0 && icmp.seq == 2 && icmp.resptime > 200", Text{"the second one has waited behind the " +
		"frames of the transfer", "두 번째 에코는 전송 중인 프레임들 뒤에서 기다렸다"})
	p.Find(0, from(long.Conn, `frame.comment contains "is full"`), Text{"the long queue has lost nothing",
		"긴 큐는 아무것도 잃지 않았다"})
	p.FindSome(to(long.Conn, "tcp.analysis.ack_rtt > 0.3"), Text{"it has only made everything late",
		"모두 늦게 했을 뿐이다"})
}

// shareQueue is twice the usual one, as there are two who fill it.
const shareQueue = 2 * pipeQueue

func playShare(p *pipes) (one, two *flow, part int) {
	p.Step(Text{"Two flows by reno begin at the same time and share the link, with a queue of %d frames: %d bytes each. " +
		"They don't know of each other: each of them only sees what it loses itself.",
		"reno 흐름 둘이 동시에 시작하여 큐가 %d개인 링크를 나누어 쓴다. 각각 %d바이트를 " +
			"보낸다. 서로를 모르며, 저마다 자기가 잃은 것만 본다."}.With(shareQueue, shareSize))
	p.links[0].Set(netbox.Queue(shareQueue))
	// Both connect before the queue is full: it would lose a SYN as well.
	one, two = p.connect("reno", 0), p.connect("reno", 0)
	one.peer, two.peer = p.accept(0), p.accept(0)
	one.shown, two.shown = false, false
	one.Show()
	two.Show()
	p.send(one, shareSize)
	p.send(two, shareSize)
	select {
	case <-one.done:
	case <-two.done:
	}
	first, second := one.came.Load(), two.came.Load()
	p.end(one)
	p.end(two)
	part = int(100 * min(first, second) / (first + second))
	p.Varying(part)
	p.Note(Text{"When the one had sent all, %d %% of the bytes so far were those of the other.",
		"한쪽이 다 보냈을 때, 그때까지의 바이트 가운데 %d%%가 다른 쪽의 것이었다."}.With(part))
	p.At(p.b)
	for i, f := range []*flow{one, two} {
		p.FindSome(from(f.Conn, "tcp.len > 0 && tcp.time_relative < 3"), Text{"what came of flow %d in 3 seconds",
			"3초 동안 온 흐름 %d의 것"}.With(i+1))
	}
	p.At(p.a)
	for i, f := range []*flow{one, two} {
		p.FindSome(from(f.Conn, `frame.comment contains "is full"`), Text{"what the queue has lost of flow %d",
			"큐가 잃은 흐름 %d의 것"}.With(i+1))
	}
	return one, two, part
}
