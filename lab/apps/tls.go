package apps

import (
	"bytes"
	"encoding/binary"
	"slices"

	"pollwire/lab/trace"
)

// Types of records (RFC 8446 §5.1) and of handshake messages (§4).
const (
	RecordChangeCipherSpec = 20
	RecordAlert            = 21
	RecordHandshake        = 22
	RecordApplicationData  = 23

	ClientHello      = 1
	ServerHello      = 2
	NewSessionTicket = 4
	Certificate      = 11
)

// Versions as they travel.
const (
	TLS10 = 0x0301
	TLS12 = 0x0303
	TLS13 = 0x0304
)

// TLS is what one side sent.
type TLS struct {
	Records    []*Record
	Handshakes []*Handshake // those in the clear
	Alerts     []*Alert     // those in the clear
	Hello      *Hello       // its first ClientHello or ServerHello
	Retry      *Hello       // a server's HelloRetryRequest
	Hellos     []*Hello     // all: behind a HelloRetryRequest each side has a second one

	pending []byte // bytes of a handshake message that goes on in the next record
	from    int64  // where it began
	secret  bool   // from here on nothing is in the clear
}

// Record is one (RFC 8446 §5.1).
type Record struct {
	Range
	Type    uint8
	Version uint16 // as the record says it: 0x0303 for TLS 1.3, too
	Length  int
}

// Handshake is a message in the clear; it may be a part of a record, or fill several.
type Handshake struct {
	Range
	Type uint8
	Body []byte
}

// Alert is one in the clear (RFC 8446 §6).
type Alert struct {
	Range
	Fatal bool
	Code  uint8
}

// Hello is a ClientHello or a ServerHello (RFC 8446 §4.1.2, §4.1.3).
type Hello struct {
	Range
	Legacy     uint16 // the version in its old place
	Versions   []uint16
	Random     []byte
	Session    []byte // the session ID
	Ciphers    []uint16
	Extensions []uint16
	ServerName string
	ALPN       []string
	PSK        bool // it offers, or takes, a session of before (§4.2.11)
	Ticket     bool // of TLS 1.2 (RFC 5077), not empty
	EarlyData  bool
}

// Version is the best that is offered, or the one that was chosen.
func (h *Hello) Version() uint16 {
	if len(h.Versions) == 0 {
		return h.Legacy
	}
	return slices.Max(h.Versions)
}

// Resumed reports whether the server has taken up a session of before: of TLS 1.3 by a PSK, of TLS 1.2 by giving back
// the client's session ID, and sending no certificate.
func (t *Talk) Resumed() bool {
	c, s := t.TLS[trace.Client].Hello, t.TLS[trace.Server].Hello
	if c == nil || s == nil {
		return false
	}
	if s.Version() >= TLS13 {
		return s.PSK
	}
	return len(s.Session) > 0 && bytes.Equal(c.Session, s.Session) && !t.TLS[trace.Server].has(Certificate)
}

// has reports whether there is a handshake message of a type in the clear.
func (in *TLS) has(kind uint8) bool {
	return slices.ContainsFunc(in.Handshakes, func(h *Handshake) bool { return h.Type == kind })
}

const (
	recordHead = 5
	maxRecord  = 1<<14 + 2048 // RFC 5246 §6.2.3
)

func isTLS(b []byte) bool {
	return len(b) >= recordHead && b[0] >= RecordChangeCipherSpec && b[0] <= RecordApplicationData &&
		b[1] == 3 && b[2] <= 4 && int(binary.BigEndian.Uint16(b[3:])) <= maxRecord
}

// tls reads the records of a side.
func (t *Talk) tls(side trace.Side, chunks []trace.Chunk) {
	in := &t.TLS[side]
	for i, c := range chunks {
		if i > 0 {
			in.pending = nil // behind a gap: whatever it was, it is not whole
		}
		for b, from := c.Data, c.From; isTLS(b) && !t.full(); {
			size := recordHead + int(binary.BigEndian.Uint16(b[3:]))
			if size > len(b) {
				break
			}
			r := &Record{t.at(side, from, from+int64(size)), b[0], binary.BigEndian.Uint16(b[1:]), size - recordHead}
			in.Records = append(in.Records, r)
			t.items++
			t.record(in, r, b[recordHead:size])
			b, from = b[size:], from+int64(size)
		}
	}
}

// record looks into one that is not encrypted yet. Behind a ChangeCipherSpec all are, and of TLS 1.3 those that say
// that they were application data.
func (t *Talk) record(in *TLS, r *Record, body []byte) {
	switch {
	case r.Type == RecordChangeCipherSpec || r.Type == RecordApplicationData:
		in.secret = true
	case r.Type == RecordAlert && len(body) == 2 && !in.secret:
		in.Alerts = append(in.Alerts, &Alert{r.Range, body[0] == 2, body[1]})
	case r.Type == RecordHandshake && (!in.secret || isHello(body)):
		if len(in.pending) == 0 {
			in.from = r.From
		}
		in.pending = append(in.pending, body...)
		t.handshakes(in, r)
	}
}

// isHello reports whether a record is a hello and nothing else. With a HelloRetryRequest both sides send a
// ChangeCipherSpec before their second hello, which is in the clear all the same (RFC 8446 §D.4).
func isHello(b []byte) bool {
	return len(b) >= 4 && (b[0] == ClientHello || b[0] == ServerHello) && b[1] == 0 &&
		4+int(binary.BigEndian.Uint16(b[2:])) == len(b)
}

// handshakes takes whole messages: type, three bytes of length, body (§4).
func (t *Talk) handshakes(in *TLS, r *Record) {
	for len(in.pending) >= 4 {
		size := 4 + (int(in.pending[1])<<16 | int(binary.BigEndian.Uint16(in.pending[2:])))
		if size > len(in.pending) {
			return
		}
		h := &Handshake{t.at(r.Side, in.from, r.To), in.pending[0], in.pending[4:size]}
		in.pending, in.from = in.pending[size:], r.From
		in.Handshakes = append(in.Handshakes, h)
		if h.Type == ClientHello || h.Type == ServerHello {
			in.hello(h)
		}
	}
	if len(in.pending) == 0 {
		in.pending = nil
	}
}

// retryRandom marks a HelloRetryRequest (§4.1.3): the SHA-256 of "HelloRetryRequest" begins so.
var retryRandom = []byte{0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11}

func (in *TLS) hello(h *Handshake) {
	hello, ok := parseHello(h.Body, h.Type == ClientHello)
	if !ok {
		return
	}
	hello.Range = h.Range
	in.Hellos = append(in.Hellos, hello)
	if h.Type == ServerHello && bytes.HasPrefix(hello.Random, retryRandom) {
		in.Retry = hello
	}
	if in.Hello == nil || in.Hello == in.Retry {
		in.Hello = hello
	}
}

// reader takes fields from the front. Where there are too few bytes it has failed, and gives nothing.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.failed, r.b = true, nil
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

// number takes one of so many bytes.
func (r *reader) number(size int) (n int) {
	for _, b := range r.take(size) {
		n = n<<8 | int(b)
	}
	return n
}

// vector takes one whose length stands before it in so many bytes (§3.4).
func (r *reader) vector(size int) *reader { return &reader{b: r.take(r.number(size))} }

// numbers takes all that is left as numbers of two bytes.
func (r *reader) numbers() (list []uint16) {
	for len(r.b) >= 2 {
		list = append(list, uint16(r.number(2)))
	}
	return list
}

func parseHello(body []byte, client bool) (*Hello, bool) {
	r := &reader{b: body}
	h := &Hello{Legacy: uint16(r.number(2)), Random: r.take(32), Session: r.vector(1).b}
	if client {
		h.Ciphers = r.vector(2).numbers()
		r.vector(1) // compression
	} else {
		h.Ciphers = []uint16{uint16(r.number(2))}
		r.number(1)
	}
	if r.failed {
		return nil, false
	}
	for extensions := r.vector(2); len(extensions.b) >= 4; {
		kind := uint16(extensions.number(2))
		h.extension(kind, extensions.vector(2), client)
	}
	return h, true
}

// extension reads those that tell something (https://www.iana.org/assignments/tls-extensiontype-values).
func (h *Hello) extension(kind uint16, r *reader, client bool) {
	h.Extensions = append(h.Extensions, kind)
	switch kind {
	case 0: // server_name, RFC 6066 §3
		if names := r.vector(2); len(names.b) > 0 && names.number(1) == 0 {
			h.ServerName = string(names.vector(2).b)
		}
	case 16: // ALPN, RFC 7301 §3.1
		for names := r.vector(2); len(names.b) > 0; {
			h.ALPN = append(h.ALPN, string(names.vector(1).b))
		}
	case 35:
		h.Ticket = len(r.b) > 0
	case 41:
		h.PSK = true
	case 42:
		h.EarlyData = true
	case 43:
		if client {
			r = r.vector(1)
		}
		h.Versions = slices.DeleteFunc(r.numbers(), func(v uint16) bool { return v&0x0f0f == 0x0a0a }) // RFC 8701
	}
}
