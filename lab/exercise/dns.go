package exercise

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"pollwire/lab/dissect"
	"pollwire/lab/nameserver"
	"pollwire/lab/trace"
)

var dns = Exercise{
	Name:   "dns",
	Lesson: "dns",
	Title:  Text{"Questions to a name server", "네임 서버에 묻기"},
	Aim: Text{"You match answers with questions, read records down to their bytes, and see what happens to an answer " +
		"that is too long for UDP.",
		"응답과 질문을 짝짓고, 레코드를 바이트까지 읽으며, UDP에 담기지 않는 " +
			"응답이 어떻게 되는지 본다."},
	Make: makeDNS,
}

// lookups is about RFC 1035 (messages, §4.1.4 compression, §4.2 UDP and TCP) and RFC 2308 (there is none).
type lookups struct {
	code, alias string
	port        int
	recursion   bool
	zone        *nameserver.Zone

	address, aliased, none, long pair
	stream                       *trace.Stream
	whole                        []byte // the message over TCP
}

// pair are a question and its answer.
type pair struct{ asked, answer datagram }

func (p *pair) there() bool { return !p.asked.nothing() && !p.answer.nothing() }

func makeDNS(r *Run) *Sheet {
	x := &lookups{code: r.Code, alias: One(r, "www", "ballot", "polls", "web"), port: r.SparePort(),
		recursion: One(r, true, false)}
	x.zone = &nameserver.Zone{Name: x.code + ".test.", TTL: uint32(r.Between(200, 900)),
		SOATTL: uint32(One(r, r.Between(30, 90), r.Between(1000, 2000)))}
	x.zone.SOA = &dnsmessage.SOAResource{NS: x.name("ns"), MBox: x.name("teacher"), Serial: uint32(r.Between(1, 900)),
		Refresh: 3600, Retry: 600, Expire: 86400, MinTTL: uint32(r.Between(100, 190))}
	text := &dnsmessage.TXTResource{TXT: []string{strings.Repeat("one voice for everybody in the room; ", 3)}}
	x.zone.Records = map[string]map[dnsmessage.Type][]dnsmessage.ResourceBody{
		x.name("vote").String(): {dnsmessage.TypeA: {
			&dnsmessage.AResource{A: [4]byte{192, 0, 2, byte(r.Between(10, 250))}}}},
		x.name(x.alias).String(): {dnsmessage.TypeCNAME: {&dnsmessage.CNAMEResource{CNAME: x.name("vote")}}},
		x.name("rules").String(): {dnsmessage.TypeTXT: slices.Repeat([]dnsmessage.ResourceBody{text}, r.Between(6, 12))},
	}
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.questions(), x.records(), x.tooLong()),
		Play: x.play}
}

// name is one of the run's own zone.
func (x *lookups) name(host string) dnsmessage.Name {
	return dnsmessage.MustNewName(host + "." + x.code + ".test.")
}

func (x *lookups) find(c *Capture) bool {
	all := c.datagrams(x.code)
	x.address, x.aliased = x.pairOf(all, "vote", dnsmessage.TypeA), x.pairOf(all, x.alias, dnsmessage.TypeA)
	x.none, x.long = x.pairOf(all, "nobody", dnsmessage.TypeA), x.pairOf(all, "rules", dnsmessage.TypeTXT)
	x.stream = c.StreamWith(fmt.Sprintf("\x05rules%c%s", len(x.code), x.code))
	x.whole = messageOf(x.stream)
	return x.address.there() || x.aliased.there() || x.none.there() || x.long.there() || x.whole != nil
}

// pairOf finds a question and the answer that has its ID.
func (x *lookups) pairOf(all []datagram, host string, kind dnsmessage.Type) (p pair) {
	p.asked = firstOf(all, func(d datagram) bool {
		m := dnsOf(d)
		return !m.Response && len(m.Questions) == 1 && m.Questions[0].Type == kind &&
			strings.EqualFold(m.Questions[0].Name.String(), x.name(host).String())
	})
	p.answer = firstOf(all, func(d datagram) bool {
		return !p.asked.nothing() && d.Number > p.asked.Number && d.to == p.asked.from && dnsOf(d).Response &&
			dnsOf(d).ID == dnsOf(p.asked).ID
	})
	return p
}

func dnsOf(d datagram) *dissect.DNS {
	if m, ok := dissect.Find[*dissect.DNS](d.layers); ok {
		return m
	}
	return &dissect.DNS{}
}

// messageOf is the first message that the server has sent on a connection (RFC 1035 §4.2.2).
func messageOf(s *trace.Stream) []byte {
	if s == nil {
		return nil
	}
	for _, chunk := range s.Sent(trace.Server).Chunks() {
		if b := chunk.Data; len(b) > 2 && chunk.From == 0 && len(b)-2 >= int(binary.BigEndian.Uint16(b)) {
			return b[2 : 2+binary.BigEndian.Uint16(b)]
		}
	}
	return nil
}

func (x *lookups) tasks() []Task {
	return []Task{
		{"address", Text{"The name server of your run is on this computer (pollwire lab dns -run %[1]s starts it), so " +
			"capture the loopback interface. Ask it over UDP for the IPv4 address of vote.%[1]s.test.",
			"이 실행의 네임 서버는 이 컴퓨터에 있으므로(pollwire lab dns -run %[1]s 명령이 " +
				"실행한다) 루프백 인터페이스를 캡처한다. " +
				"UDP로 vote.%[1]s.test의 IPv4 주소를 묻는다."}.With(x.code),
			x.address.there},
		{"alias", Text{"Ask it over UDP for the IPv4 address of %[1]s.%[2]s.test, which is an alias.",
			"UDP로 별명인 %[1]s.%[2]s.test의 IPv4 주소를 묻는다."}.With(x.alias, x.code), x.aliased.there},
		{"none", Text{"Ask it over UDP for the IPv4 address of nobody.%s.test, which does not exist.",
			"UDP로 존재하지 않는 nobody.%s.test의 IPv4 주소를 묻는다."}.With(x.code), x.none.there},
		{"long", Text{"Ask it for the texts (TXT) of rules.%s.test over UDP and, as the answer is too long, again over " +
			"TCP. Wireshark takes that for DNS once you tell it to: right click, Decode As, DNS.",
			"rules.%s.test의 텍스트(TXT)를 UDP로 묻고, 응답이 너무 기므로 TCP로 다시 " +
				"묻는다. Wireshark에서는 오른쪽 클릭, Decode As, DNS로 " +
				"알려 주어야 DNS로 보인다."}.With(x.code),
			func() bool { return x.long.there() && x.whole != nil }},
	}
}

func (x *lookups) questions() []Field {
	id := func(d datagram) Value { return word(dnsOf(d).ID) }
	flags := func(d datagram) Value { return Bytes(d.payload[2:4]...) }
	return []Field{
		{ID: "server_port", Type: Port, Needs: "address",
			Text:  Text{"At which port does the name server listen?", "네임 서버는 몇 번 포트에서 듣는가?"},
			Right: x.address.asked.of(destinationOf),
			Mistakes: []Mistake{
				{is(53), Text{"So it is as a rule; look where your questions go.",
					"보통은 그렇습니다. 질문이 어디로 가는지 보세요."}},
				{x.address.asked.of(sourceOf),
					Text{"That is the client's port.", "그것은 클라이언트의 포트입니다."}}}},
		{ID: "id", Type: Hex, Needs: "address",
			Text: Text{"The transaction ID of the question for vote, in hex?",
				"vote를 묻는 질문의 트랜잭션 ID를 16진수로?"},
			Right: x.address.asked.of(id),
			Mistakes: []Mistake{{x.aliased.asked.of(id),
				Text{"That is the ID of the question for the alias.", "그것은 별명을 묻는 질문의 ID입니다."}}}},
		{ID: "none_flags", Type: Hex, Needs: "none",
			Text: Text{"The two bytes of flags in the answer about nobody, in hex?",
				"nobody에 대한 응답의 플래그 두 바이트를 16진수로?"},
			Right: x.none.answer.of(flags),
			Mistakes: []Mistake{
				{x.none.asked.of(flags),
					Text{"Those are the flags of the question.", "그것은 질문의 플래그입니다."}},
				{x.address.answer.of(flags),
					Text{"Those are the flags of an answer without an error.",
						"그것은 오류가 없는 응답의 플래그입니다."}},
				{func() Value { return Bytes(3) },
					Text{"That is the response code alone, the last four bits.",
						"그것은 마지막 네 비트인 응답 코드뿐입니다."}}}},
	}
}

func (x *lookups) records() []Field {
	soa := func(value func(uint32, *dnsmessage.SOAResource) uint32) func() Value {
		return func() Value {
			for _, r := range dnsOf(x.none.answer).Authorities {
				if b, ok := r.Body.(*dnsmessage.SOAResource); ok {
					return Of(value(r.Header.TTL, b))
				}
			}
			return Value{}
		}
	}
	ttl := func() Value {
		for _, r := range dnsOf(x.address.answer).Answers {
			return Of(r.Header.TTL)
		}
		return Value{}
	}
	notLess := Text{"The less of two numbers holds, the TTL of the SOA record and its last number (RFC 2308 §5).",
		"SOA 레코드의 TTL과 그 레코드의 마지막 값 가운데 작은 쪽을 따릅니다(RFC 2308 §5)."}
	return []Field{
		{ID: "address", Type: IP, Needs: "address",
			Text:  Text{"Which address has vote, as the answer says?", "응답에 따르면 vote의 주소는?"},
			Right: func() Value { return addressIn(dnsOf(x.address.answer)) },
			Mistakes: []Mistake{{func() Value { return Says("127.0.0.1") },
				Text{"There the name server is; what does it say?",
					"그것은 네임 서버의 주소입니다. 네임 서버가 알려 준 주소는 무엇입니까?"}}}},
		{ID: "ttl", Type: Num, Unit: "s", Needs: "address",
			Text: Text{"For how many seconds may that address be kept?",
				"그 주소는 몇 초 동안 보관해도 되는가?"},
			Right: ttl,
			Mistakes: []Mistake{{soa(func(_ uint32, b *dnsmessage.SOAResource) uint32 { return b.MinTTL }),
				Text{"For so long it may be kept that a name does not exist.",
					"그것은 이름이 없다는 사실을 보관하는 시간입니다."}}}},
		{ID: "pointer", Type: Hex, Needs: "alias",
			Text: Text{"The answer about the alias: with which two bytes does its second record name its owner, in hex?",
				"별명에 대한 응답: 둘째 레코드가 자기 이름을 적은 두 바이트를 16진수로?"},
			Right: func() Value { return x.pointer(1, 0) },
			Mistakes: []Mistake{
				{func() Value { return x.pointer(0, 0) },
					Text{"Those are the bytes of the first record.", "그것은 첫째 레코드의 바이트입니다."}},
				{func() Value { return x.pointer(1, 0xc0) },
					Text{"That is the place they point to; the two highest bits tell that it is a pointer.",
						"그것은 가리키는 위치입니다. 맨 위 두 비트는 포인터라는 표시입니다."}}}},
		{ID: "negative", Type: Num, Unit: "s", Needs: "none",
			Text: Text{"For how many seconds may a resolver keep that nobody does not exist?",
				"리졸버는 nobody가 없다는 사실을 몇 초 동안 보관해도 되는가?"},
			Right: soa(func(ttl uint32, b *dnsmessage.SOAResource) uint32 { return min(ttl, b.MinTTL) }),
			Mistakes: []Mistake{
				{soa(func(ttl uint32, b *dnsmessage.SOAResource) uint32 { return max(ttl, b.MinTTL) }), notLess},
				{soa(func(_ uint32, b *dnsmessage.SOAResource) uint32 { return b.Refresh }),
					Text{"That is for the zone's other servers.", "그것은 그 영역의 다른 서버를 위한 값입니다."}},
				{ttl, Text{"That is the TTL of an address that exists.",
					"그것은 존재하는 주소의 TTL입니다."}}}},
	}
}

func (x *lookups) tooLong() []Field {
	size := func(more int) func() Value {
		return func() Value {
			if x.whole == nil {
				return Value{}
			}
			return Of(len(x.whole) + more)
		}
	}
	return []Field{
		{ID: "truncated", Type: Packets, Needs: "long",
			Text: Text{"Which packet of your file tells the client to ask again over TCP?",
				"TCP로 다시 물으라고 클라이언트에게 알리는 것은 이 파일의 몇 번 패킷인가?"},
			Right: func() Value {
				if x.long.answer.nothing() || !dnsOf(x.long.answer).Truncated {
					return Value{}
				}
				return packetOf(x.long.answer)
			},
			Mistakes: []Mistake{{x.long.asked.of(packetOf),
				Text{"That is the question.", "그것은 질문입니다."}}}},
		{ID: "tcp_length", Type: Num, Unit: "bytes", Needs: "long",
			Text: Text{"How many bytes has the DNS message that answers over TCP?",
				"TCP로 온 DNS 응답 메시지는 몇 바이트인가?"},
			Right: size(0),
			Mistakes: []Mistake{
				{size(2), Text{"The two bytes of length in front are not a part of the message.",
					"앞에 붙은 길이 두 바이트는 메시지에 들지 않습니다."}},
				{x.long.answer.of(payloadOf),
					Text{"That is the answer that was cut off.", "그것은 잘린 응답입니다."}}}},
		{ID: "texts", Type: Num, Needs: "long",
			Text: Text{"How many records are in it that answer the question?",
				"그 안에 질문에 답하는 레코드는 몇 개인가?"},
			Right: func() Value {
				if m, ok := dissect.ParseDNS(x.whole); ok {
					return Of(len(m.Answers))
				}
				return Value{}
			},
			Mistakes: []Mistake{{is(0), Text{"So it is in the answer that was cut off.",
				"그것은 잘린 응답의 레코드 수입니다."}}}},
	}
}

// addressIn is the first IPv4 address in an answer.
func addressIn(m *dissect.DNS) Value {
	for _, r := range m.Answers {
		if a, ok := r.Body.(*dnsmessage.AResource); ok {
			return Says(net.IP(a.A[:]).String())
		}
	}
	return Value{}
}

// pointer are the first two bytes of a record's name in the answer about the alias, without some bits of the first.
func (x *lookups) pointer(nth int, without byte) Value {
	b := x.aliased.answer.payload
	if len(b) < 12 || len(dnsOf(x.aliased.answer).Answers) <= nth {
		return Value{}
	}
	at := behindName(b, 12) + 4 // type and class of the question
	for range nth {
		if at = behindName(b, at) + 10; at > len(b) { // type, class, TTL, length
			return Value{}
		}
		at += int(binary.BigEndian.Uint16(b[at-2:]))
	}
	if at+2 > len(b) {
		return Value{}
	}
	return Bytes(b[at]&^without, b[at+1])
}

// behindName is where a name ends: behind a zero, or behind a pointer (RFC 1035 §4.1.4).
func behindName(b []byte, at int) int {
	for at < len(b) && b[at] != 0 {
		if b[at] >= 0xc0 {
			return at + 2
		}
		at += 1 + int(b[at])
	}
	return at + 1
}

func (x *lookups) play(ctx context.Context, at Place) error {
	addr := net.JoinHostPort("127.0.0.1", fmt.Sprint(x.port))
	stop, err := x.zone.Start(addr)
	if err != nil {
		return fmt.Errorf("the name server: %w (ask for another run)", err)
	}
	defer stop()
	at.Say(Text{"A name server starts on this computer. It is asked for a name, an alias, and a name that it lacks.",
		"이 컴퓨터에서 네임 서버가 시작됩니다. 이름, 별명, 없는 이름을 묻습니다."})
	conn, err := dialUDP(ctx, addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, host := range []string{"vote", x.alias, "nobody"} {
		if err := exchange(conn, string(x.question(host, dnsmessage.TypeA))); err != nil {
			return err
		}
	}
	at.Say(Text{"A long answer is asked for, over UDP and then over TCP.",
		"긴 응답을 UDP로, 이어서 TCP로 요청합니다."})
	if err := exchange(conn, string(x.question("rules", dnsmessage.TypeTXT))); err != nil {
		return err
	}
	stream, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := nameserver.Write(stream, x.question("rules", dnsmessage.TypeTXT)); err != nil {
		return err
	}
	_, err = nameserver.Read(stream)
	return err
}

// question is one as bytes.
func (x *lookups) question(host string, kind dnsmessage.Type) []byte {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: uint16(rand.Uint32()), RecursionDesired: x.recursion},
		Questions: []dnsmessage.Question{{Name: x.name(host), Type: kind, Class: dnsmessage.ClassINET}},
	}
	b, err := m.Pack()
	if err != nil {
		panic(err) // of names that are made here
	}
	return b
}
