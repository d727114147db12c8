//go:build unix

package tlsport

import (
	"path/filepath"
	"syscall"
	"testing"
)

// Opening a pipe that nobody reads would wait for ever.
func TestAKeyLogIsNoPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	if log, err := OpenKeyLog(path, nil); err == nil {
		log.Close()
		t.Error("a pipe was opened")
	}
}
