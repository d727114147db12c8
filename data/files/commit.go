package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"pollwire/rest/normalize"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
)

// rowTime is how long the caller may take to keep who owns what.
const rowTime = 10 * time.Second

// commit gives an upload that is all here its place. What was checked when it began is checked once more: others may
// have been faster. created is false where it replaced a file.
func (f *Folder) commit(u *upload) (stored fs.FileInfo, created bool, err error) {
	// What has arrived whole is done, though the client may have gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.r.Context()), rowTime)
	defer cancel()
	f.changing.Lock()
	defer f.changing.Unlock()
	old, err := f.mayStore(ctx, u)
	if err != nil {
		return nil, false, err
	}
	stamped, err := f.stamp(u.temp, old)
	if err != nil {
		return nil, false, err
	}
	previous := ""
	if old != nil {
		previous = etag(old)
	}
	// First the row, then the file, which keeps its time when it is renamed: a crash in between leaves a row for the file
	// that was to come, which means nothing, and for the old one. The other way round it would leave a file of nobody.
	if err := f.Owners.Claim(ctx, u.name, etag(stamped), previous, u.owner); err != nil {
		return nil, false, rowError{err}
	}
	if err := f.root.Rename(u.temp, u.spelt); err != nil {
		if old == nil { // else the row is that of the old file, too
			f.Owners.Forget(ctx, u.name) // if that fails, too, the row means nothing
		}
		return nil, false, unnamable(err, u.name)
	}
	u.temp = ""
	grown := u.size
	if old != nil {
		grown -= old.Size()
	}
	if old != nil && u.before != u.owner {
		f.settle(u.before, 0, -old.Size())
		grown += old.Size()
	}
	f.settle(u.owner, u.size, grown)
	if err := f.syncNames(); err != nil {
		return nil, false, err
	}
	stored, err = f.lstat(u.spelt)
	return stored, old == nil, err
}

// mayStore tells whether an upload may get its place, and returns the file that is there now, nil for none. The answer
// holds for as long as changing is held.
func (f *Folder) mayStore(ctx context.Context, u *upload) (old fs.FileInfo, err error) {
	names, err := f.names()
	if err != nil {
		return nil, err
	}
	u.spelt = spellingOf(u.name, names)
	if !slices.Contains(names, u.spelt) {
		i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(normalize.NFC(name), u.name) })
		if i >= 0 { // on Windows and macOS it would be the same file, and there nobody could save both
			return nil, problem.Refuse(problem.Conflict, "there is %q, which differs only by capital and small letters",
				names[i]).Coded("file_twin", "name")
		}
	}
	info, err := f.root.Lstat(u.spelt)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if len(names) > f.MaxFiles { // one is the folder of uploads
			return nil, errFull // not a 409: for a client it is the same as the other way of being full
		}
		return nil, conditions(u.when, nil)
	case err != nil:
		return nil, unnamable(err, u.name)
	case !info.Mode().IsRegular():
		return nil, problem.Refuse(problem.Conflict, "%q is there and is not a file", u.name).Coded("file_unusable", "name")
	}
	found := file{info, u.name, u.spelt}
	if u.before, err = f.owned(ctx, found, u.owner); err != nil {
		return nil, err
	}
	return found, conditions(u.when, found)
}

// ownerOf returns whose a file is, 0 where it is nobody's.
func (f *Folder) ownerOf(ctx context.Context, file file) (int64, error) {
	who, err := f.Owners.OwnerOf(ctx, file.name, etag(file))
	if err == nil && who == 0 && file.spelt != file.name { // older versions kept names as they came
		who, err = f.Owners.OwnerOf(ctx, file.spelt, etag(file))
	}
	if err != nil {
		return 0, rowError{err}
	}
	return who, nil
}

// owned returns whose a file is that is there, and refuses whoever may not change it.
func (f *Folder) owned(ctx context.Context, file file, owner int64) (who int64, err error) {
	who, err = f.ownerOf(ctx, file)
	switch {
	case err != nil:
		return 0, err
	case who == 0:
		return 0, problem.Refuse(problem.Forbidden, "%q was put here or changed by hand, so it can't be changed over HTTP",
			file.Name()).Coded("file_not_uploaded", "name")
	case who != owner && !f.master(owner):
		return 0, problem.Refuse(problem.Forbidden, "%q was put here by somebody else", file.Name()).
			Coded("file_of_another", "name")
	}
	return who, nil
}

// conditions is RFC 9110 §13.2.2 for a request that changes something: it may only if the file is as the client
// thinks. info is nil if there is none.
func conditions(h http.Header, info fs.FileInfo) error {
	if h == nil {
		return nil
	}
	tag := ""
	if info != nil {
		tag = etag(info)
	}
	ok := rfc9110.IfMatch(h, tag)
	if info != nil && h["If-Match"] == nil {
		since, err := http.ParseTime(h.Get("If-Unmodified-Since"))
		ok = err != nil || !info.ModTime().Truncate(time.Second).After(since)
	}
	if !ok || !rfc9110.IfNoneMatch(h, tag) {
		return problem.Refuse(problem.Precondition,
			"the file is not, or no longer, what If-Match, If-None-Match or If-Unmodified-Since asks for")
	}
	return nil
}

// stamp sets the time of a new version to now, but always later than that of the old one: two in one tick of the clock,
// or after it was set back, must not have the same ETag. It returns what the file system made of that time: not all
// keep nanoseconds.
func (f *Folder) stamp(temp string, old fs.FileInfo) (info fs.FileInfo, err error) {
	t := time.Now()
	if old != nil && !t.After(old.ModTime()) {
		t = old.ModTime().Add(time.Millisecond)
	}
	for range 2 {
		if err := f.root.Chtimes(temp, t, t); err != nil {
			return nil, fmt.Errorf("upload: %w", err)
		}
		if info, err = f.root.Lstat(temp); err != nil {
			return nil, fmt.Errorf("upload: %w", err)
		}
		if old == nil || info.ModTime().After(old.ModTime()) {
			break
		}
		t = old.ModTime().Add(2 * time.Second) // FAT, on a USB stick, keeps only even seconds
	}
	return info, nil
}

// syncNames brings what was renamed or removed on to the disk.
func (f *Folder) syncNames() error {
	if runtime.GOOS == "windows" {
		return nil // a folder can't be synced there; NTFS keeps a journal of names
	}
	d, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer d.Close()
	if err = d.Sync(); errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil // some network file systems
	}
	return err
}

// Delete removes the file in the path's value "name".
func (f *Folder) Delete(w http.ResponseWriter, r *http.Request, owner int64) error {
	if err := f.begin(); err != nil {
		return err
	}
	defer f.begun.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), rowTime)
	defer cancel()
	if err := f.remove(ctx, r.PathValue("name"), owner, r.Header); err != nil {
		return fault(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (f *Folder) remove(ctx context.Context, name string, owner int64, when http.Header) error {
	f.changing.Lock()
	defer f.changing.Unlock()
	info, err := f.named(name)
	if err != nil {
		return err
	}
	who, err := f.owned(ctx, info, owner)
	if err != nil {
		return err
	}
	if err := conditions(when, info); err != nil {
		return err
	}
	if err := f.root.Remove(info.spelt); err != nil { // the row later: see commit
		return refusal(err, name)
	}
	f.settle(who, 0, -info.Size())
	synced := f.syncNames()
	if err := f.Owners.Forget(ctx, info.name); err != nil {
		return rowError{err}
	}
	return synced
}
