package files

import (
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"unicode/utf8"

	"pollwire/rest/normalize"
)

// 시험.txt, as a PC and as a Mac writes it.
var (
	nfc = "시험.txt"
	nfd = normalize.NFD(nfc)
)

func (s *shared) wantListed(names ...string) {
	s.t.Helper()
	var listed []string
	for _, e := range s.list() {
		listed = append(listed, e.Name)
		if e.URL != "/files/"+url.PathEscape(e.Name) {
			s.t.Errorf("%q is at %q", e.Name, e.URL)
		}
	}
	if !slices.Equal(listed, names) {
		s.t.Errorf("listed: %+q, want %+q", listed, names)
	}
}

func TestAnUploadIsStoredInNFC(t *testing.T) {
	for _, by := range []string{"PUT", "POST"} {
		s := start(t)
		if by == "PUT" {
			s.want(by, s.put(1, "/files/"+url.PathEscape(nfd), "1"), 201)
		} else {
			s.want(by, s.post(1, nfd, "1"), 201)
		}
		for _, name := range []string{nfc, nfd} {
			path := "/files/" + url.PathEscape(name)
			if a := s.get(path); a.text != "1" {
				t.Errorf("%s, GET %s = %d %s", by, path, a.StatusCode, a.text)
			}
			s.want("HEAD", s.do(0, "HEAD", path, nil), 200)
			s.want("PUT of another's", s.put(2, path, "2"), 403)
		}
		s.want("PUT in the other spelling", s.put(1, "/files/"+url.PathEscape(nfc), "1"), 200)
		s.wantOnDisk(map[string]string{nfc: "1"})
		s.wantListed(nfc)
		s.want("DELETE", s.do(1, "DELETE", "/files/"+url.PathEscape(nfd), nil), 204)
		s.wantOnDisk(map[string]string{})
	}
}

// A teacher copies a file from a Mac into the folder, or an older version took it as it came, with its row.
func TestAFileThatLiesDecomposed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system has spellings of its own")
	}
	s := start(t)
	s.byHand(os.WriteFile(filepath.Join(s.dir, nfd), []byte("from a Mac"), 0o600))
	s.wantListed(nfc)
	for _, name := range []string{nfc, nfd} {
		path := "/files/" + url.PathEscape(name)
		if a := s.get(path); a.text != "from a Mac" {
			t.Errorf("GET %s = %d %s", path, a.StatusCode, a.text)
		}
		s.want("HEAD", s.do(0, "HEAD", path, nil), 200)
		s.want("PUT of nobody's", s.put(1, path, "x"), 403)
		s.want("POST of nobody's", s.post(1, name, "x"), 403)
		s.want("DELETE of nobody's", s.do(1, "DELETE", path, nil), 403)
	}
	s.rows.of[nfd] = s.claimByHand(nfd, 1)
	s.want("PUT of another's", s.put(2, "/files/"+url.PathEscape(nfc), "x"), 403)
	s.want("PUT of one's own", s.put(1, "/files/"+url.PathEscape(nfc), "new"), 200)
	s.wantOnDisk(map[string]string{nfd: "new"}) // replaced, not beside it
	s.want("PUT again", s.put(1, "/files/"+url.PathEscape(nfd), "newer"), 200)
	s.wantListed(nfc)
	s.want("DELETE", s.do(1, "DELETE", "/files/"+url.PathEscape(nfc), nil), 204)
	s.wantOnDisk(map[string]string{})
}

func TestTwoSpellingsOfOneName(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system has spellings of its own")
	}
	s := start(t)
	s.byHand(os.WriteFile(filepath.Join(s.dir, nfd), []byte("decomposed"), 0o600))
	s.byHand(os.WriteFile(filepath.Join(s.dir, nfc), []byte("composed"), 0o600))
	s.wantListed(nfc)
	for _, name := range []string{nfc, nfd} {
		if a := s.get("/files/" + url.PathEscape(name)); a.text != "composed" {
			t.Errorf("GET %+q = %d %s, want the one that is spelt so", name, a.StatusCode, a.text)
		}
	}
	s.rows.of[nfc] = s.claimByHand(nfc, 1)
	s.want("DELETE", s.do(1, "DELETE", "/files/"+url.PathEscape(nfd), nil), 204)
	s.wantOnDisk(map[string]string{nfd: "decomposed"})
	s.wantListed(nfc)
}

func TestCaseIsNoMatterInAnySpelling(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/%C3%89t%C3%A9.txt", "1"), 201) // Été
	s.want("PUT", s.put(1, "/files/e%CC%81te%CC%81.txt", "1"), 409)
}

// What would be shown as another name is not shown at all, even if it was put in by hand.
func TestANameThatLiesIsNotServed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system has spellings of its own")
	}
	s := start(t)
	s.byHand(os.WriteFile(filepath.Join(s.dir, "abc\u202etxt.exe"), []byte("x"), 0o600))
	s.wantListed()
	s.want("GET", s.get("/files/"+url.PathEscape("abc\u202etxt.exe")), 404)
}

func TestSpeltOneWay(t *testing.T) {
	for c := rune(utf8.RuneSelf); c <= utf8.MaxRune; c++ {
		if n := normalize.NFC(string(c)); n < "\u0080" && speltOneWay(n) {
			t.Errorf("%U is %q in NFC, which is said to be spelt in one way", c, n)
		}
	}
	for name, want := range map[string]bool{"notes.txt": true, "Kim.txt": false, "a;b": false, "`": false, "é": false} {
		if speltOneWay(name) != want {
			t.Errorf("speltOneWay(%q) = %v", name, !want)
		}
	}
}
