package class

// What the database knows of the class.

import (
	"context"
	"errors"

	"pollwire/data/groupcommit"
	"pollwire/rest/input"
)

func readSettings(ctx context.Context, q groupcommit.Querier) (settings, error) {
	return groupcommit.One(ctx, q, func(rows *groupcommit.Rows, s *settings) error {
		return rows.Scan(&s.Title, &s.Current, &s.Locked, &s.StudentPolls, &s.Chat, &s.Roster)
	}, "SELECT title, current, locked, student_polls, chat, EXISTS (SELECT 1 FROM roster) FROM class")
}

// readView reads settings and people at once, or they might be of two classes while a new one is made.
func readView(ctx context.Context, q groupcommit.Querier) (view, error) {
	return groupcommit.One(ctx, q, func(rows *groupcommit.Rows, v *view) error {
		s := &v.settings
		return rows.Scan(&s.Title, &s.Current, &s.Locked, &s.StudentPolls, &s.Chat, &s.Roster, &v.People)
	}, "SELECT title, current, locked, student_polls, chat, EXISTS (SELECT 1 FROM roster), "+
		"(SELECT count(*) FROM users WHERE removed = 0) FROM class")
}

// countPeople returns how many have come in, ever.
func (c *Class) countPeople(ctx context.Context) (int64, error) {
	return groupcommit.Value[int64](ctx, c.DB.Readers(), "SELECT count(*) FROM users WHERE removed = 0")
}

// change stores a part of the settings and opens the poll that is to be looked at, in one transaction. Nobody is told
// where nothing changed.
func (c *Class) change(ctx context.Context, in edit) error {
	var now settings
	var changed bool
	var opened func()
	return c.DB.Write(ctx, func(w *groupcommit.Writer) error {
		old, err := readSettings(ctx, w)
		if err != nil {
			return err
		}
		now, opened = old, nil
		in.apply(&now)
		if now.Current != nil && in.Current.Sent {
			if opened, err = c.open(w, *now.Current); err != nil {
				return err
			}
		}
		if changed = !now.same(old); !changed {
			return nil
		}
		return w.Do("UPDATE class SET title = ?, current = ?, locked = ?, student_polls = ?, chat = ?", now.Title,
			now.Current, now.Locked, now.StudentPolls, now.Chat)
	}, func() {
		if opened != nil {
			opened() // first: who looks at a poll should know it
		}
		if changed {
			c.tell(now)
		}
	})
}

func (c *Class) open(w *groupcommit.Writer, poll int64) (news func(), err error) {
	news, err = c.Open(w, poll)
	if errors.Is(err, ErrNotFound) {
		var v input.Values
		v.Add("current", "is not a poll").Coded("not_a_poll")
		err = v.Err()
	}
	return news, err
}

// ErrTaken says that there is a user of this name.
var ErrTaken = errors.New("the user name is taken")

// Add lets a newcomer in, as a new user. key is the folded user name; key and hash are nil for a guest.
func (c *Class) Add(ctx context.Context, u User, key, hash *string, n Newcomer) (User, error) {
	n.Name = u.Nickname
	err := c.DB.Write(ctx, func(w *groupcommit.Writer) error {
		claim, err := c.admit(w, n)
		if err != nil {
			return err
		}
		u.ID, err = w.Insert(`INSERT INTO users (username, username_key, nickname, password_hash, created_at)
			VALUES (?, ?, ?, ?, ?)`, u.Username, key, u.Nickname, hash, u.CreatedAt)
		if groupcommit.IsUnique(err) {
			return ErrTaken
		}
		if err == nil && claim != nil {
			err = claim(u.ID)
		}
		return err
	}, nil)
	u.Role = Student
	return u, err
}
