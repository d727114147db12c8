package trace

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/lab/dissect"
	"pollwire/lab/pcap"
	"pollwire/wire/pcapng"
)

// tape writes a capture of IPv4 packets, a millisecond apart.
type tape struct {
	file []byte
	n    int64
}

func newTape() *tape {
	return &tape{file: pcapng.AppendInterface(pcapng.AppendSection(nil, "", ""), pcapng.Raw, "t", "")}
}

func (t *tape) packet(data []byte) {
	start := len(t.file)
	t.file = pcapng.EndPacket(append(pcapng.BeginPacket(t.file, 0, len(data)), data...), start, nil)
	t.n++
	pcapng.Stamp(t.file[start:], 1e18+t.n*int64(time.Millisecond))
}

// ip makes a datagram of 10.0.0.from to 10.0.0.to.
func ip(from, to byte, protocol byte, id uint16, flags uint16, payload []byte) []byte {
	b := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, from, 10, 0, 0, to}
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], flags)
	return append(b, payload...)
}

// seg is a segment; from and to are ports as well as hosts.
type seg struct {
	from, to byte
	seq, ack uint32
	flags    uint16
	window   uint16
	data     string
}

func (s seg) bytes() []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(s.from))
	b = binary.BigEndian.AppendUint16(b, uint16(s.to))
	b = binary.BigEndian.AppendUint32(b, s.seq)
	b = binary.BigEndian.AppendUint32(b, s.ack)
	b = binary.BigEndian.AppendUint16(b, 5<<12|s.flags)
	b = binary.BigEndian.AppendUint16(b, s.window)
	return append(append(b, 0, 0, 0, 0), s.data...)
}

func (t *tape) tcp(list ...seg) *tape {
	for _, s := range list {
		t.packet(ip(s.from, s.to, 6, 0, 0, s.bytes()))
	}
	return t
}

func (t *tape) read(tb testing.TB) *Trace {
	tb.Helper()
	tr, err := Read(context.Background(), t.file)
	if err != nil {
		tb.Fatal(err)
	}
	return tr
}

// sent is what a side sent, chunk by chunk, with the packet of each byte.
func sent(s *Stream, side Side) string {
	var b strings.Builder
	pieces := s.Sent(side)
	for _, c := range pieces.Chunks() {
		fmt.Fprintf(&b, "%d:%s ", c.From, c.Data)
		for i := range c.Data {
			place, _ := pieces.At(c.From + int64(i))
			fmt.Fprint(&b, place.Packet, ",")
		}
		b.WriteString(" ")
	}
	return strings.TrimSuffix(b.String(), ", ")
}

const (
	syn = dissect.SYN
	ack = dissect.ACK
	fin = dissect.FIN
	rst = dissect.RST
)

func TestStreamsArePutTogether(t *testing.T) {
	d := func(seq uint32, data string) seg { return seg{1, 80, seq, 500, ack, 9, data} }
	open := []seg{{1, 80, 99, 0, syn, 9, ""}, {80, 1, 499, 100, syn | ack, 9, ""}, {1, 80, 100, 500, ack, 9, ""}}
	for name, of := range map[string]struct {
		list []seg
		want string
	}{
		"in order":     {append(open, d(100, "ab"), d(102, "cd")), "0:abcd 4,4,5,5"},
		"out of order": {append(open, d(102, "cd"), d(100, "ab")), "0:abcd 5,5,4,4"},
		"sent twice":   {append(open, d(100, "ab"), d(100, "XYcd")), "0:abcd 4,4,5,5"},
		"the first to come counts": {append(open, d(102, "cd"), d(100, "abXYef")),
			"0:abcdef 5,5,4,4,5,5"},
		"a gap":      {append(open, d(100, "ab"), d(104, "ef")), "0:ab 4,4, 4:ef 5,5"},
		"in a SYN":   {[]seg{{1, 80, 99, 0, syn, 9, "ab"}, d(102, "cd")}, "0:abcd 1,1,2,2"},
		"the middle": {[]seg{d(700, "cd"), d(702, "ef")}, "0:cdef 1,1,2,2"},
		"before it":  {[]seg{d(702, "ef"), d(700, "cd")}, "-2:cdef 2,2,1,1"},
		"wrap-around": {[]seg{{1, 80, 1<<32 - 3, 0, syn, 9, ""}, d(0, "cd"), d(1<<32-2, "ab")},
			"0:abcd 3,3,2,2"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := newTape().tcp(of.list...).read(t)
			side := tr.Packets[0].Side
			if got := sent(tr.Streams[0], side); got != of.want || len(tr.Streams) != 1 {
				t.Errorf("%d streams, %q, want %q", len(tr.Streams), got, of.want)
			}
		})
	}
}

// Random cuts of a text, sent in any order and over each other, are the text again.
func TestAnyOrderGivesTheSame(t *testing.T) {
	text := strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz", 30)
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		isn := uint32(r.Uint64())
		list := []seg{{1, 80, isn, 0, syn, 9, ""}}
		var cuts []seg
		for at := 0; at < len(text); {
			n := min(1+r.IntN(40), len(text)-at)
			from := max(0, at-r.IntN(30))
			cuts = append(cuts, seg{1, 80, isn + 1 + uint32(from), 0, ack, 9, text[from : at+n]})
			at += n
		}
		r.Shuffle(len(cuts), func(i, j int) { cuts[i], cuts[j] = cuts[j], cuts[i] })
		s := newTape().tcp(append(list, cuts...)...).read(t).Streams[0].Sent(Client)
		if chunks := s.Chunks(); len(chunks) != 1 || string(chunks[0].Data) != text {
			t.Fatalf("seed %d: %d chunks", seed, len(chunks))
		}
		for i, p := range s {
			if i > 0 && s[i-1].To != p.From || p.From < p.Packet.Offset {
				t.Fatalf("seed %d: %v", seed, p)
			}
		}
	}
}

func TestWhatSegmentsAre(t *testing.T) {
	list := []seg{{1, 80, 99, 0, syn, 9, ""}, {80, 1, 499, 100, syn | ack, 9, ""}, {1, 80, 100, 500, ack, 9, ""},
		{1, 80, 100, 500, ack, 9, "abcd"}, {1, 80, 108, 500, ack, 9, "ijkl"}, {80, 1, 500, 104, ack, 9, ""},
		{80, 1, 500, 104, ack, 9, ""}, {80, 1, 500, 104, ack, 9, ""}, {1, 80, 104, 500, ack, 9, "efgh"},
		{80, 1, 500, 112, ack, 0, ""}, {1, 80, 112, 500, ack, 9, "m"}, {80, 1, 500, 112, ack, 0, ""},
		{80, 1, 500, 112, ack, 9, ""}, {1, 80, 100, 500, ack, 9, "abcd"}, {1, 80, 111, 500, ack, 9, ""},
		{80, 1, 500, 112, ack, 9, ""}, {80, 1, 500, 600, ack, 9, ""}, {1, 80, 5000, 0, syn, 9, ""}}
	want := strings.Split(",,,,lost_segment,,duplicate_ack,duplicate_ack,retransmission fast_retransmission,zero_window,"+
		"zero_window_probe,zero_window zero_window_probe_ack,window_update,retransmission spurious_retransmission,"+
		"keep_alive,keep_alive_ack,ack_lost_segment,reused_ports", ",")
	tr := newTape().tcp(list...).read(t)
	for i, p := range tr.Packets {
		if p.Analysis.String() != want[i] {
			t.Errorf("packet %d is %q, want %q", i+1, p.Analysis, want[i])
		}
	}
	s := tr.Streams[0]
	if rtt, ok := s.RTT(); rtt != 2*time.Millisecond || !ok || len(tr.Streams) != 2 {
		t.Errorf("RTT %v, %d streams", rtt, len(tr.Streams))
	}
	if isn, ok := s.Initial(Server); isn != 499 || !ok || s.Relative(Client, 104) != 5 {
		t.Errorf("the server's first number is %d", isn)
	}
	if place, ok := s.Sent(Client).At(4); place != (Place{9, 40}) || !ok {
		t.Errorf("the fifth byte is at %v", place)
	}
	if s.Sent(Client).Complete(0, 12) != 9 || !slices.Equal(s.Sent(Client).PacketsOf(0, 9), []int{4, 9, 5}) {
		t.Error(s.Sent(Client).PacketsOf(0, 9))
	}
}

func TestFragmentsArePutTogether(t *testing.T) {
	udp := append([]byte{0, 7, 0, 7, 0, 40, 0, 0}, "0123456789abcdefghijklmnopqrstuv"...)
	parts := [][]byte{ip(1, 2, 17, 5, 0x2000, udp[:16]), ip(1, 2, 17, 5, 0x2002, udp[16:32]), ip(1, 2, 17, 5, 4, udp[32:])}
	overlap := ip(1, 2, 17, 5, 0x2001, []byte("XXXXXXXXXXXXXXXX"))
	other := ip(1, 2, 17, 6, 0x2002, udp[16:32])
	for _, order := range [][][]byte{parts, {parts[2], parts[1], parts[0]},
		{parts[0], parts[2], parts[0], other, parts[1]},
		{parts[0], overlap[:0:0], parts[1], parts[2]}} {
		tp := newTape()
		for _, p := range order {
			if len(p) > 0 {
				tp.packet(p)
			}
		}
		tr := tp.read(t)
		last := tr.Packets[len(tr.Packets)-1]
		u, ok := dissect.Find[*dissect.UDP](last.Layers())
		if !ok || string(last.Datagram.Payload[u.Body:u.To]) != "0123456789abcdefghijklmnopqrstuv" {
			t.Fatalf("%+v", last.Datagram)
		}
		for i := range tr.Packets[:len(tr.Packets)-1] {
			if tr.Packets[i].Datagram != nil {
				t.Error("a datagram before its last fragment")
			}
		}
	}
	tp := newTape()
	for _, p := range [][]byte{parts[0], overlap, parts[1], parts[2]} {
		tp.packet(p)
	}
	last := tp.read(t).Packets[3]
	if string(last.Datagram.Payload) != string(udp[:16])+"XXXXXXXX"+string(udp[24:]) {
		t.Errorf("what came first must stay: %q", last.Datagram.Payload)
	}
	if n, ok := last.Datagram.PacketOf(20); n != 2 || !ok {
		t.Errorf("byte 20 came in %d", n)
	}
}

// 300,000 streams of a packet each, the worst there can be: the time and the memory of it.
func TestManyTinyStreams(t *testing.T) {
	tp := newTape()
	for i := range pcap.MaxPackets {
		s := seg{1, 80, uint32(i), 0, syn, 9, ""}.bytes()
		binary.BigEndian.PutUint16(s, uint16(i))
		d := ip(byte(i>>16), 80, 6, 0, 0, s)
		tp.packet(d)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	tr := tp.read(t)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	t.Logf("%d streams in %v, %d MB, %d MB in all", len(tr.Streams), took, (after.HeapAlloc-before.HeapAlloc)>>20,
		(after.TotalAlloc-before.TotalAlloc)>>20)
	if len(tr.Streams) != pcap.MaxPackets {
		t.Errorf("%d streams", len(tr.Streams))
	}
	if limit := time.Minute; took > limit {
		t.Errorf("%v", took)
	}
}

func TestItEndsWhenItIsTold(t *testing.T) {
	tp := newTape()
	for range 3000 {
		tp.tcp(seg{1, 80, 0, 0, ack, 9, "a"})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, tp.file); err != context.Canceled {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	tp := newTape().tcp(seg{1, 80, 99, 0, syn, 9, ""}, seg{80, 1, 499, 100, syn | ack, 9, ""},
		seg{1, 80, 100, 500, ack, 9, "hello"}, seg{1, 80, 102, 500, ack | fin, 9, "hello"}, seg{80, 1, 500, 0, rst, 0, ""})
	tp.packet(ip(1, 2, 17, 5, 0x2000, make([]byte, 16)))
	tp.packet(ip(1, 2, 17, 5, 2, make([]byte, 9)))
	f.Add(tp.file)
	f.Fuzz(func(t *testing.T, file []byte) {
		tr, _ := Read(context.Background(), file)
		for i := range tr.Packets {
			tr.Packets[i].Layers()
		}
		size := 0
		for _, s := range tr.Streams {
			for _, side := range []Side{Client, Server} {
				pieces := s.Sent(side)
				for _, c := range pieces.Chunks() {
					size += len(c.Data)
					if _, ok := pieces.At(c.From); !ok {
						t.Error("a byte that nobody brought")
					}
				}
			}
		}
		if size > len(file) {
			t.Errorf("%d bytes of streams in a file of %d", size, len(file))
		}
	})
}
