package http3

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gather is how much of an answer is gathered before it leaves by itself, in one DATA frame.
const gather = 4 << 10

// response is an http.ResponseWriter on a stream. As with HTTP/2 of net/http, small writes are gathered until Flush,
// and an answer that ends before the first of them gets its Content-Length by itself.
type response struct {
	st     *stream
	r      *http.Request
	header http.Header // the handler's
	fixed  http.Header // what it was at WriteHeader
	status int         // 0: none was set
	out    *bufio.Writer

	sent     bool     // HEADERS have left
	trailers []string // that the header section has announced
	length   int64    // Content-Length, -1: there is none
	written  int64    // bytes of content
	err      error    // of the first write that failed
}

func newResponse(st *stream, r *http.Request) *response {
	w := &response{st: st, r: r, header: http.Header{}, length: -1}
	w.out = bufio.NewWriterSize(dataFrames{w}, gather)
	return w
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	switch {
	case w.status != 0:
		return
	case status < 100 || status > 999:
		panic("http3: no status: " + strconv.Itoa(status))
	case status < 200 && status != http.StatusSwitchingProtocols: // §4.5: no 101 in HTTP/3
		w.interim(status)
		return
	}
	w.status = status
	w.fix()
	if n, err := strconv.ParseInt(w.fixed.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		w.length = n
	} else {
		w.fixed.Del("Content-Length")
	}
}

// fix keeps the header section as it is now, however the handler changes its map, and without what will be trailers.
func (w *response) fix() {
	for name := range announced(http.Header{"Trailer": w.header["Trailer"]}) {
		w.trailers = append(w.trailers, name)
	}
	w.fixed = w.header.Clone()
	for name := range w.fixed {
		if strings.HasPrefix(name, http.TrailerPrefix) || slices.Contains(w.trailers, name) {
			delete(w.fixed, name)
		}
	}
}

// interim sends an answer 1xx, which is a HEADERS frame before the one that counts (§4.1).
func (w *response) interim(status int) {
	h := http.Header{}
	if status != http.StatusContinue {
		h = w.header
	}
	w.headers(status, h)
	w.st.Flush()
}

// headers writes a HEADERS frame.
func (w *response) headers(status int, h http.Header) {
	fields := []field{{":status", strconv.Itoa(status)}}
	w.frame(frameHeaders, appendFields(nil, appendHeader(fields, h)))
}

func (w *response) frame(t frameType, payload []byte) error {
	if w.err == nil {
		_, w.err = w.st.Write(appendFrame(nil, t, payload))
	}
	return w.err
}

// mayHaveContent is RFC 9110 §6.4.1.
func (w *response) mayHaveContent() bool {
	return w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.mayHaveContent() {
		return 0, http.ErrBodyNotAllowed
	}
	if w.length >= 0 && w.written+int64(len(b)) > w.length {
		return 0, http.ErrContentLength
	}
	w.sniff(b)
	w.written += int64(len(b))
	if w.r.Method == http.MethodHead {
		return len(b), nil
	}
	return w.out.Write(b)
}

// sniff finds a Content-Type for who has set none.
func (w *response) sniff(b []byte) {
	_, typed := w.fixed["Content-Type"]
	if w.written == 0 && len(b) > 0 && !typed && !w.sent && w.fixed.Get("Content-Encoding") == "" {
		w.fixed.Set("Content-Type", http.DetectContentType(b))
	}
}

func (w *response) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// dataFrames is what the buffer of a response is written to: each Write becomes a DATA frame.
type dataFrames struct{ w *response }

func (d dataFrames) Write(b []byte) (int, error) {
	w := d.w
	w.sendHeader(false)
	if w.err == nil { // the payload is not copied: it may be large
		_, w.err = w.st.Write(appendVarint(appendVarint(nil, uint64(frameData)), uint64(len(b))))
	}
	n := 0
	if w.err == nil {
		n, w.err = w.st.Write(b)
	}
	return n, w.err
}

// sendHeader sends the header section once. whole tells that all of the content is known.
func (w *response) sendHeader(whole bool) {
	if w.sent {
		return
	}
	w.sent = true
	h := w.fixed
	if _, ok := h["Date"]; !ok { // RFC 9110 §6.6.1
		h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if whole && w.length < 0 && w.mayHaveContent() && (w.r.Method != http.MethodHead || w.written > 0) {
		h.Set("Content-Length", strconv.FormatInt(w.written, 10))
	}
	w.headers(w.status, h)
}

// Flush and FlushError send what was written.
func (w *response) Flush() { w.FlushError() }

func (w *response) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	if w.sendHeader(false); w.err != nil {
		return w.err
	}
	if w.st.write.passed() {
		return os.ErrDeadlineExceeded
	}
	return w.st.Flush()
}

// SetReadDeadline, SetWriteDeadline and EnableFullDuplex are for http.ResponseController.
func (w *response) SetReadDeadline(t time.Time) error  { w.st.read.set(t); return nil }
func (w *response) SetWriteDeadline(t time.Time) error { w.st.write.set(t); return nil }
func (w *response) EnableFullDuplex() error            { return nil } // it always is

// end ends the answer when the handler has returned. What is not whole must not look so (§4.1.2).
func (w *response) end() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.sendHeader(true) // if that has not happened, all of the content is still in the buffer
	err := w.out.Flush()
	short := w.length >= 0 && w.written < w.length && w.r.Method != http.MethodHead && w.mayHaveContent()
	if err != nil || w.err != nil || short || w.st.write.passed() {
		w.st.abort(InternalError)
		return
	}
	w.trailer()
	w.st.CloseWrite()
}

// trailer sends the trailer section, if there is one: what was announced, and what has the prefix of net/http.
func (w *response) trailer() {
	h := http.Header{}
	for name, values := range w.header {
		if cut, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			h[http.CanonicalHeaderKey(cut)] = values
		} else if slices.Contains(w.trailers, name) {
			h[name] = values
		}
	}
	if len(h) > 0 && w.r.Method != http.MethodHead {
		w.frame(frameHeaders, appendFields(nil, appendHeader(nil, h)))
	}
}

// refuse answers with a status and its name.
func (w *response) refuse(status int) {
	w.header.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, http.StatusText(status)+"\n")
	w.end()
}
