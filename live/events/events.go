// Package events tells over plain HTTP what a hub tells: one resource, three ways to ask for it.
//
//	GET  Accept: text/event-stream    Server-Sent Events: the answer does not end
//	GET  ?since=7                     short polling: what is there now, perhaps nothing
//	GET  ?since=7&wait=25             long polling: the same, but the answer waits until there is something
//
//	HTML Standard §9.2  https://html.spec.whatwg.org/multipage/server-sent-events.html
//	RFC 6202            long polling and streaming, and what they cost
//
// A stream resumes behind Last-Event-ID, which a browser sends by itself when it connects again, or behind ?since=;
// without either it begins with what comes next. ?count=N ends it after N events, for a terminal or a test.
package events

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"pollwire/live/hub"
	"pollwire/live/wake"
	"pollwire/rest/input"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
)

// MaxSeq is the largest number of an event: what a number in JavaScript can count to.
const MaxSeq = 1<<53 - 1

const maxWait = 25 // seconds; proxies often give up after 30

var sse = hub.NewDialect(block)

// block is an event in a stream (HTML Standard §9.2.6).
func block(e *hub.Event) []byte {
	return fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Name, e.Data)
}

var list = hub.NewDialect(func(e *hub.Event) []byte {
	return fmt.Appendf(nil, `{"seq":%d,"event":%q,"data":%s}`, e.Seq, e.Name, e.Data)
})

// Source is a hub and how patient its streams are.
type Source struct {
	Hub          *hub.Hub
	KeepAlive    time.Duration // a stream that has nothing to tell says so, so often
	WriteTimeout time.Duration // for what is written at a time

	// Begun is told of a request that begins to listen, before anything is answered: end ends it behind what it was told,
	// and may be called by any goroutine, also later than ended, which is called when the request is over. An error is
	// answered. nil: nobody is told.
	Begun func(end func()) (ended func(), err error)

	// Writing is told of what is about to be written, and of the request that it answers; nil: nobody is.
	Writing func(request context.Context, events []*hub.Chunk)
}

// visit is one request.
type visit struct {
	Source
	w      http.ResponseWriter
	r      *http.Request
	rc     *http.ResponseController
	l      *hub.Listener
	news   wake.Bell // something waits in l
	missed bool      // something is no longer kept: the client must fetch afresh
}

// Serve answers a request. v is its query, of which the caller has read topic: 0, or the one topic that is wanted.
func (s Source) Serve(w http.ResponseWriter, r *http.Request, v *input.Values, topic int64) error {
	stream := rfc9110.Prefers(r.Header, "application/json", "text/event-stream") == "text/event-stream"
	since := v.Int("since", 0, MaxSeq, hub.Live)
	count := v.Int("count", 1, MaxSeq, MaxSeq)
	wait := time.Duration(v.Int("wait", 0, maxWait, 0)) * time.Second
	if ids := r.Header.Values("Last-Event-ID"); stream && !(len(ids) == 0 || len(ids) == 1 && ids[0] == "") {
		v.Once("Last-Event-ID", ids)
		n, err := strconv.ParseInt(ids[0], 10, 64)
		if err != nil || n < 0 {
			v.Add("Last-Event-ID", "must be the id of an event").Coded("id")
		}
		since = n
	}
	if err := v.Err(); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "Accept")
	t := visit{Source: s, w: w, r: r, rc: http.NewResponseController(w), news: wake.NewBell()}
	t.l = &hub.Listener{Dialect: list, Single: true, Wake: t.news.Ring}
	if stream {
		t.l.Dialect = sse
	}
	if topic != 0 {
		t.l.Keep = func(e *hub.Event) bool { return e.Topic == topic }
	}
	var err error
	if t.missed, err = s.Hub.Listen(t.l, since); err != nil {
		return problem.Refuse(problem.Unavailable, "shutting down").Coded("shutting_down")
	}
	defer s.Hub.Leave(t.l)
	if s.Begun != nil {
		ended, err := s.Begun(func() { t.l.Close(nil) })
		defer ended()
		if err != nil {
			return err
		}
	}
	if !stream && since == hub.Live {
		_, at, _ := t.l.Take()
		return t.answer(nil, at)
	}
	// A GET may announce a body. It is read first, while the server's own limit of time holds.
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, input.MaxBody)); err != nil {
		return problem.Refuse(problem.Malformed, "the body did not arrive whole")
	}
	t.rc.SetReadDeadline(time.Time{}) // nothing more is to be read, and waiting is no fault
	if stream {
		return t.stream(count)
	}
	return t.list(wait)
}

// answer sends a list. seq is the next ?since=.
func (t *visit) answer(events []*hub.Chunk, seq int64) error {
	t.Hub.Leave(t.l) // nothing more is to be queued while the answer is under way
	head := `{"events":[`
	if t.missed {
		head = `{"resync":true,"events":[`
	}
	pieces := [][]byte{[]byte(head)}
	for i, e := range events {
		if i > 0 {
			pieces = append(pieces, []byte(","))
		}
		pieces = append(pieces, e.Bytes)
	}
	pieces = append(pieces, fmt.Appendf(nil, `],"seq":%d}`, seq))
	length := 0
	for _, p := range pieces {
		length += len(p)
	}
	t.w.Header().Set("Content-Type", "application/json")
	t.w.Header().Set("Content-Length", strconv.Itoa(length))
	t.writing(events)
	t.send(pieces...)
	return nil
}

// list answers with what there is, or waits for it.
func (t *visit) list(wait time.Duration) error {
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for waiting := wait > 0; ; {
		chunks, at, last := t.l.Take()
		if t.missed || at < 0 { // what is fetched afresh is newer than these
			t.missed = true
			return t.answer(nil, max(at, t.Hub.Seq()))
		}
		if len(chunks) > 0 || last || !waiting {
			return t.answer(chunks, at)
		}
		select {
		case <-t.news:
		case <-timeout.C:
			waiting = false
		case <-t.r.Context().Done(): // gone, or it has only closed its sending side
			waiting = false
		}
	}
}

// stream sends events until count is reached or somebody goes away.
func (t *visit) stream(count int64) error {
	t.w.Header().Set("Content-Type", "text/event-stream")
	var first []*hub.Chunk
	if t.missed {
		_, at, _ := t.l.Take()
		resync := &hub.Event{Seq: at, Name: "resync", Data: []byte("{}")} // with an id, or it would be told again
		first = []*hub.Chunk{{Bytes: block(resync), Events: []*hub.Event{resync}}}
		count--
	}
	if !t.tell(first) || t.r.Method == http.MethodHead || count == 0 {
		return nil
	}
	beat := time.NewTicker(t.KeepAlive)
	defer beat.Stop()
	for {
		chunks, _, last := t.l.Take()
		if int64(len(chunks)) >= count {
			chunks, last = chunks[:count], true
		}
		count -= int64(len(chunks))
		if len(chunks) > 0 && !t.tell(chunks) || last {
			return nil
		}
		if len(chunks) > 0 {
			continue
		}
		select {
		case <-t.news:
		case <-beat.C: // a comment: keeps proxies from closing, and finds out who is gone
			if !t.send([]byte(": still here\n\n")) {
				return nil
			}
		case <-t.r.Context().Done():
			return nil
		}
	}
}

// tell sends events as a stream, and reports whether the client is still there.
func (t *visit) tell(events []*hub.Chunk) bool {
	t.writing(events)
	pieces := make([][]byte, len(events))
	for i, e := range events {
		pieces[i] = e.Bytes
	}
	return t.send(pieces...)
}

func (t *visit) writing(events []*hub.Chunk) {
	if t.Writing != nil {
		t.Writing(t.r.Context(), events)
	}
}

// send writes pieces and flushes, and reports whether the client is still there. The pieces are those of all listeners:
// they are not copied together, or a client that asks for much and reads nothing would cost much memory.
func (t *visit) send(pieces ...[]byte) bool {
	due := 0 // bytes until the deadline is moved on: whoever takes them in time is still reading
	for _, p := range pieces {
		if due -= len(p); due < 0 {
			t.rc.SetWriteDeadline(time.Now().Add(t.WriteTimeout))
			due = 64 << 10
		}
		if _, err := t.w.Write(p); err != nil {
			return false
		}
	}
	err := t.rc.Flush()
	t.rc.SetWriteDeadline(time.Time{}) // HTTP/2 resets a stream at its deadline even if nothing is being written
	return err == nil
}
