// Package graded does exercises as a student does: with the text of a run, a capture of his own, and tshark.
package graded

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pollwire/test/rig"
)

func TestMain(m *testing.M) { rig.Main(m, nil) }

// sheet is a run as a student sees it.
type sheet struct {
	Run, Exercise, Command string
	Tasks                  []struct{ ID, Text string }
	Fields                 []struct{ ID, Text, Type string }
}

// text is what a task says.
func (s sheet) text(id string) string {
	for _, task := range s.Tasks {
		if task.ID == id {
			return task.Text
		}
	}
	return ""
}

// mark is what a hand-in is answered with.
type mark struct {
	Score, Of int
	Yours     bool
	Doubted   bool
	Missing   []string
	Fields    []struct {
		ID       string
		OK       bool
		Feedback string
		Right    string
	}
}

// class is a server with a teacher, and exercises that are open.
type class struct {
	*rig.Process
	teacher string
}

func newClass(t *testing.T) *class {
	t.Helper()
	return newClassIn(t, t.TempDir())
}

// againIn is the server of a class that was ended, once more.
func againIn(t *testing.T, dir string, before *class) *class {
	t.Helper()
	return &class{rig.Spawn(t, dir), before.teacher}
}

func newClassIn(t *testing.T, dir string) *class {
	t.Helper()
	c := &class{Process: rig.Spawn(t, dir)}
	c.teacher = c.Teacher(c.TeacherKey(), "Han").AccessToken
	c.open(true)
	return c
}

// open opens all exercises, or closes them.
func (c *class) open(open bool) {
	c.Helper()
	list := rig.Want[struct{ Exercises []struct{ Name string } }](c, 200, "GET", "/api/exercises", "", nil)
	for _, e := range list.Exercises {
		rig.Want[any](c, 200, "PATCH", "/api/exercises/"+e.Name, c.teacher, rig.Object{"open": open})
	}
}

func (c *class) run(exercise, token string) sheet {
	c.Helper()
	return rig.Want[sheet](c, 201, "POST", "/api/exercises/"+exercise+"/runs", token, nil)
}

// play does the tasks by the program.
func (c *class) play(s sheet) (told string) {
	c.Helper()
	out, err := rig.Program(c.TB, c.TempDir(), "lab", s.Exercise, "-run", s.Run, "-url", c.API).CombinedOutput()
	if err != nil {
		c.Fatalf("lab %s -run: %v: %s", s.Exercise, err, out)
	}
	return string(out)
}

// form is a hand-in.
func (c *class) form(run, token string, capture []byte, answers string) *http.Request {
	c.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("capture", "capture.pcapng")
	if err != nil {
		c.Fatal(err)
	}
	part.Write(capture)
	w.WriteField("answers", answers)
	w.Close()
	req, err := http.NewRequest("POST", c.API+"/api/exercises/runs/"+run+"/handin", &form)
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+token)
	return req
}

// handIn sends a form, and returns the answer.
func (c *class) handIn(run, token string, capture []byte, answers string) (status int, body string) {
	c.Helper()
	res, err := http.DefaultClient.Do(c.form(run, token, capture, answers))
	if err != nil {
		c.Fatal(err)
	}
	return res.StatusCode, text(res)
}

// text is the whole body of an answer.
func text(res *http.Response) string {
	defer res.Body.Close()
	var text bytes.Buffer
	text.ReadFrom(res.Body)
	return text.String()
}

func (c *class) marked(run, token string, capture []byte, answers map[string]string) (m mark) {
	c.Helper()
	text, _ := json.Marshal(answers)
	status, body := c.handIn(run, token, capture, string(text))
	if status != 200 {
		c.Fatalf("hand in: %d %s", status, body)
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		c.Fatal(err)
	}
	return m
}

// boxed are the exercises with a network of their own, which writes the captures: that of host a is handed in.
var boxed = map[string]bool{}

// made plays a run, and returns the capture of it and what was told.
func (c *class) made(t *testing.T, s sheet) (file, told string) {
	t.Helper()
	if !boxed[s.Exercise] {
		wire := capture(t, c.Rig)
		told = c.play(s)
		return wire.stop(), told
	}
	folder := t.TempDir()
	out, err := rig.Program(t, folder, "lab", s.Exercise, "-run", s.Run, "-url", c.API, "-captures",
		folder).CombinedOutput()
	if err != nil && os.Getenv("POLLWIRE_NETBOX") != "required" && strings.Contains(string(out), "no network in a box") {
		t.Skip(string(out))
	}
	if err != nil {
		t.Fatalf("lab %s -run: %v: %s", s.Exercise, err, out)
	}
	return filepath.Join(folder, s.Exercise+"-"+s.Run, "a.pcapng"), string(out)
}

// solvers find the answers of an exercise as a student does: from the text of the run and by tshark.
var solvers = map[string]func(t testing.TB, s sheet, file string) map[string]string{}

// Whoever does what the sheet says, and looks his answers up in his capture, has all of them right. Nothing of what is
// right is printed while the run is played.
func TestAStudentReachesFullMarks(t *testing.T) {
	c := newClass(t)
	for name, solve := range solvers {
		t.Run(name, func(t *testing.T) {
			kim := c.Guest("Kim").AccessToken
			s := c.run(name, kim)
			file, told := c.made(t, s)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if told := tshark(t, file, "frame.comment", "frame.number", "frame.comment"); len(told) > 0 {
				t.Errorf("the capture tells by itself: %q", told)
			}
			answers := solve(t, s, file)
			m := c.marked(s.Run, kim, data, answers)
			if m.Score != m.Of || m.Of != len(s.Fields) || !m.Yours || len(m.Missing) != 0 {
				t.Errorf("%d of %d, yours: %v, missing: %q", m.Score, m.Of, m.Yours, m.Missing)
			}
			for _, f := range m.Fields {
				if !f.OK {
					t.Errorf("%s: %q: %s", f.ID, answers[f.ID], f.Feedback)
				}
			}
			for field, answer := range answers {
				if len(answer) > 3 && strings.Contains(told, answer) {
					t.Errorf("%s is printed while it is played: %s", field, told)
				}
			}
			lee := c.Guest("Lee").AccessToken
			if m := c.marked(c.run(name, lee).Run, lee, data, answers); m.Yours || m.Doubted || m.Score != 0 {
				t.Errorf("with a neighbour's capture: %d of %d, yours: %v, doubted: %v", m.Score, m.Of, m.Yours, m.Doubted)
			}
			if m := c.marked(c.run(name, kim).Run, kim, data, answers); m.Yours || m.Doubted || m.Score != 0 {
				t.Errorf("with the capture of an older attempt: %d of %d, yours: %v", m.Score, m.Of, m.Yours)
			}
		})
	}
}
