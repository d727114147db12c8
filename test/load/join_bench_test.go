package load

import (
	"fmt"
	"testing"
	"time"

	"pollwire/test/rig"
)

// BenchmarkJoinStorm lets people come in, 400 in a second, each with a socket and a nickname, while all who are there
// already are told. An operation is the whole storm.
//
// Each hears of each, so there is a square in the bytes: 2,000 people hear 2,000 names each, 250 MB. That alone may
// grow with the crowd. What package presence lets the server do besides for one who joins does not: it encodes once,
// and writes to at most 20,000 sockets a second, which are 50 for each who joins. Both, 130 KB and 50 writes of some 10
// µs, should cost less than a millisecond of CPU more at 2,000 people than at 200. The last must know the last within
// half a second: a rest, which is 100 ms by then, and what it takes to write to all.
func BenchmarkJoinStorm(b *testing.B) {
	for _, n := range []int{200, 2000} {
		b.Run(fmt.Sprint(n, "people"), func(b *testing.B) {
			for range b.N {
				storm(b, n, 2500*time.Microsecond)
			}
		})
	}
}

func storm(b *testing.B, n int, every time.Duration) {
	p := rig.Spawn(b, b.TempDir())
	ws := watch(b, 0, `"online":`, nil)
	ws.all = make([]*watcher, n)
	before, _ := spentBy(p.Process.Pid)
	dial := plainly(p.WS)
	b.ResetTimer()
	ws.began = time.Now()
	if err := paced(ws.began, n, every, 64, func(_, i int) error {
		if err := ws.open(i, dial); err != nil {
			return err
		}
		_, err := ws.all[i].Write(rig.Masked(rig.FinText,
			fmt.Sprintf(`{"event":"user:join","data":{"nickname":"Kim %d"},"id":1}`,
				i)))
		return err
	}); err != nil {
		b.Fatal(err)
	}
	ws.until(int64(n))
	b.StopTimer()
	report(b, p, before, n, "join")
	acked := make([]time.Duration, n)
	for i, w := range ws.all {
		w.mu.Lock()
		acked[i], w.from = w.acked, w.heard[0].n-1
		w.mu.Unlock()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "joins/s")
	b.ReportMetric(p99(since(acked, 0, every)), "p99-ms-ack")
	b.ReportMetric(p99(since(ws.last(n), 0, every)), "p99-ms-last")
	b.ReportMetric(float64(ws.bytes.Load())/(1<<20), "told-MB")
}
