package files

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pollwire/rest/problem"
)

// A share is what somebody who uploads has of the folder.
type share struct {
	running  int   // uploads
	stored   int64 // bytes of files
	arriving int64 // bytes of uploads
	free     bool  // from all limits of one person
}

// enter takes a place for an upload of owner; leave gives it back.
func (f *Folder) enter(ctx context.Context, owner int64) error {
	if owner <= 0 {
		return fmt.Errorf("files: owner %d: must be positive", owner) // 0 would own what is nobody's
	}
	free := f.master(owner)
	if f.Allow != nil && !free {
		if err := f.Allow(owner); err != nil {
			return err
		}
	}
	stored, err := f.storedBy(ctx, owner)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	mine := f.byOwner[owner]
	switch {
	case f.closed:
		return errClosed
	case mine != nil && mine.running >= maxOwnerUploads && !free:
		return problem.RetryLater(problem.TooMany, 2*time.Second, "you have %d uploads running: wait for one to end",
			maxOwnerUploads).Coded("busy")
	case f.running >= maxUploads:
		return problem.RetryLater(problem.Unavailable, 5*time.Second, "too many uploads are running").Coded("busy")
	case mine == nil:
		mine = &share{stored: stored}
		f.byOwner[owner] = mine
	}
	mine.free = free
	mine.running++
	f.running++
	f.begun.Add(1)
	return nil
}

// storedBy returns how many bytes the files of an owner have. It is asked for once for all uploads that run together.
func (f *Folder) storedBy(ctx context.Context, owner int64) (sum int64, err error) {
	f.mu.Lock()
	known := f.byOwner[owner] != nil
	f.mu.Unlock()
	if f.MaxOwned == 0 || known {
		return 0, nil
	}
	names, err := f.Owners.FilesOf(ctx, owner)
	if err != nil {
		return 0, rowError{err}
	}
	for _, name := range names {
		found, err := f.named(name)
		if err != nil {
			continue // it has gone
		}
		who, err := f.ownerOf(ctx, found)
		if err != nil {
			return 0, err
		}
		if who == owner {
			sum += found.Size()
		}
	}
	return sum, nil
}

func (f *Folder) leave(owner int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
	mine := f.byOwner[owner]
	if mine.running--; mine.running == 0 {
		delete(f.byOwner, owner)
	}
	f.begun.Done()
}

// grow adds n bytes of owner to what is arriving, if there is room for them. The bytes that are here count, not those
// that are announced, or a few who announce much and send nothing would fill the folder.
func (f *Folder) grow(owner, n int64) error {
	err := f.take(owner, n)
	if !errors.Is(err, errFull) {
		return err
	}
	if err := f.recount(); err != nil {
		return err
	}
	return f.take(owner, n)
}

var errFull = problem.Refuse(problem.TooLarge, "the folder is full: first something must be deleted").
	Coded("folder_full")

func (f *Folder) take(owner, n int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	mine := f.byOwner[owner]
	switch {
	case f.MaxOwned > 0 && !mine.free && mine.stored+mine.arriving+n > f.MaxOwned:
		return problem.Refuse(problem.TooLarge, "the files of one person may have %d MiB together: delete one of yours",
			f.MaxOwned>>20).Coded("share_full", "most")
	case f.stored+f.arriving+n > f.MaxTotal:
		return errFull
	}
	mine.arriving += n
	f.arriving += n
	return nil
}

// settle is told that arriving bytes of owner have come to their end, and how much more is stored now, perhaps less.
func (f *Folder) settle(owner, arriving, stored int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.arriving -= arriving
	f.stored += stored
	if mine := f.byOwner[owner]; mine != nil { // nil: it deletes, and uploads nothing meanwhile
		mine.arriving -= arriving
		mine.stored += stored
	}
}

// recount looks what really is there before anybody is told that the folder is full: the teacher may have made room by
// hand. Once a second is enough for that.
func (f *Folder) recount() error {
	f.changing.Lock()
	defer f.changing.Unlock()
	f.mu.Lock()
	fresh := time.Since(f.counted) < time.Second
	f.mu.Unlock()
	if fresh {
		return nil
	}
	return f.count()
}

// count is called with changing held, or before anybody else knows f.
func (f *Folder) count() error {
	files, err := f.files()
	if err != nil {
		return err
	}
	var sum int64
	for _, info := range files {
		sum += info.Size()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stored, f.counted = sum, time.Now()
	return nil
}
