package class

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// What a student can get, by all ways there are.
type eyes struct {
	*lesson
	student rig.Session
	heard   []*rig.Sock
	io      *rig.SocketIO
	polls   []Asked
}

// looks reads everything that a student can get, as one text.
func (e *eyes) looks() string {
	e.Helper()
	var all strings.Builder
	read := func(path string, header ...string) {
		for _, token := range []string{"", e.student.AccessToken} {
			resp, body := e.Do("GET", path, token, nil, header...)
			fmt.Fprintln(&all, path, resp.StatusCode, resp.Header.Get("ETag"), body)
		}
	}
	for _, path := range []string{"/api/polls", "/api/polls?status=closed", "/api/polls?status=open", "/api/class",
		"/api/class/scores", "/api/class/plan", "/api/people", "/api/class/roster", "/api/class/export",
		"/api/events?since=0", "/api/chat/messages", "/api/auth/me"} {
		read(path)
	}
	for _, p := range e.polls {
		read(p.path())
		read(p.path(), "Accept", "text/csv")
		read(p.path() + "/ballots")
		for _, method := range []string{"PATCH", "PUT", "DELETE"} {
			resp, body := e.Do(method, p.path(), e.student.AccessToken, rig.Object{"title": "x", "options": []string{"a", "b"}})
			fmt.Fprintln(&all, method, resp.StatusCode, body)
		}
		resp, body := e.Do("POST", p.path()+"/copy", e.student.AccessToken, nil)
		fmt.Fprintln(&all, "copy", resp.StatusCode, body)
		resp, body = e.Do("POST", "/api/memos", e.student.AccessToken, rig.Object{"content": "x", "poll_id": p.ID})
		fmt.Fprintln(&all, "memo", resp.StatusCode, body)
	}
	e.Say(e.student, "a mark")
	for _, s := range e.heard {
		for {
			event := s.Next()
			fmt.Fprintln(&all, event.Text)
			if strings.Contains(event.Text, "a mark") {
				break
			}
		}
	}
	for {
		packet := e.io.Next()
		fmt.Fprintln(&all, packet)
		if strings.Contains(packet, "a mark") {
			break
		}
	}
	return all.String()
}

// hides tests that none of the words are in what a student can get.
func (e *eyes) hides(step string, words ...string) {
	e.Helper()
	text := e.looks()
	for _, word := range words {
		for line := range strings.Lines(text) {
			if strings.Contains(line, word) {
				e.Errorf("%s: a student learns %q: %.300s", step, word, line)
				break
			}
		}
	}
}

func random(kind string, i int, rnd *rand.Rand) rig.Object {
	body := rig.Object{"title": fmt.Sprintf("TITLE-%d", i), "kind": kind, "draft": true,
		"explanation": fmt.Sprintf("WHY-%d", i), "hidden": rnd.IntN(2) == 0}
	switch kind {
	case "choice":
		var options []any
		right := rnd.IntN(4)
		for o := range 4 {
			options = append(options, rig.Object{"text": fmt.Sprint("option ", o), "correct": o == right})
		}
		body["options"] = options
	case "number":
		body["right"] = rig.Object{"value": 777000 + i, "tolerance": 0.5}
	default:
		body["right"] = []string{fmt.Sprintf("ANSWER-%d", i)}
	}
	return body
}

// Nobody learns a draft before it is shown, nor what is right before a poll is closed, whatever he asks.
func TestNobodyLearnsTooEarly(t *testing.T) {
	l := begin(t, "-limits=false")
	rnd := rand.New(rand.NewPCG(1, 2))
	e := &eyes{lesson: l, student: l.Guest("Spy")}
	e.heard = []*rig.Sock{l.Listening(""), l.Listening("?token=" + e.student.AccessToken)}
	e.io = l.Connect("polling", fmt.Sprintf(`{"token":%q}`, e.student.AccessToken))
	kinds := []string{"choice", "number", "text"}
	for i, kind := range kinds {
		e.polls = append(e.polls, l.ask(random(kind, i, rnd)))
	}
	secret := []string{`"correct":`, `"right":`, "WHY-", "ANSWER-", "777000", "777001"}
	e.hides("drafts", append(secret, "TITLE-", `"draft"`)...)
	for i, p := range e.polls {
		l.plan("POST", rig.Object{"polls": []any{rig.Object{"id": p.ID}}})
		l.set(rig.Object{"current": p.ID})
		e.hides(fmt.Sprint("poll ", i, " is open"), append(secret, fmt.Sprintf("TITLE-%d", i+1))...)
		l.same(p, e.student.AccessToken)
	}
	for i, p := range e.polls { // a number or a text that is right is an answer, too, and stands on the wall
		ballot := map[string]rig.Object{"choice": {"option_ids": []any{}}, "number": {"number": 1}, "text": {"text": "no"}}
		if p.Kind == "choice" {
			ballot["choice"] = rig.Object{"option_id": p.Options[0].ID}
		}
		l.vote(p, e.student.AccessToken, ballot[p.Kind])
		e.hides(fmt.Sprint("poll ", i, " has been answered"), secret...)
	}
	for _, p := range e.polls {
		rig.Want[any](l, 200, "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"is_active": false})
	}
	text := e.looks()
	for _, word := range []string{`"correct":true`, "WHY-0", "WHY-1", "WHY-2", "ANSWER-2", "777001"} {
		if !strings.Contains(text, word) {
			t.Errorf("closed: nobody is told %q", word)
		}
	}
}

// same tests that a student gets the same bytes and hears nothing, whatever is right.
func (l *lesson) same(p Asked, token string) {
	l.Helper()
	read := func() string {
		resp, body := l.Do("GET", p.path(), token, nil)
		return resp.Header.Get("ETag") + body
	}
	before, seq := read(), rig.Want[rig.Object](l, 200, "GET", "/api/events", "", nil)["seq"]
	change := rig.Object{"explanation": "WHY-another"}
	switch p.Kind {
	case "choice":
		var options []any
		for i, o := range p.Options {
			options = append(options, rig.Object{"text": o.Text, "correct": i == 3})
		}
		change["options"] = options
	case "number":
		change["right"] = rig.Object{"value": 777001}
	default:
		change["right"] = []string{"ANSWER-2", "another ANSWER-9"}
	}
	rig.Want[any](l, http.StatusOK, "PATCH", p.path(), l.teacher.AccessToken, change)
	rig.Want[any](l, http.StatusOK, "PATCH", p.path(), l.teacher.AccessToken,
		rig.Object{"explanation": fmt.Sprintf("WHY-%s", p.Title[len("TITLE-"):])})
	if after := read(); after != before {
		l.Errorf("%s: another right answer shows:\n%s\n%s", p.Title, before, after)
	}
	if now := rig.Want[rig.Object](l, 200, "GET", "/api/events", "", nil)["seq"]; now != seq {
		l.Errorf("%s: events %v to %v tell that something has changed", p.Title, seq, now)
	}
}

// Who chose what in a poll that isn't named is told by no call, the teacher's neither.
func TestNobodyIsToldWhoChoseWhat(t *testing.T) {
	l := begin(t)
	p := l.ask(rig.Object{"kind": "text", "title": "Anonymous"})
	kim := l.Guest("Kim")
	l.vote(p, kim.AccessToken, rig.Object{"text": "MARKED"})
	for _, path := range []string{p.path(), p.path() + "/ballots", "/api/people", "/api/class/scores", "/api/class/plan",
		"/api/events?since=0"} {
		_, body := l.Do("GET", path, l.teacher.AccessToken, nil)
		for line := range strings.SplitSeq(body, "}") {
			if strings.Contains(line, "MARKED") && strings.Contains(line, "Kim") {
				t.Errorf("%s tells %s", path, line)
			}
		}
	}
	l.refused(409, "not_named", "GET", p.path()+"/ballots", l.teacher.AccessToken, nil)
}
