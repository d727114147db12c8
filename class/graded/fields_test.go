package graded

import (
	"encoding/json"
	"testing"

	"pollwire/lab/exercise"
)

// Of each question it is counted who has it right, and what was said most often to the others.
func TestFieldsOf(t *testing.T) {
	ex := exercise.Named("tcp-open-close")
	relative, other := exercise.Text{"relative", "상대"}, exercise.Text{"other", "다름"}
	var marks []string
	for _, f := range []exercise.FieldMark{{ID: "isn", OK: true}, {ID: "isn", Feedback: other},
		{ID: "isn", Feedback: relative}, {ID: "isn", Feedback: relative}} {
		text, err := json.Marshal(exercise.Mark{Fields: []exercise.FieldMark{f, {ID: "of an older version"}}})
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, string(text))
	}
	list, err := fieldsOf(ex, marks, "ko")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		want := fieldResult{ID: f.ID, Text: f.Text}
		if f.ID == "isn" {
			want = fieldResult{"isn", f.Text, 1, 4, "상대"}
		}
		if f != want {
			t.Errorf("%+v, want %+v", f, want)
		}
	}
	if len(list) != len(ex.Sheet(exercise.NewRun("", [32]byte{})).Fields) {
		t.Errorf("%d fields", len(list))
	}
}
