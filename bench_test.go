package main

// What the parts cost: go test -run '^$' -bench . -benchmem
//
// Server and clients share one process and its cores, so only ratios within one run say something.

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// rawConn is the leanest HTTP/1.1 client: it writes ready bytes and reads answers with a Content-Length.
type rawConn struct {
	net.Conn
	in   *bufio.Reader
	body []byte // of the last answer
}

func dialRaw(t testing.TB, addr string) *rawConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &rawConn{Conn: c, in: bufio.NewReader(c)}
}

// roundTrip sends a request and returns the status of the answer, whose body is in c.body until the next one.
func (c *rawConn) roundTrip(request []byte) (int, error) {
	if _, err := c.Write(request); err != nil {
		return 0, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return 0, fmt.Errorf("status line %q: %v", line, err)
	}
	status, length := int(line[9]-'0')*100+int(line[10]-'0')*10+int(line[11]-'0'), 0
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
		}
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	_, err = io.ReadFull(c.in, c.body)
	return status, err
}

func rawRequest(method, path, token string, body any) []byte {
	data, _ := json.Marshal(body)
	auth := ""
	if token != "" {
		auth = "Authorization: Bearer " + token + "\r\n"
	}
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Type: application/json\r\nContent-Length: "+
		"%d\r\n\r\n%s",
		method, path, auth, len(data), data)
}

// voters are n people with a token, and polls enough that each can vote votes/n times, each time in another one.
func voters(r *rig, n, votes int) (tokens []string, polls []pollJSON) {
	for i := range n {
		tokens = append(tokens, r.guest(fmt.Sprint("voter", i)).AccessToken)
	}
	for range votes/n + 1 {
		polls = append(polls, r.newPoll(tokens[0]))
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
				c := dialRaw(b, r.api[len("http://"):])
				all.Go(func() {
					for k := range (b.N + conns - 1 - i) / conns {
						request := rawRequest("POST", fmt.Sprintf("/api/polls/%d/vote", polls[k].ID), token,
							object{"option_id": polls[k].Options[i%3].ID})
						if status, err := c.roundTrip(request); status != 200 || err != nil {
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
	kim := r.guest("Kim")
	p := r.newPoll(kim.AccessToken)
	s := r.dial("?token=" + kim.AccessToken)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		s.send("vote:cast", object{"poll_id": p.ID, "option_id": p.Options[i%3].ID}, i)
		s.until("ack")
		s.seen = nil
	}
}

func BenchmarkGetPoll(b *testing.B) {
	r := start(b)
	kim := r.guest("Kim")
	p := r.newPoll(kim.AccessToken)
	request := rawRequest("GET", fmt.Sprintf("/api/polls/%d", p.ID), kim.AccessToken, nil)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c := dialRaw(b, r.api[len("http://"):])
		for pb.Next() {
			if status, err := c.roundTrip(request); status != 200 || err != nil {
				b.Errorf("GET = %d, %v, want 200", status, err)
				return
			}
		}
	})
}

// listenRaw opens a WebSocket that counts the frames that come, by their headers alone.
func listenRaw(t testing.TB, addr string, frames *atomic.Int64) net.Conn {
	c := dialRaw(t, addr)
	io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	resp, err := http.ReadResponse(c.in, nil)
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
				listenRaw(b, r.ws, &frames)
			}
			for r.openSockets.Load() < int64(n) {
				time.Sleep(time.Millisecond)
			}
			m := message{ID: 1, Type: "message", User: &person{1, "Kim"}, Message: "How long does a message take to all of us?",
				CreatedAt: now()}
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
	idle(b, "/ws", "", func(r *rig) int { return int(r.openSockets.Load()) })
}

// BenchmarkIdleSocketIO is the same for Socket.IO over a WebSocket, in no namespace yet; and for one whose handshake has
// a long header section, which should cost nothing afterwards.
func BenchmarkIdleSocketIO(b *testing.B) {
	for name, more := range map[string]string{"short": "", "28KB": "Cookie: " + strings.Repeat("x", 28<<10) + "\r\n"} {
		b.Run(name, func(b *testing.B) {
			idle(b, "/socket.io/?EIO=4&transport=websocket", more, func(r *rig) int { return r.socketIO.Sessions() })
		})
	}
}

// idle opens sockets at path and measures what they hold. open counts them.
func idle(b *testing.B, path, more string, open func(*rig) int) {
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
			c, err := net.Dial("tcp", r.ws)
			if err != nil {
				b.Fatal(err)
			}
			conns = append(conns, c)
			io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
				"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"+more+"Sec-WebSocket-Version: 13\r\n\r\n")
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

// BenchmarkStart starts the program until it has answered a request, with an empty database and with a large one.
func BenchmarkStart(b *testing.B) {
	for _, votes := range []int{0, 100_000} {
		b.Run(fmt.Sprint(votes, "votes"), func(b *testing.B) {
			dir := b.TempDir()
			if votes > 0 {
				fill(b, dir, votes)
			}
			b.ResetTimer()
			for range b.N {
				p := spawn(b, dir)
				if resp, _ := p.do("GET", "/api/polls", "", nil); resp.StatusCode != 200 {
					b.Fatal(resp.Status)
				}
				b.StopTimer()
				p.Process.Kill()
				p.exited <- <-p.exited // or the next one would find the database locked
				b.StartTimer()
			}
		})
	}
}

// fill makes a database with so many votes, in polls of 1,000 people, and a tenth as many messages.
func fill(t testing.TB, dir string, votes int) {
	t.Helper()
	path := filepath.Join(dir, "pollwire.db")
	s, err := openStore(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// The triggers would take most of the time. Without them the counts have to be made by hand.
	var drop, create string
	if err := db.QueryRow(`SELECT group_concat('DROP TRIGGER ' || name, ';'), group_concat(sql, ';') FROM sqlite_schema
		WHERE type = 'trigger'`).Scan(&drop, &create); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(drop+`;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
			INSERT INTO users (id, nickname, created_at) SELECT i, 'voter' || i, 1 FROM n;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
			INSERT INTO polls (id, title, description, multiple, hidden, is_active, created_at, created_by, voters)
			SELECT i, 'poll ' || i, '', 0, 0, 1, 1, 1, 1000 FROM n;
		INSERT INTO options (id, poll_id, position, text, votes)
			SELECT 2 * id - 1, id, 0, 'a', 500 FROM polls UNION ALL SELECT 2 * id, id, 1, 'b', 500 FROM polls;
		INSERT INTO votes (poll_id, user_id, option_id, cast_at) SELECT p.id, u.id, 2 * p.id - u.id % 2, 1 FROM polls p JOIN users u;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 * 100)
			INSERT INTO messages (type, user_id, message, created_at) SELECT 'message', 1 + i % 1000, 'message ' || i, 1 FROM n;
		`+create, votes/1000)
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkGetBesideSilent asks for a poll while nobody, and while 400 others hold connections on which they say
// nothing, or stopped in the middle of a ClientHello. The two should cost the same.
func BenchmarkGetBesideSilent(b *testing.B) {
	for _, silent := range []int{0, 400} {
		b.Run(fmt.Sprintf("silent=%d", silent), func(b *testing.B) {
			r := start(b, func(c *config) { c.helloTimeout = time.Hour })
			p := r.newPoll(r.guest("Kim").AccessToken)
			for i := range silent {
				conn, err := net.Dial("tcp", strings.TrimPrefix(r.api, "http://"))
				if err != nil {
					b.Fatal(err)
				}
				defer conn.Close()
				if i%2 == 1 {
					io.WriteString(conn, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03half a hello")
				}
			}
			client := clientFor(b, func(p *http.Protocols) { p.SetHTTP1(true) })
			client.Transport.(*http.Transport).DisableKeepAlives = true // each request has to be accepted anew
			for b.Loop() {
				resp, err := client.Get(fmt.Sprintf("%s/api/polls/%d", r.api, p.ID))
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
