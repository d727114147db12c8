package lessons

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How TCP waits: for a reader that is slow, and for a packet that got lost.

// playSlowReader has a reader that does not read, with little room for what it has not read.
func playSlowReader(s *Scene) {
	c, peer, stuck := playZeroWindow(s)
	playWindowOpens(s, c, peer, stuck)
	askZeroWindow(s, c, stuck)
	askSpurious(s, c)
}

func playZeroWindow(s *Scene) (c *Conn, peer *net.TCPConn, stuck int) {
	s.Step(Text{"A peer sends as much as it can, and the client does not read. Its window closes.",
		"상대는 보낼 수 있는 만큼 보내는데 클라이언트는 읽지 않는다. 윈도가 닫힌다."})
	l := s.Listen(s.Spare[2])
	c = s.DialTo(l.Addr().String(), "")
	peer = s.Accept(l)
	l.Close()
	stuck = s.fill(peer)
	s.Varying(stuck)
	s.Note(Text{"The peer's program was stopped after %d bytes, without knowing why: its system took no more.",
		"상대 프로그램은 이유도 모른 채 %d바이트에서 멈추었다. 운영체제가 더 받아 " +
			"주지 않았다."}.With(stuck))
	s.FindSome("tcp.analysis.zero_window && tcp.srcport == "+c.Port(),
		Text{"the client: window 0, send nothing",
			"클라이언트가 보낸 윈도 0. 더 보내지 말라는 뜻"})
	s.FindSome("(tcp.analysis.zero_window_probe || tcp.analysis.keep_alive) && tcp.dstport == "+c.Port(),
		Text{"the peer asks whether it is still closed. Linux does so without data, which Wireshark takes for a keep-alive",
			"아직 닫혀 있는지 상대가 묻는 세그먼트. Linux는 데이터 없이 보내므로 Wireshark가 " +
				"Keep-Alive로 표시한다"})
	s.FindPerhaps(c.Filter("tcp.analysis.retransmission"),
		Text{"a segment that was sent twice, though none was lost: see the questions",
			"두 번 보낸 세그먼트. 아무것도 잃지 않았는데도 그렇다. 질문을 보라"})
	s.FindPerhaps("tcp.options.sack.dsack && tcp.srcport == "+c.Port(),
		Text{"and the client's word that it had come already", "이미 받았다는 클라이언트의 알림"})
	return c, peer, stuck
}

// fill writes until the system takes no more, and returns how much it took.
func (s *Scene) fill(peer *net.TCPConn) (stuck int) {
	wait := 600 * time.Millisecond // time for a question whether it is still closed
	if s.inNetwork() {
		wait = 1500 * time.Millisecond // by then it has filled up, in several round trips
	}
	peer.SetWriteBuffer(64 << 10) // else a system takes megabytes before it says no
	peer.SetWriteDeadline(time.Now().Add(wait))
	piece := make([]byte, 16<<10)
	var err error
	for err == nil {
		var n int
		n, err = peer.Write(piece)
		stuck += n
	}
	s.Must(errors.Is(err, os.ErrDeadlineExceeded), "%d bytes were written, then %v", stuck, err)
	return stuck
}

func playWindowOpens(s *Scene, c *Conn, peer *net.TCPConn, stuck int) {
	s.Step(Text{"Now the client reads. The window opens again.",
		"이제 클라이언트가 읽는다. 윈도가 다시 열린다."})
	c.Show()
	c.SetReadDeadline(time.Now().Add(patience))
	peer.CloseWrite()
	n, err := io.Copy(io.Discard, c.in)
	s.Check("read", err)
	s.Must(n >= int64(stuck), "%d bytes were read, %d written", n, stuck)
	c.Close()
	s.FindSome("tcp.analysis.window_update && tcp.srcport == "+c.Port(),
		Text{"the client: there is room again", "다시 자리가 있다는 클라이언트의 알림"})
	s.Find(1, "tcp.flags.fin == 1 && !tcp.analysis.retransmission && tcp.dstport == "+c.Port(),
		Text{"the end comes after the last byte: nothing was lost",
			"마지막 바이트 다음에 FIN이 온다. 잃어버린 것은 없다"})
}

func askZeroWindow(s *Scene, c *Conn, stuck int) {
	s.Varying(stuck)
	s.Ask(Text{"The peer on port %s was stopped after %d bytes. By whom, the network or the client, and by which field?",
		"포트 %s의 상대는 %d바이트에서 멈추었다. 멈추게 한 것은 네트워크인가 " +
			"클라이언트인가? 어떤 필드로 알 수 있는가?"}.With(s.Spare[2], stuck),
		Text{"By the client: tcp.window_size == 0 && tcp.srcport == %s. That is flow control. The ack of these packets " +
			"says how much had arrived; the rest waited in the peer's own system.",
			"클라이언트이다: tcp.window_size == 0 && tcp.srcport == %s. 이것이 흐름 제어이다. 이 " +
				"패킷들의 ack 번호가 그때까지 도착한 양이고, 나머지는 상대의 운영체제 안에서 " +
				"기다렸다."}.With(c.Port()),
		c.Proof("tcp.analysis.zero_window && tcp.srcport == "+c.Port(), "tcp.ack_raw",
			Text{"the raw acknowledgement number of these packets",
				"그 패킷들의 원래(raw) 확인 응답 번호"}))
}

// askSpurious is about what a capture of the window shows on Linux, where both were counted while the lesson was played
// (TCPLossProbes and TCPDSACKRecv in /proc/net/netstat). What other systems do there has not been tried.
func askSpurious(s *Scene, c *Conn) {
	s.Ask(s.wire().And(Text{"loses nothing. If port %s has a retransmission all the " +
		"same: why was it sent again, and what in the client's next acknowledgement says that this was in vain?",
		"아무것도 잃지 않는다. 그런데도 포트 %s에 재전송한 " +
			"세그먼트가 보인다면, 왜 다시 보냈으며 클라이언트의 다음 확인 응답에서 무엇이 " +
			"그것이 헛일이었음을 알려 주는가?"}.With(c.Port())),
		Text{"The client may take its time to acknowledge (RFC 9293 §3.8.6.3, 0.5 s at most; tcp.time_delta tells), and " +
			"the peer waits less before it probes with its last segment (RFC 8985 §7). A spurious retransmission: the client " +
			"says so by D-SACK (RFC 2883), tcp.options.sack.dsack, a block below its own ack.",
			"클라이언트는 확인 응답을 미룰 수 있다(RFC 9293 §3.8.6.3, 길어도 0.5초; tcp.time_delta로 " +
				"보인다). 상대는 그보다 짧게 기다리고 마지막 세그먼트를 다시 보내 본다(RFC 8985 " +
				"§7). 불필요한 재전송이며, 클라이언트는 자기 ack보다 앞의 블록인 " +
				"D-SACK(RFC 2883, tcp.options.sack.dsack)으로 그것을 알린다."},
		c.Proof("tcp.analysis.window_update && tcp.srcport == "+c.Port(), "tcp.time_relative",
			Text{"when the window opened again (seconds since the SYN)",
				"윈도가 다시 열린 시각(SYN부터 몇 초)"}))
}

// playLostSYN loses a SYN: the queue of a listener is full, so its system drops it. The client repeats it after one
// second (RFC 6298 §2).
func playLostSYN(s *Scene, refused refusal) {
	s.Step(Text{"A listener with room for one, and one is there. The SYN of the next one is dropped: it knocks again.",
		"하나만 기다릴 수 있는 대기열이 이미 찼다. 다음 클라이언트의 SYN은 버려지므로 " +
			"다시 보내야 한다."})
	l := s.Listen(s.Spare[3])
	if err := fillable(l); err != nil {
		s.Unable(Text{"A SYN that gets lost and is repeated: only Linux lets a program without rights bring that about.",
			"SYN이 사라져 다시 보내는 장면: 관리자 권한 없이 만들 수 있는 것은 Linux뿐이다."})
		askRefused(s, refused)
		return
	}
	first := s.DialTo(l.Addr().String(), "")
	second, took := dialWhileFull(s, l)
	first.Closed()
	second.Closed()
	s.Note(Text{"The second client was connected after %v.",
		"두 번째 클라이언트는 %v 뒤에 연결되었다."}.With(took))
	s.Find(2, first.Filter("tcp.flags.syn == 1"),
		Text{"the first client: SYN and SYN/ACK", "첫 클라이언트의 SYN과 SYN/ACK"})
	s.FindSome("tcp.analysis.retransmission && tcp.flags.syn == 1 && tcp.srcport == "+second.Port(),
		Text{"the second one: its SYN again, with the same number",
			"두 번째 클라이언트가 다시 보낸 SYN. 순서 번호가 같다"})
	s.Find(1, second.Filter("tcp.flags.syn == 1 && tcp.flags.ack == 1"),
		Text{"answered when there was room", "자리가 난 뒤에 온 SYN/ACK"})
	askSYN(s, refused, second, took)
}

func askSYN(s *Scene, refused refusal, second *Conn, took time.Duration) {
	s.Ask(Text{"The SYN to port %s was answered by a RST, the first SYN of port %s by nothing. How much time passed " +
		"until the next packet in each case, and when would a client knock again at a firewall that drops every SYN?",
		"포트 %s로 보낸 SYN에는 RST가 왔고 포트 %s의 첫 SYN에는 아무것도 오지 않았다. " +
			"각각 다음 패킷까지 얼마나 걸렸는가? 방화벽이 SYN을 모두 버린다면 언제 다시 " +
			"보낼까?"}.With(refused.port, second.Port()),
		refused.answer().And(Text{"The second SYN came after about a second (the connection took %v in all): the " +
			"retransmission timer, as long as it has measured nothing (RFC 6298 §2).",
			"두 번째 SYN은 약 1초 뒤에 왔다(연결까지 모두 %v). 아직 측정한 것이 없을 때의 " +
				"재전송 타이머이다(RFC 6298 §2)."}.With(took)).And(synPlan(s)),
		Proof{Filter: "tcp.flags.reset == 1 && tcp.srcport == " + refused.port, Field: "tcp.time_delta",
			What: Text{"both times",
				"두 시간"}},
		second.Proof("tcp.flags.syn == 1 && tcp.analysis.retransmission", "tcp.time_delta", Text{"", ""}))
}

func askRefused(s *Scene, refused refusal) {
	s.Ask(Text{"How long did the client wait for port %s, and when would it knock again at a firewall that drops the SYN?",
		"클라이언트는 포트 %s의 응답을 얼마나 기다렸는가? 방화벽이 SYN을 버린다면 언제 " +
			"다시 보낼까?"}.With(refused.port),
		refused.answer().And(synPlan(s)),
		Proof{Filter: "tcp.flags.reset == 1 && tcp.srcport == " + refused.port, Field: "tcp.time_delta",
			What: Text{"that time",
				"그 시간"}})
}

// answer is where the time is to be read: what the program saw has its own system's work in it.
func (r refusal) answer() Text {
	return Text{"tcp.time_delta of the RST tells, and is less than the %s that the program waited, which its own system " +
		"had a part in.",
		"RST의 tcp.time_delta로 알 수 있다. 프로그램이 기다린 %s보다 짧다. 거기에는 자기 " +
			"운영체제의 몫도 들어 있기 때문이다."}.With(fmt.Sprintf("%.3f ms", r.took.Seconds()*1000))
}

// synPlan says when a SYN that is never answered is repeated: on Linux what this system is set to do, tried with a full
// queue; elsewhere what may be.
func synPlan(s *Scene) Text {
	linear, err := sysctl("net/ipv4/tcp_syn_linear_timeouts")
	if runtime.GOOS != "linux" {
		return Text{"A SYN is repeated after 1, 3, 7 and 15 s where the pause doubles from the start (RFC 6298 §5.5), and " +
			"after 1, 2, 3, 4, 5, 7 and 11 s by macOS and Linux 6.5 and newer.",
			"처음부터 간격을 두 배로 늘리면(RFC 6298 §5.5) 1, 3, 7, 15초 뒤에, macOS와 6.5 이후의 " +
				"Linux라면 1, 2, 3, 4, 5, 7, 11초 뒤에 SYN을 되풀이한다."}
	}
	if err != nil {
		linear = 0
	}
	times := strings.Trim(strings.ReplaceAll(fmt.Sprint(synTimes(linear, 7)), " ", ", "), "[]")
	s.Varying(times, linear)
	return Text{"This system would repeat the SYN after %s s and so on: the first pause so often, then doubled " +
		"(net.ipv4.tcp_syn_linear_timeouts = %d; 0 before Linux 6.5). Where it doubles from the start (RFC 6298 §5.5), it " +
		"is after 1, 3, 7 and 15 s.",
		"이 시스템이라면 %s초 뒤 식으로 SYN을 되풀이한다. 첫 간격을 몇 번 쓰고 나서 두 배로 " +
			"늘린다(net.ipv4.tcp_syn_linear_timeouts = %d; Linux 6.5 전에는 0). 처음부터 두 배로 늘리면(RFC " +
			"6298 §5.5) 1, 3, 7, 15초 뒤이다."}.With(times, linear)
}

// synTimes are the seconds after which the first n repetitions of a SYN leave, by a timer of a second that runs a
// number of times more before it doubles.
func synTimes(linear, n int) (times []int) {
	at, pause := 0, 1
	for i := range n {
		at += pause
		times = append(times, at)
		if i >= linear {
			pause *= 2
		}
	}
	return times
}

// sysctl is a setting of Linux that is a number.
func sysctl(name string) (int, error) {
	text, err := os.ReadFile("/proc/sys/" + name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// dialWhileFull connects to a listener whose queue is full, and makes room when the SYN has been dropped.
func dialWhileFull(s *Scene, l *net.TCPListener) (*Conn, time.Duration) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	var dialing sync.WaitGroup
	defer dialing.Wait()
	defer cancel()
	var conn net.Conn
	var err error
	began := time.Now()
	connected := make(chan struct{})
	dialing.Go(func() {
		defer close(connected)
		conn, err = s.client.dial(ctx, new(net.Dialer), "tcp", l.Addr().String())
	})
	s.Pause(300 * time.Millisecond) // less than the first retransmission takes
	first := s.Accept(l)
	<-connected
	took := time.Since(began).Round(time.Millisecond)
	s.Check("connect", err)
	c := s.Use(conn, "")
	s.Must(took > 500*time.Millisecond, "the queue was not full: connected after %v", took)
	s.Accept(l).Close()
	first.Close()
	return c, took
}
