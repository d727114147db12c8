package socketio

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Connection state recovery: a client that lost its connection comes back with the pid of its socket and the offset of
// the last event that it got, and goes on as if nothing had been.
//
//	S: 40{"sid":"...","pid":"..."}
//	S: 42["greeting",{},"7"]              7 is the offset
//	   ... the connection is lost; events 8 and 9 happen; a new session ...
//	C: 40{"pid":"...","offset":"7"}
//	S: 40{"sid":"...","pid":"..."}        the same ones: the client's socket.recovered is true
//	S: 42["greeting",{},"8"]
//	S: 42["greeting",{},"9"]
//
// https://socket.io/docs/v4/connection-state-recovery. The protocol document does not know it: on the wire it is no
// more than these members and the last argument of each event.

// maxLost is how many lost sockets are remembered; the oldest go first.
const maxLost = 10_000

// memory knows the sockets that can be recovered. The server's mu guards it.
type memory struct {
	keep time.Duration // below 0: nothing is remembered
	live map[string]*Socket
	lost map[string]lostSocket
	ages []string // the keys of lost, oldest first, and some that are no longer there
}

type lostSocket struct {
	id    string
	since int64
	data  any
	until time.Time
}

func newMemory(keep time.Duration) memory {
	return memory{keep: keep, live: map[string]*Socket{}, lost: map[string]lostSocket{}}
}

// forgetLocked drops what is too old or too much.
func (m *memory) forgetLocked(now time.Time) {
	n := 0
	for n < len(m.ages) {
		l, kept := m.lost[m.ages[n]]
		if kept && len(m.ages)-n <= maxLost && now.Before(l.until) {
			break
		}
		delete(m.lost, m.ages[n])
		n++
	}
	m.ages = m.ages[n:]
}

// resume is what a client that wants to recover sends.
type resume struct {
	pid    string
	offset int64
}

// parseAuth returns the auth of a CONNECT for the application, and takes out what is not meant for it.
func parseAuth(data []byte) (auth json.RawMessage, r resume, err error) {
	if data == nil {
		return json.RawMessage("{}"), r, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, r, err
	}
	pid, sent := members["pid"]
	offset, sentOffset := members["offset"]
	if !sent && !sentOffset {
		return slices.Clone(data), r, nil
	}
	// Whatever is wrong with these two, the client is told that it was not recovered, and goes on.
	var text string
	if json.Unmarshal(pid, &r.pid) != nil || json.Unmarshal(offset, &text) != nil && sentOffset {
		r.pid = ""
	}
	if r.offset, err = strconv.ParseInt(text, 10, 64); err != nil && sentOffset || r.offset < 0 {
		r.pid = "" // a string of another event
	}
	delete(members, "pid")
	delete(members, "offset")
	auth, err = json.Marshal(members)
	return auth, r, err
}

// begin gives c its names and lets it hear the hub, from where the client left off if that is possible. It reports
// false if the hub is closed.
func (srv *Server) begin(c *Socket, r resume) bool {
	c.ID = rand.Text()
	if c.namespace != "/" {
		return true // the hub is heard in the main namespace only
	}
	lost, found := srv.recall(c.s, r.pid)
	c.since = srv.cfg.Hub.Seq()
	since := c.since
	if found {
		// A client that has got no event yet has no offset, or that of an older socket.
		since = max(lost.since, r.offset)
		found = since > 0 || srv.keepsAll()
	}
	missed, err := srv.cfg.Hub.Listen(&c.s.Listener, since)
	if err != nil {
		return false
	}
	if c.Recovered = found && !missed; c.Recovered {
		c.ID, c.pid, c.since = lost.id, r.pid, since
		if c.Data == nil {
			c.Data = lost.data
		}
	} else if srv.cfg.Recovery >= 0 {
		c.pid = rand.Text()
	}
	if c.pid != "" {
		srv.mu.Lock()
		srv.memory.live[c.pid] = c
		srv.mu.Unlock()
	}
	return true
}

// keepsAll tells whether the hub has forgotten nothing yet. Listen can't say so of 0, which stands for all that is
// kept.
func (srv *Server) keepsAll() bool {
	seq, kept := srv.cfg.Hub.Kept()
	return int64(len(kept)) == seq
}

// recall takes a lost socket out of memory. A client may be back before its old connection is known to be dead: then
// that one ends now.
func (srv *Server) recall(s *session, pid string) (lostSocket, bool) {
	if pid == "" {
		return lostSocket{}, false
	}
	srv.mu.Lock()
	old := srv.memory.live[pid]
	srv.mu.Unlock()
	if old != nil && old.s != s {
		old.s.end(reasonClose, normalFrame)
		select {
		case <-old.s.over:
		case <-time.After(time.Second): // the application is busy with it; two could also wait for each other
			return lostSocket{}, false
		}
	}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.memory.forgetLocked(time.Now())
	l, found := srv.memory.lost[pid]
	delete(srv.memory.lost, pid)
	return l, found
}

// remember keeps c for a client that comes back, if it was lost and did not leave.
func (srv *Server) remember(c *Socket) {
	if c.pid == "" {
		return
	}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	m, now := &srv.memory, time.Now()
	delete(m.live, c.pid)
	switch c.reason {
	case reasonClose, reasonError, reasonPing:
		m.lost[c.pid] = lostSocket{c.ID, c.since, c.Data, now.Add(m.keep)}
		m.ages = append(m.ages, c.pid)
	}
	m.forgetLocked(now)
}

// leaveHub ends what a socket hears of the hub.
func (srv *Server) leaveHub(c *Socket) {
	if c.namespace == "/" {
		srv.cfg.Hub.Leave(&c.s.Listener)
	}
}
