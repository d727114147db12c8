package class

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
	_ "modernc.org/sqlite"

	"pollwire/test/rig"
)

// renewed is the answer to a new class.
type renewed struct{ Copy string }

func (l *lesson) upload(token, name string) {
	l.Helper()
	resp, text := l.Do("PUT", l.Page+"/files/"+name, token, "text of "+name)
	if resp.StatusCode != 201 {
		l.Fatalf("PUT %s = %d %s", name, resp.StatusCode, text)
	}
}

// query asks a database that no server has open.
func query(t testing.TB, path, text string) (answer string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(text).Scan(&answer); err != nil {
		t.Fatalf("%s: %s: %v", path, text, err)
	}
	return answer
}

// whatIsIn tells the old class from the new one, in short.
const whatIsIn = `SELECT (SELECT count(*) FROM users) || ' users, ' || (SELECT count(*) FROM polls) || ' polls, ' ||
	(SELECT count(*) FROM ballots) || ' ballots, ' || (SELECT coalesce(sum(votes), 0) FROM options) || ' counted, ' ||
	(SELECT count(*) FROM messages) || ' messages, ' || (SELECT count(*) FROM memos) || ' memos, ' ||
	(SELECT group_concat(integrity_check) FROM pragma_integrity_check)`

const (
	inTheOld = "3 users, 3 polls, 4 ballots, 4 counted, 1 messages, 2 memos, ok"
	inTheNew = "1 users, 1 polls, 0 ballots, 0 counted, 0 messages, 1 memos, ok"
)

// aClass fills a lesson: what stays is of the teacher, and one poll is in the plan.
func (l *lesson) aClass() (kim, lee rig.Session, planned rig.Poll) {
	l.Helper()
	token := l.teacher.AccessToken
	kim, lee = l.Guest("Kim"), l.Guest("Lee")
	planned = l.quiz(rig.Object{"draft": true, "seconds": 60, "hidden": true})
	l.plan("POST", rig.Object{"polls": []any{rig.Object{"id": planned.ID}}})
	l.set(rig.Object{"title": "Networks", "current": planned.ID})
	of := l.NewPoll(kim.AccessToken)
	l.NewPoll(token)
	l.Vote(planned, kim.AccessToken, 0, 1)
	l.Vote(planned, lee.AccessToken, 1)
	l.Vote(of, lee.AccessToken, 1)
	l.Say(kim, "hello")
	l.NewMemo(kim.AccessToken, "of Kim", nil)
	l.NewMemo(token, "of the teacher", of.ID)
	l.upload(kim.AccessToken, "kim.txt")
	l.upload(token, "teacher.txt")
	return kim, lee, planned
}

func (l *lesson) hasFiles(want string) {
	l.Helper()
	list := rig.Want[struct{ Files []struct{ Name string } }](l, 200, "GET", l.Page+"/files/", "", nil)
	var names []string
	for _, f := range list.Files {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != want {
		l.Errorf("the files are %s, want %s", got, want)
	}
}

// closedWith reads a socket to its end, and returns the events and the code of the close frame.
func closedWith(s *websocket.Conn) (events []string, code int) {
	s.SetReadDeadline(time.Now().Add(rig.Patience))
	for {
		r, err := s.NewFrameReader()
		if err != nil {
			return events, 0
		}
		var b bytes.Buffer
		b.ReadFrom(r)
		if r.PayloadType() == websocket.CloseFrame {
			return events, int(b.Bytes()[0])<<8 | int(b.Bytes()[1])
		}
		if e := regexp.MustCompile(`"event":"([^"]*)"`).FindStringSubmatch(b.String()); e != nil {
			events = append(events, e[1])
		}
	}
}

func TestANewClass(t *testing.T) {
	l := begin(t)
	token := l.teacher.AccessToken
	kim, _, planned := l.aClass()
	rig.Want[roster](l, 200, "PUT", "/api/class/roster", token, rig.Object{"people": []rig.Object{person("Park")}})
	l.Guest("Park")
	before := l.EventsSince("?since=0").Seq
	student, err := websocket.Dial("ws://"+l.WS+"/ws?token="+kim.AccessToken, "", "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	defer student.Close()
	teacher := l.Listening("?token=" + token)
	l.refused(403, "teachers_only", "POST", "/api/class/new", kim.AccessToken, rig.Object{})
	l.Refused(400, "POST", "/api/class/new", token, rig.Object{"keep_students": true})

	answer := rig.Want[renewed](l, 200, "POST", "/api/class/new", token, rig.Object{})
	if !regexp.MustCompile(`^pollwire-\d{8}T\d{6}\.db$`).MatchString(answer.Copy) {
		t.Errorf("the copy is %q", answer.Copy)
	}
	events, code := closedWith(student)
	if n := len(events); n == 0 || code != 1001 || !strings.Contains(strings.Join(events, " "), "class:new") {
		t.Errorf("the student heard %v and was closed with %d, want class:new and then 1001", events, code)
	}
	if e := teacher.Until("class:new"); string(e.Data) != "{}" {
		t.Errorf("class:new = %s", e.Text)
	}
	v := rig.Decode[View](t, teacher.Until("class:updated"))
	if v.Current != nil || v.Title != "Networks" || v.People != 1 {
		t.Errorf("the new class is %+v", v)
	}
	l.Refused(401, "GET", "/api/auth/me", kim.AccessToken, nil)
	rig.Want[rig.User](l, 200, "GET", "/api/auth/me", token, nil)
	if !l.EventsSince(fmt.Sprint("?since=", before)).Resync {
		t.Error("who asks for events of the class that has gone gets them")
	}
	for _, e := range l.EventsSince("?since=0").Events {
		if e.Event != "class:new" && e.Event != "class:updated" && e.Event != "user:left" {
			t.Errorf("%s is still told", e.Event)
		}
	}
	l.Refused(404, "GET", planned.Path(), "", nil) // a draft
	p := rig.Want[rig.Object](l, 200, "GET", planned.Path(), token, nil)
	if p["status"] != "draft" || p["voters"] != 0.0 || p["ends_at"] != nil {
		t.Errorf("the poll of the plan is %v", p)
	}
	l.hasFiles("teacher.txt")
	l.Guest("Park") // the name is free again

	l.set(rig.Object{"current": planned.ID}) // the next lesson goes on as the first one did
	l.Vote(planned, l.teacher.AccessToken, 0)
	inTheCopy := strings.Replace(inTheOld, "3 users", "4 users", 1)
	if got := query(t, filepath.Join(l.dir, answer.Copy), whatIsIn); got != inTheCopy {
		t.Errorf("in the copy are %s", got)
	}
	if info, err := os.Stat(filepath.Join(l.dir, answer.Copy)); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the copy is %v, %v", info.Mode(), err)
	}
	rig.Want[renewed](l, 200, "POST", "/api/class/new", token, nil) // without a body
}

func TestANewClassWithoutThePlan(t *testing.T) {
	l := begin(t)
	l.aClass()
	rig.Want[renewed](l, 200, "POST", "/api/class/new", l.teacher.AccessToken,
		rig.Object{"keep_plan": false, "keep_files": true})
	list := rig.Want[struct{ Total int }](l, 200, "GET", "/api/polls", l.teacher.AccessToken, nil)
	if list.Total != 0 {
		t.Errorf("%d polls are left", list.Total)
	}
	l.hasFiles("kim.txt teacher.txt")
}

// Students who are busy when their class goes are told so, and nothing of theirs comes into the new one.
func TestANewClassInTheMiddle(t *testing.T) {
	l := begin(t)
	tokens := l.Guests(8)
	done := make(chan error, 1)
	started := make(chan bool, len(tokens))
	go func() {
		done <- rig.Together(len(tokens), func(i int) error {
			for n := 0; ; n++ {
				req, err := http.NewRequest("POST", l.API+"/api/chat/messages", strings.NewReader(`{"message":"hello"}`))
				if err != nil {
					return err
				}
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Authorization", "Bearer "+tokens[i])
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					return err
				}
				resp.Body.Close()
				if n == 3 {
					started <- true
				}
				if resp.StatusCode == 401 {
					return nil
				}
				if resp.StatusCode != 201 {
					return fmt.Errorf("a message = %s", resp.Status)
				}
			}
		})
	}()
	for range tokens {
		<-started
	}
	rig.Want[renewed](l, 200, "POST", "/api/class/new", l.teacher.AccessToken, rig.Object{})
	if err := <-done; err != nil {
		t.Error(err)
	}
	m := rig.Want[struct{ Messages []any }](l, 200, "GET", "/api/chat/messages", "", nil)
	if len(m.Messages) != 0 {
		t.Errorf("%d messages are in the new class", len(m.Messages))
	}
}

// Killed at any moment, there is the old class or the new one, whole, and the new one with the copy of the old.
func TestKilledWhileItIsMadeNew(t *testing.T) {
	l := begin(t)
	l.aClass()
	l.Kill()
	old := l.dir
	seen := map[string]int{}
	var took time.Duration
	for i := -1; i < 10; i++ { // first undisturbed, to see how long it takes
		dir := t.TempDir()
		copyAll(t, old, dir)
		p := rig.Spawn(t, dir, "-teacher-key", key)
		token := p.Teacher(key, "Han 2").AccessToken
		asked := make(chan time.Duration, 1)
		go func() {
			start := time.Now()
			req, _ := http.NewRequest("POST", p.API+"/api/class/new", nil)
			req.Header.Set("Authorization", "Bearer "+token)
			if resp, err := http.DefaultClient.Do(req); err == nil {
				resp.Body.Close()
			}
			asked <- time.Since(start)
		}()
		if i < 0 {
			took = <-asked
		} else { // a moment in each tenth of that
			time.Sleep(took*time.Duration(i)/10 + time.Duration(rand.Int63n(int64(took)/10+1)))
			p.Kill()
			<-asked
		}
		p.Kill()
		seen[wholeIn(t, dir)]++
	}
	t.Logf("it took %v; found were %v", took, seen)
}

// copyAll copies a folder with the times of its files, which are their versions.
func copyAll(t *testing.T, from, to string) {
	t.Helper()
	err := os.CopyFS(to, os.DirFS(from))
	if err == nil {
		err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			return os.Chtimes(filepath.Join(to, strings.TrimPrefix(path, from)), time.Time{}, info.ModTime())
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// wholeIn starts the program on what a crash has left, and looks which class it is.
func wholeIn(t *testing.T, dir string) string {
	t.Helper()
	p := rig.Spawn(t, dir, "-teacher-key", key)
	l := &lesson{Process: p, dir: dir}
	if code := p.End(os.Interrupt); code != 0 {
		t.Errorf("it ends with %d", code)
	}
	copies, err := filepath.Glob(filepath.Join(dir, "pollwire-2*.db"))
	if err != nil {
		t.Fatal(err)
	}
	const older, newer = "4 users", "2 users" // with the second teacher
	for _, c := range copies {
		if got := query(t, c, whatIsIn); got != strings.Replace(inTheOld, "3 users", older, 1) {
			t.Errorf("in the copy are %s", got)
		}
	}
	_, left := os.Stat(filepath.Join(dir, "pollwire-data", "files", "kim.txt"))
	switch got := query(t, filepath.Join(l.dir, "pollwire.db"), whatIsIn); {
	case got == strings.Replace(inTheOld, "3 users", older, 1):
		if left != nil {
			t.Errorf("the old class has lost a file: %v", left)
		}
		return "old"
	case got != strings.Replace(inTheNew, "1 users", newer, 1):
		t.Errorf("neither the old class nor the new one: %s", got)
	case len(copies) == 0:
		t.Error("a new class without a copy of the old")
	case left == nil:
		t.Error("a file of a student is left in the new class")
	}
	return "new"
}

// `pollwire new-class` does the same to a database that no server has open.
func TestNewClassAtRest(t *testing.T) {
	l := begin(t)
	l.aClass()
	out, err := rig.Program(t, l.dir, "new-class").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another program has this database open") {
		t.Errorf("beside a server: %v, %s", err, out)
	}
	if code := l.End(os.Interrupt); code != 0 {
		t.Fatalf("the server ends with %d", code)
	}
	events := query(t, filepath.Join(l.dir, "pollwire.db"), "SELECT max(seq) FROM events")
	out, err = rig.Program(t, l.dir, "new-class").CombinedOutput()
	path := regexp.MustCompile(`\S*pollwire-\d{8}T\d{6}\.db`).FindString(string(out))
	if err != nil || path == "" {
		t.Fatalf("new-class: %v, %s", err, out)
	}
	if got := query(t, filepath.Join(l.dir, filepath.Base(path)), whatIsIn); got != inTheOld {
		t.Errorf("in the copy are %s", got)
	}
	if got := query(t, filepath.Join(l.dir, "pollwire.db"), whatIsIn); got != inTheNew {
		t.Errorf("in the new class are %s", got)
	}
	again := &lesson{Process: rig.Spawn(t, l.dir, "-teacher-key", key), dir: l.dir}
	again.hasFiles("teacher.txt")
	if !again.EventsSince("?since=" + events).Resync {
		t.Error("who has heard the last event of the old class is not told to fetch afresh")
	}
	empty := t.TempDir()
	if out, err := rig.Program(t, empty, "new-class").CombinedOutput(); err == nil {
		t.Errorf("where there is no database: %s", out)
	}
	if made, _ := os.ReadDir(empty); len(made) != 0 {
		t.Errorf("it has made %v", made)
	}
}
