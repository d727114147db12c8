// Package groupcommit puts database/sql over SQLite (modernc.org/sqlite, no C) with one goroutine that writes.
//
// SQLite has one writer at a time, and a transaction that must survive a power cut costs one fsync of the disk.
// So the pieces that many callers want to write are put into one transaction:
//
//	Write -> queue -> BEGIN IMMEDIATE       (Begin is a Write that lets its caller go on meanwhile)
//	                  caller 1's piece
//	                  caller 2's piece
//	                  COMMIT             one fsync for all of them
//	               -> caller 1's news, caller 1's answer, caller 2's news, ...
//
// An error undoes the piece of one caller and no other. Most pieces that fail have only read so far. Where one has
// begun to write, all is rolled back and run once more, now with a SAVEPOINT before each piece.
//
// What arrives while one commit runs is the next batch, and what arrives while that is written joins it. A lone caller
// waits for nobody: only in a rush does the writer wait, a little, for those whom it has just answered (rush).
// What was answered is on disk (https://sqlite.org/wal.html, PRAGMA synchronous = FULL). Readers have connections
// of their own and never wait for the writer.
//
// One process at a time has the file open: a second one would not hear of what the first one announces. Others may read
// it with any SQLite tool. Not supported: ":memory:", which is another database on each connection.
package groupcommit

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Config says what belongs in the file.
type Config struct {
	ApplicationID int32    // tells our file from another program's (PRAGMA application_id)
	Schema        string   // the newest version of all tables, for an empty file
	Migrations    []string // Migrations[i] brings version i+1 to version i+2

	// MaxBatch is how many pieces one transaction may hold; 0 means 256. 1 is what most programs do, a commit for each
	// change, and is there to be compared with.
	MaxBatch int

	// Ended, if not nil, runs on the writer's goroutine after each transaction, before any news and answers: with nil when
	// it was committed, with the error when it was undone. It is the place to mend a cache.
	Ended func(*Writer, error)
}

// DB is an open file. All methods may be called from any goroutine.
type DB struct {
	path    string
	readers *Reader
	pool    *sql.DB       // behind readers
	lock    *sql.DB       // keeps other processes out
	single  *sql.DB       // the writer's one connection
	jobs    chan *job     // closed by Close: the writer finishes what waits
	stopped chan struct{} // closed by the writer when it is done
	most    int           // pieces in one transaction
	ended   func(*Writer, error)

	closing sync.RWMutex // held to read by all who put something into jobs, or they could find it closed
	closed  bool

	commits, changes atomic.Int64
}

// Open opens or makes the file at path, brings it to the newest version and starts the writer.
// A file of another program, or of a newer version, is an error and stays as it is.
func Open(path string, c Config) (*DB, error) {
	// Tried first because SQLite's "unable to open database file" doesn't say why.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	lock, err := lockOut(path + "-lock")
	if err != nil {
		return nil, err
	}
	db, err := open(path, c)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.lock = lock
	return db, nil
}

// lockOut takes a lock that another process with the same file has to respect, and that ends with this process however
// it ends. It is SQLite's own lock on an empty database beside ours: the one that is the same on every system.
func lockOut(path string) (*sql.DB, error) {
	lock, err := sql.Open("sqlite", "file:"+escaped(path))
	if err != nil {
		return nil, err
	}
	lock.SetMaxOpenConns(1)
	if _, err := lock.Exec("BEGIN EXCLUSIVE"); err != nil {
		lock.Close()
		if errors.Is(passing(err), ErrUnavailable) {
			return nil, fmt.Errorf("%s: another program has this database open", strings.TrimSuffix(path, "-lock"))
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return lock, nil
}

func open(path string, c Config) (*DB, error) {
	single, err := sql.Open("sqlite", dsn(path, "_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"))
	if err != nil {
		return nil, err
	}
	single.SetMaxOpenConns(1)
	conn, err := single.Conn(context.Background())
	if err == nil {
		err = migrate(conn, c)
	}
	if err == nil { // not in the dsn: it writes to the file, which may have been another program's until here
		_, err = conn.ExecContext(context.Background(), "PRAGMA journal_mode = WAL")
	}
	if err != nil {
		single.Close()
		return nil, err
	}
	pool, err := sql.Open("sqlite", dsn(path, "mode=ro&_pragma=query_only(1)"))
	if err != nil {
		single.Close()
		return nil, err
	}
	most := max(4, runtime.NumCPU())
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	db := &DB{
		path:    path,
		readers: &Reader{prepare: pool.PrepareContext},
		pool:    pool,
		single:  single,
		jobs:    make(chan *job, 4096),
		stopped: make(chan struct{}),
		most:    cmp.Or(c.MaxBatch, maxBatch),
		ended:   c.Ended,
	}
	go db.runWriter(&Writer{Reader: Reader{prepare: conn.PrepareContext}}, conn)
	return db, nil
}

// dsn names the file as SQLite's URI, so that spaces, '?' and '%' in a path do no harm. Pragmas must stand here:
// sent by Exec they would reach only one connection of a pool.
func dsn(path, params string) string {
	return "file:" + escaped(path) + "?_pragma=busy_timeout(5000)&" + params
}

func escaped(path string) string {
	p := filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" {
		p = "/" + p // file:/C:/...
	}
	return (&url.URL{Path: p}).EscapedPath()
}

// migrate applies the schema to an empty file, or the steps that an older one lacks, all in one transaction.
func migrate(conn *sql.Conn, c Config) error {
	tx, err := conn.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing once committed
	var app, version, tables int
	err = tx.QueryRow(`SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).Scan(&app, &version, &tables)
	if err != nil {
		return err
	}
	newest := len(c.Migrations) + 1
	var steps []string
	switch {
	case tables == 0 && version == 0:
		steps = []string{c.Schema}
	case app != int(c.ApplicationID), version < 1:
		return errors.New("this is the database of another program")
	case version > newest:
		return fmt.Errorf("the database has version %d and was made by a newer program; this one knows versions up to %d",
			version, newest)
	default:
		steps = c.Migrations[version-1:]
	}
	for i, step := range steps {
		if _, err := tx.Exec(step); err != nil {
			return fmt.Errorf("step %d from version %d: %w", i+1, version, err)
		}
	}
	// A PRAGMA takes no parameters.
	if _, err := tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", c.ApplicationID,
		newest)); err != nil {
		return err
	}
	return tx.Commit()
}

// Readers returns the read-only connections. A query on them sees everything that Write has answered.
func (db *DB) Readers() *Reader { return db.readers }

// Stats returns how many transactions were tried, and how many pieces that are on disk have changed a row.
func (db *DB) Stats() (commits, changes int64) { return db.commits.Load(), db.changes.Load() }

// Waiting returns how many pieces wait for the next transaction.
func (db *DB) Waiting() int { return len(db.jobs) }

// Close lets the writer finish what waits, copies the write-ahead log into the file and closes it.
// It must be called once, when nobody reads any more.
func (db *DB) Close() error {
	db.closing.Lock()
	db.closed = true
	close(db.jobs)
	db.closing.Unlock()
	<-db.stopped
	db.readers.close()
	err := db.pool.Close() // before the checkpoint: a reader would keep it from ending
	_, cp := db.single.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, cp, db.single.Close(), db.lock.Close())
}

// IsUnique tells whether err says that a UNIQUE constraint refused a row.
func IsUnique(err error) bool { return refusedBy(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE) }

// IsForeignKey tells whether err says that a row was refused because it points to one that is not there.
func IsForeignKey(err error) bool { return refusedBy(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY) }

func refusedBy(err error, constraint int) bool {
	refused, ok := errors.AsType[*sqlite.Error](err)
	return ok && refused.Code() == constraint
}

// passing marks an error that another try may not meet: another program holds the lock, or the disk is full.
func passing(err error) error {
	failed, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch failed.Code() & 0xff { // the rest tells more about the same (https://sqlite.org/rescode.html, extended codes)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL:
		return errors.Join(ErrUnavailable, err)
	}
	return err
}
