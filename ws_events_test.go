package main

// The events as they are kept, asked for again, and served over plain HTTP.

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// untilListeners waits until the hub has n listeners.
func (r *local) untilListeners(n int) {
	r.Helper()
	for deadline := time.Now().Add(rig.Patience); ; time.Sleep(time.Millisecond) {
		got, _ := r.hub.Stats()
		if got == n {
			return
		}
		if time.Now().After(deadline) {
			r.Fatalf("%d listeners, want %d", got, n)
		}
	}
}

// socketSince opens a socket and returns the first n events that it hears, and more if there are.
func socketSince(t testing.TB, r *rig.Rig, since int64, n int) []string {
	t.Helper()
	w := r.ConnectRaw(t, fmt.Sprint("?since=", since))
	defer w.Close()
	return w.Lines(n)
}

// life makes some news of several kinds.
func life(r *rig.Rig) {
	r.Helper()
	kim := r.Guest("Kim")
	for i := range 3 {
		r.Say(kim, fmt.Sprint("hello ", i))
		p := r.NewPoll(kim.AccessToken)
		rig.Want[rig.Poll](r, 200, "PATCH", fmt.Sprintf("/api/polls/%d", p.ID), kim.AccessToken,
			rig.Object{"title": fmt.Sprint("Who? ", i)})
		rig.Want[rig.Object](r, 204, "DELETE", fmt.Sprintf("/api/polls/%d", p.ID), kim.AccessToken, nil)
	}
}

func TestSince(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	life(r.Rig)
	all := r.EventsSince("?since=0")
	if len(all.Events) != 12 || all.Seq != all.Events[11].Seq || all.Resync {
		t.Fatalf("?since=0 = %+v, want 12 events and the seq of the last", all)
	}
	for i, e := range all.Events[1:] {
		if e.Seq <= all.Events[i].Seq {
			t.Errorf("event %d has seq %d behind %d, want it to rise", i+1, e.Seq, all.Events[i].Seq)
		}
	}
	check := func(when string) {
		t.Helper()
		for i := range all.Events {
			since := all.Events[i].Seq
			due := all.Lines()[i+1:]
			if got := r.EventsSince(fmt.Sprint("?since=", since)); !slices.Equal(got.Lines(), due) || got.Resync ||
				got.Seq != all.Seq {
				t.Errorf("%s, /api/events?since=%d = %+v, want %q", when, since, got, due)
			}
			if got := socketSince(t, r.Rig, since, len(due)); !slices.Equal(got, due) {
				t.Errorf("%s, /ws?since=%d told %q, want %q", when, since, got, due)
			}
		}
		if got := socketSince(t, r.Rig, 0, len(all.Events)); !slices.Equal(got, all.Lines()) {
			t.Errorf("%s, /ws?since=0 told %q, want all: %q", when, got, all.Lines())
		}
		if got := r.EventsSince(""); len(got.Events) > 0 || got.Seq != all.Seq || got.Resync {
			t.Errorf("%s, /api/events = %+v, want no events and seq %d", when, got, all.Seq)
		}
	}
	check("in the same run")
	r.stop()
	r = startIn(t, dir)
	check("after a restart")
	r.Say(r.Guest("Lee"), "after the restart")
	next := r.EventsSince(fmt.Sprint("?since=", all.Seq))
	if len(next.Events) != 1 || next.Events[0].Seq <= all.Seq {
		t.Fatalf("the first event after a restart = %+v, want one with a seq over %d", next, all.Seq)
	}
	r.stop()
	r = startIn(t, dir)
	all = r.EventsSince("?since=0")
	if len(all.Events) != 13 {
		t.Errorf("after two restarts ?since=0 tells %d events, want 13", len(all.Events))
	}
	check("after two restarts")
}

// resync says that something is lost; what comes then is live.
func TestResync(t *testing.T) {
	r := start(t)
	life(r.Rig)
	seq := r.EventsSince("").Seq
	ahead := fmt.Sprint("?since=", seq+1)
	w := r.RawDial(t, ahead)
	if _, payload, err := w.Frame(); string(payload) != `{"event":"resync","data":{}}` {
		t.Errorf("/ws%s began with %s, %v, want resync", ahead, payload, err)
	}
	for _, query := range []string{ahead, ahead + "&wait=20", ahead + "&poll_id=1"} {
		if _, body := r.Do("GET", "/api/events"+query, "", nil); body != fmt.Sprintf(`{"resync":true,"events":[],"seq":%d}`,
			seq) {
			t.Errorf("/api/events%s = %s, want resync, no events and seq %d, at once", query, body, seq)
		}
	}
	s := openStream(t, r, ahead, "")
	if got, due := s.block(), fmt.Sprintf("id: %d\nevent: resync\ndata: {}\n\n", seq); got != due {
		t.Errorf("a stream of %s began with %q, want %q", ahead, got, due)
	}
	r.Say(r.Guest("Lee"), "hi")
	if first, payload, err := w.Frame(); rig.InWords(first, payload) == "resync" ||
		!strings.Contains(string(payload), "chat:message_received") {
		t.Errorf("behind resync the socket heard %s, %v, want what is new", payload, err)
	}
	if got := s.block(); !strings.Contains(got, "\nevent: chat:message_received\n") {
		t.Errorf("behind resync the stream told %q, want what is new", got)
	}
	if got := socketSince(t, r.Rig, seq, 1); len(got) != 1 || !strings.Contains(got[0], "hi") {
		t.Errorf("/ws?since=%d told %q, want one message: that is where the resync left off", seq, got)
	}
	if got := openStream(t, r, fmt.Sprint("?count=1&since=", seq+10), "").rest(); !strings.Contains(got,
		"event: resync") || strings.Count(got, "\n\n") != 1 {
		t.Errorf("a stream of one event that can't be resumed = %q, want resync and the end", got)
	}
}

// Numbers rise over a crash, and what was told before it is no longer kept.
func TestSeqAfterACrash(t *testing.T) {
	dir := t.TempDir()
	p := rig.Spawn(t, dir)
	life(p.Rig)
	before := p.EventsSince("?since=0")
	p.End(os.Kill)
	for range 2 {
		p = rig.Spawn(t, dir)
		now := p.EventsSince("")
		if now.Seq < before.Seq {
			t.Errorf("seq after a crash = %d, want at least %d", now.Seq, before.Seq)
		}
		for _, since := range []int64{1, before.Seq - 1, before.Seq} {
			if got := p.EventsSince(fmt.Sprint("?since=", since)); !got.Resync || len(got.Events) > 0 || got.Seq != now.Seq {
				t.Errorf("after a crash ?since=%d = %+v, want resync and seq %d", since, got, now.Seq)
			}
			if got := socketSince(t, p.Rig, since, 1); got[0] != "0 resync {}" {
				t.Errorf("after a crash /ws?since=%d told %q, want resync", since, got)
			}
		}
		life(p.Rig)
		next := p.EventsSince(fmt.Sprint("?since=", now.Seq))
		if len(next.Events) != 12 || next.Events[0].Seq <= before.Seq || next.Resync {
			t.Errorf("?since=%d = %+v, want the 12 events since, behind %d", now.Seq, next, before.Seq)
		}
		before = next
		p.End(os.Kill)
	}
}

// Within two minutes thousands are kept, but no more than 16 MB.
func TestWhatIsKept(t *testing.T) {
	r := start(t)
	for i := range 3000 {
		r.publish("news", 0, i)
	}
	if got := r.EventsSince("?since=0"); len(got.Events) != 3000 || got.Resync {
		t.Errorf("of 3000 events %d are kept", len(got.Events))
	}
	for range 20 {
		r.publish("news", 0, strings.Repeat("x", 1<<20-2))
		r.EventsSince("") // the hub may keep a little more while it is telling
	}
	r.publish("news", 0, "the end")
	// These answers are too long to be decoded in a test.
	kept := func(query string) (n int, begins string) {
		_, body := r.Do("GET", "/api/events"+query, "", nil)
		return strings.Count(body, `{"seq":`), body[:30]
	}
	n, begins := kept("?since=0")
	if n < 15 || n > 18 {
		t.Errorf("of 20 events of 1 MB %d are kept, want what fits in 16 MB", n-1)
	}
	first := 3022 - n
	for _, tt := range []struct {
		since, n int
		begins   string
	}{
		{1, 0, `{"resync":true,"events":[],"se`},
		{first - 2, 0, `{"resync":true,"events":[],"se`},
		{first - 1, n, begins}, // just before what is kept: nothing is missing
		{first, n - 1, begins[:18] + fmt.Sprint(first+1) + begins[22:]},
	} {
		if got, begins := kept(fmt.Sprint("?since=", tt.since)); got != tt.n || begins != tt.begins {
			t.Errorf("with the events from %d on kept, ?since=%d tells %d and begins with %s, want %d and %s", first, tt.since,
				got, begins, tt.n, tt.begins)
		}
	}
}

// ---- Server-Sent Events

type stream struct {
	testing.TB
	*http.Response
	in *bufio.Reader
}

func openStream(t testing.TB, r *local, query, lastID string) *stream {
	t.Helper()
	req, err := http.NewRequest("GET", r.API+"/api/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := (&http.Client{Timeout: 2 * rig.Patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(got, "text/event-stream") {
		t.Fatalf("a stream of %s: %s with Content-Type %q, want 200 and text/event-stream", query, resp.Status, got)
	}
	return &stream{t, resp, bufio.NewReader(resp.Body)}
}

// block reads up to the next empty line.
func (s *stream) block() string {
	s.Helper()
	var b strings.Builder
	for !strings.HasSuffix(b.String(), "\n\n") {
		line, err := s.in.ReadString('\n')
		if err != nil {
			s.Fatalf("the stream ended with %v behind %q", err, b.String()+line)
		}
		b.WriteString(line)
	}
	return b.String()
}

// rest reads to the end.
func (s *stream) rest() string {
	s.Helper()
	all, err := io.ReadAll(s.in)
	if err != nil {
		s.Fatalf("the stream broke off with %v behind %q", err, all)
	}
	return string(all)
}

func TestStream(t *testing.T) {
	r := start(t, func(c *config) { c.keepAlive = 50 * time.Millisecond })
	life(r.Rig)
	all := r.EventsSince("?since=0")
	seq := func(i int) string { return fmt.Sprint(all.Events[i].Seq) }
	part := func(from, to int) string { return rig.Events{Events: all.Events[from:to]}.AsStream() }
	for _, tt := range []struct{ name, query, lastID, want string }{
		{"all", "?since=0&count=12", "", part(0, 12)},
		{"the first three", "?since=0&count=3", "", part(0, 3)},
		{"one", "?since=0&count=1", "", part(0, 1)},
		{"what was missed", "?count=4&since=" + seq(3), "", part(4, 8)},
		{"what was missed, as a browser asks", "?count=4", seq(3), part(4, 8)},
		{"Last-Event-ID before since", "?count=4&since=" + seq(7), seq(3), part(4, 8)},
		{"Last-Event-ID 0 before since", "?count=2&since=" + seq(7), "0", part(0, 2)},
		{"one poll", "?since=0&count=3&poll_id=2", "", part(5, 8)},
		{"one poll, beginning late", "?count=2&poll_id=2&since=" + seq(5), "", part(6, 8)},
	} {
		s := openStream(t, r, tt.query, tt.lastID)
		if got := s.rest(); got != tt.want {
			t.Errorf("%s: a stream of %s, Last-Event-ID %q = %q, want %q", tt.name, tt.query, tt.lastID, got, tt.want)
		}
	}
	live := openStream(t, r, "?count=1", "")
	if got := live.block(); !strings.HasPrefix(got, ":") || strings.Count(got, "\n") != 2 {
		t.Errorf("an idle stream said %q, want a comment", got)
	}
	if got := live.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a stream has Cache-Control %q, want no-store", got)
	}
	r.Say(r.Guest("Lee"), "live")
	comments := live.rest()
	for strings.HasPrefix(comments, ":") {
		_, comments, _ = strings.Cut(comments, "\n\n")
	}
	if due := r.EventsSince("?since=" + seq(11)).AsStream(); comments != due {
		t.Errorf("a live stream of one event = %q, want %q", comments, due)
	}
	r.untilListeners(0)
}

// With HTTP/2 a deadline ends a stream even where nothing is being written, so none may be left behind a write.
func TestAQuietStreamOverHTTP2(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.writeTimeout = 500 * time.Millisecond; c.keepAlive = 800 * time.Millisecond })
	var local string
	req, _ := http.NewRequest("GET", r.API+"/api/events", nil)
	req.Header.Set("Accept", "text/event-stream")
	client := from(&local, true)
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil || resp.ProtoMajor != 2 {
		t.Fatalf("GET over h2c = %v, %v, want HTTP/2", resp, err)
	}
	defer resp.Body.Close()
	s := &stream{t, resp, bufio.NewReader(resp.Body)}
	for range 2 {
		if got := s.block(); !strings.HasPrefix(got, ":") {
			t.Errorf("the stream says %q, want a comment", got)
		}
	}
	r.publish("test", 0, "x")
	for got := s.block(); !strings.HasPrefix(got, "id: 1\nevent: test\n"); got = s.block() {
		if !strings.HasPrefix(got, ":") {
			t.Fatalf("the stream says %q, want event 1", got)
		}
	}
}

func TestStreamsEndAtShutdown(t *testing.T) {
	r := start(t)
	streams := []*stream{openStream(t, r, "", ""), openStream(t, r, "?since=0", ""), openStream(t, r, "?poll_id=7", "")}
	began := time.Now()
	r.stop()
	for _, s := range streams {
		if got := s.rest(); got != "" {
			t.Errorf("a stream ended with %q, want nothing", got)
		}
	}
	if took := time.Since(began); took > rig.Patience/2 {
		t.Errorf("with open streams the stop took %v", took)
	}
}

// ---- polling

func TestPolling(t *testing.T) {
	t.Parallel()
	r := start(t)
	kim := r.Guest("Kim")
	p, q := r.NewPoll(kim.AccessToken), r.NewPoll(kim.AccessToken)
	type answer struct {
		resp *http.Response
		body string
	}
	ask := func(query string) chan answer {
		c := make(chan answer, 1)
		go func() {
			defer close(c) // r.do may end this goroutine with an error
			resp, body := r.Do("GET", "/api/events"+query, "", nil)
			c <- answer{resp, body}
		}()
		return c
	}
	seq := r.EventsSince("").Seq
	began := time.Now()
	if got := <-ask(fmt.Sprintf("?since=%d&wait=1", seq)); got.body != fmt.Sprintf(`{"events":[],"seq":%d}`, seq) ||
		time.Since(began) < time.Second {
		t.Errorf("a long poll of a quiet second = %s after %v, want no events and seq %d after 1s", got.body,
			time.Since(began), seq)
	}
	any, one := ask(fmt.Sprintf("?since=%d&wait=25", seq)), ask(fmt.Sprintf("?since=%d&wait=25&poll_id=%d", seq, q.ID))
	r.untilListeners(2)
	began = time.Now()
	rig.Want[rig.Poll](r, 200, "PATCH", fmt.Sprintf("/api/polls/%d", p.ID), kim.AccessToken, rig.Object{"title": "p"})
	first := <-any
	rig.Want[rig.Poll](r, 200, "PATCH", fmt.Sprintf("/api/polls/%d", q.ID), kim.AccessToken, rig.Object{"title": "q"})
	second := <-one
	if took := time.Since(began); took > rig.Patience {
		t.Errorf("two long polls were answered %v after the news", took)
	}
	news := r.EventsSince(fmt.Sprint("?since=", seq))
	if len(news.Events) != 2 {
		t.Fatalf("?since=%d = %+v, want two events", seq, news)
	}
	for i, got := range []answer{first, second} {
		e := news.Events[i]
		if due := fmt.Sprintf(`{"events":[{"seq":%d,"event":"poll:updated","data":%s}],"seq":%d}`, e.Seq, e.Data,
			e.Seq); got.body != due {
			t.Errorf("long poll %d = %s, want %s", i, got.body, due)
		}
		if got.resp.Header.Get("Content-Type") != "application/json" || got.resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("long poll %d has the headers %v, want application/json and no-store", i, got.resp.Header)
		}
	}
	if got := r.EventsSince(fmt.Sprintf("?since=%d&wait=25", seq)); len(got.Events) != 2 {
		t.Errorf("a long poll with news waiting = %+v, want both events at once", got)
	}
	if got := r.EventsSince(fmt.Sprintf("?since=%d&poll_id=%d", seq, p.ID)); len(got.Events) != 1 || got.Seq != news.Seq {
		t.Errorf("?poll_id=%d = %+v, want the one event of this poll and seq %d", p.ID, got, news.Seq)
	}
	last := ask(fmt.Sprintf("?since=%d&wait=25", news.Seq))
	r.untilListeners(1)
	r.stop()
	if got := <-last; got.resp.StatusCode != 200 || got.body != fmt.Sprintf(`{"events":[],"seq":%d}`, news.Seq) {
		t.Errorf("a long poll at the stop = %s %s, want 200 and no events", got.resp.Status, got.body)
	}
}

func TestWhatEventsRefuse(t *testing.T) {
	r := start(t)
	for _, tt := range []struct{ query, accept, lastID, field string }{
		{"?wait=26", "", "", "wait"},
		{"?since=0&wait=26", "", "", "wait"},
		{"?wait=-1", "", "", "wait"},
		{"?wait=1.5", "", "", "wait"},
		{"?wait=", "", "", "wait"},
		{"?since=-1", "", "", "since"},
		{"?since=x", "", "", "since"},
		{"?since=01", "", "", "since"},
		{"?since=99999999999999999999", "", "", "since"},
		{"?poll_id=0", "", "", "poll_id"},
		{"?poll_id=x", "", "", "poll_id"},
		{"?count=0", "text/event-stream", "", "count"},
		{"?count=x", "text/event-stream", "", "count"},
		{"?since=x", "text/event-stream", "", "since"},
		{"", "text/event-stream", "x", "Last-Event-ID"},
		{"", "text/event-stream", "-1", "Last-Event-ID"},
	} {
		p := rig.Want[rig.Problem](r, 422, "GET", "/api/events"+tt.query, "", nil, "Accept", tt.accept, "Last-Event-ID",
			tt.lastID)
		if len(p.Errors) != 1 || p.Errors[0].Field != tt.field {
			t.Errorf("GET /api/events%s (Last-Event-ID %q) = %+v, want an error of the field %s", tt.query, tt.lastID, p,
				tt.field)
		}
	}
	r.EventsSince("?wait=25") // without since there is nothing to wait for
	for _, accept := range []string{"application/json", "text/event-stream"} {
		resp, body := r.Do("HEAD", "/api/events?since=0", "", nil, "Accept", accept)
		if resp.StatusCode != 200 || body != "" || !strings.HasPrefix(resp.Header.Get("Content-Type"), accept) {
			t.Errorf("HEAD /api/events for %s = %s %q with Content-Type %q, want 200", accept, resp.Status, body,
				resp.Header.Get("Content-Type"))
		}
	}
	for _, method := range []string{"POST", "DELETE"} {
		if resp, _ := r.Do(method, "/api/events", "", nil); resp.StatusCode != 405 ||
			resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s /api/events = %s with Allow %q, want 405 and GET, HEAD", method, resp.Status, resp.Header.Get("Allow"))
		}
	}
	rig.Want[rig.Problem](r, 401, "GET", "/api/events", "a.b.c", nil)
}

// ---- three ways, one story

func TestAllWaysTellTheSame(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)
	since := r.EventsSince("").Seq
	socket := r.Listening("")
	live, sse := r.RawDial(t, ""), openStream(t, r, "", "")
	polled := make(chan []string, 1)
	go func() {
		var all []string
		for at := since; ; {
			got := r.EventsSince(fmt.Sprintf("?since=%d&wait=20", at))
			all, at = append(all, got.Lines()...), got.Seq
			if n := len(all); n > 0 && strings.Contains(all[n-1], "the end") {
				polled <- all
				return
			}
		}
	}()
	workers := make(chan bool)
	for i := range 8 {
		go func() {
			defer func() { workers <- true }()
			lee := r.Guest(fmt.Sprint("Lee ", i))
			for n := range 10 {
				r.Say(lee, fmt.Sprint("message ", n))
				r.Do("POST", fmt.Sprintf("/api/polls/%d/vote", p.ID), lee.AccessToken, rig.Object{"option_id": p.Options[n%3].ID})
				r.Do("DELETE", fmt.Sprintf("/api/polls/%d/vote", r.NewPoll(lee.AccessToken).ID), lee.AccessToken, nil)
			}
		}()
	}
	for range 8 {
		<-workers
	}
	r.Do("POST", fmt.Sprintf("/api/polls/%d/vote", p.ID), kim.AccessToken, rig.Object{"option_id": p.Options[0].ID})
	for result := int64(0); result < 9; { // until the last tally is out
		result = rig.Decode[rig.Poll](t, socket.Until("vote:result")).TotalVotes
	}
	r.Say(kim, "the end")
	due := <-polled
	var streamed []string
	for i := 0; i < len(due); i++ {
		lines := strings.Split(sse.block(), "\n")
		streamed = append(streamed, strings.TrimPrefix(lines[0], "id: ")+" "+strings.TrimPrefix(lines[1], "event: ")+" "+
			strings.TrimPrefix(lines[2], "data: "))
	}
	if !slices.Equal(streamed, due) {
		t.Errorf("a stream told\n%s\nlong polls told\n%s", strings.Join(streamed, "\n"), strings.Join(due, "\n"))
	}
	if got := live.Lines(len(due)); !slices.Equal(got, due) {
		t.Errorf("a socket told\n%s\nlong polls told\n%s", strings.Join(got, "\n"), strings.Join(due, "\n"))
	}
	if got := socketSince(t, r.Rig, since, len(due)); !slices.Equal(got, due) {
		t.Errorf("a socket with ?since= told\n%s\nlong polls told\n%s", strings.Join(got, "\n"), strings.Join(due, "\n"))
	}
	messages := 0
	for _, line := range due {
		if strings.Contains(line, `"message":"message `) {
			messages++
		}
	}
	if messages != 80 {
		t.Errorf("%d messages were told, want 80", messages)
	}
}
