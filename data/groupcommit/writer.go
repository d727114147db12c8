package groupcommit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"time"
)

const (
	maxBatch = 256             // pieces in one transaction; with more, the first of them would wait too long
	maxWait  = 5 * time.Second // for a place in the queue

	// In a rush many are answered at once, and soon ask again: if the writer took the first of them at once, all others
	// would have to wait for a commit to end which is not theirs. So it rests until three quarters as many wait as were
	// answered, but no longer than the last commit took. With 64 who vote as fast as they can that makes a sixth more
	// votes for each second of the processors, and the slowest are quicker.
	rush    = 8 // pieces in one transaction
	nap     = 50 * time.Microsecond
	maxRest = 5 * time.Millisecond
)

// ErrUnavailable says that nothing was written, and that another try may succeed.
var ErrUnavailable = errors.New("the database can't be written now")

// A job is one caller's piece of a transaction.
type job struct {
	ctx   context.Context
	do    func(*Writer) error
	then  func()
	ended func(error)
	alone func() error // runs before a transaction that has no other piece; nil: others may share it

	err     error
	changed bool // a row, so that it counts
}

// Write runs do inside the transaction that is being written, or the next one, and, once that is committed, then; both
// on the writer's goroutine, and either may be nil. The news of all callers run in the order of their commits, so what
// then announces is announced once, in order, and never too early. Neither may call Write or Begin, which could wait
// for the goroutine that they run on. A panic in them ends the program.
//
// An error of do undoes what do wrote. To undo one piece, all pieces of its transaction may be undone and run once
// more: do must bear that, and set whatever it hands out anew. Once begun, a piece isn't given up when ctx ends: the
// caller always learns what became of it. A queue that stays full, a locked file and a full disk are ErrUnavailable.
func (db *DB) Write(ctx context.Context, do func(*Writer) error, then func()) error {
	done := make(chan error, 1)
	if err := db.enqueue(&job{ctx: ctx, do: do, then: then, ended: func(err error) { done <- err }}); err != nil {
		return err
	}
	return <-done
}

// Begin puts a piece into the queue and returns. Pieces are run in the order of the queue, so a caller that begins
// several keeps their order. ended is called once, with what became of the piece, on the writer's goroutine and in the
// order of the queue, where then would run in Write. An error of Begin means that nothing is queued: ended is not
// called.
func (db *DB) Begin(ctx context.Context, do func(*Writer) error, ended func(error)) error {
	return db.enqueue(&job{ctx: ctx, do: do, ended: ended})
}

// Do is Write for a single statement that nobody is told of.
func (db *DB) Do(ctx context.Context, text string, args ...any) error {
	return db.Write(ctx, func(w *Writer) error { return w.Do(text, args...) }, nil)
}

// enqueue puts a job into the queue, which is open as long as somebody holds the lock. What is in it will be run.
func (db *DB) enqueue(j *job) error {
	db.closing.RLock()
	defer db.closing.RUnlock()
	if db.closed {
		return fmt.Errorf("%w: it is being closed", ErrUnavailable)
	}
	select {
	case db.jobs <- j:
		return nil
	default:
	}
	patience := time.NewTimer(maxWait)
	defer patience.Stop()
	select {
	case db.jobs <- j:
		return nil
	case <-patience.C:
		return fmt.Errorf("%w: too many writes wait", ErrUnavailable)
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
}

// poke begins a transaction of nothing, unless others wait by now. It never waits: the writer's goroutine may call it.
func (db *DB) poke() {
	if !db.closing.TryRLock() {
		return // it is being closed
	}
	defer db.closing.RUnlock()
	if db.closed {
		return
	}
	select {
	case db.jobs <- &job{ctx: context.Background(), ended: func(error) {}}:
	default:
	}
}

// runWriter commits batch after batch, until the queue is closed and empty.
func (db *DB) runWriter(w *Writer, conn *sql.Conn) {
	defer close(db.stopped)
	defer conn.Close()
	defer w.close()
	var batch []*job
	var alone *job // it came behind others
	for {
		j, open := alone, true
		if alone = nil; j == nil {
			if j, open = <-db.jobs; !open {
				return
			}
		}
		began := time.Now()
		batch, alone = db.commit(w, append(batch[:0], j))
		if alone == nil && len(batch) >= rush {
			db.rest(len(batch)*3/4, min(time.Since(began), maxRest))
		}
		clear(batch) // let go of what the callers asked for
	}
}

// rest returns when so many jobs wait, or after most.
func (db *DB) rest(enough int, most time.Duration) {
	for end := time.Now().Add(most); len(db.jobs) < enough && time.Now().Before(end); {
		time.Sleep(nap)
	}
}

// gather adds to a batch what waits, up to a job that wants to be alone.
func (db *DB) gather(batch []*job) (_ []*job, alone *job) {
	// Whoever was answered by the last commit and asks again is ready to run, but may not have run yet. One step back
	// lets them in; where nobody is ready it costs nothing.
	runtime.Gosched()
	for len(batch) < db.most {
		select {
		case j, open := <-db.jobs:
			if !open || j.alone != nil {
				return batch, j
			}
			batch = append(batch, j)
		default:
			return batch, nil
		}
	}
	return batch, nil
}

// commit runs a job, with whatever waits by then or comes meanwhile, as one transaction and answers every caller in it.
// batch is that job; commit returns what became of it, and a job that came behind and wants to be alone.
func (db *DB) commit(w *Writer, batch []*job) (_ []*job, alone *job) {
	if before := batch[0].alone; before == nil {
		batch, alone = db.gather(batch)
	} else if err := before(); err != nil {
		batch[0].ended(passing(err))
		return batch, nil
	}
	err := db.transaction(w, func() (err error) {
		batch, alone, err = db.runPlain(w, batch, alone)
		return err
	})
	if errors.Is(err, errAgain) {
		err = db.transaction(w, func() error { return runInSavepoints(w, batch) })
	}
	db.commits.Add(1)
	for _, j := range batch {
		if j.err == nil {
			j.err = err
		}
		if j.err == nil && j.changed {
			db.changes.Add(1)
		}
		if j.err == nil && j.then != nil {
			j.then()
		}
		j.ended(j.err)
	}
	return batch, alone
}

func (db *DB) transaction(w *Writer, run func() error) (err error) {
	if db.ended != nil {
		defer func() { db.ended(w, err) }()
	}
	if _, err := w.run("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", passing(err))
	}
	if err = run(); err == nil {
		_, err = w.run("COMMIT")
	}
	if err != nil {
		w.run("ROLLBACK") // fails where SQLite has done it already, which is as good
		return fmt.Errorf("commit: %w", passing(err))
	}
	return nil
}

// errAgain ends a transaction in which a piece failed that had begun to write.
var errAgain = errors.New("a piece must be undone")

// run is one try of a piece. One whose caller has gone is not begun.
func (j *job) run(w *Writer) {
	w.changed = false
	if j.err = j.ctx.Err(); j.err == nil && j.do != nil {
		j.err = passing(j.do(w))
	}
	j.changed = w.changed
}

// runPlain runs each job and trusts that those that fail do so before they write: then there is nothing to undo, and
// the two statements of a savepoint are saved, which cost as much as a small change itself. What comes meanwhile is
// gathered and run as well, unless a job wants to be alone: here it costs no commit of its own.
func (db *DB) runPlain(w *Writer, batch []*job, alone *job) (_ []*job, _ *job, err error) {
	shared := batch[0].alone == nil
	for ran := 0; ran < len(batch); {
		for _, j := range batch[ran:] {
			before := w.marks
			if j.run(w); j.err != nil && w.marks != before {
				return batch, alone, errAgain
			}
		}
		if ran = len(batch); shared && alone == nil {
			batch, alone = db.gather(batch)
		}
	}
	return batch, alone, nil
}

// runInSavepoints runs each job so that its error undoes what it wrote, and only that. An error that runInSavepoints
// itself returns has ended the whole transaction: on a full disk SQLite may roll everything back by itself, and what
// ran after that would be committed on its own.
func runInSavepoints(w *Writer, batch []*job) error {
	for _, j := range batch {
		if _, err := w.run("SAVEPOINT piece"); err != nil {
			return err
		}
		if j.run(w); j.err != nil {
			if _, undo := w.run("ROLLBACK TO piece"); undo != nil {
				return j.err
			}
		}
		if _, err := w.run("RELEASE piece"); err != nil {
			return err
		}
	}
	return nil
}
