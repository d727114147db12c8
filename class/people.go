package class

// The people of a class, as the teacher sees them.
//
//	GET    /api/people                          ->  200 {"people", "next_before"}, the newest first
//	PATCH  /api/people/{user_id}  {"nickname"?, "muted"?, "removed"?, "role"?}   ->  200 one of these people
//	DELETE /api/people/{user_id}/messages       ->  204, all that this person said
//	DELETE /api/chat/messages/{message_id}      ->  204, also for its author
//
// Who somebody is now is asked at every call and at every act of a socket. It is kept in memory, and what changes it
// goes through change: into the database, and behind the commit into memory, to whoever knows sockets, and to all.

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"pollwire/class/teacherkey"
	"pollwire/data/groupcommit"
	"pollwire/rest/current"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/throttle"
)

// wrongKeys is how many wrong teacher keys may come from one address in a minute.
const wrongKeys = 10

// PeopleConfig is what People needs of the rest of the program.
type PeopleConfig struct {
	DB     *groupcommit.DB
	Key    teacherkey.Source
	Limits bool // for how often a student may do something

	// DropPolls is called inside a transaction: the polls that it names tell of somebody who is another now.
	DropPolls func(ids ...int64)

	// Changed is told of somebody who is another now, on the writer's goroutine behind the commit: it must not wait.
	Changed func(User)

	// Unsay is told of messages that are no more, on the writer's goroutine behind the commit: nobody may hear of them
	// any more who asks for the past.
	Unsay func(ids []int64)

	Online  func(id int64) bool
	Publish func(event string, topic int64, v any)                           // tells everybody
	Session func(w http.ResponseWriter, status int, u User, err error) error // answers with a token for u, or returns err

	// TryPassword returns whose name and password these are, or problem.Unauthorized; too many tries are refused.
	TryPassword  func(ctx context.Context, from netip.Addr, name, secret string) (User, error)
	HashPassword func(ctx context.Context, secret string) (string, error)
}

// People are all who ever came in. It knows who each of them is now, and who teaches.
type People struct {
	PeopleConfig
	key     string // at the start
	now     current.Cache[User]
	seen    seen
	mark    atomic.Value                // of the teacher key, a string
	wrong   throttle.Window[netip.Addr] // keys that were tried
	renames throttle.Window[int64]
}

// NewPeople lets whoever has the key teach, from now on.
func NewPeople(c PeopleConfig) (*People, error) {
	p := &People{PeopleConfig: c}
	p.wrong.Limit = throttle.Limit{Max: wrongKeys, Per: time.Minute}
	if c.Limits {
		p.renames.Limit = throttle.Limit{Max: 10, Per: time.Minute, What: "changes of the name"}
	}
	var err error
	if p.key, err = p.Key.Get(); err != nil {
		return nil, err
	}
	return p, p.setKey(context.Background(), p.key)
}

// setKey makes a key the one that is good. Who came by the one before teaches no more, nor do those whom they made
// teachers.
func (p *People) setKey(ctx context.Context, key string) error {
	mark := teacherkey.Mark(key)
	err := p.setMark(ctx, mark)
	if err == nil {
		p.mark.Store(mark)
	}
	return err
}

// Address is what a teacher opens, of the page at host; the key alone where that is off.
func (p *People) Address(host string) string { return teacherkey.Address(host, p.key) }

// Run does until ctx ends what nobody asks for: it has a new key count that another program has made, and stores who
// was seen when, now and then and in the end. failed is told what goes wrong.
func (p *People) Run(ctx context.Context, failed func(error)) {
	var both sync.WaitGroup
	both.Go(func() { p.Key.Watch(ctx, p.key, func(key string) { failed(p.setKey(ctx, key)) }, failed) })
	both.Go(func() { p.keepSeen(ctx, failed) })
	both.Wait()
}

// Find returns who somebody is at this moment, or ErrNotFound.
func (p *People) Find(ctx context.Context, id int64) (User, error) {
	return p.now.Find(id, func() (User, error) { return userByID(ctx, p.DB.Readers(), id) })
}

// Now is Find for whoever was found not long ago: it asks no disk.
func (p *People) Now(id int64) (User, bool) { return p.now.Get(id) }

// Forget says that nobody may be who they were: a class has gone.
func (p *People) Forget() { p.now.Forget() }

// Remove removes somebody from the class, and does what also says in the same transaction.
func (p *People) Remove(ctx context.Context, id int64, also func(*groupcommit.Writer) error) error {
	_, err := p.change(ctx, id, func(w *groupcommit.Writer, u *User) error {
		u.Removed = true
		return also(w)
	})
	return err
}

// tell tells everybody who u is now.
func (p *People) tell(u User) {
	p.now.Changed(u.ID, u)
	p.Changed(u)
	p.Publish("user:updated", 0, struct {
		User Person `json:"user"`
	}{u.Person()})
}

// TeachersOnly is the answer to whoever does not teach.
func TeachersOnly() error {
	return problem.Refuse(problem.Forbidden, "only a teacher may do this").Coded("teachers_only")
}

// member is one of the people of a class.
type member struct {
	User     User   `json:"user"`
	Online   bool   `json:"online"`
	Muted    bool   `json:"muted"`
	Removed  bool   `json:"removed"`
	JoinedAt millis `json:"joined_at"`
	LastSeen millis `json:"last_seen"` // when this person did something for the last time
	Votes    int64  `json:"votes"`     // how many polls have one
	Messages int64  `json:"messages"`
	Files    int64  `json:"files"`
}

// complete adds what no database knows.
func (p *People) complete(m *member) {
	m.Muted, m.Removed, m.JoinedAt, m.Online = m.User.Muted, m.User.Removed, m.User.CreatedAt, p.Online(m.User.ID)
	m.LastSeen = max(m.LastSeen, m.JoinedAt, p.seen.last(m.User.ID))
}

func (p *People) handleList(w http.ResponseWriter, r *http.Request, _ User) error {
	v, page, err := input.Page(r)
	if err != nil {
		return err
	}
	if err := v.Err(); err != nil {
		return err
	}
	list, next, err := p.list(r.Context(), page)
	if err != nil {
		return err
	}
	for i := range list {
		p.complete(&list[i])
	}
	return output.Show(w, r, struct {
		People     []member `json:"people"`
		NextBefore *int64   `json:"next_before"`
	}{output.List(list), next})
}

// personEdit is what a teacher may change of somebody. Nil means that it was not sent.
type personEdit struct {
	Nickname *string `json:"nickname"`
	Muted    *bool   `json:"muted"`
	Removed  *bool   `json:"removed"`
	Role     *string `json:"role"`
}

func (e *personEdit) check() error {
	var v input.Values
	e.Nickname = nickname(&v, e.Nickname)
	if e.Role != nil && *e.Role != Student && *e.Role != Teacher {
		v.Add("role", "must be student or teacher").Coded("role")
	}
	return v.Err()
}

func (e personEdit) apply(u *User) {
	input.SetIfSent(&u.Nickname, e.Nickname)
	input.SetIfSent(&u.Muted, e.Muted)
	input.SetIfSent(&u.Removed, e.Removed)
	input.SetIfSent(&u.Role, e.Role)
}

func (p *People) handleChange(w http.ResponseWriter, r *http.Request, by User) error {
	id, err := input.PathID(r, "user_id")
	if err == nil {
		_, err = p.Find(r.Context(), id) // before the body is asked for
	}
	if err != nil {
		return noSuch("person", id, err)
	}
	var in personEdit
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if id == by.ID && in.Removed != nil && *in.Removed {
		return problem.Refuse(problem.Conflict, "you can't remove yourself").Coded("removes_oneself")
	}
	_, err = p.change(r.Context(), id, func(w *groupcommit.Writer, u *User) error {
		if err := stillTeaches(w, by); err != nil { // or who has just lost the key could make himself a teacher by it
			return err
		}
		old := *u
		in.apply(u)
		if old.Removed && !u.Removed {
			return readmit(w, *u)
		}
		return nil
	})
	if err != nil {
		return noSuch("person", id, err)
	}
	m, err := p.member(r.Context(), id)
	if err != nil {
		return noSuch("person", id, err)
	}
	p.complete(&m)
	return output.JSON(w, http.StatusOK, m)
}

func stillTeaches(w *groupcommit.Writer, by User) error {
	u, err := userByID(context.Background(), w, by.ID)
	if err == nil && (!u.Teaches() || u.Removed) {
		err = TeachersOnly()
	}
	return err
}

// noSuch gives ErrNotFound its words.
func noSuch(what string, id int64, err error) error {
	if errors.Is(err, ErrNotFound) {
		return problem.Refuse(problem.NotFound, "no %s %d", what, id).Coded("no_such", "what", "id")
	}
	return err
}
