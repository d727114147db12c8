package lessons

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"pollwire/wire/ports"
)

// Stage is where lessons are played: a running server.
type Stage struct {
	Host  string            // its IP address
	Name  string            // as the user calls it
	Ports map[string]string // by service: http, ws, files, health; what is off is missing or ""
	Own   bool              // it was started for the lesson
	// KeyLog is a file to which lessons append the secrets of their TLS connections, for Wireshark; "" is DefaultKeyLog.
	KeyLog   string
	Captures string // the folder into which lessons with a network of their own write what passed there; "": nowhere
	Seed     uint64 // of such a network: what gets lost there
	// Transfers are those of the lesson rdt; nothing is the usual.
	Transfers  Transfers
	onLoopback bool  // a lesson that could have a network of its own has none
	noBox      error // why there is none, unless somebody wants it so
	spare      map[string][]string
	otherwise  []string // see netbox.Net.Otherwise
	// slower is added to each pause of a scene.
	slower time.Duration

	client, peer place // where who asks is, and where servers are that a lesson starts itself
}

// DefaultKeyLog is in the current folder, as are the files that a server makes.
const DefaultKeyLog = "pollwire-lab.keys"

// Addr is where a service listens, for net.Dial.
func (st *Stage) Addr(service string) string { return net.JoinHostPort(st.Host, st.Ports[service]) }

// HostField is what the Host field of a request to a service says.
func (st *Stage) HostField(service string) string {
	return net.JoinHostPort(st.Name, st.Ports[service])
}

// URL is that of a path of a service, with the IP address, so that it is known to which address a client connects.
func (st *Stage) URL(service, path string) string { return "http://" + st.Addr(service) + path }

// lacks returns the service that a lesson needs and the server does not offer.
func (st *Stage) lacks(l Lesson) string {
	for _, service := range l.Needs {
		if st.Ports[service] == "" {
			return service
		}
	}
	return ""
}

// lowestSpare is the first port that may be a spare one. Wireshark goes by the ports that it knows, Quake's at 27960,
// those of media control up to 30200, and would not look for DNS there; above these it knows two.
const lowestSpare = 30_201

func knownPort(port int) bool { return port == 32_000 || port == 32_512 }

// Reserve finds the spare ports of lessons. They are free now, and below those that systems give to clients (32768 and
// up on Linux, RFC 6335 §6 says 49152), or a connection of another lesson might get one first.
func (st *Stage) Reserve(all []Lesson) error {
	const tries = 100
	st.spare = map[string][]string{}
	for _, l := range all {
		for range l.Spare {
			var open []*ports.Listener
			err := errors.New("no try")
			for n := 0; n < tries && err != nil; n++ {
				port := lowestSpare + rand.IntN(32768-lowestSpare)
				if knownPort(port) {
					continue
				}
				addr := fmt.Sprintf("127.0.0.1:%d", port)
				open, err = ports.Open([]ports.Service{{Name: "port", Addr: addr, UDP: true}})
			}
			if err != nil {
				return err
			}
			defer open[0].Close() // only when all are found, so that none is found twice
			st.spare[l.Name] = append(st.spare[l.Name], fmt.Sprint(open[0].Port()))
		}
	}
	return nil
}

// CaptureFilter lets through what lessons send and get, in pcap's language.
func (st *Stage) CaptureFilter(all []Lesson) string {
	var terms []string
	add := func(term string) {
		if !slices.Contains(terms, term) { // services may share a port
			terms = append(terms, term)
		}
	}
	for _, service := range []string{"http", "ws", "files", "health"} {
		if port := st.Ports[service]; port != "" {
			add("port " + port)
		}
	}
	for _, l := range all {
		for _, port := range st.spare[l.Name] {
			add("port " + port)
		}
		if l.Capture != "" {
			add(l.Capture)
		}
	}
	return strings.Join(terms, " or ")
}

const defaultURL = "http://localhost:8000"

// errNobody: nothing at the URL is a server of this kind.
var errNobody = errors.New("no pollwire server")

// Find looks at a running server: which IP address it has, and on which ports its other services are.
func Find(ctx context.Context, raw string) (*Stage, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("-url %s: must be like %s", raw, defaultURL)
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	st := &Stage{Name: u.Hostname(), Ports: map[string]string{"http": port}}
	if st.Host, err = reach(ctx, u.Hostname(), port); err != nil {
		return nil, fmt.Errorf("-url %s: %w: %w", raw, errNobody, err)
	}
	h, err := st.get(ctx, st.URL("http", "/lab/whoami"), nil)
	if err != nil || h.Get("X-Client-Addr") == "" {
		return nil, fmt.Errorf("-url %s: %w, but something else", raw, errNobody)
	}
	st.findPorts(ctx)
	return st, nil
}

// findPorts asks as the API's own pages do. A server that does not tell is taken to have the rest where it is by
// default.
func (st *Stage) findPorts(ctx context.Context) {
	rest := map[string]string{}
	if _, err := st.get(ctx, st.URL("http", "/docs/ports.json"), &rest); err != nil {
		rest = maps.Clone(defaults)
	}
	for service, port := range rest {
		if service != "http" && port != "" {
			st.Ports[service] = port
		}
	}
}

// reach returns the IP address of host that answers on a port. IPv4 goes first: localhost is often both, and a class
// that compares captures should see the same.
func reach(ctx context.Context, host, port string) (string, error) {
	var first error
	for _, network := range []string{"tcp4", "tcp6"} {
		name := host
		if host == "localhost" { // RFC 6761 §6.3; not every system's list of hosts has both
			name = map[string]string{"tcp4": "127.0.0.1", "tcp6": "::1"}[network]
		}
		d := net.Dialer{Timeout: 3 * time.Second}
		conn, err := d.DialContext(ctx, network, net.JoinHostPort(name, port))
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		conn.Close()
		ip, _, err := net.SplitHostPort(conn.RemoteAddr().String())
		return ip, err
	}
	return "", first
}

// get asks a server of which it is not known yet whether it is one of ours.
func (st *Stage) get(ctx context.Context, url string, into any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := st.exchange(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if into != nil {
		err = json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<20)).Decode(into)
	}
	return resp.Header, err
}

// Server is one that was made and does not serve yet.
type Server struct {
	Run  func(context.Context) error // serves until the context ends
	Port func(service string) string
}

// Start makes a server with its files in dir and its services at these addresses.
type Start func(dir string, addr map[string]string) (*Server, error)

// defaults are the ports of a server that nobody told otherwise.
var defaults = map[string]string{"http": "8000", "ws": "8001", "files": "8080", "health": "3001"}

// start begins a server of our own with a temporary database, on the default ports where they are free. host is where
// it listens: loopback, so that no firewall asks, or "" where a lesson compares IPv4 and IPv6. stop ends it, waits, and
// removes its files.
func start(host string, newServer Start) (_ *Stage, stop func() error, err error) {
	addr := map[string]string{}
	for service, port := range defaults {
		addr[service] = freePort(host, port)
	}
	return serve(addr, newServer)
}

// serve starts a server with a temporary database at these addresses.
func serve(addr map[string]string, newServer Start) (_ *Stage, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "pollwire-lab-")
	if err != nil {
		return nil, nil, err
	}
	srv, err := newServer(dir, addr)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("start a server: %w", err), os.RemoveAll(dir))
	}
	ctx, cancel := context.WithCancel(context.Background()) // it outlives a lesson that was broken off
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	st := &Stage{Host: "127.0.0.1", Name: "localhost", Ports: map[string]string{}, Own: true}
	for service := range addr {
		st.Ports[service] = srv.Port(service)
	}
	return st, func() error {
		cancel()
		err := <-done
		if left := os.RemoveAll(dir); left != nil { // no fault of the lesson
			fmt.Fprintln(os.Stderr, "pollwire lab: can't tidy up:", left)
		}
		return err
	}, nil
}

// freePort is host:port, or host:0, with which the system picks another, where somebody has the port already.
func freePort(host, port string) string {
	open, err := ports.Open([]ports.Service{{Name: "port", Addr: net.JoinHostPort(host, port), UDP: true}})
	if err != nil {
		return net.JoinHostPort(host, "0")
	}
	open[0].Close()
	if open[0].NoPackets != nil {
		return net.JoinHostPort(host, "0")
	}
	return net.JoinHostPort(host, port)
}
