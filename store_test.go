package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/class"
	"pollwire/data/files"
	"pollwire/data/groupcommit"
	"pollwire/test/rig"
)

// bare opens a new store in a file and the same file once more, as somebody with an SQL prompt would.
func bare(t *testing.T) (*store, *sql.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pollwire.db")
	s, err := openStore(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s, db
}

// people and polls 1 (one option), 2 (several) and 3 (closed) with the options 1 to 6, two each.
const people = `
INSERT INTO users (nickname, created_at) VALUES ('Kim', 1), ('Lee', 1);
INSERT INTO polls (title, description, multiple, hidden, is_active, ends_at, created_at, created_by)
	VALUES ('one', '', 0, 0, 1, NULL, 1, 1), ('several', '', 1, 0, 1, 1000, 1, 1), ('closed', '', 0, 0, 0, NULL, 1, 1);
INSERT INTO options (poll_id, position, text) VALUES (1, 0, 'a'), (1, 1, 'b'), (2, 0, 'a'), (2, 1, 'b'),
	(3, 0, 'a'), (3, 1, 'b')`

// The database refuses nonsense by itself, even from an SQL prompt.
func TestTheSchemaRefusesNonsense(t *testing.T) {
	for _, tt := range []struct{ name, sql, refusal string }{
		{"a vote", "INSERT INTO votes VALUES (1, 1, 1, 5)", ""},
		{"two options where several are taken", "INSERT INTO votes VALUES (2, 1, 3, 5), (2, 1, 4, 5)", ""},
		{"the same vote twice", "INSERT INTO votes VALUES (2, 1, 3, 5), (2, 1, 3, 5)", "UNIQUE"},
		{"two options where one is taken", "INSERT INTO votes VALUES (1, 1, 1, 5), (1, 1, 2, 5)", "one option only"},
		{"the option of another poll", "INSERT INTO votes VALUES (1, 1, 3, 5)", "FOREIGN KEY"},
		{"an option that doesn't exist", "INSERT INTO votes VALUES (1, 1, 99, 5)", "FOREIGN KEY"},
		{"somebody who doesn't exist", "INSERT INTO votes VALUES (1, 99, 1, 5)", "FOREIGN KEY"},
		{"a vote in a closed poll", "INSERT INTO votes VALUES (3, 1, 5, 5)", "closed"},
		{"a vote at the end of a poll", "INSERT INTO votes VALUES (2, 1, 3, 1000)", "closed"},
		{"a vote just before it", "INSERT INTO votes VALUES (2, 1, 3, 999)", ""},
		{"words for a poll with options", "INSERT INTO answers VALUES (1, 1, 'x', 'x', NULL, 5)", "another kind"},
		{"words for a poll of numbers",
			"UPDATE polls SET kind = 'number'; INSERT INTO answers VALUES (1, 1, 'x', 'x', NULL, 5)", "another kind"},
		{"words", "UPDATE polls SET kind = 'text'; INSERT INTO answers VALUES (1, 1, 'x', 'x', NULL, 5)", ""},
		{"words at the end of a poll",
			"UPDATE polls SET kind = 'text'; INSERT INTO answers VALUES (2, 1, 'x', 'x', NULL, 1000)", "closed"},
		{"a vote moved by an update", "INSERT INTO votes VALUES (1, 1, 1, 5); UPDATE votes SET option_id = 2", "not updated"},
		{"a negative tally", "UPDATE options SET votes = votes - 1", "CHECK"},
		{"two options with the same text", "INSERT INTO options (poll_id, position, text) VALUES (1, 2, 'a')", "UNIQUE"},
		{"a name with another case",
			"INSERT INTO users (username, username_key, nickname, password_hash, created_at) VALUES ('K', 'K', 'K', 'x', 1), " +
				"('k', 'K', 'k', 'x', 1)", "UNIQUE"},
		{"a guest with a password", "INSERT INTO users (nickname, password_hash, created_at) VALUES ('K', 'x', 1)", "CHECK"},
		{"text where a number belongs",
			"INSERT INTO memos (user_id, content, created_at, updated_at) VALUES (1, 'x', 'soon', 'later')",
			"cannot store TEXT"},
		{"an empty message", "INSERT INTO messages (type, user_id, message, created_at) VALUES ('message', 1, '', 1)",
			"CHECK"},
		{"a message of nobody", "INSERT INTO messages (type, message, created_at) VALUES ('message', 'x', 1)", "CHECK"},
		{"a second row of what the server remembers", "INSERT INTO server (id) VALUES (2)", "CHECK"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, db := bare(t)
			if _, err := db.Exec(people); err != nil {
				t.Fatal(err)
			}
			_, err := db.Exec(tt.sql)
			if tt.refusal == "" && err != nil || tt.refusal != "" && (err == nil || !strings.Contains(err.Error(), tt.refusal)) {
				t.Errorf("%s = %v, want an error with %q", tt.sql, err, tt.refusal)
			}
		})
	}
}

func TestTriggersKeepTheTally(t *testing.T) {
	_, db := bare(t)
	for _, step := range []struct {
		sql    string
		votes  string // of the options 3 and 4
		voters int    // of poll 2
	}{
		{people, "0 0", 0},
		{"INSERT INTO votes VALUES (2, 1, 3, 5), (2, 1, 4, 5), (2, 2, 4, 5)", "1 2", 2},
		{"DELETE FROM votes WHERE user_id = 1 AND option_id = 4", "1 1", 2},
		{"DELETE FROM votes WHERE user_id = 1", "0 1", 1},
		{"DELETE FROM votes", "0 0", 0},
	} {
		if _, err := db.Exec(step.sql); err != nil {
			t.Fatal(err)
		}
		var votes string
		var voters int
		if err := db.QueryRow("SELECT group_concat(votes, ' '), (SELECT voters FROM turnout WHERE poll_id = 2) FROM "+
			"options WHERE poll_id = 2").Scan(&votes, &voters); err != nil {
			t.Fatal(err)
		}
		if votes != step.votes || voters != step.voters {
			t.Errorf("after %s: votes %s of %d people, want %s of %d", step.sql, votes, voters, step.votes, step.voters)
		}
	}
	if _, err := db.Exec("INSERT INTO votes VALUES (2, 1, 3, 5); INSERT INTO memos (user_id, poll_id, content, " +
		"created_at, updated_at) VALUES (1, 2, 'x', 1, 1); DELETE FROM polls WHERE id = 2"); err != nil {
		t.Errorf("deleting a poll with votes and memos = %v", err)
	}
	var left int
	if db.QueryRow("SELECT (SELECT count(*) FROM votes) + (SELECT count(*) FROM memos WHERE poll_id IS NOT NULL)").Scan(
		&left); left != 0 {
		t.Errorf("%d rows point to a poll that is gone, want none", left)
	}
}

// Polls that end at the same time as one of them is deleted are announced all the same.
func TestNewsOfEndedPollsWhileOneIsDeleted(t *testing.T) {
	s, db := bare(t)
	if _, err := db.Exec(people + "; UPDATE polls SET is_active = 1, ends_at = 10"); err != nil {
		t.Fatal(err)
	}
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s.db.Write(context.Background(), nil, func() { close(held); <-release })
	})
	<-held
	var told []int64
	all.Go(func() { s.closeEnded(t.Context(), 20, func(p poll) { told = append(told, p.ID) }) })
	waitQueued(t, s, 1)
	all.Go(func() { s.deletePoll(t.Context(), 1, 0, func(ballotPoll) error { return nil }, func(poll) {}) })
	waitQueued(t, s, 2)
	close(release)
	all.Wait()
	for _, id := range []int64{2, 3} {
		if !slices.Contains(told, id) {
			t.Errorf("told of %v, want the polls 2 and 3 among them", told)
		}
	}
}

// waitQueued waits until n pieces wait for the writer.
func waitQueued(t *testing.T, s *store, n int) {
	t.Helper()
	for deadline := time.Now().Add(rig.Patience); s.db.Waiting() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d pieces wait, want %d", s.db.Waiting(), n)
		}
	}
}

// A database of an earlier version, made as that version made it, is brought up to date and keeps what it has.
func TestDatabasesOfEarlierVersions(t *testing.T) {
	for version := 1; version <= len(migrations()); version++ {
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pollwire.db")
			older(t, path, version, people+`; INSERT INTO messages VALUES (1, 'message', 1, 'Hello', 1);
				INSERT INTO memos VALUES (1, 1, 1, 'Mine', 1, 1);
				INSERT INTO votes VALUES (2, 1, 3, 5), (2, 1, 4, 5), (2, 2, 4, 5)`)
			s, err := openStore(path, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			u, err := groupcommit.One(t.Context(), s.read, class.ScanUser, class.UserColumns+"WHERE u.id = 1")
			if err != nil || u.Role != class.Student {
				t.Errorf("the user = %+v, %v", u, err)
			}
			if p, _, err := s.poll(t.Context(), 1, 0); err != nil || len(p.Options) != 2 {
				t.Errorf("the poll = %+v, %v", p, err)
			}
			if p, _, err := s.poll(t.Context(), 2, 0); err != nil || p.Voters != 2 || p.TotalVotes != 3 {
				t.Errorf("the poll with three votes of two people = %+v, %v", p, err)
			}
			if m, err := s.memo(t.Context(), 1, 1); err != nil || m.Content != "Mine" {
				t.Errorf("the memo = %v, %v", m, err)
			}
			if err := files.OwnersIn(s.db).Claim(t.Context(), "a.txt", "1-1", "", 1); err != nil {
				t.Error(err)
			}
			sameTables(t, s)
		})
	}
}

// older makes a database as that version did, and fills it.
func older(t *testing.T, path string, version int, rows string) {
	t.Helper()
	schema, err := os.ReadFile(fmt.Sprintf("testdata/schema-%d.sql", version))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; %s; %s", applicationID, version,
		schema, rows))
	if err := cmp.Or(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// sameTables tests that a database has the tables, columns and triggers of a new one.
func sameTables(t *testing.T, s *store) {
	t.Helper()
	fresh, err := openStore(filepath.Join(t.TempDir(), "pollwire.db"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.close()
	const shape = `SELECT coalesce(group_concat(line, char(10)), '') FROM (SELECT s.type || ' ' || s.name || ' ' ||
		coalesce(c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || coalesce(c.dflt_value, ''),
		CASE s.type WHEN 'trigger' THEN s.sql END, '') AS line
		FROM sqlite_schema s LEFT JOIN pragma_table_info(s.name) c ORDER BY line)`
	want, err1 := groupcommit.Value[string](t.Context(), fresh.read, shape)
	got, err2 := groupcommit.Value[string](t.Context(), s.read, shape)
	if err := cmp.Or(err1, err2); err != nil || got != want {
		t.Errorf("after the migrations there are\n%s\nwant\n%s\n%v", got, want, err)
	}
}

func TestOwnersOfFiles(t *testing.T) {
	s, db := bare(t)
	if _, err := db.Exec(people); err != nil {
		t.Fatal(err)
	}
	o := files.OwnersIn(s.db)
	want := func(what string, owners map[string]int64) {
		t.Helper()
		for _, version := range []string{"1-1", "1-2", "2-3"} {
			if got, err := o.OwnerOf(t.Context(), "a.txt", version); err != nil || got != owners[version] {
				t.Errorf("%s the owner of %s is %d, %v, want %d", what, version, got, err, owners[version])
			}
		}
	}
	want("at first", nil)
	for _, c := range []struct {
		version, previous string
		owner             int64
		then              map[string]int64
	}{
		{"1-1", "", 1, map[string]int64{"1-1": 1}},
		{"1-2", "1-1", 1, map[string]int64{"1-1": 1, "1-2": 1}},
		{"2-3", "1-1", 1, map[string]int64{"1-1": 1, "2-3": 1}}, // 1-2 never came to be
		{"1-1", "", 2, map[string]int64{"1-1": 2}},
	} {
		if err := o.Claim(t.Context(), "a.txt", c.version, c.previous, c.owner); err != nil {
			t.Fatal(err)
		}
		want(fmt.Sprintf("after the claim of %s in place of %q", c.version, c.previous), c.then)
	}
	if owner, err := o.OwnerOf(t.Context(), "b.txt", "1-1"); owner != 0 || err != nil {
		t.Errorf("the owner of another file is %d, %v", owner, err)
	}
	if err := o.Forget(t.Context(), "a.txt"); err != nil {
		t.Fatal(err)
	}
	want("at last", nil)
	if err := o.Claim(t.Context(), "a.txt", "1-1", "", 99); err == nil {
		t.Error("a file of nobody that exists")
	}
}
