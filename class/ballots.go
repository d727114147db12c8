package class

// Who chose what, in polls where that is told: the named ones.
//
//	GET /api/polls/{poll_id}/ballots  ->  200 {"ballots":[{"user","option_ids"|"number"|"text","cast_at","correct"}],
//	                                      "next_before"} | 409 not named
//
// A page goes by the ids of the voters, and begins with the newest of them.

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sort"

	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/keyset"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// ballotView is a ballot as the teacher sees it.
type ballotView struct {
	User      Person   `json:"user"`
	OptionIDs []int64  `json:"option_ids,omitempty"`
	Number    *float64 `json:"number,omitempty"`
	Text      string   `json:"text,omitempty"`
	CastAt    millis   `json:"cast_at"`
	Correct   *bool    `json:"correct"` // null where nothing is right
}

func (c *Class) handleBallots(w http.ResponseWriter, r *http.Request, _ User) error {
	id, err := input.PathID(r, "poll_id")
	if err != nil {
		return err
	}
	v, page, err := input.Page(r)
	if err == nil {
		err = v.Err()
	}
	if err != nil {
		return err
	}
	p, named, err := readJudged(r.Context(), c.DB.Readers(), id)
	switch {
	case errors.Is(err, ErrNotFound):
		return problem.Refuse(problem.NotFound, "no %s %d", "poll", id).Coded("no_such", "what", "id")
	case err != nil:
		return err
	case !named:
		return problem.Refuse(problem.Conflict, "poll %d is not named: nobody is told who chose what", id).
			Coded("not_named", "id")
	}
	all, err := p.ballots(r.Context(), c.DB.Readers())
	if err != nil {
		return err
	}
	views, next, err := p.page(r.Context(), c.DB.Readers(), all, page)
	if err != nil {
		return err
	}
	return output.Show(w, r, struct {
		Ballots    []ballotView `json:"ballots"`
		NextBefore *int64       `json:"next_before"`
	}{output.List(views), next})
}

// page takes from all ballots those of a page, newest voters first, with the names of their voters.
func (p scored) page(ctx context.Context, q groupcommit.Querier, all []ballot, page keyset.Page) (views []ballotView,
	next *int64, err error) {
	for _, b := range window(all, page) {
		who, err := readPerson(ctx, q, b.user)
		if err != nil {
			return nil, nil, err
		}
		view := ballotView{User: who, OptionIDs: b.answer.Options, Number: b.answer.Number, Text: b.answer.Text,
			CastAt: b.at}
		if p.answerable() {
			view.Correct = new(p.isRight(b.answer))
		}
		views = append(views, view)
	}
	next, err = keyset.Next(page, views, func(v ballotView) int64 { return v.User.ID }, func(id int64) (bool, error) {
		return len(all) > 0 && all[0].user < id, nil
	})
	return views, next, err
}

// window returns the ballots of a page, the newest voters first. all are in the order of the voters.
func window(all []ballot, page keyset.Page) []ballot {
	below := func(id int64) int {
		return sort.Search(len(all), func(i int) bool { return all[i].user >= id })
	}
	from, to := 0, len(all)
	switch {
	case page.After > 0:
		from = below(page.After + 1)
		to = min(from+page.Limit, to)
	case page.Before > 0:
		to = below(page.Before)
		fallthrough
	default:
		from = max(0, to-page.Limit)
	}
	shown := slices.Clone(all[from:to])
	slices.Reverse(shown)
	return shown
}
