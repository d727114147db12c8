package groupcommit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func count(t *testing.T, q Querier) int {
	t.Helper()
	n, err := Value[int](context.Background(), q, "SELECT count(*) FROM sums")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestASnapshotSeesOneMoment(t *testing.T) {
	db := opened(t, sums)
	err := db.Snapshot(t.Context(), func(r *Reader) error {
		if n := count(t, r); n != 0 {
			t.Errorf("%d rows at first", n)
		}
		write(t, db, func(w *Writer) error { return w.Do("INSERT INTO sums (id) VALUES (1)") })
		if n := count(t, r); n != 0 {
			t.Errorf("the snapshot sees %d rows that came later", n)
		}
		return nil
	})
	if n := count(t, db.Readers()); err != nil || n != 1 {
		t.Errorf("behind it there are %d rows, %v, want 1", n, err)
	}
	oops := errors.New("oops")
	if err := db.Snapshot(t.Context(), func(*Reader) error { return oops }); !errors.Is(err, oops) {
		t.Errorf("a snapshot that fails = %v", err)
	}
}

// What was answered before the copy is in it, and what it was made for is not, however many write meanwhile.
func TestTheCopyHasAllThatCameBefore(t *testing.T) {
	db := opened(t, sums)
	var all sync.WaitGroup
	stop := make(chan bool)
	all.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
				write(t, db, func(w *Writer) error { return w.Do("INSERT INTO sums (id) VALUES (?)", i) })
			}
		}
	})
	for count(t, db.Readers()) < 10 {
		runtime.Gosched()
	}
	before := 0
	path, err := db.CopyThenWrite(t.Context(), time.Now(), func(w *Writer) error {
		before = count(t, w)
		return w.Do("DELETE FROM sums")
	}, nil)
	close(stop)
	all.Wait()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(path, sums)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n := count(t, c.Readers()); n != before || n < 10 {
		t.Errorf("the copy has %d rows; %d were there when it was made", n, before)
	}
}

func TestTheCopyIsPrivateAndNamedByItsMoment(t *testing.T) {
	db := opened(t, sums)
	at := time.Date(2026, 11, 28, 10, 15, 0, 0, time.Local)
	first, err := db.CopyThenWrite(t.Context(), at, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := db.CopyThenWrite(t.Context(), at, nil, nil)
	if err != nil || first == second {
		t.Errorf("the second copy of a second is %s, %v", second, err)
	}
	if dir, name := filepath.Split(first); filepath.Clean(dir) != filepath.Dir(db.path) ||
		!strings.HasSuffix(name, "-20261128T101500.db") {
		t.Errorf("the copy of %s is %s", db.path, first)
	}
	info, err := os.Stat(first)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has mode %v, %v", info.Mode(), err)
	}
}

func TestIsForeignKey(t *testing.T) {
	db := opened(t, Config{Schema: "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id))"})
	if err := db.Do(t.Context(), "INSERT INTO b VALUES (1)"); !IsForeignKey(err) || IsUnique(err) {
		t.Errorf("a row that points to nothing = %v", err)
	}
}

// Without a copy nothing is done.
func TestNoCopyNoWrite(t *testing.T) {
	db := opened(t, sums)
	if err := os.MkdirAll(filepath.Join(db.path+"-copy", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := db.CopyThenWrite(t.Context(), time.Now(), func(w *Writer) error {
		return w.Do("INSERT INTO sums (id) VALUES (1)")
	}, func() { t.Error("it is told") })
	if n := count(t, db.Readers()); err == nil || n != 0 {
		t.Errorf("%v, and %d rows were written", err, n)
	}
	write(t, db, func(w *Writer) error { return w.Do("INSERT INTO sums (id) VALUES (2)") }) // it goes on
}
