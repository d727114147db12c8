package load

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/test/rig"
)

// BenchmarkNamedVotes lets 64 people change their vote, each as fast as it is answered, for a second: in a poll as
// anybody makes it, and in a question of a quiz, which is named, has a right answer and gives points. An operation is
// that second. What is right is looked up when the poll is over and not when somebody votes, so both are as many.
func BenchmarkNamedVotes(b *testing.B) {
	quiz := rig.Object{"named": true, "points": 2,
		"options": []rig.Object{{"text": "TCP", "correct": true}, {"text": "UDP"}, {"text": "IP"}}}
	for name, more := range map[string]rig.Object{"poll": {"options": []string{"TCP", "UDP", "IP"}}, "quiz": quiz} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				p := rig.Spawn(b, b.TempDir())
				conns := rawConns(p, 64)
				poll := p.NewPoll(p.Teacher(p.TeacherKey(), "Han").AccessToken, more)
				var votes [][][]byte // of each person, one for each option
				for _, token := range tokensOf(p, len(conns), conns) {
					votes = append(votes, votesOn(poll, []string{token, token, token}))
				}
				before, _ := spentBy(p.Process.Pid)
				var count atomic.Int64
				answered := make([][]time.Duration, len(conns))
				b.ResetTimer()
				began := time.Now()
				if err := rig.Together(len(conns), func(lane int) error {
					for i := 0; time.Since(began) < time.Second; i++ {
						asked := time.Now()
						if err := sent(conns[lane], votes[lane][i%3]); err != nil {
							return fmt.Errorf("vote %d: %w", i, err)
						}
						answered[lane] = append(answered[lane], time.Since(asked))
						count.Add(1)
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				report(b, p, before, int(count.Load()), "vote")
				b.ReportMetric(float64(count.Load())/time.Since(began).Seconds(), "votes/s")
				b.ReportMetric(p99(slices.Concat(answered...)), "p99-ms-vote")
				p.Kill()
			}
		})
	}
}
