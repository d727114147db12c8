package class

// The roster: who is expected. While there are names on it, nobody else gets in, and each name once: one person, one
// ballot.
//
//	GET    /api/class/roster                      ->  200 {"people":[{"name","code"?,"user":person|null}]}
//	PUT    /api/class/roster {"people":[{"name","code"?}]}, or text/csv with the columns name and code  ->  200 the same
//	DELETE /api/class/roster/{name}/claim         ->  204: somebody else may come by this name
//
// Who came by a name that is freed is removed: else there would be two with one ballot each. What that person has
// voted in polls that are open is withdrawn, and what was closed before stays as it is.

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"pollwire/class/sheet"
	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/throttle"
	"pollwire/rest/visible"
)

const (
	maxRoster     = 2000    // names
	maxRosterBody = 1 << 20 // bytes
	maxCode       = 20      // characters
)

// wrongCodes is how many codes for one name from one address may be wrong, before the next has to wait.
var wrongCodes = throttle.Limit{Max: 10, Per: time.Minute}

// expected is somebody on the roster.
type expected struct {
	Name string  `json:"name"`
	Code *string `json:"code,omitempty"`
	User *Person `json:"user"` // who has come by this name
}

type roster struct {
	People []expected `json:"people"`
}

// ---- coming in

// Newcomer is somebody who wants to come in.
type Newcomer struct {
	Name string // the nickname: Add knows it
	Code *string
	From netip.Addr
}

// NewNewcomer checks the code whatever the roster says.
func NewNewcomer(v *input.Values, code *string, from netip.Addr) Newcomer {
	if code != nil {
		code = new(v.Text("code", code, 0, maxCode, input.OneLine))
	}
	return Newcomer{Code: code, From: from}
}

// admit refuses who may not come in, inside the transaction in which they would become a user. claim, which is nil
// where there is no roster, gives them the name then.
func (c *Class) admit(w *groupcommit.Writer, n Newcomer) (claim func(user int64) error, err error) {
	locked, on, err := enteringBy(w)
	switch {
	case err != nil:
		return nil, err
	case locked:
		return nil, errLocked
	case !on:
		return nil, nil
	}
	key := visible.Fold(n.Name)
	place, err := placeOf(w, key)
	if errors.Is(err, ErrNotFound) {
		return nil, problem.Refuse(problem.Forbidden, "%q is not on the roster", n.Name).Coded("not_on_roster", "name")
	}
	if err == nil {
		err = c.checkCode(place.code, n, guess{key, n.From}, time.Now())
	}
	if err == nil && place.holder != 0 {
		err = nameHeld(n.Name)
	}
	if err != nil {
		return nil, err
	}
	return func(user int64) error { return hold(w, key, user) }, nil
}

func nameHeld(name string) error {
	return problem.Refuse(problem.Conflict, "somebody has come as %q already", name).Coded("name_held", "name")
}

// mayCall refuses another name of a student's own choice while there is a roster: he would be taken for somebody else.
// The same name may be written in another way.
func mayCall(w *groupcommit.Writer, u User, name string) error {
	_, on, err := enteringBy(w)
	if err == nil && on && !u.Teaches() && visible.Fold(name) != visible.Fold(u.Nickname) {
		err = problem.Refuse(problem.Forbidden, "there is a roster: only the teacher gives another name").
			Coded("names_of_roster")
	}
	return err
}

// readmit gives somebody who was removed his name on the roster back, if it was freed. Where somebody else has come by
// it, there would be two of one.
func readmit(w *groupcommit.Writer, u User) error {
	key := visible.Fold(u.Nickname)
	place, err := placeOf(w, key)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case place.holder == 0:
		return hold(w, key, u.ID)
	case place.holder != u.ID:
		return nameHeld(u.Nickname)
	}
	return nil
}

// checkCode is called on the writer's goroutine, one at a time: so of many guesses at once, no more than the limit
// learn anything.
func (c *Class) checkCode(code *string, n Newcomer, by guess, at time.Time) error {
	if code == nil {
		return nil
	}
	if wait := c.guesses.Wait(by, at); wait > 0 {
		return problem.RetryLater(problem.TooMany, wait, "%d wrong codes for this name within a minute", wrongCodes.Max).
			Coded("wrong_codes", "most")
	}
	if n.Code != nil && subtle.ConstantTimeCompare([]byte(visible.Fold(*code)), []byte(visible.Fold(*n.Code))) == 1 {
		return nil
	}
	if n.Code != nil && *n.Code != "" {
		c.guesses.Count(by, at)
	}
	return problem.Refuse(problem.Forbidden, "the code is not that of %q", n.Name).Coded("wrong_code", "name")
}

// ---- calls

func (c *Class) handleRoster(w http.ResponseWriter, r *http.Request, _ User) error {
	people, err := readRoster(r.Context(), c.DB.Readers())
	if err != nil {
		return err
	}
	return output.Show(w, r, roster{output.List(people)})
}

func (c *Class) handlePutRoster(w http.ResponseWriter, r *http.Request, _ User) error {
	people, err := rosterOf(w, r)
	if err != nil {
		return err
	}
	if people, err = c.putRoster(r.Context(), people); err != nil {
		return err
	}
	return output.Changed(w, r, roster{output.List(people)})
}

// rosterOf reads a list of names, in JSON or as a table.
func rosterOf(w http.ResponseWriter, r *http.Request) ([]expected, error) {
	if input.MediaType(r) != "text/csv" {
		var in struct {
			People *[]struct {
				Name *string `json:"name"`
				Code *string `json:"code"`
			} `json:"people"`
		}
		if err := input.LongJSON(w, r, &in, maxRosterBody); err != nil {
			return nil, err
		}
		l := list{field: func(i int) string { return input.Item("people", i) }, dot: "."}
		if in.People == nil {
			l.v.Add("people", "is missing").Coded("missing")
			return nil, l.v.Err()
		}
		for i, p := range *in.People {
			l.add(i, p.Name, p.Code)
		}
		return l.people, l.err(len(*in.People))
	}
	text, err := input.LongText(w, r, maxRosterBody)
	if err != nil {
		return nil, err
	}
	return rosterInTable(text)
}

// rosterInTable reads a table of names and, if there are any, codes: the first two columns, or those that a heading
// calls so.
func rosterInTable(text string) ([]expected, error) {
	rows, err := sheet.Read(text)
	if errors.Is(err, sheet.ErrNotUTF8) {
		return nil, problem.Refuse(problem.MediaType, `the table must be in UTF-8: Excel calls it "CSV UTF-8"`)
	}
	if err != nil {
		return nil, problem.Refuse(problem.Malformed, "%v", err)
	}
	name, code := 0, 1
	if len(rows) > 0 {
		if at := headed(rows[0].Cells, nameHeadings); at >= 0 {
			name, code = at, codeColumn(rows[0].Cells, at)
			rows = rows[1:]
		}
	}
	l := list{field: func(i int) string { return sheet.Line(rows[i].Line) }, dot: " "}
	for i, row := range rows {
		l.add(i, new(cell(row, name)), given(cell(row, code)))
	}
	return l.people, l.err(len(rows))
}

// What columns are called in the tables of schools. A student's number does as a code.
var (
	nameHeadings = []string{"name", "full name", "student name", "이름", "성명", "학생 이름", "학생명"}
	codeHeadings = []string{"code", "코드", "student number", "student no.", "student no", "student id", "학번"}
)

// headed is the column that has one of these headings, -1 if none has.
func headed(cells, headings []string) int {
	return slices.IndexFunc(cells, func(c string) bool {
		return slices.ContainsFunc(headings, func(h string) bool { return visible.Fold(c) == visible.Fold(h) })
	})
}

// codeColumn is the column that is headed as one of codes, or the first one that is not the names'.
func codeColumn(heading []string, name int) int {
	if at := headed(heading, codeHeadings); at >= 0 {
		return at
	}
	if name == 0 {
		return 1
	}
	return 0
}

// cell is "" where the row is shorter.
func cell(row sheet.Row, column int) string {
	if column < len(row.Cells) {
		return row.Cells[column]
	}
	return ""
}

// given is nil where there is no text.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// list is a roster that is being read.
type list struct {
	v      input.Values
	field  func(i int) string
	dot    string // between field and the member
	people []expected
	seen   map[string]bool
}

func (l *list) add(i int, name, code *string) {
	if i >= maxRoster {
		return
	}
	field := l.field(i)
	e := expected{Name: l.v.Text(field+l.dot+"name", name, 1, MaxNickname, input.OneLine)}
	if code != nil {
		e.Code = new(l.v.Text(field+l.dot+"code", code, 1, maxCode, input.OneLine))
	}
	key := visible.Fold(e.Name)
	if l.seen[key] && e.Name != "" {
		l.v.Add(field+l.dot+"name", "is there twice").Coded("twice")
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[key] = true
	l.people = append(l.people, e)
}

func (l *list) err(n int) error {
	if n > maxRoster {
		l.v.Add("people", "must be %d to %d, not %d", 0, maxRoster, n).Coded("count", "least", "most", "is")
	}
	return l.v.Err()
}

func (c *Class) handleFree(w http.ResponseWriter, r *http.Request, _ User) error {
	name := r.PathValue("name")
	err := c.free(r.Context(), visible.Fold(name))
	if errors.Is(err, ErrNotFound) {
		return problem.Refuse(problem.NotFound, "nobody holds %.50q, or it is not on the roster", name)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
