package main

// A token ends, and with it what one may do by it: over a socket as well, which goes on listening.

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// waitForTheEndOf waits until the token of a session has ended.
func waitForTheEndOf(s rig.Session) {
	time.Sleep(time.Duration(s.ExpiresIn)*time.Second + 20*time.Millisecond)
}

func TestASocketWhoseTokenHasExpiredOnlyListens(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.TokenTTL = 4 * time.Second }) // time enough for what comes first
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)
	vote := fmt.Sprintf(`{"event":"vote:cast","data":{"poll_id":%d,"option_id":%d},"id":1}`, p.ID, p.Options[0].ID)
	says := `{"event":"chat:message","data":{"message":"hello"},"id":1}`
	join := fmt.Sprintf(`{"event":"user:join","data":{"token":%q},"id":1}`, kim.AccessToken)

	byQuery := r.Listening("?token=" + kim.AccessToken)
	byJoin := r.Listening("")
	byJoin.Replies(join)
	asGuest := r.Listening("")
	asGuest.Replies(`{"event":"user:join","data":{"nickname":"Lee"},"id":1}`)
	overSocketIO := r.Connect("websocket", fmt.Sprintf(`{"token":%q}`, kim.AccessToken))
	waitForTheEndOf(kim)

	for name, s := range map[string]*rig.Sock{"?token=": byQuery, "user:join": byJoin, "a nickname": asGuest} {
		for _, act := range []string{vote, says} {
			if got := s.Replies(act); got != "error 401 #1" {
				t.Errorf("joined by %s, then expired: %s is answered %q, want an error 401", name, act, got)
			}
		}
	}
	overSocketIO.Send(fmt.Sprintf(`420["vote:cast",{"poll_id":%d,"option_id":%d}]`, p.ID, p.Options[0].ID))
	if got := overSocketIO.Until("430"); !strings.Contains(got, `"ok":false`) || !strings.Contains(got, `"status":401`) {
		t.Errorf("over Socket.IO a vote is acknowledged %s, want an error 401", got)
	}
	if got := byQuery.Replies(join); got != "error 401 #1" {
		t.Errorf("joining again with the old token is answered %q, want an error 401", got)
	}
	park := r.Guest("Park")
	r.NewPoll(park.AccessToken)
	byQuery.Until("poll:created") // it still listens
	again := fmt.Sprintf(`{"event":"user:join","data":{"token":%q},"id":1}`, park.AccessToken)
	if got := byQuery.Replies(again); !strings.HasPrefix(got, "ack #1") {
		t.Errorf("joining with a new token is answered %q, want an ack", got)
	}
	if got := byQuery.Replies(vote); got != "ack #1" {
		t.Errorf("with a new token a vote is answered %q, want an ack", got)
	}
}
