package socketio

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"pollwire/rest/output"
	"pollwire/wire/wsconn"
)

// What comes in. The caller of all of these holds in. An error means that the client broke the protocol, and ends the
// session.

// receive works on a packet of Engine.IO.
func (s *session) receive(p enginePacket) error {
	switch p.kind {
	case engineMessage:
		return s.receiveData(p)
	case enginePong:
		s.pong()
	case engineClose:
		s.endByClient()
	case engineNoop:
	default:
		return fmt.Errorf("packet type %c is not the client's to send", p.kind)
	}
	return nil
}

// endByClient answers a close packet: a WebSocket with a close frame, a GET that waits with a noop, and so one that the
// client has sent at the same moment, see leave.
func (s *session) endByClient() {
	if s.ws.Load() != nil {
		s.end(reasonClose, normalFrame)
		return
	}
	s.mu.Lock()
	s.leaving = s.reason == "" && !s.getting
	s.mu.Unlock()
	s.end(reasonClose, noopFrame)
}

// receiveData puts a packet together with its attachments, which must follow it at once.
func (s *session) receiveData(m enginePacket) error {
	if m.binary != (s.partial != nil) {
		return errors.New("attachments belong behind the packet that announces them, and nothing else does")
	}
	if s.partial == nil {
		p, err := parsePacket(m.data)
		if err != nil {
			return err
		}
		if p.attachments == 0 {
			return s.receivePacket(p, nil)
		}
		p.data = slices.Clone(p.data)
		s.partial, s.size = &p, len(p.data)
		return nil
	}
	s.parts = append(s.parts, slices.Clone(m.data))
	if s.size += len(m.data); s.size > s.srv.cfg.MaxPayload {
		return errors.New("the attachments are too large together")
	}
	if len(s.parts) < s.partial.attachments {
		return nil
	}
	p, parts := *s.partial, s.parts
	s.partial, s.parts = nil, nil
	return s.receivePacket(p, parts)
}

// receivePacket works on a whole packet of Socket.IO.
func (s *session) receivePacket(p packet, attachments [][]byte) error {
	s.sayFarewells() // a client may leave a namespace and join it again in one payload
	c, left := s.socketIn(p.namespace)
	switch {
	case p.kind == typeConnect && c == nil:
		return s.connect(p)
	case p.kind == typeConnect:
		return nil // socket.connect() twice in a row sends two; the first was answered
	case c == nil && left:
		return nil // it was sent before the client knew
	case c == nil:
		return errors.New("not connected to the namespace") // "Connection to a namespace": CONNECT comes first
	case p.kind == typeDisconnect:
		s.disconnect(c)
		return nil
	}
	args, err := parseArgs(p.data, attachments)
	if err != nil {
		return err
	}
	if p.kind == typeAck || p.kind == typeBinaryAck {
		c.settleAck(p.id, args, nil)
		return nil
	}
	return c.receiveEvent(p, args)
}

// socketIn returns the socket in a namespace, nil if there is none, and whether the server has made one leave it.
func (s *session) socketIn(namespace string) (c *Socket, left bool) {
	s.mu.Lock()
	c, left = s.sockets[namespace], s.left[namespace]
	gone := c != nil && c.reason != ""
	s.mu.Unlock()
	if gone { // answers to it are still under way
		c.answering.Wait()
		s.sayFarewells()
		c = nil
	}
	return c, left
}

func (s *session) disconnect(c *Socket) {
	s.mu.Lock()
	c.leaveLocked(reasonClient)
	s.mu.Unlock()
	s.srv.leaveHub(c) // release tells the application
}

// receiveEvent hands an event to the application. What that has to tell everybody waits behind the acknowledgement.
func (c *Socket) receiveEvent(p packet, args Args) error {
	if len(args.JSON) == 0 {
		return errors.New("an event without a name")
	}
	name, err := eventName(args.JSON[0])
	if err != nil {
		return err
	}
	args.JSON = args.JSON[1:]
	r, returned := c.awaitReply(p.id), false
	defer func() {
		if !returned { // the application has panicked, and nobody may be left to answer
			r.once.Do(func() { r.done(nil) })
		}
	}()
	var ack []any
	if c.handlers.Event != nil {
		ack = c.handlers.Event(c, Event{name, args, p.id != noID, c.s.from, r})
	}
	returned = true
	if !r.later {
		r.send(ack)
	}
	return nil
}

// reply is what an event is answered by. Until then broadcasts are held.
type reply struct {
	c     *Socket
	id    int64 // noID: there is no acknowledgement
	later bool  // the application answers by itself
	once  sync.Once
}

func (c *Socket) awaitReply(id int64) *reply {
	c.s.mu.Lock()
	c.unanswered++
	c.s.mu.Unlock()
	c.answering.Add(1)
	c.s.Hold()
	return &reply{c: c, id: id}
}

func (r *reply) send(ack []any) {
	r.once.Do(func() {
		var first []byte
		defer func() { r.done(first) }()
		if r.id == noID {
			return
		}
		acked, err := MakeArgs(ack...)
		if err != nil {
			panic(err) // the application's own values
		}
		first = acked.chunk(packet{kind: typeAck, namespace: r.c.namespace, id: r.id}, nil)
	})
}

// done lets go what is held, and tells the application of the end if that has only waited for this answer.
func (r *reply) done(first []byte) {
	s := r.c.s
	s.Release(first)
	s.mu.Lock()
	r.c.unanswered--
	gone := r.c.unanswered == 0 && r.c.reason != ""
	s.mu.Unlock()
	r.c.answering.Done()
	if gone {
		go s.settle() // not here: the caller may be somebody who must not wait
	}
}

// ---- CONNECT

// connect answers a CONNECT, with CONNECT or CONNECT_ERROR ("Connection to a namespace").
func (s *session) connect(p packet) error {
	n, exists := s.srv.namespaces[p.namespace]
	if !exists {
		s.refuse(p.namespace, &ConnectError{Message: "Invalid namespace"})
		return nil
	}
	auth, resume, err := parseAuth(p.data)
	if err != nil {
		return err
	}
	c := &Socket{RemoteAddr: s.addr, s: s, namespace: p.namespace, handlers: n, pending: map[int64]*pendingAck{}}
	if n.Admit != nil {
		if err := n.Admit(c, auth); err != nil {
			s.refuse(p.namespace, err)
			return nil
		}
	}
	var first []byte
	s.Hold() // what the hub tells comes behind the answer
	defer func() { s.Release(first) }()
	if !s.srv.begin(c, resume) {
		s.end(reasonShutdown, wsconn.ByeFrame)
		return nil
	}
	s.mu.Lock()
	s.sockets[p.namespace] = c
	delete(s.left, p.namespace)
	c.leaveLocked(s.reason) // if the session ended meanwhile, so did c
	s.mu.Unlock()
	if c.gone() {
		s.srv.leaveHub(c)
	}
	first = c.greeting()
	if n.Connect != nil {
		n.Connect(c)
	}
	return nil
}

// greeting is the CONNECT that answers the client's.
func (c *Socket) greeting() []byte {
	p := packet{kind: typeConnect, namespace: c.namespace, id: noID}
	if c.pid == "" {
		p.data = fmt.Appendf(nil, `{"sid":%q}`, c.ID)
	} else {
		p.data = fmt.Appendf(nil, `{"sid":%q,"pid":%q}`, c.ID, c.pid)
	}
	return p.chunk(nil)
}

// refuse answers with a CONNECT_ERROR.
func (s *session) refuse(namespace string, err error) {
	why := &ConnectError{Message: "Refused"} // whatever it was, it is none of the client's business
	errors.As(err, &why)
	data, err := output.Encode(struct {
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{why.Message, why.Data})
	if err != nil {
		panic(err) // the application's own value
	}
	s.Send(packet{kind: typeConnectError, namespace: namespace, id: noID, data: data}.chunk(nil))
}
