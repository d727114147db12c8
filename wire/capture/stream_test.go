package capture

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"pollwire/wire/pcapng"
)

// RFC 1071 §3 has this example.
func TestRFC1071Sum(t *testing.T) {
	if got := fold(sum(0, []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7})); got != ^uint16(0xddf2) {
		t.Errorf("the checksum is %x, want %x", got, ^uint16(0xddf2))
	}
	full := bytes.Repeat([]byte{0xff}, 8)
	for _, b := range [][]byte{nil, {1}, {1, 2, 3}, full, append(full, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		bytes.Repeat(full, 100)} {
		if got, due := fold(sum(0, b)), ^sumOf(b); got != due && got != ^due {
			t.Errorf("the checksum of %d bytes is %x, want %x", len(b), got, due)
		}
	}
}

// file is a whole file with these blocks.
func file(blocks ...[]byte) []byte {
	f := appendHeader(nil, Info{Application: "test", Interface: "lo", Comment: "a comment"})
	for i, b := range blocks {
		pcapng.Stamp(b, int64(i+1)*1_000_000_000)
		f = append(f, b...)
	}
	return f
}

func TestStreams(t *testing.T) {
	for _, address := range []string{"192.0.2.1", "2001:db8::1"} {
		for _, n := range []int{1, 1439, 1440, 1441, 1459, 1460, 1461, 2920, 2921, 100_000} {
			for _, first := range []uint32{0, 1<<32 - 1, 1<<32 - 1000} { // RFC 9293 §3.4: numbers wrap around
				t.Run(fmt.Sprint(address, " ", n, " bytes from ", first), func(t *testing.T) {
					a := netip.MustParseAddr(address)
					s := newStream(netip.AddrPortFrom(a, 50000), netip.AddrPortFrom(a, 80))
					s.client.next, s.server.next = first, first+7
					text := bytes.Repeat([]byte("0123456789"), n/10+1)[:n]
					blocks := s.open(nil)
					blocks = s.data(blocks, &s.client, &s.server, []byte("GET"), nil)
					blocks = s.data(blocks, &s.server, &s.client, text, []string{"an answer", "of many bytes"})
					_, before := parse(t, file(bytes.Clone(blocks)))
					follow(t, before) // all is acknowledged already
					blocks = s.finish(blocks, seen, &s.server, &s.client, nil)
					blocks = s.finish(blocks, seen, &s.server, &s.client, nil) // once is enough
					blocks = s.finish(blocks, seen, &s.client, &s.server, nil)
					_, packets := parse(t, file(blocks))
					c := follow(t, packets)[s.client.addr]
					if got := c.server.text.Bytes(); !bytes.Equal(got, text) || c.client.text.String() != "GET" {
						t.Errorf("%d bytes, want %d; the client sent %q", len(got), n, &c.client.text)
					}
					if !c.client.fin || !c.server.fin {
						t.Errorf("FIN of the client: %v, of the server: %v", c.client.fin, c.server.fin)
					}
					if got := about(packets); got != "an answer\nof many bytes" {
						t.Errorf("comments %q", got)
					}
					counted := newStream(s.client.addr, s.server.addr)
					counted.dry, counted.client.next, counted.server.next = true, first, first+7
					if b := counted.data(counted.open(nil), &counted.server, &counted.client, text, nil); b != nil {
						t.Error("packets, though nobody wants them")
					}
					counted.data(nil, &counted.client, &counted.server, []byte("GET"), nil)
					counted.finish(nil, seen, &counted.client, &counted.server, nil)
					counted.finish(nil, seen, &counted.server, &counted.client, nil)
					if counted.client != s.client || counted.server.next != s.server.next {
						t.Errorf("the sides are %+v and %+v, unseen %+v and %+v", s.client, s.server, counted.client, counted.server)
					}
				})
			}
		}
	}
}

func TestReset(t *testing.T) {
	s := newStream(netip.MustParseAddrPort("192.0.2.1:5000"), netip.MustParseAddrPort("192.0.2.2:80"))
	_, packets := parse(t, file(s.abort(s.open(nil), &s.client, &s.server)))
	if c := follow(t, packets)[s.client.addr]; !c.client.rst || c.server.rst {
		t.Errorf("reset by the client: %v, by the server: %v", c.client.rst, c.server.rst)
	}
}

func TestDatagrams(t *testing.T) {
	for _, tt := range []struct{ from, to string }{{"192.0.2.1:5000", "192.0.2.2:53"},
		{"[2001:db8::1]:5000", "[2001:db8::2]:53"}} {
		for _, n := range []int{0, 1, 2, 3, 1000, 65_507 - 40} {
			from, to := netip.MustParseAddrPort(tt.from), netip.MustParseAddrPort(tt.to)
			_, packets := parse(t, file(appendDatagram(nil, from, to, 7, make([]byte, n), []string{"a ping"})))
			if p := packets[0]; !p.udp || p.from != from || p.to != to || len(p.payload) != n || len(p.comments) != 1 {
				t.Errorf("%d bytes: %+v", n, p)
			}
		}
	}
	// RFC 768: a checksum of 0 is written as ffff. These two bytes make it 0.
	from, to := netip.MustParseAddrPort("192.0.2.1:5000"), netip.MustParseAddrPort("192.0.2.2:53")
	b := appendDatagram(nil, from, to, 0, []byte{0, 0}, nil)
	b = appendDatagram(nil, from, to, 0, b[pcapng.PacketHead+26:pcapng.PacketHead+28], nil)
	if c := b[pcapng.PacketHead+26 : pcapng.PacketHead+28]; c[0] != 0xff || c[1] != 0xff {
		t.Errorf("checksum % x, want ff ff", c)
	}
}

func TestTheHeader(t *testing.T) {
	long := strings.Repeat("ü", 40_000) // more than an option holds
	for _, comment := range []string{"x", "xy", "xyz", "four", "\xff", long} {
		header, packets := parse(t, appendHeader(nil, Info{Application: "app 1.0", Interface: "lo", Description: "all of it",
			Comment: comment}))
		if len(packets) != 0 || len(header) != 8 || header[1] != "app 1.0" || header[2] != "lo" || header[3] != "all of it" ||
			header[4] != "\x09" || header[5] != "rebuilt" || header[7] != "\x09" {
			t.Fatalf("%d packets, header %.100q", len(packets), header)
		}
		if got := header[0]; !strings.HasPrefix(strings.ToValidUTF8(comment, "?"), strings.TrimSuffix(got, "?")) ||
			!utf8.ValidString(got) {
			t.Errorf("comment %.40q, want %.40q", got, comment)
		}
	}
	if got := New(Info{}).info.Comment; !strings.Contains(got, "rebuilt") {
		t.Errorf("a file says of itself %q, want that headers are rebuilt", got)
	}
}

func TestTimesRise(t *testing.T) {
	r := New(Info{})
	a := netip.MustParseAddrPort("192.0.2.1:5000")
	r.last = 1 << 62 // the clock has been set back by a century
	one := appendDatagram(nil, a, a, 0, nil, nil)
	two := append(appendDatagram(nil, a, a, 0, nil, nil), appendDatagram(nil, a, a, 0, nil, nil)...)
	r.publish(two)
	r.publish(one)
	_, packets := parse(t, append(appendHeader(nil, Info{}), append(two, one...)...))
	if packets[0].at != 1<<62+1 || packets[2].at != 1<<62+3 {
		t.Errorf("times %d and %d", packets[0].at, packets[2].at)
	}
}
