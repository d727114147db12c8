package graded

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// recorded is a capture of a run with another code: it can be read, and is nobody's here.
func recorded(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(rig.Root, "lab/exercise/testdata/tcp-open-close.pcapng.gz"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const openClose = "/api/exercises/tcp-open-close"

// kept counts the captures on the server's disk.
func kept(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(dir, "pollwire-data", "handins"))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

type results struct {
	Results []struct {
		User       rig.User
		Exercise   string
		Best, Of   *int
		Attempts   int
		HandedInAt *time.Time `json:"handed_in_at"`
		Yours      *bool
		Doubted    *bool
		Run        string
	}
	NextBefore *int64 `json:"next_before"`
}

// What was handed in outlives a crash, is taken home, and goes with its class.
func TestHandInsAreKept(t *testing.T) {
	dir := t.TempDir()
	c := newClassIn(t, dir)
	kim, lee := c.Guest("Kim"), c.Guest("Lee")
	s := c.run("tcp-open-close", kim.AccessToken)
	c.run("tcp-open-close", lee.AccessToken)
	for range 2 {
		c.marked(s.Run, kim.AccessToken, recorded(t), map[string]string{"isn": "7"})
	}
	table := rig.Want[results](c, 200, "GET", "/api/exercises/results", c.teacher, nil)
	c.Kill()
	c = againIn(t, dir, c)
	again := rig.Want[results](c, 200, "GET", "/api/exercises/results", c.teacher, nil)
	for _, r := range []results{table, again} {
		if len(r.Results) != 2 || r.Results[0].User.Nickname != "Lee" || r.Results[0].Best != nil ||
			r.Results[0].Attempts != 1 || r.Results[1].Best == nil || *r.Results[1].Best != 0 || *r.Results[1].Of != 9 ||
			*r.Results[1].Yours || *r.Results[1].Doubted || r.Results[1].HandedInAt == nil || r.Results[1].Run != s.Run {
			t.Errorf("results: %+v", r)
		}
	}
	page := rig.Want[results](c, 200, "GET", "/api/exercises/results?limit=1", c.teacher, nil)
	if page.NextBefore == nil || len(page.Results) != 1 {
		t.Fatalf("the first page: %+v", page)
	}
	if res, body := c.Do("GET", "/api/exercises/runs/"+s.Run+"/capture", c.teacher, nil); res.StatusCode != 200 ||
		body != string(recorded(t)) {
		t.Errorf("the capture: %s, %d bytes", res.Status, len(body))
	} else if again, part := c.Do("GET", "/api/exercises/runs/"+s.Run+"/capture", c.teacher, nil, "Range", "bytes=4-7",
		"If-Match", res.Header.Get("ETag")); again.StatusCode != 206 || part != body[4:8] {
		t.Errorf("four bytes of it: %s, %q", again.Status, part)
	}
	if csv := c.exported("exercises.csv"); !strings.Contains(csv, ",Kim,tcp-open-close,0,9,1,0,") ||
		!strings.Contains(csv, ",Lee,tcp-open-close,,,1,,,") {
		t.Errorf("exercises.csv: %q", csv)
	}
	if n := kept(t, dir); n != 2 {
		t.Errorf("%d captures are kept, want 2", n)
	}
	rig.Want[any](c, 200, "POST", "/api/class/new", c.teacher, rig.Object{})
	if r := rig.Want[results](c, 200, "GET", "/api/exercises/results", c.teacher, nil); len(r.Results) != 0 {
		t.Errorf("in a new class: %+v", r)
	}
	if n := kept(t, dir); n != 0 {
		t.Errorf("%d captures are kept in a new class", n)
	}
}

// The table has the best run of a person. Who teaches can open the others, too.
func TestOlderAttempts(t *testing.T) {
	c := newClass(t)
	kim, lee := c.Guest("Kim"), c.Guest("Lee")
	first, second := c.run("tcp-open-close", kim.AccessToken), c.run("tcp-open-close", kim.AccessToken)
	c.run("udp", kim.AccessToken)
	c.run("tcp-open-close", lee.AccessToken)
	for range 2 {
		c.marked(first.Run, kim.AccessToken, recorded(t), map[string]string{"isn": "7"})
	}
	for _, s := range []sheet{first, second} {
		all := rig.Want[struct {
			User     rig.User
			Attempts []struct {
				Run              string
				Attempt, HandIns int
				Best, Of         *int
				Yours, Doubted   *bool
				CreatedAt        time.Time  `json:"created_at"`
				HandedInAt       *time.Time `json:"handed_in_at"`
			}
		}](c, 200, "GET", "/api/exercises/runs/"+s.Run+"/attempts", c.teacher, nil)
		if all.User.ID != kim.User.ID || all.User.Nickname != "Kim" || len(all.Attempts) != 2 {
			t.Fatalf("%+v", all)
		}
		newer, older := all.Attempts[0], all.Attempts[1]
		if newer.Run != second.Run || newer.Attempt != 2 || newer.HandIns != 0 || newer.Best != nil || newer.Of != nil ||
			newer.Yours != nil || newer.Doubted != nil || newer.HandedInAt != nil || newer.CreatedAt.IsZero() {
			t.Errorf("the newer: %+v", newer)
		}
		if older.Run != first.Run || older.Attempt != 1 || older.HandIns != 2 || older.Best == nil || *older.Best != 0 ||
			*older.Of != 9 || *older.Yours || *older.Doubted || older.HandedInAt == nil {
			t.Errorf("the older: %+v", older)
		}
	}
	if p := c.Refused(403, "GET", "/api/exercises/runs/"+first.Run+"/attempts", kim.AccessToken, nil); p.Code !=
		"teachers_only" {
		t.Errorf("for a student: %+v", p)
	}
}

// exported is a file of what a teacher takes home.
func (c *class) exported(name string) string {
	c.Helper()
	_, body := c.Do("GET", "/api/class/export", c.teacher, nil)
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		c.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		c.Fatal(err)
	}
	var text bytes.Buffer
	io.Copy(&text, f)
	return text.String()
}

// What a teacher sets holds for students, and not for him.
func TestAttemptsAndDue(t *testing.T) {
	c := newClass(t)
	kim := c.Guest("Kim").AccessToken
	set := func(o rig.Object) { rig.Want[any](c, 200, "PATCH", openClose, c.teacher, o) }
	set(rig.Object{"attempts": 2})
	s := c.run("tcp-open-close", kim)
	other := c.run("tcp-open-close", kim)
	if s.Run == other.Run || s.text("open") == other.text("open") {
		t.Errorf("two attempts are the same: %+v, %+v", s, other)
	}
	if p := c.Refused(409, "POST", openClose+"/runs", kim, nil); p.Code != "no_attempt_left" {
		t.Errorf("a third attempt: %+v", p)
	}
	c.run("tcp-open-close", c.teacher)
	set(rig.Object{"open": false})
	if p := c.Refused(403, "POST", openClose+"/runs", c.Guest("Lee").AccessToken, nil); p.Code != "exercise_not_open" {
		t.Errorf("while it is closed: %+v", p)
	}
	set(rig.Object{"open": true, "due": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "reveal": "after_due"})
	m := c.marked(s.Run, kim, recorded(t), map[string]string{})
	if m.Yours || m.Fields[0].Right != "" {
		t.Errorf("before it is due: %+v", m)
	}
	seen := rig.Want[struct {
		SecondsLeft *int `json:"seconds_left"`
	}](c, 200, "GET", "/api/exercises/runs/"+s.Run, "", nil)
	if seen.SecondsLeft == nil || *seen.SecondsLeft < 3500 || *seen.SecondsLeft > 3600 {
		t.Errorf("seconds left: %v", seen.SecondsLeft)
	}
	set(rig.Object{"due": time.Now().Add(-time.Second).UTC().Format(time.RFC3339)})
	if status, body := c.handIn(s.Run, kim, recorded(t), "{}"); status != 409 || !strings.Contains(body, "past_due") {
		t.Errorf("past due: %d %s", status, body)
	}
}
