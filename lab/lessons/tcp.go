package lessons

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

var tcpLesson = Lesson{
	Name: "tcp",
	Title: Text{"handshake, close, reset, a closed port, zero window, a lost SYN, keep-alive",
		"핸드셰이크, 종료, 리셋, 닫힌 포트, 제로 윈도, 사라진 SYN, keep-alive"},
	Aim: Text{"A connection begins and ends by agreement, or doesn't. In between TCP counts every byte, waits for who " +
		"is slow, and repeats what is lost.",
		"TCP 연결은 합의로 시작하고 합의로 끝나지만, 그렇지 못할 때도 있다. 그 사이 TCP는 " +
			"모든 바이트에 번호를 매기고, 느린 상대를 기다리고, 잃어버린 것을 다시 보낸다."},
	Needs: []string{"http"},
	Spare: 4, // a closed port, a client of it, a peer, one whose queue is full
	Play:  playTCP,
}

// playTCP is RFC 9293, by section: §3.5 (handshake), §3.6 (close), §3.5.2 (reset), §3.8.6 (windows), §3.8.1
// (retransmission), §3.8.4 (keep-alive). Sequence numbers are as Wireshark shows them, relative to the first.
func playTCP(s *Scene) {
	playConnection(s)
	playHalfClose(s)
	playReset(s)
	playRefused(s)
	playZeroWindow(s)
	playLostSYN(s)
	playKeepAlive(s)
}

// playConnection is one from its first to its last number.
func playConnection(s *Scene) {
	s.Step(Text{"The client opens a connection to the server: the 3-way handshake.",
		"클라이언트가 서버에 연결한다. 3-way 핸드셰이크이다."})
	c := s.Dial("http")
	s.Find(1, c.Filter("tcp.flags.syn == 1 && tcp.flags.ack == 0"),
		Text{"SYN: the client's first number", "SYN. 클라이언트의 첫 순서 번호"})
	s.Find(1, c.Filter("tcp.flags.syn == 1 && tcp.flags.ack == 1"),
		Text{"SYN/ACK: the server's first number, and the client's is acknowledged",
			"SYN/ACK. 서버의 첫 순서 번호이자 클라이언트 것에 대한 확인 응답"})
	s.FindSome("tcp.flags.syn == 0 && tcp.seq == 1 && tcp.ack == 1 && tcp.srcport == "+c.Port(),
		Text{"the ACK that completes it, and other segments before the first byte came",
			"핸드셰이크를 끝내는 ACK. 첫 바이트를 받기 전에 보낸 다른 세그먼트도 포함된다"})

	s.Step(Text{"A request: bytes have numbers, and who gets them says up to which.",
		"요청을 보낸다. 바이트마다 번호가 있고, 받은 쪽은 몇 번까지 받았는지 알린다."})
	request := c.Request("GET", "/lab/whoami", "")
	c.Send(request)
	c.Answer("GET").Want(s, 200)
	n := len(request)
	s.Find(1, fmt.Sprintf("tcp.len == %d && tcp.seq == 1 && tcp.srcport == %s", n, c.Port()),
		Text{"the request, %d bytes, numbered from 1", "%d바이트의 요청. 번호는 1부터"}.With(n))
	s.FindSome(fmt.Sprintf("tcp.ack == %d && tcp.dstport == %s", n+1, c.Port()),
		Text{"the server has it: the next byte would be %d",
			"서버가 받았다는 뜻. 다음 바이트는 %d번일 것이다"}.With(n+1))

	s.Step(Text{"The client closes. Each direction ends by itself, with a FIN.",
		"클라이언트가 연결을 닫는다. 두 방향은 각각 FIN으로 끝난다."})
	c.Finish()
	s.Find(2, c.Filter("tcp.flags.fin == 1 && !tcp.analysis.retransmission"),
		Text{"a FIN from each side", "양쪽이 하나씩 보낸 FIN"})
	s.Find(1, fmt.Sprintf("tcp.flags.fin == 1 && tcp.seq == %d && !tcp.analysis.retransmission && tcp.srcport == %s", n+1,
		c.Port()), Text{"the client's: it takes the number behind the last byte",
		"클라이언트의 FIN. 마지막 바이트 다음 번호를 쓴다"})
	s.FindSome(fmt.Sprintf("tcp.ack == %d && tcp.dstport == %s", n+2, c.Port()),
		Text{"acknowledged as a byte would be", "바이트처럼 확인 응답을 받는다"})
	s.Ask(Text{"The client sent %d bytes on port %s. Why does the server acknowledge %d at the end?",
		"클라이언트는 포트 %[2]s에서 %[1]d바이트를 보냈다. 그런데 왜 마지막 확인 응답 " +
			"번호는 %[3]d인가?"}.With(n, c.Port(), n+2),
		Text{"SYN and FIN take a number each: SYN 0, the bytes 1 to %d, FIN %d. An acknowledgement names the next one.",
			"SYN과 FIN도 번호를 하나씩 쓰기 때문이다. SYN이 0, 바이트가 1부터 %d까지, FIN이 %d이고, " +
				"확인 응답은 그다음 번호를 적는다."}.With(n, n+1))
}

// playHalfClose needs a peer that goes on after it has heard a FIN; an HTTP server does not.
func playHalfClose(s *Scene) {
	const rest = "the rest, after your FIN"
	s.Step(Text{"A peer that goes on: the client closes its direction, and the other one still carries.",
		"한쪽만 닫기: 클라이언트가 자기 방향을 닫아도 반대 방향으로는 계속 보낼 수 있다."})
	l := s.Listen(s.Spare[2])
	c := s.DialTo(l.Addr().String(), "")
	peer := s.Accept(l)
	l.Close()
	c.Send("that is all")
	s.Check("close one direction", c.Conn.(*net.TCPConn).CloseWrite())
	peer.SetDeadline(time.Now().Add(patience))
	_, err := io.Copy(io.Discard, peer)
	s.Check("wait for the FIN", err)
	_, err = io.WriteString(peer, rest)
	s.Check("write", err)
	got := make([]byte, len(rest))
	c.SetReadDeadline(time.Now().Add(patience))
	_, err = io.ReadFull(c.in, got)
	s.Check("read", err)
	s.say(Event{Type: Received, Lines: []string{string(got)}})
	peer.Close()
	c.Closed()
	s.Find(1, fmt.Sprintf(`tcp.len == %d && tcp.dstport == %s`, len(rest), c.Port()),
		Text{"what the peer sends after the client's FIN", "클라이언트의 FIN 뒤에 상대가 보낸 데이터"})
	s.Find(2, c.Filter("tcp.flags.fin == 1 && !tcp.analysis.retransmission"),
		Text{"both FIN, one before that and one after", "그 앞뒤로 하나씩 있는 두 FIN"})
}

// playReset ends a connection without agreement: SO_LINGER with no time makes close(2) send RST.
func playReset(s *Scene) {
	s.Step(Text{"A client that gives up at once: what a crash looks like to the other side.",
		"클라이언트가 즉시 포기한다. 프로그램이 죽었을 때 상대에게는 이렇게 보인다."})
	c := s.Dial("http")
	c.Ask("GET", "/lab/whoami", "").Want(s, 200)
	s.Check("linger", c.Conn.(*net.TCPConn).SetLinger(0))
	c.Close()
	s.keepPort(c.Port())
	s.Find(1, c.Filter("tcp.flags.reset == 1"), Text{"RST: the connection is gone, no answer expected",
		"RST. 연결은 이미 없으며 답을 기다리지 않는다"})
	s.Find(0, c.Filter("tcp.flags.fin == 1"), Text{"no FIN", "FIN은 없다"})
	s.Ask(Text{"How did the connection on port %s end, and what could have been lost by that?",
		"포트 %s의 연결은 어떻게 끝났으며, 그때 무엇을 잃을 수 있는가?"}.With(c.Port()),
		Text{"By one RST, which nobody acknowledges. What was under way or not yet read by the program is thrown away; " +
			"after a FIN it would still be delivered.",
			"확인 응답이 필요 없는 RST 하나로 끝났다. 전송 중이거나 프로그램이 아직 읽지 않은 " +
				"데이터는 버려진다. FIN이었다면 마저 전달되었을 것이다."})
}

// keepPort keeps a port from other connections as long as the scene lasts, where the system can. After a FIN it does so
// by itself (TIME-WAIT, RFC 9293 §3.3.2), after a RST it may give the port to the next one, which the same filter
// would show.
func (s *Scene) keepPort(port string) {
	if l, err := net.Listen("tcp", ":"+port); err == nil {
		context.AfterFunc(s.ctx, func() { l.Close() })
	}
}

// playRefused calls at a port at which nobody listens. Its client has a port that is known before, as there will be no
// connection to ask. Windows tries three times, others once.
func playRefused(s *Scene) {
	closed, own := s.Spare[0], s.Spare[1]
	s.Step(Text{"A call at port %s, where nobody listens.",
		"아무도 듣고 있지 않은 포트 %s에 연결을 시도한다."}.With(closed))
	s.say(Event{Type: Connection, Network: "tcp", Client: "127.0.0.1:" + own, Server: "127.0.0.1:" + closed})
	port, err := strconv.Atoi(own)
	s.Check("port", err)
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}}
	began := time.Now()
	conn, err := d.DialContext(s.ctx, "tcp", "127.0.0.1:"+closed)
	took := time.Since(began)
	if err == nil {
		conn.Close()
	}
	var refused *os.SyscallError
	s.Must(errors.As(err, &refused) && strings.HasPrefix(refused.Syscall, "connect"), "somebody listens at port %s: %s",
		closed, err)
	s.Note(Text{"The program gets: %s.", "프로그램이 받은 오류: %s."}.With(refused.Err))
	s.FindSome("tcp.flags.syn == 1 && tcp.dstport == "+closed, Text{"the SYN", "연결을 청하는 SYN"})
	s.FindSome("tcp.flags.reset == 1 && tcp.srcport == "+closed,
		Text{"RST/ACK: the computer is there, but nobody at this port",
			"RST/ACK. 컴퓨터는 있지만 이 포트에는 아무도 없다"})
	s.Find(0, "tcp.flags.syn == 1 && tcp.flags.ack == 1 && tcp.port == "+closed, Text{"no SYN/ACK", "SYN/ACK는 없다"})
	s.Ask(Text{"How long did the client wait for port %s, and how long would it have waited if a firewall had " +
		"dropped the SYN?", "클라이언트는 포트 %s의 응답을 얼마나 기다렸는가? 방화벽이 SYN을 " +
		"버렸다면 얼마나 기다렸을까?"}.With(closed),
		Text{"%s, until the RST came. Without it the SYN would have been repeated after 1 second, 3, 7 and so on, for a " +
			"minute or two.",
			"RST가 올 때까지 %s. RST가 없었다면 1초, 3초, 7초 뒤 식으로 SYN을 되풀이하며 1, 2분을 " +
				"기다렸을 것이다."}.With(fmt.Sprintf("%.2f ms", took.Seconds()*1000)))
}

// playZeroWindow has a reader that does not read, with little room for what it has not read.
func playZeroWindow(s *Scene) {
	s.Step(Text{"A peer sends as much as it can, and the client does not read. Its window closes.",
		"상대는 보낼 수 있는 만큼 보내는데 클라이언트는 읽지 않는다. 윈도가 닫힌다."})
	l := s.Listen(s.Spare[2])
	c := s.DialTo(l.Addr().String(), "")
	peer := s.Accept(l)
	l.Close()
	peer.SetWriteBuffer(64 << 10)                                 // else a system takes megabytes before it says no
	peer.SetWriteDeadline(time.Now().Add(600 * time.Millisecond)) // time for a question whether it is still closed
	stuck, piece := 0, make([]byte, 16<<10)
	var err error
	for err == nil {
		var n int
		n, err = peer.Write(piece)
		stuck += n
	}
	s.Must(errors.Is(err, os.ErrDeadlineExceeded), "%d bytes were written, then %v", stuck, err)
	s.Varying(stuck)
	s.Note(Text{"The peer's program was stopped after %d bytes, without knowing why: its system took no more.",
		"상대 프로그램은 이유도 모른 채 %d바이트에서 멈추었다. 운영체제가 더 받아 " +
			"주지 않았다."}.With(stuck))
	s.FindSome("tcp.analysis.zero_window && tcp.srcport == "+c.Port(), Text{"the client: window 0, send nothing",
		"클라이언트가 보낸 윈도 0. 더 보내지 말라는 뜻"})
	s.FindSome("(tcp.analysis.zero_window_probe || tcp.analysis.keep_alive) && tcp.dstport == "+c.Port(),
		Text{"the peer asks whether it is still closed. Linux does so without data, which Wireshark takes for a keep-alive",
			"아직 닫혀 있는지 상대가 묻는 세그먼트. Linux는 데이터 없이 보내므로 Wireshark가 " +
				"Keep-Alive로 표시한다"})

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
	s.Varying(stuck)
	s.Ask(Text{"The peer on port %s was stopped after %d bytes. By whom, the network or the client, and by which field?",
		"포트 %s의 상대는 %d바이트에서 멈추었다. 멈추게 한 것은 네트워크인가 " +
			"클라이언트인가? 어떤 필드로 알 수 있는가?"}.With(s.Spare[2], stuck),
		Text{"By the client: tcp.window_size == 0 && tcp.srcport == %s. That is flow control. The ack of these packets " +
			"says how much had arrived; the rest waited in the peer's own system.",
			"클라이언트이다: tcp.window_size == 0 && tcp.srcport == %s. 이것이 흐름 제어이다. 이 " +
				"패킷들의 ack 번호가 그때까지 도착한 양이고, 나머지는 상대의 운영체제 안에서 " +
				"기다렸다."}.With(c.Port()))
}

// playLostSYN loses a SYN: the queue of a listener is full, so its system drops it. The client repeats it after one
// second (RFC 6298 §2).
func playLostSYN(s *Scene) {
	s.Step(Text{"A listener with room for one, and one is there. The SYN of the next one is dropped: it knocks again.",
		"하나만 기다릴 수 있는 대기열이 이미 찼다. 다음 클라이언트의 SYN은 버려지므로 " +
			"다시 보내야 한다."})
	l := s.Listen(s.Spare[3])
	if err := fillable(l); err != nil {
		s.Unable(Text{"A SYN that gets lost and is repeated: only Linux lets a program without rights bring that about.",
			"SYN이 사라져 다시 보내는 장면: 관리자 권한 없이 만들 수 있는 것은 Linux뿐이다."})
		return
	}
	first := s.DialTo(l.Addr().String(), "")
	second, took := dialWhileFull(s, l)
	first.Closed()
	second.Closed()
	s.Note(Text{"The second client was connected after %v.",
		"두 번째 클라이언트는 %v 뒤에 연결되었다."}.With(took))
	s.Find(2, first.Filter("tcp.flags.syn == 1"), Text{"the first client: SYN and SYN/ACK",
		"첫 클라이언트의 SYN과 SYN/ACK"})
	s.FindSome("tcp.analysis.retransmission && tcp.flags.syn == 1 && tcp.srcport == "+second.Port(),
		Text{"the second one: its SYN again, with the same number",
			"두 번째 클라이언트가 다시 보낸 SYN. 순서 번호가 같다"})
	s.Find(1, second.Filter("tcp.flags.syn == 1 && tcp.flags.ack == 1"),
		Text{"answered when there was room", "자리가 난 뒤에 온 SYN/ACK"})
	s.Ask(Text{"How much time is between the two SYN of port %s, and who chose it?",
		"포트 %s의 두 SYN 사이 간격은 얼마이며, 누가 정한 것인가?"}.With(second.Port()),
		Text{"About a second (the connection took %v in all): the client's retransmission timer, 1 second as long as it " +
			"has measured nothing (RFC 6298).",
			"약 1초이다(연결까지 모두 %v). 클라이언트의 재전송 타이머가 정하며, 아직 측정한 " +
				"것이 없을 때는 1초이다(RFC 6298)."}.With(took))
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
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
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

// playKeepAlive lets a connection be idle for so long that the system asks whether the other side is still there.
func playKeepAlive(s *Scene) {
	const idle = time.Second // as short as systems allow; two hours where nobody says otherwise
	s.Step(Text{"A connection on which nothing happens. After %v the client's system asks whether the other side is " +
		"still there.", "아무 일도 없는 연결. %v가 지나면 클라이언트의 운영체제가 상대가 아직 " +
		"있는지 묻는다."}.With(idle))
	c := s.Dial("http")
	conn := c.Conn.(*net.TCPConn)
	unable := conn.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: idle, Interval: idle, Count: 3})
	c.Ask("GET", "/lab/whoami", "").Want(s, 200)
	if unable == nil {
		s.Pause(idle + 200*time.Millisecond)
	}
	c.Ask("GET", "/lab/whoami", "").Want(s, 200)
	c.Finish()
	s.Find(2, c.Filter("http.request"), Text{"a request before and one after: the connection still works",
		"그 앞뒤의 요청. 연결은 여전히 쓸 수 있다"})
	if unable != nil {
		s.Unable(Text{"Keep-alive after %v: this system takes no such time.",
			"%v 뒤의 keep-alive: 이 시스템에서는 그런 시간을 정할 수 없다."}.With(idle))
		return
	}
	s.FindSome("tcp.analysis.keep_alive && tcp.srcport == "+c.Port(),
		Text{"the question: an empty segment with a number that was acknowledged before",
			"질문. 이미 확인된 순서 번호를 쓰는 빈 세그먼트"})
	s.FindSome("tcp.analysis.keep_alive_ack && tcp.dstport == "+c.Port(),
		Text{"the answer: the same acknowledgement once more", "답. 같은 확인 응답을 한 번 더 보낸다"})
}
