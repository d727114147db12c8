package middleware

import (
	"io"
	"runtime"
	"sync"
)

const (
	maxHeld = 1 << 20  // bytes that wait; with more, whoever writes a line waits as well
	keep    = 64 << 10 // bytes of a buffer that is used again
)

// lines writes what comes on a goroutine of its own, so that no request waits for a slow terminal, and under load many
// lines with one system call. When nothing is under way a line leaves at once. The goroutine ends when nothing waits.
type lines struct {
	w io.Writer

	mu      sync.Mutex // guards what follows
	moved   sync.Cond  // something was written
	held    []byte
	spare   []byte // takes the place of held while that is written
	writing bool
}

func newLines(w io.Writer) *lines {
	l := &lines{w: w}
	l.moved.L = &l.mu
	return l
}

// Write takes whole lines. Errors of writing are lost: there is no place where they could be told.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.held) >= maxHeld {
		l.moved.Wait()
	}
	l.held = append(l.held, line...)
	if !l.writing {
		l.writing = true
		go l.drain()
	}
	return len(line), nil
}

func (l *lines) drain() {
	// Whoever is ready to answer goes first: under load ten lines leave together, where it would be one or two. When
	// nobody is ready it costs nothing.
	runtime.Gosched()
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.held) > 0 {
		out := l.held
		l.held = l.spare[:0]
		l.mu.Unlock()
		l.w.Write(out)
		l.mu.Lock()
		if l.spare = out; cap(out) > keep {
			l.spare = nil
		}
		l.moved.Broadcast()
	}
	l.writing = false
	l.moved.Broadcast()
}

// flush returns when all that was written is out.
func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.writing {
		l.moved.Wait()
	}
}
