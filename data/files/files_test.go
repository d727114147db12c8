package files

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/rest/problem"
)

func TestAFileFromPutToDelete(t *testing.T) {
	s := start(t)
	a := s.put(1, "/files/notes.txt", "hello")
	s.want("PUT", a, 201)
	var e entry
	if err := json.Unmarshal([]byte(a.text), &e); err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse("2006-01-02T15:04:05.000Z", e.Modified)
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("modified = %q", e.Modified)
	}
	if e.Name != "notes.txt" || e.Size != 5 || e.URL != "/files/notes.txt" ||
		a.Header.Get("Location") != "/files/notes.txt" {
		t.Errorf("PUT = %s, Location %q", a.text, a.Header.Get("Location"))
	}
	tag := a.Header.Get("ETag")
	if got := s.list(); !slices.Equal(got, []entry{e}) {
		t.Errorf("list = %v, want %v", got, e)
	}
	a = s.get("/files/notes.txt")
	s.want("GET", a, 200)
	if a.text != "hello" || a.Header.Get("ETag") != tag || tag == "" || a.ContentLength != 5 {
		t.Errorf("GET = %q, ETag %s, want hello, %s", a.text, a.Header.Get("ETag"), tag)
	}
	if info, err := os.Stat(filepath.Join(s.dir, "notes.txt")); err != nil || runtime.GOOS != "windows" &&
		info.Mode() != 0o600 {
		t.Errorf("the file on disk: %v, %v", info.Mode(), err)
	}

	a = s.put(1, "/files/notes.txt", "hello again")
	s.want("PUT again", a, 200)
	if a.Header.Get("Location") != "" || a.Header.Get("ETag") == tag {
		t.Errorf("PUT again: Location %q, ETag %s", a.Header.Get("Location"), a.Header.Get("ETag"))
	}
	if a := s.get("/files/notes.txt"); a.text != "hello again" {
		t.Errorf("GET = %q", a.text)
	}

	s.want("DELETE", s.do(1, "DELETE", "/files/notes.txt", nil), 204)
	s.want("DELETE again", s.do(1, "DELETE", "/files/notes.txt", nil), 404)
	s.want("GET of what was deleted", s.get("/files/notes.txt"), 404)
	s.wantOnDisk(map[string]string{})
	if a := s.get("/files/"); a.text != `{"files":[]}` {
		t.Errorf("the empty list = %s", a.text)
	}
	if len(s.rows.of) != 0 || s.f.stored != 0 {
		t.Errorf("left: rows %v, %d bytes", s.rows.of, s.f.stored)
	}
}

func TestAnEmptyFileIsAFile(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/empty", ""), 201)
	// RFC 9110 §14.1.2: the last 5 bytes of none are the whole
	for _, r := range []string{"bytes=0-", "bytes=-5", "bytes=0-0", "bytes=-5,0-3", "bytes=7-", "bytes=-0"} {
		a := s.get("/files/empty", "Range", r)
		s.want("GET", a, 200)
		if a.text != "" || a.ContentLength != 0 || a.Header.Get("Content-Range") != "" {
			t.Errorf("GET of %s = %q, Content-Length %d, %v", r, a.text, a.ContentLength, a.Header)
		}
	}
}

func TestOnlyWhoPutAFileMayChangeIt(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/a.txt", "one"), 201)
	s.want("PUT of another", s.put(2, "/files/a.txt", "two"), 403)
	s.want("POST of another", s.post(2, "a.txt", "two"), 403)
	s.want("DELETE of another", s.do(2, "DELETE", "/files/a.txt", nil), 403)
	s.want("PUT without a token", s.put(0, "/files/a.txt", "two"), 401)
	if a := s.get("/files/a.txt"); a.text != "one" {
		t.Errorf("GET = %q, want one", a.text)
	}
	s.want("DELETE", s.do(1, "DELETE", "/files/a.txt", nil), 204)
	s.want("PUT of another, once it is gone", s.put(2, "/files/a.txt", "two"), 201)
	s.want("PUT of the first, who owns it no more", s.put(1, "/files/a.txt", "one"), 403)
}

func TestWhatLiesThereByHandIsServedAndBelongsToNobody(t *testing.T) {
	s := start(t)
	if err := os.WriteFile(filepath.Join(s.dir, "lab 1.txt"), []byte("by hand"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := s.get("/files/lab%201.txt"); a.text != "by hand" {
		t.Errorf("GET = %d %q", a.StatusCode, a.text)
	}
	if l := s.list(); len(l) != 1 || l[0].URL != "/files/lab%201.txt" {
		t.Errorf("list = %v", l)
	}
	s.want("PUT", s.put(1, "/files/lab%201.txt", "mine"), 403)
	s.want("POST", s.post(1, "lab 1.txt", "mine"), 403)
	s.want("DELETE", s.do(1, "DELETE", "/files/lab%201.txt", nil), 403)
	s.wantOnDisk(map[string]string{"lab 1.txt": "by hand"})

	// A row of somebody whose file the teacher has removed means nothing.
	s.rows.of["gone.txt"] = claim{`"1-1"`, "", 7}
	s.want("PUT over a row without a file", s.put(1, "/files/gone.txt", "x"), 201)
	s.want("PUT of who had the row", s.put(7, "/files/gone.txt", "x"), 403)
}

func TestOwnersAndLimitsSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Config{})
	s.want("PUT", s.put(1, "/files/a.txt", "12345"), 201)
	s.close()
	s = open(t, dir, Config{Owners: s.rows, MaxTotal: 8})
	s.want("PUT of another", s.put(2, "/files/a.txt", "2"), 403)
	s.want("PUT of too much, with what was there", s.put(2, "/files/b.txt", "1234"), 413)
	s.want("PUT of the owner", s.put(1, "/files/a.txt", "2"), 200)
	s.want("DELETE of the owner", s.do(1, "DELETE", "/files/a.txt", nil), 204)
}

func TestOpenRemovesWhatBrokenOffUploadsLeft(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, uploads, "x")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, "y"), []byte("half"), 0o400); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, Config{})
	if left := s.temps(); left != nil {
		t.Errorf("left: %v", left)
	}
}

// What can't be removed, as on some network drives, is told, and is not the end of the start.
func TestWhatBrokenOffUploadsLeftMayStay(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, uploads, "x")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chattr", "+i", left).CombinedOutput(); err != nil {
		t.Skipf("nothing can be made irremovable here: %v %s", err, out)
	}
	defer exec.Command("chattr", "-i", left).Run()
	var told error
	s := open(t, dir, Config{Untidy: func(err error) { told = err }})
	if told == nil {
		t.Error("nobody was told")
	}
	s.want("PUT", s.put(1, "/files/a.txt", "12345"), 201)
	exec.Command("chattr", "-i", left).Run()
	os.Remove(left)
}

func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if f, err := Open(dir, Config{Owners: newRows()}); err == nil {
			f.Close()
			t.Errorf("Open(%s) worked, though a file is there", dir)
		}
	}
}

func TestOwnersThatFail(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/a.txt", "1"), 201)
	s.rows.setFail(problem.Refuse(problem.Unavailable, "no disk"))
	s.want("PUT of a new one", s.put(1, "/files/b.txt", "1"), 503)
	s.want("DELETE", s.do(1, "DELETE", "/files/a.txt", nil), 503)
	s.want("GET of what is deleted all the same", s.get("/files/a.txt"), 404)
	s.wantOnDisk(map[string]string{})
	s.rows.setFail(nil)
	s.want("PUT by another: the row that is left means nothing", s.put(2, "/files/a.txt", "2"), 201)
}

// Owner 0 would own what is nobody's.
func TestOwnersArePositive(t *testing.T) {
	s := start(t)
	for _, owner := range []int64{0, -1} {
		r := httptest.NewRequest("PUT", "/files/a.txt", strings.NewReader("x"))
		r.SetPathValue("name", "a.txt")
		if err := s.f.Put(httptest.NewRecorder(), r, owner); err == nil {
			t.Errorf("the owner %d was let in", owner)
		}
	}
	s.wantOnDisk(map[string]string{})
}

func TestAfterClose(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/a.txt", "1"), 201)
	if err := s.f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		a := s.do(1, method, "/files/a.txt", nil)
		s.want(method, a, 503)
		if a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", method)
		}
	}
	s.want("list", s.get("/files/"), 503)
	s.want("POST", s.post(1, "b.txt", "1"), 503)
	s.wantOnDisk(map[string]string{"a.txt": "1"})
}

// A folder in which somebody has tidied up goes on.
func TestTheFolderOfUploadsIsMadeAgain(t *testing.T) {
	s := start(t)
	if err := os.Remove(filepath.Join(s.dir, uploads)); err != nil {
		t.Fatal(err)
	}
	s.want("PUT", s.put(1, "/files/a.txt", strings.Repeat("x", 100_000)), 201)
	s.wantOnDisk(map[string]string{"a.txt": strings.Repeat("x", 100_000)})
}
