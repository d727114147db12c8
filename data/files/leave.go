package files

import (
	"context"
	"errors"
	"fmt"

	"pollwire/rest/problem"
)

// Version names what a file held when it was put, see Owners.
type Version struct{ Name, Version string }

// RemoveLeft removes files whose owners have gone, and whose rows with them: those that still are in these versions.
// What has gone or was changed by hand, or was put anew by somebody else, is left as it is. It can be called again
// after an error.
func (f *Folder) RemoveLeft(ctx context.Context, left []Version) error {
	if err := f.begin(); err != nil {
		return err
	}
	defer f.begun.Done()
	f.changing.Lock()
	defer f.changing.Unlock()
	for _, v := range left {
		if err := f.removeVersion(ctx, v); err != nil {
			return fmt.Errorf("remove %q: %w", v.Name, err)
		}
	}
	return f.syncNames()
}

func (f *Folder) removeVersion(ctx context.Context, v Version) error {
	found, err := f.named(v.Name)
	if errors.Is(err, problem.NotFound) || err == nil && etag(found) != v.Version {
		return nil
	}
	if err != nil {
		return err
	}
	if who, err := f.ownerOf(ctx, found); err != nil || who != 0 {
		return err
	}
	if err := f.root.Remove(found.spelt); err != nil {
		return err
	}
	f.settle(0, 0, -found.Size())
	return nil
}
