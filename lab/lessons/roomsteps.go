package lessons

import (
	"encoding/json"
	"fmt"
	"time"

	"pollwire/lab/netbox"
)

// What the lesson room does, says and asks.

// comeIn opens a WebSocket from each phone.
func (r *classroom) comeIn() {
	r.Step(Text{"pollwire runs on the laptop, 10.0.0.1, at a cable; the teacher has made a poll. Three phones come in " +
		"by Wi-Fi, with a WebSocket each: each way takes %v and up to %v more.",
		"노트북(10.0.0.1, 유선)에서 pollwire가 실행 중이고 교사가 투표를 만들었다. 휴대폰 세 " +
			"대가 와이파이로 들어와 각각 WebSocket을 연다. 편도에 %v, 최대 %v 더 걸린다."}.With(
		roomDelay, roomJitter))
	for _, p := range r.phones {
		p.Conn = r.meteredFrom(p.host, laptopWS)
		p.Upgrade("/ws")
		p.SendText(fmt.Sprintf(`{"event":"user:join","data":{"nickname":%q},"id":"join"}`, p.host.Name))
		var joined struct {
			Data struct {
				AccessToken string `json:"access_token"`
			}
		}
		r.Check("join", json.Unmarshal([]byte(p.Await(`"event":"ack"`, `"id":"join"`)), &joined))
		p.token = joined.Data.AccessToken
	}
	r.At(r.phones[0].host)
	r.FindSome("arp.opcode == 1 && arp.dst.proto_ipv4 == 10.0.0.1",
		Text{"before all else phone1 asks who has the laptop's address",
			"무엇보다 먼저 phone1이 노트북의 주소를 누가 가졌는지 묻는다"})
	for _, p := range r.phones {
		r.At(p.host)
		r.Find(1, p.Filter(`http.request.uri == "/ws"`),
			Text{"%s asks for a WebSocket", "%s의 WebSocket 요청"}.With(p.host.Name))
	}
	r.At(r.laptop)
	for _, p := range r.phones {
		r.Find(1, p.Filter("http.response.code == 101"),
			Text{"and the laptop answers %s", "노트북이 %s에 보낸 응답"}.With(p.host.Name))
	}
}

// voteOverBadWiFi lets two phones vote, in two ways, while the seed decides what is lost.
func (r *classroom) voteOverBadWiFi() {
	r.Step(Text{"From now on the Wi-Fi loses %v %% of all frames, in both directions. phone1 votes over its WebSocket, " +
		"phone3 by a request over HTTP. What is lost of that TCP sends again; nobody here has written a line for it.",
		"이제부터 와이파이는 양방향으로 프레임의 %v%%를 잃는다. phone1은 WebSocket으로, phone3은 " +
			"HTTP 요청으로 투표한다. 사라진 것은 TCP가 다시 보낸다. 이를 위해 작성한 코드는 한 " +
			"줄도 없다."}.With(
		100 * roomLoss))
	r.calm()
	for _, p := range r.phones {
		p.wifi.Set(netbox.Loss(roomLoss))
	}
	one, three := r.phones[0], r.phones[2]
	seq, _ := one.next()
	f := one.SendText(r.vote(0))
	r.hear(1)
	c := r.DialFrom(three.host, "tcp", laptopAPI)
	target := fmt.Sprintf("/api/polls/%d/vote", r.poll.ID)
	c.Ask("POST", target, fmt.Sprintf(`{"option_id":%d}`, r.poll.Options[1].ID), "Content-Type: application/json",
		"Authorization: Bearer "+three.token).Want(r.Scene, 200)
	r.hear(2)
	c.Finish()
	r.At(one.host)
	segment := fmt.Sprintf("tcp.seq == %d && tcp.len == %d && tcp.srcport == %s", seq, len(f), one.Port())
	r.Find(1, maskedBy(f)+" && tcp.srcport == "+one.Port(), Text{"phone1's vote, as it left", "phone1을 떠난 투표"})
	r.FindSome(segment, Text{"the same by its place in the connection: each time that it was sent",
		"연결에서의 위치로 찾은 같은 투표. 보낼 때마다 하나"})
	r.FindPerhaps(`frame.comment contains "lost"`,
		Text{"what the Wi-Fi has lost of all that phone1 sent: the seed decides",
			"phone1이 보낸 것 가운데 와이파이가 잃은 것. 시드가 정한다"})
	r.At(three.host)
	r.Find(1, c.Filter(`http.request.uri == "`+target+`"`), Text{"phone3's vote, as it left", "phone3을 떠난 투표"})
	r.FindPerhaps(`frame.comment contains "lost"`, Text{"what the Wi-Fi has lost of phone3's",
		"phone3이 보낸 것 가운데 와이파이가 잃은 것"})
	r.At(r.laptop)
	r.FindSome(segment,
		Text{"phone1's vote, as it came", "도착한 phone1의 투표"})
	r.FindSome(c.Filter(`frame contains "POST `+target+`"`),
		Text{"phone3's vote, as it came", "도착한 phone3의 투표"})
	r.FindPerhaps("tcp.analysis.retransmission",
		Text{"what the laptop has sent again, for its frames or their ACKs were lost",
			"노트북이 다시 보낸 것. 보낸 프레임이나 그 ACK가 사라졌기 때문이다"})
}

// lostVote is the vote that was lost, by its place in the connection.
type lostVote struct {
	seq, length int64
	took        time.Duration
}

// loseVote lets the Wi-Fi lose one vote as often as it is told to, and nothing else.
func (r *classroom) loseVote() (of *roomPhone, v lostVote) {
	const times = 2
	r.Step(Text{"Now the Wi-Fi loses one thing alone: phone2's vote, %d times.",
		"이제 와이파이는 하나만 잃는다. phone2의 투표를 %d번."}.With(times))
	r.calm()
	p := r.phones[1]
	v.seq, _ = p.next()
	p.wifi.Set(netbox.Forth(netbox.LoseSegment(uint32(v.seq), times)))
	began := time.Now()
	f := p.SendText(r.vote(0))
	p.Await(`"event":"ack"`, `"id":"vote"`)
	v.took, v.length = time.Since(began), int64(len(f))
	p.wifi.Set(netbox.Forth(netbox.LoseSegment(uint32(v.seq), 0)))
	r.Note(Text{"The program on phone2 notices nothing but the time: its vote is acknowledged after %d ms.",
		"phone2의 프로그램이 알아차리는 것은 시간뿐이다. 투표는 %d ms 뒤에 확인되었다."}.With(
		v.took.Milliseconds()))
	segment := fmt.Sprintf("tcp.seq == %d && tcp.len == %d && tcp.srcport == %s", v.seq, v.length, p.Port())
	r.At(p.host)
	r.Find(1+times, segment, Text{"the vote, sent three times: look at the gaps",
		"세 번 보낸 투표. 간격을 보라"})
	r.Find(times, segment+` && frame.comment == "phone2>sw1: lost"`, Text{"of these, lost", "그 가운데 사라진 것"})
	r.At(r.laptop)
	r.Find(1, segment, Text{"it came once", "한 번 도착했다"})
	r.Find(1, maskedBy(f)+" && tcp.srcport == "+p.Port(), Text{"and is one frame of WebSocket, by its masking key",
		"마스킹 키로 보면 WebSocket 프레임 하나이다"})
	return p, v
}

// lostResult is the result of which one phone's copy was lost.
type lostResult struct {
	heard []hearing
	seqs  []int64
	began time.Time
}

// loseResult lets the Wi-Fi lose a result on its way to one phone. The teacher votes, on the laptop itself.
func (r *classroom) loseResult(teacher string) (x lostResult) {
	r.Step(Text{"The teacher votes too, on the laptop itself: all three phones hear of it. The Wi-Fi loses what is for " +
		"phone3, once.",
		"교사도 노트북에서 투표하고 휴대폰 세 대가 모두 그 소식을 듣는다. 와이파이는 " +
			"phone3으로 가는 것을 한 번 잃는다."})
	r.calm()
	for _, p := range r.phones {
		_, down := p.next()
		x.seqs = append(x.seqs, down)
		p.Show()
	}
	wifi := r.phones[2].wifi
	wifi.Set(netbox.Back(netbox.LoseSegment(uint32(x.seqs[2]), 1)))
	x.began = time.Now()
	r.onLaptop("POST", fmt.Sprintf("/api/polls/%d/vote", r.poll.ID), teacher,
		map[string]any{"option_id": r.poll.Options[0].ID}, nil)
	x.heard = r.hear(4)
	r.calm() // so that the last ACKs are in the captures
	r.findResult(x)
	var rows [][]string
	for i, h := range x.heard {
		rows = append(rows, []string{r.phones[i].host.Name, fmt.Sprint(h.size), fmt.Sprint(onTheWire + h.size),
			fmt.Sprint(h.at.Sub(x.began).Milliseconds())})
	}
	r.Table(Text{"one result, heard by\tbytes of the WebSocket frame\tbytes of the Ethernet frame\theard after (ms)",
		"결과 하나를 들은 쪽\tWebSocket 프레임 바이트\tEthernet 프레임 바이트\t들은 시각(ms)"},
		rows...)
	return x
}

// onTheWire are the headers of a segment: Ethernet 14, IPv4 20, TCP 20, and its time stamps 12.
const onTheWire = 14 + 20 + 20 + 12

// resultFor finds the result for a phone, by its number.
func (r *classroom) resultFor(i int, x lostResult) string {
	return fmt.Sprintf("tcp.seq == %d && tcp.len == %d && tcp.dstport == %s", x.seqs[i], x.heard[i].size,
		r.phones[i].Port())
}

func (r *classroom) findResult(x lostResult) {
	for i, p := range r.phones {
		segment := r.resultFor(i, x)
		sent := Text{"the result for %s", "%s에 보내는 결과"}.With(p.host.Name)
		times := 1
		if i == 2 {
			times, sent = 2,
				sent.And(Text{"sent again by the laptop's TCP: no comment says so, as the loss is behind the switch",
					"노트북의 TCP가 다시 보냈다. 스위치 너머의 손실이라 주석이 없다"})
		}
		r.At(r.laptop)
		r.Find(times, segment, sent)
		r.At(p.host)
		r.Find(1, segment, Text{"and as it came there", "그곳에 도착한 것"})
	}
}

func (r *classroom) ask(p *roomPhone, v lostVote, x lostResult) {
	r.Ask(Text{"phone2.pcapng, sequence number %d: how much time lies between the three? Who has sent them, and what " +
		"did the program do in the meantime?",
		"phone2.pcapng의 순서 번호 %d: 셋 사이의 시간은 얼마인가? 누가 보냈으며, 그동안 " +
			"프로그램은 무엇을 했는가?"}.With(v.seq),
		Text{"The first gap is that of a probe, in case only the tail is lost: two round trips, and 200 ms for an ACK that " +
			"may be held back (RFC 8985 §7.2). Then the timer of RFC 6298 ran out. TCP in the kernel has sent them; the " +
			"program has written once and waited.",
			"첫 간격은 꼬리만 사라진 경우를 위한 탐침의 것이다. 왕복 두 번에, 늦춰진 ACK를 " +
				"위한 200 ms를 더한 시간이다(RFC 8985 §7.2). 그다음에는 RFC 6298의 타이머가 다 되었다. " +
				"커널의 TCP가 보냈고, 프로그램은 한 번 쓰고 기다렸을 뿐이다."},
		ofHost("phone2", from(p.Conn, fmt.Sprintf("tcp.seq == %d && tcp.len == %d", v.seq, v.length)), "tcp.time_relative",
			Text{"the three times (seconds since the SYN)",
				"세 번의 시각(SYN부터 몇 초)"}))
	r.Ask(Text{"Three times sent, and yet phone2 has one vote. Prove from laptop.pcapng that only one came. What would " +
		"keep the count right if two had come?",
		"세 번 보냈는데도 phone2의 표는 하나이다. 하나만 도착했음을 laptop.pcapng로 증명하라. " +
			"둘이 도착했다면 무엇이 표의 수를 바르게 지키는가?"},
		Text{"tcp.seq == %d with tcp.srcport == %s is there once. A second one would have the same sequence number: TCP " +
			"throws away what it has, and the server reads these bytes once. And above: a ballot replaces the same " +
			"person's ballot.",
			"tcp.seq == %d이고 tcp.srcport == %s인 것이 한 번 있다. 둘째가 와도 순서 번호가 같으므로 " +
				"TCP가 버리고, 서버는 그 바이트를 한 번만 읽는다. 그 위에서도 같은 사람의 표는 " +
				"앞의 표를 대신한다."}.With(v.seq, p.Port()),
		ofHost("laptop", from(p.Conn, fmt.Sprintf("tcp.seq == %d && tcp.len == %d", v.seq, v.length)), "tcp.seq_raw",
			Text{"its raw sequence number",
				"그 원래(raw) 순서 번호"}))
	r.Ask(Text{"The result for phone3 is in laptop.pcapng twice and in phone3.pcapng once. Which of the two came, how " +
		"do you know, and did phone1 have to wait for it?",
		"phone3에 보내는 결과는 laptop.pcapng에 두 번, phone3.pcapng에 한 번 있다. 둘 가운데 어느 " +
			"것이 도착했고, 어떻게 아는가? phone1은 그것을 기다려야 했는가?"},
		Text{"The second: it came one delay after that one left, and both have the same tcp.options.timestamp.tsval. " +
			"phone1 did not wait: each phone has a connection of its own.",
			"둘째이다. 그것이 나간 뒤 편도 지연만큼 지나 도착했고 tcp.options.timestamp.tsval도 " +
				"같다. phone1은 기다리지 않았다. 휴대폰마다 연결이 따로 있다."},
		ofHost("laptop", r.resultFor(2, x), "tcp.options.timestamp.tsval", Text{"the time stamps (TSval) of the two",
			"둘의 타임스탬프(TSval)"}))
	size := x.heard[0].size
	r.Ask(Text{"How many bytes does the laptop send for this one result, and how many would it be with 100 phones?",
		"노트북은 이 결과 하나를 위해 몇 바이트를 보내는가? 휴대폰이 100대라면?"},
		Text{"Four frames of %d bytes, as one was sent twice: %d in all. Each phone gets its own, though all say the same: " +
			"%d with 100, if nothing is lost. Their ACKs come on top, with %d bytes each.",
			"%d바이트 프레임 네 개이다. 하나를 두 번 보냈기 때문이며 모두 %d바이트이다. " +
				"내용이 같아도 휴대폰마다 따로 보내므로 100대라면 손실이 없을 때 %d바이트이다. " +
				"ACK가 %d바이트씩 더 든다."}.With(
			onTheWire+size, 4*(onTheWire+size), 100*(onTheWire+size), onTheWire),
		ofHost("laptop", r.resultFor(0, x), "tcp.seq_raw", Text{"the raw sequence number of the one for phone1",
			"phone1에 보낸 것의 원래(raw) 순서 번호"}))
}
