package lessons

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"pollwire/lab/nameserver"
)

var dnsLesson = Lesson{
	Name: "dns",
	Title: Text{"A, AAAA, CNAME, a name that is not there, an answer too long for UDP, delegation and caching",
		"A, AAAA, CNAME, 없는 이름, UDP에 담기지 않는 긴 응답, 위임과 캐싱"},
	Aim: Text{"A question and its answer, one datagram each: that is how a name becomes an address. The lesson has a " +
		"name server of its own, for vote.test.",
		"질문과 응답이 데이터그램 하나씩이면 이름이 주소로 바뀐다. 이 실습은 vote.test를 " +
			"담당하는 네임 서버를 직접 띄운다."},
	Spare: 5, // its name server; the root, test., vote.test., and a resolver
	Play:  playDNS,
}

// playDNS asks as a stub resolver does (RFC 1035, RFC 2308), and looks at each answer. The port is not 53, for which
// one must be an administrator. Over UDP Wireshark knows DNS by its looks; over TCP it has to be told.
func playDNS(s *Scene) {
	addr := s.peer.addr(s.Spare[0])
	stop, err := startNameserver(s.peer, addr)
	s.Check("start a name server", err)
	defer stop()
	c, a := playA(s, addr)
	playAAAA(s, c)
	playAlias(s, c)
	askTTL(s, c, a)
	playNone(s, c)
	playTruncated(s, c, addr)
	playTree(s)
}

func playA(s *Scene, addr string) (c *Conn, a looked) {
	s.Step(Text{"Which IPv4 address has vote.test? A question of type A, in one datagram.",
		"vote.test의 IPv4 주소는 무엇인가? A 타입 질문을 데이터그램 하나로 보낸다."})
	c = s.DialUDP(addr)
	a = c.lookUp("vote.test.", dnsmessage.TypeA, 0)
	s.Must(len(a.Answers) == 1 && a.Authoritative, "vote.test has %d addresses", len(a.Answers))
	s.Find(1, c.Filter(`dns.flags.response == 0 && dns.qry.name == "vote.test" && dns.qry.type == 1`),
		Text{"the question", "질문"})
	s.Find(1, c.Filter(`dns.flags.response == 1 && dns.qry.name == "vote.test" && dns.a == 192.0.2.10`),
		Text{"the answer: the question again, and a record with the address",
			"응답. 질문을 되풀이하고 주소가 든 레코드를 덧붙인다"})
	s.Find(2, c.Filter(fmt.Sprintf("dns.id == 0x%04x", a.ID)),
		Text{"both: the client knows by the ID which question was answered",
			"질문과 응답. 클라이언트는 ID를 보고 어느 질문의 응답인지 안다"})
	return c, a
}

func playAAAA(s *Scene, c *Conn) {
	s.Step(Text{"And which IPv6 address? That is a question of its own, of type AAAA.",
		"IPv6 주소는? 그것은 AAAA 타입의 별도 질문이다."})
	aaaa := c.lookUp("vote.test.", dnsmessage.TypeAAAA, 0)
	s.Must(len(aaaa.Answers) == 1, "vote.test has %d IPv6 addresses", len(aaaa.Answers))
	s.Find(1, c.Filter(`dns.aaaa == 2001:db8::10`),
		Text{"the answer, with an address of 16 bytes", "16바이트 주소가 든 응답"})
}

func playAlias(s *Scene, c *Conn) {
	s.Step(Text{"www.vote.test is an alias: CNAME says what its real name is.",
		"www.vote.test는 별명이다. CNAME이 정식 이름을 알려 준다."})
	alias := c.lookUp("www.vote.test.", dnsmessage.TypeA, 0)
	s.Must(len(alias.Answers) == 2, "www.vote.test has %d records", len(alias.Answers))
	s.Find(1, c.Filter(`dns.cname == "vote.test"`), Text{"the answer with the alias", "별명이 든 응답"})
	s.Find(1, c.Filter(`dns.count.answers == 2`),
		Text{"the same: the address of the real name is in it too, which saves a question",
			"같은 응답. 정식 이름의 주소도 들어 있어 질문 하나를 던다"})
}

func askTTL(s *Scene, c *Conn, a looked) {
	s.Ask(Text{"How long may a client keep the address of vote.test, and what does that save?",
		"클라이언트는 vote.test의 주소를 얼마 동안 보관해도 되며, 그러면 무엇을 아끼는가?"},
		Text{"%d seconds, the TTL of the record (dns.resp.ttl). Until then each use saves a question and an " +
			"answer, 2 packets.",
			"레코드의 TTL(dns.resp.ttl)인 %d초 동안이다. 그동안은 쓸 때마다 질문과 응답, 패킷 " +
				"2개를 아낀다."}.With(a.Answers[0].Header.TTL),
		c.Proof(`dns.qry.name == "vote.test" && dns.a`, "dns.time", Text{"how long the answer that says so took",
			"그것을 알려 준 응답까지 걸린 시간"}))
}

// playNone asks for what is not there, in both ways.
func playNone(s *Scene, c *Conn) {
	playNoName(s, c)
	playNoType(s, c)
	s.Ask(Text{"Two answers had no records to offer. How do they differ, and what does the SOA record in both say?",
		"답할 레코드가 없던 응답이 둘 있었다. 둘은 어떻게 다르며, 둘 다에 든 SOA 레코드는 " +
			"무엇을 알려 주는가?"},
		Text{"dns.flags.rcode is 3 where there is no such name, and 0 where the name has no such type. The SOA says for " +
			"how long that may be believed: %d seconds (RFC 2308).",
			"이름이 아예 없으면 dns.flags.rcode가 3, 이름은 있고 타입만 없으면 0이다. SOA는 없다는 " +
				"사실을 얼마 동안 믿어도 되는지, 곧 %d초를 알려 준다(RFC 2308)."}.With(zoneNoTTL),
		c.Proof(`dns.count.answers == 0 && dns.flags.response == 1 && dns.count.auth_rr == 1`, "dns.time",
			Text{"how long each of the two took",
				"두 응답까지 걸린 시간"}))
}

func playNoName(s *Scene, c *Conn) {
	s.Step(Text{"A name that nobody has: nobody.vote.test.",
		"아무도 쓰지 않는 이름 nobody.vote.test를 묻는다."})
	none := c.lookUp("nobody.vote.test.", dnsmessage.TypeA, 0)
	s.Must(none.RCode == dnsmessage.RCodeNameError, "nobody.vote.test: %v", none.RCode)
	s.Find(1, c.Filter("dns.flags.rcode == 3"),
		Text{"NXDOMAIN: there is no such name", "NXDOMAIN. 그런 이름은 없다"})
}

func playNoType(s *Scene, c *Conn) {
	s.Step(Text{"A name that is there, and a type that it does not have: MX, who takes its mail?",
		"이름은 있지만 그 타입의 레코드는 없는 경우. MX, 곧 메일 서버를 묻는다."})
	noMX := c.lookUp("vote.test.", dnsmessage.TypeMX, 0)
	s.Must(noMX.RCode == dnsmessage.RCodeSuccess && len(noMX.Answers) == 0, "vote.test has mail: %v", noMX.RCode)
	s.Find(1, c.Filter("dns.qry.type == 15 && dns.flags.response == 1 && dns.flags.rcode == 0 && dns.count.answers == 0"),
		Text{"no error, and no answers", "오류가 아니지만 답도 없는 응답"})
	s.Find(2, c.Filter("dns.soa.minimum_ttl"),
		Text{"both of these answers have the SOA record of the zone",
			"두 응답 모두 영역(zone)의 SOA 레코드를 담고 있다"})
}

// playTruncated gets an answer that a datagram can't hold: it goes over TCP, or in a larger datagram by consent.
func playTruncated(s *Scene, c *Conn, addr string) {
	playTooLong(s, c)
	t, whole := playOverTCP(s, addr)
	large := playEDNS(s, c, whole)
	askSizes(s, c, t, whole, large)
}

func playTooLong(s *Scene, c *Conn) {
	s.Step(Text{"The rules of the vote are long: more than the %d bytes that a UDP answer may have (RFC 1035 §4.2.1).",
		"rules.vote.test의 TXT 레코드는 길다. UDP 응답의 한계인 %d바이트를 넘는다(RFC " +
			"1035 §4.2.1)."}.With(nameserver.PlainSize))
	short := c.lookUp("rules.vote.test.", dnsmessage.TypeTXT, 0)
	s.Must(short.Truncated && len(short.Answers) == 0, "the rules fitted into a datagram")
	s.Find(1, c.Filter("dns.flags.truncated == 1"),
		Text{"the answer, which has no records but the bit TC: truncated",
			"레코드 없이 TC(truncated) 비트만 켜진 응답"})
}

func playOverTCP(s *Scene, addr string) (t *Conn, whole looked) {
	s.Step(Text{"So the client asks again over TCP, at the same port number.",
		"그래서 클라이언트는 같은 번호의 TCP 포트로 다시 묻는다."})
	s.DecodeAs("tcp", s.Spare[0], "dns", "DNS")
	t = s.DialTo(addr, "")
	whole = t.lookUp("rules.vote.test.", dnsmessage.TypeTXT, 0)
	s.Must(len(whole.Answers) > 1 && !whole.Truncated, "%d rules came", len(whole.Answers))
	t.Finish()
	s.Find(1, t.Filter(fmt.Sprintf("dns.length && dns.count.answers == %d", len(whole.Answers))),
		Text{"all of the answer. Two bytes before it tell its length, as TCP has no ends of messages",
			"온전한 응답. TCP에는 메시지의 경계가 없으므로 앞의 두 바이트가 길이를 알려 준다"})
	s.Find(2, t.Filter("tcp.flags.syn == 1"),
		Text{"what it took before: a handshake", "그 전에 필요했던 핸드셰이크"})
	s.Find(2, t.Filter("tcp.flags.fin == 1 && !tcp.analysis.retransmission"),
		Text{"and after: a FIN from each side", "그 뒤에 필요했던 양쪽의 FIN"})
	return t, whole
}

func playEDNS(s *Scene, c *Conn, whole looked) (large looked) {
	s.Step(Text{"Or the client says at once that it takes up to %d bytes over UDP, in an OPT record: EDNS (RFC 6891).",
		"또는 클라이언트가 처음부터 OPT 레코드로 UDP %d바이트까지 받겠다고 알린다. 이것이 " +
			"EDNS이다(RFC 6891)."}.With(nameserver.EDNSSize))
	large = c.lookUp("rules.vote.test.", dnsmessage.TypeTXT, nameserver.EDNSSize)
	s.Must(len(large.Answers) == len(whole.Answers), "%d rules came in a datagram", len(large.Answers))
	s.Find(2, c.Filter(fmt.Sprintf("dns.rr.udp_payload_size == %d", nameserver.EDNSSize)),
		Text{"question and answer, each with an OPT record", "OPT 레코드가 든 질문과 응답"})
	s.Find(1, c.Filter("dns.txt && udp.length > 512"),
		Text{"all of it in one datagram", "데이터그램 하나에 담긴 온전한 응답"})
	return large
}

func askSizes(s *Scene, c, t *Conn, whole, large looked) {
	s.Ask(Text{"How many bytes has the answer with the rules over TCP, how many over UDP with EDNS, and what is the " +
		"difference?",
		"규칙이 든 응답은 TCP에서 몇 바이트이고 EDNS를 쓴 UDP에서는 몇 " +
			"바이트인가? 왜 차이가 나는가?"},
		Text{"%d (dns.length) and %d (udp.length, less the 8 of its header). The %d bytes are the server's own OPT record.",
			"%d바이트(dns.length)와 %d바이트(udp.length에서 헤더 8바이트를 뺀 것). 차이인 %d바이트는 " +
				"서버의 OPT 레코드이다."}.With(whole.size, large.size, large.size-whole.size),
		t.Proof("dns.length && tcp.srcport == "+s.Spare[0], "dns.length",
			Text{"both numbers, and how long each answer took", "두 값과 각 응답까지 걸린 시간"}),
		c.Proof("dns.txt && udp.length > 512", "udp.length", Text{}),
		t.Proof("dns.length && tcp.srcport == "+s.Spare[0], "dns.time", Text{}),
		c.Proof("dns.txt && udp.length > 512", "dns.time", Text{}))
	s.Ask(Text{"What did the same answer cost over TCP on port %s, and over UDP with EDNS on port %s?",
		"같은 응답을 얻는 데 TCP 포트 %s에서, 그리고 EDNS를 쓴 UDP 포트 %s에서 패킷이 몇 개씩 " +
			"들었는가?"}.With(t.Port(), c.Port()),
		Text{"2 packets over UDP, with %d bytes of IP in them; as a rule 10 over TCP (tcp.port == %s): 3 of the handshake, " +
			"question and answer with an acknowledgement each, 3 to close; one more where the server's ACK and its " +
			"FIN don't come together.",
			"UDP에서는 패킷 2개이며 IP로 세면 %d바이트이다. TCP에서는 보통 10개이다(tcp.port == %s): " +
				"핸드셰이크 3개, 질문과 응답과 그 확인 응답이 4개, 종료에 3개. 서버의 ACK와 FIN이 " +
				"따로 오면 하나가 더 있다."}.With(large.asked+large.size+2*(20+8), t.Port()),
		t.Proof(`tcp.flags.syn == 1`, "tcp.seq_raw", Text{"the raw sequence numbers of SYN and SYN/ACK",
			"SYN과 SYN/ACK의 원래(raw) 순서 번호"}))
}

// looked is an answer, how many bytes it had, and how many the question.
type looked struct {
	dnsmessage.Message
	size, asked int
}

// lookUp sends a question over a connection of either kind, and reads its answer. size says how large a datagram may
// be that answers; 0 says nothing.
func (c *Conn) lookUp(name string, t dnsmessage.Type, size int) looked {
	s := c.scene
	q := dnsmessage.Message{Header: dnsmessage.Header{ID: uint16(rand.Uint32()), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: t, Class: dnsmessage.ClassINET}}}
	told := fmt.Sprintf("%s %s ?", shortType(t), strings.TrimSuffix(name, "."))
	if size > 0 {
		var opt dnsmessage.ResourceHeader
		s.Check("EDNS", opt.SetEDNS0(size, dnsmessage.RCodeSuccess, false))
		q.Additionals = []dnsmessage.Resource{{Header: opt, Body: &dnsmessage.OPTResource{}}}
		told += fmt.Sprintf(" OPT %d", size)
	}
	message, err := q.Pack()
	s.Check("make a question", err)
	answer := c.exchangeDNS(message)
	s.say(Event{Type: Sent, Lines: []string{fmt.Sprintf("%s  (ID 0x%04x)", told, q.ID)}})
	l := looked{size: len(answer), asked: len(message)}
	s.Check("read the answer", l.Unpack(answer))
	s.Must(l.ID == q.ID && l.Response, "the answer is one to another question")
	s.say(Event{Type: Received, Lines: l.lines()})
	return l
}

// exchangeDNS sends a message and returns the answer, in a datagram or over TCP.
func (c *Conn) exchangeDNS(message []byte) (answer []byte) {
	s := c.scene
	c.Show()
	c.SetDeadline(time.Now().Add(patience))
	var err error
	if c.LocalAddr().Network() == "tcp" {
		s.Check("ask", nameserver.Write(c.Conn, message))
		answer, err = nameserver.Read(c.in)
	} else {
		_, err = c.Write(message)
		s.Check("ask", err)
		answer, err = c.Datagram()
	}
	s.Check("wait for an answer", err)
	return answer
}

// lines are the head of an answer and its first records.
func (l *looked) lines() []string {
	head := shortCode(l.RCode)
	if l.Truncated {
		head += ", TC"
	}
	all := []string{head}
	for i, r := range l.Answers {
		if i == 2 {
			return append(all, fmt.Sprintf("... (%d)", len(l.Answers)))
		}
		var value string
		switch b := r.Body.(type) {
		case *dnsmessage.AResource:
			value = net.IP(b.A[:]).String()
		case *dnsmessage.AAAAResource:
			value = net.IP(b.AAAA[:]).String()
		case *dnsmessage.CNAMEResource:
			value = b.CNAME.String()
		case *dnsmessage.TXTResource:
			value = clip(b.TXT[0], 40)
		}
		all = append(all, fmt.Sprintf("%s %d %s %s", r.Header.Name, r.Header.TTL, shortType(r.Header.Type), value))
	}
	return all
}

// shortType is A, not TypeA.
func shortType(t dnsmessage.Type) string { return strings.TrimPrefix(t.String(), "Type") }

// shortCode is the name that Wireshark and others use.
func shortCode(c dnsmessage.RCode) string {
	if c == dnsmessage.RCodeNameError {
		return "NXDOMAIN"
	}
	return "NOERROR"
}
