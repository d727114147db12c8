// Pollwire is a live-poll, chat and memo server that is made to be watched on the wire.
//
//	8000  REST API           http.ServeMux -> a handler below -> the store -> news to the hub
//	8001  realtime           /ws: each socket is a listener of the hub (ws.go)
//	8080  the page           the files of web/, built into the program
//	3001  health             /health, /metrics; UDP ping -> pong on the same number
//
// This file holds what belongs to no subject: the settings, the start and the stop, one list of routes per port,
// and what every answer has in common (errors, JSON, limits, logs). auth.go, polls.go, chat.go and memos.go are the
// four subjects, ws.go is the realtime side, store.go and schema.sql are the database.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"pollwire/cors"
	"pollwire/groupcommit"
	"pollwire/health"
	"pollwire/hub"
	"pollwire/output"
	"pollwire/ports"
	"pollwire/problem"
	"pollwire/settings"
	"pollwire/web"
)

const version = "0.1.0"

// config is what can be set; see flags.
type config struct {
	addr     map[string]string // by the name of the flag; "" switches the service off
	db, data string
	origins  []string // nil: the default of package cors
	guests   bool
	tokenTTL time.Duration
	logJSON  bool
	logLevel slog.Level
	version  bool
	// Not settings: tests change them.
	pingEvery, silence, writeTimeout, keepAlive time.Duration
	hashCost                                    int // of bcrypt; 0 is its own default
	maxBatch                                    int
}

// services are the four listeners by the name of their flag, in the order of the banner.
var services = []struct{ flag, addr, speaks string }{
	{"files", ":8080", "page"},
	{"http", ":8000", "API"},
	{"ws", ":8001", "WebSocket"},
	{"health", ":3001", "health"},
}

func flags(c *config) *flag.FlagSet {
	*c = config{addr: map[string]string{}, pingEvery: 25 * time.Second, silence: 60 * time.Second, writeTimeout: 10 * time.Second, keepAlive: 15 * time.Second}
	f := flag.NewFlagSet("pollwire", flag.ContinueOnError)
	f.SetOutput(io.Discard) // run prints errors itself, in one line
	for _, s := range services {
		c.addr[s.flag] = s.addr
		f.Func(s.flag, "`address` of the "+s.speaks+": :PORT, HOST:PORT, empty to switch it off (default "+s.addr+")", func(v string) error {
			if _, _, err := net.SplitHostPort(v); v != "" && err != nil {
				return err
			}
			c.addr[s.flag] = v
			return nil
		})
	}
	f.StringVar(&c.db, "db", "pollwire.db", "`file` of the database")
	f.StringVar(&c.data, "data", "pollwire-data", "`folder` of the secret that signs tokens")
	f.Func("origins", "`list` of web origins that may call, with commas (default: this machine's names and addresses)", func(v string) error {
		c.origins = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
		if c.origins == nil {
			c.origins = []string{}
		}
		_, err := cors.New(cors.Config{Origins: c.origins})
		return err
	})
	f.BoolVar(&c.guests, "guests", true, "let people in with a nickname alone")
	f.DurationVar(&c.tokenTTL, "token-ttl", 24*time.Hour, "how long a token is valid, a Go `duration`")
	f.Func("log", "`text` or json (default text)", func(v string) error {
		c.logJSON = v == "json"
		if v != "json" && v != "text" {
			return errors.New("must be text or json")
		}
		return nil
	})
	f.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "`level`: debug, info, warn or error")
	f.BoolVar(&c.version, "version", false, "print the version and end")
	return f
}

const usage = `pollwire: live polls, chat and memos, made to be watched on the wire.

Usage: pollwire [flags]        starts the server; without flags everything has a default
       pollwire help           this text

Each flag can also be set as an environment variable or in the file .env: -token-ttl is POLLWIRE_TOKEN_TTL.
A flag wins over the environment, the environment over .env.

`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program; it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	var c config
	f := flags(&c)
	err := settings.Load(f, "POLLWIRE_", args, os.LookupEnv, ".env")
	if errors.Is(err, flag.ErrHelp) || len(args) == 1 && args[0] == "help" {
		fmt.Fprint(stdout, usage)
		f.SetOutput(stdout)
		f.PrintDefaults()
		return 0
	}
	if err == nil && c.tokenTTL < time.Second {
		err = errors.New("-token-ttl: must be at least 1s")
	}
	if err == nil && c.version {
		fmt.Fprintln(stdout, "pollwire", version)
		return 0
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
		err = serve(ctx, c, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "pollwire:", err)
		return 1
	}
	return 0
}

// serve starts a server, prints the banner and returns when ctx has ended and everything has stopped.
func serve(ctx context.Context, c config, stdout, stderr io.Writer) error {
	s, err := newServer(c, newLogger(c, stderr))
	if err != nil {
		return err
	}
	io.WriteString(stdout, s.banner())
	return s.run(ctx)
}

func newLogger(c config, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.logLevel}
	if c.logJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// server is everything that the handlers share.
type server struct {
	cfg         config
	log         *slog.Logger
	store       *store
	secret      []byte
	tokens      tokenCache
	hashes      hashes
	failures    failures
	cors        *cors.Policy
	hub         *hub.Hub
	room        room
	tallies     tallies
	clockWake   chan struct{}  // wakes the closing clock
	sockets     sync.WaitGroup // one for each open socket
	openSockets atomic.Int64
	ports       []*port
	started     time.Time
	probe       *health.Probe
	answers     [6]atomic.Int64 // by the first digit of the status
}

// newServer opens the ports first, so that a second server in the same folder ends before it touches the database.
func newServer(c config, log *slog.Logger) (_ *server, err error) {
	s := &server{cfg: c, log: log, started: time.Now(), clockWake: make(chan struct{}, 1), hashes: newHashes(runtime.NumCPU() / 2)}
	s.room.people = map[int64]*attendee{}
	s.tallies = tallies{marked: map[int64]bool{}, wake: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			for _, l := range s.ports {
				l.Close()
			}
		}
	}()
	if s.cors, err = cors.New(cors.Config{
		Origins:       c.origins,
		PagePort:      func() string { return s.portOf("files") },
		Methods:       []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
		AllowHeaders:  []string{"Authorization", "Content-Type", "Accept", "If-Match", "If-None-Match", "Last-Event-ID", "Range"},
		ExposeHeaders: []string{"ETag", "Location", "X-Client-Addr", "Retry-After"},
		MaxAge:        10 * time.Minute,
	}); err != nil {
		return nil, fmt.Errorf("-origins: %w", err)
	}
	if err := s.openPorts(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.data, 0o700); err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	if s.secret, err = loadSecret(c.data); err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	if s.store, err = openStore(c.db, c.maxBatch); err != nil {
		return nil, fmt.Errorf("-db: %w", err)
	}
	seq, kept, err := s.store.startEvents(context.Background(), hub.Block)
	if err != nil {
		return nil, fmt.Errorf("-db: %w", errors.Join(err, s.store.close()))
	}
	s.probe = health.NewProbe(s.store.checkWritable)
	s.hub = hub.New(seq, loadEvents(kept), s.store.reserveSeq)
	s.room.hub = s.hub
	return s, nil
}

// run serves until ctx ends, and stops in an order in which nothing is lost: no newcomers; sockets and streams are
// told; running requests finish; the last tallies leave; the writer commits what waits; the file is closed.
func (s *server) run(ctx context.Context) error {
	inner, stop := context.WithCancel(context.Background()) // ends after the requests that need it
	defer stop()
	var inside, serving sync.WaitGroup
	inside.Go(func() { s.hub.Run(inner) })
	inside.Go(func() { s.runTallies(inner) })
	inside.Go(func() { s.runClock(inner) })
	failed := make(chan error, len(s.ports))
	for _, l := range s.ports {
		if l.Packets != nil {
			inside.Go(func() { s.check("UDP ping", health.ServePing(inner, l.Packets)) })
		}
		serving.Go(func() {
			if err := l.http.Serve(l.Listener.Listener); !errors.Is(err, http.ErrServerClosed) {
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
	return errors.Join(err, s.store.close())
}

// stopServing ends all connections: at most 6 seconds, so that the rest is done within 10.
func (s *server) stopServing() {
	limit, cancel := context.WithTimeout(context.Background(), 6*time.Second)
	defer cancel()
	var requests sync.WaitGroup
	for _, l := range s.ports {
		requests.Go(func() {
			if l.http.Shutdown(limit) != nil {
				l.http.Close()
			}
		})
	}
	s.hub.Close() // sockets get 1001; streams and long polls end, or Shutdown would wait for them
	requests.Wait()
	done := make(chan struct{}) // Shutdown doesn't know of sockets
	go func() { s.sockets.Wait(); close(done) }()
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
}

// wsRoutes are the calls of port 8001.
func (s *server) wsRoutes(mux *http.ServeMux) {
	mux.Handle("/ws", s.answer(s.handleSocket)) // all methods: a handshake refuses in its own words
}

// healthRoutes are the calls of port 3001.
func (s *server) healthRoutes(mux *http.ServeMux) {
	mux.Handle("GET /health", s.answer(s.handleHealth))
	mux.Handle("GET /metrics", s.answer(s.handleMetrics))
}

// pageRoutes are the files of web/ on port 8080.
func (s *server) pageRoutes(mux *http.ServeMux) {
	web.Routes(mux, func() map[string]string {
		return map[string]string{"http": s.portOf("http"), "ws": s.portOf("ws")}
	})
}

// ---- ports

// port is one open port and its HTTP server.
type port struct {
	*ports.Listener
	http *http.Server
}

// openPorts listens on all ports; nothing is answered before run.
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
		s.ports = append(s.ports, &port{l, s.newHTTP(l.Services)})
	}
	return nil
}

// newHTTP makes the server of one port, with the routes of all services on it.
func (s *server) newHTTP(services []string) *http.Server {
	mux := http.NewServeMux()
	routes := map[string]func(*http.ServeMux){"http": s.apiRoutes, "ws": s.wsRoutes, "files": s.pageRoutes, "health": s.healthRoutes}
	for _, name := range services {
		routes[name](mux)
	}
	if slices.Contains(services, "http") && !slices.Contains(services, "files") {
		mux.Handle("GET /{$}", web.Redirect(func() string { return s.portOf("files") }))
	}
	srv := &http.Server{
		Handler:           s.outer(s.cors.Handler(mux)),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute, // of a body that nobody reads; input and handleEvents set their own
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		Protocols:         new(http.Protocols),

		DisableGeneralOptionsHandler: true, // its answers would lack what all of ours have
	}
	srv.Protocols.SetHTTP1(true)
	if !slices.Equal(services, []string{"ws"}) { // a WebSocket begins with HTTP/1.1
		srv.Protocols.SetUnencryptedHTTP2(true)
	}
	return srv
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

// clientAddr is the client's end of the connection, IPv4 never as ::ffff:1.2.3.4.
func clientAddr(r *http.Request) netip.AddrPort {
	a, _ := netip.ParseAddrPort(r.RemoteAddr)
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// ---- what every answer has in common

// outer is around everything: the address, the form of errors, one line in the log, and a net below panics.
func (s *server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		client := clientAddr(r).String()
		w.Header().Set("X-Client-Addr", client)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		pw := &problem.ResponseWriter{ResponseWriter: w, Request: r}
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("panic", "value", p, "stack", string(debug.Stack()))
				if pw.Status != 0 {
					panic(http.ErrAbortHandler) // half an answer must not look like a whole one
				}
				problem.Write(pw, errors.New("panic"))
			}
			s.answers[min(pw.Status/100, 5)].Add(1)
			if pw.Status == http.StatusSwitchingProtocols {
				return // serveSocket logs it
			}
			// The path alone: a query may carry a token.
			s.log.Info("request", "method", r.Method, "path", r.URL.Path, "status", pw.Status, "bytes", pw.Bytes,
				"ms", float64(time.Since(began).Microseconds())/1000, "client", client, "proto", r.Proto)
		}()
		if r.Method == http.MethodOptions && r.RequestURI == "*" { // RFC 9110 §9.3.7: are you there?
			pw.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(pw, r)
	})
}

// handler answers a request of u (the zero user where there is no token), or returns an error.
type handler func(w http.ResponseWriter, r *http.Request, u user) error

// public is for calls that anybody may make. What has arrived whole is done, though the client may have closed its side
// already, as nc does, or gone.
func (s *server) public(h handler) http.Handler {
	return s.stream(func(w http.ResponseWriter, r *http.Request, u user) error {
		return h(w, r.WithContext(context.WithoutCancel(r.Context())), u)
	})
}

// stream is public for an answer that ends when its client goes. A bad token is refused though none is needed: its
// owner should know.
func (s *server) stream(h handler) http.Handler {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		token, err := bearer(r)
		var u user
		if err == nil && token != "" {
			u, err = s.userOf(r.Context(), token)
		}
		if err != nil {
			return err
		}
		return h(w, r, u)
	})
}

// authed is for calls that need a token.
func (s *server) authed(h handler) http.Handler {
	return s.public(func(w http.ResponseWriter, r *http.Request, u user) error {
		if u.ID == 0 {
			return problem.Refuse(problem.Unauthorized, "this call needs a token: Authorization: Bearer <token>")
		}
		return h(w, r, u)
	})
}

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
	if errors.Is(err, groupcommit.ErrUnavailable) {
		s.log.Warn("unavailable", "err", err)
		return problem.Refuse(problem.Unavailable, "the database can't be written at the moment")
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
	return output.JSON(w, http.StatusOK, health.Report{Status: "ok", Version: version, UptimeS: int64(time.Since(s.started).Seconds()),
		DB: "ok", Sockets: int(s.openSockets.Load())})
}

func (s *server) handleMetrics(w http.ResponseWriter, r *http.Request) error {
	commits, pieces := s.store.db.Stats()
	listeners, dropped := s.hub.Stats()
	m := []health.Metric{
		{Name: "pollwire_uptime_seconds", Help: "Since the start.", Type: "gauge", Value: time.Since(s.started).Seconds()},
		{Name: "pollwire_sockets", Help: "Open WebSocket connections.", Type: "gauge", Value: float64(s.openSockets.Load())},
		{Name: "pollwire_listeners", Help: "Sockets, streams and long polls that hear events.", Type: "gauge", Value: float64(listeners)},
		{Name: "pollwire_listeners_dropped_total", Help: "Dropped because they read too slowly.", Type: "counter", Value: float64(dropped)},
		{Name: "pollwire_events_seq", Help: "The number of the last event.", Type: "gauge", Value: float64(s.hub.Seq())},
		{Name: "pollwire_commits_total", Help: "Transactions.", Type: "counter", Value: float64(commits)},
		{Name: "pollwire_writes_total", Help: "Changes in these transactions.", Type: "counter", Value: float64(pieces)},
		{Name: "pollwire_writes_waiting", Help: "Changes that wait for the next transaction.", Type: "gauge", Value: float64(s.store.db.Waiting())},
		{Name: "go_goroutines", Help: "Goroutines.", Type: "gauge", Value: float64(runtime.NumGoroutine())},
	}
	for class := range s.answers {
		if class >= 2 {
			m = append(m, health.Metric{Name: "pollwire_http_answers_total", Help: "Answers by the class of their status.", Type: "counter",
				Labels: map[string]string{"class": strconv.Itoa(class) + "xx"}, Value: float64(s.answers[class].Load())})
		}
	}
	w.Header().Set("Content-Type", health.MetricsContentType)
	return health.WriteMetrics(w, m)
}

// banner says what a teacher needs to know: what to type where, where the data is, and what is on.
func (s *server) banner() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\npollwire %s\n\n", version)
	paths := map[string][2]string{"files": {"http", "/"}, "http": {"http", "/api/polls"}, "ws": {"ws", "/ws"}, "health": {"http", "/health"}}
	for _, v := range services {
		what := v.speaks
		i := slices.IndexFunc(s.ports, func(l *port) bool { return slices.Contains(l.Services, v.flag) })
		if i < 0 {
			fmt.Fprintf(&b, "  %-12s off (-%s)\n", what, v.flag)
			continue
		}
		for _, host := range s.ports[i].Hosts() {
			fmt.Fprintf(&b, "  %-12s %s://%s:%d%s\n", what, paths[v.flag][0], host, s.ports[i].Port(), paths[v.flag][1])
			what = ""
		}
	}
	on := map[bool]string{true: "on", false: "off"}
	origins := "this machine's own names and addresses"
	if s.cfg.origins != nil {
		origins = "the page, " + strings.Join(s.cfg.origins, ", ")
	}
	fmt.Fprintf(&b, "\n  %-12s %s\n  %-12s %s\n  %-12s %s, tokens last %v, web origins: %s\n\n  Ctrl-C stops it.\n\n",
		"database", absolute(s.cfg.db), "secrets in", absolute(s.cfg.data), "guests", on[s.cfg.guests], s.cfg.tokenTTL, origins)
	return b.String()
}

func absolute(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return name
}
