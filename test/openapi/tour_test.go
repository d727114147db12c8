package openapi

// A tour through everything that web/openapi.json describes, on a real server: each call with each status that it is
// said to have, each limit from both sides (call_test.go), each event.

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
	"pollwire/wire/pcapng"
)

func TestTheTour(t *testing.T) {
	t.Parallel()
	tr := startTour(t)
	heard := map[string]bool{}
	ping := tr.askedForASignOfLife(heard) // it takes long, so it begins first
	han := tr.auth()
	tr.tourClass()
	tr.tourLimits()
	tr.tourPolls(han)
	tr.tourTeaching(han)
	tr.tourExercises()
	tr.tourLesson()
	tr.tourChatAndMemos(han)
	tr.tourEvents()
	tr.tourLab()
	tr.tourCaptures(han)
	tr.tourFiles(han)
	tr.tourSockets(han)
	tr.call(200, "openAPI", ask{})
	tr.call(200, "docs", ask{})
	tr.call(200, "redoc", ask{})
	tr.call(200, "docsFile", ask{path: []any{"docs.js"}})
	tr.call(302, "toThePage", ask{})
	tr.call(200, "health", ask{})
	tr.call(200, "metrics", ask{})
	tr.call(403, "capture", ask{})
	captured := tr.on("-capture")
	captured.call(200, "whoami", ask{}) // over a connection that stays open: there is something to capture at once
	captured.call(200, "capture", ask{query: "?seconds=1&packets=1"})
	tr.on("-files=").call(404, "toThePage", ask{})
	tr.tourSocketIO(heard, ping)
	tr.on("-guests=false").call(403, "guest", ask{body: rig.Object{"nickname": "Kim"}})

	// What the tour can't make happen.
	never := func(id, status string) bool {
		return status == "503" || // a disk that is full, a server that stops: see packages groupcommit, hub and files
			id == "getFile" && status == "403" || // a file that even the server may not open
			id == "coverCapture" && status == "429" || // two that take longer than a third waits
			id == "teach" && status == "429" // too many wrong keys from another machine than the server's
	}
	for _, op := range tr.ops {
		for status := range op.Object["responses"].(rig.Object) {
			if !tr.seen[op.id+" "+status] && !never(op.id, status) {
				t.Errorf("%s (%s %s): the document has the status %s, which never came", op.id, op.method, op.path, status)
			}
		}
	}
}

// read decodes an answer.
func read[T any](t *tour, body string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return v
}

func (t *tour) auth() (token string) {
	t.Helper()
	account := rig.Object{"username": "teacher", "password": "correct horse", "nickname": "Ms. Han"}
	t.try("register", ask{body: with(account, "username", "another")}) // what is on a limit registers that name
	t.call(201, "register", ask{body: account})
	t.call(409, "register", ask{body: with(account, "username", "Teacher")})
	login := rig.Object{"username": "teacher", "password": "correct horse"}
	token = read[rig.Session](t, t.call(200, "login", ask{body: login})).AccessToken
	t.call(200, "login", ask{body: "grant_type=password&username=teacher&password=correct+horse",
		header: []string{"Content-Type", "application/x-www-form-urlencoded"}})
	for range 10 { // as many as are let through
		t.call(401, "login", ask{body: with(login, "username", "nobody")})
	}
	t.call(429, "login", ask{body: with(login, "username", "nobody")})
	t.call(201, "guest", ask{body: rig.Object{"nickname": "Kim"}})
	t.call(200, "me", ask{token: token})
	return token
}

// tourClass is about who teaches.
func (t *tour) tourClass() {
	t.Helper()
	kim := t.Guest("Kim").AccessToken
	key := rig.Object{"key": t.key, "nickname": "Ms. Park"}
	t.call(201, "teach", ask{body: key})
	t.call(200, "teach", ask{token: kim, body: rig.Object{"key": t.key}})
	t.call(403, "teach", ask{token: kim, body: rig.Object{"key": "another key than this"}})

	t.call(200, "rename", ask{token: t.Guest("Kim").AccessToken, body: rig.Object{"nickname": "Kim Minsu"}})
	t.tourPasswords()
	lee := t.Guest("Lee")
	t.call(200, "listPeople", ask{token: kim})
	t.call(403, "listPeople", ask{token: lee.AccessToken})
	one := []any{lee.User.ID}
	t.call(200, "changePerson", ask{path: one, token: kim, body: rig.Object{"muted": false, "nickname": "Lee"}})
	t.call(409, "changePerson", ask{path: []any{t.me(kim)}, token: kim, body: rig.Object{"removed": true}})
	t.call(204, "deleteMessagesOf", ask{path: one, token: kim})
	say := func() int64 {
		body := rig.Object{"message": "Hm?"}
		return rig.Want[struct{ ID int64 }](t, 201, "POST", "/api/chat/messages", kim, body).ID
	}
	t.try("deleteMessage", ask{path: []any{say()}, token: kim}) // If-Match does not save it
	said := say()
	t.call(403, "deleteMessage", ask{path: []any{said}, token: t.Guest("Park").AccessToken})
	t.call(204, "deleteMessage", ask{path: []any{said}, token: kim})
}

// me is the id of whoever has a token.
func (t *tour) me(token string) int64 {
	t.Helper()
	return rig.Want[rig.User](t, 200, "GET", "/api/auth/me", token, nil).ID
}

func (t *tour) tourPasswords() {
	t.Helper()
	account := rig.Object{"username": "park", "password": "correct horse"}
	park := rig.Want[rig.Session](t, 201, "POST", "/api/auth/register", "", account).AccessToken
	change := rig.Object{"old": "correct horse", "new": "battery staple"}
	t.try("changePassword", ask{token: rig.Want[rig.Session](t, 201, "POST", "/api/auth/register", "",
		with(account, "username", "choi")).AccessToken, body: change}) // it has several passwords then
	t.call(204, "changePassword", ask{token: park, body: change})
	t.call(409, "changePassword", ask{token: t.Guest("Kim").AccessToken, body: change})
	for range 10 {
		t.call(403, "changePassword", ask{token: park, body: change})
	}
	t.call(429, "changePassword", ask{token: park, body: change})
}

// tourLimits does too much in too short a time, on a server that minds.
func (t *tour) tourLimits() {
	t.Helper()
	minding := t.on("-limits=true")
	kim := minding.Guest("Kim").AccessToken
	body := rig.Object{"title": "Tea or coffee?", "options": []string{"Tea", "Coffee"}}
	for range 10 { // as many as one person may make in a minute
		rig.Want[any](minding, 201, "POST", "/api/polls", kim, body)
	}
	minding.call(429, "createPoll", ask{token: kim, body: body})
	minding.call(429, "copyPoll", ask{path: []any{1}, token: kim})
	for range 300 {
		rig.Want[any](minding, 200, "PATCH", "/api/polls/1", kim, body)
	}
	minding.call(429, "changePoll", ask{path: []any{1}, token: kim, body: body})
	minding.call(429, "replacePoll", ask{path: []any{1}, token: kim, body: body})
	for range 20 {
		rig.Want[any](minding, 201, "POST", "/api/chat/messages", kim, rig.Object{"message": "hello"})
	}
	for range 10 {
		rig.Want[any](minding, 200, "PATCH", "/api/auth/me", kim, rig.Object{"nickname": "Kim"})
	}
	minding.call(429, "rename", ask{token: kim, body: rig.Object{"nickname": "Kim"}})
	minding.call(429, "postMessage", ask{token: kim, body: rig.Object{"message": "hello"}})
	minding.tourManyRuns(kim)
}

func (t *tour) tourPolls(han string) {
	t.Helper()
	kim := t.Guest("Kim").AccessToken
	body := rig.Object{"title": "Tea or coffee?", "description": "Or none.", "options": []string{"Tea", "Coffee"},
		"multiple": true, "hidden": true, "ends_at": nil}
	one := []any{read[rig.Poll](t, t.call(201, "createPoll", ask{token: han, body: body})).ID}
	t.call(200, "replacePoll", ask{path: one, token: han, body: with(body, "is_active", true)})
	p := read[rig.Poll](t, t.call(200, "changePoll", ask{path: one, token: han, body: body}))
	t.call(200, "listPolls", ask{})
	t.call(200, "getPoll", ask{path: one})
	t.call(200, "getPoll", ask{path: one, header: []string{"Accept", "text/csv"}})
	t.call(403, "replacePoll", ask{path: one, token: kim, body: body})
	t.call(403, "changePoll", ask{path: one, token: kim, body: rig.Object{}})
	t.call(403, "deletePoll", ask{path: one, token: kim})

	t.call(200, "vote",
		ask{path: one, token: han, body: rig.Object{"option_ids": []any{p.Options[0].ID, p.Options[1].ID}}})
	t.call(200, "vote", ask{path: one, token: kim, body: rig.Object{"option_id": p.Options[0].ID}})
	t.call(422, "vote", ask{path: one, token: kim, body: rig.Object{"option_id": p.Options[0].ID + 100}})
	t.call(422, "vote", ask{path: one, token: kim, body: rig.Object{}})
	t.call(204, "withdrawVote", ask{path: one, token: kim})
	t.call(200, "listPolls", ask{token: han, query: "?limit=1&status=open"})
	t.call(409, "replacePoll", ask{path: one, token: han, body: with(body, "options", []string{"Yes", "No"})})
	t.call(409, "changePoll", ask{path: one, token: han, body: rig.Object{"multiple": false}})
	t.call(200, "changePoll", ask{path: one, token: han, body: rig.Object{"is_active": false}})
	t.call(409, "vote", ask{path: one, token: kim, body: rig.Object{"option_id": p.Options[0].ID}})
	t.call(409, "withdrawVote", ask{path: one, token: kim})
	t.call(200, "getPoll", ask{path: one, token: han})
	t.call(204, "deletePoll", ask{path: one, token: han})
}

// tourTeaching is about what a teacher does with polls.
func (t *tour) tourTeaching(han string) {
	t.Helper()
	kim, teacher := t.Guest("Kim").AccessToken, t.Teacher(t.key, "Ms. Han").AccessToken
	body := rig.Object{"title": "A port of HTTP?", "kind": "number", "right": rig.Object{"value": 80}, "seconds": 60}
	one := []any{read[rig.Poll](t, t.call(201, "createPoll", ask{token: teacher, body: body})).ID}
	words := rig.Object{"title": "A protocol?", "kind": "text", "right": []string{"TCP"}, "draft": true}
	two := []any{read[rig.Poll](t, t.call(201, "createPoll", ask{token: han, body: words})).ID}
	t.call(409, "nextRound", ask{path: two, token: teacher})
	t.call(404, "getPoll", ask{path: two, token: kim})
	t.call(200, "changePoll", ask{path: two, token: han, body: rig.Object{"draft": false}})
	t.call(200, "vote", ask{path: one, token: kim, body: rig.Object{"number": 80.5}})
	t.call(200, "vote", ask{path: two, token: kim, body: rig.Object{"text": " tcp"}})
	t.call(422, "vote", ask{path: two, token: kim, body: rig.Object{"number": 1}})
	t.call(201, "nextRound", ask{path: one, token: teacher})
	t.call(403, "nextRound", ask{path: one, token: kim})
	t.call(204, "dropAnswers", ask{path: two, token: teacher, query: "?value=TCP"})
	t.call(422, "dropAnswers", ask{path: two, token: teacher})
	t.call(403, "dropAnswers", ask{path: two, token: kim, query: "?value=TCP"})
	t.call(200, "listBallots", ask{path: one, token: teacher})
	t.call(403, "listBallots", ask{path: one, token: kim})
	opinion := rig.Object{"title": "Tea or coffee?", "options": []string{"Tea", "Coffee"}}
	three := []any{read[rig.Poll](t, t.call(201, "createPoll", ask{token: teacher, body: opinion})).ID}
	t.call(409, "listBallots", ask{path: three, token: teacher})
	t.call(200, "vote", ask{path: three, token: kim, body: rig.Object{"option_id": t.see(three).Options[0].ID}})
	plan := rig.Object{"polls": []any{rig.Object{"id": three[0]}, opinion}}
	t.call(200, "putPlan", ask{token: teacher, body: plan})
	t.call(200, "addToPlan", ask{token: teacher, body: rig.Object{"polls": []any{opinion}}})
	t.call(200, "addToPlan", ask{token: teacher, body: "A port has 16 bits. {TRUE}\n",
		header: []string{"Content-Type", "text/plain"}})
	t.call(403, "addToPlan", ask{token: kim, body: plan})
	t.call(403, "putPlan", ask{token: kim, body: plan})
	others := rig.Object{"polls": []any{rig.Object{"id": three[0], "options": []string{"Yes", "No"}}}}
	t.call(409, "putPlan", ask{token: teacher, body: others})
	t.call(409, "addToPlan", ask{token: teacher, body: others})
	t.call(200, "getPlan", ask{token: teacher})
	t.call(403, "getPlan", ask{token: kim})
	t.call(201, "copyPoll", ask{path: one, token: teacher})
	t.call(403, "copyPoll", ask{path: one, token: kim})
	t.call(200, "getPoll", ask{path: one, token: kim})
	t.call(200, "listPolls", ask{token: teacher})
}

// tourLesson is about the class, on a server of its own: it comes to an end.
func (t *tour) tourLesson() {
	t.Helper()
	t = t.on()
	kim, teacher := t.Guest("Kim").AccessToken, t.Teacher(t.key, "Ms. Han").AccessToken
	for _, id := range []string{"changeClass", "getRoster", "putRoster", "exportClass", "newClass"} {
		t.call(403, id, ask{token: kim, body: map[bool]any{true: nil, false: rig.Object{}}[id[:3] == "get" || id[0] == 'e']})
	}
	t.call(200, "getClass", ask{})
	part := rig.Object{"title": "Networks", "current": t.NewPoll(teacher).ID, "locked": false, "student_polls": false}
	t.call(200, "changeClass", ask{token: teacher, body: part})
	t.call(200, "changeClass", ask{token: teacher, body: rig.Object{"chat": "off"}})
	t.call(403, "createPoll", ask{token: kim, body: rig.Object{"title": "Q", "options": []string{"a", "b"}}})
	t.call(403, "postMessage", ask{token: kim, body: rig.Object{"message": "hello"}})
	t.call(200, "getScores", ask{token: teacher})
	t.call(200, "exportClass", ask{token: teacher})

	people := []any{rig.Object{"name": "Kim", "code": "4711"}, rig.Object{"name": "Lee"}}
	t.call(200, "putRoster", ask{token: teacher, body: rig.Object{"people": people}})
	t.call(200, "putRoster", ask{token: teacher, body: "name,code\nKim,4711\nLee,\n",
		header: []string{"Content-Type", "text/csv"}})
	t.call(422, "putRoster", ask{token: teacher, body: rig.Object{"people": append(people, people[0])}})
	t.call(201, "guest", ask{body: rig.Object{"nickname": "Lee"}})
	t.call(409, "guest", ask{body: rig.Object{"nickname": "Lee"}})
	account := rig.Object{"username": "kim", "password": "correct horse", "nickname": "Kim"}
	t.call(403, "register", ask{body: account})
	for range 10 {
		t.call(403, "guest", ask{body: rig.Object{"nickname": "Kim", "code": "1"}})
	}
	t.call(429, "guest", ask{body: rig.Object{"nickname": "Kim", "code": "4711"}})
	t.call(429, "register", ask{body: with(account, "code", "4711")})
	t.call(200, "getRoster", ask{token: teacher})
	t.call(403, "freeName", ask{path: []any{"Lee"}, token: kim})
	t.try("freeName", ask{path: []any{"Park"}, token: teacher}) // the name of Lee is freed once
	t.call(204, "freeName", ask{path: []any{"Lee"}, token: teacher})
	t.call(200, "newClass", ask{token: teacher, body: rig.Object{"keep_files": true}})
}

func (t *tour) see(path []any) rig.Poll {
	t.Helper()
	return rig.Want[rig.Poll](t, 200, "GET", fmt.Sprint("/api/polls/", path[0]), "", nil)
}

func (t *tour) tourChatAndMemos(han string) {
	t.Helper()
	t.call(201, "postMessage", ask{token: han, body: rig.Object{"message": "Look at the SYN."}})
	t.call(200, "listMessages", ask{})
	poll := t.NewPoll(han)
	body := rig.Object{"content": "SYN, SYN-ACK, ACK", "poll_id": poll.ID}
	one := []any{read[rig.Memo](t, t.call(201, "createMemo", ask{token: han, body: body})).ID}
	t.call(422, "createMemo", ask{token: han, body: with(body, "poll_id", poll.ID+100)})
	t.call(200, "listMemos", ask{token: han})
	t.call(200, "getMemo", ask{path: one, token: han})
	t.call(200, "replaceMemo", ask{path: one, token: han, body: body})
	t.call(200, "changeMemo", ask{path: one, token: han, body: rig.Object{"poll_id": nil}})
	t.call(204, "deleteMemo", ask{path: one, token: han})
}

func (t *tour) tourEvents() {
	t.Helper()
	all := read[rig.Events](t, t.call(200, "listenOverHTTP", ask{query: "?since=0"}))
	t.call(200, "listenOverHTTP", ask{query: "?since=99999999&wait=1"}) // a resync
	stream := t.call(200, "listenOverHTTP", ask{query: fmt.Sprint("?since=0&count=", len(all.Events)),
		header: []string{"Accept", "text/event-stream"}})
	for _, e := range strings.Split(strings.TrimSpace(stream), "\n\n") {
		seq, rest, _ := strings.Cut(strings.TrimPrefix(e, "id: "), "\nevent: ")
		name, data, _ := strings.Cut(rest, "\ndata: ")
		t.everybodys(fmt.Sprintf(`{"seq":%s,"event":%q,"data":%s}`, seq, name, data))
	}
}

// everybodys checks an event that goes to everybody.
func (t *tour) everybodys(text string) {
	t.Helper()
	for _, f := range t.faults(rig.Object{"$ref": "#/components/schemas/Event"}, read[any](t, text), "it") {
		t.Errorf("%s: %s", text, f)
	}
}

func (t *tour) tourLab() {
	t.Helper()
	t.call(200, "whoami", ask{})
	t.call(200, "whoami", ask{secure: true})
	t.call(200, "bytes", ask{path: []any{128}, query: "?chunk=64&delay=1ms"})
	for _, delay := range []string{"-1s", "31s", "soon"} {
		t.call(422, "bytes", ask{path: []any{128}, query: "?chunk=64&delay=" + delay})
	}
	for _, code := range []int{200, 201, 204, 205, 206, 299, 300, 301, 304, 307, 399, 400, 401, 404, 405, 416, 418, 422,
		426, 429, 499, 500, 503, 599} {
		t.call(code, "status", ask{path: []any{code}})
	}
	t.call(200, "getCookies", ask{header: []string{"Cookie", "visits=1; colour=green"}})
	t.call(200, "setCookie", ask{body: rig.Object{"name": "colour", "value": "green", "max_age": 60}})
	t.call(204, "deleteCookies", ask{header: []string{"Cookie", "visits=1; colour=green"}})
	t.call(200, "basic", ask{header: []string{"Authorization", "Basic c3R1ZGVudDp3aXJlc2hhcms="}})
	t.call(200, "early", ask{})
}

// form is a body with one file in it.
func form(name, content string) (body string, header []string) {
	return "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content +
			"\r\n--limit--\r\n",
		[]string{"Content-Type", "multipart/form-data; boundary=limit"}
}

func (t *tour) tourFiles(han string) {
	t.Helper()
	kim := t.Guest("Kim").AccessToken
	notes := []any{"notes, 1.txt"}
	t.call(201, "putFile", ask{path: notes, token: han, body: "SYN"})
	t.call(200, "putFile", ask{path: notes, token: han, body: "SYN, SYN-ACK"})
	t.call(403, "putFile", ask{path: notes, token: kim, body: "RST"})
	t.call(409, "putFile", ask{path: []any{"NOTES, 1.txt"}, token: han, body: "SYN"})
	t.call(412, "putFile", ask{path: notes, token: han, body: "SYN", header: []string{"If-None-Match", "*"}})
	t.call(422, "putFile", ask{path: []any{"con.txt"}, token: han, body: "SYN"})
	first, header := form("first.txt", "SYN")
	t.try("uploadForm", ask{token: han, body: first, header: header})
	for _, c := range []struct {
		status      int
		token, name string
	}{{201, han, "form.txt"}, {200, han, "form.txt"}, {403, kim, "form.txt"}, {409, han, "Form.txt"},
		{422, han, "con.txt"}} {
		body, header := form(c.name, "SYN")
		t.call(c.status, "uploadForm", ask{token: c.token, body: body, header: header})
	}
	t.call(200, "listFiles", ask{})
	t.call(200, "listFiles", ask{header: []string{"Accept", "text/html"}})
	t.call(200, "getFile", ask{path: notes})
	t.call(403, "deleteFile", ask{path: notes, token: kim})
	t.call(204, "deleteFile", ask{path: notes, token: han})

	for i := range 8 { // uploads that have begun: the server has asked for the body
		conn, err := net.Dial("tcp", strings.TrimPrefix(t.Page, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(rig.Patience))
		fmt.Fprintf(conn, "PUT /files/%d.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: "+
			"3\r\nExpect: 100-continue\r\n\r\n", i, kim)
		if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 100 ") {
			t.Fatalf("an upload is answered with %q, %v, want 100 Continue", line, err)
		}
	}
	t.call(429, "putFile", ask{path: notes, token: kim, body: "SYN"})
	body, header := form("form 2.txt", "SYN")
	t.call(429, "uploadForm", ask{token: kim, body: body, header: header})
}

// tourCaptures sends one of a frame of ARP, and what is none.
func (t *tour) tourCaptures(han string) {
	t.Helper()
	file := pcapng.AppendInterface(pcapng.AppendSection(nil, "", "tour"), pcapng.Ethernet, "eth0", "")
	start, frame := len(file), make([]byte, 42)
	copy(frame[12:], "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01")
	file = pcapng.EndPacket(append(pcapng.BeginPacket(file, 0, len(frame)), frame...), start, nil)
	t.call(200, "coverCapture", ask{token: han, body: string(file)})
	t.call(200, "coverCapture", ask{token: han, body: string(file), header: []string{"Accept-Language", "ko"}})
	for _, broken := range []string{"", "no capture", string(file[:len(file)-1])} {
		t.call(422, "coverCapture", ask{token: han, body: broken})
	}
}

func (t *tour) tourSockets(han string) {
	t.Helper()
	handshake := []string{"Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Version", "13",
		"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	t.call(101, "openSocket", ask{header: handshake})
	t.call(101, "openSocket", ask{query: "?since=0&token=" + han, header: handshake})
	t.call(403, "openSocket", ask{header: append(handshake, "Origin", "http://example.com")})
	t.call(426, "openSocket", ask{})
}

// ---- events

func TestTheEventsAreThoseOfTheDocument(t *testing.T) {
	tr := startTour(t)
	events := tr.Object["x-events"].(rig.Object)
	client, everybody, one := events["client"].(rig.Object), events["everybody"].(rig.Object), events["one"].(rig.Object)
	due := slices.Concat(slices.Collect(maps.Keys(everybody)), slices.Collect(maps.Keys(one)))
	han := tr.Guest("Ms. Han")
	var sent []string // by the id of what was sent
	s := tr.Dial("?since=9999999")
	hear := func(until string) {
		t.Helper()
		for {
			e := s.Next()
			due = slices.DeleteFunc(due, func(name string) bool { return name == e.Event })
			whole := read[rig.Object](tr, e.Text)
			schema, said := any(nil), true
			switch {
			case e.Seq > 0:
				tr.everybodys(e.Text)
				_, said = everybody[e.Event]
			case e.Event == "ack":
				id, _ := strconv.Atoi(string(e.ID))
				schema = client[sent[id]].(rig.Object)["ack"]
			default:
				var o rig.Object
				o, said = one[e.Event].(rig.Object)
				schema = o["data"]
			}
			if !said {
				t.Errorf("%s: the document does not have this event", e.Text)
			}
			if schema != nil {
				for _, f := range tr.faults(schema, whole["data"], "its data") {
					t.Errorf("%s: %s", e.Text, f)
				}
			}
			if e.Event == until {
				return
			}
		}
	}
	send := func(name string, data rig.Object) {
		t.Helper()
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range tr.faults(client[name].(rig.Object)["data"], read[any](tr, string(text)), "data") {
			t.Errorf("%s is sent %v: %s", name, data, f)
		}
		sent = append(sent, name)
		s.Send(name, data, len(sent)-1)
	}

	hear("resync")
	send("lab:whoami", rig.Object{})
	hear("ack")
	send("chat:message", rig.Object{"message": "Hello"})
	hear("error") // it has not joined
	send("user:join", rig.Object{"nickname": "Kim"})
	hear("user:joined")
	send("user:join", rig.Object{"token": han.AccessToken})
	hear("user:joined")
	rig.Want[rig.Object](tr.Rig, 200, "POST", "/api/auth/teacher", han.AccessToken, rig.Object{"key": tr.key})
	hear("user:updated")
	p := tr.NewPoll(han.AccessToken)
	hear("poll:created")
	send("chat:message", rig.Object{"message": "Hello"})
	hear("chat:message_received")
	chat := rig.Want[struct{ Messages []struct{ ID int64 } }](tr, 200, "GET", "/api/chat/messages", "", nil)
	rig.Want[any](tr, 204, "DELETE", fmt.Sprint("/api/chat/messages/", chat.Messages[0].ID), han.AccessToken, nil)
	hear("chat:message_deleted")
	send("vote:cast", rig.Object{"poll_id": p.ID, "option_id": p.Options[0].ID})
	hear("vote:result")
	send("vote:cast", rig.Object{"poll_id": p.ID, "option_ids": []any{p.Options[0].ID + 100}})
	hear("error")
	rig.Want[rig.Object](tr.Rig, 200, "PATCH", fmt.Sprintf("/api/polls/%d", p.ID), han.AccessToken,
		rig.Object{"is_active": false})
	hear("poll:updated")
	rig.Want[rig.Object](tr.Rig, http.StatusNoContent, "DELETE", fmt.Sprintf("/api/polls/%d", p.ID), han.AccessToken, nil)
	hear("poll:deleted")
	rig.Want[rig.Object](tr.Rig, 200, "PATCH", "/api/class", han.AccessToken, rig.Object{"title": "Networks"})
	hear("class:updated")
	rig.Want[rig.Object](tr.Rig, 200, "PATCH", "/api/exercises/tcp-open-close", han.AccessToken, rig.Object{"open": true})
	hear("exercise:updated")
	rig.Want[rig.Object](tr.Rig, 200, "POST", "/api/class/new", han.AccessToken, rig.Object{})
	hear("class:new")
	if len(due) > 0 {
		t.Errorf("these events of the document never came: %v", due)
	}
	for name := range client {
		if !slices.Contains(sent, name) {
			t.Errorf("%s of the document was never sent", name)
		}
	}
}
