package lessons

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Where the servers of the tree should be (RFC 5737). Here they are at a port each.
const (
	rootAddress = "192.0.2.1"
	topAddress  = "192.0.2.2"
	voteAddress = "192.0.2.3"
)

// tree is the servers from the root down to vote.test, and a resolver that asks them. The servers are where the client
// is, and the resolver is where servers are: so all that they say passes over the wire, also in a network.
type tree struct {
	*Scene
	resolver string // its address
	port     string // from which it asks
	stops    []func()
}

func (s *Scene) plantTree() *tree {
	t := &tree{Scene: s, resolver: s.peer.addr(s.Spare[4])}
	t.serve(s.client, s.Spare[1], (&authority{below: map[string][]dnsmessage.Resource{
		"test.": delegated("test.", "ns.test.", topAddress)}}).answer)
	t.serve(s.client, s.Spare[2], (&authority{below: map[string][]dnsmessage.Resource{
		zoneName: delegated(zoneName, "ns."+zoneName, voteAddress)}}).answer)
	t.serve(s.client, s.Spare[3], (&authority{records: map[string]dnsmessage.Resource{
		zoneName: addressOf(zoneName, "192.0.2.10", zoneTTL), "news." + zoneName: addressOf("news."+zoneName,
			"192.0.2.11", 1)}}).answer)
	asks, err := s.peer.listenPacket("udp", s.peer.addr("0"))
	s.Check("UDP", err)
	_, t.port, _ = net.SplitHostPort(asks.LocalAddr().String())
	r := &resolver{asks: asks, root: rootAddress, cache: map[string]kept{}, servers: map[string]string{
		rootAddress: s.client.addr(s.Spare[1]), topAddress: s.client.addr(s.Spare[2]),
		voteAddress: s.client.addr(s.Spare[3])}}
	t.stops = append(t.stops, func() { asks.Close() })
	t.serve(s.peer, s.Spare[4], r.answer)
	return t
}

func (t *tree) serve(at place, port string, answer func(dnsmessage.Question) dnsmessage.Message) {
	p, err := at.listenPacket("udp", at.addr(port))
	t.Check("UDP "+port, err)
	t.stops = append(t.stops, answerDNS(p, answer))
}

func (t *tree) close() {
	for _, stop := range t.stops {
		stop()
	}
}

// from is what of the resolver's own questions, and of their answers, a filter shows.
func (t *tree) from(filter string) string { return filter + " && udp.port == " + t.port }

// playTree is about RFC 1034 §4.3 and §5.3.3: who knows whom, and for how long what was learnt may be told.
func playTree(s *Scene) {
	t := s.plantTree()
	defer t.close()
	playDelegation(t)
	playCached(t)
}

func playDelegation(t *tree) {
	s := t.Scene
	s.Step(Text{"A resolver that knows nothing yet but where the root is. The client asks it for vote.test; it asks " +
		"the root, test. and vote.test. in turn. Who does not know the answer says who is nearer to it.",
		"아직 루트의 주소밖에 모르는 리졸버. 클라이언트가 vote.test를 물으면 리졸버는 " +
			"루트, test., vote.test. 순서로 묻는다. 답을 모르는 서버는 답에 더 가까운 서버를 알려 " +
			"준다."})
	c := s.DialUDP(t.resolver)
	a := c.lookUp(zoneName, dnsmessage.TypeA, 0)
	s.Must(len(a.Answers) == 1 && !a.Authoritative && a.RecursionAvailable, "the resolver says %v", a.Header)
	s.Note(Text{"The servers are at ports %s (root), %s (test.), %s (vote.test.); the resolver asks from port %s. In " +
		"the Internet each has an address of its own, and port 53.",
		"서버의 포트는 %s(루트), %s(test.), %s(vote.test.)이고, 리졸버는 포트 %s에서 묻는다. " +
			"인터넷에서는 저마다 주소가 다르고 포트는 " +
			"53이다."}.With(s.Spare[1], s.Spare[2], s.Spare[3], t.port))
	s.Find(1, c.Filter("dns.flags.response == 0 && dns.flags.recdesired == 1"),
		Text{"the client's question: with recursion desired, it wants a whole answer",
			"클라이언트의 질문. 재귀를 요청하므로 온전한 답을 바란다"})
	s.Find(1, t.from("dns.flags.response == 1 && dns.count.answers == 0 && dns.ns && udp.srcport == "+s.Spare[1]),
		Text{"the root's referral: no answer, but the name of a server of test. (NS), and its address (A): glue",
			"루트의 위임 응답. 답은 없고 test.을 맡은 서버의 이름(NS)과 그 주소(A), 곧 글루가 " +
				"있다"})
	s.Find(1, t.from("dns.count.answers == 0 && dns.a == "+voteAddress+" && udp.srcport == "+s.Spare[2]),
		Text{"the referral of test., with the address of ns.vote.test", "test.의 위임 응답. ns.vote.test의 " +
			"주소가 있다"})
	s.Find(1, t.from(`dns.flags.authoritative == 1 && dns.qry.name == "vote.test"`),
		Text{"the answer of who is the authority: the bit AA", "권한 있는 서버의 답. AA 비트가 켜져 있다"})
	s.Find(1, c.Filter("dns.flags.response == 1 && dns.flags.authoritative == 0 && dns.flags.recavail == 1"),
		Text{"the resolver's answer to the client, without AA", "리졸버가 클라이언트에게 준 답. AA가 없다"})
	s.Ask(Text{"The server of vote.test. is called ns.vote.test. How can the resolver get its address, when only that " +
		"server knows the names of vote.test.?",
		"vote.test.을 맡은 서버의 이름은 ns.vote.test이다. vote.test.의 이름은 그 서버만 아는데 " +
			"리졸버는 어떻게 그 주소를 알아내는가?"},
		Text{"The zone above has it, too, and sends it along: glue, in the additional section (RFC 1034 §4.2.1). Without " +
			"it the resolver would have to ask the very server whose address it looks for.",
			"윗 영역이 그 주소도 갖고 있다가 추가(additional) 부분에 함께 보낸다. 이것이 " +
				"글루이다(RFC 1034 §4.2.1). 없으면 주소를 찾으려는 바로 그 서버에 물어야 한다."},
		Proof{Filter: t.from("dns.flags.response == 0 && udp.dstport == " + s.Spare[1]), Field: "dns.id",
			What: Text{"the ID of the resolver's question to the root", "리졸버가 루트에 한 질문의 ID"}})
}

func playCached(t *tree) {
	s := t.Scene
	s.Step(Text{"Now for news.vote.test, whose answer may be kept for one second. The resolver knows who knows " +
		"vote.test., and asks nobody else.",
		"이번에는 news.vote.test. 그 답은 1초만 보관할 수 있다. 리졸버는 vote.test.을 누가 " +
			"아는지 이미 알므로 다른 서버에는 묻지 않는다."})
	news := "news." + zoneName
	first := s.DialUDP(t.resolver)
	a := first.lookUp(news, dnsmessage.TypeA, 0)
	s.Must(len(a.Answers) == 1, "news.vote.test has %d addresses", len(a.Answers))
	s.Find(1, t.from("dns.flags.response == 0 && udp.dstport == "+s.Spare[1]),
		Text{"the root was asked once in all", "루트에는 통틀어 한 번 물었다"})
	s.Step(Text{"A good second later the client asks for both again. vote.test comes out of the resolver's cache; for " +
		"news.vote.test what it has is too old.",
		"1초 남짓 뒤에 클라이언트가 둘을 다시 묻는다. vote.test는 리졸버의 캐시에서 나오고, " +
			"news.vote.test의 것은 너무 오래되었다."})
	s.Pause(1100 * time.Millisecond)
	again := s.DialUDP(t.resolver)
	old := again.lookUp(zoneName, dnsmessage.TypeA, 0)
	s.Must(len(old.Answers) == 1 && old.Answers[0].Header.TTL < zoneTTL, "the TTL stands still: %v", old.Answers)
	again.lookUp(news, dnsmessage.TypeA, 0)
	s.Find(1, again.Filter(fmt.Sprintf("dns.resp.ttl < %d && dns.a == 192.0.2.10", zoneTTL)),
		Text{"vote.test out of the cache: the TTL has counted down, so that nobody keeps it longer than its owner wants",
			"캐시에서 나온 vote.test. TTL이 줄어 있어서 누구도 주인이 바라는 것보다 오래 " +
				"보관하지 않는다"})
	s.Find(1, t.from(`dns.flags.response == 0 && dns.qry.name == "vote.test" && udp.dstport == `+s.Spare[3]),
		Text{"for it the server of vote.test. was asked once", "그것을 위해 vote.test.의 서버에는 한 번 " +
			"물었다"})
	s.Find(2, t.from(`dns.flags.response == 0 && dns.qry.name == "news.vote.test"`),
		Text{"for news.vote.test twice: what was kept was too old", "news.vote.test는 두 번 물었다. 보관한 " +
			"것이 너무 오래되었다"})
}
