// Package cors lets pages from other origins read a server's answers, but not every page of the world.
//
//	Fetch Standard  https://fetch.spec.whatwg.org/#http-cors-protocol  the headers below
//	RFC 6454        the web origin concept: what an origin is (§4) and how it is written (§6.2)
//	RFC 9110        §12.5.5 Vary
//	Resource Timing https://www.w3.org/TR/resource-timing/  Timing-Allow-Origin
//
// A page at http://localhost:8080 that calls an API on port 8000 is of another origin: scheme, host and port must all
// be the same. The browser sends the request anyway, with the page's origin in it, and hands the answer to the page
// only if the answer names that origin. What a plain form could not have sent is asked for beforehand, by a preflight:
//
//	C: OPTIONS /api/polls HTTP/1.1
//	C: Origin: http://localhost:8080
//	C: Access-Control-Request-Method: POST
//	C: Access-Control-Request-Headers: content-type
//	S: HTTP/1.1 204 No Content
//	S: Access-Control-Allow-Origin: http://localhost:8080
//	S: Access-Control-Allow-Methods: GET, HEAD, POST
//	S: Access-Control-Allow-Headers: Authorization, Content-Type
//	S: Access-Control-Max-Age: 600
//
// CORS guards the reader in front of the browser, not the server: curl sends no Origin and reads everything.
//
// Whoever may read an answer may see how it came as well: Timing-Allow-Origin hands the page its size, its times, and
// the version of HTTP (performance.getEntriesByType("resource"), nextHopProtocol). Without it a browser shows zeros.
//
// Supported: exact origins, the machine's own names and addresses by default, preflights, exposed headers, timing.
// Not supported: "*" and patterns; credentials, for a server whose tokens travel in Authorization needs no cookies,
// and without Allow-Credentials no other page can use a cookie that happens to be there.
package cors

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config says who may read and what. The zero Config allows the machine's own pages the simple requests.
type Config struct {
	// Origins, if not nil, are the allowed origins instead of the default, which is http and https on any port of
	// the own Hosts. An empty list allows none.
	Origins []string

	// PagePorts are the ports of the server's own pages. http and https on these ports of each own host are allowed
	// whatever Origins says. It is a func for ports that are known only once the server listens.
	PagePorts func() []string

	// Hosts are the machine's own names and addresses; nil is OwnHosts().
	Hosts func() []string

	Methods       []string // for preflights; GET, HEAD and POST are allowed by browsers without being listed
	AllowHeaders  []string // request headers; Authorization must be named, "*" does not cover it
	ExposeHeaders []string // answer headers that a page may read besides the few it always may
	MaxAge        time.Duration
}

// Policy decides about origins. It may be used by many goroutines.
type Policy struct {
	exact     map[origin]bool // nil: the default
	pagePorts func() []string
	hosts     func() []string
	expose    []string // each is a header's ready value, nil for none

	methods, headers, maxAge []string
}

// New checks the configured origins: a mistyped one would otherwise be found by a student in front of a blank page.
func New(cfg Config) (*Policy, error) {
	p := &Policy{pagePorts: cfg.PagePorts, hosts: cfg.Hosts,
		expose: joined(cfg.ExposeHeaders), methods: joined(cfg.Methods), headers: joined(cfg.AllowHeaders)}
	if p.hosts == nil {
		p.hosts = OwnHosts()
	}
	if cfg.MaxAge > 0 {
		p.maxAge = []string{strconv.Itoa(int(cfg.MaxAge.Seconds()))}
	}
	if cfg.Origins == nil {
		return p, nil
	}
	var err error
	p.exact, err = parseAll(cfg.Origins)
	return p, err
}

func parseAll(origins []string) (map[origin]bool, error) {
	all := make(map[origin]bool)
	for _, s := range origins {
		o, ok := parse(strings.TrimSpace(s))
		switch {
		case strings.TrimSpace(s) == "*":
			return nil, fmt.Errorf(`origin "*" is not supported: name each origin, such as http://example.org:8080`)
		case !ok:
			return nil, fmt.Errorf("%q is not an origin: one is written scheme://host or scheme://host:port, with "+
				"nothing behind", s)
		}
		all[o] = true
	}
	return all, nil
}

// Check says what is wrong with a list of origins.
func Check(origins []string) error {
	_, err := New(Config{Origins: origins})
	return err
}

// String says in words whose pages may read.
func (p *Policy) String() string {
	if p.exact == nil {
		return "this machine's own names and addresses"
	}
	list := []string{"the page"}
	for o := range p.exact {
		list = append(list, o.scheme+"://"+net.JoinHostPort(o.host, o.port))
	}
	slices.Sort(list[1:])
	return strings.Join(list, ", ")
}

func joined(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return []string{strings.Join(names, ", ")}
}

// Allowed tells whether a page of this origin, written as in an Origin header, may read.
func (p *Policy) Allowed(serialised string) bool {
	o, ok := parse(serialised)
	if !ok {
		return false // "null" too: every sandboxed frame and local file has that origin
	}
	if p.exact[o] {
		return true
	}
	if o.scheme != "http" && o.scheme != "https" {
		return false
	}
	if p.exact != nil && (p.pagePorts == nil || !slices.Contains(p.pagePorts(), o.port)) {
		return false
	}
	own := p.hosts()
	return slices.Contains(own, o.host) ||
		slices.ContainsFunc(own, func(h string) bool { return canonicalHost(h) == o.host })
}

// An origin is the triple of RFC 6454 §4, in lower case, the scheme's own port filled in.
type origin struct{ scheme, host, port string }

// parse reads an origin as RFC 6454 §6.2 has it written: no path, not even "/", no user, no white space.
func parse(s string) (origin, bool) {
	scheme, rest, ok := strings.Cut(strings.ToLower(s), "://")
	if !ok || !isScheme(scheme) {
		return origin{}, false
	}
	host, port, ok := splitPort(rest)
	if !ok {
		return origin{}, false
	}
	if host, ok = parseHost(host); !ok {
		return origin{}, false
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return origin{scheme, host, port}, true
}

// splitPort takes the port off, if there is one.
func splitPort(s string) (host, port string, ok bool) {
	// The colon before the port is the last one, unless that is inside the brackets of an IPv6 address.
	i := strings.LastIndexByte(s, ':')
	if i <= strings.IndexByte(s, ']') {
		return s, "", true
	}
	host, port = s[:i], s[i+1:]
	_, err := strconv.ParseUint(port, 10, 16)
	return host, port, err == nil && port[0] != '0'
}

// parseHost reads a name or an address, IPv6 in brackets, and writes addresses in their one way.
func parseHost(s string) (string, bool) {
	inner, bracket := strings.CutPrefix(s, "[")
	if !bracket {
		return s, isHost(s)
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
	if err != nil || !a.Is6() || a.Zone() != "" || !strings.HasSuffix(inner, "]") {
		return "", false
	}
	return a.String(), true
}

// isScheme checks RFC 3986 §3.1. Others than http exist: browser extensions have origins as well.
func isScheme(s string) bool {
	for i := range len(s) {
		letter := 'a' <= s[i] && s[i] <= 'z'
		if !letter && (i == 0 || !strings.Contains("0123456789+-.", s[i:i+1])) {
			return false
		}
	}
	return s != ""
}

// isHost accepts names and IPv4 addresses. Names of other scripts come from a browser as xn--..., never as they are.
func isHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return s != ""
}

// canonicalHost writes a name or an address the way parse does.
func canonicalHost(s string) string {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.WithZone("").String()
	}
	return strings.ToLower(s)
}

// Shared by all answers. Each is full, so that a handler's Header.Add copies it instead of writing into it.
var (
	varyOrigin    = []string{"Origin"}
	varyPreflight = []string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
)

// Handler adds the CORS headers to what next answers, and answers preflights itself.
func (p *Policy) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origins := r.Header["Origin"]
		if r.Method == http.MethodOptions && len(origins) > 0 && r.Header["Access-Control-Request-Method"] != nil {
			p.preflight(w, origins)
			return
		}
		// Always, also for requests without Origin: a cache must not give their answer to a page.
		vary(w.Header(), varyOrigin)
		if len(origins) == 1 && p.Allowed(origins[0]) {
			w.Header()["Access-Control-Allow-Origin"] = origins[:1:1]
			set(w.Header(), "Access-Control-Expose-Headers", p.expose)
			w.Header()["Timing-Allow-Origin"] = origins[:1:1] // whatever its status: errors take time, too
		}
		next.ServeHTTP(w, r)
	})
}

// preflight answers 204 to everybody; it is the missing headers that say no, and the browser that obeys.
func (p *Policy) preflight(w http.ResponseWriter, origins []string) {
	h := w.Header()
	vary(h, varyPreflight)
	if len(origins) == 1 && p.Allowed(origins[0]) {
		set(h, "Access-Control-Allow-Origin", origins[:1:1])
		set(h, "Access-Control-Allow-Methods", p.methods)
		set(h, "Access-Control-Allow-Headers", p.headers)
		set(h, "Access-Control-Max-Age", p.maxAge)
	}
	w.WriteHeader(http.StatusNoContent)
}

func vary(h http.Header, value []string) {
	if old := h["Vary"]; len(old) > 0 {
		value = append(old[:len(old):len(old)], value...)
	}
	h["Vary"] = value
}

func set(h http.Header, name string, value []string) {
	if value != nil {
		h[name] = value
	}
}
