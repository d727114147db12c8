package class

import (
	"fmt"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// plan is the answer of /api/class/plan.
type plan struct{ Polls []Asked }

func (p plan) String() string {
	var titles []string
	for _, q := range p.Polls {
		titles = append(titles, q.Title+" "+q.Status)
	}
	return strings.Join(titles, ", ")
}

func (l *lesson) plan(method string, body any, header ...string) plan {
	l.Helper()
	return rig.Want[plan](l, 200, method, "/api/class/plan", l.teacher.AccessToken, body, header...)
}

func entry(title string) rig.Object {
	return rig.Object{"title": title, "options": []any{"x", rig.Object{"text": "y", "correct": true}}}
}

func TestThePlan(t *testing.T) {
	l := begin(t)
	kim := l.Guest("Kim")
	if got := l.plan("GET", nil); len(got.Polls) != 0 {
		t.Errorf("at first = %v", got)
	}
	got := l.plan("PUT", rig.Object{"polls": []any{entry("one"), entry("two"), entry("three")}})
	if got.String() != "one draft, two draft, three draft" || !*got.Polls[0].Options[1].Correct {
		t.Fatalf("PUT = %v", got)
	}
	one, two, three := got.Polls[0], got.Polls[1], got.Polls[2]
	l.set(rig.Object{"current": two.ID})
	got = l.plan("PUT", rig.Object{"polls": []any{rig.Object{"id": three.ID},
		rig.Object{"id": one.ID, "title": "ONE", "seconds": 30}}})
	if got.String() != "three draft, ONE draft" || *got.Polls[1].Seconds != 30 ||
		got.Polls[1].Options[0].ID != one.Options[0].ID {
		t.Errorf("in another order = %v", got)
	}
	if p := l.see(two, ""); p.Status != "open" {
		t.Errorf("a poll that was opened has left the plan as %+v, want it kept", p)
	}
	got = l.plan("POST", rig.Object{"polls": []any{rig.Object{"id": two.ID}, entry("four")}})
	if got.String() != "three draft, ONE draft, two open, four draft" {
		t.Errorf("POST = %v", got)
	}
	got = l.plan("PUT", rig.Object{"polls": []any{rig.Object{"id": one.ID}}})
	l.refused(404, "no_such", "GET", three.path(), l.teacher.AccessToken, nil)
	if l.plan("GET", nil).String() != "ONE draft" {
		t.Errorf("drafts that were left out = %v", got)
	}
	for _, method := range []string{"GET", "PUT", "POST"} {
		l.Refused(401, method, "/api/class/plan", "", nil)
		l.refused(403, "teachers_only", method, "/api/class/plan", kim.AccessToken, nil)
	}
}

// It is all or nothing.
func TestAPlanIsTakenWholeOrNotAtAll(t *testing.T) {
	l := begin(t)
	before := l.plan("PUT", rig.Object{"polls": []any{entry("one"), entry("two")}})
	for fields, polls := range map[string][]any{
		"polls[1].title":      {rig.Object{"id": before.Polls[0].ID, "title": "changed"}, entry("")},
		"polls[0].options":    {rig.Object{"title": "x"}},
		"polls[2]":            {entry("new"), entry("newer"), rig.Object{"id": 999}},
		"polls[1]":            {rig.Object{"id": before.Polls[0].ID}, rig.Object{"id": before.Polls[0].ID}},
		"polls[0].right":      {rig.Object{"title": "x", "kind": "number", "right": []string{"a"}}},
		"polls[0].options[1]": {rig.Object{"title": "x", "options": []string{"a", "a"}}},
		"polls[0].points":     {rig.Object{"title": "x", "options": []string{"a", "b"}, "points": 101}},
		"polls":               make([]any, 201),
	} {
		if fields == "polls" {
			for i := range polls {
				polls[i] = entry(fmt.Sprint(i))
			}
		}
		l.Invalid(fields, "PUT", "/api/class/plan", l.teacher.AccessToken, rig.Object{"polls": polls})
		if got := l.plan("GET", nil); got.String() != before.String() {
			t.Fatalf("behind what was refused for %s the plan is %v", fields, got)
		}
	}
	l.Invalid("polls", "PUT", "/api/class/plan", l.teacher.AccessToken, rig.Object{})
	l.Refused(400, "PUT", "/api/class/plan", l.teacher.AccessToken, rig.Object{"polls": []any{rig.Object{"id": "1"}}})
	l.Refused(400, "PUT", "/api/class/plan", l.teacher.AccessToken, rig.Object{"polls": []any{rig.Object{"name": "1"}}})
	l.Refused(415, "PUT", "/api/class/plan", l.teacher.AccessToken, "x", "Content-Type", "text/html")
}

func TestAPlanInGIFT(t *testing.T) {
	l := begin(t)
	const text = `// of the transport layer
::Handshake:: Which segment opens a connection? { =SYN ~ACK ~FIN ####RFC 9293 says so. }

Which are in a UDP header? { ~%50%length ~%50%checksum ~%-100%window }

A port number has 16 bits. {TRUE}

How many bytes has an IPv4 header without options? {#20:0.5}

Who sends the SYN-ACK? {=server =the server}
`
	got := l.plan("POST", text, "Content-Type", "text/plain; charset=utf-8")
	var lines []string
	for _, p := range got.Polls {
		lines = append(lines, fmt.Sprint(p.Kind, " ", p.Title, " ", len(p.Options), " ", p.Multiple, " ", p.Points, " ",
			p.Right))
	}
	want := `choice Which segment opens a connection? 3 false 1 <nil>
choice Which are in a UDP header? 3 true 1 <nil>
choice A port number has 16 bits. 2 false 1 <nil>
number How many bytes has an IPv4 header without options? 0 false 1 map[tolerance:0.5 value:20]
text Who sends the SYN-ACK? 0 false 1 [server the server]`
	if strings.Join(lines, "\n") != want {
		t.Errorf("the plan is\n%s\nwant\n%s", strings.Join(lines, "\n"), want)
	}
	for _, p := range got.Polls {
		if !p.Hidden {
			t.Errorf("what is answered to %q is seen before all have", p.Title)
		}
	}
	if e := got.Polls[0].Explanation; e == nil || *e != "RFC 9293 says so." {
		t.Errorf("the explanation is %v", e)
	}
	p := l.Refused(422, "PUT", "/api/class/plan", l.teacher.AccessToken, "Right. {=a ~b}\n\nMatch! {=a -> b}\n",
		"Content-Type", "text/plain")
	if len(p.Errors) == 0 || p.Errors[0].Field != "line 3" {
		t.Errorf("what can't be taken = %+v, want it told by its line", p)
	}
	if again := l.plan("GET", nil); again.String() != got.String() {
		t.Errorf("behind that the plan is %v", again)
	}
}
