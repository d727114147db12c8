package class

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/test/rig"
)

// crowd is a class that votes, talks and comes in while it is made new.
type crowd struct {
	*lesson
	planned Asked
	pupils  []*pupil
	voted   []vote
	begun   atomic.Int64 // how many have voted more than once
	over    atomic.Bool
	said    atomic.Int64 // messages that were answered
}

// vote is the last one of a pupil: what was answered, and what was sent behind it, by the index of the option.
type vote struct{ answered, sent int }

// A class is made new while two hundred listen by all ways, and all of them vote and talk as fast as they can. At each
// moment it is the old class or the new one. Everybody is told; nothing that was answered is missing in the copy of the
// old one, and nothing of it comes into the new one.
func TestANewClassWhileVotesPourIn(t *testing.T) {
	many := 200
	if rig.Race { // each takes ten times as long then
		many = 30
	}
	c := &crowd{lesson: begin(t), voted: make([]vote, many)}
	token := c.teacher.AccessToken
	c.planned = c.plan("POST", rig.Object{"polls": []any{rig.Object{"title": "planned", "points": 1,
		"options": []any{rig.Object{"text": "a", "correct": true}, "b", "c"}}}}).Polls[0]
	c.set(rig.Object{"current": c.planned.ID})
	c.ask(rig.Object{"title": "not planned", "options": []string{"a", "b"}})
	c.pupils = pupils(c.Rig, len(c.voted), func(i int) string { return fmt.Sprint("pupil ", i) })
	teacher := c.Listening("?token=" + token)
	errs := make(chan error, 2*len(c.pupils))
	var all sync.WaitGroup
	for i, p := range c.pupils {
		all.Go(func() { errs <- c.pour(p, &c.voted[i]) })
	}
	var newcomers []*pupil
	all.Go(func() { newcomers = c.comeIn(errs) })
	for _, look := range []func(*pupil) error{c.lookAtThePolls, c.lookAtThePlan, c.lookAtTheClass} {
		all.Go(func() { errs <- c.keepLooking(look) })
	}
	for deadline := time.Now().Add(2 * rig.Patience); c.begun.Load() < int64(len(c.pupils)); {
		if time.Now().After(deadline) {
			t.Fatalf("only %d pupils vote", c.begun.Load())
		}
		time.Sleep(time.Millisecond)
	}
	answer := rig.Want[renewed](c, 200, "POST", "/api/class/new", token, nil)
	c.areTold()
	c.over.Store(true)
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	teacher.Until("class:new")
	c.isNew(newcomers)
	if code := c.End(os.Interrupt); code != 0 || strings.Contains(c.Stderr.String(), "level=ERROR") {
		t.Errorf("the server ends with %d and says %s", code, c.Stderr)
	}
	c.isCopied(filepath.Join(c.dir, answer.Copy))
}

// pour votes and talks until the class has gone.
func (c *crowd) pour(p *pupil, last *vote) error {
	for n := 0; ; n++ {
		last.sent = (p.n + n) % 3
		o, err := p.vote(c.planned.ID, rig.Object{"option_id": c.planned.Options[last.sent].ID})
		if err != nil || o.status == 401 {
			return nil // the connection has ended, or the token
		}
		if o.status == 404 { // it was in the queue when the poll became a draft of the new class
			continue
		}
		if o.status != 200 {
			return fmt.Errorf("pupil %d votes by %s: %d %s", p.n, p.way, o.status, o.body)
		}
		if last.answered = last.sent; n == 2 {
			c.begun.Add(1)
		}
		if n%5 > 0 {
			continue
		}
		o, err = p.ask("POST", "/api/chat/messages", rig.Object{"message": "hello"}, nil)
		if err != nil || o.status != 201 && o.status != 401 {
			return fmt.Errorf("pupil %d says something: %d %s, %v", p.n, o.status, o.body, err)
		}
		if o.status == 201 {
			c.said.Add(1)
		}
	}
}

// comeIn lets people come in all the time, who vote at once.
func (c *crowd) comeIn(errs chan error) (all []*pupil) {
	for !c.over.Load() {
		p := &pupil{r: c.Rig, n: 1000 + len(all), way: "SSE"}
		o, err := p.ask("POST", "/api/auth/guest", rig.Object{"nickname": "newcomer"}, &p.Session)
		if err != nil || o.status != 201 {
			errs <- fmt.Errorf("a newcomer: %d %s, %v", o.status, o.body, err)
			return all
		}
		all = append(all, p)
		o, err = p.vote(c.planned.ID, rig.Object{"option_id": c.planned.Options[0].ID})
		if err != nil || !slices.Contains([]int{200, 401, 404}, o.status) { // 404: it is a draft now
			errs <- fmt.Errorf("a newcomer votes: %d %s, %v", o.status, o.body, err)
			return all
		}
	}
	return all
}

// keepLooking has the teacher look at something all the time.
func (c *crowd) keepLooking(look func(*pupil) error) error {
	p := &pupil{Session: c.teacher, r: c.Rig}
	for !c.over.Load() {
		if err := look(p); err != nil {
			return err
		}
	}
	return nil
}

// old tells whether a planned poll is that of the old class; an error is one that is of neither.
func (c *crowd) old(p Asked) (bool, error) {
	var votes int64
	for _, o := range p.Options {
		votes += *o.Votes
	}
	switch {
	case p.Status == "open" && votes == p.Voters:
		return true, nil
	case p.Status == "draft" && votes == 0 && p.Voters == 0:
		return false, nil
	}
	return false, fmt.Errorf("a poll of neither class: %s with %d votes of %d", p.Status, votes, p.Voters)
}

func (c *crowd) lookAtThePolls(p *pupil) error {
	var list struct {
		Polls []Asked
		Total int
	}
	o, err := p.ask("GET", "/api/polls", nil, &list)
	if err != nil || o.status != 200 {
		return fmt.Errorf("GET /api/polls = %d %s, %v", o.status, o.body, err)
	}
	old, err := c.old(list.Polls[len(list.Polls)-1])
	if want := map[bool]int{true: 2, false: 1}[old]; err == nil && (len(list.Polls) != want || list.Total != want) {
		err = fmt.Errorf("%d polls of %d are listed, want %d", len(list.Polls), list.Total, want)
	}
	return err
}

func (c *crowd) lookAtThePlan(p *pupil) error {
	var list plan
	o, err := p.ask("GET", "/api/class/plan", nil, &list)
	if err != nil || o.status != 200 || len(list.Polls) != 1 {
		return fmt.Errorf("GET /api/class/plan = %d %s, %v", o.status, o.body, err)
	}
	_, err = c.old(list.Polls[0])
	return err
}

func (c *crowd) lookAtTheClass(p *pupil) error {
	var v View
	o, err := p.ask("GET", "/api/class", nil, &v)
	if err != nil || o.status != 200 {
		return fmt.Errorf("GET /api/class = %d %s, %v", o.status, o.body, err)
	}
	// Newcomers are fewer than the class that has gone, but where the race detector makes that a small one.
	if !rig.Race && (v.Current != nil) != (v.People > int64(len(c.pupils))) {
		return fmt.Errorf("a class of neither: %s", o.body)
	}
	return nil
}

// areTold waits until nobody of the old class is told anything any more.
func (c *crowd) areTold() {
	c.Helper()
	for _, p := range c.pupils {
		select {
		case <-p.ended:
		case <-time.After(rig.Patience):
			c.Errorf("pupil %d by %s is still told what happens", p.n, p.way)
		}
		// who asks now and then may have asked behind it only: the answer is a 401
		if told, _, _ := p.heard("class:new"); told != 1 && (told > 1 || !strings.HasSuffix(p.way, "polling")) {
			c.Errorf("pupil %d by %s was told %d times of the new class", p.n, p.way, told)
		}
	}
}

// isNew looks whether the new class has what it should, and nothing else.
func (c *crowd) isNew(newcomers []*pupil) {
	c.Helper()
	here := int64(1)
	for _, p := range append(newcomers, c.pupils...) {
		o, err := p.ask("GET", "/api/auth/me", nil, nil)
		switch {
		case err == nil && o.status == 200 && p.n >= 1000:
			here++
		case err != nil || o.status != 401:
			c.Errorf("%s is answered %d %s, %v", p.User.Nickname, o.status, o.body, err)
		}
	}
	v := c.set(rig.Object{"current": c.planned.ID})
	if v.People != here {
		c.Errorf("%d people are in the new class, want %d", v.People, here)
	}
	if p := c.see(c.planned, c.teacher.AccessToken); p.Voters != 0 || p.Status != "open" {
		c.Errorf("the first poll of the new class is %+v", p)
	}
	if list := rig.Want[struct{ Messages []any }](c, 200, "GET", "/api/chat/messages", "", nil); len(list.Messages) > 0 {
		c.Errorf("%d messages are in the new class", len(list.Messages))
	}
}

// isCopied holds the copy against what was answered.
func (c *crowd) isCopied(path string) {
	c.Helper()
	for i, p := range c.pupils {
		got := query(c.TB, path, fmt.Sprintf("SELECT group_concat(option_id) FROM votes WHERE user_id = %d", p.User.ID))
		if got != fmt.Sprint(c.planned.Options[c.voted[i].answered].ID) &&
			got != fmt.Sprint(c.planned.Options[c.voted[i].sent].ID) {
			c.Errorf("pupil %d voted %+v; in the copy is %s", i, c.voted[i], got)
		}
	}
	if query(c.TB, path, fmt.Sprintf("SELECT count(*) >= %d FROM messages", c.said.Load())) != "1" {
		c.Errorf("%d messages were answered; in the copy are %s", c.said.Load(), query(c.TB, path, whatIsIn))
	}
}
