package load

import (
	"testing"

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
				answered, took := hurried(b, conns, votes)
				b.StopTimer()
				report(b, p, before, len(answered), "vote")
				b.ReportMetric(float64(len(answered))/took.Seconds(), "votes/s")
				b.ReportMetric(p99(answered), "p99-ms-vote")
				p.Kill()
			}
		})
	}
}
