package graded

// What the database knows of exercises.

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"pollwire/class"
	"pollwire/data/groupcommit"
	"pollwire/lab/exercise"
	"pollwire/rest/keyset"
)

var errNotFound = sql.ErrNoRows

// ---- settings

const settingColumns = "SELECT name, open, due, attempts, reveal FROM exercises "

type namedSettings struct {
	name string
	settings
}

func scanSettings(rows *groupcommit.Rows, s *namedSettings) error {
	return rows.Scan(&s.name, &s.Open, &s.Due, &s.Attempts, &s.Reveal)
}

// readSetting returns those of one exercise. One that nobody has touched has no row.
func (e *Exercises) readSetting(ctx context.Context, q groupcommit.Querier, name string) (settings, error) {
	s, err := groupcommit.One(ctx, q, scanSettings, settingColumns+"WHERE name = ?", name)
	if errors.Is(err, errNotFound) {
		return untouched, nil
	}
	return s.settings, err
}

var untouched = settings{Reveal: exercise.Never}

func (e *Exercises) readSettings(ctx context.Context) (map[string]settings, error) {
	rows, err := groupcommit.Ask(ctx, e.DB.Readers(), scanSettings, settingColumns)
	all := map[string]settings{}
	for _, ex := range exercise.All() {
		all[ex.Name] = untouched
	}
	for _, r := range rows {
		all[r.name] = r.settings
	}
	return all, err
}

// change stores settings and tells everybody where something has changed.
func (e *Exercises) change(ctx context.Context, name string, apply func(*settings)) (s settings, err error) {
	var old settings
	err = e.DB.Write(ctx, func(w *groupcommit.Writer) (err error) {
		if old, err = e.readSetting(ctx, w, name); err != nil {
			return err
		}
		s = old
		apply(&s)
		return w.Do("REPLACE INTO exercises (name, open, due, attempts, reveal) VALUES (?, ?, ?, ?, ?)", name, s.Open,
			s.Due, s.Attempts, s.Reveal)
	}, func() {
		if s.same(old) {
			return
		}
		e.Publish("exercise:updated", 0, struct {
			Name string `json:"name"`
			settings
		}{name, s})
	})
	if err == nil {
		err = e.tellOpened(ctx, e.DB.Readers())
	}
	return s, err
}

// tellOpened tells whether any exercise is open.
func (e *Exercises) tellOpened(ctx context.Context, q groupcommit.Querier) error {
	e.telling.Lock()
	defer e.telling.Unlock()
	any, err := groupcommit.Exists(ctx, q, "SELECT 1 FROM exercises WHERE open = 1")
	if err == nil {
		e.Opened(any)
	}
	return err
}

func (s settings) same(o settings) bool {
	a, b := s.Due, o.Due
	s.Due, o.Due = nil, nil
	return s == o && (a == nil) == (b == nil) && (a == nil || *a == *b)
}

// ---- runs

// addRun makes the next attempt of somebody, where there may be one.
func (e *Exercises) addRun(ctx context.Context, name string, u class.User) (row run, s settings, err error) {
	err = e.DB.Write(ctx, func(w *groupcommit.Writer) (err error) {
		if s, err = e.readSetting(ctx, w, name); err != nil {
			return err
		}
		if !s.Open && !u.Teaches() {
			return errNotOpen
		}
		if s.over() && !u.Teaches() {
			return errPastDue
		}
		before, err := groupcommit.Value[int64](ctx, w,
			"SELECT coalesce(max(attempt), 0) FROM runs WHERE user_id = ? AND exercise = ?", u.ID, name)
		if err != nil {
			return err
		}
		if s.Attempts > 0 && before >= s.Attempts && !u.Teaches() {
			return noAttemptLeft(s.Attempts)
		}
		row = run{code: newCode(), user: u.ID, exercise: name, attempt: before + 1, begun: now()}
		row.id, err = w.Insert("INSERT INTO runs (code, user_id, exercise, attempt, created_at) VALUES (?, ?, ?, ?, ?)",
			row.code, row.user, row.exercise, row.attempt, row.begun)
		return err
	}, nil)
	return row, s, err
}

func (e *Exercises) readRun(ctx context.Context, code string) (run, error) {
	return groupcommit.One(ctx, e.DB.Readers(), func(rows *groupcommit.Rows, r *run) error {
		return rows.Scan(&r.id, &r.code, &r.user, &r.exercise, &r.attempt, &r.begun)
	}, "SELECT id, code, user_id, exercise, attempt, created_at FROM runs WHERE code = ?", code)
}

// ---- hand-ins

// handIn is a row.
type handIn struct {
	id      int64
	at      millis
	file    string // in the folder
	size    int64
	answers map[string]string
	mark    exercise.Mark
}

// addHandIn stores a hand-in, unless the exercise is past due by now, or there is too much of this person.
func (e *Exercises) addHandIn(ctx context.Context, of run, h *handIn, teaches bool) error {
	answers, err := json.Marshal(h.answers)
	if err != nil {
		return err
	}
	mark, err := json.Marshal(h.mark)
	if err != nil {
		return err
	}
	return e.DB.Write(ctx, func(w *groupcommit.Writer) error {
		if err := e.mayHandIn(ctx, w, of, teaches); err != nil {
			return err
		}
		kept, err := groupcommit.Value[int64](ctx, w, `SELECT coalesce(sum(size), 0) FROM handins
			WHERE run_id IN (SELECT id FROM runs WHERE user_id = ?)`, of.user)
		if err != nil {
			return err
		}
		if kept+h.size > maxKept {
			return tooMuchKept()
		}
		h.id, err = w.Insert(`INSERT INTO handins (run_id, at, file, size, score, "of", yours, answers, mark)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, of.id, h.at, h.file, h.size, h.mark.Score, h.mark.Of, h.mark.Yours,
			string(answers), string(mark))
		return err
	}, nil)
}

// mayHandIn refuses what comes too late. A teacher tries exercises out when he likes.
func (e *Exercises) mayHandIn(ctx context.Context, q groupcommit.Querier, of run, teaches bool) error {
	s, err := e.readSetting(ctx, q, of.exercise)
	switch {
	case err != nil || teaches:
		return err
	case s.over():
		return errPastDue
	case !s.Open:
		return errNotOpen
	}
	return nil
}

func scanHandIn(rows *groupcommit.Rows, h *handIn) error {
	var answers, mark string
	if err := rows.Scan(&h.id, &h.at, &h.file, &h.size, &answers, &mark); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal([]byte(answers), &h.answers), json.Unmarshal([]byte(mark), &h.mark))
}

const handInColumns = "SELECT id, at, file, size, answers, mark FROM handins "

// best is the order in which the hand-in that counts is the first.
const best = "score DESC, id DESC"

func (e *Exercises) readHandIns(ctx context.Context, of run) ([]handIn, error) {
	return groupcommit.Ask(ctx, e.DB.Readers(), scanHandIn, handInColumns+"WHERE run_id = ? ORDER BY id", of.id)
}

// readHandIn returns one of a run, the best where id is 0.
func (e *Exercises) readHandIn(ctx context.Context, of run, id int64) (handIn, error) {
	return groupcommit.One(ctx, e.DB.Readers(), scanHandIn,
		handInColumns+"WHERE run_id = ?1 AND (?2 = 0 OR id = ?2) ORDER BY "+best+" LIMIT 1", of.id, id)
}

// files are the captures that somebody has handed in.
func (e *Exercises) files(ctx context.Context) (map[string]bool, error) {
	names, err := groupcommit.Values[string](ctx, e.DB.Readers(), "SELECT file FROM handins")
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	return all, err
}

// ---- results

// reached is what everybody has reached: a row for each person and exercise.
const reached = `SELECT r.user_id AS user_id, r.exercise AS exercise, max(r.id) AS last, count(*) AS attempts,
	(SELECT h.id FROM handins h JOIN runs o ON o.id = h.run_id WHERE o.user_id = r.user_id AND o.exercise = r.exercise
		ORDER BY h.score DESC, h.id DESC LIMIT 1) AS best
	FROM runs r GROUP BY r.user_id, r.exercise`

func (e *Exercises) readMine(ctx context.Context, user int64) (map[string]mine, error) {
	type row struct {
		name string
		mine
	}
	rows, err := groupcommit.Ask(ctx, e.DB.Readers(), func(rows *groupcommit.Rows, r *row) error {
		return rows.Scan(&r.name, &r.Attempts, &r.Best, &r.Run)
	}, "SELECT t.exercise, t.attempts, h.score, l.code FROM ("+reached+`) t JOIN runs l ON l.id = t.last
		LEFT JOIN handins h ON h.id = t.best WHERE t.user_id = ?`, user)
	all := map[string]mine{}
	for _, r := range rows {
		all[r.name] = r.mine
	}
	return all, err
}

// doubted is whether a hand-in h is, NULL where there is none. Only its mark says so.
const doubted = "CASE WHEN h.id IS NOT NULL THEN coalesce(json_extract(h.mark, '$.doubted'), 0) END"

const resultColumns = `SELECT u.id, u.nickname, ` + class.Role + `, t.exercise, t.attempts, t.last, h.score, h."of",
	h.at, h.yours, ` + doubted + `, coalesce(b.code, l.code)
	FROM (` + reached + `) t JOIN users u ON u.id = t.user_id JOIN runs l ON l.id = t.last
	LEFT JOIN handins h ON h.id = t.best LEFT JOIN runs b ON b.id = h.run_id `

func scanResult(rows *groupcommit.Rows, r *result) error {
	return rows.Scan(&r.User.ID, &r.User.Nickname, &r.User.Role, &r.Exercise, &r.Attempts, &r.last, &r.Best, &r.Of,
		&r.HandedInAt, &r.Yours, &r.Doubted, &r.Run)
}

func (e *Exercises) readResults(ctx context.Context, p keyset.Page) ([]result, error) {
	window, edge := p.Window("t.last")
	return groupcommit.Ask(ctx, e.DB.Readers(), scanResult, resultColumns+"WHERE "+window, edge, p.Limit)
}

func (e *Exercises) anyOlder(ctx context.Context, id int64) (bool, error) {
	return groupcommit.Exists(ctx, e.DB.Readers(),
		"SELECT 1 FROM runs GROUP BY user_id, exercise HAVING max(id) < ? LIMIT 1", id)
}

// readAttempts returns all attempts at the exercise of a run by whose it is, the newest first.
func (e *Exercises) readAttempts(ctx context.Context, of run) ([]attempt, error) {
	return groupcommit.Ask(ctx, e.DB.Readers(), func(rows *groupcommit.Rows, a *attempt) error {
		return rows.Scan(&a.Run, &a.Attempt, &a.CreatedAt, &a.HandIns, &a.Best, &a.Of, &a.HandedInAt, &a.Yours, &a.Doubted)
	}, `SELECT r.code, r.attempt, r.created_at, (SELECT count(*) FROM handins WHERE run_id = r.id),
		h.score, h."of", h.at, h.yours, `+doubted+`
		FROM runs r LEFT JOIN handins h ON h.id = (SELECT id FROM handins WHERE run_id = r.id ORDER BY `+best+` LIMIT 1)
		WHERE r.user_id = ? AND r.exercise = ? ORDER BY r.id DESC LIMIT ?`, of.user, of.exercise, maxAttempts)
}

func (e *Exercises) readPerson(ctx context.Context, id int64) (class.Person, error) {
	return groupcommit.One(ctx, e.DB.Readers(), func(rows *groupcommit.Rows, p *class.Person) error {
		return rows.Scan(&p.ID, &p.Nickname, &p.Role)
	}, "SELECT u.id, u.nickname, "+class.Role+" FROM users u WHERE u.id = ?", id)
}

// readBest returns the marks of the hand-ins that count, one of each person. What a teacher has tried is not among
// them, nor what is nobody's own.
func (e *Exercises) readBest(ctx context.Context, exercise string) ([]string, error) {
	return groupcommit.Values[string](ctx, e.DB.Readers(), "SELECT h.mark FROM ("+reached+`) t
		JOIN handins h ON h.id = t.best JOIN users u ON u.id = t.user_id
		WHERE t.exercise = ? AND h.yours AND `+class.Role+` <> 'teacher'`, exercise)
}

// Table is what is taken home: a row for each person and exercise, below a head.
func Table(ctx context.Context, q groupcommit.Querier) ([][]string, error) {
	rows, err := groupcommit.Ask(ctx, q, scanResult, resultColumns+"ORDER BY t.exercise, u.id")
	table := [][]string{{"user_id", "nickname", "exercise", "best", "of", "attempts", "yours", "handed_in_at", "run",
		"doubted"}}
	for _, r := range rows {
		table = append(table, r.cells())
	}
	return table, err
}
