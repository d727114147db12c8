package load

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pollwire/test/rig"
)

// votesOn are ready requests: each token votes for the option that it is asked for by its number.
func votesOn(p rig.Poll, tokens []string) (list [][]byte) {
	for i, token := range tokens {
		list = append(list, rig.Request("POST", fmt.Sprintf("/api/polls/%d/vote", p.ID), token,
			rig.Object{"option_id": p.Options[i%len(p.Options)].ID}))
	}
	return list
}

// BenchmarkVotesWhileWatched lets 4,000 people vote in 2 s, each once, over 64 connections, while 1,000 sockets watch
// the result. An operation is all of that. p99-ms-vote is from when a vote was due to its answer, when it is on disk;
// p99-ms-last from when the n-th vote was due until the last socket has a result that counts n.
//
// A vote that has just missed a result waits 50 ms for the next, so the last socket knows within 50 ms, a commit, and
// the time to write to all: below 100 ms. 20 results a second for 1,000 sockets are 20,000 writes, 10 for a vote, which
// cost less than 200 µs; with the vote itself (40 µs in a burst, more where it comes alone and has a commit for
// itself) the server should stay below 500 µs a vote, which is one core.
func BenchmarkVotesWhileWatched(b *testing.B) {
	const people, every, sockets = 4000, 500 * time.Microsecond, 1000
	for range b.N {
		p := rig.Spawn(b, b.TempDir())
		conns := rawConns(p, 64)
		tokens := tokensOf(p, people, conns)
		poll := p.NewPoll(tokens[0])
		requests := votesOn(poll, tokens)
		ws := watch(b, sockets, `"event":"vote:result","data":{"poll_id":1,"total_votes":`, plainly(p.WS))
		before, _ := spentBy(p.Process.Pid)
		answered := make([]time.Duration, people)
		b.ResetTimer()
		ws.began = time.Now()
		if err := paced(ws.began, people, every, len(conns), func(lane, i int) error {
			status, err := conns[lane].RoundTrip(requests[i])
			if answered[i] = time.Since(ws.began); status != 200 || err != nil {
				return fmt.Errorf("vote %d = %d, %v, want 200", i, status, err)
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		took := slices.Max(answered)
		ws.until(people)
		b.StopTimer()
		report(b, p, before, people, "vote")
		b.ReportMetric(people/took.Seconds(), "votes/s")
		b.ReportMetric(p99(since(answered, 0, every)), "p99-ms-vote")
		b.ReportMetric(p99(since(ws.last(people), 0, every)), "p99-ms-last")
		ws.close()
		p.Kill()
	}
}

// BenchmarkGrowth is what becomes of votes and memory while the crowd grows: 64 people change their vote, each as fast
// as it is answered, for a second, and all sockets watch. An operation is that second and the way to it.
//
// A tally leaves 20 times a second however many votes come, so sockets take from the votes only what it costs to write
// to each 20 times: 20,000 writes a second at 1,000 sockets, a fifth of a core, which may cost a fifth of the votes; at
// 10,000 they fill two cores, and what votes are left is what the system shares out. Memory grows by what a socket
// needs, 10 KB, and up to as much again that Go's collector leaves lying about: 24 KB at most, at any size.
func BenchmarkGrowth(b *testing.B) {
	for _, sockets := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(sockets, "sockets"), func(b *testing.B) {
			for range b.N {
				grown(b, sockets)
			}
		})
	}
}

func grown(b *testing.B, sockets int) {
	p := rig.Spawn(b, b.TempDir())
	conns := rawConns(p, 64)
	tokens := tokensOf(p, len(conns), conns)
	poll := p.NewPoll(tokens[0])
	var votes [][][]byte // of each person, one for each option
	for _, token := range tokens {
		votes = append(votes, votesOn(poll, []string{token, token, token}))
	}
	empty, known := spentBy(p.Process.Pid)
	ws := watch(b, sockets, `"event":"vote:result","data":{"poll_id":1,"total_votes":`, plainly(p.WS))
	p.UntilSockets(sockets)
	full, _ := spentBy(p.Process.Pid)
	answered, took := hurried(b, conns, votes)
	ws.until(int64(len(conns))) // each has heard of everybody
	b.StopTimer()
	report(b, p, full, len(answered), "vote")
	b.ReportMetric(float64(len(answered))/took.Seconds(), "votes/s")
	b.ReportMetric(p99(answered), "p99-ms-vote")
	if known {
		b.ReportMetric(float64(full.memory)/(1<<20), "MB")
		if sockets >= 1000 { // for a few, what the rest of the program does with its memory is more
			b.ReportMetric(float64(full.memory-empty.memory)/float64(sockets), "B/socket")
		}
	}
	ws.close()
	p.Kill()
}

// hurried lets people change their vote, each over a connection and as fast as it is answered, for a second. It returns
// how long each answer took, and how long all of it.
func hurried(b *testing.B, conns []*rig.Conn, votes [][][]byte) (all []time.Duration, took time.Duration) {
	b.Helper()
	answered := make([][]time.Duration, len(conns))
	b.ResetTimer()
	began := time.Now()
	if err := rig.Together(len(conns), func(lane int) error {
		for i := 0; time.Since(began) < time.Second; i++ {
			asked := time.Now()
			if err := sent(conns[lane], votes[lane][i%3]); err != nil {
				return err
			}
			answered[lane] = append(answered[lane], time.Since(asked))
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return slices.Concat(answered...), time.Since(began)
}
