//go:build linux || darwin

package files

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// To open a FIFO is to wait for somebody who writes to it.
func TestAFIFODoesNotHang(t *testing.T) {
	s := start(t)
	path := filepath.Join(s.dir, "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no FIFO here: ", err)
	}
	s.rows.of["fifo"] = s.claimByHand("fifo", 1)
	s.http.Timeout = 5 * time.Second
	s.want("GET", s.get("/files/fifo"), 404)
	s.want("PUT", s.put(1, "/files/fifo", "x"), 409)
	s.want("DELETE", s.do(1, "DELETE", "/files/fifo", nil), 404)
	if l := s.list(); len(l) != 0 {
		t.Errorf("list = %v", l)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestAFileThatTheServerMayNotRead(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	s := start(t)
	if err := os.WriteFile(filepath.Join(s.dir, "closed.txt"), []byte("x"), 0o000); err != nil {
		t.Fatal(err)
	}
	s.want("GET", s.get("/files/closed.txt"), 403)
}
