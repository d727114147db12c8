// Package middleware is around every handler of a server: it says to each client which end of the connection is its
// own, gives errors their form, writes one line into the log, and catches panics.
//
//	time=... level=INFO msg=request method=GET path=/api/polls status=200 bytes=312 ms=0.412
//	     client=[::1]:51234 proto=HTTP/2.0 tls="TLS 1.3"
//
// Sources: RFC 9110 §9.3.7 (OPTIONS *); RFC 9457 by package problem; RFC 4291 §2.5.5.2 (IPv4-mapped addresses);
// RFC 3986 §3.3 (the segments . and ..).
// The log has paths but no queries, as these may carry tokens, and nothing of bodies or headers.
package middleware

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"pollwire/ops/health"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
)

// Log writes the lines and counts the answers.
type Log struct {
	*slog.Logger
	text    bool // or JSON
	lines   *lines
	classes [6]atomic.Int64
}

// New makes a Log that writes to w, as JSON or as text, what is of a level or above. End it with Flush.
func New(w io.Writer, asJSON bool, level slog.Level) *Log {
	out := newLines(w)
	o := &slog.HandlerOptions{Level: level}
	if asJSON {
		return &Log{Logger: slog.New(slog.NewJSONHandler(out, o)), lines: out}
	}
	return &Log{Logger: slog.New(slog.NewTextHandler(out, o)), text: true, lines: out}
}

// Flush waits until all lines are written. Without it the last ones of a program could be missing.
func (l *Log) Flush() { l.lines.flush() }

// ErrorLog is for http.Server. What that says of clients is of interest to who looks into it (debug). But that it can't
// accept anybody, most often for want of open files, is for whoever runs the program.
func (l *Log) ErrorLog() *log.Logger { return log.New(serverErrors{l}, "", 0) }

type serverErrors struct{ *Log }

func (s serverErrors) Write(line []byte) (int, error) {
	level := slog.LevelDebug
	if bytes.Contains(line, []byte("Accept error")) {
		level = slog.LevelWarn
	}
	s.Log.Log(context.Background(), level, strings.TrimSpace(string(line)))
	return len(line), nil
}

// IfError writes an error of what was done. Nothing else comes of it.
func (l *Log) IfError(doing string, err error) {
	if err != nil {
		l.Error(doing, "err", err)
	}
}

// Errors is IfError for what is done later.
func (l *Log) Errors(doing string) func(error) { return func(err error) { l.IfError(doing, err) } }

// Answers returns how many answers had a status of a class: 2 for 200 to 299, and so on.
func (l *Log) Answers(class int) int64 { return l.classes[class].Load() }

// Metrics returns these counts for a scraper, as one metric with a label for the class; prefix is the program's name.
func (l *Log) Metrics(prefix string) (m []health.Metric) {
	for class := 2; class <= 5; class++ {
		m = append(m, health.Metric{Name: prefix + "_http_answers_total", Help: "Answers by the class of their status.",
			Type:   "counter",
			Labels: map[string]string{"class": strconv.Itoa(class) + "xx"}, Value: float64(l.Answers(class))})
	}
	return m
}

// Around wraps next.
func (l *Log) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		client := setHeaders(w.Header(), r)
		rfc9110.JoinLines(r.Header)
		pw := problem.NewResponseWriter(w, r, problem.Patience{})
		defer func() {
			if p := recover(); p != nil {
				l.panicked(pw, p)
			}
			l.classes[min(pw.Status/100, 5)].Add(1)
			if pw.Status == http.StatusSwitchingProtocols {
				return // whoever took the connection over logs it
			}
			l.request(pw, client, began)
			pw.End() // what it waits for is no part of the answer
		}()
		if r.Method == http.MethodOptions && r.RequestURI == "*" { // RFC 9110 §9.3.7: are you there?
			pw.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(pw, pw.Request)
	})
}

// NoDotSegments answers 404 to paths with /./ or /../ in them (RFC 3986 §3.3), also where they came as %2e.
// http.ServeMux would send the client on to the path without them. But whoever sends them is no browser and no curl,
// which take them out by themselves: it looks for files that are none of its business.
func NoDotSegments(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/.") && hasDotSegment(r.URL.Path) {
			problem.Write(w,
				problem.Refuse(problem.NotFound, "the path has segments . or .., which a client takes out before it asks"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// Recover is for the defer of a goroutine that serves one client: a panic ends that, and not the program.
func (l *Log) Recover() {
	if p := recover(); p != nil {
		l.caught(p)
	}
}

func (l *Log) caught(p any) { l.Error("panic", "value", p, "stack", string(debug.Stack())) }

// panicked answers 500 if that is still possible. Half an answer must not look like a whole one.
func (l *Log) panicked(w *problem.ResponseWriter, value any) {
	if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(value)
	}
	l.caught(value)
	if w.Status != 0 {
		panic(http.ErrAbortHandler)
	}
	problem.Write(w, errors.New("panic"))
}
