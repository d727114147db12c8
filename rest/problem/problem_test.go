package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		status int
		body   string
		header map[string]string
	}{
		{"RFC 9457 §3.1 a kind and a detail", Refuse(NotFound, "no poll %d", 7).Coded("no_poll", "id"), 404,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"no poll 7","code":"no_poll","params":{"id":7}}`,
			map[string]string{"Content-Type": "application/problem+json", "ETag": ""}},
		{"a bare kind", Conflict, 409, `{"type":"about:blank","title":"Conflict","status":409,"code":"conflict"}`, nil},
		{"a wrapped one", fmt.Errorf("while voting: %w", Refuse(Forbidden, "not yours")), 403,
			`{"type":"about:blank","title":"Forbidden","status":403,"detail":"not yours","code":"forbidden"}`, nil},
		{"fields", &Refusal{Kind: Invalid, Detail: "d", Fields: []Field{NewField("title", "must be %d to %d", 2, 8)}}, 422,
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"d","code":"unprocessable_entity",` +
				`"errors":[{"field":"title","detail":"must be 2 to 8","code":"invalid"}]}`, nil},
		{"RFC 9110 §11.6.1 a 401 says how to do better", Refuse(Unauthorized, "no"), 401,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"no","code":"unauthorized"}`,
			map[string]string{"WWW-Authenticate": "Bearer"}},
		{"RFC 9110 §10.2.3 Retry-After in whole seconds, rounded up", RetryLater(TooMany, 1500*time.Millisecond,
			"slow down"), 429,
			`{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"slow down",` +
				`"code":"too_many_requests","params":{"retry_after":2}}`,
			map[string]string{"Retry-After": "2"}},
		{"what the refusal brings itself wins", &Refusal{Kind: Unauthorized, Header: http.Header{
			"Www-Authenticate": {`Basic realm="x"`}, "Cache-Control": {"no-store"}}}, 401,
			`{"type":"about:blank","title":"Unauthorized","status":401,"code":"unauthorized"}`,
			map[string]string{"WWW-Authenticate": `Basic realm="x"`, "Cache-Control": "no-store"}},
		{"an error of no kind says nothing of the inside", errors.New("disk /dev/sda1 on fire"), 500,
			`{"type":"about:blank","title":"Internal Server Error","status":500,` +
				`"detail":"something went wrong here; it is in the server's log","code":"internal_server_error"}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Header().Set("ETag", `"of another body"`)
			Write(w, tt.err)
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("Write(%v) = %d %s, want %d %s", tt.err, w.Code, w.Body, tt.status, tt.body)
			}
			for name, want := range tt.header {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

// What net/http answers by itself takes the same form.
func TestResponseWriter(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /here", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("content"))
	})
	mux.HandleFunc("GET /own", func(w http.ResponseWriter, r *http.Request) { Write(w, Refuse(Conflict, "own words")) })
	for _, tt := range []struct {
		method, path, header, value string
		status                      int
		detail                      string
	}{
		{"GET", "/here", "", "", 200, ""},
		{"GET", "/nowhere", "", "", 404, "nothing is at /nowhere"},
		{"POST", "/here", "", "", 405, "POST is not possible here; possible: GET, HEAD"},
		{"GET", "/here", "Range", "bytes=100-", 416, "the range lies outside; see Content-Range"},
		{"GET", "/here", "If-Match", `"2"`, 412, ""},
		{"GET", "/here", "If-None-Match", `"1"`, 304, ""},
		{"GET", "/here", "Range", "bytes=0-2", 206, ""},
		{"GET", "/own", "", "", 409, "own words"},
		{"OPTIONS", "/here", "", "", 204, ""},
		{"OPTIONS", "/nowhere", "", "", 404, "nothing is at /nowhere"},
	} {
		t.Run(tt.method+" "+tt.path+" "+tt.header, func(t *testing.T) {
			rec := httptest.NewRecorder()
			r := httptest.NewRequest(tt.method, tt.path, nil)
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			w := &ResponseWriter{ResponseWriter: rec, Request: r}
			mux.ServeHTTP(w, r)
			if rec.Code != tt.status || w.Status != tt.status || w.Bytes != int64(rec.Body.Len()) {
				t.Fatalf("answered %d, noted %d with %d bytes, want %d with %d", rec.Code, w.Status, w.Bytes, tt.status,
					rec.Body.Len())
			}
			if tt.status < 400 {
				return
			}
			var p Problem
			if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || p.Status != tt.status || p.Detail != tt.detail {
				t.Errorf("body = %s, want status %d and detail %q", rec.Body, tt.status, tt.detail)
			}
			if ct := rec.Header().Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("Content-Type = %q, want application/problem+json", ct)
			}
		})
	}
}

func TestAProtocolKeepsItsOwnErrors(t *testing.T) {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	w := &ResponseWriter{ResponseWriter: rec, Request: r}
	OwnErrors(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(400)
		w.Write([]byte(`{"code":1}`))
	})).ServeHTTP(w, r)
	if rec.Body.String() != `{"code":1}` || rec.Header().Get("Content-Type") != "application/json" || w.Status != 400 {
		t.Errorf("%d %v %s", w.Status, rec.Header(), rec.Body)
	}
}
