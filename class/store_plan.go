package class

// What the database knows of the plan.

import (
	"context"
	"errors"
	"slices"

	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/problem"
)

// readPlan returns the ids of the planned polls in their order.
func readPlan(ctx context.Context, q groupcommit.Querier) ([]int64, error) {
	return groupcommit.Values[int64](ctx, q, "SELECT poll_id FROM plan ORDER BY position, poll_id")
}

// change makes the entries the plan, or puts them behind it, in one transaction. was is what the plan must be before;
// nil: anything.
func (p Plan) change(ctx context.Context, u User, entries []entry, was *[]int64, whole bool) error {
	var news []func()
	return p.DB.Write(ctx, func(w *groupcommit.Writer) error {
		news = nil
		before, err := readPlan(ctx, w)
		if err != nil {
			return err
		}
		if was != nil && !slices.Equal(before, *was) {
			return problem.Refuse(problem.Conflict, "the plan has been changed meanwhile").Coded("plan_changed")
		}
		ids, tell, err := p.make(w, u, entries)
		if news = tell; err != nil {
			return err
		}
		if whole {
			err = p.dropDrafts(w, before, ids)
		} else {
			ids = append(slices.DeleteFunc(before, func(id int64) bool { return slices.Contains(ids, id) }), ids...)
		}
		if err == nil && len(ids) > maxPlan {
			var v input.Values
			v.Add("polls", "must not be more than %d", maxPlan).Coded("too_many", "most")
			err = v.Err()
		}
		if err != nil {
			return err
		}
		return writePlan(w, ids)
	}, func() {
		for _, tell := range news {
			tell()
		}
	})
}

// make changes the polls that exist and adds the others. It returns the ids of all.
func (p Plan) make(w *groupcommit.Writer, u User, entries []entry) (ids []int64, news []func(), err error) {
	for i, e := range entries {
		id, tell := e.id, func() {}
		switch {
		case id == 0:
			id, tell, err = p.Add(w, u, *e.edit)
		case e.edit != nil:
			tell, err = p.Change(w, u, id, *e.edit)
		default:
			var exists bool
			if exists, err = groupcommit.Exists(context.Background(), w, "SELECT 1 FROM polls WHERE id = ?", id); !exists {
				err = ErrNotFound
			}
		}
		if errors.Is(err, ErrNotFound) {
			var v input.Values
			v.Add(input.Item("polls", i), "is not a poll").Coded("not_a_poll")
			return nil, nil, v.Err()
		}
		if err != nil {
			return nil, nil, within(i, err)
		}
		ids = append(ids, id)
		if tell != nil {
			news = append(news, tell)
		}
	}
	return ids, news, nil
}

// dropDrafts deletes the drafts that were in the plan and are not among ids.
func (p Plan) dropDrafts(w *groupcommit.Writer, before, ids []int64) error {
	for _, id := range before {
		if slices.Contains(ids, id) {
			continue
		}
		draft, err := groupcommit.Exists(context.Background(), w, "SELECT 1 FROM polls WHERE id = ? AND draft = 1", id)
		if err == nil && draft {
			err = p.Drop(w, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func writePlan(w *groupcommit.Writer, ids []int64) error {
	if err := w.Do("DELETE FROM plan"); err != nil {
		return err
	}
	for i, id := range ids {
		if err := w.Do("INSERT INTO plan (poll_id, position) VALUES (?, ?)", id, i); err != nil {
			return err
		}
	}
	return nil
}
