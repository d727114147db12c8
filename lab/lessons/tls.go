package lessons

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"

	"pollwire/wire/tlsport"
)

var tlsLesson = Lesson{
	Name: "tls",
	Title: Text{"TLS 1.2 beside 1.3, SNI, ALPN, certificates, resumption, alerts, HelloRetryRequest, clients that refuse",
		"TLS 1.2와 1.3 비교, SNI, ALPN, 인증서, 세션 재개, 경고, HelloRetryRequest, 거절하는 " +
			"클라이언트"},
	Aim: Text{"A handshake agrees on a version, a cipher and keys; then everything is encrypted. What of it can still " +
		"be read depends on the version.",
		"핸드셰이크에서 버전, 암호 스위트, 키를 정하고 나면 모두 암호화된다. 그래도 " +
			"무엇이 읽히는지는 버전에 따라 다르다."},
	Needs: []string{"http"},
	Spare: 1, // a server of its own, for what the other one does not do
	Play:  playTLS,
}

// playTLS is about RFC 8446 (1.3), RFC 5246 (1.2), RFC 6066 §3 (SNI), RFC 7301 (ALPN). The server answers with 1.2 to
// one name: see tlsport.TLS12Name.
func playTLS(s *Scene) {
	s.Watch("Content-Type")
	cache := tls.NewLRUClientSessionCache(1)
	new13 := playTLS13(s, cache)
	playTLS12(s, new13)
	playResumption(s, cache, new13)
	playALPN(s)
	playAlert(s)
	playOtherServer(s)
}

// isHello and the others are the kinds of handshake messages (RFC 8446 §4).
const (
	isHello       = "tls.handshake.type == 1"
	isServerHello = "tls.handshake.type == 2"
	isTicket      = "tls.handshake.type == 4"
	isCertificate = "tls.handshake.type == 11"
)

// serial finds a certificate by its serial number, as it stands in the packet: also where nothing is decrypted. A short
// number would be found anywhere, so there is more of the certificate behind it.
func serial(cert *x509.Certificate) string {
	raw := cert.RawTBSCertificate
	from := bytes.Index(raw, cert.SerialNumber.Bytes())
	return "frame contains " + strings.ReplaceAll(fmt.Sprintf("% x", raw[from:from+20]), " ", ":")
}

// secure opens a TLS connection that is agreed on, and asks for a document through it.
func (s *Scene) secure(config *tls.Config, version uint16) (*Conn, tls.ConnectionState) {
	c := s.Dial("http")
	state, err := c.Handshake(config)
	s.Check("TLS handshake", err)
	s.Must(state.Version == version, "%s was agreed on, not %s", tls.VersionName(state.Version), tls.VersionName(version))
	s.Note(Text{"Agreed: %s, %s, protocol %q.",
		"합의한 내용: %s, %s, 프로토콜 %q."}.With(
		tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite), state.NegotiatedProtocol))
	return c, state
}

func playTLS13(s *Scene, cache tls.ClientSessionCache) *Conn {
	s.Step(Text{"TLS 1.3. The ClientHello tells in the clear what the client can do and whom it wants (SNI). Behind the " +
		"ServerHello all is encrypted, but for a ChangeCipherSpec that says nothing.",
		"TLS 1.3. ClientHello는 클라이언트가 할 수 있는 것과 찾는 서버 이름(SNI)을 평문으로 " +
			"말한다. ServerHello 뒤로는 아무 뜻 없는 ChangeCipherSpec 말고는 모두 암호화된다."})
	config := s.TLS(sni, "http/1.1")
	config.ClientSessionCache = cache
	c, state := s.secure(config, tls.VersionTLS13)
	findHellos13(s, c, state.PeerCertificates[0])
	playSecureRequest(s, c)
	return c
}

func findHellos13(s *Scene, c *Conn, cert *x509.Certificate) {
	s.Find(1, c.Filter(isHello+` && tls.handshake.extensions_server_name == "`+sni+`"`),
		Text{"the ClientHello with the name", "이름이 든 ClientHello"})
	large := "tcp.len > 1460"
	if s.inNetwork() {
		large = "tcp.segment.count == 2"
	}
	s.Find(1, c.Filter(isHello+" && tls.handshake.extensions_key_share_group == 4588 && "+large),
		Text{"the same: with a key share of X25519MLKEM768 (1216 bytes) it is larger than an Ethernet frame. On a " +
			"network it comes in two segments, and Wireshark shows it with the second",
			"같은 패킷. X25519MLKEM768 키 공유(1216바이트)가 들어 있어 이더넷 프레임보다 크다. " +
				"네트워크에서는 세그먼트 둘로 나뉘고 Wireshark는 둘째에서 보여 준다"})
	s.Find(1, c.Filter(isServerHello+" && tls.handshake.extensions.supported_version == 0x0304"),
		Text{"the ServerHello: 1.3 is said in an extension, the old field still says 1.2",
			"ServerHello. 1.3은 확장 필드에 적히고 옛 필드는 그대로 1.2이다"})
	s.Find(2, c.Filter("tls.change_cipher_spec"),
		Text{"ChangeCipherSpec from each side, in the clear: for boxes on the way that know only 1.2 (RFC 8446 §D.4)",
			"양쪽이 평문으로 보낸 ChangeCipherSpec. 1.2만 아는 중간 장비를 위한 것이다(RFC 8446 §D.4)"})
	s.Find(0, c.Filter(serial(cert)),
		Text{"the serial number of the certificate is in no packet: it went encrypted",
			"인증서의 일련번호는 어느 패킷에도 없다. 암호화되어 갔다"})
}

func playSecureRequest(s *Scene, c *Conn) {
	s.Step(Text{"An HTTP request through it. Without the secrets these are records of application data, and only their " +
		"length can be seen.",
		"그 위로 HTTP 요청을 보낸다. 비밀 값이 없으면 애플리케이션 데이터 레코드이고 " +
			"길이만 보인다."})
	c.Ask("GET", "/lab/whoami", "").Want(s, 200)
	s.Find(1, c.Filter(`http.request.uri == "/lab/whoami" && tls`),
		Text{"the request, decrypted by the key log", "키 로그로 복호화한 요청"})
	s.Find(0, c.Filter(`frame contains "whoami"`),
		Text{"in the packets themselves it is not to be found",
			"패킷 바이트 자체에서는 찾을 수 없다"})
	// The ticket came before the answer, which crypto/tls has read past it: so the cache has it now.
	s.FindSome(c.Filter(isTicket),
		Text{"the server's session tickets, for another time; decrypted too",
			"다음을 위해 서버가 준 세션 티켓. 이것도 복호화된 것이다"})
	c.Finish()
}

func playTLS12(s *Scene, new13 *Conn) {
	s.Step(Text{"The same client asks for %s. It offers 1.3 again, but for this name the server takes 1.2.",
		"같은 클라이언트가 %s 이름으로 접속한다. 이번에도 1.3까지 제안하지만 서버는 이 " +
			"이름에는 1.2를 고른다."}.With(tlsport.TLS12Name))
	c, state := s.secure(s.TLS(tlsport.TLS12Name, "http/1.1"), tls.VersionTLS12)
	c.Ask("GET", "/lab/whoami", "").Want(s, 200)
	c.Finish()
	cert := state.PeerCertificates[0]
	s.Find(1, c.Filter(isHello+` && tls.handshake.extensions_server_name == "`+tlsport.TLS12Name+`"`),
		Text{"the ClientHello with the other name", "다른 이름이 든 ClientHello"})
	s.Find(1, c.Filter(isServerHello+" && !tls.handshake.extensions.supported_version"),
		Text{"the ServerHello, of 1.2", "1.2의 ServerHello"})
	s.Find(1, c.Filter(serial(cert)),
		Text{"the certificate, in the clear: here its serial number can be read",
			"평문으로 온 인증서. 여기서는 일련번호가 읽힌다"})
	s.Find(1, c.Filter(`http.request.uri == "/lab/whoami" && tls`),
		Text{"the request: encrypted in 1.2 as well", "요청. 1.2에서도 암호화되어 있다"})
	askVersions(s, new13, c, cert)
}

func askVersions(s *Scene, new13, c *Conn, cert *x509.Certificate) {
	s.Ask(Text{"Who listens to ports %s and %s without any secret: can they tell which server name was asked for, and " +
		"see the certificate?",
		"비밀 값 없이 포트 %s, %s의 패킷을 엿듣는 사람은 서버 이름과 " +
			"인증서를 볼 수 있는가?"}.With(new13.Port(), c.Port()),
		Text{"The names on both: %s and %s. The certificate (serial number %x) only on port %s, where it is TLS 1.2.",
			"이름은 둘 다 볼 수 있다(%s, %s). 인증서(일련번호 %x)는 TLS 1.2인 포트 " +
				"%s에서만 보인다."}.With(sni, tlsport.TLS12Name, cert.SerialNumber, c.Port()),
		new13.Proof(isHello, "tls.handshake.random", Text{"the random of the ClientHello of the one",
			"앞 포트의 ClientHello의 random"}),
		c.Proof(isHello, "tls.handshake.random", Text{"and of the other", "뒤 포트의 것"}))
	s.Ask(Text{"After how many round trips of the handshake may the client send its request in 1.3, and after how " +
		"many in 1.2?",
		"클라이언트는 1.3과 1.2에서 각각 핸드셰이크 왕복 몇 번 뒤에 요청을 보낼 " +
			"수 있는가?"},
		Text{"After one round trip in 1.3 (ClientHello; ServerHello to Finished), since the keys are already in the " +
			"hellos, and after two in 1.2, where the ClientKeyExchange follows and the server's Finished is waited for.",
			"1.3은 한 번이다(ClientHello, 그리고 ServerHello부터 Finished까지). 키 재료가 이미 두 Hello에 " +
				"들어 있기 때문이다. 1.2는 두 번이다. ClientKeyExchange를 따로 보내고 서버의 Finished를 " +
				"기다려야 한다."},
		c.Proof(isServerHello, "tls.handshake.random", Text{"the random of the ServerHello of 1.2",
			"1.2의 ServerHello의 random"}))
}

func playResumption(s *Scene, cache tls.ClientSessionCache, new13 *Conn) {
	s.Step(Text{"The client of the first step comes back and shows its ticket. Both still have a secret from then, so " +
		"no certificate is needed.",
		"첫 단계의 클라이언트가 다시 와서 티켓을 내민다. 그때 나눈 비밀 값이 있으므로 " +
			"인증서가 필요 없다."})
	config := s.TLS(sni, "http/1.1")
	config.ClientSessionCache = cache
	c, state := s.secure(config, tls.VersionTLS13)
	s.Must(state.DidResume, "the server did not take the ticket")
	c.Ask("GET", "/lab/whoami", "").Want(s, 200)
	c.Finish()
	s.Find(2, c.Filter("tls.handshake.extension.type == 41"),
		Text{"the ClientHello offers pre_shared_key, the ServerHello takes it",
			"ClientHello가 pre_shared_key를 제안하고 ServerHello가 받아들인다"})
	s.Find(0, c.Filter(isCertificate),
		Text{"no certificate. That proves something only with the key log: without, none is found anywhere in 1.3",
			"인증서가 없다. 키 로그가 있을 때만 증거가 된다. 없으면 1.3에서는 있어도 찾지 " +
				"못한다"})
	s.Find(1, new13.Filter(isCertificate),
		Text{"at the first time there was one, and with the key log it is found", "처음에는 있었고, 키 로그가 " +
			"있으면 찾을 수 있다"})
	s.Find(2, c.Filter("tls.alert_message.desc == 0"),
		Text{"close_notify from each side: the end was meant, and nothing is cut off",
			"양쪽의 close_notify. 끊긴 것이 아니라 뜻한 종료임을 알린다"})
}

func playALPN(s *Scene) {
	s.Step(Text{"ALPN: the client offers h2 and http/1.1, the server takes one, and no round trip is lost. With TLS 1.2 " +
		"the choice is in the clear.",
		"ALPN: 클라이언트가 h2와 http/1.1을 제안하면 서버가 하나를 고른다. 따로 왕복할 필요가 " +
			"없다. TLS 1.2에서는 고른 것이 평문으로 보인다."})
	c, state := s.secure(s.TLS(tlsport.TLS12Name, "h2", "http/1.1"), tls.VersionTLS12)
	s.Must(state.NegotiatedProtocol == "h2", "ALPN chose %q", state.NegotiatedProtocol)
	c.Close()
	s.Find(1, c.Filter(isHello+` && tls.handshake.extensions_alpn_str == "http/1.1"`), Text{"the offer", "제안"})
	s.Find(1, c.Filter(isServerHello+` && tls.handshake.extensions_alpn_str == "h2"`), Text{"the choice", "선택"})
}

// playAlert asks for what the server can't agree to, in two ways.
func playAlert(s *Scene) {
	old := playOldVersion(s)
	other := playUnknownProtocol(s)
	askAlerts(s, old, other)
}

func playOldVersion(s *Scene) *Conn {
	s.Step(Text{"A client that knows TLS 1.1 at most. The server sends an alert, protocol_version, and that is the end.",
		"TLS 1.1까지만 아는 클라이언트. 서버는 protocol_version 경고를 보내고 끝낸다."})
	config := s.TLS(sni)
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	old := s.refused(config)
	s.Find(1, old.Filter("tls.alert_message.desc == 70 && tls.alert_message.level == 2"),
		Text{"the alert, fatal, in the clear: there are no keys yet",
			"치명적(fatal) 경고. 아직 키가 없으므로 평문이다"})
	s.Find(0, old.Filter(isServerHello), Text{"no ServerHello", "ServerHello가 없다"})
	return old
}

func playUnknownProtocol(s *Scene) *Conn {
	s.Step(Text{"A client that wants to speak a protocol which the server does not know.",
		"서버가 모르는 프로토콜을 쓰겠다는 클라이언트."})
	other := s.refused(s.TLS(sni, "gopher"))
	s.Find(1, other.Filter("tls.alert_message.desc == 120"),
		Text{"the alert no_application_protocol", "no_application_protocol 경고"})
	return other
}

func askAlerts(s *Scene, old, other *Conn) {
	s.Ask(Text{"Take the key log away again. Which filters of this lesson then find nothing any more?",
		"키 로그 설정을 다시 지우면 이 실습의 필터 중 어느 것이 더는 아무것도 찾지 " +
			"못하는가?"},
		Text{"Those on HTTP, on tickets, on the certificate of 1.3 and on close_notify. The hellos, the ChangeCipherSpec, " +
			"the certificates of 1.2 and the fatal alerts, as on ports %s and %s, stay: they go in the clear.",
			"HTTP, 티켓, 1.3의 인증서, close_notify를 찾는 필터이다. Hello 메시지, ChangeCipherSpec, " +
				"1.2의 인증서, 포트 %s, %s 등의 치명적인 경고는 그대로 보인다. 평문으로 보낸 " +
				"것이기 때문이다."}.With(
			old.Port(), other.Port()),
		old.Proof(`tls.alert_message.desc == 70`, "tcp.seq_raw",
			Text{"the raw sequence number of the alert protocol_version, which is found all the same",
				"그래도 보이는 protocol_version 경고의 원래(raw) 순서 번호"}))
	s.Ask(Text{"Which versions and which protocols did the two refused clients offer, and by which alerts were " +
		"they refused?",
		"거절된 두 클라이언트는 어떤 버전과 프로토콜을 제안했으며, 어떤 " +
			"경고로 거절되었는가?"},
		Text{"Port %s: TLS 1.1 and 1.0, alert 70 (protocol_version). Port %s: the protocol gopher, alert 120 " +
			"(no_application_protocol).",
			"포트 %s: TLS 1.1과 1.0, 경고 70(protocol_version). 포트 %s: 프로토콜 gopher, 경고 " +
				"120(no_application_protocol)."}.With(old.Port(), other.Port()),
		old.Proof(isHello, "tls.handshake.random", Text{"the random of the ClientHello of the one",
			"앞 클라이언트의 ClientHello의 random"}),
		other.Proof(isHello, "tls.handshake.random", Text{"and of the other", "뒤 클라이언트의 것"}))
}

// refused tries a handshake that the server ends.
func (s *Scene) refused(config *tls.Config) *Conn {
	c := s.Dial("http")
	_, err := c.Handshake(config)
	s.Must(err != nil, "the server agreed")
	s.Note(Text{"The client says: %v.", "클라이언트의 오류: %v."}.With(err))
	return c
}
