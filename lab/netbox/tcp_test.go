package netbox

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The kernel's window begins with ten segments (RFC 6928), doubles in slow start, and is less after a loss.
func TestReadTCP(t *testing.T) {
	const bytes = 30 * 1448
	_, a, b, link := two(t, 1, Delay(20*time.Millisecond))
	if got, err := a.Get("ipv4/tcp_available_congestion_control"); err != nil || !strings.Contains(got, "reno") {
		t.Errorf("a has %q %v", got, err)
	}
	if _, err := a.DialBy(Congestion("none"), "tcp", "10.0.0.2:80"); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("an algorithm that there is not: %v", err)
	}
	l, err := b.Listen("tcp", "10.0.0.2:80")
	must(t, err)
	defer l.Close()
	c, err := a.DialBy(Congestion("reno"), "tcp", "10.0.0.2:80")
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
	before := until(func(s TCPState) bool { return s.Window >= 10+30 })
	if before.Threshold < 1<<16 {
		t.Errorf("before any loss %+v", before)
	}
	link.Set(LoseSegment(1+bytes+10*1448, 1))
	send()
	after := until(func(s TCPState) bool { return s.Resent == 1 && !s.Recovering })
	if after.Threshold > before.Window || after.Window > after.Threshold+2 || after.TimedOut {
		t.Errorf("after a loss %+v, before it %+v", after, before)
	}
}
