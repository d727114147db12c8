package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const patience = 10 * time.Second

// leaves fails a test that leaves goroutines behind.
func leaves(t testing.TB) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 200 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		buf := make([]byte, 1<<20)
		t.Errorf("goroutines left behind:\n%s", buf[:runtime.Stack(buf, true)])
	})
}

// recorded serves connections, each with do, and returns their address.
func recorded(t testing.TB, r *Recorder, addr string, do func(net.Conn)) string {
	t.Helper()
	tcp, err := net.Listen("tcp", addr)
	if err != nil {
		t.Skipf("can't listen on %s: %v", addr, err)
	}
	l := r.Listener(tcp)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(patience))
				do(c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return tcp.Addr().String()
}

// watch begins to read a capture. The func that it returns waits until the last connection has been seen to end, ends
// the capture and reads it.
func watch(t testing.TB, r *Recorder) func() []packet {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var text bytes.Buffer
	done := make(chan error, 1)
	before := r.reading.Load()
	go func() { done <- r.Copy(ctx, &text, 0) }()
	for r.reading.Load() == before {
		time.Sleep(time.Millisecond)
	}
	r.mu.Lock()
	began := r.last
	r.mu.Unlock()
	return func() []packet {
		t.Helper()
		for range 1000 {
			r.mu.Lock()
			open := len(r.conns) > 0 || r.last == began
			r.mu.Unlock()
			if !open {
				break
			}
			time.Sleep(time.Millisecond)
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("Copy = %v", err)
		}
		_, packets := parse(t, text.Bytes())
		return packets
	}
}

// dial connects and returns what follow will know the connection by.
func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

// echo reads small pieces, as net/http does, and answers with large ones.
func echo(c net.Conn) {
	var text []byte
	for one := make([]byte, 1); ; {
		n, err := c.Read(one)
		if text = append(text, one[:n]...); err != nil {
			break
		}
	}
	c.Write(text)
}

func TestConnections(t *testing.T) {
	leaves(t)
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		r := New(Info{})
		at := recorded(t, r, addr, echo)
		text := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
		end := watch(t, r)
		c := dial(t, at)
		go func() { c.Write(text); c.CloseWrite() }()
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%s: %d bytes come back, %v, want %d", addr, len(got), err, len(text))
		}
		seen := follow(t, end())[addrPort(c.LocalAddr())]
		if seen == nil || !bytes.Equal(seen.client.text.Bytes(), text) || !bytes.Equal(seen.server.text.Bytes(), text) {
			t.Fatalf("%s: the capture has something else", addr)
		}
		if !seen.client.fin || !seen.server.fin || seen.client.rst {
			t.Errorf("%s: FIN %v and %v, RST %v", addr, seen.client.fin, seen.server.fin, seen.client.rst)
		}
	}
}

// What a client sends at once is one segment, however small the pieces are in which the server reads it.
func TestARequestIsOnePacket(t *testing.T) {
	leaves(t)
	r := New(Info{})
	at := recorded(t, r, "127.0.0.1:0", func(c net.Conn) {
		if first, err := c.(*Conn).Peek(); first != 'G' || err != nil {
			t.Errorf("Peek = %q, %v", first, err)
		}
		echo(c)
	})
	end := watch(t, r)
	c := dial(t, at)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	c.CloseWrite()
	io.Copy(io.Discard, c)
	for _, p := range end() {
		if len(p.payload) > 0 && len(p.payload) != 27 {
			t.Errorf("a segment of %q", p.payload)
		}
	}
}

func TestHowAConnectionEnds(t *testing.T) {
	leaves(t)
	wait := func(c net.Conn) { io.Copy(io.Discard, c) }
	for _, tt := range []struct {
		name           string
		server         func(net.Conn)
		client         func(*net.TCPConn)
		fin, serverFIN bool
		rst            bool
		comment        string
	}{
		{"the client closes", wait, func(c *net.TCPConn) { c.Close() }, true, true, false, ""},
		{"the client resets", wait, func(c *net.TCPConn) { c.SetLinger(0); c.Close() }, false, false, true, ""},
		{"the server closes", func(net.Conn) {}, func(c *net.TCPConn) { io.Copy(io.Discard, c) }, true, true, false,
			"Assumed"},
		{"the server closes one side, and the client the other", func(c net.Conn) { c.(*Conn).CloseWrite(); wait(c) },
			func(c *net.TCPConn) { io.Copy(io.Discard, c); c.Close() }, true, true, false, ""},
		{"a deadline", func(c net.Conn) {
			c.SetReadDeadline(time.Unix(1, 0))
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Read = %v, want that the time is over", err)
			}
		}, func(c *net.TCPConn) { io.Copy(io.Discard, c) }, true, true, false, "Assumed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := New(Info{})
			at := recorded(t, r, "127.0.0.1:0", tt.server)
			end := watch(t, r)
			c := dial(t, at)
			tt.client(c)
			packets := end()
			seen := follow(t, packets)[addrPort(c.LocalAddr())]
			if seen == nil {
				t.Fatal("no connection was seen")
			}
			if seen.client.fin != tt.fin || seen.server.fin != tt.serverFIN || seen.client.rst != tt.rst {
				t.Errorf("FIN %v and %v, RST %v; want %v, %v, %v", seen.client.fin, seen.server.fin, seen.client.rst, tt.fin,
					tt.serverFIN, tt.rst)
			}
			if got := about(packets); !strings.HasPrefix(got, tt.comment) || (got == "") != (tt.comment == "") {
				t.Errorf("comments %q, want %s", got, tt.comment)
			}
		})
	}
}

// quick is a connection whose client answers before Write returns.
type quick struct {
	net.Conn
	wrote, read chan struct{}
	stuck       time.Duration
}

func (q *quick) Write(b []byte) (int, error) {
	close(q.wrote)
	<-q.read
	time.Sleep(q.stuck)
	return len(b), nil
}

func (q *quick) Read(b []byte) (int, error) {
	<-q.wrote
	return copy(b, "answer"), nil
}

func (q *quick) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }
func (q *quick) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 5000} }
func (q *quick) Close() error         { return nil }

func TestAnAnswerComesBehindItsQuestion(t *testing.T) {
	leaves(t)
	for stuck, due := range map[time.Duration]string{0: "question answer ", 10 * holdWrite: "answer question "} {
		r := New(Info{})
		end := watch(t, r)
		q := &quick{wrote: make(chan struct{}), read: make(chan struct{}), stuck: stuck}
		c := r.record(q)
		go func() { c.Read(make([]byte, 100)); close(q.read) }()
		c.Write([]byte("question"))
		c.Close()
		order := ""
		for _, p := range end() {
			if len(p.payload) > 0 {
				order += string(p.payload) + " "
			}
		}
		if order != due {
			t.Errorf("with a write that takes %v: %s, want %s", stuck, order, due)
		}
	}
}

// Many connections at once, and readers that come and go: each gets a file in which everything is in order.
func TestCrowd(t *testing.T) {
	leaves(t)
	r := New(Info{})
	at := recorded(t, r, "127.0.0.1:0", func(c net.Conn) { io.Copy(c, struct{ io.Reader }{c}) })
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for k := range 10 {
				c := dial(t, at)
				for range 10 {
					Comment(nil, "nobody %d", i)
					fmt.Fprintf(c, "%d %d", i, k)
					if _, err := c.Read(make([]byte, 100)); err != nil {
						t.Error(err)
					}
				}
				c.Close()
			}
		})
	}
	files := make([][]byte, 30)
	for i := range 3 {
		all.Go(func() {
			for k := range 10 {
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
				var text bytes.Buffer
				if err := r.Copy(ctx, &text, 0); err != nil {
					t.Errorf("Copy = %v", err)
				}
				stop()
				files[10*i+k] = text.Bytes()
			}
		})
	}
	all.Wait()
	seen := 0
	for _, f := range files {
		_, packets := parse(t, f)
		seen += len(follow(t, packets))
	}
	if seen == 0 {
		t.Error("nothing was seen")
	}
}

func TestComments(t *testing.T) {
	leaves(t)
	r := New(Info{})
	at := recorded(t, r, "127.0.0.1:0", func(c net.Conn) {
		c.Read(make([]byte, 100))
		Comment(c, "who %s", "this")
		for range 20 {
			Comment(c, "%s", strings.Repeat("long", 1000))
		}
		io.WriteString(c, "one")
		io.WriteString(c, "two")
	})
	end := watch(t, r)
	c := dial(t, at)
	io.WriteString(c, "hello")
	io.Copy(io.Discard, c)
	for _, p := range end() {
		switch string(p.payload) {
		case "one":
			if len(p.comments) != maxComments || p.comments[0] != "who this" || len(p.comments[1]) > maxCommentBytes {
				t.Errorf("%d comments: %.2000q", len(p.comments), p.comments)
			}
		case "two", "hello":
			if len(p.comments) != 0 {
				t.Errorf("%s has comments, too: %.100q", p.payload, p.comments)
			}
		}
	}
	a, b := net.Pipe()
	Comment(a, "nobody reads this")
	Comment(nil, "nor this")
	a.Close()
	b.Close()
}

func TestOffIsNothing(t *testing.T) {
	var r *Recorder
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	if r.Listener(tcp) != tcp || r.PacketConn(nil) != nil || r.KeyLog(nil) != nil || r.KeyLog(os.Stdout) != os.Stdout {
		t.Error("what is off wraps something")
	}
	r.Close()
}
