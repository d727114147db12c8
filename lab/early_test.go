package lab

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"regexp"
	"strings"
	"testing"
)

func TestEarly(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		for _, method := range []string{"GET", "HEAD"} {
			var hints []string
			trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
				hints = append(hints, fmt.Sprint(code, header))
				return nil
			}}
			inner := c.Transport
			c := way{Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return inner.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
			})}, url: c.url}
			got := c.do(t, method, "/lab/early", "")
			// The hint alone stands in the 103: what else is known of the answer belongs to the answer.
			if want := "[103 map[Link:[</lab/bytes/1000>; rel=preload; as=fetch]]]"; fmt.Sprint(hints) != want {
				t.Errorf("%s: before the answer came %v, want %s", method, hints, want)
			}
			if got.StatusCode != 200 {
				t.Errorf("%s = %d", method, got.StatusCode)
			}
			expect(t, got.Header, map[string]string{"Link": "</lab/bytes/1000>; rel=preload; as=fetch",
				"Content-Type": "text/plain; charset=utf-8", "Content-Digest": "", "Server-Timing": ""})
			if method == "HEAD" {
				if got.body != "" || got.Trailer.Get("Content-Digest") != "" {
					t.Errorf("HEAD has the body %q and the trailer %v", got.body, got.Trailer)
				}
				continue
			}
			if got.body != earlyBody || len(got.Trailer) != 2 {
				t.Errorf("body = %q, trailer = %v", got.body, got.Trailer)
			}
			sum := sha256.Sum256([]byte(got.body))
			expect(t, got.Trailer, map[string]string{"Content-Digest": "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) +
				":"})
			if timing := got.Trailer.Get("Server-Timing"); !serverTiming.MatchString(timing) {
				t.Errorf("Server-Timing = %q", timing)
			}
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// https://www.w3.org/TR/server-timing/#the-server-timing-header-field: metrics with a duration in milliseconds.
var serverTiming = regexp.MustCompile(`^pause;dur=\d+\.\d, total;dur=\d+\.\d$`)

func TestEarlyOnTheWireOfHTTP1(t *testing.T) {
	sum := sha256.Sum256([]byte(earlyBody))
	digest := "Content-Digest: sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":\r\n"
	hint := "HTTP/1.1 103 Early Hints\r\nLink: </lab/bytes/1000>; rel=preload; as=fetch\r\n\r\n"
	head := "200 OK\r\nCache-Control: no-store\r\nContent-Type: text/plain; charset=utf-8\r\nLink: </lab/bytes/1000>; " +
		"rel=preload; as=fetch\r\n"
	trailer := "Trailer: Content-Digest, Server-Timing\r\n"
	closed := "X-Content-Type-Options: nosniff\r\nConnection: close\r\n"
	for _, tt := range []struct{ name, request, before, want string }{
		{"RFC 8297 §2 and RFC 9112 §7.1.2 103, chunks, trailers",
			"GET /lab/early HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", hint,
			"HTTP/1.1 " + head + trailer + closed + "Transfer-Encoding: chunked\r\n\r\n" +
				fmt.Sprintf("%x\r\n%s\r\n0\r\n", len(earlyBody), earlyBody) + digest + "Server-Timing: \r\n\r\n"},
		{"RFC 9110 §9.3.2 HEAD", "HEAD /lab/early HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", hint,
			"HTTP/1.1 " + head + trailer + closed + "\r\n"},
		{"RFC 9110 §15.2 HTTP/1.0 knows neither", "GET /lab/early HTTP/1.0\r\n\r\n", "",
			"HTTP/1.0 " + head + fmt.Sprintf("X-Content-Type-Options: nosniff\r\nContent-Length: %d\r\n\r\n", len(earlyBody)) +
				earlyBody},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := date.ReplaceAllString(raw(t, tt.request), "")
			got = regexp.MustCompile("Server-Timing: pause[^\r]*").ReplaceAllString(got, "Server-Timing: ")
			rest, ok := strings.CutPrefix(got, tt.before)
			if !ok || !sameAnswer(rest, tt.want) {
				t.Errorf("%q\n= %q, want\n  %q", tt.request, got, tt.before+tt.want)
			}
		})
	}
}

func TestRFC9113Section8_1EarlyIsThreeHeaderBlocks(t *testing.T) {
	var kinds []byte
	var body string
	for _, f := range h2(t, "/lab/early") {
		kinds = append(kinds, f.kind)
		if f.kind == 0 {
			body += string(f.payload)
		}
	}
	if string(kinds) != "\x01\x01\x00\x01" || body != earlyBody {
		t.Errorf("frames of the kinds %v and the body %q, want HEADERS (103), HEADERS (200), DATA, HEADERS (trailers)", kinds,
			body)
	}
}

// The example of RFC 9530 §B.1: that is the form of the field.
func TestRFC9530TheFormOfContentDigest(t *testing.T) {
	if got, want := contentDigest([]byte("{\"hello\": \"world\"}\n")),
		"sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"; got != want {
		t.Errorf("Content-Digest = %s, want %s", got, want)
	}
}
