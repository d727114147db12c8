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
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/problem"
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
			if tt.status == 200 && (w.Header().Get("Content-Type") != "application/x-pcapng" || kind != "attachment" || !strings.HasSuffix(params["filename"], ".pcapng")) {
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
	for query, due := range map[string]int{"seconds=0": 422, "seconds=86401": 422, "packets=0": 422, "packets=x": 422, "%zz": 400} {
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
	if len(packets) > 20 || !bytes.Contains(text, []byte("GET /during ")) || bytes.Contains(text, []byte("GET /capture")) || bytes.Contains(text, []byte("x-pcapng")) {
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
	if resp, text := get(t, url+"/capture"); resp.StatusCode != 503 || !strings.Contains(resp.Header.Get("Content-Type"), "problem") || resp.Header.Get("Content-Disposition") != "" {
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

// fill publishes more than a queue and the system's buffers hold.
func fill(r *Recorder) {
	a := netip.MustParseAddrPort("192.0.2.1:5000")
	for range 2 * maxQueue / 60_000 {
		r.publish(appendDatagram(nil, a, a, 0, make([]byte, 60_000), nil))
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

// stalled takes nothing until it is told.
type stalled struct {
	bytes.Buffer
	go_ chan struct{}
}

func (s *stalled) Write(b []byte) (int, error) {
	<-s.go_
	return s.Buffer.Write(b)
}

func TestErrSlow(t *testing.T) {
	leaves(t)
	r := New(Info{})
	w := &stalled{go_: make(chan struct{})}
	done := make(chan error)
	go func() { done <- r.Copy(t.Context(), w, 0) }()
	for r.reading.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	fill(r)
	close(w.go_)
	if err := <-done; !errors.Is(err, ErrSlow) {
		t.Errorf("Copy = %v, want ErrSlow", err)
	}
	if err := r.Copy(t.Context(), failing{}, 0); !errors.Is(err, os.ErrClosed) || r.reading.Load() != 0 {
		t.Errorf("Copy to what fails = %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestCopyHasAllThatWasRecordedBeforeItsEnd(t *testing.T) {
	leaves(t)
	a := netip.MustParseAddrPort("192.0.2.1:5000")
	for range 200 {
		r := New(Info{})
		var text bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Copy(ctx, &text, 0) }()
		for r.reading.Load() == 0 {
			time.Sleep(10 * time.Microsecond)
		}
		for range 3 {
			r.publish(appendDatagram(nil, a, a, 0, nil, nil))
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, packets := parse(t, text.Bytes()); len(packets) != 3 {
			t.Fatalf("%d packets, want 3", len(packets))
		}
	}
}

func TestNoMorePacketsThanAskedFor(t *testing.T) {
	a := netip.MustParseAddrPort("192.0.2.1:5000")
	one := appendDatagram(nil, a, a, 0, []byte("x"), nil)
	three := append(append(bytes.Clone(one), one...), appendSecrets(nil, []byte("secret"))...)
	three = append(three, one...)
	for n := 1; n <= 8; n++ {
		r := New(Info{})
		w := &stalled{go_: make(chan struct{})}
		done := make(chan error)
		go func() { done <- r.Copy(t.Context(), w, n) }()
		for r.reading.Load() == 0 {
			time.Sleep(10 * time.Microsecond)
		}
		for range 3 {
			r.publish(bytes.Clone(three))
		}
		close(w.go_)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if _, packets := parse(t, w.Bytes()); len(packets) != n {
			t.Errorf("%d packets, want %d", len(packets), n)
		}
	}
}

func TestDatagramsOfASocket(t *testing.T) {
	leaves(t)
	for _, tt := range []struct{ listen, dial string }{{"127.0.0.1:0", "127.0.0.1"}, {":0", "127.0.0.1"}, {":0", "::1"}} {
		r := New(Info{})
		inner, err := net.ListenPacket("udp", tt.listen)
		if err != nil {
			t.Skip(err)
		}
		p := r.PacketConn(inner)
		_, port, _ := net.SplitHostPort(p.LocalAddr().String())
		var serving sync.WaitGroup
		serving.Go(func() {
			for buf := make([]byte, 8); ; {
				n, from, err := p.ReadFrom(buf)
				if err != nil {
					return
				}
				p.WriteTo(bytes.ToUpper(buf[:n]), from)
			}
		})
		ask := func(text string) net.Addr {
			c, err := net.Dial("udp", net.JoinHostPort(tt.dial, port))
			if err != nil {
				t.Skip(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, text)
			if _, err := c.Read(make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
			return c.LocalAddr()
		}
		ask("unseen")
		end := watch(t, r)
		first := ask("ping")
		ask("12345678")
		p.Close()
		serving.Wait()
		packets := slices.DeleteFunc(end(), func(p packet) bool { return string(p.payload) == "UNSEEN" }) // perhaps
		if len(packets) != 4 || string(packets[0].payload) != "ping" || string(packets[1].payload) != "PING" ||
			packets[0].from != addrPort(first) || packets[1].to != addrPort(first) || packets[0].to != packets[1].from || packets[0].to.Addr() != netip.MustParseAddr(tt.dial) {
			t.Errorf("%v: %+v", tt, packets)
		}
		if got := about(packets); !strings.HasPrefix(got, "Perhaps cut off") || strings.Contains(got, "\n") {
			t.Errorf("comments %q, want one, on what may be longer", got)
		}
	}
}

func TestComments(t *testing.T) {
	leaves(t)
	r := New(Info{})
	at := recorded(t, r, "127.0.0.1:0", func(c net.Conn) {
		c.Read(make([]byte, 100))
		Comment(c, "who %s", "this")
		for range 20 {
			Comment(c, "%s", strings.Repeat("long", 1000))
		}
		io.WriteString(c, "one")
		io.WriteString(c, "two")
	})
	end := watch(t, r)
	c := dial(t, at)
	io.WriteString(c, "hello")
	io.Copy(io.Discard, c)
	for _, p := range end() {
		switch string(p.payload) {
		case "one":
			if len(p.comments) != maxComments || p.comments[0] != "who this" || len(p.comments[1]) > maxCommentBytes {
				t.Errorf("%d comments: %.2000q", len(p.comments), p.comments)
			}
		case "two", "hello":
			if len(p.comments) != 0 {
				t.Errorf("%s has comments, too: %.100q", p.payload, p.comments)
			}
		}
	}
	a, b := net.Pipe()
	Comment(a, "nobody reads this")
	Comment(nil, "nor this")
	a.Close()
	b.Close()
}

func TestOffIsNothing(t *testing.T) {
	var r *Recorder
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	if r.Listener(tcp) != tcp || r.PacketConn(nil) != nil || r.KeyLog(nil) != nil || r.KeyLog(os.Stdout) != os.Stdout {
		t.Error("what is off wraps something")
	}
	r.Close()
}

// Whatever a client begins with, and whatever is in a key log: no panic, and all bytes are written down.
func FuzzFirstBytes(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), uint8(3), "CLIENT_RANDOM 00 11\n")
	f.Add(append([]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, make([]byte, 100)...), uint8(1), "CLIENT_RANDOM "+strings.Repeat("00", 32)+" 11\n")
	f.Add([]byte{0x16}, uint8(0), "")
	f.Fuzz(func(t *testing.T, text []byte, step uint8, line string) {
		r := New(Info{})
		var out bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Copy(ctx, &out, 0) }()
		for r.reading.Load() == 0 {
			time.Sleep(10 * time.Microsecond)
		}
		c := r.record(&many{}).(*Conn)
		for rest := text; len(rest) > 0; {
			n := min(len(rest), int(step)+1)
			c.received(rest[:n], nil)
			rest = rest[n:]
		}
		r.KeyLog(nil).Write([]byte(line))
		c.received(nil, io.EOF)
		c.finish(func(dst []byte) []byte { return dst })
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		_, packets := parse(t, out.Bytes())
		if got := follow(t, packets)[c.ends.client].client.text.Bytes(); !bytes.Equal(got, text) {
			t.Errorf("%q, want %q", got, text)
		}
	})
}
