package output

import (
	"encoding/json"
	"testing"
)

// ids is a Last as simple as can be.
type ids []int64

func (list ids) AppendJSON(b []byte) []byte {
	data, _ := json.Marshal(list)
	return append(b, data...)
}

func TestSharedIsMadeOnceAndEndsAsEachWants(t *testing.T) {
	var s Shared
	made := 0
	for _, tt := range []struct {
		last ids
		want string
	}{
		{nil, `{"text":"<é>","mine":null}`},
		{ids{}, `{"text":"<é>","mine":[]}`},
		{ids{7}, `{"text":"<é>","mine":[7]}`},
		{ids{1, 20, 1<<63 - 1}, `{"text":"<é>","mine":[1,20,9223372036854775807]}`},
	} {
		got, err := s.With(func() any { made++; return thing{"<é>"} }, "mine", tt.last)
		if string(got) != tt.want || err != nil || made != 1 {
			t.Errorf("With = %s, %v, made %d times, want %s", got, err, made, tt.want)
		}
	}
	var broken Shared
	if _, err := broken.With(func() any { return make(chan int) }, "mine", ids{}); err == nil {
		t.Error("a value that is no JSON")
	}
	if got, err := Encode(json.RawMessage(`{"a":"<>"}`)); string(got) != `{"a":"<>"}` || err != nil {
		t.Errorf("Encode of what is ready = %s, %v", got, err)
	}
}
