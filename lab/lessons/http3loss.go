package lessons

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What a loss holds up: a datagram of HTTP/3, and a segment under HTTP/2.

// race is two answers at the same time. One comes in two parts, of which the second gets lost on the way; then the
// other one is sent as a whole, and only then the first goes on.
type race struct {
	socket            *leaky
	asked, lost, sent chan struct{}
}

func newRace(socket *leaky) *race {
	return &race{socket, make(chan struct{}), make(chan struct{}), make(chan struct{})}
}

// partSize makes one large datagram of each part.
const partSize = fullSize + 200

func (r *race) parts(w http.ResponseWriter, q *http.Request) {
	flush := http.NewResponseController(w).Flush
	part := []byte(strings.Repeat("part ", partSize/5))
	w.Write(part)
	flush()
	if !happened(q, r.asked) {
		return
	}
	lost := r.socket.lose()
	w.Write(part)
	flush()
	if happened(q, lost) {
		close(r.lost)
		happened(q, r.sent)
	}
}

func (r *race) whole(w http.ResponseWriter, q *http.Request) {
	close(r.asked)
	if happened(q, r.lost) {
		io.WriteString(w, "all at once\n")
		http.NewResponseController(w).Flush()
		r.socket.keep()
		close(r.sent)
	}
}

// happened waits for it. It is false where nobody wants the answer any more.
func happened(q *http.Request, what <-chan struct{}) bool {
	select {
	case <-what:
		return true
	case <-q.Context().Done():
		return false
	}
}

// ran is how a race went: the streams, and how long the answer in parts and the whole one took.
type ran struct {
	parts, whole       uint64
	tookParts, tookAll time.Duration
}

// run lets a client run it.
func (r *race) run(h *h3) ran {
	began := time.Now()
	first := h.get("/parts")
	took := make(chan time.Duration, 1)
	go func() {
		io.Copy(io.Discard, first.Body)
		took <- time.Since(began)
	}()
	second := h.get("/whole")
	h.body(second)
	all := time.Since(began)
	return ran{first.stream, second.stream, <-took, all}
}

// playLostDatagram loses the second part. That is noticed when something behind it comes, or when a timer runs out (RFC
// 9002 §6): on a busy machine the timer may be first, so it is tried more than once.
func playLostDatagram(h *h3, r *h3Pages) ran {
	h.Step(Text{"Two requests at once. A datagram of the first answer gets lost on the way: the server's socket throws " +
		"it away, as a network does. The second answer, sent after it, does not wait.",
		"요청 둘을 함께 보낸다. 첫 응답의 데이터그램 하나가 가는 길에 사라진다. " +
			"네트워크가 그러듯 서버의 소켓이 버린다. 그 뒤에 보낸 둘째 응답은 기다리지 " +
			"않는다."})
	h.show()
	var x ran
	for range 5 {
		r.now = newRace(r.leaky)
		if x = r.now.run(h); x.tookAll < x.tookParts {
			break
		}
	}
	h.Must(x.tookAll < x.tookParts, "the answer that lost nothing was not the first")
	h.Note(Text{"Stream %d was complete after %.3f ms, stream %d, with the loss, after %.3f ms.",
		"스트림 %d은(는) %.3f ms 뒤에, 하나를 잃은 스트림 %d은(는) %.3f ms 뒤에 끝났다."}.With(
		x.whole, 1000*x.tookAll.Seconds(), x.parts, 1000*x.tookParts.Seconds()))
	h.FindSome(h.filter(fmt.Sprintf("quic.stream.stream_id == %d && udp.srcport == %s", x.parts, h.Spare[0])),
		Text{"the answer in parts: the second part is there once, as it came at last",
			"나누어 온 응답. 둘째 부분은 마침내 도착한 것 하나만 보인다"})
	h.FindSome(h.filter(fmt.Sprintf("quic.stream.stream_id == %d && udp.srcport == %s", x.whole, h.Spare[0])),
		Text{"the other answer, before that", "그보다 먼저 온 다른 응답"})
	h.FindSome(h.filter("quic.ack.gap"),
		Text{"the client's ACK has a gap: a packet number that never came. What was in it comes in a new packet",
			"클라이언트의 ACK에 빈 곳이 있다. 끝내 오지 않은 패킷 번호이다. 그 내용은 새 " +
				"패킷으로 온다"})
	return x
}

// lostSegment is what became of answers over one TCP connection.
type lostSegment struct {
	*h2
	before []uint32 // streams that were complete before the loss
	behind uint32   // the stream that lost a segment
	other  uint32   // one that was asked for afterwards
	order  []uint32
}

func playLostSegment(s *Scene, h *h3, lost ran) {
	s.Step(Text{"The same with HTTP/2. The client's system has next to no room for what was not read, so it drops a " +
		"segment that has arrived. Then the client reads again, and asks for more.",
		"HTTP/2로 같은 일을 한다. 클라이언트의 운영체제에는 읽지 않은 것을 둘 자리가 거의 " +
			"없어서, 도착한 세그먼트를 버린다. 그 뒤 클라이언트는 다시 읽으며 하나를 더 " +
			"요청한다."})
	server := &http.Server{Protocols: new(http.Protocols), Handler: http.HandlerFunc(func(w http.ResponseWriter,
		q *http.Request) {
		if q.URL.Path == "/whole" {
			io.WriteString(w, "all at once\n") // so little that there is room for it
			return
		}
		io.WriteString(w, strings.Repeat("part ", partSize/5))
	})}
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(s.Listen(s.Spare[1]))
	defer server.Close()
	answers := 3
	if s.inNetwork() {
		answers = 5 // there the system packs what comes more tightly
	}
	for range 8 {
		var x lostSegment
		if s.tried(func() (dropped bool) { x, dropped = loseSegment(s, answers); return dropped }) {
			findLostSegment(s, h, x, lost)
			return
		}
	}
	s.Unable(Text{"A segment that gets lost under HTTP/2: only Linux is known to let a program bring that about " +
		"without rights.",
		"HTTP/2 아래에서 세그먼트가 사라지는 장면: 권한 없이 만들 수 있다고 알려진 것은 " +
			"Linux뿐이다."})
	s.FindPerhaps("http2 && tcp.len > 0 && tcp.port == "+s.Spare[1], Text{"HTTP/2", "HTTP/2"})
	askHeldUp(s, h, lost, nil)
}

// loseSegment asks for answers that the client's system has no room for. What does not come in time was dropped; it
// would be sent again by a timer, after 200 ms at least (RFC 6298 §2.4, as Linux has it).
func loseSegment(s *Scene, answers int) (x lostSegment, dropped bool) {
	c := s.DialTo(s.peer.addr(s.Spare[1]), "localhost")
	x.h2 = c.http2With("http", 1<<16)
	c.Conn.(*net.TCPConn).SetReadBuffer(1) // as little as there is
	var streams []uint32
	for i := range answers {
		streams = append(streams, uint32(2*i+1))
		x.get(streams[i], "/parts")
		s.wait(10 * time.Millisecond)
	}
	if s.inNetwork() {
		s.wait(2 * acrossDelay) // a round trip: till then nothing has come
	}
	c.Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	x.drain(20 * time.Millisecond)
	x.before = slices.Clone(x.ended)
	if len(x.before) == len(streams) {
		c.Close()
		return x, false
	}
	x.behind, x.other = streams[len(x.before)], uint32(2*answers+1)
	x.get(x.other, "/whole")
	x.until(func() bool { return len(x.ended) == len(streams)+1 })
	x.order = x.ended
	x.Finish()
	// On a busy computer the server may answer that stream last of all. Then it was late, and nothing was lost.
	return x, x.order[len(x.order)-1] == x.other
}

// drain takes what is here, until nothing has come for a while.
func (h *h2) drain(quiet time.Duration) {
	for {
		h.SetReadDeadline(time.Now().Add(quiet))
		if _, err := h.in.Peek(1); err != nil {
			return
		}
		h.SetReadDeadline(time.Now().Add(patience))
		f, err := readH2(h.in)
		h.scene.Check("read a frame", err)
		h.take(f)
	}
}

func findLostSegment(s *Scene, h *h3, x lostSegment, lost ran) {
	s.DecodeAs("tcp", x.Port(), "http2", "HTTP2")
	s.Note(Text{"The program got the answers in the order %v.", "프로그램은 응답을 %v 순서로 " +
		"받았다."}.With(x.order))
	s.FindSome(x.Filter(fmt.Sprintf("http2.streamid == %d && http2.type == 0 && tcp.len > 0", x.behind)),
		Text{"the answer that gets lost, as it came the first time", "처음 왔다가 사라진 응답"})
	s.FindSome(again+" && tcp.dstport == "+x.Port(),
		Text{"and as it came again. What comes again within a few milliseconds Wireshark takes for out of order",
			"다시 온 그 응답. 몇 밀리초 안에 다시 오면 Wireshark는 순서가 바뀐 것(out of order)으로 " +
				"본다"})
	s.FindSome(x.Filter(fmt.Sprintf("http2.streamid == %d && http2.type == 0 && tcp.len > 0", x.other)),
		Text{"the answer that was asked for last, on stream %d: it had come, and had to wait",
			"마지막에 요청한 스트림 %d의 응답. 이미 와 있었지만 기다려야 했다"}.With(x.other))
	s.FindPerhaps("tcp.options.sack_le && tcp.srcport == "+x.Port(),
		Text{"the client's SACK: what is behind the hole has come", "클라이언트의 SACK. 빈 곳 뒤의 것이 왔다"})
	askHeldUp(s, h, lost, &x)
}

func askHeldUp(s *Scene, h *h3, lost ran, x *lostSegment) {
	proofs := []Proof{h.proof(fmt.Sprintf("quic.stream.stream_id == %d && udp.srcport == %s", lost.whole, s.Spare[0]),
		"udp.time_relative", Text{"when the answer on stream %d of HTTP/3 came (seconds since the first datagram)",
			"HTTP/3의 스트림 %d에서 응답이 온 시각(첫 데이터그램부터 몇 초)"}.With(lost.whole))}
	if x != nil {
		proofs = append(proofs, Proof{Filter: again + " && tcp.dstport == " + x.Port(), Field: "tcp.seq_raw",
			What: Text{"the raw sequence number of the segment that was sent again under HTTP/2",
				"HTTP/2 아래에서 다시 보낸 세그먼트의 원래(raw) 순서 번호"}})
	}
	s.Ask(Text{"Both connections have lost something. Which answers had to wait for it in HTTP/3, which in HTTP/2, and " +
		"who made them wait?",
		"두 연결 모두 무엇인가를 잃었다. HTTP/3에서는 어떤 응답이, HTTP/2에서는 어떤 응답이 " +
			"그것을 기다려야 했으며, 누가 기다리게 했는가?"},
		Text{"In HTTP/3 only that on stream %d, which had lost a part; stream %d was complete before. In HTTP/2 all that " +
			"came behind the hole, also what was whole: TCP hands on bytes in one order, whatever streams HTTP/2 sees in " +
			"them. That is head-of-line blocking.",
			"HTTP/3에서는 한 부분을 잃은 스트림 %d만 기다렸고, 스트림 %d은(는) 그 전에 끝났다. " +
				"HTTP/2에서는 온전히 온 것까지 빈 곳 뒤의 모든 응답이 기다렸다. HTTP/2가 어떤 " +
				"스트림으로 나누든 TCP는 바이트를 한 순서로만 넘겨주기 때문이다. 이것이 " +
				"HOL(head-of-line) 블로킹이다."}.With(lost.parts, lost.whole),
		proofs...)
}
