package main

// Text that lies: two spellings that look the same are the same, what can't be seen is nothing, and nothing is shown as
// something else. What texts are is tested in rest/normalize and rest/visible; here, that every call keeps to it.

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pollwire/class"
	"pollwire/rest/normalize"
	"pollwire/rest/visible"
	"pollwire/test/rig"
)

// nfd is a text as a Mac may send it.
var nfd = normalize.NFD

// unseen are texts of which nobody sees anything.
var unseen = []string{"\u200b", "\u2800", "\U000e0fff", "\u3164", "\u00ad\u2060", "\u0301", "\ufe0f", "\u200d"}

func TestANameIsOneAccountInAnySpelling(t *testing.T) {
	r := start(t, cheap)
	for _, name := range []string{"김철수", "Zoë", "\u1e96ello"} {
		const password = "비밀번호é"
		u := rig.Want[rig.Session](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": nfd(name),
			"password": nfd(password)}).User
		if *u.Username != name || u.Nickname != name {
			t.Errorf("registered as %+q, nickname %+q, want %+q", *u.Username, u.Nickname, name)
		}
		for _, again := range []string{name, nfd(name), strings.ToUpper(name), strings.ToUpper(nfd(name)),
			name + "\u3164", "\u034f" + name} {
			r.Refused(409, "POST", "/api/auth/register", "", rig.Object{"username": again, "password": password})
			for _, p := range []string{password, nfd(password)} {
				if in := rig.Want[rig.Session](r, 200, "POST", "/api/auth/login", "", rig.Object{"username": " " + again,
					"password": p}); in.User.ID != u.ID {
					t.Errorf("%+q logs in as user %d, want %d", again, in.User.ID, u.ID)
				}
			}
			form := url.Values{"username": {again}, "password": {nfd(password)}}.Encode()
			rig.Want[rig.Session](r, 200, "POST", "/api/auth/login", "", form, "Content-Type",
				"application/x-www-form-urlencoded")
		}
		r.Refused(401, "POST", "/api/auth/login", "", rig.Object{"username": name, "password": "another one"})
	}
}

func TestNamesAndPasswordsAreCountedComposed(t *testing.T) {
	r := start(t, cheap)
	for _, name := range []string{strings.Repeat("한", class.MaxUsername), strings.Repeat("é", class.MaxUsername)} {
		u := rig.Want[rig.Session](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": nfd(name),
			"password": nfd(strings.Repeat("글", 24)), "nickname": nfd(name)}).User // 72 bytes, decomposed more
		if u.Nickname != name {
			t.Errorf("the nickname is %+q", u.Nickname)
		}
		r.Invalid("username", "POST", "/api/auth/register", "", rig.Object{"username": nfd(name) + "x",
			"password": "12345678"})
	}
	r.Invalid("password", "POST", "/api/auth/register", "", rig.Object{"username": "kim",
		"password": nfd("한글")}) // 6 bytes
	if u := r.Guest(nfd(strings.Repeat("한", 12))).User; u.Nickname != strings.Repeat("한", 12) {
		t.Errorf("the nickname is %+q", u.Nickname)
	}
	s := r.Dial("")
	if e := s.Ask("user:join", rig.Object{"nickname": nfd("홍길동")}); !strings.Contains(e.Text,
		`"nickname":"홍길동"`) {
		t.Errorf("user:join = %s", e.Text)
	}
}

func TestWhatCannotBeSeenIsNoText(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	p := r.NewPoll(kim)
	s := r.Dial("?token=" + kim)
	for _, text := range unseen {
		r.Invalid("nickname", "POST", "/api/auth/guest", "", rig.Object{"nickname": text})
		fields := map[string]bool{}
		for _, e := range r.Refused(422, "POST", "/api/auth/register", "", rig.Object{"username": text,
			"password": "12345678"}).Errors {
			fields[e.Field] = true
		}
		if !fields["username"] {
			t.Errorf("user name %+q: errors of %v", text, fields)
		}
		r.Invalid("title", "POST", "/api/polls", kim, rig.Object{"title": text, "options": []string{"a", "b"}})
		r.Invalid("options[1]", "POST", "/api/polls", kim, rig.Object{"title": "x", "options": []string{"a", text}})
		r.Invalid("title", "PATCH", p.Path(), kim, rig.Object{"title": text})
		r.Invalid("message", "POST", "/api/chat/messages", kim, rig.Object{"message": text})
		r.Invalid("content", "POST", "/api/memos", kim, rig.Object{"content": text})
		if e := s.Ask("chat:message", rig.Object{"message": text}); !strings.Contains(e.Text, `"status":422`) {
			t.Errorf("chat:message %+q = %s", text, e.Text)
		}
		r.Refused(422, "PUT", r.Page+"/files/"+url.PathEscape(text), kim, "x")
	}
	rig.Want[rig.Poll](r, 201, "POST", "/api/polls", kim, rig.Object{"title": "x", "description": "\u200b",
		"options": []string{"a", "b"}}) // may be empty
}

func TestWhatReordersIsRefused(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	for _, c := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		text := "abc" + string(c) + "txt.exe"
		r.Invalid("nickname", "POST", "/api/auth/guest", "", rig.Object{"nickname": text})
		r.Invalid("title", "POST", "/api/polls", kim, rig.Object{"title": text, "options": []string{"a", "b"}})
		r.Invalid("description", "POST", "/api/polls", kim, rig.Object{"title": "x", "description": text,
			"options": []string{"a", "b"}})
		r.Invalid("options[0]", "POST", "/api/polls", kim, rig.Object{"title": "x", "options": []string{text, "b"}})
		r.Invalid("message", "POST", "/api/chat/messages", kim, rig.Object{"message": text})
		r.Invalid("content", "POST", "/api/memos", kim, rig.Object{"content": text})
		r.Invalid("name", "PUT", r.Page+"/files/"+url.PathEscape(text), kim, "x")
	}
	list := rig.Want[struct{ Files []fileJSON }](r, 200, "GET", r.Page+"/files/", "", nil, "Accept", "application/json")
	if len(list.Files) != 0 {
		t.Errorf("listed: %+v", list.Files)
	}
}

func TestOptionsThatLookTheSame(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	for _, twice := range [][]string{{"Tea", "Tea\u200b"}, {"café", nfd("café")}, {"커피", nfd("커피")},
		{"Tea", "\u3164Tea"},
		{"green tea", "green\u00a0tea"}, {"green tea", "green\u2800tea"}, {"👩", "👩\u200d"}, {"☺", "☺\ufe0f"}} {
		r.Invalid("options[1]", "POST", "/api/polls", kim, rig.Object{"title": "x", "options": twice})
	}
	for _, two := range [][]string{{"tea", "Tea"}, {"Te a", "Tea"},
		{"👨‍👩‍👧", "👨👩👧"}, {"❤️‍🔥", "❤️"},
		{"🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"}} {
		p := rig.Want[rig.Poll](r, 201, "POST", "/api/polls", kim, rig.Object{"title": "x", "options": two})
		for i, o := range p.Options {
			if o.Text != two[i] { // its joiners and selectors stay
				t.Errorf("option %+q, want %+q", o.Text, two[i])
			}
		}
	}
	p := rig.Want[rig.Poll](r, 201, "POST", "/api/polls", kim, rig.Object{"title": nfd("점심"), "description": nfd("é"),
		"options": []string{nfd("커피"), "차"}})
	if p.Title != "점심" || p.Description != "é" || p.Options[0].Text != "커피" {
		t.Errorf("the poll is %+q", []string{p.Title, p.Description, p.Options[0].Text})
	}
	r.Vote(p, kim, 0)
	same := rig.Want[rig.Poll](r, 200, "PATCH", p.Path(), kim, rig.Object{"options": []string{nfd("커피"), nfd("차")}})
	if same.Choices() != p.Choices() {
		t.Errorf("the same options in another spelling are %s, want %s", same.Choices(), p.Choices())
	}
}

func TestMessagesAndMemosAreStoredComposed(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	text := strings.Repeat("한", maxMessage)
	if m := rig.Want[struct{ Message string }](r, 201, "POST", "/api/chat/messages", kim,
		rig.Object{"message": nfd(text)}); m.Message != text {
		t.Errorf("the message is %+.40q", m.Message)
	}
	text = strings.Repeat("é\r\n", maxMemo/2-1) + "é"
	if m := r.NewMemo(kim, nfd(text), nil); m.Content != strings.ReplaceAll(text, "\r\n", "\n") {
		t.Errorf("the memo is %+.40q", m.Content)
	}
}

func TestAFileOfAMacIsFoundFromWindows(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	kim := r.Guest("Kim").AccessToken
	at := func(name string) string { return r.Page + "/files/" + url.PathEscape(name) }
	if f := rig.Want[fileJSON](r, 201, "PUT", at(nfd("시험.txt")), kim, "1"); f.Name != "시험.txt" {
		t.Errorf("stored as %+q", f.Name)
	}
	rig.Want[fileJSON](r, 200, "PUT", at("시험.txt"), kim, "2")
	for _, name := range []string{"시험.txt", nfd("시험.txt")} {
		if _, text := r.Do("GET", at(name), "", nil); text != "2" {
			t.Errorf("GET %+q = %q", name, text)
		}
	}
	if runtime.GOOS == "linux" { // the teacher copies one from a Mac
		path := filepath.Join(dir, "pollwire-data", "files", nfd("답안.txt"))
		if err := os.WriteFile(path, []byte("by hand"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, text := r.Do("GET", at("답안.txt"), "", nil); text != "by hand" {
			t.Errorf("GET = %q", text)
		}
		r.Refused(403, "PUT", at("답안.txt"), kim, "x")
	}
	const form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\Users\\kim\\hw.txt\"\r\n" +
		"\r\nhw\r\n--x--\r\n"
	if f := rig.Want[fileJSON](r, 201, "POST", r.Page+"/files/", kim, form, "Content-Type",
		"multipart/form-data; boundary=x"); f.Name != "hw.txt" {
		t.Errorf("stored as %q", f.Name)
	}
}

// An older version stored names and passwords as they came.
func TestAccountsAndFilesOfAnOlderVersion(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir, cheap)
	const password = "비밀번호"
	add := func(name, password string) int64 {
		t.Helper()
		hash, err := r.passwords.Hash(password)
		if err != nil {
			t.Fatal(err)
		}
		u, err := r.class.Add(r.Context(), class.User{Username: &name, Nickname: name, CreatedAt: now()},
			new(visible.FoldCase(name)), &hash, class.Newcomer{})
		if err != nil {
			t.Fatal(err)
		}
		return u.ID
	}
	mac := add(nfd("김철수"), nfd(password))
	one, two := add("Zoë", password), add(nfd("Zoë"), "another password") // two accounts that look the same
	lee := add("lee\u3164", password)
	nobody := add("\u3164", password)
	kim := r.Guest("Kim").AccessToken
	rig.Want[fileJSON](r, 201, "PUT", r.Page+"/files/"+url.PathEscape("시험.txt"), kim, "1")
	r.stop()

	folder := filepath.Join(dir, "pollwire-data", "files")
	path := filepath.Join(dir, "pollwire.db")
	if err := os.Rename(path, path+".new"); err != nil {
		t.Fatal(err)
	}
	older(t, path, 2, fmt.Sprintf(`ATTACH '%s.new' AS new; UPDATE new.files SET name = '%s';
		INSERT INTO users SELECT id, username, username_key, nickname, password_hash, created_at FROM new.users;
		INSERT INTO files SELECT * FROM new.files`, path, nfd("시험.txt")))
	if runtime.GOOS == "linux" {
		if err := os.Rename(filepath.Join(folder, "시험.txt"), filepath.Join(folder, nfd("시험.txt"))); err != nil {
			t.Fatal(err)
		}
	}

	for range 2 { // also the second time
		r = startIn(t, dir, cheap)
		for _, c := range []struct {
			name, password string
			id             int64
		}{
			{"김철수", nfd(password), mac}, {nfd("김철수"), nfd(password), mac},
			{"Zoë", password, one}, {nfd("Zoë"), "another password", two}, {nfd("ZOË"), password, one},
			{"Lee", password, lee}, {"lee\u3164", nfd(password), lee},
			{"\u3164", password, nobody},
		} {
			in := rig.Want[rig.Session](r, 200, "POST", "/api/auth/login", "", rig.Object{"username": c.name,
				"password": c.password})
			if in.User.ID != c.id {
				t.Errorf("%+q logs in as user %d, want %d", c.name, in.User.ID, c.id)
			}
		}
		r.Refused(401, "POST", "/api/auth/login", "", rig.Object{"username": "Zoë", "password": "another password"})
		r.Refused(401, "POST", "/api/auth/login", "", rig.Object{"username": "\u200b", "password": password})
		r.Refused(409, "POST", "/api/auth/register", "", rig.Object{"username": "김철수", "password": password})
		r.Refused(409, "POST", "/api/auth/register", "", rig.Object{"username": "lee", "password": password})
		rig.Want[fileJSON](r, 200, "PUT", r.Page+"/files/"+url.PathEscape("시험.txt"), kim, "2")
		r.stop()
	}
}
