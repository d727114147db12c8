package class

// What the database knows of the roster.

import (
	"context"

	"pollwire/data/groupcommit"
	"pollwire/rest/visible"
)

// enteringBy tells how newcomers come in.
func enteringBy(w *groupcommit.Writer) (locked, roster bool, err error) {
	type entry struct{ locked, roster bool }
	e, err := groupcommit.One(context.Background(), w, func(rows *groupcommit.Rows, e *entry) error {
		return rows.Scan(&e.locked, &e.roster)
	}, "SELECT locked, EXISTS (SELECT 1 FROM roster) FROM class")
	return e.locked, e.roster, err
}

type place struct {
	code   *string
	holder int64 // 0: nobody
}

func placeOf(w *groupcommit.Writer, key string) (place, error) {
	return groupcommit.One(context.Background(), w, func(rows *groupcommit.Rows, p *place) error {
		return rows.Scan(&p.code, &p.holder)
	}, "SELECT code, coalesce(user_id, 0) FROM roster WHERE name_key = ?", key)
}

// hold gives a name to somebody who has none.
func hold(w *groupcommit.Writer, key string, user int64) error {
	return w.Do(`UPDATE roster SET user_id = ?1 WHERE name_key = ?2
		AND NOT EXISTS (SELECT 1 FROM roster WHERE user_id = ?1)`, user, key)
}

func readRoster(ctx context.Context, q groupcommit.Querier) ([]expected, error) {
	return groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, e *expected) error {
		var id *int64
		var nickname, role *string
		err := rows.Scan(&e.Name, &e.Code, &id, &nickname, &role)
		if id != nil {
			e.User = &Person{ID: *id, Nickname: *nickname, Role: *role}
		}
		return err
	}, "SELECT r.name, r.code, u.id, u.nickname, "+Role+
		" FROM roster r LEFT JOIN users u ON u.id = r.user_id ORDER BY r.position")
}

// putRoster replaces the roster. Who holds a name that stays goes on holding it.
func (c *Class) putRoster(ctx context.Context, people []expected) (stored []expected, err error) {
	var now settings
	err = c.DB.Write(ctx, func(w *groupcommit.Writer) error {
		held, err := groupcommit.Lists[string, int64](ctx, w,
			"SELECT name_key, user_id FROM roster WHERE user_id IS NOT NULL")
		if err == nil {
			err = w.Do("DELETE FROM roster")
		}
		for i := 0; i < len(people) && err == nil; i++ {
			key := visible.Fold(people[i].Name)
			var user *int64
			if by := held[key]; len(by) > 0 {
				user = &by[0]
			}
			err = w.Do("INSERT INTO roster (name_key, name, code, position, user_id) VALUES (?, ?, ?, ?, ?)", key,
				people[i].Name, people[i].Code, i, user)
		}
		if err != nil {
			return err
		}
		if stored, err = readRoster(ctx, w); err == nil {
			now, err = readSettings(ctx, w)
		}
		return err
	}, func() {
		if now.Roster != c.now.Load().Roster {
			c.tell(now)
		}
	})
	return stored, err
}

// free gives a name back and removes who held it, whose ballots in open polls are withdrawn.
func (c *Class) free(ctx context.Context, key string) error {
	holder, err := groupcommit.Value[int64](ctx, c.DB.Readers(),
		"SELECT user_id FROM roster WHERE name_key = ? AND user_id IS NOT NULL", key)
	if err != nil {
		return err
	}
	var voted []int64
	err = c.Remove(ctx, holder, func(w *groupcommit.Writer) error {
		if voted, err = withdraw(w, holder); err != nil {
			return err
		}
		c.DropPolls(voted...)
		return w.Do("UPDATE roster SET user_id = NULL WHERE name_key = ? AND user_id = ?", key, holder)
	})
	if err == nil {
		c.Touched(voted...)
	}
	return err
}

// withdraw deletes the ballots of somebody in polls that are open, and returns these polls.
func withdraw(w *groupcommit.Writer, user int64) (polls []int64, err error) {
	polls, err = groupcommit.Values[int64](context.Background(), w, `SELECT id FROM polls WHERE is_active = 1 AND
		(EXISTS (SELECT 1 FROM votes WHERE poll_id = polls.id AND user_id = ?1) OR
		EXISTS (SELECT 1 FROM answers WHERE poll_id = polls.id AND user_id = ?1))`, user)
	for i := 0; i < len(polls) && err == nil; i++ {
		if err = w.Do("DELETE FROM votes WHERE poll_id = ? AND user_id = ?", polls[i], user); err == nil {
			err = w.Do("DELETE FROM answers WHERE poll_id = ? AND user_id = ?", polls[i], user)
		}
	}
	return polls, err
}
