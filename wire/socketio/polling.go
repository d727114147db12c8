package socketio

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"pollwire/live/hub"
	"pollwire/wire/wsconn"
)

// probePause is how long a GET waits for packets while the client tries a WebSocket. Then it gets a noop, so that the
// client can change over ("Upgrade"); without a pause the two would send empty answers as fast as they can, and a 5
// that comes right behind the 2probe would find the GET answered already.
const probePause = 200 * time.Millisecond

// HTTP long-polling: a GET waits for packets, a POST brings some. The client has one of each at a time ("Sending and
// receiving data"); with two GETs nobody could tell in which order their packets are meant.

// leavePause is how long a POST that ends a session is held for a GET that left the client at the same moment, over
// another connection, and may be overtaken.
const leavePause = 200 * time.Millisecond

// claim lets in one request of a kind, of which taken knows. A second one ends the session.
func (s *session) claim(taken *bool) *refusal {
	s.mu.Lock()
	overlap, wrong := *taken, s.ws.Load() != nil
	silent := s.pongDue && !wrong && !time.Now().Before(s.due)
	*taken = overlap || !wrong
	s.mu.Unlock()
	switch {
	case silent: // its timer is late
		s.end(reasonPing, silentFrame)
		return unknownSession
	case wrong: // its transport is a WebSocket
		return badRequest
	case overlap:
		s.end(reasonError, normalFrame)
		return badRequest
	}
	return nil
}

// serveGet answers with the packets that wait, or waits for some.
func (s *session) serveGet(w http.ResponseWriter, r *http.Request) *refusal {
	if e := s.claim(&s.getting); e != nil {
		return e
	}
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Now().Add(s.srv.cfg.ReadTimeout))
	// A GET may announce a body. It is read first: before that nobody notices that a client leaves.
	_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, int64(s.srv.cfg.MaxPayload)))
	rc.SetReadDeadline(time.Time{}) // nothing more is to be read, and waiting is no fault
	var chunks []*hub.Chunk
	last := false
	if err == nil {
		chunks, last = s.await(r)
	}
	if chunks == nil && !last && s.ws.Load() == nil {
		s.end(reasonClose, nil) // what is to come would be lost on it; and before another GET is let in
	}
	s.mu.Lock()
	s.getting = false // before the answer: the client may be quick
	s.mu.Unlock()
	if last {
		s.leave()
	}
	if chunks == nil && !last {
		return badRequest
	}
	s.pinged(chunks)
	s.srv.writing(Via{Request: r}, chunks)
	if !s.writePayload(w, rc, chunks) {
		s.end(reasonError, nil)
	}
	if last {
		s.end(s.hubReason(chunks), nil)
	}
	return nil
}

// leave makes the sid of a session that the client has ended unknown. Until then a GET that was under way gets its
// last word, one.
func (s *session) leave() {
	s.srv.unlist(s)
	s.leaveOnce.Do(func() { close(s.gone) })
}

// serveHead answers a HEAD as a GET without waiting, and takes nothing from the queue (RFC 9110 §9.2.1).
func (s *session) serveHead(w http.ResponseWriter) *refusal {
	if s.ws.Load() != nil {
		return badRequest
	}
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return nil
}

// noop is what a GET gets that has nothing to bring.
var noop = []*hub.Chunk{{Bytes: noopFrame}}

// await returns what waits, as soon as something does; nothing if the client goes away, or a WebSocket has become the
// transport. last says that nothing follows.
func (s *session) await(r *http.Request) (chunks []*hub.Chunk, last bool) {
	var pause <-chan time.Time
	for paused := false; ; {
		s.mu.Lock()
		if s.ws.Load() != nil {
			s.mu.Unlock()
			return nil, false
		}
		chunks, _, last = s.Take()
		probed := s.probed
		s.mu.Unlock()
		switch {
		case len(chunks) > 0 || last:
			return chunks, last
		case paused:
			return noop, false
		case probed && pause == nil:
			pause = time.After(probePause)
		}
		select {
		case <-s.news:
		case <-pause:
			paused = true
		case <-r.Context().Done():
			return nil, false
		}
	}
}

// writePayload sends chunks as one payload. Who takes it slowly is given time as long as it takes something.
func (s *session) writePayload(w http.ResponseWriter, rc *http.ResponseController,
	chunks []*hub.Chunk) bool {
	var pieces [][]byte
	for _, c := range chunks {
		pieces = appendPayload(pieces, c.Bytes)
	}
	if len(pieces) == 0 {
		pieces = [][]byte{{engineNoop}}
	}
	length := 0
	for _, p := range pieces {
		length += len(p)
	}
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(length))
	due := 0 // bytes until the deadline is moved on
	for _, p := range pieces {
		if due -= len(p); due < 0 {
			rc.SetWriteDeadline(time.Now().Add(s.srv.cfg.WriteTimeout))
			due = 64 << 10
		}
		if _, err := w.Write(p); err != nil {
			return false
		}
	}
	err := rc.Flush()
	rc.SetWriteDeadline(time.Time{}) // the connection may be used for other requests
	return err == nil
}

// hubReason tells why the hub has closed the queue, by its last chunk.
func (s *session) hubReason(chunks []*hub.Chunk) string {
	if len(chunks) > 0 && bytes.Equal(chunks[len(chunks)-1].Bytes, wsconn.ByeFrame) {
		return reasonShutdown
	}
	return reasonError
}

// servePost takes the packets of a payload in, and answers "ok" when all of them have been worked on.
func (s *session) servePost(w http.ResponseWriter, r *http.Request) *refusal {
	if r.ContentLength > int64(s.srv.cfg.MaxPayload) { // before it is asked for
		s.end(reasonError, normalFrame)
		return tooLarge
	}
	if e := s.claim(&s.posting); e != nil {
		return e
	}
	e := s.takePayload(w, r)
	s.mu.Lock()
	s.posting = false
	leaving := s.leaving
	s.mu.Unlock()
	if leaving {
		select {
		case <-s.gone:
		case <-time.After(leavePause):
		}
		s.leave()
	}
	if e == nil {
		answer(w, http.StatusOK, []byte("ok"))
	}
	return e
}

func (s *session) takePayload(w http.ResponseWriter, r *http.Request) *refusal {
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Now().Add(s.srv.cfg.ReadTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.srv.cfg.MaxPayload)))
	rc.SetReadDeadline(time.Time{})
	if big := (*http.MaxBytesError)(nil); errors.As(err, &big) {
		s.end(reasonError, normalFrame)
		return tooLarge
	}
	if err != nil {
		if r.ProtoMajor == 1 { // or net/http would go on waiting for the body before it answers
			w.Header().Set("Connection", "close")
		}
		s.end(reasonClose, normalFrame)
		return badRequest
	}
	packets, err := parsePayload(body)
	if err == nil {
		err = s.receiveAll(r, packets)
	}
	if err != nil {
		s.end(reasonParse, normalFrame)
		return badRequest
	}
	return nil
}

func (s *session) receiveAll(r *http.Request, packets []enginePacket) (err error) {
	s.in.Lock()
	s.from = Via{Request: r}
	whole := false
	defer func() {
		s.from = Via{} // a session may rest for long, and should not keep a request
		if !whole {    // the application has panicked
			s.end(reasonError, normalFrame)
		}
		s.release()
	}()
	for _, p := range packets {
		if err != nil || s.ended() {
			break
		}
		err = s.receive(p)
	}
	whole = true
	return err
}
