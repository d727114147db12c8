package class

// The class: what it looks at, who may come in and what students may do.
//
//	GET   /api/class                          ->  200 Class
//	PATCH /api/class  any part of it, teacher ->  200 Class, and class:updated to everybody
//
// Much of it is asked at each message and by each newcomer, so a copy of it is kept in memory. It changes behind the
// commit, on the writer's goroutine, before anybody is told.

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"pollwire/data/files"
	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/strictjson"
	"pollwire/rest/throttle"
)

const maxTitle = 100 // characters

// What the chat may be.
const (
	chatOn   = "on"
	chatSlow = "slow"
	chatOff  = "off"
)

// slow is how often a student may say something where the chat is slow.
var slow = throttle.Limit{Max: 1, Per: 15 * time.Second, What: "messages"}

// Config is what a Class needs of the rest of the program.
type Config struct {
	DB      *groupcommit.DB
	Publish func(event string, topic int64, v any) // tells everybody
	Online  func() int                             // how many are here

	// Open opens a poll inside a transaction if it is a draft, and has its clock started. news tells of it behind the
	// commit; it is nil where nothing changed. A poll that does not exist is ErrNotFound.
	Open func(w *groupcommit.Writer, poll int64) (news func(), err error)

	Remove func(ctx context.Context, id int64, also func(*groupcommit.Writer) error) error // removes a person, see People

	// RemoveFiles removes what nobody owns any more: left, and what else the class has left.
	RemoveFiles func(ctx context.Context, left []files.Version) error

	Exercises func(ctx context.Context, q groupcommit.Querier) ([][]string, error) // the table of them, to take home

	DropPolls func(ids ...int64) // inside a transaction that changes them
	Touched   func(ids ...int64) // behind a commit that changed their results

	// Renewed is told behind the commit of a new class, on the writer's goroutine: all that is remembered of people,
	// polls and events is to be forgotten; then tell is to be called, and then the connections of the students who have
	// gone are to be ended. It must not wait.
	Renewed func(students []int64, tell func())

	Failed func(err error) // of what goes on behind an answer
}

// Class is the one of this server. Make it with New.
type Class struct {
	Config
	now      atomic.Pointer[settings]
	said     throttle.Window[int64] // messages where the chat is slow, by who said them
	guesses  throttle.Window[guess] // wrong codes
	renewing sync.Mutex             // held from one new class to the end of what belongs to it
	scores   kept
}

// settings are what is kept of the class in the database.
type settings struct {
	Title        string `json:"title"`
	Current      *int64 `json:"current"`
	Locked       bool   `json:"locked"`
	StudentPolls bool   `json:"student_polls"`
	Chat         string `json:"chat"`
	Roster       bool   `json:"roster"` // there are names on it
}

func (s settings) same(o settings) bool {
	a, b := s.Current, o.Current
	s.Current, o.Current = nil, nil
	return s == o && (a == nil) == (b == nil) && (a == nil || *a == *b)
}

// view is a Class as everybody sees it.
type view struct {
	settings
	Online int   `json:"online"`
	People int64 `json:"people"` // who ever came in, and was not removed
}

// New reads the class.
func New(ctx context.Context, c Config) (*Class, error) {
	k := &Class{Config: c}
	k.said.Limit, k.guesses.Limit = slow, wrongCodes
	now, err := readSettings(ctx, c.DB.Readers())
	k.now.Store(&now)
	return k, err
}

// ---- what is asked often

// MayEnter refuses newcomers where the class is locked, before much is done for them. Add asks once more.
func (c *Class) MayEnter() error {
	if c.now.Load().Locked {
		return errLocked
	}
	return nil
}

var errLocked = problem.Refuse(problem.Forbidden, "the class is locked: nobody new gets in").Coded("class_locked")

// MaySay refuses a message of who is muted, a student's where the chat is off, and the second of two quick ones where
// it is slow.
func (c *Class) MaySay(u User) error {
	chat := c.now.Load().Chat
	switch {
	case u.Muted:
		return problem.Refuse(problem.Forbidden, "the teacher has muted you in the chat").Coded("muted")
	case chat == chatOn || u.Teaches():
		return nil
	case chat == chatOff:
		return problem.Refuse(problem.Forbidden, "the chat is off").Coded("chat_off")
	}
	if wait := c.said.Count(u.ID, time.Now()); wait > 0 {
		return problem.RetryLater(problem.TooMany, wait, "the chat is slow: one message in %v", slow.Per).Coded("chat_slow")
	}
	return nil
}

// MayMakePoll refuses a student's poll where only the teacher makes polls.
func (c *Class) MayMakePoll(u User) error {
	if !c.now.Load().StudentPolls && !u.Teaches() {
		return problem.Refuse(problem.Forbidden, "only the teacher makes polls here").Coded("student_polls_off")
	}
	return nil
}

// PollDeleted is to be called behind the commit, on the writer's goroutine, for each poll that is no more.
func (c *Class) PollDeleted(id int64) {
	if now := *c.now.Load(); now.Current != nil && *now.Current == id {
		now.Current = nil
		c.tell(now)
	}
}

// tell makes now the settings that hold, and tells everybody.
func (c *Class) tell(now settings) {
	c.now.Store(&now)
	v, err := c.view(context.Background())
	if err != nil {
		c.Failed(err)
		return
	}
	c.Publish("class:updated", 0, v)
}

func (c *Class) view(ctx context.Context) (view, error) {
	people, err := c.countPeople(ctx)
	return view{*c.now.Load(), c.Online(), people}, err
}

// ---- calls

func (c *Class) handleClass(w http.ResponseWriter, r *http.Request, _ User) error {
	v, err := readView(r.Context(), c.DB.Readers())
	if err != nil {
		return err
	}
	v.Online = c.Online()
	return output.Show(w, r, v)
}

// edit is a part of the class as the teacher sends it. Nil means that it was not sent.
type edit struct {
	Title        *string                    `json:"title"`
	Current      strictjson.Nullable[int64] `json:"current"`
	Locked       *bool                      `json:"locked"`
	StudentPolls *bool                      `json:"student_polls"`
	Chat         *string                    `json:"chat"`
}

func (c *Class) handlePatchClass(w http.ResponseWriter, r *http.Request, _ User) error {
	var in edit
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	var v input.Values
	if in.Title != nil {
		in.Title = new(v.Text("title", in.Title, 0, maxTitle, input.OneLine))
	}
	if in.Chat != nil && *in.Chat != chatOn && *in.Chat != chatSlow && *in.Chat != chatOff {
		v.Add("chat", "must be on, slow or off").Coded("chat_mode")
	}
	if err := v.Err(); err != nil {
		return err
	}
	if err := c.change(r.Context(), in); err != nil {
		return err
	}
	now, err := c.view(r.Context())
	if err != nil {
		return err
	}
	return output.Changed(w, r, now)
}

// apply makes the change in memory; the poll that is to be looked at is opened by change.
func (in edit) apply(s *settings) {
	input.SetIfSent(&s.Title, in.Title)
	input.SetIfSent(&s.Locked, in.Locked)
	input.SetIfSent(&s.StudentPolls, in.StudentPolls)
	input.SetIfSent(&s.Chat, in.Chat)
	if in.Current.Sent {
		s.Current = in.Current.Value
	}
}

// guess is whose wrong codes are counted together.
type guess struct {
	name string // folded
	addr netip.Addr
}
