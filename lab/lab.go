// Package lab holds small HTTP endpoints for lessons: each makes one thing of the protocol visible, and its comment
// names the Wireshark display filter that finds it. Each has a file of its own.
//
//	GET    /lab/whoami            Whoami         who is asking, over which connection, TLS and protocol
//	GET    /lab/bytes/{n}         Bytes          n bytes whose text says where they belong; ?chunk=100&delay=50ms
//	GET    /lab/status/{code}     Status         an answer with that status, and with the fields it requires
//	GET    /lab/cookie            Cookies        the cookies that came, and one that counts visits
//	POST   /lab/cookie            SetCookie      {"name","value","max_age"?} comes back as a Set-Cookie
//	DELETE /lab/cookie            DeleteCookies  takes back those that came
//	GET    /lab/basic             Basic          a user and a password, readable by everybody on the way
//	GET    /lab/early             Early          103 before the answer, trailers behind it
//
//	RFC 9110  HTTP semantics           RFC 6265  cookies                RFC 8297  103 Early Hints
//	RFC 9111  caches: no-store         RFC 7617  Basic authentication   RFC 9530  Content-Digest
//	RFC 9112  HTTP/1.1, chunks         RFC 8446  TLS 1.3                RFC 6585  429 Too Many Requests
//	RFC 9113  HTTP/2, frames           RFC 6066  SNI                    RFC 7301  ALPN
//
//	C: GET /lab/bytes/128?chunk=64 HTTP/1.1
//	S: HTTP/1.1 200 OK
//	S: Transfer-Encoding: chunked
//	S:
//	S: 40
//	S: 00000000 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.
//	S:
//	S: 40
//	S: 00000064 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.
//	S:
//	S: 0
//	S:
//
// No answer has more than 10 MB or takes more than 30 s, and none may be kept by a cache: who asks again wants to see
// packets again. HEAD works wherever GET does. Supported: HTTP/1.0 to HTTP/3.
// Not supported: ranges and compression, for a length that was asked for has to be the length on the wire.
//
// Filters begin with the name of a protocol, and the two versions of HTTP have different ones: http.request.uri is
// empty in HTTP/2, and http2.headers.path in HTTP/1. Wireshark recognises HTTP/1.1 by its text, but HTTP/2 without TLS
// has to be pointed out: Decode As, the client's port, HTTP2.
package lab

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"

	"pollwire/rest/input"
	"pollwire/rest/problem"
)

// noStore keeps an answer out of caches (RFC 9111 §5.2.2.5), and browsers from taking it for something else than it
// says: what it holds may be the client's own words.
func noStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// refuse is noStore for an error. Package problem throws away a Cache-Control that was meant for another body, so a
// refusal brings its own: a cache may keep a 404 without being told to (RFC 9110 §15.1).
func refuse(err error) error {
	if r := (*problem.Refusal)(nil); errors.As(err, &r) {
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header.Set("Cache-Control", "no-store")
	}
	return err
}

var integer = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// pathInt reads an integer in the path. What is none, or not in its one spelling, names nothing: that is a NotFound.
// One out of bounds is noted in v.
func pathInt(r *http.Request, v *input.Values, name string, least, most int) (int, error) {
	text := r.PathValue(name)
	if !integer.MatchString(text) {
		return 0, problem.Refuse(problem.NotFound, "%.50q is not an integer", text)
	}
	n, err := strconv.Atoi(text) // fails for what is too large for an int
	if err != nil || n < least || n > most {
		v.Add(name, "must be from %d to %d", least, most)
		return least, nil
	}
	return n, nil
}
