package class

import (
	"archive/zip"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pollwire/test/rig"
)

type scores struct {
	Scores []struct {
		User                    rig.User
		Points, Right, Answered int64
	}
	Of int64
}

func (s scores) String() string {
	var b strings.Builder
	for _, v := range s.Scores {
		fmt.Fprintf(&b, "%s %d %d/%d; ", v.User.Nickname, v.Points, v.Right, v.Answered)
	}
	return fmt.Sprint(b.String(), "of ", s.Of)
}

// quiz is a poll with two right options of four, and who has chosen what of it.
func (l *lesson) quiz(more rig.Object) rig.Poll {
	l.Helper()
	body := rig.Object{"title": "Which two?", "multiple": true, "options": []rig.Object{{"text": "a", "correct": true},
		{"text": "b", "correct": true}, {"text": "c"}, {"text": "=d"}}}
	for k, v := range more {
		body[k] = v
	}
	return rig.Want[rig.Poll](l, 201, "POST", "/api/polls", l.teacher.AccessToken, body)
}

// Scores tell students nothing before a poll is closed.
func TestScores(t *testing.T) {
	l := begin(t)
	kim, lee := l.Guest("Kim"), l.Guest("Lee")
	want := func(token, want string) {
		t.Helper()
		if got := rig.Want[scores](l, 200, "GET", "/api/class/scores", token, nil).String(); got != want {
			t.Errorf("scores = %s, want %s", got, want)
		}
	}
	two := l.quiz(rig.Object{"points": 3})
	ofKim := rig.Want[rig.Poll](l, 201, "POST", "/api/polls", kim.AccessToken,
		rig.Object{"title": "easy", "options": []rig.Object{{"text": "a", "correct": true}, {"text": "b"}}})
	l.NewPoll(l.teacher.AccessToken) // nothing is right in it
	l.Vote(two, kim.AccessToken, 0, 1, 2)
	l.Vote(two, lee.AccessToken, 0, 1)
	l.Vote(ofKim, kim.AccessToken, 0)
	want("", "of 0")
	want(kim.AccessToken, "of 0")
	want(l.teacher.AccessToken, "Lee 3 1/1; Kim 0 0/1; of 3")
	l.Vote(two, kim.AccessToken, 1, 0)
	rig.Want[rig.Object](l, 200, "PATCH", two.Path(), l.teacher.AccessToken, rig.Object{"is_active": false})
	want("", "Kim 3 1/1; Lee 3 1/1; of 3")
	number := rig.Want[rig.Poll](l, 201, "POST", "/api/polls", l.teacher.AccessToken, rig.Object{"title": "n",
		"kind": "number", "right": rig.Object{"value": 10, "tolerance": 0.5}})
	rig.Want[rig.Object](l, 200, "POST", number.Path()+"/vote", lee.AccessToken, rig.Object{"number": 10.5})
	want(kim.AccessToken, "Kim 3 1/1; Lee 3 1/1; of 3")
	rig.Want[rig.Object](l, 200, "PATCH", number.Path(), l.teacher.AccessToken, rig.Object{"is_active": false})
	want(kim.AccessToken, "Lee 4 2/2; Kim 3 1/1; of 4")
}

var named = regexp.MustCompile(`^attachment; filename="pollwire-\d{8}T\d{6}\.zip"$`)

// taken returns what is in a ZIP, by the names in their order.
func (l *lesson) taken() (names []string, texts map[string]string) {
	l.Helper()
	resp, body := l.Do("GET", "/api/class/export", l.teacher.AccessToken, nil)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/zip" ||
		resp.Header.Get("Cache-Control") != "no-store" || !named.MatchString(resp.Header.Get("Content-Disposition")) {
		l.Fatalf("export = %d %v %.200s", resp.StatusCode, resp.Header, body)
	}
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		l.Fatal(err)
	}
	texts = map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			l.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			l.Fatal(err)
		}
		names = append(names, f.Name)
		texts[f.Name] = string(text)
	}
	return names, texts
}

func TestExport(t *testing.T) {
	l := begin(t)
	kim := l.Guest("=Kim")
	two, secret := l.quiz(nil), l.NewPoll(l.teacher.AccessToken)
	l.Vote(two, kim.AccessToken, 0, 3)
	l.Vote(secret, kim.AccessToken, 0)
	l.Say(kim, "@SUM(1)")
	l.NewMemo(kim.AccessToken, "a memo of mine", nil)
	l.Refused(401, "GET", "/api/class/export", "", nil)
	l.refused(403, "teachers_only", "GET", "/api/class/export", kim.AccessToken, nil)
	names, texts := l.taken()
	if !slices.Equal(names, []string{"polls.csv", "ballots.csv", "scores.csv", "people.csv", "chat.csv", "exercises.csv",
		"plan.json", "README.txt"}) {
		t.Errorf("in it are %v", names)
	}
	for _, name := range names[:6] {
		if !strings.HasPrefix(texts[name], "\ufeff") || !strings.HasSuffix(texts[name], "\r\n") ||
			strings.Contains(strings.ReplaceAll(texts[name], "\r\n", ""), "\n") {
			t.Errorf("%s = %q, want a byte order mark and CR LF", name, texts[name])
		}
	}
	if s := texts["ballots.csv"]; !strings.Contains(s, fmt.Sprintf(",%d,'=Kim,a | =d,0,", kim.User.ID)) ||
		strings.Contains(s, secret.Title) || strings.Count(s, "\r\n") != 2 {
		t.Errorf("ballots.csv = %s, want the ballot of the poll with points alone", s)
	}
	if s := texts["chat.csv"]; !strings.Contains(s, ",'=Kim,'@SUM(1)\r\n") {
		t.Errorf("chat.csv = %s", s)
	}
	for name, text := range texts {
		if strings.Contains(text, "a memo of mine") {
			t.Errorf("%s has a memo", name)
		}
		if regexp.MustCompile(`(^|[,\n])"?[=+@-]`).MatchString(text) && strings.HasSuffix(name, ".csv") {
			t.Errorf("%s has a cell that a spreadsheet would run: %s", name, text)
		}
	}
}
