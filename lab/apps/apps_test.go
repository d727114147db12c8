package apps

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/lab/trace"
	"pollwire/wire/pcapng"
)

// say is what one side sends in one packet.
type say struct {
	from trace.Side
	data string
}

// capture makes a capture of a connection without its handshake.
func capture(list []say, ports ...uint16) []byte {
	file := pcapng.AppendInterface(pcapng.AppendSection(nil, "", ""), pcapng.Raw, "t", "")
	port, seq := [2]uint16{40000, 80}, [2]uint32{}
	copy(port[:], ports)
	for i, s := range list {
		b := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1 + byte(s.from), 10, 0, 0, 2 - byte(s.from)}
		binary.BigEndian.PutUint16(b[2:], uint16(40+len(s.data)))
		b = binary.BigEndian.AppendUint16(b, port[s.from])
		b = binary.BigEndian.AppendUint16(b, port[s.from.Other()])
		b = binary.BigEndian.AppendUint32(b, seq[s.from])
		b = append(b, 0, 0, 0, 0, 0x50, 0x18, 1, 0, 0, 0, 0, 0)
		seq[s.from] += uint32(len(s.data))
		start := len(file)
		file = pcapng.EndPacket(append(append(pcapng.BeginPacket(file, 0, len(b)+len(s.data)), b...), s.data...), start, nil)
		pcapng.Stamp(file[start:], 1e18+int64(i)*1e6)
	}
	return file
}

func talk(t testing.TB, list ...say) *Talk {
	t.Helper()
	tr, err := trace.Read(context.Background(), capture(list))
	if err != nil || len(tr.Streams) != 1 {
		t.Fatalf("%d streams, %v", len(tr.Streams), err)
	}
	return Of(tr.Streams[0])
}

const c, s = trace.Client, trace.Server

// told are messages in a line each.
func told(list []*HTTP) (lines []string) {
	for _, m := range list {
		other := 0
		for _, o := range []*HTTP{m.Answer, m.Asked} {
			if o != nil {
				other = o.Packet
			}
		}
		lines = append(lines, fmt.Sprintf("%d %s%s %d %q %v of %d", m.Packet, m.Method, m.Target, m.Status, m.Body, m.Whole,
			other))
	}
	return lines
}

func TestHTTP(t *testing.T) {
	for name, of := range map[string]struct {
		list []say
		want string
	}{
		"keep-alive, and a HEAD whose answer has no body": {[]say{{c, "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"},
			{s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}, {c, "GET /b HTTP/1.1\r\n\r\n"},
			{s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}},
			`1 HEAD/a 0 "" true of 2|2  200 "" true of 1|3 GET/b 0 "" true of 4|4  200 "hello" true of 3`},
		"in pieces": {[]say{{c, "GET /b HT"}, {c, "TP/1.1\r\n\r\n"},
			{s, "HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nhel"}, {s, "lo"}},
			`2 GET/b 0 "" true of 4|4  404 "hello" true of 2`},
		"interim answers, chunks and a trailer": {[]say{{c, "POST /c HTTP/1.1\r\nContent-Length: 2\r\n\r\n"},
			{s, "HTTP/1.1 100 Continue\r\n\r\n"}, {c, "ok"},
			{s, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n"}},
			`2  100 "" true of 0|3 POST/c 0 "ok" true of 4|4  200 "abcde" true of 3`},
		"the middle of an answer first": {[]say{{s, "the end of something"}, {c, "GET /d HTTP/1.1\r\n\r\n"},
			{s, "HTTP/1.1 204 No\r\n\r\n"}}, `2 GET/d 0 "" true of 3|3  204 "" true of 2`},
		"an answer to what was not captured": {[]say{{s, "HTTP/1.1 304 No\r\n\r\n"}, {c, "GET /d HTTP/1.1\r\n\r\n"},
			{s, "HTTP/1.1 204 No\r\n\r\n"}}, `1  304 "" true of 0|2 GET/d 0 "" true of 3|3  204 "" true of 2`},
		"until the end": {[]say{{c, "GET /e HTTP/1.0\r\n\r\n"}, {s, "HTTP/1.0 200 OK\r\n\r\nall"}},
			`1 GET/e 0 "" true of 2|2  200 "all" true of 1`},
		"less than promised": {[]say{{c, "GET /e HTTP/1.1\r\n\r\n"},
			{s, "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nx"}},
			`1 GET/e 0 "" true of 2|2  200 "x" false of 1`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(told(talk(t, of.list...).HTTP), "|"); got != of.want {
				t.Errorf("\n%s, want\n%s", got, of.want)
			}
		})
	}
}

func unhex(s string) string {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		panic(err)
	}
	return string(b)
}

var upgrade = []say{{c, "GET /socket.io/?transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"},
	{s, "HTTP/1.1 101 Switching Protocols\r\n\r\n"}}

// The frames are those of RFC 6455 §5.7.
func TestWebSocket(t *testing.T) {
	talk := talk(t, append(upgrade, say{s, unhex("8105 48656c6c6f")}, say{c, unhex("8185 37fa213d 7f9f4d5158")},
		say{c, unhex("0103 48656c")}, say{c, unhex("8002 6c6f 89")}, say{c, unhex("05 48656c6c6f")},
		say{s, unhex("827e0100") + strings.Repeat("x", 256)}, say{s, unhex("8802 03e8")})...)
	var got []string
	for _, f := range slices.Concat(talk.WebSocket[0], talk.WebSocket[1]) {
		got = append(got, fmt.Sprintf("%d %d/%d %t %t %.5s", f.Packet, f.Opcode, f.Form, f.Final, f.Masked, f.Payload()))
	}
	want := "4 1/7 true true Hello|5 1/7 false false Hel|6 0/7 true false lo|7 9/7 true false Hello|" +
		"3 1/7 true false Hello|8 2/16 true false xxxxx|9 8/7 true false \x03\xe8"
	if strings.Join(got, "|") != want || talk.Upgrade == nil {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
	// The fourth byte of the second frame's payload: masked, in packet 4, behind 20 + 20 + 6 bytes of headers.
	f := talk.WebSocket[0][0]
	place, ok := talk.Sent[c].At(f.From + int64(f.Head) + 3)
	if place != (trace.Place{Packet: 4, Byte: 49}) || !ok || f.Raw[3] != 0x51 {
		t.Errorf("the fourth byte is at %v", place)
	}
	if last := talk.WebSocket[1][2]; last.CloseCode() != 1000 {
		t.Errorf("the close code is %d", last.CloseCode())
	}
}

func TestSocketIO(t *testing.T) {
	frames := append(slices.Clone(upgrade), say{s, "\x81\x030{}"}, say{c, "\x81\x0d420[\"hello\"] "}, say{s, "\x81\x012"})
	polling := []say{{c, "POST /socket.io/?transport=polling HTTP/1.1\r\nContent-Length: 4\r\n\r\n40\x1e3"},
		{s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}}
	var got []string
	for _, p := range append(talk(t, frames...).SocketIO, talk(t, polling...).SocketIO...) {
		got = append(got, fmt.Sprintf("%d %c%c %s", p.Packet, p.Engine, max(p.Socket, '-'), p.Data))
	}
	want := `4 42 0["hello"] |3 0- {}|5 2- |1 40 |1 3- `
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
}

// clientHello is one for "localhost" with TLS 1.3, 1.2 and h2.
func clientHello() string {
	extensions := unhex("0000 000e 000c 00 0009 6c6f63616c686f7374 0010 0005 0003 02 6832 002b 0005 04 0304 0303")
	body := unhex("0303") + strings.Repeat("r", 32) + unhex("02 abcd 0002 1301 01 00") +
		unhex(fmt.Sprintf("%04x", len(extensions))) + extensions
	message := unhex(fmt.Sprintf("01 %06x", len(body))) + body
	return unhex(fmt.Sprintf("16 0301 %04x", len(message))) + message
}

func TestTLS(t *testing.T) {
	hello := clientHello()
	serverHello := unhex("16 0303 002e 02 00002a 0303") + strings.Repeat("s", 32) + unhex("00 1301 00")
	serverHello = serverHello[:4] + "\x2a\x02\x00\x00\x26" + serverHello[9:]
	talk := talk(t, say{c, hello[:20]}, say{c, hello[20:]}, say{s, serverHello + unhex("150303 0002 0228")},
		say{c, unhex("140303 0001 01 160303 0004 01020304 150303 0002 0100")})
	h := talk.TLS[c].Hello
	if h == nil || h.ServerName != "localhost" || !slices.Equal(h.ALPN, []string{"h2"}) || h.Version() != TLS13 ||
		h.Packet != 2 || string(h.Session) != "\xab\xcd" || len(h.Random) != 32 {
		t.Fatalf("%+v", h)
	}
	if a := talk.TLS[s].Alerts; len(a) != 1 || !a[0].Fatal || a[0].Code != 40 || len(talk.TLS[c].Alerts) != 0 {
		t.Errorf("alerts: %+v", a)
	}
	if n := len(talk.TLS[c].Handshakes); n != 1 || len(talk.TLS[c].Records) != 4 || talk.Resumed() {
		t.Errorf("%d handshakes in the clear, %d records", n, len(talk.TLS[c].Records))
	}
	if h := talk.TLS[s].Hello; h == nil || h.Version() != TLS12 {
		t.Errorf("the server's: %+v", h)
	}
}

func TestHTTP2AndDNS(t *testing.T) {
	both := talk(t, say{c, preface + unhex("000000 04 00 00000000")}, say{s, unhex("000001 00 01 00000003 ff 0000")})
	if f := both.HTTP2; len(f[0]) != 1 || f[0][0].Type != FrameSETTINGS || len(f[1]) != 1 || f[1][0].Stream != 3 {
		t.Errorf("%+v", f)
	}
	query := unhex("0001 0100 0001 0000 0000 0000 01 61 00 0001 0001")
	dns := talk(t, say{c, unhex(fmt.Sprintf("%04x", len(query))) + query}).DNS
	if len(dns) != 1 || dns[0].ID != 1 || dns[0].Questions[0].Name.String() != "a." {
		t.Errorf("%+v", dns)
	}
}

func TestEventsOfAStream(t *testing.T) {
	body := "retry: 1\n\nid: 1\ndata: a\n\n: still here\n\ndata: b\n\n"
	m := talk(t, say{c, "GET /e HTTP/1.1\r\n\r\n"}, say{s, fmt.Sprintf("HTTP/1.1 200 OK\r\n"+
		"Content-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s", len(body), body)}).HTTP[1]
	if m.Events() != 2 {
		t.Errorf("%d events", m.Events())
	}
}

// What a stranger may send to make this slow or large.
func TestStrangersAreHeldInBounds(t *testing.T) {
	many := func(from trace.Side, unit string, first ...say) []say {
		packet := strings.Repeat(unit, 60_000/len(unit))
		for range 150 { // 9 MB
			first = append(first, say{from, packet})
		}
		return first
	}
	for name, list := range map[string][]say{
		"records of no bytes":   many(c, "\x16\x03\x03\x00\x00"),
		"frames of two bytes":   many(c, "\x81\x00", upgrade...),
		"requests of few bytes": many(c, "GET / HTTP/1.1\r\n\r\n"),
		"heads that never end":  many(c, "GET / HTTP/1.1\r\nA: b\r\n"),
		"starts of heads":       many(c, "GET / HTTP/1.1 \r\n"),
		"chunks of a byte": many(s, "1\r\na\r\n", say{c, "GET / HTTP/1.1\r\n\r\n"},
			say{s, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}),
		"frames of HTTP/2": many(c, "\x00\x00\x00\x04\x00\x00\x00\x00\x00", say{c, preface}),
		"fields of HTTP/2": many(c, frame2(1, 4, 1, strings.Repeat("\xbe", 5000)),
			say{c, begun + frame2(1, 4, 1, "\x40\x01a\x7f\xa1\x1e"+strings.Repeat("b", 4000)+"\xbe")}),
		"header blocks that never end": many(c, frame2(9, 0, 1, strings.Repeat("\x82", 5000)),
			say{c, begun + frame2(1, 0, 1, "")}),
		"messages of DNS": many(c, unhex("0011 0001 0100 0001 0000 0000 0000 00 0001 0001")),
		"packets of Socket.IO": many(c, "2\x1e",
			say{c, "POST /socket.io/?transport=polling HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"}),
		"a handshake that never ends": many(c, "\x16\x03\x03\x00\x04\x01\xff\xff\xff"),
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := trace.Read(context.Background(), capture(list))
			if err != nil {
				t.Fatal(err)
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			talk := Of(tr.Streams[0])
			took := time.Since(start)
			runtime.GC()
			runtime.ReadMemStats(&after)
			kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
			t.Logf("%v, %d MB kept, %d MB in all", took, kept>>20, (after.TotalAlloc-before.TotalAlloc)>>20)
			if took > time.Minute || kept > 100<<20 || talk.items > maxItems {
				t.Errorf("%v, %d MB, %d items", took, kept>>20, talk.items)
			}
			runtime.KeepAlive(talk)
		})
	}
}

func FuzzOf(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"),
		[]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"), 5)
	f.Add([]byte(upgrade[0].data+"\x81\x80abcd"), []byte(upgrade[1].data+"\x88\x02\x03\xe8"), 70)
	f.Add([]byte(clientHello()), []byte("\x16\x03\x03\x00\x04\x02\x00\x00\x00"), 9)
	f.Add([]byte(preface+"\x00\x00\x00\x04\x00\x00\x00\x00\x00"), []byte("\x00\x00\x00\x04\x00\x00\x00\x00\x00"), 30)
	f.Fuzz(func(t *testing.T, client, server []byte, cut int) {
		var list []say
		for side, data := range [][]byte{client, server} {
			data = data[:min(len(data), 50_000)]
			at := min(max(cut, 1), len(data))
			for _, part := range [][]byte{data[:at], data[at:]} {
				if len(part) > 0 {
					list = append(list, say{trace.Side(side), string(part)})
				}
			}
		}
		if len(list) == 0 {
			return
		}
		talk := talk(t, list...)
		for _, m := range talk.HTTP {
			if m.From >= m.To || m.Packet == 0 || len(m.Body) > len(client)+len(server) {
				t.Errorf("%+v", m)
			}
			m.Events()
		}
		for side, frames := range talk.WebSocket {
			for _, frame := range frames {
				data := [][]byte{client, server}[side]
				if int64(len(data)) < frame.To || !bytes.Contains(data, frame.Raw) {
					t.Errorf("%+v", frame)
				}
				frame.CloseCode()
			}
		}
		talk.Resumed()
	})
}
