package ports

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"pollwire/wire/http3"
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

// NoUDP says why services that wanted UDP have none, nil if all have.
func (s Set) NoUDP() error {
	var all []error
	for _, l := range s {
		all = append(all, l.NoPackets)
	}
	return errors.Join(all...)
}

// Close closes all ports. Connections stay.
func (s Set) Close() {
	for _, l := range s {
		l.Close()
	}
}

// AddHTTP3 makes a server of HTTP/3 beside the one of HTTP, for the UDP side, and lets that tell of it.
func (l *Listener) AddHTTP3(config *tls.Config) {
	if l.Packets == nil { // another program has the number
		return
	}
	l.HTTP.Handler = http3.Announce(l.HTTP.Handler, l.Port())
	l.HTTP3 = http3.NewServer(l.HTTP, config)
}

// NoHTTP3 returns the numbers of those services that should have HTTP/3 and have none: another program has UDP there.
func (s Set) NoHTTP3(services ...string) (all []string) {
	for _, service := range services {
		if l := s.With(service); l != nil && l.HTTP3 == nil {
			all = append(all, s.Number(service))
		}
	}
	return all
}

// Serve serves until a Shutdown. Any other end is told to failed.
func Serve(serve func() error, failed chan<- error) {
	if err := serve(); !errors.Is(err, http.ErrServerClosed) {
		failed <- err
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
		if l.HTTP3 != nil {
			all.Go(func() {
				if l.HTTP3.Shutdown(ctx) != nil {
					l.HTTP3.Close()
				}
			})
		}
	}
	all.Wait()
}
