package main

// Results are read from memory: they must be what the database holds, at once, for each who asks.

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pollwire/class"
	"pollwire/class/question"
	"pollwire/data/groupcommit"
	"pollwire/rest/output"
	"pollwire/test/rig"
)

// keep waits until a poll is read from memory.
func (r *local) keep(p rig.Poll) {
	r.Helper()
	for deadline := time.Now().Add(rig.Patience); ; time.Sleep(time.Millisecond) {
		if _, _, ok := r.store.polls.Read(p.ID, 0); ok {
			return
		}
		if r.Do("GET", p.Path(), "", nil); time.Now().After(deadline) {
			r.Fatal("the poll is not kept in memory")
		}
	}
}

// same compares what one person gets with what the database says, byte for byte.
func (r *local) same(when string, p rig.Poll, token string) {
	r.Helper()
	u, err := r.userOf(r.Context(), token)
	if err != nil {
		r.Fatal(err)
	}
	_, got := r.Do("GET", p.Path(), token, nil)
	b, err := readPoll(r.Context(), r.store.read, p.ID, u.ID)
	if err != nil {
		r.Fatal(err)
	}
	if want, _ := output.Encode(b.seenBy(u, now())); got != string(want) {
		r.Errorf("%s: GET = %s, in the database %s", when, got, want)
	}
}

// All who hear of a poll ask for it at the same moment: by then nobody should need the disk.
func TestAPollOfWhichAllHearIsKept(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	p := r.NewPoll(kim)
	kept := func(when string) {
		t.Helper()
		for deadline := time.Now().Add(rig.Patience); ; time.Sleep(time.Millisecond) {
			if now, _, ok := r.store.polls.Read(p.ID, 0); ok && now.Title == p.Title {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the poll that was %s is not kept", when)
			}
		}
	}
	kept("made")
	p = rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), kim, rig.Object{"title": "another title"})
	kept("changed")
}

func TestWhatIsKeptIsWhatIsStored(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim").AccessToken, r.Guest("Lee").AccessToken
	p := r.NewPoll(kim, rig.Object{"multiple": true, "title": "<b> & 한글 \u2028"})
	vote := func(token string, options ...int) {
		t.Helper()
		ids := []int64{}
		for _, i := range options {
			ids = append(ids, p.Options[i].ID)
		}
		_, answer := r.Do("POST", p.Path()+"/vote", token, rig.Object{"option_ids": ids})
		if _, got := r.Do("GET", p.Path(), token, nil); got != answer {
			t.Errorf("a vote for %v was answered %s, and read right behind it %s", options, answer, got)
		}
	}
	for _, kept := range []bool{false, true} {
		for _, step := range []struct {
			name string
			do   func()
		}{
			{"a first vote", func() { vote(kim, 0, 1) }},
			{"another", func() { vote(lee, 2) }},
			{"a changed vote, in another order", func() { vote(kim, 2, 1) }},
			{"the same again", func() { vote(kim, 1, 2) }},
			{"withdrawn", func() { r.Do("DELETE", p.Path()+"/vote", kim, nil) }},
			{"withdrawn again", func() { r.Do("DELETE", p.Path()+"/vote", kim, nil) }},
			{"voted again", func() { vote(kim, 0) }},
			{"hidden", func() { r.Do("PATCH", p.Path(), kim, rig.Object{"hidden": true}) }},
			{"a vote while hidden", func() { vote(lee, 0, 1, 2) }},
			{"closed", func() { r.Do("PATCH", p.Path(), kim, rig.Object{"is_active": false}) }},
			{"a vote that is refused", func() { r.Do("POST", p.Path()+"/vote", kim, rig.Object{"option_id": p.Options[0].ID}) }},
			{"opened", func() { r.Do("PATCH", p.Path(), kim, rig.Object{"is_active": true, "hidden": false}) }},
			{"renamed", func() { r.Do("PATCH", p.Path(), kim, rig.Object{"title": fmt.Sprint("kept: ", kept)}) }},
		} {
			if kept {
				r.keep(p)
			}
			step.do()
			r.same(step.name, p, kim)
			r.same(step.name, p, lee)
		}
	}
	r.keep(p)
	r.Do("DELETE", p.Path(), kim, nil)
	if resp, body := r.Do("GET", p.Path(), lee, nil); resp.StatusCode != 404 {
		t.Errorf("deleted: GET = %d %s, want 404", resp.StatusCode, body)
	}
}

// Ballots that come together share a transaction, with such as are refused and undone.
func TestManyBallotsAtOnceAreCountedAsTheyAreStored(t *testing.T) {
	r := start(t)
	tokens := make([]string, 16)
	for i := range tokens {
		tokens[i] = r.Guest(fmt.Sprint("voter ", i)).AccessToken
	}
	for _, body := range []rig.Object{{}, {"multiple": true}, {"multiple": true, "hidden": true}} {
		p := r.NewPoll(tokens[0], body)
		r.keep(p)
		var voters sync.WaitGroup
		for i, token := range tokens {
			voters.Go(func() {
				chance := rand.New(rand.NewPCG(1, uint64(i)))
				for range 20 {
					ids := []int64{}
					for _, o := range p.Options {
						if chance.IntN(3) == 0 {
							ids = append(ids, o.ID)
						}
					}
					switch chance.IntN(8) {
					case 0:
						r.Do("DELETE", p.Path()+"/vote", token, nil)
					case 1:
						r.Do("POST", p.Path()+"/vote", token, rig.Object{"option_ids": append(ids, 1<<40)}) // refused
					default:
						r.Do("POST", p.Path()+"/vote", token, rig.Object{"option_ids": ids}) // refused where it has none, or too many
					}
				}
			})
		}
		voters.Wait()
		for _, token := range tokens {
			r.same(fmt.Sprint(body), p, token)
		}
	}
}

// What is kept doesn't change when the time of a poll is over, but what is shown does.
func TestAKeptPollEndsOnTime(t *testing.T) {
	ends := millis(5000)
	p := &sharedPoll{poll: poll{question.Poll{ID: 1, Question: question.Question{Kind: "choice", Hidden: true},
		IsActive: true, EndsAt: &ends, Options: []question.PollOption{{ID: 1, Text: "a", Votes: 3}}, TotalVotes: 3}}}
	for _, at := range []millis{4999, 5000, 4999, 5000} {
		u, mine := user{User: class.User{ID: 7}}, question.Answer{Options: []int64{1}}
		got, err := p.encode(u, mine, at)
		want, _ := output.Encode(ballotPoll{p.poll, mine}.seenBy(u, at))
		var v question.View
		if json.Unmarshal(got.JSON, &v); string(got.JSON) != string(want) || err != nil || v.IsActive != (at < ends) ||
			(v.Options[0].Votes == nil) != v.IsActive {
			t.Errorf("at %d: %s, %v, want %s", at, got.JSON, err, want)
		}
	}
}

// With more voters than are kept, everything is asked for with SQL and stays right.
func TestAPollWithTooManyVotersToKeep(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	p := r.NewPoll(kim)
	err := r.store.db.Write(t.Context(), func(w *groupcommit.Writer) error {
		r.store.polls.Drop(p.ID)
		err := w.Do(`WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 1000 + ?)
			INSERT INTO users (id, nickname, created_at) SELECT i, 'voter', 1 FROM n`, groupcommit.MaxParts+1)
		if err != nil {
			return err
		}
		return w.Do("INSERT INTO votes (poll_id, user_id, option_id, cast_at) SELECT ?, id, ?, 1 FROM users WHERE id > 1000",
			p.ID, p.Options[0].ID)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, option := range []int64{p.Options[1].ID, p.Options[1].ID, p.Options[2].ID} {
		r.keep(p)
		if _, _, kept := r.store.polls.Read(p.ID, 1001); kept {
			t.Error("the ballots of too many are kept")
		}
		got := rig.Want[rig.Poll](r, 200, "POST", p.Path()+"/vote", kim, rig.Object{"option_id": option})
		if got.Voters != groupcommit.MaxParts+2 || !slices.Equal(got.MyVote, []int64{option}) {
			t.Errorf("vote %d: %d voters, my vote %v, want %d and %d", i, got.Voters, got.MyVote, groupcommit.MaxParts+2, option)
		}
		r.same(fmt.Sprint("vote ", i), p, kim)
	}
}

// A piece of work that changes a poll may fail behind a write, and then all pieces of its transaction run again: those
// of voters among them must come out as if nothing had been.
func TestVotesBesideAPieceThatIsUndone(t *testing.T) {
	s, db := bare(t)
	if _, err := db.Exec(people); err != nil {
		t.Fatal(err)
	}
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	queue := func(n int, do func()) {
		all.Go(do)
		waitQueued(t, s, n)
	}
	all.Go(func() {
		s.db.Write(context.Background(), nil, func() { close(held); <-release })
	})
	<-held
	open := func(*poll, millis) error { return nil }
	votes := map[int64]*sharedPoll{}
	var mu sync.Mutex
	vote := func(user, option int64) {
		p, _, err := s.castBallot(t.Context(), 1, user, question.Answer{Options: []int64{option}}, open)
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		votes[user] = p
	}
	queue(1, func() { vote(1, 1) })
	queue(2, func() {
		p, err := s.addPoll(t.Context(), poll{question.Poll{Question: question.Question{Title: "new", Kind: "choice"},
			CreatedAt: 1, Options: []question.PollOption{{Text: "x"}, {Text: "y"}}, IsActive: true,
			CreatedBy: person{ID: 1}}}, func(poll) {})
		if err != nil || p.Title != "new" || len(p.Options) != 2 || p.CreatedBy.Nickname != "Kim" {
			t.Errorf("a new poll = %+v, %v", p, err)
		}
	})
	queue(3, func() {
		_, changed, err := s.castBallot(t.Context(), 1, 99, question.Answer{Options: []int64{1}}, open)
		if err == nil || changed { // the table refuses somebody who doesn't exist
			t.Errorf("the vote of nobody = %v, and changes the poll: %t", err, changed)
		}
	})
	queue(4, func() { vote(2, 2) })
	queue(5, func() { vote(1, 2) })
	close(release)
	all.Wait()
	for user, p := range votes {
		if p.Voters != 2 || p.Options[0].Votes != 0 || p.Options[1].Votes != 2 {
			t.Errorf("user %d was answered %+v, want two votes for b", user, p.poll)
		}
	}
	var polls int
	if db.QueryRow("SELECT count(*) FROM polls WHERE title = 'new'").Scan(&polls); polls != 1 {
		t.Errorf("the new poll is there %d times, want once", polls)
	}
}

// Voters read behind each vote while the owner changes the poll all the time: each finds his own vote in it at once,
// and nobody sees fewer voters than before, or options that don't add up.
func TestEachSeesHisOwnVoteAtOnce(t *testing.T) {
	const voters, rounds = 8, 25
	r := start(t)
	owner := r.Guest("Kim").AccessToken
	p := r.NewPoll(owner)
	tokens := make([]string, voters)
	for i := range tokens {
		tokens[i] = r.Guest(fmt.Sprint("voter ", i)).AccessToken
	}
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	others.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			r.Do("PATCH", p.Path(), owner, rig.Object{"title": fmt.Sprint("change ", i), "hidden": i%3 == 0})
		}
	})
	others.Go(func() {
		for seen := int64(0); ctx.Err() == nil; {
			now := rig.Want[rig.Poll](r, 200, "GET", p.Path(), "", nil)
			var sum int64
			for _, o := range now.Options {
				if o.Votes != nil {
					sum += *o.Votes
				}
			}
			if int64(now.Voters) < seen || now.Options[0].Votes != nil && sum != int64(now.Voters) || now.MyVote != nil {
				t.Errorf("read: %+v, when %d voters were seen", now, seen)
			}
			seen = int64(now.Voters)
		}
	})
	err := rig.Together(voters, func(i int) error {
		for k := range rounds {
			option := p.Options[(i+k)%3].ID
			rig.Want[rig.Poll](r, 200, "POST", p.Path()+"/vote", tokens[i], rig.Object{"option_id": option})
			if mine := rig.Want[rig.Poll](r, 200, "GET", p.Path(), tokens[i], nil).MyVote; !slices.Equal(mine, []int64{option}) {
				return fmt.Errorf("round %d of voter %d: my vote is %v right behind that for %d", k, i, mine, option)
			}
		}
		return nil
	})
	stop()
	others.Wait()
	if err != nil {
		t.Error(err)
	}
	r.same("at last", p, tokens[0])
}
