package groupcommit

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Snapshot runs do with a Reader whose questions all see the file as it is at one moment. do must not keep it.
func (db *DB) Snapshot(ctx context.Context, do func(*Reader) error) error {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // there is nothing to commit
	r := &Reader{prepare: tx.PrepareContext}
	defer r.close()
	return do(r)
}

// CopyThenWrite is Write behind a copy of the file, which has all that was written before and nothing else: nobody
// writes meanwhile. The copy lies beside the file, is named after it and the moment, and is on disk when do runs.
// Where that fails, a copy may have been made all the same.
func (db *DB) CopyThenWrite(ctx context.Context, at time.Time, do func(*Writer) error, then func()) (path string,
	err error) {
	done := make(chan error, 1)
	err = db.enqueue(&job{ctx: ctx, do: do, then: then, ended: func(err error) { done <- err }, alone: func() (err error) {
		path, err = db.copy(at)
		return err
	}})
	if err != nil {
		return "", err
	}
	err = <-done
	return path, err
}

// copy makes the copy under a name that is of no use yet, and gives it its own when it is whole: after a crash there
// is a whole copy or none.
func (db *DB) copy(at time.Time) (path string, err error) {
	temp := db.path + "-copy"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) { // what a crash has left
		return "", err
	}
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err = db.vacuumInto(temp); err == nil {
		err = f.Sync()
	}
	if err == nil {
		path, err = db.nameCopy(temp, at)
	}
	if err != nil {
		os.Remove(temp)
	}
	return path, err
}

// vacuumInto needs a connection of its own: those of readers may only ask.
func (db *DB) vacuumInto(path string) error {
	conn, err := sql.Open("sqlite", dsn(db.path, "mode=ro"))
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Exec("VACUUM INTO ?", path)
	return passing(err)
}

// nameCopy renames a copy to pollwire-20261128T101500.db, in the time of this machine, as people look for it. A second
// one of the same second counts as one of the next.
func (db *DB) nameCopy(temp string, at time.Time) (path string, err error) {
	ext := filepath.Ext(db.path)
	for ; ; at = at.Add(time.Second) {
		path = strings.TrimSuffix(db.path, ext) + at.Format("-20060102T150405") + ext
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return "", err
	}
	return path, syncFolder(filepath.Dir(path))
}

// syncFolder brings a new name on to the disk.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder can't be synced there; NTFS keeps a journal of names
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	d.Sync() // some network file systems can't
	return nil
}
