package class

// What a new class takes out of the database.

import (
	"context"

	"pollwire/data/files"
	"pollwire/data/groupcommit"
)

// Of a column that has the id of a user.
const ofStudents = " NOT IN (SELECT u.id FROM users u WHERE u.teaches = (SELECT teacher_mark FROM server))"

// What goes in any case, in an order in which nothing is left behind that points to it.
var going = []string{
	"DELETE FROM files WHERE owner" + ofStudents,
	"DELETE FROM messages",
	"DELETE FROM memos WHERE user_id" + ofStudents,
	"DELETE FROM votes",
	"DELETE FROM answers",
	"UPDATE class SET current = NULL",
	"UPDATE roster SET user_id = NULL WHERE user_id IS NOT NULL",
	"DELETE FROM polls WHERE id NOT IN (SELECT poll_id FROM plan)",
	"UPDATE polls SET draft = 1, is_active = 0, ends_at = NULL, rounds = ''",
	"UPDATE exercises SET open = 0, due = NULL",
	"DELETE FROM users WHERE id" + ofStudents, // their runs and hand-ins go with them
}

// renew makes the new class.
func renew(w *groupcommit.Writer, stays Renewal) (old gone, err error) {
	ctx := context.Background()
	if old.students, err = groupcommit.Values[int64](ctx, w, "SELECT id FROM users WHERE id"+ofStudents); err != nil {
		return old, err
	}
	if old.polls, err = groupcommit.Values[int64](ctx, w, "SELECT id FROM polls"); err != nil {
		return old, err
	}
	if !stays.KeepFiles {
		err = w.Do("REPLACE INTO files_to_delete (name, version) SELECT name, version FROM files WHERE owner" + ofStudents)
	}
	if err == nil && !stays.KeepPlan {
		err = w.Do("DELETE FROM plan")
	}
	if err == nil {
		err = inherit(w, stays.By)
	}
	for i := 0; i < len(going) && err == nil; i++ {
		err = w.Do(going[i])
	}
	return old, err
}

// inherit gives the polls of the plan that students made to a teacher; where there is none, to one who is made for
// them.
func inherit(w *groupcommit.Writer, teacher int64) error {
	const inherited = "created_by" + ofStudents + " AND id IN (SELECT poll_id FROM plan)"
	ctx := context.Background()
	some, err := groupcommit.Exists(ctx, w, "SELECT 1 FROM polls WHERE "+inherited)
	if err != nil || !some {
		return err
	}
	if teacher == 0 {
		teacher, err = groupcommit.Value[int64](ctx, w, `SELECT coalesce(min(id), 0) FROM users
			WHERE teaches = (SELECT teacher_mark FROM server)`)
	}
	if err == nil && teacher == 0 {
		teacher, err = w.Insert(`INSERT INTO users (nickname, created_at, teaches)
			SELECT 'Teacher', max(created_at), (SELECT teacher_mark FROM server) FROM users`)
	}
	if err != nil {
		return err
	}
	return w.Do("UPDATE polls SET created_by = ? WHERE "+inherited, teacher)
}

// forgetEvents leaves nothing of what clients could still ask for, and a number that none of them has.
func forgetEvents(w *groupcommit.Writer) error {
	if err := w.Do("DELETE FROM events"); err != nil {
		return err
	}
	return w.Do("UPDATE server SET seq = seq + 1")
}

func filesToDelete(ctx context.Context, db *groupcommit.DB) ([]files.Version, error) {
	return groupcommit.Ask(ctx, db.Readers(), func(rows *groupcommit.Rows, v *files.Version) error {
		return rows.Scan(&v.Name, &v.Version)
	}, "SELECT name, version FROM files_to_delete")
}

func forgetFiles(ctx context.Context, db *groupcommit.DB, done []files.Version) error {
	return db.Write(ctx, func(w *groupcommit.Writer) error {
		for _, v := range done {
			if err := w.Do("DELETE FROM files_to_delete WHERE name = ? AND version = ?", v.Name, v.Version); err != nil {
				return err
			}
		}
		return nil
	}, nil)
}
