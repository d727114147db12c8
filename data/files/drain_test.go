package files

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/rest/problem"
)

// A simple client sends all of a request before it reads.
type simpleClient struct {
	net.Conn
	answers *bufio.Reader
}

func (s *shared) simple() *simpleClient {
	s.t.Helper()
	c, err := net.Dial("tcp", s.srv.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return &simpleClient{c, bufio.NewReader(c)}
}

// send sends the beginning of a request of owner 2.
func (c *simpleClient) send(line, headers string) error {
	_, err := fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 2\r\n%s\r\n", line, headers)
	return err
}

// read returns the status of an answer and whether the connection ends.
func (c *simpleClient) read() (status int, closes bool, err error) {
	resp, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return 0, false, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Close, err
}

// patient is for a machine that has much else to do.
func patient(s *shared) {
	s.patience = problem.Patience{Quiet: 5 * time.Second, Before: 30 * time.Second}
}

const formHead = "--AaB03x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n"

// 16 MiB are more than the system keeps for a connection: somebody must read them.
func TestARefusalReachesAClientThatSendsAllBeforeItReads(t *testing.T) {
	const size = 16 << 20
	content := strings.Repeat("x", size)
	for _, tt := range []struct {
		name, line, headers, before string
		status                      int
		limits                      Config
	}{
		{"another's", "PUT /files/other.bin", "", "", 403, Config{}},
		{"a bad name", "PUT /files/con", "", "", 422, Config{}},
		{"compressed", "PUT /files/a.bin", "Content-Encoding: gzip\r\n", "", 415, Config{}},
		{"a part", "PUT /files/a.bin", "Content-Range: bytes 0-1/2\r\n", "", 400, Config{}},
		{"no room", "PUT /files/a.bin", "", "", 413, Config{MaxTotal: 1 << 20}},
		{"too large", "PUT /files/a.bin", "", "", 413, Config{MaxFile: 1 << 20}},
		{"a form that is too large", "POST /files/", "Content-Type: " + formType + "\r\n", formHead, 413,
			Config{MaxFile: 1 << 20}},
		{"no form", "POST /files/", "", "", 415, Config{}},
		{"a form without a file", "POST /files/", "Content-Type: " + formType + "\r\n",
			strings.Replace(formHead, "file", "x", 1), 422, Config{}},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %v", tt.name, chunked), func(t *testing.T) {
				s := open(t, t.TempDir(), tt.limits, patient)
				s.want("PUT", s.put(1, "/files/other.bin", "x"), 201)
				c := s.simple()
				body := tt.before + content
				length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
				if chunked {
					length = "Transfer-Encoding: chunked\r\n"
					body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
				}
				if err := c.send(tt.line, length+tt.headers); err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(c, body); err != nil {
					t.Fatal("could not send it all: ", err)
				}
				if status, closes, err := c.read(); status != tt.status || closes || err != nil {
					t.Errorf("%d, closes %v, %v; want %d on a connection that stays", status, closes, err, tt.status)
				}
				if err := c.send("GET /files/other.bin", ""); err != nil {
					t.Fatal(err)
				}
				if status, _, err := c.read(); status != 200 {
					t.Errorf("the next request on the connection = %d, %v", status, err)
				}
			})
		}
	}
}

// Whoever is refused holds no place while the rest of the body is thrown away, and not for ever.
func TestAnUploadThatIsThrownAwayHoldsNoPlace(t *testing.T) {
	s := start(t, func(s *shared) { s.patience.Before = 700 * time.Millisecond })
	s.want("PUT", s.put(1, "/files/other.bin", "x"), 201)
	var clients sync.WaitGroup
	for range maxOwnerUploads {
		c := s.simple()
		if err := c.send("PUT /files/other.bin", "Content-Length: 100000\r\n"); err != nil {
			t.Fatal(err)
		}
		over := make(chan bool)
		clients.Go(func() {
			for { // a byte now and then
				select {
				case <-over:
					return
				case <-time.After(20 * time.Millisecond):
					io.WriteString(c, "x")
				}
			}
		})
		clients.Go(func() {
			defer close(over)
			if status, closes, err := c.read(); status != 403 || !closes {
				t.Errorf("%d, closes %v, %v; want 403 and true", status, closes, err)
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	began := time.Now()
	s.want("PUT meanwhile", s.put(2, "/files/a.bin", "x"), 201)
	if took := time.Since(began); took > 400*time.Millisecond {
		t.Errorf("it took %v", took)
	}
	clients.Wait()
}

// Who has sent no body, or will not send it, is not waited for. (Here quietTime would be longer than the test waits.)
func TestNobodyWaitsForABodyThatDoesNotCome(t *testing.T) {
	s := start(t, func(s *shared) { s.patience.Quiet, s.patience.Before = time.Minute, time.Minute })
	for name, headers := range map[string]string{
		"no body":                        "",
		"an empty body":                  "Content-Length: 0\r\n",
		"Expect":                         "Expect: 100-continue\r\nContent-Length: 1000\r\n",
		"Expect, chunked":                "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n",
		"more than would be thrown away": fmt.Sprintf("Content-Length: %d\r\n", 64<<20+1),
	} {
		c := s.simple()
		if err := c.send("PUT /files/con", headers); err != nil {
			t.Fatal(err)
		}
		want := 422
		if strings.Contains(headers, fmt.Sprint(64<<20+1)) {
			want = 413
		}
		if status, _, err := c.read(); status != want {
			t.Errorf("%s: %d, %v, want %d", name, status, err, want)
		}
	}
	s.patience.Quiet = 10 * time.Millisecond
	c := s.simple()
	if err := c.send("PUT /files/con", "Content-Length: 1000\r\n"); err != nil {
		t.Fatal(err)
	}
	if status, closes, err := c.read(); status != 422 || !closes {
		t.Errorf("a body that doesn't come: %d, closes %v, %v; want 422 and true", status, closes, err)
	}

	// The program ends, and has no time for bodies.
	s.patience.Quiet = time.Minute
	if err := s.f.Close(); err != nil {
		t.Fatal(err)
	}
	c = s.simple()
	if err := c.send("PUT /files/a.bin", "Content-Length: 1000\r\n"); err != nil {
		t.Fatal(err)
	}
	if status, closes, err := c.read(); status != 503 || !closes {
		t.Errorf("once the folder is closed: %d, closes %v, %v; want 503 and true", status, closes, err)
	}
}

// A client that got its 100 sends the body, which must be read like any other.
func TestABodyThatWasAskedForIsThrownAwayToo(t *testing.T) {
	s := open(t, t.TempDir(), Config{MaxFile: 100_000}, patient)
	c := s.simple()
	if err := c.send("PUT /files/a.bin", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := c.answers.ReadString('\n'); !strings.Contains(line, "100 Continue") {
		t.Fatal(line, err)
	}
	c.answers.ReadString('\n')
	if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n0\r\n\r\n", 16<<20, strings.Repeat("x", 16<<20)); err != nil {
		t.Fatal("could not send it all: ", err)
	}
	if status, closes, err := c.read(); status != 413 || closes {
		t.Errorf("%d, closes %v, %v; want 413 on a connection that stays", status, closes, err)
	}
}

// Who has little left after drainTime may still send it: the answer is on its way, and a reset would overtake it.
func TestARefusalReachesASlowClient(t *testing.T) {
	s := start(t, func(s *shared) { s.patience.Before = 50 * time.Millisecond })
	c := s.simple()
	if err := c.send("PUT /files/con", "Content-Length: 100000\r\n"); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		time.Sleep(50 * time.Millisecond)
		if _, err := io.WriteString(c, strings.Repeat("x", 10_000)); err != nil {
			t.Fatal("could not send it all: ", err)
		}
	}
	if status, closes, err := c.read(); status != 422 || !closes || err != nil {
		t.Errorf("%d, closes %v, %v; want 422 and true", status, closes, err)
	}
}
