package main

// What all tests of the program share: a real server on free ports with a real file, and real clients.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"pollwire/rest/middleware"
	"regexp"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// TestMain lets the test binary be the program itself, so that tests can start it as a process and kill it.
func TestMain(m *testing.M) {
	if os.Getenv("POLLWIRE_BE_THE_PROGRAM") == "1" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	flag.Set("test.parallel", "8") // tests that are parallel here wait, and need no processor; the command line still wins
	os.Exit(m.Run())
}

// patience is how long a test waits for what must happen; only a failing test waits so long.
const patience = 10 * time.Second

// rig is a running server as its clients reach it.
type rig struct {
	testing.TB
	api, ws, page, health string // "http://127.0.0.1:1234", for ws without the scheme
}

// local is a server that runs in this process.
type local struct {
	*rig
	*server
	stop func() // stops the server and waits; done by itself at the end of the test
}

// start runs a server in this process on free ports of 127.0.0.1 with a new database. It stops at the end of the
// test, which fails if a goroutine is left behind.
func start(t testing.TB, set ...func(*config)) *local {
	t.Helper()
	return startIn(t, t.TempDir(), set...)
}

// startIn is start with the database in dir, which may be there already.
func startIn(t testing.TB, dir string, set ...func(*config)) *local {
	t.Helper()
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("test", t.Name())))
	before, _ := goroutines(t)
	var c config
	flags(&c)
	for _, v := range services {
		c.addr[v.flag] = "127.0.0.1:0"
	}
	c.db, c.data = filepath.Join(dir, "pollwire.db"), filepath.Join(dir, "pollwire-data")
	for _, f := range set {
		f(&c)
	}
	s, err := newServer(c, middleware.New(io.Discard, false, slog.LevelError))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	r := &local{server: s, rig: &rig{TB: t, api: "http://127.0.0.1:" + s.portOf("http"), ws: "127.0.0.1:" + s.portOf("ws"),
		page: "http://127.0.0.1:" + s.portOf("files"), health: "http://127.0.0.1:" + s.portOf("health")}}
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		http.DefaultClient.CloseIdleConnections()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("run = %v", err)
			}
		case <-time.After(patience + 5*time.Second):
			t.Fatal("the server does not stop")
		}
	}
	t.Cleanup(func() {
		r.stop()
		for try := 1; ; try++ {
			now, stacks := goroutines(t)
			if now <= before {
				return
			}
			if try == 100 {
				t.Errorf("%d goroutines left behind, of these:\n%s", now-before, stacks)
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	return r
}

// goroutines counts those that have the label of a test. Whoever starts a goroutine hands down the label, so they are
// all that the test has started, and none of another test that runs at the same time.
func goroutines(t testing.TB) (n int, stacks string) {
	var all strings.Builder
	pprof.Lookup("goroutine").WriteTo(&all, 1)
	label := fmt.Sprintf("# labels: {\"test\":%q}\n", t.Name())
	_, blocks, _ := strings.Cut(all.String(), "\n")       // behind a headline
	for block := range strings.SplitSeq(blocks, "\n\n") { // of goroutines that are at the same place
		if count, _, _ := strings.Cut(block, " "); strings.Contains(block+"\n", label) {
			same, _ := strconv.Atoi(count)
			n, stacks = n+same, stacks+block+"\n\n"
		}
	}
	return n, stacks
}

// port is the number of a service's port by the name of its flag, "" if it is off.
func (r *rig) port(service string) string {
	url := map[string]string{"http": r.api, "ws": r.ws, "files": r.page, "health": r.health}[service]
	return url[strings.LastIndex(url, ":")+1:]
}

// do makes a request. body is sent as it is if it is a string, as JSON otherwise, and not at all if nil.
func (r *rig) do(method, url, token string, body any, header ...string) (*http.Response, string) {
	r.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			r.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	if strings.HasPrefix(url, "/") {
		url = r.api + url
	}
	req, err := http.NewRequest(method, url, in)
	if err != nil {
		r.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	client := &http.Client{Timeout: 2 * patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatalf("%s %s: %v", method, url, err)
	}
	return resp, string(text)
}

// asker is a rig, or what has one in it.
type asker interface {
	Helper()
	Fatalf(format string, args ...any)
	do(method, url, token string, body any, header ...string) (*http.Response, string)
}

// want makes a request that must be answered with status, and decodes the answer into T.
func want[T any](r asker, status int, method, url, token string, body any, header ...string) T {
	r.Helper()
	resp, text := r.do(method, url, token, body, header...)
	if resp.StatusCode != status {
		r.Fatalf("%s %s %v = %d %s, want %d", method, url, body, resp.StatusCode, text, status)
	}
	var out T
	if len(text) > 0 {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			r.Fatalf("%s %s = %q: %v", method, url, text, err)
		}
	}
	return out
}

type object = map[string]any

// The answers as a client reads them; independent of the types of the server.
type (
	userJSON struct {
		ID        int64
		Username  *string
		Nickname  string
		IsGuest   bool      `json:"is_guest"`
		CreatedAt time.Time `json:"created_at"`
	}
	sessionJSON struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
		User        userJSON
	}
	pollJSON struct {
		ID          int64
		Title       string
		Description string
		Multiple    bool
		Hidden      bool
		Options     []struct {
			ID         int64
			Text       string
			Votes      *int64
			Percentage *float64
		}
		TotalVotes int64      `json:"total_votes"`
		Voters     int64      `json:"voters"`
		IsActive   bool       `json:"is_active"`
		CreatedAt  time.Time  `json:"created_at"`
		EndsAt     *time.Time `json:"ends_at"`
		CreatedBy  struct {
			ID       int64
			Nickname string
		} `json:"created_by"`
		MyVote []int64 `json:"my_vote"`
	}
	problemJSON struct {
		Type, Title, Detail string
		Status              int
		Errors              []struct{ Field, Detail string }
	}
)

// guest makes a user with a nickname alone.
func (r *rig) guest(nickname string) sessionJSON {
	r.Helper()
	return want[sessionJSON](r, 201, "POST", "/api/auth/guest", "", object{"nickname": nickname})
}

// newPoll makes an open poll with the options a, b and c.
func (r *rig) newPoll(token string, more ...object) pollJSON {
	r.Helper()
	body := object{"title": "Which?", "options": []string{"a", "b", "c"}}
	for _, m := range more {
		for k, v := range m {
			body[k] = v
		}
	}
	return want[pollJSON](r, 201, "POST", "/api/polls", token, body)
}

// ---- WebSocket clients

// event is one message of the server.
type event struct {
	Event string
	Data  json.RawMessage
	ID    json.RawMessage
	Seq   int64
	Text  string // all of it
}

// sock is a WebSocket client that collects what comes.
type sock struct {
	*rig
	conn   *websocket.Conn
	events chan event // closed when the connection ends
	seen   []event    // what was passed over by until
}

// dial opens a socket; query is what stands behind /ws: "", or "?token=...".
func (r *rig) dial(query string) *sock {
	r.Helper()
	conn, err := websocket.Dial("ws://"+r.ws+"/ws"+query, "", "http://localhost")
	if err != nil {
		r.Fatalf("dial /ws%s: %v", query, err)
	}
	s := &sock{rig: r, conn: conn, events: make(chan event, 10_000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(s.events)
		for {
			var text string
			if websocket.Message.Receive(conn, &text) != nil {
				return
			}
			e := event{Text: text}
			json.Unmarshal([]byte(text), &e)
			s.events <- e
		}
	}()
	r.Cleanup(func() { conn.Close(); <-done })
	return s
}

// send sends an event. id may be nil.
func (s *sock) send(name string, data any, id any) {
	s.Helper()
	m := object{"event": name, "data": data}
	if id != nil {
		m["id"] = id
	}
	text, err := json.Marshal(m)
	if err != nil {
		s.Fatal(err)
	}
	s.sendText(string(text))
}

func (s *sock) sendText(text string) {
	s.Helper()
	if err := websocket.Message.Send(s.conn, text); err != nil {
		s.Fatalf("send %s: %v", text, err)
	}
}

// next returns the next event, whatever it is.
func (s *sock) next() event {
	s.Helper()
	select {
	case e, ok := <-s.events:
		if !ok {
			s.Fatal("the socket was closed")
		}
		return e
	case <-time.After(patience):
		s.Fatal("no event came")
	}
	panic("unreachable")
}

// until returns the next event with this name and passes over others.
func (s *sock) until(name string) event {
	s.Helper()
	for {
		e := s.next()
		if e.Event == name {
			return e
		}
		s.seen = append(s.seen, e)
	}
}

// decode reads the data of an event.
func decode[T any](t testing.TB, e event) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		t.Fatalf("%s: %v", e.Text, err)
	}
	return v
}

// ---- the program as a process

// process is the program, started in a folder of its own.
type process struct {
	*exec.Cmd
	*rig
	banner string
	stderr *bytes.Buffer
	exited chan error
}

// spawn starts the program with its database in dir, on free ports, and waits for the banner.
func spawn(t testing.TB, dir string, args ...string) *process {
	t.Helper()
	p := &process{stderr: new(bytes.Buffer), exited: make(chan error, 1)}
	args = append([]string{"-http", "127.0.0.1:0", "-ws", "127.0.0.1:0", "-files", "127.0.0.1:0", "-health",
		"127.0.0.1:0"}, args...)
	p.Cmd = program(t, dir, args...)
	p.Stderr = p.stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); <-p.exited; p.exited <- nil })
	urls := map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		p.banner += lines.Text() + "\n"
		if m := regexp.MustCompile(`^  (\w+) +\w+://(127\.0\.0\.1:\d+)/`).FindStringSubmatch(lines.Text()); m != nil {
			urls[m[1]] = m[2]
		}
	}
	go func() {
		io.Copy(io.Discard, out)
		p.exited <- p.Wait()
	}()
	if len(urls) != 4 {
		t.Fatalf("the banner names %v; stderr: %s", urls, p.stderr)
	}
	p.rig = &rig{TB: t, api: "http://" + urls["API"], ws: urls["WebSocket"], page: "http://" + urls["page"],
		health: "http://" + urls["health"]}
	return p
}

// program is a command that runs pollwire in dir.
func program(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir = dir
	// The race detector would sleep for a second at each end.
	cmd.Env = append(os.Environ(), "POLLWIRE_BE_THE_PROGRAM=1", "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	return cmd
}

// end asks the program to stop and returns its exit status.
func (p *process) end(signal os.Signal) int {
	p.Helper()
	if err := p.Process.Signal(signal); err != nil {
		p.Fatal(err)
	}
	select {
	case err := <-p.exited:
		p.exited <- err
		return p.ProcessState.ExitCode()
	case <-time.After(patience + 5*time.Second):
		p.Fatalf("the program does not end; stderr: %s", p.stderr)
	}
	panic("unreachable")
}

func TestFirstVoteAndItsNews(t *testing.T) {
	r := start(t)
	kim, lee := r.guest("Kim"), r.guest("Lee")
	s := r.dial("?token=" + lee.AccessToken)
	p := r.newPoll(kim.AccessToken)
	if e := s.until("poll:created"); decode[pollJSON](t, e).ID != p.ID {
		t.Errorf("poll:created = %s, want poll %d", e.Text, p.ID)
	}
	voted := want[pollJSON](r, 200, "POST", fmt.Sprintf("/api/polls/%d/vote", p.ID), kim.AccessToken,
		object{"option_id": p.Options[1].ID})
	if *voted.Options[1].Votes != 1 || len(voted.MyVote) != 1 {
		t.Errorf("the vote's answer = %+v, want one vote for b", voted)
	}
	if e := s.until("vote:result"); decode[pollJSON](t, e).TotalVotes != 1 {
		t.Errorf("vote:result = %s, want one vote", e.Text)
	}
}

func TestTheProgramStopsOnSignals(t *testing.T) {
	p := spawn(t, t.TempDir())
	p.guest("Kim")
	if status := p.end(os.Interrupt); status != 0 {
		t.Errorf("exit status after SIGINT = %d, want 0; stderr: %s", status, p.stderr)
	}
}
