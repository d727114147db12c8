// Package pollrows is how a poll lies in the database: as one row of polls, one of options for each of its options, and
// of each who has voted one of answers (a number, a text) or one of votes for each option that was chosen. The triggers
// of schema.sql count them.
//
// Who may read and change, in which transaction, and who hears of it, is the caller's business.
package pollrows

import (
	"cmp"
	"context"
	"database/sql"

	"pollwire/class"
	"pollwire/class/question"
	"pollwire/data/groupcommit"
)

// Poll is a poll together with what one viewer chose in it.
type Poll struct {
	question.Poll
	Mine question.Answer // none where the viewer has not voted
}

// One row for each option, one for a poll that has none. The last column is 1 where the viewer (the first two
// parameters) chose the option.
const columns = `SELECT p.id, p.title, p.description, p.kind, p.multiple, p.hidden, p.named, p.seconds, p.points,
	p.explanation, p.key, p.rounds, p.draft, p.is_active, p.ends_at, p.created_at, p.answered - p.further, u.id,
	u.nickname, ` + class.Role + `,
	CASE p.kind WHEN 'choice' THEN '' ELSE (SELECT result FROM results WHERE poll_id = p.id) END,
	coalesce(o.id, 0), coalesce(o.text, ''), coalesce(o.correct, 0), coalesce(o.votes, 0), mine.value, mine.number,
	EXISTS (SELECT 1 FROM votes v WHERE v.poll_id = p.id AND v.user_id = ? AND v.option_id = o.id)
FROM polls p JOIN users u ON u.id = p.created_by LEFT JOIN options o ON o.poll_id = p.id
	LEFT JOIN answers mine ON mine.poll_id = p.id AND mine.user_id = ? AND p.kind <> 'choice' `

func scan(rows *sql.Rows, p *Poll) error {
	var o question.PollOption
	var key, rounds, result string
	var value sql.Null[string]
	var number *float64
	var chosen bool
	err := rows.Scan(&p.ID, &p.Title, &p.Description, &p.Kind, &p.Multiple, &p.Hidden, &p.Named, &p.Seconds, &p.Points,
		&p.Explanation, &key, &rounds, &p.Draft, &p.IsActive, &p.EndsAt, &p.CreatedAt, &p.Voters, &p.CreatedBy.ID,
		&p.CreatedBy.Nickname, &p.CreatedBy.Role, &result, &o.ID, &o.Text, &o.Correct, &o.Votes, &value, &number, &chosen)
	if p.TotalVotes = p.Voters; o.ID != 0 { // as turnout in schema.sql: see there
		p.Options, p.TotalVotes = []question.PollOption{o}, o.Votes
		p.Voters += o.Votes
	}
	if p.Mine = question.Stored(value.V, number); chosen {
		p.Mine.Options = []int64{o.ID}
	}
	var err1, err2, err3 error
	p.Right, err1 = question.ParseRight(key)
	p.Rounds, err2 = question.ParseRounds(rounds)
	p.Result, err3 = question.ParseResult(p.Kind, result)
	return cmp.Or(err, err1, err2, err3)
}

// List returns polls, newest first. ids is a query of their ids, with parameters args.
func List(ctx context.Context, q groupcommit.Querier, viewer int64, ids string, args ...any) ([]Poll, error) {
	return list(ctx, q, columns+"WHERE p.id IN ("+ids+") ORDER BY p.id DESC, o.position", viewer, args)
}

// One returns a poll, or sql.ErrNoRows.
func One(ctx context.Context, q groupcommit.Querier, viewer, id int64) (Poll, error) {
	polls, err := list(ctx, q, columns+"WHERE p.id = ? ORDER BY o.position", viewer, []any{id})
	if err == nil && len(polls) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return Poll{}, err
	}
	return polls[0], nil
}

// list folds the rows of each poll into one.
func list(ctx context.Context, q groupcommit.Querier, text string, viewer int64, args []any) ([]Poll, error) {
	rows, err := groupcommit.Ask(ctx, q, scan, text, append([]any{viewer, viewer}, args...)...)
	var polls []Poll
	for _, r := range rows {
		if n := len(polls); n > 0 && polls[n-1].ID == r.ID {
			p := &polls[n-1]
			p.Options = append(p.Options, r.Options...)
			p.TotalVotes += r.TotalVotes
			p.Voters += r.TotalVotes
			p.Mine.Options = append(p.Mine.Options, r.Mine.Options...)
			continue
		}
		polls = append(polls, r)
	}
	return polls, err
}

// Ballots returns what each voter chose.
func Ballots(w *groupcommit.Writer, id int64) (map[int64]question.Answer, error) {
	ballots := map[int64]question.Answer{}
	_, err := groupcommit.Ask(context.Background(), w, func(rows *sql.Rows, _ *struct{}) error {
		var voter int64
		var option *int64
		var value sql.Null[string]
		var number *float64
		err := rows.Scan(&voter, &option, &value, &number)
		a := question.Stored(value.V, number)
		if option != nil {
			a.Options = append(ballots[voter].Options, *option)
		}
		ballots[voter] = a
		return err
	}, "SELECT user_id, option_id, value, number FROM ballots WHERE poll_id = ? ORDER BY user_id, option_id", id)
	return ballots, err
}
