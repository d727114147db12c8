package graded

import (
	"net/http"

	"pollwire/class"
	"pollwire/rest/input"
	"pollwire/rest/keyset"
	"pollwire/rest/output"
)

// result is what somebody has reached in an exercise, and by which run. What counts is the best hand-in; where nothing
// was handed in, Best, HandedInAt, Yours and Doubted are nil.
type result struct {
	User       class.Person `json:"user"`
	Exercise   string       `json:"exercise"`
	Best       *int64       `json:"best"`
	Of         *int64       `json:"of"`
	Attempts   int64        `json:"attempts"`
	HandedInAt *millis      `json:"handed_in_at"`
	Yours      *bool        `json:"yours"`
	Doubted    *bool        `json:"doubted"`
	Run        string       `json:"run"`

	last int64 // the newest run, by which the list is in order
}

func (e *Exercises) handleResults(w http.ResponseWriter, r *http.Request, _ class.User) error {
	q, page, err := input.Page(r)
	if err == nil {
		err = q.Err()
	}
	if err != nil {
		return err
	}
	list, err := e.readResults(r.Context(), page)
	if err != nil {
		return err
	}
	next, err := keyset.Next(page, list, func(r result) int64 { return r.last }, func(id int64) (bool, error) {
		return e.anyOlder(r.Context(), id)
	})
	if err != nil {
		return err
	}
	return output.Show(w, r, struct {
		Results    []result `json:"results"`
		NextBefore *int64   `json:"next_before"`
	}{output.List(list), next})
}

// attempt is a run of somebody with its best hand-in, nil where nothing was handed in.
type attempt struct {
	Run        string  `json:"run"`
	Attempt    int64   `json:"attempt"`
	CreatedAt  millis  `json:"created_at"`
	HandIns    int64   `json:"handins"` // how many
	Best       *int64  `json:"best"`
	Of         *int64  `json:"of"`
	HandedInAt *millis `json:"handed_in_at"`
	Yours      *bool   `json:"yours"`
	Doubted    *bool   `json:"doubted"`
}

const maxAttempts = 1000 // in one answer: the newest

// handleAttempts tells a teacher all attempts at an exercise of whose run it is: the results know only the best.
func (e *Exercises) handleAttempts(w http.ResponseWriter, r *http.Request, _ class.User) error {
	row, _, err := e.runOf(r)
	if err != nil {
		return err
	}
	person, err := e.readPerson(r.Context(), row.user)
	if err != nil {
		return err
	}
	list, err := e.readAttempts(r.Context(), row)
	if err != nil {
		return err
	}
	return output.Show(w, r, map[string]any{"user": person, "attempts": list})
}
