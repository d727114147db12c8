package class

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/websocket"

	"pollwire/test/rig"
)

// ways are all by which one can take part: how events come, and what is done goes the same way where that can be.
var ways = []string{"/ws", "Socket.IO over WebSocket", "Socket.IO by polling", "SSE", "long polling", "short polling"}

// pupil is a student at one of the ways. Nothing of it fails the test by itself: connections break here on purpose.
type pupil struct {
	rig.Session
	n    int // among the pupils
	way  string
	r    *rig.Rig
	done chan outcome // of what went over a socket
	emit func(event string, data rig.Object) error
	stop func()

	mu      sync.Mutex // guards what follows
	current int64      // what the class looks at, as it was told
	told    map[string]int
	changed chan bool // closed with the next event
	ended   chan bool // closed when nothing will be told any more
}

// outcome is how an act ended.
type outcome struct {
	status int
	body   string
}

// pupils come in and listen, by all ways in turn.
func pupils(r *rig.Rig, n int, name func(int) string) (all []*pupil) {
	r.Helper()
	for i := range n {
		p := &pupil{Session: r.Guest(name(i)), n: i, way: ways[i%len(ways)], told: map[string]int{}}
		p.listen(r)
		all = append(all, p)
	}
	return all
}

// listen connects, to another server too, which may be another process.
func (p *pupil) listen(r *rig.Rig) {
	r.Helper()
	p.r, p.done, p.emit = r, make(chan outcome, 1), nil
	p.changed, p.ended = make(chan bool), make(chan bool)
	auth := fmt.Sprintf(`{"token":%q}`, p.AccessToken)
	switch p.way {
	case "/ws":
		p.bySocket(r.Dial("?token=" + p.AccessToken))
	case "Socket.IO over WebSocket":
		p.bySocketIO(r.Connect("websocket", auth))
	case "Socket.IO by polling":
		p.bySocketIO(r.Connect("polling", auth))
	case "SSE":
		p.byStream()
	case "long polling":
		p.byAsking("&wait=25")
	case "short polling":
		p.byAsking("")
	}
}

// hear takes an event.
func (p *pupil) hear(name string, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told[name]++
	if name == "class:updated" {
		var v View
		json.Unmarshal(data, &v)
		p.current = 0
		if v.Current != nil {
			p.current = *v.Current
		}
	}
	close(p.changed)
	p.changed = make(chan bool)
}

// heard tells how often an event was told, what the class looks at, and when that may be different.
func (p *pupil) heard(name string) (times int, current int64, changed chan bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told[name], p.current, p.changed
}

// follows waits until the pupil was told that the class looks at a poll.
func (p *pupil) follows(poll int64) error {
	for late := time.After(rig.Patience); ; {
		_, current, changed := p.heard("")
		if current == poll {
			return nil
		}
		select {
		case <-changed:
		case <-late:
			return fmt.Errorf("pupil %d by %s was not told of poll %d, but of %d", p.n, p.way, poll, current)
		}
	}
}

func (p *pupil) bySocket(s *rig.Sock) {
	ended := p.ended
	go func() {
		defer close(ended)
		for e := range s.Events {
			switch {
			case e.Seq > 0:
				p.hear(e.Event, e.Data)
			case e.Event == "ack":
				p.done <- outcome{200, string(e.Data)}
			case e.Event == "error":
				p.done <- outcome{statusIn(e.Data), string(e.Data)}
			}
		}
	}()
	p.stop = func() { s.Conn.Close() }
	p.emit = func(event string, data rig.Object) error {
		text, err := json.Marshal(rig.Object{"event": event, "data": data, "id": 1})
		if err == nil {
			err = websocket.Message.Send(s.Conn, string(text))
		}
		return err
	}
}

func statusIn(problem []byte) int {
	var v struct{ Status int }
	json.Unmarshal(problem, &v)
	return v.Status
}

func (p *pupil) bySocketIO(s *rig.SocketIO) {
	ended := p.ended
	go func() {
		defer close(ended)
		for packet := range s.Packets {
			var args []json.RawMessage
			at := strings.Index(packet, "[")
			switch {
			case packet == "41": // DISCONNECT: it may not be told anything more
				return
			case at < 0 || json.Unmarshal([]byte(packet[at:]), &args) != nil:
			case strings.HasPrefix(packet, "42") && len(args) == 3:
				var name string
				json.Unmarshal(args[0], &name)
				p.hear(name, args[1])
			case strings.HasPrefix(packet, "43"):
				var v struct {
					OK          bool
					Data, Error json.RawMessage
				}
				json.Unmarshal(args[0], &v)
				if v.OK {
					p.done <- outcome{200, string(v.Data)}
				} else {
					p.done <- outcome{statusIn(v.Error), string(v.Error)}
				}
			}
		}
	}()
	p.stop = s.Cut
	p.emit = func(event string, data rig.Object) error {
		text, err := json.Marshal([]any{event, data})
		if err == nil {
			s.Send("421" + string(text))
		}
		return err
	}
}

func (p *pupil) byStream() {
	resp, err := request(p.r, p.AccessToken, "", "text/event-stream")
	if err != nil {
		p.r.Fatal(err)
	}
	p.stop = func() { resp.Body.Close() }
	p.r.Cleanup(p.stop)
	ended := p.ended
	go func() {
		defer close(ended)
		name := ""
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if v, is := strings.CutPrefix(lines.Text(), "event: "); is {
				name = v
			} else if v, is := strings.CutPrefix(lines.Text(), "data: "); is {
				p.hear(name, []byte(v))
			}
		}
	}()
}

func (p *pupil) byAsking(wait string) {
	var begin rig.Events
	if _, err := p.ask("GET", "/api/events", nil, &begin); err != nil {
		p.r.Fatal(err)
	}
	stopped, ended := make(chan bool), p.ended
	p.stop = sync.OnceFunc(func() { close(stopped) })
	p.r.Cleanup(p.stop)
	go func() {
		defer close(ended)
		for since := begin.Seq; ; {
			var in rig.Events
			o, err := p.ask("GET", fmt.Sprintf("/api/events?since=%d%s", since, wait), nil, &in)
			if err != nil || o.status != 200 {
				return
			}
			for _, e := range in.Events {
				p.hear(e.Event, e.Data)
			}
			if since = in.Seq; wait != "" {
				continue
			}
			select {
			case <-stopped:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
}

// asking holds connections as browsers do.
var asking = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 300}, Timeout: 30 * time.Second}

// ask makes a request and decodes a good answer into v, unless that is nil.
func (p *pupil) ask(method, path string, body, v any) (outcome, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return outcome{}, err
	}
	if body == nil {
		data = nil
	}
	req, err := http.NewRequest(method, p.r.API+path, bytes.NewReader(data))
	if err != nil {
		return outcome{}, err
	}
	if p.AccessToken != "" {
		req.Header.Set("Authorization", "Bearer "+p.AccessToken)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := asking.Do(req)
	if err != nil {
		return outcome{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && v != nil && resp.StatusCode < 300 {
		err = json.Unmarshal(text, v)
	}
	return outcome{resp.StatusCode, string(text)}, err
}

// vote votes by the pupil's own way. An error is a connection that broke.
func (p *pupil) vote(poll int64, ballot rig.Object) (outcome, error) {
	if p.emit == nil {
		return p.ask("POST", "/api/polls/"+strconv.FormatInt(poll, 10)+"/vote", ballot, nil)
	}
	data := rig.Object{"poll_id": poll}
	for k, v := range ballot {
		data[k] = v
	}
	return p.act("vote:cast", data)
}

// act does something over a socket.
func (p *pupil) act(event string, data rig.Object) (outcome, error) {
	if err := p.emit(event, data); err != nil {
		return outcome{}, err
	}
	select {
	case o := <-p.done:
		return o, nil
	case <-p.ended:
		select {
		case o := <-p.done:
			return o, nil
		default:
			return outcome{}, io.ErrUnexpectedEOF
		}
	case <-time.After(rig.Patience):
		return outcome{}, fmt.Errorf("%s by %s was not answered", event, p.way)
	}
}
