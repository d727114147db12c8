package netbox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

const patience = 20 * time.Second

// The tests run in the box, if there can be one: the test program enters it as a whole.
func TestMain(m *testing.M) {
	if runtime.GOOS == "linux" && !Inside() {
		status, err := Enter(context.Background(), os.Args[1:])
		if err == nil {
			os.Exit(status)
		}
		refused = err
	}
	os.Exit(m.Run())
}

// refused is why there is no box.
var refused error

// lacks skips a test where the system gives no network namespaces, which nothing that is installed can change. Where
// POLLWIRE_NETBOX says that it does, that is a failure.
func lacks(t testing.TB, why error) {
	t.Helper()
	if os.Getenv("POLLWIRE_NETBOX") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// newNet is an empty network with captures in a folder of the test.
func newNet(t testing.TB, seed uint64) *Net {
	t.Helper()
	n, err := New(seed, t.TempDir())
	if err := cmp.Or(refused, err); err != nil {
		lacks(t, err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// two are two hosts with a link between them.
func two(t testing.TB, seed uint64, options ...Option) (n *Net, a, b *Host, l *Link) {
	t.Helper()
	n = newNet(t, seed)
	a, b = n.Host("a"), n.Host("b")
	l = n.Link(a.Card("10.0.0.1/24", "fd00::1/64"), b.Card("10.0.0.2/24", "fd00::2/64"), options...)
	must(t, n.Err())
	return n, a, b, l
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// echo answers datagrams at an address of a host.
func echo(t testing.TB, h *Host, address string) {
	t.Helper()
	c, err := h.ListenPacket("udp", address)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 1<<16)
		for {
			size, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			c.WriteTo(buf[:size], from)
		}
	}()
}

// ask sends a datagram and returns the answer, and after how long it came.
func ask(t testing.TB, c net.Conn, text string) (answer string, took time.Duration, err error) {
	t.Helper()
	began := time.Now()
	_, err = io.WriteString(c, text)
	must(t, err)
	buf := make([]byte, 1<<16)
	size, err := c.Read(buf)
	return string(buf[:size]), time.Since(began), err
}

// transfer sends bytes over TCP from one host to another, and returns how long that took from the first to the last.
func transfer(t testing.TB, from, to *Host, address string, size int) time.Duration {
	t.Helper()
	l, err := to.Listen("tcp", address)
	must(t, err)
	defer l.Close()
	go func() {
		c, err := from.Dial("tcp", l.Addr().String())
		if err != nil {
			return
		}
		defer c.Close()
		c.Write(make([]byte, size))
	}()
	l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	c, err := l.Accept()
	must(t, err)
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(patience))
	_, err = io.ReadFull(c, make([]byte, 1))
	must(t, err)
	began := time.Now()
	got, err := io.Copy(io.Discard, c)
	if must(t, err); int(got) != size-1 {
		t.Fatalf("%d bytes came of %d", got+1, size)
	}
	return time.Since(began)
}

// alone skips a test that measures times, which a computer that does other work can't keep.
func alone(t *testing.T) {
	t.Helper()
	if os.Getenv("POLLWIRE_NETBOX") != "required" {
		t.Skip("it measures times: POLLWIRE_NETBOX=required go test ./lab/netbox, with nothing beside it")
	}
}

func TestTheRoundTripIsTwiceTheDelay(t *testing.T) {
	alone(t)
	for _, delay := range []time.Duration{0, 1500 * time.Microsecond, 20 * time.Millisecond} {
		t.Run(delay.String(), func(t *testing.T) {
			_, a, b, _ := two(t, 1, Delay(delay))
			for _, address := range []string{"10.0.0.2:7", "[fd00::2]:7"} {
				echo(t, b, address)
				c, err := a.Dial("udp", address)
				must(t, err)
				defer c.Close()
				var all []time.Duration
				for i := range 11 {
					c.SetReadDeadline(time.Now().Add(patience))
					answer, took, err := ask(t, c, fmt.Sprint(i))
					if err != nil || answer != fmt.Sprint(i) {
						t.Fatalf("asked %d, answered %q %v", i, answer, err)
					}
					all = append(all, took)
				}
				slices.Sort(all[1:]) // the first one asked for the MAC address first
				median := all[6]
				t.Logf("%s: %v", address, median)
				if median < 2*delay || median > 2*delay+time.Millisecond {
					t.Errorf("the round trip to %s takes %v, want %v and at most 1ms more: %v", address, median, 2*delay, all)
				}
			}
		})
	}
}

func TestTheThroughputIsTheRate(t *testing.T) {
	alone(t)
	for _, rate := range []float64{2e6, 20e6, 50e6} {
		t.Run(fmt.Sprint(rate/1e6, " Mbit a second"), func(t *testing.T) {
			_, a, b, _ := two(t, 1, Rate(rate), Delay(5*time.Millisecond), Queue(200))
			var got float64
			for range 3 { // a computer that has something else to do is no slow wire
				size := int(rate / 8)
				took := transfer(t, a, b, "10.0.0.2:80", size)
				got = float64(size) * 8 * 1514 / 1448 / took.Seconds() // with the headers, which take their time too
				t.Logf("%.3f Mbit/s of %.0f", got/1e6, rate/1e6)
				if got > 0.95*rate {
					break
				}
			}
			if got < 0.95*rate || got > 1.05*rate {
				t.Errorf("%.3f Mbit/s passed, want %.0f, within 5%%", got/1e6, rate/1e6)
			}
		})
	}
}

func TestNewWithoutABox(t *testing.T) {
	if runtime.GOOS == "linux" && refused == nil {
		t.Skip("there is a box")
	}
	_, err := New(1, "")
	if err == nil || bytes.ContainsAny([]byte(err.Error()), "\n") {
		t.Errorf("New = %v, want one line", err)
	}
}

func TestWhatFailsIsToldOnce(t *testing.T) {
	n := newNet(t, 1)
	n.Host("a").Card("10.0.0.1")
	first := n.Err()
	n.Link(n.Host("b").Card("10.0.0.2/24"), n.Host("c").Card("10.0.0.3/24"))
	if first == nil || !errors.Is(n.Err(), first) {
		t.Errorf("Err = %v, then %v", first, n.Err())
	}
	if _, err := n.hosts[0].Dial("tcp", "10.0.0.2:80"); !errors.Is(err, first) {
		t.Errorf("Dial = %v, want %v", err, first)
	}
}
