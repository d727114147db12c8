package lessons

import (
	"fmt"
	"io"
	"net"
	"time"
)

// lostData is a segment that a receiver dropped, and when what was in it came at last.
type lostData struct {
	*Conn
	pieces int // of 1000 bytes each; the last one got lost
	took   time.Duration
}

// playLostData loses a segment. The receiver's system has no room for it: the one way in which a program without rights
// gets one lost on loopback, tried on Linux. The sender's timer brings it again, and doubles (RFC 6298 §5.5).
func playLostData(s *Scene) {
	s.Step(Text{"A client that sleeps, with next to no room for what it has not read. Its system drops a segment that " +
		"has arrived, and acknowledges nothing. The peer sends it again, each time after a longer wait.",
		"잠든 클라이언트에는 읽지 않은 것을 둘 자리가 거의 없다. 운영체제는 도착한 " +
			"세그먼트를 버리고 확인 응답을 하지 않는다. 상대는 다시 보내는데, 기다리는 " +
			"시간이 점점 길어진다."})
	l := s.Listen(s.Spare[2])
	defer l.Close()
	var lost lostData
	for range 5 {
		if s.tried(func() (dropped bool) { lost, dropped = loseData(s, l); return dropped }) {
			findLostData(s, lost)
			return
		}
	}
	s.Unable(Text{"A segment of data that gets lost: only Linux is known to let a program bring that about without " +
		"rights.",
		"데이터 세그먼트가 사라지는 장면: 권한 없이 만들 수 있다고 알려진 것은 Linux뿐이다."})
	s.FindPerhaps("tcp.port == "+s.Spare[2]+" && tcp.len == 1000", Text{"the data", "데이터"})
}

// lostPiece is less than what a segment on Ethernet carries.
const lostPiece = 1000

func loseData(s *Scene, l *net.TCPListener) (lost lostData, dropped bool) {
	lost = lostData{Conn: s.DialTo(l.Addr().String(), ""), pieces: 3}
	peer := s.Accept(l)
	lost.Conn.Conn.(*net.TCPConn).SetReadBuffer(1) // as little as there is
	began := time.Now()
	for range lost.pieces {
		peer.Write(make([]byte, lostPiece))
		s.wait(10 * time.Millisecond)
	}
	s.wait(600 * time.Millisecond) // the first repetitions are dropped, too
	all := int64(lost.pieces * lostPiece)
	lost.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	n, _ := io.CopyN(io.Discard, lost.in, all)
	if n == all {
		peer.Close()
		lost.Close()
		return lost, false
	}
	lost.SetReadDeadline(time.Now().Add(patience))
	_, err := io.CopyN(io.Discard, lost.in, all-n)
	s.Check("read what got lost", err)
	lost.took = time.Since(began)
	peer.Close()
	lost.Closed()
	return lost, n == all-lostPiece
}

func findLostData(s *Scene, lost lostData) {
	s.Varying(lost.took.Round(10 * time.Millisecond))
	s.Note(Text{"The last of %d pieces was there after %v.", "조각 %d개 중 마지막은 %v 뒤에 도착했다."}.With(
		lost.pieces, lost.took.Round(10*time.Millisecond)))
	first := (lost.pieces-1)*lostPiece + 1
	s.FindSome(fmt.Sprintf("tcp.seq == %d && tcp.len == %d && tcp.dstport == %s", first, lostPiece, lost.Port()),
		Text{"the segment that got lost, and the same bytes again: on Linux, over loopback, after about 0.2, 0.4 and 0.8 s",
			"사라진 세그먼트와, 다시 온 같은 바이트. Linux의 루프백에서는 약 0.2, 0.4, 0.8초 뒤에 " +
				"온다"})
	s.FindSome("tcp.analysis.retransmission && tcp.dstport == "+lost.Port(),
		Text{"those that Wireshark knows as repetitions: tcp.analysis.rto says how long the peer had waited",
			"Wireshark가 재전송으로 알아본 것. tcp.analysis.rto가 상대가 기다린 시간이다"})
	s.Find(0, fmt.Sprintf("tcp.ack > %d && tcp.time_relative < 0.5 && tcp.srcport == %s", first, lost.Port()),
		Text{"no acknowledgement of it in the first half second", "처음 0.5초 동안은 그것에 대한 확인 " +
			"응답이 없다"})
}
