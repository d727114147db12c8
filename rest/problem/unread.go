package problem

import (
	"io"
	"net/http"
	"time"
)

// A refusal that the header section decides is answered while the client still sends a body that nobody wants. What
// arrives at a closed connection resets it, and the reset may destroy the answer before the client has read it (RFC
// 9112 §9.6). Simple clients, such as Python's http.client, read nothing at all before they have sent everything. So:
//
//	HTTP/1.1   what is sent at once is read and thrown away, and the connection stays. If more is to come than that:
//	           Connection: close, the answer, and then the rest is thrown away, for a while (a lingering close).
//	HTTP/2     the answer, and then the rest is thrown away, for a while. An RST_STREAM right behind the answer (RFC
//	           9113 §8.1) makes curl forget it. "Connection: close" would be a GOAWAY to all other streams, too.
//	Expect     A client that waits for a 100 gets its refusal instead, and none (RFC 9110 §10.1.1).

// Patience is for how long a body is read for nothing. What is 0 takes its default.
type Patience struct {
	Quiet  time.Duration // a client that sends nothing for so long waits for the answer; 200 ms
	Before time.Duration // before the answer; 500 ms
	After  time.Duration // behind it; 5 s
}

func (p *Patience) setDefaults() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&p.Quiet, 200 * time.Millisecond}, {&p.Before, 500 * time.Millisecond}, {&p.After, 5 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
}

// maxBefore is how many bytes are read for nothing before the answer. Who announces more is told at once.
const maxBefore = 64 << 20

// leftover is what net/http has for the rest of a body that is not read to its end.
const leftover = 30 * time.Second

// NewResponseWriter makes one for r, which it may replace: pass on the Request that it has. End is to be called when
// the handler has returned.
func NewResponseWriter(w http.ResponseWriter, r *http.Request, patience Patience) *ResponseWriter {
	patience.setDefaults()
	out := &ResponseWriter{ResponseWriter: w, Request: r, patience: patience}
	if r.Body != nil && r.Body != http.NoBody {
		out.body = &body{ReadCloser: r.Body}
		out.Request = r.WithContext(r.Context()) // a copy, for net/http looks into its own how far the body was read
		out.Request.Body = out.body
	}
	return out
}

// body notes how far it was read.
type body struct {
	io.ReadCloser
	asked bool  // the first Read sends the 100 that a client waits for
	end   error // io.EOF, or why it will never come to its end
}

func (b *body) Read(p []byte) (int, error) {
	b.asked = true
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.end = err
	}
	return n, err
}

// refuse is called before the header section of a refusal is written. Where the body has not come to its end, the
// connection will.
func (w *ResponseWriter) refuse() {
	b, r := w.body, w.Request
	if b == nil || b.end == io.EOF {
		return
	}
	w.refused = true
	if r.ProtoMajor != 1 {
		return
	}
	expected := r.Header["Expect"] != nil && !b.asked
	hurry := w.Status == http.StatusServiceUnavailable // stopping, or too much to do
	if !expected && !hurry && b.end == nil && r.ContentLength <= maxBefore {
		w.discard(w.patience.Before, maxBefore)
	}
	if b.end != io.EOF {
		w.Header().Set("Connection", "close")
	}
}

// End throws away what comes behind a refusal, until the client has read it and closes, or has sent all.
func (w *ResponseWriter) End() {
	if w.refused && w.body.end == nil && http.NewResponseController(w.ResponseWriter).Flush() == nil {
		w.discard(w.patience.After, 1<<62)
	}
}

// discard reads for no longer than limit.
func (w *ResponseWriter) discard(limit time.Duration, most int64) {
	rc := http.NewResponseController(w.ResponseWriter)
	buf := make([]byte, 16<<10)
	for end := time.Now().Add(limit); most > 0; {
		deadline := time.Now().Add(w.patience.Quiet)
		if deadline.After(end) {
			deadline = end
		}
		if rc.SetReadDeadline(deadline) != nil {
			return // without a deadline it could take for ever
		}
		n, err := w.body.ReadCloser.Read(buf)
		most -= int64(n)
		if err == io.EOF {
			w.body.end = err
			rc.SetReadDeadline(time.Time{}) // or the connection would count as broken while the answer is made
			return
		}
		if err != nil {
			break
		}
	}
	rc.SetReadDeadline(time.Now().Add(leftover)) // net/http reads on before it closes
}
