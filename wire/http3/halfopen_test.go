package http3

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/quic"
)

// counted is a socket that counts the bytes that it gets and sends.
type counted struct {
	net.PacketConn
	in, out atomic.Int64
}

func (c *counted) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(b)
	c.in.Add(int64(n))
	return n, from, err
}

func (c *counted) WriteTo(b []byte, to net.Addr) (int, error) {
	c.out.Add(int64(len(b)))
	return c.PacketConn.WriteTo(b, to)
}

// deaf is a socket of clients that hear no answer: as if their address were somebody else's.
type deaf struct{ net.PacketConn }

func (d deaf) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		if _, _, err := d.PacketConn.ReadFrom(b); err != nil {
			return 0, nil, err
		}
	}
}

// A thousand clients begin a handshake and never go on. The server sends them no more than three times what it got (RFC
// 9000 §8.1), which is measured over all; each costs it no more than 128 KB; and who comes then is served.
func TestAThousandHalfOpenHandshakes(t *testing.T) {
	const clients = 1000
	own, trusting := trust(t)
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &counted{PacketConn: udp}
	s := NewServer(&http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "there")
	})}, own)
	served := make(chan error, 1)
	go func() { served <- s.Serve(p) }()
	defer func() { s.Close(); <-served }()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	beginMany(t, udp.LocalAddr().String(), clients)
	runtime.GC()
	runtime.ReadMemStats(&after)
	in, out := p.in.Load(), p.out.Load()
	if in < clients*1200/2 || out > 3*in {
		t.Errorf("%d bytes came from %d clients and %d were sent, want at most three times as many", in, clients, out)
	}
	if each := (int64(after.HeapInuse) - int64(before.HeapInuse)) / clients; each > 128<<10 {
		t.Errorf("a half-open handshake costs %d bytes", each)
	}
	t.Logf("in %d, out %d, %.1f times; heap %+d KB", in, out, float64(out)/float64(in),
		(int64(after.HeapInuse)-int64(before.HeapInuse))>>10)
	c, err := Dial(within(t), udp.LocalAddr().String(), trusting)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if resp, text := c.do(t, "GET", "/", nil); resp.StatusCode != 200 || text != "there" {
		t.Errorf("%s %q", resp.Status, text)
	}
}

// beginMany lets clients begin, and ends them without a word.
func beginMany(t *testing.T, addr string, clients int) {
	t.Helper()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, trusting := trust(t)
	trusting.NextProtos, trusting.ServerName, trusting.MinVersion = []string{"h3"}, "localhost", tls.VersionTLS13
	e, err := quic.NewEndpoint(deaf{udp}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			if _, err := e.Dial(ctx, "udp", addr, &quic.Config{TLSConfig: trusting}); err == nil {
				t.Error("who hears nothing was connected")
			}
		})
	}
	all.Wait()
	udp.Close() // what they would say at the end is not sent
	over, cancel := context.WithCancel(context.Background())
	cancel()
	e.Close(over)
}
