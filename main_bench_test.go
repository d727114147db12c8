package main

// What the parts cost: go test -run '^$' -bench . -benchmem . (and what a whole class costs: test/load)
//
// Server and clients share one process and its cores, so only ratios within one run say something.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/test/rig"
)

// voters are n people with a token, and polls enough that each can vote votes/n times, each time in another one.
func voters(r *local, n, votes int) (tokens []string, polls []rig.Poll) {
	for i := range n {
		tokens = append(tokens, r.Guest(fmt.Sprint("voter", i)).AccessToken)
	}
	for range votes/n + 1 {
		polls = append(polls, r.NewPoll(tokens[0]))
	}
	return tokens, polls
}

// BenchmarkVoteHTTP votes from 64 connections at once, on disk before each answer. "group" is the server as it is,
// "each" the same server with a commit for each vote.
func BenchmarkVoteHTTP(b *testing.B) {
	const conns = 64
	for _, mode := range []struct {
		name  string
		batch int
	}{{"group", 0}, {"each", 1}} {
		b.Run(mode.name, func(b *testing.B) {
			r := start(b, func(c *config) { c.maxBatch = mode.batch })
			tokens, polls := voters(r, conns, b.N)
			commits, pieces := r.store.db.Stats()
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i, token := range tokens {
				c := rig.DialRaw(b, r.API[len("http://"):])
				all.Go(func() {
					for k := range (b.N + conns - 1 - i) / conns {
						request := rig.Request("POST", fmt.Sprintf("/api/polls/%d/vote", polls[k].ID), token,
							rig.Object{"option_id": polls[k].Options[i%3].ID})
						if status, err := c.RoundTrip(request); status != 200 || err != nil {
							b.Errorf("a vote = %d, %v, want 200", status, err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "votes/s")
			c, p := r.store.db.Stats()
			b.ReportMetric(float64(p-pieces)/float64(c-commits), "votes/commit")
		})
	}
}

// BenchmarkVoteSocket votes over one socket and waits for each acknowledgement.
func BenchmarkVoteSocket(b *testing.B) {
	r := start(b)
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)
	s := r.Dial("?token=" + kim.AccessToken)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		s.Send("vote:cast", rig.Object{"poll_id": p.ID, "option_id": p.Options[i%3].ID}, i)
		s.Until("ack")
		s.Seen = nil
	}
}

func BenchmarkGetPoll(b *testing.B) {
	r := start(b)
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)
	request := rig.Request("GET", fmt.Sprintf("/api/polls/%d", p.ID), kim.AccessToken, nil)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c := rig.DialRaw(b, r.API[len("http://"):])
		for pb.Next() {
			if status, err := c.RoundTrip(request); status != 200 || err != nil {
				b.Errorf("GET = %d, %v, want 200", status, err)
				return
			}
		}
	})
}

// listenRaw opens a WebSocket that counts the frames that come, by their headers alone.
func listenRaw(t testing.TB, addr string, frames *atomic.Int64) net.Conn {
	c := rig.DialRaw(t, addr)
	io.WriteString(c, rig.BareHandshake)
	resp, err := http.ReadResponse(c.In, nil)
	if err != nil || resp.StatusCode != 101 {
		t.Fatalf("handshake = %v, %v, want 101", resp, err)
	}
	go func() {
		in := bufio.NewReaderSize(c.Conn, 2048)
		for {
			head, err := in.Peek(4)
			if err != nil {
				return
			}
			n := 2 + int(head[1])
			if head[1] == 126 {
				n = 4 + int(head[2])<<8 + int(head[3])
			}
			if _, err := in.Discard(n); err != nil {
				return
			}
			frames.Add(1)
		}
	}()
	return c
}

// BenchmarkFanout publishes events to so many sockets, at most 64 under way. An operation is one event to all.
func BenchmarkFanout(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 5000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := start(b)
			var frames atomic.Int64
			for range n {
				listenRaw(b, r.WS, &frames)
			}
			for r.sockets.Len() < n {
				time.Sleep(time.Millisecond)
			}
			m := message{ID: 1, Type: "message", User: &person{ID: 1, Nickname: "Kim", Role: "student"}, CreatedAt: now(),
				Message: "How long does a message take to all of us?"}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				for frames.Load() < int64(i-64)*int64(n) {
					runtime.Gosched()
				}
				r.publish("chat:message_received", 0, m)
			}
			for frames.Load() < int64(b.N)*int64(n) {
				time.Sleep(100 * time.Microsecond)
			}
			b.ReportMetric(float64(frames.Load())/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}

// BenchmarkIdleSocket tells what an open socket holds in memory. The client's end is in the same process, so it is a
// bare connection that holds next to nothing.
func BenchmarkIdleSocket(b *testing.B) {
	idle(b, rig.BareHandshake, func(r *local) int {
		listeners, _ := r.hub.Stats()
		return listeners
	})
}

// BenchmarkIdleSocketIO is the same for Socket.IO over a WebSocket, in no namespace yet; and for one whose handshake
// has a long header section, which should cost nothing afterwards.
func BenchmarkIdleSocketIO(b *testing.B) {
	bare := strings.Replace(rig.BareHandshake, "/ws", "/socket.io/?EIO=4&transport=websocket", 1)
	for name, more := range map[string]string{"short": "", "28KB": "Cookie: " + strings.Repeat("x", 28<<10) + "\r\n"} {
		b.Run(name, func(b *testing.B) {
			handshake := strings.TrimSuffix(bare, "\r\n") + more + "\r\n"
			idle(b, handshake, func(r *local) int { return r.socketIO.Sessions() })
		})
	}
}

// idle opens sockets and measures what they hold. open counts them.
func idle(b *testing.B, handshake string, open func(*local) int) {
	const n = 1500
	r := start(b)
	memory := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	for range b.N {
		before := memory()
		var conns []net.Conn
		for range n {
			c, err := net.Dial("tcp", r.WS)
			if err != nil {
				b.Fatal(err)
			}
			conns = append(conns, c)
			io.WriteString(c, handshake)
		}
		for open(r) < n {
			time.Sleep(time.Millisecond)
		}
		b.ReportMetric(float64(memory()-before)/n, "B/socket")
		for _, c := range conns {
			c.Close()
		}
		for open(r) > 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

// A socket that has been spoken to and is silent now waits on the smallest stack that Go has, 2 KB. At 10,000 sockets
// the next size is 20 MB more.
func TestSilentSocketsWaitOnSmallStacks(t *testing.T) {
	if rig.Race || runtime.GOOS+runtime.GOARCH != "linuxamd64" {
		t.Skip("here functions need more stack, for which nothing was promised")
	}
	for name, socket := range map[string]struct {
		path  string
		asked [][2]string // what is said, and in the answer
		sign  []byte
	}{
		"WebSocket": {"/ws", [][2]string{{`{"event":"lab:whoami","id":1}`, `"id":1`},
			{`{"event":"lab:whoami","id":2}`, `"id":2`}}, rig.Masked(rig.FinPong, "")},
		"Socket.IO": {"/socket.io/?EIO=4&transport=websocket", [][2]string{{"40", "40{"}, {`420["lab:whoami"]`, "430["}},
			rig.Masked(rig.FinText, "3")},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 1000
			r := start(t)
			before := stacks()
			for range n {
				handshake := strings.Replace(rig.BareHandshake, "/ws", socket.path, 1)
				spokenTo(t, r.WS, handshake, socket.asked).Write(socket.sign)
			}
			each := func() int64 { return (stacks() - before) / n }
			for deadline := time.Now().Add(rig.Patience); each() > 3000; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("a silent socket has %d bytes of stack, want 2048", each())
				}
			}
		})
	}
}

// spokenTo opens a socket and has all that it asks answered.
func spokenTo(t *testing.T, addr, handshake string, asked [][2]string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(rig.Patience))
	due := "\r\n\r\n"
	for i, send := 0, []byte(handshake); ; i++ {
		conn.Write(send)
		got, buf := "", make([]byte, 4096)
		for !strings.Contains(got, due) {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatalf("%q was answered by %q, then %v", send, got, err)
			}
			got += string(buf[:n])
		}
		if i == len(asked) {
			return conn
		}
		send, due = rig.Masked(rig.FinText, asked[i][0]), asked[i][1]
	}
}

// stacks returns how many bytes the stacks of all goroutines have.
func stacks() int64 {
	runtime.GC()
	runtime.GC() // frees those of goroutines that had ended before the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.StackInuse)
}

// BenchmarkGetBesideSilent asks for a poll while nobody, and while 400 others hold connections on which they say
// nothing, or stopped in the middle of a ClientHello. The two should cost the same.
func BenchmarkGetBesideSilent(b *testing.B) {
	for _, silent := range []int{0, 400} {
		b.Run(fmt.Sprintf("silent=%d", silent), func(b *testing.B) {
			r := start(b, func(c *config) { c.helloTimeout = time.Hour })
			p := r.NewPoll(r.Guest("Kim").AccessToken)
			for i := range silent {
				conn, err := net.Dial("tcp", strings.TrimPrefix(r.API, "http://"))
				if err != nil {
					b.Fatal(err)
				}
				defer conn.Close()
				if i%2 == 1 {
					io.WriteString(conn, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03half a hello")
				}
			}
			client := rig.ClientFor(b, func(p *http.Protocols) { p.SetHTTP1(true) })
			client.Transport.(*http.Transport).DisableKeepAlives = true // each request has to be accepted anew
			for b.Loop() {
				resp, err := client.Get(fmt.Sprintf("%s/api/polls/%d", r.API, p.ID))
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
