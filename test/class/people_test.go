package class

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// Member is one of the people, as the teacher sees them.
type Member struct {
	User                   rig.User
	Online, Muted, Removed bool
	JoinedAt               time.Time `json:"joined_at"`
	LastSeen               time.Time `json:"last_seen"`
	Votes, Messages, Files int
}

type memberList struct {
	People     []Member
	NextBefore *int64 `json:"next_before"`
}

func (r *room) people(query string) memberList {
	r.Helper()
	return rig.Want[memberList](r, 200, "GET", "/api/people"+query, r.teacher.AccessToken, nil)
}

// member finds somebody among the people.
func (r *room) member(who rig.Session) Member {
	r.Helper()
	list := r.people("").People
	i := slices.IndexFunc(list, func(m Member) bool { return m.User.ID == who.User.ID })
	if i < 0 {
		r.Fatalf("%s is not among the people: %+v", who.User.Nickname, list)
	}
	return list[i]
}

// set changes somebody.
func (r *room) set(who rig.Session, part rig.Object) Member {
	r.Helper()
	return rig.Want[Member](r, 200, "PATCH", pathOf(who), r.teacher.AccessToken, part)
}

func pathOf(who rig.Session) string { return fmt.Sprint("/api/people/", who.User.ID) }

func TestThePeople(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	choice := r.NewPoll(r.teacher.AccessToken, rig.Object{"multiple": true})
	number := r.NewPoll(r.teacher.AccessToken, rig.Object{"kind": "number", "options": []string{}})
	r.Vote(choice, kim.AccessToken, 0, 1) // two options are one vote
	rig.Want[any](r, 200, "POST", number.Path()+"/vote", kim.AccessToken, rig.Object{"number": 7})
	r.Say(kim, "one")
	r.Say(kim, "two")
	rig.Want[any](r, 201, "PUT", r.Page+"/files/a.txt", kim.AccessToken, "a")
	s := r.Listening("?token=" + kim.AccessToken)
	k := r.member(kim)
	if !k.Online || k.Muted || k.Removed || k.Votes != 2 || k.Messages != 2 || k.Files != 1 || k.User.Role != "student" {
		t.Errorf("Kim is %+v", k)
	}
	if k.LastSeen.Before(k.JoinedAt) || time.Since(k.LastSeen) > time.Minute || !k.JoinedAt.Equal(kim.User.CreatedAt) {
		t.Errorf("Kim joined at %v and was last seen at %v", k.JoinedAt, k.LastSeen)
	}
	if l := r.member(lee); l.Online || l.Votes+l.Messages+l.Files != 0 {
		t.Errorf("Lee is %+v", l)
	}
	if teacher := r.member(r.teacher); teacher.User.Role != "teacher" {
		t.Errorf("the teacher is %+v", teacher)
	}
	s.Conn.Close()
	first := r.people("?limit=2")
	if len(first.People) != 2 || first.People[0].User.ID != lee.User.ID || first.NextBefore == nil {
		t.Fatalf("the newest two are %+v", first)
	}
	rest := r.people(fmt.Sprint("?limit=2&before=", *first.NextBefore))
	if len(rest.People) != 1 || rest.People[0].User.ID != r.teacher.User.ID || rest.NextBefore != nil {
		t.Errorf("behind them come %+v", rest)
	}
	for path, method := range map[string]string{"/api/people": "GET", pathOf(kim): "PATCH",
		pathOf(kim) + "/messages": "DELETE"} {
		r.code(403, "teachers_only", method, path, lee.AccessToken, rig.Object{})
		r.code(401, "no_token", method, path, "", rig.Object{})
	}
	r.code(404, "no_such", "PATCH", "/api/people/999", r.teacher.AccessToken, rig.Object{})
	r.code(404, "no_such", "DELETE", "/api/people/999/messages", r.teacher.AccessToken, nil)
	r.Invalid("nickname role", "PATCH", pathOf(kim), r.teacher.AccessToken, rig.Object{"nickname": " ", "role": "king"})
}

// A new name is everywhere at once: in what was said, in what is kept in memory, on sockets that are open.
func TestAnotherName(t *testing.T) {
	t.Parallel()
	r := open(t)
	for name, rename := range map[string]func(who rig.Session, nickname string){
		"by oneself": func(who rig.Session, nickname string) {
			u := rig.Want[rig.User](r, 200, "PATCH", "/api/auth/me", who.AccessToken, rig.Object{"nickname": nickname})
			if u.Nickname != nickname || u.ID != who.User.ID {
				t.Errorf("PATCH /api/auth/me = %+v", u)
			}
		},
		"by the teacher": func(who rig.Session, nickname string) {
			if m := r.set(who, rig.Object{"nickname": nickname}); m.User.Nickname != nickname {
				t.Errorf("PATCH %s = %+v", pathOf(who), m)
			}
		},
	} {
		kim := r.Guest("Kim")
		poll := r.NewPoll(kim.AccessToken)
		rig.Want[rig.Poll](r, 200, "GET", poll.Path(), "", nil) // so that it is kept
		r.Say(kim, "before")
		s := r.Listening("?token=" + kim.AccessToken)
		io := r.Connect("polling", "")
		rename(kim, "김민수")
		due := fmt.Sprintf(`{"user":{"id":%d,"nickname":"김민수","role":"student"}}`, kim.User.ID)
		e := s.Hear("user:updated")
		if string(e.Data) != due {
			t.Errorf("%s: %s, want %s", name, e.Text, due)
		}
		if p := io.Until("user:updated"); !strings.Contains(p, due) {
			t.Errorf("%s: over Socket.IO %s, want %s", name, p, due)
		}
		if got := r.EventsSince(fmt.Sprint("?since=", e.Seq-1)).Lines(); !strings.Contains(got[0], due) {
			t.Errorf("%s: /api/events tells %q, want %s", name, got, due)
		}
		said := rig.Decode[struct{ User rig.User }](t, s.Ask("chat:message", rig.Object{"message": "behind"}))
		if said.User.Nickname != "김민수" {
			t.Errorf("%s: on the open socket it is %s who speaks", name, said.User.Nickname)
		}
		for _, path := range []string{"/api/auth/me", "/api/polls", poll.Path(), "/api/chat/messages"} {
			if _, text := r.Do("GET", path, kim.AccessToken, nil); !strings.Contains(text, "김민수") ||
				strings.Contains(text, `"Kim"`) {
				t.Errorf("%s: GET %s = %s, want the new name and not the old one", name, path, text)
			}
		}
		online := r.Dial("?token=" + r.teacher.AccessToken).Until("users:online")
		if !strings.Contains(online.Text, "김민수") {
			t.Errorf("%s: %s", name, online.Text)
		}
		s.Conn.Close()
		// The same name again tells nobody anything.
		rename(kim, "김민수")
		r.Say(kim, "the end of "+name)
		names, _ := r.Listening(fmt.Sprint("?since=", e.Seq)).News("the end of " + name)
		if strings.Contains(names, "user:updated") {
			t.Errorf("%s: the same name is told once more: %s", name, names)
		}
		rename(kim, "Choi") // the next Kim is another one
	}
	r.Invalid("nickname", "PATCH", "/api/auth/me", r.Guest("Lee").AccessToken,
		rig.Object{"nickname": strings.Repeat("x", 21)})
}

// talk says something over each transport, and tells by which code it was refused, "" for not at all.
func (r *room) talk(who rig.Session, s *rig.Sock, io ...*rig.SocketIO) (codes []string) {
	r.Helper()
	resp, text := r.Do("POST", "/api/chat/messages", who.AccessToken, rig.Object{"message": "hello"})
	codes = append(codes, codeIn(text))
	if (resp.StatusCode == 201) != (codes[0] == "") {
		r.Errorf("POST /api/chat/messages = %d %s", resp.StatusCode, text)
	}
	codes = append(codes, codeIn(s.Ask("chat:message", rig.Object{"message": "hello"}).Text))
	for _, c := range io {
		c.Send(`421["chat:message",{"message":"hello"}]`)
		codes = append(codes, codeIn(c.Until(`431[`)))
	}
	return codes
}

// codeIn finds the code of a problem in a text.
func codeIn(text string) string {
	_, code, _ := strings.Cut(text, `"code":"`)
	code, _, _ = strings.Cut(code, `"`)
	return code
}

func TestWhoIsMutedCannotChatAnywhere(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim := r.Guest("Kim")
	auth := fmt.Sprintf(`{"token":%q}`, kim.AccessToken)
	s, a, b := r.Listening("?token="+kim.AccessToken), r.Connect("polling", auth), r.Connect("websocket", auth)
	for _, muted := range []bool{false, true, false} {
		if m := r.set(kim, rig.Object{"muted": muted}); m.Muted != muted {
			t.Errorf("muted = %v, want %v", m.Muted, muted)
		}
		due := []string{"", "", "", ""}
		if muted {
			due = []string{"muted", "muted", "muted", "muted"}
		}
		if codes := r.talk(kim, s, a, b); !slices.Equal(codes, due) {
			t.Errorf("muted %v: refused by %q, want %q", muted, codes, due)
		}
		if me := rig.Want[rig.User](r, 200, "GET", "/api/auth/me", kim.AccessToken, nil); me.Muted != muted {
			t.Errorf("Kim is told muted = %v, want %v", me.Muted, muted)
		}
	}
	r.set(kim, rig.Object{"muted": true})
	r.Vote(r.NewPoll(kim.AccessToken), kim.AccessToken, 0) // all else is allowed
}

func TestWhoIsRemovedCanDoNothing(t *testing.T) {
	t.Parallel()
	r := open(t)
	account := rig.Object{"username": "kim", "password": "correct horse"}
	kim := rig.Want[rig.Session](r, 201, "POST", "/api/auth/register", "", account)
	poll := r.NewPoll(r.teacher.AccessToken)
	auth := fmt.Sprintf(`{"token":%q}`, kim.AccessToken)
	wire, later := r.RawDial(t, "?token="+kim.AccessToken), r.RawDial(t, "")
	later.Send(rig.Masked(rig.FinText, fmt.Sprintf(`{"event":"user:join","data":%s}`, auth)))
	a, b := r.Connect("polling", auth), r.Connect("websocket", auth)
	a.Until("users:online")
	b.Until("users:online")
	stranger := r.Listening("")
	if m := r.set(kim, rig.Object{"removed": true}); !m.Removed {
		t.Errorf("%+v", m)
	}
	for _, w := range []*rig.Wire{wire, later} {
		if end := w.Transcript(); !strings.HasSuffix(end, "close 1008, end") {
			t.Errorf("a socket ends with %q, want close 1008", end)
		}
	}
	for _, c := range []*rig.SocketIO{a, b} {
		for p := c.Next(); p != "41"; p = c.Next() { // DISCONNECT
			if strings.Contains(p, "user:left") {
				t.Errorf("%s came before the end", p)
			}
		}
	}
	stranger.Hear("user:left")
	for _, c := range []struct{ method, path string }{{"GET", "/api/auth/me"}, {"GET", "/api/polls"},
		{"POST", "/api/polls"}, {"GET", poll.Path()}, {"POST", poll.Path() + "/vote"},
		{"GET", "/api/chat/messages"}, {"POST", "/api/chat/messages"},
		{"GET", "/api/memos"}, {"GET", "/api/events"}, {"PATCH", "/api/auth/me"}, {"POST", "/api/auth/password"},
		{"POST", "/api/auth/teacher"}, {"GET", "/api/class"}, {"GET", r.Page + "/files/"}, {"PUT", r.Page + "/files/a.txt"}} {
		var body any = rig.Object{}
		if c.method == "GET" {
			body = nil
		}
		r.code(403, "removed", c.method, c.path, kim.AccessToken, body)
	}
	handshake := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13",
		"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	p := r.Refused(403, "GET", "http://"+r.WS+"/ws?token="+kim.AccessToken, "", nil, handshake...)
	if p.Code != "removed" {
		t.Errorf("a handshake is refused with %q", p.Code)
	}
	r.code(403, "removed", "POST", "/api/auth/login", "", account)
	s := r.Dial("")
	if e := s.Ask("user:join", rig.Object{"token": kim.AccessToken}); codeIn(e.Text) != "removed" {
		t.Errorf("user:join = %s", e.Text)
	}
	c := r.OpenSession("websocket")
	c.Send("40" + auth)
	if p := c.Next(); !strings.HasPrefix(p, "44") || codeIn(p) != "removed" {
		t.Errorf("CONNECT = %s", p)
	}
	r.set(kim, rig.Object{"removed": false})
	if role := r.role(kim); role != "student" {
		t.Errorf("Kim, who may again, is a %s", role)
	}
	if e := s.Ask("user:join", rig.Object{"token": kim.AccessToken}); e.Event != "ack" {
		t.Errorf("user:join = %s", e.Text)
	}
}

// A socket that is lost while its person is removed does not come back as that person.
func TestARemovedPersonIsNotRecovered(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim := r.Guest("Kim")
	s := r.Connect("websocket", fmt.Sprintf(`{"token":%q}`, kim.AccessToken))
	s.Until("users:online")
	r.Say(r.teacher, "hello")
	s.Until("hello")
	last := s.Heard[len(s.Heard)-1].Seq
	s.Cut()
	r.UntilSockets(0)
	r.set(kim, rig.Object{"removed": true})
	again := r.OpenSession("websocket")
	again.Send(fmt.Sprintf(`40{"pid":%q,"offset":"%d"}`, s.PID, last))
	again.Until("40{")
	for p := again.Next(); p != "41"; p = again.Next() {
		if strings.Contains(p, "users:online") {
			t.Errorf("%s to somebody who was removed", p)
		}
	}
	if r.member(kim).Online {
		t.Error("who was removed is online")
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	poll := r.NewPoll(lee.AccessToken)
	r.code(403, "poll_of_another", "PATCH", poll.Path(), kim.AccessToken, rig.Object{})
	r.set(kim, rig.Object{"role": "teacher"})
	rig.Want[any](r, 200, "PATCH", poll.Path(), kim.AccessToken, rig.Object{})
	rig.Want[any](r, 200, "PATCH", pathOf(lee), kim.AccessToken, rig.Object{"nickname": "Park"})
	r.code(409, "removes_oneself", "PATCH", pathOf(kim), kim.AccessToken, rig.Object{"removed": true})
	r.code(409, "removes_oneself", "PATCH", pathOf(r.teacher), r.teacher.AccessToken, rig.Object{"removed": true})
	r.set(kim, rig.Object{"role": "student"})
	r.code(403, "teachers_only", "GET", "/api/people", kim.AccessToken, nil)
	r.code(403, "poll_of_another", "PATCH", poll.Path(), kim.AccessToken, rig.Object{})
	other := r.Teacher(r.TeacherKey(), "Ms. Choi")
	r.set(other, rig.Object{"removed": true})
	r.code(403, "removed", "GET", "/api/people", other.AccessToken, nil)
}

func TestAMessageIsTakenBack(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	s := r.Listening("")
	say := func(who rig.Session) (path string, id int64) {
		m := rig.Want[struct{ ID int64 }](r, 201, "POST", "/api/chat/messages", who.AccessToken, rig.Object{"message": "hm"})
		return fmt.Sprint("/api/chat/messages/", m.ID), m.ID
	}
	for name, by := range map[string]rig.Session{"its author": kim, "the teacher": r.teacher} {
		path, id := say(kim)
		r.code(403, "message_of_another", "DELETE", path, lee.AccessToken, nil)
		r.code(401, "no_token", "DELETE", path, "", nil)
		rig.Want[any](r, 204, "DELETE", path, by.AccessToken, nil)
		if e := s.Hear("chat:message_deleted"); string(e.Data) != fmt.Sprintf(`{"id":%d}`, id) {
			t.Errorf("by %s: %s, want the id %d", name, e.Text, id)
		}
		r.code(404, "no_such", "DELETE", path, by.AccessToken, nil)
	}
	_, text := r.Do("GET", "/api/chat/messages", "", nil)
	if strings.Contains(text, `"hm"`) {
		t.Errorf("the chat still has %s", text)
	}
}

func TestAllThatSomebodySaidGoes(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	ws := r.Dial("?token=" + kim.AccessToken)
	const many = 450 // more than two transactions
	for i := range many {
		ws.Send("chat:message", rig.Object{"message": "spam"}, nil)
		if i%100 == 0 {
			r.Say(lee, "sense")
		}
	}
	for r.member(kim).Messages < many {
		time.Sleep(time.Millisecond)
	}
	s := r.Listening("")
	rig.Want[any](r, 204, "DELETE", pathOf(kim)+"/messages", r.teacher.AccessToken, nil)
	gone := map[string]bool{}
	for len(gone) < many {
		gone[string(s.Hear("chat:message_deleted").Data)] = true
	}
	if k, l := r.member(kim).Messages, r.member(lee).Messages; k != 0 || l != 5 {
		t.Errorf("%d messages of Kim and %d of Lee are left, want 0 and 5", k, l)
	}
	rig.Want[any](r, 204, "DELETE", pathOf(kim)+"/messages", r.teacher.AccessToken, nil) // also where there are none
}

func TestAnotherPassword(t *testing.T) {
	t.Parallel()
	r := open(t)
	account := rig.Object{"username": "kim", "password": "correct horse"}
	kim := rig.Want[rig.Session](r, 201, "POST", "/api/auth/register", "", account)
	change := rig.Object{"old": "correct horse", "new": "battery staple"}
	r.code(403, "wrong_password", "POST", "/api/auth/password", kim.AccessToken, rig.Object{"old": "wrong",
		"new": "battery staple"})
	r.code(409, "guests_have_none", "POST", "/api/auth/password", r.Guest("Lee").AccessToken, change)
	r.code(401, "no_token", "POST", "/api/auth/password", "", change)
	r.Invalid("old new", "POST", "/api/auth/password", kim.AccessToken, rig.Object{"old": "", "new": "short"})
	rig.Want[any](r, 204, "POST", "/api/auth/password", kim.AccessToken, change)
	r.code(401, "wrong_login", "POST", "/api/auth/login", "", account)
	again := rig.Want[rig.Session](r, 200, "POST", "/api/auth/login", "", rig.Object{"username": "kim",
		"password": "battery staple"})
	if again.User.ID != kim.User.ID || r.role(kim) != "student" {
		t.Errorf("with the new password one is %+v, and the old token speaks for a %s", again.User, r.role(kim))
	}
}

// Who was seen when is on disk when the server has stopped, though no request has written it.
func TestLastSeenOutlivesTheServer(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim := r.Guest("Kim")
	time.Sleep(20 * time.Millisecond) // or seen and made could be the same moment
	r.role(kim)
	before := r.member(kim)
	if !before.LastSeen.After(before.JoinedAt) {
		t.Errorf("Kim, who has asked something, was last seen at %v, joined at %v", before.LastSeen, before.JoinedAt)
	}
	r.End(os.Interrupt)
	again := &room{Process: rig.Spawn(t, r.dir), dir: r.dir, teacher: r.teacher}
	if m := again.member(kim); !m.LastSeen.Equal(before.LastSeen) {
		t.Errorf("behind a restart Kim was last seen at %v, want %v", m.LastSeen, before.LastSeen)
	}
}

func TestATeacherMayReplaceAndDeleteTheFilesOfOthers(t *testing.T) {
	t.Parallel()
	r := open(t, "-limits=true")
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	a := r.Page + "/files/a.txt"
	rig.Want[any](r, 201, "PUT", a, kim.AccessToken, "1")
	r.code(403, "file_of_another", "PUT", a, lee.AccessToken, "2")
	rig.Want[any](r, 200, "PUT", a, r.teacher.AccessToken, "3")
	r.code(403, "file_of_another", "DELETE", a, kim.AccessToken, nil)
	for i := range 35 { // more than a student may in a minute
		rig.Want[any](r, 201, "PUT", fmt.Sprintf("%s/files/%d.txt", r.Page, i), r.teacher.AccessToken, "x")
	}
	rig.Want[any](r, 201, "PUT", r.Page+"/files/b.txt", kim.AccessToken, "1")
	rig.Want[any](r, 204, "DELETE", r.Page+"/files/b.txt", r.teacher.AccessToken, nil)
}
