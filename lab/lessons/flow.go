package lessons

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"pollwire/lab/netbox"
)

// flow is a transfer of zeros over TCP, and what the sender's kernel thinks meanwhile.
type flow struct {
	*Conn
	link  int
	peer  net.Conn // at b
	bytes int
	came  atomic.Int64 // so many of them
	done  chan struct{}
	err   error
	took  time.Duration // from the first byte that came to the last

	// The kernel's numbers, from its sender's side.
	watched chan struct{} // closed when these are complete
	rtt     time.Duration // smoothed, on average while the second half came
	resent  int           // segments
	before  int           // the window when duplicate ACKs told of the last loss, in segments; 0: they told of none
	after   int           // and what it was reduced to
}

// begin lets host a send bytes to b over a link, by an algorithm.
func (p *pipes) begin(algorithm string, link, bytes int) *flow {
	f := p.connect(algorithm, link)
	f.shown = false
	f.Show()
	p.send(f, bytes)
	return f
}

// connect does not tell of the connection: on another system, without the algorithm, it would not come to be.
func (p *pipes) connect(algorithm string, link int) *flow {
	conn, err := p.a.DialBy(netbox.Congestion(algorithm), "tcp", p.addr(link))
	p.Check("connect", err)
	context.AfterFunc(p.ctx, func() { conn.Close() })
	f := &flow{Conn: &Conn{Conn: conn, scene: p.Scene, in: bufio.NewReader(conn), shown: true}, link: link,
		done: make(chan struct{}), watched: make(chan struct{})}
	p.conns = append(p.conns, f.Conn)
	return f
}

// send lets it begin: at once, before b has taken the connection, which it does half a round trip later.
func (p *pipes) send(f *flow, bytes int) {
	f.bytes = bytes
	go func() {
		f.Write(make([]byte, bytes)) // what fails shows at the other end
		f.Conn.Conn.(*net.TCPConn).CloseWrite()
	}()
	if f.peer == nil {
		f.peer = p.accept(f.link)
	}
	go f.receive()
	go f.watch()
}

// accept takes the connection at b.
func (p *pipes) accept(link int) net.Conn {
	p.in[link].(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	peer, err := p.in[link].Accept()
	p.Check("accept", err)
	context.AfterFunc(p.ctx, func() { peer.Close() })
	return peer
}

// receive reads until the other side has closed.
func (f *flow) receive() {
	defer close(f.done)
	defer f.peer.Close()
	f.peer.SetReadDeadline(time.Now().Add(6 * patience))
	var began time.Time
	buf := make([]byte, 1<<16)
	for {
		n, err := f.peer.Read(buf)
		if f.came.Add(int64(n)); began.IsZero() {
			began = time.Now()
		}
		f.took = time.Since(began)
		if err == io.EOF {
			return
		}
		if f.err = err; err != nil {
			return
		}
	}
}

// watch asks the kernel again and again, until all has come.
func (f *flow) watch() {
	defer close(f.watched)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	var last netbox.TCPState
	var sum, count time.Duration
	for {
		now, err := netbox.ReadTCP(f.Conn.Conn)
		if err != nil {
			return
		}
		if now.Recovering && !last.Recovering && last.Window > 0 {
			f.before, f.after = last.Window, now.Threshold
		}
		if f.came.Load() > int64(f.bytes/2) {
			sum, count = sum+now.RTT, count+1
			f.rtt = sum / count
		}
		last, f.resent = now, now.Resent
		select {
		case <-tick.C:
		case <-f.done:
			return
		}
	}
}

// end waits until all bytes have come, and both sides have closed.
func (p *pipes) end(f *flow) {
	select {
	case <-f.done:
	case <-p.ctx.Done():
		p.Fail("%w", context.Cause(p.ctx))
	}
	<-f.watched
	p.Check("transfer", f.err)
	p.Must(int(f.came.Load()) == f.bytes, "%d bytes came of %d", f.came.Load(), f.bytes)
	f.Closed()
}

// row is a line of a table. Of what was not played, or has not come about, there is nothing in it.
func (f *flow) row(name string) []string {
	row := []string{name, "-", "-", "-", "-", "-"}
	if f == nil {
		return row
	}
	copy(row[1:], []string{fmt.Sprintf("%.2f", f.took.Seconds()), fmt.Sprint(f.resent), fmt.Sprint(f.rtt.Milliseconds())})
	if f.before > 0 && name != "bbr" { // which does not go by losses
		copy(row[4:], []string{fmt.Sprint(f.before), fmt.Sprint(f.after)})
	}
	return row
}

// varies: the numbers of these rows do.
func (p *pipes) varies(rows ...[]string) {
	for _, row := range rows {
		for _, cell := range row[1:] {
			if cell != "-" {
				p.Varying(cell)
			}
		}
	}
}

// algorithms are those that the kernel has.
func (p *pipes) algorithms() []string {
	all, err := p.a.Get("ipv4/tcp_available_congestion_control")
	p.Check("ask the kernel which algorithms it has", err)
	return strings.Fields(all)
}

func (p *pipes) addr(link int) string { return fmt.Sprintf("%s:80", pipeB(link)) }
