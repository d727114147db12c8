package middleware

import (
	"crypto/tls"
	"log/slog"
	"strconv"
	"time"

	"pollwire/rest/problem"
)

// answered is what the log says of a request.
type answered struct {
	at                        time.Time
	method, path              string
	status                    int
	bytes                     int64   // of the body
	ms                        float64 // until the answer was written
	client, proto, tlsVersion string  // tlsVersion is "" without TLS
}

// request writes the line of a request.
func (l *Log) request(w *problem.ResponseWriter, client string, began time.Time) {
	r := w.Request
	if !l.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	now := time.Now()
	a := answered{at: now, method: r.Method, path: r.URL.Path, status: w.Status, bytes: w.Bytes,
		ms: float64(now.Sub(began).Microseconds()) / 1000, client: client, proto: r.Proto}
	if r.TLS != nil {
		a.tlsVersion = tls.VersionName(r.TLS.Version)
	}
	if l.text && a.plain() {
		var room [256]byte // on the stack: most lines fit
		l.lines.Write(a.appendText(room[:0]))
		return
	}
	l.Handler().Handle(r.Context(), a.record())
}

// record is the line for slog. Logger.Info would look up the line of code for it, though no handler of ours shows that.
func (a *answered) record() slog.Record {
	r := slog.NewRecord(a.at, slog.LevelInfo, "request", 0)
	r.AddAttrs(slog.String("method", a.method), slog.String("path", a.path), slog.Int("status", a.status),
		slog.Int64("bytes", a.bytes), slog.Float64("ms", a.ms), slog.String("client", a.client),
		slog.String("proto", a.proto))
	if a.tlsVersion != "" {
		r.AddAttrs(slog.String("tls", a.tlsVersion))
	}
	return r
}

// appendText is what slog makes of the record, byte for byte (a test compares), for a plain line and quicker: this line
// the log has a thousand times for each other one, and slog takes as long for it as an answer from memory to be found.
func (a *answered) appendText(b []byte) []byte {
	b = append(appendTime(append(b, "time="...), a.at), " level=INFO msg=request method="...)
	b = append(append(append(b, a.method...), " path="...), a.path...)
	b = strconv.AppendInt(append(b, " status="...), int64(a.status), 10)
	b = strconv.AppendInt(append(b, " bytes="...), a.bytes, 10)
	b = strconv.AppendFloat(append(b, " ms="...), a.ms, 'g', -1, 64)
	b = append(append(b, " client="...), a.client...)
	b = append(append(b, " proto="...), a.proto...)
	if a.tlsVersion != "" {
		b = strconv.AppendQuote(append(b, " tls="...), a.tlsVersion)
	}
	return append(b, '\n')
}

// plain tells whether slog would write nothing of a line in quotes, but for the version of TLS, which has a space.
func (a *answered) plain() bool {
	return plain(a.method) && plain(a.path) && plain(a.client) && plain(a.proto)
}

// plain says no also where it is not sure.
func plain(s string) bool {
	for i := range len(s) {
		if b := s[i]; b <= ' ' || b > '~' || b == '"' || b == '=' || b == '\\' {
			return false
		}
	}
	return s != ""
}

// appendTime appends a time in milliseconds (RFC 3339), as slog does. Only for nanoseconds has package time a quick
// way, so these are written and cut off. The tenth of a millisecond is there because zeros at the end would not be
// written.
func appendTime(b []byte, t time.Time) []byte {
	start := len(b)
	b = t.Truncate(time.Millisecond).Add(time.Millisecond/10).AppendFormat(b, time.RFC3339Nano)
	end := start + len("2006-01-02T15:04:05.000")
	return append(b[:end], b[end+1:]...)
}
