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
	"time"
)

// How TCP connections end, and one that does not begin.

// lastWords is what a client sends before it ends. Its peer reads it only then.
const lastWords = "these are my last words"

// ending is a way in which a client ends its connection, and what its peer has of it.
type ending struct {
	*Conn
	how  string
	read int   // bytes
	err  error // behind them; nil is the end that a FIN says
}

// playEndings shows the three endings that can be seen. A program that ends, however it ends, has its sockets closed by
// the system: that is the first of them, tried with SIGKILL. SO_LINGER with no time makes of close(2) an ABORT (RFC
// 9293 §3.10.5); a close with data unread tells by a RST that data was lost (§3.6.1).
func playEndings(s *Scene) {
	s.Step(Text{"Three clients end, each in another way, before their peer has read their last words. One closes: so " +
		"does the system for a program that ends or crashes. One aborts: SO_LINGER with 0 seconds. One closes and has " +
		"not read what came.",
		"세 클라이언트가 저마다 다르게 끝난다. 상대는 아직 마지막 말을 읽지 않았다. " +
			"하나는 닫는다. 프로그램이 끝나거나 죽으면 운영체제가 이렇게 닫아 준다. 하나는 " +
			"SO_LINGER 0초로 중단한다. 하나는 받은 것을 읽지 않은 채 닫는다."})
	l := s.Listen(s.Spare[2])
	fin := s.end(l, "close()", func(*Conn, *net.TCPConn) {})
	abort := s.end(l, "close(), SO_LINGER 0", func(c *Conn, _ *net.TCPConn) {
		s.Check("linger", c.Conn.(*net.TCPConn).SetLinger(0))
	})
	unread := s.end(l, "close(), unread data", s.leaveUnread)
	l.Close()
	s.findEndings(fin, abort, unread)
	s.tellEndings(fin, abort, unread)
	askEndings(s, fin, abort, unread)
}

// end makes a connection, lets it end, and then reads what its peer has of it.
func (s *Scene) end(l *net.TCPListener, how string, before func(c *Conn, peer *net.TCPConn)) ending {
	c := s.DialTo(l.Addr().String(), "")
	peer := s.Accept(l)
	c.Send(lastWords)
	before(c, peer)
	c.Close()
	s.Pause(50 * time.Millisecond) // for the end to arrive before anything is read
	peer.SetReadDeadline(time.Now().Add(patience))
	got, err := io.ReadAll(peer)
	peer.Close()
	if err != nil {
		s.keepPort(c.Port())
	}
	return ending{c, how, len(got), err}
}

// leaveUnread has the peer say something of which the client reads one byte: so the rest has come, too.
func (s *Scene) leaveUnread(c *Conn, peer *net.TCPConn) {
	peer.SetWriteDeadline(time.Now().Add(patience))
	_, err := io.WriteString(peer, "nobody reads this to its end")
	s.Check("write", err)
	c.SetReadDeadline(time.Now().Add(patience))
	_, err = c.Conn.Read(make([]byte, 1))
	s.Check("read", err)
}

func (s *Scene) findEndings(fin, abort, unread ending) {
	s.Must(fin.err == nil && fin.read == len(lastWords), "after a FIN %d bytes were read, then %v", fin.read, fin.err)
	s.Find(1, "tcp.flags.fin == 1 && !tcp.analysis.retransmission && tcp.srcport == "+fin.Port(),
		Text{"FIN of the first client: the end comes behind the last byte",
			"첫 클라이언트의 FIN. 마지막 바이트 다음에 끝이 온다"})
	s.Find(0, fin.Filter("tcp.flags.reset == 1"), Text{"and no RST", "RST는 없다"})
	s.Must(abort.err != nil, "nobody noticed that the client aborted")
	s.findReset(abort.Conn, Text{"RST of the second: the connection is gone, and no answer is expected",
		"둘째의 RST. 연결은 이미 없으며 답을 기다리지 않는다"})
	s.Find(0, abort.Filter("tcp.flags.fin == 1"), Text{"and no FIN", "FIN은 없다"})
	if unread.err == nil {
		s.Unable(Text{"A RST for data that was left unread: this system sends a FIN all the same.",
			"읽지 않은 데이터 때문에 보내는 RST: 이 시스템은 이때도 FIN을 보낸다."})
		return
	}
	s.findReset(unread.Conn, Text{"RST of the third: it says that data was lost (RFC 9293 §3.6.1)",
		"셋째의 RST. 데이터를 잃었음을 알린다(RFC 9293 §3.6.1)"})
}

// findReset finds the one by which a client ends a connection. Across a network the peer's acknowledgement is still
// under way then. It comes for a connection that is gone, and is answered by a RST of another kind (RFC 9293 §3.5.2).
func (s *Scene) findReset(c *Conn, what Text) {
	if !s.inNetwork() {
		s.Find(1, c.Filter("tcp.flags.reset == 1"), what)
		return
	}
	s.Find(1, c.Filter("tcp.flags.reset == 1 && tcp.flags.ack == 1"), what)
	s.FindPerhaps(c.Filter("tcp.flags.reset == 1 && tcp.flags.ack == 0"),
		Text{"one more RST: an acknowledgement that was still under way found no connection (RFC 9293 §3.5.2)",
			"또 하나의 RST. 오고 있던 확인 응답이 도착해 보니 연결이 없었다(RFC 9293 §3.5.2)"})
}

// tellEndings tells what the peer had, and what nobody can show.
func (s *Scene) tellEndings(all ...ending) {
	var rows [][]string
	for _, e := range all {
		rows = append(rows, []string{e.how, e.Port(), fmt.Sprint(e.read), heard(e.err)})
	}
	s.Table(Text{"the client's end\tport\tbytes read after it\tand then",
		"클라이언트의 끝\t포트\t그 뒤에 읽은 바이트\t그다음"}, rows...)
	s.Note(Text{"One ending can't be shown: a computer that dies, or that is cut off, sends nothing. Its peer learns of " +
		"it by its own timers alone, of what it has sent (RFC 9293 §3.8.3) or of keep-alive: see the last step.",
		"보여 줄 수 없는 끝이 하나 있다. 컴퓨터가 죽거나 선이 끊기면 아무것도 오지 " +
			"않는다. 상대는 보낸 것이 확인되지 않을 때의 타이머(RFC 9293 §3.8.3)나 마지막 단계의 " +
			"keep-alive로만 알게 된다."})
}

// heard is what a program hears at the end of a connection.
func heard(err error) string {
	var told *os.SyscallError
	switch {
	case err == nil:
		return "EOF"
	case errors.As(err, &told):
		return told.Err.Error()
	}
	return err.Error()
}

func askEndings(s *Scene, fin, abort, unread ending) {
	s.Varying(abort.read)
	s.Ask(Text{"How did the connections on ports %s, %s and %s end, and what can be lost by that?",
		"포트 %s, %s, %s의 연결은 각각 어떻게 끝났으며, 그때 무엇을 잃을 수 있는가?"}.With(
		fin.Port(), abort.Port(), unread.Port()),
		Text{"By FIN, behind all data: nothing is lost. By RST, an abort: what it had not sent yet is thrown away (RFC " +
			"9293 §3.10.5). By RST, for unread data: that was lost. What arrived before a RST the other side may throw away " +
			"as well (§3.10.7.4); this system still handed out %d of %d bytes, and then the error.",
			"FIN: 모든 데이터 뒤에 오므로 잃는 것이 없다. 중단의 RST: 아직 보내지 않은 것은 " +
				"버려진다(RFC 9293 §3.10.5). 읽지 않은 데이터 때문의 RST: 그 데이터를 잃었다. RST 전에 " +
				"도착한 것도 받는 쪽이 버릴 수 있지만(§3.10.7.4), 이 시스템은 %[2]d바이트 중 " +
				"%[1]d바이트를 마저 내주고 나서 오류를 알렸다."}.With(abort.read, len(lastWords)),
		fin.Proof("tcp.flags.fin == 1 && tcp.srcport == "+fin.Port(), "tcp.seq_raw",
			Text{"the raw sequence number of the first client's FIN",
				"첫 클라이언트의 FIN의 원래(raw) 순서 번호"}),
		abort.Proof(`tcp.flags.reset == 1`, "tcp.seq_raw", Text{"and of the RST of the second", "둘째의 RST의 것"}),
		unread.Proof(`tcp.flags.reset == 1`, "tcp.seq_raw", Text{"and third", "셋째의 RST의 것"}))
}

// keepPort keeps a port from other connections as long as the scene lasts, where the system can. After a FIN it does so
// by itself (TIME-WAIT, RFC 9293 §3.3.2), after a RST it may give the port to the next one, which the same filter
// would show.
func (s *Scene) keepPort(port string) {
	if l, err := s.client.listen("tcp", ":"+port); err == nil {
		context.AfterFunc(s.ctx, func() { l.Close() })
	}
}

// playRefused calls at a port at which nobody listens. Its client has a port that is known before, as there will be no
// connection to ask. Windows tries three times, others once.
func playRefused(s *Scene) refusal {
	closed := s.Spare[0]
	s.Step(Text{"A call at port %s, where nobody listens.",
		"아무도 듣고 있지 않은 포트 %s에 연결을 시도한다."}.With(closed))
	took, told := s.callClosed(closed, s.Spare[1])
	s.Note(Text{"The program gets: %s.", "프로그램이 받은 오류: %s."}.With(told))
	s.FindSome("tcp.flags.syn == 1 && tcp.dstport == "+closed, Text{"the SYN", "연결을 청하는 SYN"})
	s.FindSome("tcp.flags.reset == 1 && tcp.srcport == "+closed,
		Text{"RST/ACK: the computer is there, but nobody at this port",
			"RST/ACK. 컴퓨터는 있지만 이 포트에는 아무도 없다"})
	s.Find(0, "tcp.flags.syn == 1 && tcp.flags.ack == 1 && tcp.port == "+closed, Text{"no SYN/ACK", "SYN/ACK는 없다"})
	return refusal{closed, took}
}

// refusal is a call that was refused, and how long the program waited for that.
type refusal struct {
	port string
	took time.Duration
}

// callClosed calls from one port at another and returns the error that it must get.
func (s *Scene) callClosed(closed, own string) (took time.Duration, told error) {
	s.say(Event{Type: Connection, Network: "tcp", Client: s.client.addr(own), Server: s.peer.addr(closed)})
	port, err := strconv.Atoi(own)
	s.Check("port", err)
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(s.client.v4()), Port: port}}
	began := time.Now()
	conn, err := s.client.dial(s.ctx, &d, "tcp", s.peer.addr(closed))
	took = time.Since(began)
	if err == nil {
		conn.Close()
	}
	var refused *os.SyscallError
	s.Must(errors.As(err, &refused) && strings.HasPrefix(refused.Syscall, "connect"), "somebody listens at port %s: %s",
		closed, err)
	return took, refused.Err
}
