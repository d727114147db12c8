package class

import (
	"context"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"pollwire/class/teacherkey"
	"pollwire/data/groupcommit"
	"pollwire/rest/current"
	"pollwire/rest/throttle"
)

// MaxNickname is how long a nickname may be, in characters.
const MaxNickname = 20

// wrongKeys is how many wrong teacher keys may come from one address in a minute.
const wrongKeys = 10

// PeopleConfig is what People needs of the rest of the program.
type PeopleConfig struct {
	DB  *groupcommit.DB
	Key teacherkey.Source

	// DropPolls is called inside a transaction: the polls that it names tell of somebody who is another now.
	DropPolls func(ids ...int64)

	// Changed is told of somebody who is another now, on the writer's goroutine behind the commit: it must not wait.
	Changed func(User)

	Publish func(event string, topic int64, v any)                           // tells everybody
	Session func(w http.ResponseWriter, status int, u User, err error) error // answers with a token for u, or returns err
}

// People are all who ever came in. It knows who each of them is now, and who teaches.
type People struct {
	PeopleConfig
	key   string // at the start
	now   current.Cache[User]
	mark  atomic.Value                // of the teacher key, a string
	wrong throttle.Window[netip.Addr] // keys that were tried
}

// NewPeople lets whoever has the key teach, from now on.
func NewPeople(c PeopleConfig) (*People, error) {
	p := &People{PeopleConfig: c}
	p.wrong.Limit = throttle.Limit{Max: wrongKeys, Per: time.Minute}
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

// Run has a new key count that another program has made, until ctx ends. failed is told what goes wrong.
func (p *People) Run(ctx context.Context, failed func(error)) {
	p.Key.Watch(ctx, p.key, func(key string) { failed(p.setKey(ctx, key)) }, failed)
}

// Find returns who somebody is at this moment, or ErrNotFound.
func (p *People) Find(ctx context.Context, id int64) (User, error) {
	return p.now.Find(id, func() (User, error) { return userByID(ctx, p.DB.Readers(), id) })
}

// Now is Find for whoever was found not long ago: it asks no disk.
func (p *People) Now(id int64) (User, bool) { return p.now.Get(id) }

// tell tells everybody who u is now.
func (p *People) tell(u User) {
	p.now.Changed(u.ID, u)
	p.Changed(u)
	p.Publish("user:updated", 0, struct {
		User Person `json:"user"`
	}{u.Person()})
}

// Routes adds the calls.
func (p *People) Routes(mux *http.ServeMux, g Guards) {
	mux.Handle("POST /api/auth/teacher", g.Public(p.handleTeach))
}
