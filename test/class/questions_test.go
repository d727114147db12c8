package class

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// Asked is a Poll with all that is about its kind.
type Asked struct {
	ID       int64
	Title    string
	Status   string
	Kind     string
	Named    bool
	Points   int64
	Seconds  *int64
	Multiple bool
	Hidden   bool
	Voters   int64
	IsActive bool       `json:"is_active"`
	EndsAt   *time.Time `json:"ends_at"`
	Options  []option
	Answers  *[]struct {
		Value any
		Count int64
	}
	Distinct         *int64
	Min, Median, Max *float64
	Right            any
	Explanation      *string
	Rounds           []struct {
		Voters  int64
		Options []struct {
			ID, Votes  int64
			Percentage float64
		}
		Answers []struct {
			Value any
			Count int64
		}
	}
	MyVote any `json:"my_vote"`
}

type option struct {
	ID      int64
	Text    string
	Votes   *int64
	Correct *bool
}

func (p Asked) path() string { return fmt.Sprintf("/api/polls/%d", p.ID) }

// ask makes a poll of the teacher's.
func (l *lesson) ask(body rig.Object) Asked {
	l.Helper()
	if body["title"] == nil {
		body["title"] = "Which?"
	}
	return rig.Want[Asked](l, 201, "POST", "/api/polls", l.teacher.AccessToken, body)
}

func (l *lesson) see(p Asked, token string) Asked {
	l.Helper()
	return rig.Want[Asked](l, 200, "GET", p.path(), token, nil)
}

func (l *lesson) vote(p Asked, token string, ballot rig.Object) Asked {
	l.Helper()
	return rig.Want[Asked](l, 200, "POST", p.path()+"/vote", token, ballot)
}

func TestAPollOfNumbers(t *testing.T) {
	l := begin(t)
	p := l.ask(rig.Object{"kind": "number", "right": rig.Object{"value": 20, "tolerance": 1}})
	if p.Kind != "number" || p.Points != 1 || !p.Named || p.Answers == nil || len(*p.Answers) != 0 || *p.Distinct != 0 ||
		p.Min != nil || len(p.Options) != 0 {
		t.Fatalf("a new poll = %+v", p)
	}
	tokens := l.Guests(5)
	l.Invalid("number", "POST", p.path()+"/vote", tokens[0], rig.Object{"text": "20"})
	l.Invalid("number", "POST", p.path()+"/vote", tokens[0], rig.Object{"option_id": 1})
	l.Invalid("text", "POST", p.path()+"/vote", tokens[0], rig.Object{"text": "20", "number": 20})
	l.Refused(400, "POST", p.path()+"/vote", tokens[0], `{"number":1e999}`)
	l.Refused(400, "POST", p.path()+"/vote", tokens[0], rig.Object{"number": "20"})
	s := l.Listening("")
	for i, n := range []float64{20, 12.5, 20, -3} {
		l.vote(p, tokens[i], rig.Object{"number": n})
	}
	got := l.vote(p, tokens[4], rig.Object{"number": 60})
	if fmt.Sprint(*got.Answers) != "[{20 2} {-3 1} {12.5 1} {60 1}]" || *got.Distinct != 4 || *got.Min != -3 ||
		*got.Median != 20 || *got.Max != 60 || got.MyVote != 60.0 || got.Right != nil {
		t.Errorf("five answers = %+v %v", got, got.Answers)
	}
	for {
		if e := rig.Decode[Asked](t, s.Until("vote:result")); e.Voters == 5 {
			if fmt.Sprint(*e.Answers) != fmt.Sprint(*got.Answers) || *e.Median != 20 {
				t.Errorf("vote:result = %+v", e)
			}
			break
		}
	}
	l.vote(p, tokens[4], rig.Object{"number": 13})
	rig.Want[any](l, 204, "DELETE", p.path()+"/vote", tokens[3], nil)
	if got = l.see(p, tokens[3]); *got.Median != 16.5 || *got.Min != 12.5 || got.Voters != 4 || got.MyVote != nil {
		t.Errorf("changed and withdrawn = %+v", got)
	}
	_, table := l.Do("GET", p.path(), "", nil, "Accept", "text/csv")
	if table != "answer,votes,percentage\r\n20,2,50.0\r\n12.5,1,25.0\r\n13,1,25.0\r\n" {
		t.Errorf("as CSV %q", table)
	}
	rig.Want[any](l, 200, "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"is_active": false})
	if got = l.see(p, tokens[0]); fmt.Sprint(got.Right) != "map[tolerance:1 value:20]" {
		t.Errorf("closed, right is %v", got.Right)
	}
	l.Refused(409, "POST", p.path()+"/vote", tokens[0], rig.Object{"number": 1})
}

func TestAPollOfWords(t *testing.T) {
	l := begin(t)
	p := l.ask(rig.Object{"kind": "text", "hidden": true})
	if p.Points != 0 || p.Named {
		t.Fatalf("where nothing is right: %+v", p)
	}
	tokens := l.Guests(4)
	l.Invalid("text", "POST", p.path()+"/vote", tokens[0], rig.Object{"text": " "})
	l.Invalid("text", "POST", p.path()+"/vote", tokens[0], rig.Object{"text": strings.Repeat("x", 101)})
	for i, text := range []string{"Three way", "three  WAY ", "=1+1", "<b>"} {
		got := l.vote(p, tokens[i], rig.Object{"text": text})
		if got.Answers != nil || got.Distinct != nil || got.MyVote != strings.TrimSpace(text) {
			t.Errorf("hidden = %+v", got)
		}
	}
	rig.Want[any](l, 200, "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"hidden": false})
	if got := l.see(p, ""); len(*got.Answers) != 3 || (*got.Answers)[0].Count != 2 || *got.Distinct != 3 {
		t.Errorf("revealed = %v", got.Answers)
	}
	l.refused(403, "teachers_only", "DELETE", p.path()+"/answers?value=%3Cb%3E", tokens[0], nil)
	s := l.Listening("")
	rig.Want[any](l, 204, "DELETE", p.path()+"/answers?value=THREE%20way", l.teacher.AccessToken, nil)
	e := rig.Decode[Asked](t, s.Until("vote:result"))
	for e.Voters != 2 { // the result of the votes may come first
		e = rig.Decode[Asked](t, s.Until("vote:result"))
	}
	if *e.Distinct != 2 {
		t.Errorf("off the wall: %+v", e)
	}
	if _, past := l.Do("GET", "/api/events?since=0", "", nil); strings.Contains(strings.ToLower(past), "way") ||
		!strings.Contains(past, "vote:result") {
		t.Errorf("who comes later hears %s", past)
	}
	if got := l.see(p, tokens[0]); got.MyVote != nil {
		t.Errorf("who said it still has the vote %v", got.MyVote)
	}
	l.refused(409, "not_named", "GET", p.path()+"/ballots", l.teacher.AccessToken, nil)
}

// The same ballots over /ws and Socket.IO.
func TestAllKindsOverSockets(t *testing.T) {
	l := begin(t)
	number, text := l.ask(rig.Object{"kind": "number"}), l.ask(rig.Object{"kind": "text"})
	kim := l.Guest("Kim")
	s := l.Listening("?token=" + kim.AccessToken)
	if p := rig.Decode[Asked](t, s.Ask("vote:cast", rig.Object{"poll_id": number.ID, "number": 7})); p.MyVote != 7.0 {
		t.Errorf("over /ws = %+v", p)
	}
	if e := s.Ask("vote:cast", rig.Object{"poll_id": number.ID, "text": "7"}); !strings.Contains(e.Text, `"status":422`) {
		t.Errorf("words for a number = %s", e.Text)
	}
	io := l.Connect("websocket", fmt.Sprintf(`{"token":%q}`, kim.AccessToken))
	io.Send(fmt.Sprintf(`421["vote:cast",{"poll_id":%d,"text":"TCP"}]`, text.ID))
	if answer := io.Until("431["); !strings.Contains(answer, `"ok":true`) || !strings.Contains(answer, `"my_vote":"TCP"`) {
		t.Errorf("over Socket.IO = %s", answer)
	}
}

func TestSecondsBeginWhenAPollIsShown(t *testing.T) {
	l := begin(t)
	p := l.ask(rig.Object{"options": []string{"a", "b"}, "seconds": 60, "draft": true})
	if p.Status != "draft" || p.EndsAt != nil || p.IsActive {
		t.Fatalf("a draft = %+v", p)
	}
	ballot := rig.Object{"option_id": p.Options[0].ID}
	l.refused(404, "no_such", "POST", p.path()+"/vote", l.Guest("Kim").AccessToken, ballot)
	l.refused(409, "poll_closed", "POST", p.path()+"/vote", l.teacher.AccessToken, ballot)
	s := l.Listening("")
	p = rig.Want[Asked](l, 200, "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"draft": false})
	if left := time.Until(*p.EndsAt); p.Status != "open" || left < 55*time.Second || left > 60*time.Second {
		t.Errorf("shown = %+v, ends in %v", p, left)
	}
	if e := rig.Decode[Asked](t, s.Next()); e.ID != p.ID || e.Status != "open" {
		t.Errorf("everybody hears %+v", e)
	}
	l.refused(409, "shown", "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"draft": true})
	l.Invalid("seconds", "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"seconds": 4})
	l.Invalid("seconds", "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"seconds": 3601})
	whole := rig.Object{"title": "x", "options": []string{"a", "b"}, "draft": true}
	draft := rig.Want[Asked](l, 201, "POST", "/api/polls", l.teacher.AccessToken, whole)
	delete(whole, "draft")
	if put := rig.Want[Asked](l, 200, "PUT", draft.path(), l.teacher.AccessToken, whole); put.Status != "draft" {
		t.Errorf("a PUT that does not speak of it has opened a draft: %+v", put)
	}
}

// Peer instruction: vote, discuss, vote again.
func TestRounds(t *testing.T) {
	l := begin(t)
	p := l.ask(rig.Object{"options": []any{"a", rig.Object{"text": "b", "correct": true}}, "hidden": true})
	tokens := l.Guests(3)
	for i, option := range []int{0, 0, 1} {
		l.vote(p, tokens[i], rig.Object{"option_id": p.Options[option].ID})
	}
	l.refused(403, "teachers_only", "POST", p.path()+"/rounds", tokens[0], nil)
	s := l.Listening("")
	again := rig.Want[Asked](l, 201, "POST", p.path()+"/rounds", l.teacher.AccessToken, nil)
	if again.Voters != 0 || again.Status != "open" || again.Rounds != nil {
		t.Errorf("the second round begins as %+v; the first must be hidden while the poll is", again)
	}
	if e := rig.Decode[Asked](t, s.Until("poll:updated")); e.Voters != 0 || e.Rounds != nil {
		t.Errorf("everybody hears %+v", e)
	}
	if mine := l.see(p, tokens[0]).MyVote; mine != nil {
		t.Errorf("in the second round I have voted %v already", mine)
	}
	for _, token := range tokens {
		l.vote(p, token, rig.Object{"option_id": p.Options[1].ID})
	}
	rig.Want[any](l, 200, "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"is_active": false})
	got := l.see(p, "")
	if len(got.Rounds) != 1 || got.Rounds[0].Voters != 3 || got.Rounds[0].Options[0].Votes != 2 ||
		got.Rounds[0].Options[0].Percentage != 66.7 || *got.Options[1].Votes != 3 {
		t.Errorf("both rounds = %+v", got)
	}
	_, table := l.Do("GET", p.path(), "", nil, "Accept", "text/csv")
	if table != "option,votes,percentage,votes of round 1,percentage of round 1\r\n"+
		"a,0,0.0,2,66.7\r\nb,3,100.0,1,33.3\r\n" {
		t.Errorf("as CSV %q", table)
	}
	scores := rig.Want[struct {
		Scores []struct{ Points, Right, Answered int64 }
		Of     int64
	}](l, 200, "GET", "/api/class/scores", "", nil)
	if len(scores.Scores) != 3 || scores.Scores[0].Points != 1 || scores.Scores[2].Points != 1 || scores.Of != 1 {
		t.Errorf("scores = %+v, want those of the last round", scores)
	}
}

func TestBallots(t *testing.T) {
	l := begin(t)
	p := l.ask(rig.Object{"kind": "number", "right": rig.Object{"value": 7}})
	kim, lee := l.Guest("Kim"), l.Guest("Lee")
	l.vote(p, kim.AccessToken, rig.Object{"number": 7})
	l.vote(p, lee.AccessToken, rig.Object{"number": 8})
	type page struct {
		Ballots []struct {
			User    rig.User
			Number  float64
			CastAt  time.Time `json:"cast_at"`
			Correct *bool
		}
		NextBefore *int64 `json:"next_before"`
	}
	got := rig.Want[page](l, 200, "GET", p.path()+"/ballots", l.teacher.AccessToken, nil)
	if len(got.Ballots) != 2 || got.Ballots[0].User.Nickname != "Lee" || *got.Ballots[0].Correct ||
		!*got.Ballots[1].Correct ||
		got.Ballots[1].Number != 7 || got.Ballots[1].CastAt.IsZero() || got.NextBefore != nil {
		t.Errorf("ballots = %+v", got)
	}
	first := rig.Want[page](l, 200, "GET", p.path()+"/ballots?limit=1", l.teacher.AccessToken, nil)
	if len(first.Ballots) != 1 || first.NextBefore == nil {
		t.Fatalf("the first page = %+v", first)
	}
	second := rig.Want[page](l, 200, "GET", fmt.Sprintf("%s/ballots?before=%d", p.path(), *first.NextBefore),
		l.teacher.AccessToken, nil)
	if len(second.Ballots) != 1 || second.Ballots[0].User.Nickname != "Kim" || second.NextBefore != nil {
		t.Errorf("the second page = %+v", second)
	}
	l.refused(403, "teachers_only", "GET", p.path()+"/ballots", kim.AccessToken, nil)
	l.refused(404, "no_such", "GET", "/api/polls/999/ballots", l.teacher.AccessToken, nil)
	l.refused(409, "has_votes", "PATCH", p.path(), l.teacher.AccessToken, rig.Object{"named": false, "points": 0})
}

func TestCopy(t *testing.T) {
	l := begin(t)
	p := l.ask(rig.Object{"options": []any{"a", rig.Object{"text": "b", "correct": true}}, "explanation": "Why."})
	l.vote(p, l.Guest("Kim").AccessToken, rig.Object{"option_id": p.Options[0].ID})
	c := rig.Want[Asked](l, 201, "POST", p.path()+"/copy", l.teacher.AccessToken, nil)
	if c.ID == p.ID || c.Status != "draft" || c.Voters != 0 || *c.Explanation != "Why." || !*c.Options[1].Correct ||
		c.Options[0].ID == p.Options[0].ID {
		t.Errorf("a copy = %+v", c)
	}
	l.refused(403, "poll_of_another", "POST", p.path()+"/copy", l.Guest("Lee").AccessToken, nil)
	l.refused(404, "no_such", "POST", c.path()+"/copy", l.Guest("Lee").AccessToken, nil)
}
