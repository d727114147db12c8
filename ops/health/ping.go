package health

import (
	"bytes"
	"context"
	"errors"
	"net"
	"time"
)

// Nobody shakes hands over UDP, so anybody can write any sender into a datagram (RFC 768 has no check for it), and the
// answer goes to that victim. Two attacks follow from this, and the rules of Answer are there against both:
//
//   - Amplification: servers that answer one byte with a hundred multiply what an attacker can send. So no answer is
//     longer than its question; and a long one gets none, where the Echo service (RFC 862) returns whatever comes.
//   - Loops: one forged datagram from port 7 of one Echo server to port 7 of another, and the two answer each other's
//     answers for ever. So an answer is never a question: it begins with pong, and pong is not answered.
//
// Whatever is not understood gets no answer at all, not even an error.
const (
	question     = "ping "
	answer       = "pong "
	mostPingData = 64 // bytes
)

const (
	sendTime     = time.Second // a full send buffer must not stop everybody's answers for longer
	longestPause = 100         // milliseconds after an error that stays: it must not eat a whole core
)

// Answer returns the answer to a datagram, or nil if it gets none.
func Answer(datagram []byte) []byte {
	data, ok := bytes.CutPrefix(datagram, []byte(question))
	if !ok || len(data) == 0 || len(data) > mostPingData {
		return nil
	}
	return append([]byte(answer), data...)
}

// ServePing answers datagrams until ctx ends, and closes conn. It returns nil then, and an error if conn was closed by
// somebody else.
func ServePing(ctx context.Context, conn net.PacketConn) error {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // wakes ReadFrom
	defer stop()
	// One byte more than the longest question: what fills it is too long, however much of it was cut off.
	buf := make([]byte, len(question)+mostPingData+1)
	for failures := 0; ; {
		n, from, err := conn.ReadFrom(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			// Windows reports here that an earlier answer found nobody (WSAECONNRESET), and a datagram larger than
			// buf (WSAEMSGSIZE). Neither is a reason to stop.
			failures++
			pause(ctx, time.Duration(min(failures, longestPause))*time.Millisecond)
			continue
		}
		failures = 0
		if a := Answer(buf[:n]); a != nil {
			conn.SetWriteDeadline(time.Now().Add(sendTime))
			conn.WriteTo(a, from) // an error means that it is lost, as UDP may lose anything
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
