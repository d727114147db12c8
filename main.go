// Pollwire is a live-poll, chat and memo server that is made to be watched on the wire.
//
//	8000  REST API           http.ServeMux -> a handler below -> the store -> news to the hub
//	8001  realtime           /ws, /socket.io/: each socket is a listener of the hub (ws.go)
//	8080  the page, files    web/, built into the program; what people put into the shared folder (data/files/)
//	3001  health             /health, /metrics; UDP ping -> pong on the same number
//
// The first three speak plaintext and TLS on the same number (wire/tlsport/), HTTP/1.1 and, but for 8001, HTTP/2.
//
// This file holds what belongs to no subject: the settings, the start and the stop, one list of routes per port,
// and what every answer has in common (errors, JSON, limits, logs). auth.go, polls.go, chat.go and memos.go are the
// four subjects, ws.go is the realtime side, store.go and schema.sql are the database.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"pollwire/data/files"
	"pollwire/data/groupcommit"
	"pollwire/lab"
	"pollwire/lab/lessons"
	"pollwire/live/coalesce"
	"pollwire/live/hub"
	"pollwire/live/presence"
	"pollwire/ops/health"
	"pollwire/ops/settings"
	"pollwire/rest/cors"
	"pollwire/rest/middleware"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/web"
	"pollwire/wire/capture"
	"pollwire/wire/ports"
	"pollwire/wire/socketio"
	"pollwire/wire/tlsport"
	"pollwire/wire/wsconn"
)

const version = "0.1.0"

// config is what can be set; see flags.
type config struct {
	addr     map[string]string // by the name of the flag; "" switches the service off
	db, data string
	origins  []string // nil: the default of package cors
	guests   bool
	tokenTTL time.Duration
	tlsCert  string // with tlsKey; "": the server makes its own
	tlsKey   string
	keyLog   string // "": off
	capture  bool
	logJSON  bool
	logLevel slog.Level
	version  bool
	// Not settings: tests change them.
	pingEvery, silence, writeTimeout, keepAlive time.Duration
	helloTimeout                                time.Duration // for the first byte, and for a TLS handshake
	hashCost                                    int           // of bcrypt; 0 is its own default
	maxBatch                                    int
}

// services are the four listeners by the name of their flag, in the order of the banner.
var services = []struct{ flag, addr, what, scheme, path string }{
	{"files", ":8080", "page", "http", "/"},
	{"http", ":8000", "API", "http", "/api/polls"},
	{"ws", ":8001", "WebSocket", "ws", "/ws"},
	{"health", ":3001", "health", "http", "/health"},
}

func flags(c *config) *flag.FlagSet {
	*c = config{addr: map[string]string{}, pingEvery: wsPingEvery, silence: wsSilence, writeTimeout: wsWriteTimeout,
		keepAlive: streamKeepAlive, helloTimeout: 10 * time.Second}
	f := flag.NewFlagSet("pollwire", flag.ContinueOnError)
	f.SetOutput(io.Discard) // run prints errors itself, in one line
	for _, s := range services {
		c.addr[s.flag] = s.addr
		f.Func(s.flag, "`address` of the "+s.what+": :PORT, HOST:PORT, empty to switch it off (default "+s.addr+")",
			func(v string) error {
				if _, _, err := net.SplitHostPort(v); v != "" && err != nil {
					return err
				}
				c.addr[s.flag] = v
				return nil
			})
	}
	f.StringVar(&c.db, "db", "pollwire.db", "`file` of the database")
	f.StringVar(&c.data, "data", "pollwire-data",
		"`folder` of the secret that signs tokens, the certificate and the shared files")
	f.Func("origins", "`list` of web origins that may call, with commas (default: this machine's names and addresses)",
		func(v string) error {
			// not nil
			c.origins = append([]string{}, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })...)
			_, err := cors.New(cors.Config{Origins: c.origins})
			return err
		})
	f.BoolVar(&c.guests, "guests", true, "let people in with a nickname alone")
	f.DurationVar(&c.tokenTTL, "token-ttl", 24*time.Hour, "how long a token is valid, a Go `duration`")
	f.StringVar(&c.tlsCert, "tls-cert", "",
		"`file` of a certificate in PEM (default: one that the server makes for itself)")
	f.StringVar(&c.tlsKey, "tls-key", "", "`file` of its key")
	f.StringVar(&c.keyLog, "keylog", os.Getenv("SSLKEYLOGFILE"),
		"`file` to which the keys of TLS sessions are appended, for Wireshark (default: SSLKEYLOGFILE)")
	f.BoolVar(&c.capture, "capture", false,
		"let programs on this machine read all traffic, with the keys of TLS, at /capture on the port of health")
	f.Func("log", "`text` or json (default text)", settings.Choice(&c.logJSON, "text", "json"))
	f.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "`level`: debug, info, warn or error")
	f.BoolVar(&c.version, "version", false, "print the version and end")
	return f
}

//go:embed docs/usage.txt
var usage string

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program; it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if len(args) > 0 && args[0] == "lab" {
		return lessons.Run(ctx, args[1:], stdout, stderr, labServer)
	}
	var c config
	f := flags(&c)
	err := settings.Load(f, "POLLWIRE_", args, os.LookupEnv, ".env")
	if errors.Is(err, flag.ErrHelp) || len(args) == 1 && args[0] == "help" {
		settings.Help(stdout, usage, f)
		return 0
	}
	if err == nil && c.tokenTTL < time.Second {
		err = errors.New("-token-ttl: must be at least 1s")
	}
	if err == nil && (c.tlsCert == "") != (c.tlsKey == "") {
		err = errors.New("-tls-cert and -tls-key: one is of no use without the other")
	}
	if err == nil && c.capture && c.addr["health"] == "" {
		err = errors.New("-capture: is read over -health, which is off")
	}
	if err == nil && c.version {
		fmt.Fprintln(stdout, "pollwire", version)
		return 0
	}
	if err == nil {
		var s *server
		log := middleware.New(stderr, c.logJSON, c.logLevel)
		defer log.Flush()
		if s, err = newServer(c, log); err == nil {
			io.WriteString(stdout, s.banner())
			err = s.run(ctx)
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "pollwire:", err)
		return 1
	}
	return 0
}

// labServer makes the server that `pollwire lab` starts where none is running: a silent one with its files in dir.
func labServer(dir string, addr map[string]string) (*lessons.Server, error) {
	var c config
	flags(&c)
	c.addr, c.db, c.data, c.capture = addr, filepath.Join(dir, "pollwire.db"), filepath.Join(dir, "pollwire-data"), true
	s, err := newServer(c, middleware.New(io.Discard, false, slog.LevelError))
	if err != nil {
		return nil, err
	}
	return &lessons.Server{Run: s.run, Port: s.portOf}, nil
}

// server is everything that the handlers share.
type server struct {
	cfg         config
	log         *middleware.Log
	store       *store
	files       *files.Folder
	secret      []byte
	certificate *tlsport.Certificate
	keyLog      *tlsport.KeyLog   // nil: off
	capture     *capture.Recorder // nil: off
	webSockets  wsconn.Config     // how those of /ws behave
	tokens      tokenCache
	hashes      hashes
	failures    failures
	cors        *cors.Policy
	hub         *hub.Hub
	room        *presence.Room[person]
	socketIO    *socketio.Server
	tallies     *coalesce.Marks // the polls whose result has changed since it was announced
	clockWake   chan struct{}   // wakes the closing clock
	sockets     sync.WaitGroup  // one for each open socket
	openSockets atomic.Int64
	ports       []*port
	started     time.Time
	probe       *health.Probe
}

// newServer opens the ports first and then the database, so that a second server in the same folder ends before it
// touches anything.
func newServer(c config, log *middleware.Log) (_ *server, err error) {
	s := &server{cfg: c, log: log, started: time.Now(), clockWake: make(chan struct{}, 1),
		hashes: newHashes(runtime.NumCPU() / 2), tallies: coalesce.New()}
	defer func() {
		if err != nil {
			for _, l := range s.ports {
				l.Close()
			}
			if s.store != nil {
				s.store.close()
			}
		}
	}()
	if c.capture {
		s.capture = capture.New(capture.Info{Application: "pollwire " + version, Interface: "pollwire",
			Description: "the server's own connections"})
	}
	hosts := cors.OwnHosts(tlsport.TLS12Name)
	if s.cors, err = cors.New(cors.Config{
		Origins:   c.origins,
		Hosts:     hosts,
		PagePorts: func() []string { return []string{s.portOf("files"), s.portOf("http")} }, // of / and of /docs
		Methods:   []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
		AllowHeaders: []string{"Authorization", "Content-Type", "Accept", "If-Match", "If-None-Match", "Last-Event-ID",
			"Range"},
		ExposeHeaders: []string{"ETag", "Location", "X-Client-Addr", "Retry-After"},
		MaxAge:        10 * time.Minute,
	}); err != nil {
		return nil, fmt.Errorf("-origins: %w", err)
	}
	if err := s.openPorts(); err != nil {
		return nil, err
	}
	if s.store, err = openStore(c.db, c.maxBatch); err != nil {
		return nil, fmt.Errorf("-db: %w", err)
	}
	if s.secret, err = loadSecret(c.data); err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	if err := s.openTLS(hosts); err != nil {
		return nil, err
	}
	if s.files, err = files.Open(filepath.Join(c.data, "files"), files.Config{Owners: owners{s.store}}); err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	seq, kept, err := s.store.startEvents(context.Background(), hub.Block)
	if err != nil {
		return nil, fmt.Errorf("-db: %w", err)
	}
	s.probe = health.NewProbe(s.store.checkWritable)
	s.hub = hub.New(seq, loadEvents(kept), s.store.reserveSeq)
	s.room, s.webSockets, s.socketIO = presence.New[person](s.hub), s.newWebSockets(), s.newSocketIO()
	for _, l := range s.ports {
		l.http = s.newHTTP(l.Listener)
	}
	return s, nil
}

// openTLS loads or makes the certificate and opens the key log.
func (s *server) openTLS(hosts func() []string) (err error) {
	if s.cfg.tlsCert != "" {
		if s.certificate, err = tlsport.LoadCertificate(s.cfg.tlsCert, s.cfg.tlsKey); err != nil {
			return fmt.Errorf("-tls-cert, -tls-key: %w", err)
		}
	} else if s.certificate, err = tlsport.OwnCertificate(s.cfg.data, hosts,
		func(err error) { s.check("renew the certificate", err) }); err != nil {
		return fmt.Errorf("-data: %w", err)
	}
	s.keyLog, err = tlsport.OpenKeyLog(s.cfg.keyLog, func(err error) { s.check("key log", err) })
	if err != nil {
		err = fmt.Errorf("-keylog: %w", err)
	}
	return err
}

// run serves until ctx ends, and stops in an order in which nothing is lost: no newcomers; sockets and streams are
// told; running requests finish; the last tallies leave; the writer commits what waits; the files are closed.
func (s *server) run(ctx context.Context) error {
	inner, stop := context.WithCancel(context.Background()) // ends after the requests that need it
	defer stop()
	var inside, serving sync.WaitGroup
	inside.Go(func() { s.hub.Run(inner) })
	inside.Go(func() { s.tallies.Run(inner, s.tallyRest, s.announceTally) })
	inside.Go(func() { s.runClock(inner) })
	failed := make(chan error, len(s.ports))
	for _, l := range s.ports {
		if l.Packets != nil {
			inside.Go(func() { s.check("UDP ping", health.ServePing(inner, s.capture.PacketConn(l.Packets))) })
		}
		serving.Go(func() {
			if err := l.http.Serve(s.sniffed(l)); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
	}
	var err error
	select {
	case <-ctx.Done():
		s.log.Info("shutting down")
	case err = <-failed:
	}
	s.stopServing()
	serving.Wait()
	stop()
	inside.Wait()
	seq, kept := s.hub.Kept()
	s.check("save events", s.store.saveEvents(context.Background(), seq, saveEvents(kept)))
	return errors.Join(err, s.files.Close(), s.store.close(), s.keyLog.Close())
}

// stopServing ends all connections: at most 6 seconds, so that the rest is done within 10.
func (s *server) stopServing() {
	limit, cancel := context.WithTimeout(context.Background(), 6*time.Second)
	defer cancel()
	defer time.AfterFunc(4*time.Second, func() { s.files.Close() }).Stop() // uploads that run for long are told
	var requests sync.WaitGroup
	for _, l := range s.ports {
		requests.Go(func() {
			if l.http.Shutdown(limit) != nil {
				l.http.Close()
			}
		})
	}
	bye := make(chan struct{})
	requests.Go(func() { s.check("Socket.IO", s.socketIO.Shutdown(limit)); close(bye) })
	// sockets get 1001; streams and long polls end, or Shutdown would wait for them
	s.hub.Close()
	done := make(chan struct{})                                             // Shutdown doesn't know of sockets
	go func() { s.sockets.Wait(); <-bye; s.capture.Close(); close(done) }() // a capture ends when it has seen sockets end
	requests.Wait()
	select {
	case <-done:
	case <-limit.Done():
	}
}

func (s *server) check(what string, err error) {
	if err != nil {
		s.log.Error(what, "err", err)
	}
}

// ---- routes

// apiRoutes are the calls of port 8000. public: anybody may; authed: only with a token.
func (s *server) apiRoutes(mux *http.ServeMux) {
	mux.Handle("POST /api/auth/register", s.public(s.handleRegister))
	mux.Handle("POST /api/auth/login", s.public(s.handleLogin))
	mux.Handle("POST /api/auth/guest", s.public(s.handleGuest))
	mux.Handle("GET /api/auth/me", s.authed(s.handleMe))

	mux.Handle("GET /api/polls", s.public(s.handlePolls))
	mux.Handle("POST /api/polls", s.authed(s.handleNewPoll))
	mux.Handle("GET /api/polls/{poll_id}", s.public(s.handlePoll))
	mux.Handle("PUT /api/polls/{poll_id}", s.authed(s.handlePutPoll))
	mux.Handle("PATCH /api/polls/{poll_id}", s.authed(s.handlePatchPoll))
	mux.Handle("DELETE /api/polls/{poll_id}", s.authed(s.handleDeletePoll))
	mux.Handle("POST /api/polls/{poll_id}/vote", s.authed(s.handleVote))
	mux.Handle("DELETE /api/polls/{poll_id}/vote", s.authed(s.handleWithdraw))

	mux.Handle("GET /api/chat/messages", s.public(s.handleMessages))
	mux.Handle("POST /api/chat/messages", s.authed(s.handleNewMessage))

	mux.Handle("GET /api/memos", s.authed(s.handleMemos))
	mux.Handle("POST /api/memos", s.authed(s.handleNewMemo))
	mux.Handle("GET /api/memos/{memo_id}", s.authed(s.handleMemo))
	mux.Handle("PUT /api/memos/{memo_id}", s.authed(s.handlePutMemo))
	mux.Handle("PATCH /api/memos/{memo_id}", s.authed(s.handlePatchMemo))
	mux.Handle("DELETE /api/memos/{memo_id}", s.authed(s.handleDeleteMemo))

	mux.Handle("GET /api/events", s.stream(s.handleEvents))

	mux.Handle("GET /lab/whoami", s.answer(lab.Whoami))
	mux.Handle("GET /lab/bytes/{n}", s.answer(lab.Bytes))
	mux.Handle("GET /lab/status/{code}", s.answer(lab.Status))
	mux.Handle("GET /lab/cookie", s.answer(lab.Cookies))
	mux.Handle("POST /lab/cookie", s.answer(lab.SetCookie))
	mux.Handle("DELETE /lab/cookie", s.answer(lab.DeleteCookies))
	mux.Handle("GET /lab/basic", s.answer(lab.Basic))
	mux.Handle("GET /lab/early", s.answer(lab.Early))

	web.API(mux, s.portOf) // /docs, /redoc, /openapi.json
}

// wsRoutes are the calls of port 8001.
func (s *server) wsRoutes(mux *http.ServeMux) {
	mux.Handle("/ws", s.answer(s.handleSocket)) // all methods: a handshake refuses in its own words
	mux.Handle("/socket.io/", problem.OwnErrors(s.socketIO))
}

// healthRoutes are the calls of port 3001.
func (s *server) healthRoutes(mux *http.ServeMux) {
	mux.Handle("GET /health", s.answer(s.handleHealth))
	mux.Handle("GET /metrics", s.answer(s.handleMetrics))
	mux.Handle("GET /capture", s.answer(s.capture.Serve))
}

// pageRoutes are the calls of port 8080: the page, which is made of the files of web/, and the shared files.
func (s *server) pageRoutes(mux *http.ServeMux, hosts func() []string) {
	mux.Handle("GET /files/{$}", s.public(anybody(s.files.List)))
	mux.Handle("POST /files/{$}", s.authed(byOwner(s.files.Post)))
	mux.Handle("GET /files/{name}", s.public(anybody(s.files.Get)))
	mux.Handle("PUT /files/{name}", s.authed(byOwner(s.files.Put)))
	mux.Handle("DELETE /files/{name}", s.authed(byOwner(s.files.Delete)))

	web.Routes(mux, s.portOf, hosts)
}

// ---- ports

// port is one open port and its HTTP server.
type port struct {
	*ports.Listener
	http *http.Server
}

// openPorts listens on all ports. Who connects waits until run.
func (s *server) openPorts() error {
	var wanted []ports.Service
	for _, v := range services {
		wanted = append(wanted, ports.Service{Name: v.flag, Addr: s.cfg.addr[v.flag], UDP: v.flag == "health"})
	}
	open, err := ports.Open(wanted)
	if err != nil {
		return err
	}
	for _, l := range open {
		s.ports = append(s.ports, &port{Listener: l})
	}
	return nil
}

// newHTTP makes the server of one port, with the routes of all services on it.
func (s *server) newHTTP(l *ports.Listener) *http.Server {
	mux, services := http.NewServeMux(), l.Services
	page := func(mux *http.ServeMux) { s.pageRoutes(mux, l.Hosts) }
	routes := map[string]func(*http.ServeMux){"http": s.apiRoutes, "ws": s.wsRoutes, "files": page,
		"health": s.healthRoutes}
	for _, name := range services {
		routes[name](mux)
	}
	if !slices.Contains(services, "files") && !slices.Equal(services, []string{"health"}) {
		mux.Handle("GET /{$}", web.Redirect(func() string { return s.portOf("files") }))
	}
	return &http.Server{
		Handler:           s.log.Around(s.cors.Handler(middleware.NoDotSegments(mux))),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute, // of a body that nobody reads; input and handleEvents set their own
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          s.log.ErrorLog(),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx,
				connKey{}, c)
		},
		// a WebSocket begins with HTTP/1.1
		Protocols:                    tlsport.Protocols(!slices.Equal(services, []string{"ws"})),
		DisableGeneralOptionsHandler: true, // its answers would lack what all of ours have
	}
}

// sniffed is the listener of l, with TLS beside plaintext but for a port that has health alone: probes need none.
func (s *server) sniffed(l *port) net.Listener {
	inner := s.capture.Listener(l.Listener.Listener)
	if slices.Equal(l.Services, []string{"health"}) {
		return inner
	}
	return tlsport.New(inner, tlsport.Config(s.certificate, tlsport.ALPN(l.http.Protocols), s.capture.KeyLog(s.keyLog)),
		s.cfg.helloTimeout,
		func(client net.Addr, err error) { s.log.Debug("no request", "client", client, "err", err) })
}

// portOf returns the number on which a service is reached, "" if it is off.
func (s *server) portOf(service string) string {
	for _, l := range s.ports {
		if slices.Contains(l.Services, service) {
			return strconv.Itoa(l.Port())
		}
	}
	return ""
}

// ---- what every answer has in common

// answer is the one place that answers errors.
func (s *server) answer(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			problem.Write(w, s.known(err))
		}
	})
}

// known gives the errors of the store a kind. What has none is a fault of ours: it is logged whole, and the client
// learns nothing of the inside.
func (s *server) known(err error) error {
	if errors.Is(err, groupcommit.ErrUnavailable) || errors.Is(err, files.ErrUnavailable) {
		s.log.Warn("unavailable", "err", err)
		return problem.Refuse(problem.Unavailable, "the server's disk can't be used at the moment")
	}
	if _, ok := problem.Of(err); !ok {
		s.log.Error("internal error", "err", err)
	}
	return err
}

// noSuch gives errNotFound its words.
func noSuch(what string, id int64, err error) error {
	if errors.Is(err, errNotFound) {
		return problem.Refuse(problem.NotFound, "no %s %d", what, id)
	}
	return err
}

// poke wakes whoever waits on c, or will.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ---- the page, health, the banner

// handleHealth proves that the database can be written.
func (s *server) handleHealth(w http.ResponseWriter, r *http.Request) error {
	if err := s.probe.Check(r.Context(), 2*time.Second); err != nil {
		s.log.Warn("health", "err", err)
		return problem.Refuse(problem.Unavailable, "the database can't be written")
	}
	w.Header().Set("Cache-Control", "no-store")
	return output.JSON(w, http.StatusOK, health.Report{Status: "ok", Version: version,
		UptimeS: int64(time.Since(s.started).Seconds()),
		DB:      "ok", Sockets: int(s.openSockets.Load()) + s.socketIO.Sessions()})
}

func (s *server) handleMetrics(w http.ResponseWriter, r *http.Request) error {
	commits, pieces := s.store.db.Stats()
	listeners, dropped := s.hub.Stats()
	m := []health.Metric{
		{Name: "pollwire_uptime_seconds", Help: "Since the start.", Type: "gauge", Value: time.Since(s.started).Seconds()},
		{Name: "pollwire_sockets", Help: "Open WebSocket connections of /ws.", Type: "gauge",
			Value: float64(s.openSockets.Load())},
		{Name: "pollwire_socketio_sessions", Help: "Sessions of Socket.IO, over any transport.", Type: "gauge",
			Value: float64(s.socketIO.Sessions())},
		{Name: "pollwire_listeners", Help: "Sockets, streams and long polls that hear events.", Type: "gauge",
			Value: float64(listeners)},
		{Name: "pollwire_listeners_dropped_total", Help: "Dropped because they read too slowly.", Type: "counter",
			Value: float64(dropped)},
		{Name: "pollwire_events_seq", Help: "The number of the last event.", Type: "gauge", Value: float64(s.hub.Seq())},
		{Name: "pollwire_commits_total", Help: "Transactions.", Type: "counter", Value: float64(commits)},
		{Name: "pollwire_writes_total", Help: "Changes in these transactions.", Type: "counter", Value: float64(pieces)},
		{Name: "pollwire_writes_waiting", Help: "Changes that wait for the next transaction.", Type: "gauge",
			Value: float64(s.store.db.Waiting())},
		{Name: "go_goroutines", Help: "Goroutines.", Type: "gauge", Value: float64(runtime.NumGoroutine())},
	}
	m = append(m, s.log.Metrics("pollwire_http_answers_total")...)
	w.Header().Set("Content-Type", health.MetricsContentType)
	return health.WriteMetrics(w, m)
}

// banner says what a teacher needs to know: what to type where, where the data is, and what is on.
func (s *server) banner() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\npollwire %s\n\n", version)
	for _, v := range services {
		what := v.what
		i := slices.IndexFunc(s.ports, func(l *port) bool { return slices.Contains(l.Services, v.flag) })
		if i < 0 {
			fmt.Fprintf(&b, "  %-12s off (-%s)\n", what, v.flag)
			continue
		}
		for _, host := range s.ports[i].Hosts() {
			fmt.Fprintf(&b, "  %-12s %s://%s:%d%s\n", what, v.scheme, host, s.ports[i].Port(), v.path)
			what = ""
		}
	}
	kind := settings.Absolute(s.cfg.tlsCert)
	if s.certificate.SelfSigned {
		kind = "self-signed, so browsers warn at first"
	}
	lines := [][2]string{
		{"", ""},
		{"TLS", "https:// and wss:// on the same numbers"},
		{"certificate", kind + "; until " + s.certificate.Leaf().NotAfter.Format(time.DateOnly) + "; SHA-256:"},
		{"", s.certificate.Fingerprint()},
		{"", ""},
		{"database", settings.Absolute(s.cfg.db)},
		{"secrets in", settings.Absolute(s.cfg.data)},
		{"files in", settings.Absolute(filepath.Join(s.cfg.data, "files"))},
		{"guests", fmt.Sprintf("%s, tokens last %v, web origins: %s", map[bool]string{true: "on", false: "off"}[s.cfg.guests],
			s.cfg.tokenTTL, s.cors)},
	}
	if s.keyLog != nil {
		lines = append(lines,
			[][2]string{{"", ""},
				{"WARNING", "TLS is no secret: the key log is on. Whoever reads this file can decrypt all of it:"},
				{"", settings.Absolute(s.cfg.keyLog)}}...)
	}
	if s.capture != nil {
		lines = append(lines,
			[][2]string{{"", ""},
				{"WARNING", "nothing is secret on this machine: the capture is on. Whoever is here can read all traffic, TLS too:"},
				{"", "curl -sN http://localhost:" + s.portOf("health") + "/capture | wireshark -k -i -"}}...)
	}
	for _, l := range lines {
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("  %-12s %s", l[0], l[1]), " "))
	}
	b.WriteString("\n  Ctrl-C stops it.\n\n")
	return b.String()
}
