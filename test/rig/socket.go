package rig

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// Event is one message of the server.
type Event struct {
	Event string
	Data  json.RawMessage
	ID    json.RawMessage
	Seq   int64
	Text  string // all of it
}

// Sock is a WebSocket client that collects what comes.
type Sock struct {
	*Rig
	Conn   *websocket.Conn
	Events chan Event // closed when the connection ends
	Seen   []Event    // what was passed over by Until
}

// Dial opens a socket; query is what stands behind /ws: "", or "?token=...".
func (r *Rig) Dial(query string) *Sock {
	r.Helper()
	conn, err := websocket.Dial("ws://"+r.WS+"/ws"+query, "", "http://localhost")
	if err != nil {
		r.Fatalf("dial /ws%s: %v", query, err)
	}
	s := &Sock{Rig: r, Conn: conn, Events: make(chan Event, 10_000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(s.Events)
		for {
			var text string
			if websocket.Message.Receive(conn, &text) != nil {
				return
			}
			e := Event{Text: text}
			json.Unmarshal([]byte(text), &e)
			s.Events <- e
		}
	}()
	r.Cleanup(func() { conn.Close(); <-done })
	return s
}

// Send sends an event. id may be nil.
func (s *Sock) Send(name string, data any, id any) {
	s.Helper()
	m := Object{"event": name, "data": data}
	if id != nil {
		m["id"] = id
	}
	text, err := json.Marshal(m)
	if err != nil {
		s.Fatal(err)
	}
	s.SendText(string(text))
}

// SendText sends a message as it is.
func (s *Sock) SendText(text string) {
	s.Helper()
	if err := websocket.Message.Send(s.Conn, text); err != nil {
		s.Fatalf("send %s: %v", text, err)
	}
}

// Next returns the next event, whatever it is.
func (s *Sock) Next() Event {
	s.Helper()
	select {
	case e, ok := <-s.Events:
		if !ok {
			s.Fatal("the socket was closed")
		}
		return e
	case <-time.After(Patience):
		s.Fatal("no event came")
	}
	panic("unreachable")
}

// Until returns the next event with this name and passes over others.
func (s *Sock) Until(name string) Event {
	s.Helper()
	for {
		e := s.Next()
		if e.Event == name {
			return e
		}
		s.Seen = append(s.Seen, e)
	}
}

// Decode reads the data of an event.
func Decode[T any](t testing.TB, e Event) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		t.Fatalf("%s: %v", e.Text, err)
	}
	return v
}

// Listening opens a socket and returns when the server surely has it among the listeners.
func (r *Rig) Listening(query string) *Sock {
	r.Helper()
	s := r.Dial(query)
	s.Replies(`{"event":"are you there?","id":0}`)
	return s
}

// Replies sends a message and returns, in words, what comes back for this socket alone: "ack #7".
func (s *Sock) Replies(message string) string {
	s.Helper()
	s.SendText(message)
	s.SendText(`{"event":"end of the answer","id":"end of the answer"}`)
	var words []string
	for {
		e := s.Next()
		switch {
		case e.Seq > 0:
			s.Seen = append(s.Seen, e)
		case string(e.ID) == `"end of the answer"`:
			return strings.Join(words, ", ")
		default:
			words = append(words, InWords(FinText, []byte(e.Text)))
		}
	}
}

// Ask sends an event with an id and returns the ack or error.
func (s *Sock) Ask(name string, data any) Event {
	s.Helper()
	s.Send(name, data, "ask")
	for {
		if e := s.Next(); string(e.ID) == `"ask"` {
			return e
		} else {
			s.Seen = append(s.Seen, e)
		}
	}
}

// News returns the names of all broadcasts up to the chat message that says end, which is left out, and the events.
func (s *Sock) News(end string) (names string, all []Event) {
	s.Helper()
	list := append(slices.Clone(s.Seen), Event{})[:len(s.Seen)]
	s.Seen = nil
	for {
		var e Event
		if len(list) > 0 {
			e, list = list[0], list[1:]
		} else {
			e = s.Next()
		}
		if e.Event == "chat:message_received" && strings.Contains(e.Text, end) {
			s.Seen = list
			return strings.TrimSpace(names), all
		}
		if e.Seq > 0 {
			names += " " + e.Event
			all = append(all, e)
		}
	}
}

// Hear is Until for a listening socket, which may have the event already.
func (s *Sock) Hear(name string) Event {
	s.Helper()
	if i := slices.IndexFunc(s.Seen, func(e Event) bool { return e.Event == name }); i >= 0 {
		e := s.Seen[i]
		s.Seen = s.Seen[i+1:]
		return e
	}
	s.Seen = nil
	return s.Until(name)
}
