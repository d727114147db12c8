package main

// The chat over HTTP, and the one function through which every message passes.
//
//	GET  /api/chat/messages               ->  200 {"messages", "next_before"}, oldest first
//	POST /api/chat/messages {"message"}   ->  201 Message
//
// Who joins and who leaves are events (ws.go), not stored messages.

import (
	"context"
	"net/http"

	"pollwire/input"
	"pollwire/output"
)

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

// postMessage is how a message gets in, over HTTP and over sockets alike. Everybody hears of it once it is on disk.
func (s *server) postMessage(ctx context.Context, u user, in newMessage) (message, error) {
	var v input.Values
	text := v.Text("message", in.Message, 1, 500, input.Lines)
	if err := v.Err(); err != nil {
		return message{}, err
	}
	// new(x) is a pointer to a copy of x (Go 1.26).
	m := message{Type: "message", User: new(u.person()), Message: text, CreatedAt: now()}
	if s.capture != nil {
		note(ctx, "%s (user %d) says something in the chat", u.Nickname, u.ID)
	}
	return s.store.addMessage(ctx, m, func(m message) { s.publish("chat:message_received", 0, m) })
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
