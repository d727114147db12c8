package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/test/rig"
	"pollwire/wire/http3"
)

// BenchmarkVotesByVersion lets 16 people change their votes, each as fast as it is answered, for a second by each
// version of HTTP, all in TLS: HTTP/1.1 has a connection for each, HTTP/2 and 3 one for all. An operation is these
// three seconds; h2/h1 and h3/h1 are ratios of one run, so they mean the same on every computer.
//
// A commit is shared by all who wait, and costs most, so the ratios are near 1. One connection for all has fewer system
// calls than 16; golang.org/x/net/quic is not tuned, but nothing here is large. Measured were 1.3 and 1.5.
func BenchmarkVotesByVersion(b *testing.B) {
	for range b.N {
		p := rig.Spawn(b, b.TempDir(), "-http3")
		perSecond := map[string]float64{}
		for _, v := range []struct {
			name string
			trip http.RoundTripper
		}{
			{"h1", rig.ClientFor(b, rig.Ways[2].Protocols).Transport},
			{"h2", rig.ClientFor(b, rig.Ways[3].Protocols).Transport},
			{"h3", dialHTTP3(b, p)},
		} {
			perSecond[v.name] = votesBy(b, p, v.trip, 16, time.Second)
			b.ReportMetric(perSecond[v.name], v.name+"-votes/s")
		}
		b.ReportMetric(perSecond["h2"]/perSecond["h1"], "h2/h1")
		b.ReportMetric(perSecond["h3"]/perSecond["h1"], "h3/h1")
		p.Kill()
	}
}

func dialHTTP3(b *testing.B, p *rig.Process) *http3.Client {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), rig.Patience)
	defer cancel()
	c, err := http3.Dial(ctx, "127.0.0.1:"+p.Port("http"), rig.Trusting)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

// votesBy lets people vote, and returns how many votes were in a second.
func votesBy(b *testing.B, p *rig.Process, trip http.RoundTripper, people int, d time.Duration) float64 {
	b.Helper()
	tokens := tokensOf(p, people, rawConns(p, 1))
	poll := p.NewPoll(tokens[0])
	url := fmt.Sprintf("https://127.0.0.1:%s/api/polls/%d/vote", p.Port("http"), poll.ID)
	var votes atomic.Int64
	var voting sync.WaitGroup
	began := time.Now()
	for _, token := range tokens {
		voting.Go(func() {
			for i := 0; time.Since(began) < d; i++ {
				body := fmt.Appendf(nil, `{"option_id":%d}`, poll.Options[i%len(poll.Options)].ID)
				req, err := http.NewRequest("POST", url, bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Authorization", "Bearer "+token)
				resp, err := trip.RoundTrip(req)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode != 200 {
					b.Errorf("a vote was answered by %s", resp.Status)
					return
				}
				votes.Add(1)
			}
		})
	}
	voting.Wait()
	return float64(votes.Load()) / time.Since(began).Seconds()
}
