package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/rest/problem"
)

// rows are Owners in memory.
type rows struct {
	mu    sync.Mutex
	of    map[string]claim
	fail  error                 // if set, Claim and Forget return it
	wait  func(context.Context) // if set, Claim calls it first, and OwnerOf last
	after func()                // if set, Claim calls it last
}

type claim struct {
	version, previous string
	owner             int64
}

func newRows() *rows { return &rows{of: map[string]claim{}} }

func (o *rows) OwnerOf(ctx context.Context, name, version string) (int64, error) {
	o.mu.Lock()
	row := o.of[name]
	o.mu.Unlock()
	if o.wait != nil {
		o.wait(ctx)
	}
	if version == "" || version != row.version && version != row.previous {
		return 0, nil
	}
	return row.owner, nil
}

func (o *rows) FilesOf(ctx context.Context, owner int64) (names []string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, row := range o.of {
		if row.owner == owner {
			names = append(names, name)
		}
	}
	return names, ctx.Err()
}

func (o *rows) Claim(ctx context.Context, name, version, previous string, owner int64) error {
	if o.wait != nil {
		o.wait(ctx)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail == nil {
		o.of[name] = claim{version, previous, owner}
	}
	if o.after != nil {
		o.after()
	}
	return errors.Join(o.fail, ctx.Err())
}

func (o *rows) Forget(ctx context.Context, name string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail == nil {
		delete(o.of, name)
	}
	return errors.Join(o.fail, ctx.Err())
}

func (o *rows) setFail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = err
}

// shared is a folder behind a server like that of the program.
type shared struct {
	t    *testing.T
	f    *Folder
	dir  string
	rows *rows
	srv  *httptest.Server
	http *http.Client

	patience problem.Patience
	bad      sync.Map // internal errors; what is left of them fails the test
}

// open starts a server for dir, after change. At the end of the test it looks whether anything is left behind.
func open(t *testing.T, dir string, c Config, change ...func(*shared)) *shared {
	t.Helper()
	s := &shared{t: t, dir: dir, rows: newRows()}
	if c.Owners == nil {
		c.Owners = s.rows
	} else {
		s.rows = c.Owners.(*rows)
	}
	goroutines := runtime.NumGoroutine()
	var err error
	if s.f, err = Open(dir, c); err != nil {
		t.Fatal(err)
	}
	s.srv = httptest.NewUnstartedServer(s.mux())
	s.srv.Config.ReadTimeout, s.srv.Config.WriteTimeout, s.srv.Config.IdleTimeout = time.Minute, 90*time.Second,
		2*time.Minute
	s.srv.Config.Protocols = new(http.Protocols)
	s.srv.Config.Protocols.SetHTTP1(true)
	s.srv.Config.Protocols.SetUnencryptedHTTP2(true)
	for _, f := range change {
		f(s)
	}
	s.srv.Start()
	s.http = &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(func() {
		s.close()
		for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<16)
				t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), goroutines, stacks[:runtime.Stack(stacks, true)])
			}
		}
	})
	return s
}

func start(t *testing.T, change ...func(*shared)) *shared {
	return open(t, filepath.Join(t.TempDir(), "files"), Config{}, change...)
}

// close is called by itself at the end of a test.
func (s *shared) close() {
	s.t.Helper()
	s.http.CloseIdleConnections()
	s.srv.Close()
	if err := s.f.Close(); err != nil {
		s.t.Errorf("Close: %v", err)
	}
	s.bad.Range(func(err, _ any) bool { s.t.Errorf("internal error: %v", err); return true })
	if _, err := os.Lstat(filepath.Join(s.dir, uploads)); err == nil {
		s.t.Errorf("%s is left: %v", uploads, s.temps())
	}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil { // on Linux
		for _, fd := range fds {
			if path, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(path, s.dir) {
				s.t.Errorf("%s is still open", path)
			}
		}
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	if s.f.arriving != 0 || s.f.running != 0 || len(s.f.byOwner) != 0 {
		s.t.Errorf("after all uploads: %d bytes arriving, %d running, by owner %v", s.f.arriving, s.f.running, s.f.byOwner)
	}
}

// mux has the routes of the program. A token is the owner's number.
func (s *shared) mux() http.Handler {
	mux := http.NewServeMux()
	public := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				if errors.Is(err, ErrUnavailable) {
					err = problem.Refuse(problem.Unavailable, "%v", err)
				}
				if _, ok := problem.Of(err); !ok {
					s.bad.Store(err.Error(), true)
				}
				problem.Write(w, err)
			}
		})
	}
	authed := func(pattern string, h func(http.ResponseWriter, *http.Request, int64) error) {
		public(pattern, func(w http.ResponseWriter, r *http.Request) error {
			owner, err := strconv.ParseInt(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), 10, 64)
			if err != nil {
				return problem.Refuse(problem.Unauthorized, "no token")
			}
			return h(w, r, owner)
		})
	}
	public("GET /files/{$}", s.f.List)
	public("GET /files/{name}", s.f.Get)
	authed("PUT /files/{name}", s.f.Put)
	authed("POST /files/{$}", s.f.Post)
	authed("DELETE /files/{name}", s.f.Delete)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pw := problem.NewResponseWriter(w, r, s.patience)
		defer pw.End()
		mux.ServeHTTP(pw, pw.Request)
	})
}

// answer is a response with its body.
type answer struct {
	*http.Response
	text string
}

// do sends a request of owner (0: without token). headers are name, value, name, value.
func (s *shared) do(owner int64, method, path string, body io.Reader, headers ...string) answer {
	s.t.Helper()
	a, err := s.try(owner, method, path, body, headers...)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (s *shared) try(owner int64, method, path string, body io.Reader, headers ...string) (answer, error) {
	r, err := http.NewRequest(method, s.srv.URL+path, body)
	if err != nil {
		return answer{}, err
	}
	if owner != 0 {
		r.Header.Set("Authorization", fmt.Sprint("Bearer ", owner))
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	resp, err := s.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{resp, string(text)}, err
}

func (s *shared) get(path string, headers ...string) answer {
	s.t.Helper()
	return s.do(0, "GET", path, nil, headers...)
}

func (s *shared) put(owner int64, path, content string, headers ...string) answer {
	s.t.Helper()
	return s.do(owner, "PUT", path, strings.NewReader(content), headers...)
}

// want checks the status, and that an error is a problem.
func (s *shared) want(what string, a answer, status int) {
	s.t.Helper()
	if a.StatusCode != status {
		s.t.Errorf("%s = %d %s, want %d", what, a.StatusCode, a.text, status)
	}
	if ct := a.Header.Get("Content-Type"); a.StatusCode >= 400 && ct != "application/problem+json" &&
		a.Request.Method != "HEAD" {
		s.t.Errorf("%s: Content-Type of a %d = %q, want application/problem+json", what, a.StatusCode, ct)
	}
}

// onDisk returns what is in the folder, but for uploads that are under way.
func (s *shared) onDisk() map[string]string {
	s.t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			content, err := os.ReadFile(filepath.Join(s.dir, e.Name()))
			if err != nil {
				s.t.Fatal(err)
			}
			found[e.Name()] = string(content)
		}
	}
	return found
}

func (s *shared) wantOnDisk(want map[string]string) {
	s.t.Helper()
	if got := s.onDisk(); !maps.Equal(got, want) {
		s.t.Errorf("on disk: %.300q, want %.300q", got, want)
	}
}

// temps returns the temporary files.
func (s *shared) temps() (names []string) {
	entries, _ := os.ReadDir(filepath.Join(s.dir, uploads))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// eventually waits for what another goroutine is about to do.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain waited for: %s", what)
		}
	}
}

func (s *shared) list() []entry {
	s.t.Helper()
	var l struct{ Files []entry }
	a := s.get("/files/")
	if err := json.Unmarshal([]byte(a.text), &l); err != nil || a.StatusCode != 200 {
		s.t.Fatalf("GET /files/ = %d %s, %v", a.StatusCode, a.text, err)
	}
	return l.Files
}

// claimByHand is a row for what lies in the folder by that name.
func (s *shared) claimByHand(name string, owner int64) claim {
	s.t.Helper()
	info, err := os.Lstat(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return claim{etag(info), "", owner}
}
