package netbox

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/lab/pcap"
)

// captured completes a host's capture and returns its packets.
func captured(t testing.TB, n *Net, host string) []*pcap.Packet {
	t.Helper()
	n.Flush()
	file, err := os.ReadFile(n.Capture(host))
	must(t, err)
	all, err := pcap.ReadAll(file)
	must(t, err)
	for i, p := range all {
		if i > 0 && !p.Time.After(all[i-1].Time) {
			t.Errorf("packet %d of %s is not later than the one before", i+1, host)
		}
	}
	return all
}

// kinds are those of packets, in their order.
func kinds(all []*pcap.Packet) (list []string) {
	for _, p := range all {
		list = append(list, read(p.Data).kind)
	}
	return list
}

// segments are those of TCP that carry bytes, with relative numbers, in their order.
func segments(all []*pcap.Packet, from string) (list []identity, at []time.Time, comments []string) {
	sender := netip.MustParseAddr(from)
	var k tracker
	for _, p := range all {
		id, r := k.identify(p.Data), read(p.Data)
		if id.kind == segment && strings.HasPrefix(r.from, string(sender.AsSlice())) && r.length > 0 {
			list, at = append(list, id), append(at, p.Time)
			comments = append(comments, strings.Join(p.Comments, " "))
		}
	}
	return list, at, comments
}

func TestARPComesBeforeIP(t *testing.T) {
	n, a, b, _ := two(t, 1)
	echo(t, b, "10.0.0.2:7")
	c, err := a.Dial("udp", "10.0.0.2:7")
	must(t, err)
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(patience))
	for range 2 {
		_, _, err = ask(t, c, "hello")
		must(t, err)
	}
	for _, host := range []string{"a", "b"} {
		got := slices.DeleteFunc(kinds(captured(t, n, host)), func(k string) bool { return k == "icmp" || k == "ip" })
		if want := []string{"arp", "arp", "udp", "udp", "udp", "udp"}; !slices.Equal(got, want) {
			t.Errorf("host %s saw %v, want %v", host, got, want)
		}
	}
	if known := a.cards[0].Neighbours(); len(known) != 1 || known[0].MAC.String() != "02:00:00:00:02:00" ||
		known[0].Addr.String() != "10.0.0.2" || known[0].State == "" {
		t.Errorf("a knows %+v", known)
	}
	a.cards[0].Forget(netip.MustParseAddr("10.0.0.2"))
	if known := a.cards[0].Neighbours(); n.Err() != nil || slices.ContainsFunc(known, func(k Neighbour) bool {
		return k.State == "reachable"
	}) {
		t.Errorf("a still knows %+v, %v", known, n.Err())
	}
}

// What gets lost is what the seed says, and nothing else: in all runs, and as Lost computes it.
func TestLossesAreThoseOfTheSeed(t *testing.T) {
	const size, part = 400_000, 0.02
	for seed := range uint64(3) {
		for range 2 {
			n, a, b, _ := two(t, seed, Delay(5*time.Millisecond), Forth(Loss(part)))
			want := n.Lost("a>b", size)
			transfer(t, a, b, "10.0.0.2:80", size)
			lost := map[identity]int{}
			ids, _, comments := segments(captured(t, n, "a"), "10.0.0.1")
			for i, id := range ids {
				if comments[i] == "a>b: lost" {
					id.nth = 0
					lost[id]++
				}
			}
			for _, w := range want {
				id := identity{segment, 1, w.Seq, w.Length, 0}
				if lost[id] != w.Times {
					t.Errorf("seed %d: the segment %d, %d was lost %d times, want %d", seed, w.Seq, w.Length, lost[id], w.Times)
				}
				delete(lost, id)
			}
			for id, times := range lost {
				if id.length == 1448 { // others are cut from full ones when they are sent again
					t.Errorf("seed %d: %+v was lost %d times, want 0", seed, id, times)
				}
			}
			if len(want) < 2 {
				t.Errorf("seed %d: only %v are to be lost", seed, want)
			}
			arrived, _, _ := segments(captured(t, n, "b"), "10.0.0.1")
			if total := len(ids) - len(arrived); total < len(want) {
				t.Errorf("seed %d: %d segments left, %d arrived", seed, len(ids), len(arrived))
			}
			must(t, n.Close())
		}
	}
}

func TestLossesWithoutANetwork(t *testing.T) {
	for _, part := range []float64{0, 0.01, 0.1, 0.5, 1} {
		lost := LostOf(7, "a>b", part, "udp", 20_000)
		if got := float64(len(lost)) / 20_000; got < part*0.85 || got > part*1.15 {
			t.Errorf("%.4f of all get lost, want %.2f", got, part)
		}
	}
	if slices.Equal(LostOf(7, "a>b", 0.1, "udp", 1000), LostOf(8, "a>b", 0.1, "udp", 1000)) ||
		slices.Equal(LostOf(7, "a>b", 0.1, "udp", 1000), LostOf(7, "b>a", 0.1, "udp", 1000)) {
		t.Error("another seed or direction loses the same")
	}
	if Lost(7, "a>b", 1, 1, 1448, 1448)[0].Times < 1000 || Lost(7, "a>b", 0, 1, 1_000_000, 1448) != nil {
		t.Error("all is not all, or nothing is not nothing")
	}
}

// The retransmission timer doubles: RFC 6298 §5.5. Linux may let each timer be late by an eighth of its time
// (kernel/time/timer.c).
func TestTheTimerDoubles(t *testing.T) {
	alone(t)
	n, a, b, link := two(t, 1, Delay(5*time.Millisecond))
	l, err := b.Listen("tcp", "10.0.0.2:80")
	must(t, err)
	defer l.Close()
	c, err := a.Dial("tcp", "10.0.0.2:80")
	must(t, err)
	defer c.Close()
	link.Set(Forth(Loss(1)))
	_, err = c.Write([]byte("hello"))
	must(t, err)
	var at []time.Time
	for until := time.Now().Add(patience); len(at) < 5 && time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		_, at, _ = segments(captured(t, n, "a"), "10.0.0.1")
	}
	if len(at) < 5 {
		t.Fatalf("sent %d times", len(at))
	}
	// The first repetition may be a probe for a lost tail (RFC 8985 §7), which has a timer of its own.
	for i := 3; i < len(at); i++ {
		before, now := at[i-1].Sub(at[i-2]), at[i].Sub(at[i-1])
		if ratio := float64(now) / float64(before); ratio < 2*8./9 || ratio > 2*9./8 {
			t.Errorf("the gap %d is %v, that before %v", i, now, before)
		}
	}
}

// Fragments fit the MTU, and are put together again.
func TestFragmentsFitTheMTU(t *testing.T) {
	n, a, b, _ := two(t, 1)
	a.cards[0].MTU(576)
	echo(t, b, "10.0.0.2:7")
	c, err := a.Dial("udp", "10.0.0.2:7")
	must(t, err)
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(patience))
	text := strings.Repeat("0123456789", 300)
	if answer, _, err := ask(t, c, text); err != nil || answer != text {
		t.Fatalf("%d bytes came back, %v", len(answer), err)
	}
	count := 0
	for _, p := range captured(t, n, "a") {
		if mine := p.Data[11] == 0 && p.Data[10] == 1; mine && read(p.Data).kind == "fragment" {
			count++
			if len(p.Data) > 576+ethernetHeader {
				t.Errorf("a frame of %d bytes", len(p.Data))
			}
		}
	}
	if count != 6 { // 3008 bytes, 552 in each
		t.Errorf("%d fragments, want 6", count)
	}
}

// Each router takes one off the TTL, and the one that has none left tells the sender (RFC 1812 §5.3.1).
func TestRoutersCountTheTTL(t *testing.T) {
	n := newNet(t, 1)
	a, r1, r2, b := n.Host("a"), n.Host("r1").Forward(), n.Host("r2").Forward(), n.Host("b")
	n.Link(a.Card("10.0.1.1/24", "fd00:1::1/64"), r1.Card("10.0.1.254/24", "fd00:1::fe/64"))
	n.Link(r1.Card("10.0.2.1/24", "fd00:2::1/64"), r2.Card("10.0.2.2/24", "fd00:2::2/64"))
	n.Link(r2.Card("10.0.3.254/24", "fd00:3::fe/64"), b.Card("10.0.3.1/24", "fd00:3::1/64"))
	a.Route("0.0.0.0/0", "10.0.1.254").Route("::/0", "fd00:1::fe")
	b.Route("0.0.0.0/0", "10.0.3.254").Route("::/0", "fd00:3::fe")
	r1.Route("10.0.3.0/24", "10.0.2.2").Route("fd00:3::/64", "fd00:2::2")
	r2.Route("10.0.1.0/24", "10.0.2.1").Route("fd00:1::/64", "fd00:2::1")
	must(t, n.Err())
	for _, address := range []string{"10.0.3.1:7", "[fd00:3::1]:7"} {
		echo(t, b, address)
		c, err := a.Dial("udp", address)
		must(t, err)
		defer c.Close()
		c.SetReadDeadline(time.Now().Add(patience))
		_, _, err = ask(t, c, "hello")
		must(t, err)
	}
	sent, arrived := ttls(captured(t, n, "a")), ttls(captured(t, n, "b"))
	if want := []byte{64, 62}; !slices.Equal(sent[4], want) || !slices.Equal(sent[6], want) ||
		!slices.Equal(arrived[4], []byte{62, 64}) || !slices.Equal(arrived[6], []byte{62, 64}) {
		t.Errorf("a saw %v, b %v", sent, arrived)
	}
}

// ttls are those of datagrams of UDP, by the version of IP.
func ttls(all []*pcap.Packet) map[byte][]byte {
	found := map[byte][]byte{}
	for _, p := range all {
		if ip := p.Data[ethernetHeader:]; read(p.Data).kind == "udp" {
			version := ip[0] >> 4
			found[version] = append(found[version], ip[map[byte]int{4: 8, 6: 7}[version]])
		}
	}
	return found
}
