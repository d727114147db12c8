package class

// How somebody becomes a teacher.
//
//	POST /api/auth/teacher {"key", "nickname"?}   with a token   ->  200 User, who teaches from now on
//	                                              without one    ->  201 Session of somebody new
//	                                              403 another key | 429 too many of them from one address

import (
	"cmp"
	"net/http"
	"net/netip"
	"time"

	"pollwire/class/teacherkey"
	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/middleware"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

func (p *People) handleTeach(w http.ResponseWriter, r *http.Request, u User) error {
	var in struct {
		Key      *string `json:"key"`
		Nickname *string `json:"nickname"`
	}
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	var v input.Values
	key := v.Present("key", in.Key)
	in.Nickname = nickname(&v, in.Nickname)
	if err := v.Err(); err != nil {
		return err
	}
	mark, err := p.tryKey(middleware.ClientAddr(r).Addr(), key, time.Now())
	if err != nil {
		return err
	}
	if u.ID == 0 {
		nickname := *cmp.Or(in.Nickname, new("Teacher"))
		u, err = p.addTeacher(r.Context(), nickname, mark, millis(time.Now().UnixMilli()))
		return p.Session(w, http.StatusCreated, u, err)
	}
	u, err = p.change(r.Context(), u.ID, func(w *groupcommit.Writer, u *User) error {
		u.Role = Teacher
		input.SetIfSent(&u.Nickname, in.Nickname)
		return isGood(w, mark)
	})
	if err != nil {
		return err
	}
	return output.JSON(w, http.StatusOK, u)
}

func wrongKey() error {
	return problem.Refuse(problem.Forbidden, "this is not the teacher key").Coded("wrong_key")
}

// tryKey returns the mark of a key that is the right one. After too many wrong ones an address has to wait, and learns
// nothing meanwhile. That does not hold for this machine itself, whose people can read the key from the disk.
func (p *People) tryKey(from netip.Addr, key string, at time.Time) (mark string, err error) {
	mark = p.mark.Load().(string)
	settle := p.wrong.Wait
	if !teacherkey.Opens(key, mark) {
		err, settle = wrongKey(), p.wrong.Count
	}
	if middleware.OfThisMachine(from) {
		return mark, err
	}
	if wait := settle(from, at); wait > 0 {
		return "", problem.RetryLater(problem.TooMany, wait, "%d wrong teacher keys from this address within a minute",
			p.wrong.Max).Coded("wrong_keys", "most")
	}
	return mark, err
}
