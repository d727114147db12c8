package files

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What people have left behind is removed, and nothing else.
func TestRemoveLeft(t *testing.T) {
	s := start(t)
	tags := map[string]string{}
	for _, name := range []string{"left.txt", "kept.txt", "by hand.txt", "anew.txt", "gone.txt"} {
		a := s.put(1, "/files/"+strings.ReplaceAll(name, " ", "%20"), name)
		s.want("PUT "+name, a, 201)
		tags[name] = a.Header.Get("ETag")
	}
	var left []Version
	for name, tag := range tags {
		if name != "kept.txt" {
			left = append(left, Version{name, tag})
		}
		if name != "kept.txt" && name != "anew.txt" {
			s.byHand(s.rows.Forget(t.Context(), name))
		}
	}
	s.want("PUT anew", s.put(1, "/files/anew.txt", "new"), 200)
	s.byHand(os.WriteFile(filepath.Join(s.dir, "by hand.txt"), []byte("the teacher's"), 0o600))
	s.byHand(os.Remove(filepath.Join(s.dir, "gone.txt")))
	want := map[string]string{"kept.txt": "kept.txt", "by hand.txt": "the teacher's", "anew.txt": "new"}
	for range 2 { // the second time there is nothing left
		if err := s.f.RemoveLeft(t.Context(), left); err != nil {
			t.Errorf("RemoveLeft = %v", err)
		}
		s.wantOnDisk(want)
	}
	s.f.Close()
	if err := s.f.RemoveLeft(t.Context(), left); !errors.Is(err, errClosed) {
		t.Errorf("of a closed folder: %v", err)
	}
}
