package lessons

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// The zone of the lesson. The name is one of RFC 6761, which no one will ever own; the addresses are those of examples
// (RFC 5737, RFC 3849).
const (
	zoneName  = "vote.test."
	zoneTTL   = 300 // seconds that an answer may be kept
	zoneNoTTL = 60  // seconds that a "there is none" may be kept
)

// zone has what there is by name and type. All names are in small letters.
var zone = map[string]map[dnsmessage.Type][]dnsmessage.ResourceBody{
	zoneName: {
		dnsmessage.TypeA:    {&dnsmessage.AResource{A: [4]byte{192, 0, 2, 10}}},
		dnsmessage.TypeAAAA: {&dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 0x01, 0x0d, 0xb8, 15: 0x10}}},
		dnsmessage.TypeSOA:  {soa},
	},
	"www." + zoneName: {
		dnsmessage.TypeCNAME: {&dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(zoneName)}},
	},
	"rules." + zoneName: {
		dnsmessage.TypeTXT: rules(8), // more than the 512 bytes of RFC 1035, less than ednsSize
	},
}

// soa goes along with each "there is none", as its last number says for how long that holds (RFC 2308 §3).
var soa = &dnsmessage.SOAResource{NS: dnsmessage.MustNewName("ns." + zoneName),
	MBox:   dnsmessage.MustNewName("teacher." + zoneName),
	Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, MinTTL: zoneNoTTL}

// rules is a text of n strings, a record each.
func rules(n int) (all []dnsmessage.ResourceBody) {
	for i := range n {
		text := "rule " + string(rune('1'+i)) + ": " + strings.Repeat("one voice for everybody in the room, ", 2) + "no more."
		all = append(all, &dnsmessage.TXTResource{TXT: []string{text}})
	}
	return all
}

// What a datagram may hold: by RFC 1035 §4.2.1, and at most by RFC 6891 where the client says that it takes more. 1232
// bytes pass every IPv6 link in one piece.
const (
	plainSize = 512
	ednsSize  = 1232
)

// startNameserver answers for the zone, over UDP and TCP. It is the authority for this one zone and asks nobody else:
// no recursion, no zone transfer, no DNSSEC. stop waits until all has ended.
func startNameserver(at place, addr string) (stop func(), err error) {
	packets, err := at.listenPacket("udp", addr)
	if err != nil {
		return nil, err
	}
	listener, err := at.listen("tcp", addr)
	if err != nil {
		packets.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { answerPackets(packets) })
	serving.Go(func() { answerStreams(ctx, listener) })
	return func() {
		cancel()
		packets.Close()
		listener.Close()
		serving.Wait()
	}, nil
}

// answerPackets answers a datagram by a datagram until the socket is closed.
func answerPackets(conn net.PacketConn) {
	buf := make([]byte, ednsSize)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if a := answerQuery(buf[:n], false); a != nil {
			conn.WriteTo(a, from)
		}
	}
}

// answerStreams takes one connection after the other: there is one client.
func answerStreams(ctx context.Context, l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(patience))
		for {
			query, err := readStream(conn)
			if err != nil {
				break
			}
			if a := answerQuery(query, true); a != nil {
				writeStream(conn, a)
			}
		}
		stop()
		conn.Close()
	}
}

// readStream reads a message. TCP has no ends of messages, so its length stands before it in two bytes (RFC 1035
// §4.2.2).
func readStream(r io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(r, message)
	return message, err
}

// writeStream writes length and message by one call, so that they leave in one segment (RFC 7766 §8).
func writeStream(w io.Writer, message []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}

// answerQuery is the answer to a message, nil where there should be none: to what is too short to have an ID, and to
// an answer, lest two servers answer each other for ever.
func answerQuery(message []byte, stream bool) []byte {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil || h.Response {
		return nil
	}
	r := reply{limit: plainSize, Header: dnsmessage.Header{ID: h.ID, Response: true, OpCode: h.OpCode,
		RecursionDesired: h.RecursionDesired}}
	if h.OpCode != 0 {
		r.RCode = dnsmessage.RCodeNotImplemented
		return r.pack()
	}
	if r.question, err = p.AllQuestions(); err != nil || len(r.question) != 1 {
		r.RCode, r.question = dnsmessage.RCodeFormatError, nil
		return r.pack()
	}
	r.edns = clientSize(&p)
	switch {
	case stream:
		r.limit = 1<<16 - 1
	case r.edns > plainSize:
		r.limit = min(r.edns, ednsSize)
	}
	r.lookUp(r.question[0])
	return r.pack()
}

// clientSize is how large a datagram the client takes, by the OPT record of RFC 6891 §6.2.3; 0 where it has none.
func clientSize(p *dnsmessage.Parser) int {
	if p.SkipAllAnswers() != nil || p.SkipAllAuthorities() != nil {
		return 0
	}
	for {
		h, err := p.AdditionalHeader()
		if err != nil {
			return 0
		}
		if h.Type == dnsmessage.TypeOPT {
			return int(h.Class)
		}
		if p.SkipAdditional() != nil {
			return 0
		}
	}
}

// reply is an answer before it is bytes.
type reply struct {
	dnsmessage.Header
	question           []dnsmessage.Question
	answers, authority []dnsmessage.Resource
	limit              int // bytes
	edns               int // what the client said of itself; 0 for nothing
}

// lookUp finds what is asked for. A name with other types but this one is there: no error and no answers. A name that
// is not there at all is NXDOMAIN (RFC 2308 §2).
func (r *reply) lookUp(q dnsmessage.Question) {
	name := strings.ToLower(q.Name.String()) // RFC 4343: DNS does not tell case apart
	if q.Class != dnsmessage.ClassINET || name != zoneName && !strings.HasSuffix(name, "."+zoneName) {
		r.RCode = dnsmessage.RCodeRefused
		return
	}
	r.Authoritative = true
	owner := q.Name
	records, there := zone[name]
	// An alias stands for every type (RFC 1034 §3.6.2). The client would ask for its target next, so that goes along.
	if alias := records[dnsmessage.TypeCNAME]; alias != nil && q.Type != dnsmessage.TypeCNAME {
		r.add(owner, dnsmessage.TypeCNAME, alias)
		owner = alias[0].(*dnsmessage.CNAMEResource).CNAME
		records = zone[owner.String()]
	}
	r.add(owner, q.Type, records[q.Type])
	if !there {
		r.RCode = dnsmessage.RCodeNameError
	}
	if records[q.Type] == nil {
		r.authority = []dnsmessage.Resource{{Body: soa, Header: dnsmessage.ResourceHeader{
			Name: dnsmessage.MustNewName(zoneName), Class: dnsmessage.ClassINET, TTL: zoneNoTTL}}}
	}
}

func (r *reply) add(owner dnsmessage.Name, t dnsmessage.Type, bodies []dnsmessage.ResourceBody) {
	for _, body := range bodies {
		r.answers = append(r.answers, dnsmessage.Resource{Body: body, Header: dnsmessage.ResourceHeader{
			Name: owner, Type: t, Class: dnsmessage.ClassINET, TTL: zoneTTL}})
	}
}

// pack makes bytes of it, names compressed (RFC 1035 §4.1.4). What does not fit goes without answers and with the bit
// TC: the client asks again over TCP.
func (r *reply) pack() []byte {
	m := dnsmessage.Message{Header: r.Header, Questions: r.question, Answers: r.answers, Authorities: r.authority}
	if r.edns > 0 {
		var opt dnsmessage.ResourceHeader
		if opt.SetEDNS0(ednsSize, r.RCode, false) == nil {
			m.Additionals = []dnsmessage.Resource{{Header: opt, Body: &dnsmessage.OPTResource{}}}
		}
	}
	message, err := m.Pack()
	if err == nil && len(message) > r.limit {
		m.Truncated, m.Answers = true, nil
		message, err = m.Pack()
	}
	if err != nil {
		return nil // a name that can be read and not be written: there is none
	}
	return message
}
