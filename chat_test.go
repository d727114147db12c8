package main

// The chat over HTTP; over sockets it is in ws_test.go.

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pollwire/rest/problem"
	"pollwire/test/rig"
)

func TestAMessage(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	s := r.Dial("")
	resp, text := r.Do("POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": " 안녕\r\n\t<b>😀 "})
	form := regexp.MustCompile(
		`^\{"id":1,"type":"message","user":\{"id":1,"nickname":"Kim","role":"student"\},` +
			`"message":"안녕\\n\\t<b>😀","created_at":"20[0-9T:.-]+Z"\}$`)
	if resp.StatusCode != 201 || !form.MatchString(text) {
		t.Errorf("POST /api/chat/messages = %d %s, want 201 and %s", resp.StatusCode, text, form)
	}
	if e := s.Until("chat:message_received"); string(e.Data) != text {
		t.Errorf("everybody gets %s, want %s", e.Data, text)
	}
	if _, list := r.Do("GET", "/api/chat/messages", "", nil); list != `{"messages":[`+text+`],"next_before":null}` {
		t.Errorf("GET /api/chat/messages = %s, want a list of it", list)
	}
}

func TestWhatIsInvalidInAMessage(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	for name, text := range map[string]string{
		"empty": "", "white space": " \r\n\t\u2003", "too long": strings.Repeat("글", 501), "an escape": "a\x1b[31mb",
		"a NUL": "a\x00b", "a lone CR": "a\rb", "a vertical tab": "a\vb", "DEL": "a\x7fb", "a C1 control": "a\u009bb",
	} {
		t.Run(name, func(t *testing.T) {
			(&rig.Rig{TB: t, API: r.API}).Invalid("message", "POST", "/api/chat/messages", kim, rig.Object{"message": text})
		})
	}
	r.Invalid("message", "POST", "/api/chat/messages", kim, rig.Object{})
	r.Refused(400, "POST", "/api/chat/messages", kim, rig.Object{"message": "x", "user": 2})
	r.Refused(400, "POST", "/api/chat/messages", kim, rig.Object{"message": nil})
	if ids, _ := r.listed("/api/chat/messages", ""); len(ids) != 0 {
		t.Errorf("messages = %v: what was refused is stored", ids)
	}
	// 500 characters after CR LF became one, and white space went.
	rig.Want[any](r, 201, "POST", "/api/chat/messages", kim, rig.Object{"message": "  " + strings.Repeat("글\r\n", 249) +
		"글😀  "})
}

func TestMessagesAreOldestFirst(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	for i := range 4 {
		who := []rig.Session{kim, lee}[i%2]
		rig.Want[any](r, 201, "POST", "/api/chat/messages", who.AccessToken,
			rig.Object{"message": fmt.Sprint("message ", i+1)})
	}
	_, text := r.Do("GET", "/api/chat/messages?limit=3", "", nil)
	var page struct {
		Messages []struct {
			Message string
			User    rig.User
		}
		NextBefore int64 `json:"next_before"`
	}
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range page.Messages {
		got = append(got, m.User.Nickname+": "+m.Message)
	}
	if fmt.Sprint(got) != "[Lee: message 2 Kim: message 3 Lee: message 4]" || page.NextBefore != 2 {
		t.Errorf("the last three = %v, next_before %d, want Lee, Kim, Lee and 2", got, page.NextBefore)
	}
}

func TestJoiningAndLeavingAreNotStored(t *testing.T) {
	r := start(t)
	watcher := r.Dial("")
	s := r.Dial("?token=" + r.Guest("Kim").AccessToken)
	watcher.Until("user:joined")
	s.Conn.Close()
	watcher.Until("user:left")
	if ids, _ := r.listed("/api/chat/messages", ""); len(ids) != 0 {
		t.Errorf("messages = %v, want none", ids)
	}
}

// Who has come while the class goes finds no seat: nobody would ever end that socket.
func TestWhoHasGoneWithAClassGetsNoSeat(t *testing.T) {
	r := start(t)
	u, err := r.addGuest(t.Context(), new("Kim"), nil)
	if err != nil {
		t.Fatal(err)
	}
	u.until = seconds(time.Now()) + 60
	if err := r.store.db.Do(t.Context(), "DELETE FROM users WHERE id = ?", u.ID); err != nil {
		t.Fatal(err)
	}
	r.people.Forget()
	m := &member{tell: func(string, []byte) {}}
	if err := r.join(m, u); !errors.Is(err, problem.Unauthorized) || r.room.Len() != 0 || m.user != nil {
		t.Errorf("join = %v; %d are here", err, r.room.Len())
	}
}

// A vote may be on its way to be told when its poll becomes a draft of the next class.
func TestTheResultOfADraftIsNotTold(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim").AccessToken
	draft, open := r.NewPoll(kim, rig.Object{"draft": true}), r.NewPoll(kim)
	s := r.Listening("")
	r.announceTally(draft.ID)
	r.announceTally(open.ID)
	if e := s.Next(); !strings.Contains(e.Text, fmt.Sprintf(`"poll_id":%d,`, open.ID)) {
		t.Errorf("%s is told", e.Text)
	}
}
