package files

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unknown hides the length of a body, so that it is sent in chunks.
func unknown(content string) io.Reader { return struct{ io.Reader }{strings.NewReader(content)} }

func TestAFileThatIsTooLarge(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			const most = 100_000
			s := open(t, t.TempDir(), Config{MaxFile: most})
			if protocol == "HTTP/2.0" {
				s.overHTTP2()
			}
			for size, want := range map[int]int{most: 201, most + 1: 413, 5 * most: 413} {
				content := strings.Repeat("x", size)
				for name, send := range map[string]func() answer{
					"PUT":           func() answer { return s.put(1, "/files/a.bin", content) },
					"PUT in chunks": func() answer { return s.do(1, "PUT", "/files/a.bin", unknown(content)) },
					"POST":          func() answer { return s.post(1, "a.bin", content) },
					"POST in chunks": func() answer {
						return s.do(1, "POST", "/files/", unknown(fileForm("a.bin", content)), "Content-Type", formType)
					},
				} {
					a := send()
					s.want(fmt.Sprint(name, " of ", size), a, want)
					if a.Proto != protocol {
						t.Errorf("over %s", a.Proto)
					}
					if want == 201 {
						s.want("DELETE", s.do(1, "DELETE", "/files/a.bin", nil), 204)
					}
					s.nothingIsLeft()
				}
			}
		})
	}
}

func fileForm(name, content string) string {
	return form("--AaB03x", `Content-Disposition: form-data; name="file"; filename="`+name+`"`, "", content, "--AaB03x--")
}

// What will be refused is refused before the body is sent: RFC 9110 §10.1.1, Expect.
func TestRefusalsDoNotWaitForTheBody(t *testing.T) {
	s := open(t, t.TempDir(), Config{MaxFile: 1 << 20, MaxTotal: 2 << 20})
	s.want("PUT", s.put(1, "/files/mine.bin", strings.Repeat("x", 1<<20)), 201)
	s.want("PUT", s.put(2, "/files/other.bin", strings.Repeat("x", 600_000)), 201)
	for _, tt := range []struct {
		name, head string
		length     int
		status     int
		says       string
	}{
		{"too large", "PUT /files/b.bin", 1<<20 + 1, 413, "more than 1048576 bytes"},
		{"no room", "PUT /files/b.bin", 1 << 20, 413, "full"},
		{"another's", "PUT /files/mine.bin", 1000, 403, "somebody else"},
		{"a bad name", "PUT /files/con", 1000, 422, "device"},
		{"create only", "PUT /files/other.bin HTTP/1.1\r\nIf-None-Match: *\r\nX:", 1000, 412, "If-None-Match"},
		{"a part", "PUT /files/b.bin HTTP/1.1\r\nContent-Range: bytes 0-999/2000\r\nX:", 1000, 400, "Content-Range"},
		{"compressed", "PUT /files/b.bin HTTP/1.1\r\nContent-Encoding: br\r\nX:", 1000, 415, "compressed"},
		{"a form that is too large", "POST /files/ HTTP/1.1\r\nContent-Type: " + formType + "\r\nX:", 2 << 20, 413,
			"more than 1048576 bytes"},
		{"no form", "POST /files/", 1000, 415, "multipart/form-data"},
	} {
		for _, expect := range []string{"", "Expect: 100-continue\r\n"} {
			t.Run(tt.name+" "+strings.TrimSpace(expect), func(t *testing.T) {
				c, err := net.Dial("tcp", s.srv.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(5 * time.Second))
				fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 2\r\nContent-Length: %d\r\n%s\r\n", tt.head,
					tt.length, expect)
				resp, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, _ := io.ReadAll(resp.Body)
				if resp.StatusCode != tt.status || !resp.Close || !strings.Contains(string(body), tt.says) {
					t.Errorf("%d %s, closes %v; want %d %q and true", resp.StatusCode, body, resp.Close, tt.status, tt.says)
				}
			})
		}
	}
}

func TestTheFolderIsFull(t *testing.T) {
	s := open(t, t.TempDir(), Config{MaxTotal: 10 * piece})
	s.want("PUT", s.put(1, "/files/a.bin", strings.Repeat("x", 4*piece)), 201)
	s.want("PUT of the rest", s.do(1, "PUT", "/files/b.bin", unknown(strings.Repeat("x", 6*piece))), 201)
	for name, body := range map[string]io.Reader{"PUT": strings.NewReader("x"), "PUT in chunks": unknown("x")} {
		s.want(name, s.do(2, "PUT", "/files/c.bin", body), 413)
	}
	s.want("POST", s.post(2, "c.bin", "x"), 413)
	s.want("an empty one", s.put(2, "/files/empty", ""), 201)
	s.want("DELETE", s.do(1, "DELETE", "/files/a.bin", nil), 204)
	s.want("PUT into the room", s.do(2, "PUT", "/files/c.bin", unknown(strings.Repeat("x", 4*piece))), 201)
	s.want("PUT of another byte", s.put(2, "/files/d.bin", "x"), 413)
	s.want("PUT of less in place of more, which needs room for both", s.put(2, "/files/c.bin", "x"), 413)
	s.want("DELETE", s.do(1, "DELETE", "/files/b.bin", nil), 204)
	s.want("PUT of less", s.put(2, "/files/c.bin", "x"), 200)
	s.want("PUT into what that left", s.put(2, "/files/d.bin", strings.Repeat("x", 10*piece-1)), 201)
}

func TestRunningUploadsCount(t *testing.T) {
	s := open(t, t.TempDir(), Config{MaxTotal: 10 * piece})
	u := s.slow(1, "slow.bin", 10*piece) // half of it comes
	eventually(t, "5 pieces", func() bool { s.f.mu.Lock(); defer s.f.mu.Unlock(); return s.f.arriving == 5*piece })
	s.want("PUT of what would fit without it", s.put(2, "/files/a.bin", strings.Repeat("x", 6*piece)), 413)
	s.want("PUT in chunks", s.do(2, "PUT", "/files/a.bin", unknown(strings.Repeat("x", 6*piece))), 413)
	s.want("PUT of what fits", s.put(2, "/files/a.bin", strings.Repeat("x", 5*piece)), 201)
	io.WriteString(u, strings.Repeat("x", 5*piece))
	if got := u.status(); got != 413 {
		t.Errorf("the slow one, for which there is no room any more, = %d, want 413", got)
	}
	eventually(t, "no temporary file", func() bool { return len(s.temps()) == 0 })
	s.want("PUT once it is gone", s.put(2, "/files/b.bin", strings.Repeat("x", 5*piece)), 201)
}

// The teacher makes room by hand, and need not start the program again.
func TestRoomThatIsMadeByHand(t *testing.T) {
	s := open(t, t.TempDir(), Config{MaxTotal: 1000})
	s.want("PUT", s.put(1, "/files/a.bin", strings.Repeat("x", 1000)), 201)
	if err := os.Remove(filepath.Join(s.dir, "a.bin")); err != nil {
		t.Fatal(err)
	}
	s.f.mu.Lock()
	s.f.counted = time.Now().Add(-2 * time.Second)
	s.f.mu.Unlock()
	s.want("PUT", s.put(1, "/files/b.bin", strings.Repeat("x", 1000)), 201)
	s.want("PUT of more", s.put(1, "/files/c.bin", "x"), 413)
}

func TestTooManyFiles(t *testing.T) {
	s := open(t, t.TempDir(), Config{MaxFiles: 2})
	s.want("PUT", s.put(1, "/files/a", "x"), 201)
	s.want("POST", s.post(1, "b", "x"), 201)
	s.want("PUT of one more", s.put(1, "/files/c", "x"), 413)
	s.want("POST of one more", s.post(1, "c", "x"), 413)
	s.want("PUT of one that is there", s.put(1, "/files/a", "y"), 200)
	s.want("DELETE", s.do(1, "DELETE", "/files/a", nil), 204)
	s.want("PUT", s.put(1, "/files/c", "x"), 201)
}

func TestOneOwnerHasAFewPlaces(t *testing.T) {
	s := start(t)
	var running []*slowUpload
	for i := range maxOwnerUploads {
		running = append(running, s.slow(1, fmt.Sprint(i), 100))
	}
	a := s.put(1, "/files/a", "x")
	s.want("one more", a, 429)
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.want("POST", s.post(1, "a", "x"), 429)
	s.want("another owner", s.put(2, "/files/a", "x"), 201)
	running[0].Close()
	eventually(t, "a place", func() bool { s.f.mu.Lock(); defer s.f.mu.Unlock(); return s.f.running < maxOwnerUploads })
	s.want("when a place is free", s.put(1, "/files/b", "x"), 201)
}

func TestAllPlacesAreTaken(t *testing.T) {
	s := start(t)
	for i := range maxUploads {
		if err := s.f.enter(t.Context(), int64(i+1)); err != nil {
			t.Fatal(i, err)
		}
	}
	a := s.put(maxUploads+1, "/files/a", "x")
	s.want("one more", a, 503)
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	for i := range maxUploads {
		s.f.leave(int64(i + 1))
	}
	s.want("when they are free", s.put(1, "/files/a", "x"), 201)
}
