package graded

import (
	"encoding/json"
	"net/http"

	"pollwire/class"
	"pollwire/lab/exercise"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// fieldResult is how a question went, over the hand-ins that count: how many have it right, of how many, and what was
// said most often to those who have not.
type fieldResult struct {
	ID      string `json:"id"`
	Text    string `json:"text"` // with values that are nobody's
	Right   int    `json:"right"`
	Of      int    `json:"of"`
	Mistake string `json:"mistake"` // "" where there is none
}

// handleFields tells what is worth to be talked over in class.
func (e *Exercises) handleFields(w http.ResponseWriter, r *http.Request, _ class.User) error {
	q, err := input.Query(r)
	if err != nil {
		return err
	}
	name, sent := q.Get("exercise")
	if !sent {
		q.Add("exercise", "must be sent").Coded("missing")
	}
	if err := q.Err(); err != nil {
		return err
	}
	ex := exercise.Named(name)
	if ex == nil {
		return problem.Refuse(problem.NotFound, "no exercise %q", name).Coded("no_exercise")
	}
	marks, err := e.readBest(r.Context(), name)
	if err != nil {
		return err
	}
	list, err := fieldsOf(ex, marks, language(r))
	if err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept-Language")
	return output.Show(w, r, map[string]any{"fields": list})
}

// fieldsOf counts over marks, in the order of the sheet.
func fieldsOf(ex *exercise.Exercise, marks []string, lang string) ([]fieldResult, error) {
	list := []fieldResult{}
	at, said := map[string]int{}, map[string]map[string]int{}
	for i, f := range ex.Sheet(exercise.NewRun("", [32]byte{})).Fields {
		at[f.ID], said[f.ID] = i, map[string]int{}
		list = append(list, fieldResult{ID: f.ID, Text: f.Text.In(lang)})
	}
	for _, text := range marks {
		var m exercise.Mark
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return nil, err
		}
		for _, f := range m.Fields {
			i, asked := at[f.ID]
			if !asked {
				continue // by an older version of this program
			}
			list[i].Of++
			if f.OK {
				list[i].Right++
			} else {
				list[i].count(said[f.ID], f.Feedback.In(lang))
			}
		}
	}
	return list, nil
}

// count notes what was said about a wrong answer.
func (f *fieldResult) count(said map[string]int, feedback string) {
	said[feedback]++
	if said[feedback] > said[f.Mistake] {
		f.Mistake = feedback
	}
}
