package main

// The chat over HTTP; over sockets it is in ws_test.go.

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestAMessage(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim")
	s := r.dial("")
	resp, text := r.do("POST", "/api/chat/messages", kim.AccessToken, object{"message": " 안녕\r\n\t<b>😀 "})
	form := regexp.MustCompile(
		`^\{"id":1,"type":"message","user":\{"id":1,"nickname":"Kim"\},"message":"안녕\\n\\t<b>😀","created_at":"20[0-9T:.-]+Z"\}$`)
	if resp.StatusCode != 201 || !form.MatchString(text) {
		t.Errorf("POST /api/chat/messages = %d %s, want 201 and %s", resp.StatusCode, text, form)
	}
	if e := s.until("chat:message_received"); string(e.Data) != text {
		t.Errorf("everybody gets %s, want %s", e.Data, text)
	}
	if _, list := r.do("GET", "/api/chat/messages", "", nil); list != `{"messages":[`+text+`],"next_before":null}` {
		t.Errorf("GET /api/chat/messages = %s, want a list of it", list)
	}
}

func TestWhatIsInvalidInAMessage(t *testing.T) {
	r := start(t)
	kim := r.guest("Kim").AccessToken
	for name, text := range map[string]string{
		"empty": "", "white space": " \r\n\t\u2003", "too long": strings.Repeat("글", 501), "an escape": "a\x1b[31mb",
		"a NUL": "a\x00b", "a lone CR": "a\rb", "a vertical tab": "a\vb", "DEL": "a\x7fb", "a C1 control": "a\u009bb",
	} {
		t.Run(name, func(t *testing.T) {
			(&rig{TB: t, api: r.api}).invalid("message", "POST", "/api/chat/messages", kim, object{"message": text})
		})
	}
	r.invalid("message", "POST", "/api/chat/messages", kim, object{})
	r.refused(400, "POST", "/api/chat/messages", kim, object{"message": "x", "user": 2})
	r.refused(400, "POST", "/api/chat/messages", kim, object{"message": nil})
	if ids, _ := r.listed("/api/chat/messages", ""); len(ids) != 0 {
		t.Errorf("messages = %v: what was refused is stored", ids)
	}
	// 500 characters after CR LF became one, and white space went.
	want[any](r, 201, "POST", "/api/chat/messages", kim, object{"message": "  " + strings.Repeat("글\r\n", 249) +
		"글😀  "})
}

func TestMessagesAreOldestFirst(t *testing.T) {
	r := start(t)
	kim, lee := r.guest("Kim"), r.guest("Lee")
	for i := range 4 {
		who := []sessionJSON{kim, lee}[i%2]
		want[any](r, 201, "POST", "/api/chat/messages", who.AccessToken, object{"message": fmt.Sprint("message ", i+1)})
	}
	_, text := r.do("GET", "/api/chat/messages?limit=3", "", nil)
	var page struct {
		Messages []struct {
			Message string
			User    userJSON
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
	watcher := r.dial("")
	s := r.dial("?token=" + r.guest("Kim").AccessToken)
	watcher.until("user:joined")
	s.conn.Close()
	watcher.until("user:left")
	if ids, _ := r.listed("/api/chat/messages", ""); len(ids) != 0 {
		t.Errorf("messages = %v, want none", ids)
	}
}
