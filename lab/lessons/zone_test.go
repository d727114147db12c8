package lessons

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"pollwire/lab/nameserver"
)

// question is a query as bytes. size goes into an OPT record; 0 for none.
func question(t testing.TB, name string, kind dnsmessage.Type, size int) []byte {
	t.Helper()
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 0x1234, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}}}
	if size > 0 {
		var opt dnsmessage.ResourceHeader
		opt.SetEDNS0(size, 0, false)
		m.Additionals = []dnsmessage.Resource{{Header: opt, Body: &dnsmessage.OPTResource{}}}
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnswerQuery(t *testing.T) {
	for _, tt := range []struct {
		name, asked     string
		kind            dnsmessage.Type
		size            int // of an OPT record
		stream          bool
		rcode           dnsmessage.RCode
		answers         string // types
		authority       int
		truncated, mine bool
	}{
		{name: "an address", asked: "vote.test.", kind: dnsmessage.TypeA, answers: "A", mine: true},
		{name: "an IPv6 address", asked: "vote.test.", kind: dnsmessage.TypeAAAA, answers: "AAAA", mine: true},
		{name: "RFC 4343: capitals", asked: "VoTe.TEST.", kind: dnsmessage.TypeA, answers: "A", mine: true},
		{name: "RFC 1034 3.6.2: an alias and what it stands for", asked: "www.vote.test.", kind: dnsmessage.TypeA,
			answers: "CNAME A", mine: true},
		{name: "an alias whose target lacks the type", asked: "www.vote.test.", kind: dnsmessage.TypeMX, answers: "CNAME",
			authority: 1, mine: true},
		{name: "the alias itself", asked: "www.vote.test.", kind: dnsmessage.TypeCNAME, answers: "CNAME", mine: true},
		{name: "RFC 2308 2.1: no such name", asked: "nobody.vote.test.", kind: dnsmessage.TypeA,
			rcode: dnsmessage.RCodeNameError, authority: 1, mine: true},
		{name: "RFC 2308 2.2: no such type", asked: "vote.test.", kind: dnsmessage.TypeMX, authority: 1, mine: true},
		{name: "another zone", asked: "example.org.", kind: dnsmessage.TypeA, rcode: dnsmessage.RCodeRefused},
		{name: "a zone whose name ends alike", asked: "devote.test.", kind: dnsmessage.TypeA, rcode: dnsmessage.RCodeRefused},
		{name: "RFC 1035 4.2.1: too long for a datagram", asked: "rules.vote.test.", kind: dnsmessage.TypeTXT,
			truncated: true, mine: true},
		{name: "RFC 1035 4.2.2: not over TCP", asked: "rules.vote.test.", kind: dnsmessage.TypeTXT, stream: true,
			answers: "TXT TXT TXT TXT TXT TXT TXT TXT", mine: true},
		{name: "RFC 6891: nor for who takes more", asked: "rules.vote.test.", kind: dnsmessage.TypeTXT, size: 1232,
			answers: "TXT TXT TXT TXT TXT TXT TXT TXT", mine: true},
		{name: "RFC 6891 6.2.3: less than 512 is 512", asked: "vote.test.", kind: dnsmessage.TypeA, size: 20, answers: "A",
			mine: true},
		{name: "RFC 6891: more, but not enough", asked: "rules.vote.test.", kind: dnsmessage.TypeTXT, size: 600,
			truncated: true, mine: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := zone.Answer(question(t, tt.asked, tt.kind, tt.size), tt.stream)
			var m dnsmessage.Message
			if err := m.Unpack(b); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range m.Answers {
				got = append(got, shortType(r.Header.Type))
				if r.Header.TTL != zoneTTL {
					t.Errorf("TTL %d", r.Header.TTL)
				}
			}
			if h := m.Header; h.ID != 0x1234 || !h.Response || !h.RecursionDesired || h.RecursionAvailable ||
				h.RCode != tt.rcode || h.Truncated != tt.truncated || h.Authoritative != tt.mine {
				t.Errorf("header %+v", h)
			}
			if len(m.Questions) != 1 || m.Questions[0].Name.String() != tt.asked || strings.Join(got, " ") != tt.answers ||
				len(m.Authorities) != tt.authority {
				t.Errorf("questions %v, answers %v, authorities %v", m.Questions, got, m.Authorities)
			}
			if opt := slices.ContainsFunc(m.Additionals,
				func(r dnsmessage.Resource) bool { return r.Header.Type == dnsmessage.TypeOPT }); opt != (tt.size > 0) {
				t.Errorf("OPT record: %t", opt)
			}
			if !tt.stream && len(b) > max(nameserver.PlainSize, tt.size) {
				t.Errorf("a datagram of %d bytes", len(b))
			}
		})
	}
}

func TestAnswerQueryToWhatIsNone(t *testing.T) {
	good := question(t, "vote.test.", dnsmessage.TypeA, 0)
	change := func(at int, to byte) []byte {
		b := slices.Clone(good)
		b[at] = to
		return b
	}
	for _, tt := range []struct {
		name    string
		message []byte
		want    dnsmessage.RCode // not asked for where silent
		silent  bool
	}{
		{"nothing", nil, 0, true},
		{"half of a header", good[:6], 0, true},
		{"an answer", change(2, good[2]|0x80), 0, true},
		{"half of a question", good[:len(good)-3], dnsmessage.RCodeFormatError, false},
		{"no question", change(5, 0)[:12], dnsmessage.RCodeFormatError, false},
		{"two questions, one of them missing", change(5, 2), dnsmessage.RCodeFormatError, false},
		{"a name that points to itself", append(append(slices.Clone(good[:12]), 0xc0, 0x0c), 0, 1, 0, 1),
			dnsmessage.RCodeFormatError, false},
		{"another opcode, an update", change(2, good[2]|5<<3), dnsmessage.RCodeNotImplemented, false},
		{"another class", change(len(good)-1, 3), dnsmessage.RCodeRefused, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := zone.Answer(tt.message, false)
			if tt.silent {
				if b != nil {
					t.Errorf("answered %x", b)
				}
				return
			}
			var p dnsmessage.Parser
			if h, err := p.Start(b); err != nil || h.RCode != tt.want || !h.Response || h.ID != 0x1234 {
				t.Errorf("answered %x: %+v, %v, want %v", b, h, err, tt.want)
			}
		})
	}
}

// The resolver of the standard library, which was not made for it, gets everything too, also what needs TCP.
func TestNameserverWithAnotherClient(t *testing.T) {
	addr := ""
	var stop func()
	for range 10 { // the free port of UDP need not be free for TCP
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr = conn.LocalAddr().String()
		conn.Close()
		if stop, err = startNameserver(place{}, addr); err == nil {
			break
		}
	}
	if stop == nil {
		t.Fatal("no port")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	if got, err := r.LookupNetIP(ctx, "ip4", "www.vote.test."); err != nil || len(got) != 1 ||
		got[0].String() != "192.0.2.10" {
		t.Errorf("www.vote.test has %v, %v", got, err)
	}
	if got, err := r.LookupNetIP(ctx, "ip6", "vote.test."); err != nil || len(got) != 1 ||
		got[0].String() != "2001:db8::10" {
		t.Errorf("vote.test has %v, %v", got, err)
	}
	var not *net.DNSError
	if got, err := r.LookupHost(ctx, "nobody.vote.test."); !errors.As(err, &not) || !not.IsNotFound {
		t.Errorf("nobody.vote.test has %v, %v", got, err)
	}
	tcp := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}}
	for name, r := range map[string]*net.Resolver{"as it likes": &r, "over TCP": &tcp} {
		if got, err := r.LookupTXT(ctx, "rules.vote.test."); err != nil || len(got) != 8 ||
			!strings.HasPrefix(got[7], "rule 8: ") {
			t.Errorf("the rules, %s: %q, %v", name, got, err)
		}
	}
	idle, err := net.Dial("tcp", addr) // a client that says nothing does not keep it from ending
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	began := time.Now()
	stop()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("stopped after %v", took)
	}
}

func FuzzAnswerQuery(f *testing.F) {
	f.Add(question(f, "rules.vote.test.", dnsmessage.TypeTXT, 700), false)
	f.Add(question(f, "www.vote.test.", dnsmessage.TypeA, 0), true)
	f.Fuzz(func(t *testing.T, message []byte, stream bool) {
		b := zone.Answer(message, stream)
		if b == nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(b); err != nil || !m.Response || b[0] != message[0] || b[1] != message[1] {
			t.Errorf("answer %x: %v", b, err)
		}
		if limit := nameserver.EDNSSize; !stream && len(b) > limit {
			t.Errorf("a datagram of %d bytes", len(b))
		}
	})
}
