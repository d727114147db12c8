package main

// The chat over HTTP, and the one function through which every message passes: beginMessage.
//
//	GET  /api/chat/messages               ->  200 {"messages", "next_before"}, oldest first
//	POST /api/chat/messages {"message"}   ->  201 Message | 403 muted
//
// How a message travels: postMessage (HTTP) or say (both kinds of sockets) -> beginMessage -> store.addMessage (one
// transaction for many messages) -> committed -> hub -> every socket and stream.
//
// Who joins and who leaves are events (ws.go), not stored messages. What is taken out of the chat is a matter of the
// class (class/messages.go).
//
// Below the chat is what packages class and graded are handed: for them, this is everything else that goes on.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"pollwire/class"
	"pollwire/class/graded"
	"pollwire/class/teacherkey"
	"pollwire/data/files"
	"pollwire/lab/exercise"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/wire/ports"
	"pollwire/wire/wsframe"
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
	if err := s.class.MaySay(u.User); err != nil {
		return err
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

// unsay has those who ask for the past hear of messages only that they were deleted.
func (s *server) unsay(ids []int64) {
	s.rewrite(func(name string, _ int64, data []byte) (string, []byte) {
		var said struct {
			ID int64 `json:"id"`
		}
		if name != "chat:message_received" || json.Unmarshal(data, &said) != nil || !slices.Contains(ids, said.ID) {
			return "", nil
		}
		return "chat:message_deleted", fmt.Appendf(nil, `{"id":%d}`, said.ID)
	})
}

// ---- the class

// peopleConfig is what package class needs to know who somebody is, and to tell it.
func (s *server) peopleConfig() class.PeopleConfig {
	return class.PeopleConfig{DB: s.store.db, Key: s.cfg.teacher(), DropPolls: s.store.polls.Drop,
		Limits: s.cfg.Limits, Changed: s.personChanged, Unsay: s.unsay, Publish: s.publish, Online: s.room.Here,
		TryPassword: s.tryPassword, HashPassword: s.hashPassword,
		Session: func(w http.ResponseWriter, status int, u class.User, err error) error {
			return s.answerSession(w, status, user{User: u}, err)
		}}
}

// mostSockets is how many a person may have.
func (s *server) mostSockets(p person) int {
	if p.Role == class.Teacher {
		return 0
	}
	return s.limits.sockets
}

// watching has the streams and long polls of u end as sockets do.
func (s *server) watching(u user) func(end func()) (ended func(), err error) {
	if u.ID == 0 {
		return nil
	}
	return func(end func()) (func(), error) {
		ended := s.room.Watch(u.ID, end)
		_, err := s.now(context.Background(), pass{u.ID, u.until}) // the End may have come before
		return ended, err
	}
}

// personNow is what the room tells of somebody.
func (s *server) personNow(id int64) (person, bool) {
	u, known := s.people.Now(id)
	return u.Person(), known
}

// personChanged has the room tell another name or role, and ends the sockets of who was removed.
func (s *server) personChanged(u class.User) {
	s.log.IfError("update a person", s.room.Update(u.ID, u.Person()))
	if u.Removed {
		s.room.End(u.ID, wsframe.ClosePolicyViolation, errRemoved.Detail)
	}
}

// classConfig is what package class needs of everything else.
func (s *server) classConfig() class.Config {
	return class.Config{DB: s.store.db, Publish: s.publish, Online: s.room.Len,
		Open:   s.store.opening((*ballotPoll).openDraft, s.announceChange),
		Remove: s.people.Remove, Exercises: graded.Table,
		RemoveFiles: func(ctx context.Context, left []files.Version) error {
			return errors.Join(s.files.RemoveLeft(ctx, left), s.exercises.Sweep(ctx))
		},
		DropPolls: s.store.polls.Drop,
		Touched: func(ids ...int64) {
			for _, id := range ids {
				s.tallies.Touch(id)
			}
		},
		Renewed: s.renewed, Failed: s.log.Errors("class")}
}

// gradedConfig is what the exercises need.
func (s *server) gradedConfig() graded.Config {
	return graded.Config{DB: s.store.db, Folder: filepath.Join(s.cfg.Data, "handins"), Secret: s.secret,
		Limits: s.cfg.Limits, Publish: s.publish, Opened: s.witness.Turn,
		Seen: func(code string, begun time.Time) exercise.Witnessed {
			return exercise.Witnessed{Connections: s.witness.Of(code), Missed: s.witness.Missed(begun)}
		},
		Warn: func(err error) { s.log.Warn("captures", "err", err) }}
}

const aNewClass = "a new class has begun" // the reason for which a socket ends

// renewed forgets who was here and what was said, on the writer's goroutine. The sockets of those who have gone hear of
// it first, and then they end.
func (s *server) renewed(students []int64, tell func()) {
	s.tokens.Forget()
	s.people.Forget()
	s.hub.Forget()
	tell()
	s.endsChanged.Ring()
	s.hub.Behind(func() {
		for _, id := range students {
			s.room.End(id, wsframe.CloseGoingAway, aNewClass)
		}
	})
}

// teacher is where the teacher key comes from.
func (c config) teacher() teacherkey.Source { return teacherkey.Source{Dir: c.Data, Own: c.TeacherKey} }

// clientOf is the address of who is at the other end of the connection that ctx stands for.
func clientOf(ctx context.Context) netip.Addr {
	if conn := ports.ConnOf(ctx); conn != nil {
		if a, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
			return a.Addr().Unmap()
		}
	}
	return netip.Addr{}
}
