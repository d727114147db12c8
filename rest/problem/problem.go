// Package problem answers errors over HTTP in one form, that of RFC 9457 (application/problem+json):
//
//	{"type":"about:blank","title":"Not Found","status":404,"detail":"nothing has the number 7",
//	 "code":"no_such","params":{"id":7,"what":"thing"}}
//
// The code is an extension member (§3.2), for programs: detail may be worded anew at any time, a code may not. A page
// shows its own words for it, in the language of whoever reads them.
//
// An error gets its status from its kind (NotFound, Conflict, ...), found with errors.Is, so that code far from HTTP
// can say what went wrong without knowing a status code. An error of no kind is a 500 that tells nothing of the inside.
// ResponseWriter gives the same form to the errors that net/http itself writes as plain text.
//
// Not covered: what net/http answers before any handler runs, to a request that it can't even read.
package problem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Kinds of errors, and their status code (RFC 9110 §15.5 and §15.6, RFC 6585).
var (
	Malformed       = kind{400}
	Unauthorized    = kind{401}
	Forbidden       = kind{403}
	NotFound        = kind{404}
	Method          = kind{405}
	Conflict        = kind{409}
	Precondition    = kind{412}
	TooLarge        = kind{413}
	MediaType       = kind{415}
	Invalid         = kind{422}
	UpgradeRequired = kind{426}
	TooMany         = kind{429}
	Unavailable     = kind{503}
)

type kind struct{ status int }

func (k kind) Error() string { return http.StatusText(k.status) }

// Key names a text, so that a program can have words of its own for it. Params are the values that it speaks of.
type Key struct {
	Code   string         `json:"code,omitempty"`
	Params map[string]any `json:"params,omitempty"`
}

// Field says what is wrong with one member of a request: "title", or "options[2]" in a list.
type Field struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
	Key
	values []any // of Detail
}

// NewField makes a Field with a code that says little; Coded gives it another.
func NewField(field, format string, args ...any) Field {
	return Field{Field: field, Detail: fmt.Sprintf(format, args...), Key: Key{Code: "invalid"}, values: args}
}

// Coded gives the text its code, and names the values that it was made of, in their order:
//
//	v.Add("title", "must have %d to %d characters", 1, 100).Coded("length", "least", "most")
func (f *Field) Coded(code string, names ...string) { f.Key = key(code, names, f.values) }

func key(code string, names []string, values []any) Key {
	k := Key{Code: code}
	for i, name := range names {
		k = k.with(name, values[i])
	}
	return k
}

// with returns a copy: a Refusal may be shared by all who are refused.
func (k Key) with(name string, value any) Key {
	params := map[string]any{name: value}
	maps.Copy(params, k.Params)
	return Key{k.Code, params}
}

// Refusal is an error of a kind with a text for the client.
type Refusal struct {
	Kind       error
	Detail     string
	Key        Key // without a code: that of the kind
	Fields     []Field
	RetryAfter time.Duration
	Header     http.Header // further headers of the answer

	values []any // of Detail
}

func (r *Refusal) Error() string { return r.Detail }
func (r *Refusal) Unwrap() error { return r.Kind }

// Refuse makes a Refusal. The text is for the client: it must say nothing of the inside.
func Refuse(kind error, format string, args ...any) *Refusal {
	return &Refusal{Kind: kind, Detail: fmt.Sprintf(format, args...), values: args}
}

// Coded gives the text its code, and names the values that it was made of, in their order:
//
//	Refuse(Conflict, "the username %q is taken", name).Coded("username_taken", "username")
//
// Without it the code is that of the kind: "conflict".
func (r *Refusal) Coded(code string, names ...string) *Refusal {
	r.Key = key(code, names, r.values)
	return r
}

// RetryLater makes a Refusal with a Retry-After.
func RetryLater(kind error, after time.Duration, format string, args ...any) *Refusal {
	r := Refuse(kind, format, args...)
	r.RetryAfter = after
	return r
}

// Problem is the answer (RFC 9457 §3.1). Type is always about:blank: the status says it all (§4.2.1).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Key
	Errors []Field `json:"errors,omitempty"`

	header http.Header // of the Refusal; wins over what every problem has
}

// Untyped is a Problem for what has no need of a URI: a message over a socket.
type Untyped struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Key
	Errors []Field `json:"errors,omitempty"`
}

// Untyped is the same without its type.
func (p Problem) Untyped() Untyped { return Untyped{p.Status, p.Title, p.Detail, p.Key, p.Errors} }

// New makes the problem of a bare status.
func New(status int, detail string) Problem {
	title := http.StatusText(status)
	return Problem{Type: "about:blank", Title: title, Status: status, Detail: detail, Key: Key{Code: codeOf(title)}}
}

// codeOf makes "not_found" of "Not Found".
func codeOf(title string) string {
	return strings.NewReplacer(" ", "_", "-", "_", "'", "").Replace(strings.ToLower(title))
}

// Of makes the problem of err. ok is false for an error of no kind, which the caller should log.
func Of(err error) (p Problem, ok bool) {
	var k kind
	if !errors.As(err, &k) {
		return New(http.StatusInternalServerError, "something went wrong here; it is in the server's log"), false
	}
	p = New(k.status, "")
	r := (*Refusal)(nil)
	if !errors.As(err, &r) {
		return p, true
	}
	p.Detail, p.Errors = r.Detail, r.Fields
	if r.Key.Code != "" {
		p.Key = r.Key
	}
	if r.RetryAfter > 0 { // also for those who see no headers: over sockets
		p.Key = p.with("retry_after", r.retryAfter())
	}
	return p, true
}

// retryAfter is in whole seconds (RFC 9110 §10.2.3), of which none may be too short.
func (r *Refusal) retryAfter() int { return int(math.Ceil(r.RetryAfter.Seconds())) }

// Write answers err.
func Write(w http.ResponseWriter, err error) {
	p, _ := Of(err)
	if r := (*Refusal)(nil); errors.As(err, &r) {
		p.header = r.Header
		if r.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(r.retryAfter()))
		}
	}
	p.write(w)
}

// write sends the problem and returns the size of its body.
func (p Problem) write(w http.ResponseWriter) int64 {
	h := w.Header()
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer") // RFC 9110 §11.6.1: a 401 says how to do better, here by RFC 6750
	case http.StatusServiceUnavailable:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", "5")
		}
	}
	for _, name := range []string{"Content-Length", "Content-Encoding", "ETag", "Last-Modified", "Cache-Control"} {
		h.Del(name) // they were meant for another body
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	for name, values := range p.header {
		h[name] = values
	}
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // easier to read on the wire
	if err := e.Encode(p); err != nil {
		panic(err) // strings and integers only
	}
	body.Truncate(body.Len() - 1) // the line end
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(p.Status)
	n, _ := w.Write(body.Bytes()) // fails where the client has gone
	return int64(n)
}
