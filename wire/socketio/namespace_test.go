package socketio

import (
	"fmt"
	"strings"
	"testing"
)

// The Socket.IO protocol: namespaces, events, acknowledgements.

// Socket.IO, "Connection to a namespace".
func TestConnect(t *testing.T) {
	w := serve(t, hasty)
	for _, tt := range []struct{ name, sent, begins, event string }{
		{"the main namespace", "40", `40{"sid":"`, `42["auth",{}]`},
		{"the main namespace with a payload", `40{"token":"123"}`, `40{"sid":"`, `42["auth",{"token":"123"}]`},
		{"a custom namespace", "40/custom,", `40/custom,{"sid":"`, `42/custom,["auth",{}]`},
		{"a custom namespace without a comma", "40/custom", `40/custom,{"sid":"`, `42/custom,["auth",{}]`},
		{"a custom namespace with a payload", `40/custom,{"token":"abc"}`, `40/custom,{"sid":"`,
			`42/custom,["auth",{"token":"abc"}]`},
		{"an unknown namespace", "40/random", `44/random,{"message":"Invalid namespace"}`, ""},
		{"a bad token", `40{"token":"bad"}`, `44{"message":"Not authorized","data":{"status":401}}`, ""},
		{"an error of the inside", `40{"token":"broken"}`, `44{"message":"Refused"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := w.socket()
			s.send(tt.sent)
			answer := s.recv()
			if !strings.HasPrefix(answer, tt.begins) || strings.Contains(answer, "pid") {
				t.Errorf("the answer to %s is %s, want %s...", tt.sent, answer, tt.begins)
			}
			if tt.event != "" {
				s.want(tt.event)
			}
			p := w.poller()
			p.send(tt.sent)
			if _, body := p.get(); !strings.HasPrefix(body, tt.begins) || !strings.HasSuffix(body, tt.event) {
				t.Errorf("the answer to %s is %s, want %s...%s", tt.sent, body, tt.begins, tt.event)
			}
		})
	}
	s := w.socket() // after a CONNECT_ERROR another try is possible
	s.send(`40{"token":"bad"}`)
	s.recv()
	s.connect("")
}

func TestDisconnect(t *testing.T) {
	w := serve(t, hasty)
	s := w.socket()
	s.connect("")
	s.send("41")
	w.noted("disconnect / client namespace disconnect")
	w.hub.Publish("news", 0, []byte("1")) // not for somebody who has left
	s.want("2")                           // the session stays
	s.send("3")
	s.connect("")
	s.send("40/custom")
	s.recv()
	s.want(`42/custom,["auth",{}]`)
	s.send("40/custom") // once more: ignored
	s.send("41/custom", `42["message","message to main namespace"]`)
	s.want(`42["message-back","message to main namespace"]`)

	p := w.poller() // and back in one payload
	p.send("40", "41", `40{"token":"123"}`)
	p.get()
	p.send(`42["message"]`)
	w.noted(`recovered=false data={"token":"123"}`)

	s = w.socket() // by the server
	s.connect("")
	s.send(`42["leave"]`, `42["message","sent before it knew"]`)
	s.want("41")
	w.noted("disconnect / server namespace disconnect")
	w.hub.Publish("news", 0, []byte("2"))
	s.want("2")
	s.send("3")
	s.connect("")
}

// Socket.IO, "Sending and receiving data" and "Acknowledgement".
func TestMessages(t *testing.T) {
	w := serve(t, Config{})
	placeholders := `{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}`
	for _, tt := range []struct {
		name string
		sent []any
		want []string
	}{
		{"plain text", []any{`42["message",1,"2",{"3":[true]}]`}, []string{`42["message-back",1,"2",{"3":[true]}]`}},
		{"binary attachments", []any{`452-["message",` + placeholders + `]`, []byte{1, 2, 3}, []byte{4, 5, 6}},
			[]string{`452-["message-back",` + placeholders + `]`, "<01 02 03>", "<04 05 06>"}},
		{"deep inside", []any{`451-["message",{"a":[{"_placeholder":true,"num":0}]}]`, []byte{9}},
			[]string{`451-["message-back",{"a":[{"_placeholder":true,"num":0}]}]`, "<09>"}},
		{"plain text with an ack", []any{`42456["message-with-ack",1,"2",{"3":[false]}]`},
			[]string{`43456[1,"2",{"3":[false]}]`}},
		{"binary attachments with an ack", []any{`452-789["message-with-ack",` + placeholders + `]`, []byte{1, 2, 3},
			[]byte{4, 5, 6}},
			[]string{`462-789[` + placeholders + `]`, "<01 02 03>", "<04 05 06>"}},
		{"an event that nobody knows, with an ack", []any{`420["what"]`}, []string{"430[]"}},
		{"a noop before", []any{"6", `42["message",""]`}, []string{`42["message-back",""]`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := w.socket()
			s.connect("")
			s.send(append(tt.sent, tt.sent...)...)
			s.want(append(tt.want, tt.want...)...)
			p := w.poller()
			p.connect("")
			var sent []string
			for _, m := range tt.sent {
				if b, ok := m.([]byte); ok {
					m = "b" + base64Of(b)
				}
				sent = append(sent, m.(string))
			}
			p.send(append(sent, sent...)...)
			var want []string
			for _, m := range tt.want {
				if strings.HasPrefix(m, "<") {
					m = "b" + base64Of(hexOf(m))
				}
				want = append(want, m)
			}
			p.want(append(want, want...)...)
		})
	}
}

// What is queued waits, also for a client that does not hear the hub.
func TestAPollerThatTakesItsTime(t *testing.T) {
	w := serve(t, Config{})
	p := w.poller()
	p.send("40/custom")
	for i := range 5 {
		p.send(fmt.Sprintf(`42/custom,["message",%d]`, i))
	}
	_, body := p.get()
	_, body, _ = strings.Cut(body, "\x1e42/custom,[\"auth\",{}]\x1e")
	if want := strings.Join([]string{`42/custom,["message-back",0]`, `42/custom,["message-back",1]`,
		`42/custom,["message-back",2]`,
		`42/custom,["message-back",3]`, `42/custom,["message-back",4]`}, "\x1e"); body != want {
		t.Errorf("got %s, want %s", body, want)
	}
}

func TestAcknowledgementsOfTheClient(t *testing.T) {
	w := serve(t, Config{})
	s := w.socket()
	s.connect("")
	s.send(`42["ask"]`, `42["ask"]`, `42["ask"]`)
	s.want(`420["question",1]`, `421["question",1]`, `422["question",1]`)
	s.send(`431["b"]`, `461-0[{"_placeholder":true,"num":0}]`, []byte{7}, `439["unasked"]`, `430["again"]`)
	w.noted(`answer ["b"] [] <nil>`)
	w.noted(`answer [{"_placeholder":true,"num":0}] [07] <nil>`)
	w.noted(`answer [] [] no acknowledgement in time`)
	s.send(`42["ask"]`)
	s.want(`423["question",1]`)
	s.Close()
	w.noted(`answer [] [] the socket has left`)
	w.mu.Lock()
	defer w.mu.Unlock()
	if log := strings.Join(w.log, "\n"); strings.Contains(log, "again") || strings.Contains(log, "unasked") {
		t.Errorf("acknowledgements that nobody waited for were taken:\n%s", log)
	}
}

// Whoever causes a broadcast gets the acknowledgement first.
func TestTheAcknowledgementComesBeforeTheNews(t *testing.T) {
	w := serve(t, Config{})
	s, p := w.socket(), w.poller()
	s.connect("")
	p.connect("")
	for i := range 50 {
		s.send(fmt.Sprintf(`42%d["tell all",%d]`, i, 2*i+1))
		s.want(fmt.Sprintf(`43%d[]`, i), news(2*i+1))
		p.want(news(2*i + 1))
		p.send(fmt.Sprintf(`42%d["tell all",%d]`, i, 2*i+2))
		p.want(fmt.Sprintf(`43%d[]`, i), news(2*i+2))
		s.want(news(2*i + 2))
	}
}
