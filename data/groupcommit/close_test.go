package groupcommit

// What becomes of pieces when the database is closed.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

func TestCloseFinishesWhatWaitsAndRefusesTheRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := Open(path, config)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	answered := make([]error, 200)
	for i := range answered {
		all.Go(func() { answered[i] = db.Write(context.Background(), insert(fmt.Sprint(i)), nil) })
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if err := db.Write(t.Context(), insert("late"), nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Write after Close = %v, want ErrUnavailable", err)
	}
	for _, name := range []string{path + "-wal", path + "-shm"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s is still there after Close", name)
		}
	}
	db, err = Open(path, config)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := stored(t, db)
	for i, err := range answered {
		if has := slices.Contains(got, fmt.Sprint(i)); has != (err == nil) {
			t.Errorf("write %d was answered %v, and stored: %v", i, err, has)
		}
	}
}

// told counts how often ended was called of each piece, and keeps the last error.
type told struct {
	mu    sync.Mutex
	times map[string]int
	errs  map[string]error
}

// begin queues the insert of v. ok says whether it was queued.
func (o *told) begin(db *DB, v string) (ok bool) {
	return db.Begin(context.Background(), insert(v), func(err error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.times[v]++
		o.errs[v] = err
	}) == nil
}

// check compares what was told with what was queued, by piece, and with what is stored behind Close.
func (o *told) check(t *testing.T, path string, queued map[string]bool) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	db, err := Open(path, config)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := map[string]bool{}
	for _, v := range stored(t, db) {
		got[v] = true
	}
	for v, ok := range queued {
		want := 0
		if ok {
			want = 1
		}
		if n := o.times[v]; n != want {
			t.Errorf("%s, which was queued: %t, was told %d times, want %d", v, ok, n, want)
		}
		if has := ok && o.errs[v] == nil; got[v] != has {
			t.Errorf("%s was told %v, and stored: %t", v, o.errs[v], got[v])
		}
	}
}

func TestCloseTellsOnceOfEverythingThatWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := Open(path, config)
	if err != nil {
		t.Fatal(err)
	}
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		db.Write(context.Background(), nil, func() { close(held); <-release })
	})
	<-held
	outcomes := &told{times: map[string]int{}, errs: map[string]error{}}
	queued := map[string]bool{}
	for i := range 3 * maxBatch {
		v := fmt.Sprint(i)
		queued[v] = outcomes.begin(db, v)
	}
	outcomes.begin(db, "0") // refused by the table: that is told as well
	all.Go(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for late := 0; ; late++ { // until Close has come
		v := fmt.Sprint("late ", late)
		if queued[v] = outcomes.begin(db, v); !queued[v] || late == 1000 {
			break
		}
	}
	close(release)
	all.Wait()
	if n, err := outcomes.times["0"], outcomes.errs["0"]; n != 2 || !IsUnique(err) {
		t.Errorf("a value that is there twice was told %d times, at last %v; want twice and a UNIQUE error", n, err)
	}
	delete(queued, "0")
	outcomes.check(t, path, queued)
}

func TestBeginBesideClose(t *testing.T) {
	const callers = 8
	for round := range 5 {
		path := filepath.Join(t.TempDir(), "test.db")
		db, err := Open(path, config)
		if err != nil {
			t.Fatal(err)
		}
		outcomes := &told{times: map[string]int{}, errs: map[string]error{}}
		queued := make([]map[string]bool, callers)
		var all sync.WaitGroup
		begun := make(chan struct{}, 1)
		for c := range callers {
			queued[c] = map[string]bool{}
			all.Go(func() {
				for i, ok := 0, true; ok; i++ {
					v := fmt.Sprintf("%d of caller %d", i, c)
					ok = outcomes.begin(db, v)
					queued[c][v] = ok
					if i == round {
						select {
						case begun <- struct{}{}:
						default:
						}
					}
				}
			})
		}
		<-begun
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		merged := map[string]bool{}
		all.Wait()
		for _, q := range queued {
			maps.Copy(merged, q)
		}
		outcomes.check(t, path, merged)
	}
}
