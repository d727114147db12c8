package load

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/test/rig"
)

// tellAll lets n things happen, one after the other and each at its time, by requests over one connection, and waits
// until all have heard of them. It reports how many that were in a second, and how long it took for each, from when it
// was due until the last of the crowd had it.
func tellAll(b *testing.B, p *rig.Process, ws *watchers, n int, every time.Duration, status int,
	request func(i int) []byte) {
	b.Helper()
	conn := rawConns(p, 1)[0]
	began := time.Now()
	if err := paced(began, n, every, 1, func(_, i int) error {
		got, err := conn.RoundTrip(request(i))
		if got != status || err != nil {
			return fmt.Errorf("request %d = %d %s, %v, want %d", i, got, conn.Body, err, status)
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	ws.until(int64(n))
	b.StopTimer()
	at := ws.last(n)
	b.ReportMetric(float64(n-1)/(at[n-1]-at[0]).Seconds(), "events/s")
	b.ReportMetric(p99(since(at, began.Sub(ws.began), every)), "p99-ms-last")
}

// chatted is told of n messages.
func chatted(b *testing.B, p *rig.Process, ws *watchers, n int, every time.Duration) {
	b.Helper()
	token := p.Guest("Kim 0").AccessToken
	tellAll(b, p, ws, n, every, 201, func(i int) []byte {
		return rig.Request("POST", "/api/chat/messages", token, rig.Object{"message": fmt.Sprint(i + 1)})
	})
}

const chatKey = `"nickname":"Kim 0","role":"student"},"message":"` // and then its number

// BenchmarkSockets1000 opens 1,000 sockets, without and with TLS, and tells them 100 messages in 2 s. An operation is
// all of that. p99-ms-last is from when a message was due until the last socket has it; connects/s counts both ends'
// work.
//
// TLS costs a handshake once (one ECDSA signature and one key exchange at each end: below 1 ms of CPU for the server),
// its state and buffers for each socket (another 25 KB at most), and for each message the encryption of a record (a few
// µs, as each socket has keys of its own and nothing can be shared). So 20 ms without TLS, and below 50 with it.
func BenchmarkSockets1000(b *testing.B) {
	const sockets, messages, every = 1000, 100, 20 * time.Millisecond
	for _, scheme := range []string{"ws", "wss"} {
		b.Run(scheme, func(b *testing.B) {
			for range b.N {
				p := rig.Spawn(b, b.TempDir())
				dial := plainly(p.WS)
				if scheme == "wss" {
					dial = func() (net.Conn, error) { return tls.Dial("tcp", p.WS, rig.Trusting) }
				}
				empty, known := spentBy(p.Process.Pid)
				b.ResetTimer()
				opening := time.Now()
				ws := watch(b, sockets, chatKey, dial)
				p.UntilSockets(sockets)
				open := time.Since(opening)
				full, _ := spentBy(p.Process.Pid)
				chatted(b, p, ws, messages, every)
				report(b, p, full, sockets*messages, "delivery")
				b.ReportMetric(sockets/open.Seconds(), "connects/s")
				if known {
					b.ReportMetric(float64((full.cpu-empty.cpu).Microseconds())/sockets, "server-µs/connect")
					b.ReportMetric(float64(full.memory-empty.memory)/sockets, "B/socket")
				}
				ws.close()
				p.Kill()
			}
		})
	}
}

// BenchmarkPolling500 tells 500 clients of Socket.IO, who all stay with long-polling, 20 messages in 2 s. An operation
// is all of that.
//
// Each message ends 500 requests and brings 500 new ones: 5,000 requests a second. What a request costs net/http (some
// 30 µs) and the session's own part should stay below 150 µs for the server, and so the last below 150 ms.
func BenchmarkPolling500(b *testing.B) {
	const clients, messages, every = 500, 20, 100 * time.Millisecond
	for range b.N {
		p := rig.Spawn(b, b.TempDir())
		ws := &watchers{TB: b, key: []byte(chatKey), began: time.Now()}
		var polls atomic.Int64
		stop := make(chan struct{})
		var polling sync.WaitGroup
		for range clients {
			w := &watcher{}
			ws.all = append(ws.all, w)
			poll := longPoll(p)
			polling.Go(func() {
				for {
					text, err := poll()
					if err != nil {
						select {
						case <-stop:
						default:
							b.Error(err)
						}
						return
					}
					polls.Add(1)
					ws.note(w, text)
				}
			})
		}
		before, _ := spentBy(p.Process.Pid)
		polls.Store(0)
		b.ResetTimer()
		chatted(b, p, ws, messages, every)
		report(b, p, before, clients*messages, "delivery")
		b.ReportMetric(float64(polls.Load())/b.Elapsed().Seconds(), "polls/s")
		close(stop)
		p.Kill()
		polling.Wait()
	}
}

// longPoll connects a client of Socket.IO, and returns a func that polls for one payload.
func longPoll(p *rig.Process) func() (string, error) {
	p.Helper()
	c := rig.DialRaw(p.TB, p.WS)
	path := "/socket.io/?EIO=4&transport=polling"
	ask := func(method, body string) (string, error) {
		status, err := c.RoundTrip(fmt.Appendf(nil,
			"%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", method, path,
			len(body), body))
		if err == nil && status != 200 {
			err = fmt.Errorf("%s %s = %d %s", method, path, status, c.Body)
		}
		return string(c.Body), err
	}
	must := func(method, body, begin string) string {
		text, err := ask(method, body)
		if err != nil || !strings.HasPrefix(text, begin) {
			p.Fatalf("%s %s was answered by %q, %v", method, path, text, err)
		}
		return text
	}
	var open struct{ Sid string }
	if err := json.Unmarshal([]byte(must("GET", "", "0{")[1:]), &open); err != nil {
		p.Fatal(err)
	}
	path += "&sid=" + open.Sid
	must("POST", "40", "ok")
	must("GET", "", "40{")
	return func() (string, error) { return ask("GET", "") }
}

// note notes all numbers in what came.
func (ws *watchers) note(w *watcher, text string) {
	at := time.Since(ws.began)
	for _, part := range strings.Split(text, "\x1e") { // between the packets of Engine.IO
		if n, found := numberBehind([]byte(part), ws.key); found {
			w.mu.Lock()
			w.heard = append(w.heard, heard{n, at})
			w.mu.Unlock()
		}
	}
}
