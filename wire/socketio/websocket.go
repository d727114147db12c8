package socketio

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"pollwire/wire/wsframe"
)

// wsConn is one WebSocket connection. A goroutine of its own reads it. Whoever drains the session's queue writes it,
// and the hub what leaves at once; as long as it is only a probe, that is the reading goroutine too.
type wsConn struct {
	conn     net.Conn
	request  *http.Request // its handshake
	frames   *wsframe.Reader
	timeout  time.Duration // of a write
	flushed  chan struct{} // closed when the last byte is written, or can't be
	finished bool          // flushed is closed
}

// handshake answers 101 (RFC 6455 §4.2.2), with the headers that stand in w already, and calls serve, which may use
// the connection until it returns. That is done in a goroutine of its own, see wsframe.Upgrade; done is called at its
// end.
func (s *session) handshake(w http.ResponseWriter, r *http.Request, serve func(*wsConn), done func()) {
	conn, err := wsframe.Upgrade(w, r, w.Header().Clone())
	if err != nil {
		done()
		return
	}
	c := &wsConn{conn: conn.Conn, request: r.WithContext(context.WithoutCancel(r.Context())),
		frames:  wsframe.NewReader(conn.WebSocket, s.srv.cfg.MaxPayload),
		timeout: s.srv.cfg.WriteTimeout, flushed: make(chan struct{})}
	go func() {
		if s.srv.cfg.Recover != nil {
			defer s.srv.cfg.Recover()
		}
		defer done() // also after a panic
		defer conn.Close()
		serve(c)
		conn.SetReadDeadline(time.Now().Add(wsframe.Linger))
		io.Copy(io.Discard, conn) // until the peer has closed too
	}()
}

// serveWebSocket serves a session that began with a WebSocket.
func (s *session) serveWebSocket(w http.ResponseWriter, r *http.Request) *refusal {
	if !s.srv.enter() {
		s.end(reasonClose, nil)
		return shuttingDown
	}
	s.Send(textFrame(string(engineOpen) + string(s.parameters())))
	s.handshake(w, r, func(c *wsConn) {
		s.ws.Store(c)
		s.carry(c)
	}, func() {
		s.end(reasonClose, nil) // if the handshake has failed
		s.srv.running.Done()
	})
	return nil
}

// carry lets c carry the session to its end.
func (s *session) carry(c *wsConn) {
	s.SetDirect(wsframe.Direct(c.conn))
	go s.drain() // what waits; who queues more from now on wakes a writer by itself
	s.read(c)
}

// read takes what the client sends until one side ends the connection. There is no deadline: a client that falls silent
// misses a ping.
func (s *session) read(c *wsConn) {
	defer func() {
		s.end(reasonClose, nil) // also after a panic: no session stays without a connection
		<-c.flushed
	}()
	for {
		m, err := c.frames.Next()
		if err != nil {
			s.readError(err)
			return
		}
		if s.ended() && m.Opcode != wsframe.OpClose {
			continue // our close frame is out: nothing is answered any more
		}
		switch m.Opcode {
		case wsframe.OpText, wsframe.OpBinary:
			if s.receiveMessage(c, m) != nil {
				s.end(reasonParse, malformedFrame)
			}
		case wsframe.OpPing: // RFC 6455 §5.5.2; the pings of Engine.IO are packets, and go the other way
			s.Send(wsframe.AppendFrame(nil, wsframe.OpPong, m.Payload))
		case wsframe.OpClose: // §5.5.1: answered with its own code
			code, _, err := wsframe.ParseClose(m.Payload)
			if err != nil {
				s.readError(err)
				return
			}
			s.end(reasonClose, wsframe.AppendClose(nil, code, ""))
			return
		}
	}
}

// readError ends the session after a failed read, with the fitting close frame where the peer broke the protocol.
func (s *session) readError(err error) {
	if broken := (*wsframe.CloseError)(nil); errors.As(err, &broken) {
		s.end(reasonParse, wsframe.AppendClose(nil, broken.Code, broken.Reason))
		return
	}
	s.end(reasonClose, nil)
}

func (s *session) receiveMessage(c *wsConn, m wsframe.Message) error {
	p := enginePacket{kind: engineMessage, data: m.Payload, binary: true}
	if m.Opcode == wsframe.OpText {
		var err error
		if p, err = parseEngine(m.Payload); err != nil {
			return err
		}
	}
	s.in.Lock()
	defer s.release()
	s.from = c.request
	return s.receive(p)
}

// drain writes all that waits, in as few writes as possible, and ends when nothing waits.
func (s *session) drain() {
	s.writing.Lock()
	defer s.writing.Unlock()
	c := s.ws.Load()
	drop := func() { s.srv.cfg.Hub.Drop(&s.Listener) }
	for {
		chunks, _, last := s.Take()
		why := s.hubReason(chunks) // asked now: writing uses up chunks
		s.srv.writing(c.request.Context(), chunks)
		if rest := wsframe.Write(c.conn, chunks, c.timeout, drop); len(rest) > 0 && !last {
			drop()
			s.end(reasonError, nil)
			// The frames it has begun to read are ended, or it could not make out the close frame.
			if len(wsframe.Write(c.conn, rest[:1], c.timeout, drop)) > 0 {
				c.conn.Close()
			}
		}
		if last {
			c.finish()
			s.end(why, nil)
		}
		if last || len(chunks) == 0 {
			return
		}
	}
}

// write is wsframe.Write while the connection is a probe: nothing is lost with it.
func (c *wsConn) write(frames ...[]byte) bool {
	return len(wsframe.Write(c.conn, frames, c.timeout, func() {})) == 0
}

// finish says that nothing more is written. The peer has a moment to close its side.
func (c *wsConn) finish() {
	if c.finished {
		return
	}
	c.finished = true
	wsframe.CloseWrite(c.conn)
	close(c.flushed)
}
