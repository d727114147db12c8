package main

// Polls: making, changing, voting, closing. What hides and what the news of it are stands in polls_hidden_test.go.

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

// soon calls do with a time that is a little ahead, and returns that time. Where the machine was too slow to do it
// before, do is called again with one that is further ahead; false means that what came too late was refused.
func (r *local) soon(do func(at time.Time) bool) time.Time {
	r.Helper()
	for ahead := 200 * time.Millisecond; ahead < rig.Patience; ahead *= 2 {
		at := time.Now().Add(ahead).Truncate(time.Millisecond)
		if do(at) && time.Now().Before(at) {
			return at
		}
	}
	r.Fatal("nothing can be done in time")
	panic("unreachable")
}

// pollThatEndsSoon makes a poll that has an end, and then does something before that end.
func (r *local) pollThatEndsSoon(token string, then func(rig.Poll) bool, more ...rig.Object) (p rig.Poll,
	ends time.Time) {
	r.Helper()
	ends = r.soon(func(at time.Time) bool {
		body := rig.Object{"title": "Which?", "options": []string{"a", "b", "c"}, "ends_at": at}
		for _, m := range more {
			maps.Copy(body, m)
		}
		resp, text := r.Do("POST", "/api/polls", token, body)
		if resp.StatusCode != 201 {
			return false
		}
		p = rig.Poll{}
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			r.Fatal(err)
		}
		return then == nil || then(p)
	})
	return p, ends
}

// accepted makes a request, and tells whether the answer is 200.
func (r *local) accepted(method, url, token string, body rig.Object) bool {
	r.Helper()
	resp, _ := r.Do(method, url, token, body)
	return resp.StatusCode == 200
}

func TestANewPoll(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	resp, text := r.Do("POST", "/api/polls", kim.AccessToken,
		rig.Object{"title": " Lunch? ", "description": "\na\r\nb\tc ",
			"options": []string{" Rice", "rice ", "국수"}})
	if resp.StatusCode != 201 || resp.Header.Get("Location") != "/api/polls/1" {
		t.Errorf("POST /api/polls = %d, Location %q, want 201, /api/polls/1", resp.StatusCode, resp.Header.Get("Location"))
	}
	for _, key := range []string{`"id":1,`, `"title":"Lunch?"`, `"description":"a\nb\tc"`, `"multiple":false`,
		`"hidden":false`, `"text":"Rice","votes":0,"percentage":0}`,
		`"text":"rice"`, `"text":"국수"`, `"total_votes":0`, `"voters":0`, `"is_active":true`, `"ends_at":null`,
		`"created_by":{"id":1,"nickname":"Kim","role":"student"}`, `"my_vote":null`} {
		if !strings.Contains(text, key) {
			t.Errorf("POST /api/polls = %s, want %s in it", text, key)
		}
	}
	if _, got := r.Do("GET", "/api/polls/1", kim.AccessToken, nil); got != text {
		t.Errorf("GET /api/polls/1 = %s, want what POST answered: %s", got, text)
	}
	if _, got := r.Do("GET", "/api/polls", "", nil); got != `{"polls":[`+text+`],"total":1,"next_before":null}` {
		t.Errorf("GET /api/polls = %s, want a list of it", got)
	}
}

func TestWhatIsInvalidInAPoll(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	p := r.NewPoll(kim)
	for _, c := range []struct {
		name   string
		change rig.Object
		fields string
	}{
		{"an empty title", rig.Object{"title": ""}, "title"},
		{"a title of white space", rig.Object{"title": " \u3000\t"}, "title"},
		{"a long title", rig.Object{"title": strings.Repeat("글", 101)}, "title"},
		{"a line end in the title", rig.Object{"title": "a\nb"}, "title"},
		{"a tab in the title", rig.Object{"title": "a\tb"}, "title"},
		{"a C1 control in the title", rig.Object{"title": "a\u0085b"}, "title"},
		{"a long description", rig.Object{"description": strings.Repeat("글", 501)}, "description"},
		{"a lone CR in the description", rig.Object{"description": "a\rb"}, "description"},
		{"a NUL in the description", rig.Object{"description": "a\u0000b"}, "description"},
		{"no options", rig.Object{"options": []string{}}, "options"},
		{"one option", rig.Object{"options": []string{"a"}}, "options"},
		{"nine options", rig.Object{"options": strings.Split("abcdefghi", "")}, "options"},
		{"an empty option", rig.Object{"options": []string{"a", "b", " "}}, "options[2]"},
		{"a long option", rig.Object{"options": []string{strings.Repeat("글", 101), "b"}}, "options[0]"},
		{"a line end in an option", rig.Object{"options": []string{"a", "b\nc"}}, "options[1]"},
		{"an option twice", rig.Object{"options": []string{"a", "b", "a"}}, "options[2]"},
		{"an option twice but for white space", rig.Object{"options": []string{"a", "\ta "}}, "options[1]"},
		{"an end in the past", rig.Object{"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"},
		{"an end now", rig.Object{"ends_at": time.Now().Add(-time.Millisecond)}, "ends_at"},
		{"an empty end", rig.Object{"ends_at": ""}, "ends_at"},
		{"an end without a zone", rig.Object{"ends_at": "2126-01-01T00:00:00"}, "ends_at"},
		{"an end that is a date", rig.Object{"ends_at": "2126-01-01"}, "ends_at"},
		{"an end on no day", rig.Object{"ends_at": "2126-02-30T00:00:00Z"}, "ends_at"},
		{"an end with a comma", rig.Object{"ends_at": "2126-01-01T00:00:00,5Z"}, "ends_at"},
		{"an end with one digit for the hour", rig.Object{"ends_at": "2126-01-01T1:00:00Z"}, "ends_at"},
		{"an end in a zone that is none", rig.Object{"ends_at": "2126-01-01T01:00:00+99:00"}, "ends_at"},
		{"an end in the year 10000", rig.Object{"ends_at": "9999-12-31T23:59:59-01:00"}, "ends_at"},
		{"all of it", rig.Object{"title": "", "description": "\u0001", "options": []string{"", "b"}, "ends_at": "x"},
			"title description ends_at options[0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole := rig.Object{"title": "x", "options": []string{"a", "b"}}
			for k, v := range c.change {
				whole[k] = v
			}
			r := &rig.Rig{TB: t, API: r.API}
			r.Invalid(c.fields, "POST", "/api/polls", kim, whole)
			r.Invalid(c.fields, "PUT", p.Path(), kim, whole)
			r.Invalid(c.fields, "PATCH", p.Path(), kim, c.change)
		})
	}
	r.Invalid("title options", "POST", "/api/polls", kim, rig.Object{})
	r.Invalid("title options", "PUT", p.Path(), kim, rig.Object{"hidden": true})
	if got := rig.Want[rig.Poll](r, 200, "GET", p.Path(), kim, nil); got.Title != p.Title || got.Choices() != p.Choices() {
		t.Errorf("after all that the poll = %+v, want %+v", got, p)
	}
	r.NewPoll(kim, rig.Object{"title": strings.Repeat("😀", 100), "description": strings.Repeat("한", 500),
		"options": []string{strings.Repeat("글", 100), "A", "a", "b", "c", "d", "e", "f"}})
}

func TestVoting(t *testing.T) {
	r := start(t)
	tokens := r.Guests(3)
	p := r.NewPoll(tokens[0])
	for _, c := range []struct {
		name        string
		who, option int
		result      string
	}{
		{"the first", 0, 0, "a 1 100%, b 0 0%, c 0 0%, 1 votes of 1"},
		{"the same again", 0, 0, "a 1 100%, b 0 0%, c 0 0%, 1 votes of 1"},
		{"another in its place", 0, 1, "a 0 0%, b 1 100%, c 0 0%, 1 votes of 1"},
		{"a second person", 1, 1, "a 0 0%, b 2 100%, c 0 0%, 2 votes of 2"},
		{"a third", 2, 2, "a 0 0%, b 2 66.7%, c 1 33.3%, 3 votes of 3"},
	} {
		body := rig.Object{"option_id": p.Options[c.option].ID}
		got := rig.Want[rig.Poll](r, 200, "POST", p.Path()+"/vote", tokens[c.who], body)
		if got.Result() != c.result || !slices.Equal(got.MyVote, []int64{p.Options[c.option].ID}) {
			t.Errorf("%s: vote = %s, mine %v, want %s, mine option %d", c.name, got.Result(), got.MyVote, c.result, c.option)
		}
		if read := rig.Want[rig.Poll](r, 200, "GET", p.Path(), tokens[c.who], nil); read.Result() != c.result ||
			!slices.Equal(read.MyVote, got.MyVote) {
			t.Errorf("%s: GET = %s, mine %v, want what the vote answered", c.name, read.Result(), read.MyVote)
		}
	}
	if all := rig.Want[struct{ Polls []rig.Poll }](r, 200, "GET", "/api/polls", tokens[2],
		nil).Polls; !slices.Equal(all[0].MyVote, []int64{p.Options[2].ID}) {
		t.Errorf("my vote in the list = %v, want [%d]", all[0].MyVote, p.Options[2].ID)
	}
	if read := rig.Want[rig.Poll](r, 200, "GET", p.Path(), "", nil); read.MyVote != nil {
		t.Errorf("without a token my vote = %v, want null", read.MyVote)
	}
	for range 2 { // also where there is none any more
		resp, body := r.Do("DELETE", p.Path()+"/vote", tokens[1], nil)
		if resp.StatusCode != 204 || body != "" {
			t.Errorf("DELETE %s/vote = %d %q, want 204", p.Path(), resp.StatusCode, body)
		}
		if read := rig.Want[rig.Poll](r, 200, "GET", p.Path(), tokens[1], nil); read.Result() != "a 0 0%, b 1 50%, c 1 50%, "+
			"2 votes of 2" || read.MyVote != nil {
			t.Errorf("after withdrawing = %s, mine %v", read.Result(), read.MyVote)
		}
	}
}

func TestSeveralOptions(t *testing.T) {
	r := start(t)
	tokens := r.Guests(2)
	p := r.NewPoll(tokens[0], rig.Object{"multiple": true})
	r.Vote(p, tokens[0], 2, 0)
	got := r.Vote(p, tokens[1], 0)
	if got.Result() != "a 2 100%, b 0 0%, c 1 50%, 3 votes of 2" {
		t.Errorf("result = %s, want percentages of the voters", got.Result())
	}
	mine := rig.Want[rig.Poll](r, 200, "GET", p.Path(), tokens[0], nil).MyVote
	slices.Sort(mine)
	if !slices.Equal(mine, []int64{p.Options[0].ID, p.Options[2].ID}) {
		t.Errorf("my vote = %v, want both", mine)
	}
	if got = rig.Want[rig.Poll](r, 200, "POST", p.Path()+"/vote", tokens[0],
		rig.Object{"option_id": p.Options[1].ID}); got.Result() != "a 1 50%, b 1 50%, c 0 0%, 2 votes of 2" {
		t.Errorf("option_id in place of two = %s", got.Result())
	}
	if got = r.Vote(p, tokens[0], 0, 1, 2); got.Result() != "a 2 100%, b 1 50%, c 1 50%, 4 votes of 2" {
		t.Errorf("all three = %s", got.Result())
	}
}

func TestPercentages(t *testing.T) {
	r := start(t)
	tokens := r.Guests(16)
	for _, c := range []struct {
		votes  []int // for a, b, c
		result string
	}{
		{[]int{1, 2, 0}, "a 1 33.3%, b 2 66.7%, c 0 0%, 3 votes of 3"},
		{[]int{1, 1, 1}, "a 1 33.3%, b 1 33.3%, c 1 33.3%, 3 votes of 3"},
		{[]int{1, 7, 0}, "a 1 12.5%, b 7 87.5%, c 0 0%, 8 votes of 8"},
		{[]int{1, 15, 0}, "a 1 6.3%, b 15 93.8%, c 0 0%, 16 votes of 16"}, // 6.25 and 93.75, half up
		{[]int{3, 13, 0}, "a 3 18.8%, b 13 81.3%, c 0 0%, 16 votes of 16"},
		{[]int{1, 6, 0}, "a 1 14.3%, b 6 85.7%, c 0 0%, 7 votes of 7"},
	} {
		p := r.NewPoll(tokens[0])
		var got rig.Poll
		who := 0
		for option, n := range c.votes {
			for range n {
				got = r.Vote(p, tokens[who], option)
				who++
			}
		}
		if got.Result() != c.result {
			t.Errorf("%v = %s, want %s", c.votes, got.Result(), c.result)
		}
	}
}

func TestVotesThatAreRefused(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	one, several, other := r.NewPoll(kim), r.NewPoll(kim, rig.Object{"multiple": true}), r.NewPoll(kim)
	a, b, foreign := one.Options[0].ID, one.Options[1].ID, other.Options[0].ID
	for _, c := range []struct {
		name   string
		poll   rig.Poll
		body   rig.Object
		status int
		field  string
	}{
		{"nothing", one, rig.Object{}, 422, "option_id"},
		{"an empty list", one, rig.Object{"option_ids": []int64{}}, 422, "option_ids"},
		{"both keys", one, rig.Object{"option_id": a, "option_ids": []int64{a}}, 422, "option_id"},
		{"two where one is taken", one, rig.Object{"option_ids": []int64{a, b}}, 422, "option_ids"},
		{"an option of another poll", one, rig.Object{"option_id": foreign}, 422, "option_id"},
		{"an option of another poll in a list", several, rig.Object{"option_ids": []int64{several.Options[1].ID, foreign}},
			422,
			"option_ids[1]"},
		{"no option at all", one, rig.Object{"option_id": 0}, 422, "option_id"},
		{"a negative one", one, rig.Object{"option_id": -1}, 422, "option_id"},
		{"one twice", several, rig.Object{"option_ids": []int64{several.Options[0].ID, several.Options[0].ID}}, 422,
			"option_ids[1]"},
		{"a string", one, rig.Object{"option_id": fmt.Sprint(a)}, 400, ""},
		{"a fraction", one, rig.Object{"option_id": 1.5}, 400, ""},
		{"null", one, rig.Object{"option_id": nil}, 400, ""},
		{"null in the list", one, rig.Object{"option_ids": []any{a, nil}}, 400, ""},
		{"an unknown poll", rig.Poll{ID: 99}, rig.Object{"option_id": a}, 404, ""},
	} {
		p := r.Refused(c.status, "POST", c.poll.Path()+"/vote", kim, c.body)
		if c.field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != c.field) {
			t.Errorf("%s: errors = %v, want one of %s", c.name, p.Errors, c.field)
		}
	}
	r.Refused(404, "DELETE", "/api/polls/99/vote", kim, nil)
	for _, p := range []rig.Poll{one, several, other} {
		if got := rig.Want[rig.Poll](r, 200, "GET", p.Path(), kim, nil); got.TotalVotes != 0 || got.Voters != 0 {
			t.Errorf("after all that poll %d has %s, want none", p.ID, got.Result())
		}
	}
}

func TestClosingAndReopening(t *testing.T) {
	r := start(t)
	tokens := r.Guests(2)
	p := r.NewPoll(tokens[0])
	r.Vote(p, tokens[1], 0)
	for range 2 { // closing twice is no conflict
		if got := rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), tokens[0], rig.Object{"is_active": false}); got.IsActive ||
			got.TotalVotes != 1 {
			t.Errorf("closed = %+v, want its vote and not active", got)
		}
	}
	r.Refused(409, "POST", p.Path()+"/vote", tokens[1], rig.Object{"option_id": p.Options[1].ID})
	r.Refused(409, "POST", p.Path()+"/vote", tokens[1], rig.Object{"option_id": p.Options[0].ID}) // the same again
	r.Refused(409, "DELETE", p.Path()+"/vote", tokens[1], nil)
	r.Refused(409, "DELETE", p.Path()+"/vote", tokens[0], nil)
	r.NewPoll(tokens[0])
	for status, ids := range map[string][]int64{"open": {2}, "closed": {1}, "all": {2, 1}} {
		got, _ := r.listed("/api/polls?status="+status, "")
		total := rig.Want[rig.Object](r, 200, "GET", "/api/polls?limit=1&status="+status, "", nil)["total"]
		if !slices.Equal(got, ids) || total != float64(len(ids)) {
			t.Errorf("GET /api/polls?status=%s = %v, total %v, want %v", status, got, total, ids)
		}
	}
	if got := rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), tokens[0], rig.Object{"is_active": true}); !got.IsActive {
		t.Errorf("reopened = %+v, want it active", got)
	}
	if got := r.Vote(p, tokens[1], 1); got.Result() != "a 0 0%, b 1 100%, c 0 0%, 1 votes of 1" {
		t.Errorf("vote after reopening = %s", got.Result())
	}
}

func TestOnlyTheOwnerMayChangeAPoll(t *testing.T) {
	r := start(t)
	tokens := r.Guests(2)
	p := r.NewPoll(tokens[0])
	r.Refused(403, "PUT", p.Path(), tokens[1], rig.Object{"title": "x", "options": []string{"a", "b"}})
	r.Refused(403, "PATCH", p.Path(), tokens[1], rig.Object{"is_active": false})
	r.Refused(403, "DELETE", p.Path(), tokens[1], nil)
	if got := rig.Want[rig.Poll](r, 200, "GET", p.Path(), "", nil); !got.IsActive || got.Title != "Which?" {
		t.Errorf("the poll = %+v, want it as it was", got)
	}
	r.Vote(p, tokens[1], 0)
	if resp, body := r.Do("DELETE", p.Path(), tokens[0], nil); resp.StatusCode != 204 || body != "" {
		t.Errorf("DELETE by the owner = %d %q, want 204", resp.StatusCode, body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		r.Refused(404, method, p.Path(), tokens[0], nil)
	}
	if next := r.NewPoll(tokens[0]); next.ID == p.ID {
		t.Errorf("the next poll has id %d: a deleted one must not come back", next.ID)
	}
}

func TestChangingAPoll(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	ends := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	p := r.NewPoll(kim, rig.Object{"description": "d", "multiple": true, "hidden": true, "ends_at": ends})
	same := func(what string, got, due rig.Poll) {
		t.Helper()
		if fmt.Sprint(got.Title, got.Description, got.Choices(), got.Multiple, got.Hidden,
			got.IsActive) != fmt.Sprint(due.Title, due.Description, due.Choices(), due.Multiple, due.Hidden, due.IsActive) ||
			(got.EndsAt == nil) != (due.EndsAt == nil) || got.EndsAt != nil && !got.EndsAt.Equal(*due.EndsAt) {
			t.Errorf("%s = %+v, want %+v", what, got, due)
		}
	}
	same("PATCH {}", rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), kim, rig.Object{}), p)
	p.Title = "new"
	same("PATCH title", rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), kim, rig.Object{"title": " new "}), p)
	p.EndsAt = nil
	same("PATCH ends_at null", rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), kim, rig.Object{"ends_at": nil}), p)
	p.Title, p.Description, p.Multiple, p.Hidden = "t", "", false, false
	// The same options keep their ids, and what is left out takes its default.
	same("PUT", rig.Want[rig.Poll](r, 200, "PUT", p.Path(), kim,
		rig.Object{"title": "t", "options": []string{"a", " b", "c"}}), p)
	p.Description, p.Multiple, p.Hidden, p.IsActive, p.EndsAt = "d", true, true, false, &ends
	same("PUT of everything", rig.Want[rig.Poll](r, 200, "PUT", p.Path(), kim, rig.Object{"title": "t", "description": "d",
		"options":  []string{"a", "b", "c"},
		"multiple": true, "hidden": true, "ends_at": ends, "is_active": false}), p)
	p.Description, p.Multiple, p.Hidden, p.IsActive, p.EndsAt = "", false, false, true, nil
	same("PUT reopens by default", rig.Want[rig.Poll](r, 200, "PUT", p.Path(), kim,
		rig.Object{"title": "t", "options": []string{"a", "b", "c"}}), p)
	got := rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), kim, rig.Object{"options": []string{"c", "b"}})
	if len(got.Options) != 2 || got.Options[0].Text != "c" || got.Options[1].Text != "b" {
		t.Errorf("PATCH options = %+v, want c and b", got.Options)
	}
	same("GET", rig.Want[rig.Poll](r, 200, "GET", p.Path(), kim, nil), got)
	r.Refused(400, "PATCH", p.Path(), kim, rig.Object{"id": 7})
	r.Refused(400, "PATCH", p.Path(), kim, rig.Object{"is_active": nil})
	r.Refused(400, "PUT", p.Path(), kim, rig.Object{"title": "t", "options": nil})
}

func TestOptionsStayOnceSomebodyHasVoted(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	p := r.NewPoll(kim, rig.Object{"multiple": true})
	r.Vote(p, kim, 0)
	for name, options := range map[string][]string{"other": {"x", "y"}, "fewer": {"a", "b"}, "more": {"a", "b", "c", "d"},
		"reordered": {"c", "b", "a"}, "renamed": {"A", "b", "c"}} {
		r.Refused(409, "PATCH", p.Path(), kim, rig.Object{"options": options})
		if got := r.Refused(409, "PUT", p.Path(), kim, rig.Object{"title": "x", "options": options,
			"multiple": true}); got.Detail == "" {
			t.Errorf("%s options: no detail", name)
		}
	}
	r.Refused(409, "PATCH", p.Path(), kim, rig.Object{"multiple": false})
	// multiple's default
	r.Refused(409, "PUT", p.Path(), kim, rig.Object{"title": "x", "options": []string{"a", "b", "c"}})
	got := rig.Want[rig.Poll](r, 200, "PUT", p.Path(), kim, rig.Object{"title": "y", "options": []string{"a", "b", "c"},
		"multiple": true})
	if got.Title != "y" || got.Options[0].ID != p.Options[0].ID || got.TotalVotes != 1 || len(got.MyVote) != 1 {
		t.Errorf("PUT with the same options = %+v, want the vote and the ids to stay", got)
	}
	rig.Want[any](r, 204, "DELETE", p.Path()+"/vote", kim, nil)
	if got = rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), kim,
		rig.Object{"options": []string{"x", "y"}, "multiple": false}); got.Multiple || got.Options[0].Text != "x" {
		t.Errorf("with the last vote withdrawn = %+v, want x and y, not multiple", got)
	}
	r.Vote(got, kim, 1)
	rig.Want[any](r, 200, "PATCH", p.Path(), kim, rig.Object{"multiple": true}) // given is no harm to anybody
}

func TestAPollClosesByTime(t *testing.T) {
	r := start(t)
	tokens := r.Guests(2)
	s := r.Dial("")
	p, ends := r.pollThatEndsSoon(tokens[0], func(p rig.Poll) bool {
		return r.accepted("POST", p.Path()+"/vote", tokens[1], rig.Object{"option_id": p.Options[1].ID})
	}, rig.Object{"hidden": true})
	e := s.Until("poll:updated")
	for rig.Decode[rig.Poll](t, e).ID < p.ID { // one for which there was too little time
		e = s.Until("poll:updated")
	}
	late := time.Since(ends)
	got := rig.Decode[rig.Poll](t, e)
	if got.ID != p.ID || got.IsActive || late < 0 || late > 2*time.Second { // it would be long if somebody had to look
		t.Errorf("%v after ends_at came %s, want poll:updated, closed, at that moment", late, e.Text)
	}
	if got.Result() != "a 0 0%, b 1 100%, c 0 0%, 1 votes of 1" {
		t.Errorf("closed by time it shows %s, want the result", got.Result())
	}
	r.Refused(409, "POST", p.Path()+"/vote", tokens[1], rig.Object{"option_id": p.Options[0].ID})
	r.Refused(409, "DELETE", p.Path()+"/vote", tokens[1], nil)
	r.Refused(409, "PATCH", p.Path(), tokens[0], rig.Object{"is_active": true})
	r.Refused(409, "PUT", p.Path(), tokens[0], rig.Object{"title": "x", "options": []string{"a", "b", "c"},
		"ends_at":   ends,
		"is_active": true})
	if got := rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), tokens[0], rig.Object{"title": "over"}); got.IsActive ||
		got.Title != "over" {
		t.Errorf("PATCH title of an ended poll = %+v, want it changed and closed", got)
	}
	if got := rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), tokens[0],
		rig.Object{"is_active": true, "ends_at": time.Now().Add(time.Hour)}); !got.IsActive {
		t.Errorf("PATCH with a later end = %+v, want it open again", got)
	}
	if got := r.Vote(p, tokens[0], 0); got.Voters != 2 {
		t.Errorf("vote after that = %s, want two voters", got.Result())
	}
}

func TestAnEndThatIsMovedForwardOrPutOff(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	s := r.Dial("")
	never, ends := r.pollThatEndsSoon(kim,
		func(p rig.Poll) bool { return r.accepted("PATCH", p.Path(), kim, rig.Object{"ends_at": nil}) })
	late := r.NewPoll(kim, rig.Object{"ends_at": time.Now().Add(time.Hour)})
	if moved := r.soon(func(at time.Time) bool {
		return r.accepted("PATCH", late.Path(), kim,
			rig.Object{"ends_at": at})
	}); !moved.After(ends) {
		t.Fatalf("the end that came is %v, the one that was put off %v", moved, ends)
	}
	for {
		p := rig.Decode[rig.Poll](t, s.Until("poll:updated"))
		if p.ID == never.ID && !p.IsActive {
			t.Errorf("poll %d was closed, want %d", p.ID, late.ID)
		}
		if p.ID == late.ID && !p.IsActive {
			break
		}
	}
	if p := rig.Want[rig.Poll](r, 200, "GET", never.Path(), "", nil); !p.IsActive {
		t.Errorf("the poll without an end = %+v, want it open", p)
	}
}

func TestAPollThatEndedWhileTheServerWasDown(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	kim := r.Guest("Kim").AccessToken
	p, ends := r.pollThatEndsSoon(kim, nil)
	r.stop()
	<-time.After(time.Until(ends))
	r = startIn(t, dir)
	if got := rig.Want[rig.Poll](r, 200, "GET", p.Path(), "", nil); got.IsActive {
		t.Errorf("the poll = %+v, want it closed", got)
	}
	if ids, _ := r.listed("/api/polls?status=open", ""); len(ids) != 0 {
		t.Errorf("open polls = %v, want none", ids)
	}
}

func TestTheResultAsCSV(t *testing.T) {
	r := start(t)
	tokens := r.Guests(3)
	p := r.NewPoll(tokens[0], rig.Object{"options": []string{`say "hi"`, "a, b", "국수"}})
	for i, option := range []int{0, 1, 1} {
		r.Vote(p, tokens[i], option)
	}
	const table = "option,votes,percentage\r\n\"say \"\"hi\"\"\",1,33.3\r\n\"a, b\",2,66.7\r\n국수,0,0.0\r\n"
	for accept, kind := range map[string]string{
		"text/csv": "text/csv", "text/*": "text/csv", "application/json;q=0.5, TEXT/CSV": "text/csv",
		"*/*;q=0.1, text/csv": "text/csv",
		"":                    "application/json", "*/*": "application/json", "application/json": "application/json",
		"text/csv;q=0.5, application/json":                                "application/json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "application/json",
	} {
		resp, text := r.Do("GET", p.Path(), "", nil, "Accept", accept)
		if ct := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(ct, kind) ||
			(text == table) != (kind == "text/csv") {
			t.Errorf("GET %s, Accept: %s = %d %s %q, want %s", p.Path(), accept, resp.StatusCode, ct, text, kind)
		}
	}
	if resp, _ := r.Do("GET", "/api/polls/99", "", nil, "Accept", "text/csv"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the CSV of no poll = %d, want 404", resp.StatusCode)
	}
}

// RFC 9110 §13.1.1: a poll that was changed meanwhile is not changed or deleted unseen.
func TestIfMatchOnPolls(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	p := r.NewPoll(kim)
	resp, _ := r.Do("GET", p.Path(), kim, nil)
	tag := resp.Header.Get("ETag")
	for _, method := range []string{"PATCH", "PUT", "DELETE"} {
		var body any
		if method != "DELETE" {
			body = rig.Object{"title": "Another?", "options": []string{"a", "b", "c"}}
		}
		resp, text := r.Do(method, p.Path(), kim, body, "If-Match", `"of another version"`)
		rig.WantProblem(t, resp, text, 412, method+" with another ETag")
	}
	rig.Want[any](r, 200, "PATCH", p.Path(), kim, rig.Object{"title": "Another?"}, "If-Match", tag)
	resp, text := r.Do("DELETE", p.Path(), kim, nil, "If-Match", tag)
	rig.WantProblem(t, resp, text, 412, "DELETE with the ETag of before")
	rig.Want[any](r, 204, "DELETE", p.Path(), kim, nil, "If-Match", "*")
}

// Around the moment at which a poll ends, a vote is taken or it is a 409.
func TestVotesAtTheEndOfAPoll(t *testing.T) {
	r := start(t)
	var tokens []string
	for i := range 20 {
		tokens = append(tokens, r.Guest(fmt.Sprint("voter", i)).AccessToken)
	}
	for range 5 {
		p, end := r.pollThatEndsSoon(tokens[0], nil)
		var all sync.WaitGroup
		for _, token := range tokens {
			all.Go(func() {
				for i := 0; time.Now().Before(end.Add(20 * time.Millisecond)); i++ {
					resp, text := r.Do("POST", p.Path()+"/vote", token, rig.Object{"option_id": p.Options[i%3].ID})
					if resp.StatusCode != 200 && resp.StatusCode != 409 {
						t.Errorf("a vote %v after the end = %d %s, want 200 or 409", time.Since(end), resp.StatusCode, text)
					}
				}
			})
		}
		all.Wait()
	}
}
