package netbox

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/lab/pcap"
)

// flood sends numbered datagrams from a to b and returns what came, in its order, until nothing does for a while.
func flood(t *testing.T, a, b *Host, count int) (came []string) {
	t.Helper()
	in, err := b.ListenPacket("udp", "10.0.0.2:9")
	must(t, err)
	defer in.Close()
	c, err := a.Dial("udp", "10.0.0.2:9")
	must(t, err)
	defer c.Close()
	for i := range count {
		_, err := fmt.Fprintf(c, "%03d", i+1)
		must(t, err)
		if i == 0 {
			time.Sleep(20 * time.Millisecond) // ARP is asked for the first; the others wait for no answer
		}
	}
	buf := make([]byte, 100)
	for {
		in.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		size, _, err := in.ReadFrom(buf)
		if err != nil {
			return came
		}
		came = append(came, string(buf[:size]))
	}
}

func TestDatagramsAreLostBySeed(t *testing.T) {
	_, a, b, _ := two(t, 5, Forth(Loss(0.2)))
	lost := LostOf(5, "a>b", 0.2, "udp", 100)
	var want []string
	for i := range 100 {
		if !slices.Contains(lost, i+1) {
			want = append(want, fmt.Sprintf("%03d", i+1))
		}
	}
	if slices.Contains(LostOf(5, "a>b", 0.2, "arp", 1), 1) {
		t.Fatal("this seed loses the question for the MAC address: take another one")
	}
	if came := flood(t, a, b, 100); !slices.Equal(came, want) {
		t.Errorf("there came %v, want %v", came, want)
	}
}

// Numbered datagrams are lost by what they are: each flow loses the same, and nothing else is lost.
func TestNumberedDatagramsAreLostByTheirNumber(t *testing.T) {
	number := func(b []byte) (n uint32, ok bool) {
		_, err := fmt.Sscanf(string(b), "%03d", &n)
		return n, err == nil && n%10 != 0 // every tenth is of another protocol
	}
	const seed, part = 5, 0.3
	n, a, b, _ := two(t, seed, LoseNumbered(part, number))
	var want []string
	lost := 0
	for i := range 100 {
		if (i+1)%10 != 0 && LosesNumbered(seed, "a>b", part, uint32(i+1), 3, 1) {
			lost++
			continue
		}
		want = append(want, fmt.Sprintf("%03d", i+1))
	}
	for range 2 {
		if came := flood(t, a, b, 100); !slices.Equal(came, want) {
			t.Errorf("there came %v, want %v", came, want)
		}
	}
	told := func(p *pcap.Packet) bool { return slices.Equal(p.Comments, []string{"a>b: lost"}) }
	all := slices.DeleteFunc(captured(t, n, "a"), func(p *pcap.Packet) bool { return !told(p) })
	if lost < 15 || len(all) != 2*lost {
		t.Errorf("%d frames have a comment that they are lost, want %d", len(all), 2*lost)
	}
}

func TestWhatAWireDoesIsTold(t *testing.T) {
	for name, of := range map[string]struct {
		option  Option
		comment string
		check   func(came []string) bool
	}{
		"doubled": {Double(0.2), "a>b: doubled", func(came []string) bool { return len(came) > 110 && len(came) < 130 }},
		"held up": {Reorder(0.2, 5*time.Millisecond), "a>b: held up for 5ms", func(came []string) bool {
			return len(came) == 100 && !slices.IsSorted(came)
		}},
		"broken": {Break(0.2), "a>b: broken, bit ", func(came []string) bool { return len(came) > 70 && len(came) < 90 }},
		"late": {Jitter(5 * time.Millisecond), "", func(came []string) bool {
			return len(came) == 100 && slices.IsSorted(came)
		}},
		"full": {func(f, b *conditions) { Rate(1e6)(f, b); Queue(10)(f, b) }, "a>b: lost, the queue of 10 frames is full",
			func(came []string) bool { return len(came) > 10 && len(came) < 60 }},
	} {
		t.Run(name, func(t *testing.T) {
			n, a, b, _ := two(t, 3, Delay(time.Millisecond), Forth(of.option))
			if came := flood(t, a, b, 100); !of.check(came) {
				t.Errorf("%d came: %v", len(came), came)
			}
			told := func(p *pcap.Packet) bool { return strings.HasPrefix(strings.Join(p.Comments, ""), of.comment) }
			if all := captured(t, n, "a"); of.comment != "" && !slices.ContainsFunc(all, told) {
				t.Errorf("no packet of %d has the comment %s", len(all), of.comment)
			}
		})
	}
}

func TestALinkGoesDownAndUp(t *testing.T) {
	n, a, b, l := two(t, 1)
	echo(t, b, "10.0.0.2:7")
	c, err := a.Dial("udp", "10.0.0.2:7")
	must(t, err)
	defer c.Close()
	carrier := func() (up bool) {
		must(t, a.In(func() error {
			i, err := net.InterfaceByName("eth0")
			up = err == nil && i.Flags&net.FlagRunning != 0
			return err
		}))
		return up
	}
	if !carrier() {
		t.Error("there is no carrier")
	}
	l.Down()
	if carrier() {
		t.Error("there is a carrier, without a cable")
	}
	c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if answer, _, err := ask(t, c, "hello"); err == nil {
		t.Errorf("answered %q without a cable", answer)
	}
	l.Up()
	c.SetReadDeadline(time.Now().Add(patience))
	if _, _, err := ask(t, c, "hello"); err != nil { // the first one may still have waited for the MAC address
		t.Errorf("with the cable again: %v", err)
	}
	must(t, n.Err())
}

func TestASwitchLearnsFloodsAndForgets(t *testing.T) {
	n := newNet(t, 1)
	a, b, c := n.Host("a"), n.Host("b"), n.Host("c")
	sw := n.Switch(a.Card("10.0.0.1/24"), b.Card("10.0.0.2/24"), c.Card("10.0.0.3/24"))
	must(t, n.Err())
	if known := sw.Learned(); len(known) != 0 {
		t.Errorf("at the beginning the switch knows %v", known)
	}
	echo(t, b, "10.0.0.2:7")
	conn, err := a.Dial("udp", "10.0.0.2:7")
	must(t, err)
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(patience))
	_, _, err = ask(t, conn, "hello")
	must(t, err)
	want := map[string]string{"02:00:00:00:01:00": "a", "02:00:00:00:02:00": "b"}
	if known := sw.Learned(); fmt.Sprint(known) != fmt.Sprint(want) {
		t.Errorf("the switch has learned %v, want %v", known, want)
	}
	// c sees the question for the address, which is for all, and nothing that the switch knew a way for.
	if seen := kinds(captured(t, n, "c")); !slices.Equal(seen, []string{"arp"}) {
		t.Errorf("c saw %v", seen)
	}
	sw.Age(0)
	_, _, err = ask(t, conn, "hello again")
	must(t, err)
	if seen := kinds(captured(t, n, "c")); !slices.Contains(seen, "udp") {
		t.Errorf("the switch has forgotten all, and c saw %v", seen)
	}
}

func TestADirectionHasOneNameOfItsOwn(t *testing.T) {
	n := newNet(t, 1)
	a, b := n.Host("a"), n.Host("b")
	n.Link(a.Card("10.0.0.1/24"), b.Card("10.0.0.2/24"))
	n.Link(a.Card("10.0.1.1/24"), b.Card("10.0.1.2/24"))
	n.Switch(a.Card("10.0.2.1/24"))
	must(t, n.Err())
	want := []string{"a>b", "a>b 2", "a>sw1", "b>a", "b>a 2", "sw1>a"}
	if got := n.Ways(); !slices.Equal(got, want) {
		t.Errorf("directions are %q, want %q", got, want)
	}
	n.Link(a.cards[0], b.cards[1])
	if n.Err() == nil {
		t.Error("a card takes two cables")
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x02\x00\x02\x00\x00\x00\x01\x00\x08\x00" +
		"\x45\x00\x00\x28\x00\x00\x40\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
		"\x00\x50\x00\x51\x00\x00\x00\x01\x00\x00\x00\x00\x50\x02\xff\xff\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		var k tracker
		first, second := k.identify(frame), k.identify(frame)
		if first.kind == "" || first.nth != 1 || second.nth != 2 || first.length > len(frame) {
			t.Errorf("%+v, then %+v", first, second)
		}
	})
}

// What somebody asks for is lost or held up, as often as was asked, and no longer than it is asked for.
func TestAPlannedSegment(t *testing.T) {
	const seq = 1 + 3*1448
	for name, of := range map[string]struct {
		options []Option
		comment string
		want    int
	}{
		"lost twice":    {[]Option{LoseSegment(seq, 2)}, "a>b: lost", 2},
		"lost no more":  {[]Option{LoseSegment(seq, 2), LoseSegment(seq, 0)}, "a>b: lost", 0},
		"held up once":  {[]Option{HoldSegment(seq, 20*time.Millisecond)}, "a>b: held up for 20ms", 1},
		"another is it": {[]Option{LoseSegment(seq+1, 1)}, "a>b: lost", 0},
	} {
		t.Run(name, func(t *testing.T) {
			n, a, b, l := two(t, 1, Delay(2*time.Millisecond))
			l.Set(of.options...)
			transfer(t, a, b, "10.0.0.2:80", 20_000)
			count := 0
			ids, _, comments := segments(captured(t, n, "a"), "10.0.0.1")
			for i, c := range comments {
				if c == of.comment && ids[i].seq == seq {
					count++
				} else if c != "" {
					t.Errorf("%+v has the comment %s", ids[i], c)
				}
			}
			if count != of.want {
				t.Errorf("%d times %s, want %d", count, of.comment, of.want)
			}
		})
	}
}
