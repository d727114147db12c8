package main

// Hidden polls on every channel, and what everybody hears of polls.

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pollwire/test/rig"
)

const noCounts = "a hidden, b hidden, c hidden, "

// newsOf returns the names and results of all events about a poll, from plain HTTP.
func (r *local) newsOf(p rig.Poll) (news []string) {
	r.Helper()
	list := rig.Want[struct{ Events []rig.Event }](r, 200, "GET", fmt.Sprintf("/api/events?since=0&poll_id=%d", p.ID), "",
		nil)
	for _, e := range list.Events {
		news = append(news, e.Event+": "+rig.Decode[rig.Poll](r, e).Result())
	}
	return news
}

// streamed returns the data of the first n events about a poll, from Server-Sent Events.
func (r *local) streamed(p rig.Poll, n int) (news []string) {
	r.Helper()
	req, err := http.NewRequest("GET", fmt.Sprintf("%s/api/events?since=0&count=%d&poll_id=%d", r.API, n, p.ID), nil)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := (&http.Client{Timeout: rig.Patience}).Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	var name string
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if n, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = n
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var p rig.Poll
			if err := json.Unmarshal([]byte(data), &p); err != nil {
				r.Fatalf("data: %s: %v", data, err)
			}
			news = append(news, name+": "+p.Result())
		}
	}
	return news
}

func TestAHiddenPollOnEveryChannel(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim").AccessToken, r.Guest("Lee").AccessToken
	s := r.Dial("?token=" + lee)
	p := r.NewPoll(kim, rig.Object{"hidden": true})
	// shows checks one state on all channels that are asked; those that push are checked below.
	shows := func(state, due string) {
		t.Helper()
		for who, token := range map[string]string{"the owner": kim, "a voter": lee, "anybody": ""} {
			if got := rig.Want[rig.Poll](r, 200, "GET", p.Path(), token, nil).Result(); got != due {
				t.Errorf("%s, GET by %s = %s, want %s", state, who, got, due)
			}
			for _, status := range []string{"all", "open", "closed"} {
				for _, q := range rig.Want[struct{ Polls []rig.Poll }](r, 200, "GET", "/api/polls?status="+status, token,
					nil).Polls {
					if q.Result() != due {
						t.Errorf("%s, listed for %s as %s: %s, want %s", state, who, status, q.Result(), due)
					}
				}
			}
			_, table := r.Do("GET", p.Path(), token, nil, "Accept", "text/csv")
			if hides := table == "option,votes,percentage\r\na,,\r\nb,,\r\nc,,\r\n"; hides != strings.HasPrefix(due, noCounts) {
				t.Errorf("%s, CSV for %s = %q, want it as %s", state, who, table, due)
			}
		}
	}
	answers := func(state, due string, got rig.Poll) {
		t.Helper()
		if got.Result() != due {
			t.Errorf("%s = %s, want %s", state, got.Result(), due)
		}
	}
	pushed := func(name, due string) {
		t.Helper()
		if e := s.Until(name); rig.Decode[rig.Poll](t, e).Result() != due {
			t.Errorf("%s over the socket = %s, want %s", name, e.Text, due)
		}
	}
	patch := func(body rig.Object) rig.Poll { return rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), kim, body) }
	put := rig.Object{"title": "put", "options": []string{"a", "b", "c"}, "hidden": true}

	answers("the new poll", noCounts+"0 votes of 0", p)
	pushed("poll:created", noCounts+"0 votes of 0")
	voted := r.Vote(p, kim, 1)
	answers("the answer to a vote", noCounts+"1 votes of 1", voted)
	if !slices.Equal(voted.MyVote, []int64{p.Options[1].ID}) {
		t.Errorf("my vote = %v, want [%d], hidden or not", voted.MyVote, p.Options[1].ID)
	}
	pushed("vote:result", noCounts+"1 votes of 1")
	s.Send("vote:cast", rig.Object{"poll_id": p.ID, "option_id": p.Options[1].ID}, 1)
	answers("the ack of a vote", noCounts+"2 votes of 2", rig.Decode[rig.Poll](t, s.Until("ack")))
	pushed("vote:result", noCounts+"2 votes of 2")
	shows("hidden", noCounts+"2 votes of 2")
	answers("PATCH title", noCounts+"2 votes of 2", patch(rig.Object{"title": "patched"}))
	pushed("poll:updated", noCounts+"2 votes of 2")
	answers("PUT", noCounts+"2 votes of 2", rig.Want[rig.Poll](r, 200, "PUT", p.Path(), kim, put))
	pushed("poll:updated", noCounts+"2 votes of 2")
	sofar := []string{"poll:created: " + noCounts + "0 votes of 0", "vote:result: " + noCounts + "1 votes of 1",
		"vote:result: " + noCounts + "2 votes of 2",
		"poll:updated: " + noCounts + "2 votes of 2", "poll:updated: " + noCounts + "2 votes of 2"}
	if got := r.newsOf(p); !slices.Equal(got, sofar) {
		t.Errorf("events as JSON = %q, want %q", got, sofar)
	}
	if got := r.streamed(p, len(sofar)); !slices.Equal(got, sofar) {
		t.Errorf("events as a stream = %q, want %q", got, sofar)
	}

	const open = "a 0 0%, b 2 100%, c 0 0%, 2 votes of 2"
	for _, c := range []struct {
		name string
		body rig.Object
		due  string
	}{
		{"closing", rig.Object{"is_active": false}, open},
		{"reopening hides again", rig.Object{"is_active": true}, noCounts + "2 votes of 2"},
		{"revealing", rig.Object{"hidden": false}, open},
		{"hiding again", rig.Object{"hidden": true}, noCounts + "2 votes of 2"},
	} {
		got := patch(c.body)
		answers(c.name, c.due, got)
		if got.Hidden != (c.name != "revealing") {
			t.Errorf("%s: hidden = %v; only revealing changes it", c.name, got.Hidden)
		}
		pushed("poll:updated", c.due)
		shows(c.name, c.due)
	}
}

func TestABroadcastPollHasNoMyVote(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	s := r.Dial("?token=" + kim)
	p := r.NewPoll(kim)
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"poll:created", func() {}},
		{"vote:result", func() { r.Vote(p, kim, 0) }},
		{"poll:updated", func() { rig.Want[any](r, 200, "PATCH", p.Path(), kim, rig.Object{"title": "x"}) }},
	} {
		c.do()
		if e := s.Until(c.name); strings.Contains(e.Text, "my_vote") || e.Seq == 0 {
			t.Errorf("%s = %s, want it without my_vote and with a seq", c.name, e.Text)
		}
	}
	rig.Want[any](r, 204, "DELETE", p.Path(), kim, nil)
	if e := s.Until("poll:deleted"); string(e.Data) != fmt.Sprintf(`{"poll_id":%d}`, p.ID) {
		t.Errorf("poll:deleted = %s, want the poll_id alone", e.Text)
	}
}

// What changes nothing is no news. Results are announced a little later than answers, so news of another poll is
// awaited, twice: what was announced before it has come by then.
func TestWhatChangesNothingIsNoNews(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim").AccessToken, r.Guest("Lee").AccessToken
	s := r.Dial("")
	p, other := r.NewPoll(kim, rig.Object{"multiple": true}), r.NewPoll(kim)
	r.Vote(p, lee, 0, 2)
	s.Until("vote:result")
	s.Seen = nil
	r.Vote(p, lee, 0, 2)
	r.Vote(p, lee, 2, 0) // the order is no difference
	rig.Want[any](r, 204, "DELETE", p.Path()+"/vote", kim, nil)
	rig.Want[any](r, 200, "PATCH", p.Path(), kim, rig.Object{"is_active": true})
	rig.Want[any](r, 200, "PATCH", p.Path(), kim, rig.Object{})
	rig.Want[any](r, 200, "PUT", p.Path(), kim, rig.Object{"title": "Which?", "options": []string{"a", "b", "c"},
		"multiple": true})
	r.Refused(422, "POST", p.Path()+"/vote", kim, rig.Object{"option_id": 99})
	r.Refused(403, "PATCH", p.Path(), lee, rig.Object{"title": "x"})
	r.Refused(403, "DELETE", p.Path(), lee, nil)
	for i := range 2 {
		r.Vote(other, lee, i)
		if e := s.Until("vote:result"); !strings.Contains(e.Text, fmt.Sprintf(`"poll_id":%d,`, other.ID)) {
			t.Errorf("came %s, want a result of poll %d only", e.Text, other.ID)
		}
	}
	for _, e := range s.Seen {
		t.Errorf("came %s, want no news", e.Text)
	}
	rig.Want[any](r, 204, "DELETE", p.Path()+"/vote", lee, nil)
	if e := s.Until("vote:result"); rig.Decode[rig.Poll](t, e).Result() != "a 0 0%, b 0 0%, c 0 0%, 0 votes of 0" {
		t.Errorf("after withdrawing came %s, want an empty result", e.Text)
	}
}
