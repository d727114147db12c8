package middleware

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A terminal takes what it is given when it is told to.
type terminal struct {
	safeBuffer
	moves  chan bool // closed: as fast as it comes
	writes atomic.Int64
}

func (t *terminal) Write(p []byte) (int, error) {
	<-t.moves
	t.writes.Add(1)
	return t.safeBuffer.Write(p)
}

func TestALineIsOutAtOnceAndManyTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &terminal{moves: make(chan bool, 1)}
		l := New(out, false, slog.LevelInfo)
		out.moves <- true
		l.Info("first")
		synctest.Wait()
		if !strings.Contains(out.String(), "msg=first") {
			t.Errorf("%q: the only line is not out", out)
		}
		l.Info("second")
		synctest.Wait() // its goroutine is held up now, and whoever logs is not
		for i := range 100 {
			l.Info(fmt.Sprint("line ", i))
		}
		close(out.moves)
		l.Flush()
		got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(got) != 102 || !strings.HasSuffix(got[1], "msg=second") {
			t.Fatalf("%d lines are out, want 102", len(got))
		}
		for i, line := range got[2:] {
			if !strings.HasSuffix(line, fmt.Sprintf(`msg="line %d"`, i)) {
				t.Errorf("line %d is %s", i, line)
			}
		}
		if n := out.writes.Load(); n != 3 {
			t.Errorf("they took %d writes, want 3", n)
		}
		l.Flush() // nothing to wait for
	})
}

func TestLinesThatWaitAreBounded(t *testing.T) {
	const n = 100
	out := &terminal{moves: make(chan bool)}
	l := newLines(out)
	line := append(bytes.Repeat([]byte("x"), maxHeld/10), '\n')
	written := make(chan int, n)
	go func() {
		for i := range n {
			l.Write(line)
			written <- i
		}
	}()
	for deadline := time.After(10 * time.Second); len(written) < 10; {
		select {
		case <-deadline:
			t.Fatal("whoever writes waits too early")
		case <-time.After(time.Millisecond):
		}
	}
	time.Sleep(50 * time.Millisecond) // it goes on, if nothing stops it
	l.mu.Lock()
	held := len(l.held)
	l.mu.Unlock()
	if held >= maxHeld+len(line) {
		t.Errorf("%d bytes wait, want at most %d and one line", held, maxHeld)
	}
	close(out.moves)
	for range n {
		<-written
	}
	l.flush()
	if got := len(out.String()); got != n*len(line) {
		t.Errorf("%d bytes are out, want %d", got, n*len(line))
	}
}

type brokenWriter struct{}

func (brokenWriter) Write(p []byte) (int, error) { return 0, errors.New("broken") }

// A terminal that was closed must hold up nobody.
func TestLinesThatNobodyTakes(t *testing.T) {
	l := newLines(brokenWriter{})
	for range 30 {
		l.Write(bytes.Repeat([]byte("x"), maxHeld/10))
	}
	l.flush()
}

func TestNoLineBelowTheLevel(t *testing.T) {
	out := new(safeBuffer)
	l := New(out, false, slog.LevelWarn)
	w := &recorder{header: http.Header{}}
	r, _ := http.NewRequest("GET", "/quiet", nil)
	r.RemoteAddr = "192.0.2.1:5000"
	l.Around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") })).ServeHTTP(w, r)
	l.Warn("loud")
	l.Flush()
	if text := out.String(); strings.Contains(text, "quiet") || !strings.Contains(text, "loud") || l.Answers(2) != 1 {
		t.Errorf("the log is %s, with %d answers counted", text, l.Answers(2))
	}
}

type recorder struct{ header http.Header }

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(p []byte) (int, error) { return len(p), nil }
func (r *recorder) WriteHeader(int)             {}
