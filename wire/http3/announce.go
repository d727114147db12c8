package http3

import (
	"fmt"
	"net/http"
)

// announceFor is how long, in seconds, a client may remember that there is HTTP/3. Not long: the next start may be
// without.
const announceFor = 600

// Announce tells with each answer over TLS that the same is served by HTTP/3 on the same number (RFC 7838, RFC 9114
// §3.1.1). To clients of plaintext it says nothing: HTTP/3 has https:// alone.
func Announce(next http.Handler, port int) http.Handler {
	value := []string{fmt.Sprintf(`h3=":%d"; ma=%d`, port, announceFor)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			w.Header()["Alt-Svc"] = value
		}
		next.ServeHTTP(w, r)
	})
}
