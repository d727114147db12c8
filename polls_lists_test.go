package main

// What all lists share: ETag and 304, queries that are checked, pages and next_before.

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pollwire/test/rig"
)

func TestETagAnd304(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	p := r.NewPoll(kim.AccessToken)
	poll := fmt.Sprintf("/api/polls/%d", p.ID)
	memo := fmt.Sprintf("/api/memos/%v", rig.Want[rig.Object](r, 201, "POST", "/api/memos", kim.AccessToken,
		rig.Object{"content": "x"})["id"])
	for _, c := range []struct {
		what, path, accept string
		change             func()
	}{
		{"a poll", poll, "", func() { rig.Want[any](r, 200, "PATCH", poll, kim.AccessToken, rig.Object{"title": "b"}) }},
		{"a poll as CSV", poll, "text/csv", func() {
			rig.Want[any](r, 200, "POST", poll+"/vote", lee.AccessToken, rig.Object{"option_id": p.Options[0].ID})
		}},
		{"the polls", "/api/polls", "", func() { r.NewPoll(kim.AccessToken) }},
		{"the messages", "/api/chat/messages", "", func() {
			rig.Want[any](r, 201, "POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": "x"})
		}},
		{"a memo", memo, "", func() { rig.Want[any](r, 200, "PATCH", memo, kim.AccessToken, rig.Object{"content": "y"}) }},
		{"the memos", "/api/memos", "",
			func() { rig.Want[any](r, 201, "POST", "/api/memos", kim.AccessToken, rig.Object{"content": "z"}) }},
	} {
		t.Run(c.what, func(t *testing.T) {
			get := func(header ...string) (*http.Response, string) {
				return r.Do("GET", c.path, kim.AccessToken, nil, append([]string{"Accept", c.accept}, header...)...)
			}
			resp, _ := get()
			etag := resp.Header.Get("ETag")
			if !regexp.MustCompile(`^"[^"]+"$`).MatchString(etag) {
				t.Fatalf("GET %s: ETag = %q, want a strong one", c.path, etag)
			}
			for match, status := range map[string]int{
				etag: 304, `"x", ` + etag: 304, "W/" + etag: 304, "*": 304, `"x"`: 200, strings.Trim(etag, `"`): 200,
			} {
				resp, body := get("If-None-Match", match)
				if resp.StatusCode != status || (body == "") != (status == 304) || resp.Header.Get("ETag") != etag {
					t.Errorf("GET %s, If-None-Match: %s = %d %q ETag %s, want %d", c.path, match, resp.StatusCode, body,
						resp.Header.Get("ETag"), status)
				}
				if resp.Header.Get("X-Client-Addr") == "" {
					t.Errorf("GET %s, If-None-Match: %s = %d without X-Client-Addr", c.path, match, status)
				}
			}
			if resp, _ := r.Do("HEAD", c.path, kim.AccessToken, nil, "Accept", c.accept, "If-None-Match",
				etag); resp.StatusCode != 304 {
				t.Errorf("HEAD %s with its own ETag = %d, want 304", c.path, resp.StatusCode)
			}
			c.change()
			resp, _ = get("If-None-Match", etag)
			if resp.StatusCode != 200 || resp.Header.Get("ETag") == etag {
				t.Errorf("GET %s after a change, If-None-Match: %s = %d ETag %s, want 200 and a new one", c.path, etag,
					resp.StatusCode, resp.Header.Get("ETag"))
			}
		})
	}
}

func TestTheETagIsOfWhatThisPersonSees(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	p := r.NewPoll(kim.AccessToken)
	path := fmt.Sprintf("/api/polls/%d", p.ID)
	rig.Want[any](r, 200, "POST", path+"/vote", lee.AccessToken, rig.Object{"option_id": p.Options[0].ID})
	json, _ := r.Do("GET", path, lee.AccessToken, nil)
	csv, _ := r.Do("GET", path, lee.AccessToken, nil, "Accept", "text/csv")
	others, _ := r.Do("GET", path, kim.AccessToken, nil, "If-None-Match", json.Header.Get("ETag"))
	if others.StatusCode != 200 || csv.Header.Get("ETag") == json.Header.Get("ETag") {
		t.Errorf("Lee's JSON has ETag %s, the CSV %s, and Kim asking for Lee's got %d; all three differ",
			json.Header.Get("ETag"), csv.Header.Get("ETag"), others.StatusCode)
	}
	for _, resp := range []*http.Response{json, csv} {
		vary := strings.Join(resp.Header.Values("Vary"), ",")
		if !strings.Contains(vary, "Accept") || !strings.Contains(vary, "Authorization") {
			t.Errorf("Vary = %q, want Accept and Authorization in it", vary)
		}
	}
}

func TestQueriesAreCheckedNotClamped(t *testing.T) {
	r := start(t)
	token := r.Guest("Kim").AccessToken
	for _, list := range []string{"/api/polls", "/api/chat/messages", "/api/memos"} {
		for field, values := range map[string][]string{
			"limit":  {"0", "101", "-1", "", "abc", "1.5", "%2B5", "05", "5%20", "9223372036854775808", "1e1"},
			"before": {"0", "-1", "", "abc", "1.0", "01", "9223372036854775808"},
			"after":  {"0", "-1", "", "abc", "1.0", "01", "9223372036854775808"},
		} {
			for _, v := range values {
				r.Invalid(field, "GET", list+"?"+field+"="+v, token, nil)
			}
		}
		r.Refused(422, "GET", list+"?limit=0&before=x", token, nil)
		r.Refused(400, "GET", list+"?limit=%zz", token, nil)
		for _, q := range []string{"?limit=1", "?limit=100", "?before=9223372036854775807", "?after=9223372036854775807",
			"?colour=red"} {
			rig.Want[any](r, 200, "GET", list+q, token, nil)
		}
	}
	for _, v := range []string{"", "Open", "both", "all%20", "opened"} {
		r.Invalid("status", "GET", "/api/polls?status="+v, "", nil)
	}
	for _, v := range []string{"", "0", "-1", "x", "1.0"} {
		r.Invalid("poll_id", "GET", "/api/memos?poll_id="+v, token, nil)
	}
}

// listed asks for a list and returns the ids in it, and next_before (0 for null).
func (r *local) listed(path, token string) (ids []int64, next int64) {
	r.Helper()
	answer := rig.Want[map[string]json.RawMessage](r, 200, "GET", path, token, nil)
	if n, sent := answer["next_before"]; !sent {
		r.Errorf("GET %s has no next_before", path)
	} else if string(n) != "null" {
		json.Unmarshal(n, &next)
	}
	for _, key := range []string{"polls", "messages", "memos"} {
		var items []struct{ ID int64 }
		if err := json.Unmarshal(answer[key], &items); answer[key] != nil && (err != nil || items == nil) {
			r.Fatalf("GET %s: %s = %s, want a list", path, key, answer[key])
		}
		for _, i := range items {
			ids = append(ids, i.ID)
		}
	}
	return ids, next
}

func TestPagesOfLists(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	for _, c := range []struct {
		list, make string
		body       rig.Object
		rising     bool
	}{
		{"/api/polls?", "/api/polls", rig.Object{"title": "x", "options": []string{"a", "b"}}, false},
		{"/api/polls?status=open&", "/api/polls", nil, false},
		{"/api/chat/messages?", "/api/chat/messages", rig.Object{"message": "x"}, true},
		{"/api/memos?", "/api/memos", rig.Object{"content": "x"}, false},
	} {
		t.Run(c.list, func(t *testing.T) {
			if c.body != nil {
				if ids, next := r.listed(c.list, kim.AccessToken); len(ids) != 0 || next != 0 {
					t.Errorf("GET %s of nothing = %v, next_before %d, want [] and null", c.list, ids, next)
				}
				for i := range 10 {
					who := kim
					if c.list == "/api/memos?" && i%2 == 1 { // another's memos lie between, and don't count
						who = lee
					}
					rig.Want[any](r, 201, "POST", c.make, who.AccessToken, c.body)
				}
			}
			ids := []int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}
			if c.list == "/api/memos?" {
				ids = []int64{9, 7, 5, 3, 1}
			}
			n := len(ids)
			for _, p := range []struct {
				query string
				want  []int64
				next  int64
			}{
				{"", ids, 0},
				{fmt.Sprintf("limit=%d", n), ids, 0}, // full, and yet nothing is older
				{fmt.Sprintf("limit=%d", n-1), ids[:n-1], ids[n-2]},
				{"limit=1", ids[:1], ids[0]},
				{"limit=2", ids[:2], ids[1]},
				{fmt.Sprintf("limit=2&before=%d", ids[1]), ids[2:4], ids[3]},
				{fmt.Sprintf("limit=2&before=%d", ids[n-3]), ids[n-2:], 0},
				{fmt.Sprintf("before=%d", ids[n-1]), nil, 0},
				{"before=1000", ids, 0},                                               // an id need not exist
				{fmt.Sprintf("limit=2&after=%d", ids[n-1]), ids[n-3 : n-1], ids[n-2]}, // the nearest, not the newest
				{fmt.Sprintf("after=%d", ids[2]), ids[:2], ids[1]},
				{fmt.Sprintf("after=%d", ids[0]), nil, ids[0] + 1},
				{"after=9223372036854775807", nil, math.MaxInt64},
			} {
				want := slices.Clone(p.want)
				if c.rising {
					slices.Reverse(want)
				}
				got, next := r.listed(c.list+p.query, kim.AccessToken)
				if !slices.Equal(got, want) || next != p.next {
					t.Errorf("GET %s%s = %v, next_before %d, want %v, %d", c.list, p.query, got, next, want, p.next)
				}
			}
			var all []int64
			for query := "limit=3"; len(all) <= len(ids); {
				page, next := r.listed(c.list+query, kim.AccessToken)
				if c.rising {
					slices.Reverse(page)
				}
				if all = append(all, page...); next == 0 {
					break
				}
				query = fmt.Sprintf("limit=3&before=%d", next)
			}
			if !slices.Equal(all, ids) {
				t.Errorf("GET %s by next_before = %v, want %v, each once", c.list, all, ids)
			}
		})
	}
}

func TestAPageHas50ItemsByDefault(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	for range 51 {
		rig.Want[any](r, 201, "POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": "x"})
	}
	if ids, next := r.listed("/api/chat/messages", ""); len(ids) != 50 || ids[0] != 2 || next != 2 {
		t.Errorf("GET /api/chat/messages with 51 = %d from %d, next_before %d, want 50 from 2, 2", len(ids), ids[0], next)
	}
}
