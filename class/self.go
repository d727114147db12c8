package class

// What somebody changes of himself.
//
//	PATCH /api/auth/me        {"nickname"?}    ->  200 User | 403 there is a roster
//	POST  /api/auth/password  {"old", "new"}   ->  204 | 403 another password | 409 a guest has none

import (
	"errors"
	"net/http"
	"time"

	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/middleware"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

func (p *People) handleRename(w http.ResponseWriter, r *http.Request, u User) error {
	var in struct {
		Nickname *string `json:"nickname"`
	}
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	var v input.Values
	in.Nickname = nickname(&v, in.Nickname)
	if err := v.Err(); err != nil {
		return err
	}
	if !u.Teaches() { // everybody is told, each time
		if err := p.renames.Take(u.ID, time.Now()); err != nil {
			return err
		}
	}
	u, err := p.change(r.Context(), u.ID, func(w *groupcommit.Writer, u *User) error {
		if in.Nickname == nil {
			return nil
		}
		err := mayCall(w, *u, *in.Nickname)
		u.Nickname = *in.Nickname
		return err
	})
	if err != nil {
		return err
	}
	return output.JSON(w, http.StatusOK, u)
}

func (p *People) handlePassword(w http.ResponseWriter, r *http.Request, u User) error {
	var in struct {
		Old *string `json:"old"`
		New *string `json:"new"`
	}
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	if u.Username == nil {
		return problem.Refuse(problem.Conflict, "a guest has no password").Coded("guests_have_none")
	}
	var v input.Values
	old, secret := v.Present("old", in.Old), NewPassword(&v, "new", in.New)
	if err := v.Err(); err != nil {
		return err
	}
	found, err := p.TryPassword(r.Context(), middleware.ClientAddr(r).Addr(), *u.Username, old)
	if errors.Is(err, problem.Unauthorized) || err == nil && found.ID != u.ID {
		// not a 401: that would say that the token is no longer good
		return problem.Refuse(problem.Forbidden, "this is not the password").Coded("wrong_password")
	}
	if err != nil {
		return err
	}
	hash, err := p.HashPassword(r.Context(), secret)
	if err == nil {
		err = p.DB.Do(r.Context(), "UPDATE users SET password_hash = ? WHERE id = ?", hash, u.ID)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
