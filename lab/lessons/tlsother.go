package lessons

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"time"
)

// playOtherServer has a server of the lesson's own, for what the class's server does not do: it wants another group,
// and a certificate of its client; and its own certificate is none that a client may trust. But for the first all is
// TLS 1.2, where it can be read without secrets.
func playOtherServer(s *Scene) {
	l := s.Listen(s.Spare[0])
	defer l.Close()
	good, err := selfSigned()
	s.Check("certificate", err)
	playRetry(s, l, good)
	playClientCertificate(s, l, good)
	playWrongName(s, l, good)
	playExpired(s, l)
}

// handshakeWith makes a connection on which both ends speak TLS by a configuration each, and returns what the client
// has of it.
func (s *Scene) handshakeWith(l *net.TCPListener, server, client *tls.Config) (c *Conn, refused error) {
	c = s.DialTo(l.Addr().String(), sni)
	conn := s.Accept(l)
	conn.SetDeadline(time.Now().Add(patience))
	served := make(chan struct{})
	go func() {
		defer close(served)
		peer := tls.Server(conn, server)
		if peer.Handshake() == nil {
			peer.Read(make([]byte, 1)) // till the client has ended it
		}
		conn.Close()
	}()
	_, refused = c.Handshake(client)
	c.Conn.Close()
	<-served
	return c, refused
}

// own is the filter for what of a connection with the lesson's own server carries data.
func own(c *Conn, filter string) string { return c.Filter(filter + " && tcp.len > 0") }

// retryRandom is how a HelloRetryRequest is told from a ServerHello (RFC 8446 §4.1.3).
const retryRandom = "cf:21:ad:74:e5:9a:61:11:be:1d:8c:02:1e:65:b8:91:c2:a2:11:16:7a:bb:8c:5e:07:9e:09:e2:c8:a8:33:9c"

func playRetry(s *Scene, l *net.TCPListener, cert tls.Certificate) {
	s.Step(Text{"The client has brought a key share of X25519, this server takes only P-256. It says so, " +
		"HelloRetryRequest, and the client begins anew: TLS 1.3 with a round trip more.",
		"클라이언트는 X25519 키 공유를 가져왔지만 이 서버는 P-256만 받는다. 서버가 " +
			"HelloRetryRequest로 알리면 클라이언트가 처음부터 다시 한다. 왕복이 한 번 더 드는 TLS " +
			"1.3이다."})
	client := s.TLS(sni)
	client.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
	c, err := s.handshakeWith(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.CurveP256}}, client)
	s.Check("TLS handshake", err)
	s.Find(2, own(c, isHello), Text{"two ClientHellos", "두 번의 ClientHello"})
	s.Find(1, own(c, "tls.handshake.random == "+retryRandom),
		Text{"the HelloRetryRequest. It has the form of a ServerHello, and a random that is always the same",
			"HelloRetryRequest. ServerHello의 꼴이고 random이 언제나 같다"})
	s.Find(1, own(c, isHello+" && tls.handshake.extensions_key_share_group == 23"),
		Text{"the second ClientHello, with a key share of P-256 (secp256r1)",
			"P-256(secp256r1) 키 공유가 든 둘째 ClientHello"})
	s.Ask(Text{"On port %s the server spoke TLS 1.3 and yet needed a round trip more than on the others. Why, and what " +
		"does a client do that it seldom happens?",
		"포트 %s에서는 TLS 1.3인데도 왕복이 한 번 더 들었다. 왜이며, 그런 일이 드물도록 " +
			"클라이언트는 무엇을 하는가?"}.With(c.Port()),
		Text{"The ClientHello had a key share only of a group that the server does not take; which it does take, the " +
			"client learns by the HelloRetryRequest. So clients send a share of what nearly everybody takes, or two of them.",
			"ClientHello에 서버가 받지 않는 그룹의 키 공유만 있었기 때문이다. 어느 것을 " +
				"받는지는 HelloRetryRequest로 알게 된다. 그래서 클라이언트는 거의 모두가 받는 것을, " +
				"때로는 둘을 보낸다."},
		Proof{Filter: own(c, isHello+" && tls.handshake.extensions_key_share_group == 23"), Field: "tcp.seq_raw",
			What: Text{"the raw sequence number of the second ClientHello", "둘째 ClientHello의 원래(raw) 순서 번호"}})
}

func playClientCertificate(s *Scene, l *net.TCPListener, cert tls.Certificate) {
	s.Step(Text{"A server that wants to see a certificate of its client: CertificateRequest. This client has none and " +
		"says so, by an empty Certificate. The server ends it with an alert.",
		"클라이언트의 인증서를 보자는 서버: CertificateRequest. 이 클라이언트에게는 없으므로 " +
			"빈 Certificate로 답한다. 서버는 경고를 보내고 끝낸다."})
	c, err := s.handshakeWith(l, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAnyClientCert}, s.TLS(sni))
	s.Must(err != nil, "the server wanted no certificate")
	s.Note(Text{"The client says: %v.", "클라이언트의 오류: %v."}.With(err))
	s.Find(1, own(c, "tls.handshake.type == 13"), Text{"the CertificateRequest, in the clear in TLS 1.2",
		"CertificateRequest. TLS 1.2에서는 평문이다"})
	s.Find(1, own(c, "tls.handshake.certificates_length == 0"),
		Text{"the client's Certificate, with none in it", "인증서가 하나도 없는 클라이언트의 Certificate"})
	s.Find(1, own(c, "tls.alert_message.level == 2 && tcp.srcport "+
		"== "+s.Spare[0]), Text{"the server's alert", "서버의 경고"})
}

func playWrongName(s *Scene, l *net.TCPListener, cert tls.Certificate) {
	s.Step(Text{"A client that trusts who has signed the certificate, and looks for the name: it wants vote.test, the " +
		"certificate is for %s. The client ends it.",
		"인증서에 서명한 쪽을 믿고 이름을 확인하는 클라이언트. vote.test를 찾는데 인증서는 " +
			"%s의 것이다. 클라이언트가 끝낸다."}.With(sni))
	c := s.distrusts(l, cert, "vote.test")
	s.Find(1, own(c, `tls.handshake.extensions_server_name == "vote.test"`),
		Text{"the name that the client wants", "클라이언트가 찾는 이름"})
	s.Find(1, own(c, `x509ce.dNSName == "`+sni+`"`), Text{"the name in the certificate", "인증서에 적힌 이름"})
	s.Find(1, own(c, "tls.alert_message.desc == 42 && tcp.srcport == "+c.Port()),
		Text{"the client's alert, bad_certificate", "클라이언트의 bad_certificate 경고"})
}

func playExpired(s *Scene, l *net.TCPListener) {
	s.Step(Text{"The same with a certificate that ended yesterday. There is an alert of its own for that, " +
		"certificate_expired (45); this client has one for all.",
		"어제 끝난 인증서로 같은 일을 한다. 이럴 때의 경고 certificate_expired(45)가 따로 " +
			"있지만 이 클라이언트는 하나로 알린다."})
	old, err := selfSignedUntil(time.Now().Add(-24 * time.Hour))
	s.Check("certificate", err)
	c := s.distrusts(l, old, sni)
	s.Find(1, own(c, "x509af.notAfter"),
		Text{"the certificate: until when it was good stands in it (Validity, notAfter)",
			"인증서. 언제까지 유효했는지 적혀 있다(Validity, notAfter)"})
	s.Find(1, own(c, "tls.alert_message.desc == 42 && tcp.srcport == "+c.Port()),
		Text{"the client's alert", "클라이언트의 경고"})
}

// distrusts lets a client that trusts the signer of a certificate refuse it.
func (s *Scene) distrusts(l *net.TCPListener, cert tls.Certificate, name string) *Conn {
	client := s.TLS(name)
	client.InsecureSkipVerify, client.RootCAs = false, x509.NewCertPool()
	client.RootCAs.AddCert(cert.Leaf)
	c, err := s.handshakeWith(l, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12}, client)
	s.Must(err != nil, "the client trusts a certificate for %v", cert.Leaf.DNSNames)
	reason, _, _ := strings.Cut(err.Error(), ": current time") // the moment is of no interest
	s.Note(Text{"The client says: %s.", "클라이언트의 오류: %s."}.With(reason))
	return c
}
