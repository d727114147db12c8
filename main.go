// Pollwire is a live-poll, chat and memo server that is made to be watched on the wire.
//
//	8000  REST API           a route below -> a handler in the file of its subject -> the store -> news to the hub
//	8001  realtime           /ws, /socket.io/: each socket is a listener of the hub (ws.go)
//	8080  the page, files    web/, built into the program; what people put into the shared folder (data/files/)
//	3001  health             /health, /metrics, /capture; UDP ping -> pong on the same number
//
// The first three speak plaintext and TLS on the same number (wire/tlsport/), HTTP/1.1 and, but for 8001, HTTP/2; with
// -http3 API and page speak HTTP/3 too, over UDP (wire/http3/).
//
// This file holds what belongs to no subject: the start and the stop, one list of routes per port, how errors are
// answered. auth.go, polls.go, chat.go and memos.go are the four subjects, ws.go is the realtime side, store.go and
// schema.sql are the database. The lesson with its teacher is class/, what can be set is in ops/options.
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
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"pollwire/class"
	"pollwire/class/command"
	"pollwire/class/graded"
	"pollwire/data/eventlog"
	"pollwire/data/files"
	"pollwire/data/groupcommit"
	"pollwire/lab"
	"pollwire/lab/lessons"
	"pollwire/lab/reader"
	"pollwire/live/coalesce"
	"pollwire/live/hub"
	"pollwire/live/presence"
	"pollwire/live/wake"
	"pollwire/ops/advice"
	"pollwire/ops/ballast"
	"pollwire/ops/banner"
	"pollwire/ops/built"
	"pollwire/ops/desktop"
	"pollwire/ops/health"
	"pollwire/ops/options"
	"pollwire/ops/qr"
	"pollwire/ops/settings"
	"pollwire/rest/cors"
	"pollwire/rest/expiring"
	"pollwire/rest/middleware"
	"pollwire/rest/monitor"
	"pollwire/rest/password"
	"pollwire/rest/problem"
	"pollwire/web"
	"pollwire/wire/capture"
	"pollwire/wire/ports"
	"pollwire/wire/socketio"
	"pollwire/wire/tlsport"
	"pollwire/wire/witness"
	"pollwire/wire/wsconn"
)

const version = "0.1.0"

// How long things may take here. What is about requests stands in package ports, what is about sockets in ws.go.
const (
	helloTimeout = 10 * time.Second // for the first byte of a connection, and for a TLS handshake
	stopLimit    = 6 * time.Second  // for connections to end, so that the rest is done within 10
	uploadLimit  = 4 * time.Second  // for uploads, of that
)

const maxFile = 32 << 20 // bytes of a shared file

// config is what can be set, and what only tests change.
type config struct {
	options.Options
	pingEvery, silence, writeTimeout, keepAlive time.Duration
	helloTimeout                                time.Duration
	hashCost                                    int // of bcrypt; 0 is its own default
	maxBatch                                    int
}

// services are the four listeners in the order of the banner.
var services = []options.Service{
	{Flag: "files", Addr: ":8080", What: "page", Scheme: "http", Path: "/"},
	{Flag: "http", Addr: ":8000", What: "API", Scheme: "http", Path: "/api/polls"},
	{Flag: "ws", Addr: ":8001", What: "WebSocket", Scheme: "ws", Path: "/ws"},
	{Flag: "health", Addr: ":3001", What: "health", Scheme: "http", Path: "/health"},
}

// defaults returns the settings that nobody has changed.
func defaults() (c config) {
	c.Options = options.Defaults(services)
	c.pingEvery, c.silence, c.writeTimeout, c.keepAlive = wsPingEvery, wsSilence, wsWriteTimeout, streamKeepAlive
	c.helloTimeout = helloTimeout
	return c
}

func main() {
	reader.Main()
	os.Exit(desktop.Hold(run(os.Args[1:], os.Stdout, os.Stderr)))
}

// run is the whole program; it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if len(args) > 0 {
		typed := command.Command{Args: args[1:], Services: services, Stdout: stdout}
		switch args[0] {
		case "lab":
			return lessons.Run(ctx, args[1:], stdout, stderr, labServer)
		case "teacher":
			return exitStatus(typed.Teacher(), stderr)
		case "new-class":
			return exitStatus(typed.NewClass(ctx, openAtRest), stderr)
		}
	}
	c := defaults()
	f := c.Flags(services, cors.Check)
	err := c.Read(f, args)
	if errors.Is(err, flag.ErrHelp) || len(args) > 0 && args[0] == "help" {
		options.Help(stdout, f, args)
		return 0
	}
	if err == nil && c.Version {
		fmt.Fprintf(stdout, "pollwire %s\n%s\n", version, built.Info())
		return 0
	}
	if err == nil {
		err = ballast.Around(func() error { return serve(ctx, c, stdout, stderr) })
	}
	return exitStatus(err, stderr)
}

// exitStatus is that of a program that has ended with err, and says why.
func exitStatus(err error, stderr io.Writer) int {
	if err != nil {
		fmt.Fprintln(stderr, "pollwire:", err)
		return 1
	}
	return 0
}

// serve starts a server, says so, and serves until ctx ends.
func serve(ctx context.Context, c config, stdout, stderr io.Writer) error {
	log := middleware.New(stderr, c.LogJSON, c.LogLevel)
	defer log.Flush()
	s, err := newServer(c, log)
	if err != nil {
		return err
	}
	page, join := s.ports.With("files").Addresses("http", "/")
	io.WriteString(stdout, s.banner()+qr.ForTerminal(stdout, c.QR, join))
	if c.Open && page != "" {
		s.log.IfError("open the page", desktop.Open(page))
	}
	return s.run(ctx)
}

// labServer makes the server that `pollwire lab` starts where none is running: a silent one with its files in dir.
func labServer(dir string, addr map[string]string) (*lessons.Server, error) {
	c := defaults()
	c.Limits = false // lessons are quicker than people
	c.Addr, c.DB, c.Data, c.Capture = addr, filepath.Join(dir, "pollwire.db"), filepath.Join(dir, "pollwire-data"), true
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
	keyLog      *tlsport.KeyLog      // nil: off
	capture     *capture.Recorder    // nil: off
	webSockets  wsconn.Config        // how those of /ws behave
	tokens      expiring.Cache[pass] // those that were found valid: each comes with every click of its owner
	passwords   *password.Keeper
	tries       *password.Tries // that were wrong
	limits      limits
	people      *class.People
	class       *class.Class
	exercises   *graded.Exercises
	cors        *cors.Policy
	hub         *hub.Hub
	room        *presence.Room[person]
	socketIO    *socketio.Server
	tallies     *coalesce.Marks // the polls whose result has changed since it was announced
	telling     sync.Mutex      // held while news of a poll are told: a result that is older can't come behind them
	endsChanged wake.Bell       // rung when a poll may end earlier than all others
	sockets     ports.Handed    // the connections of /ws
	ports       ports.Set
	witness     *witness.Witness
	monitor     *monitor.Monitor
}

// newServer opens the ports first and then the database, so that a second server in the same folder ends before it
// touches anything. What it has opened it closes if it fails.
func newServer(c config, log *middleware.Log) (*server, error) {
	s := &server{cfg: c, log: log, endsChanged: wake.NewBell(), tallies: coalesce.New(), witness: witness.New()}
	s.passwords = password.NewKeeper(runtime.NumCPU()/2, c.hashCost)
	s.tries = password.NewTries()
	if c.Limits {
		s.limits.set()
	}
	if c.Capture {
		s.capture = capture.New(capture.Info{Application: "pollwire " + version, Interface: "pollwire",
			Description: "the server's own connections"})
	}
	err := c.teacher().Check()
	if err == nil {
		err = s.open()
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// open opens what can fail.
func (s *server) open() (err error) {
	hosts := cors.OwnHosts(tlsport.TLS12Name)
	if s.cors, err = s.newCORS(hosts); err != nil {
		return fmt.Errorf("-origins: %w", err)
	}
	if err := s.openPorts(); err != nil {
		return err
	}
	if s.store, err = openStore(s.cfg.DB, s.cfg.maxBatch); err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	if s.secret, err = loadSecret(s.cfg.Data); err != nil {
		return fmt.Errorf("-data: %w", err)
	}
	if err := s.openTLS(hosts); err != nil {
		return err
	}
	s.files, err = files.Open(filepath.Join(s.cfg.Data, "files"), files.Config{Owners: files.OwnersIn(s.store.db),
		MaxFile: maxFile, MaxOwned: s.limits.owned, Allow: s.limits.upload, Untidy: s.log.Errors("what uploads left"),
		Master: func(id int64) bool { u, _ := s.people.Now(id); return u.Teaches() }})
	if err != nil {
		return fmt.Errorf("-data: %w", err)
	}
	seq, kept, err := eventlog.Start(context.Background(), s.store.db, hub.Block)
	if err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	s.hub = hub.New(seq, loadEvents(kept), func(ctx context.Context, upTo int64) error {
		return eventlog.Reserve(ctx, s.store.db, upTo)
	})
	s.room, s.webSockets, s.socketIO = presence.New[person](s.hub), s.newWebSockets(), s.newSocketIO()
	s.room.Most, s.room.Now = s.mostSockets, s.personNow
	if s.people, err = class.NewPeople(s.peopleConfig()); err != nil {
		return err
	}
	if s.exercises, err = graded.Open(s.gradedConfig()); err != nil {
		return fmt.Errorf("-data: %w", err)
	}
	if s.class, err = class.New(context.Background(), s.classConfig()); err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	s.log.IfError("files of a class that has gone", s.class.Finish(context.Background()))
	s.monitor = s.newMonitor()
	for _, l := range s.ports {
		l.HTTP = s.newHTTP(l)
		if l.Packets != nil && !slices.Contains(l.Services, "health") {
			l.AddHTTP3(tlsport.QUIC(s.certificate, s.capture.PacketKeyLog(s.keyLog)))
		}
	}
	return nil
}

// close closes what is open: first the ports, which are closed already where the server has run, then what they used.
func (s *server) close() error {
	s.ports.Close()
	errs := []error{s.exercises.Close()}
	if s.files != nil {
		errs = append(errs, s.files.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.close())
	}
	return errors.Join(append(errs, s.keyLog.Close())...)
}

// newCORS decides which pages may read what the server answers, and which headers of it.
func (s *server) newCORS(hosts func() []string) (*cors.Policy, error) {
	return cors.New(cors.Config{
		Origins:   s.cfg.Origins,
		Hosts:     hosts,
		PagePorts: func() []string { return []string{s.portOf("files"), s.portOf("http")} }, // of / and of /docs
		Methods:   []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
		AllowHeaders: []string{"Authorization", "Content-Type", "Accept", "If-Match", "If-None-Match", "Last-Event-ID",
			"Range"},
		ExposeHeaders: []string{"ETag", "Location", "X-Client-Addr", "Retry-After"},
		MaxAge:        10 * time.Minute,
	})
}

// openTLS loads or makes the certificate and opens the key log.
func (s *server) openTLS(hosts func() []string) (err error) {
	where := "-data"
	if s.cfg.TLSCert != "" {
		where = "-tls-cert, -tls-key"
		s.certificate, err = tlsport.LoadCertificate(settings.Absolute(s.cfg.TLSCert), s.cfg.TLSKey)
	} else {
		s.certificate, err = tlsport.OwnCertificate(s.cfg.Data, hosts, s.log.Errors("renew the certificate"))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	if s.keyLog, err = tlsport.OpenKeyLog(s.cfg.KeyLog, s.log.Errors("key log")); err != nil {
		return fmt.Errorf("-keylog: %w", err)
	}
	return nil
}

// run serves until ctx ends, and stops in an order in which nothing is lost: no newcomers; sockets and streams are
// told; running requests finish; the last tallies leave; the writer commits what waits; the files are closed.
func (s *server) run(ctx context.Context) error {
	inner, stop := context.WithCancel(context.Background()) // ends after the requests that need it
	defer stop()
	var inside, serving sync.WaitGroup
	inside.Go(func() { s.hub.Run(inner) })
	inside.Go(func() { s.tallies.Run(inner, s.tallyRest, s.announceTally) })
	inside.Go(func() { s.closing().Run(inner) })
	inside.Go(func() { s.people.Run(inner, s.log.Errors("teacher key")) })
	failed := make(chan error, 2*len(s.ports))
	s.log.IfError("no UDP", s.ports.NoUDP())
	for _, l := range s.ports {
		if l.HTTP3 != nil {
			serving.Go(func() { ports.Serve(func() error { return l.HTTP3.Serve(s.capture.PacketConn(l.Packets)) }, failed) })
		} else if l.Packets != nil {
			inside.Go(func() { s.log.IfError("UDP ping", health.ServePing(inner, s.capture.PacketConn(l.Packets))) })
		}
		serving.Go(func() { ports.Serve(func() error { return l.HTTP.Serve(s.sniffed(l)) }, failed) })
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
	saved := eventlog.Save(context.Background(), s.store.db, seq, saveEvents(kept))
	s.log.IfError("save events", saved)
	return errors.Join(err, s.close())
}

// stopServing ends all connections, within stopLimit.
func (s *server) stopServing() {
	within, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	tooLong := time.AfterFunc(uploadLimit, func() { s.files.Close() }) // uploads that run for long are told
	defer tooLong.Stop()
	s.hub.Close() // sockets get 1001; streams and long polls end, or the ports would wait for them
	var ending sync.WaitGroup
	ending.Go(func() { s.ports.Shutdown(within) })
	ending.Go(func() {
		s.log.IfError("Socket.IO", s.socketIO.Shutdown(within))
		s.log.IfError("sockets", s.sockets.Shutdown(within))
		s.capture.Close() // it has seen sockets end; until it is closed a port waits for who reads it
	})
	ending.Wait()
	s.log.IfError("sockets", s.sockets.Shutdown(within)) // those whose handshake was under way
}

// ---- routes

// apiRoutes are the calls of port 8000. public: anybody may; authed: only with a token; teacher: only who teaches.
func (s *server) apiRoutes(mux *http.ServeMux) {
	mux.Handle("POST /api/auth/register", s.public(s.handleRegister))
	mux.Handle("POST /api/auth/login", s.public(s.handleLogin))
	mux.Handle("POST /api/auth/guest", s.public(s.handleGuest))
	mux.Handle("GET /api/auth/me", s.authed(s.handleMe))
	class.Routes(mux, s.guards(), s.people, s.class, class.Plan{PlanConfig: s.planConfig()})
	s.exercises.Routes(mux, s.guards())

	mux.Handle("GET /api/polls", s.public(s.handlePolls))
	mux.Handle("POST /api/polls", s.authed(s.handleNewPoll))
	mux.Handle("GET /api/polls/{poll_id}", s.public(byID("poll_id", s.handlePoll)))
	mux.Handle("PUT /api/polls/{poll_id}", s.authed(byID("poll_id", s.handlePutPoll)))
	mux.Handle("PATCH /api/polls/{poll_id}", s.authed(byID("poll_id", s.handlePatchPoll)))
	mux.Handle("DELETE /api/polls/{poll_id}", s.authed(byID("poll_id", s.handleDeletePoll)))
	mux.Handle("POST /api/polls/{poll_id}/copy", s.authed(byID("poll_id", s.handleCopyPoll)))
	mux.Handle("POST /api/polls/{poll_id}/rounds", s.teacher(byID("poll_id", s.handleRound)))
	mux.Handle("DELETE /api/polls/{poll_id}/answers", s.teacher(byID("poll_id", s.handleDropAnswers)))
	mux.Handle("POST /api/polls/{poll_id}/vote", s.authed(byID("poll_id", s.handleVote)))
	mux.Handle("DELETE /api/polls/{poll_id}/vote", s.authed(byID("poll_id", s.handleWithdraw)))

	mux.Handle("GET /api/chat/messages", s.public(s.handleMessages))
	mux.Handle("POST /api/chat/messages", s.authed(s.handleNewMessage))

	mux.Handle("GET /api/memos", s.authed(s.handleMemos))
	mux.Handle("POST /api/memos", s.authed(s.handleNewMemo))
	mux.Handle("GET /api/memos/{memo_id}", s.authed(byID("memo_id", s.handleMemo)))
	mux.Handle("PUT /api/memos/{memo_id}", s.authed(byID("memo_id", s.handlePutMemo)))
	mux.Handle("PATCH /api/memos/{memo_id}", s.authed(byID("memo_id", s.handlePatchMemo)))
	mux.Handle("DELETE /api/memos/{memo_id}", s.authed(byID("memo_id", s.handleDeleteMemo)))

	mux.Handle("GET /api/events", s.stream(s.handleEvents))

	lab.Routes(mux, s.answer)
	web.API(mux, s.portOf) // /docs, /redoc, /openapi.json
}

// wsRoutes are the calls of port 8001.
func (s *server) wsRoutes(mux *http.ServeMux) {
	mux.Handle("/ws", s.answer(s.handleSocket)) // all methods: a handshake refuses in its own words
	mux.Handle("/socket.io/", problem.OwnErrors(s.socketIO))
}

// healthRoutes are the calls of port 3001.
func (s *server) healthRoutes(mux *http.ServeMux) {
	mux.Handle("GET /health", s.answer(s.monitor.Health))
	mux.Handle("GET /metrics", s.answer(s.monitor.Count))
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

// openPorts listens on all ports. Who connects waits until run.
func (s *server) openPorts() (err error) {
	var wanted []ports.Service
	for _, v := range services {
		udp := v.Flag == "health" || s.cfg.HTTP3 && v.Flag != "ws"
		wanted = append(wanted, ports.Service{Name: v.Flag, Addr: s.cfg.Addr[v.Flag], UDP: udp})
	}
	s.ports, err = ports.Open(wanted)
	if failed := new(ports.Error); errors.As(err, &failed) {
		return advice.Port(err, failed.Name, failed.Addr, s.cfg.Lang)
	}
	return err
}

// newHTTP makes the server of one port, with the routes of all services on it.
func (s *server) newHTTP(l *ports.Listener) *http.Server {
	mux := http.NewServeMux()
	routes := map[string]func(*http.ServeMux){
		"http": s.apiRoutes, "ws": s.wsRoutes, "health": s.healthRoutes,
		"files": func(mux *http.ServeMux) { s.pageRoutes(mux, l.Hosts) },
	}
	for _, name := range l.Services {
		routes[name](mux)
	}
	if !slices.Contains(l.Services, "files") && !l.Alone("health") {
		mux.Handle("GET /{$}", web.Redirect(func() string { return s.portOf("files") }))
	}
	h := ports.NewHTTP(s.witness.Handler(s.log.Around(s.cors.Handler(middleware.NoDotSegments(mux)))))
	h.ErrorLog = s.log.ErrorLog()
	h.Protocols = tlsport.Protocols(!l.Alone("ws")) // a WebSocket begins with HTTP/1.1
	return h
}

// sniffed is the listener of l, with TLS beside plaintext but for a port that has health alone: probes need none.
func (s *server) sniffed(l *ports.Listener) net.Listener {
	inner := s.capture.Listener(s.witness.Listener(l.Listener))
	if l.Alone("health") {
		return inner
	}
	secure := tlsport.Config(s.certificate, tlsport.ALPN(l.HTTP.Protocols), s.capture.KeyLog(s.keyLog))
	return tlsport.New(inner, secure, s.cfg.helloTimeout, func(from net.Addr, err error) {
		s.log.Debug("no request", "client", from, "err", err)
	})
}

// portOf returns the number on which a service is reached, "" if it is off.
func (s *server) portOf(service string) string { return s.ports.Number(service) }

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
		return problem.Refuse(problem.Unavailable, "the server's disk can't be used at the moment").Coded("disk")
	}
	if groupcommit.IsForeignKey(err) { // between the look at the token and the write the class has gone
		return problem.Refuse(problem.Unauthorized, "the token's user is not in this database").Coded("bad_token")
	}
	if _, ok := problem.Of(err); !ok {
		s.log.Error("internal error", "err", err)
	}
	return err
}

// noSuch gives errNotFound its words.
func noSuch(what string, id int64, err error) error {
	if errors.Is(err, errNotFound) {
		return problem.Refuse(problem.NotFound, "no %s %d", what, id).Coded("no_such", "what", "id")
	}
	return err
}

// ---- the page, health, the banner

// newMonitor answers /health and /metrics.
func (s *server) newMonitor() *monitor.Monitor {
	return monitor.New(monitor.Config{
		Name:    "pollwire",
		Version: version,
		Write:   s.store.checkWritable,
		Sockets: func() int { return s.sockets.Len() + s.socketIO.Sessions() },
		Failed:  func(err error) { s.log.Warn("health", "err", err) },
		Sources: []monitor.Source{&s.sockets, s.socketIO, s.hub, s.store.db, s.log},
	})
}

// banner says what a teacher needs to know: what to type where, where the data is, and what is on.
func (s *server) banner() string {
	b := banner.Banner{Korean: s.cfg.Lang == "ko", Program: "pollwire " + version,
		Teacher: s.people.Address(s.ports.With("files").Host()), HTTP3: s.cfg.HTTP3,
		Certificate: s.certificate.String(), Fingerprint: s.certificate.Fingerprint(),
		Database: settings.Absolute(s.cfg.DB), Data: settings.Absolute(s.cfg.Data),
		Files: settings.Absolute(filepath.Join(s.cfg.Data, "files")), Elsewhere: s.cfg.Elsewhere,
		Guests: s.cfg.Guests, TokenTTL: s.cfg.TokenTTL, Origins: s.cors.String()}
	for _, v := range services {
		b.Services = append(b.Services, banner.Service{What: v.What, Flag: v.Flag,
			URLs: s.ports.With(v.Flag).URLs(v.Scheme, v.Path)})
	}
	if s.cfg.HTTP3 {
		b.NoHTTP3 = s.ports.NoHTTP3("http", "files")
	}
	if s.keyLog != nil {
		b.KeyLog = settings.Absolute(s.cfg.KeyLog)
	}
	if s.capture != nil {
		b.Capture = "http://localhost:" + s.portOf("health") + "/capture"
	}
	return b.String()
}
