package rdt

import (
	"context"
	"net"
	"time"
)

// Link is one side's way to the other. Datagrams make one of a socket.
type Link struct {
	Out func([]byte) error
	In  <-chan []byte
}

// Datagrams reads from a socket until it is closed. to is where packets are sent; nil is back to who sent the last one.
func Datagrams(conn net.PacketConn, to net.Addr) Link {
	in := make(chan []byte, 1024)
	from := make(chan net.Addr, 1)
	go func() {
		defer close(in)
		buf := make([]byte, 1<<16)
		for {
			n, addr, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			select { // the latest
			case <-from:
			default:
			}
			from <- addr
			select {
			case in <- append([]byte(nil), buf[:n]...):
			default: // nobody reads any more, or too slowly: lost
			}
		}
	}()
	return Link{In: in, Out: func(b []byte) error {
		if to == nil {
			select {
			case to = <-from:
			default:
			}
		}
		_, err := conn.WriteTo(b, to)
		return err
	}}
}

// Send sends data until all of it is acknowledged.
func Send(ctx context.Context, link Link, c Config, data []byte) (Sent, error) {
	s, err := NewSender(c, data)
	if err != nil {
		return Sent{}, err
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	out := s.Fill(time.Now())
	for {
		if err := link.send(out); err != nil || s.Done() {
			return s.Sent, err
		}
		timer.Reset(time.Until(s.Due()))
		select {
		case b, open := <-link.In:
			if !open {
				return s.Sent, net.ErrClosed
			}
			out = s.take(b, time.Now())
		case <-timer.C:
			select { // what has come is heard first: a busy computer must not take it for lost
			case b := <-link.In:
				out = s.take(b, time.Now())
			default:
				out = s.Expire(time.Now())
			}
		case <-ctx.Done():
			return s.Sent, context.Cause(ctx)
		}
	}
}

func (l Link) send(all []Packet) error {
	for _, p := range all {
		if err := l.Out(p.Append(nil)); err != nil {
			return err
		}
	}
	return nil
}

// take hears a packet as it came.
func (s *Sender) take(b []byte, now time.Time) []Packet {
	p, err := Parse(b)
	if err != nil {
		s.Damaged++
		return nil
	}
	return s.Hear(p, now)
}

// Receive takes packets and answers them until ctx ends, which is when the sender has finished: before, it may lack
// an ACK. It returns what came.
func Receive(ctx context.Context, link Link, c Config) (data []byte, got Got, err error) {
	r, err := NewReceiver(c)
	if err != nil {
		return nil, Got{}, err
	}
	for {
		select {
		case b, open := <-link.In:
			if !open {
				return r.data, r.Got, net.ErrClosed
			}
			if ack, answer := r.take(b); answer {
				if err := link.send([]Packet{ack}); err != nil {
					return r.data, r.Got, err
				}
			}
		case <-ctx.Done():
			return r.data, r.Got, nil
		}
	}
}

// take hears a packet as it came.
func (r *Receiver) take(b []byte) (ack Packet, answer bool) {
	p, err := Parse(b)
	if err != nil {
		r.Damaged++
		return ack, false
	}
	return r.Hear(p)
}
