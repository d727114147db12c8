package load

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "pollwire/data/groupcommit" // the driver of SQLite
	"pollwire/test/rig"
)

// BenchmarkLargeDatabase starts the program on a database with 1,000,000 votes in 1,000 polls, and 100,000 messages,
// which is ten years of a busy school, and on one that has a twentieth of it; then it asks for the newest polls, the
// oldest, and the newest messages, 50 each, and votes, over one connection. An operation is a start and 200 of each.
//
// Nothing is read at the start, nothing is counted when somebody asks (the schema keeps the counts), and every list
// goes by a key; so both databases must cost the same, but for one more page of an index here and there: within 1.5
// times. The memory is that of SQLite's caches, which have a limit: at most 20 MB more.
func BenchmarkLargeDatabase(b *testing.B) {
	for _, votes := range []int{50_000, 1_000_000} {
		b.Run(fmt.Sprint(votes, "votes"), func(b *testing.B) {
			dir := b.TempDir()
			fill(b, dir, votes)
			b.ResetTimer()
			for range b.N {
				useLarge(b, dir, votes/1000)
			}
		})
	}
}

func useLarge(b *testing.B, dir string, polls int) {
	began := time.Now()
	p := rig.Spawn(b, dir)
	started := time.Since(began)
	defer func() {
		p.Kill() // or the next one would find the database locked
	}()
	conn := rawConns(p, 1)[0]
	token := tokensOf(p, 1, []*rig.Conn{conn})[0]
	before, _ := spentBy(p.Process.Pid)
	for _, ask := range []struct {
		name    string
		request func(i int) []byte
	}{
		{"polls", func(int) []byte { return rig.Request("GET", "/api/polls", token, nil) }},
		{"oldest-polls", func(int) []byte { return rig.Request("GET", "/api/polls?before=51", token, nil) }},
		{"messages", func(int) []byte { return rig.Request("GET", "/api/chat/messages", token, nil) }},
		{"vote", func(i int) []byte { // in one poll after the other, and each time for the other option
			id := i%polls + 1
			return rig.Request("POST", fmt.Sprintf("/api/polls/%d/vote", id), token, rig.Object{"option_id": 2*id - i/polls%2})
		}},
	} {
		var took []time.Duration
		for i := range 200 {
			request, asked := ask.request(i), time.Now()
			if status, err := conn.RoundTrip(request); status != 200 || err != nil {
				b.Fatalf("%s = %d %s, %v, want 200", ask.name, status, conn.Body, err)
			}
			took = append(took, time.Since(asked))
		}
		b.ReportMetric(p50(took), "p50-ms-"+ask.name)
		if ask.name == "vote" {
			b.ReportMetric(p99(took), "p99-ms-vote")
		}
	}
	report(b, p, before, 800, "request")
	b.ReportMetric(float64(started.Microseconds())/1000, "ms-start")
}

// BenchmarkStart starts the program until it has answered a request, with an empty database and with a large one.
func BenchmarkStart(b *testing.B) {
	for _, votes := range []int{0, 100_000} {
		b.Run(fmt.Sprint(votes, "votes"), func(b *testing.B) {
			dir := b.TempDir()
			if votes > 0 {
				fill(b, dir, votes)
			}
			rig.Program(b, dir) // it is built
			b.ResetTimer()
			for range b.N {
				p := rig.Spawn(b, dir)
				if resp, _ := p.Do("GET", "/api/polls", "", nil); resp.StatusCode != 200 {
					b.Fatal(resp.Status)
				}
				b.StopTimer()
				p.Kill() // or the next one would find the database locked
				b.StartTimer()
			}
		})
	}
}

// fill makes a database with so many votes, in polls of 1,000 people, and a tenth as many messages.
func fill(t testing.TB, dir string, votes int) {
	t.Helper()
	rig.Spawn(t, dir).End(os.Interrupt) // it makes the tables
	db, err := sql.Open("sqlite", filepath.Join(dir, "pollwire.db"))
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
			INSERT INTO polls (id, title, description, multiple, hidden, is_active, created_at, created_by)
			SELECT i, 'poll ' || i, '', 0, 0, 1, 1, 1 FROM n;
		INSERT INTO options (id, poll_id, position, text, votes)
			SELECT 2 * id - 1, id, 0, 'a', 500 FROM polls UNION ALL SELECT 2 * id, id, 1, 'b', 500 FROM polls;
		INSERT INTO votes (poll_id, user_id, option_id, cast_at)
			SELECT p.id, u.id, 2 * p.id - u.id % 2, 1 FROM polls p JOIN users u;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 * 100)
			INSERT INTO messages (type, user_id, message, created_at)
			SELECT 'message', 1 + i % 1000, 'message ' || i, 1 FROM n;
		`+create, votes/1000)
	if err != nil {
		t.Fatal(err)
	}
}
