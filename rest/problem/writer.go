package problem

import (
	"bufio"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
)

// ResponseWriter notes what is answered, for a log, and turns an error that is not in the form of RFC 9457 into one
// that is: the 404 and 405 of http.ServeMux, the 412 and 416 of http.ServeContent.
type ResponseWriter struct {
	http.ResponseWriter
	Request *http.Request
	Status  int   // 0 as long as nothing is answered
	Bytes   int64 // of the body

	own      bool // see OwnErrors
	replaced bool // the handler's own text is thrown away

	patience Patience
	body     *body // nil: there is none, or its rest is net/http's business
	refused  bool  // with a body that has not come to its end
}

// OwnErrors leaves the errors of a handler as they are: a protocol on top of HTTP may have a form for them.
func OwnErrors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if pw, ok := w.(*ResponseWriter); ok {
			pw.own = true
		}
		next.ServeHTTP(w, r)
	})
}

// Unwrap lets http.ResponseController find what the writer below can do: flush, hijack, set deadlines.
func (w *ResponseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *ResponseWriter) WriteHeader(status int) {
	if w.Status != 0 || status < 200 { // an informational answer is not the answer
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if status == http.StatusMethodNotAllowed && w.Request.Method == http.MethodOptions {
		// http.ServeMux knows the methods of a path, and tells them in a 405. OPTIONS asks for just that.
		status = http.StatusNoContent
		w.replaced = true
		w.Header().Set("Allow", w.Header().Get("Allow")+", OPTIONS")
		w.Header().Del("Content-Type")
		w.Header().Del("Content-Length")
	}
	w.Status = status
	if status >= 300 {
		w.refuse()
	}
	if status < 400 || w.own || w.isProblem() {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.replaced = true
	w.Bytes = New(status, w.detail(status)).write(w.ResponseWriter)
}

func (w *ResponseWriter) isProblem() bool {
	media, _, _ := mime.ParseMediaType(w.Header().Get("Content-Type"))
	return media == "application/problem+json"
}

// detail is for those who try the API by hand.
func (w *ResponseWriter) detail(status int) string {
	switch status {
	case http.StatusNotFound:
		return fmt.Sprintf("nothing is at %s", w.Request.URL.Path)
	case http.StatusMethodNotAllowed:
		return fmt.Sprintf("%s is not possible here; possible: %s", w.Request.Method, w.Header().Get("Allow"))
	case http.StatusRequestedRangeNotSatisfiable:
		return "the range lies outside; see Content-Range"
	}
	return ""
}

func (w *ResponseWriter) Write(b []byte) (int, error) {
	if w.Status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.replaced {
		return len(b), nil
	}
	n, err := w.ResponseWriter.Write(b)
	w.Bytes += int64(n)
	return n, err
}

// Hijack hands over the connection, for a change of protocol: whoever asks for it answers 101 by itself.
func (w *ResponseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buf, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.Status = http.StatusSwitchingProtocols
	}
	return conn, buf, err
}

// ReadFrom keeps the short cut of net/http that lets the system copy a file to a socket.
func (w *ResponseWriter) ReadFrom(r io.Reader) (int64, error) {
	if w.Status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.replaced {
		return io.Copy(io.Discard, r)
	}
	n, err := io.Copy(w.ResponseWriter, r)
	w.Bytes += n
	return n, err
}
