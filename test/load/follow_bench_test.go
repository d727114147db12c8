package load

import (
	"testing"
	"time"

	"pollwire/test/rig"
)

// BenchmarkFollow1000 lets 1,000 phones follow a teacher through 100 questions in 2 s, and hear 100 messages of a chat
// in 2 s. An operation is all of that. p99-ms-last is from when it was due until the last phone has it.
//
// Both are a row that is written and an event of some 150 bytes that goes to everybody, so both take the same,
// which is what the benchmark is for.
func BenchmarkFollow1000(b *testing.B) {
	const phones, questions, every = 1000, 100, 20 * time.Millisecond
	b.Run("question", func(b *testing.B) {
		for range b.N {
			p := rig.Spawn(b, b.TempDir())
			token := p.Teacher(p.TeacherKey(), "Han").AccessToken
			for range questions {
				p.NewPoll(token)
			}
			ws := watch(b, phones, `"event":"class:updated","data":{"title":"","current":`, plainly(p.WS))
			p.UntilSockets(phones)
			before, _ := spentBy(p.Process.Pid)
			b.ResetTimer()
			tellAll(b, p, ws, questions, every, 200, func(i int) []byte {
				return rig.Request("PATCH", "/api/class", token, rig.Object{"current": i + 1})
			})
			report(b, p, before, phones*questions, "delivery")
			ws.close()
			p.Kill()
		}
	})
	b.Run("message", func(b *testing.B) {
		for range b.N {
			p := rig.Spawn(b, b.TempDir())
			ws := watch(b, phones, chatKey, plainly(p.WS))
			p.UntilSockets(phones)
			before, _ := spentBy(p.Process.Pid)
			b.ResetTimer()
			chatted(b, p, ws, questions, every)
			report(b, p, before, phones*questions, "delivery")
			ws.close()
			p.Kill()
		}
	})
}
