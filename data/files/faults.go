package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"time"

	"pollwire/rest/problem"
)

// ErrUnavailable is in all errors for which neither the client nor this program can do anything: the disk is full or
// can only be read, a quota is used up, too many files are open, somebody has removed the folder. It has no kind of
// package problem: the caller should log it, as it tells of the inside, and answer 503.
var ErrUnavailable = errors.New("the shared folder can't be used now")

// fault finds such errors among those that are about to leave the package.
func fault(err error) error {
	var (
		ofRow  rowError
		ofPath *fs.PathError
		ofLink *os.LinkError
		ofCall *os.SyscallError
		code   syscall.Errno
	)
	if errors.As(err, &ofRow) {
		return ofRow.error
	}
	if _, ok := problem.Of(err); ok {
		return err
	}
	switch {
	case errors.As(err, &ofPath), errors.As(err, &ofLink), errors.As(err, &ofCall), errors.As(err, &code):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// rowError marks an error of Owners: they have a disk of their own.
type rowError struct{ error }

func (e rowError) Unwrap() error { return e.error }

// refusal gives those errors of the file system a kind that a client can cause, or should know of.
func refusal(err error, name string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENAMETOOLONG):
		return errNotFound
	case errors.Is(err, fs.ErrPermission):
		return problem.Refuse(problem.Forbidden, "%q can't be opened by the server", name).Coded("file_unusable", "name")
	case runtime.GOOS == "windows" && errors.Is(err, syscall.Errno(32)): // ERROR_SHARING_VIOLATION
		return problem.RetryLater(problem.Unavailable, 5*time.Second, "%q is in use by another program", name).
			Coded("file_unusable", "name")
	}
	return err
}

// unnamable is refusal for a name that this file system can't store: not all are as liberal as unstorable.
func unnamable(err error, name string) error {
	for _, e := range []error{syscall.ENAMETOOLONG, syscall.EINVAL, syscall.EILSEQ} {
		if errors.Is(err, e) {
			return invalid("name", "can't be stored here", "file_name")
		}
	}
	if errors.Is(err, fs.ErrNotExist) { // the temporary file: somebody has tidied up
		return err
	}
	return refusal(err, name)
}
