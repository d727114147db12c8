package files

import (
	"fmt"
	"time"

	"pollwire/rest/problem"
)

// enter takes a place for an upload of owner; leave gives it back.
func (f *Folder) enter(owner int64) error {
	if owner <= 0 {
		return fmt.Errorf("files: owner %d: must be positive", owner) // 0 would own what is nobody's
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return errClosed
	case f.byOwner[owner] >= maxOwnerUploads:
		return problem.RetryLater(problem.TooMany, 2*time.Second, "you have %d uploads running: wait for one to end",
			maxOwnerUploads).Coded("busy")
	case f.running >= maxUploads:
		return problem.RetryLater(problem.Unavailable, 5*time.Second, "too many uploads are running").Coded("busy")
	}
	f.byOwner[owner]++
	f.running++
	f.begun.Add(1)
	return nil
}

func (f *Folder) leave(owner int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
	if f.byOwner[owner]--; f.byOwner[owner] == 0 {
		delete(f.byOwner, owner)
	}
	f.begun.Done()
}

// grow adds n bytes to what is arriving, if there is room for them. The bytes that are here count, not those that are
// announced, or a few who announce much and send nothing would fill the folder.
func (f *Folder) grow(n int64) error {
	if f.take(n) {
		return nil
	}
	if err := f.recount(); err != nil {
		return err
	}
	if !f.take(n) {
		return errFull
	}
	return nil
}

var errFull = problem.Refuse(problem.TooLarge, "the folder is full: first something must be deleted").
	Coded("folder_full")

func (f *Folder) take(n int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stored+f.arriving+n > f.MaxTotal {
		return false
	}
	f.arriving += n
	return true
}

// settle is told that arriving bytes have come to their end, and how much more is stored now, perhaps less.
func (f *Folder) settle(arriving, stored int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.arriving -= arriving
	f.stored += stored
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
