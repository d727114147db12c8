package ports

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// How patient HTTP is. What takes longer by its nature, such as a stream or an upload, sets deadlines of its own.
const (
	readHeaderTimeout = 10 * time.Second // for the header section of a request
	readTimeout       = time.Minute      // for all of a request
	writeTimeout      = 90 * time.Second // for an answer
	idleTimeout       = 2 * time.Minute  // of a connection between two requests
	maxHeaderBytes    = 32 << 10
)

// NewHTTP makes an HTTP server with these limits.
func NewHTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       WithConn,

		DisableGeneralOptionsHandler: true, // its answers would lack what all others have
	}
}

type connKey struct{}

// WithConn returns a context that stands for a connection: those of the requests of NewHTTP do.
func WithConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// ConnOf returns the connection that a context stands for, nil for none.
func ConnOf(ctx context.Context) net.Conn {
	conn, _ := ctx.Value(connKey{}).(net.Conn)
	return conn
}

// A Set is all open ports of a program.
type Set []*Listener

// With returns the port that has a service, nil if it is off.
func (s Set) With(service string) *Listener {
	i := slices.IndexFunc(s, func(l *Listener) bool { return slices.Contains(l.Services, service) })
	if i < 0 {
		return nil
	}
	return s[i]
}

// Number returns the number of the port that has a service, "" if it is off.
func (s Set) Number(service string) string {
	if l := s.With(service); l != nil {
		return strconv.Itoa(l.Port())
	}
	return ""
}

// Close closes all ports. Connections stay.
func (s Set) Close() {
	for _, l := range s {
		l.Close()
	}
}

// Shutdown closes all ports, waits until what is asked there over HTTP is answered, and closes the connections. When
// ctx ends before that, they are closed at once. Connections that were handed over, such as WebSockets, are not its
// own.
func (s Set) Shutdown(ctx context.Context) {
	var all sync.WaitGroup
	for _, l := range s {
		all.Go(func() {
			if l.HTTP.Shutdown(ctx) != nil {
				l.HTTP.Close()
			}
		})
	}
	all.Wait()
}
