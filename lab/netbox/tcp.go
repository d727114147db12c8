package netbox

import (
	"cmp"
	"fmt"
	"net"
	"syscall"
	"time"
)

// Congestion is a dialer whose connections find out their window by this algorithm: "reno" (RFC 5681), "cubic" (RFC
// 9438), or what else Host.Get("ipv4/tcp_available_congestion_control") names. As a setting of a host a kernel takes
// only some of them.
func Congestion(algorithm string) *net.Dialer {
	return &net.Dialer{Timeout: dialTime, Control: func(_, _ string, raw syscall.RawConn) (err error) {
		failed := raw.Control(func(fd uintptr) {
			if err = congestion(fd, algorithm); err != nil {
				err = fmt.Errorf("this system does not take the algorithm %s: %w", algorithm, err)
			}
		})
		return cmp.Or(err, failed)
	}}
}

// TCPState is what a kernel keeps of a connection of TCP to itself: it is in no header.
type TCPState struct {
	Window     int           // cwnd: so many segments may be under way (RFC 5681 §3.1)
	Threshold  int           // ssthresh: below it the window doubles with each round trip
	Flight     int           // so many are: sent, and not acknowledged
	RTT        time.Duration // smoothed (RFC 6298 §2)
	Resent     int           // segments, so far
	Recovering bool          // from a loss of which duplicate ACKs have told (RFC 6675 §5)
	TimedOut   bool          // from one of which nobody has (RFC 6298 §5)
}
