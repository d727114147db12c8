package class

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// Who hears by plain HTTP, as a stream or by long polling, hears no more than by a socket.

// request asks for events over plain HTTP, and returns the answer when it begins.
func request(r *rig.Rig, token, query, accept string) (*http.Response, error) {
	req, err := http.NewRequest("GET", r.API+"/api/events"+query, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return (&http.Client{Timeout: rig.Patience}).Do(req) // a long poll waits for longer: it must be ended
}

// heard returns all that an answer tells, when it is over.
func heard(resp *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Sprintf("%s, and then %v", text, err)
	}
	return string(text)
}

// untilListeners waits until n sockets, streams and long polls hear events.
func untilListeners(r *rig.Rig, n int) {
	r.Helper()
	want := fmt.Sprintf("_listeners %d\n", n)
	for deadline := time.Now().Add(rig.Patience); ; time.Sleep(5 * time.Millisecond) {
		_, text := r.Do("GET", r.Health+"/metrics", "", nil)
		if strings.Contains(text, want) {
			return
		}
		if time.Now().After(deadline) {
			r.Fatalf("not %d listen: %s", n, text)
		}
	}
}

// byHTTP lets somebody listen by a stream and by a long poll, and returns what they will have told in the end.
func byHTTP(r *rig.Rig, token string, already int) (stream, poll chan string) {
	r.Helper()
	stream, poll = make(chan string, 1), make(chan string, 1)
	resp, err := request(r, token, "", "text/event-stream")
	if err != nil {
		r.Fatal(err)
	}
	go func() { stream <- heard(resp, nil) }()
	query := fmt.Sprintf("?since=%d&wait=25", r.EventsSince("").Seq)
	go func() { poll <- heard(request(r, token, query, "application/json")) }()
	untilListeners(r, already+2)
	return stream, poll
}

func TestStreamsAndLongPollsEndWithWhoIsRemoved(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	stream, poll := byHTTP(r.Rig, kim.AccessToken, 0)
	other, _ := byHTTP(r.Rig, lee.AccessToken, 2)
	r.set(kim, rig.Object{"removed": true})
	if got := <-stream; strings.Contains(got, "and then") {
		t.Errorf("the stream of who was removed ends with %q", got)
	}
	if got := <-poll; !strings.HasPrefix(got, `{"events":[`) {
		t.Errorf("the long poll of who was removed ends with %q", got)
	}
	r.Say(lee, "behind it")
	untilListeners(r.Rig, 1) // the stream of somebody else goes on
	r.Process.Process.Signal(os.Interrupt)
	if got := <-other; !strings.Contains(got, "behind it") {
		t.Errorf("the stream of somebody else told %q", got)
	}
}

// A new class is the last that they are told of.
func TestStreamsAndLongPollsEndWithTheirClass(t *testing.T) {
	l := begin(t)
	stream, poll := byHTTP(l.Rig, l.Guest("Kim").AccessToken, 0)
	teacher, _ := byHTTP(l.Rig, l.teacher.AccessToken, 2)
	rig.Want[renewed](l, 200, "POST", "/api/class/new", l.teacher.AccessToken, nil)
	for name, got := range map[string]string{"stream": <-stream, "long poll": <-poll} {
		if !strings.Contains(got, "class:new") || strings.Contains(got, "and then") {
			t.Errorf("the %s of a student who has gone told %q, want class:new and the end", name, got)
		}
	}
	l.Say(l.teacher, "behind it")
	l.Process.Process.Signal(os.Interrupt)
	if got := <-teacher; !strings.Contains(got, "behind it") {
		t.Errorf("the stream of the teacher told %q", got)
	}
}

// Who was away hears that a message was deleted, and nothing of what it said.
func TestADeletedMessageIsNotToldToWhoComesLater(t *testing.T) {
	t.Parallel()
	r := open(t)
	kim := r.Guest("Kim")
	since := r.EventsSince("").Seq
	for _, text := range []string{"rude one", "rude two", "rude three"} {
		r.Say(kim, text)
	}
	r.Say(r.teacher, "hello")
	all := r.EventsSince("?since=0")
	one := rig.Decode[struct{ ID int64 }](t, rig.Event{Data: all.Events[len(all.Events)-4].Data}).ID
	rig.Want[any](r, 204, "DELETE", fmt.Sprint("/api/chat/messages/", one), kim.AccessToken, nil)
	rig.Want[any](r, 204, "DELETE", pathOf(kim)+"/messages", r.teacher.AccessToken, nil)
	r.Say(r.teacher, "the end")
	check := func(p *rig.Rig) {
		t.Helper()
		behind := fmt.Sprintf("?since=%d", since)
		s := p.Dial(behind)
		var socket string
		for !strings.Contains(socket, "the end") {
			socket += s.Next().Text
		}
		for way, got := range map[string]string{"a list": heard(request(p, "", behind, "application/json")),
			"a stream": heard(request(p, "", behind+"&count=8", "text/event-stream")), "a socket": socket} {
			if strings.Contains(got, "rude") || !strings.Contains(got, "hello") || !strings.Contains(got, "the end") {
				t.Errorf("%s tells %s", way, got)
			}
			if n := strings.Count(got, "chat:message_deleted"); n != 6 {
				t.Errorf("%s tells of %d deletions, want each where the message was, and where it was deleted", way, n)
			}
		}
	}
	check(r.Rig)
	r.End(os.Interrupt)
	check(rig.Spawn(t, r.dir).Rig)
}
