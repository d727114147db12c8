package lessons

import (
	"errors"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// resolver finds out for others what it does not know (RFC 1034 §5.3.3), and keeps it as long as it may be kept. It
// is a small one: addresses of IPv4 over UDP, one server of each zone, one question at a time.
type resolver struct {
	asks    net.PacketConn    // from here it asks
	servers map[string]string // where the servers of this lesson are, by the address that they should have
	root    string            // the address that a resolver is born with
	cache   map[string]kept   // by name and type
}

// kept are records of one name and type, and until when they may be used.
type kept struct {
	records []dnsmessage.Resource
	until   time.Time
}

var errLost = errors.New("nobody knows")

func keyOf(name string, t dnsmessage.Type) string { return strings.ToLower(name) + t.String() }

// known are records that are not too old, with the seconds that are left to them.
func (r *resolver) known(name string, t dnsmessage.Type) (records []dnsmessage.Resource) {
	k, there := r.cache[keyOf(name, t)]
	left := time.Until(k.until)
	if !there || left <= 0 {
		return nil
	}
	for _, record := range k.records {
		record.Header.TTL = uint32((left + time.Second - 1) / time.Second)
		records = append(records, record)
	}
	return records
}

func (r *resolver) keep(records []dnsmessage.Resource) {
	fresh := map[string]kept{}
	for _, record := range records {
		key := keyOf(record.Header.Name.String(), record.Header.Type)
		k := fresh[key]
		k.records = append(k.records, record)
		k.until = time.Now().Add(time.Duration(record.Header.TTL) * time.Second)
		fresh[key] = k
	}
	for key, k := range fresh {
		r.cache[key] = k
	}
}

// nearest is the address of a server as near to a name as is known. The address stands beside the name of the server,
// as glue: to ask for it would need that server.
func (r *resolver) nearest(name string) string {
	for zone := name; zone != ""; _, zone, _ = strings.Cut(zone, ".") {
		for _, ns := range r.known(zone, dnsmessage.TypeNS) {
			for _, glue := range r.known(ns.Body.(*dnsmessage.NSResource).NS.String(), dnsmessage.TypeA) {
				return net.IP(glue.Body.(*dnsmessage.AResource).A[:]).String()
			}
		}
	}
	return r.root
}

// find answers a question, from what is known or by asking one server after the other.
func (r *resolver) find(q dnsmessage.Question) ([]dnsmessage.Resource, error) {
	name := q.Name.String()
	for range 5 {
		if records := r.known(name, q.Type); records != nil {
			return records, nil
		}
		m, err := r.ask(r.nearest(name), q)
		if err != nil {
			return nil, err
		}
		r.keep(m.Answers)
		r.keep(m.Authorities)
		r.keep(m.Additionals)
	}
	return nil, errLost
}

// ask asks one server, which is not to ask others in its turn: no recursion desired.
func (r *resolver) ask(address string, q dnsmessage.Question) (m dnsmessage.Message, err error) {
	question := dnsmessage.Message{Header: dnsmessage.Header{ID: uint16(rand.Uint32())},
		Questions: []dnsmessage.Question{q}}
	packed, err := question.Pack()
	if err != nil {
		return m, err
	}
	to, err := net.ResolveUDPAddr("udp", r.servers[address])
	if err == nil {
		_, err = r.asks.WriteTo(packed, to)
	}
	if err != nil {
		return m, err
	}
	r.asks.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, 1500)
	n, _, err := r.asks.ReadFrom(b)
	if err == nil {
		err = m.Unpack(b[:n])
	}
	if err == nil && m.ID != question.ID {
		err = errLost
	}
	return m, err
}

// answer is what others get: whatever it took to find it.
func (r *resolver) answer(q dnsmessage.Question) dnsmessage.Message {
	m := dnsmessage.Message{Header: dnsmessage.Header{RecursionDesired: true, RecursionAvailable: true}}
	records, err := r.find(q)
	if err != nil {
		m.RCode = dnsmessage.RCodeServerFailure
	}
	m.Answers = records
	return m
}

// authority is a server that knows a zone, and who knows the zones below.
type authority struct {
	below   map[string][]dnsmessage.Resource // by the name of a zone: its NS, and where that is
	records map[string]dnsmessage.Resource   // by name: an A record
}

func (a *authority) answer(q dnsmessage.Question) dnsmessage.Message {
	name := q.Name.String()
	if record, there := a.records[name]; there {
		return dnsmessage.Message{Header: dnsmessage.Header{Authoritative: true}, Answers: []dnsmessage.Resource{record}}
	}
	for zone, below := range a.below {
		if strings.HasSuffix("."+name, "."+zone) { // RFC 1034 §4.3.2: a referral
			return dnsmessage.Message{Authorities: below[:1], Additionals: below[1:]}
		}
	}
	return dnsmessage.Message{Header: dnsmessage.Header{Authoritative: true, RCode: dnsmessage.RCodeNameError}}
}

// delegated are the two records by which a zone points to another: who knows it, and, as glue, where that is.
func delegated(zone, server, address string) []dnsmessage.Resource {
	ns := dnsmessage.Resource{Body: &dnsmessage.NSResource{NS: dnsmessage.MustNewName(server)},
		Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(zone), Class: dnsmessage.ClassINET, TTL: 86400}}
	ns.Header.Type = dnsmessage.TypeNS
	return []dnsmessage.Resource{ns, addressOf(server, address, 86400)}
}

func addressOf(name, address string, ttl uint32) dnsmessage.Resource {
	return dnsmessage.Resource{Body: &dnsmessage.AResource{A: [4]byte(net.ParseIP(address).To4())},
		Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Type: dnsmessage.TypeA,
			Class: dnsmessage.ClassINET, TTL: ttl}}
}

// answerDNS answers each question that comes to a socket, until stop, which waits.
func answerDNS(p net.PacketConn, answer func(dnsmessage.Question) dnsmessage.Message) (stop func()) {
	var serving sync.WaitGroup
	serving.Go(func() {
		b := make([]byte, 1500)
		for {
			n, from, err := p.ReadFrom(b)
			if err != nil {
				return
			}
			var q dnsmessage.Message
			if q.Unpack(b[:n]) != nil || len(q.Questions) != 1 || q.Response {
				continue
			}
			m := answer(q.Questions[0])
			m.ID, m.Response, m.Questions = q.ID, true, q.Questions
			if packed, err := m.Pack(); err == nil {
				p.WriteTo(packed, from)
			}
		}
	})
	return func() { p.Close(); serving.Wait() }
}
