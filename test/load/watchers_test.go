// Package load lets whole schools come: what a thousand sockets hear, and what the program costs meanwhile.
//
//	go test -run '^$' -bench . ./test/load
package load

// A crowd for benchmarks: many bare sockets in this process that watch a server in a process of its own, so that what
// the server costs can be told apart from what its clients cost.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pollwire/test/rig"
)

func TestMain(m *testing.M) { rig.Main(m, nil) }

// watchers are sockets that note when they hear a number that rises: of the votes, the people or the messages so far.
type watchers struct {
	testing.TB
	key     []byte // what stands before that number, such as "total_votes":
	began   time.Time
	all     []*watcher
	reading sync.WaitGroup
	bytes   atomic.Int64 // of all frames
}

// watcher is one of them. A goroutine of its own reads it.
type watcher struct {
	net.Conn
	in    *bufio.Reader
	rest  int           // of the payload, not read yet
	acked time.Duration // when the first ack came
	from  int64         // it was not there when the number was lower

	mu    sync.Mutex // guards heard
	heard []heard
}

type heard struct {
	n  int64
	at time.Duration // behind began
}

// watch opens n sockets; dial makes a connection. Where the system doesn't allow so many the benchmark is skipped.
func watch(b testing.TB, n int, key string, dial func() (net.Conn, error)) *watchers {
	b.Helper()
	ws := &watchers{TB: b, key: []byte(key), began: time.Now(), all: make([]*watcher, n)}
	const lanes = 16
	err := rig.Together(lanes, func(lane int) error {
		for i := lane; i < n; i += lanes {
			if err := ws.open(i, dial); err != nil {
				return fmt.Errorf("socket %d of %d: %w", i, n, err)
			}
		}
		return nil
	})
	b.Cleanup(ws.close)
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.EADDRNOTAVAIL) {
		b.Skipf("%v; see ulimit -n", err)
	}
	if err != nil {
		b.Fatal(err)
	}
	return ws
}

// plainly dials without TLS.
func plainly(addr string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.Dial("tcp", addr) }
}

// open makes the i-th socket and begins to read it.
func (ws *watchers) open(i int, dial func() (net.Conn, error)) error {
	conn, err := dial()
	if err != nil {
		return err
	}
	conn.SetDeadline(time.Now().Add(time.Minute)) // of the whole benchmark
	w := &watcher{Conn: conn, in: bufio.NewReaderSize(conn, 2048)}
	ws.all[i] = w
	io.WriteString(conn, rig.BareHandshake)
	resp, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != 101 {
		return fmt.Errorf("handshake: %s", resp.Status)
	}
	ws.reading.Go(func() { ws.read(w) })
	return nil
}

func (ws *watchers) close() {
	for _, w := range ws.all {
		if w != nil {
			w.Close()
		}
	}
	ws.reading.Wait()
}

// read notes what a socket hears, until it ends.
func (ws *watchers) read(w *watcher) {
	for {
		begin, size, err := w.next()
		if err != nil {
			return
		}
		at := time.Since(ws.began)
		ws.bytes.Add(int64(size))
		if bytes.HasPrefix(begin, []byte(`{"event":"ack"`)) {
			w.mu.Lock()
			w.acked = at
			w.mu.Unlock()
			continue
		}
		if n, found := numberBehind(begin, ws.key); found {
			w.mu.Lock()
			w.heard = append(w.heard, heard{n, at})
			w.mu.Unlock()
		}
	}
}

// next reads a frame of the server. It returns the beginning of the payload, until the next call, and the frame's size.
func (w *watcher) next() (begin []byte, size int, err error) {
	if _, err := w.in.Discard(w.rest); err != nil {
		return nil, 0, err
	}
	head, err := w.in.Peek(2)
	if err != nil {
		return nil, 0, err
	}
	header, extra := 2, map[byte]int{126: 2, 127: 8}[head[1]]
	w.rest = int(head[1])
	if extra > 0 {
		if head, err = w.in.Peek(header + extra); err != nil {
			return nil, 0, err
		}
		w.rest = 0
		for _, c := range head[2:] {
			w.rest = w.rest<<8 | int(c)
		}
		header += extra
	}
	w.in.Discard(header)
	begin, err = w.in.Peek(min(w.rest, 200))
	return begin, header + w.rest, err
}

// numberBehind returns the number behind the first key in text.
func numberBehind(text, key []byte) (n int64, found bool) {
	_, digits, found := bytes.Cut(text, key)
	for _, c := range digits {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n, found
}

// until waits until all sockets have heard n.
func (ws *watchers) until(n int64) {
	ws.Helper()
	deadline := time.Now().Add(3 * rig.Patience)
	for i, w := range ws.all {
		for {
			w.mu.Lock()
			last := int64(0)
			if len(w.heard) > 0 {
				last = w.heard[len(w.heard)-1].n
			}
			w.mu.Unlock()
			if last >= n {
				break
			}
			if time.Now().After(deadline) {
				ws.Fatalf("socket %d has heard of %d, want %d", i, last, n)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// last tells for each number up to n when the last of the sockets had heard of it, or of a higher one.
func (ws *watchers) last(n int) []time.Duration {
	at := make([]time.Duration, n)
	for _, w := range ws.all {
		w.mu.Lock()
		k := w.from
		for _, h := range w.heard {
			for ; k < min(h.n, int64(n)); k++ {
				at[k] = max(at[k], h.at)
			}
		}
		w.mu.Unlock()
	}
	return at
}

// since takes from each moment the one at which it should have begun: every after began, one behind the other.
func since(at []time.Duration, began, every time.Duration) []time.Duration {
	for i := range at {
		at[i] -= began + time.Duration(i)*every
	}
	return at
}

// p50 and p99 are what half, and all but one in a hundred, keep below, in milliseconds.
func p50(list []time.Duration) float64 { return quantile(list, 50) }
func p99(list []time.Duration) float64 { return quantile(list, 99) }

func quantile(list []time.Duration, percent int) float64 {
	list = slices.Sorted(slices.Values(list))
	return float64(list[len(list)*percent/100].Microseconds()) / 1000
}

// paced calls do(lane, 0) to do(lane, n-1), each at its time behind began, in so many lanes, and returns the first
// error. One that comes late doesn't move those behind it. With -short it goes five times as fast: that shows whether a
// benchmark works, and its figures mean nothing.
func paced(began time.Time, n int, every time.Duration, lanes int, do func(lane, i int) error) error {
	if testing.Short() {
		every /= 5
	}
	return rig.Together(lanes, func(lane int) error {
		for i := lane; i < n; i += lanes {
			time.Sleep(time.Until(began.Add(time.Duration(i) * every)))
			if err := do(lane, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// rawConns opens n connections to the API.
func rawConns(p *rig.Process, n int) (list []*rig.Conn) {
	for range n {
		list = append(list, rig.DialRaw(p.TB, p.API[len("http://"):]))
	}
	return list
}

// tokensOf makes n guests over so many connections.
func tokensOf(p *rig.Process, n int, conns []*rig.Conn) []string {
	p.Helper()
	tokens := make([]string, n)
	if err := rig.Together(len(conns), func(lane int) error {
		for i := lane; i < n; i += len(conns) {
			status, err := conns[lane].RoundTrip(rig.Request("POST", "/api/auth/guest", "",
				rig.Object{"nickname": fmt.Sprint("Kim ", i)}))
			var session rig.Session
			if err == nil {
				err = json.Unmarshal(conns[lane].Body, &session)
			}
			if status != 201 || err != nil {
				return fmt.Errorf("guest %d = %d, %v, want 201", i, status, err)
			}
			tokens[i] = session.AccessToken
		}
		return nil
	}); err != nil {
		p.Fatal(err)
	}
	return tokens
}

// spent is what a server's process has cost so far.
type spent struct {
	cpu          time.Duration
	memory, peak int64 // bytes in RAM, now and at most
}

// report adds what the server has cost since before: in CPU for each of n things, and in memory at most.
func report(b *testing.B, p *rig.Process, before spent, n int, thing string) {
	if now, known := spentBy(p.Process.Pid); known {
		b.ReportMetric(float64((now.cpu-before.cpu).Microseconds())/float64(n), "server-µs/"+thing)
		b.ReportMetric(float64(now.peak)/(1<<20), "peak-MB")
	}
}
