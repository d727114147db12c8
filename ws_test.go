package main

// What a socket can say and hear, through real sockets. The frames below are the matter of ws_rfc6455_test.go, missed
// events of ws_events_test.go, crowds of burst_test.go.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/rest/keyset"
	"pollwire/test/rig"
)

// keys returns the keys of a JSON object in order of the alphabet.
func keys(t testing.TB, raw []byte) string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	var names []string
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// Each message goes down the same socket, which answers and stays open whatever came before.
func TestWhatASocketSays(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	p, other, closed := r.NewPoll(kim.AccessToken), r.NewPoll(kim.AccessToken), r.NewPoll(kim.AccessToken)
	rig.Want[rig.Poll](r, 200, "PATCH", fmt.Sprintf("/api/polls/%d", closed.ID), kim.AccessToken,
		rig.Object{"is_active": false})
	vote := func(format string, args ...any) string {
		return `{"event":"vote:cast","id":7,"data":{` + fmt.Sprintf(format, args...) + `}}`
	}
	a, b := p.Options[0].ID, p.Options[1].ID
	tests := []struct{ name, send, want string }{
		{"a message with a number for id", `{"event":"chat:message","data":{"message":"hi"},"id":7}`, "ack #7"},
		{"a message with a string for id", `{"event":"chat:message","data":{"message":"hi"},"id":"x"}`, `ack #"x"`},
		{"a message with an id of zero", `{"event":"chat:message","data":{"message":"hi"},"id":0}`, "ack #0"},
		{"a message with an empty id", `{"event":"chat:message","data":{"message":"hi"},"id":""}`, `ack #""`},
		{"the id comes back as sent: 7.0", `{"event":"chat:message","data":{"message":"hi"},"id":7.0}`, "ack #7.0"},
		{"the id comes back as sent: -1e2", `{"event":"chat:message","data":{"message":"hi"},"id":-1e2}`, "ack #-1e2"},
		{"the id comes back as sent: 20 digits", `{"event":"chat:message","data":{"message":"hi"},"id":12345678901234567890}`,
			"ack #12345678901234567890"},
		{"the id comes back as sent: an escape", `{"event":"chat:message","data":{"message":"hi"},"id":"\u0041<\/"}`,
			`ack #"\u0041<\/"`},
		{"a message without id", `{"event":"chat:message","data":{"message":"hi"}}`, ""},
		{"keys in any order, with white space",
			" {\n\"id\" : 7 ,\t\"data\":{ \"message\":\"hi\"} , \"event\":\"chat:message\"} ", "ack #7"},

		{"an error with id", `{"event":"chat:message","data":{"message":" "},"id":7}`, "error 422 #7"},
		{"an error without id", `{"event":"chat:message","data":{"message":" "}}`, "error 422"},
		{"501 characters", `{"event":"chat:message","data":{"message":"` + strings.Repeat("한", 501) + `"},"id":7}`,
			"error 422 #7"},
		{"500 characters", `{"event":"chat:message","data":{"message":"` + strings.Repeat("한", 500) + `"},"id":7}`,
			"ack #7"},
		{"no data", `{"event":"chat:message","id":7}`, "error 422 #7"},
		{"data that is null", `{"event":"chat:message","data":null,"id":7}`, "error 400 #7"},
		{"data that is a list", `{"event":"chat:message","data":[],"id":7}`, "error 400 #7"},
		{"data that is a string", `{"event":"chat:message","data":"hi","id":7}`, "error 400 #7"},
		{"a message that is a number", `{"event":"chat:message","data":{"message":7},"id":7}`, "error 400 #7"},
		{"a message that is null", `{"event":"chat:message","data":{"message":null},"id":7}`, "error 400 #7"},
		{"an unknown key in data", `{"event":"chat:message","data":{"message":"hi","to":"Lee"},"id":7}`, "error 400 #7"},
		{"a key in another case", `{"event":"chat:message","data":{"Message":"hi"},"id":7}`, "error 400 #7"},

		{"an unknown event", `{"event":"chat:shout","data":{"message":"hi"},"id":7}`, "error 404 #7"},
		{"an unknown event without id", `{"event":"chat:shout"}`, "error 404"},
		{"an event of the server", `{"event":"poll:created","data":{},"id":7}`, "error 404 #7"},
		{"an event in another case", `{"event":"Chat:Message","data":{"message":"hi"},"id":7}`, "error 404 #7"},
		{"an empty event", `{"event":"","id":7}`, "error 404 #7"},

		{"not JSON", "hello", "error 400"},
		{"nothing", "", "error 400"},
		{"white space", "  ", "error 400"},
		{"half of an object", `{"event":"chat:message","id":7`, "error 400"},
		{"two objects", `{"event":"chat:message","id":7} {}`, "error 400"},
		{"a list", `["chat:message",{"message":"hi"}]`, "error 400"},
		{"a string", `"chat:message"`, "error 400"},
		{"null", "null", "error 400"},
		{"an empty object", "{}", "error 400"},
		{"no event", `{"data":{"message":"hi"},"id":7}`, "error 400 #7"},
		{"an event that is a number", `{"event":5,"id":7}`, "error 400 #7"},
		{"an event that is null", `{"event":null,"id":7}`, "error 400 #7"},
		{"an unknown key beside event", `{"event":"chat:message","data":{"message":"hi"},"id":7,"to":"Lee"}`, "error 400 #7"},
		{"a key twice", `{"event":"chat:message","event":"chat:message","data":{"message":"hi"},"id":7}`, "error 400 #7"},
		{"Event for event", `{"Event":"chat:message","data":{"message":"hi"},"id":7}`, "error 400 #7"},
		{"an id that is null", `{"event":"chat:message","data":{"message":"hi"},"id":null}`, "error 400"},
		{"an id that is true", `{"event":"chat:message","data":{"message":"hi"},"id":true}`, "error 400"},
		{"an id that is a list", `{"event":"chat:message","data":{"message":"hi"},"id":[7]}`, "error 400"},
		{"an id that is an object", `{"event":"chat:message","data":{"message":"hi"},"id":{}}`, "error 400"},
		{"half a character pair in a message", `{"event":"chat:message","data":{"message":"\ud800"},"id":7}`, "error 400 #7"},

		{"a vote for one option", vote(`"poll_id":%d,"option_id":%d`, p.ID, a), "ack #7"},
		{"a vote for a list of one", vote(`"poll_id":%d,"option_ids":[%d]`, p.ID, b), "ack #7"},
		{"the same vote again", vote(`"poll_id":%d,"option_id":%d`, p.ID, b), "ack #7"},
		{"a vote for two where one is allowed", vote(`"poll_id":%d,"option_ids":[%d,%d]`, p.ID, a, b), "error 422 #7"},
		{"a vote for none", vote(`"poll_id":%d,"option_ids":[]`, p.ID), "error 422 #7"},
		{"a vote without option", vote(`"poll_id":%d`, p.ID), "error 422 #7"},
		{"a vote with both keys", vote(`"poll_id":%d,"option_id":%d,"option_ids":[%d]`, p.ID, a, a), "error 422 #7"},
		{"a vote for an option twice", vote(`"poll_id":%d,"option_ids":[%d,%d]`, p.ID, a, a), "error 422 #7"},
		{"a vote for another poll's option", vote(`"poll_id":%d,"option_id":%d`, p.ID, other.Options[0].ID), "error 422 #7"},
		{"a vote without poll", vote(`"option_id":%d`, a), "error 422 #7"},
		{"a vote without anything", vote(""), "error 422 #7"},
		{"a vote in a poll that isn't there", vote(`"poll_id":999,"option_id":%d`, a), "error 404 #7"},
		{"a vote in a closed poll", vote(`"poll_id":%d,"option_id":%d`, closed.ID, closed.Options[0].ID), "error 409 #7"},
		{"a vote with a string for the poll", vote(`"poll_id":"%d","option_id":%d`, p.ID, a), "error 400 #7"},
		{"a vote with a broken number", vote(`"poll_id":%d,"option_id":1.5`, p.ID), "error 400 #7"},
		{"a vote with an option that is null", vote(`"poll_id":%d,"option_id":null`, p.ID), "error 400 #7"},

		{"a join with a bad token", `{"event":"user:join","data":{"token":"a.b.c"},"id":7}`, "error 401 #7"},
		{"a join with an empty token", `{"event":"user:join","data":{"token":""},"id":7}`, "error 401 #7"},
		{"a join with nothing", `{"event":"user:join","data":{},"id":7}`, "error 422 #7"},
		{"a join without data", `{"event":"user:join","id":7}`, "error 422 #7"},
		{"a join with both", `{"event":"user:join","data":{"token":"x","nickname":"Lee"},"id":7}`, "error 422 #7"},
		{"a join with an empty nickname", `{"event":"user:join","data":{"nickname":""},"id":7}`, "error 422 #7"},
		{"a join with 21 characters", `{"event":"user:join","data":{"nickname":"` + strings.Repeat("한", 21) + `"},"id":7}`,
			"error 422 #7"},
		{"a join with a number", `{"event":"user:join","data":{"nickname":7},"id":7}`, "error 400 #7"},
		{"still Kim after all these", `{"event":"chat:message","data":{"message":"who am I?"},"id":7}`, "ack #7"},
	}
	s := r.Listening("?token=" + kim.AccessToken)
	for _, tt := range tests {
		if got := s.Replies(tt.send); got != tt.want {
			t.Errorf("%s: %.200s was answered by %q, want %q", tt.name, tt.send, got, tt.want)
		}
	}
	s.News("who am I?")
	if e := s.Ask("chat:message", rig.Object{"message": "x"}); !strings.Contains(e.Text, `"nickname":"Kim"`) {
		t.Errorf("ack = %s, want a message of Kim", e.Text)
	}
}

func TestAcksCarryWhatHTTPAnswers(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)
	s := r.Listening("")
	check := func(what string, e rig.Event, outside, inside string) {
		t.Helper()
		if got := keys(t, []byte(e.Text)); got != outside {
			t.Errorf("%s: %s has the keys %s, want %s", what, e.Text, got, outside)
		}
		if got := keys(t, e.Data); got != inside {
			t.Errorf("%s: the data of %s has the keys %s, want %s", what, e.Text, got, inside)
		}
	}
	const (
		poll = "created_at created_by description ends_at hidden id is_active kind multiple named options points seconds " +
			"status title total_votes voters"
		myPoll = "created_at created_by description ends_at hidden id is_active kind multiple my_vote named options " +
			"points seconds status title total_votes voters"
	)
	check("error", s.Ask("nothing", rig.Object{}), "data event id", "code detail status title")
	if e := s.Ask("nothing", rig.Object{}); !strings.HasPrefix(string(e.Data),
		`{"status":404,"title":"Not Found","detail":"`) {
		t.Errorf("error = %s, want status 404, title Not Found and a detail", e.Text)
	}
	check("user:join with a token", s.Ask("user:join", rig.Object{"token": kim.AccessToken}), "data event id", "user")
	check("user:join with a nickname", s.Ask("user:join", rig.Object{"nickname": "Lee"}), "data event id",
		"access_token expires_in token_type user")
	check("chat:message", s.Ask("chat:message", rig.Object{"message": "hi"}), "data event id",
		"created_at id message type user")
	check("vote:cast", s.Ask("vote:cast", rig.Object{"poll_id": p.ID, "option_id": p.Options[0].ID}), "data event id",
		myPoll)
	s.Send("vote:cast", rig.Object{"poll_id": p.ID}, nil)
	check("error without id", s.Until("error"), "data event", "code detail errors status title")

	l := r.Listening("")
	path := fmt.Sprintf("/api/polls/%d", p.ID)
	rig.Want[rig.Poll](r, 200, "POST", path+"/vote", kim.AccessToken, rig.Object{"option_id": p.Options[1].ID})
	check("vote:result", l.Until("vote:result"), "data event seq", "options poll_id total_votes voters")
	r.NewPoll(kim.AccessToken)
	check("poll:created", l.Until("poll:created"), "data event seq", poll)
	rig.Want[rig.Poll](r, 200, "PATCH", path, kim.AccessToken, rig.Object{"title": "Who?"})
	check("poll:updated", l.Until("poll:updated"), "data event seq", poll)
	r.Do("DELETE", path, kim.AccessToken, nil)
	check("poll:deleted", l.Until("poll:deleted"), "data event seq", "poll_id")
	r.Say(kim, "hi")
	check("chat:message_received", l.Until("chat:message_received"), "data event seq", "created_at id message type user")
	lee := r.Dial("?token=" + r.Guest("Lee").AccessToken)
	check("users:online", lee.Until("users:online"), "data event", "users")
	check("user:joined", l.Until("user:joined"), "data event seq", "online user")
	lee.Conn.Close()
	check("user:left", l.Until("user:left"), "data event seq", "online user")
}

// An event that comes right behind the 101 is not missed, though the client has not said a word.
func TestNothingIsMissedFromThe101On(t *testing.T) {
	r := start(t)
	for i := range 200 {
		w := r.ConnectRaw(t, "")
		r.publish("news", 0, rig.Object{"i": i}) // within the server: no client could be faster
		w.SetDeadline(time.Now().Add(rig.Patience))
		if first, payload, err := w.Frame(); err != nil || rig.InWords(first, payload) != "news" {
			t.Fatalf("socket %d heard %s, %v, want the news", i, rig.InWords(first, payload), err)
		}
		w.Close()
	}
}

func TestActingBeforeJoining(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)
	s := r.Listening("")
	vote := fmt.Sprintf(`{"event":"vote:cast","data":{"poll_id":%d,"option_id":%d},"id":7}`, p.ID, p.Options[0].ID)
	for _, tt := range []struct{ name, send, want string }{
		{"a message", `{"event":"chat:message","data":{"message":"hi"},"id":7}`, "error 401 #7"},
		{"a message without id", `{"event":"chat:message","data":{"message":"hi"}}`, "error 401"},
		{"a message without data", `{"event":"chat:message","id":7}`, "error 401 #7"},
		{"a vote", vote, "error 401 #7"},
		{"a join that fails", `{"event":"user:join","data":{"token":"x"},"id":7}`, "error 401 #7"},
		{"a message after that", `{"event":"chat:message","data":{"message":"hi"},"id":7}`, "error 401 #7"},
		{"an unknown event", `{"event":"nothing","id":7}`, "error 404 #7"},
		{"a join", `{"event":"user:join","data":{"token":"` + kim.AccessToken + `"}}`, "users:online"},
		{"a vote after that", vote, "ack #7"},
	} {
		if got := s.Replies(tt.send); got != tt.want {
			t.Errorf("%s: %s was answered by %q, want %q", tt.name, tt.send, got, tt.want)
		}
	}
	if list := rig.Want[struct{ Messages []rig.Object }](r, 200, "GET", "/api/chat/messages", "",
		nil); len(list.Messages) > 0 {
		t.Errorf("messages of nobody were stored: %v", list.Messages)
	}
}

// presentJSON is the data of user:joined, user:left and, without Online, of an ack of user:join.
type presentJSON struct {
	User   rig.User
	Online int
}

func TestJoining(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	s := r.Listening("")
	got := rig.Decode[rig.Session](t, s.Ask("user:join", rig.Object{"nickname": " Lee "}))
	if got.User.Nickname != "Lee" || !got.User.IsGuest || got.TokenType != "bearer" || got.ExpiresIn != 24*60*60 {
		t.Errorf("user:join with a nickname was acknowledged with %+v, want a Session of the guest Lee", got)
	}
	if me := rig.Want[rig.User](r, 200, "GET", "/api/auth/me", got.AccessToken, nil); me.ID != got.User.ID {
		t.Errorf("the token of the ack is that of user %d, want %d", me.ID, got.User.ID)
	}
	if e := s.Until("user:joined"); rig.Decode[presentJSON](t, e).User.ID != got.User.ID ||
		rig.Decode[presentJSON](t, e).Online != 1 {
		t.Errorf("user:joined = %s, want Lee, 1 online", e.Text)
	}
	k := r.Listening("")
	if e := k.Ask("user:join", rig.Object{"token": kim.AccessToken}); rig.Decode[presentJSON](t,
		e).User.ID != kim.User.ID {
		t.Errorf("ack of user:join = %s, want user %d", e.Text, kim.User.ID)
	}
	if e := s.Until("user:joined"); rig.Decode[presentJSON](t, e).User.ID != kim.User.ID ||
		rig.Decode[presentJSON](t, e).Online != 2 {
		t.Errorf("user:joined = %s, want Kim, 2 online", e.Text)
	}
	third := r.Dial("?token=" + kim.AccessToken)
	online := rig.Decode[struct{ Users []rig.User }](t, third.Until("users:online")).Users
	if len(online) != 2 || !slices.ContainsFunc(online, func(u rig.User) bool {
		return u.ID == kim.User.ID &&
			u.Nickname == "Kim"
	}) ||
		!slices.ContainsFunc(online, func(u rig.User) bool { return u.ID == got.User.ID && u.Nickname == "Lee" }) {
		t.Errorf("users:online = %+v, want Kim and Lee, once each", online)
	}
}

func TestJoiningWithoutGuests(t *testing.T) {
	r := start(t, func(c *config) { c.Guests = false })
	kim := rig.Want[rig.Session](r, 201, "POST", "/api/auth/register", "",
		rig.Object{"username": "kim", "password": "12345678"})
	s := r.Listening("")
	for _, tt := range []struct{ name, send, want string }{
		{"a nickname", `{"event":"user:join","data":{"nickname":"Lee"},"id":7}`, "error 403 #7"},
		{"a message after that", `{"event":"chat:message","data":{"message":"hi"},"id":7}`, "error 401 #7"},
		{"a token", `{"event":"user:join","data":{"token":"` + kim.AccessToken + `"},"id":7}`, "ack #7, users:online"},
	} {
		if got := s.Replies(tt.send); got != tt.want {
			t.Errorf("guests are off, %s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Whoever asks hears of the outcome first, and then what everybody hears.
func TestTheAckComesBeforeTheNews(t *testing.T) {
	r := start(t)
	p := r.NewPoll(r.Guest("Kim").AccessToken)
	s := r.Dial("")
	expect := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if e := s.Next(); e.Event != name {
				t.Fatalf("got %s, want %s", e.Text, name)
			}
		}
	}
	s.Send("user:join", rig.Object{"nickname": "Lee"}, 0)
	expect("ack", "users:online", "user:joined")
	for i := range 200 {
		s.Send("chat:message", rig.Object{"message": "hi"}, i)
		expect("ack", "chat:message_received")
	}
	for i := range 10 {
		s.Send("vote:cast", rig.Object{"poll_id": p.ID, "option_id": p.Options[i%2].ID}, i)
		expect("ack", "vote:result")
	}
}

// One socket may say a lot without waiting: it goes to the disk together, and each message is answered, in order. What
// is no message waits for those before it.
func TestWhatOneSocketSaysInOneGo(t *testing.T) {
	const n = 200
	r := start(t)
	p := r.NewPoll(r.Guest("Lee").AccessToken)
	w := r.RawDial(t, "?token="+r.Guest("Kim").AccessToken)
	before, _ := r.store.db.Stats()
	var all []byte
	var due []string
	for i := range n {
		text := fmt.Sprint("message ", i)
		due = append(due, fmt.Sprintf("ack #%d", len(due)))
		if i == n/2 {
			text, due[len(due)-1] = "", fmt.Sprintf("error 422 #%d", i)
		}
		all = append(all, rig.Masked(rig.FinText, fmt.Sprintf(`{"event":"chat:message","data":{"message":%q},"id":%d}`, text,
			i))...)
	}
	all = append(all,
		rig.Masked(rig.FinText, fmt.Sprintf(`{"event":"vote:cast","data":{"poll_id":%d,"option_id":%d},"id":%d}`,
			p.ID, p.Options[0].ID, n))...)
	w.Send(append(all, rig.Masked(rig.FinClose, "\x03\xe8")...)) // and it leaves
	due = append(due, fmt.Sprintf("ack #%d", n))
	var answers, heard, want []string
	for {
		w.SetReadDeadline(time.Now().Add(rig.Patience))
		first, payload, err := w.Frame()
		if err != nil {
			t.Fatal(err)
		}
		if first == rig.FinClose {
			break
		}
		var e struct {
			Event string
			ID    json.RawMessage
			Data  struct {
				Status  any
				Message string
			}
		}
		if err := json.Unmarshal(payload, &e); err != nil {
			t.Fatal(err)
		}
		switch e.Event {
		case "ack":
			answers = append(answers, fmt.Sprintf("ack #%s", e.ID))
		case "error":
			answers = append(answers, fmt.Sprintf("error %v #%s", e.Data.Status, e.ID))
		case "chat:message_received":
			heard = append(heard, e.Data.Message)
			if len(heard) > len(answers) {
				t.Fatalf("%q came before its answer", e.Data.Message)
			}
		}
	}
	if !slices.Equal(answers, due) {
		t.Errorf("the answers are\n%q, want\n%q", answers, due)
	}
	for i := range n {
		if i != n/2 {
			want = append(want, fmt.Sprint("message ", i))
		}
	}
	if !slices.Equal(heard, want[:len(heard)]) { // who leaves need not hear everything
		t.Errorf("heard %q, want the messages in order", heard)
	}
	if commits, _ := r.store.db.Stats(); commits-before > n/2 {
		t.Errorf("%d messages took %d transactions", n, commits-before)
	}
	stored, _, err := r.store.listMessages(t.Context(), keyset.Page{Limit: 2 * n})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range stored {
		if i >= len(want) || m.Message != want[i] {
			t.Fatalf("message %d of %d on disk is %q", i, len(stored), m.Message)
		}
	}
	if len(stored) != len(want) {
		t.Errorf("%d messages are on disk, want %d", len(stored), len(want))
	}
}

func TestTheLastJoinHolds(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	listener, s := r.Listening(""), r.Listening("?token="+kim.AccessToken)
	s.Ask("user:join", rig.Object{"token": lee.AccessToken})
	if e := s.Ask("chat:message", rig.Object{"message": "it's me"}); !strings.Contains(e.Text, `"nickname":"Lee"`) {
		t.Errorf("a message after a second join: %s, want one of Lee", e.Text)
	}
	s.Ask("user:join", rig.Object{"token": lee.AccessToken}) // nothing new
	r.Say(kim, "the end")
	names, all := listener.News("the end")
	if want := "user:joined user:left user:joined chat:message_received"; names != want {
		t.Fatalf("Kim joined, and Lee twice on the same socket; the others heard %q, want %q", names, want)
	}
	for i, due := range []presentJSON{{kim.User, 1}, {kim.User, 0}, {lee.User, 1}} {
		if got := rig.Decode[presentJSON](t, all[i]); got.User.ID != due.User.ID || got.Online != due.Online {
			t.Errorf("%s, want %s, %d online", all[i].Text, due.User.Nickname, due.Online)
		}
	}
}

func TestPresenceCountsPeople(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	listener := r.Listening("")
	first, second := r.Listening("?token="+kim.AccessToken), r.Listening("?token="+kim.AccessToken)
	third := r.Listening("?token=" + lee.AccessToken)
	if e := third.Hear("user:joined"); rig.Decode[presentJSON](t, e).Online != 2 {
		t.Errorf("Lee's own user:joined = %s, want 2 online: Kim has two sockets", e.Text)
	}
	first.Conn.Close()
	r.UntilSockets(3)
	r.Say(lee, "one of Kim's sockets is closed")
	second.Conn.Close()
	third.Hear("user:left")
	r.Say(lee, "both are closed")
	again := r.Listening("?token=" + kim.AccessToken)
	again.Hear("user:joined")
	r.Say(lee, "the end")
	names, all := listener.News("the end")
	if want := "user:joined user:joined chat:message_received user:left chat:message_received user:joined"; names != want {
		t.Fatalf("the others heard %q, want %q", names, want)
	}
	if left := rig.Decode[presentJSON](t, all[3]); left.User.ID != kim.User.ID || left.Online != 1 {
		t.Errorf("user:left = %s, want Kim, 1 online", all[3].Text)
	}
}

func TestTwoPeopleAtOnce(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	p := r.NewPoll(kim.AccessToken)
	path := fmt.Sprintf("/api/polls/%d", p.ID)
	k, l := r.Listening("?token="+kim.AccessToken), r.Listening("?token="+lee.AccessToken)
	for _, s := range []*rig.Sock{k, l} {
		for e := s.Hear("user:joined"); rig.Decode[presentJSON](t, e).User.ID != lee.User.ID; {
			e = s.Hear("user:joined")
		}
	}
	rig.Want[rig.Poll](r, 200, "POST", path+"/vote", kim.AccessToken, rig.Object{"option_id": p.Options[0].ID})
	for name, s := range map[string]*rig.Sock{"Kim": k, "Lee": l} {
		if e := s.Hear("vote:result"); rig.Decode[rig.Poll](t, e).TotalVotes != 1 ||
			*rig.Decode[rig.Poll](t, e).Options[0].Votes != 1 {
			t.Errorf("a vote over HTTP: %s got %s, want one vote for a", name, e.Text)
		}
	}
	voted := rig.Decode[rig.Poll](t,
		l.Ask("vote:cast", rig.Object{"poll_id": p.ID, "option_ids": []int64{p.Options[2].ID}}))
	if !slices.Equal(voted.MyVote, []int64{p.Options[2].ID}) || voted.TotalVotes != 2 {
		t.Errorf("a vote over a socket was acknowledged with %+v, want Lee's vote for c and 2 votes", voted)
	}
	got := rig.Want[rig.Poll](r, 200, "GET", path, lee.AccessToken, nil)
	if got.TotalVotes != 2 || *got.Options[2].Votes != 1 || !slices.Equal(got.MyVote, voted.MyVote) {
		t.Errorf("GET %s after a vote over a socket = %+v, want 2 votes, Lee's for c", path, got)
	}
	if e := k.Hear("vote:result"); rig.Decode[rig.Poll](t, e).TotalVotes != 2 {
		t.Errorf("a vote over a socket: Kim got %s, want 2 votes", e.Text)
	}
	said := k.Ask("chat:message", rig.Object{"message": " hello\r\nLee "})
	if e := l.Hear("chat:message_received"); string(e.Data) != string(said.Data) ||
		!strings.Contains(e.Text, `"hello\nLee"`) {
		t.Errorf("Kim's ack is %s, Lee got %s, want the same, trimmed", said.Text, e.Text)
	}
}

func TestNewsOfPolls(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	s, all := r.Listening("?token="+kim.AccessToken), r.Listening("")
	p := r.NewPoll(kim.AccessToken, rig.Object{"hidden": true})
	path := fmt.Sprintf("/api/polls/%d", p.ID)
	change := func(body rig.Object) { rig.Want[rig.Poll](r, 200, "PATCH", path, kim.AccessToken, body) }
	rig.Want[rig.Poll](r, 200, "POST", path+"/vote", kim.AccessToken, rig.Object{"option_id": p.Options[0].ID})
	e := s.Until("vote:result")
	if got := rig.Decode[rig.Poll](t, e); got.TotalVotes != 1 || got.Voters != 1 || got.Options[0].Votes != nil ||
		got.Options[0].Percentage != nil {
		t.Errorf("vote:result of a hidden poll = %s, want 1 vote and no counts", e.Text)
	}
	change(rig.Object{"title": "Who?"})
	change(rig.Object{"title": "Who?"}) // nothing new
	change(rig.Object{"is_active": false})
	change(rig.Object{"is_active": true})
	change(rig.Object{"hidden": false})
	r.soon(func(at time.Time) bool { return r.accepted("PATCH", path, kim.AccessToken, rig.Object{"ends_at": at}) })
	for rig.Decode[rig.Poll](t, s.Until("poll:updated")).EndsAt == nil {
	}
	if e := s.Until("poll:updated"); rig.Decode[rig.Poll](t, e).IsActive {
		t.Errorf("at ends_at: %s, want is_active false", e.Text)
	}
	rig.Want[rig.Object](r, 204, "DELETE", path, kim.AccessToken, nil)
	r.Say(kim, "the end")
	names, list := all.News("the end")
	due := "poll:created vote:result" + strings.Repeat(" poll:updated", 6) + " poll:deleted"
	if names != due {
		t.Fatalf("the life of a poll was told as %q, want %q", names, due)
	}
	counts := []bool{2: false, 3: true, 4: false, 5: true, 6: true, 7: true} // are they shown?
	for i, e := range list {
		if strings.Contains(e.Text, "my_vote") {
			t.Errorf("%s: a broadcast has no my_vote", e.Text)
		}
		if got := rig.Decode[rig.Poll](t, e); e.Event == "poll:updated" &&
			(got.Title != "Who?" || (got.Options[0].Votes != nil) != counts[i]) {
			t.Errorf("news %d: %s, want the title Who? and counts shown: %t", i, e.Text, counts[i])
		}
	}
	if got := string(list[8].Data); got != fmt.Sprintf(`{"poll_id":%d}`, p.ID) {
		t.Errorf("poll:deleted carries %s, want poll_id %d alone", got, p.ID)
	}
}
