package load

import (
	"testing"
	"time"

	"pollwire/test/rig"
)

// BenchmarkClass60 is a lesson of 20 questions in 5 s: 60 phones follow the teacher from one to the next, answer each,
// and hand in a capture of a megabyte meanwhile; the desk looks four times a second at who has answered what, and a
// wall watches. An operation is all of that. p99-ms-vote is from when a vote was due to its answer, p99-ms-last from
// when the teacher went on until the last phone has followed.
//
// 240 votes a second, 12 captures, 4 lists of ballots and 4 changes told to 62 sockets should take a tenth of two
// cores. A capture occupies one of them for some 10 ms, and a vote may come upon two: 30 ms for both.
func BenchmarkClass60(b *testing.B) {
	const phones, questions, every = 60, 20, 250 * time.Millisecond
	for range b.N {
		p := rig.Spawn(b, b.TempDir(), "-limits=false")
		teacher := p.Teacher(p.TeacherKey(), "Han").AccessToken
		conns := rawConns(p, 16)
		tokens := tokensOf(p, phones, conns)
		var votes, looks [][]byte // in the order in which they are made
		for range questions {
			poll := p.NewPoll(teacher, rig.Object{"named": true, "points": 2,
				"options": []rig.Object{{"text": "TCP", "correct": true}, {"text": "UDP"}, {"text": "IP"}}})
			votes = append(votes, votesOn(poll, tokens)...)
			looks = append(looks, rig.Request("GET", poll.Path()+"/ballots", teacher, nil))
		}
		forms := handIns(p, tokens, download(1000, 1000))
		ws := watch(b, phones+2, `"event":"class:updated","data":{"title":"","current":`, plainly(p.WS))
		p.UntilSockets(phones + 2)
		desk := rawConns(p, 1)[0]
		before, _ := spentBy(p.Process.Pid)
		answered := make([]time.Duration, len(votes))
		done := make(chan error, 3)
		b.ResetTimer()
		began := time.Now()
		go func() {
			done <- paced(began, phones, questions*every/phones, phones, func(_, i int) error {
				return sent(rig.DialRaw(b, p.API[len("http://"):]), forms[i])
			})
		}()
		go func() {
			done <- paced(began, questions, every, 1, func(_, i int) error { return sent(desk, looks[i]) })
		}()
		go func() {
			done <- paced(began, len(votes), every/phones, len(conns), func(lane, i int) error {
				err := sent(conns[lane], votes[i])
				answered[i] = time.Since(began)
				return err
			})
		}()
		tellAll(b, p, ws, questions, every, 200, func(i int) []byte {
			return rig.Request("PATCH", "/api/class", teacher, rig.Object{"current": i + 1})
		})
		for range cap(done) {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		took := time.Since(began)
		report(b, p, before, len(votes), "vote")
		b.ReportMetric(float64(len(votes))/took.Seconds(), "votes/s")
		b.ReportMetric(p99(since(answered, 0, every/phones)), "p99-ms-vote")
		ws.close()
		p.Kill()
	}
}
