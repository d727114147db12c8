package main

// Realtime: what happens here, pushed to whoever listens.
//
//	WebSocket   /ws on 8001          {"event":"chat:message","data":{...},"id":7} -> {"event":"ack","id":7,"data":{...}}
//	Socket.IO   /socket.io/ on 8001  42["chat:message",{...}] with a callback -> its {"ok":true,"data":...}
//	HTTP        /api/events on 8000  Server-Sent Events, short and long polling from one resource
//
// An event goes publish -> hub -> the queue of each listener -> its writer. The hub encodes it once for all listeners
// of a kind. What clients send ends in the same functions as over HTTP: castVote, and beginMessage for the chat.
//
// Each WebSocket has one goroutine, which reads it. What is written goes through the socket's queue. Whoever puts a
// frame there also hands it to the system (wsframe.Direct); if that doesn't take it at once, a goroutine starts that
// writes until nothing waits (drain). What a WebSocket does by itself, whatever it carries, is package wsconn.

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"pollwire/class/question"
	"pollwire/data/eventlog"
	"pollwire/lab"
	"pollwire/live/events"
	"pollwire/live/hub"
	"pollwire/live/presence"
	"pollwire/rest/input"
	"pollwire/rest/middleware"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/wire/capture"
	"pollwire/wire/envelope"
	"pollwire/wire/ports"
	"pollwire/wire/socketio"
	"pollwire/wire/wsconn"
	"pollwire/wire/wsframe"
)

// How patient the server is with sockets and streams. Tests are less so: these are what config begins with. What else
// there is of Socket.IO has its defaults in socketio.Config.
const (
	wsPingEvery     = 25 * time.Second // between two pings of a WebSocket, and of Socket.IO
	wsSilence       = 60 * time.Second // a WebSocket of which nothing comes, no pong either, is closed: two pings and some
	wsWriteTimeout  = 10 * time.Second // a socket or stream that takes nothing is closed; whoever takes a little has more
	streamKeepAlive = 15 * time.Second // a stream that has nothing to tell says so: proxies close what is silent

	maxUnanswered = 64 // messages of one socket that may be on their way to the disk
)

// ---- events

// frameDialect writes an event as a whole frame. Server-Sent Events and lists are dialects too, see package events.
var frameDialect = hub.NewDialect(func(e *hub.Event) []byte {
	return textFrame(envelope.Event(e.Name, e.Data, e.Seq))
})

func textFrame(text []byte) []byte { return wsframe.AppendFrame(nil, wsframe.OpText, text) }

// publish tells everybody. topic is the poll it is about, or 0.
func (s *server) publish(name string, topic int64, v any) {
	data, err := output.Encode(v)
	if err != nil {
		s.log.Error("encode an event", "event", name, "err", err)
		return
	}
	s.hub.Publish(name, topic, data)
}

// rewrite puts others into the place of events that are kept, see hub.Rewrite.
func (s *server) rewrite(instead func(name string, topic int64, data []byte) (string, []byte)) {
	s.hub.Rewrite(func(e *hub.Event) (string, []byte) { return instead(e.Name, e.Topic, e.Data) })
}

// loadEvents and saveEvents carry the hub's ring over a restart.
func loadEvents(saved []eventlog.Event) []*hub.Event {
	var ring []*hub.Event
	for _, e := range saved {
		ring = append(ring, &hub.Event{Seq: e.Seq, Name: e.Name, Topic: e.Topic, Data: e.Data, At: e.At})
	}
	return ring
}

func saveEvents(ring []*hub.Event) []eventlog.Event {
	var saved []eventlog.Event
	for _, e := range ring {
		saved = append(saved, eventlog.Event{Seq: e.Seq, Name: e.Name, Topic: e.Topic, Data: e.Data, At: e.At})
	}
	return saved
}

// ---- the room

// member is a socket's place in the room, whatever protocol it speaks. Only the goroutine that reads the socket
// touches it, but for unanswered.
type member struct {
	user *user // nil: it only listens
	seat presence.Seat
	tell func(event string, data []byte) // queues an event for this socket alone

	unanswered sync.WaitGroup // messages on their way to the disk while more is read, see say
	said       int            // how many there were, to limit those under way
}

func (s *server) join(m *member, u user) error {
	if err := s.room.Join(&m.seat, u.ID, u.person(), m.tell); err != nil {
		return err
	}
	m.user = &u
	// Who was removed in this moment, or has gone with a class, may have had no seat yet that could be ended.
	_, err := s.now(context.Background(), pass{u.ID, u.until})
	if err != nil {
		s.leave(m)
	}
	return err
}

// joinAtOnce is join for a socket that has come with a token, or with whom it was: it ends if that may not be any more.
func (s *server) joinAtOnce(m *member, u user) {
	u, err := s.now(context.Background(), pass{u.ID, u.until})
	if err == nil {
		err = s.join(m, u)
	}
	if errors.Is(err, errRemoved) || errors.Is(err, problem.Unauthorized) {
		m.seat.End(wsframe.ClosePolicyViolation, err.Error())
		return
	}
	s.log.IfError("join", err)
}

func (s *server) leave(m *member) {
	if m.user != nil {
		s.people.Saw(m.user.ID)
	}
	m.user = nil
	s.log.IfError("leave", s.room.Leave(&m.seat))
}

// ---- what clients send

// request is an event from a socket, whatever protocol the socket speaks.
type request struct {
	ctx   context.Context // stands for the connection that brought it, see ports.ConnOf
	event string
	data  []byte
	via   func() lab.Connection       // tells the same connection
	reply func(result any, err error) // is to be called once, and does not wait
}

// do does what a request asks for and replies, at once or, in the chat, when the message is on disk: then the next
// request may be read meanwhile. Replies keep the order of the requests.
func (s *server) do(m *member, r request) {
	if len(r.data) == 0 {
		r.data = []byte("{}")
	}
	if r.event == "chat:message" {
		s.say(m, r)
		return
	}
	m.unanswered.Wait()
	r.reply(s.act(m, r))
}

// act does what takes no time, or has to end before the next request is looked at.
func (s *server) act(m *member, r request) (any, error) {
	ctx, data := r.ctx, r.data
	switch r.event {
	case "user:join":
		return s.actJoin(ctx, m, data)
	case "vote:cast":
		var in struct {
			PollID    *int64   `json:"poll_id"`
			OptionID  *int64   `json:"option_id"`
			OptionIDs *[]int64 `json:"option_ids"`
			Number    *float64 `json:"number"`
			Text      *string  `json:"text"`
		}
		return acting(ctx, s, m, data, &in, func(u user) (any, error) {
			if in.PollID == nil {
				var v input.Values
				v.Add("poll_id", "is missing").Coded("missing")
				return nil, v.Err()
			}
			return s.castVote(ctx, u, *in.PollID, &question.Sent{OptionID: in.OptionID,
				OptionIDs: in.OptionIDs, Number: in.Number, Text: in.Text})
		})
	case "lab:whoami": // a page can't read the headers of its handshake, X-Client-Addr among them
		return r.via(), input.Unmarshal(data, &struct{}{})
	}
	return nil, problem.Refuse(problem.NotFound, "no event %.50q", r.event)
}

// acting decodes data and calls do with who has joined, as he is now.
func acting[T any](ctx context.Context, s *server, m *member, data []byte, in any,
	do func(user) (T, error)) (none T, err error) {
	if m.user == nil {
		return none, problem.Refuse(problem.Unauthorized, "join first: user:join").Coded("no_token")
	}
	if m.user.expired() {
		return none, problem.Refuse(problem.Unauthorized, "the token has expired: join again with a new one").
			Coded("bad_token")
	}
	u, err := s.now(ctx, pass{m.user.ID, m.user.until})
	if err != nil {
		return none, err
	}
	if err := input.Unmarshal(data, in); err != nil {
		return none, err
	}
	return do(u)
}

func (s *server) actJoin(ctx context.Context, m *member, data []byte) (any, error) {
	var in struct {
		Token    *string `json:"token"`
		Nickname *string `json:"nickname"`
		Code     *string `json:"code"`
	}
	if err := input.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	switch {
	case in.Token != nil && in.Nickname != nil:
		var v input.Values
		v.Add("token", "and nickname exclude each other").Coded("exclusive")
		return nil, v.Err()
	case in.Token != nil:
		u, err := s.userOf(ctx, *in.Token)
		if err != nil {
			return nil, err
		}
		note(ctx, "%s (user %d) joins", u.Nickname, u.ID)
		return map[string]user{"user": u}, s.join(m, u)
	}
	u, err := s.addGuest(ctx, in.Nickname, in.Code)
	if err != nil {
		return nil, err
	}
	begun, err := s.newSession(u)
	if err != nil {
		return nil, err
	}
	note(ctx, "%s (user %d) joins as a guest", u.Nickname, u.ID)
	return begun, s.join(m, begun.User)
}

// ---- /ws

// client is one WebSocket connection.
type client struct {
	hub.Listener // what waits to be written
	wsconn.Conn
	member
	s     *server
	ctx   context.Context // stands for the connection, see ports.ConnOf
	addr  netip.AddrPort  // of the client
	began time.Time
	name  string // who it was, for the log
	why   error  // it has ended
}

// newWebSockets says how all of them behave.
func (s *server) newWebSockets() wsconn.Config {
	return wsconn.Config{MaxMessage: input.MaxBody, TextOnly: true, PingEvery: s.cfg.pingEvery,
		PingPayload: []byte("pollwire"), Silence: s.cfg.silence, WriteTimeout: s.cfg.writeTimeout}
}

// handleSocket answers the handshake (RFC 6455 §4.2.2) and leaves the connection to a goroutine of its own.
func (s *server) handleSocket(w http.ResponseWriter, r *http.Request) error {
	if wrong := wsframe.CheckHandshake(r); wrong != nil {
		return handshakeProblem(wrong)
	}
	if o := r.Header.Values("Origin"); len(o) > 0 && !(len(o) == 1 && s.cors.Allowed(o[0])) {
		return problem.Refuse(problem.Forbidden, "pages of %.100q may not connect; see -origins", o).Coded("origin")
	}
	v, err := input.Query(r)
	if err != nil {
		return err
	}
	since := v.Int("since", 0, events.MaxSeq, hub.Live)
	token, sent := v.Get("token")
	if err := v.Err(); err != nil {
		return err
	}
	var u *user
	if sent {
		found, err := s.userOf(r.Context(), token)
		if err != nil {
			return err
		}
		if err := s.room.Admit(found.ID, found.person()); err != nil {
			return err
		}
		u = &found
	}
	if since == hub.Live {
		since = s.hub.Seq() // now and not behind the 101: whoever has that misses nothing any more
	}
	asked := ports.ConnOf(r.Context())
	s.sockets.Add(asked) // before it is handed over: until then the port waits for it
	conn, err := wsframe.Upgrade(w, r, http.Header{"X-Client-Addr": w.Header()["X-Client-Addr"]})
	if err != nil {
		s.sockets.Done(asked)
		return err // nobody reads it: the connection is closed
	}
	c := s.newClient(conn, middleware.ClientAddr(r), since, u)
	go c.Attend(c.read, c.ended, s.log.Recover)
	return nil
}

// handshakeProblem gives the right form to what is wrong with a handshake.
func handshakeProblem(wrong *wsframe.HandshakeError) error {
	kind := map[int]error{400: problem.Malformed, 405: problem.Method, 426: problem.UpgradeRequired}[wrong.Status]
	refusal := problem.Refuse(kind, "%s", wrong.Detail)
	refusal.Header = wrong.Header()
	return refusal
}

// newClient lets a socket whose handshake is done take part. From here on it may be written to.
func (s *server) newClient(conn *wsframe.Conn, addr netip.AddrPort, since int64, u *user) *client {
	c := &client{s: s, ctx: ports.WithConn(context.Background(), conn.Net), addr: addr, began: time.Now()}
	c.Dialect, c.Slow, c.Bye = frameDialect, wsconn.SlowFrame, wsconn.ByeFrame
	c.Wake, c.Direct = func() { go c.drain() }, wsframe.Direct(conn.Net)
	c.Begin(conn, &c.Listener, &s.webSockets)
	c.tell = func(event string, data []byte) {
		c.Send(textFrame(envelope.Event(event, data, 0)))
	}
	c.seat.End = func(code int, reason string) { c.Close(wsframe.AppendClose(nil, code, reason)) }
	s.log.Info("socket open", "client", addr)
	missed, err := s.hub.Listen(&c.Listener, since)
	if missed {
		c.tell("resync", []byte("{}"))
	}
	if err != nil {
		c.Close(c.Bye)
	} else if u != nil {
		s.joinAtOnce(&c.member, *u)
	}
	return c
}

// read takes what the peer sends, up to a sign of life and then on.
func (c *client) read(*wsconn.Conn) (next wsconn.Stage) {
	defer func() {
		if next == nil { // also after a panic: nobody stays in the room without a socket
			c.leave()
		}
	}()
	last, why := c.Read(c.answer)
	if why == nil {
		return c.read
	}
	c.why = why
	if last != nil {
		c.Close(last)
	}
	return nil
}

// leave ends what the socket takes part in. What waits for it is still written.
func (c *client) leave() {
	if c.user != nil {
		c.name = c.user.Nickname
	}
	c.unanswered.Wait() // behind Close no answer could be queued
	c.s.leave(&c.member)
	c.s.hub.Leave(&c.Listener)
	c.Close(nil)
}

// ended notes the end of the connection.
func (c *client) ended() {
	c.s.log.Info("socket closed", "client", c.addr, "user", c.name, "in", c.Received, "seconds",
		time.Since(c.began).Round(time.Millisecond).Seconds(), "end", c.why)
	c.s.sockets.Done(c.Net())
}

// drain writes what waits. The hub starts it, see Wake.
func (c *client) drain() {
	c.Drain(func(chunks []*hub.Chunk) { capture.Events(c.Net(), chunks) }, func() { c.s.hub.Drop(&c.Listener) })
}

// answer does what a message asks for, or begins it. Its sender hears of the outcome first, and then what everybody
// hears.
func (c *client) answer(text wsframe.Message) {
	c.Hold() // until reply
	m, err := envelope.Parse(text.Payload)
	if err != nil {
		c.unanswered.Wait()
		c.reply(m, nil, err)
		return
	}
	reply := func(result any, err error) { c.reply(m, result, err) }
	c.s.do(&c.member, request{c.ctx, m.Event, m.Data, c.connection, reply})
}

// reply answers a message and ends its Hold: each message needs exactly one reply. An error is always told; success
// only where the client gave an id.
func (c *client) reply(m envelope.Message, result any, err error) {
	event := "ack"
	if err != nil {
		event, result = "error", c.s.socketError(err)
	} else if m.ID == nil {
		c.Release(nil)
		return
	}
	text, err := envelope.Reply(event, m.ID, result)
	if err != nil {
		c.s.log.Error("encode a reply", "err", err)
		c.Release(nil)
		return
	}
	c.Release(textFrame(text))
}

// as Upgrade names it (RFC 6455 §11.2)
func (c *client) connection() lab.Connection { return lab.ConnectionOn(c.Net(), "websocket") }

// socketError is the data of an error event.
func (s *server) socketError(err error) problem.Untyped {
	p, _ := problem.Of(s.known(err))
	return p.Untyped()
}

// ---- /socket.io/

// newSocketIO makes the server of Socket.IO. Its sockets are members of the same room, and hear the same hub.
func (s *server) newSocketIO() *socketio.Server {
	c := socketio.Config{
		Hub:          s.hub,
		PingInterval: s.cfg.pingEvery,
		MaxPayload:   input.MaxBody,
		WriteTimeout: s.cfg.writeTimeout,
		Writing:      func(via socketio.Via, chunks []*hub.Chunk) { capture.Events(ports.ConnOf(contextOf(via)), chunks) },
		Recover:      s.log.Recover,
		CheckOrigin: func(r *http.Request) bool {
			o := r.Header.Values("Origin")
			return len(o) == 1 && s.cors.Allowed(o[0])
		},
	}
	if !s.cfg.Limits {
		c.MaxSessionsPerAddr = -1 // one machine may be a crowd: it measures
	}
	srv := socketio.New(c)
	srv.Handle("/", socketio.Namespace{Admit: s.admit, Connect: s.connected, Event: s.emitted,
		Disconnect: s.disconnected})
	return srv
}

// contextOf stands for what carries packets, see ports.ConnOf.
func contextOf(via socketio.Via) context.Context {
	if via.Conn != nil {
		return ports.WithConn(context.Background(), via.Conn)
	}
	return via.Request.Context()
}

// admit lets everybody in, with {"token"} as that person; a token that is not valid is refused.
func (s *server) admit(c *socketio.Socket, auth json.RawMessage) error {
	var in struct {
		Token *string `json:"token"`
	}
	err := json.Unmarshal(auth, &in) // not strictly: a client may tell more
	if err == nil && in.Token == nil {
		return nil
	}
	var u user
	if err == nil {
		if u, err = s.userOf(context.Background(), *in.Token); err == nil {
			err = s.room.Admit(u.ID, u.person())
		}
	} else {
		err = problem.Refuse(problem.Malformed, "auth must be like {\"token\":\"...\"}")
	}
	if err != nil {
		why := s.socketError(err)
		return &socketio.ConnectError{Message: why.Detail, Data: why}
	}
	c.Data = &u
	return nil
}

// connected begins with whom admit has let in, or, of a socket that was lost and is back, with whom it was.
func (s *server) connected(c *socketio.Socket) {
	m := &member{tell: func(event string, data []byte) { c.Emit(event, json.RawMessage(data)) }}
	m.seat.End = func(int, string) { c.Disconnect() } // DISCONNECT has no room for a reason
	if u, known := c.Data.(*user); known && u != nil {
		s.joinAtOnce(m, *u)
	}
	c.Data = m
	s.log.Info("Socket.IO open", "client", c.RemoteAddr, "recovered", c.Recovered)
}

// callback is what an acknowledgement brings.
type callback struct {
	OK    bool             `json:"ok"`
	Data  any              `json:"data,omitempty"`
	Error *problem.Untyped `json:"error,omitempty"`
}

// emitted does what an event asks for, or begins it. Its outcome goes to the callback; without one only an error is
// told, as an event.
func (s *server) emitted(c *socketio.Socket, e socketio.Event) []any {
	m, answer := c.Data.(*member), e.Later()
	reply := func(result any, err error) {
		if err == nil {
			answer(callback{OK: true, Data: result})
			return
		}
		why := s.socketError(err)
		if !e.Ack {
			c.Emit("error", why)
		}
		answer(callback{Error: &why})
	}
	data, err := argument(e.Args)
	if err != nil {
		m.unanswered.Wait()
		reply(nil, err)
		return nil
	}
	via := func() lab.Connection {
		if e.Via.Conn != nil {
			return lab.ConnectionOn(e.Via.Conn, "websocket")
		}
		return lab.ConnectionOf(e.Via.Request)
	}
	// what is done outlives a POST
	s.do(m, request{context.WithoutCancel(contextOf(e.Via)), e.Name, data, via, reply})
	return nil
}

// argument returns the one that events here have.
func argument(args socketio.Args) ([]byte, error) {
	switch {
	case len(args.Attachments) > 0:
		return nil, problem.Refuse(problem.Malformed, "no event here takes binary data")
	case len(args.JSON) > 1:
		return nil, problem.Refuse(problem.Malformed, "an event has one argument, an object")
	case len(args.JSON) == 0:
		return nil, nil
	}
	return args.JSON[0], nil
}

// disconnected leaves in c.Data who it was, for the case that it comes back.
func (s *server) disconnected(c *socketio.Socket, reason string) {
	m := c.Data.(*member)
	c.Data = m.user
	s.leave(m)
	s.log.Info("Socket.IO closed", "client", c.RemoteAddr, "end", reason)
}

// ---- /api/events

// handleEvents serves the events over plain HTTP, as a stream or as a list.
func (s *server) handleEvents(w http.ResponseWriter, r *http.Request, u user) error {
	v, err := input.Query(r)
	if err != nil {
		return err
	}
	source := events.Source{Hub: s.hub, KeepAlive: s.cfg.keepAlive, WriteTimeout: s.cfg.writeTimeout, Begun: s.watching(u),
		Writing: func(ctx context.Context, chunks []*hub.Chunk) { capture.Events(ports.ConnOf(ctx), chunks) }}
	return source.Serve(w, r, v, v.ID("poll_id"))
}

// ---- what a capture says about it

// note puts a comment on the answer to what ctx stands for; see package capture.
func note(ctx context.Context, format string, args ...any) {
	capture.Comment(ports.ConnOf(ctx), format, args...)
}
