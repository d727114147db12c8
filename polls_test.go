package main

// Polls: making, changing, voting, closing. What hides and what the news of it are stands in polls_hidden_test.go.

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// poll is the path of a poll.
func (p pollJSON) path() string { return fmt.Sprintf("/api/polls/%d", p.ID) }

// result shows a poll's result in short: "a 1 33.3% b - -; 3 votes 3 voters; mine [7]".
func (p pollJSON) result() string {
	var b strings.Builder
	for _, o := range p.Options {
		if o.Votes == nil || o.Percentage == nil {
			fmt.Fprintf(&b, "%s hidden, ", o.Text)
			if o.Votes != nil || o.Percentage != nil {
				b.WriteString("but only half of it, ")
			}
		} else {
			fmt.Fprintf(&b, "%s %d %v%%, ", o.Text, *o.Votes, *o.Percentage)
		}
	}
	fmt.Fprintf(&b, "%d votes of %d", p.TotalVotes, p.Voters)
	return b.String()
}

// choices shows a poll's options in short: "[1 a] [2 b]".
func (p pollJSON) choices() string {
	var b strings.Builder
	for _, o := range p.Options {
		fmt.Fprint(&b, "[", o.ID, " ", o.Text, "] ")
	}
	return b.String()
}

// vote casts a vote for the options of these indexes.
func (r *rig) vote(p pollJSON, token string, options ...int) pollJSON {
	r.Helper()
	ids := []int64{}
	for _, i := range options {
		ids = append(ids, p.Options[i].ID)
	}
	return want[pollJSON](r, 200, "POST", p.path()+"/vote", token, object{"option_ids": ids})
}

// soon calls do with a time that is a little ahead, and returns that time. Where the machine was too slow to do it
// before, do is called again with one that is further ahead; false means that what came too late was refused.
func (r *rig) soon(do func(at time.Time) bool) time.Time {
	r.Helper()
	for ahead := 200 * time.Millisecond; ahead < patience; ahead *= 2 {
		at := time.Now().Add(ahead).Truncate(time.Millisecond)
		if do(at) && time.Now().Before(at) {
			return at
		}
	}
	r.Fatal("nothing can be done in time")
	panic("unreachable")
}

// pollThatEndsSoon makes a poll that has an end, and then does something before that end.
func (r *rig) pollThatEndsSoon(token string, then func(pollJSON) bool, more ...object) (p pollJSON, ends time.Time) {
	r.Helper()
	ends = r.soon(func(at time.Time) bool {
		body := object{"title": "Which?", "options": []string{"a", "b", "c"}, "ends_at": at}
		for _, m := range more {
			maps.Copy(body, m)
		}
		resp, text := r.do("POST", "/api/polls", token, body)
		if resp.StatusCode != 201 {
			return false
		}
		p = pollJSON{}
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			r.Fatal(err)
		}
		return then == nil || then(p)
	})
	return p, ends
}

// accepted makes a request, and tells whether the answer is 200.
func (r *rig) accepted(method, url, token string, body object) bool {
	r.Helper()
	resp, _ := r.do(method, url, token, body)
	return resp.StatusCode == 200
}

// guests makes n users and returns their tokens.
func (r *rig) guests(n int) (tokens []string) {
	r.Helper()
	for i := range n {
		tokens = append(tokens, r.guest(fmt.Sprint("guest ", i)).AccessToken)
	}
	return tokens
}

func TestANewPoll(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim")
	resp, text := r.do("POST", "/api/polls", kim.AccessToken, object{"title": " Lunch? ", "description": "\na\r\nb\tc ",
		"options": []string{" Rice", "rice ", "국수"}})
	if resp.StatusCode != 201 || resp.Header.Get("Location") != "/api/polls/1" {
		t.Errorf("POST /api/polls = %d, Location %q, want 201, /api/polls/1", resp.StatusCode, resp.Header.Get("Location"))
	}
	for _, key := range []string{`"id":1,`, `"title":"Lunch?"`, `"description":"a\nb\tc"`, `"multiple":false`,
		`"hidden":false`, `"text":"Rice","votes":0,"percentage":0}`,
		`"text":"rice"`, `"text":"국수"`, `"total_votes":0`, `"voters":0`, `"is_active":true`, `"ends_at":null`,
		`"created_by":{"id":1,"nickname":"Kim"}`, `"my_vote":null`} {
		if !strings.Contains(text, key) {
			t.Errorf("POST /api/polls = %s, want %s in it", text, key)
		}
	}
	if _, got := r.do("GET", "/api/polls/1", kim.AccessToken, nil); got != text {
		t.Errorf("GET /api/polls/1 = %s, want what POST answered: %s", got, text)
	}
	if _, got := r.do("GET", "/api/polls", "", nil); got != `{"polls":[`+text+`],"total":1,"next_before":null}` {
		t.Errorf("GET /api/polls = %s, want a list of it", got)
	}
}

func TestWhatIsInvalidInAPoll(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim").AccessToken
	p := r.newPoll(kim)
	for _, c := range []struct {
		name   string
		change object
		fields string
	}{
		{"an empty title", object{"title": ""}, "title"},
		{"a title of white space", object{"title": " \u3000\t"}, "title"},
		{"a long title", object{"title": strings.Repeat("글", 101)}, "title"},
		{"a line end in the title", object{"title": "a\nb"}, "title"},
		{"a tab in the title", object{"title": "a\tb"}, "title"},
		{"a C1 control in the title", object{"title": "a\u0085b"}, "title"},
		{"a long description", object{"description": strings.Repeat("글", 501)}, "description"},
		{"a lone CR in the description", object{"description": "a\rb"}, "description"},
		{"a NUL in the description", object{"description": "a\u0000b"}, "description"},
		{"no options", object{"options": []string{}}, "options"},
		{"one option", object{"options": []string{"a"}}, "options"},
		{"nine options", object{"options": strings.Split("abcdefghi", "")}, "options"},
		{"an empty option", object{"options": []string{"a", "b", " "}}, "options[2]"},
		{"a long option", object{"options": []string{strings.Repeat("글", 101), "b"}}, "options[0]"},
		{"a line end in an option", object{"options": []string{"a", "b\nc"}}, "options[1]"},
		{"an option twice", object{"options": []string{"a", "b", "a"}}, "options[2]"},
		{"an option twice but for white space", object{"options": []string{"a", "\ta "}}, "options[1]"},
		{"an end in the past", object{"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"},
		{"an end now", object{"ends_at": time.Now().Add(-time.Millisecond)}, "ends_at"},
		{"an empty end", object{"ends_at": ""}, "ends_at"},
		{"an end without a zone", object{"ends_at": "2126-01-01T00:00:00"}, "ends_at"},
		{"an end that is a date", object{"ends_at": "2126-01-01"}, "ends_at"},
		{"an end on no day", object{"ends_at": "2126-02-30T00:00:00Z"}, "ends_at"},
		{"an end with a comma", object{"ends_at": "2126-01-01T00:00:00,5Z"}, "ends_at"},
		{"an end with one digit for the hour", object{"ends_at": "2126-01-01T1:00:00Z"}, "ends_at"},
		{"an end in a zone that is none", object{"ends_at": "2126-01-01T01:00:00+99:00"}, "ends_at"},
		{"an end in the year 10000", object{"ends_at": "9999-12-31T23:59:59-01:00"}, "ends_at"},
		{"all of it", object{"title": "", "description": "\u0001", "options": []string{"", "b"}, "ends_at": "x"},
			"title description options[0] ends_at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole := object{"title": "x", "options": []string{"a", "b"}}
			for k, v := range c.change {
				whole[k] = v
			}
			r := &rig{TB: t, api: r.api}
			r.invalid(c.fields, "POST", "/api/polls", kim, whole)
			r.invalid(c.fields, "PUT", p.path(), kim, whole)
			r.invalid(c.fields, "PATCH", p.path(), kim, c.change)
		})
	}
	r.invalid("title options", "POST", "/api/polls", kim, object{})
	r.invalid("title options", "PUT", p.path(), kim, object{"hidden": true})
	if got := want[pollJSON](r, 200, "GET", p.path(), kim, nil); got.Title != p.Title || got.choices() != p.choices() {
		t.Errorf("after all that the poll = %+v, want %+v", got, p)
	}
	r.newPoll(kim, object{"title": strings.Repeat("😀", 100), "description": strings.Repeat("한", 500),
		"options": []string{strings.Repeat("글", 100), "A", "a", "b", "c", "d", "e", "f"}})
}

func TestVoting(t *testing.T) {
	r := start(t)
	tokens := r.guests(3)
	p := r.newPoll(tokens[0])
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
		body := object{"option_id": p.Options[c.option].ID}
		got := want[pollJSON](r, 200, "POST", p.path()+"/vote", tokens[c.who], body)
		if got.result() != c.result || !slices.Equal(got.MyVote, []int64{p.Options[c.option].ID}) {
			t.Errorf("%s: vote = %s, mine %v, want %s, mine option %d", c.name, got.result(), got.MyVote, c.result, c.option)
		}
		if read := want[pollJSON](r, 200, "GET", p.path(), tokens[c.who], nil); read.result() != c.result ||
			!slices.Equal(read.MyVote, got.MyVote) {
			t.Errorf("%s: GET = %s, mine %v, want what the vote answered", c.name, read.result(), read.MyVote)
		}
	}
	if all := want[struct{ Polls []pollJSON }](r, 200, "GET", "/api/polls", tokens[2],
		nil).Polls; !slices.Equal(all[0].MyVote, []int64{p.Options[2].ID}) {
		t.Errorf("my vote in the list = %v, want [%d]", all[0].MyVote, p.Options[2].ID)
	}
	if read := want[pollJSON](r, 200, "GET", p.path(), "", nil); read.MyVote != nil {
		t.Errorf("without a token my vote = %v, want null", read.MyVote)
	}
	for range 2 { // also where there is none any more
		resp, body := r.do("DELETE", p.path()+"/vote", tokens[1], nil)
		if resp.StatusCode != 204 || body != "" {
			t.Errorf("DELETE %s/vote = %d %q, want 204", p.path(), resp.StatusCode, body)
		}
		if read := want[pollJSON](r, 200, "GET", p.path(), tokens[1], nil); read.result() != "a 0 0%, b 1 50%, c 1 50%, "+
			"2 votes of 2" || read.MyVote != nil {
			t.Errorf("after withdrawing = %s, mine %v", read.result(), read.MyVote)
		}
	}
}

func TestSeveralOptions(t *testing.T) {
	r := start(t)
	tokens := r.guests(2)
	p := r.newPoll(tokens[0], object{"multiple": true})
	r.vote(p, tokens[0], 2, 0)
	got := r.vote(p, tokens[1], 0)
	if got.result() != "a 2 66.7%, b 0 0%, c 1 33.3%, 3 votes of 2" {
		t.Errorf("result = %s, want percentages of the votes, not of the voters", got.result())
	}
	mine := want[pollJSON](r, 200, "GET", p.path(), tokens[0], nil).MyVote
	slices.Sort(mine)
	if !slices.Equal(mine, []int64{p.Options[0].ID, p.Options[2].ID}) {
		t.Errorf("my vote = %v, want both", mine)
	}
	if got = want[pollJSON](r, 200, "POST", p.path()+"/vote", tokens[0],
		object{"option_id": p.Options[1].ID}); got.result() != "a 1 50%, b 1 50%, c 0 0%, 2 votes of 2" {
		t.Errorf("option_id in place of two = %s", got.result())
	}
	if got = r.vote(p, tokens[0], 0, 1, 2); got.result() != "a 2 50%, b 1 25%, c 1 25%, 4 votes of 2" {
		t.Errorf("all three = %s", got.result())
	}
}

func TestPercentages(t *testing.T) {
	r := start(t)
	tokens := r.guests(16)
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
		p := r.newPoll(tokens[0])
		var got pollJSON
		who := 0
		for option, n := range c.votes {
			for range n {
				got = r.vote(p, tokens[who], option)
				who++
			}
		}
		if got.result() != c.result {
			t.Errorf("%v = %s, want %s", c.votes, got.result(), c.result)
		}
	}
}

func TestVotesThatAreRefused(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim").AccessToken
	one, several, other := r.newPoll(kim), r.newPoll(kim, object{"multiple": true}), r.newPoll(kim)
	a, b, foreign := one.Options[0].ID, one.Options[1].ID, other.Options[0].ID
	for _, c := range []struct {
		name   string
		poll   pollJSON
		body   object
		status int
		field  string
	}{
		{"nothing", one, object{}, 422, "option_id"},
		{"an empty list", one, object{"option_ids": []int64{}}, 422, "option_ids"},
		{"both keys", one, object{"option_id": a, "option_ids": []int64{a}}, 422, "option_id"},
		{"two where one is taken", one, object{"option_ids": []int64{a, b}}, 422, "option_ids"},
		{"an option of another poll", one, object{"option_id": foreign}, 422, "option_id"},
		{"an option of another poll in a list", several, object{"option_ids": []int64{several.Options[1].ID, foreign}}, 422,
			"option_ids[1]"},
		{"no option at all", one, object{"option_id": 0}, 422, "option_id"},
		{"a negative one", one, object{"option_id": -1}, 422, "option_id"},
		{"one twice", several, object{"option_ids": []int64{several.Options[0].ID, several.Options[0].ID}}, 422,
			"option_ids[1]"},
		{"a string", one, object{"option_id": fmt.Sprint(a)}, 400, ""},
		{"a fraction", one, object{"option_id": 1.5}, 400, ""},
		{"null", one, object{"option_id": nil}, 400, ""},
		{"null in the list", one, object{"option_ids": []any{a, nil}}, 400, ""},
		{"an unknown poll", pollJSON{ID: 99}, object{"option_id": a}, 404, ""},
	} {
		p := r.refused(c.status, "POST", c.poll.path()+"/vote", kim, c.body)
		if c.field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != c.field) {
			t.Errorf("%s: errors = %v, want one of %s", c.name, p.Errors, c.field)
		}
	}
	r.refused(404, "DELETE", "/api/polls/99/vote", kim, nil)
	for _, p := range []pollJSON{one, several, other} {
		if got := want[pollJSON](r, 200, "GET", p.path(), kim, nil); got.TotalVotes != 0 || got.Voters != 0 {
			t.Errorf("after all that poll %d has %s, want none", p.ID, got.result())
		}
	}
}

func TestClosingAndReopening(t *testing.T) {
	r := start(t)
	tokens := r.guests(2)
	p := r.newPoll(tokens[0])
	r.vote(p, tokens[1], 0)
	for range 2 { // closing twice is no conflict
		if got := want[pollJSON](r, 200, "PATCH", p.path(), tokens[0], object{"is_active": false}); got.IsActive ||
			got.TotalVotes != 1 {
			t.Errorf("closed = %+v, want its vote and not active", got)
		}
	}
	r.refused(409, "POST", p.path()+"/vote", tokens[1], object{"option_id": p.Options[1].ID})
	r.refused(409, "POST", p.path()+"/vote", tokens[1], object{"option_id": p.Options[0].ID}) // the same again
	r.refused(409, "DELETE", p.path()+"/vote", tokens[1], nil)
	r.refused(409, "DELETE", p.path()+"/vote", tokens[0], nil)
	r.newPoll(tokens[0])
	for status, ids := range map[string][]int64{"open": {2}, "closed": {1}, "all": {2, 1}} {
		got, _ := r.listed("/api/polls?status="+status, "")
		total := want[object](r, 200, "GET", "/api/polls?limit=1&status="+status, "", nil)["total"]
		if !slices.Equal(got, ids) || total != float64(len(ids)) {
			t.Errorf("GET /api/polls?status=%s = %v, total %v, want %v", status, got, total, ids)
		}
	}
	if got := want[pollJSON](r, 200, "PATCH", p.path(), tokens[0], object{"is_active": true}); !got.IsActive {
		t.Errorf("reopened = %+v, want it active", got)
	}
	if got := r.vote(p, tokens[1], 1); got.result() != "a 0 0%, b 1 100%, c 0 0%, 1 votes of 1" {
		t.Errorf("vote after reopening = %s", got.result())
	}
}

func TestOnlyTheOwnerMayChangeAPoll(t *testing.T) {
	r := start(t)
	tokens := r.guests(2)
	p := r.newPoll(tokens[0])
	r.refused(403, "PUT", p.path(), tokens[1], object{"title": "x", "options": []string{"a", "b"}})
	r.refused(403, "PATCH", p.path(), tokens[1], object{"is_active": false})
	r.refused(403, "DELETE", p.path(), tokens[1], nil)
	if got := want[pollJSON](r, 200, "GET", p.path(), "", nil); !got.IsActive || got.Title != "Which?" {
		t.Errorf("the poll = %+v, want it as it was", got)
	}
	r.vote(p, tokens[1], 0)
	if resp, body := r.do("DELETE", p.path(), tokens[0], nil); resp.StatusCode != 204 || body != "" {
		t.Errorf("DELETE by the owner = %d %q, want 204", resp.StatusCode, body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		r.refused(404, method, p.path(), tokens[0], nil)
	}
	if next := r.newPoll(tokens[0]); next.ID == p.ID {
		t.Errorf("the next poll has id %d: a deleted one must not come back", next.ID)
	}
}

func TestChangingAPoll(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim").AccessToken
	ends := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	p := r.newPoll(kim, object{"description": "d", "multiple": true, "hidden": true, "ends_at": ends})
	same := func(what string, got, due pollJSON) {
		t.Helper()
		if fmt.Sprint(got.Title, got.Description, got.choices(), got.Multiple, got.Hidden,
			got.IsActive) != fmt.Sprint(due.Title, due.Description, due.choices(), due.Multiple, due.Hidden, due.IsActive) ||
			(got.EndsAt == nil) != (due.EndsAt == nil) || got.EndsAt != nil && !got.EndsAt.Equal(*due.EndsAt) {
			t.Errorf("%s = %+v, want %+v", what, got, due)
		}
	}
	same("PATCH {}", want[pollJSON](r, 200, "PATCH", p.path(), kim, object{}), p)
	p.Title = "new"
	same("PATCH title", want[pollJSON](r, 200, "PATCH", p.path(), kim, object{"title": " new "}), p)
	p.EndsAt = nil
	same("PATCH ends_at null", want[pollJSON](r, 200, "PATCH", p.path(), kim, object{"ends_at": nil}), p)
	p.Title, p.Description, p.Multiple, p.Hidden = "t", "", false, false
	// The same options keep their ids, and what is left out takes its default.
	same("PUT", want[pollJSON](r, 200, "PUT", p.path(), kim, object{"title": "t", "options": []string{"a", " b", "c"}}), p)
	p.Description, p.Multiple, p.Hidden, p.IsActive, p.EndsAt = "d", true, true, false, &ends
	same("PUT of everything", want[pollJSON](r, 200, "PUT", p.path(), kim, object{"title": "t", "description": "d",
		"options":  []string{"a", "b", "c"},
		"multiple": true, "hidden": true, "ends_at": ends, "is_active": false}), p)
	p.Description, p.Multiple, p.Hidden, p.IsActive, p.EndsAt = "", false, false, true, nil
	same("PUT reopens by default", want[pollJSON](r, 200, "PUT", p.path(), kim,
		object{"title": "t", "options": []string{"a", "b", "c"}}), p)
	got := want[pollJSON](r, 200, "PATCH", p.path(), kim, object{"options": []string{"c", "b"}})
	if len(got.Options) != 2 || got.Options[0].Text != "c" || got.Options[1].Text != "b" {
		t.Errorf("PATCH options = %+v, want c and b", got.Options)
	}
	same("GET", want[pollJSON](r, 200, "GET", p.path(), kim, nil), got)
	r.refused(400, "PATCH", p.path(), kim, object{"id": 7})
	r.refused(400, "PATCH", p.path(), kim, object{"is_active": nil})
	r.refused(400, "PUT", p.path(), kim, object{"title": "t", "options": nil})
}

func TestOptionsStayOnceSomebodyHasVoted(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim").AccessToken
	p := r.newPoll(kim, object{"multiple": true})
	r.vote(p, kim, 0)
	for name, options := range map[string][]string{"other": {"x", "y"}, "fewer": {"a", "b"}, "more": {"a", "b", "c", "d"},
		"reordered": {"c", "b", "a"}, "renamed": {"A", "b", "c"}} {
		r.refused(409, "PATCH", p.path(), kim, object{"options": options})
		if got := r.refused(409, "PUT", p.path(), kim, object{"title": "x", "options": options,
			"multiple": true}); got.Detail == "" {
			t.Errorf("%s options: no detail", name)
		}
	}
	r.refused(409, "PATCH", p.path(), kim, object{"multiple": false})
	r.refused(409, "PUT", p.path(), kim, object{"title": "x", "options": []string{"a", "b", "c"}}) // multiple's default
	got := want[pollJSON](r, 200, "PUT", p.path(), kim, object{"title": "y", "options": []string{"a", "b", "c"},
		"multiple": true})
	if got.Title != "y" || got.Options[0].ID != p.Options[0].ID || got.TotalVotes != 1 || len(got.MyVote) != 1 {
		t.Errorf("PUT with the same options = %+v, want the vote and the ids to stay", got)
	}
	want[any](r, 204, "DELETE", p.path()+"/vote", kim, nil)
	if got = want[pollJSON](r, 200, "PATCH", p.path(), kim,
		object{"options": []string{"x", "y"}, "multiple": false}); got.Multiple || got.Options[0].Text != "x" {
		t.Errorf("with the last vote withdrawn = %+v, want x and y, not multiple", got)
	}
	r.vote(got, kim, 1)
	want[any](r, 200, "PATCH", p.path(), kim, object{"multiple": true}) // given is no harm to anybody
}

func TestAPollClosesByTime(t *testing.T) {
	r := start(t)
	tokens := r.guests(2)
	s := r.dial("")
	p, ends := r.pollThatEndsSoon(tokens[0], func(p pollJSON) bool {
		return r.accepted("POST", p.path()+"/vote", tokens[1], object{"option_id": p.Options[1].ID})
	}, object{"hidden": true})
	e := s.until("poll:updated")
	for decode[pollJSON](t, e).ID < p.ID { // one for which there was too little time
		e = s.until("poll:updated")
	}
	late := time.Since(ends)
	got := decode[pollJSON](t, e)
	if got.ID != p.ID || got.IsActive || late < 0 || late > 2*time.Second { // it would be long if somebody had to look
		t.Errorf("%v after ends_at came %s, want poll:updated, closed, at that moment", late, e.Text)
	}
	if got.result() != "a 0 0%, b 1 100%, c 0 0%, 1 votes of 1" {
		t.Errorf("closed by time it shows %s, want the result", got.result())
	}
	r.refused(409, "POST", p.path()+"/vote", tokens[1], object{"option_id": p.Options[0].ID})
	r.refused(409, "DELETE", p.path()+"/vote", tokens[1], nil)
	r.refused(409, "PATCH", p.path(), tokens[0], object{"is_active": true})
	r.refused(409, "PUT", p.path(), tokens[0], object{"title": "x", "options": []string{"a", "b", "c"}, "ends_at": ends,
		"is_active": true})
	if got := want[pollJSON](r, 200, "PATCH", p.path(), tokens[0], object{"title": "over"}); got.IsActive ||
		got.Title != "over" {
		t.Errorf("PATCH title of an ended poll = %+v, want it changed and closed", got)
	}
	if got := want[pollJSON](r, 200, "PATCH", p.path(), tokens[0],
		object{"is_active": true, "ends_at": time.Now().Add(time.Hour)}); !got.IsActive {
		t.Errorf("PATCH with a later end = %+v, want it open again", got)
	}
	if got := r.vote(p, tokens[0], 0); got.Voters != 2 {
		t.Errorf("vote after that = %s, want two voters", got.result())
	}
}

func TestAnEndThatIsMovedForwardOrPutOff(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim").AccessToken
	s := r.dial("")
	never, ends := r.pollThatEndsSoon(kim,
		func(p pollJSON) bool { return r.accepted("PATCH", p.path(), kim, object{"ends_at": nil}) })
	late := r.newPoll(kim, object{"ends_at": time.Now().Add(time.Hour)})
	if moved := r.soon(func(at time.Time) bool {
		return r.accepted("PATCH", late.path(), kim,
			object{"ends_at": at})
	}); !moved.After(ends) {
		t.Fatalf("the end that came is %v, the one that was put off %v", moved, ends)
	}
	for {
		p := decode[pollJSON](t, s.until("poll:updated"))
		if p.ID == never.ID && !p.IsActive {
			t.Errorf("poll %d was closed, want %d", p.ID, late.ID)
		}
		if p.ID == late.ID && !p.IsActive {
			break
		}
	}
	if p := want[pollJSON](r, 200, "GET", never.path(), "", nil); !p.IsActive {
		t.Errorf("the poll without an end = %+v, want it open", p)
	}
}

func TestAPollThatEndedWhileTheServerWasDown(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	kim := r.guest("Kim").AccessToken
	p, ends := r.pollThatEndsSoon(kim, nil)
	r.stop()
	<-time.After(time.Until(ends))
	r = startIn(t, dir)
	if got := want[pollJSON](r, 200, "GET", p.path(), "", nil); got.IsActive {
		t.Errorf("the poll = %+v, want it closed", got)
	}
	if ids, _ := r.listed("/api/polls?status=open", ""); len(ids) != 0 {
		t.Errorf("open polls = %v, want none", ids)
	}
}

func TestTheResultAsCSV(t *testing.T) {
	r := start(t)
	tokens := r.guests(3)
	p := r.newPoll(tokens[0], object{"options": []string{`say "hi"`, "a, b", "국수"}})
	for i, option := range []int{0, 1, 1} {
		r.vote(p, tokens[i], option)
	}
	const table = "option,votes,percentage\r\n\"say \"\"hi\"\"\",1,33.3\r\n\"a, b\",2,66.7\r\n국수,0,0.0\r\n"
	for accept, kind := range map[string]string{
		"text/csv": "text/csv", "text/*": "text/csv", "application/json;q=0.5, TEXT/CSV": "text/csv",
		"*/*;q=0.1, text/csv": "text/csv",
		"":                    "application/json", "*/*": "application/json", "application/json": "application/json",
		"text/csv;q=0.5, application/json":                                "application/json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "application/json",
	} {
		resp, text := r.do("GET", p.path(), "", nil, "Accept", accept)
		if ct := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(ct, kind) ||
			(text == table) != (kind == "text/csv") {
			t.Errorf("GET %s, Accept: %s = %d %s %q, want %s", p.path(), accept, resp.StatusCode, ct, text, kind)
		}
	}
	if resp, _ := r.do("GET", "/api/polls/99", "", nil, "Accept", "text/csv"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the CSV of no poll = %d, want 404", resp.StatusCode)
	}
}

// RFC 9110 §13.1.1: a poll that was changed meanwhile is not changed or deleted unseen.
func TestIfMatchOnPolls(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim").AccessToken
	p := r.newPoll(kim)
	resp, _ := r.do("GET", p.path(), kim, nil)
	tag := resp.Header.Get("ETag")
	for _, method := range []string{"PATCH", "PUT", "DELETE"} {
		var body any
		if method != "DELETE" {
			body = object{"title": "Another?", "options": []string{"a", "b", "c"}}
		}
		resp, text := r.do(method, p.path(), kim, body, "If-Match", `"of another version"`)
		wantProblem(t, resp, text, 412, method+" with another ETag")
	}
	want[any](r, 200, "PATCH", p.path(), kim, object{"title": "Another?"}, "If-Match", tag)
	resp, text := r.do("DELETE", p.path(), kim, nil, "If-Match", tag)
	wantProblem(t, resp, text, 412, "DELETE with the ETag of before")
	want[any](r, 204, "DELETE", p.path(), kim, nil, "If-Match", "*")
}
