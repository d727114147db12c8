package files

import (
	"errors"
	"strings"
	"testing"
)

// withMaster starts a server where 9 may do what others may only with theirs.
func withMaster(t *testing.T, c Config) *shared {
	t.Helper()
	c.Master = func(owner int64) bool { return owner == 9 }
	return open(t, t.TempDir(), c)
}

func TestAMasterReplacesAndDeletesTheFilesOfOthers(t *testing.T) {
	s := withMaster(t, Config{})
	s.want("PUT", s.put(1, "/files/a.txt", "1"), 201)
	s.want("PUT of another", s.put(2, "/files/a.txt", "2"), 403)
	s.want("PUT of the master", s.put(9, "/files/a.txt", "9"), 200)
	s.want("PUT of who had it", s.put(1, "/files/a.txt", "1"), 403) // it is the master's now
	s.want("POST", s.post(1, "b.txt", "1"), 201)
	s.want("POST of the master", s.post(9, "b.txt", "9"), 200)
	s.want("PUT", s.put(1, "/files/c.txt", "1"), 201)
	s.want("DELETE of another", s.do(2, "DELETE", "/files/c.txt", nil), 403)
	s.want("DELETE of the master", s.do(9, "DELETE", "/files/c.txt", nil), 204)
	s.wantOnDisk(map[string]string{"a.txt": "9", "b.txt": "9"})
}

func TestAMasterHasNoLimits(t *testing.T) {
	s := withMaster(t, Config{MaxOwned: 10, Allow: func(int64) error { return errors.New("too often") }})
	s.want("PUT of the master", s.put(9, "/files/a.txt", strings.Repeat("x", 30)), 201)
	if a := s.put(1, "/files/b.txt", "x"); a.StatusCode < 400 {
		t.Errorf("PUT of another = %d, want it refused", a.StatusCode)
	}
	s.bad.Clear() // it was refused by a bare error
	for i := range maxOwnerUploads {
		if err := s.f.enter(t.Context(), 9); err != nil {
			t.Fatal(i, err)
		}
	}
	s.want("one more of the master", s.put(9, "/files/c.txt", "x"), 201)
	for range maxOwnerUploads {
		s.f.leave(9)
	}
}

// What a master replaces or deletes is no longer in the share of who had it, while that one uploads.
func TestWhatAMasterTakesIsRoomForOthers(t *testing.T) {
	s := withMaster(t, Config{MaxOwned: 10})
	ten := strings.Repeat("x", 10)
	s.want("PUT", s.put(1, "/files/a.txt", ten), 201)
	s.want("PUT of more", s.put(1, "/files/b.txt", "x"), 413)
	if err := s.f.enter(t.Context(), 1); err != nil { // an upload is under way: the share is kept in memory
		t.Fatal(err)
	}
	s.want("PUT of the master", s.put(9, "/files/a.txt", "9"), 200)
	s.want("PUT", s.put(1, "/files/b.txt", ten), 201)
	s.want("PUT of more", s.put(1, "/files/c.txt", "x"), 413)
	s.want("DELETE of the master", s.do(9, "DELETE", "/files/b.txt", nil), 204)
	s.want("PUT", s.put(1, "/files/c.txt", ten), 201)
	s.f.leave(1)
}
