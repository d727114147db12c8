package openapi

// How the tour (tour_test.go) makes a call, and holds the answer against the document.

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// tour calls a server and holds each answer against the document.
type tour struct {
	*rig.Rig
	*twin
	transport *http.Transport
	key       string          // of the teacher
	removed   string          // the token of somebody who was removed
	seen      map[string]bool // "getPoll 200": what came
	tried     map[string]bool // calls whose limits and refusals have been tried
}

// ask is what a call needs beside its operation.
type ask struct {
	path   []any  // in place of the parameters of the path, in their order
	query  string // with its question mark
	token  string
	body   any // sent as it is if it is a string, as JSON otherwise, and not at all if nil
	header []string
	secure bool // over TLS
}

func startTour(t *testing.T) *tour {
	t.Helper()
	p := rig.Spawn(t, t.TempDir())
	tr := &tour{Rig: p.Rig, key: p.TeacherKey(), twin: openTwin(t), seen: map[string]bool{}, tried: map[string]bool{},
		transport: &http.Transport{TLSClientConfig: rig.Trusting, ExpectContinueTimeout: rig.Patience}}
	t.Cleanup(tr.transport.CloseIdleConnections)
	tr.remove(tr.Guest("Gone"))
	return tr
}

// on is the same tour on another server, which has these flags.
func (t *tour) on(flags ...string) *tour {
	t.Helper()
	other := *t
	p := rig.Spawn(t.TB, t.TempDir(), flags...)
	other.Rig, other.key = p.Rig, p.TeacherKey()
	t.Cleanup(t.transport.CloseIdleConnections)
	other.remove(other.Teacher(other.key, "Gone"))
	return &other
}

// call makes a call that must be answered with status, and returns the body. Before the first success of an operation
// everything is tried with it that the document says is refused.
func (t *tour) call(status int, id string, a ask) string {
	t.Helper()
	if status < 400 {
		t.try(id, a)
	}
	got, body := t.send(t.operation(id), a)
	if got != status {
		t.Fatalf("%s %+v = %d %.300s, want %d", id, a, got, body, status)
	}
	if status < 400 {
		t.checkFilters(t.operation(id), a.uri(t.operation(id)))
	}
	return body
}

// remove has a teacher remove somebody, whose token is one that is refused from then on.
func (t *tour) remove(who rig.Session) {
	t.Helper()
	teacher := t.Teacher(t.key, "Ms. Han").AccessToken
	rig.Want[any](t, 200, "PATCH", fmt.Sprint("/api/people/", who.User.ID), teacher, rig.Object{"removed": true})
	t.removed = who.AccessToken
}

func (t *tour) operation(id string) *operation {
	t.Helper()
	i := slices.IndexFunc(t.ops, func(op *operation) bool { return op.id == id })
	if i < 0 {
		t.Fatalf("the document has no operation %s", id)
	}
	return t.ops[i]
}

// try tries, once for each operation, what is refused. a is a call that is not.
func (t *tour) try(id string, a ask) {
	t.Helper()
	if !t.tried[id] {
		t.tried[id] = true
		t.refusals(t.operation(id), a)
		t.limits(t.operation(id), a)
	}
}

// uri is the request target.
func (a ask) uri(op *operation) string {
	uri := op.path
	for _, v := range a.path {
		before, behind, _ := strings.Cut(uri, "{")
		_, behind, _ = strings.Cut(behind, "}")
		uri = before + url.PathEscape(fmt.Sprint(v)) + behind
	}
	return uri + a.query
}

// send makes a call and checks what comes.
func (t *tour) send(op *operation, a ask) (int, string) {
	t.Helper()
	base := map[string]string{"8000": t.API, "8001": "http://" + t.WS, "8080": t.Page, "3001": t.Health}[op.port]
	if a.secure {
		base = strings.Replace(base, "http:", "https:", 1)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*rig.Patience) // a ping of Engine.IO comes after 25 s
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx,
		&httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			if code != http.StatusContinue {
				t.check(op, a, &http.Response{StatusCode: code, Header: http.Header(h)}, "")
			}
			return nil
		}})
	body, _ := a.body.(string)
	if _, asItIs := a.body.(string); a.body != nil && !asItIs {
		data, err := json.Marshal(a.body)
		if err != nil {
			t.Fatal(err)
		}
		body = string(data)
	}
	req, err := http.NewRequestWithContext(ctx, op.method, base+a.uri(op), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if a.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	for i := 0; i < len(a.header); i += 2 {
		req.Header.Set(a.header[i], a.header[i+1])
	}
	resp, err := t.transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %+.200v: %v", op.id, a, err)
	}
	defer resp.Body.Close()
	var text []byte
	if resp.StatusCode != http.StatusSwitchingProtocols {
		if text, err = io.ReadAll(resp.Body); err != nil {
			t.Fatalf("%s %+.200v: %v", op.id, a, err)
		}
	}
	if len(resp.Trailer) > 0 { // net/http takes the field out that announces them
		resp.Header.Set("Trailer", strings.Join(slices.Sorted(maps.Keys(resp.Trailer)), ", "))
	}
	t.check(op, a, resp, string(text))
	return resp.StatusCode, string(text)
}

// told are the headers that must not come without being documented.
var told = []string{"ETag", "Location", "Retry-After", "WWW-Authenticate", "Set-Cookie", "Content-Range",
	"Last-Modified", "Upgrade", "Link", "Trailer"}

// check holds an answer against the document.
func (t *tour) check(op *operation, a ask, resp *http.Response, body string) {
	t.Helper()
	fault := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s %.200s = %d %.300s: %s", op.id, fmt.Sprintf("%+v", a), resp.StatusCode, body,
			fmt.Sprintf(format, args...))
	}
	all, status := op.Object["responses"].(rig.Object), strconv.Itoa(resp.StatusCode)
	if all[status] == nil {
		status = status[:1] + "XX"
	}
	if all[status] == nil {
		fault("the document does not have this status")
		return
	}
	t.seen[op.id+" "+status] = true
	described := t.follow(all[status])
	headers, _ := described["headers"].(rig.Object)
	if _, said := headers["X-Client-Addr"]; !said && resp.StatusCode/100 != 1 {
		fault("the document says nothing of X-Client-Addr")
	}
	for name, h := range headers {
		h := t.follow(h)
		value := any(resp.Header.Get(name))
		if value == "" {
			if h["required"] == true {
				fault("no %s", name)
			}
			continue
		}
		if n, err := strconv.ParseFloat(value.(string), 64); err == nil && h["schema"].(rig.Object)["type"] == "integer" {
			value = n
		}
		for _, f := range t.faults(h["schema"], value, name) {
			fault("%s", f)
		}
	}
	for _, name := range told {
		if _, said := headers[name]; !said && resp.Header.Get(name) != "" {
			fault("the document says nothing of the header %s", name)
		}
	}
	content, _ := described["content"].(rig.Object)
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if content == nil || body == "" {
		if content == nil && body != "" {
			fault("a body, where the document has none")
		}
		return
	}
	if content[media] == nil {
		media = "*/*"
	}
	if content[media] == nil {
		fault("the document does not have the type %s", resp.Header.Get("Content-Type"))
		return
	}
	if schema, ok := content[media].(rig.Object)["schema"]; ok {
		value := any(body)
		if strings.HasSuffix(media, "json") {
			if err := json.Unmarshal([]byte(body), &value); err != nil {
				fault("%v", err)
			}
		}
		for _, f := range t.faults(schema, value, "it") {
			fault("%s", f)
		}
		if p, ok := value.(rig.Object); ok && media == "application/problem+json" && p["status"] != float64(resp.StatusCode) {
			fault("status %v in the body", p["status"])
		}
	}
}

var displayFilter = regexp.MustCompile(
	`^http\.request\.method == "([A-Z]+)" && http\.request\.uri (==|matches) "([^"]+)"(?: && tcp\.dstport == (\d+))?$`)

// checkFilters looks whether the display filter of op finds a call, and those of others don't.
func (t *tour) checkFilters(op *operation, uri string) {
	t.Helper()
	for _, other := range t.ops {
		m := displayFilter.FindStringSubmatch(other.Object["x-display-filter"].(string))
		if m == nil {
			t.Fatalf("%s: this test can't read its display filter", other.id)
		}
		same := m[3] == uri
		if m[2] == "matches" { // without regard to case, as in Wireshark
			same = regexp.MustCompile("(?i)" + m[3]).MatchString(uri)
		}
		if finds := m[1] == op.method && same && cmp.Or(m[4], op.port) == op.port; finds != (other == op) {
			t.Errorf("the display filter of %s finds %s %s: %v", other.id, op.method, uri, finds)
		}
	}
}
