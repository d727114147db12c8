package groupcommit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A sum is a row whose n is the sum of its parts, kept by a trigger.
type sum struct{ n, parts int64 }

var sums = Config{ApplicationID: 7, Schema: `
CREATE TABLE sums (id INTEGER PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0, parts INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE parts (id INTEGER NOT NULL, member INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (id, member)) STRICT;
CREATE TRIGGER added AFTER INSERT ON parts BEGIN
	UPDATE sums SET n = n + NEW.n, parts = parts + 1 WHERE id = NEW.id; END;
CREATE TRIGGER changed AFTER UPDATE ON parts BEGIN
	UPDATE sums SET n = n + NEW.n - OLD.n WHERE id = NEW.id; END;`}

// cached opens a database of sums with the ids 1 to 3, and a cache of it.
func cached(t *testing.T) (*DB, *Cache[sum, int64]) {
	t.Helper()
	scan := func(rows *sql.Rows, s *sum) error { return rows.Scan(&s.n, &s.parts) }
	c := NewCache(func(w *Writer, id int64) (sum, error) {
		return One(context.Background(), w, scan, "SELECT n, parts FROM sums WHERE id = ?", id)
	}, func(w *Writer, id int64, s sum) (map[int64]int64, error) {
		parts := map[int64]int64{}
		list, err := Ask(context.Background(), w, scan, "SELECT member, n FROM parts WHERE id = ?", id)
		for _, p := range list {
			parts[p.n] = p.parts
		}
		return parts, err
	}, nil)
	config := sums
	config.Ended = c.Ended
	db := opened(t, config)
	write(t, db, func(w *Writer) error { return w.Do("INSERT INTO sums (id) VALUES (1), (2), (3)") })
	return db, c
}

func write(t *testing.T, db *DB, do func(*Writer) error) {
	t.Helper()
	if err := db.Write(t.Context(), do, nil); err != nil {
		t.Error(err)
	}
}

// set is a piece that makes n the part of a member.
func set(c *Cache[sum, int64], id, member, n int64) func(*Writer) error {
	return func(w *Writer) error {
		if _, err := c.Get(w, id); err != nil {
			return err
		}
		if err := w.Do("INSERT INTO parts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = excluded.n", id, member,
			n); err != nil {
			return err
		}
		c.Set(id, member, n)
		return nil
	}
}

// wantRead checks what readers see: "3 of 2, mine 1", or "-" where nothing is kept.
func wantRead(t *testing.T, c *Cache[sum, int64], when string, id, member int64, want string) {
	t.Helper()
	got := "-"
	if s, mine, ok := c.Read(id, member); ok {
		got = fmt.Sprintf("%d of %d, mine %d", s.n, s.parts, mine)
	}
	if got != want {
		t.Errorf("%s: readers see %s, want %s", when, got, want)
	}
}

// ask has a row kept, and waits until it is.
func (c *Cache[T, P]) ask(t *testing.T, db *DB, id int64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, _, ok := c.Read(id, 0); ok {
			return
		}
		if c.Want(db, id); time.Now().After(deadline) {
			t.Fatal("what was asked for isn't kept")
		}
	}
}

func TestReadersSeeWhatIsCommittedAndNothingElse(t *testing.T) {
	db, c := cached(t)
	wantRead(t, c, "at first", 1, 7, "-")
	c.ask(t, db, 1)
	wantRead(t, c, "asked for", 1, 7, "0 of 0, mine 0")
	write(t, db, func(w *Writer) error {
		err := set(c, 1, 7, 5)(w)
		wantRead(t, c, "before the commit", 1, 7, "0 of 0, mine 0")
		if p, ok := c.Part(1, 7); p != 5 || !ok {
			t.Errorf("in the same transaction the part is %d, %v, want 5", p, ok)
		}
		return err
	})
	wantRead(t, c, "answered", 1, 7, "5 of 1, mine 5")
	wantRead(t, c, "answered, for another", 1, 8, "5 of 1, mine 0")
	wantRead(t, c, "answered, for nobody", 1, 0, "5 of 1, mine 0")
	write(t, db, func(w *Writer) error {
		err := w.Do("UPDATE sums SET n = 100 WHERE id = 1")
		c.Drop(1)
		if s, _ := c.Get(w, 1); s.n != 100 {
			t.Errorf("the transaction that changed a row gets %d, want 100", s.n)
		}
		if _, ok := c.Part(1, 7); ok {
			t.Error("there are parts of a row that was changed in another way")
		}
		wantRead(t, c, "changed, before the commit", 1, 7, "5 of 1, mine 5")
		return err
	})
	wantRead(t, c, "changed", 1, 7, "-")
	c.ask(t, db, 1)
	wantRead(t, c, "changed and asked for", 1, 7, "100 of 1, mine 5")
	write(t, db, func(w *Writer) error {
		if err := w.Do("DELETE FROM sums WHERE id = 1"); err != nil {
			return err
		}
		c.Drop(1)
		_, err := c.Get(w, 1)
		if !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("a row that was deleted = %v, want ErrNoRows", err)
		}
		return nil
	})
	wantRead(t, c, "deleted", 1, 0, "-")
	write(t, db, func(w *Writer) error { // read and then changed in one transaction
		_, err := c.Get(w, 2)
		c.Drop(2)
		return errors.Join(err, w.Do("UPDATE sums SET n = 100 WHERE id = 2"))
	})
	if n, err := Value[int64](t.Context(), db.Readers(), "SELECT n FROM sums WHERE id = 2"); n != 100 || err != nil {
		t.Errorf("row 2 is %d, %v", n, err)
	}
	wantRead(t, c, "read, then changed", 2, 0, "-")
	c.Want(db, 1)
	write(t, db, nil)
	wantRead(t, c, "deleted and asked for", 1, 0, "-")
}

// Between a commit and Ended the disk is ahead of what is kept. Who has asked the disk must not get ahead of who finds
// the row kept right behind it.
func TestWhatIsKeptGoesBeforeTheDisk(t *testing.T) {
	db, c := cached(t)
	ahead := func() (sum, int64, error) { return sum{n: 5, parts: 1}, 5, nil }
	find := func(when string, ask func() (sum, int64, error), n, part int64) {
		t.Helper()
		if s, p, err := c.Find(db, 1, 7, ask); s.n != n || p != part || err != nil {
			t.Errorf("%s: found %d, part %d, %v, want %d and %d", when, s.n, p, err, n, part)
		}
	}
	find("kept meanwhile", func() (sum, int64, error) { c.ask(t, db, 1); return ahead() }, 0, 0)
	find("kept", func() (sum, int64, error) { t.Error("the disk is asked for what is kept"); return ahead() }, 0, 0)
	write(t, db, func(w *Writer) error { c.Drop(1); return nil })
	find("not kept", ahead, 5, 5)
	write(t, db, nil) // a transaction, at whose end what Find wanted is kept
	wantRead(t, c, "found", 1, 0, "0 of 0, mine 0")
	oops := errors.New("oops")
	if _, _, err := c.Find(db, 2, 7, func() (sum, int64, error) { return sum{}, 0, oops }); !errors.Is(err, oops) {
		t.Errorf("a disk that fails = %v, want oops", err)
	}
}

// What a transaction reads for itself, in which others have changed things, must not come out before the commit, and
// never if there is none.
func TestReadersNeverSeeWhatIsUndone(t *testing.T) {
	db, c := cached(t)
	c.ask(t, db, 1)
	oops := errors.New("oops")
	errs := together(t, db,
		set(c, 1, 7, 5),
		set(c, 2, 7, 5), // not kept before
		func(w *Writer) error {
			c.Drop(3)
			return errors.Join(w.Do("UPDATE sums SET n = 100"), oops)
		},
		func(w *Writer) error {
			wantRead(t, c, "a row that is new here", 2, 7, "-")
			return nil
		})
	if errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], oops) {
		t.Errorf("errors = %v", errs)
	}
	wantRead(t, c, "kept before", 1, 7, "5 of 1, mine 5")
	wantRead(t, c, "read in the transaction", 2, 7, "5 of 1, mine 5")
	err := db.Write(t.Context(), func(w *Writer) error {
		c.Drop(1)
		return errors.Join(w.Do("UPDATE sums SET n = 100"), oops)
	}, nil)
	if !errors.Is(err, oops) {
		t.Error(err)
	}
	db.Write(t.Context(), func(w *Writer) error { return errors.Join(w.Do("UPDATE sums SET n = 100"), oops) }, nil)
	wantRead(t, c, "dropped by a piece that was undone", 1, 7, "-")
	c.ask(t, db, 1)
	db.Write(t.Context(), func(w *Writer) error { return errors.Join(w.Do("UPDATE sums SET n = 100"), oops) }, nil)
	wantRead(t, c, "kept beside a piece that was undone", 1, 7, "5 of 1, mine 5")
	err = db.Write(t.Context(), func(w *Writer) error {
		if err := set(c, 1, 7, 6)(w); err != nil {
			return err
		}
		_, err := w.Exec("ROLLBACK") // as SQLite does by itself on some errors
		return err
	}, nil)
	if err == nil {
		t.Error("the commit of nothing = nil")
	}
	wantRead(t, c, "after a transaction that was undone", 1, 7, "-")
	c.ask(t, db, 1)
	wantRead(t, c, "and asked for", 1, 7, "5 of 1, mine 5")
}

// However many rows readers ask for, those who wait for an answer don't wait for all of them.
func TestOneTransactionReadsAFewOfManyRows(t *testing.T) {
	loads := 0
	c := NewCache(func(*Writer, int64) (int, error) { loads++; return 1, nil },
		func(*Writer, int64, int) (map[int64]int, error) { return nil, nil }, nil)
	db := &DB{jobs: make(chan *job, 10)}
	for id := range int64(10 * maxWanted) {
		c.Want(db, id+1)
		c.Want(db, id+1)
	}
	if len(db.jobs) != 1 {
		t.Errorf("%d transactions are begun for them, want 1", len(db.jobs))
	}
	if c.Ended(nil, nil); loads != maxWanted {
		t.Errorf("%d rows are read, want %d", loads, maxWanted)
	}
	if c.Ended(nil, nil); loads != maxWanted {
		t.Errorf("%d rows are read again", loads-maxWanted)
	}
}

func TestACacheHasLimits(t *testing.T) {
	members := map[int64]int{} // by row: what would be in the database
	c := NewCache(func(_ *Writer, id int64) (int, error) { return members[id], nil },
		func(_ *Writer, id int64, n int) (map[int64]bool, error) {
			if n > MaxParts {
				return nil, nil
			}
			parts := map[int64]bool{}
			for m := range n {
				parts[int64(m+1)] = true
			}
			return parts, nil
		}, nil)
	fill := func(id int64, n int) {
		members[id] = n
		c.Get(nil, id)
		c.Ended(nil, nil)
	}
	add := func(id int64) {
		members[id]++
		c.Set(id, int64(members[id]), true)
		c.Ended(nil, nil)
	}
	want := func(when string, id, member int64, n int, ok bool) {
		t.Helper()
		if row, part, kept := c.Read(id, member); kept != ok || kept && (row != n || part != (member > 0)) {
			t.Errorf("%s: Read(%d, %d) = %d, %v, %v, want %d, %v", when, id, member, row, part, kept, n, ok)
		}
		if _, kept := c.Part(id, member); member > 0 && kept != ok {
			t.Errorf("%s: Part(%d, %d) is there: %v, want %v", when, id, member, kept, ok)
		}
		all := 0
		for _, e := range c.kept {
			all += len(e.parts)
		}
		if n := len(c.fresh) + len(c.dropped) + len(c.changed); n > 0 {
			t.Errorf("%s: %d things of transactions that have ended are left", when, n)
		}
		if all != c.allParts || all > maxAllParts || len(c.kept) > maxRows {
			t.Errorf("%s: %d parts of %d rows are kept, and %d are counted", when, all, len(c.kept), c.allParts)
		}
	}
	fill(1, MaxParts-1)
	add(1)
	want("as many parts as may be", 1, 1, MaxParts, true)
	add(1)
	want("one more", 1, 1, 0, false)
	want("one more, for nobody", 1, 0, MaxParts+1, true)
	fill(2, MaxParts+1)
	want("too many when read", 2, 1, 0, false)
	add(2)
	want("and one more", 2, 1, 0, false)
	want("and one more, for nobody", 2, 0, MaxParts+2, true)
	// Where there is no more room others go, and no more of them than must.
	const full = maxAllParts / MaxParts
	left := func(when string, from, to int64, least, most int) {
		t.Helper()
		n := 0
		for id := from; id < to; id++ {
			if _, _, ok := c.Read(id, 0); ok {
				n++
			}
		}
		if n < least || n > most {
			t.Errorf("%s: %d of rows %d to %d are kept, want %d to %d", when, n, from, to-1, least, most)
		}
	}
	for id := int64(11); id < 11+full; id++ {
		fill(id, MaxParts)
	}
	left("full", 11, 11+full, full, full)
	fill(3, 1)
	want("one part more", 3, 1, 1, true)
	left("one part more", 11, 11+full, full-1, full-1)
	fill(4, MaxParts-1)
	want("full again", 4, 1, MaxParts-1, true)
	fill(5, 1)
	add(4)
	want("a part more in a row that was kept", 6, 1, 0, false)
	left("a part more in a row that was kept", 0, 11+full, full-1, full+4)
	for id := range int64(maxRows + 1) {
		fill(id+100, 0)
	}
	want("many rows", maxRows+100, 0, 0, true)
	left("many rows", 0, maxRows+101, maxRows, maxRows)
}

// Many change and read the same rows at once. Nobody may see a row older than what he was answered or has seen before,
// nor one whose sum isn't that of its parts.
func TestReadersBesideWriters(t *testing.T) {
	const rows, members, rounds = 3, 8, 30
	db, c := cached(t)
	var all, reading sync.WaitGroup
	var done atomic.Bool
	read := func(id, member, seen, mine int64) (sum, int64) {
		s, part, ok := c.Read(id, member)
		if !ok {
			c.Want(db, id)
			return sum{n: seen}, mine
		}
		if s.n < seen || part < mine || s.n < part {
			t.Errorf("row %d is %d, the part of %d in it %d; at least %d and %d were seen", id, s.n, member, part, seen, mine)
		}
		return s, part
	}
	for member := int64(1); member <= members; member++ {
		all.Go(func() {
			for i := int64(1); i <= rounds; i++ {
				for id := int64(1); id <= rows; id++ {
					if err := db.Write(t.Context(), set(c, id, member, i), nil); err != nil {
						t.Error(err)
					}
					read(id, member, i, i)
				}
			}
		})
		reading.Go(func() {
			var seen [rows + 1]sum
			var mine [rows + 1]int64
			for id := int64(1); !done.Load(); id = id%rows + 1 {
				time.Sleep(100 * time.Microsecond)
				seen[id], mine[id] = read(id, member, seen[id].n, mine[id])
			}
		})
	}
	all.Go(func() { // makes trouble: rows change in other ways, pieces fail before and behind a write, all is forgotten
		for i := range rounds {
			db.Write(t.Context(), func(w *Writer) error {
				c.Drop(int64(i%rows + 1))
				return w.Do("UPDATE sums SET parts = parts")
			}, nil)
			db.Write(t.Context(), func(w *Writer) error { return errors.New("oops") }, nil)
			db.Write(t.Context(),
				func(w *Writer) error { return errors.Join(w.Do("UPDATE sums SET n = 0"), errors.New("oops")) }, nil)
		}
	})
	all.Wait()
	done.Store(true)
	reading.Wait()
	for id := int64(1); id <= rows; id++ {
		c.ask(t, db, id)
		wantRead(t, c, "at last", id, 1, fmt.Sprintf("%d of %d, mine %d", members*rounds, members, rounds))
	}
}

// By recount readers see what they would see by load, also behind a transaction that was the first to read the row,
// that dropped it, or in which a piece was undone.
func TestCacheRecounts(t *testing.T) {
	db, c := cached(t)
	counted := 0
	c.recount = func(s sum, parts iter.Seq2[int64, int64]) (sum, bool) {
		counted++
		for was, is := range parts {
			if s.n += is - was; was == 0 {
				s.parts++
			}
		}
		return s, s.n%7 != 0 // now and then it can't
	}
	chance := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		id, member := 1+chance.Int64N(3), 1+chance.Int64N(9)
		before, _, kept := c.Read(id, 0)
		write(t, db, func(w *Writer) error {
			for range 1 + chance.IntN(3) {
				if err := set(c, id, member, 1+chance.Int64N(99))(w); err != nil {
					return err
				}
				if chance.IntN(10) == 0 {
					c.Drop(id)
				}
				member = 1 + chance.Int64N(9)
			}
			return nil
		})
		if kept && chance.IntN(10) == 0 {
			undone := errors.New("undone")
			if err := db.Write(t.Context(), func(w *Writer) error {
				return errors.Join(w.Do("UPDATE sums SET n = 0 WHERE id = ?", id), undone)
			}, nil); !errors.Is(err, undone) {
				t.Fatal(err)
			}
		}
		got, mine, ok := c.Read(id, member)
		if !ok {
			continue
		}
		want, err := One(t.Context(), db.Readers(), func(rows *sql.Rows, s *sum) error { return rows.Scan(&s.n, &s.parts) },
			"SELECT n, parts FROM sums WHERE id = ?", id)
		part, err1 := Value[int64](t.Context(), db.Readers(),
			"SELECT coalesce(max(n), 0) FROM parts WHERE id = ? AND member = ?", id, member)
		if err != nil || err1 != nil || got != want || mine != part {
			t.Fatalf("readers see %v and %d, on disk are %v and %d (%v, %v); before it was %v", got, mine, want, part, err, err1,
				before)
		}
	}
	if counted < 100 {
		t.Errorf("counted %d times only", counted)
	}
}
