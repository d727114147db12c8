package lab

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"time"
)

// earlyPause lies between the 103 and the answer. It stands for the work that an answer takes: 103 lets the client do
// something meanwhile.
const earlyPause = 100 * time.Millisecond

const earlyBody = `This is the body of the answer. Before it came a 103, and behind it come trailers.
Content-Digest there is the SHA-256 of these lines, in base64. Compare:

  curl -s http://localhost:8000/lab/early | openssl dgst -sha256 -binary | base64
`

// Early answers in three parts: a 103 with a hint (RFC 8297), after a pause the answer itself, and behind its body the
// trailers (RFC 9110 §6.5), which hold what was not known before: the digest (RFC 9530) and how long it took.
//
//	http.response.code == 103                    HTTP/1; the answer follows in a packet of its own
//	http2.headers.status == 103                  HTTP/2: a HEADERS frame, as the answer and the trailers are, too
//	http.chunked_trailer_part                    the trailers, behind the last chunk
//	http2.header.name == "content-digest"        in HTTP/2; the field trailer of the answer's header announces them
//
// An HTTP/1.0 client gets neither: it knows no 1xx (RFC 9110 §15.2), and trailers need chunks. Some HTTP/1.1 clients
// take a 103 for the answer, which is why browsers want it over HTTP/2 only (RFC 8297 §3).
//
// Trailers are for what may get lost on the way. A proxy may drop them, and a client that needs them says so in
// "TE: trailers" (§6.5.1); these here harm nobody who doesn't look.
func Early(w http.ResponseWriter, r *http.Request) error {
	began := time.Now()
	h := w.Header()
	h.Set("Link", "</lab/bytes/1000>; rel=preload; as=fetch")
	modern := r.ProtoAtLeast(1, 1)
	if modern {
		w.WriteHeader(http.StatusEarlyHints) // net/http flushes it
		time.Sleep(earlyPause)               // to the end: who has only closed the sending side waits for the answer
		h.Set("Trailer", "Content-Digest, Server-Timing")
	}
	paused := time.Now()
	noStore(w)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusOK) // with the Link again: the hint is not part of the answer (RFC 8297 §2)
	if _, err := io.WriteString(w, earlyBody); err != nil || !modern {
		return nil
	}
	http.NewResponseController(w).Flush() // what follows gets a packet of its own; fails where the client has gone
	// Set after the header section was written, and announced in it: that makes them trailers to net/http.
	h.Set("Content-Digest", contentDigest([]byte(earlyBody)))
	h.Set("Server-Timing", fmt.Sprintf("pause;dur=%.1f, total;dur=%.1f", ms(paused.Sub(began)), ms(time.Since(began))))
	return nil
}

// contentDigest is a dictionary with one byte sequence (RFC 9530 §2, RFC 9651 §3.2 and §3.3.5).
func contentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// ms is the unit of https://www.w3.org/TR/server-timing/.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
