package main

// Storage: one method for each question to the database. Its SQL stands with it, but for what makes a poll of rows, and
// rows of a poll and of ballots: that is class/pollrows. The tables stand in schema.sql, and the triggers that count
// votes; groupcommit runs all writes in one goroutine and many of them in one transaction.
//
// What a method takes as news (a message: ended) tells everybody of the change. It runs once that is on disk, on the
// writer's goroutine, in the order of the commits. A vote has no news of its own: its poll is marked, see castVote.

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"reflect"
	"slices"
	"time"

	"pollwire/class"
	"pollwire/class/pollrows"
	"pollwire/class/question"
	"pollwire/data/groupcommit"
	"pollwire/rest/keyset"
	"pollwire/rest/normalize"
	"pollwire/rest/visible"
)

//go:embed schema.sql
var schemaSQL string

//go:embed migrations
var migrationFiles embed.FS

// migrations are the steps from each version to the next; schema.sql is the newest version at once.
func migrations() []string { return groupcommit.Steps(migrationFiles, "migrations/*.sql") }

func init() { // for migrations
	groupcommit.Function("nfc", normalize.NFC)
	groupcommit.Function("fold_name", visible.Fold)
}

const applicationID = 0x706f6c6c // "poll" in ASCII

// What a method of the store may answer, besides errors of the disk and groupcommit.ErrUnavailable.
var (
	errNotFound = sql.ErrNoRows
	errNoPoll   = errors.New("no such poll") // in a memo
)

// millis is a moment, as it is stored and shown.
type millis = groupcommit.Millis

func now() millis { return millis(time.Now().UnixMilli()) }

// store owns the database file. Make one with openStore, end it with close.
type store struct {
	db    *groupcommit.DB
	read  *groupcommit.Reader
	polls *groupcommit.Cache[*sharedPoll, question.Answer] // with each voter's ballot
}

// openStore opens the database at path. maxBatch is 0 but for a benchmark.
func openStore(path string, maxBatch int) (*store, error) {
	s := &store{polls: groupcommit.NewCache(sharePoll, readBallots, (*sharedPoll).recounted)}
	db, err := groupcommit.Open(path, groupcommit.Config{
		ApplicationID: applicationID,
		Schema:        schemaSQL,
		Migrations:    migrations(),
		MaxBatch:      maxBatch,
		Ended:         s.polls.Ended,
	})
	if err != nil {
		return nil, err
	}
	s.db, s.read = db, db.Readers()
	return s, nil
}

// openAtRest opens it for a command that needs no server.
func openAtRest(path string) (*groupcommit.DB, error) {
	s, err := openStore(path, 0)
	if err != nil {
		return nil, err
	}
	return s.db, nil
}

func (s *store) close() error { return s.db.Close() }

// checkWritable proves that the file can be written.
func (s *store) checkWritable(ctx context.Context) error {
	return s.db.Do(ctx, "UPDATE server SET checked_at = ?", now())
}

// ---- users

// role is that of the user u.
const role = class.Role

// userByName finds a registered user by the folded username, with the bcrypt hash.
func (s *store) userByName(ctx context.Context, key string) (u user, hash string, err error) {
	hash, err = groupcommit.Value[string](ctx, s.read, "SELECT password_hash FROM users WHERE username_key = ?", key)
	if err == nil {
		u.User, err = groupcommit.One(ctx, s.read, class.ScanUser, class.UserColumns+"WHERE username_key = ?", key)
	}
	return u, hash, err
}

// ---- polls

// ballotPoll is a poll together with what one viewer chose in it.
type ballotPoll struct {
	poll
	mine question.Answer // none where the viewer has not voted
}

func ofRows(p pollrows.Poll) ballotPoll { return ballotPoll{poll{p.Poll}, p.Mine} }

func readPoll(ctx context.Context, q groupcommit.Querier, id, viewer int64) (ballotPoll, error) {
	p, err := pollrows.One(ctx, q, viewer, id)
	return ofRows(p), err
}

func sharePoll(w *groupcommit.Writer, id int64) (*sharedPoll, error) {
	b, err := readPoll(context.Background(), w, id, 0)
	return &sharedPoll{poll: b.poll}, err
}

// readBallots returns what each voter chose, nil where there are more voters than are kept.
func readBallots(w *groupcommit.Writer, id int64, p *sharedPoll) (map[int64]question.Answer, error) {
	if p.Voters > groupcommit.MaxParts {
		return nil, nil
	}
	return pollrows.Ballots(w, id)
}

// poll returns a poll and the viewer's ballot (viewer 0: nobody's).
func (s *store) poll(ctx context.Context, id, viewer int64) (*sharedPoll, question.Answer, error) {
	return s.polls.Find(s.db, id, viewer, func() (*sharedPoll, question.Answer, error) {
		b, err := readPoll(ctx, s.read, id, viewer)
		return &sharedPoll{poll: b.poll}, b.mine, err
	})
}

// keepPoll has the writer read a poll soon, so that nobody who asks for it waits for the disk.
func (s *store) keepPoll(id int64) { s.polls.Want(s.db, id) }

// listPolls returns a page of the polls that are shown to a viewer, newest first, and how many there are. open is nil
// for all, else which kind.
func (s *store) listPolls(ctx context.Context, open *bool, p keyset.Page, viewer user) (polls []ballotPoll,
	total int64, next *int64, err error) {
	const isOpen = "(is_active = 1 AND (ends_at IS NULL OR ends_at > ?))"
	from, args := " FROM polls WHERE (draft = 0 OR created_by = ? OR ?)", []any{viewer.ID, viewer.teaches()}
	if open != nil {
		from, args = from+" AND "+isOpen+" = ?", append(args, now(), *open)
	}
	count := "SELECT count(*)" + from
	window, edge := p.Window("id")
	var rows []pollrows.Poll
	// The page and the number are two questions. Where a new class came between them, they are asked once more.
	for before, try := int64(-1), 0; before != total && try < 5; try++ {
		before, err = groupcommit.Value[int64](ctx, s.read, count, args...)
		if err == nil {
			rows, err = pollrows.List(ctx, s.read, viewer.ID, "SELECT id"+from+" AND "+window,
				slices.Concat(args, []any{edge, p.Limit})...)
		}
		if err == nil {
			total, err = groupcommit.Value[int64](ctx, s.read, count, args...)
		}
		if err != nil {
			return nil, 0, nil, err
		}
	}
	for _, r := range rows {
		polls = append(polls, ofRows(r))
	}
	next, err = keyset.Next(p, polls, func(b ballotPoll) int64 { return b.ID },
		s.older(ctx, "SELECT 1"+from+" AND id < ?", args...))
	return polls, total, next, err
}

// addPoll stores a new poll and its options and returns it with all ids.
func (s *store) addPoll(ctx context.Context, p poll, news func(poll)) (stored poll, err error) {
	err = s.db.Write(ctx, func(w *groupcommit.Writer) error {
		stored, err = insertPoll(w, p)
		return err
	}, func() { news(stored) })
	return stored, err
}

// insertPoll is what addPoll does inside the transaction.
func insertPoll(w *groupcommit.Writer, p poll) (poll, error) {
	id, err := pollrows.Insert(w, p.Poll)
	if err != nil {
		return poll{}, err
	}
	b, err := readPoll(context.Background(), w, id, 0)
	return b.poll, err
}

// changePoll hands the poll to change, inside the transaction, and stores what change made of it. An error of
// change stores nothing. news is not called where nothing changed.
func (s *store) changePoll(ctx context.Context, id, viewer int64, change func(*ballotPoll) error,
	news func(old, p poll)) (b ballotPoll, err error) {
	var tell func()
	err = s.db.Write(ctx, func(w *groupcommit.Writer) error {
		b, tell, err = s.updatePoll(w, id, viewer, change, news)
		return err
	}, func() { tell() })
	return b, err
}

// updatePoll is what changePoll does inside the transaction; tell is to be called behind it.
func (s *store) updatePoll(w *groupcommit.Writer, id, viewer int64, change func(*ballotPoll) error,
	news func(old, p poll)) (b ballotPoll, tell func(), err error) {
	tell = func() {}
	if b, err = readPoll(context.Background(), w, id, viewer); err != nil {
		return b, tell, err
	}
	old := b.poll
	if err := change(&b); err != nil || reflect.DeepEqual(old, b.poll) {
		return b, tell, err
	}
	s.polls.Drop(id)
	if err := pollrows.Replace(w, old.Poll, b.Poll); err != nil {
		return b, tell, err
	}
	b, err = readPoll(context.Background(), w, id, viewer)
	return b, func() { news(old, b.poll) }, err
}

// opening is updatePoll for package class, which opens polls by their ids.
func (s *store) opening(open func(*ballotPoll) error, news func(old, p poll)) func(*groupcommit.Writer, int64) (func(),
	error) {
	return func(w *groupcommit.Writer, id int64) (tell func(), err error) {
		_, tell, err = s.updatePoll(w, id, 0, open, news)
		return tell, err
	}
}

// deletePoll removes a poll with its options and votes if allowed, given the viewer's view of it, says nothing
// against it.
func (s *store) deletePoll(ctx context.Context, id, viewer int64, allowed func(ballotPoll) error,
	news func(poll)) error {
	var b ballotPoll
	return s.db.Write(ctx, func(w *groupcommit.Writer) (err error) {
		if b, err = readPoll(ctx, w, id, viewer); err == nil {
			err = allowed(b)
		}
		if err != nil {
			return err
		}
		return s.dropPoll(w, id)
	}, func() { news(b.poll) })
}

func (s *store) dropPoll(w *groupcommit.Writer, id int64) error {
	s.polls.Drop(id)
	return w.Do("DELETE FROM polls WHERE id = ?", id)
}

// castBallot makes an answer the whole ballot of a user; none withdraws it.
// allowed sees the poll's rules and options inside the transaction (its counts may lag behind). changed tells whether
// another ballot is on disk now, also beside an error: that is one of reading the poll, which is as it is afterwards.
func (s *store) castBallot(ctx context.Context, pollID, userID int64, answer question.Answer,
	allowed func(*poll, millis) error) (p *sharedPoll, changed bool, err error) {
	err = s.db.Write(ctx, func(w *groupcommit.Writer) (err error) {
		changed, err = s.putBallot(w, pollID, userID, answer, allowed)
		return err
	}, nil)
	if err != nil {
		return nil, false, err
	}
	p, _, err = s.poll(context.WithoutCancel(ctx), pollID, 0) // what is written is answered
	return p, changed, err
}

// putBallot is what castBallot does inside the transaction.
func (s *store) putBallot(w *groupcommit.Writer, pollID, userID int64, answer question.Answer,
	allowed func(*poll, millis) error) (changed bool, err error) {
	rules, err := s.polls.Get(w, pollID)
	if err != nil {
		return false, err
	}
	at := now() // one moment for both: a poll may end between two
	if err := allowed(&rules.poll, at); err != nil {
		return false, err
	}
	before, kept := s.polls.Part(pollID, userID)
	if !kept {
		b, err := readPoll(context.Background(), w, pollID, userID)
		if before = b.mine; err != nil {
			return false, err
		}
	}
	if before.Same(answer) {
		return false, nil
	}
	if err := pollrows.ReplaceBallot(w, pollID, userID, before, answer, at); err != nil {
		return false, err
	}
	s.polls.Set(pollID, userID, answer)
	return true, nil
}

// dropAnswers removes the answers that are counted together under a key.
func (s *store) dropAnswers(ctx context.Context, id int64, key string) error {
	return s.db.Write(ctx, func(w *groupcommit.Writer) error {
		s.polls.Drop(id)
		return w.Do("DELETE FROM answers WHERE poll_id = ? AND key = ?", id, key)
	}, nil)
}

// nextEnd returns when the next open poll ends by time, the zero time if none does.
func (s *store) nextEnd(ctx context.Context) (time.Time, error) {
	at, err := groupcommit.Value[millis](ctx, s.read,
		"SELECT ends_at FROM polls WHERE is_active = 1 AND ends_at IS NOT NULL ORDER BY ends_at LIMIT 1")
	if errors.Is(err, errNotFound) {
		return time.Time{}, nil
	}
	return time.UnixMilli(int64(at)), err
}

// closeEnded closes the polls whose time is over, with news about each.
func (s *store) closeEnded(ctx context.Context, at millis, news func(poll)) error {
	var ended []int64
	var unread error
	err := s.db.Write(ctx, func(w *groupcommit.Writer) (err error) {
		ended, err = groupcommit.Values[int64](ctx, w,
			"SELECT id FROM polls WHERE is_active = 1 AND ends_at <= ? ORDER BY ends_at", at)
		if err != nil {
			return err
		}
		s.polls.Drop(ended...)
		return w.Do("UPDATE polls SET is_active = 0 WHERE is_active = 1 AND ends_at <= ?", at)
	}, func() {
		for _, id := range ended {
			p, _, err := s.poll(context.Background(), id, 0)
			switch {
			case err == nil:
				news(p.poll)
			case !errors.Is(err, errNotFound): // or a later piece of this transaction has deleted it, with news of its own
				unread = errors.Join(unread, err)
			}
		}
	})
	return errors.Join(err, unread)
}

// ---- messages

// addMessage queues what a user says. ended hears what became of it, on the writer's goroutine; after an error of
// addMessage nothing is queued, and ended is not called.
func (s *store) addMessage(ctx context.Context, m message, ended func(message, error)) error {
	return s.db.Begin(ctx, func(w *groupcommit.Writer) (err error) {
		m.ID, err = w.Insert("INSERT INTO messages (type, user_id, message, created_at) VALUES (?, ?, ?, ?)", m.Type,
			m.User.ID, m.Message, m.CreatedAt)
		return err
	}, func(err error) { ended(m, err) })
}

// listMessages returns a page of the chat, oldest first.
func (s *store) listMessages(ctx context.Context, p keyset.Page) ([]message, *int64, error) {
	window, edge := p.Window("m.id")
	list, err := groupcommit.Ask(ctx, s.read, func(rows *sql.Rows, m *message) error {
		var by sql.Null[int64]
		var who person
		err := rows.Scan(&m.ID, &m.Type, &by, &who.Nickname, &who.Role, &m.Message, &m.CreatedAt)
		if who.ID = by.V; by.Valid {
			m.User = &who
		}
		return err
	}, `SELECT m.id, m.type, m.user_id, coalesce(u.nickname, ''), `+role+`, m.message, m.created_at
		FROM messages m LEFT JOIN users u ON u.id = m.user_id WHERE `+window, edge, p.Limit)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(list, func(a, b message) int { return cmp.Compare(a.ID, b.ID) })
	next, err := keyset.Next(p, list, func(m message) int64 { return m.ID },
		s.older(ctx, "SELECT 1 FROM messages WHERE id < ?"))
	return list, next, err
}

// ---- memos

const memoColumns = "SELECT id, content, poll_id, created_at, updated_at FROM memos WHERE user_id = ? "

func scanMemo(rows *sql.Rows, m *memo) error {
	return rows.Scan(&m.ID, &m.Content, &m.PollID, &m.CreatedAt, &m.UpdatedAt)
}

// memo returns a memo of this user; another's is errNotFound like one that doesn't exist.
func (s *store) memo(ctx context.Context, id, userID int64) (memo, error) {
	return groupcommit.One(ctx, s.read, scanMemo, memoColumns+"AND id = ?", userID, id)
}

// listMemos returns a page of a user's memos, newest first; pollID 0 is all of them.
func (s *store) listMemos(ctx context.Context, userID, pollID int64, p keyset.Page) ([]memo, *int64, error) {
	const mine = "(? = 0 OR poll_id = ?) AND "
	window, edge := p.Window("id")
	list, err := groupcommit.Ask(ctx, s.read, scanMemo, memoColumns+"AND "+mine+window, userID, pollID, pollID, edge,
		p.Limit)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(list, func(a, b memo) int { return cmp.Compare(b.ID, a.ID) })
	next, err := keyset.Next(p, list, func(m memo) int64 { return m.ID },
		s.older(ctx, "SELECT 1 FROM memos WHERE user_id = ? AND "+mine+"id < ?", userID, pollID, pollID))
	return list, next, err
}

// addMemo stores a new memo. A poll that doesn't exist is errNoPoll.
func (s *store) addMemo(ctx context.Context, userID int64, m memo) (memo, error) {
	err := s.db.Write(ctx, func(w *groupcommit.Writer) error {
		err := pollExists(ctx, w, m.PollID)
		if err != nil {
			return err
		}
		m.ID, err = w.Insert("INSERT INTO memos (user_id, poll_id, content, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
			userID, m.PollID, m.Content, m.CreatedAt, m.UpdatedAt)
		return err
	}, nil)
	return m, err
}

func pollExists(ctx context.Context, w *groupcommit.Writer, id *int64) error {
	if id == nil {
		return nil
	}
	exists, err := groupcommit.Exists(ctx, w, "SELECT 1 FROM polls WHERE id = ?", *id)
	if err == nil && !exists {
		err = errNoPoll
	}
	return err
}

// changeMemo hands a user's memo to change, inside the transaction, and stores what change made of it.
// An error of change stores nothing.
func (s *store) changeMemo(ctx context.Context, id, userID int64, change func(*memo) error) (memo, error) {
	var m memo
	err := s.db.Write(ctx, func(w *groupcommit.Writer) (err error) {
		if m, err = groupcommit.One(ctx, w, scanMemo, memoColumns+"AND id = ?", userID, id); err != nil {
			return err
		}
		if err := change(&m); err != nil {
			return err
		}
		if err := pollExists(ctx, w, m.PollID); err != nil {
			return err
		}
		return w.Do("UPDATE memos SET content = ?, poll_id = ?, updated_at = ? WHERE id = ?", m.Content, m.PollID,
			m.UpdatedAt, id)
	}, nil)
	return m, err
}

// deleteMemo removes a user's memo if allowed says nothing against it.
func (s *store) deleteMemo(ctx context.Context, id, userID int64, allowed func(memo) error) error {
	return s.db.Write(ctx, func(w *groupcommit.Writer) error {
		m, err := groupcommit.One(ctx, w, scanMemo, memoColumns+"AND id = ?", userID, id)
		if err == nil {
			err = allowed(m)
		}
		if err != nil {
			return err
		}
		return w.Do("DELETE FROM memos WHERE id = ?", id)
	}, nil)
}

// older is the question for keyset.Next: query finds the rows below an id, its last parameter.
func (s *store) older(ctx context.Context, query string, args ...any) func(id int64) (bool, error) {
	return func(id int64) (bool, error) {
		return groupcommit.Exists(ctx, s.read, query, slices.Concat(args, []any{id})...)
	}
}
