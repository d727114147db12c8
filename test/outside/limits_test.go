package outside

// Too much from one person is a 429 on every transport, and hits nobody else.

import (
	"fmt"
	"strings"
	"testing"

	"pollwire/test/rig"
)

const (
	mostMessages = 20  // in 10 seconds
	mostPolls    = 10  // in a minute
	mostChanges  = 300 // of polls, in a minute
	mostSockets  = 64  // at a time
)

// limited is a server as people start it.
func limited(t *testing.T) *rig.Rig {
	t.Helper()
	return rig.Spawn(t, t.TempDir(), "-limits=true").Rig
}

// A person that says too much is refused however it is said, and heard again when the first messages are old.
func TestTooManyMessagesFromOnePerson(t *testing.T) {
	r := limited(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	r.Invalid("message", "POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": ""}) // does not count
	for i := range mostMessages {
		r.Say(kim, fmt.Sprint("message ", i))
	}
	resp, text := r.Do("POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": "one more"})
	rig.WantProblem(t, resp, text, 429, "one message too many")
	if after := resp.Header.Get("Retry-After"); after == "" || after == "0" || len(after) > 2 {
		t.Errorf("Retry-After = %q, want some seconds", after)
	}
	socket := r.Listening("?token=" + kim.AccessToken)
	if got := socket.Replies(`{"event":"chat:message","data":{"message":"one more"},"id":7}`); got != "error 429 #7" {
		t.Errorf("over /ws one message too many is answered %q, want an error 429", got)
	}
	for _, transport := range rig.Transports {
		s := r.Connect(transport, fmt.Sprintf(`{"token":%q}`, kim.AccessToken))
		s.Send(`421["chat:message",{"message":"one more"}]`)
		if got := s.Until("431"); !strings.Contains(got, `"status":429`) {
			t.Errorf("over Socket.IO (%s) one message too many is acknowledged %s, want an error 429", transport, got)
		}
	}
	r.Say(lee, "I may")
	list := rig.Want[struct{ Messages []struct{ Message string } }](r, 200, "GET", "/api/chat/messages", "", nil)
	if n := len(list.Messages); n != mostMessages+1 {
		t.Errorf("%d messages are stored, want %d of Kim and one of Lee", n, mostMessages)
	}
}

func TestTooManyPollsFromOnePerson(t *testing.T) {
	r := limited(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	r.Invalid("options", "POST", "/api/polls", kim.AccessToken, rig.Object{"title": "?", "options": []string{}})
	for range mostPolls {
		r.NewPoll(kim.AccessToken)
	}
	resp, text := r.Do("POST", "/api/polls", kim.AccessToken, rig.Object{"title": "?", "options": []string{"a", "b"}})
	rig.WantProblem(t, resp, text, 429, "one poll too many")
	if after := resp.Header.Get("Retry-After"); after == "" || after == "0" {
		t.Errorf("Retry-After = %q, want some seconds", after)
	}
	p := r.NewPoll(lee.AccessToken)
	r.Vote(p, kim.AccessToken, 0) // who may make no more may still vote
}

// Everybody is told of each change of a poll. What is refused does not count, and who has changed too much may vote.
func TestTooManyChangesOfPolls(t *testing.T) {
	r := limited(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	p, of := r.NewPoll(kim.AccessToken), r.NewPoll(lee.AccessToken)
	path := fmt.Sprint("/api/polls/", p.ID)
	r.Invalid("title", "PATCH", path, kim.AccessToken, rig.Object{"title": ""})
	for i := range mostChanges {
		rig.Want[any](r, 200, "PATCH", path, kim.AccessToken, rig.Object{"title": fmt.Sprint("title ", i)})
	}
	for _, method := range []string{"PATCH", "PUT"} {
		resp, text := r.Do(method, path, kim.AccessToken, rig.Object{"title": "once more", "options": []string{"a", "b"}})
		rig.WantProblem(t, resp, text, 429, method+" once too often")
		if after := resp.Header.Get("Retry-After"); after == "" || after == "0" {
			t.Errorf("Retry-After = %q, want some seconds", after)
		}
	}
	resp, text := r.Do("PATCH", fmt.Sprint("/api/polls/", of.ID), kim.AccessToken, rig.Object{"title": "not mine"})
	rig.WantProblem(t, resp, text, 403, "somebody else's poll")
	rig.Want[any](r, 200, "PATCH", fmt.Sprint("/api/polls/", of.ID), lee.AccessToken, rig.Object{"title": "mine"})
	r.Vote(p, kim.AccessToken, 0)
}

// A class behind one address meets no limit: they count by person.
func TestAClassBehindOneAddressMeetsNoLimit(t *testing.T) {
	r := limited(t)
	for i, token := range r.Guests(3 * mostMessages) {
		resp, text := r.Do("POST", "/api/chat/messages", token, rig.Object{"message": "hello"})
		if resp.StatusCode != 201 {
			t.Fatalf("guest %d: %d %s, want 201", i+1, resp.StatusCode, text)
		}
	}
}

// One person may have so many sockets, and when one of them closes, another.
func TestTooManySocketsOfOnePerson(t *testing.T) {
	r := limited(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	var first *rig.Sock
	for range mostSockets {
		first = r.Listening("?token=" + kim.AccessToken)
	}
	resp, text := r.Do("GET", "http://"+r.WS+"/ws?token="+kim.AccessToken, "", nil, "Upgrade", "websocket",
		"Connection", "Upgrade", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	rig.WantProblem(t, resp, text, 429, "one socket too many")
	join := fmt.Sprintf(`{"event":"user:join","data":{"token":%q},"id":1}`, kim.AccessToken)
	s := r.Listening("")
	if got := s.Replies(join); got != "error 429 #1" {
		t.Errorf("a join too many is answered %q, want an error 429", got)
	}
	if got := s.Replies(`{"event":"chat:message","data":{"message":"hello"},"id":2}`); got != "error 401 #2" {
		t.Errorf("who was not let in acts and is answered %q, want an error 401", got)
	}
	over := r.OpenSession("websocket")
	over.Send(fmt.Sprintf(`40{"token":%q}`, kim.AccessToken))
	if got := over.Until("4"); !strings.Contains(got, `"status":429`) {
		t.Errorf("over Socket.IO one too many is answered %s, want a CONNECT_ERROR with 429", got)
	}
	r.Listening("?token=" + lee.AccessToken)
	if got := first.Replies(join); !strings.HasPrefix(got, "ack #1") {
		t.Errorf("joining again with a socket that has joined is answered %q, want an ack", got)
	}
	first.Conn.Close()
	r.UntilSockets(mostSockets + 2) // of Kim one less; s, Lee's, and the session
	if got := s.Replies(join); !strings.HasPrefix(got, "ack #1") {
		t.Errorf("in the place of one that has closed a join is answered %q, want an ack", got)
	}
}

// 30 files in a minute, 128 MiB in all: no class of hundreds is hit by one who fills the disk.
func TestTooManyFilesOfOnePerson(t *testing.T) {
	r := limited(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	large := strings.Repeat("x", 32<<20)
	for i := range 4 {
		resp, text := r.Do("PUT", r.Page+fmt.Sprintf("/files/large%d.txt", i), kim.AccessToken, large)
		if resp.StatusCode != 201 {
			t.Fatalf("file %d of 32 MiB: %d %s, want 201", i, resp.StatusCode, text)
		}
	}
	resp, text := r.Do("PUT", r.Page+"/files/more.txt", kim.AccessToken, "one byte more")
	rig.WantProblem(t, resp, text, 413, "beyond 128 MiB")
	resp, text = r.Do("PUT", r.Page+"/files/large0.txt", kim.AccessToken, "small")
	if resp.StatusCode != 413 {
		t.Errorf("a file in place of a large one, while all is full: %d %s, want 413", resp.StatusCode, text)
	}
	r.Do("DELETE", r.Page+"/files/large0.txt", kim.AccessToken, nil)
	status := 0
	for range 30 - 6 {
		resp, _ = r.Do("PUT", r.Page+"/files/small.txt", kim.AccessToken, "x")
		if status = resp.StatusCode; status > 201 {
			t.Fatalf("a small file: %d, want 201 or 200", status)
		}
	}
	resp, text = r.Do("PUT", r.Page+"/files/small.txt", kim.AccessToken, "x")
	rig.WantProblem(t, resp, text, 429, "file 31 of a minute")
	if resp, text := r.Do("PUT", r.Page+"/files/lee.txt", lee.AccessToken, "x"); resp.StatusCode != 201 {
		t.Errorf("another's file: %d %s, want 201", resp.StatusCode, text)
	}
}
