package coverage

import (
	"fmt"
	"slices"
	"strings"

	"pollwire/lab/apps"
	"pollwire/lab/dissect"
	"pollwire/lab/trace"
)

// stream notes what a connection shows as a whole, and what was said in it.
func (c *Coverage) stream(s *trace.Stream, talk *apps.Talk) {
	c.connection(s)
	c.http(talk)
	c.webSocket(talk)
	for _, p := range talk.SocketIO {
		c.socketIO(p)
	}
	for side := range talk.TLS {
		c.tls(&talk.TLS[side])
	}
	if talk.Resumed() {
		c.add(talk.TLS[trace.Server].Hello.Packet, "tls.resumed")
	}
	c.http2(talk)
	for _, m := range talk.DNS {
		c.add(m.Packet, "dns.tcp")
		dns(m.DNS, func(id string) { c.add(m.Packet, id) })
	}
}

// connection is about how it began and ended.
func (c *Coverage) connection(s *trace.Stream) {
	var syn, answered bool
	var fins [2]bool
	n := 0
	for p := range s.Packets() {
		t, ok := dissect.Find[*dissect.TCP](p.Layers())
		if n++; !ok {
			continue
		}
		switch {
		case t.Flags&(dissect.SYN|dissect.ACK) == dissect.SYN:
			syn = true
		case t.Has(dissect.SYN | dissect.ACK):
			answered = true
		case t.Has(dissect.RST) && syn && !answered && p.Side == trace.Server:
			c.add(p.Number, "tcp.refused")
		case n == 3 && syn && answered && t.Has(dissect.ACK) && p.Side == trace.Client:
			c.add(p.Number, "tcp.handshake")
		}
		if before := fins[0] && fins[1]; t.Has(dissect.FIN) {
			if fins[p.Side] = true; !before && fins[0] && fins[1] {
				c.add(p.Number, "tcp.closed")
			}
		}
	}
}

func (c *Coverage) http(talk *apps.Talk) {
	requests := 0
	for _, m := range talk.HTTP {
		note := noter(func(id string) { c.add(m.Packet, id) })
		if m.Status == 0 {
			requests++
			note("http.method." + m.Method)
			note.when(requests == 2, "http.keep_alive")
			note.when(m.Get("Authorization") != "", "http.authorization")
		} else {
			note(fmt.Sprintf("http.status.%dxx", min(m.Status/100, 5)))
			note.when(m.Status == 206, "http.range")
			note.when(m.Status == 304, "http.not_modified")
			note.when(strings.HasPrefix(m.Get("Content-Type"), "text/event-stream"), "sse")
		}
		note.when(m.Chunked, "http.chunked")
		note.when(m.Get("Cookie")+m.Get("Set-Cookie") != "", "http.cookie")
	}
}

var opcodes = map[uint8]string{apps.OpText: "websocket.text", apps.OpBinary: "websocket.binary",
	apps.OpPing: "websocket.ping", apps.OpPong: "websocket.pong"}

func (c *Coverage) webSocket(talk *apps.Talk) {
	if talk.Upgrade != nil {
		c.add(talk.Upgrade.Packet, "websocket.handshake")
	}
	for _, f := range slices.Concat(talk.WebSocket[0], talk.WebSocket[1]) {
		note := noter(func(id string) { c.add(f.Packet, id) })
		if id, ok := opcodes[f.Opcode]; ok {
			note(id)
		}
		note.when(f.Masked, "websocket.masked")
		note.when(!f.Masked, "websocket.unmasked")
		note.when(!f.Final || f.Opcode == apps.OpContinuation, "websocket.fragment")
		note(fmt.Sprint("websocket.length", f.Form))
		if f.Opcode == apps.OpClose {
			note(fmt.Sprint("websocket.close.", f.CloseCode()))
		}
	}
}

func (c *Coverage) socketIO(p *apps.SocketIO) {
	note := noter(func(id string) { c.add(p.Packet, id) })
	note.when(p.Engine == '0', "socketio.open")
	note.when(p.Engine == '2' || p.Engine == '3', "socketio.ping")
	for kind, id := range []string{"socketio.connect", "socketio.disconnect", "socketio.event", "socketio.ack"} {
		note.when(p.Socket == byte('0'+kind), id)
	}
}

func (c *Coverage) tls(in *apps.TLS) {
	for _, r := range in.Records {
		if r.Type == apps.RecordApplicationData {
			c.add(r.Packet, "tls.data")
		}
	}
	for _, a := range in.Alerts {
		c.add(a.Packet, "tls.alert")
	}
	for _, h := range in.Handshakes {
		note := noter(func(id string) { c.add(h.Packet, id) })
		note.when(h.Type == apps.ClientHello, "tls.clienthello")
		note.when(h.Type == apps.ServerHello, "tls.serverhello")
		note.when(h.Type == apps.Certificate, "tls.certificate")
	}
	if in.Retry != nil {
		c.add(in.Retry.Packet, "tls.retry")
	}
	if in.Hello != nil {
		c.hello(in)
	}
}

// hello. The version is the one that the server chose.
func (c *Coverage) hello(in *apps.TLS) {
	h := in.Hello
	note := noter(func(id string) { c.add(h.Packet, id) })
	note.when(h.ServerName != "", "tls.sni")
	note.when(len(h.ALPN) > 0, "tls.alpn")
	if in.Handshakes[0].Type == apps.ServerHello {
		note.when(h.Version() == apps.TLS12, "tls.1.2")
		note.when(h.Version() == apps.TLS13, "tls.1.3")
	}
}
