package lessons

import "fmt"

// frameTime is how many milliseconds the link takes for a full frame.
const frameTime = 1514 * 8 / pipeRate * 1e3

func askCongestion(p *pipes, start, saw, cubic *flow, one, two *flow, part int) {
	p.varying = nil
	askSlowStart(p, start)
	askSawtooth(p, saw)
	askBeside(p, cubic)
	askBloat(p)
	askShare(p, one, two, part)
}

func askSlowStart(p *pipes, f *flow) {
	p.Ask(Text{"Port %s: how many bytes did a send in each round trip, and after how many more would it be a million in " +
		"one? Which of its ACKs let it send more, and why do we call that slow?",
		"포트 %s: a는 왕복마다 몇 바이트를 보냈는가? 한 번에 백만 바이트가 되려면 몇 번 더 " +
			"왕복해야 하는가? 어느 ACK가 더 보내게 했으며, 왜 이것을 느리다고 " +
			"하는가?"}.With(f.Port()),
		Text{"%d, %d, %d, %d: it doubles, as each segment that is acknowledged adds one to the window (RFC 5681 §3.1). " +
			"After four more: %d. Slow is only the beginning: before, senders began with a whole window of the receiver's.",
			"%d, %d, %d, %d로 두 배씩 늘어난다. 확인된 세그먼트마다 윈도가 하나 늘기 " +
				"때문이다(RFC 5681 §3.1). 네 번 더 왕복하면 %d바이트이다. 느린 것은 시작뿐이다. " +
				"예전에는 받는 쪽 윈도 전체로 시작했다."}.With(10*full, 20*full, 40*full, 80*full, 1280*full),
		ofHost("a", from(f.Conn, fmt.Sprintf("tcp.analysis.bytes_in_flight == %d", 80*full)), "tcp.time_relative",
			Text{"when so much was under way as never before (seconds since the SYN)",
				"가장 많은 바이트가 가는 중이던 시각(SYN부터 몇 초)"}))
}

func askSawtooth(p *pipes, f *flow) {
	p.varying = nil
	p.Varying(f.before, f.after)
	p.Ask(Text{"Port %s, a.pcapng: let Statistics > I/O Graphs draw MAX(Y Field) of tcp.analysis.bytes_in_flight, for " +
		"each tenth of a second. Where does it fall, to which part, and how fast does it rise after that? Which number " +
		"behind it is in no packet?",
		"포트 %s, a.pcapng: 통계 > I/O 그래프로 tcp.analysis.bytes_in_flight의 MAX(Y Field)를 0.1초마다 " +
			"그려라. 어디에서 얼마로 떨어지고, 그 뒤 얼마나 빨리 오르는가? 그 뒤에 있으면서 " +
			"어느 패킷에도 없는 수는 무엇인가?"}.With(f.Port()),
		Text{"Behind each loss, to half, and then by one segment in a round trip: a sawtooth (RFC 5681 §3.1). The first " +
			"peak is higher: slow start overshoots. The number is the congestion window, %d segments before the last " +
			"loss and %d after it.",
			"손실이 있을 때마다 절반으로 떨어지고, 그 뒤 왕복마다 세그먼트 하나씩 오른다. " +
				"톱니 모양이다(RFC 5681 §3.1). 처음 봉우리가 더 높은 것은 느린 시작이 지나쳤기 " +
				"때문이다. 그 수는 혼잡 윈도이다. 마지막 손실 전에 세그먼트 %d개, 뒤에 " +
				"%d개였다."}.With(f.before, f.after),
		ofHost("a", from(f.Conn, queueIsFull), "tcp.seq_raw",
			Text{"the raw sequence number of the first segment that the queue lost",
				"큐가 처음 잃은 세그먼트의 원래(raw) 순서 번호"}))
}

func askBeside(p *pipes, f *flow) {
	p.varying = nil
	ratio := "-"
	if f != nil && f.before > 0 {
		ratio = fmt.Sprintf("%.2f", float64(f.after)/float64(f.before))
		p.Varying(ratio)
	}
	var proofs []Proof
	if f != nil {
		proofs = append(proofs, ofHost("a", "ip.dst == "+pipeB(1)+" && "+queueIsFull, "tcp.seq_raw",
			Text{"the raw sequence number of the first segment of cubic that the queue lost",
				"큐가 처음 잃은 cubic 세그먼트의 원래(raw) 순서 번호"}))
	}
	p.Ask(Text{"All algorithms took nearly the same time. Which limit was it, and what else distinguishes them? Which " +
		"part of its window does cubic keep after a loss?",
		"알고리즘들이 걸린 시간은 거의 같다. 무엇이 그 한계였는가? 그렇다면 무엇이 서로 " +
			"다른가? cubic은 손실 뒤에 윈도의 얼마를 남기는가?"},
		Text{"The rate of the link, which the queue kept busy. They differ in how full they keep the queue (the RTT) and " +
			"in what they lose. cubic keeps 0.7 (RFC 9438 §4.6), here %s in whole segments, reno half. bbr does not wait " +
			"for a loss: it measures rate and RTT.",
			"큐 덕분에 쉬지 않은 링크의 속도가 한계였다. 다른 것은 큐를 얼마나 채우는지(RTT), " +
				"그리고 얼마나 잃는지이다. cubic은 0.7을 남기고(RFC 9438 §4.6) 여기에서는 세그먼트 " +
				"단위로 %s이다. reno는 절반이다. bbr는 손실을 기다리지 않고 속도와 RTT를 " +
				"잰다."}.With(ratio), proofs...)
}

func askBloat(p *pipes) {
	p.varying = nil
	p.Ask(Text{"How much longer than the first echo did the second one take, and how many frames were before it in the " +
		"queue? What has the long queue brought to the transfer, and what to everybody else on the link?",
		"두 번째 에코는 첫 번째보다 얼마나 더 걸렸는가? 큐에서 그 앞에 프레임이 몇 개 " +
			"있었는가? 긴 큐는 전송에 무엇을 가져다주었고, 링크를 쓰는 다른 모두에게는 " +
			"무엇을 가져다주었는가?"},
		Text{"icmp.resptime of the two, less one another; by %.1f ms for each full frame. To the transfer nearly nothing: " +
			"it lost no segment, and was no faster. All others wait for the whole queue: bufferbloat (RFC 8289 §1).",
			"두 icmp.resptime의 차이이며, 꽉 찬 프레임 하나가 %.1f ms이다. 전송에는 거의 " +
				"도움이 되지 않았다. 잃은 세그먼트는 없지만 더 빠르지도 않았다. 다른 모두는 큐 " +
				"전체를 기다린다: 버퍼블로트(RFC 8289 §1)."}.With(frameTime),
		ofHost("a", "icmp.type == 0", "icmp.resptime", Text{"both times (ms)", "두 시간(ms)"}))
}

func askShare(p *pipes, one, two *flow, part int) {
	p.varying = nil
	p.Varying(part)
	p.Ask(Text{"How much did each of ports %s and %s get while both were sending? Is that fair, and what drives it " +
		"towards halves, though neither knows of the other?",
		"포트 %s, %s는 둘 다 보내는 동안 각각 얼마를 얻었는가? 공평한가? 서로 모르는데도 " +
			"절반에 가까워지게 하는 것은 무엇인가?"}.With(one.Port(), two.Port()),
		Text{"Here the smaller part was %d %%; from a quarter to a half is usual within so short a time, depending on who " +
			"lost more in slow start. Both gain one segment in a round trip, and lose half: so who has more loses more " +
			"(additive increase, multiplicative decrease).",
			"여기에서는 작은 쪽이 %d%%였다. 이렇게 짧은 시간에는 느린 시작에서 누가 더 " +
				"잃었는지에 따라 4분의 1에서 절반 사이가 보통이다. 둘 다 왕복마다 하나씩 늘리고 " +
				"손실 때 절반을 잃으므로, 많이 가진 쪽이 더 많이 잃는다(가법 증가, 승법 " +
				"감소)."}.With(part),
		ofHost("a", from(one.Conn, `frame.comment contains "is full"`), "tcp.seq_raw",
			Text{"the raw sequence number of the first segment that the queue lost of the one",
				"앞 흐름에서 큐가 처음 잃은 세그먼트의 원래(raw) 순서 번호"}),
		ofHost("a", from(two.Conn, `frame.comment contains "is full"`), "tcp.seq_raw", Text{"and of the other",
			"뒤 흐름의 것"}))
}
