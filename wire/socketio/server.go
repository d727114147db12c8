package socketio

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"time"

	"pollwire/live/hub"
	"pollwire/wire/wsconn"
	"pollwire/wire/wsframe"
)

// Config is how a Server behaves. Zero values stand for the defaults, which are meant for use; tests are less patient.
type Config struct {
	Hub *hub.Hub // what it tells, all sockets of the namespace "/" hear; it is needed

	PingInterval time.Duration // between a pong and the next ping; 25 s
	PingTimeout  time.Duration // for the pong; 20 s
	MaxPayload   int           // bytes of a POST or of a WebSocket message, attachments included; 64 KiB

	ConnectTimeout time.Duration // a session that is in no namespace for so long is ended; 20 s
	UpgradeTimeout time.Duration // from the probe to the upgrade; 10 s
	WriteTimeout   time.Duration // a client that takes nothing for so long is given up; 10 s
	ReadTimeout    time.Duration // for the body of a POST; 30 s

	// Recovery is how long a lost client may take to come back and find its socket again; 2 minutes. Below 0: never.
	Recovery time.Duration

	MaxSessionsPerAddr int // from one IP address; 2000. Below 0: any number

	// CheckOrigin decides about requests with an Origin, that is, from web pages; nil lets all in.
	CheckOrigin func(r *http.Request) bool

	// Writing is told of what is about to be written, and whereby; nil: nobody is.
	Writing func(via Via, chunks []*hub.Chunk)

	// Recover is deferred in the goroutine of each WebSocket, to recover from a panic of the application, as net/http does
	// for handlers; nil: a panic ends the program.
	Recover func()
}

// writing tells the application what is about to be written.
func (srv *Server) writing(via Via, chunks []*hub.Chunk) {
	if srv.cfg.Writing != nil {
		srv.cfg.Writing(via, chunks)
	}
}

func (c *Config) setDefaults() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.PingInterval, 25 * time.Second}, {&c.PingTimeout, 20 * time.Second}, {&c.ConnectTimeout, 20 * time.Second},
		{&c.UpgradeTimeout, 10 * time.Second}, {&c.WriteTimeout, 10 * time.Second}, {&c.ReadTimeout, 30 * time.Second},
		{&c.Recovery, 2 * time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.MaxPayload == 0 {
		c.MaxPayload = 64 << 10
	}
	if c.MaxSessionsPerAddr == 0 {
		c.MaxSessionsPerAddr = 2000
	}
}

// Server answers everything under /socket.io/. Make one with New, give it its namespaces with Handle, end it with
// Shutdown.
type Server struct {
	cfg        Config
	webSockets wsconn.Config
	namespaces map[string]Namespace
	running    sync.WaitGroup // sessions, and connections of WebSockets

	mu       sync.Mutex // guards what follows; nothing waits while it is held
	sessions map[string]*session
	leaving  map[string]*session // have ended, but for a GET that is on its way, see session.leave
	perAddr  map[netip.Addr]int
	closed   bool
	memory   memory
}

// New makes a server.
func New(cfg Config) *Server {
	cfg.setDefaults()
	// no deadline for reading: a client that falls silent misses a ping of Engine.IO
	webSockets := wsconn.Config{MaxMessage: cfg.MaxPayload, WriteTimeout: cfg.WriteTimeout}
	return &Server{cfg: cfg, webSockets: webSockets, namespaces: map[string]Namespace{}, sessions: map[string]*session{},
		leaving: map[string]*session{},
		perAddr: map[netip.Addr]int{}, memory: newMemory(cfg.Recovery)}
}

// Handle sets what happens in a namespace, such as "/" or "/admin". It is to be called before the first request.
func (srv *Server) Handle(namespace string, n Namespace) { srv.namespaces[namespace] = n }

// Sessions returns how many there are.
func (srv *Server) Sessions() int {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return len(srv.sessions)
}

// Shutdown ends all sessions and takes no new ones: a WebSocket gets 1001, a waiting GET a close packet. It waits until
// every Disconnect has been called and every connection is closed. When ctx ends before that, it closes the WebSockets
// that are left, waits for their ends, and returns the error of ctx.
func (srv *Server) Shutdown(ctx context.Context) error {
	srv.mu.Lock()
	srv.closed = true
	all := make([]*session, 0, len(srv.sessions))
	for _, s := range srv.sessions {
		all = append(all, s)
	}
	srv.mu.Unlock()
	for _, s := range all {
		s.end(reasonShutdown, wsconn.ByeFrame)
	}
	done := make(chan struct{})
	go func() { srv.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, s := range all {
		s.cut()
	}
	<-done
	return ctx.Err()
}

// ---- requests

// refusal is an error in the protocol's own form, such as {"code":1,"message":"Session ID unknown"}. The document
// asks for a status of 400; codes and texts are those of the reference implementation, which clients show.
type refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	status  int
	header  http.Header
}

var (
	unknownTransport = &refusal{0, "Transport unknown", http.StatusBadRequest, nil}
	unknownSession   = &refusal{1, "Session ID unknown", http.StatusBadRequest, nil}
	badMethod        = &refusal{2, "Bad handshake method", http.StatusBadRequest, nil}
	badRequest       = &refusal{3, "Bad request", http.StatusBadRequest, nil}
	tooLarge         = &refusal{3, "Payload too large", http.StatusRequestEntityTooLarge, nil}
	forbidden        = &refusal{4, "Forbidden", http.StatusForbidden, nil}
	tooMany          = &refusal{4, "Too many sessions from one address", http.StatusForbidden, nil}
	oldVersion       = &refusal{5, "Unsupported protocol version", http.StatusBadRequest, nil}
	shuttingDown     = &refusal{3, "Shutting down", http.StatusServiceUnavailable, http.Header{"Retry-After": {"5"}}}
	badHandshake     = &refusal{3, "Bad request", http.StatusBadRequest,
		http.Header{"Sec-Websocket-Version": {wsframe.Version}}}
)

func (e *refusal) write(w http.ResponseWriter) {
	body, err := json.Marshal(e)
	if err != nil {
		panic(err) // a number and a string
	}
	for name, values := range e.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json")
	answer(w, e.status, body)
}

// answer sends a small body.
func answer(w http.ResponseWriter, status int, body []byte) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // fails where the client has gone
}

// ServeHTTP answers a request, whatever its path.
func (srv *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e := srv.serve(w, r); e != nil {
		e.write(w)
	}
}

func (srv *Server) serve(w http.ResponseWriter, r *http.Request) *refusal {
	q, err := url.ParseQuery(r.URL.RawQuery)
	transport := q.Get("transport")
	switch {
	case err != nil, len(q["EIO"]) > 1, len(q["transport"]) > 1, len(q["sid"]) > 1:
		return badRequest // of two, nobody could tell which is meant
	case transport != "polling" && transport != "websocket":
		return unknownTransport
	case r.Header["Origin"] != nil && srv.cfg.CheckOrigin != nil && !srv.cfg.CheckOrigin(r):
		return forbidden
	}
	if sid := q.Get("sid"); sid != "" {
		return srv.serveSession(w, r, srv.session(sid), transport, q.Get("EIO"))
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return badMethod
	case transport == "websocket" && wsframe.CheckHandshake(r) != nil:
		return badHandshake
	case q.Get("EIO") != "4":
		return oldVersion
	}
	if r.Method == http.MethodHead { // RFC 9110 §9.3.2: what a GET would get, which opens nothing
		answer(w, http.StatusOK, newSession(srv, r).greeting())
		return nil
	}
	s, e := srv.open(r)
	if e != nil {
		return e
	}
	if transport == "websocket" {
		return s.serveWebSocket(w, r)
	}
	answer(w, http.StatusOK, s.greeting())
	return nil
}

// serveSession answers a request that names its session.
func (srv *Server) serveSession(w http.ResponseWriter, r *http.Request, s *session, transport,
	version string) *refusal {
	switch {
	case s == nil:
		return unknownSession
	case version != "4":
		return badRequest
	case transport == "websocket" && wsframe.CheckHandshake(r) != nil:
		return badHandshake
	case transport == "websocket":
		return s.serveUpgrade(w, r)
	case r.Method == http.MethodHead:
		return s.serveHead(w)
	case r.Method == http.MethodGet:
		return s.serveGet(w, r)
	case r.Method == http.MethodPost:
		return s.servePost(w, r)
	}
	return badRequest
}

// ---- sessions

func (srv *Server) session(sid string) *session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return cmp.Or(srv.sessions[sid], srv.leaving[sid])
}

// full tells whether an address has all the sessions that it may have. It is called with the lock held.
func (srv *Server) full(addr netip.Addr) bool {
	return srv.cfg.MaxSessionsPerAddr >= 0 && srv.perAddr[addr] >= srv.cfg.MaxSessionsPerAddr
}

// open makes a session.
func (srv *Server) open(r *http.Request) (*session, *refusal) {
	s := newSession(srv, r)
	srv.mu.Lock()
	defer srv.mu.Unlock()
	switch {
	case srv.closed:
		return nil, shuttingDown
	case srv.full(s.addr.Addr()):
		return nil, tooMany
	}
	srv.perAddr[s.addr.Addr()]++
	srv.sessions[s.sid] = s
	srv.running.Add(1) // until over is closed
	s.start()
	return s, nil
}

// forget makes a session's sid unknown, at once or, where somebody is to get its last word, when unlist is called.
func (srv *Server) forget(s *session, atOnce bool) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.sessions, s.sid)
	if !atOnce {
		srv.leaving[s.sid] = s
	}
	if srv.perAddr[s.addr.Addr()]--; srv.perAddr[s.addr.Addr()] == 0 {
		delete(srv.perAddr, s.addr.Addr())
	}
}

func (srv *Server) unlist(s *session) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.leaving, s.sid)
}

// enter counts in something that Shutdown waits for, unless it is too late.
func (srv *Server) enter() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if !srv.closed {
		srv.running.Add(1)
	}
	return !srv.closed
}
