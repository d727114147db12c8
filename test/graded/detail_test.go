package graded

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// A teacher sees what was answered: it is one thing, not two of one name, and does not lie about itself.
func TestAnswersAreStrict(t *testing.T) {
	c := newClass(t)
	kim := c.Guest("Kim").AccessToken
	run := c.run("tcp-open-close", kim).Run
	for _, tt := range []struct{ answers, code string }{
		{`{"isn":null}`, "answer_text"},
		{`{"isn":true}`, "answer_text"},
		{`{"isn":"1","isn":"2"}`, "answers_json"},
		{`{"isn":"1"} {}`, "answers_json"},
		{`{"isn":"\ud800"}`, "answers_json"},
		{"{\"isn\":\"\xff\"}", "answers_json"},
		{`null`, "answers_json"},
		{`{"isn":"abc\u202etxt"}`, "control_character"},
		{`{"isn":"a\u0000b"}`, "control_character"},
		{`{"isn":"` + strings.Repeat("x", 201) + `"}`, "answer_long"},
	} {
		if status, body := c.handIn(run, kim, recorded(t), tt.answers); status != 422 ||
			!strings.Contains(body, `"code":"`+tt.code+`"`) {
			t.Errorf("answers %s: %d %s, want a 422 %s", tt.answers, status, body, tt.code)
		}
	}
	if status, body := c.handIn(run, kim, recorded(t), `{ "isn" : " e\u0301 " , "client_port": 8000 }`); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	list := rig.Want[struct {
		HandIns []struct{ Answers map[string]string }
	}](c, 200, "GET", "/api/exercises/runs/"+run+"/handins", kim, nil)
	if n := len(list.HandIns); n != 1 || list.HandIns[0].Answers["isn"] != "é" ||
		list.HandIns[0].Answers["client_port"] != "8000" {
		t.Errorf("kept: %+v", list)
	}
}

// A new class takes the captures along, and the copy of its database still knows of them. Who puts that back is told
// that they are gone, and not that the server is broken.
func TestACaptureThatHasGone(t *testing.T) {
	dir := t.TempDir()
	c := newClassIn(t, dir)
	kim := c.Guest("Kim").AccessToken
	run := c.run("tcp-open-close", kim).Run
	c.marked(run, kim, recorded(t), map[string]string{})
	copied := rig.Want[struct{ Copy string }](c, 200, "POST", "/api/class/new", c.teacher, rig.Object{}).Copy
	c.Kill()
	database := c.database(dir)
	backup, err := os.ReadFile(filepath.Join(dir, copied))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{database, database + "-wal", database + "-shm"} {
		os.Remove(name)
	}
	if err := os.WriteFile(database, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	c = againIn(t, dir, c)
	res, body := c.Do("GET", "/api/exercises/runs/"+run+"/capture", c.teacher, nil)
	rig.WantProblem(t, res, body, 404, "a capture that went with its class")
	if !strings.Contains(body, `"code":"no_file"`) {
		t.Error(body)
	}
}

// database is the file of it.
func (c *class) database(dir string) string {
	c.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*.db"))
	for _, name := range all {
		if err == nil && !strings.HasPrefix(filepath.Base(name), "pollwire-") {
			return name
		}
	}
	c.Fatal(all, err)
	return ""
}

// Somebody who sends many captures at once, and slowly, keeps nobody else waiting.
func TestCapturesOfOnePersonKeepNobodyWaiting(t *testing.T) {
	c := &class{Process: rig.Spawn(t, t.TempDir(), "-limits=true")}
	c.teacher = c.Teacher(c.TeacherKey(), "Han").AccessToken
	c.open(true)
	bored, kim := c.Guest("Bored").AccessToken, c.Guest("Kim").AccessToken
	own, run := c.run("tcp-open-close", bored).Run, c.run("tcp-open-close", kim).Run
	for i := range 20 { // of 32 MiB each: twice as much as there is room for
		in, out := io.Pipe()
		url := c.API + "/api/coverage"
		if i%2 == 1 {
			url = c.API + "/api/exercises/runs/" + own + "/handin"
		}
		req, err := http.NewRequestWithContext(t.Context(), "POST", url, in)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = 32 << 20
		req.Header.Set("Authorization", "Bearer "+bored)
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		go func() {
			if res, err := http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
			}
		}()
		t.Cleanup(func() { out.Close() })
	}
	time.Sleep(500 * time.Millisecond) // until they are all there
	began := time.Now()
	c.marked(run, kim, recorded(t), map[string]string{})
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("beside the captures of somebody else a hand-in took %v", took)
	}
}
