package files

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"
)

// A slow upload is one of which only the beginning has come.
type slowUpload struct {
	net.Conn
	s *shared
}

// slow begins a PUT of size bytes, of which the first half comes, and waits until the server has begun to store it.
func (s *shared) slow(owner int64, name string, size int) *slowUpload {
	s.t.Helper()
	before := len(s.temps())
	c, err := net.Dial("tcp", s.srv.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(c, "PUT /files/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %d\r\nContent-Length: %d\r\n\r\n%s", name,
		owner, size, strings.Repeat("x", size/2))
	eventually(s.t, "a temporary file", func() bool { return len(s.temps()) > before })
	return &slowUpload{c, s}
}

func (u *slowUpload) status() int {
	u.s.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(u), nil)
	if err != nil {
		u.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func (s *shared) nothingIsLeft() {
	s.t.Helper()
	eventually(s.t, "no temporary file", func() bool { return len(s.temps()) == 0 })
	s.wantOnDisk(map[string]string{})
}

func TestAConnectionThatBreaksOffLeavesNothing(t *testing.T) {
	for name, body := range map[string]string{
		"with a length":        "PUT /files/a.txt HTTP/1.1\r\nContent-Length: 1000\r\n",
		"chunked":              "PUT /files/a.txt HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
		"a form with a length": "POST /files/ HTTP/1.1\r\nContent-Type: " + formType + "\r\nContent-Length: 1000\r\n",
		"a chunked form":       "POST /files/ HTTP/1.1\r\nContent-Type: " + formType + "\r\nTransfer-Encoding: chunked\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			content := strings.Repeat("x", 500)
			if strings.HasPrefix(body, "POST") {
				content = form("--AaB03x", `Content-Disposition: form-data; name="file"; filename="a.txt"`, "", content)
			}
			if strings.Contains(body, "chunked") {
				content = fmt.Sprintf("%x\r\n%s\r\n", len(content), content)
			}
			for _, half := range []bool{false, true} { // closed, or only closed for writing
				s := start(t)
				c, err := net.Dial("tcp", s.srv.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(20 * time.Second))
				io.WriteString(c, body+"Host: x\r\nAuthorization: Bearer 1\r\n\r\n"+content)
				eventually(t, "a temporary file", func() bool { return len(s.temps()) == 1 })
				if !half {
					c.Close()
				} else {
					c.(*net.TCPConn).CloseWrite()
					if got := (&slowUpload{c, s}).status(); got != 400 {
						t.Errorf("status %d, want 400", got)
					}
				}
				s.nothingIsLeft()
			}
		})
	}
}

func TestABodyThatIsChunkedWrongIsRefused(t *testing.T) {
	s := start(t)
	c, err := net.Dial("tcp", s.srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "PUT /files/a.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 1\r\nTransfer-Encoding: "+
		"chunked\r\n\r\n5\r\nhello\r\nNOHEX\r\n")
	if got := (&slowUpload{c, s}).status(); got != 400 {
		t.Errorf("status %d, want 400", got)
	}
	s.nothingIsLeft()
}

// HTTP/2 ends a stream without ending the connection (RFC 9113 §5.4.2).
func TestAnHTTP2StreamThatIsResetLeavesNothing(t *testing.T) {
	s := start(t)
	s.overHTTP2()
	body, feed := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		_, err := s.try(1, "PUT", "/files/a.txt", body)
		failed <- err
	}()
	feed.Write(make([]byte, 1000))
	eventually(t, "a temporary file", func() bool { return len(s.temps()) == 1 })
	feed.CloseWithError(errors.New("changed my mind"))
	if err := <-failed; err == nil {
		t.Error("the upload was answered")
	}
	s.nothingIsLeft()
	s.want("PUT on the same connection", s.put(1, "/files/a.txt", "x"), 201)
}

// overHTTP2 lets the client speak HTTP/2 with prior knowledge.
func (s *shared) overHTTP2() {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	s.http.Transport = &http.Transport{Protocols: p}
}

func TestASlowUploadIsEnded(t *testing.T) {
	for name, change := range map[string]func(*shared){
		"no piece for too long": func(s *shared) { s.f.pieceTime = 50 * time.Millisecond },
		"not all of it in time": func(s *shared) { s.f.uploadTime = 50 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, change)
			if got := s.slow(1, "a.txt", 1000).status(); got != 400 {
				t.Errorf("status %d, want 400", got)
			}
			s.nothingIsLeft()

			s.overHTTP2()
			body, feed := io.Pipe()
			defer feed.Close()
			a, err := s.try(1, "PUT", "/files/a.txt", body)
			if err != nil || a.StatusCode != 400 {
				t.Errorf("over HTTP/2: %d, %v, want 400", a.StatusCode, err)
			}
			s.nothingIsLeft()
		})
	}
}

// Somebody who sends a byte now and then must not hold a place: a piece is more than a byte.
func TestAByteNowAndThenIsTooSlow(t *testing.T) {
	s := start(t, patient, func(s *shared) { s.f.pieceTime = 100 * time.Millisecond }) // and nothing more is read of it
	u := s.slow(1, "a.txt", 1000)
	done := make(chan int, 1)
	go func() { done <- u.status() }()
	for range 200 {
		select {
		case got := <-done:
			if got != 400 {
				t.Errorf("status %d, want 400", got)
			}
			return
		case <-time.After(10 * time.Millisecond):
			u.Write([]byte("x"))
		}
	}
	t.Error("a byte every 10 ms kept it alive")
}

// The deadline moves on with each piece, and beyond those of the server, which are for small requests.
func TestALongUploadIsNotEndedByTheServersDeadlines(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			s := start(t, shortDeadlines)
			if protocol == "HTTP/2.0" {
				s.overHTTP2()
			}
			body, feed := io.Pipe()
			go func() {
				for range 4 {
					time.Sleep(110 * time.Millisecond)
					feed.Write(make([]byte, piece))
				}
				feed.Close()
			}()
			a := s.do(1, "PUT", "/files/a.bin", body)
			s.want("PUT", a, 201)
			if a.Proto != protocol {
				t.Errorf("over %s, want %s", a.Proto, protocol)
			}
			time.Sleep(250 * time.Millisecond)
			s.want("GET on the same connection, later", s.get("/files/a.bin"), 200)
		})
	}
}

// shortDeadlines are those of the server, for all but files.
func shortDeadlines(s *shared) {
	s.srv.Config.ReadTimeout, s.srv.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
}

// Whoever takes a long time to read gets it all, within the limit for downloads.
func TestALongDownloadIsNotEndedByTheServersDeadlines(t *testing.T) {
	const size = 12 << 20 // more than the buffers of a connection
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for limit, whole := range map[time.Duration]bool{time.Minute: true, 100 * time.Millisecond: false} {
			t.Run(fmt.Sprint(protocol, " within ", limit), func(t *testing.T) {
				s := start(t, shortDeadlines, func(s *shared) { s.f.downloadTime = limit })
				if protocol == "HTTP/2.0" {
					s.overHTTP2()
				}
				s.want("PUT", s.put(1, "/files/a.bin", strings.Repeat("x", size)), 201)
				resp, err := s.http.Get(s.srv.URL + "/files/a.bin")
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(450 * time.Millisecond)
				n, err := io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if (err == nil && n == size) != whole || resp.Proto != protocol {
					t.Errorf("over %s: %d bytes, %v; want the whole: %v", resp.Proto, n, err, whole)
				}
				if reused := s.reused(); whole && !reused {
					t.Error("the connection was not kept")
				}
			})
		}
	}
}

// reused tells whether a further request goes over the connection of the one before.
func (s *shared) reused() (reused bool) {
	s.t.Helper()
	ctx := httptrace.WithClientTrace(context.Background(),
		&httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }})
	r, err := http.NewRequestWithContext(ctx, "HEAD", s.srv.URL+"/files/a.bin", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	return reused
}

// What takes long after the body has come is not the client's fault.
func TestTheDeadlineOfTheBodyEndsWithTheBody(t *testing.T) {
	s := start(t, func(s *shared) { s.f.pieceTime = 150 * time.Millisecond })
	s.rows.wait = func(context.Context) { time.Sleep(300 * time.Millisecond) }
	s.want("PUT", s.put(1, "/files/a.bin", "x"), 201)
	if !s.reused() {
		t.Error("the connection was not kept")
	}
}

// A server may have no deadlines itself; those of a file end with it.
func TestNoDeadlineIsLeftForTheNextRequest(t *testing.T) {
	s := start(t, func(s *shared) {
		s.srv.Config.ReadTimeout, s.srv.Config.WriteTimeout = 0, 0
		s.f.answerTime, s.f.downloadTime = 150*time.Millisecond, 150*time.Millisecond
	})
	s.want("PUT", s.put(1, "/files/a.bin", "x"), 201)
	for range 2 {
		time.Sleep(250 * time.Millisecond)
		if a := s.get("/files/"); a.StatusCode != 200 || !s.reused() {
			t.Errorf("list = %d, or on another connection", a.StatusCode)
		}
		s.want("GET", s.get("/files/a.bin"), 200)
	}
}

// Who has sent all and does not wait for the answer has a file.
func TestWhatHasArrivedWholeIsStored(t *testing.T) {
	s := start(t)
	gone := make(chan bool)
	s.rows.wait = func(ctx context.Context) {
		<-gone
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	c, err := net.Dial("tcp", s.srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "PUT /files/a.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 1\r\nContent-Length: 5\r\n\r\nhello")
	eventually(t, "a temporary file", func() bool { return len(s.temps()) == 1 })
	c.Close()
	close(gone)
	eventually(t, "the file", func() bool { return s.onDisk()["a.txt"] == "hello" })
}

func TestCloseEndsUploadsAndWaitsForThem(t *testing.T) {
	s := start(t)
	u := s.slow(1, "a.bin", 1<<20)
	done := make(chan []string, 1)
	go func() {
		if err := s.f.Close(); err != nil {
			t.Error(err)
		}
		done <- s.temps()
	}()
	eventually(t, "closing", s.f.closing)
	io.WriteString(u, strings.Repeat("x", 1<<19)) // fails if the server was faster
	if got := u.status(); got != 503 {
		t.Errorf("status %d, want 503", got)
	}
	if left := <-done; left != nil {
		t.Errorf("Close did not wait for the upload: %v is left", left)
	}
	s.nothingIsLeft()
}

func TestCloseOfTheServerEndsUploads(t *testing.T) {
	s := start(t)
	s.slow(1, "a.bin", 1000)
	s.srv.CloseClientConnections()
	s.nothingIsLeft()
}
