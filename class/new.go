package class

// A new class in the place of an old one.
//
//	POST /api/class/new {"keep_plan"?:true,"keep_files"?:false}  teacher  ->  200 {"copy":"pollwire-20261128T101500.db"}
//
// The database is copied beside itself, and then one transaction takes away what belongs to the class that goes:
//
//	goes     students with their tokens, votes, messages, memos and files; polls that are not in the plan
//	stays    teachers with their memos and files, settings, the names on the roster
//	returns  polls of the plan, as drafts without votes
//
// A crash at any moment leaves the old class or the new one, whole, and the new one never without the copy. What the
// transaction can't do, because files are no rows, is noted in it and done behind it, at the next start if need be.

import (
	"context"
	"net/http"
	"path/filepath"
	"time"

	"pollwire/data/files"
	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/output"
)

// Renewal says what stays.
type Renewal struct {
	KeepPlan, KeepFiles bool
	By                  int64 // a teacher, to whom polls of the plan go whose makers go; 0: any teacher
}

// gone is what a renewal takes away.
type gone struct{ students, polls []int64 }

func (c *Class) handleNew(w http.ResponseWriter, r *http.Request, u User) error {
	var in struct {
		KeepPlan  *bool `json:"keep_plan"`
		KeepFiles *bool `json:"keep_files"`
	}
	if r.ContentLength != 0 { // all of it may be left out
		if err := input.JSON(w, r, &in); err != nil {
			return err
		}
	}
	stays := Renewal{KeepPlan: true, By: u.ID}
	input.SetIfSent(&stays.KeepPlan, in.KeepPlan)
	input.SetIfSent(&stays.KeepFiles, in.KeepFiles)
	c.renewing.Lock()
	defer c.renewing.Unlock()
	path, err := c.renew(r.Context(), stays)
	if err != nil {
		return err
	}
	if err := c.Finish(r.Context()); err != nil {
		c.Failed(err) // the class is a new one all the same
	}
	return output.JSON(w, http.StatusOK, map[string]string{"copy": filepath.Base(path)})
}

// renew makes the new class and tells everybody.
func (c *Class) renew(ctx context.Context, stays Renewal) (path string, err error) {
	var old gone
	return c.DB.CopyThenWrite(ctx, time.Now(), func(w *groupcommit.Writer) (err error) {
		if old, err = renew(w, stays); err == nil {
			c.DropPolls(old.polls...)
		}
		return err
	}, func() {
		now := *c.now.Load()
		now.Current = nil
		c.now.Store(&now)
		c.Renewed(old.students, func() {
			c.Publish("class:new", 0, struct{}{})
			c.tell(now)
		})
	})
}

// Finish deletes the files of people who went with their class.
func (c *Class) Finish(ctx context.Context) error { return finish(ctx, c.DB, c.RemoveFiles) }

func finish(ctx context.Context, db *groupcommit.DB, remove func(context.Context, []files.Version) error) error {
	left, err := filesToDelete(ctx, db)
	if err != nil {
		return err
	}
	if err := remove(ctx, left); err != nil {
		return err
	}
	if len(left) == 0 {
		return nil
	}
	return forgetFiles(ctx, db, left)
}

// RenewAtRest does the same to a database that no server has open. remove deletes files.
func RenewAtRest(ctx context.Context, db *groupcommit.DB, stays Renewal,
	remove func(context.Context, []files.Version) error) (path string, err error) {
	path, err = db.CopyThenWrite(ctx, time.Now(), func(w *groupcommit.Writer) error {
		if _, err := renew(w, stays); err != nil {
			return err
		}
		return forgetEvents(w)
	}, nil)
	if err != nil {
		return "", err
	}
	return path, finish(ctx, db, remove)
}
