package lessons

import (
	"fmt"
	"time"

	"pollwire/lab/rdt"
)

// What the lesson rdt says and asks. All numbers are those that were computed, and have come true.

func (t *transfers) stopAndWait() {
	t.Step(Text{"Stop-and-wait: a sends b %[1]d packets of %[2]d bytes, each when the one before was acknowledged. " +
		"Each way takes %[3]v. What was not acknowledged after %[4]v is sent again. The network loses %[5]v %% of all " +
		"packets, ACKs too.",
		"stop-and-wait: a가 b에게 %[2]d바이트짜리 패킷 %[1]d개를 보낸다. 앞 패킷의 ACK를 받아야 " +
			"다음 패킷을 보낸다. 편도에 %[3]v가 걸리고, %[4]v 안에 ACK가 오지 않으면 다시 보낸다. " +
			"네트워크는 ACK도 포함해 모든 패킷의 %[5]v%%를 잃는다."}.With(
		rdtPackets, rdtChunk, rdtDelay, rdtTimeout, 100*t.Loss))
	x := t.transfer(rdt.StopAndWait)
	t.Note(t.net.told())
	t.needsKit()
	flow := t.findSent(x)
	t.Find(rdtPackets, "pwrdt.seq && !pwrdt.retransmission && "+flow,
		Text{"sent for the first time: one for each packet", "처음 보낸 것. 패킷마다 하나"})
	flow = t.findCame(x)
	t.Find(x.again, "pwrdt.retransmission && "+flow,
		Text{"data that b had already: its ACK was lost", "b가 이미 받은 데이터. 그 ACK가 사라졌다"})
}

// needsKit says that Wireshark does not know this protocol by itself.
func (t *transfers) needsKit() {
	t.say(Event{Type: Setting, Tshark: []string{"-X", "lua_script:pollwire.lua"},
		Text: Text{"Fields called pwrdt need the kit (pollwire lab kit): this protocol is our own. Without it, filter by " +
			"the bytes of the header: pwrdt.seq == 3 is udp.payload[2:1] == 01 && udp.payload[4:2] == 00:03, and " +
			"pwrdt.ack == 3 is udp.payload[2:1] == 02 && udp.payload[4:2] == 00:03. What is a repetition is then yours " +
			"to find.",
			"pwrdt로 시작하는 필드에는 키트(pollwire lab kit)가 필요하다. 우리가 만든 프로토콜이기 " +
				"때문이다. 키트가 없으면 헤더의 바이트로 거른다. pwrdt.seq == 3은 udp.payload[2:1] == 01 " +
				"&& udp.payload[4:2] == 00:03, pwrdt.ack == 3은 udp.payload[2:1] == 02 && udp.payload[4:2] == 00:03이다. " +
				"무엇이 반복인지는 직접 찾아야 한다."}})
}

// findSent finds what a has sent and heard.
func (t *transfers) findSent(x *transferred) (flow string) {
	flow = t.at(x, false)
	t.Find(x.Sent.Packets, "pwrdt.seq && "+flow, Text{"the data that a sends", "a가 보낸 데이터"})
	t.Find(x.Sent.Again, "pwrdt.retransmission && "+flow, Text{"of these, those sent again" +
		"", "그 가운데 다시 보낸 것"})
	if x.hostA != nil {
		t.Find(x.Lost[rdt.Forth], `frame.comment == "a>b: lost" && `+flow, Text{"and those that are lost",
			"그 가운데 사라진 것"})
	}
	t.Find(x.Got.ACKs-x.Lost[rdt.Back], "pwrdt.ack && "+flow, Text{"the ACKs that come to a", "a에 도착한 ACK"})
	return flow
}

// findCame finds what came to b, and what it says.
func (t *transfers) findCame(x *transferred) (flow string) {
	flow = t.at(x, true)
	t.Find(x.Got.Packets, "pwrdt.seq && "+flow, Text{"the data that comes to b", "b에 도착한 데이터"})
	t.Find(x.Got.ACKs, "pwrdt.ack && "+flow, Text{"the ACKs that b sends", "b가 보낸 ACK"})
	return flow
}

func (t *transfers) goBackN() {
	t.Step(Text{"Go-Back-N: up to %d packets are under way. An ACK is for its number and all before. b keeps nothing " +
		"that comes out of order, and says each time which packet was its last good one. When the timer of the oldest " +
		"packet runs out, a sends all again that are under way. The network loses the same as before.",
		"Go-Back-N: 패킷을 %d개까지 보내 놓을 수 있다. ACK는 그 번호와 그 앞의 모두에 대한 " +
			"것이다. b는 순서에 맞지 않는 것을 버리고, 그때마다 마지막으로 제대로 받은 " +
			"번호를 알린다. 가장 오래된 패킷의 타이머가 다 되면 a는 보내 놓은 것을 모두 다시 " +
			"보낸다. 네트워크가 잃는 것은 앞과 같다."}.With(t.Window))
	x := t.transfer(rdt.GoBackN)
	t.findSent(x)
	flow := t.findCame(x)
	t.Find(x.repeated, "pwrdt.duplicate_ack && "+flow,
		Text{"ACKs with a number that b has said before", "b가 이미 말한 번호의 ACK"})
}

func (t *transfers) selectiveRepeat() {
	t.Step(Text{"Selective repeat: again up to %d packets, but each has a timer and an ACK of its own, and b keeps what " +
		"comes too early. The network loses the same as before.",
		"selective repeat: 이번에도 %d개까지이지만 패킷마다 타이머와 ACK가 따로 있고, b는 일찍 " +
			"온 것을 보관한다. 네트워크가 잃는 것은 앞과 같다."}.With(t.Window))
	x := t.transfer(rdt.SelectiveRepeat)
	t.findSent(x)
	flow := t.findCame(x)
	t.Find(x.again, "pwrdt.retransmission && "+flow, Text{"data that b had already", "b가 이미 받은 데이터"})
}

// compare tells what each has cost.
func (t *transfers) compare() {
	t.Step(Text{"What has it cost? Times are computed: with no work in between, from the first packet to the last ACK.",
		"비용은 얼마였는가? 시간은 계산한 값으로, 처리 시간 없이 첫 패킷부터 마지막 " +
			"ACK까지이다."})
	var rows [][]string
	for i, x := range t.all {
		name := []string{"stop-and-wait", "Go-Back-N", "selective repeat"}[i]
		rows = append(rows, []string{name, fmt.Sprint(x.Sent.Packets), fmt.Sprint(x.Sent.Again),
			fmt.Sprint(x.Lost[rdt.Forth]), fmt.Sprint(x.Lost[rdt.Back]), fmt.Sprint(x.Got.Duplicates + x.Got.Discarded),
			fmt.Sprint(x.Took.Milliseconds())})
	}
	t.Table(Text{"protocol\tdata sent\tof these again\tdata lost\tACKs lost\tthrown away by b\ttime (ms)",
		"프로토콜\t보낸 데이터\t그중 다시\t사라진 " +
			"데이터\t사라진 ACK\tb가 버린 것\t시간(ms)"}, rows...)
}

// first is the lowest number for which something is so, or 0.
func first(so func(n int) bool) int {
	for n := 1; n <= rdtPackets; n++ {
		if so(n) {
			return n
		}
	}
	return 0
}

// proof is what a sees of a transfer.
func (t *transfers) proof(x *transferred, filter, field string, what Text) Proof {
	p := Proof{What: what, Filter: filter + " && " + x.atA, Field: field}
	if x.hostA != nil {
		p.Host = x.hostA.Name
	}
	return p
}

// ask asks of losses where there were some: who plays without any gets the other questions alone.
func (t *transfers) ask() {
	sw, gbn, sr := t.all[0], t.all[1], t.all[2]
	n := first(func(n int) bool { return sw.came[n] > 1 }) // its ACK was lost, which is less easy to see
	if n == 0 {
		n = first(func(n int) bool { return sw.sent[n] > 1 })
	}
	if n > 0 {
		t.askStopAndWait(sw, n)
	}
	if n := first(func(n int) bool { return t.lose(rdt.Forth, uint32(n), rdt.Header+rdtChunk, 1) }); n > 0 {
		t.askGoBackN(gbn, n)
		t.askSelectiveRepeat(gbn, sr, n)
	}
	t.askTime(sw, gbn, sr)
	t.askNumbers(sw)
}

func (t *transfers) askStopAndWait(sw *transferred, n int) {
	t.Ask(Text{"Stop-and-wait, packet %d: how often did a send it, and how often did it come to b? So what was " +
		"lost, and does a know?",
		"stop-and-wait의 패킷 %d: a는 몇 번 보냈고 b에는 몇 번 왔는가? 그렇다면 무엇이 " +
			"사라졌으며, a는 그것을 아는가?"}.With(n),
		Text{"Sent: %d, come: %d. So lost: of the data %d, of its ACKs %d. a can't know which: it only knows that no ACK " +
			"has come for %v.",
			"보낸 것 %d번, 온 것 %d번. 그러므로 사라진 것은 데이터 %d번, ACK %d번이다. a는 어느 " +
				"쪽인지 알 수 없다. %v 동안 ACK가 오지 않았다는 것만 안다."}.With(
			sw.sent[n], sw.came[n], sw.sent[n]-sw.came[n], sw.came[n]-1, rdtTimeout),
		t.proof(sw, fmt.Sprintf("pwrdt.seq == %d", n), "frame.time_relative",
			Text{"when a sent it (seconds since the first packet)",
				"a가 보낸 시각(첫 패킷부터 몇 초)"}))
}

func (t *transfers) askGoBackN(gbn *transferred, n int) {
	useless := gbn.Got.Discarded + gbn.Got.Duplicates
	t.Ask(Text{"Go-Back-N: how many packets came to b whole and were thrown away? Which ACKs did b send after packet " +
		"%d was lost for the first time, until it came?",
		"Go-Back-N: b에 온전히 도착했지만 버려진 패킷은 몇 개인가? 패킷 %d이 처음 사라진 " +
			"뒤 그것이 올 때까지 b는 어떤 ACK를 보냈는가?"}.With(n),
		Text{"%d: all that came, %d, less the %d that b has taken. It sent pwrdt.ack == %d each time: that is its last " +
			"good one.",
			"%d개이다. 도착한 %d개에서 b가 받아들인 %d개를 뺀 것이다. 그때마다 pwrdt.ack == %d을 " +
				"보냈다. 마지막으로 제대로 받은 번호이다."}.With(
			useless, gbn.Got.Packets, rdtPackets, n-1),
		t.proof(gbn, fmt.Sprintf("pwrdt.seq == %d", n), "frame.time_relative",
			Text{"when a sent that one (seconds since the first packet)",
				"a가 그것을 보낸 시각(첫 패킷부터 몇 초)"}))
}

func (t *transfers) askSelectiveRepeat(gbn, sr *transferred, n int) {
	t.Ask(Text{"Selective repeat sent %d packets again, Go-Back-N %d. Take packet %d, which was lost in both: " +
		"what has b done in each with the packets that came behind it?",
		"다시 보낸 패킷은 selective repeat에서 %d개, Go-Back-N에서 %d개이다. 둘 다에서 사라진 " +
			"패킷 %d을 보라. 그 뒤에 온 패킷을 b는 각각 어떻게 했는가?"}.With(
		sr.Sent.Again, gbn.Sent.Again, n),
		Text{"Go-Back-N threw them away and repeated its last ACK, so they had to come again. Selective repeat kept them, " +
			"with an ACK for each: it sends again only what was lost itself, or whose ACK was.",
			"Go-Back-N은 버리고 마지막 ACK를 되풀이했으므로 다시 와야 했다. selective repeat은 " +
				"하나하나 ACK를 보내며 보관했다. 다시 보내는 것은 그 자신이나 그 ACK가 사라진 " +
				"것뿐이다."},
		t.proof(sr, fmt.Sprintf("pwrdt.seq == %d", n), "frame.time_relative",
			Text{"when a sent it in selective repeat (seconds since the first packet)",
				"selective repeat에서 a가 보낸 시각(첫 패킷부터 몇 초)"}))
}

func (t *transfers) askTime(sw, gbn, sr *transferred) {
	rounds := time.Duration((rdtPackets + t.Window - 1) / t.Window)
	t.Ask(Text{"How long did each of the three take, from the first packet to the last ACK, and how long would each " +
		"have taken if nothing had been lost?",
		"셋은 첫 패킷부터 마지막 ACK까지 각각 얼마나 걸렸는가? 아무것도 잃지 않았다면 " +
			"각각 얼마였겠는가?"},
		Text{"A little more than %v, %v and %v. Without losses stop-and-wait needs a round trip of %v for each packet, %v. " +
			"A window of %d has as many in each round trip: %v.",
			"%v, %v, %v를 조금 넘는다. 손실이 없으면 stop-and-wait은 패킷마다 %v의 왕복이 " +
				"필요하므로 %v이다. 윈도우가 %d이면 왕복 한 번에 그만큼 보내므로 %v이다."}.With(
			sw.Took, gbn.Took, sr.Took, 2*rdtDelay, rdtPackets*2*rdtDelay, t.Window, rounds*2*rdtDelay),
		t.proof(sr, fmt.Sprintf("pwrdt.seq == %d && !pwrdt.retransmission", rdtPackets), "frame.time_relative",
			Text{"when the last packet of the last transfer left for the first time (seconds since the first packet)",
				"마지막 전송의 마지막 패킷이 처음 떠난 시각(첫 패킷부터 몇 초)"}))
}

func (t *transfers) askNumbers(sw *transferred) {
	t.Ask(Text{"The header has 16 bits for a number. How many different numbers would each of the three protocols need, " +
		"and by what in the capture of stop-and-wait do you see that so few are enough?",
		"헤더의 번호는 16비트이다. 세 프로토콜에 각각 최소 몇 개의 서로 다른 번호가 " +
			"필요한가? stop-and-wait의 캡처에서 그만큼으로 충분하다는 것을 무엇으로 알 수 " +
			"있는가?"},
		Text{"Stop-and-wait 2, Go-Back-N one more than the window, %d, selective repeat twice the window, %d, if packets " +
			"keep their order. In the first transfer never more than one number is under way: the next one is sent only " +
			"behind its ACK, so b has to tell the new packet from the last one alone.",
			"순서가 바뀌지 않는다면 stop-and-wait은 2개, Go-Back-N은 윈도우보다 하나 많은 %d개, " +
				"selective repeat은 윈도우의 두 배인 %d개이다. 첫 전송에서는 번호가 하나보다 많이 " +
				"나가 있는 때가 없다. ACK 뒤에야 다음 번호를 보내므로 b는 새 패킷과 바로 앞 " +
				"패킷만 구별하면 된다."}.With(
			t.Window+1, 2*t.Window),
		t.proof(sw, "pwrdt.seq == 2 && !pwrdt.retransmission", "frame.time_relative",
			Text{"when the second packet left (seconds since the first packet)",
				"둘째 패킷이 떠난 시각(첫 패킷부터 몇 초)"}))
}
