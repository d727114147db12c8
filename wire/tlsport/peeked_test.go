package tlsport

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	soon  = 60 * time.Millisecond
	later = 10 * soon
)

// dial returns both ends of a connection, the server's peekable.
func dial(t testing.TB) (client net.Conn, server *peeked) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { accepted.Close() })
	return client, peekable(accepted).(*peeked)
}

func in(d time.Duration) time.Time { return time.Now().Add(d) }

// A read is what a step of the following test ends with.
type read struct {
	text string
	err  error
	took time.Duration
}

func readFrom(c net.Conn) read {
	var b [16]byte
	began := time.Now()
	n, err := c.Read(b[:])
	return read{string(b[:n]), err, time.Since(began)}
}

// bared is a peeked of which only the rest of it is read.
type bared struct {
	*peeked
	in io.Reader
}

func (b bared) Read(p []byte) (int, error) { return b.in.Read(p) }

// What Bare returns keeps the deadline that was only noted so far.
func TestBareKeepsTheDeadline(t *testing.T) {
	_, p := dial(t)
	p.SetReadDeadline(in(soon))
	p.SetReadDeadline(in(2 * soon))
	if got := readFrom(bared{p, p.Bare()}); !errors.Is(got.err, os.ErrDeadlineExceeded) || got.took < soon {
		t.Errorf("a read ended after %v by %v, want a deadline after %v", got.took, got.err, 2*soon)
	}
}

// What is said of deadlines by net.Conn holds for *net.TCPConn, with which each step is tried as well.
func TestDeadlinesAreThoseOfNetConn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		do     func(c, client net.Conn) // before the read
		during func(c, client net.Conn) // when it has waited for a moment
		want   string                   // "" is a deadline
		after  time.Duration            // from the beginning of the read, at least
		before time.Duration
	}{
		{"none", nil, func(_, client net.Conn) { client.Write([]byte("x")) }, "x", soon, patience},
		{"before it", func(c, _ net.Conn) { c.SetReadDeadline(in(soon)) }, nil, "", soon / 2, patience},
		{"over, with bytes to read", func(c, client net.Conn) { client.Write([]byte("x")); c.SetReadDeadline(in(-soon)) },
			nil, "", 0, later},
		{"of 1970, with bytes to read", func(c, client net.Conn) {
			client.Write([]byte("x"))
			c.SetReadDeadline(time.Unix(1, 0))
		}, nil, "", 0, later},
		{"of 1970, lifted", func(c, client net.Conn) {
			client.Write([]byte("x"))
			c.SetReadDeadline(time.Unix(1, 0))
			c.SetReadDeadline(time.Time{})
		}, nil, "x", 0, later},
		{"for both directions", func(c, _ net.Conn) { c.SetDeadline(in(soon)) }, nil, "", soon / 2, patience},
		{"while it waits", nil, func(c, _ net.Conn) { c.SetReadDeadline(in(soon)) }, "", 3 * soon / 2, patience},
		{"of 1970, while it waits", nil, func(c, _ net.Conn) { c.SetReadDeadline(time.Unix(1, 0)) }, "", soon, patience},
		{"now, while it waits", func(c, _ net.Conn) { c.SetReadDeadline(in(time.Hour)) },
			func(c, _ net.Conn) { c.SetReadDeadline(time.Now()) }, "", soon, patience},
		{"earlier, while it waits", func(c, _ net.Conn) { c.SetReadDeadline(in(time.Hour)) },
			func(c, _ net.Conn) { c.SetReadDeadline(in(soon)) }, "", 3 * soon / 2, patience},
		{"later, while it waits", func(c, _ net.Conn) { c.SetReadDeadline(in(3 * soon)) },
			func(c, _ net.Conn) { c.SetReadDeadline(in(later)) }, "", later / 2, patience},
		{"lifted while it waits", func(c, _ net.Conn) { c.SetReadDeadline(in(3 * soon)) }, func(c, client net.Conn) {
			c.SetReadDeadline(time.Time{})
			time.Sleep(4 * soon)
			client.Write([]byte("x"))
		}, "x", 4 * soon, patience},
		{"moved on by each request", func(c, client net.Conn) {
			for range 3 {
				client.Write([]byte("x"))
				c.SetReadDeadline(in(later))
				readFrom(c)
				c.SetReadDeadline(in(2 * later))
			}
		}, nil, "", 3 * later / 2, patience},
		{"after one that was over", func(c, _ net.Conn) {
			c.SetReadDeadline(in(soon))
			readFrom(c)
			c.SetReadDeadline(in(2 * soon))
		}, nil, "", soon, patience},
		{"after one that ended a read", func(c, client net.Conn) {
			time.AfterFunc(soon, func() { c.SetReadDeadline(time.Unix(1, 0)) })
			readFrom(c)
			c.SetReadDeadline(time.Time{})
			client.Write([]byte("x"))
		}, nil, "x", 0, patience},
	} {
		for _, kind := range []string{"TCPConn", "peeked", "bare"} {
			t.Run(tt.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				client, p := dial(t)
				var c net.Conn = p
				switch kind {
				case "TCPConn":
					c = p.TCPConn
				case "bare":
					c = bared{p, p.Bare()}
				}
				if tt.do != nil {
					tt.do(c, client)
				}
				done := make(chan read)
				go func() { done <- readFrom(c) }()
				if tt.during != nil {
					time.Sleep(soon)
					tt.during(c, client)
				}
				var got read
				select {
				case got = <-done:
				case <-time.After(patience):
					t.Fatal("still reading")
				}
				late, _ := got.err.(net.Error)
				if tt.want == "" && (late == nil || !late.Timeout() || !errors.Is(got.err, os.ErrDeadlineExceeded)) ||
					got.text != tt.want || tt.want != "" && got.err != nil {
					t.Errorf("read %q, %v, want %q", got.text, got.err, tt.want)
				}
				if got.took < tt.after || got.took > tt.before {
					t.Errorf("it took %v, want %v to %v", got.took, tt.after, tt.before)
				}
			})
		}
	}
}

func TestTheFirstByteIsReadTwice(t *testing.T) {
	client, p := dial(t)
	go func() {
		client.Write([]byte("GET /"))
		client.(*net.TCPConn).CloseWrite()
	}()
	if first, err := p.Peek(); first != 'G' || err != nil {
		t.Fatalf("Peek = %q, %v", first, err)
	}
	if n, err := p.Read(nil); n != 0 || err != nil {
		t.Errorf("a read of nothing = %d, %v", n, err)
	}
	var text strings.Builder
	if n, err := io.Copy(&text, p); n != 5 || err != nil || text.String() != "GET /" {
		t.Errorf("copied %d bytes, %v: %q", n, err, &text)
	}
	if _, err := p.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("at the end: %v, want EOF", err)
	}
}

func TestAClosedConnectionIsNotReadOn(t *testing.T) {
	_, p := dial(t)
	done := make(chan read)
	go func() { done <- readFrom(p) }()
	time.Sleep(soon)
	p.Close()
	if got := <-done; !errors.Is(got.err, net.ErrClosed) {
		t.Errorf("the read that waited: %v, want ErrClosed", got.err)
	}
	p.SetReadDeadline(in(soon))
	if got := readFrom(p); !errors.Is(got.err, net.ErrClosed) {
		t.Errorf("a read behind it: %v, want ErrClosed", got.err)
	}
}

// Deadlines that come and go, at any moment, lose and double no byte and let no read sleep on.
func TestDeadlinesThatMoveLoseNothing(t *testing.T) {
	client, p := dial(t)
	sent := make([]byte, 1<<20)
	for i := range sent {
		sent[i] = byte(i * 7 / 5)
	}
	var all sync.WaitGroup
	all.Go(func() {
		r := rand.New(rand.NewPCG(1, 1))
		for at := 0; at < len(sent); {
			n := min(1+r.IntN(8<<10), len(sent)-at)
			client.Write(sent[at : at+n])
			at += n
			time.Sleep(time.Duration(r.IntN(500)) * time.Microsecond)
		}
		client.(*net.TCPConn).CloseWrite()
	})
	stop := make(chan bool)
	all.Go(func() {
		r := rand.New(rand.NewPCG(2, 2))
		for {
			select {
			case <-stop:
				return
			default:
			}
			switch r.IntN(4) {
			case 0:
				p.SetReadDeadline(time.Time{})
			case 1:
				p.SetReadDeadline(time.Unix(1, 0))
			default:
				p.SetReadDeadline(in(time.Duration(r.IntN(400)-100) * time.Microsecond))
			}
			runtime.Gosched()
		}
	})
	var got []byte
	ended := 0
	for b := make([]byte, 3000); ; {
		n, err := p.Read(b)
		got = append(got, b[:n]...)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			ended++
			continue
		}
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
	}
	close(stop)
	all.Wait()
	if !bytes.Equal(got, sent) || ended == 0 {
		t.Errorf("%d bytes of %d, with %d deadlines on the way; want them all, and some", len(got), len(sent), ended)
	}
}

// BenchmarkDeadlines sets those that http.Server sets for a request that came in one piece.
func BenchmarkDeadlines(b *testing.B) {
	_, p := dial(b)
	for _, c := range []struct {
		name string
		net.Conn
	}{{"TCPConn", p.TCPConn}, {"peeked", p}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				now := time.Now()
				c.SetReadDeadline(now.Add(2 * time.Minute))  // for a request to come
				c.SetReadDeadline(time.Time{})               // it has
				c.SetReadDeadline(now.Add(10 * time.Second)) // for its header section
				c.SetReadDeadline(now.Add(time.Minute))      // for all of it
				c.SetReadDeadline(time.Time{})               // for the client to go
				c.SetReadDeadline(time.Unix(1, 0))           // an end to that
				c.SetReadDeadline(time.Time{})
			}
		})
	}
}
