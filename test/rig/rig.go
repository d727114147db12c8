// Package rig is what tests of the program share: how to start it, on free ports of 127.0.0.1 and with a real file, and
// clients for all that it speaks. It knows nothing of the inside. Tests of package main start the server in their own
// process and use the same clients.
package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen; only a failing test waits so long.
const Patience = 10 * time.Second

// Rig is a running server as its clients reach it.
type Rig struct {
	testing.TB
	API, WS, Page, Health string // "http://127.0.0.1:1234", for ws without the scheme
}

// Port is the number of a service's port by the name of its flag, "" if it is off.
func (r *Rig) Port(service string) string {
	url := map[string]string{"http": r.API, "ws": r.WS, "files": r.Page, "health": r.Health}[service]
	return url[strings.LastIndex(url, ":")+1:]
}

// Do makes a request. body is sent as it is if it is a string, as JSON otherwise, and not at all if nil.
func (r *Rig) Do(method, url, token string, body any, header ...string) (*http.Response, string) {
	r.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			r.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	if strings.HasPrefix(url, "/") {
		url = r.API + url
	}
	req, err := http.NewRequest(method, url, in)
	if err != nil {
		r.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	client := &http.Client{Timeout: 2 * Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatalf("%s %s: %v", method, url, err)
	}
	return resp, string(text)
}

// Asker is a rig, or what has one in it.
type Asker interface {
	Helper()
	Fatalf(format string, args ...any)
	Do(method, url, token string, body any, header ...string) (*http.Response, string)
}

// Want makes a request that must be answered with status, and decodes the answer into T.
func Want[T any](r Asker, status int, method, url, token string, body any, header ...string) T {
	r.Helper()
	resp, text := r.Do(method, url, token, body, header...)
	if resp.StatusCode != status {
		r.Fatalf("%s %s %v = %d %s, want %d", method, url, body, resp.StatusCode, text, status)
	}
	var out T
	if len(text) > 0 {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			r.Fatalf("%s %s = %q: %v", method, url, text, err)
		}
	}
	return out
}

// Refused makes a request that must be answered with an error in the form of RFC 9457, with all that belongs to it.
func (r *Rig) Refused(status int, method, url, token string, body any, header ...string) Problem {
	r.Helper()
	resp, text := r.Do(method, url, token, body, header...)
	return WantProblem(r, resp, text, status, fmt.Sprintf("%s %s %.80v %.120v", method, url, body, header))
}

// WantProblem holds an answer against the form of errors, RFC 9457. asked is what it answers.
func WantProblem(t testing.TB, resp *http.Response, text string, status int, asked string) (p Problem) {
	t.Helper()
	if resp.StatusCode != status {
		t.Errorf("%s = %d %.200s, want %d", asked, resp.StatusCode, text, status)
		return p
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("%s: Content-Type = %q, want application/problem+json", asked, ct)
	}
	if resp.Header.Get("X-Client-Addr") == "" {
		t.Errorf("%s: no X-Client-Addr", asked)
	}
	due := map[int]string{401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}[status]
	if due != "" && resp.Header.Get(due) == "" {
		t.Errorf("%s = %d without %s", asked, status, due)
	}
	if status == 401 && resp.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%s: WWW-Authenticate = %q, want Bearer", asked, resp.Header.Get("WWW-Authenticate"))
	}
	if resp.Request.Method == "HEAD" {
		return p
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Errorf("%s = %q: %v", asked, text, err)
	}
	if p.Type != "about:blank" || p.Title != http.StatusText(status) || p.Status != status {
		t.Errorf("%s = %s, want type about:blank, title %q, status %d", asked, text, http.StatusText(status), status)
	}
	if (len(p.Errors) > 0) != (status == 422) {
		t.Errorf("%s = %s: errors belong to a 422, and only there", asked, text)
	}
	for _, e := range p.Errors {
		if e.Field == "" || e.Detail == "" {
			t.Errorf("%s = %s: each error needs a field and a detail", asked, text)
		}
	}
	return p
}

// Invalid makes a request that must be a 422 which names just these fields.
func (r *Rig) Invalid(fields, method, url, token string, body any) {
	r.Helper()
	var got []string
	for _, e := range r.Refused(422, method, url, token, body).Errors {
		got = append(got, e.Field)
	}
	if strings.Join(got, " ") != fields {
		r.Errorf("%s %s %.80v: fields = %v, want %s", method, url, body, got, fields)
	}
}

// Guest makes a user with a nickname alone.
func (r *Rig) Guest(nickname string) Session {
	r.Helper()
	return Want[Session](r, 201, "POST", "/api/auth/guest", "", Object{"nickname": nickname})
}

// NewPoll makes an open poll with the options a, b and c.
func (r *Rig) NewPoll(token string, more ...Object) Poll {
	r.Helper()
	body := Object{"title": "Which?", "options": []string{"a", "b", "c"}}
	for _, m := range more {
		for k, v := range m {
			body[k] = v
		}
	}
	return Want[Poll](r, 201, "POST", "/api/polls", token, body)
}

// NewMemo makes a memo; poll may be nil.
func (r *Rig) NewMemo(token, content string, poll any) Memo {
	r.Helper()
	return Want[Memo](r, 201, "POST", "/api/memos", token, Object{"content": content, "poll_id": poll})
}

// Vote casts a vote for the options of these indexes.
func (r *Rig) Vote(p Poll, token string, options ...int) Poll {
	r.Helper()
	ids := []int64{}
	for _, i := range options {
		ids = append(ids, p.Options[i].ID)
	}
	return Want[Poll](r, 200, "POST", p.Path()+"/vote", token, Object{"option_ids": ids})
}

// Guests makes n users and returns their tokens.
func (r *Rig) Guests(n int) (tokens []string) {
	r.Helper()
	for i := range n {
		tokens = append(tokens, r.Guest(fmt.Sprint("guest ", i)).AccessToken)
	}
	return tokens
}

// EventsSince asks for events; query is what stands behind /api/events.
func (r *Rig) EventsSince(query string) Events {
	r.Helper()
	return Want[Events](r, 200, "GET", "/api/events"+query, "", nil)
}

// UntilSockets waits until /health counts n sockets.
func (r *Rig) UntilSockets(n int) {
	r.Helper()
	deadline := time.Now().Add(Patience)
	for {
		h := Want[struct{ Sockets int }](r, 200, "GET", r.Health+"/health", "", nil)
		if h.Sockets == n {
			return
		}
		if time.Now().After(deadline) {
			r.Fatalf("/health counts %d sockets, want %d", h.Sockets, n)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Say posts a chat message over HTTP.
func (r *Rig) Say(by Session, message string) {
	r.Helper()
	Want[Object](r, 201, "POST", "/api/chat/messages", by.AccessToken, Object{"message": message})
}

// Together runs do(0) to do(n-1) at once and returns the first error.
func Together(n int, do func(int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
