// Package problem answers errors over HTTP in one form, that of RFC 9457 (application/problem+json):
//
//	{"type":"about:blank","title":"Not Found","status":404,"detail":"no poll 7"}
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
	"math"
	"net/http"
	"strconv"
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

// Field says what is wrong with one member of a request: "title", or "options[2]" in a list.
type Field struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// Refusal is an error of a kind with a text for the client.
type Refusal struct {
	Kind       error
	Detail     string
	Fields     []Field
	RetryAfter time.Duration
	Header     http.Header // further headers of the answer
}

func (r *Refusal) Error() string { return r.Detail }
func (r *Refusal) Unwrap() error { return r.Kind }

// Refuse makes a Refusal. The text is for the client: it must say nothing of the inside.
func Refuse(kind error, format string, args ...any) *Refusal {
	return &Refusal{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// RetryLater makes a Refusal with a Retry-After.
func RetryLater(kind error, after time.Duration, format string, args ...any) *Refusal {
	r := Refuse(kind, format, args...)
	r.RetryAfter = after
	return r
}

// Problem is the answer (RFC 9457 §3.1). Type is always about:blank: the status says it all (§4.2.1).
type Problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail,omitempty"`
	Errors []Field `json:"errors,omitempty"`

	header http.Header // of the Refusal; wins over what every problem has
}

// New makes the problem of a bare status.
func New(status int, detail string) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// Of makes the problem of err. ok is false for an error of no kind, which the caller should log.
func Of(err error) (p Problem, ok bool) {
	var k kind
	if !errors.As(err, &k) {
		return New(http.StatusInternalServerError, "something went wrong here; it is in the server's log"), false
	}
	p = New(k.status, "")
	if r := (*Refusal)(nil); errors.As(err, &r) {
		p.Detail, p.Errors = r.Detail, r.Fields
	}
	return p, true
}

// Write answers err.
func Write(w http.ResponseWriter, err error) {
	p, _ := Of(err)
	if r := (*Refusal)(nil); errors.As(err, &r) {
		p.header = r.Header
		if r.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(r.RetryAfter.Seconds()))))
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
