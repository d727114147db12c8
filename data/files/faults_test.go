package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"pollwire/rest/problem"
)

func TestFaultsOfTheDiskAreToldFromOthers(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"a full disk", &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, true},
		{"a full disk, among others", fmt.Errorf("upload: %w", errors.Join(&fs.PathError{Err: syscall.ENOSPC}, nil)), true},
		{"a disk that can only be read", &os.LinkError{Op: "rename", Err: syscall.EROFS}, true},
		{"a folder that is gone", os.NewSyscallError("readdirent", syscall.ENOENT), true},
		{"too many open files", syscall.EMFILE, true},
		{"what has no number", os.NewSyscallError("readdirent", errors.New("odd")), true},
		{"what the client can know", problem.Refuse(problem.NotFound, "no such file"), false},
		{"what the client can know, with its cause", errors.Join(problem.Refuse(problem.Forbidden, "no"), syscall.EACCES),
			false},
		{"a fault of this program", io.ErrUnexpectedEOF, false},
		{"none", nil, false},
	} {
		got := fault(tt.err)
		if errors.Is(got, ErrUnavailable) != tt.want || !errors.Is(got, tt.err) {
			t.Errorf("%s: fault(%v) = %v", tt.name, tt.err, got)
		}
		if _, ok := problem.Of(got); ok && tt.want {
			t.Errorf("%s has a kind, so nobody would log it", tt.name)
		}
	}
}

// call calls a method of Folder without a server.
func (s *shared) call(h func(http.ResponseWriter, *http.Request) error, name, body string) error {
	r := httptest.NewRequest("PUT", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", formType)
	r.SetPathValue("name", name)
	return h(httptest.NewRecorder(), r)
}

func TestAFolderThatIsGone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows removes no folder that is open")
	}
	s := start(t)
	s.want("PUT", s.put(1, "/files/a.txt", "1"), 201)
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	owner := func(h func(http.ResponseWriter, *http.Request, int64) error) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, r *http.Request) error { return h(w, r, 1) }
	}
	for name, err := range map[string]error{
		"List": s.call(s.f.List, "", ""),
		"Put":  s.call(owner(s.f.Put), "a.txt", "1"),
		"Post": s.call(owner(s.f.Post), "", fileForm("a.txt", "1")),
	} {
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s = %v, want ErrUnavailable with its cause", name, err)
		}
	}
	s.want("GET", s.get("/files/a.txt"), 404)
	s.f.MaxTotal, s.f.counted = 1, time.Time{}
	if err := s.call(owner(s.f.Put), "b.txt", "22"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Put where it can't be found out whether there is room = %v", err)
	}
}

// A file where the folder of uploads should be is in the way on every system, whoever runs the test.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	s := start(t)
	path := filepath.Join(s.dir, uploads)
	if err := errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for what, a := range map[string]answer{"PUT": s.put(1, "/files/a.txt", "1"), "POST": s.post(1, "a.txt", "1")} {
		s.want(what, a, 503)
		if !strings.Contains(a.text, ErrUnavailable.Error()) {
			t.Errorf("%s: %s", what, a.text)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.want("PUT, once it can", s.put(1, "/files/a.txt", "1"), 201)
}

// What Owners return comes out as it went in: they have a disk of their own, and words of their own for it.
func TestErrorsOfOwnersStayAsTheyAre(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/a.txt", "1"), 201)
	full := &fs.PathError{Op: "write", Path: "rows", Err: syscall.ENOSPC}
	s.rows.setFail(full)
	for name, err := range map[string]error{
		"Put":    s.call(func(w http.ResponseWriter, r *http.Request) error { return s.f.Put(w, r, 1) }, "b.txt", "1"),
		"Delete": s.call(func(w http.ResponseWriter, r *http.Request) error { return s.f.Delete(w, r, 1) }, "a.txt", ""),
	} {
		if errors.Is(err, ErrUnavailable) || !errors.Is(err, full) {
			t.Errorf("%s = %v, want %v", name, err, full)
		}
	}
}
