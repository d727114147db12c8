package rdt

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const (
	oneWay = 20 * time.Millisecond
	wait   = 300 * time.Millisecond
)

func someData(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

func TestThePacketIsAsItsPictureSays(t *testing.T) {
	p := Packet{Type: Data, Variant: GoBackN, Number: 0x1234, Window: 4, Last: true, Data: []byte("abc")}
	b := p.Append([]byte("x"))[1:]
	if got, want := hex.EncodeToString(b), "5244"+"01"+"02"+"1234"+"04"+"01"+"0003"+"d21e"+"616263"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if back, err := Parse(b); err != nil || fmt.Sprint(back) != fmt.Sprint(p) {
		t.Errorf("%v, %v", back, err)
	}
	for bit := range 8 * len(b) { // RFC 1071 notices each single bit
		broken := bytes.Clone(b)
		broken[bit/8] ^= 1 << (bit % 8)
		if _, err := Parse(broken); err == nil {
			t.Errorf("bit %d is wrong and nobody notices", bit)
		}
	}
	for i := range len(b) {
		if _, err := Parse(b[:i]); err == nil {
			t.Errorf("%d bytes of %d are taken", i, len(b))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Packet{Type: Data, Variant: StopAndWait, Number: 1, Window: 1, Data: []byte("a")}.Append(nil))
	f.Add(Packet{Type: ACK, Variant: SelectiveRepeat, Number: 65535, Window: 255}.Append(nil))
	f.Add([]byte("RD"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err == nil && !bytes.Equal(p.Append(nil), b) {
			// 0 and ffff are the same sum in ones' complement: there is one more way to write it.
			b[10], b[11] = 0, 0
			if c := p.Append(nil); !bytes.Equal(append(c[:10:10], 0, 0), b[:12]) || !bytes.Equal(c[12:], b[12:]) {
				t.Errorf("%x is read as %+v, which is written as %x", b, p, p.Append(nil))
			}
		}
	})
}

// path is a channel that does what it likes, seeded.
type path struct {
	rand                        *rand.Rand
	loss, double, broken, later float64
}

func (c *path) channel(_ Way, b []byte, _ int) (all []Arrival) {
	if c.rand.Float64() < c.loss {
		return nil
	}
	for n := 0; n == 0 || n == 1 && c.rand.Float64() < c.double; n++ {
		a := Arrival{oneWay, bytes.Clone(b)}
		if c.rand.Float64() < c.later {
			a.After += time.Duration(c.rand.Int64N(int64(2 * wait)))
		}
		if c.rand.Float64() < c.broken {
			a.Bytes[c.rand.IntN(len(b))] ^= 1 << c.rand.IntN(8)
		}
		all = append(all, a)
	}
	return all
}

// configs are all that are tried: each protocol, from the smallest window on, with numbers that begin again at 0, and
// where packets keep their order with as few numbers as the protocol can do with.
func configs(inOrder bool) (all []Config) {
	for _, v := range []Variant{StopAndWait, GoBackN, SelectiveRepeat} {
		for _, n := range []int{1, 2, 3, 4, 7, 16} {
			if v == StopAndWait && n > 1 {
				continue
			}
			c := Config{Variant: v, Window: n, Timeout: wait, Chunk: 3, First: 65530}
			if inOrder {
				c.Space, c.First = n+1, 0
				if v == SelectiveRepeat {
					c.Space = 2 * n
				}
			}
			all = append(all, c)
		}
	}
	return all
}

func TestEveryByteArrivesInOrder(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 1))
		data := someData(r.IntN(120))
		for _, inOrder := range []bool{false, true} {
			for _, c := range configs(inOrder) {
				ch := &path{rand: r, loss: r.Float64() / 2, double: r.Float64() / 2, broken: r.Float64() / 5,
					later: r.Float64() / 2}
				if inOrder {
					ch.later = 0
				}
				out, err := Simulate(c, data, ch.channel)
				if err != nil || !bytes.Equal(out.Data, data) {
					t.Fatalf("seed %d, %+v over %+v: %v, %d bytes of %d came", seed, c, ch, err, len(out.Data), len(data))
				}
			}
		}
	}
}

// The dilemma of the book: with fewer numbers than twice the window, all ACKs of a window lost, the receiver takes the
// first packet for the fifth.
func TestTooFewNumbersAreRefusedForAReason(t *testing.T) {
	c := Config{Variant: SelectiveRepeat, Window: 3, Timeout: wait, Chunk: 1, Space: 5}
	if _, err := NewSender(c, nil); !errors.Is(err, ErrConfig) {
		t.Errorf("a window of 3 in 5 numbers: %v", err)
	}
	c.Space = 6
	r, err := NewReceiver(c)
	if err != nil {
		t.Fatal(err)
	}
	r.Space = 4 // as if nobody had looked
	for n, b := range []byte("abc") {
		r.Hear(Packet{Type: Data, Variant: SelectiveRepeat, Number: uint16(n), Data: []byte{b}})
	}
	r.Hear(Packet{Type: Data, Variant: SelectiveRepeat, Number: 3, Data: []byte("d")})
	r.Hear(Packet{Type: Data, Variant: SelectiveRepeat, Number: 0, Data: []byte("a")}) // again
	if data, _ := r.Delivered(); string(data) != "abcda" {
		t.Errorf("%q: that the numbers are too few would do no harm", data)
	}
}

func TestConfigsThatCanNotWork(t *testing.T) {
	for _, c := range []Config{{}, {Variant: 1, Timeout: 1, Chunk: 1, First: 2, Space: 2},
		{Variant: GoBackN, Window: 256, Timeout: 1, Chunk: 1}, {Variant: GoBackN, Window: 4, Timeout: 1, Chunk: 1, Space: 4},
		{Variant: GoBackN, Window: 4, Timeout: 1, Chunk: 1025}, {Variant: 4, Window: 4, Timeout: 1, Chunk: 1},
		{Variant: SelectiveRepeat, Window: 4, Chunk: 1}, {Variant: StopAndWait, Timeout: 1, Chunk: 1, Space: 1 << 17}} {
		if _, err := NewReceiver(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
		if _, err := Simulate(c, nil, nil); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// lost loses what is named: "1" is the first packet with the number 1, "1 1" also the second one.
func lost(forth, back string) func(way Way, number uint32, nth int) bool {
	return func(way Way, number uint32, nth int) bool {
		count := 0
		for _, f := range bytes.Fields([]byte([]string{forth, back}[way])) {
			if string(f) == fmt.Sprint(number) {
				count++
			}
		}
		return nth <= count
	}
}

func lossy(lose func(Way, uint32, int) bool) Channel {
	return func(way Way, b []byte, nth int) []Arrival {
		if n, _ := Number(b); lose(way, n, nth) {
			return nil
		}
		return []Arrival{{oneWay, b}}
	}
}

// The pictures of the book, with what each of them costs.
func TestThePicturesOfTheBook(t *testing.T) {
	const rtt = 2 * oneWay
	for _, c := range []struct {
		name, forth, back string
		variant           Variant
		sent              Sent
		got               Got
		took              time.Duration
	}{
		{"stop-and-wait, nothing lost", "", "", StopAndWait, Sent{Packets: 6, ACKs: 6}, Got{Packets: 6, ACKs: 6}, 6 * rtt},
		{"stop-and-wait, a packet lost", "2", "", StopAndWait, Sent{Packets: 7, Again: 1, Timeouts: 1, ACKs: 6},
			Got{Packets: 6, ACKs: 6}, 6*rtt + wait},
		{"stop-and-wait, an ACK lost", "", "2", StopAndWait, Sent{Packets: 7, Again: 1, Timeouts: 1, ACKs: 6},
			Got{Packets: 7, Duplicates: 1, ACKs: 7}, 6*rtt + wait},
		// 0 to 3 leave at once, 4 and 5 with the ACKs of 0 and 1; 3, 4 and 5 come behind the gap.
		{"Go-Back-N, packet 2 lost", "2", "", GoBackN, Sent{Packets: 10, Again: 4, Timeouts: 1, ACKs: 9, Useless: 3},
			Got{Packets: 9, Discarded: 3, ACKs: 9}, rtt + wait + rtt},
		{"Go-Back-N, an ACK lost", "", "2", GoBackN, Sent{Packets: 6, ACKs: 5}, Got{Packets: 6, ACKs: 6}, 2 * rtt},
		{"selective repeat, packet 2 lost", "2", "", SelectiveRepeat, Sent{Packets: 7, Again: 1, Timeouts: 1, ACKs: 6},
			Got{Packets: 6, ACKs: 6}, wait + rtt},
		{"selective repeat, an ACK lost", "", "2", SelectiveRepeat, Sent{Packets: 7, Again: 1, Timeouts: 1, ACKs: 6},
			Got{Packets: 7, Duplicates: 1, ACKs: 7}, wait + rtt},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := Simulate(Config{Variant: c.variant, Window: 4, Timeout: wait, Chunk: 1}, someData(6),
				lossy(lost(c.forth, c.back)))
			if err != nil || out.Sent != c.sent || out.Got != c.got || out.Took != c.took {
				t.Errorf("%v\n%+v %+v %v, want\n%+v %+v %v", err, out.Sent, out.Got, out.Took, c.sent, c.got, c.took)
			}
		})
	}
}

func TestATransferThatCanNotEnd(t *testing.T) {
	never := func(Way, []byte, int) []Arrival { return nil }
	if _, err := Simulate(Config{Variant: GoBackN, Window: 4, Timeout: wait, Chunk: 1}, nil, never); err != ErrEndless {
		t.Error(err)
	}
}

// transfer is one between Send and Receive, over two wires, in virtual time.
func transfer(t *testing.T, c Config, data []byte, lose func(Way, uint32, int) bool) (out Outcome) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var toWire, toSide [2]chan []byte
		for way := range toWire {
			toWire[way], toSide[way] = make(chan []byte, 1000), make(chan []byte, 1000)
			w := Wire{Delay: oneWay, Lose: func(n uint32, _, nth int) bool {
				if lose(Way(way), n, nth) {
					out.Lost[way]++
					return true
				}
				return false
			}}
			go w.Run(ctx, toWire[way], func(b []byte) error { toSide[way] <- b; return nil })
		}
		into := func(ch chan []byte) func([]byte) error { return func(b []byte) error { ch <- b; return nil } }
		received := make(chan error, 1)
		go func() {
			var err error
			out.Data, out.Got, err = Receive(ctx, Link{into(toWire[Back]), toSide[Forth]}, c)
			received <- err
		}()
		begun := time.Now()
		var err error
		out.Sent, err = Send(ctx, Link{into(toWire[Forth]), toSide[Back]}, c, data)
		out.Took = time.Since(begun)
		time.Sleep(2*oneWay + 1) // what is under way
		cancel()
		if err := errors.Join(err, <-received); err != nil {
			t.Error(err)
		}
	})
	return out
}

// What is computed without a network is what a real transfer does, to the last packet and the last millisecond.
func TestATransferIsWhatWasComputed(t *testing.T) {
	for seed := range uint64(60) {
		for _, c := range configs(seed%2 == 1) {
			data := someData(40)
			lose := func(way Way, n uint32, nth int) bool {
				return rand.New(rand.NewPCG(seed, uint64(way)<<60+uint64(n)<<20+uint64(nth))).Float64() < 0.3
			}
			want, err := Simulate(c, data, lossy(lose))
			if err != nil {
				t.Fatal(err)
			}
			got := transfer(t, c, data, lose)
			if !bytes.Equal(got.Data, data) || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("seed %d, %+v:\n%+v, computed\n%+v", seed, c, got, want)
			}
		}
	}
}

func TestBothSidesEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*wait-1)
		defer cancel()
		nowhere := Link{func([]byte) error { return nil }, make(chan []byte)}
		c := Config{Variant: GoBackN, Window: 4, Timeout: wait, Chunk: 1}
		sent, err := Send(ctx, nowhere, c, []byte("ab"))
		if !errors.Is(err, context.DeadlineExceeded) || sent.Packets != 400 {
			t.Errorf("%+v, %v", sent, err)
		}
		if data, got, err := Receive(ctx, nowhere, c); err != nil || len(data) > 0 || got != (Got{}) {
			t.Errorf("%q, %+v, %v", data, got, err)
		}
	})
}

func TestForeignPacketsChangeNothing(t *testing.T) {
	c := Config{Variant: SelectiveRepeat, Window: 2, Timeout: wait, Chunk: 1}
	s, _ := NewSender(c, []byte("abc"))
	now := time.Now()
	s.Fill(now)
	r, _ := NewReceiver(c)
	for _, p := range []Packet{{Type: ACK, Variant: GoBackN}, {Type: Data, Variant: SelectiveRepeat},
		{Type: ACK, Variant: SelectiveRepeat, Number: 2}, {Type: ACK, Variant: SelectiveRepeat, Number: 60000}} {
		if out := s.Hear(p, now); len(out) > 0 || s.base > 0 {
			t.Errorf("the sender takes %+v", p)
		}
		if p.Type == ACK || p.Variant != SelectiveRepeat {
			if _, answer := r.Hear(p); answer {
				t.Errorf("the receiver answers %+v", p)
			}
		}
	}
	if _, answer := r.Hear(Packet{Type: Data, Variant: SelectiveRepeat, Number: 2}); answer || r.Discarded != 1 {
		t.Error("the receiver takes what is behind its window")
	}
	if !slices.Equal(r.data, nil) {
		t.Errorf("%q", r.data)
	}
}
