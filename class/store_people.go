package class

// What the database knows of people. A change is told on the writer's goroutine, behind its commit.

import (
	"context"
	"database/sql"

	"pollwire/data/groupcommit"
)

// Role is that of the user u: who came by a key that is no longer good is a student.
const Role = "CASE WHEN u.teaches = (SELECT teacher_mark FROM server) THEN 'teacher' ELSE 'student' END"

// UserColumns are those that ScanUser takes, for a query that goes on with a WHERE.
const UserColumns = "SELECT u.id, u.username, u.nickname, u.username IS NULL, u.created_at, " + Role +
	", u.muted, u.removed FROM users u "

// ScanUser reads UserColumns.
func ScanUser(rows *groupcommit.Rows, u *User) error {
	return rows.Scan(&u.ID, &u.Username, &u.Nickname, &u.IsGuest, &u.CreatedAt, &u.Role, &u.Muted, &u.Removed)
}

// ErrNotFound says that there is no such user.
var ErrNotFound = sql.ErrNoRows

func userByID(ctx context.Context, q groupcommit.Querier, id int64) (User, error) {
	return groupcommit.One(ctx, q, ScanUser, UserColumns+"WHERE u.id = ?", id)
}

// addTeacher makes a user who came by the key with this mark.
func (p *People) addTeacher(ctx context.Context, nickname, mark string, at millis) (u User, err error) {
	err = p.DB.Write(ctx, func(w *groupcommit.Writer) error {
		if err := isGood(w, mark); err != nil {
			return err
		}
		id, err := w.Insert("INSERT INTO users (nickname, created_at, teaches) VALUES (?, ?, ?)", nickname, at, mark)
		if err == nil {
			u, err = userByID(ctx, w, id)
		}
		return err
	}, nil)
	return u, err
}

// isGood refuses a mark that is no longer that of the key.
func isGood(w *groupcommit.Writer, mark string) error {
	good, err := groupcommit.Value[string](context.Background(), w, "SELECT teacher_mark FROM server")
	if err == nil && good != mark {
		err = wrongKey()
	}
	return err
}

// change hands a user to edit, inside the transaction, and stores what edit made of it: the nickname, the role, whether
// muted or removed. An error of edit stores nothing. Where nothing changed nobody is told.
func (p *People) change(ctx context.Context, id int64, edit func(*groupcommit.Writer, *User) error) (u User,
	err error) {
	changed := false
	err = p.DB.Write(ctx, func(w *groupcommit.Writer) error {
		old, err := userByID(ctx, w, id)
		if err != nil {
			return err
		}
		u = old
		if err := edit(w, &u); err != nil {
			return err
		}
		if changed = u != old; changed {
			err = p.put(w, u)
		}
		return err
	}, func() {
		if changed {
			p.tell(u)
		}
	})
	return u, err
}

// put stores what of a user can change.
func (p *People) put(w *groupcommit.Writer, u User) error {
	err := w.Do(`UPDATE users SET nickname = ?, muted = ?, removed = ?,
		teaches = CASE ? WHEN 'teacher' THEN (SELECT teacher_mark FROM server) END WHERE id = ?`, u.Nickname, u.Muted,
		u.Removed, u.Role, u.ID)
	if err != nil {
		return err
	}
	return p.dropPolls(w, u.ID)
}

// dropPolls has the polls read anew that name somebody who is another now.
func (p *People) dropPolls(w *groupcommit.Writer, of int64) error {
	ids, err := groupcommit.Values[int64](context.Background(), w, "SELECT id FROM polls WHERE created_by = ?", of)
	p.DropPolls(ids...)
	return err
}

// setMark makes a mark that of the key which is good. Who came by another one is a student from then on.
func (p *People) setMark(ctx context.Context, mark string) error {
	var others []User
	return p.DB.Write(ctx, func(w *groupcommit.Writer) error {
		others = nil
		ids, err := groupcommit.Values[int64](ctx, w, `SELECT id FROM users, (SELECT teacher_mark AS old FROM server)
			WHERE old <> ? AND teaches IN (old, ?)`, mark, mark)
		if err == nil {
			err = w.Do("UPDATE server SET teacher_mark = ? WHERE teacher_mark <> ?", mark, mark)
		}
		for i := 0; i < len(ids) && err == nil; i++ {
			var u User
			if u, err = userByID(ctx, w, ids[i]); err == nil {
				others = append(others, u)
				err = p.dropPolls(w, u.ID)
			}
		}
		return err
	}, func() {
		for _, u := range others {
			p.tell(u)
		}
	})
}
