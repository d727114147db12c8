package class

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/test/rig"
)

// operations are all calls of the document, as "METHOD /path".
func operations(t *testing.T) (list []string) {
	text, err := os.ReadFile(filepath.Join(rig.Root, "web", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method) && path != "/api/events" {
				list = append(list, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(list)
	return list
}

// bored is somebody who does everything as often as it can be done, and what came of it.
type bored struct {
	*pupil
	statuses [600]atomic.Int64
	broken   atomic.Pointer[string] // an answer that nobody should get
	over     atomic.Bool
}

func (b *bored) note(what string, o outcome, err error) {
	if err != nil {
		return // a connection that the server has ended
	}
	if b.statuses[o.status].Add(1); o.status >= 500 && o.status != 501 {
		b.broken.Store(new(fmt.Sprintf("%s = %d %s", what, o.status, o.body)))
	}
}

var placeholder = regexp.MustCompile(`{[^}]+}`)

// everyCall calls all that there is, with bodies that fit here and there.
func (b *bored) everyCall(list []string) {
	bodies := []any{nil, rig.Object{}, rig.Object{"message": "zzz"}, rig.Object{"nickname": "Professor"},
		rig.Object{"title": "?", "options": []string{"a", "b"}}, rig.Object{"content": "x"}, rig.Object{"option_id": 1},
		rig.Object{"key": "not the key at all"}, rig.Object{"old": "guess", "new": "a new password"},
		rig.Object{"current": 1, "locked": true}, rig.Object{"role": "teacher"}, []any{}, "text", 1e300}
	rounds := 2 * len(bodies)
	if rig.Race { // each takes ten times as long then
		rounds = 4
	}
	for n := range rounds {
		for i, call := range list {
			method, path, _ := strings.Cut(call, " ")
			path = placeholder.ReplaceAllString(path, []string{"1", "2", "0", "-1", "x", "99999999999999999999"}[(n+i)%6])
			if strings.HasPrefix(path, "/lab/") && method == "GET" { // some take their time on purpose
				continue
			}
			body := bodies[n%len(bodies)]
			if method == "GET" {
				body = nil
			}
			o, err := b.ask(method, path, body, nil)
			b.note(call, o, err)
		}
	}
}

// bySockets does the same over sockets, many at a time.
func (b *bored) bySockets(socket *pupil, poll Asked) {
	for n := 0; !b.over.Load(); n++ {
		for event, data := range map[string]rig.Object{"chat:message": {"message": "zzz"}, "user:join": {"nickname": "x"},
			"vote:cast": {"poll_id": poll.ID, "option_id": poll.Options[n%2].ID}, "": {}, "lab:whoami": {"x": 1}} {
			if event == "user:join" {
				data = rig.Object{"token": b.AccessToken}
			}
			o, err := socket.act(event, data)
			if b.note(socket.way+" "+event, o, err); err != nil {
				return
			}
		}
	}
}

// upload puts files into the folder.
func (b *bored) upload() {
	for n := 0; n < 60; n++ {
		req, err := http.NewRequest("PUT", fmt.Sprintf("%s/files/%d.txt", b.r.Page, n), strings.NewReader("zzz"))
		if err != nil {
			return
		}
		req.Header.Set("Authorization", "Bearer "+b.AccessToken)
		if resp, err := asking.Do(req); err == nil {
			b.note("PUT file", outcome{resp.StatusCode, ""}, nil)
			resp.Body.Close()
		}
	}
}

// One person floods everything, by every call and every way. The class behind the same address and the teacher go on,
// and one click of the teacher ends it.
func TestTheBoredStudent(t *testing.T) {
	l := begin(t, "-limits=true")
	poll := l.ask(rig.Object{"title": "Which?", "options": []string{"a", "b"}})
	b := &bored{pupil: pupils(l.Rig, 1, func(int) string { return "Bored" })[0]}
	var sockets []*pupil
	for i := range 6 {
		s := &pupil{Session: b.Session, way: ways[i%3], told: map[string]int{}}
		s.listen(l.Rig)
		sockets = append(sockets, s)
	}
	mates := pupils(l.Rig, 6, func(i int) string { return fmt.Sprint("mate ", i) })
	list := operations(t)

	began := time.Now()
	var flood, class sync.WaitGroup
	for range 4 {
		flood.Go(func() { b.everyCall(list) })
	}
	flood.Go(b.upload)
	var talking sync.WaitGroup
	for _, s := range sockets {
		talking.Go(func() { b.bySockets(s, poll) })
	}
	var slow [7]time.Duration
	errs := make([]error, 7)
	for i, m := range append(mates, &pupil{Session: l.teacher, r: l.Rig}) {
		class.Go(func() { slow[i], errs[i] = work(m, poll, i, &b.over) })
	}
	flood.Wait()
	b.over.Store(true)
	class.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("beside the bored student: %v", err)
		} else if slow[i] > rig.Patience { // how long it takes depends on what else the machine does
			t.Errorf("beside the bored student something took %v", slow[i])
		}
	}
	if broken := b.broken.Load(); broken != nil {
		t.Error(*broken)
	}
	if b.statuses[429].Load() == 0 || b.statuses[403].Load() == 0 {
		t.Errorf("the bored student met %d limits, %d refusals", b.statuses[429].Load(), b.statuses[403].Load())
	}
	talking.Wait()
	v := rig.Want[View](l, 200, "GET", "/api/class", "", nil)
	if v.Locked || v.Current != nil {
		t.Errorf("a student has made the class %+v", v)
	}

	path := pathOf(b.Session)
	m := rig.Want[Member](l, 200, "PATCH", path, l.teacher.AccessToken, rig.Object{"removed": true})
	rig.Want[any](l, 204, "DELETE", path+"/messages", l.teacher.AccessToken, nil)
	for _, s := range append(sockets, b.pupil) {
		select {
		case <-s.ended:
		case <-time.After(rig.Patience):
			t.Errorf("a connection by %s goes on", s.way)
		}
	}
	l.refused(403, "removed", "POST", "/api/chat/messages", b.AccessToken, rig.Object{"message": "zzz"})
	took := time.Since(began)
	messages, uploads := 20*int(1+took/(10*time.Second)), 30*int(1+took/time.Minute)
	if m.Messages > messages || m.Files > uploads || m.User.Role != "student" {
		t.Errorf("after %v the bored student is %+v", took, m)
	}
	t.Logf("answers: %d good, %d refused, %d limited; the class waited at most %v", b.statuses[200].Load()+
		b.statuses[201].Load(), b.statuses[403].Load(), b.statuses[429].Load(), slices.Max(slow[:]))
}

// work is what others do meanwhile. It returns how long they had to wait at most.
func work(p *pupil, poll Asked, i int, over *atomic.Bool) (slow time.Duration, err error) {
	said := 0
	for n := 0; !over.Load(); n++ {
		began := time.Now()
		var o outcome
		switch {
		case i == 6: // the teacher
			o, err = p.ask("PATCH", "/api/class", rig.Object{"title": fmt.Sprint("lesson ", n)}, nil)
		case n%10 == 0 && said < 15: // less than anybody may say in ten seconds
			said++
			o, err = p.ask("POST", "/api/chat/messages", rig.Object{"message": "hello"}, nil)
		default:
			o, err = p.vote(poll.ID, rig.Object{"option_id": poll.Options[n%2].ID})
		}
		slow = max(slow, time.Since(began))
		if err == nil && o.status != 200 && o.status != 201 {
			err = fmt.Errorf("somebody by %s is answered %d %s", p.way, o.status, o.body)
		}
		if err != nil {
			return slow, err
		}
	}
	return slow, nil
}
