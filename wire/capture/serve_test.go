package capture

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/rest/problem"
)

// handler answers with captures, and everything else with its path.
func handler(r *Recorder) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /capture", func(w http.ResponseWriter, req *http.Request) {
		if err := r.Serve(w, req); err != nil {
			problem.Write(w, err)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) { io.WriteString(w, req.URL.Path) })
	return mux
}

// site is a recorded server of HTTP.
func site(t testing.TB, r *Recorder) string {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: handler(r), ReadTimeout: time.Second, WriteTimeout: time.Second}
	var serving sync.WaitGroup
	serving.Go(func() { srv.Serve(r.Listener(tcp)) })
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		r.Close()
		srv.Shutdown(context.Background())
		serving.Wait()
	})
	return "http://" + tcp.Addr().String()
}

func TestWhoMayRead(t *testing.T) {
	for _, tt := range []struct {
		name         string
		off          bool
		client, host string
		header       string
		status       int
	}{
		{"IPv4", false, "127.0.0.1:5000", "localhost:3001", "", 200},
		{"IPv6", false, "[::1]:5000", "[::1]:3001", "", 200},
		{"IPv6 without a port", false, "[::1]:5000", "[::1]", "", 200},
		{"both in one socket", false, "[::ffff:127.0.0.1]:5000", "127.0.0.1:3001", "", 200},
		{"a name of this machine", false, "127.0.0.1:5000", "tls12.LOCALHOST", "", 200},
		{"nobody while it is off", true, "127.0.0.1:5000", "localhost", "", 403},
		{"another machine", false, "192.0.2.1:5000", "localhost", "", 403},
		{"another machine, IPv6", false, "[2001:db8::1]:5000", "localhost", "", 403},
		{"no address at all", false, "@", "localhost", "", 403},
		{"a name that suddenly means 127.0.0.1", false, "127.0.0.1:5000", "evil.example:3001", "", 403},
		{"a name that looks like it", false, "127.0.0.1:5000", "localhost.example", "", 403},
		{"another name that looks like it", false, "127.0.0.1:5000", "notlocalhost", "", 403},
		{"this machine by the address that others use", false, "127.0.0.1:5000", "192.0.2.1:3001", "", 403},
		{"no host", false, "127.0.0.1:5000", "", "", 403},
		{"a page", false, "127.0.0.1:5000", "localhost", "Origin", 403},
		{"through a proxy", false, "127.0.0.1:5000", "localhost", "X-Forwarded-For", 403},
		{"through a proxy that follows RFC 7239", false, "127.0.0.1:5000", "localhost", "Forwarded", 403},
		{"through a proxy of HTTP", false, "127.0.0.1:5000", "localhost", "Via", 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := New(Info{Interface: "lo"})
			if tt.off {
				r = nil
			}
			req := httptest.NewRequest("HEAD", "/capture", nil)
			req.RemoteAddr, req.Host = tt.client, tt.host
			if tt.header != "" {
				req.Header.Set(tt.header, "x")
			}
			w := httptest.NewRecorder()
			handler(r).ServeHTTP(w, req)
			if w.Code != tt.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
			kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
			if tt.status == 200 && (w.Header().Get("Content-Type") != "application/x-pcapng" || kind != "attachment" ||
				!strings.HasSuffix(params["filename"], ".pcapng")) {
				t.Errorf("header %v, %v", w.Header(), err)
			}
		})
	}
}

func get(t testing.TB, url string) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, text
}

func TestCapturesEndByThemselves(t *testing.T) {
	leaves(t)
	url := site(t, New(Info{}))
	var asking sync.WaitGroup
	defer asking.Wait()
	asking.Go(func() {
		for range 30 {
			if resp, err := http.Get(url + "/hello"); err == nil {
				resp.Body.Close()
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	_, text := get(t, url+"/capture?packets=7")
	if _, packets := parse(t, text); len(packets) != 7 {
		t.Errorf("%d packets, want 7", len(packets))
	}
	began := time.Now()
	resp, text := get(t, url+"/capture?seconds=2") // more than the server's own limits of time
	if took := time.Since(began); took < 2*time.Second || took > 4*time.Second || !resp.Close {
		t.Errorf("it took %v and closes the connection: %v", took, resp.Close)
	}
	_, packets := parse(t, text)
	follow(t, packets)
	for query, due := range map[string]int{"seconds=0": 422, "seconds=86401": 422, "packets=0": 422, "packets=x": 422,
		"%zz": 400} {
		if resp, text := get(t, url+"/capture?"+query); resp.StatusCode != due {
			t.Errorf("?%s = %d %s, want %d", query, resp.StatusCode, text, due)
		}
	}
}

func TestNeverItself(t *testing.T) {
	leaves(t)
	url := site(t, New(Info{}))
	get(t, url+"/before") // over a connection that stays open, and is used for the capture too
	resp, err := http.Get(url + "/capture?seconds=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	get(t, url+"/during")
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, packets := parse(t, text)
	follow(t, packets)
	if len(packets) > 20 || !bytes.Contains(text, []byte("GET /during ")) ||
		bytes.Contains(text, []byte("GET /capture")) || bytes.Contains(text, []byte("x-pcapng")) {
		t.Errorf("%d packets: %q", len(packets), text)
	}
}

func TestTheServerStops(t *testing.T) {
	leaves(t)
	r := New(Info{})
	url := site(t, r)
	resp, err := http.Get(url + "/capture")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	get(t, url+"/last")
	r.Close()
	r.Close()
	text, err := io.ReadAll(resp.Body)
	if _, packets := parse(t, text); err != nil || !bytes.Contains(text, []byte("GET /last ")) || len(packets) == 0 {
		t.Errorf("%v, %d bytes, want a whole answer with all that came before", err, len(text))
	}
	if resp, text := get(t, url+"/capture"); resp.StatusCode != 503 || !strings.Contains(resp.Header.Get("Content-Type"),
		"problem") || resp.Header.Get("Content-Disposition") != "" {
		t.Errorf("a capture of what stops = %d %v %s, want 503", resp.StatusCode, resp.Header, text)
	}
}

func TestFourAtOnceAndNoMore(t *testing.T) {
	leaves(t)
	r := New(Info{})
	url := site(t, r)
	var bodies []io.Closer
	for range maxReaders {
		resp, err := http.Get(url + "/capture")
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, resp.Body)
	}
	if resp, text := get(t, url+"/capture"); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("one more = %d %s, want 503", resp.StatusCode, text)
	}
	for _, b := range bodies {
		b.Close()
	}
	for range 500 {
		if r.reading.Load() == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if resp, _ := get(t, url+"/capture?seconds=1"); resp.StatusCode != 200 {
		t.Errorf("when they have gone: %d, want 200", resp.StatusCode)
	}
}

func TestWhoReadsTooSlowlyIsLeftBehind(t *testing.T) {
	leaves(t)
	r := New(Info{})
	url := site(t, r)
	c := dial(t, strings.TrimPrefix(url, "http://"))
	fmt.Fprint(c, "GET /capture HTTP/1.1\r\nHost: localhost\r\n\r\n")
	for r.reading.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	began := time.Now()
	fill(r)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("recording took %v: it waited for the reader", took)
	}
	get(t, url+"/others")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the answer ends with %v, want that it is cut off", err)
	}
	_, packets := parse(t, text)
	if last := packets[len(packets)-1]; len(last.comments) != 1 || !strings.Contains(last.comments[0], "ends here") {
		t.Errorf("%d packets, the last with %q", len(packets), last.comments)
	}
}
