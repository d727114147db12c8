package ports

import (
	"context"
	"net"
	"sync"

	"pollwire/ops/health"
)

// Handed keeps track of connections that an HTTP server has handed over (http.Hijacker), such as WebSockets: its
// Shutdown neither waits for them nor closes them. The zero Handed is ready to use, from any goroutine.
type Handed struct {
	mu    sync.Mutex // guards what follows
	open  map[net.Conn]bool
	empty chan struct{} // not nil: closed when the last one has ended
}

// Add notes a connection.
func (h *Handed) Add(c net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open == nil {
		h.open = map[net.Conn]bool{}
	}
	h.open[c] = true
}

// Done says that a connection has ended and nobody uses it any more.
func (h *Handed) Done(c net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, c)
	if len(h.open) == 0 && h.empty != nil {
		close(h.empty)
		h.empty = nil
	}
}

// Len returns how many there are.
func (h *Handed) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.open)
}

// Shutdown waits until all have ended. When ctx ends before that, it closes those that are left, waits for Done of
// each, and returns the error of ctx. Who calls it has to see to it that none is added any more.
func (h *Handed) Shutdown(ctx context.Context) error {
	empty := h.ended()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
	}
	h.mu.Lock()
	for c := range h.open {
		c.Close()
	}
	h.mu.Unlock()
	<-empty
	return ctx.Err()
}

// ended returns a channel that is closed when there is none any more.
func (h *Handed) ended() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.empty == nil {
		h.empty = make(chan struct{})
	}
	empty := h.empty
	if len(h.open) == 0 {
		close(h.empty)
		h.empty = nil
	}
	return empty
}

// Metrics tells a scraper how many there are; prefix is the program's name.
func (h *Handed) Metrics(prefix string) []health.Metric {
	return []health.Metric{health.Gauge(prefix+"_sockets", "Open WebSocket connections of /ws.", h.Len())}
}
