package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// fake is as much of the program as voters see: the page that leads to the API, one poll, and sockets that do answer.
type fake struct {
	*httptest.Server
	closed bool // the poll is
	// to the n-th message, instead of an ack; "" is the ack, "hang up" a close frame
	answer  func(event string, n int) string
	open    atomic.Int64 // sockets
	strange atomic.Value // a message that is none of those that voters should send
}

func newFake(t *testing.T) *fake {
	f := &fake{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}",
		func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/page/", http.StatusFound) })
	mux.HandleFunc("GET /page/{$}", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<!doctype html>") })
	mux.HandleFunc("GET /page/ports.json", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"ports":{"http":%q}}`, f.URL[strings.LastIndexByte(f.URL, ':')+1:])
	})
	mux.HandleFunc("GET /api/polls/7", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":7,"is_active":%t,"options":[{"id":70},{"id":71}]}`, !f.closed)
	})
	mux.Handle("/ws", websocket.Handler(f.serve))
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(conn *websocket.Conn) {
	f.open.Add(1)
	defer f.open.Add(-1)
	defer conn.Close() // with a close frame, 1000
	for n := 1; ; n++ {
		var in struct {
			Event string
			Data  map[string]any
			ID    int
		}
		if websocket.JSON.Receive(conn, &in) != nil {
			return // a close frame has come
		}
		name, _ := in.Data["nickname"].(string)
		option, _ := in.Data["option_id"].(float64)
		message, _ := in.Data["message"].(string)
		ok := in.Event == "user:join" && n == 1 && strings.HasPrefix(name, "voter ") ||
			in.Event == "vote:cast" && n > 1 && in.Data["poll_id"] == 7.0 && (option == 70 || option == 71) ||
			in.Event == "chat:message" && n > 1 && strings.HasPrefix(message, "message ")
		if !ok {
			f.strange.Store(fmt.Sprint(in))
		}
		answer := ""
		if f.answer != nil {
			answer = f.answer(in.Event, n)
		}
		switch answer {
		case "hang up":
			return
		case "ping":
			f.ping(conn)
			fallthrough
		case "":
			answer = fmt.Sprintf(`{"event":"ack","id":%d,"data":{}}`, in.ID)
		}
		websocket.Message.Send(conn, strings.ReplaceAll(answer, "ID", fmt.Sprint(in.ID)))
		websocket.Message.Send(conn, fmt.Sprintf(`{"event":"news of %s","data":{},"seq":%d}`, in.Event, n))
	}
}

// ping pings a voter that waits for an answer, and so has nothing else to send (RFC 6455 §5.5.2).
func (f *fake) ping(conn *websocket.Conn) {
	ping, err := conn.NewFrameWriter(websocket.PingFrame)
	if err == nil {
		_, err = ping.Write([]byte("hello"))
	}
	if err != nil {
		f.strange.Store(err.Error())
		return
	}
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	pong, err := conn.NewFrameReader()
	if err != nil {
		f.strange.Store(err.Error())
		return
	}
	if text, err := io.ReadAll(pong); pong.PayloadType() != websocket.PongFrame || string(text) != "hello" {
		f.strange.Store(fmt.Sprintf("to a ping: %q, %v", text, err))
	}
	conn.SetReadDeadline(time.Time{})
}

// go3 runs three quick voters.
func (f *fake) go3(t *testing.T, change func(*crowd)) (report, error) {
	t.Helper()
	before := runtime.NumGoroutine()
	c := crowd{url: strings.Replace(f.URL, "http", "ws", 1) + "/ws", poll: 7, n: 3, lasts: 300 * time.Millisecond,
		pace: 10 * time.Millisecond,
		chat: 20 * time.Millisecond, spread: 50 * time.Millisecond, patience: 5 * time.Second}
	if change != nil {
		change(&c)
	}
	report, err := c.run(t.Context())
	for end := time.Now().Add(5 * time.Second); f.open.Load() > 0 ||
		runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d sockets are left, and %d goroutines where %d were", f.open.Load(), runtime.NumGoroutine(), before)
		}
	}
	if strange := f.strange.Load(); strange != nil {
		t.Errorf("a voter sent %v", strange)
	}
	return report, err
}

func TestAllJoinVoteTalkAndLeave(t *testing.T) {
	for _, api := range []bool{false, true} { // found by the page, or named
		f := newFake(t)
		got, err := f.go3(t, func(c *crowd) {
			if api {
				c.api = f.URL
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Voters != 3 || got.Joined != 3 || got.Votes < 3 || got.Messages < 3 || len(got.Errors) > 0 ||
			got.Closed["1000"] != 3 || len(got.Closed) != 1 {
			t.Errorf("%+v, want 3 who joined, voted, talked, and were closed with 1000", got)
		}
		if e := got.Events; e["news of user:join"] != 3 || e["news of vote:cast"] != got.Votes ||
			e["news of chat:message"] != got.Messages || len(e) != 3 {
			t.Errorf("%+v: each of these events came once for each ack", got)
		}
	}
}

func TestAPingIsAnswered(t *testing.T) {
	f := newFake(t)
	f.answer = func(event string, n int) string { return map[bool]string{true: "ping"}[n == 2] }
	if got, err := f.go3(t, nil); err != nil || len(got.Errors) > 0 || got.Votes < 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatGoesWrongIsCounted(t *testing.T) {
	for _, tt := range []struct {
		name           string
		answer         func(event string, n int) string
		joined         int
		errors, closed string // a name and its least count
		least          int
	}{
		{"nobody may join", func(string, int) string {
			return `{"event":"error","id":ID,"data":{"status":403,"title":"Forbidden","detail":"no guests"}}`
		},
			0, "403 Forbidden", "1000", 3},
		{"the poll is closed meanwhile", func(event string, _ int) string {
			if event == "vote:cast" {
				return `{"event":"error","id":ID,"data":{"status":409,"title":"Conflict","detail":"poll 7 is closed"}}`
			}
			return ""
		}, 3, "409 Conflict", "1000", 6},
		{"no answer comes", func(event string, _ int) string {
			if event == "vote:cast" {
				return `{"event":"other","data":{}}`
			}
			return ""
		}, 3, "no answer", "1000", 3},
		{"an answer to something else is none", func(string, int) string { return `{"event":"ack","id":99,"data":{}}` }, 0,
			"no answer", "1000", 3},
		{"the server hangs up", func(_ string, n int) string { return map[bool]string{true: "hang up"}[n == 3] }, 3,
			"ended by the server", "1000", 3},
		{"the server talks nonsense", func(_ string, n int) string { return map[bool]string{true: "["}[n == 3] }, 3,
			"ended by the server", "1006", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.answer = tt.answer
			got, err := f.go3(t, func(c *crowd) {
				if tt.errors == "no answer" {
					c.patience = 100 * time.Millisecond
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Joined != tt.joined || got.Errors[tt.errors] < tt.least || len(got.Errors) != 1 ||
				got.Closed[tt.closed] != 3 {
				t.Errorf("%+v, want %d joined, at least %d %q, 3 closed with %s", got, tt.joined, tt.least, tt.errors, tt.closed)
			}
			if n := len(got.examples); n == 0 || n > maxExamples {
				t.Errorf("%d examples of errors: %q", n, got.examples)
			}
		})
	}
}

func TestAServerThatCantBeAsked(t *testing.T) {
	f := newFake(t)
	for name, change := range map[string]func(*crowd){
		"404":           func(c *crowd) { c.poll = 8 },
		"is closed":     func(*crowd) { f.closed = true },
		"-api":          func(c *crowd) { c.url = "ws://127.0.0.1:1/ws" },
		"unsupported":   func(c *crowd) { c.api = "gopher://127.0.0.1" },
		"Client.Timeou": func(c *crowd) { c.patience = time.Nanosecond },
	} {
		if _, err := f.go3(t, change); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want an error with %q", err, name)
		}
		f.closed = false
	}
	got, err := f.go3(t, func(c *crowd) { c.url += "/nothing" })
	if err != nil || got.Errors["connect"] != 3 || got.Joined != 0 || len(got.Closed) > 0 {
		t.Errorf("no WebSocket there: %+v, %v, want 3 errors of connect", got, err)
	}
}

func TestCtrlCLetsThemLeave(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.answer = func(event string, n int) string {
		if n == 3 {
			cancel()
		}
		return ""
	}
	c := crowd{url: strings.Replace(f.URL, "http", "ws", 1) + "/ws", poll: 7, n: 3, lasts: time.Minute,
		pace: 10 * time.Millisecond, patience: 5 * time.Second}
	got, err := c.run(ctx)
	if err != nil || len(got.Errors) > 0 || got.Joined == 0 || got.Closed["1000"] != got.Joined {
		t.Errorf("%+v, %v, want all who joined to have left with 1000", got, err)
	}
}

func TestTheCommandLine(t *testing.T) {
	f := newFake(t)
	at := strings.Replace(f.URL, "http", "ws", 1) + "/ws"
	for _, tt := range []struct {
		status int
		args   string
		stderr string
	}{
		{0, "-url " + at + " -poll 7 -n 3 -for 100ms -pace 20ms -chat 20ms", ""},
		{0, "-h", "-poll"},
		{1, "-url " + at + " -poll 8 -n 3 -for 100ms", "404"},
		{1, "-url " + at + "x -api " + f.URL + " -poll 7 -n 1 -for 100ms", "connect: "},
		{2, "-url " + at, "-poll: "},
		{2, "-poll 7 -n 0", "-n: "},
		{2, "-poll 7 -n 2001", "-n: "},
		{2, "-poll 7 -for 0s", "-for: "},
		{2, "-poll 7 -for 121s", "-for: "},
		{2, "-poll 7 -pace 1ms", "-pace: "},
		{2, "-poll 7 -chat 1ms", "-chat: "},
		{2, "-poll 7 more", "more"},
		{2, "-polls 7", "-polls"},
	} {
		var out, errs bytes.Buffer
		if got := run(t.Context(), strings.Fields(tt.args), &out, &errs); got != tt.status ||
			!strings.Contains(errs.String(), tt.stderr) || tt.stderr == "" && errs.Len() > 0 {
			t.Errorf("voters %s = %d %s, want %d and %q", tt.args, got, errs.String(), tt.status, tt.stderr)
		}
		if tt.status == 0 && tt.args != "-h" {
			var got map[string]any
			if err := json.Unmarshal(out.Bytes(), &got); err != nil || got["joined"] != 3.0 ||
				got["closed"].(map[string]any)["1000"] != 3.0 {
				t.Errorf("voters %s prints %s, %v", tt.args, out.String(), err)
			}
		}
	}
}
