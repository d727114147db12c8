package http3

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// head is a field section, checked: the pseudo-header fields apart from the others.
type head struct {
	pseudo map[string]string
	header http.Header
	length int64 // Content-Length, -1 if none was sent
}

// checkFields makes a head of fields. Of pseudo-header fields only these are allowed.
func checkFields(fields []field, pseudo ...string) (h head, err error) {
	h = head{map[string]string{}, http.Header{}, -1}
	for _, f := range fields {
		if err := h.add(f, pseudo); err != nil {
			return h, err
		}
	}
	// §4.2.1: what came as several lines to be compressed better is one Cookie field again.
	if crumbs := h.header["Cookie"]; len(crumbs) > 1 {
		h.header["Cookie"] = []string{strings.Join(crumbs, "; ")}
	}
	return h, h.contentLength()
}

func (h *head) add(f field, pseudo []string) error {
	if !isValue(f.value) { // §10.3, RFC 9110 §5.5
		return malformed("field %q has a value that is none", f.name)
	}
	if strings.HasPrefix(f.name, ":") {
		_, twice := h.pseudo[f.name]
		switch {
		case twice || !slices.Contains(pseudo, f.name): // §4.3
			return malformed("pseudo-header field %q", f.name)
		case len(h.header) > 0:
			return malformed("pseudo-header field %q behind others", f.name)
		}
		h.pseudo[f.name] = f.value
		return nil
	}
	if !isToken(f.name) || f.name != strings.ToLower(f.name) { // §4.2
		return malformed("field name %q", f.name)
	}
	if ofConnection(f.name) || f.name == "te" && f.value != "trailers" { // §4.2
		return malformed("field %q is about connections of HTTP/1.1", f.name)
	}
	name := http.CanonicalHeaderKey(f.name)
	h.header[name] = append(h.header[name], f.value)
	return nil
}

// ofConnection tells of which fields HTTP/3 has none (§4.2).
func ofConnection(name string) bool {
	switch name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		return true
	}
	return false
}

// contentLength reads Content-Length, which may be repeated with the same value (RFC 9110 §8.6).
func (h *head) contentLength() error {
	lines := h.header["Content-Length"]
	if len(lines) == 0 {
		return nil
	}
	n, err := strconv.ParseUint(lines[0], 10, 63)
	if err != nil || slices.ContainsFunc(lines, func(l string) bool { return l != lines[0] }) {
		return malformed("Content-Length %q", lines)
	}
	h.header["Content-Length"] = lines[:1]
	h.length = int64(n)
	return nil
}

// checkRequest makes a request of a field section (§4.3.1). It has no body yet.
func checkRequest(fields []field) (*http.Request, error) {
	h, err := checkFields(fields, ":method", ":scheme", ":authority", ":path")
	if err != nil {
		return nil, err
	}
	method, authority, host := h.pseudo[":method"], h.pseudo[":authority"], h.header.Get("Host")
	hosts := h.header["Host"]
	switch {
	case !isToken(method): // RFC 9110 §9.1: a token
		return nil, malformed("method %q", method)
	case len(hosts) > 1 || len(hosts) == 1 && authority != "" && authority != host:
		return nil, malformed(":authority and Host differ")
	case authority == "" && (host == "" || method == http.MethodConnect):
		return nil, malformed("neither :authority nor Host")
	case strings.Contains(authority, "@"):
		return nil, malformed(":authority with a user in it")
	case authority == "":
		authority = host
	}
	target, err := h.target(method, authority)
	if err != nil {
		return nil, err
	}
	delete(h.header, "Host")
	r := &http.Request{Method: method, URL: target, Proto: "HTTP/3.0", ProtoMajor: 3, Header: h.header, Host: authority,
		ContentLength: h.length, RequestURI: h.pseudo[":path"], Trailer: announced(h.header)}
	if method == http.MethodConnect {
		r.RequestURI = authority
	}
	return r, nil
}

// target reads :scheme and :path (§4.3.1, and §4.4 for CONNECT).
func (h *head) target(method, authority string) (*url.URL, error) {
	scheme, path := h.pseudo[":scheme"], h.pseudo[":path"]
	if method == http.MethodConnect {
		if len(h.pseudo) != 2 {
			return nil, malformed("CONNECT has :method and :authority alone")
		}
		return &url.URL{Host: authority}, nil
	}
	if scheme == "" {
		return nil, malformed("no :scheme")
	}
	if path == "*" && method == http.MethodOptions {
		return &url.URL{Path: "*"}, nil
	}
	if !strings.HasPrefix(path, "/") {
		return nil, malformed(":path %q", path)
	}
	target, err := url.ParseRequestURI(path)
	if err != nil {
		return nil, malformed(":path %q", path)
	}
	return target, nil
}

// announced are the trailers that a message says it will have (RFC 9110 §6.6.2), as net/http wants them: without
// values until they are here.
func announced(h http.Header) (trailer http.Header) {
	for _, line := range h["Trailer"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = http.CanonicalHeaderKey(strings.TrimSpace(name)); mayTrail(name) {
				if trailer == nil {
					trailer = http.Header{}
				}
				trailer[name] = nil
			}
		}
	}
	delete(h, "Trailer")
	return trailer
}

// checkResponse reads the status and the fields of an answer (§4.3.2).
func checkResponse(fields []field) (status int, h head, err error) {
	if h, err = checkFields(fields, ":status"); err != nil {
		return 0, h, err
	}
	code := h.pseudo[":status"]
	status, err = strconv.Atoi(code)
	if err != nil || len(code) != 3 || status < 100 || status == http.StatusSwitchingProtocols { // §4.5: no 101
		return 0, h, malformed(":status %q", code)
	}
	return status, h, nil
}

// appendHeader appends header fields to a list, in the order of their names, with the names in small letters (§4.2).
// What HTTP/3 has none of is left out, and so is what is no field: net/http does the same.
func appendHeader(fields []field, h http.Header) []field {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		lower := strings.ToLower(name)
		if ofConnection(lower) || !isToken(lower) {
			continue
		}
		for _, value := range h[name] {
			if value = strings.Trim(value, " \t"); isValue(value) {
				fields = append(fields, field{lower, value})
			}
		}
	}
	return fields
}

// isToken is RFC 9110 §5.6.2.
func isToken(s string) bool {
	for _, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// isValue is RFC 9110 §5.5: no control characters but tabs, and no blanks around.
func isValue(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return s == strings.Trim(s, " \t")
}

// mayTrail tells whether a field may be among the trailers: none that is about how the message is read (RFC 9110
// §6.5.1).
func mayTrail(name string) bool {
	switch name {
	case "Content-Length", "Content-Encoding", "Content-Type", "Content-Range", "Trailer", "Host", "Te", "Authorization",
		"Set-Cookie", "Cache-Control", "Expect", "Max-Forwards", "Pragma", "Range":
		return false
	}
	return isToken(name) && !ofConnection(strings.ToLower(name))
}
