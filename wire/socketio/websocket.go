package socketio

import (
	"cmp"
	"errors"
	"net/http"

	"pollwire/live/hub"
	"pollwire/wire/wsconn"
	"pollwire/wire/wsframe"
)

// A goroutine of its own reads a WebSocket. Whoever drains the session's queue writes it, and the hub what leaves at
// once; as long as it is only a probe, that is the reading goroutine too. Of its handshake nothing is kept: the header
// section may be large.

// handshake answers 101 (RFC 6455 §4.2.2), with the headers that stand in w already, and begins with first, in a
// goroutine of its own, see wsframe.Upgrade. done is called at the end.
func (s *session) handshake(w http.ResponseWriter, r *http.Request, first wsconn.Stage, done func()) {
	conn, err := wsframe.Upgrade(w, r, w.Header().Clone())
	if err != nil {
		done()
		return
	}
	c := new(wsconn.Conn)
	c.Begin(conn, &s.Listener, &s.srv.webSockets)
	go c.Attend(first, done, s.srv.cfg.Recover)
}

// serveWebSocket serves a session that began with a WebSocket.
func (s *session) serveWebSocket(w http.ResponseWriter, r *http.Request) *refusal {
	if !s.srv.enter() {
		s.end(reasonClose, nil)
		return shuttingDown
	}
	s.Send(textFrame(string(engineOpen) + string(s.parameters())))
	s.handshake(w, r, func(c *wsconn.Conn) wsconn.Stage {
		s.ws.Store(c)
		s.carry(c)
		return s.read
	}, func() {
		s.end(reasonClose, nil) // if the handshake has failed
		s.srv.running.Done()
	})
	return nil
}

// carry lets c carry the session from now on. It is to be read to its end.
func (s *session) carry(c *wsconn.Conn) {
	s.SetDirect(wsframe.Direct(c.Net()))
	go s.drain() // what waits; who queues more from now on wakes a writer by itself
}

// read takes what the client sends, up to a sign of life and then on. There is no deadline: a client that falls silent
// misses a ping.
func (s *session) read(c *wsconn.Conn) (next wsconn.Stage) {
	defer func() {
		if next == nil { // also after a panic: no session stays without a connection
			s.end(reasonClose, nil)
		}
	}()
	last, why := c.Read(func(m wsframe.Message) {
		// Once the session has ended nothing is answered any more.
		if !s.ended() && s.receiveMessage(c, m) != nil {
			s.end(reasonParse, malformedFrame)
		}
	})
	if why == nil {
		return s.read
	}
	reason := reasonClose
	if broken := (*wsframe.CloseError)(nil); errors.As(why, &broken) {
		reason = reasonParse
	}
	s.end(reason, last)
	return nil
}

func (s *session) receiveMessage(c *wsconn.Conn, m wsframe.Message) error {
	p := enginePacket{kind: engineMessage, data: m.Payload, binary: true}
	if m.Opcode == wsframe.OpText {
		var err error
		if p, err = parseEngine(m.Payload); err != nil {
			return err
		}
	}
	if p.kind == enginePong {
		c.Rest()
	}
	s.in.Lock()
	defer s.release()
	s.from = Via{Conn: c.Net()}
	return s.receive(p)
}

// drain writes all that waits to the WebSocket, and ends when nothing waits.
func (s *session) drain() {
	s.writing.Lock()
	defer s.writing.Unlock()
	c, why := s.ws.Load(), ""
	last := c.Drain(func(chunks []*hub.Chunk) {
		why = s.hubReason(chunks)
		s.srv.writing(Via{Conn: c.Net()}, chunks)
	}, func() {
		s.srv.cfg.Hub.Drop(&s.Listener)
		s.end(reasonError, nil)
	})
	if last {
		s.end(cmp.Or(why, reasonError), nil)
	}
}
