package graded

import (
	"net/http"

	"pollwire/class"
	"pollwire/rest/input"
	"pollwire/rest/keyset"
	"pollwire/rest/output"
)

// result is what somebody has reached in an exercise, and by which run. What counts is the best hand-in; where nothing
// was handed in, Best, HandedInAt and Yours are nil.
type result struct {
	User       class.Person `json:"user"`
	Exercise   string       `json:"exercise"`
	Best       *int64       `json:"best"`
	Of         *int64       `json:"of"`
	Attempts   int64        `json:"attempts"`
	HandedInAt *millis      `json:"handed_in_at"`
	Yours      *bool        `json:"yours"`
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
