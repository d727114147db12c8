package main

import (
	"context"
	"encoding/json"
	"fmt"
	"pollwire/class/question"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

// Results are told without rest beside votes and changes. None may be older than one before it, or than a poll:updated
// before it, and none may come behind poll:deleted. Each change takes the poll out of memory, so that some results are
// read there and some from the disk.
func TestNoResultIsOlderThanWhatWasToldBefore(t *testing.T) {
	const voters, many = 8, 40
	r := start(t)
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)
	ctx, stop := context.WithCancel(t.Context())
	changing, endChanges := context.WithCancel(t.Context())
	var votes, changes, tallies sync.WaitGroup
	tallies.Go(func() { // not without a pause: the stop saves all that was told
		for tick := time.Tick(50 * time.Microsecond); ctx.Err() == nil; <-tick {
			r.announceTally(p.ID)
		}
	})
	changes.Go(func() {
		for i := 0; changing.Err() == nil; i++ {
			if _, err := r.store.changePoll(t.Context(), p.ID, 0, func(b *ballotPoll) error {
				b.Title = fmt.Sprint("change ", i)
				return nil
			}, r.announceChange); err != nil {
				t.Error(err)
			}
		}
	})
	for range voters {
		votes.Go(func() {
			for i := range many {
				u, err := r.addGuest(t.Context(), new("Lee"), nil)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := r.castVote(t.Context(), u, p.ID, &question.Sent{OptionID: &p.Options[i%3].ID}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	votes.Wait()
	endChanges()
	changes.Wait()
	r.announceTally(p.ID)
	rig.Want[any](r, 204, "DELETE", p.Path(), kim.AccessToken, nil)
	r.announceTally(p.ID)
	stop()
	tallies.Wait()

	_, told := r.hub.Kept()
	var last, results, updates int64
	deleted := false
	for _, e := range told {
		var now struct {
			Voters int64 `json:"voters"`
		}
		if err := json.Unmarshal(e.Data, &now); err != nil {
			t.Fatal(err)
		}
		switch e.Name {
		case "poll:updated":
			updates++
			last = now.Voters
		case "poll:deleted":
			deleted = true
		case "vote:result":
			results++
			if now.Voters < last {
				t.Errorf("event %d: a result with %d voters, when %d had been told", e.Seq, now.Voters, last)
			}
			if last = now.Voters; deleted {
				t.Errorf("event %d: a result of a poll that is gone", e.Seq)
			}
		}
	}
	if last != voters*many || results < 10 || updates < 10 || !deleted {
		t.Errorf("%d results and %d changes were told, at last of %d voters, deleted: %t; want many, %d and true", results,
			updates, last, deleted, voters*many)
	}
}
