package graded

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// What is refused, for whatever reason and however late, leaves no file.
func TestARefusedHandInLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	c := newClassIn(t, dir)
	kim := c.Guest("Kim").AccessToken
	run := c.run("tcp-open-close", kim).Run
	part := func(name, body string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + body + "\r\n"
	}
	capture, none := part("capture", string(recorded(t))), part("answers", "{}")
	for _, tt := range []struct {
		name, form string
		status     int
		code       string
	}{
		{"no form", capture[:len(capture)-100], 400, "bad_form"},
		{"no end", capture + none, 400, "bad_form"},
		{"too large", part("capture", strings.Repeat("x", 32<<20+1)) + none + "--b--", 413, "capture_too_large"},
		{"without answers", capture + "--b--", 422, "missing"},
		{"without a capture", none + "--b--", 422, "missing"},
		{"twice", capture + capture + none + "--b--", 422, "unknown_field"},
		{"answers that are none", capture + part("answers", "[]") + "--b--", 422, "answers_json"},
		{"an answer that is not asked", capture + part("answers", `{"x":"1"}`) + "--b--", 422, "unknown_field"},
		{"no capture", part("capture", "GIF89a") + none + "--b--", 422, "capture_unknown"},
		{"nothing in it", part("capture", "") + none + "--b--", 422, "capture_unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, body := c.Do("POST", "/api/exercises/runs/"+run+"/handin", kim, tt.form, "Content-Type",
				"multipart/form-data; boundary=b")
			if res.StatusCode != tt.status || !strings.Contains(body, `"code":"`+tt.code+`"`) {
				t.Errorf("%s %s, want %d %s", res.Status, body, tt.status, tt.code)
			}
			if n := kept(t, dir); n != 0 {
				t.Errorf("%d files are left", n)
			}
		})
	}
}

// begins sends a hand-in but its end, and returns when its file is there.
func (c *class) begins(t *testing.T, dir, run, token string) (rest func() *http.Response, breakOff func()) {
	t.Helper()
	req := c.form(run, token, recorded(t), "{}")
	whole, _ := io.ReadAll(req.Body)
	half := len(whole) / 2
	in, out := io.Pipe()
	req.Body, req.ContentLength = in, int64(len(whole))
	answered := make(chan *http.Response, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Log(err)
		}
		answered <- res
	}()
	out.Write(whole[:half])
	eventually(t, "the file of what arrives", func() bool { return kept(t, dir) == 1 })
	return func() *http.Response { out.Write(whole[half:]); out.Close(); return <-answered },
		func() { out.CloseWithError(io.ErrUnexpectedEOF); <-answered }
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(began) > rig.Patience {
			t.Fatalf("not there: %s", what)
		}
	}
}

// Who breaks off leaves no file, nor does the server that ends meanwhile.
func TestAHandInThatBreaksOffLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	c := newClassIn(t, dir)
	kim := c.Guest("Kim").AccessToken
	run := c.run("tcp-open-close", kim).Run
	_, breakOff := c.begins(t, dir, run, kim)
	breakOff()
	eventually(t, "no file", func() bool { return kept(t, dir) == 0 })
	_, breakOff = c.begins(t, dir, run, kim)
	c.Kill()
	breakOff()
	if n := kept(t, dir); n != 1 {
		t.Errorf("a crash has left %d files", n)
	}
	c = againIn(t, dir, c)
	if n := kept(t, dir); n != 0 {
		t.Errorf("%d files are left behind a crash", n)
	}
	c.marked(run, kim, recorded(t), map[string]string{})
}

// A new class removes what belongs to nobody. What is arriving is not its business, until it is refused.
func TestANewClassLetsArriveWhatArrives(t *testing.T) {
	dir := t.TempDir()
	c := newClassIn(t, dir)
	kim := c.Guest("Kim").AccessToken
	run := c.run("tcp-open-close", kim).Run
	rest, _ := c.begins(t, dir, run, kim)
	rig.Want[any](c, 200, "POST", "/api/class/new", c.teacher, rig.Object{})
	if n := kept(t, dir); n != 1 {
		t.Errorf("%d files are left of the one that is arriving", n)
	}
	if res := rest(); res == nil || res.StatusCode/100 != 4 {
		t.Errorf("in a new class: %+v", res)
	}
	if n := kept(t, dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// Without the folder a capture can't be kept. Who sends it hears so when he has sent everything, and not what the
// server's disk is like.
func TestAHandInThatCannotBeKept(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows removes no folder that is open")
	}
	dir := t.TempDir()
	c := newClassIn(t, dir)
	kim := c.Guest("Kim").AccessToken
	run := c.run("tcp-open-close", kim).Run
	if err := os.RemoveAll(filepath.Join(dir, "pollwire-data", "handins")); err != nil {
		t.Fatal(err)
	}
	large := rig.Connections(150_000) // more than the system keeps for who reads no answer before he has sent everything
	req := c.form(run, kim, large, "{}")
	var head, body bytes.Buffer
	body.ReadFrom(req.Body)
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n"+
		"Content-Length: %d\r\n\r\n", req.URL.Path, kim, req.Header.Get("Content-Type"), body.Len())
	conn := rig.DialRaw(t, strings.TrimPrefix(c.API, "http://"))
	status, err := conn.RoundTrip(append(head.Bytes(), body.Bytes()...))
	if status != 503 || err != nil || strings.Contains(string(conn.Body), "handins") {
		t.Errorf("%d %s, %v", status, conn.Body, err)
	}
	list := rig.Want[struct{ HandIns []any }](c, 200, "GET", "/api/exercises/runs/"+run+"/handins", kim, nil)
	if len(list.HandIns) != 0 {
		t.Errorf("kept all the same: %v", list)
	}
	if res, body := c.Do("POST", "/api/coverage", kim, string(recorded(t))); res.StatusCode != 503 {
		t.Errorf("coverage: %s %.100s", res.Status, body)
	}
}
