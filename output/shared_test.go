package output

import (
	"encoding/json"
	"testing"
)

func TestSharedIsMadeOnceAndEndsAsEachWants(t *testing.T) {
	var s Shared
	made := 0
	for _, tt := range []struct {
		last any
		want string
	}{
		{[]int64(nil), `{"text":"<é>","mine":null}`},
		{[]int64{1, 2}, `{"text":"<é>","mine":[1,2]}`},
		{"<b>", `{"text":"<é>","mine":"<b>"}`},
	} {
		got, err := s.With(func() any { made++; return thing{"<é>"} }, "mine", tt.last)
		if string(got) != tt.want || err != nil || made != 1 {
			t.Errorf("With = %s, %v, made %d times, want %s", got, err, made, tt.want)
		}
	}
	if _, err := s.With(nil, "mine", make(chan int)); err == nil {
		t.Error("a last member that is no JSON")
	}
	var broken Shared
	if _, err := broken.With(func() any { return make(chan int) }, "mine", 1); err == nil {
		t.Error("a value that is no JSON")
	}
	if got, err := Encode(json.RawMessage(`{"a":"<>"}`)); string(got) != `{"a":"<>"}` || err != nil {
		t.Errorf("Encode of what is ready = %s, %v", got, err)
	}
}
