package main

// The chat over HTTP, and the one function through which every message passes: beginMessage.
//
//	GET  /api/chat/messages               ->  200 {"messages", "next_before"}, oldest first
//	POST /api/chat/messages {"message"}   ->  201 Message | 403 muted
//
// How a message travels: postMessage (HTTP) or say (both kinds of sockets) -> beginMessage -> store.addMessage (one
// transaction for many messages) -> committed -> hub -> every socket and stream.
//
// Who joins and who leaves are events (ws.go), not stored messages.

import (
	"context"
	"net/http"

	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// maxMessage is how long a chat message may be, in characters.
const maxMessage = 500

type message struct {
	ID        int64   `json:"id"`
	Type      string  `json:"type"` // "message", or "system" with no user
	User      *person `json:"user"`
	Message   string  `json:"message"`
	CreatedAt millis  `json:"created_at"`
}

// newMessage is what a client sends, over HTTP and over sockets.
type newMessage struct {
	Message *string `json:"message"`
}

// postMessage stores a message, waits until it is on disk and published, and returns it with its id.
func (s *server) postMessage(ctx context.Context, u user, in newMessage) (m message, err error) {
	done := make(chan error, 1)
	err = s.beginMessage(ctx, u, in, func(stored message, err error) { m = stored; done <- err })
	if err == nil {
		err = <-done
	}
	return m, err
}

// beginMessage is how a message gets in, over HTTP and over sockets alike. It gives the message its place in the queue
// to the disk and returns. When the message is on disk and published, or could not be stored, ended is called once: on
// the writer's goroutine, so it must not wait, and of several messages in their order. After an error of beginMessage
// nothing is queued, and ended is not called.
func (s *server) beginMessage(ctx context.Context, u user, in newMessage, ended func(message, error)) error {
	var v input.Values
	text := v.Text("message", in.Message, 1, maxMessage, input.Lines)
	if err := v.Err(); err != nil {
		return err
	}
	if u.Muted {
		return problem.Refuse(problem.Forbidden, "the teacher has muted you in the chat").Coded("muted")
	}
	if err := limit(u, &s.limits.messages); err != nil {
		return err
	}
	// new(x) is a pointer to a copy of x (Go 1.26).
	m := message{Type: "message", User: new(u.person()), Message: text, CreatedAt: now()}
	if s.capture != nil {
		note(ctx, "%s (user %d) says something in the chat", u.Nickname, u.ID)
	}
	return s.store.addMessage(ctx, m, func(m message, err error) {
		if err == nil {
			s.publish("chat:message_received", 0, m)
		}
		ended(m, err)
	})
}

// say posts a message of a socket and does not wait until it is on disk. So the next one can be read meanwhile, and
// what a client sends in one go shares a transaction.
//
// A message is answered on the writer's goroutine. Its sender still hears the answer before the news: the news are held
// until then (hub.Hold). What is wrong with a message is answered in its turn, too.
//
// With maxUnanswered under way it waits for all of them, this one too: a client that never stops would otherwise hold
// back the news for itself for ever (each message is a Hold until it is answered).
func (s *server) say(m *member, r request) {
	var in newMessage
	_, err := acting(r.ctx, s, m, r.data, &in, func(u user) (queued any, err error) {
		m.unanswered.Add(1)
		err = s.beginMessage(r.ctx, u, in, func(stored message, err error) {
			r.reply(stored, err)
			m.unanswered.Done()
		})
		if err != nil {
			m.unanswered.Done()
		}
		return nil, err
	})
	if err != nil {
		m.unanswered.Wait()
		r.reply(nil, err)
		return
	}
	if m.said++; m.said%maxUnanswered == 0 {
		m.unanswered.Wait()
	}
}

func (s *server) handleNewMessage(w http.ResponseWriter, r *http.Request, u user) error {
	var in newMessage
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	m, err := s.postMessage(r.Context(), u, in)
	if err != nil {
		return err
	}
	return output.Created(w, "", m)
}

func (s *server) handleMessages(w http.ResponseWriter, r *http.Request, _ user) error {
	v, p, err := input.Page(r)
	if err != nil {
		return err
	}
	if err := v.Err(); err != nil {
		return err
	}
	list, next, err := s.store.listMessages(r.Context(), p)
	if err != nil {
		return err
	}
	return output.Show(w, r, struct {
		Messages   []message `json:"messages"`
		NextBefore *int64    `json:"next_before"`
	}{output.List(list), next})
}
