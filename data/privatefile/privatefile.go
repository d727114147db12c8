// Package privatefile writes small files that only their owner may read: keys, secrets.
//
// A file is written under another name, synced and renamed (POSIX rename is atomic), so that whoever looks sees the old
// one, the new one or none, but never half of one, even after a power cut.
package privatefile

import (
	"errors"
	"os"
	"path/filepath"
)

// Write makes or replaces the file at path, with mode 0600. Windows has no such modes: there the folder's rights hold.
func Write(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once renamed
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Read returns what is in the file at path, and takes it from the eyes of others: it may have been copied here.
func Read(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return data, os.Chmod(path, 0o600)
}
