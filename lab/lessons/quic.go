package lessons

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/quic"
)

var quicLesson = Lesson{
	Name: "quic",
	Title: Text{"a handshake in UDP datagrams, streams, connection ids",
		"UDP 데이터그램 위의 핸드셰이크, 스트림, 연결 ID"},
	Aim: Text{"QUIC does the work of TCP and TLS together, above UDP: one round trip for both, and streams that don't " +
		"wait for each other. HTTP/3 lies on it.",
		"QUIC은 TCP와 TLS가 하던 일을 UDP 위에서 함께 한다. 한 번의 왕복으로 둘을 끝내고, " +
			"스트림은 서로 기다리지 않는다. HTTP/3이 이 위에 있다."},
	Spare: 1,
	Play:  playQUIC,
}

// playQUIC promises no exact numbers: how frames are put into packets, and what is sent again, is QUIC's own business.
// It is about RFC 9000 (QUIC), RFC 9001 (TLS in it). What the streams carry is HTTP/3, which has a lesson of its own.
func playQUIC(s *Scene) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	server := s.serveH3(s.peer.addr(s.Spare[0]), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, answerTo(r.URL.Path))
	}))
	defer server.close()
	q := &quicClient{}
	q.open(s, ctx)
	defer q.local.Close(ctx)
	q.streams()
	q.close()
}

// quicClient is the client's end.
type quicClient struct{ *h3 }

func (q *quicClient) open(s *Scene, ctx context.Context) {
	s.Step(Text{"The first datagram has a QUIC packet of type Initial with the ClientHello of TLS in it. There is no " +
		"handshake of TCP before.",
		"첫 데이터그램에는 TLS의 ClientHello가 든 Initial 패킷이 있다. 그 앞에 TCP 핸드셰이크 " +
			"같은 것은 없다."})
	q.h3 = s.dialH3(ctx, s.peer.addr(s.Spare[0]))
	q.findHandshake()
	q.askHandshake()
}

func (q *quicClient) findHandshake() {
	q.FindSome(q.filter("quic.long.packet_type == 0 && "+isHello),
		Text{"the Initial with the ClientHello. It is encrypted, by a key that follows from its connection id: Wireshark " +
			"needs no secrets for it",
			"ClientHello가 든 Initial. 암호화되어 있지만 키가 연결 ID에서 나오므로 Wireshark는 비밀 " +
				"값 없이도 읽는다"})
	q.FindSome(q.filter("quic.long.packet_type == 0 && "+isServerHello),
		Text{"the Initial with the ServerHello", "ServerHello가 든 Initial"})
	q.FindSome(q.filter("quic.long.packet_type == 2"),
		Text{"packets of type Handshake, with the certificate: for these the secrets are needed",
			"인증서가 든 Handshake 패킷. 이것을 읽으려면 비밀 값이 필요하다"})
	q.FindSome(q.filter("quic.long.packet_type == 0 && udp.length >= 1208"),
		Text{"Initials are filled up to 1200 bytes, which shows that the path takes such packets (RFC 9000 §14.1). And a " +
			"server may send three times what it got, no more, until it knows that the client is where it says (§8.1)",
			"Initial은 1200바이트까지 채운다. 경로가 그만한 패킷을 나르는지 확인하기 " +
				"위해서다(RFC 9000 §14.1). 또 서버는 클라이언트의 주소가 확인될 때까지 받은 것의 세 " +
				"배까지만 보낼 수 있다(§8.1)"})
}

func (q *quicClient) askHandshake() {
	q.Ask(Text{"After how many round trips can the client send its first question here, and after how many with TCP " +
		"and TLS 1.3?",
		"클라이언트는 여기서 몇 번의 왕복 뒤에 첫 질문을 보낼 수 있는가? TCP와 " +
			"TLS 1.3이라면 몇 번인가?"},
		Text{"After one, and after two with TCP and TLS 1.3: Initial and Handshake carry what these take one round " +
			"trip each for.",
			"한 번이다. TCP와 TLS가 한 번씩 왕복할 일을 Initial과 Handshake가 함께 " +
				"한다. TCP와 TLS 1.3이라면 두 번이다."},
		Proof{Filter: q.filter("quic.long.packet_type == 0 && " + isHello), Field: "quic.dcid",
			What: Text{"the connection id to which the first Initial goes",
				"첫 Initial이 향하는 연결 ID"}})
}

func (q *quicClient) streams() {
	q.Step(Text{"Two streams with a request of HTTP/3 each: 0 and 4. A client's own streams in both directions are the " +
		"multiples of 4.",
		"HTTP/3 요청을 하나씩 담은 스트림 둘, 0과 4. 클라이언트가 여는 양방향 스트림의 " +
			"번호는 4의 배수이다."})
	q.show()
	q.exchange("/first-question", "/second-question")
	q.FindSome(q.filter("quic.stream.stream_id == 0"),
		Text{"STREAM frames of the first, decrypted",
			"첫 스트림의 STREAM 프레임. 복호화한 것이다"})
	q.FindSome(q.filter("quic.stream.stream_id == 4"), Text{"and of the second", "둘째 스트림의 것"})
	q.FindSome(q.filter("quic.header_form == 0"),
		Text{"packets with the short header: from here on little more than a connection id stands in the clear",
			"짧은 헤더의 패킷. 이제부터 평문은 연결 ID 정도뿐이다"})
	q.Find(0, q.filter(`frame contains "question"`),
		Text{"the text itself is in no packet", "텍스트 자체는 어느 패킷에도 없다"})
	q.askStreams()
}

// exchange opens a stream for each question, and then reads the answers.
func (q *quicClient) exchange(questions ...string) {
	var opened []answered
	for _, path := range questions {
		opened = append(opened, q.get(path))
	}
	for i, a := range opened {
		reply := q.body(a)
		q.Must(reply == answerTo(questions[i]), "the answer is %q", reply)
	}
}

func (q *quicClient) askStreams() {
	q.Ask(Text{"If the packet with stream 0 is lost, what becomes of stream 4? What would it be with HTTP/2 over TCP?",
		"스트림 0의 패킷이 사라지면 스트림 4는 어떻게 되는가? TCP 위의 HTTP/2라면 어떠한가?"},
		Text{"It goes on: streams have offsets of their own (quic.stream.offset). TCP has one sequence for all, so " +
			"everything behind the gap would wait.",
			"계속 진행된다. 스트림마다 오프셋(quic.stream.offset)이 따로 있기 때문이다. TCP에서는 " +
				"순서 번호가 하나뿐이라 빈 곳 뒤의 모든 데이터가 기다린다."},
		Proof{Filter: q.filter("quic.stream.stream_id == 4"), Field: "udp.time_relative",
			What: Text{"when stream 4 was seen (seconds since the first datagram)",
				"스트림 4가 보인 시각(첫 데이터그램부터 몇 초)"}})
	q.Ask(Text{"A laptop changes from Wi-Fi to a cable and has another address. Why need its QUIC connection not end, " +
		"as one of TCP does?",
		"노트북이 Wi-Fi에서 유선으로 바뀌어 주소가 달라졌다. TCP 연결은 " +
			"끊기는데 QUIC 연결은 왜 끊기지 않아도 되는가?"},
		Text{"TCP knows a connection by both addresses and ports (here %d and %s), QUIC by the connection id that each " +
			"packet carries: quic.dcid.",
			"TCP는 두 주소와 포트로 연결을 구별하지만(여기서는 %d, %s), QUIC은 패킷마다 든 연결 " +
				"ID(quic.dcid)로 구별하기 때문이다."}.With(q.local.LocalAddr().Port(), q.Spare[0]),
		Proof{Filter: q.filter("quic.long.packet_type == 2 && quic.dcid"), Field: "quic.dcid",
			What: Text{"the connection ids of the Handshake packets",
				"Handshake 패킷들의 연결 ID"}})
}

func (q *quicClient) close() {
	q.Step(Text{"CONNECTION_CLOSE with a code and a reason. UDP itself has no end that one could see.",
		"코드와 이유를 적은 CONNECTION_CLOSE로 끝낸다. UDP 자체에는 눈에 보이는 끝이 없다."})
	q.show()
	q.Abort(&quic.ConnectionCloseError{Code: 7, Reason: "lesson over"})
	q.Check("close", q.local.Close(q.ctx))
	q.FindSome(q.filter(`quic.cc.error_code.app == 7 && quic.cc.reason_phrase == "lesson over"`),
		Text{"the client's CONNECTION_CLOSE", "클라이언트의 CONNECTION_CLOSE"})
}

func answerTo(question string) string { return "answer to " + question }

// listenQUIC takes a port for QUIC at a place.
func listenQUIC(at place, addr string, config *quic.Config) (e *quic.Endpoint, err error) {
	err = at.in(func() error {
		e, err = quic.Listen("udp", addr, config)
		return err
	})
	return e, err
}

// selfSigned is a certificate for this machine, for an hour.
func selfSigned() (tls.Certificate, error) { return selfSignedUntil(time.Now().Add(time.Hour)) }

func selfSignedUntil(end time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	c := x509.Certificate{SerialNumber: new(big.Int).SetBytes(random(16)), DNSNames: []string{sni},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   end.Add(-2 * time.Hour), NotAfter: end}
	raw, err := x509.CreateCertificate(rand.Reader, &c, &c, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(raw)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}, err
}
