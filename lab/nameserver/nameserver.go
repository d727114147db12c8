// Package nameserver is a small name server: the authority for one zone, over UDP and TCP.
//
//	RFC 1035  messages, and how they travel    RFC 2308  how long a "there is none" holds
//	RFC 4343  capitals in names                RFC 6891  EDNS: more than 512 bytes over UDP
//	RFC 7766  DNS over TCP
//
// Left out: recursion (it asks nobody else), zone transfers, DNSSEC, more than one zone.
package nameserver

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

// Zone is what the server knows.
type Zone struct {
	Name    string                                                   // "vote.test."
	TTL     uint32                                                   // seconds that an answer may be kept
	Records map[string]map[dnsmessage.Type][]dnsmessage.ResourceBody // by name, in small letters, and type

	// SOA goes along with each "there is none": its last number, or its TTL if that is less, says for how long that
	// holds (RFC 2308 §3, §5).
	SOA    *dnsmessage.SOAResource
	SOATTL uint32
}

// patience is how long a client over TCP may take.
const patience = 10 * time.Second

// What a datagram may hold: by RFC 1035 §4.2.1, and at most by RFC 6891 where the client says that it takes more. 1232
// bytes pass every IPv6 link in one piece.
const (
	PlainSize = 512
	EDNSSize  = 1232
)

// Start answers for the zone at an address of this computer, over UDP and TCP. stop waits until all has ended.
func (z *Zone) Start(addr string) (stop func(), err error) {
	packets, err := net.ListenPacket("udp", addr)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		packets.Close()
		return nil, err
	}
	return z.Serve(packets, listener), nil
}

// Serve answers what comes to two sockets. stop closes them, and waits until all has ended.
func (z *Zone) Serve(packets net.PacketConn, listener net.Listener) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { z.answerPackets(packets) })
	serving.Go(func() { z.answerStreams(ctx, listener) })
	return func() {
		cancel()
		packets.Close()
		listener.Close()
		serving.Wait()
	}
}

// answerPackets answers a datagram by a datagram until the socket is closed.
func (z *Zone) answerPackets(conn net.PacketConn) {
	buf := make([]byte, EDNSSize)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if a := z.Answer(buf[:n], false); a != nil {
			conn.WriteTo(a, from)
		}
	}
}

// answerStreams takes one connection after the other: there is one client.
func (z *Zone) answerStreams(ctx context.Context, l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(patience))
		for {
			query, err := Read(conn)
			if err != nil {
				break
			}
			if a := z.Answer(query, true); a != nil {
				Write(conn, a)
			}
		}
		stop()
		conn.Close()
	}
}

// Read reads a message. TCP has no ends of messages, so its length stands before it in two bytes (RFC 1035
// §4.2.2).
func Read(r io.Reader) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(r, message)
	return message, err
}

// Write writes length and message by one call, so that they leave in one segment (RFC 7766 §8).
func Write(w io.Writer, message []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}

// Answer is the answer to a message, nil where there should be none: to what is too short to have an ID, and to
// an answer, lest two servers answer each other for ever.
func (z *Zone) Answer(message []byte, stream bool) []byte {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil || h.Response {
		return nil
	}
	r := reply{Zone: z, limit: PlainSize, Header: dnsmessage.Header{ID: h.ID, Response: true, OpCode: h.OpCode,
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
	case r.edns > PlainSize:
		r.limit = min(r.edns, EDNSSize)
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
	*Zone
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
	if q.Class != dnsmessage.ClassINET || name != r.Name && !strings.HasSuffix(name, "."+r.Name) {
		r.RCode = dnsmessage.RCodeRefused
		return
	}
	r.Authoritative = true
	owner := q.Name
	records, there := r.Records[name]
	// An alias stands for every type (RFC 1034 §3.6.2). The client would ask for its target next, so that goes along.
	if alias := records[dnsmessage.TypeCNAME]; alias != nil && q.Type != dnsmessage.TypeCNAME {
		r.add(owner, dnsmessage.TypeCNAME, alias)
		owner = alias[0].(*dnsmessage.CNAMEResource).CNAME
		records = r.Records[owner.String()]
	}
	r.add(owner, q.Type, records[q.Type])
	if !there {
		r.RCode = dnsmessage.RCodeNameError
	}
	if records[q.Type] == nil {
		r.authority = []dnsmessage.Resource{{Body: r.SOA, Header: dnsmessage.ResourceHeader{
			Name: dnsmessage.MustNewName(r.Name), Class: dnsmessage.ClassINET, TTL: r.SOATTL}}}
	}
}

func (r *reply) add(owner dnsmessage.Name, t dnsmessage.Type, bodies []dnsmessage.ResourceBody) {
	for _, body := range bodies {
		r.answers = append(r.answers, dnsmessage.Resource{Body: body, Header: dnsmessage.ResourceHeader{
			Name: owner, Type: t, Class: dnsmessage.ClassINET, TTL: r.TTL}})
	}
}

// pack makes bytes of it, names compressed (RFC 1035 §4.1.4). What does not fit goes without answers and with the bit
// TC: the client asks again over TCP.
func (r *reply) pack() []byte {
	m := dnsmessage.Message{Header: r.Header, Questions: r.question, Answers: r.answers, Authorities: r.authority}
	if r.edns > 0 {
		var opt dnsmessage.ResourceHeader
		if opt.SetEDNS0(EDNSSize, r.RCode, false) == nil {
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
