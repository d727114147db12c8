package files

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pollwire/rest/problem"
)

// byHand does in the folder what a teacher would do there.
func (s *shared) byHand(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Who put handout.txt doesn't own the file by which the teacher replaces it.
func TestWhatIsChangedByHandBelongsToNobody(t *testing.T) {
	for how, change := range map[string]func(path string) error{
		"removed and made anew": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("2"), 0o600))
		},
		"overwritten": func(path string) error { return os.WriteFile(path, []byte("2"), 0o600) },
		"added to": func(path string) error {
			info, err := os.Stat(path)
			return errors.Join(err, os.WriteFile(path, []byte("longer"), 0o600), os.Chtimes(path, time.Time{}, info.ModTime()))
		},
		"replaced by an older one": func(path string) error {
			old := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
			return errors.Join(os.WriteFile(path+".new", []byte("2"), 0o600), os.Chtimes(path+".new", old, old),
				os.Rename(path+".new", path))
		},
	} {
		t.Run(how, func(t *testing.T) {
			s := start(t)
			path := filepath.Join(s.dir, "handout.txt")
			for range 2 { // in its first version and in a later one
				s.want("PUT", s.put(1, "/files/handout.txt", "1"), 201)
				s.want("PUT again", s.put(1, "/files/handout.txt", "1"), 200)
				time.Sleep(20 * time.Millisecond) // a teacher takes longer than a tick of the clock
				s.byHand(change(path))
				before := s.onDisk()
				s.want("PUT over it", s.put(1, "/files/handout.txt", "mine"), 403)
				s.want("POST over it", s.post(1, "handout.txt", "mine"), 403)
				s.want("DELETE", s.do(1, "DELETE", "/files/handout.txt", nil), 403)
				s.wantOnDisk(before)
				s.byHand(os.Remove(path))
			}
			s.want("PUT by another, once it is gone", s.put(2, "/files/handout.txt", "x"), 201)
		})
	}
}

// A file that comes back, with its time, is that of who put it: not that of who had the name meanwhile.
func TestAClaimIsForOneVersion(t *testing.T) {
	s := start(t)
	path := filepath.Join(s.dir, "a.txt")
	s.want("PUT", s.put(1, "/files/a.txt", "first"), 201)
	s.byHand(os.Rename(path, path+".kept"))
	s.want("PUT of another", s.put(2, "/files/a.txt", "second"), 201)
	s.byHand(os.Rename(path+".kept", path))
	s.want("PUT of the other over the first file", s.put(2, "/files/a.txt", "x"), 403)
	s.wantOnDisk(map[string]string{"a.txt": "first"})
}

// The program may end, or fail, on either side of the rename, and more than once.
func TestTheOwnerIsKnownAfterACrash(t *testing.T) {
	s := start(t)
	temp := func(content string) *upload {
		path := filepath.Join(s.dir, uploads, content)
		s.byHand(os.WriteFile(path, []byte(content), 0o600))
		return &upload{f: s.f, r: httptest.NewRequest("PUT", "/", nil), owner: 1, name: "a.txt", temp: uploads + "/" +
			content}
	}
	s.want("PUT", s.put(1, "/files/a.txt", "old"), 201)
	for range 3 {
		u := temp("new")
		s.rows.after = func() { s.byHand(os.Remove(filepath.Join(s.dir, u.temp))) } // so that the rename fails
		if _, _, err := s.f.commit(u); err == nil {
			t.Fatal("commit without a file worked")
		}
		s.rows.after = nil
		s.wantOnDisk(map[string]string{"a.txt": "old"})
		s.want("PUT of another over the old one", s.put(2, "/files/a.txt", "x"), 403)
	}
	s.want("PUT over the old one", s.put(1, "/files/a.txt", "new"), 200)
	s.want("PUT of another over the new one", s.put(2, "/files/a.txt", "x"), 403)
	s.want("PUT over the new one", s.put(1, "/files/a.txt", "newer"), 200)

	s.rows.setFail(problem.Refuse(problem.Unavailable, "no disk"))
	s.want("PUT without its owner", s.put(1, "/files/a.txt", "lost"), 503)
	s.rows.setFail(nil)
	s.wantOnDisk(map[string]string{"a.txt": "newer"})
	s.want("DELETE", s.do(1, "DELETE", "/files/a.txt", nil), 204)
}
