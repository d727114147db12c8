package socketio

import (
	"net/http"
	"time"

	"pollwire/wire/wsconn"
	"pollwire/wire/wsframe"
)

// From long-polling to WebSocket ("Upgrade"):
//
//	C: GET /socket.io/?EIO=4&transport=websocket&sid=...
//	S: 101 Switching Protocols
//	C: 2probe
//	S: 3probe           and a GET that waits is answered 6
//	C: 5                only when its last GET is answered
//
// Up to the 5 packets go on their old way, behind it on the new one. They come from one queue, of which each is taken
// once, and the client asks for none between the answer to its last GET and the 5: so none is lost, none comes
// twice, and none overtakes another.

// serveUpgrade tries a WebSocket for a session that uses long-polling. If anything goes wrong with it, the session goes
// on as it was.
func (s *session) serveUpgrade(w http.ResponseWriter, r *http.Request) *refusal {
	if !s.srv.enter() {
		return shuttingDown
	}
	if !s.beginUpgrade() {
		// Not a 400, which Node's client takes for a fault of the network.
		s.handshake(w, r, func(c *wsconn.Conn) wsconn.Stage {
			c.SendNow(secondFrame)
			c.Finish()
			return nil
		}, s.srv.running.Done)
		return nil
	}
	s.handshake(w, r, func(c *wsconn.Conn) wsconn.Stage {
		if !s.tryProbe(c) {
			c.SendNow(normalFrame)
			c.Finish()
			return nil
		}
		s.news.Ring() // a GET that still waits, against the rules, comes to an end
		s.carry(c)
		return s.read
	}, func() {
		s.endUpgrade()
		s.srv.running.Done()
	})
	return nil
}

// secondFrame goes to a WebSocket for a session that has one already, or has ended in this moment.
var secondFrame = wsframe.AppendClose(nil, wsframe.ClosePolicyViolation, "the session has a WebSocket")

// beginUpgrade reports false if a WebSocket carries the session already, or is being tried.
func (s *session) beginUpgrade() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reason != "" || s.ws.Load() != nil || s.upgrading {
		return false
	}
	s.upgrading = true
	return true
}

// endUpgrade makes room for another try. After a successful one it changes nothing that matters.
func (s *session) endUpgrade() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.upgrading, s.probe, s.probed = false, nil, false
}

// tryProbe does the client's three steps and reports whether c is now what carries the session.
func (s *session) tryProbe(c *wsconn.Conn) bool {
	c.Net().SetReadDeadline(time.Now().Add(s.srv.cfg.UpgradeTimeout))
	s.mu.Lock()
	s.probe = c.Net() // from now on the end of the session ends the wait for a message, too
	ended := s.reason != ""
	s.mu.Unlock()
	if ended || !expect(c, "2probe") {
		return false
	}
	s.mu.Lock()
	s.probed = true // before the client hears of it: its next GET, and its 5, may be here at once
	s.mu.Unlock()
	if !c.SendNow(textFrame("3probe")) {
		return false
	}
	s.news.Ring()
	return expect(c, "5") && s.changeOver(c)
}

// expect reads the next message and reports whether it is this one.
func expect(c *wsconn.Conn, text string) bool {
	for {
		m, err := c.Next()
		switch {
		case err != nil || m.Opcode == wsframe.OpClose || m.Opcode == wsframe.OpBinary:
			return false
		case m.Opcode == wsframe.OpText:
			return string(m.Payload) == text
		case m.Opcode == wsframe.OpPing && !c.SendNow(wsframe.AppendFrame(nil, wsframe.OpPong, m.Payload)):
			return false
		}
	}
}

// changeOver makes c what carries the session, unless that has ended.
func (s *session) changeOver(c *wsconn.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reason != "" {
		return false
	}
	c.Net().SetReadDeadline(time.Time{})
	s.ws.Store(c)
	s.probe, s.probed = nil, false
	return true
}
