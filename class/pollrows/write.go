package pollrows

import (
	"cmp"
	"slices"

	"pollwire/class/question"
	"pollwire/data/groupcommit"
)

// Insert stores a new poll with its options, and returns its id.
func Insert(w *groupcommit.Writer, p question.Poll) (id int64, err error) {
	id, err = w.Insert(`INSERT INTO polls (title, description, kind, multiple, hidden, named, seconds, points,
		explanation, key, rounds, draft, is_active, ends_at, created_at, created_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		append(changeable(p), p.CreatedAt, p.CreatedBy.ID)...)
	if err == nil {
		err = addOptions(w, id, p.Options)
	}
	return id, err
}

// changeable are the values of what can be changed.
func changeable(p question.Poll) []any {
	return []any{p.Title, p.Description, p.Kind, p.Multiple, p.Hidden, p.Named, p.Seconds, p.Points, p.Explanation,
		p.Right.String(), question.Rounds(p.Rounds), p.Draft, p.IsActive, p.EndsAt}
}

func addOptions(w *groupcommit.Writer, id int64, options []question.PollOption) error {
	for i, o := range options {
		err := w.Do("INSERT INTO options (poll_id, position, text, correct) VALUES (?, ?, ?, ?)", id, i, o.Text, o.Correct)
		if err != nil {
			return err
		}
	}
	return nil
}

// Replace writes p over old. Options that are new get ids, and a new round begins without ballots.
func Replace(w *groupcommit.Writer, old, p question.Poll) error {
	err := w.Do(`UPDATE polls SET title = ?, description = ?, kind = ?, multiple = ?, hidden = ?, named = ?, seconds = ?,
		points = ?, explanation = ?, key = ?, rounds = ?, draft = ?, is_active = ?, ends_at = ? WHERE id = ?`,
		append(changeable(p), p.ID)...)
	if err == nil && len(p.Rounds) > len(old.Rounds) {
		err = dropBallots(w, p.ID)
	}
	if err != nil || slices.Equal(old.Options, p.Options) {
		return err
	}
	if len(p.Options) == 0 || p.Options[0].ID == 0 {
		if err := w.Do("DELETE FROM options WHERE poll_id = ?", p.ID); err != nil {
			return err
		}
		return addOptions(w, p.ID, p.Options)
	}
	for _, o := range p.Options {
		if err := w.Do("UPDATE options SET correct = ? WHERE id = ?", o.Correct, o.ID); err != nil {
			return err
		}
	}
	return nil
}

func dropBallots(w *groupcommit.Writer, id int64) error {
	return cmp.Or(w.Do("DELETE FROM votes WHERE poll_id = ?", id), w.Do("DELETE FROM answers WHERE poll_id = ?", id))
}

// ReplaceBallot makes answer the whole ballot of a user, which was before. It writes only what differs.
func ReplaceBallot(w *groupcommit.Writer, pollID, userID int64, before, answer question.Answer,
	at question.Millis) (err error) {
	if before.Value() != "" {
		err = w.Do("DELETE FROM answers WHERE poll_id = ? AND user_id = ?", pollID, userID)
	}
	if err == nil && answer.Value() != "" {
		err = w.Do("INSERT INTO answers (poll_id, user_id, value, key, number, cast_at) VALUES (?, ?, ?, ?, ?, ?)", pollID,
			userID, answer.Value(), answer.Key(), answer.Number, at)
	}
	for _, id := range before.Options {
		if err == nil && !slices.Contains(answer.Options, id) {
			err = w.Do("DELETE FROM votes WHERE poll_id = ? AND user_id = ? AND option_id = ?", pollID, userID, id)
		}
	}
	for _, id := range answer.Options {
		if err == nil && !slices.Contains(before.Options, id) {
			err = w.Do("INSERT INTO votes (poll_id, user_id, option_id, cast_at) VALUES (?, ?, ?, ?)", pollID, userID, id, at)
		}
	}
	return err
}
