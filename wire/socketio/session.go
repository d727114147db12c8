package socketio

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pollwire/live/hub"
	"pollwire/live/wake"
	"pollwire/wire/wsconn"
	"pollwire/wire/wsframe"
)

// dialect writes an event of the hub for the namespace "/": a frame with
//
//	42["greeting",{"text":"hello"},"7"]
//
// The last argument is the number of the event. A client that recovers sends the last one that it got ("offset").
var dialect = hub.NewDialect(func(e *hub.Event) []byte {
	return textFrame(fmt.Sprintf(`42[%q,%s,"%d"]`, e.Name, e.Data, e.Seq))
})

// Why a socket was disconnected, in the words of the reference implementation.
const (
	reasonClient   = "client namespace disconnect"
	reasonServer   = "server namespace disconnect"
	reasonShutdown = "server shutting down"
	reasonPing     = "ping timeout"
	reasonClose    = "transport close" // by the client, or it has gone
	reasonError    = "transport error" // such as two GETs at a time, or a reader that is too slow
	reasonParse    = "parse error"
	reasonIdle     = "no namespace" // no socket ever hears this one
)

// Last words of a session. For long-polling each of them is a close packet, see appendPayload.
var (
	silentFrame    = wsframe.AppendClose(nil, wsframe.ClosePolicyViolation, "no pong")
	idleFrame      = wsframe.AppendClose(nil, wsframe.ClosePolicyViolation, "in no namespace")
	malformedFrame = wsframe.AppendClose(nil, wsframe.CloseProtocolError, "malformed packet")
	normalFrame    = wsframe.AppendClose(nil, wsframe.CloseNormal, "")
	noopFrame      = textFrame(string(rune(engineNoop)))
	pingFrame      = textFrame(string(rune(enginePing)))
)

// session is what is behind a sid: one client of Engine.IO, whatever carries its packets. It costs no goroutine while
// it uses long-polling and nothing happens.
//
// Packets out: everything goes through the queue (hub.Listener), to the GET that waits or to the WebSocket.
// Packets in: one at a time, under in, and so are all calls of the application.
type session struct {
	hub.Listener
	srv  *Server
	sid  string
	addr netip.AddrPort // where the first request came from

	in      sync.Mutex // held while packets that came in are worked on, and while the application is called
	from    Via        // guarded by in: what brought them
	partial *packet    // guarded by in: a binary packet whose attachments are still under way
	parts   [][]byte   // and those of them that have come
	size    int        // bytes in both

	news    wake.Bell                   // for a waiting GET: something has changed
	ws      atomic.Pointer[wsconn.Conn] // not nil: the transport is this WebSocket
	writing sync.Mutex                  // one writes to ws at a time
	over    chan struct{}               // closed when all sockets have been told of the end

	leaveOnce sync.Once
	gone      chan struct{} // closed by leave

	// mu guards what follows, and nothing waits while it is held. Who needs in as well takes that first.
	mu        sync.Mutex
	sockets   map[string]*Socket // by namespace
	left      map[string]bool    // namespaces that the server made a socket leave: packets may still be under way
	getting   bool               // a GET waits
	posting   bool               // a POST is being read or worked on
	upgrading bool               // a WebSocket is tried
	probe     net.Conn           // and this is it, once its handshake is done
	probed    bool               // and it works: GETs must come to an end
	beat      *time.Timer        // to the next ping, or to the end of the wait for a pong
	pongDue   bool
	due       time.Time   // when beat rings
	lonely    *time.Timer // ends a session that is in no namespace
	reason    string      // not empty: it has ended
	finished  bool        // over is closed
	leaving   bool        // the client has ended it, while no GET waited
}

func newSession(srv *Server, r *http.Request) *session {
	addr, _ := netip.ParseAddrPort(r.RemoteAddr)
	s := &session{srv: srv, sid: rand.Text(), addr: netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()),
		news: wake.NewBell(), over: make(chan struct{}), gone: make(chan struct{}),
		sockets: map[string]*Socket{}, left: map[string]bool{}}
	s.Dialect, s.Slow, s.Bye = dialect, wsconn.SlowFrame, wsconn.ByeFrame
	s.Wake = func() { // with the queue locked: it must not wait
		if s.ws.Load() != nil {
			go s.drain()
		} else {
			s.news.Ring()
		}
	}
	return s
}

// start sets the timers off.
func (s *session) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due = time.Now().Add(s.srv.cfg.PingInterval)
	s.beat = time.AfterFunc(s.srv.cfg.PingInterval, s.heartbeat)
	s.lonely = time.AfterFunc(s.srv.cfg.ConnectTimeout, s.endIfLonely)
}

// parameters is what an open packet tells ("Handshake").
func (s *session) parameters(upgrades ...string) []byte {
	list, err := json.Marshal(append([]string{}, upgrades...))
	if err != nil {
		panic(err) // strings
	}
	c := s.srv.cfg
	return fmt.Appendf(nil, `{"sid":%q,"upgrades":%s,"pingInterval":%d,"pingTimeout":%d,"maxPayload":%d}`,
		s.sid, list, c.PingInterval.Milliseconds(), c.PingTimeout.Milliseconds(), c.MaxPayload)
}

// greeting is the open packet of long-polling.
func (s *session) greeting() []byte {
	return append([]byte{engineOpen}, s.parameters("websocket")...)
}

// heartbeat pings the client, or ends the session if the last ping was not answered ("Heartbeat").
func (s *session) heartbeat() {
	s.mu.Lock()
	dead, ended := s.pongDue, s.reason != ""
	if !dead && !ended {
		s.pongDue = true
		s.awaitPongLocked(s.ws.Load() != nil || s.getting)
	}
	s.mu.Unlock()
	switch {
	case ended:
	case dead:
		s.end(reasonPing, silentFrame)
	case !s.Send(pingFrame):
		s.end(reasonError, nil) // the hub has dropped it, and no GET came to hear of that
	}
}

// awaitPongLocked sets how long the client may take for its pong: PingTimeout from when the ping is sent. Where nothing
// takes it, from when it was due and not from when a busy machine came to send it; but some time is left always.
func (s *session) awaitPongLocked(sent bool) {
	timeout := s.srv.cfg.PingTimeout
	wait := timeout
	if !sent {
		wait = max(time.Until(s.due.Add(timeout)), timeout/4)
	}
	s.due = time.Now().Add(wait)
	s.beat.Reset(wait)
}

// pinged is told what a GET has taken. If the ping is part of it, it is on its way only now.
func (s *session) pinged(chunks []*hub.Chunk) {
	if !slices.ContainsFunc(chunks, func(c *hub.Chunk) bool { return bytes.Equal(c.Bytes, pingFrame) }) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pongDue && s.reason == "" {
		s.awaitPongLocked(true)
	}
}

func (s *session) pong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pongDue = false; s.reason == "" {
		s.due = time.Now().Add(s.srv.cfg.PingInterval)
		s.beat.Reset(s.srv.cfg.PingInterval)
	}
}

func (s *session) endIfLonely() {
	s.mu.Lock()
	lonely := len(s.sockets) == 0
	s.mu.Unlock()
	if lonely {
		s.end(reasonIdle, idleFrame)
	}
}

// ended tells whether the session has ended.
func (s *session) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason != ""
}

// end ends the session, once: its sid is unknown from now on. last is the last chunk that the client may still get.
func (s *session) end(reason string, last []byte) {
	s.mu.Lock()
	if s.reason != "" {
		s.mu.Unlock()
		return
	}
	s.reason = reason
	s.beat.Stop()
	s.lonely.Stop()
	for _, c := range s.sockets {
		c.leaveLocked(reason)
	}
	if s.probe != nil {
		s.probe.SetReadDeadline(time.Now())
	}
	s.mu.Unlock()
	s.srv.forget(s, !s.leaving)
	s.srv.cfg.Hub.Leave(&s.Listener)
	s.Close(last)
	s.settle()
}

// cut closes the WebSocket of a session, or the one that is tried, whatever waits to be written to it.
func (s *session) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.ws.Load(); c != nil {
		c.Net().Close()
	}
	if s.probe != nil {
		s.probe.Close()
	}
}

// release gives in back. Who could not tell sockets of their end meanwhile has left that to us.
func (s *session) release() {
	s.in.Unlock()
	s.settle()
}

// settle calls the application for all sockets that have left. It never waits: if a packet is being worked on, whoever
// does that settles afterwards.
func (s *session) settle() {
	for s.unsettled() && s.in.TryLock() {
		s.sayFarewells()
		s.mu.Lock()
		if s.overLocked() {
			s.finished = true
			close(s.over)
			s.srv.running.Done()
		}
		s.mu.Unlock()
		s.in.Unlock()
	}
}

func (s *session) unsettled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sockets {
		if c.goneLocked() {
			return true
		}
	}
	return s.overLocked()
}

// overLocked tells whether all sockets have been told of the end, and nobody has said so yet.
func (s *session) overLocked() bool { return s.reason != "" && len(s.sockets) == 0 && !s.finished }

// sayFarewells tells the application who has left. The caller holds in.
func (s *session) sayFarewells() {
	for c := s.nextGone(); c != nil; c = s.nextGone() {
		c.farewell()
	}
}

// nextGone takes a socket out that has left.
func (s *session) nextGone() *Socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, c := range s.sockets {
		if c.goneLocked() {
			delete(s.sockets, name)
			if len(s.sockets) == 0 && s.reason == "" {
				s.lonely.Reset(s.srv.cfg.ConnectTimeout)
			}
			return c
		}
	}
	return nil
}
