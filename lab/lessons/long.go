package lessons

import (
	"fmt"
	"strings"
	"time"
)

var longLesson = Lesson{
	Name: "long",
	Title: Text{"a long document in many segments, and how Wireshark puts it together",
		"여러 세그먼트로 나뉜 긴 문서와 Wireshark의 재조립"},
	Aim: Text{"TCP carries bytes, not messages. One message may take many segments, and who reads it has to know " +
		"where it ends.",
		"TCP는 메시지가 아니라 바이트를 나른다. 메시지 하나가 여러 세그먼트에 걸칠 수 " +
			"있고, 읽는 쪽은 어디서 끝나는지 알아야 한다."},
	Needs: []string{"http"},
	Play:  playLong,
}

// The document of the first step, in pieces that are written one by one.
const (
	pieces    = 10
	pieceSize = 64
	long      = 1_000_000 // bytes of the last one
)

// playLong is about RFC 9293 §3.7 (segments) and RFC 9112 §6 and §7 (where a message ends). The pause between pieces
// keeps them apart where a system would put them together; loopback alone would not need it.
func playLong(s *Scene) {
	s.Watch("Content-Length", "Transfer-Encoding")
	c := playChunks(s)
	askChunks(s, c)
	playSplit(s)
	playWhole(s)
}

func playChunks(s *Scene) *Conn {
	s.Step(Text{"The server sends %d pieces of %d bytes, 20 ms apart. It does not say before how long it will be: " +
		"chunks (RFC 9112 §7.1).",
		"서버가 %[2]d바이트 조각 %[1]d개를 20 ms 간격으로 보낸다. 전체 길이를 미리 말하지 " +
			"않는 청크(chunk) 방식이다(RFC 9112 §7.1)."}.With(pieces, pieceSize))
	c := s.Dial("http")
	a := c.Ask("GET", fmt.Sprintf("/lab/bytes/%d?chunk=%d&delay=20ms", pieces*pieceSize, pieceSize), "").Want(s, 200)
	s.Must(len(a.Body) == pieces*pieceSize, "%d bytes came, not %d", len(a.Body), pieces*pieceSize)
	// From the server: the header section, each piece, and the last chunk, which is empty.
	s.Find(pieces+2, "tcp.len > 0 && tcp.dstport == "+c.Port(),
		Text{"segments from the server: the fields, each chunk, and the empty chunk that ends it",
			"서버가 보낸 세그먼트. 헤더 하나, 청크마다 하나, 끝을 알리는 빈 청크 하나"})
	s.Find(1, c.Filter("http.response"),
		Text{"the answer as HTTP: shown once, at the segment that completes it",
			"HTTP로 보면 응답은 하나이다. 마지막 세그먼트에서 한 번만 보인다"})
	s.Find(1, c.Filter(fmt.Sprintf("tcp.segment.count == %d", pieces+2)),
		Text{"the same packet, with the list of the segments it was put together from",
			"같은 패킷. 재조립에 쓰인 세그먼트의 목록이 붙어 있다"})
	const offset = "00000320"
	s.Find(1, c.Filter(`frame contains "`+offset+`"`),
		Text{"the segment with the line at offset 320, as each line begins with its offset",
			"320번째 바이트의 줄이 든 세그먼트. 각 줄은 자기 위치로 시작한다"})
	return c
}

func askChunks(s *Scene, c *Conn) {
	s.Ask(Text{"The chunked answer has no Content-Length. By what does the client know that it is over?",
		"청크 방식의 응답에는 Content-Length가 없다. 클라이언트는 끝을 어떻게 아는가?"},
		Text{"By the chunk of length 0 in the last of the %d segments on port %s.",
			"포트 %[2]s에 도착한 세그먼트 %[1]d개 중 마지막 것에 든, 길이가 0인 청크로 안다."}.With(
			pieces+2, c.Port()),
		c.Proof(`http.response`, "tcp.seq_raw", Text{"the raw sequence number of the segment that has it",
			"그것이 든 세그먼트의 원래(raw) 순서 번호"}))
	s.Ask(Text{"How many bytes does one chunk take as TCP payload, and why more than %d?",
		"청크 하나는 TCP 페이로드로 몇 바이트인가? 왜 %d바이트보다 큰가?"}.With(pieceSize),
		Text{"%d: the length in hexadecimal (%x), CR LF, the piece, CR LF.",
			"%d바이트. 16진수로 쓴 길이(%x), CR LF, 조각, CR LF를 합한 것이다."}.With(len(
			fmt.Sprintf("%x", pieceSize))+2+pieceSize+2, pieceSize),
		c.Proof("tcp.seq > 1 && tcp.len > 60 && tcp.dstport == "+c.Port(), "tcp.len",
			Text{"the bytes and the raw sequence number of each of these segments",
				"그 세그먼트마다의 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof("tcp.seq > 1 && tcp.len > 60 && tcp.dstport == "+c.Port(), "tcp.seq_raw", Text{}))
}

// playSplit sends one request in three segments.
func playSplit(s *Scene) {
	s.Step(Text{"The other way round: the client sends one request in three pieces. The server waits until it " +
		"has all of it.",
		"이번에는 반대로 클라이언트가 요청 하나를 세 조각으로 나누어 보낸다. 서버는 다 " +
			"올 때까지 기다린다."})
	c := sendInThree(s)
	s.Find(3, "tcp.len > 0 && tcp.srcport == "+c.Port(),
		Text{"segments from the client", "클라이언트가 보낸 세그먼트"})
	s.Find(1, c.Filter("http.request && tcp.segment.count == 3"),
		Text{"one request, put together from three", "세 세그먼트로 재조립된 요청 하나"})
	c.Finish()
	s.Ask(Text{"In which of the three packets on port %s does Wireshark show the request, and why not in the first?",
		"포트 %s의 세 패킷 중 Wireshark는 어디에서 요청을 보여 주는가? 왜 첫 " +
			"패킷이 아닌가?"}.With(c.Port()),
		Text{"In the third: only then is the empty line there that ends the fields. tcp.reassembled_in of the first two " +
			"leads to it.",
			"세 번째이다. 헤더 필드의 끝을 알리는 빈 줄이 그때서야 오기 때문이다. 앞의 두 " +
				"패킷에서는 tcp.reassembled_in이 그 패킷을 가리킨다."},
		c.Proof(`http.request`, "tcp.seq_raw", Text{"the raw sequence number of that packet",
			"그 패킷의 원래(raw) 순서 번호"}))
}

// sendInThree sends one request in three segments.
func sendInThree(s *Scene) *Conn {
	c := s.Dial("http")
	whole := c.Request("GET", "/lab/whoami", "", "Accept: application/json")
	// Wireshark takes it for HTTP by its first line, so that has to be whole.
	host, accept := strings.Index(whole, "Host:")+2, strings.Index(whole, "Accept:")+2
	for i, piece := range []string{whole[:host], whole[host:accept], whole[accept:]} {
		if i > 0 {
			s.Pause(20 * time.Millisecond)
		}
		c.Send(piece)
	}
	c.Answer("GET").Want(s, 200)
	return c
}

// playWhole sends more than any segment can hold, in one go.
func playWhole(s *Scene) {
	s.Step(Text{"A million bytes in one go, their number told before. How many segments it takes is up to TCP.",
		"백만 바이트를 한꺼번에, 길이를 미리 말하고 보낸다. 세그먼트 몇 개로 나눌지는 " +
			"TCP가 정한다."})
	c := s.Dial("http")
	a := c.Ask("GET", fmt.Sprintf("/lab/bytes/%d", long), "").Want(s, 200)
	s.Must(len(a.Body) == long, "%d bytes came, not %d", len(a.Body), long)
	c.Finish()
	s.Find(1, c.Filter(fmt.Sprintf("http.content_length == %d", long)), Text{"the answer", "응답"})
	s.Find(2, c.Filter("tcp.options.mss_val"),
		Text{"SYN and SYN/ACK: each side says how large a segment it takes (MSS)",
			"SYN과 SYN/ACK. 양쪽이 받을 수 있는 최대 세그먼트 크기(MSS)를 알린다"})
	if s.inNetwork() {
		playWholeByEthernet(s, c)
		return
	}
	s.FindSome("tcp.len > 1460 && tcp.dstport == "+c.Port(),
		Text{"segments larger than Ethernet could carry",
			"이더넷이라면 실을 수 없는 큰 세그먼트"})
	loopback := loopbackIs(s)
	s.Ask(Text{"Why are there segments of more than 1,460 bytes on port %s?",
		"포트 %s에는 왜 1,460바이트보다 큰 세그먼트가 있는가?"}.With(c.Port()),
		loopback.And(Text{"Between two computers the network card often splits them: then the capture shows them " +
			"before that.",
			"두 컴퓨터 사이에서도 나누는 일을 랜카드가 맡으면 캡처에는 나누기 전 모습이 " +
				"보인다."}),
		c.Proof(`tcp.flags.syn == 1`, "tcp.seq_raw", Text{"the raw sequence numbers of SYN and SYN/ACK",
			"SYN과 SYN/ACK의 원래(raw) 순서 번호"}))
}

// playWholeByEthernet is what is found where frames have an end.
func playWholeByEthernet(s *Scene, c *Conn) {
	s.Find(0, "tcp.len > 1460 && tcp.dstport == "+c.Port(),
		Text{"no segment is larger than Ethernet carries", "이더넷이 나를 수 있는 것보다 큰 " +
			"세그먼트는 없다"})
	s.FindSome("tcp.len == 1448 && tcp.dstport == "+c.Port(), Text{"full segments", "꽉 찬 세그먼트"})
	s.Ask(Text{"Why have the full segments on port %s 1,448 bytes, and not the MSS of the SYN?",
		"포트 %s의 꽉 찬 세그먼트는 왜 SYN의 MSS가 아니라 1,448바이트인가?"}.With(c.Port()),
		Text{"The MSS counts no options (RFC 6691): a frame carries 1500 bytes, of which 20 are IP, 20 are TCP, and 12 the " +
			"timestamps that are in each segment (tcp.options.timestamp.tsval).",
			"MSS에는 옵션이 들어 있지 않다(RFC 6691). 프레임은 1500바이트를 나르고, 그중 IP 20, " +
				"TCP 20, 세그먼트마다 있는 타임스탬프 12바이트(tcp.options.timestamp.tsval)를 뺀 것이다."},
		c.Proof("tcp.len == 1448 && tcp.dstport == "+c.Port(), "tcp.options.timestamp.tsval",
			Text{"the time stamp (TSval) of the first of them",
				"그 첫 세그먼트의 타임스탬프(TSval)"}))
}

// loopbackIs tells of the interface that a lesson is made for.
func loopbackIs(s *Scene) Text {
	mtu := mtuText(loopbackMTU())
	s.Varying(mtu)
	return Text{"Loopback is no Ethernet: its MTU is %s on this system, not 1500, and so large is the MSS in the SYN.",
		"루프백은 이더넷이 아니다. 이 시스템에서 MTU는 1500이 아니라 %s이고, 그래서 SYN의 " +
			"MSS도 크다."}.With(mtu)
}
