package class

// What the database knows of ballots.

import (
	"context"
	"math"

	"pollwire/class/question"
	"pollwire/data/groupcommit"
)

// readScored returns the polls that count, and the moment at which the next of them ends by time.
func readScored(ctx context.Context, q groupcommit.Querier, at millis, open bool) (polls []scored, until millis,
	err error) {
	type row struct {
		scored
		ends *millis
		over bool
		key  string
	}
	rows, err := groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, r *row) error {
		return rows.Scan(&r.id, &r.points, &r.kind, &r.key, &r.ends, &r.over)
	}, `SELECT p.id, p.points, p.kind, p.key, p.ends_at, p.is_active = 0 OR coalesce(p.ends_at <= ?, 0)
		FROM polls p JOIN users u ON u.id = p.created_by
		WHERE p.points > 0 AND p.draft = 0 AND (p.id IN (SELECT poll_id FROM plan) OR `+Role+` = 'teacher')
		ORDER BY p.id`, at)
	if err != nil {
		return nil, 0, err
	}
	correct, err := readCorrect(ctx, q)
	until = math.MaxInt64
	for i := 0; i < len(rows) && err == nil; i++ {
		r := rows[i]
		if !r.over && r.ends != nil {
			until = min(until, *r.ends)
		}
		if r.over || open {
			r.correct = correct[r.id]
			r.right, err = question.ParseRight(r.key)
			polls = append(polls, r.scored)
		}
	}
	return polls, until, err
}

// readCorrect returns the right options of each poll.
func readCorrect(ctx context.Context, q groupcommit.Querier) (map[int64][]int64, error) {
	return groupcommit.Lists[int64, int64](ctx, q, "SELECT poll_id, id FROM options WHERE correct = 1 ORDER BY id")
}

// readStudents returns those who get points: nobody who teaches or was removed.
func readStudents(ctx context.Context, q groupcommit.Querier) ([]Person, error) {
	return groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, p *Person) error {
		return rows.Scan(&p.ID, &p.Nickname, &p.Role)
	}, "SELECT u.id, u.nickname, "+Role+" AS role FROM users u WHERE u.removed = 0 AND role = 'student'")
}

// ballots returns all ballots of a poll, in the order of the voters.
func (p scored) ballots(ctx context.Context, q groupcommit.Querier) ([]ballot, error) {
	if p.kind != question.Choice {
		return groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, b *ballot) error {
			var value string
			var number *float64
			err := rows.Scan(&b.user, &value, &number, &b.at)
			b.answer = question.Stored(value, number)
			return err
		}, "SELECT user_id, value, number, cast_at FROM answers WHERE poll_id = ? ORDER BY user_id", p.id)
	}
	rows, err := groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, b *ballot) error {
		b.answer.Options = make([]int64, 1)
		return rows.Scan(&b.user, &b.answer.Options[0], &b.at)
	}, "SELECT user_id, option_id, cast_at FROM votes WHERE poll_id = ? ORDER BY user_id, option_id", p.id)
	var list []ballot
	for _, b := range rows {
		if n := len(list); n > 0 && list[n-1].user == b.user {
			last := &list[n-1]
			last.answer.Options = append(last.answer.Options, b.answer.Options...)
			last.at = max(last.at, b.at)
			continue
		}
		list = append(list, b)
	}
	return list, err
}

// readJudged returns a poll as far as its ballots are judged, and whether who chose what is told.
func readJudged(ctx context.Context, q groupcommit.Querier, id int64) (p scored, named bool, err error) {
	type row struct {
		scored
		named bool
		key   string
	}
	r, err := groupcommit.One(ctx, q, func(rows *groupcommit.Rows, r *row) error {
		return rows.Scan(&r.id, &r.kind, &r.key, &r.named)
	}, "SELECT id, kind, key, named FROM polls WHERE id = ?", id)
	if err != nil {
		return p, false, err
	}
	if r.right, err = question.ParseRight(r.key); err != nil {
		return p, false, err
	}
	r.correct, err = groupcommit.Values[int64](ctx, q, "SELECT id FROM options WHERE poll_id = ? AND correct = 1", id)
	return r.scored, r.named, err
}

func readPerson(ctx context.Context, q groupcommit.Querier, id int64) (Person, error) {
	return groupcommit.One(ctx, q, func(rows *groupcommit.Rows, p *Person) error {
		return rows.Scan(&p.ID, &p.Nickname, &p.Role)
	}, "SELECT u.id, u.nickname, "+Role+" FROM users u WHERE u.id = ?", id)
}
