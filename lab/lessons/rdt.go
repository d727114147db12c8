package lessons

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"pollwire/lab/netbox"
	"pollwire/lab/rdt"
)

var rdtLesson = Lesson{
	Name: "rdt",
	Title: Text{"reliable data transfer by hand, over UDP: stop-and-wait, Go-Back-N, selective repeat",
		"UDP 위에 직접 만든 신뢰적 데이터 전송: stop-and-wait, Go-Back-N, selective repeat"},
	Aim: Text{"A checksum, numbers, acknowledgements and a timer make a network reliable that loses packets; a window " +
		"makes it fast. Three protocols, the same losses.",
		"체크섬, 번호, 확인 응답, 타이머가 있으면 패킷을 잃는 네트워크도 신뢰할 수 있고, " +
			"윈도우가 있으면 빨라진다. 세 프로토콜을 같은 손실로 비교한다."},
	Box:      true,
	Loopback: true,
	Spare:    2, // over loopback: of the relay, and of b
	Play:     playRDT,
}

// Transfers is what can be set of the lesson rdt: how many packets may be under way, and the part that gets lost.
type Transfers struct {
	Window int
	Loss   float64
}

// usualTransfers lose enough for each kind of loss to be seen.
var usualTransfers = Transfers{4, 0.2}

const (
	rdtPackets = 12
	rdtChunk   = 60
	rdtDelay   = 20 * time.Millisecond
	// rdtTimeout is so long that on a busy computer, too, nobody takes for lost what is late: then all that is sent
	// follows from the seed.
	rdtTimeout = 300 * time.Millisecond
)

// rdtPath is the way from a to b and back, for one transfer.
type rdtPath struct {
	a, b   net.PacketConn
	to     net.Addr      // where a sends to
	legs   [][2]net.Addr // who talks to whom, from a to b
	atA    string        // the filter that is all of it, seen by a
	atB    string        // the same, seen by b
	hostA  *netbox.Host  // in a box
	hostB  *netbox.Host  // in a box
	closed func()        // what is between a and b ends
}

// rdtNet makes such ways: a box, or a relay on loopback.
type rdtNet interface {
	path() *rdtPath
	told() Text
}

// transfers is the lesson while it plays.
type transfers struct {
	*Scene
	Transfers
	net  rdtNet
	data []byte
	all  []*transferred
}

// transferred is one transfer: what was computed of it has happened.
type transferred struct {
	rdt.Outcome
	computed
	variant rdt.Variant
	*rdtPath
}

// computed is what the computed packets tell.
type computed struct {
	sent, came, acks [rdtPackets + 1]int // how often, by number
	again            int                 // data that came to b more than once
	repeated         int                 // ACKs that b has sent before
}

// playRDT is chapter 3.4 of Kurose and Ross, Computer Networking: rdt 3.0, Go-Back-N, selective repeat. The protocol,
// and what of it is computed before, is package rdt.
func playRDT(s *Scene) {
	t := &transfers{Scene: s, Transfers: s.Transfers}
	if t.Transfers == (Transfers{}) {
		t.Transfers = usualTransfers
	}
	for n := range rdtPackets {
		t.data = append(t.data, bytes.Repeat(fmt.Appendf(nil, "packet %02d ", n+1), rdtChunk/10)...)
	}
	if s.onLoopback {
		t.net = newRelay(t)
	} else {
		t.net = newRDTBox(t)
	}
	t.stopAndWait()
	t.goBackN()
	t.selectiveRepeat()
	t.compare()
	t.ask()
}

// config is that of a protocol. The first number is 1, as in the book: so an ACK 0 says that nothing has come.
func (t *transfers) config(v rdt.Variant) rdt.Config {
	return rdt.Config{Variant: v, Window: t.Window, Timeout: rdtTimeout, Chunk: rdtChunk, First: 1}
}

// lose tells what the network loses: the same in a box as over a relay, and the same for all three protocols.
func (t *transfers) lose(way rdt.Way, number uint32, length, nth int) bool {
	return netbox.LosesNumbered(t.Seed, []string{"a>b", "b>a"}[way], t.Loss, number, length, nth)
}

// compute plays a transfer without a network.
func (t *transfers) compute(v rdt.Variant) *transferred {
	done := &transferred{variant: v}
	var err error
	done.Outcome, err = rdt.Simulate(t.config(v), t.data, func(way rdt.Way, b []byte, nth int) []rdt.Arrival {
		n, _ := rdt.Number(b)
		lost := t.lose(way, n, len(b), nth)
		done.see(way, n, nth, lost)
		if lost {
			return nil
		}
		return []rdt.Arrival{{After: rdtDelay, Bytes: b}}
	})
	t.Check("compute the transfer", err)
	return done
}

func (c *computed) see(way rdt.Way, number uint32, nth int, lost bool) {
	if way == rdt.Back {
		c.acks[number]++
		if nth > 1 {
			c.repeated++
		}
		return
	}
	c.sent[number]++
	if !lost {
		if c.came[number] > 0 {
			c.again++
		}
		c.came[number]++
	}
}

// transfer sends the data, and sees that it went as it was computed. Where it did not, somebody took for lost what was
// only late: the computer has too much to do, and it is tried again, from other ports.
func (t *transfers) transfer(v rdt.Variant) *transferred {
	done := t.compute(v)
	var sent rdt.Sent
	var got rdt.Got
	for range 5 {
		p := t.net.path()
		var data []byte
		data, sent, got = t.run(p, t.config(v))
		t.Must(bytes.Equal(data, t.data), "the data came otherwise than it was sent")
		if sent == done.Sent && got == done.Got {
			done.rdtPath = p
			t.all = append(t.all, done)
			for _, leg := range p.legs {
				t.say(Event{Type: Connection, Network: "udp", Client: leg[0].String(), Server: leg[1].String()})
			}
			return done
		}
	}
	t.Fail("%+v %+v, not %+v %+v: packets come too late; the computer has too much to do", sent, got, done.Sent, done.Got)
	return nil
}

// run is one transfer. When a has finished there may still be packets under way, and b answers.
func (t *transfers) run(p *rdtPath, c rdt.Config) (data []byte, sent rdt.Sent, got rdt.Got) {
	ctx, cancel := context.WithTimeout(t.ctx, 6*patience)
	defer cancel()
	hearing, hushed := context.WithCancel(ctx)
	defer hushed()
	received := make(chan error, 1)
	go func() {
		var err error
		data, got, err = rdt.Receive(hearing, rdt.Datagrams(p.b, nil), c)
		received <- err
	}()
	sent, err := rdt.Send(ctx, rdt.Datagrams(p.a, p.to), c, t.data)
	if err == nil {
		t.Pause(3 * rdtDelay)
	}
	hushed()
	if failed := <-received; err == nil {
		err = failed
	}
	t.Check("transfer", err)
	p.closed()
	return data, sent, got
}

// at says who sees what the filters that follow find, and returns the filter of the transfer there.
func (t *transfers) at(x *transferred, b bool) string {
	host, flow := x.hostA, x.atA
	if b {
		host, flow = x.hostB, x.atB
	}
	if host != nil {
		t.At(host)
	}
	return flow
}

// rdtBox is a network of two hosts.
type rdtBox struct {
	*transfers
	a, b *netbox.Host
	port int // of the last transfer, at both ends
}

func newRDTBox(t *transfers) *rdtBox {
	n := t.Network()
	box := &rdtBox{t, n.Host("a"), n.Host("b"), 61_000 + rand.IntN(4000)}
	n.Link(box.a.Card("10.0.0.1/24"), box.b.Card("10.0.0.2/24"), netbox.Delay(rdtDelay),
		netbox.LoseNumbered(t.Loss, rdt.Number))
	t.Built(n)
	return box
}

func (box *rdtBox) told() Text {
	return Text{"Played in a network of its own, between the hosts a and b: each has a capture of its own.",
		"자체 네트워크의 호스트 a와 b 사이에서 실행했다. 캡처는 호스트마다 따로 있다."}
}

// path takes ports for which Wireshark knows no other protocol, and which the hosts give to nobody else.
func (box *rdtBox) path() *rdtPath {
	box.port++
	port := box.port
	p := &rdtPath{hostA: box.a, hostB: box.b, closed: func() {}}
	p.a = box.socket(box.a.ListenPacket("udp", fmt.Sprintf("10.0.0.1:%d", port)))
	p.b = box.socket(box.b.ListenPacket("udp", fmt.Sprintf("10.0.0.2:%d", port)))
	p.to = p.b.LocalAddr()
	p.legs = [][2]net.Addr{{p.a.LocalAddr(), p.to}}
	p.atA = fmt.Sprint("udp.port == ", port)
	p.atB = p.atA
	return p
}

// socket closes a socket when the scene ends: one that is closed before answers what is late by ICMP.
func (t *transfers) socket(c net.PacketConn, err error) net.PacketConn {
	t.Check("take a port", err)
	context.AfterFunc(t.ctx, func() { c.Close() })
	return c
}

// relay is a program between a and b, on loopback, that loses packets. a sends to the one of its ports, the other one
// sends to b: so what a has sent and what b has got are two flows.
type relay struct{ *transfers }

func newRelay(t *transfers) *relay { return &relay{t} }

func (r *relay) told() Text {
	told := Text{"Played over loopback, through a relay of this lesson's own that loses packets: a sends to the relay, " +
		"and the relay to b.",
		"루프백에서, 이 실습이 만든 패킷을 잃는 중계기를 거쳐 실행했다. a는 중계기에 " +
			"보내고 중계기가 b에 보낸다."}
	if r.noBox != nil {
		told = told.And(Text{"The reason: %v.", "이유: %v."}.With(r.noBox))
	}
	return told
}

func (r *relay) path() *rdtPath {
	listen := func(port string) net.PacketConn {
		return r.socket(net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", port)))
	}
	p := &rdtPath{a: listen("0"), b: listen(r.Spare[1])}
	near, far := listen(r.Spare[0]), listen("0")
	p.to = near.LocalAddr()
	p.legs = [][2]net.Addr{{p.a.LocalAddr(), p.to}, {far.LocalAddr(), p.b.LocalAddr()}}
	p.atA = "udp.port == " + portOf(p.a.LocalAddr())
	p.atB = "udp.port == " + portOf(far.LocalAddr())
	ctx, cancel := context.WithCancel(r.ctx)
	var running sync.WaitGroup
	fromA, fromB := rdt.Datagrams(near, p.a.LocalAddr()), rdt.Datagrams(far, p.b.LocalAddr())
	for way, between := range [][2]rdt.Link{{fromA, fromB}, {fromB, fromA}} {
		w := rdt.Wire{Delay: rdtDelay, Lose: func(n uint32, length, nth int) bool {
			return r.lose(rdt.Way(way), n, length, nth)
		}}
		running.Go(func() { w.Run(ctx, between[0].In, between[1].Out) })
	}
	p.closed = func() {
		cancel()
		running.Wait()
		for _, c := range []net.PacketConn{p.a, p.b, near, far} {
			c.Close() // the next transfer takes the same ports of relay and b
		}
	}
	return p
}

func portOf(addr net.Addr) string {
	_, port, _ := net.SplitHostPort(addr.String())
	return port
}
