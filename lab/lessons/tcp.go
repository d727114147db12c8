package lessons

import (
	"fmt"
	"io"
	"net"
	"time"
)

var tcpLesson = Lesson{
	Name: "tcp",
	Title: Text{"handshake, close, reset, a closed port, zero window, a lost segment, a lost SYN, keep-alive",
		"핸드셰이크, 종료, 리셋, 닫힌 포트, 제로 윈도, 사라진 세그먼트, 사라진 SYN, keep-alive"},
	Aim: Text{"A connection begins and ends by agreement, or doesn't. In between TCP counts every byte, waits for who " +
		"is slow, and repeats what is lost.",
		"TCP 연결은 합의로 시작하고 합의로 끝나지만, 그렇지 못할 때도 있다. 그 사이 TCP는 " +
			"모든 바이트에 번호를 매기고, 느린 상대를 기다리고, 잃어버린 것을 다시 보낸다."},
	Needs: []string{"http"},
	Spare: 4, // a closed port, a client of it, a peer, one whose queue is full
	Play:  playTCP,
}

// playTCP is RFC 9293, by section: §3.5 (handshake), §3.6 (close), §3.10.5 (abort), §3.5.2 (reset), §3.8.6
// (windows), §3.8.1 (retransmission), §3.8.4 (keep-alive). Sequence numbers are as Wireshark shows them, relative to
// the first.
func playTCP(s *Scene) {
	playConnection(s)
	playHalfClose(s)
	playEndings(s)
	refused := playRefused(s)
	playSlowReader(s)
	playLostData(s)
	playLostSYN(s, refused)
	playKeepAlive(s)
}

// playConnection is one from its first to its last number.
func playConnection(s *Scene) {
	c := playHandshake(s)
	n := playBytes(s, c)
	playFINs(s, c, n)
	s.Ask(Text{"The client sent %d bytes on port %s. Why does the server acknowledge %d at the end?",
		"클라이언트는 포트 %[2]s에서 %[1]d바이트를 보냈다. 그런데 왜 마지막 확인 응답 " +
			"번호는 %[3]d인가?"}.With(n, c.Port(), n+2),
		Text{"SYN and FIN take a number each: SYN 0, the bytes 1 to %d, FIN %d. An acknowledgement names the next one.",
			"SYN과 FIN도 번호를 하나씩 쓰기 때문이다. SYN이 0, 바이트가 1부터 %d까지, FIN이 %d이고, " +
				"확인 응답은 그다음 번호를 적는다."}.With(n, n+1),
		c.Proof(`tcp.flags.fin == 1`, "tcp.seq_raw", Text{"the raw sequence numbers of both FIN",
			"두 FIN의 원래(raw) 순서 번호"}))
}

func playHandshake(s *Scene) *Conn {
	s.Step(Text{"The client opens a connection to the server: the 3-way handshake.",
		"클라이언트가 서버에 연결한다. 3-way 핸드셰이크이다."})
	c := s.Dial("http")
	s.Find(1, c.Filter("tcp.flags.syn == 1 && tcp.flags.ack == 0"),
		Text{"SYN: the client's first number", "SYN. 클라이언트의 첫 순서 번호"})
	s.Find(1, c.Filter("tcp.flags.syn == 1 && tcp.flags.ack == 1"),
		Text{"SYN/ACK: the server's first number, and the client's is acknowledged",
			"SYN/ACK. 서버의 첫 순서 번호이자 클라이언트 것에 대한 확인 응답"})
	s.FindSome("tcp.flags.syn == 0 && tcp.seq == 1 && tcp.ack == 1 && tcp.srcport == "+c.Port(),
		Text{"the ACK that completes it, and other segments before the first byte from the server came",
			"핸드셰이크를 끝내는 ACK. 서버의 첫 바이트를 받기 전에 보낸 다른 세그먼트도 " +
				"포함된다"})
	return c
}

// playBytes returns how many bytes the client has sent.
func playBytes(s *Scene, c *Conn) (n int) {
	s.Step(Text{"A request: bytes have numbers, and who gets them says up to which.",
		"요청을 보낸다. 바이트마다 번호가 있고, 받은 쪽은 몇 번까지 받았는지 알린다."})
	request := c.Request("GET", "/lab/whoami", "")
	c.Send(request)
	c.Answer("GET").Want(s, 200)
	n = len(request)
	s.Find(1, fmt.Sprintf("tcp.len == %d && tcp.seq == 1 && tcp.srcport == %s", n, c.Port()),
		Text{"the request, %d bytes, numbered from 1", "%d바이트의 요청. 번호는 1부터"}.With(n))
	s.FindSome(fmt.Sprintf("tcp.ack == %d && tcp.dstport == %s", n+1, c.Port()),
		Text{"the server has it: the next byte would be %d",
			"서버가 받았다는 뜻. 다음 바이트는 %d번일 것이다"}.With(n+1))
	return n
}

func playFINs(s *Scene, c *Conn, n int) {
	s.Step(Text{"The client closes. Each direction ends by itself, with a FIN.",
		"클라이언트가 연결을 닫는다. 두 방향은 각각 FIN으로 끝난다."})
	c.Finish()
	s.Find(2, c.Filter("tcp.flags.fin == 1 && !tcp.analysis.retransmission"),
		Text{"a FIN from each side", "양쪽이 하나씩 보낸 FIN"})
	s.Find(1, fmt.Sprintf(
		"tcp.flags.fin == 1 && tcp.seq == %d && !tcp.analysis.retransmission && tcp.srcport == %s", n+1, c.Port()),
		Text{"the client's: it takes the number behind the last byte",
			"클라이언트의 FIN. 마지막 바이트 다음 번호를 쓴다"})
	s.FindSome(fmt.Sprintf("tcp.ack == %d && tcp.dstport == %s", n+2, c.Port()),
		Text{"acknowledged as a byte would be", "바이트처럼 확인 응답을 받는다"})
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

// playKeepAlive lets a connection be idle for so long that the system asks whether the other side is still there.
func playKeepAlive(s *Scene) {
	const idle = time.Second // as short as systems allow; two hours where nobody says otherwise
	s.Step(Text{"A connection on which nothing happens. After %v the client's system asks whether the other side is " +
		"still there.",
		"아무 일도 없는 연결. %v가 지나면 클라이언트의 운영체제가 상대가 아직 " +
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
	s.Find(2, c.Filter("http.request"),
		Text{"a request before and one after: the connection still works",
			"그 앞뒤의 요청. 연결은 여전히 쓸 수 있다"})
	if unable != nil {
		s.Unable(Text{"Keep-alive after %v: this system takes no such time.",
			"%v 뒤의 keep-alive: 이 시스템에서는 그런 시간을 정할 수 없다."}.With(idle))
		return
	}
	findKeepAlive(s, c)
}

func findKeepAlive(s *Scene, c *Conn) {
	s.FindSome("tcp.analysis.keep_alive && tcp.srcport == "+c.Port(),
		Text{"the question: an empty segment with a number that was acknowledged before",
			"질문. 이미 확인된 순서 번호를 쓰는 빈 세그먼트"})
	s.FindSome("tcp.analysis.keep_alive_ack && tcp.dstport == "+c.Port(),
		Text{"the answer: the same acknowledgement once more", "답. 같은 확인 응답을 한 번 더 보낸다"})
}
