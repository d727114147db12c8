package socketio

import (
	"strings"
	"testing"
)

// later makes the application of w one that answers "take your time" when it is told to.
func (w *world) later() (answers chan func(ack ...any)) {
	answers = make(chan func(ack ...any), 10)
	n := w.echo()
	echo := n.Event
	n.Event = func(c *Socket, e Event) []any {
		if e.Name != "take your time" && e.Name != "take your time and crash" {
			return echo(c, e)
		}
		answers <- e.Later()
		if e.Name != "take your time" {
			panic("crash")
		}
		return []any{"ignored"}
	}
	w.srv.Handle("/", n)
	return answers
}

// Several events are worked on at the same time. Each acknowledgement leaves when it is there, what everybody hears
// behind the last of them, and a client that wants no acknowledgement gets none.
func TestAnEventIsAnsweredLater(t *testing.T) {
	for _, transport := range []string{"polling", "websocket"} {
		t.Run(transport, func(t *testing.T) {
			w := serve(t, Config{})
			answers := w.later()
			var c interface {
				send(packets ...string)
				want(packets ...string)
			}
			if transport == "polling" {
				p := w.poller()
				p.connect("")
				c = p
			} else {
				s := w.socket()
				s.connect("")
				c = texts{s}
			}
			c.send(`421["take your time"]`, `422["take your time"]`, `42["take your time"]`, `424["message-with-ack",4]`)
			c.want(`434[4]`) // answered at once: the package keeps no order, the application does
			first, second, third := <-answers, <-answers, <-answers
			w.hub.Publish("news", 0, []byte("1"))
			first(1, "one")
			c.want(`431[1,"one"]`)
			third("nobody asked")
			second()
			second("again") // counts for nothing
			c.want(`432[]`, news(1))
		})
	}
}

type texts struct{ *socket }

func (t texts) send(packets ...string) {
	for _, p := range packets {
		t.socket.send(p)
	}
}

// The application hears of the end only when it has answered everything; and a client that leaves and comes back in one
// go is let in again.
func TestTheEndWaitsForAnswers(t *testing.T) {
	w := serve(t, Config{})
	answers := w.later()
	s := w.socket()
	s.connect("")
	session := w.srv.session(s.Sid)
	s.send(`421["take your time"]`, "41", "40")
	answer := <-answers
	for left := false; !left; {
		session.mu.Lock()
		left = session.sockets["/"] == nil || session.sockets["/"].reason != ""
		session.mu.Unlock()
	}
	w.note("answered")
	answer("done")
	s.want(`431["done"]`)
	w.noted("answered\ndisconnect / client namespace disconnect\nconnect /")
	if got := s.recv(); !strings.HasPrefix(got, `40{"sid":`) {
		t.Errorf("who leaves and comes back in one go is answered %s", got)
	}
	s.want(`42["auth",{}]`)
	s.send(`422["take your time"]`)
	answer = <-answers
	session.end(reasonClose, normalFrame)
	select {
	case <-session.over:
		t.Error("the session is over while an answer is due")
	default:
	}
	answer("too late")
	<-session.over
	w.noted("disconnect / transport close")
}

// Whoever panics has nobody left to answer: nothing waits for it.
func TestACrashBeforeTheAnswer(t *testing.T) {
	w := serve(t, Config{})
	answers := w.later()
	s := w.socket()
	s.connect("")
	s.send(`421["take your time and crash"]`)
	answer := <-answers
	w.noted("disconnect / transport close")
	answer("too late")
}
