package main

// Memos: only one's own, and two tabs that don't overwrite each other.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

func TestAMemoFromTheFirstToTheLast(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	p := r.NewPoll(kim)
	resp, text := r.Do("POST", "/api/memos", kim, rig.Object{"content": " line 1\r\n\tline 2 "})
	if resp.StatusCode != 201 || resp.Header.Get("Location") != "/api/memos/1" ||
		!strings.HasPrefix(text, `{"id":1,"content":"line 1\n\tline 2","poll_id":null,"created_at":"`) {
		t.Errorf("POST /api/memos = %d, Location %q, %s", resp.StatusCode, resp.Header.Get("Location"), text)
	}
	get, body := r.Do("GET", "/api/memos/1", kim, nil)
	if body != text || get.Header.Get("ETag") == "" {
		t.Errorf("GET /api/memos/1 = %s, ETag %q, want what POST answered: %s", body, get.Header.Get("ETag"), text)
	}
	made := rig.Want[rig.Memo](r, 200, "GET", "/api/memos/1", kim, nil)
	last := made.UpdatedAt
	for _, c := range []struct {
		name, method string
		body         rig.Object
		content      string
		poll         int64
	}{
		{"PUT with a poll", "PUT", rig.Object{"content": "b", "poll_id": p.ID}, "b", p.ID},
		{"PATCH of the content keeps the poll", "PATCH", rig.Object{"content": "c"}, "c", p.ID},
		{"PATCH of nothing", "PATCH", rig.Object{}, "c", p.ID},
		{"PATCH takes the poll away", "PATCH", rig.Object{"poll_id": nil}, "c", 0},
		{"PATCH of the poll keeps the content", "PATCH", rig.Object{"poll_id": p.ID}, "c", p.ID},
		{"PUT without a poll takes it away", "PUT", rig.Object{"content": "d"}, "d", 0},
	} {
		m := rig.Want[rig.Memo](r, 200, c.method, "/api/memos/1", kim, c.body)
		if m.Content != c.content || (m.PollID != nil) != (c.poll != 0) || m.PollID != nil && *m.PollID != c.poll {
			t.Errorf("%s = %+v, want %q, poll %d", c.name, m, c.content, c.poll)
		}
		if !m.CreatedAt.Equal(made.CreatedAt) || !m.UpdatedAt.After(last) {
			t.Errorf("%s: created_at %v, updated_at %v, want %v and later than %v", c.name, m.CreatedAt, m.UpdatedAt,
				made.CreatedAt, last)
		}
		last = m.UpdatedAt
	}
	if resp, body := r.Do("DELETE", "/api/memos/1", kim, nil); resp.StatusCode != 204 || body != "" {
		t.Errorf("DELETE /api/memos/1 = %d %q, want 204", resp.StatusCode, body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		r.Refused(404, method, "/api/memos/1", kim, nil)
	}
}

func TestWhatIsInvalidInAMemo(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	m := r.NewMemo(kim, "x", nil)
	for _, c := range []struct {
		name   string
		body   rig.Object
		fields string
	}{
		{"empty", rig.Object{"content": ""}, "content"},
		{"white space", rig.Object{"content": " \r\n\t\u3000"}, "content"},
		{"too long", rig.Object{"content": strings.Repeat("글", 1001)}, "content"},
		{"a bell", rig.Object{"content": "a\ab"}, "content"},
		{"a lone CR", rig.Object{"content": "a\rb"}, "content"},
		{"an unknown poll", rig.Object{"content": "x", "poll_id": 99}, "poll_id"},
		{"poll 0", rig.Object{"content": "x", "poll_id": 0}, "poll_id"},
		{"poll -1", rig.Object{"content": "x", "poll_id": -1}, "poll_id"},
	} {
		r.Invalid(c.fields, "POST", "/api/memos", kim, c.body)
		r.Invalid(c.fields, "PUT", m.Path(), kim, c.body)
		r.Invalid(c.fields, "PATCH", m.Path(), kim, c.body)
	}
	r.Invalid("content", "POST", "/api/memos", kim, rig.Object{})
	r.Invalid("content", "PUT", m.Path(), kim, rig.Object{})
	r.Refused(400, "PATCH", m.Path(), kim, rig.Object{"content": nil})
	r.Refused(400, "POST", "/api/memos", kim, rig.Object{"content": "x", "poll_id": "1"})
	r.Refused(400, "POST", "/api/memos", kim, rig.Object{"content": "x", "user_id": 1})
	r.NewMemo(kim, strings.Repeat("😀", 1000), nil)
	if got := rig.Want[rig.Memo](r, 200, "GET", m.Path(), kim, nil); got.Content != "x" ||
		!got.UpdatedAt.Equal(m.UpdatedAt) {
		t.Errorf("after all that the memo = %+v, want %+v", got, m)
	}
}

func TestAnotherPersonsMemoIsA404(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim").AccessToken, r.Guest("Lee").AccessToken
	p := r.NewPoll(kim)
	m := r.NewMemo(kim, "secret", p.ID)
	own := r.NewMemo(lee, "mine", p.ID)
	body := rig.Object{"content": "overwritten"}
	unknown := r.Refused(404, "GET", "/api/memos/99", lee, nil).Detail
	if got := r.Refused(404, "GET", m.Path(), lee, nil).Detail; got != strings.ReplaceAll(unknown, "99",
		fmt.Sprint(m.ID)) {
		t.Errorf("detail = %q, for one that doesn't exist %q: it tells the difference", got, unknown)
	}
	r.Refused(404, "PUT", m.Path(), lee, body)
	r.Refused(404, "PATCH", m.Path(), lee, body)
	r.Refused(404, "PATCH", m.Path(), lee, body, "If-Match", "*")
	r.Refused(404, "PATCH", m.Path(), lee, body, "If-Match", `"x"`)
	r.Refused(404, "DELETE", m.Path(), lee, nil)
	for _, query := range []string{"", fmt.Sprintf("?poll_id=%d", p.ID), fmt.Sprintf("?before=%d", own.ID+1),
		fmt.Sprintf("?after=%d", m.ID)} {
		if ids, next := r.listed("/api/memos"+query, lee); !slices.Equal(ids, []int64{own.ID}) || next != 0 {
			t.Errorf("Lee's memos%s = %v, next_before %d, want [%d] and null", query, ids, next, own.ID)
		}
	}
	if got := rig.Want[rig.Memo](r, 200, "GET", m.Path(), kim, nil); got.Content != "secret" {
		t.Errorf("Kim's memo = %+v, want it as it was", got)
	}
}

func TestTwoTabsDontOverwriteEachOther(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	m := r.NewMemo(kim, "first", nil)
	for i, method := range []string{"PUT", "PATCH"} {
		read, _ := r.Do("GET", m.Path(), kim, nil)
		etag := read.Header.Get("ETag") // both tabs have read this
		mine, theirs := fmt.Sprint("tab 1, ", i), fmt.Sprint("tab 2, ", i)
		if got := rig.Want[rig.Memo](r, 200, method, m.Path(), kim, rig.Object{"content": mine}, "If-Match",
			etag); got.Content != mine {
			t.Errorf("%s by tab 1 = %+v", method, got)
		}
		r.Refused(412, method, m.Path(), kim, rig.Object{"content": theirs}, "If-Match", etag)
		r.Refused(412, method, m.Path(), kim, rig.Object{"content": theirs}, "If-Match", `"x", `+etag)
		now, _ := r.Do("GET", m.Path(), kim, nil)
		fresh := now.Header.Get("ETag")
		// RFC 9110 §13.1.1: strong
		r.Refused(412, method, m.Path(), kim, rig.Object{"content": theirs}, "If-Match", "W/"+fresh)
		r.Refused(412, method, m.Path(), kim, rig.Object{"content": theirs}, "If-Match", strings.Trim(fresh, `"`))
		if got := rig.Want[rig.Memo](r, 200, "GET", m.Path(), kim, nil); got.Content != mine {
			t.Errorf("after the 412s = %+v, want %q", got, mine)
		}
		rig.Want[any](r, 200, method, m.Path(), kim, rig.Object{"content": theirs}, "If-Match", `"x", `+fresh)
		rig.Want[any](r, 200, method, m.Path(), kim, rig.Object{"content": theirs}, "If-Match", "*")
		rig.Want[any](r, 200, method, m.Path(), kim, rig.Object{"content": theirs}) // who doesn't ask isn't held up
	}
}

// The same content again is another version: somebody may have read the one between. Changes within a millisecond
// are told apart too.
func TestAVersionDoesNotComeBack(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	m := r.NewMemo(kim, "a", nil)
	const times = 64
	versions := make(chan time.Time, times)
	for range times {
		go func() {
			_, text := r.Do("PATCH", m.Path(), kim, rig.Object{"content": "a"})
			var m rig.Memo
			json.Unmarshal([]byte(text), &m)
			versions <- m.UpdatedAt
		}()
	}
	seen := map[time.Time]bool{m.UpdatedAt: true}
	for range times {
		v := <-versions
		if seen[v] {
			t.Errorf("updated_at %v comes twice, and the ETag with it", v)
		}
		seen[v] = true
	}
}

func TestOfManyTabsAtOnceOneWins(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	m := r.NewMemo(kim, "a", nil)
	read, _ := r.Do("GET", m.Path(), kim, nil)
	const tabs = 8
	statuses := make(chan int, tabs)
	for i := range tabs {
		go func() {
			resp, _ := r.Do("PATCH", m.Path(), kim, rig.Object{"content": fmt.Sprint(i)}, "If-Match", read.Header.Get("ETag"))
			statuses <- resp.StatusCode
		}()
	}
	count := map[int]int{}
	for range tabs {
		count[<-statuses]++
	}
	if count[200] != 1 || count[412] != tabs-1 {
		t.Errorf("%d tabs at once = %v, want one 200 and the rest 412", tabs, count)
	}
}

func TestAMemoOutlivesItsPoll(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim").AccessToken, r.Guest("Lee").AccessToken
	p, other := r.NewPoll(kim), r.NewPoll(kim)
	about, elsewhere := r.NewMemo(lee, "about it", p.ID), r.NewMemo(lee, "about another", other.ID)
	none := r.NewMemo(lee, "about none", nil)
	if ids, _ := r.listed(fmt.Sprintf("/api/memos?poll_id=%d", p.ID), lee); !slices.Equal(ids, []int64{about.ID}) {
		t.Errorf("memos of poll %d = %v, want [%d]", p.ID, ids, about.ID)
	}
	if ids, _ := r.listed("/api/memos?poll_id=99", lee); len(ids) != 0 {
		t.Errorf("memos of no poll = %v, want none", ids)
	}
	before, _ := r.Do("GET", about.Path(), lee, nil)
	rig.Want[any](r, 204, "DELETE", p.Path(), kim, nil)
	if got := rig.Want[rig.Object](r, 200, "GET", about.Path(), lee, nil); got["poll_id"] != nil ||
		got["content"] != "about it" {
		t.Errorf("the memo after its poll = %v, want it with poll_id null", got)
	}
	r.Refused(412, "PATCH", about.Path(), lee, rig.Object{"content": "x"}, "If-Match", before.Header.Get("ETag"))
	if ids, _ := r.listed("/api/memos", lee); !slices.Equal(ids, []int64{none.ID, elsewhere.ID, about.ID}) {
		t.Errorf("memos = %v, want all three", ids)
	}
	if ids, _ := r.listed(fmt.Sprintf("/api/memos?poll_id=%d", p.ID), lee); len(ids) != 0 {
		t.Errorf("memos of the deleted poll = %v, want none", ids)
	}
}
