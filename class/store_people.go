package class

// What the database knows of people. A change is told on the writer's goroutine, behind its commit.

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"pollwire/data/groupcommit"
	"pollwire/rest/keyset"
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

// memberColumns are those that scanMember takes. The first key of votes and of answers is the poll: where there are few
// polls, it is quick to ask each of them.
const memberColumns = "SELECT u.id, u.username, u.nickname, u.username IS NULL, u.created_at, " + Role +
	`, u.muted, u.removed, u.last_seen,
	(SELECT count(*) FROM polls p WHERE EXISTS (SELECT 1 FROM votes v WHERE v.poll_id = p.id AND v.user_id = u.id)
		OR EXISTS (SELECT 1 FROM answers a WHERE a.poll_id = p.id AND a.user_id = u.id)),
	(SELECT count(*) FROM messages m WHERE m.user_id = u.id), (SELECT count(*) FROM files f WHERE f.owner = u.id)
	FROM users u WHERE `

func scanMember(rows *groupcommit.Rows, m *member) error {
	u := &m.User
	return rows.Scan(&u.ID, &u.Username, &u.Nickname, &u.IsGuest, &u.CreatedAt, &u.Role, &u.Muted, &u.Removed, &m.LastSeen,
		&m.Votes, &m.Messages, &m.Files)
}

func (p *People) member(ctx context.Context, id int64) (member, error) {
	return groupcommit.One(ctx, p.DB.Readers(), scanMember, memberColumns+"u.id = ?", id)
}

// list returns a page of the people, newest first.
func (p *People) list(ctx context.Context, page keyset.Page) ([]member, *int64, error) {
	window, edge := page.Window("u.id")
	list, err := groupcommit.Ask(ctx, p.DB.Readers(), scanMember, memberColumns+window, edge, page.Limit)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(list, func(a, b member) int { return cmp.Compare(b.User.ID, a.User.ID) })
	next, err := keyset.Next(page, list, func(m member) int64 { return m.User.ID }, func(id int64) (bool, error) {
		return groupcommit.Exists(ctx, p.DB.Readers(), "SELECT 1 FROM users WHERE id < ?", id)
	})
	return list, next, err
}

// storeSeen takes pairs of id and time.
func (p *People) storeSeen(ctx context.Context, pairs string) error {
	return p.DB.Do(ctx, `UPDATE users SET last_seen = max(last_seen, seen.value ->> 1)
		FROM json_each(?) AS seen WHERE users.id = seen.value ->> 0`, pairs)
}

// ---- the chat

// deleteMessage deletes a message if allowed has nothing against it, given its author; 0 where the system spoke.
func (p *People) deleteMessage(ctx context.Context, id int64, allowed func(author int64) error) error {
	return p.DB.Write(ctx, func(w *groupcommit.Writer) error {
		author, err := groupcommit.Value[int64](ctx, w, "SELECT coalesce(user_id, 0) FROM messages WHERE id = ?", id)
		if err == nil {
			err = allowed(author)
		}
		if err != nil {
			return err
		}
		return w.Do("DELETE FROM messages WHERE id = ?", id)
	}, func() { p.tellDeleted([]int64{id}) })
}

// deleteMessagesOf deletes the first messages of an author behind an id. It returns the last one of them, and whether
// there may be more.
func (p *People) deleteMessagesOf(ctx context.Context, author, behind int64) (last int64, more bool, err error) {
	var ids []int64
	err = p.DB.Write(ctx, func(w *groupcommit.Writer) (err error) {
		ids, err = groupcommit.Values[int64](ctx, w,
			"SELECT id FROM messages WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?", author, behind, atOnce)
		if err != nil || len(ids) == 0 {
			return err
		}
		return w.Do("DELETE FROM messages WHERE user_id = ? AND id > ? AND id <= ?", author, behind, ids[len(ids)-1])
	}, func() { p.tellDeleted(ids) })
	if err != nil || len(ids) == 0 {
		return behind, false, err
	}
	return ids[len(ids)-1], len(ids) == atOnce, nil
}
