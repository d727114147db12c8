package class

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pollwire/test/rig"
)

// another is a pupil who teaches: acts of several teachers at once fail no test by themselves.
func (l *lesson) another(nickname string) *pupil {
	l.Helper()
	return &pupil{Session: l.Teacher(key, nickname), r: l.Rig}
}

// must makes a request that must be answered by one of these.
func (p *pupil) must(method, path string, body, v any, statuses ...int) error {
	o, err := p.ask(method, path, body, v)
	if err == nil && !slices.Contains(statuses, o.status) {
		err = fmt.Errorf("%s %s %v = %d %s, want %v", method, path, body, o.status, o.body, statuses)
	}
	return err
}

// Two teachers act on the same things at once. What each was told is done stays done.
func TestTwoTeachers(t *testing.T) {
	l := begin(t)
	two := []*pupil{l.another("Han"), l.another("Yoon")}
	all := l.plan("PUT", rig.Object{"polls": []any{entry("1"), entry("2"), entry("3"), entry("4")}}).Polls
	kim := l.Guest("Kim")

	t.Run("different parts of one thing", func(t *testing.T) {
		parts := []func(n int) rig.Object{
			func(n int) rig.Object { return rig.Object{"title": fmt.Sprint("title ", n)} },
			func(n int) rig.Object { return rig.Object{"chat": []string{"on", "off", "slow"}[n%3]} }}
		polls := []func(n int) rig.Object{parts[0],
			func(n int) rig.Object { return rig.Object{"description": fmt.Sprint("description ", n)} }}
		err := rig.Together(2, func(i int) error {
			for n := range 40 {
				if err := two[i].must("PATCH", "/api/class", parts[i](n), nil, 200); err != nil {
					return err
				}
				if err := two[i].must("PATCH", all[0].path(), polls[i](n), nil, 200); err != nil {
					return err
				}
			}
			return nil
		})
		v := rig.Want[View](l, 200, "GET", "/api/class", "", nil)
		p := rig.Want[rig.Poll](l, 200, "GET", all[0].path(), l.teacher.AccessToken, nil)
		if err != nil || v.Title != "title 39" || v.Chat != "on" || p.Title != "title 39" ||
			p.Description != "description 39" {
			t.Errorf("%v; in the end there are %+v and %s, %s", err, v, p.Title, p.Description)
		}
	})

	// One adds questions and the other moves them, knowing what is there; who knows less has to look again.
	t.Run("the plan", func(t *testing.T) {
		var refused atomic.Int64
		err := rig.Together(2, func(i int) error {
			for n := range 20 {
				if i == 0 {
					if err := two[0].must("POST", "/api/class/plan", rig.Object{"polls": []any{entry(fmt.Sprint("new ", n))}},
						nil, 200); err != nil {
						return err
					}
					continue
				}
				var now plan
				if err := two[1].must("GET", "/api/class/plan", nil, &now, 200); err != nil {
					return err
				}
				was, order := []int64{}, []any{}
				for _, p := range now.Polls {
					was = append(was, p.ID)
					order = slices.Insert(order, 0, any(rig.Object{"id": p.ID}))
				}
				o, err := two[1].ask("PUT", "/api/class/plan", rig.Object{"polls": order, "was": was}, nil)
				if o.status == 409 && strings.Contains(o.body, `"plan_changed"`) {
					refused.Add(1)
				} else if err != nil || o.status != 200 {
					return fmt.Errorf("PUT = %d %s, %v", o.status, o.body, err)
				}
			}
			return nil
		})
		if got := l.plan("GET", nil); err != nil || len(got.Polls) != 24 {
			t.Errorf("%v; the plan has %d polls, want all 24: %s", err, len(got.Polls), got)
		}
		l.refused(409, "plan_changed", "PUT", "/api/class/plan", l.teacher.AccessToken,
			rig.Object{"polls": []any{}, "was": []int64{all[0].ID}})
	})

	t.Run("next, lock, close, another round, people", func(t *testing.T) {
		l.set(rig.Object{"current": all[1].ID, "chat": "on"})
		err := rig.Together(2, func(i int) error {
			for n := range 30 {
				p := all[n%len(all)]
				for _, err := range []error{
					two[i].must("PATCH", "/api/class", rig.Object{"current": p.ID, "locked": n%2 == i}, nil, 200),
					two[i].must("PATCH", p.path(), rig.Object{"is_active": n%3 > i}, nil, 200),
					two[i].must("POST", p.path()+"/rounds", nil, nil, 201, 409, 422),
					two[i].must("PATCH", pathOf(kim), rig.Object{"muted": n%2 == i, "removed": n%3 == i}, nil, 200),
					two[i].must("GET", "/api/class/export", nil, nil, 200),
				} {
					if err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})

	// Of two who delete the same, one has done it and the other is told that it is not there.
	t.Run("deleting", func(t *testing.T) {
		now := l.plan("GET", nil).Polls
		var deleted atomic.Int64
		err := rig.Together(2, func(i int) error {
			for _, p := range now {
				o, err := two[i].ask("DELETE", p.path(), nil, nil)
				if err != nil || o.status != 204 && o.status != 404 {
					return fmt.Errorf("DELETE = %d %s, %v", o.status, o.body, err)
				}
				if o.status == 204 {
					deleted.Add(1)
				}
			}
			return nil
		})
		if left := l.plan("GET", nil).Polls; err != nil || deleted.Load() != int64(len(now)) || len(left) != 0 {
			t.Errorf("%v; %d of %d were deleted, %d are left", err, deleted.Load(), len(now), len(left))
		}
	})

	// Two new classes at once are two, each with its copy, or one who was too late.
	t.Run("a new class", func(t *testing.T) {
		l.plan("PUT", rig.Object{"polls": []any{entry("kept")}})
		copies := make([]renewed, 2)
		err := rig.Together(2, func(i int) error {
			return two[i].must("POST", "/api/class/new", rig.Object{}, &copies[i], 200)
		})
		if err != nil || copies[0].Copy == copies[1].Copy || copies[0].Copy == "" {
			t.Errorf("%v; the copies are %+v", err, copies)
		}
		if got := l.plan("GET", nil); got.String() != "kept draft" {
			t.Errorf("the plan is %s", got)
		}
		l.Refused(401, "GET", "/api/auth/me", kim.AccessToken, nil)
	})
}
