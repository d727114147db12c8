package reader

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pollwire/lab/apps"
	"pollwire/lab/dissect"
	"pollwire/lab/pcap"
	"pollwire/lab/trace"
)

// seen are the values of tshark's fields: by field, and by packet.
type seen map[string]map[int][]string

func (s seen) add(field string, packet int, value any) {
	if s[field] == nil {
		s[field] = map[int][]string{}
	}
	s[field][packet] = append(s[field][packet], normal(text(value)))
}

// spoken are the fields above TCP and UDP that are compared.
var spoken = []string{"http.request.method", "http.request.uri", "http.response.code", "http.content_length_header",
	"tls.record.content_type", "tls.handshake.type", "tls.handshake.extensions_server_name",
	"tls.handshake.extensions_alpn_str", "tls.handshake.session_id_length", "tls.alert_message.desc",
	"websocket.opcode", "websocket.fin", "websocket.mask", "websocket.masking_key", "websocket.payload_length",
	"websocket.payload.close.status_code", "http2.type", "http2.streamid", "http2.length",
	"http2.flags", "http2.headers.method", "http2.headers.path", "http2.headers.status", "http2.rst_stream.error",
	"http2.window_update.window_size_increment", "http2.settings.initial_window_size", "http2.ping",
	"dns.id", "dns.qry.name", "dns.qry.type", "dns.flags.rcode", "dns.flags.response", "dns.count.answers",
	"dhcp.id", "dhcp.option.dhcp", "quic.version"}

// ourSpoken is what is read here, and what tshark has to be told of ports to read it, too.
func ourSpoken(t *trace.Trace) (s seen, hints []string) {
	s = seen{}
	for i := range t.Packets {
		p := &t.Packets[i]
		for _, l := range p.Layers() {
			s.layer(p.Number, l)
		}
	}
	for _, stream := range t.Streams {
		talk := apps.Of(stream)
		for _, m := range talk.HTTP {
			s.http(m)
		}
		for side := range talk.TLS {
			s.tls(&talk.TLS[side])
		}
		for _, f := range slices.Concat(talk.WebSocket[0], talk.WebSocket[1]) {
			s.webSocket(f)
		}
		for _, f := range slices.Concat(talk.HTTP2[0], talk.HTTP2[1]) {
			s.http2(f)
		}
		for _, m := range talk.DNS {
			s.layer(m.Packet, m.DNS)
		}
		as := func(protocol string) {
			hints = append(hints, "-d", fmt.Sprintf("tcp.port==%d,%s", stream.Ends[trace.Client].Port(), protocol))
		}
		if len(talk.HTTP2[0]) > 0 {
			as("http2")
		}
		if len(talk.DNS) > 0 {
			as("dns")
		}
	}
	return s, hints
}

func (s seen) layer(n int, l dissect.Layer) {
	switch l := l.(type) {
	case *dissect.DNS:
		s.add("dns.id", n, l.ID)
		s.add("dns.flags.response", n, l.Response)
		s.add("dns.count.answers", n, l.Counts[1])
		if l.Response {
			s.add("dns.flags.rcode", n, int(l.RCode))
		}
		for _, q := range l.Questions {
			s.add("dns.qry.name", n, strings.TrimSuffix(q.Name.String(), "."))
			s.add("dns.qry.type", n, int(q.Type))
		}
	case *dissect.DHCP:
		s.add("dhcp.id", n, l.ID)
		if l.Type != 0 {
			s.add("dhcp.option.dhcp", n, l.Type)
		}
	case *dissect.QUIC:
		s.add("quic.version", n, l.Version)
	}
}

func (s seen) http(m *apps.HTTP) {
	if m.Status == 0 {
		s.add("http.request.method", m.Packet, m.Method)
		s.add("http.request.uri", m.Packet, m.Target)
	} else {
		s.add("http.response.code", m.Packet, m.Status)
	}
	if v := m.Get("Content-Length"); v != "" {
		s.add("http.content_length_header", m.Packet, v)
	}
}

func (s seen) tls(in *apps.TLS) {
	for _, r := range in.Records {
		if r.Type != apps.RecordApplicationData { // of TLS 1.3 tshark calls it something else
			s.add("tls.record.content_type", r.Packet, r.Type)
		}
	}
	for _, a := range in.Alerts {
		s.add("tls.alert_message.desc", a.Packet, a.Code)
	}
	for _, h := range in.Handshakes {
		s.add("tls.handshake.type", h.Packet, h.Type)
	}
	for _, h := range in.Hellos {
		s.add("tls.handshake.session_id_length", h.Packet, len(h.Session))
		if h.ServerName != "" {
			s.add("tls.handshake.extensions_server_name", h.Packet, h.ServerName)
		}
		for _, name := range h.ALPN {
			s.add("tls.handshake.extensions_alpn_str", h.Packet, name)
		}
	}
}

func (s seen) webSocket(f *apps.Frame) {
	s.add("websocket.opcode", f.Packet, f.Opcode)
	s.add("websocket.fin", f.Packet, f.Final)
	s.add("websocket.mask", f.Packet, f.Masked)
	length := len(f.Raw)
	if f.Form > 7 {
		length = map[int]int{16: 126, 64: 127}[f.Form]
	}
	s.add("websocket.payload_length", f.Packet, length)
	if f.Masked {
		s.add("websocket.masking_key", f.Packet, fmt.Sprintf("%x", f.Key))
	}
	if f.Opcode == apps.OpClose && f.CloseCode() != 1005 {
		s.add("websocket.payload.close.status_code", f.Packet, f.CloseCode())
	}
}

func (s seen) http2(f *apps.Frame2) {
	s.add("http2.type", f.Packet, f.Type)
	s.add("http2.streamid", f.Packet, f.Stream)
	s.add("http2.length", f.Packet, f.Length)
	s.add("http2.flags", f.Packet, fmt.Sprintf("0x%02x", f.Flags))
	for _, name := range []string{"method", "path", "status"} {
		if v := f.Get(":" + name); v != "" {
			s.add("http2.headers."+name, f.Packet, v)
		}
	}
	if n := f.Increment(); n != 0 {
		s.add("http2.window_update.window_size_increment", f.Packet, n)
	}
	if n, ok := f.Setting(apps.SettingInitialWindow); ok {
		s.add("http2.settings.initial_window_size", f.Packet, n)
	}
	if code, ok := f.ErrorCode(); ok && f.Type == apps.FrameRSTSTREAM {
		s.add("http2.rst_stream.error", f.Packet, code)
	}
	if f.Type == apps.FramePING && !f.Has(apps.FlagAck) { // tshark has another field for the answer
		s.add("http2.ping", f.Packet, fmt.Sprintf("%x", f.Payload))
	}
}

// theirSpoken asks tshark. known are the packets of which every layer is known here.
func theirSpoken(t testing.TB, file string, hints []string) (s seen, known map[int]bool) {
	t.Helper()
	args := []string{"-r", file, "-n", "-T", "fields", "-E", "separator=/t", "-E", "aggregator=;", "-e", "frame.number",
		"-e", "frame.protocols", "-o", "tcp.try_heuristic_first:TRUE"}
	args = append(args, hints...)
	for _, f := range spoken {
		args = append(args, "-e", f)
	}
	out, _ := exec.Command("tshark", args...).Output() // a file that ends too early is an error
	s, known = seen{}, map[int]bool{}
	for row := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		n := 0
		fmt.Sscan(cells[0], &n)
		known[n] = comparable(cells[1])
		for i, f := range spoken {
			encrypted := strings.Contains(cells[1], "quic") && strings.HasPrefix(f, "tls") // decrypted by who knows how
			for v := range strings.SplitSeq(cells[i+2], ";") {
				if v != "" && !encrypted && !(f == "tls.record.content_type" && v == "23") {
					s.add(f, n, v)
				}
			}
		}
	}
	return s, known
}

// agreeSpoken compares what is read above TCP and UDP.
func agreeSpoken(t testing.TB, file string) (values int, wrong []string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ = pcap.Load(bytes.NewReader(raw))
	tr, _ := trace.Read(context.Background(), raw)
	ours, hints := ourSpoken(tr)
	theirs, known := theirSpoken(t, file, hints)
	holed := map[*trace.Stream]bool{} // tshark does not read on behind a hole, unless it is told to wait for what fills it
	for i := range tr.Packets {
		if p := &tr.Packets[i]; p.Stream != nil && p.Analysis&(trace.LostBefore|trace.OutOfOrder) != 0 {
			holed[p.Stream] = true
		}
	}
	unlocked := bytes.Contains(raw, []byte("CLIENT_RANDOM ")) // the file has secrets in it: tshark reads what is encrypted
	for _, f := range spoken {
		if unlocked && (strings.HasPrefix(f, "tls") || strings.HasPrefix(f, "http")) {
			continue
		}
		for n := range tr.Packets {
			if p := &tr.Packets[n]; !known[n+1] || p.Cut() || holed[p.Stream] {
				continue
			}
			a, b := slices.Clone(ours[f][n+1]), slices.Clone(theirs[f][n+1])
			slices.Sort(a)
			slices.Sort(b)
			values += len(b)
			if !slices.Equal(a, b) {
				wrong = append(wrong, fmt.Sprintf("packet %d, %s: %q here, %q there", n+1, f, a, b))
			}
		}
	}
	return values, wrong
}
