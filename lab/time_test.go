package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener without a network, so that time in its connections can be that of a synctest bubble.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p pipes) dial() net.Conn {
	client, server := net.Pipe()
	p <- server
	return client
}

// inBubble runs test with a server in a bubble, where 30 s of waiting take no time and last exactly 30 s.
func inBubble(t *testing.T, test func(t *testing.T, p pipes, n *running)) {
	synctest.Test(t, func(t *testing.T) {
		n, p := new(running), make(pipes)
		srv := &http.Server{Handler: n.handler(), Protocols: new(http.Protocols)}
		srv.Protocols.SetHTTP1(true)
		srv.Protocols.SetUnencryptedHTTP2(true)
		go srv.Serve(p)
		defer srv.Close()
		test(t, p, n)
	})
}

// client speaks HTTP/1.1, or HTTP/2 without TLS.
func (p pipes) client(two bool) *http.Client {
	tr := &http.Transport{Protocols: new(http.Protocols), DialContext: func(context.Context, string, string) (net.Conn,
		error) {
		return p.dial(), nil
	}}
	tr.Protocols.SetHTTP1(!two)
	tr.Protocols.SetUnencryptedHTTP2(two)
	return &http.Client{Transport: tr}
}

func TestPiecesComeWhenTheyShould(t *testing.T) {
	for _, two := range []bool{false, true} {
		for _, tt := range []struct{ n, chunk, delay string }{
			{"1000", "250", "10s"}, // 30 s, no more than allowed
			{"1000", "10", "100ms"},
			{"1000", "500", "0s"},
		} {
			t.Run(fmt.Sprint("HTTP/2 ", two, tt), func(t *testing.T) {
				inBubble(t, func(t *testing.T, p pipes, _ *running) {
					c := p.client(two)
					defer c.CloseIdleConnections()
					began := time.Now()
					resp, err := c.Get("http://a/lab/bytes/" + tt.n + "?chunk=" + tt.chunk + "&delay=" + tt.delay)
					if err != nil {
						t.Fatal(err)
					}
					defer resp.Body.Close()
					var n, chunk int
					fmt.Sscan(tt.n, &n)
					fmt.Sscan(tt.chunk, &chunk)
					delay, _ := time.ParseDuration(tt.delay)
					piece := make([]byte, chunk)
					for i := range n / chunk {
						if _, err := io.ReadFull(resp.Body, piece); err != nil {
							t.Fatal(err)
						}
						if at, want := time.Since(began), time.Duration(i)*delay; at != want {
							t.Fatalf("piece %d came after %v, want %v", i, at, want)
						}
					}
					if _, err := resp.Body.Read(piece); err != io.EOF {
						t.Errorf("behind the last piece: %v, want the end", err)
					}
				})
			})
		}
	}
}

func TestWhoTakesNothingIsDroppedInTime(t *testing.T) {
	for _, query := range []string{"", "?chunk=1000", "?chunk=500000&delay=30s"} {
		t.Run(query, func(t *testing.T) {
			inBubble(t, func(t *testing.T, p pipes, n *running) {
				conn := p.dial()
				defer conn.Close()
				io.WriteString(conn, "GET /lab/bytes/1000000"+query+" HTTP/1.1\r\nHost: a\r\n\r\n")
				conn.Read(make([]byte, 1))
				time.Sleep(29 * time.Second)
				if n.Load() != 1 {
					t.Error("after 29 s the handler has ended")
				}
				time.Sleep(3 * time.Second)
				if n.Load() != 0 {
					t.Error("after 32 s the handler still waits")
				}
				if _, err := io.ReadAll(conn); err != nil {
					t.Error("the connection is open still: ", err)
				}
			})
		})
	}
}

// The last bytes are written by net/http when the handler has returned, and must have a deadline then, too.
func TestWhoDoesNotTakeTheLastBytesIsDroppedInTime(t *testing.T) {
	for _, query := range []string{"", "?chunk=100"} {
		inBubble(t, func(t *testing.T, p pipes, n *running) {
			conn := p.dial()
			defer conn.Close()
			io.WriteString(conn, "GET /lab/bytes/100"+query+" HTTP/1.1\r\nHost: a\r\n\r\n")
			r := bufio.NewReaderSize(conn, 16)
			if query != "" {
				readHead(t, r)
				io.CopyN(io.Discard, r, int64(len("64\r\n")+100+len("\r\n"))) // all but the last chunk
			}
			time.Sleep(time.Minute)
			if n.Load() != 0 {
				t.Fatalf("%q: the handler still waits", query)
			}
			if rest, _ := io.ReadAll(r); strings.HasSuffix(string(rest), "0\r\n\r\n") || len(rest) > 100 {
				t.Errorf("%q: a minute later came %q", query, rest)
			}
		})
	}
}

// A deadline that stays behind would break what comes later over the same connection.
func TestTheDeadlineEndsWithTheAnswer(t *testing.T) {
	for _, two := range []bool{false, true} {
		for _, query := range []string{"", "?chunk=100"} {
			inBubble(t, func(t *testing.T, p pipes, _ *running) {
				dialled := 0
				c := p.client(two)
				tr := c.Transport.(*http.Transport)
				dial := tr.DialContext
				tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					dialled++
					return dial(ctx, network, addr)
				}
				defer c.CloseIdleConnections()
				for range 3 {
					resp, err := c.Get("http://a/lab/bytes/1000" + query)
					if err != nil {
						t.Fatal(err)
					}
					if got, err := io.ReadAll(resp.Body); string(got) != wantText(1000) {
						t.Fatalf("%d bytes, %v", len(got), err)
					}
					resp.Body.Close()
					time.Sleep(20 * time.Second)
				}
				if dialled != 1 {
					t.Errorf("HTTP/2 %v %q: %d connections for three requests, want 1", two, query, dialled)
				}
			})
		}
	}
}

// A pipe hands over write by write what was written, as a quiet network does with packets.
func TestEachPieceLeavesInAPacketOfItsOwn(t *testing.T) {
	inBubble(t, func(t *testing.T, p pipes, _ *running) {
		conn := p.dial()
		defer conn.Close()
		io.WriteString(conn, "GET /lab/bytes/1500?chunk=500 HTTP/1.1\r\nHost: a\r\n\r\n")
		text := wantText(1500)
		for i, want := range []string{"\r\n\r\n", "1f4\r\n" + text[:500] + "\r\n", "1f4\r\n" + text[500:1000] + "\r\n",
			"1f4\r\n" + text[1000:] + "\r\n", "0\r\n\r\n"} {
			b := make([]byte, 4096)
			n, err := conn.Read(b)
			if got := string(b[:n]); err != nil || i > 0 && got != want || !strings.HasSuffix(got, want) {
				t.Errorf("write %d is %q, %v, want %q", i, got, err, want)
			}
		}
	})
}

func TestEarlyLeavesInThreePackets(t *testing.T) {
	inBubble(t, func(t *testing.T, p pipes, _ *running) {
		conn := p.dial()
		defer conn.Close()
		began := time.Now()
		io.WriteString(conn, "GET /lab/early HTTP/1.1\r\nHost: a\r\n\r\n")
		for _, want := range []struct {
			at         time.Duration
			begin, end string
		}{
			{0, "HTTP/1.1 103 Early Hints\r\n", "\r\n\r\n"},
			{100 * time.Millisecond, "HTTP/1.1 200 OK\r\n", "\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(earlyBody), earlyBody)},
			{100 * time.Millisecond, "0\r\nContent-Digest: ", "\r\nServer-Timing: pause;dur=100.0, total;dur=100.0\r\n\r\n"},
		} {
			b := make([]byte, 4096)
			n, err := conn.Read(b)
			got := string(b[:n])
			if at := time.Since(began); err != nil || at != want.at || !strings.HasPrefix(got, want.begin) ||
				!strings.HasSuffix(got, want.end) {
				t.Errorf("after %v came %q, %v, want %q...%q after %v", at, got, err, want.begin, want.end, want.at)
			}
		}
	})
}
