// Package class has a class from outside: a teacher, students, and all that the teacher can set, take home and begin
// anew.
package class

import (
	"net/url"
	"strings"
	"testing"

	"pollwire/test/rig"
)

func TestMain(m *testing.M) { rig.Main(m, nil) }

const key = "a key for the tests"

// lesson is a running server with a teacher.
type lesson struct {
	*rig.Process
	dir     string
	teacher rig.Session
}

func begin(t *testing.T, args ...string) *lesson {
	t.Helper()
	t.Parallel()
	dir := t.TempDir()
	l := &lesson{Process: rig.Spawn(t, dir, append([]string{"-teacher-key", key}, args...)...), dir: dir}
	l.teacher = l.Teacher(key, "Han")
	return l
}

// View is a Class.
type View struct {
	Title        string
	Current      *int64
	Locked       bool
	StudentPolls bool `json:"student_polls"`
	Chat         string
	Roster       bool
	Online       int
	People       int64
}

func (l *lesson) set(part rig.Object) View {
	l.Helper()
	return rig.Want[View](l, 200, "PATCH", "/api/class", l.teacher.AccessToken, part)
}

// refused makes a request that must be refused with this code.
func (l *lesson) refused(status int, code, method, path, token string, body any) {
	l.Helper()
	if p := l.Refused(status, method, path, token, body); p.Code != code {
		l.Errorf("%s %s %v is refused with %q (%s), want %q", method, path, body, p.Code, p.Detail, code)
	}
}

func TestTheClass(t *testing.T) {
	l := begin(t)
	want := View{StudentPolls: true, Chat: "on", People: 1}
	if got := rig.Want[View](l, 200, "GET", "/api/class", "", nil); got != want {
		t.Errorf("at first = %+v, want %+v", got, want)
	}
	kim := l.Guest("Kim")
	s := l.Listening("?token=" + kim.AccessToken)
	l.Refused(401, "PATCH", "/api/class", "", rig.Object{"title": "x"})
	l.refused(403, "teachers_only", "PATCH", "/api/class", kim.AccessToken, rig.Object{"title": "x"})
	l.Invalid("title chat", "PATCH", "/api/class", l.teacher.AccessToken,
		rig.Object{"title": strings.Repeat("x", 101), "chat": "loud"})
	l.Invalid("current", "PATCH", "/api/class", l.teacher.AccessToken, rig.Object{"current": 999})
	l.Refused(400, "PATCH", "/api/class", l.teacher.AccessToken, rig.Object{"online": 3})

	want = View{Title: "Networks", Locked: true, Chat: "slow", Online: 1, People: 2}
	got := l.set(rig.Object{"title": " Networks ", "locked": true, "chat": "slow", "student_polls": false})
	if got != want {
		t.Errorf("PATCH = %+v, want %+v", got, want)
	}
	if e := rig.Decode[View](t, s.Until("class:updated")); e != want {
		t.Errorf("class:updated = %+v, want %+v", e, want)
	}
	l.set(rig.Object{"title": "Networks"}) // nothing changes: nobody is told
	l.set(rig.Object{"title": ""})
	if e := rig.Decode[View](t, s.Until("class:updated")); e.Title != "" {
		t.Errorf("the next class:updated is of the title %q, want none", e.Title)
	}
	l.Kill()
	again := rig.Spawn(t, l.dir, "-teacher-key", key)
	if v := rig.Want[View](again, 200, "GET", "/api/class", "", nil); !v.Locked || v.Chat != "slow" || v.StudentPolls {
		t.Errorf("behind a crash = %+v", v)
	}
	again.Refused(403, "POST", "/api/auth/guest", "", rig.Object{"nickname": "Lee"})
}

// What the class looks at is opened, and the pages are told of it in the order in which they can use it.
func TestCurrent(t *testing.T) {
	l := begin(t)
	draft := l.NewPoll(l.teacher.AccessToken, rig.Object{"draft": true, "seconds": 60})
	other := l.NewPoll(l.teacher.AccessToken)
	s := l.Listening("")
	if v := l.set(rig.Object{"current": draft.ID}); v.Current == nil || *v.Current != draft.ID {
		t.Errorf("current = %v, want %d", v.Current, draft.ID)
	}
	p := rig.Decode[rig.Poll](t, s.Next())
	if p.ID != draft.ID || !p.IsActive || p.EndsAt == nil {
		t.Errorf("first comes %+v, want the poll, open and with an end", p)
	}
	if v := rig.Decode[View](t, s.Next()); v.Current == nil || *v.Current != draft.ID {
		t.Errorf("then comes the class with current %v", v.Current)
	}
	l.set(rig.Object{"current": other.ID})
	s.Until("class:updated")
	l.Do("DELETE", draft.Path(), l.teacher.AccessToken, nil) // not what is looked at: only its end is told
	l.Do("DELETE", other.Path(), l.teacher.AccessToken, nil)
	if v := rig.Decode[View](t, s.Until("class:updated")); v.Current != nil {
		t.Errorf("current is %d, which was deleted", *v.Current)
	}
	l.set(rig.Object{"current": l.NewPoll(l.teacher.AccessToken).ID})
	if v := l.set(rig.Object{"current": nil}); v.Current != nil {
		t.Errorf("current = %d, want none", *v.Current)
	}
}

// Nobody new gets in, on any way; who is in stays, and may come back.
func TestLocked(t *testing.T) {
	l := begin(t)
	kim := l.Guest("Kim")
	account := rig.Object{"username": "lee", "password": "a password"}
	rig.Want[rig.Session](l, 201, "POST", "/api/auth/register", "", account)
	l.set(rig.Object{"locked": true})
	l.refused(403, "class_locked", "POST", "/api/auth/guest", "", rig.Object{"nickname": "Park"})
	l.refused(403, "class_locked", "POST", "/api/auth/register", "",
		rig.Object{"username": "park", "password": "a password"})
	s := l.Listening("")
	s.Send("user:join", rig.Object{"nickname": "Park"}, 1)
	if e := s.Until("error"); !strings.Contains(e.Text, `"class_locked"`) {
		t.Errorf("user:join = %s", e.Text)
	}
	s.Send("user:join", rig.Object{"token": kim.AccessToken}, 2)
	s.Until("ack")
	rig.Want[rig.Session](l, 200, "POST", "/api/auth/login", "", account)
	l.Teacher(key, "Yoon") // a teacher comes by the key
	l.set(rig.Object{"locked": false})
	l.Guest("Park")
}

func TestStudentPolls(t *testing.T) {
	l := begin(t)
	kim := l.Guest("Kim")
	l.set(rig.Object{"student_polls": false})
	for _, draft := range []bool{false, true} {
		l.refused(403, "student_polls_off", "POST", "/api/polls", kim.AccessToken,
			rig.Object{"title": "Q", "options": []string{"a", "b"}, "draft": draft})
	}
	l.NewPoll(l.teacher.AccessToken)
	l.set(rig.Object{"student_polls": true})
	l.NewPoll(kim.AccessToken)
}

// The chat is off or slow for students, however they speak, and never for a teacher.
func TestChat(t *testing.T) {
	l := begin(t)
	kim, lee := l.Guest("Kim"), l.Guest("Lee")
	say := rig.Object{"message": "hello"}
	const path = "/api/chat/messages"
	l.set(rig.Object{"chat": "off"})
	l.refused(403, "chat_off", "POST", path, kim.AccessToken, say)
	s := l.Listening("?token=" + kim.AccessToken)
	s.Send("chat:message", say, 1)
	if e := s.Until("error"); !strings.Contains(e.Text, `"chat_off"`) {
		t.Errorf("over a WebSocket = %s", e.Text)
	}
	io := l.Connect("websocket", `{"token":"`+kim.AccessToken+`"}`)
	io.Send(`420["chat:message",{"message":"hello"}]`)
	if e := io.Until("430"); !strings.Contains(e, `"chat_off"`) {
		t.Errorf("over Socket.IO = %s", e)
	}
	l.Say(l.teacher, "silence")
	l.set(rig.Object{"chat": "slow"})
	l.Say(kim, "one")
	l.refused(429, "chat_slow", "POST", path, kim.AccessToken, say)
	s.Send("chat:message", say, 2)
	if e := s.Until("error"); !strings.Contains(e.Text, `"retry_after":1`) {
		t.Errorf("over a WebSocket = %s", e.Text)
	}
	l.Say(lee, "one of mine")
	l.Say(l.teacher, "one")
	l.Say(l.teacher, "two")
	l.set(rig.Object{"chat": "on"})
	l.Say(kim, "two")
}

// ---- the roster

type roster struct {
	People []struct {
		Name string
		Code *string
		User *rig.User
	}
}

func (r roster) String() string {
	var b strings.Builder
	for _, p := range r.People {
		b.WriteString(p.Name)
		if p.Code != nil {
			b.WriteString("/" + *p.Code)
		}
		if p.User != nil {
			b.WriteString("=" + p.User.Nickname + " " + p.User.Role)
		}
		b.WriteString("; ")
	}
	return b.String()
}

func (l *lesson) wantRoster(want string, got roster) {
	l.Helper()
	if got.String() != want {
		l.Errorf("the roster is %s, want %s", got, want)
	}
}

func person(name string, code ...string) rig.Object {
	p := rig.Object{"name": name}
	for _, c := range code {
		p["code"] = c
	}
	return p
}

func TestRoster(t *testing.T) {
	l := begin(t)
	token := l.teacher.AccessToken
	put := func(people ...rig.Object) roster {
		t.Helper()
		return rig.Want[roster](l, 200, "PUT", "/api/class/roster", token,
			rig.Object{"people": append([]rig.Object{}, people...)})
	}
	s := l.Listening("")
	l.wantRoster("Kim/12ab; 이 영희; Park; ", put(person("Kim", "12ab"), person("이 영희"), person("Park")))
	if v := rig.Decode[View](t, s.Until("class:updated")); !v.Roster {
		t.Error("the class has no roster")
	}
	guest := func(name string, code ...string) rig.Object {
		b := rig.Object{"nickname": name}
		for _, c := range code {
			b["code"] = c
		}
		return b
	}
	const enter = "/api/auth/guest"
	l.refused(403, "not_on_roster", "POST", enter, "", guest("Choi"))
	l.refused(403, "wrong_code", "POST", enter, "", guest("Kim"))
	l.refused(403, "wrong_code", "POST", enter, "", guest("Kim", "12"))
	kim := rig.Want[rig.Session](l, 201, "POST", enter, "", guest("KIM", " 12AB "))
	l.refused(409, "name_held", "POST", enter, "", guest("kim", "12ab"))
	l.refused(409, "name_held", "POST", "/api/auth/register", "",
		rig.Object{"username": "any", "password": "a password", "nickname": "Kim", "code": "12ab"})
	rig.Want[rig.Session](l, 201, "POST", "/api/auth/register", "",
		rig.Object{"username": "park", "password": "a password"})
	w := l.Listening("")
	w.Send("user:join", guest("이 영희", "not asked for"), 1)
	w.Until("ack")
	w.Send("user:join", guest("이 영희"), 2)
	if e := w.Until("error"); !strings.Contains(e.Text, `"name_held"`) {
		t.Errorf("user:join = %s", e.Text)
	}
	l.wantRoster("Kim/12ab=KIM student; 이 영희=이 영희 student; Park=park student; ",
		rig.Want[roster](l, 200, "GET", "/api/class/roster", token, nil))
	l.refused(403, "teachers_only", "GET", "/api/class/roster", kim.AccessToken, nil)

	// Who holds a name that stays goes on holding it; an empty list lets everybody in.
	l.wantRoster("Choi; Kim=KIM student; ", put(person("Choi"), person("Kim")))
	l.wantRoster("", put())
	l.Guest("anybody")
	l.Refused(404, "DELETE", "/api/class/roster/Kim/claim", token, nil)
}

// A name that is freed is one ballot: that of who held it before is no more.
func TestAFreedName(t *testing.T) {
	l := begin(t)
	token := l.teacher.AccessToken
	rig.Want[roster](l, 200, "PUT", "/api/class/roster", token, rig.Object{"people": []rig.Object{person("이/영희")}})
	open := l.NewPoll(token)
	first := l.Guest("이/영희")
	l.Vote(open, first.AccessToken, 0)
	s := l.Listening("?token=" + first.AccessToken)
	path := "/api/class/roster/" + url.PathEscape("이/영희") + "/claim"
	l.refused(403, "teachers_only", "DELETE", path, first.AccessToken, nil)
	rig.Want[rig.Object](l, 204, "DELETE", path, token, nil)
	l.refused(403, "removed", "GET", "/api/auth/me", first.AccessToken, nil)
	for range s.Events { // until it is closed
	}
	if p := rig.Want[rig.Poll](l, 200, "GET", open.Path(), "", nil); p.Voters != 0 {
		t.Errorf("the ballot of who had the name counts: %s", p.Result())
	}
	l.Refused(404, "DELETE", path, token, nil) // nobody holds it
	second := l.Guest("이/영희")
	if p := l.Vote(open, second.AccessToken, 1); p.Voters != 1 {
		t.Errorf("%d voters, want one", p.Voters)
	}
}

// One name is one person: who has come by a name of the roster keeps to it, and who was removed comes back only to a
// name that is nobody else's.
func TestNamesOfTheRoster(t *testing.T) {
	l := begin(t)
	token := l.teacher.AccessToken
	early := l.Guest("Early")
	rig.Want[roster](l, 200, "PUT", "/api/class/roster", token,
		rig.Object{"people": []rig.Object{person("Kim"), person("Lee")}})
	kim := l.Guest("Kim")
	for _, other := range []string{"Lee", "Professor"} {
		for _, who := range []rig.Session{kim, early} {
			l.refused(403, "names_of_roster", "PATCH", "/api/auth/me", who.AccessToken, rig.Object{"nickname": other})
		}
	}
	u := rig.Want[rig.User](l, 200, "PATCH", "/api/auth/me", kim.AccessToken, rig.Object{"nickname": "KIM"})
	if u.Nickname != "KIM" {
		t.Errorf("the same name in capitals is %q", u.Nickname)
	}
	rig.Want[rig.User](l, 200, "PATCH", "/api/auth/me", token, rig.Object{"nickname": "Han 2"})

	const claim = "/api/class/roster/Kim/claim"
	back := rig.Object{"removed": false}
	rig.Want[any](l, 204, "DELETE", claim, token, nil)
	rig.Want[Member](l, 200, "PATCH", pathOf(kim), token, back) // nobody has come meanwhile: the name is Kim's again
	l.refused(409, "name_held", "POST", "/api/auth/guest", "", rig.Object{"nickname": "Kim"})
	rig.Want[any](l, 204, "DELETE", claim, token, nil)
	second := l.Guest("Kim")
	l.refused(409, "name_held", "PATCH", pathOf(kim), token, back)
	l.refused(403, "removed", "GET", "/api/auth/me", kim.AccessToken, nil)
	l.wantRoster("Kim=Kim student; Lee; ", rig.Want[roster](l, 200, "GET", "/api/class/roster", token, nil))
	rig.Want[Member](l, 200, "PATCH", pathOf(second), token, rig.Object{"removed": true})
	rig.Want[Member](l, 200, "PATCH", pathOf(second), token, back)
	rig.Want[Member](l, 200, "PATCH", pathOf(kim), token, rig.Object{"removed": false, "nickname": "Kim the first"})
	rig.Want[roster](l, 200, "PUT", "/api/class/roster", token, rig.Object{"people": []rig.Object{}})
	rig.Want[rig.User](l, 200, "PATCH", "/api/auth/me", early.AccessToken, rig.Object{"nickname": "Professor"})
}

func TestGuessesAreLimited(t *testing.T) {
	l := begin(t)
	rig.Want[roster](l, 200, "PUT", "/api/class/roster", l.teacher.AccessToken,
		rig.Object{"people": []rig.Object{person("Kim", "1234"), person("Lee", "1234")}})
	for range 10 {
		l.refused(403, "wrong_code", "POST", "/api/auth/guest", "", rig.Object{"nickname": "Kim", "code": "1"})
	}
	l.refused(429, "wrong_codes", "POST", "/api/auth/guest", "", rig.Object{"nickname": "Kim", "code": "1234"})
	rig.Want[rig.Session](l, 201, "POST", "/api/auth/guest", "", rig.Object{"nickname": "Lee", "code": "1234"})
}

func TestTheRosterIsRead(t *testing.T) {
	l := begin(t)
	token := l.teacher.AccessToken
	csv := func(text string) roster {
		t.Helper()
		return rig.Want[roster](l, 200, "PUT", "/api/class/roster", token, text, "Content-Type", "text/csv")
	}
	l.wantRoster("김철수/1234; Lee; ", csv("\ufeff이름,코드\r\n김철수,1234\r\nLee,\r\n"))
	l.wantRoster("Kim/1; ", csv("Kim;1"))
	l.wantRoster("Kim/24-1; Lee; ", csv("Student No.\tName\n24-1\tKim\n\tLee\n")) // as copied from a spreadsheet
	l.wantRoster("김민지/2401; 이준호/2402; ",
		csv("번호,이름,반,학번\n1,김민지,3,2401\n2,이준호,3,2402\n"))
	l.wantRoster("Kim/3B; ", csv("class,name\n3B,Kim\n"))
	for text, field := range map[string]string{"Kim\n\nKIM": "line 3 name",
		"name,code\n" + strings.Repeat("x", 21): "line 2 name", "Kim," + strings.Repeat("1", 21): "line 1 code"} {
		_, answer := l.Do("PUT", "/api/class/roster", token, text, "Content-Type", "text/csv; charset=utf-8")
		if !strings.Contains(answer, `"field":"`+field+`"`) {
			t.Errorf("%q = %s, want an error of %s", text, answer, field)
		}
	}
	l.Refused(415, "PUT", "/api/class/roster", token, "\xb1\xe8,1", "Content-Type", "text/csv")
	l.Refused(415, "PUT", "/api/class/roster", token, "Kim", "Content-Type", "text/plain")
	l.Invalid("people", "PUT", "/api/class/roster", token, rig.Object{})
	l.Invalid("people[1].name people[2].code", "PUT", "/api/class/roster", token, rig.Object{"people": []rig.Object{
		person("Kim"), person("K\u200bim"), person("Lee", "")}})
	var many []rig.Object
	for i := range 2000 {
		many = append(many, person("학생 "+strings.Repeat("가", 10)+string(rune('가'+i)), strings.Repeat("코", 20)))
	}
	got := rig.Want[roster](l, 200, "PUT", "/api/class/roster", token, rig.Object{"people": many})
	if len(got.People) != 2000 {
		t.Errorf("%d people are on the roster, want 2,000", len(got.People))
	}
	l.Invalid("people", "PUT", "/api/class/roster", token, rig.Object{"people": append(many, person("one more"))})
}
