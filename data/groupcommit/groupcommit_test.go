package groupcommit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var config = Config{ApplicationID: 7, Schema: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE) STRICT"}

func opened(t testing.TB, c Config) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "test.db"), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return db
}

func insert(v string) func(*Writer) error {
	return func(w *Writer) error {
		_, err := w.Exec("INSERT INTO t (v) VALUES (?)", v)
		return err
	}
}

// stored returns what readers see.
func stored(t testing.TB, db *DB) []string {
	t.Helper()
	all, err := Values[string](t.Context(), db.Readers(), "SELECT v FROM t ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// together queues pieces while the writer is held up, so that they share one transaction, and returns their errors.
func together(t testing.TB, db *DB, pieces ...func(*Writer) error) []error {
	t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	errs := make([]error, len(pieces))
	var all sync.WaitGroup
	all.Go(func() {
		db.Write(context.Background(), nil, func() { close(held); <-release })
	})
	<-held
	for i, p := range pieces {
		all.Go(func() { errs[i] = db.Write(context.Background(), p, nil) })
		for len(db.jobs) < i+1 { // so that they are queued in this order
		}
	}
	before, _ := db.Stats()
	close(release)
	all.Wait()
	if after, _ := db.Stats(); after != before+1 {
		t.Errorf("%d transactions for %d pieces, want 1", after-before, len(pieces))
	}
	return errs
}

func TestAnAnsweredWriteIsSeenByReaders(t *testing.T) {
	db := opened(t, config)
	if err := db.Write(t.Context(), insert("a"), nil); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, db); !slices.Equal(got, []string{"a"}) {
		t.Errorf("stored %q, want a", got)
	}
}

func TestAnErrorUndoesItsPieceAlone(t *testing.T) {
	db := opened(t, config)
	oops := errors.New("oops")
	errs := together(t, db, insert("a"), func(w *Writer) error {
		return errors.Join(insert("b")(w), insert("c")(w), oops)
	}, insert("d"), insert("d"), insert("e"))
	if errs[0] != nil || !errors.Is(errs[1], oops) || errs[2] != nil || !IsUnique(errs[3]) || errs[4] != nil {
		t.Errorf("errors = %v, want oops for the second and a UNIQUE error for the fourth", errs)
	}
	if got := stored(t, db); !slices.Equal(got, []string{"a", "d", "e"}) {
		t.Errorf("stored %q, want a d e", got)
	}
}

// Only an error behind a write costs a second run of the others.
func TestWhenPiecesRunTwice(t *testing.T) {
	db := opened(t, config)
	oops := errors.New("oops")
	for _, tt := range []struct {
		name  string
		fails func(*Writer) error
		runs  int
	}{
		{"an error without SQL", func(w *Writer) error { return oops }, 1},
		{"behind a query", func(w *Writer) error {
			_, err := Value[int](t.Context(), w, "SELECT count(*) FROM t")
			return errors.Join(err, oops)
		}, 1},
		{"behind a write", func(w *Writer) error { return errors.Join(insert("x")(w), oops) }, 2},
		{"a write that is refused", func(w *Writer) error { return errors.Join(insert("first")(w), oops) }, 2},
		{"a query that fails", func(w *Writer) error {
			_, err := Values[int](t.Context(), w, "SELECT abs(-9223372036854775808)")
			return errors.Join(err, oops)
		}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var runs [2]int
			errs := together(t, db, func(w *Writer) error {
				runs[0]++
				return w.Do("REPLACE INTO t (v) VALUES ('first')")
			}, tt.fails, func(w *Writer) error { runs[1]++; return insert(tt.name)(w) })
			if errs[0] != nil || !errors.Is(errs[1], oops) || errs[2] != nil {
				t.Errorf("errors = %v, want oops for the second alone", errs)
			}
			if want := [2]int{tt.runs, 1}; runs != want {
				t.Errorf("the others ran %v times, want %v", runs, want)
			}
			if got := stored(t, db); got[len(got)-1] != tt.name || slices.Contains(got, "x") || !slices.Contains(got, "first") {
				t.Errorf("stored %q", got)
			}
		})
	}
}

// What comes while a piece runs is in its transaction, up to one that wants to be alone.
func TestWhatComesMeanwhileJoins(t *testing.T) {
	t.Run("and all goes well", func(t *testing.T) { meanwhile(t, false) })
	t.Run("and one fails", func(t *testing.T) { meanwhile(t, true) })
}

// A writer that rests until many wait goes on when they do, and also when they don't.
func TestRest(t *testing.T) {
	db := &DB{jobs: make(chan *job, 2)}
	db.rest(0, time.Hour)
	db.rest(2, time.Millisecond)
	go func() { db.jobs <- &job{}; db.jobs <- &job{} }()
	db.rest(2, time.Hour)
	if len(db.jobs) != 2 {
		t.Errorf("it went on with %d that wait, want 2", len(db.jobs))
	}
}

func meanwhile(t *testing.T, oneFails bool) {
	db := opened(t, config)
	before, _ := db.Stats()
	held, release := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		err := db.Write(context.Background(), func(w *Writer) error {
			if err := insert("a")(w); err != nil {
				return err
			}
			if _, again := <-held; !again {
				return nil
			}
			<-release
			return nil
		}, nil)
		if err != nil {
			t.Error(err)
		}
	})
	held <- true
	close(held) // when it runs once more it goes on at once
	oops := errors.New("oops")
	began := func(v string, j *job) {
		j.ctx, j.ended = context.Background(), func(err error) {
			if v == "fails" && !errors.Is(err, oops) || v != "fails" && err != nil {
				t.Errorf("%s: %v", v, err)
			}
			all.Done()
		}
		all.Add(1)
		if err := db.enqueue(j); err != nil {
			t.Fatal(err)
		}
	}
	began("b", &job{do: insert("b")})
	if oneFails {
		began("fails", &job{do: func(w *Writer) error { return errors.Join(insert("x")(w), oops) }})
	}
	began("c", &job{do: insert("c")})
	began("alone", &job{do: insert("d"), alone: func() error {
		if now, _ := db.Stats(); now != before+1 {
			t.Errorf("%d transactions before the one that wants to be alone, want 1", now-before)
		}
		if got := stored(t, db); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("stored %q by then, want a b c", got)
		}
		return nil
	}})
	began("e", &job{do: insert("e")})
	close(release)
	all.Wait()
	if now, _ := db.Stats(); now != before+3 {
		t.Errorf("%d transactions, want 3", now-before)
	}
	if got := stored(t, db); !slices.Equal(got, []string{"a", "b", "c", "d", "e"}) {
		t.Errorf("stored %q", got)
	}
}

func TestWaysToAsk(t *testing.T) {
	db := opened(t, Config{ApplicationID: 7, Schema: "CREATE TABLE t (k TEXT, n INTEGER) STRICT; " +
		"INSERT INTO t VALUES ('b', 3), ('a', 1), ('b', 2)"})
	ask := func(q Querier) {
		t.Helper()
		if n, err := Value[int](t.Context(), q, "SELECT n FROM t ORDER BY n"); n != 1 || err != nil {
			t.Errorf("Value = %d, %v, want 1", n, err)
		}
		if n, err := Value[int](t.Context(), q, "SELECT n FROM t WHERE k = ?", "c"); n != 0 || err != sql.ErrNoRows {
			t.Errorf("Value of no row = %d, %v, want sql.ErrNoRows", n, err)
		}
		if all, err := Values[int](t.Context(), q, "SELECT n FROM t ORDER BY n"); !slices.Equal(all, []int{1, 2, 3}) ||
			err != nil {
			t.Errorf("Values = %v, %v, want 1 2 3", all, err)
		}
		lists, err := Lists[string, int](t.Context(), q, "SELECT k, n FROM t ORDER BY n")
		if want := map[string][]int{"a": {1}, "b": {2, 3}}; !maps.EqualFunc(lists, want, slices.Equal) || err != nil {
			t.Errorf("Lists = %v, %v, want %v", lists, err, want)
		}
		for k, want := range map[string]bool{"a": true, "c": false} {
			if got, err := Exists(t.Context(), q, "SELECT 1 FROM t WHERE k = ?", k); got != want || err != nil {
				t.Errorf("Exists of %q = %t, %v, want %t", k, got, err, want)
			}
		}
	}
	ask(db.Readers())
	if err := db.Write(t.Context(), func(w *Writer) error { ask(w); return nil }, nil); err != nil {
		t.Error(err)
	}
}

func TestWhatCountsAsAChange(t *testing.T) {
	db := opened(t, config)
	oops := errors.New("oops")
	pieces := []struct {
		name string
		do   func(*Writer) error
		n    int64
	}{
		{"nothing at all", nil, 0},
		{"a row", insert("a"), 1},
		{"a query", func(w *Writer) error {
			_, err := Value[int](t.Context(), w, "SELECT count(*) FROM t")
			return err
		}, 0},
		{"two rows", func(w *Writer) error { return errors.Join(insert("b")(w), insert("c")(w)) }, 1},
		{"a row that isn't there", func(w *Writer) error { return w.Do("DELETE FROM t WHERE v = 'x'") }, 0},
		{"a row, and one that isn't there", func(w *Writer) error {
			return errors.Join(insert("d")(w), w.Do("DELETE FROM t WHERE v = 'x'"))
		}, 1},
		{"an error", func(*Writer) error { return oops }, 0},
	}
	var all []func(*Writer) error
	var want int64
	for _, p := range pieces {
		_, before := db.Stats()
		if db.Write(t.Context(), p.do, nil); p.do != nil {
			all = append(all, p.do)
		}
		if _, after := db.Stats(); after-before != p.n {
			t.Errorf("%s counts as %d changes, want %d", p.name, after-before, p.n)
		}
		want += p.n
	}
	if err := db.Do(t.Context(), "DELETE FROM t"); err != nil {
		t.Fatal(err)
	}
	// All at once, with one among them that is undone, and so all run twice.
	_, before := db.Stats()
	together(t, db, append(all, func(w *Writer) error { return errors.Join(insert("y")(w), oops) })...)
	if _, after := db.Stats(); after-before != want {
		t.Errorf("together they count as %d changes, want %d", after-before, want)
	}
	_, before = db.Stats()
	db.Write(t.Context(), func(w *Writer) error {
		err := insert("z")(w)
		w.Exec("ROLLBACK") // as SQLite does by itself on some errors
		return err
	}, nil)
	if _, after := db.Stats(); after != before {
		t.Error("what was never committed counts as a change")
	}
}

func TestNewsComesAfterTheCommitAndInItsOrder(t *testing.T) {
	db := opened(t, config)
	var mu sync.Mutex
	var news []string
	var all sync.WaitGroup
	for i := range 500 {
		v := fmt.Sprint(i)
		all.Go(func() {
			err := db.Write(t.Context(), insert(v), func() {
				n, err := Value[int](t.Context(), db.Readers(), "SELECT count(*) FROM t WHERE v = ?", v)
				if n != 1 || err != nil {
					t.Errorf("at the news of %s readers see %d of it, %v; want 1", v, n, err)
				}
				mu.Lock()
				news = append(news, v)
				mu.Unlock()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := stored(t, db); !slices.Equal(got, news) {
		t.Errorf("the news came in another order than the rows:\n%q\n%q", news, got)
	}
	if commits, pieces := db.Stats(); pieces != 500 || commits >= pieces {
		t.Errorf("%d commits for %d pieces, want fewer", commits, pieces)
	}
}

func TestNoNewsOfWhatWasUndone(t *testing.T) {
	db := opened(t, config)
	err := db.Write(t.Context(), func(w *Writer) error { return errors.Join(insert("a")(w), errors.New("oops")) },
		func() { t.Error("there was news") })
	if err == nil || len(stored(t, db)) > 0 {
		t.Errorf("Write = %v and stored %q, want an error and nothing", err, stored(t, db))
	}
}

func TestWriteForOneWhoHasGoneDoesNothing(t *testing.T) {
	db := opened(t, config)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Write(ctx, insert("a"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Write = %v, want context.Canceled", err)
	}
	if got := stored(t, db); len(got) > 0 {
		t.Errorf("stored %q, want nothing", got)
	}
}

// On a full disk SQLite may roll the whole transaction back by itself. Whoever was told that a write succeeded must
// find it, and nobody else may.
func TestAFullDiskIsUnavailableAndLosesNothingThatWasAnswered(t *testing.T) {
	db := opened(t, config)
	if err := db.Write(t.Context(), func(w *Writer) error {
		_, err := w.Exec("PRAGMA max_page_count = 8")
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
	values := []string{"a", strings.Repeat("b", 1<<20), "c"}
	errs := together(t, db, insert(values[0]), insert(values[1]), insert(values[2]))
	if !errors.Is(errs[1], ErrUnavailable) {
		t.Errorf("a write that does not fit = %v, want ErrUnavailable", errs[1])
	}
	got := stored(t, db)
	for i, v := range values {
		if has := slices.Contains(got, v); has != (errs[i] == nil) {
			t.Errorf("%.3q was answered %v, and stored: %v", v, errs[i], has)
		}
	}
	if err := db.Write(t.Context(), insert("later"), nil); err != nil {
		t.Errorf("a small write later = %v, want nil", err)
	}
}

func TestALockedFileIsUnavailable(t *testing.T) {
	t.Parallel() // it waits for SQLite's busy timeout
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := Open(path, config)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), insert("a"), nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Write = %v, want ErrUnavailable", err)
	}
	tx.Rollback()
	if err := db.Write(t.Context(), insert("b"), nil); err != nil {
		t.Errorf("Write after the lock = %v, want nil", err)
	}
}

func TestThePragmasHold(t *testing.T) {
	db := opened(t, config)
	for pragma, want := range map[string]int{"synchronous": 2, "foreign_keys": 1, "user_version": 1, "application_id": 7} {
		err := db.Write(t.Context(), func(w *Writer) error {
			got, err := Value[int](t.Context(), w, "PRAGMA "+pragma)
			if got != want {
				t.Errorf("%s = %d, want %d", pragma, got, want)
			}
			return err
		}, nil)
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := Value[string](t.Context(), db.Readers(), "INSERT INTO t (v) VALUES ('x') RETURNING v"); err == nil {
		t.Error("a reader can write")
	}
}

func TestPathsWithSpecialCharacters(t *testing.T) {
	for _, name := range []string{"with space.db", "100%.db", "a?b.db", "a#b.db", "한글.db", "a%20b.db"} {
		path := filepath.Join(t.TempDir(), name)
		db, err := Open(path, config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := db.Write(t.Context(), insert("a"), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		db.Close()
		entries, _ := os.ReadDir(filepath.Dir(path))
		if len(entries) != 2 || entries[0].Name() != name || entries[1].Name() != name+"-lock" {
			t.Errorf("%s: the folder holds %v", name, entries)
		}
	}
}

func TestMigrations(t *testing.T) {
	first := config
	third := Config{ApplicationID: 7,
		Schema:     "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE, a TEXT, b TEXT) STRICT",
		Migrations: []string{"ALTER TABLE t ADD COLUMN a TEXT", "ALTER TABLE t ADD COLUMN b TEXT; UPDATE t SET b = v"}}
	broken := third
	broken.Migrations = []string{third.Migrations[0], "ALTER TABLE t ADD COLUMN b TEXT; SELECT * FROM nowhere"}
	foreign := third
	foreign.ApplicationID = 8

	path := filepath.Join(t.TempDir(), "test.db")
	reopen := func(c Config) (*DB, error) { return Open(path, c) }
	db, err := reopen(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), insert("kept"), nil); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := reopen(broken); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a broken migration = %v, want an error that says what failed", err)
	}
	if other, err := sql.Open("sqlite", path); err != nil {
		t.Fatal(err)
	} else {
		other.Exec("PRAGMA user_version = 0")
		if _, err := reopen(third); err == nil || !strings.Contains(err.Error(), "another program") {
			t.Errorf("tables without a version = %v, want an error that says whose they are", err)
		}
		other.Exec("PRAGMA user_version = 1")
		other.Close()
	}
	if _, err := reopen(foreign); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("another program's file = %v, want an error that says so", err)
	}
	db, err = reopen(first) // the broken one must have left everything as it was
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	db, err = reopen(third)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := Value[string](t.Context(), db.Readers(), "SELECT b FROM t"); b != "kept" {
		t.Errorf("after two migrations b = %q, %v, want kept", b, err)
	}
	db.Close()
	before, _ := os.ReadFile(path)
	if _, err := reopen(first); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a newer file = %v, want an error that says so", err)
	}
	if after, _ := os.ReadFile(path); !slices.Equal(before, after) {
		t.Error("a newer file was changed")
	}
}

func TestAFileThatIsNoDatabaseIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	os.WriteFile(path, []byte(strings.Repeat("This is a letter to my mother. ", 100)), 0o600)
	if _, err := Open(path, config); err == nil {
		t.Error("Open = nil, want an error")
	}
}

func TestASecondProgramIsKeptOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := Open(path, config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, config); err == nil ||
		!strings.Contains(err.Error(), "another program has this database open") {
		t.Errorf("a second Open = %v, want an error that says why", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(path, config); err != nil {
		t.Errorf("Open after Close = %v, want nil", err)
	} else {
		db.Close()
	}
}

func TestMillis(t *testing.T) {
	for m, want := range map[Millis]string{
		0:                 `"1970-01-01T00:00:00.000Z"`,
		1_700_000_000_007: `"2023-11-14T22:13:20.007Z"`,
		1_709_164_800_000: `"2024-02-29T00:00:00.000Z"`,
	} {
		if got, err := json.Marshal(m); string(got) != want || err != nil {
			t.Errorf("%d = %s, %v, want %s", m, got, err, want)
		}
	}
}
