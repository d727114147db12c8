package http3

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/net/quic"
)

const (
	// maxRequests is how many requests of a connection may run at a time (RFC 9114 §6.1: at least 100).
	maxRequests = 100

	// goodbye is how long a connection stays open behind a GOAWAY, so that it is read before the end.
	goodbye = 50 * time.Millisecond

	handshakeLimit = 10 * time.Second
	lookEvery      = 250 * time.Millisecond // after a client that may have lost its interest
)

// Server serves HTTP/3.
type Server struct {
	http *http.Server // of which the handler, the limits and the log are taken
	tls  *tls.Config

	mu       sync.Mutex // guards what follows
	endpoint *quic.Endpoint
	closing  bool
	conns    map[*serverConn]bool
	serving  sync.WaitGroup // connections
}

// NewServer makes a server with the handler and the limits of another: whoever changes from HTTP/2 to HTTP/3 finds the
// same. config needs a certificate; TLS 1.3 and ALPN "h3" are set (RFC 9114 §3.1).
func NewServer(of *http.Server, config *tls.Config) *Server {
	config = config.Clone()
	config.MinVersion, config.NextProtos = tls.VersionTLS13, []string{"h3"}
	return &Server{http: of, tls: config, conns: map[*serverConn]bool{}}
}

// Serve answers on p until Shutdown or Close, and closes it. Then the error is http.ErrServerClosed.
func (s *Server) Serve(p net.PacketConn) error {
	e, err := s.listen(p)
	if err != nil {
		p.Close()
		return err
	}
	defer s.serving.Wait()
	for {
		q, err := e.Accept(context.Background())
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.closing {
				return http.ErrServerClosed
			}
			return err
		}
		s.serving.Go(func() { s.serve(q) })
	}
}

func (s *Server) listen(p net.PacketConn) (*quic.Endpoint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return nil, http.ErrServerClosed
	}
	e, err := quic.NewEndpoint(p, &quic.Config{
		TLSConfig:            s.tls,
		MaxBidiRemoteStreams: maxRequests,
		MaxUniRemoteStreams:  maxUni,
		HandshakeTimeout:     handshakeLimit,
		MaxIdleTimeout:       s.http.IdleTimeout,
	})
	s.endpoint = e
	return e, err
}

// Shutdown tells all clients by GOAWAY that no more requests will be answered, waits until those that run are, and
// closes the connections. When ctx ends before that they are closed at once, and its error is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	e, conns := s.stop()
	if e == nil {
		return nil
	}
	var all sync.WaitGroup
	for _, c := range conns {
		all.Go(func() { c.shutdown(ctx) })
	}
	all.Wait()
	return e.Close(ctx)
}

// Close closes all connections at once.
func (s *Server) Close() error {
	e, _ := s.stop()
	if e == nil {
		return nil
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	e.Close(over)
	return nil
}

func (s *Server) stop() (*quic.Endpoint, []*serverConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	var conns []*serverConn
	for c := range s.conns {
		conns = append(conns, c)
	}
	return s.endpoint, conns
}

// add notes a connection; one that comes too late is told at once.
func (s *Server) add(c *serverConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = true
	if s.closing {
		s.serving.Go(func() { c.shutdown(c.ended) })
	}
}

func (s *Server) remove(c *serverConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// logf is about clients: http.Server has a log for that.
func (s *Server) logf(format string, args ...any) {
	if s.http.ErrorLog != nil {
		s.http.ErrorLog.Printf(format, args...)
	}
}

// serve serves a connection to its end.
func (s *Server) serve(q *quic.Conn) {
	c := s.newConn(q)
	if err := c.open(c.most()); err != nil {
		c.cancel()
		c.Abort(nil)
		return
	}
	c.idle = time.AfterFunc(c.patience(), func() { c.shutdown(c.ended) })
	s.add(c)
	defer s.remove(c)
	c.accept(c.take)
	c.idle.Stop()
	c.requests.Wait()
	if err := c.why(); err != nil {
		s.logf("http3: %v: %v", c.RemoteAddr(), err)
	}
}

// serverConn is the server's end of a connection.
type serverConn struct {
	*conn
	s      *Server
	base   context.Context // of its requests
	client netip.AddrPort
	state  tls.ConnectionState
	idle   *time.Timer
	slots  chan struct{} // one for each request that runs: a stream that was reset is none, its handler may still be

	requests sync.WaitGroup
	order    sync.Mutex // guards what follows
	next     uint64     // behind the highest id that was taken
	leaving  bool       // GOAWAY was sent
	running  int
}

func (s *Server) newConn(q *quic.Conn) *serverConn {
	c := &serverConn{conn: newConn(q, true), s: s, state: q.ConnectionState(), slots: make(chan struct{}, maxRequests)}
	c.client = netip.AddrPortFrom(q.RemoteAddr().Addr().Unmap(), q.RemoteAddr().Port())
	c.goAway = func(uint64) error { return nil } // about pushes, of which there are none
	c.base = context.WithValue(c.ended, http.ServerContextKey, s.http)
	c.base = context.WithValue(c.base, http.LocalAddrContextKey, net.Addr(s.local(c)))
	return c
}

// local is the server's end of a connection. quic knows it if it reads from a *net.UDPConn. Otherwise the socket may be
// one for all addresses; then what is known is that on loopback both ends are the same.
func (s *Server) local(c *serverConn) *net.UDPAddr {
	at := c.LocalAddr()
	if !at.IsValid() {
		at = s.endpoint.LocalAddr()
	}
	if at.Addr().IsUnspecified() && c.client.Addr().IsLoopback() {
		at = netip.AddrPortFrom(c.client.Addr(), at.Port())
	}
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Addr().Unmap(), at.Port()))
}

// patience is how long a connection without a request is kept, whatever else its client sends.
func (c *serverConn) patience() time.Duration {
	if c.s.http.IdleTimeout > 0 {
		return c.s.http.IdleTimeout
	}
	return 1<<63 - 1
}

// most is how large a field section may be.
func (c *serverConn) most() uint64 {
	if c.s.http.MaxHeaderBytes > 0 {
		return uint64(c.s.http.MaxHeaderBytes)
	}
	return http.DefaultMaxHeaderBytes
}

// take answers the request on a stream, if there is to be an answer.
func (c *serverConn) take(q *quic.Stream) {
	st := newStream(q)
	select {
	case c.slots <- struct{}{}:
	case <-c.ended.Done():
		return
	}
	if !c.begin(uint64(q.ID())) {
		st.abort(RequestRejected) // §5.2: nothing was done, it may be asked elsewhere
		<-c.slots
		return
	}
	c.requests.Go(func() {
		defer func() { c.finish(); <-c.slots }()
		c.answer(st)
	})
}

func (c *serverConn) begin(id uint64) bool {
	c.order.Lock()
	defer c.order.Unlock()
	if c.leaving {
		return false
	}
	c.next = max(c.next, id+4)
	c.running++
	c.idle.Stop()
	return true
}

func (c *serverConn) finish() {
	c.order.Lock()
	defer c.order.Unlock()
	if c.running--; c.running == 0 && !c.leaving {
		c.idle.Reset(c.patience())
	}
}

// shutdown ends the connection in good order (§5.2).
func (c *serverConn) shutdown(ctx context.Context) {
	c.order.Lock()
	last, first := c.next, !c.leaving
	c.leaving = true
	c.order.Unlock()
	if first && c.sendGoAway(last) == nil {
		done := make(chan struct{})
		go func() { c.requests.Wait(); close(done) }()
		select {
		case <-done:
		case <-ctx.Done():
		case <-c.ended.Done():
		}
		select {
		case <-time.After(goodbye):
		case <-ctx.Done():
		case <-c.ended.Done():
		}
	}
	c.Abort(&quic.ConnectionCloseError{Code: uint64(NoError)}) // §5.2
	c.cancel()
}

// answer reads a request and lets the handler answer it.
func (c *serverConn) answer(st *stream) {
	defer c.done(st)
	st.read.set(after(c.s.http.ReadHeaderTimeout))
	fields, err := readHead(st, true, c.most())
	if errors.Is(err, tooLarge) {
		c.refuse(st, http.StatusRequestHeaderFieldsTooLarge) // §4.2.2
		return
	}
	var r *http.Request
	if err == nil {
		r, err = checkRequest(fields)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = &streamError{RequestIncomplete, "the header section takes too long"}
	}
	if err != nil {
		c.fail(st, err)
		return
	}
	st.read.set(after(c.s.http.ReadTimeout))
	st.write.set(after(c.s.http.WriteTimeout))
	ctx, cancel := context.WithCancel(c.base)
	defer cancel()
	r = r.WithContext(ctx)
	r.RemoteAddr, r.TLS = c.client.String(), &c.state
	w := newResponse(st, r)
	c.addBody(st, r, w, cancel)
	c.handle(w, cancel)
}

// after is the moment after d, or none.
func after(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

// addBody gives a request its body. One that has ended already has none.
func (c *serverConn) addBody(st *stream, r *http.Request, w *response, cancel func()) {
	if r.ContentLength <= 0 && st.ended() {
		r.ContentLength, r.Body = 0, http.NoBody
		return
	}
	b := &body{st: st, server: true, most: c.most(), length: r.ContentLength}
	if r.Header.Get("Expect") == "100-continue" {
		b.before = func() { w.interim(http.StatusContinue) }
	}
	b.trailer = func(h http.Header) {
		for name := range r.Trailer {
			r.Trailer[name] = h[name]
		}
	}
	b.failed = func(err error) error {
		if c.fail(st, err) {
			cancel()
		}
		return err
	}
	r.Body = b
}

// fail ends what err is about: the connection, or the stream. It reports whether it has: if only the time is over there
// may still be an answer.
func (c *serverConn) fail(st *stream, err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if !c.end(err) {
		st.abort(codeOf(err, RequestCancelled))
	}
	return true
}

// handle calls the handler. Its context ends when the client wants no answer any more.
func (c *serverConn) handle(w *response, cancel func()) {
	var look func()
	look = func() {
		if w.st.refused() {
			cancel()
		}
		if w.r.Context().Err() == nil { // it ends with the answer, too
			time.AfterFunc(lookEvery, look)
		}
	}
	first := time.AfterFunc(lookEvery, look)
	defer first.Stop()
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				c.s.logf("http3: panic serving %v: %v", c.RemoteAddr(), p)
			}
			w.st.abort(InternalError)
			return
		}
		w.end()
	}()
	c.s.http.Handler.ServeHTTP(w, w.r)
}

// refuse answers without a handler.
func (c *serverConn) refuse(st *stream, status int) {
	st.write.set(after(c.s.http.WriteTimeout))
	newResponse(st, &http.Request{Method: http.MethodGet}).refuse(status)
}

// done waits until the client has all of the answer, or the connection would be closed before. What it still sends
// nobody wants: it is asked to stop, without an error (§4.1).
func (c *serverConn) done(st *stream) {
	st.StopSending(uint64(NoError))
	st.write.set(after(c.s.http.WriteTimeout))
	if st.Close() != nil {
		st.Reset(uint64(InternalError)) // it takes nothing, and the buffers are wanted
	}
}
