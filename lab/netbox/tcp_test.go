package netbox

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The kernel's window begins with ten segments (RFC 6928) and doubles in slow start. After a loss reno keeps half of it
// (RFC 5681 §3.1), cubic 0.7 (RFC 9438 §4.6).
func TestTheWindowAfterALoss(t *testing.T) {
	for algorithm, part := range map[string]float64{"reno": 0.5, "cubic": 0.7} {
		t.Run(algorithm, func(t *testing.T) { window(t, algorithm, part) })
	}
}

func window(t *testing.T, algorithm string, part float64) {
	const bytes = 30 * 1448
	_, a, b, link := two(t, 1, Delay(20*time.Millisecond))
	if got, err := a.Get("ipv4/tcp_available_congestion_control"); err != nil || !strings.Contains(got, algorithm) {
		t.Skipf("this kernel has %s %v", got, err)
	}
	if _, err := a.DialBy(Congestion("none"), "tcp", "10.0.0.2:80"); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("an algorithm that there is not: %v", err)
	}
	l, err := b.Listen("tcp", "10.0.0.2:80")
	must(t, err)
	defer l.Close()
	c, err := a.DialBy(Congestion(algorithm), "tcp", "10.0.0.2:80")
	must(t, err)
	defer c.Close()
	peer, err := l.Accept()
	must(t, err)
	defer peer.Close()
	// until waits for what is to be so when all ACKs have come.
	until := func(so func(TCPState) bool) (s TCPState) {
		t.Helper()
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			s, err = ReadTCP(c)
			must(t, err)
			if so(s) {
				return s
			}
			if time.Now().After(end) {
				t.Fatalf("the kernel says %+v", s)
			}
		}
	}
	send := func() {
		t.Helper()
		_, err := c.Write(make([]byte, bytes))
		must(t, err)
		peer.SetReadDeadline(time.Now().Add(patience))
		_, err = io.ReadFull(peer, make([]byte, bytes))
		must(t, err)
	}
	s, err := ReadTCP(c)
	must(t, err)
	if s.Window != 10 || s.Resent != 0 || s.RTT < 40*time.Millisecond || s.RTT > 20*time.Second {
		t.Errorf("at the beginning %+v", s)
	}
	send()
	before := until(func(s TCPState) bool { return s.Flight == 0 })
	if before.Window < 20 || before.Resent != 0 {
		t.Errorf("before any loss %+v", before)
	}
	link.Set(LoseSegment(1+bytes, 1)) // the first of them: until its loss is known no ACK changes the window
	send()
	after := until(func(s TCPState) bool { return s.Resent == 1 && !s.Recovering })
	if want := int(part * float64(before.Window)); after.Threshold < want-1 || after.Threshold > want+1 || after.TimedOut {
		t.Errorf("after a loss %+v, before it %+v, want a threshold of %d", after, before, want)
	}
}
