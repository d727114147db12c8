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
)

const noCounts = "a hidden, b hidden, c hidden, "

// newsOf returns the names and results of all events about a poll, from plain HTTP.
func (r *rig) newsOf(p pollJSON) (news []string) {
	r.Helper()
	list := want[struct{ Events []event }](r, 200, "GET", fmt.Sprintf("/api/events?since=0&poll_id=%d", p.ID), "", nil)
	for _, e := range list.Events {
		news = append(news, e.Event+": "+decode[pollJSON](r, e).result())
	}
	return news
}

// streamed returns the data of the first n events about a poll, from Server-Sent Events.
func (r *rig) streamed(p pollJSON, n int) (news []string) {
	r.Helper()
	req, err := http.NewRequest("GET", fmt.Sprintf("%s/api/events?since=0&count=%d&poll_id=%d", r.api, n, p.ID), nil)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := (&http.Client{Timeout: patience}).Do(req)
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
			var p pollJSON
			if err := json.Unmarshal([]byte(data), &p); err != nil {
				r.Fatalf("data: %s: %v", data, err)
			}
			news = append(news, name+": "+p.result())
		}
	}
	return news
}

func TestAHiddenPollOnEveryChannel(t *testing.T) {
	r := start(t)
	kim, lee := r.guest("Kim").AccessToken, r.guest("Lee").AccessToken
	s := r.dial("?token=" + lee)
	p := r.newPoll(kim, object{"hidden": true})
	// shows checks one state on all channels that are asked; those that push are checked below.
	shows := func(state, due string) {
		t.Helper()
		for who, token := range map[string]string{"the owner": kim, "a voter": lee, "anybody": ""} {
			if got := want[pollJSON](r, 200, "GET", p.path(), token, nil).result(); got != due {
				t.Errorf("%s, GET by %s = %s, want %s", state, who, got, due)
			}
			for _, status := range []string{"all", "open", "closed"} {
				for _, q := range want[struct{ Polls []pollJSON }](r, 200, "GET", "/api/polls?status="+status, token, nil).Polls {
					if q.result() != due {
						t.Errorf("%s, listed for %s as %s: %s, want %s", state, who, status, q.result(), due)
					}
				}
			}
			_, table := r.do("GET", p.path(), token, nil, "Accept", "text/csv")
			if hides := table == "option,votes,percentage\r\na,,\r\nb,,\r\nc,,\r\n"; hides != strings.HasPrefix(due, noCounts) {
				t.Errorf("%s, CSV for %s = %q, want it as %s", state, who, table, due)
			}
		}
	}
	answers := func(state, due string, got pollJSON) {
		t.Helper()
		if got.result() != due {
			t.Errorf("%s = %s, want %s", state, got.result(), due)
		}
	}
	pushed := func(name, due string) {
		t.Helper()
		if e := s.until(name); decode[pollJSON](t, e).result() != due {
			t.Errorf("%s over the socket = %s, want %s", name, e.Text, due)
		}
	}
	patch := func(body object) pollJSON { return want[pollJSON](r, 200, "PATCH", p.path(), kim, body) }
	put := object{"title": "put", "options": []string{"a", "b", "c"}, "hidden": true}

	answers("the new poll", noCounts+"0 votes of 0", p)
	pushed("poll:created", noCounts+"0 votes of 0")
	voted := r.vote(p, kim, 1)
	answers("the answer to a vote", noCounts+"1 votes of 1", voted)
	if !slices.Equal(voted.MyVote, []int64{p.Options[1].ID}) {
		t.Errorf("my vote = %v, want [%d], hidden or not", voted.MyVote, p.Options[1].ID)
	}
	pushed("vote:result", noCounts+"1 votes of 1")
	s.send("vote:cast", object{"poll_id": p.ID, "option_id": p.Options[1].ID}, 1)
	answers("the ack of a vote", noCounts+"2 votes of 2", decode[pollJSON](t, s.until("ack")))
	pushed("vote:result", noCounts+"2 votes of 2")
	shows("hidden", noCounts+"2 votes of 2")
	answers("PATCH title", noCounts+"2 votes of 2", patch(object{"title": "patched"}))
	pushed("poll:updated", noCounts+"2 votes of 2")
	answers("PUT", noCounts+"2 votes of 2", want[pollJSON](r, 200, "PUT", p.path(), kim, put))
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
		body object
		due  string
	}{
		{"closing", object{"is_active": false}, open},
		{"reopening hides again", object{"is_active": true}, noCounts + "2 votes of 2"},
		{"revealing", object{"hidden": false}, open},
		{"hiding again", object{"hidden": true}, noCounts + "2 votes of 2"},
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
	kim := r.guest("Kim").AccessToken
	s := r.dial("?token=" + kim)
	p := r.newPoll(kim)
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"poll:created", func() {}},
		{"vote:result", func() { r.vote(p, kim, 0) }},
		{"poll:updated", func() { want[any](r, 200, "PATCH", p.path(), kim, object{"title": "x"}) }},
	} {
		c.do()
		if e := s.until(c.name); strings.Contains(e.Text, "my_vote") || e.Seq == 0 {
			t.Errorf("%s = %s, want it without my_vote and with a seq", c.name, e.Text)
		}
	}
	want[any](r, 204, "DELETE", p.path(), kim, nil)
	if e := s.until("poll:deleted"); string(e.Data) != fmt.Sprintf(`{"poll_id":%d}`, p.ID) {
		t.Errorf("poll:deleted = %s, want the poll_id alone", e.Text)
	}
}

// What changes nothing is no news. Results are announced a little later than answers, so news of another poll is
// awaited, twice: what was announced before it has come by then.
func TestWhatChangesNothingIsNoNews(t *testing.T) {
	r := start(t)
	kim, lee := r.guest("Kim").AccessToken, r.guest("Lee").AccessToken
	s := r.dial("")
	p, other := r.newPoll(kim, object{"multiple": true}), r.newPoll(kim)
	r.vote(p, lee, 0, 2)
	s.until("vote:result")
	s.seen = nil
	r.vote(p, lee, 0, 2)
	r.vote(p, lee, 2, 0) // the order is no difference
	want[any](r, 204, "DELETE", p.path()+"/vote", kim, nil)
	want[any](r, 200, "PATCH", p.path(), kim, object{"is_active": true})
	want[any](r, 200, "PATCH", p.path(), kim, object{})
	want[any](r, 200, "PUT", p.path(), kim, object{"title": "Which?", "options": []string{"a", "b", "c"},
		"multiple": true})
	r.refused(422, "POST", p.path()+"/vote", kim, object{"option_id": 99})
	r.refused(403, "PATCH", p.path(), lee, object{"title": "x"})
	r.refused(403, "DELETE", p.path(), lee, nil)
	for i := range 2 {
		r.vote(other, lee, i)
		if e := s.until("vote:result"); !strings.Contains(e.Text, fmt.Sprintf(`"poll_id":%d,`, other.ID)) {
			t.Errorf("came %s, want a result of poll %d only", e.Text, other.ID)
		}
	}
	for _, e := range s.seen {
		t.Errorf("came %s, want no news", e.Text)
	}
	want[any](r, 204, "DELETE", p.path()+"/vote", lee, nil)
	if e := s.until("vote:result"); decode[pollJSON](t, e).result() != "a 0 0%, b 0 0%, c 0 0%, 0 votes of 0" {
		t.Errorf("after withdrawing came %s, want an empty result", e.Text)
	}
}
