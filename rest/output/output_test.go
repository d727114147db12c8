package output

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"pollwire/rest/problem"
)

type thing struct {
	Text string `json:"text"`
}

func TestEncodeIsReadable(t *testing.T) {
	got, err := Encode(thing{"<b> & 한글 \u2028"})
	if want := "{\"text\":\"<b> & 한글 \\u2028\"}"; string(got) != want || err != nil {
		t.Errorf("Encode = %s, %v, want %s", got, err, want)
	}
}

// RFC 9110 §13: a client that has the same already gets 304; one that would overwrite another version gets 412.
func TestConditions(t *testing.T) {
	get := func(name, value string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.Header.Set(name, value)
		if err := Show(w, r, thing{"a"}); err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := get("X", "")
	tag := first.Header().Get("ETag")
	if first.Code != 200 || first.Body.String() != `{"text":"a"}` || tag == "" {
		t.Fatalf("Show = %d %s, ETag %q", first.Code, first.Body, tag)
	}
	for _, value := range []string{tag, `"x", ` + tag, "W/" + tag, "*"} {
		if w := get("If-None-Match", value); w.Code != 304 || w.Body.Len() > 0 || w.Header().Get("ETag") != tag {
			t.Errorf("If-None-Match: %s = %d %s, want 304 with the ETag and no body", value, w.Code, w.Body)
		}
	}
	for _, tt := range []struct{ name, value, want string }{
		{"Range", "bytes=1-3", `206 "te`}, {"If-Match", `"x"`, "412 "}, {"X", "", `200 {"text":"a"}`},
	} {
		if w := get(tt.name, tt.value); fmt.Sprint(w.Code, " ", w.Body) != tt.want ||
			w.Header().Get("Accept-Ranges") != "bytes" && w.Code != 412 {
			t.Errorf("%s: %s = %d %s %v, want %s", tt.name, tt.value, w.Code, w.Body, w.Header(), tt.want)
		}
	}
	if w := get("If-None-Match", `"x"`); w.Code != 200 {
		t.Errorf("If-None-Match of another version = %d, want 200", w.Code)
	}
	for value, want := range map[string]error{tag: nil, "*": nil, `"x"`: problem.Precondition,
		"W/" + tag: problem.Precondition, "": problem.Precondition} {
		r := httptest.NewRequest("PUT", "/", nil)
		r.Header["If-Match"] = []string{value}
		if err := IfMatch(r, thing{"a"}); !errors.Is(err, want) {
			t.Errorf("If-Match: %q = %v, want %v", value, err, want)
		}
	}
}

func TestValidatorsOfAnswersToChanges(t *testing.T) {
	show := httptest.NewRecorder()
	Show(show, httptest.NewRequest("GET", "/", nil), thing{"a"})
	tag := show.Header().Get("ETag")
	for method, want := range map[string]string{"PUT": "", "PATCH": tag} {
		w := httptest.NewRecorder()
		Changed(w, httptest.NewRequest(method, "/", nil), thing{"a"})
		if got := w.Header().Get("ETag"); got != want || w.Code != http.StatusOK {
			t.Errorf("the answer to a %s = %d with ETag %q, want 200 with %q", method, w.Code, got, want)
		}
	}
	w := httptest.NewRecorder()
	Created(w, "/things/1", thing{"a"})
	if w.Code != 201 || w.Header().Get("ETag") != tag || w.Header().Get("Location") != "/things/1" {
		t.Errorf("Created = %d, %v, want 201 with the ETag and Location", w.Code, w.Header())
	}
}
