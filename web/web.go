// Package web is the page: the files beside this one, built into the program and served under a policy that lets
// them load and call nothing but the program's own ports.
//
//	Content Security Policy Level 3  https://www.w3.org/TR/CSP3/
package web

import (
	"bytes"
	"embed"
	"maps"
	"net"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"pollwire/rest/output"
)

//go:embed *.html *.js *.css *.svg
var files embed.FS

// types are fixed: on Windows package mime asks the registry, where programs have been known to make .js text/plain.
var types = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

// places is /ports.json.
type places struct {
	Ports map[string]string `json:"ports"` // by service, "" where one is off
	Hosts []string          `json:"hosts"` // of the page itself, which may have been opened as localhost
}

// Routes adds each file by its name, index.html as /, exercises.html as /exercises, and /ports.json, by which the page
// finds the other services, and an address of its own that others can type. port returns the number of a service by its
// name, "" where it is off; the page may call http and ws. hosts returns the names and addresses of the page's own
// listener.
func Routes(mux *http.ServeMux, port func(service string) string, hosts func() []string) {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // it is in the program
	}
	for _, e := range entries {
		content := served(e.Name())
		url := "/" + address(e.Name())
		kind := types[path.Ext(e.Name())]
		mux.HandleFunc("GET "+url, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", policy(r.TLS != nil, r.Host, numbers(port, "http", "ws")))
			w.Header().Set("Referrer-Policy", "no-referrer")
			output.ShowBytes(w, r, kind, content)
		})
	}
	mux.HandleFunc("GET /ports.json", func(w http.ResponseWriter, r *http.Request) {
		output.Show(w, r, places{numbers(port, "files", "health", "http", "ws"), hosts()})
	})
}

// address is where a file is found, behind the first slash.
func address(name string) string {
	switch name {
	case "index.html":
		return "{$}"
	case "exercises.html":
		return "exercises"
	}
	return name
}

// served is a file as browsers get it: without empty lines and those that are nothing but a comment, an eighth of all,
// and with a tab in place of two spaces. Who reads them reads the repository, and a class of phones shares one access
// point.
func served(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is in the program
	}
	comment, has := comments[path.Ext(name)]
	if !has {
		return content
	}
	var kept []byte
	inTemplate := false // within backquotes a line of a script means what it says
	for line := range bytes.Lines(content) {
		text := bytes.TrimLeft(line, " ")
		if !inTemplate {
			if comment.Match(text) {
				continue
			}
			indent := len(line) - len(text)
			kept = append(kept, bytes.Repeat([]byte("\t"), indent/2)...)
			line = append(bytes.Repeat([]byte(" "), indent%2), text...)
		}
		kept = append(kept, line...)
		inTemplate = inTemplate != (path.Ext(name) == ".js" && bytes.Count(line, []byte("`"))%2 == 1)
	}
	return kept
}

// comments are lines that need not be sent, by the kind of file.
var comments = map[string]*regexp.Regexp{
	".js":   regexp.MustCompile(`^(//.*)?\r?\n$`),
	".css":  regexp.MustCompile(`^(/\*[^*]*\*/)?\r?\n$`),
	".html": regexp.MustCompile(`^(<!--[^-]*-->)?\r?\n$`),
}

// numbers are the ports of some services by their names.
func numbers(port func(service string) string, services ...string) map[string]string {
	list := map[string]string{}
	for _, service := range services {
		list[service] = port(service)
	}
	return list
}

// OpenAPI serves the description of all calls (OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.1).
func OpenAPI(w http.ResponseWriter, r *http.Request) {
	output.ShowBytes(w, r, "application/json", openAPI())
}

// A header must not carry what a client made up.
var validHost = regexp.MustCompile(`^[\w.\-:\[\]]+$`)

// policy lets the page call the other ports in the way in which it came: what an https page asks for over http, a
// browser refuses as mixed content.
func policy(secure bool, host string, ports map[string]string) string {
	p := "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'"
	if !validHost.MatchString(host) {
		return p
	}
	if strings.HasPrefix(host, "[") {
		host = "*" // a policy has no way to write an IPv6 address (CSP3 §2.3.1)
	}
	for _, name := range slices.Sorted(maps.Keys(ports)) {
		if ports[name] != "" {
			p += " " + scheme("http", secure) + withPort(host, ports[name]) + " " + scheme("ws", secure) +
				withPort(host, ports[name])
		}
	}
	return p
}

// scheme writes http:// or ws://, with the s of TLS.
func scheme(name string, secure bool) string {
	if secure {
		name += "s"
	}
	return name + "://"
}

// Redirect sends a browser that was pointed to another port of this machine on to the page. port is "" if there is
// none.
func Redirect(port func() string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); host == "" && ok {
			host = local.String() // HTTP/1.0 needs no Host
		}
		if port() == "" {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, scheme("http", r.TLS != nil)+withPort(host, port())+"/", http.StatusFound)
	})
}

// withPort puts another port behind the name under which a client found us.
func withPort(host, port string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return net.JoinHostPort(name, port)
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}
