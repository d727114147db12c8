package lab

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/rest/problem"
)

// running counts the handlers that have not returned.
type running struct{ atomic.Int64 }

// handler mounts the endpoints as a program does.
func (n *running) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /lab/whoami":        Whoami,
		"GET /lab/bytes/{n}":     Bytes,
		"GET /lab/status/{code}": Status,
		"GET /lab/cookie":        Cookies,
		"POST /lab/cookie":       SetCookie,
		"DELETE /lab/cookie":     DeleteCookies,
		"GET /lab/basic":         Basic,
		"GET /lab/early":         Early,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				problem.Write(w, err)
			}
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		defer n.Add(-1)
		pw := problem.NewResponseWriter(w, r, problem.Patience{})
		defer pw.End()
		mux.ServeHTTP(pw, pw.Request)
	})
}

// way is one way to reach the endpoints.
type way struct {
	*http.Client
	url     string
	proto   string // HTTP/1.1 or HTTP/2.0
	tls     bool
	running *running
}

// everyWay runs test over HTTP/1.1 and HTTP/2, each with and without TLS, on a server of its own.
func everyWay(t *testing.T, test func(t *testing.T, c way)) {
	for _, c := range []way{{proto: "HTTP/1.1"}, {proto: "HTTP/2.0"}, {proto: "HTTP/1.1", tls: true},
		{proto: "HTTP/2.0", tls: true}} {
		t.Run(fmt.Sprintf("%s, TLS %v", c.proto, c.tls), func(t *testing.T) {
			c.running = new(running)
			srv, config := serve(t, c.running.handler(), c.tls)
			if c.tls && c.proto == "HTTP/1.1" {
				config.NextProtos = []string{"http/1.1"} // net/http offers it beside h2 only
			}
			tr := &http.Transport{Protocols: new(http.Protocols), TLSClientConfig: config}
			tr.Protocols.SetHTTP1(c.proto == "HTTP/1.1")
			tr.Protocols.SetHTTP2(c.proto == "HTTP/2.0" && c.tls)
			tr.Protocols.SetUnencryptedHTTP2(c.proto == "HTTP/2.0" && !c.tls)
			c.url = srv.URL
			c.Client = &http.Client{Transport: tr,
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			t.Cleanup(tr.CloseIdleConnections)
			test(t, c)
		})
	}
}

// serve starts a server; the config is for clients that speak TLS.
func serve(t *testing.T, h http.Handler, secure bool) (*httptest.Server, *tls.Config) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	t.Cleanup(srv.Close)
	if !secure {
		srv.Config.Protocols = new(http.Protocols)
		srv.Config.Protocols.SetHTTP1(true)
		srv.Config.Protocols.SetUnencryptedHTTP2(true)
		srv.Start()
		return srv, nil
	}
	srv.EnableHTTP2 = true
	srv.TLS = &tls.Config{NextProtos: []string{"h2", "http/1.1"}}
	srv.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return srv, &tls.Config{RootCAs: roots}
}

// answered is an answer, read to its end.
type answered struct {
	*http.Response
	body string
}

// do sends a request; fields are "Name: value".
func (c way) do(t *testing.T, method, path, body string, fields ...string) answered {
	t.Helper()
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return answered{resp, string(got)}
}

func (c way) get(t *testing.T, path string, fields ...string) answered {
	t.Helper()
	return c.do(t, "GET", path, "", fields...)
}

// decode reads JSON into a T.
func decode[T any](t *testing.T, body string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	return v
}

// raw sends bytes over a connection of its own and returns all that comes until the server closes it.
func raw(t *testing.T, request string) string {
	t.Helper()
	srv, _ := serve(t, new(running).handler(), false)
	conn := dial(t, srv)
	io.WriteString(conn, request)
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%q: %v after %q", request, err, got)
	}
	return string(got)
}

func dial(t *testing.T, srv *httptest.Server) net.Conn {
	t.Helper()
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// body returns what stands behind the header section.
func body(answer string) string {
	_, b, _ := strings.Cut(answer, "\r\n\r\n")
	return b
}

// readHead reads a status line and a header section from a connection.
func readHead(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var head strings.Builder
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, head.String())
		}
		head.WriteString(line)
	}
	return head.String()
}

// frame is one of HTTP/2 (RFC 9113 §4.1).
type frame struct {
	kind, flags byte // kind 0 is DATA, 1 HEADERS; flag 1 of both is END_STREAM
	payload     []byte
}

// h2 sends a GET over HTTP/2 without TLS and returns the frames of its stream, to the last.
func h2(t *testing.T, path string) (frames []frame) {
	t.Helper()
	srv, _ := serve(t, new(running).handler(), false)
	conn := dial(t, srv)
	// The preface, empty SETTINGS, and HEADERS with END_HEADERS and END_STREAM: GET, http and two literals (RFC 7541 §6).
	block := "\x82\x86\x01\x01a\x04" + string(rune(len(path))) + path
	fmt.Fprintf(conn,
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00%c\x01\x05\x00\x00\x00\x01%s",
		len(block), block)
	for r := bufio.NewReader(conn); ; {
		head := make([]byte, 9)
		if _, err := io.ReadFull(r, head); err != nil {
			t.Fatalf("%v after %v", err, frames)
		}
		f := frame{head[3], head[4], make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))}
		if _, err := io.ReadFull(r, f.payload); err != nil {
			t.Fatal(err)
		}
		if head[8] == 1 { // the stream; 0 is the connection
			frames = append(frames, f)
			if f.flags&1 != 0 {
				return frames
			}
		}
	}
}

// expect checks header fields; "" stands for none.
func expect(t *testing.T, h http.Header, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := h.Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 10 s", what)
		}
	}
}

func TestNoAnswerIsForACache(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		for _, tt := range []struct {
			method, path, body string
			status             int
		}{
			{"GET", "/lab/whoami", "", 200},
			{"GET", "/lab/bytes/10", "", 200},
			{"GET", "/lab/bytes/10?chunk=5", "", 200},
			{"GET", "/lab/bytes/x", "", 404},
			{"GET", "/lab/bytes/-1", "", 422},
			{"GET", "/lab/bytes/1?chunk=%zz", "", 400},
			{"GET", "/lab/status/200", "", 200},
			{"GET", "/lab/status/204", "", 204},
			{"GET", "/lab/status/404", "", 404},
			{"GET", "/lab/status/x", "", 404},
			{"GET", "/lab/status/99", "", 422},
			{"GET", "/lab/cookie", "", 200},
			{"POST", "/lab/cookie", `{"name":"a","value":"b"}`, 200},
			{"POST", "/lab/cookie", `{"name":"a b","value":"b"}`, 422},
			{"POST", "/lab/cookie", `{`, 400},
			{"DELETE", "/lab/cookie", "", 204},
			{"GET", "/lab/basic", "", 401},
			{"GET", "/lab/early", "", 200},
		} {
			methods := []string{tt.method}
			if tt.method == "GET" {
				methods = append(methods, "HEAD")
			}
			for _, method := range methods {
				got := c.do(t, method, tt.path, tt.body, "Content-Type: application/json")
				if got.StatusCode != tt.status {
					t.Errorf("%s %s = %d, want %d", method, tt.path, got.StatusCode, tt.status)
				}
				expect(t, got.Header, map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
				if method == "HEAD" && got.body != "" {
					t.Errorf("HEAD %s has the body %q", tt.path, got.body)
				}
				if got.StatusCode >= 400 && got.Header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s %s has the type %s, want a problem", method, tt.path, got.Header.Get("Content-Type"))
				}
			}
		}
	})
}
