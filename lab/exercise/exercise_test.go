package exercise

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// recorded reads the capture of an exercise that was played with TestCode and a seed of zero.
func recorded(t testing.TB, e *Exercise) (*Capture, *Run) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", e.Name+".pcapng.gz"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return c, NewRun(TestCode, [32]byte{})
}

// rightOf are the right answers, as they are shown.
func rightOf(t testing.TB, e *Exercise, run *Run, c *Capture, lang int) map[string]string {
	t.Helper()
	answers := map[string]string{}
	for _, f := range e.Mark(run, c, nil).Fields {
		if answers[f.ID] = f.Right[lang]; answers[f.ID] == "" {
			t.Errorf("%s: nothing is right in %s", f.ID, e.Name)
		}
	}
	return answers
}

func TestRightAnswersAndMistakes(t *testing.T) {
	for _, e := range All() {
		t.Run(e.Name, func(t *testing.T) {
			c, run := recorded(t, e)
			for lang := range 2 {
				m := e.Mark(run, c, rightOf(t, e, run, c, lang))
				if m.Score != m.Of || !m.Yours || len(m.Missing) > 0 {
					t.Errorf("with the right answers: %+v", m)
				}
			}
			sheet := e.Sheet(run)
			if !sheet.Find(c) {
				t.Fatal("nothing was found")
			}
			for i := range sheet.Fields {
				eachMistake(t, &sheet.Fields[i])
			}
		})
	}
}

// eachMistake makes each mistake of a field, and wants what is said about it.
func eachMistake(t testing.TB, f *Field) {
	t.Helper()
	right, before := f.Right(), []Value{}
	for i, m := range f.Mistakes {
		v := m.Is()
		if !v.is {
			t.Errorf("%s: mistake %d (%s) can't be made in this capture", f.ID, i, m.Say[EN])
			continue
		}
		text := f.String(v, "en")
		if f.Equal(text, right) {
			t.Errorf("%s: mistake %d (%s) is right in this capture: %s", f.ID, i, m.Say[EN], text)
		}
		if slices.ContainsFunc(before, func(o Value) bool { return f.Equal(text, o) }) {
			continue // the same value comes of two mistakes here
		}
		before = append(before, v)
		if ok, said, _ := f.compare(text); ok || said != m.Say {
			t.Errorf("%s: %q is told %q, want %q", f.ID, text, said[EN], m.Say[EN])
		}
	}
}

// A capture of another run, and one without anything, get no points, and nothing is said about the answers.
func TestOnlyOnesOwnCaptureCounts(t *testing.T) {
	for _, e := range All() {
		c, run := recorded(t, e)
		answers := rightOf(t, e, run, c, EN)
		for what, other := range map[string]*Run{"another code": NewRun("another0", [32]byte{})} {
			m := e.Mark(other, c, answers)
			if m.Yours || m.Score != 0 || len(m.Missing) == 0 {
				t.Errorf("%s, %s: %+v", e.Name, what, m)
			}
			for _, f := range m.Fields {
				if f.OK || f.Right != (Text{}) || f.Feedback != notYours {
					t.Errorf("%s, %s: %s tells %+v", e.Name, what, f.ID, f)
				}
			}
		}
	}
}

// Each exercise is whole: 6 to 10 fields with what they need, in two languages, and others for another seed.
func TestTheExercises(t *testing.T) {
	hangul := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
	}
	names := map[string]bool{}
	for _, e := range All() {
		one, other := e.Sheet(NewRun(TestCode, [32]byte{})), e.Sheet(NewRun("another0", [32]byte{1}))
		if e.Name == "runs" || e.Name == "results" {
			t.Errorf("an exercise is called %s, which is a path of its own", e.Name)
		}
		if n := len(one.Fields); n < 6 || n > 10 || names[e.Name] {
			t.Errorf("%s: %d fields, want 6 to 10 (there twice: %v)", e.Name, n, names[e.Name])
		}
		names[e.Name] = true
		texts := []Text{e.Title, e.Aim}
		ids := map[string]bool{}
		for i, task := range one.Tasks {
			ids[task.ID] = true
			texts = append(texts, task.Text)
			if task.Text == other.Tasks[i].Text {
				t.Errorf("%s: task %s is the same for two runs", e.Name, task.ID)
			}
		}
		fields := map[string]bool{}
		for _, f := range one.Fields {
			texts = append(texts, f.Text)
			if fields[f.ID] || !ids[f.Needs] || f.Right == nil {
				t.Errorf("%s: field %s needs %q", e.Name, f.ID, f.Needs)
			}
			fields[f.ID] = true
			for _, m := range f.Mistakes {
				texts = append(texts, m.Say)
			}
		}
		for _, text := range texts {
			if text[EN] == "" || hangul(text[EN]) || !hangul(text[KO]) || strings.Contains(text[EN]+text[KO], "%!") {
				t.Errorf("%s: not in two languages: %q", e.Name, text)
			}
		}
	}
}
