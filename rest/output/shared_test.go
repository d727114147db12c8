package output

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

func TestSharedIsMadeOnceAndEndsAsEachWants(t *testing.T) {
	var s Shared
	made := 0
	for _, tt := range []struct{ last, want string }{
		{"null", `{"text":"<é>","mine":null}`},
		{"[]", `{"text":"<é>","mine":[]}`},
		{"[7]", `{"text":"<é>","mine":[7]}`},
		{"null", `{"text":"<é>","mine":null}`},
		{"[1,20,9223372036854775807]", `{"text":"<é>","mine":[1,20,9223372036854775807]}`},
	} {
		got, err := s.With(func() any { made++; return thing{"<é>"} }, "mine", []byte(tt.last))
		if err != nil || string(got.JSON) != tt.want || made != 1 {
			t.Errorf("With = %s, %v, made %d times, want %s", got.JSON, err, made, tt.want)
		}
	}
	var broken Shared
	if _, err := broken.With(func() any { return make(chan int) }, "mine", nil); err == nil {
		t.Error("a value that is no JSON")
	}
	if got, err := Encode(json.RawMessage(`{"a":"<>"}`)); string(got) != `{"a":"<>"}` || err != nil {
		t.Errorf("Encode of what is ready = %s, %v", got, err)
	}
}

func TestSharedKeepsNoMoreThanItMay(t *testing.T) {
	var s Shared
	for round := range 2 {
		for i := range 3 * maxReady {
			got, err := s.With(func() any { return thing{"a"} }, "mine", fmt.Append(nil, i))
			if want := fmt.Sprintf(`{"text":"a","mine":%d}`, i); err != nil || string(got.JSON) != want {
				t.Fatalf("round %d: %s, %v, want %s", round, got.JSON, err, want)
			}
		}
	}
	if len(s.ready) != maxReady {
		t.Errorf("%d are kept, want %d", len(s.ready), maxReady)
	}
	var large Shared
	large.With(func() any { return thing{strings.Repeat("a", maxReadyBytes)} }, "mine", []byte("1"))
	if len(large.ready) != 0 {
		t.Error("a large one is kept")
	}
}

func TestReadyIsShownAsEverythingIs(t *testing.T) {
	var s Shared
	ready, err := s.With(func() any { return thing{"a"} }, "mine", []byte("null"))
	if err != nil {
		t.Fatal(err)
	}
	etag := ""
	for _, change := range []func(*http.Request, http.Header){
		func(*http.Request, http.Header) {},
		func(_ *http.Request, h http.Header) { h.Set("Vary", "Origin") },
		func(r *http.Request, _ http.Header) { r.Method = "HEAD" },
		func(r *http.Request, _ http.Header) { r.Header.Set("Range", "bytes=2-5") },
		func(r *http.Request, _ http.Header) { r.Header.Set("If-None-Match", etag) },
	} {
		r, got, want := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder(), httptest.NewRecorder()
		change(r, got.Header())
		change(r, want.Header())
		if err := ready.Show(got, r.Clone(t.Context())); err != nil {
			t.Fatal(err)
		}
		if err := Show(want, r, ready.JSON); err != nil {
			t.Fatal(err)
		}
		if got.Code != want.Code || got.Body.String() != want.Body.String() ||
			!reflect.DeepEqual(got.Header(), want.Header()) {
			t.Errorf("%s %v: %d %q %v, want %d %q %v", r.Method, r.Header, got.Code, got.Body, got.Header(), want.Code,
				want.Body, want.Header())
		}
		etag = want.Header().Get("ETag")
	}
	// What answers share must not be changed by who adds to one of them.
	w := httptest.NewRecorder()
	ready.Show(w, httptest.NewRequest("GET", "/", nil))
	for name := range w.Header() {
		w.Header().Add(name, "more")
	}
	w = httptest.NewRecorder()
	ready.Show(w, httptest.NewRequest("GET", "/", nil))
	for name, values := range w.Header() {
		if len(values) != 1 {
			t.Errorf("%s: %q", name, values)
		}
	}
}
