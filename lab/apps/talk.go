// Package apps reads what is said in streams of TCP, as far as it is said in the clear. Each protocol has a file:
//
//	talk := apps.Of(stream)
//	for _, m := range talk.HTTP { fmt.Println(m.Packet, m.Method, m.Target, m.Status) }
//	if hello := talk.TLS[trace.Client].Hello; hello != nil { fmt.Println(hello.ServerName) }
//
//	RFC 9110, 9112  HTTP/1.1, chunks, ranges     RFC 8446, 5246  TLS records and handshakes     RFC 6455  WebSocket
//	WHATWG HTML     server-sent events           RFC 6066, 7301  SNI, ALPN                      RFC 9113  HTTP/2
//	RFC 1035        DNS over TCP                 Engine.IO 4, Socket.IO 5                       RFC 7541  HPACK
//
// What was spoken is found by the first bytes, not by the port. All that is found knows from which offset to which it
// lies in what its side sent, and with which packet it was there: that is where Wireshark shows it.
package apps

import (
	"bytes"
	"encoding/binary"

	"pollwire/lab/dissect"
	"pollwire/lab/trace"
)

// Range is where something lies in what a side sent: from the offset From to the one before To.
type Range struct {
	Side     trace.Side
	From, To int64
	Packet   int // with which the last byte of it was there
}

// Talk is what was said in a stream.
type Talk struct {
	Stream *trace.Stream
	Sent   [2]trace.Sent

	HTTP      []*HTTP      // requests and responses, in the order of their packets
	WebSocket [2][]*Frame  // behind a handshake of HTTP
	Upgrade   *HTTP        // the request of that handshake
	SocketIO  []*SocketIO  // in a WebSocket or in bodies of HTTP
	TLS       [2]TLS       // what each side sent
	HTTP2     [2][]*Frame2 // behind the preface
	Exchanges []*Exchange  // of HTTP/2, in the order in which their streams began
	DNS       []*DNS

	items int // of all of these
}

// maxItems is where reading a stream ends: a file from a stranger may be made of frames of two bytes.
const maxItems = 100_000

func (t *Talk) full() bool { return t.items >= maxItems }

// DNS is a message over TCP.
type DNS struct {
	Range
	*dissect.DNS
}

// IsTLS reports whether TLS was spoken.
func (t *Talk) IsTLS() bool { return len(t.TLS[0].Records)+len(t.TLS[1].Records) > 0 }

// Of reads a stream.
func Of(s *trace.Stream) *Talk {
	t := &Talk{Stream: s, Sent: [2]trace.Sent{s.Sent(trace.Client), s.Sent(trace.Server)}}
	chunks := [2][]trace.Chunk{t.Sent[0].Chunks(), t.Sent[1].Chunks()}
	switch {
	case begins(chunks, isPreface):
		t.http2(chunks)
	case begins(chunks, isTLS):
		for _, side := range []trace.Side{trace.Client, trace.Server} {
			t.tls(side, chunks[side])
		}
	case s.Ends[trace.Server].Port() == 53, begins(chunks, isDNS):
		t.dns(chunks)
	default:
		t.http(chunks)
	}
	return t
}

// begins reports whether one of the sides begins so. Where the beginning is not in the capture, any chunk may show it.
func begins(chunks [2][]trace.Chunk, is func([]byte) bool) bool {
	for _, side := range chunks {
		for _, c := range side[:min(len(side), 4)] {
			if is(c.Data) {
				return true
			}
		}
	}
	return false
}

// at makes a Range.
func (t *Talk) at(side trace.Side, from, to int64) Range {
	return Range{Side: side, From: from, To: to, Packet: t.Sent[side].Complete(from, to)}
}

// dns reads messages with two bytes of length in front (RFC 1035 §4.2.2).
func (t *Talk) dns(chunks [2][]trace.Chunk) {
	for side, list := range chunks {
		for _, c := range list {
			for at := 0; len(c.Data)-at >= 2 && !t.full(); {
				end := at + 2 + int(binary.BigEndian.Uint16(c.Data[at:]))
				if end > len(c.Data) {
					break
				}
				t.items++
				if m, ok := dissect.ParseDNS(c.Data[at+2 : end]); ok {
					t.DNS = append(t.DNS, &DNS{t.at(trace.Side(side), c.From+int64(at), c.From+int64(end)), m})
				}
				at = end
			}
		}
	}
}

// isDNS reports whether bytes are a whole message of DNS, on whatever port.
func isDNS(b []byte) bool {
	return len(b) > 2 && int(binary.BigEndian.Uint16(b)) == len(b)-2 && dissect.IsDNS(b[2:])
}

// preface is what a client of HTTP/2 begins with (RFC 9113 §3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

func isPreface(b []byte) bool { return bytes.HasPrefix(b, []byte(preface)) }
