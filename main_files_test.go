package main

// The shared folder as part of the program: who may, what is remembered, what can't be reached. What package files does
// by itself is tested there.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

type fileJSON struct {
	Name     string
	Size     int64
	Modified time.Time
	URL      string
}

func TestFilesBelongToWhoPutThem(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	kim, lee := r.Guest("Kim").AccessToken, r.Guest("Lee").AccessToken
	url := r.Page + "/files/notes.txt"
	r.Refused(401, "PUT", url, "", "hello")
	r.Refused(401, "PUT", url, "no.such.token", "hello")
	r.Refused(401, "POST", r.Page+"/files/", "", "hello")
	r.Refused(401, "DELETE", url, "", nil)
	if f := rig.Want[fileJSON](r, 201, "PUT", url, kim, "hello"); f.Name != "notes.txt" || f.Size != 5 ||
		f.URL != "/files/notes.txt" || time.Since(f.Modified) > time.Minute {
		t.Errorf("the answer is %+v", f)
	}
	rig.Want[fileJSON](r, 200, "PUT", url, kim, "hello, wire")
	r.stop()

	r = startIn(t, dir) // who put it is remembered
	url = r.Page + "/files/notes.txt"
	r.Refused(403, "PUT", url, lee, "mine now")
	r.Refused(403, "DELETE", url, lee, nil)
	if resp, text := r.Do("GET", url, "", nil); text != "hello, wire" || resp.Header.Get("X-Client-Addr") == "" {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
	r.Refused(401, "GET", url, "no.such.token", nil) // on public calls too
	list := rig.Want[struct{ Files []fileJSON }](r, 200, "GET", r.Page+"/files/", "", nil, "Accept", "application/json")
	if len(list.Files) != 1 || list.Files[0].Size != 11 {
		t.Errorf("the list is %+v", list)
	}
	rig.Want[any](r, 204, "DELETE", url, kim, nil)
	r.Refused(404, "GET", url, "", nil)
	rig.Want[fileJSON](r, 201, "PUT", url, lee, "a name that is free again")
}

// The teacher replaces a student's file in the folder: from then on it is nobody's, also after the next start.
func TestFilesChangedByHandBelongToNobody(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	kim := r.Guest("Kim").AccessToken
	rig.Want[fileJSON](r, 201, "PUT", r.Page+"/files/handout.txt", kim, "Kim's")
	rig.Want[fileJSON](r, 200, "PUT", r.Page+"/files/handout.txt", kim, "Kim's second")
	path := filepath.Join(dir, "pollwire-data", "files", "handout.txt")
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte("the teacher's"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.Refused(403, "PUT", r.Page+"/files/handout.txt", kim, "Kim's again")
		r.Refused(403, "DELETE", r.Page+"/files/handout.txt", kim, nil)
		r.stop()
		r = startIn(t, dir)
	}
	if _, text := r.Do("GET", r.Page+"/files/handout.txt", "", nil); text != "the teacher's" {
		t.Errorf("the file is %q", text)
	}
}

// A disk that is full, or a folder that is gone, is told as what it is.
func TestFilesThatCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	kim := r.Guest("Kim").AccessToken
	uploads := filepath.Join(dir, "pollwire-data", "files", ".uploads") // in its place something that is no folder
	if err := errors.Join(os.Remove(uploads), os.WriteFile(uploads, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	r.Refused(503, "PUT", r.Page+"/files/a.txt", kim, "x")
	resp, text := r.Do("PUT", r.Page+"/files/a.txt", kim, "x")
	if resp.Header.Get("Retry-After") == "" || strings.Contains(text, "uploads") {
		t.Errorf("%v %s", resp.Header, text)
	}
}

// Many simple clients (Python's http.client) read no answer before they have sent everything.
func TestFilesOfAClientThatSendsAllBeforeItReads(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim").AccessToken, r.Guest("Lee").AccessToken
	rig.Want[fileJSON](r, 201, "PUT", r.Page+"/files/a.txt", kim, "x")
	const size = 16 << 20 // more than the system keeps
	head := fmt.Sprintf("PUT /files/a.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n",
		lee, size)
	if status, text := raw(t, r.Page, head+strings.Repeat("x", size)); status != 403 {
		t.Errorf("%d %s, want 403", status, text)
	}
}

func TestFilesOverEachProtocol(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	big := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB: many records, many frames
	for i, way := range rig.Ways {
		client := rig.ClientFor(t, way.Protocols)
		url := fmt.Sprintf("%s/files/%d.txt", strings.Replace(r.Page, "http", way.Scheme, 1), i)
		req, err := http.NewRequest("PUT", url, strings.NewReader(big))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+kim)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 201 {
			t.Errorf("PUT over %s = %d", way.Name, resp.StatusCode)
		}
		if resp, err = client.Get(url); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(got) != big {
			t.Errorf("GET over %s: %d bytes, %v", way.Name, len(got), err)
		}
	}
}

// An upload that would outlast the end of the server is told, and leaves nothing behind.
func TestAnUploadAtTheEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := filepath.Join(dir, "pollwire-data", "files")
	r := startIn(t, dir)
	kim := r.Guest("Kim").AccessToken
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.Page, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * rig.Patience))
	fmt.Fprintf(conn, "PUT /files/a.bin HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: "+
		"10000000\r\n\r\n", kim)
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		for range 200 {
			if _, err := conn.Write(make([]byte, 10_000)); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	for deadline := time.Now().Add(rig.Patience); tree(t, folder) == ""; time.Sleep(time.Millisecond) {
		// until it has begun
		if time.Now().After(deadline) {
			t.Fatal("the upload does not begin")
		}
	}
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	conn.Close()
	<-sending
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	<-stopped
	if left := tree(t, folder); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// The page keeps its token in the storage of its origin, and these files are of the same origin.
func TestAnUploadedPageIsASandbox(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	for _, name := range []string{"evil.html", "evil.svg", "evil.xhtml", "evil.js", "evil.css", "evil.pdf", "evil"} {
		rig.Want[fileJSON](r, 201, "PUT", r.Page+"/files/"+name, kim, "<script>alert(1)</script>")
		resp, _ := r.Do("GET", r.Page+"/files/"+name, "", nil)
		h := resp.Header
		if h.Get("Content-Security-Policy") != "sandbox" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", name, h)
		}
		if kind := h.Get("Content-Type"); strings.Contains(kind, "javascript") || strings.Contains(kind, "css") {
			t.Errorf("%s is %s: the page's policy would let it be loaded", name, kind)
		}
	}
}

// Requests as no client library would send them, to every port that has paths.
func TestNothingOutsideCanBeReached(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	kim := r.Guest("Kim").AccessToken
	canary := rig.WriteFile(t, dir, "canary.txt", "canary")
	if err := os.Symlink(canary, filepath.Join(dir, "pollwire-data", "files", "link.txt")); err != nil {
		t.Log(err) // Windows lets not everybody make one
	}
	before := tree(t, dir)
	for _, path := range []string{
		"/files/../jwt.secret", "/files/../../canary.txt", "/files/./../../canary.txt", "/files//../../canary.txt",
		"/files/%2e%2e/jwt.secret", "/files/%2e%2e%2fjwt.secret", "/files/..%2fjwt.secret", "/files/%2E%2E%5Cjwt.secret",
		"/files/..%5cjwt.secret",
		"/files/%252e%252e%252fjwt.secret", "/files/..%c0%afjwt.secret", "/files/%c0%ae%c0%ae/jwt.secret",
		"/files/..%00/jwt.secret", "/files/a%00.txt",
		"/files/..;/jwt.secret", "/files/..", "/files/.", "/files/%2e%2e", "/files/../files/../jwt.secret",
		"/files/link.txt", "/files/CON", "/files/con.txt", "/files/aux.h", "/files/COM1.txt", "/files/C:%5ccanary.txt",
		"/files/c:canary.txt",
		"/files/" + strings.Repeat("a", 256), "/files/" + strings.Repeat("%ea%b0%80", 86),
		"/files/" + strings.Repeat("../", 50) + "etc/passwd", "/files/%2fetc%2fpasswd",
		"/files/a%0d%0ab", "/files/ff%ff", "/files/name.", "/files/name%20", "/files/%20name", "/files/a%3fb",
		"/files/a%3cb%3e",
		"/../jwt.secret", "/%2e%2e/jwt.secret", "/../../../../etc/passwd", "/web.go", "/openapi.json/..",
	} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			status, answer := raw(t, r.Page, method+" "+path+
				" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "+kim+"\r\nContent-Length: 0\r\n\r\n")
			if status < 400 || status > 499 || strings.Contains(answer, "canary\n") || strings.Contains(answer, "root:") {
				t.Errorf("%s %s = %d %.300s", method, path, status, answer)
			}
		}
	}
	if after := tree(t, dir); after != before {
		t.Errorf("the folder was\n%s\nand is\n%s", before, after)
	}
}

// raw sends a request as it is and returns the status and the whole answer.
func raw(t *testing.T, url, request string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(rig.Patience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatalf("%.100q: %v", request, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.100q: %v", request, err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// tree lists all files below dir with their sizes, but for the database, which is written all the time.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && !strings.HasPrefix(d.Name(), "pollwire.db") && !d.IsDir() {
			fmt.Fprintln(&b, path, info.Size(), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
