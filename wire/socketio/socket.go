package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"pollwire/rest/output"
)

// Namespace is what the application does in one namespace. For one client these are called one at a time, in the order
// of what happens; for different clients at the same time. A func that is nil does nothing.
type Namespace struct {
	// Admit decides who may come in, by the auth that the client sent, {} for none; the members "pid" and "offset",
	// which a recovering client adds by itself, are taken out. An error becomes a CONNECT_ERROR, see ConnectError.
	// It may set c.Data; nothing can be sent to c yet.
	Admit func(c *Socket, auth json.RawMessage) error

	// Connect is called when c is in and hears the hub. What it queues for c leaves behind the client's "connect".
	Connect func(c *Socket)

	// Event is called for each event. If the client asks for an acknowledgement, what it returns are the arguments of
	// that, encoded as by MakeArgs. Broadcasts that it causes reach c only behind the acknowledgement. See Event.Later
	// for what takes time.
	Event func(c *Socket, e Event) (ack []any)

	// Disconnect is called once for each c that Connect was called for, when all its events are answered. What c.Data is
	// afterwards is what a client that comes back in time begins with.
	Disconnect func(c *Socket, reason string)
}

// Event is what a client has sent.
type Event struct {
	Name string
	Args Args
	Ack  bool // the client asks for an acknowledgement
	Via  Via  // what brought it

	reply *reply
}

// Later is for what takes time: Namespace.Event returns, and the next event can be worked on meanwhile. What it returns
// counts for nothing then. Instead answer must be called, once and from any goroutine, with the arguments of the
// acknowledgement, also where the client asks for none. It does not wait. Acknowledgements leave in the order of these
// calls, and broadcasts behind the last that is under way. How many those may be is for the application to limit.
func (e Event) Later() (answer func(ack ...any)) {
	e.reply.later = true
	return func(ack ...any) { e.reply.send(ack) }
}

// Via is what carries packets, one of the two. It tells the connection, which need not be that of Socket.RemoteAddr. Of
// a WebSocket there is no request: what a client can put into the header section of a handshake would be kept for as
// long as the WebSocket lives.
type Via struct {
	Request *http.Request // long-polling: a POST that brings packets, or a GET that waits for some; for reading
	Conn    net.Conn      // a WebSocket
}

// ConnectError refuses a client. Message is the error's message there, Data its data if that is not nil. Any other
// error of Admit refuses with a message that tells nothing.
type ConnectError struct {
	Message string
	Data    any
}

func (e *ConnectError) Error() string { return e.Message }

// Errors of Emit and EmitAck.
var (
	ErrGone    = errors.New("the socket has left")
	ErrTimeout = errors.New("no acknowledgement in time")
	ErrTooMany = errors.New("too many acknowledgements are awaited")
)

// maxPending is how many acknowledgements of one socket may be awaited.
const maxPending = 1000

// Socket is a client in a namespace. One session may be in several: then it has as many.
type Socket struct {
	ID         string         // its public name; unlike the session's sid it is no secret
	RemoteAddr netip.AddrPort // where the session's first request came from; see Event.Via for later ones
	Recovered  bool           // it goes on where a lost one left off, with its ID and, if Admit set none, its Data
	Data       any            // the application's; for use in the calls of Namespace

	s         *session
	namespace string
	handlers  Namespace
	pid       string // the private name by which it can be recovered, "" if it can't
	since     int64  // it hears the events behind this one

	answering sync.WaitGroup // events that are not answered yet; waited for with s.in held

	// Guarded by s.mu.
	reason     string // not empty: it has left
	nextID     int64
	pending    map[int64]*pendingAck
	unanswered int // how many are in answering
}

type pendingAck struct {
	timer *time.Timer
	done  func(Args, error)
}

// Emit queues an event for c alone; MakeArgs says what args may be. Unlike what the hub tells, it is not repeated when
// the client recovers. So that a client does not mistake it for a place in the hub's events, the last one of
// args should not be a string. The errors are ErrGone and those of encoding.
func (c *Socket) Emit(event string, args ...any) error {
	return c.emit(packet{kind: typeEvent, namespace: c.namespace, id: noID}, event, args)
}

// EmitAck is Emit for an event that the client is to acknowledge. If there is no error, done is called once: with the
// arguments of the acknowledgement, or with ErrTimeout or ErrGone. That may be from another goroutine.
func (c *Socket) EmitAck(timeout time.Duration, done func(Args, error), event string, args ...any) error {
	c.s.mu.Lock()
	if c.reason != "" {
		c.s.mu.Unlock()
		return ErrGone
	}
	if len(c.pending) >= maxPending {
		c.s.mu.Unlock()
		return ErrTooMany
	}
	id := c.nextID
	c.nextID++
	c.pending[id] = &pendingAck{time.AfterFunc(timeout, func() { c.settleAck(id, Args{}, ErrTimeout) }), done}
	c.s.mu.Unlock()
	err := c.emit(packet{kind: typeEvent, namespace: c.namespace, id: id}, event, args)
	if err != nil && c.takeAck(id) == nil {
		return nil // done has been told already
	}
	return err
}

func (c *Socket) emit(p packet, event string, values []any) error {
	if slices.Contains(reserved, event) {
		return fmt.Errorf("no event may be named %q", event)
	}
	name, err := output.Encode(event)
	if err != nil {
		return err
	}
	args, err := MakeArgs(values...)
	if err != nil {
		return err
	}
	if c.gone() || !c.s.Send(args.chunk(p, name)) {
		return ErrGone
	}
	return nil
}

// takeAck returns an acknowledgement that is awaited, nil if it no longer is.
func (c *Socket) takeAck(id int64) *pendingAck {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	p := c.pending[id]
	delete(c.pending, id)
	if p != nil {
		p.timer.Stop()
	}
	return p
}

func (c *Socket) settleAck(id int64, args Args, err error) {
	if p := c.takeAck(id); p != nil {
		p.done(args, err)
	}
}

func (c *Socket) gone() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.reason != ""
}

// Disconnect makes c leave its namespace. The session stays; a client without any namespace ends it.
func (c *Socket) Disconnect() {
	c.s.mu.Lock()
	gone := c.reason != ""
	if !gone {
		c.s.left[c.namespace] = true
		c.leaveLocked(reasonServer)
	}
	c.s.mu.Unlock()
	if !gone {
		c.s.srv.leaveHub(c)
		c.s.Send(packet{kind: typeDisconnect, namespace: c.namespace, id: noID}.chunk(nil))
		c.s.settle()
	}
}

func (c *Socket) leaveLocked(reason string) {
	if c.reason == "" {
		c.reason = reason
	}
}

// goneLocked tells whether c has left and everything that it has asked for is answered.
func (c *Socket) goneLocked() bool { return c.reason != "" && c.unanswered == 0 }

// farewell tells the application that c has left. The caller holds in.
func (c *Socket) farewell() {
	c.s.mu.Lock()
	var waiting []int64
	for id := range c.pending {
		waiting = append(waiting, id)
	}
	c.s.mu.Unlock()
	for _, id := range waiting {
		c.settleAck(id, Args{}, ErrGone)
	}
	if c.handlers.Disconnect != nil {
		c.handlers.Disconnect(c, c.reason)
	}
	c.s.srv.remember(c)
}
