package class

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// room is a running server, and who teaches there.
type room struct {
	*rig.Process
	dir     string
	teacher rig.Session
}

// open starts a server and lets somebody teach.
func open(t *testing.T, flags ...string) *room {
	t.Helper()
	dir := t.TempDir()
	p := rig.Spawn(t, dir, flags...)
	return &room{p, dir, p.Teacher(p.TeacherKey(), "Ms. Han")}
}

// teach makes a student a teacher by a key.
func (r *room) teach(who rig.Session, key string, status int) {
	r.Helper()
	resp, text := r.Do("POST", "/api/auth/teacher", who.AccessToken, rig.Object{"key": key})
	if resp.StatusCode != status {
		r.Errorf("with the key %s = %d %s, want %d", key, resp.StatusCode, text, status)
	}
}

// role asks who somebody is.
func (r *room) role(who rig.Session) string {
	r.Helper()
	return rig.Want[rig.User](r, 200, "GET", "/api/auth/me", who.AccessToken, nil).Role
}

// command runs `pollwire teacher` in the folder of the server, with the same settings, and returns what it prints.
func (r *room) command(args ...string) string {
	r.Helper()
	cmd := rig.Program(r.TB, r.dir, append([]string{"teacher"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.Fatalf("pollwire teacher %q: %v, %s", args, err, &stderr)
	}
	return strings.TrimSpace(string(out))
}

func (r *room) code(status int, code, method, path, token string, body any) {
	r.Helper()
	if p := r.Refused(status, method, path, token, body); p.Code != code {
		r.Errorf("%s %s: code %q, want %q", method, path, p.Code, code)
	}
}

func TestWhoHasTheKeyTeaches(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim, lee := r.Guest("Professor"), r.Guest("Lee")
	if r.teacher.User.Role != "teacher" || r.teacher.User.Nickname != "Ms. Han" || kim.User.Role != "student" {
		t.Errorf("the teacher is %+v, a guest %+v", r.teacher.User, kim.User)
	}
	s := r.Listening("?token=" + kim.AccessToken)
	key := r.TeacherKey()
	for range 15 { // from this machine nobody has to wait
		r.code(403, "wrong_key", "POST", "/api/auth/teacher", lee.AccessToken, rig.Object{"key": "no key at all"})
	}
	if role := r.role(lee); role != "student" {
		t.Errorf("with a wrong key Lee is a %s", role)
	}
	r.teach(kim, strings.ToLower(strings.ReplaceAll(key, "-", " ")), 200)
	if e := s.Hear("user:updated"); string(e.Data) != fmt.Sprintf(
		`{"user":{"id":%d,"nickname":"Professor","role":"teacher"}}`, kim.User.ID) {
		t.Errorf("%s", e.Text)
	}
	if role := r.role(kim); role != "teacher" {
		t.Errorf("with the key Kim is a %s", role)
	}
	online := r.Dial("?token=" + lee.AccessToken).Until("users:online")
	if !strings.Contains(string(online.Data), `"nickname":"Professor","role":"teacher"`) {
		t.Errorf("%s, want the new role in it", online.Text)
	}
	r.Invalid("key", "POST", "/api/auth/teacher", "", rig.Object{})
	r.Invalid("nickname", "POST", "/api/auth/teacher", "", rig.Object{"key": key, "nickname": ""})
	r.Refused(401, "POST", "/api/auth/teacher", "no.such.token", rig.Object{"key": key})
	nameless := rig.Want[rig.Session](r, 201, "POST", "/api/auth/teacher", "", rig.Object{"key": key})
	if nameless.User.Nickname == "" || nameless.User.Role != "teacher" {
		t.Errorf("without a name: %+v", nameless.User)
	}
}

func TestTheKeyOpensWhereGuestsAreOff(t *testing.T) {
	t.Parallel()
	r := open(t, "-guests=false")
	if role := r.role(r.teacher); role != "teacher" {
		t.Errorf("who came by the key is a %s", role)
	}
}

func TestTheCommandTellsTheKeyOfTheBanner(t *testing.T) {
	t.Parallel()
	r := open(t)
	key, page := r.TeacherKey(), "localhost:8080"
	if got, want := r.command(), "http://"+page+"/#/teach/"+key; got != want {
		t.Errorf("pollwire teacher = %q, want %q", got, want)
	}
	if got, want := r.command("-files", "127.0.0.1:7"), "http://127.0.0.1:7/#/teach/"+key; got != want {
		t.Errorf("with another port it is %q, want %q", got, want)
	}
	if got := r.command("-files="); got != key {
		t.Errorf("without a page it is %q, want %q", got, key)
	}
	if got := r.command("-h"); !strings.Contains(got, "-new\n") || strings.Contains(got, key) {
		t.Errorf("its help is %q", got)
	}
	if !strings.Contains(r.Banner, r.Page+"/#/teach/"+key) {
		t.Errorf("the banner has no address for the teacher:\n%s", r.Banner)
	}
	info, err := os.Stat(filepath.Join(r.dir, "pollwire-data", "teacher.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("teacher.key: %v, %v", info, err)
	}
	r.End(os.Interrupt)
	again := &room{Process: rig.Spawn(t, r.dir), dir: r.dir}
	if again.TeacherKey() != key || again.role(r.teacher) != "teacher" {
		t.Errorf("behind a restart the key is %s, and the teacher a %s", again.TeacherKey(), again.role(r.teacher))
	}
}

// Who came by the old key teaches no more, nor does whom he made a teacher, on sockets that are open as well.
func TestANewKeyBesideARunningServer(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	old := r.TeacherKey()
	r.teach(kim, old, 200)
	poll := r.NewPoll(kim.AccessToken)
	rig.Want[rig.Poll](r, 200, "GET", poll.Path(), kim.AccessToken, nil) // it is kept now, with the role of who made it
	s := r.Listening("")
	began := time.Now()
	_, renewed, _ := strings.Cut(r.command("-new"), "/#/teach/")
	demoted := map[int64]bool{}
	for len(demoted) < 2 {
		var in struct{ User rig.User }
		if err := json.Unmarshal(s.Hear("user:updated").Data, &in); err != nil || in.User.Role != "student" {
			t.Fatalf("%+v, %v, want a student", in, err)
		}
		demoted[in.User.ID] = true
	}
	if took := time.Since(began); took > 3*time.Second { // 2 s, and the start of the command
		t.Errorf("the server notices a new key after %v", took)
	}
	if !demoted[kim.User.ID] || !demoted[r.teacher.User.ID] {
		t.Errorf("these teach no more: %v", demoted)
	}
	if a, b := r.role(kim), r.role(r.teacher); a != "student" || b != "student" {
		t.Errorf("behind the new key they are a %s and a %s", a, b)
	}
	if _, text := r.Do("GET", poll.Path(), "", nil); !strings.Contains(text, `"role":"student"`) {
		t.Errorf("the poll of who taught: %s", text)
	}
	r.teach(lee, old, 403)
	r.teach(lee, renewed, 200)
	r.End(os.Interrupt)
	again := &room{Process: rig.Spawn(t, r.dir), dir: r.dir}
	if again.TeacherKey() != renewed || again.role(lee) != "teacher" || again.role(kim) != "student" {
		t.Errorf("behind a restart the key is %s, Lee a %s, Kim a %s", again.TeacherKey(), again.role(lee), again.role(kim))
	}
}

// A key that is made while no server runs counts from the next start.
func TestANewKeyWhileNoServerRuns(t *testing.T) {
	t.Parallel()
	r := open(t)
	r.End(os.Interrupt)
	r.command("-new")
	again := &room{Process: rig.Spawn(t, r.dir), dir: r.dir}
	if role := again.role(r.teacher); role != "student" {
		t.Errorf("who came by the old key is a %s", role)
	}
}

func TestAKeyOfOnesOwn(t *testing.T) {
	t.Parallel()
	own := "우리 반 열쇠 2026 / 봄?"
	r := open(t, "-teacher-key", own)
	if got := r.command("-teacher-key", own); !strings.Contains(r.Banner, got[strings.Index(got, "/#/"):]) {
		t.Errorf("the banner has not the address %s:\n%s", got, r.Banner)
	}
	r.teach(r.Guest("Kim"), own, 200)
	if _, err := os.Stat(filepath.Join(r.dir, "pollwire-data", "teacher.key")); err == nil {
		t.Error("there is a teacher.key nevertheless")
	}
	for _, args := range [][]string{{"teacher", "-new", "-teacher-key", own}, {"teacher", "-teacher-key", "too short"},
		{"teacher", "-nonsense"}, slices.Concat(rig.Free, []string{"-teacher-key", "a-b-c-d-e-f-g"})} {
		dir := t.TempDir()
		cmd := rig.Program(t, dir, args...)
		out, err := cmd.CombinedOutput()
		left, _ := os.ReadDir(dir)
		if err == nil || bytes.Count(out, []byte("\n")) != 1 || len(left) > 0 {
			t.Errorf("pollwire %q = %v, %q, and leaves %v: want one line and nothing left", args, err, out, left)
		}
	}
}

func TestATeacherMayChangeAndDeleteThePollsOfOthers(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	poll := r.NewPoll(kim.AccessToken)
	r.code(403, "poll_of_another", "PATCH", poll.Path(), lee.AccessToken, rig.Object{"title": "Mine"})
	changed := rig.Want[rig.Poll](r, 200, "PATCH", poll.Path(), r.teacher.AccessToken, rig.Object{"title": "Better"})
	if changed.Title != "Better" || changed.CreatedBy.ID != kim.User.ID {
		t.Errorf("changed to %+v, want another title of the same person", changed)
	}
	r.code(403, "poll_of_another", "DELETE", poll.Path(), lee.AccessToken, nil)
	rig.Want[any](r, 204, "DELETE", poll.Path(), r.teacher.AccessToken, nil)
}

func TestATeacherIsNotLimited(t *testing.T) {
	t.Parallel()
	r := open(t, "-limits=true")
	for range 25 {
		r.Say(r.teacher, "hello")
	}
	for range 12 {
		r.NewPoll(r.teacher.AccessToken)
	}
	kim := r.Guest("Kim")
	for range 20 {
		r.Say(kim, "hello")
	}
	r.code(429, "too_often", "POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": "hello"})
	r.teach(kim, r.TeacherKey(), 200)
	r.Say(kim, "hello")
}
