package http3

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// tell answers with what the handler got.
func tell(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s %s %d %d %v", r.Method, r.RequestURI, r.Host, r.Proto, r.ContentLength, len(body), err)
}

func TestRequests(t *testing.T) {
	c := serveFunc(t, tell).dial(t)
	for _, tt := range []struct {
		method, path string
		body         io.Reader
		want         string
	}{
		{"GET", "/a/b?c=d", nil, "GET /a/b?c=d localhost HTTP/3.0 0 0 <nil>"},
		{"DELETE", "/", nil, "DELETE / localhost HTTP/3.0 0 0 <nil>"},
		{"POST", "/", strings.NewReader("hello"), "POST / localhost HTTP/3.0 5 5 <nil>"},
		{"POST", "/", io.MultiReader(strings.NewReader("hello")), "POST / localhost HTTP/3.0 -1 5 <nil>"},
		{"POST", "/", bytes.NewReader(make([]byte, 3<<20)), "POST / localhost HTTP/3.0 3145728 3145728 <nil>"},
	} {
		resp, text := c.do(t, tt.method, tt.path, tt.body)
		if resp.StatusCode != 200 || text != tt.want {
			t.Errorf("%s %s = %d %q, want %q", tt.method, tt.path, resp.StatusCode, text, tt.want)
		}
		if got := resp.Header.Get("Content-Length"); got != fmt.Sprint(len(tt.want)) {
			t.Errorf("%s %s: Content-Length %q, want %d", tt.method, tt.path, got, len(tt.want))
		}
		if got := resp.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" || resp.Header.Get("Date") == "" {
			t.Errorf("%s %s: %v", tt.method, tt.path, resp.Header)
		}
	}
}

func TestAHandlerKnowsBothEndsAndTLS(t *testing.T) {
	r := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.RemoteAddr, " ", r.Context().Value(http.LocalAddrContextKey), " ", r.TLS.NegotiatedProtocol)
	})
	c := r.dial(t)
	want := fmt.Sprintf("127.0.0.1:%d %s h3", c.own.LocalAddr().Port(), r.addr)
	if _, text := c.do(t, "GET", "/", nil); text != want {
		t.Errorf("%q, want %q", text, want)
	}
}

func TestLargeBodiesBothWays(t *testing.T) {
	c := serveFunc(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }).dial(t)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 3<<16)
	if _, text := c.do(t, "POST", "/", bytes.NewReader(sent)); text != string(sent) {
		t.Errorf("%d bytes come back, which differ from the %d that were sent", len(text), len(sent))
	}
}

func TestRFC9110Section9_3_2Head(t *testing.T) {
	c := serveFunc(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }).dial(t)
	resp, text := c.do(t, "HEAD", "/", nil)
	if text != "" || resp.Header.Get("Content-Length") != "5" {
		t.Errorf("%q, %v", text, resp.Header)
	}
}

func TestStatusWithoutContent(t *testing.T) {
	for _, status := range []int{204, 304} {
		c := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			if _, err := w.Write([]byte("x")); err != http.ErrBodyNotAllowed {
				t.Errorf("%d: Write = %v", status, err)
			}
		}).dial(t)
		resp, text := c.do(t, "GET", "/", nil)
		if resp.StatusCode != status || text != "" || resp.Header["Content-Length"] != nil {
			t.Errorf("%d %q %v, want %d", resp.StatusCode, text, resp.Header, status)
		}
	}
}

func TestRFC9114Section4_1Trailers(t *testing.T) {
	c := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Sum")
		io.Copy(w, r.Body)
		w.Header().Set("Sum", r.Trailer.Get("Sum")+" too")
		w.Header().Set(http.TrailerPrefix+"More", "yes")
	}).dial(t)
	r, _ := http.NewRequestWithContext(within(t), "POST", "https://localhost/", io.MultiReader(strings.NewReader("abc")))
	r.Trailer = http.Header{"Sum": {"6"}}
	resp, err := c.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := resp.Trailer["Sum"]; !ok {
		t.Errorf("announced are %v", resp.Trailer)
	}
	text, err := io.ReadAll(resp.Body)
	if string(text) != "abc" || err != nil || resp.Trailer.Get("Sum") != "6 too" || resp.Trailer.Get("More") != "yes" ||
		resp.Header.Get("Sum") != "" {
		t.Errorf("%q, %v, trailers %v, header %v", text, err, resp.Trailer, resp.Header)
	}
}

func TestRFC9110Section10_1_1Expect(t *testing.T) {
	asked := make(chan bool, 1)
	r := serveFunc(t, func(w http.ResponseWriter, r *http.Request) { <-asked; io.Copy(w, r.Body) })
	q := r.raw(t)
	st := q.request(headers(get(field{"expect", "100-continue"}, field{"content-length", "2"})...))
	asked <- true
	fields, err := readHead(st, false, 1000)
	if err != nil || fields[0] != (field{":status", "100"}) {
		t.Fatalf("first comes %v, %v, want 100", fields, err)
	}
	st.Write(appendFrame(nil, frameData, []byte("hi")))
	st.CloseWrite()
	if fields, err = readHead(st, false, 1000); err != nil || fields[0] != (field{":status", "200"}) {
		t.Errorf("then comes %v, %v, want 200", fields, err)
	}
}

func TestWhatIsFlushedLeaves(t *testing.T) {
	next := make(chan bool)
	c := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		for i := range 3 {
			fmt.Fprintf(w, "event %d\n", i)
			if err := rc.Flush(); err != nil {
				t.Error(err)
			}
			<-next
		}
	}).dial(t)
	r, _ := http.NewRequestWithContext(within(t), "GET", "https://localhost/", nil)
	resp, err := c.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(resp.Body)
	for i := range 3 {
		if line, err := lines.ReadString('\n'); line != fmt.Sprintf("event %d\n", i) {
			t.Fatalf("%q, %v", line, err)
		}
		next <- true
	}
	if _, err := lines.ReadString('\n'); err != io.EOF || resp.ContentLength != -1 {
		t.Errorf("it ends with %v, Content-Length is %d", err, resp.ContentLength)
	}
}

func TestManyRequestsAtATime(t *testing.T) {
	c := serveFunc(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) }).dial(t)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for k := range 20 {
				path := fmt.Sprintf("/%d/%d", i, k)
				if _, text := c.do(t, "GET", path, nil); text != path {
					t.Errorf("%s = %s", path, text)
				}
			}
		})
	}
	all.Wait()
}

func TestRFC9114Section4_1_1Cancelled(t *testing.T) {
	began, ended := make(chan bool, 1), make(chan error, 1)
	r := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/wait" {
			return
		}
		began <- true
		<-r.Context().Done()
		_, err := w.Write(make([]byte, 2*gather))
		ended <- err
	})
	c := r.dial(t)
	ctx, cancel := context.WithCancel(within(t))
	req, _ := http.NewRequestWithContext(ctx, "GET", "https://localhost/wait", nil)
	go func() { <-began; cancel() }()
	if _, err := c.RoundTrip(req); err != context.Canceled {
		t.Errorf("RoundTrip = %v", err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("a write to who went away went well")
		}
	case <-time.After(patience):
		t.Fatal("the handler does not learn that the client has gone")
	}
	c.do(t, "GET", "/", nil) // the connection goes on

	c.conn.Abort(nil) // and when it ends, so does what runs on it
	q := r.raw(t)
	q.request(headers(get()[0], get()[1], get()[2], field{":path", "/wait"})).CloseWrite()
	<-began
	q.Abort(nil)
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("the handler does not learn that the connection has ended")
	}
}

func TestAClientThatResetsItsBodyCancels(t *testing.T) {
	began, ended := make(chan bool), make(chan error, 1)
	q := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		began <- true
		_, err := io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		ended <- err
	}).raw(t)
	st := q.request(headers(get()...))
	<-began // what was sent before a reset may be lost with it
	st.Reset(uint64(RequestCancelled))
	if code := reset(t, st); code != RequestCancelled {
		t.Errorf("the answer is reset with %v", code)
	}
	if err := <-ended; err == nil {
		t.Error("the body looks whole")
	}
}

func TestRFC9114Section5_2GoAway(t *testing.T) {
	began, end := make(chan bool), make(chan bool)
	r := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		began <- true
		<-end
		io.WriteString(w, "whole")
	})
	c := r.dial(t)
	answered := make(chan string, 1)
	go func() { _, text := c.do(t, "GET", "/", nil); answered <- text }()
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- r.Shutdown(within(t)) }()
	for c.leaving.Load() == maxVarint { // until GOAWAY is here
		if within(t).Err() != nil {
			t.Fatal("no GOAWAY")
		}
		time.Sleep(time.Millisecond)
	}
	if id := c.leaving.Load(); id != 4 {
		t.Errorf("GOAWAY %d, want 4: that behind the one request", id)
	}
	req, _ := http.NewRequestWithContext(within(t), "GET", "https://localhost/", nil)
	if _, err := c.RoundTrip(req); err != ErrGoAway {
		t.Errorf("another request = %v", err)
	}
	c.leaving.Store(maxVarint) // and if the client had not heard it
	if _, err := c.RoundTrip(req); err == nil || !strings.Contains(err.Error(), fmt.Sprint(uint64(RequestRejected))) {
		t.Errorf("another request = %v, want that it is rejected", err)
	}
	close(end)
	if text := <-answered; text != "whole" {
		t.Errorf("what ran is answered with %q", text)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown = %v", err)
	}
}

func TestShutdownWaitsNoLongerThanItMay(t *testing.T) {
	began := make(chan bool)
	r := serveFunc(t, func(w http.ResponseWriter, r *http.Request) { began <- true; <-r.Context().Done() })
	c := r.dial(t)
	req, _ := http.NewRequestWithContext(within(t), "GET", "https://localhost/", nil)
	go c.RoundTrip(req)
	<-began
	ctx, cancel := context.WithCancel(within(t))
	cancel()
	if err := r.Shutdown(ctx); err != context.Canceled {
		t.Errorf("Shutdown = %v", err)
	}
}

func TestAServerThatWasNeverServedCanBeClosed(t *testing.T) {
	s := NewServer(&http.Server{}, new(tls.Config))
	if s.Shutdown(within(t)) != nil || s.Close() != nil {
		t.Error("it can't")
	}
}

func TestHalfAnAnswerDoesNotLookWhole(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"a panic": func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 5000)); panic(http.ErrAbortHandler) },
		"less than was told": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.Write([]byte("x"))
		},
		"a deadline has passed": func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0))
			if _, err := w.Write(make([]byte, 5000)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Write = %v", err)
			}
		},
	} {
		q := serveFunc(t, h).raw(t)
		st := q.request(headers(get()...))
		st.CloseWrite()
		if code := reset(t, st); code != InternalError {
			t.Errorf("%s: %v", name, code)
		}
	}
}

func TestReadDeadlines(t *testing.T) {
	r := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := io.ReadAll(r.Body)
		fmt.Fprint(w, errors.Is(err, os.ErrDeadlineExceeded))
	})
	st := r.raw(t).request(headers(get(field{"content-length", "5"})...))
	if _, err := readHead(st, false, 1000); err != nil {
		t.Fatal(err)
	}
	b := body{st: st, length: -1, failed: func(err error) error { return err }}
	if text, err := io.ReadAll(&b); string(text) != "true" || err != nil {
		t.Errorf("%q, %v, want an answer, and that the time was over", text, err)
	}
}

func TestHeadersThatTakeTooLong(t *testing.T) {
	r := serve(t, &http.Server{ReadHeaderTimeout: 20 * time.Millisecond})
	if code := reset(t, r.raw(t).request([]byte{0x01})); code != RequestIncomplete {
		t.Errorf("%v", code)
	}
}

func TestIdleConnectionsEnd(t *testing.T) {
	r := serve(t, &http.Server{IdleTimeout: 100 * time.Millisecond, Handler: http.HandlerFunc(tell)})
	q := r.raw(t)
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	go func() { // it sends something all the time, and asks nothing
		for st := q.uni([]byte{0x00, 0x04, 0x00}); ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
			st.Write([]byte{0x21, 0x00})
			st.Flush()
		}
	}()
	if code := q.closed(); code != NoError {
		t.Errorf("it ends with %v", code)
	}
}

func TestRFC9114Section4_2_2HeadersThatAreTooLarge(t *testing.T) {
	r := serve(t, &http.Server{MaxHeaderBytes: 1000, Handler: http.HandlerFunc(tell)})
	c := r.dial(t)
	for _, n := range []int{900, 100_000} { // in bytes it fits, or not even so
		if resp, _ := c.do(t, "GET", "/", nil, "X-Long", strings.Repeat("~", n)); resp.StatusCode != 431 {
			t.Errorf("%d bytes: %d", n, resp.StatusCode)
		}
	}
	c.do(t, "GET", "/", nil)
	if s := c.peerSettings(); s != (Settings{MaxFieldSection: 1000}) {
		t.Errorf("SETTINGS %+v", s)
	}
}
