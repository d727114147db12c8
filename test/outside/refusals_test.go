package outside

// A refusal that the header section decides comes before the body is asked for and arrives whole, in each way of HTTP.

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

// refusal is a request of which the header section is enough to refuse it.
type refusal struct {
	name, method, url, token, contentType string
	length                                int64
	status                                int
}

// refusals are such requests: too much for each call that takes a body, and what else a header section can have.
func refusals(r *rig.Rig) (list []refusal) {
	kim := r.Guest("Kim").AccessToken
	p, m := r.NewPoll(kim), r.NewMemo(kim, "x", nil)
	const json, mid = "application/json", 70_000
	for _, call := range []string{"POST /api/auth/register", "POST /api/auth/login", "POST /api/auth/guest",
		"POST /api/polls", "PUT " + p.Path(), "PATCH " + p.Path(), "POST " + p.Path() + "/vote", "POST /api/chat/messages",
		"POST /api/memos", "PUT " + m.Path(), "PATCH " + m.Path(), "POST /lab/cookie"} {
		method, path, _ := strings.Cut(call, " ")
		list = append(list, refusal{call, method, r.API + path, kim, json, mid, 413},
			refusal{call + " as text", method, r.API + path, kim, "text/plain", 100, 415})
	}
	const large = 32<<20 + 1
	return append(list,
		refusal{"a form that is too large", "POST", r.API + "/api/auth/login", "", "application/x-www-form-urlencoded", mid,
			413},
		refusal{"no content type", "POST", r.API + "/api/polls", kim, "", 100, 415},
		refusal{"no token", "POST", r.API + "/api/polls", "", json, mid, 401},
		refusal{"a bad token", "POST", r.API + "/api/auth/guest", "x", json, mid, 401},
		refusal{"no such route", "POST", r.API + "/api/nothing", kim, json, mid, 404},
		refusal{"no such id", "PUT", r.API + "/api/polls/x", kim, json, mid, 404},
		refusal{"no such poll to replace", "PUT", r.API + "/api/polls/987654321", kim, json, 100, 404},
		refusal{"no such poll to change", "PATCH", r.API + "/api/polls/987654321", kim, json, 100, 404},
		refusal{"no such poll to vote in", "POST", r.API + "/api/polls/987654321/vote", kim, json, 100, 404},
		refusal{"somebody else's poll", "PATCH", r.API + p.Path(), r.Guest("Lee").AccessToken, json, 100, 403},
		refusal{"no such memo to replace", "PUT", r.API + "/api/memos/987654321", kim, json, 100, 404},
		refusal{"somebody else's memo", "PATCH", r.API + m.Path(), r.Guest("Lee").AccessToken, json, 100, 404},
		refusal{"no such method", "PUT", r.API + "/api/polls", kim, json, mid, 405},
		refusal{"a large file", "PUT", r.Page + "/files/a.bin", kim, "", large, 413},
		refusal{"a large form", "POST", r.Page + "/files/", kim, "multipart/form-data; boundary=x", 33 << 20, 413},
		refusal{"no form", "POST", r.Page + "/files/", kim, json, large, 415},
		refusal{"a file of nobody", "PUT", r.Page + "/files/a.bin", "", "", large, 401},
		refusal{"a file that has no name", "PUT", r.Page + "/files/con", kim, "", 1 << 20, 422},
		refusal{"no such page", "PUT", r.Page + "/nothing/a.bin", kim, "", large, 404},
		refusal{"an unknown session", "POST", "http://" + r.WS + "/socket.io/?EIO=4&transport=polling&sid=x", "",
			"text/plain", mid, 400},
		refusal{"too much for a session", "POST", "http://" + r.WS + "/socket.io/?EIO=4&transport=polling&sid=" +
			openSession(r), "", "text/plain", mid, 413},
	)
}

// openSession makes a session of Socket.IO and returns its sid.
func openSession(r *rig.Rig) string {
	_, text := r.Do("GET", "http://"+r.WS+"/socket.io/?EIO=4&transport=polling", "", nil)
	_, sid, _ := strings.Cut(text, `"sid":"`)
	sid, _, _ = strings.Cut(sid, `"`)
	return sid
}

// zeros is a body that nobody wants.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func (c refusal) request(t *testing.T, scheme string, body io.Reader, expect bool) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, strings.Replace(c.url, "http", scheme, 1), body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = c.length
	if c.contentType != "" {
		req.Header.Set("Content-Type", c.contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if expect {
		req.Header.Set("Expect", "100-continue")
	}
	return req
}

// check reads the answer, which must be whole.
func (c refusal) check(t *testing.T, what string, resp *http.Response) {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		t.Errorf("%s: %s: the body of the %d: %v", what, c.name, resp.StatusCode, err)
	} else if !strings.Contains(c.url, "/socket.io/") {
		rig.WantProblem(t, resp, string(text), c.status, what+": "+c.name)
	} else if resp.StatusCode != c.status || !strings.HasPrefix(string(text), `{"code":`) {
		t.Errorf("%s: %s = %d %s, want %d", what, c.name, resp.StatusCode, text, c.status)
	}
}

// socketsOnly tells whether a way leads to the port of sockets, which speaks HTTP/1.1 alone.
func (c refusal) socketsOnly(way rig.Way) bool {
	return way.Proto == "HTTP/2.0" && strings.Contains(c.url, "/socket.io/")
}

func TestARefusalComesBeforeTheBody(t *testing.T) {
	r := rig.Spawn(t, t.TempDir()).Rig
	all := refusals(r)
	for _, way := range rig.Ways {
		for _, expect := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, Expect %v", way.Name, expect), func(t *testing.T) {
				client := rig.ClientFor(t, way.Protocols)
				client.Transport.(*http.Transport).ExpectContinueTimeout = rig.Patience
				var asking sync.WaitGroup
				defer asking.Wait()
				for _, c := range all {
					if c.socketsOnly(way) || c.status == 413 && strings.Contains(c.url, "/socket.io/") {
						continue // the latter is refused once, see TestARefusalArrivesWhole
					}
					asking.Go(func() { c.ask(t, client, way, expect) })
				}
			})
		}
	}
}

// ask sends the header section, and no body.
func (c refusal) ask(t *testing.T, client *http.Client, way rig.Way, expect bool) {
	withheld, never := io.Pipe()
	defer never.Close()
	req := c.request(t, way.Scheme, withheld, expect)
	asked := false
	ctx, cancel := context.WithTimeout(req.Context(), rig.Patience)
	defer cancel()
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got100Continue: func() { asked = true }}))
	resp, err := client.Do(req)
	if err != nil {
		t.Errorf("%s: %v", c.name, err)
		return
	}
	c.check(t, way.Name, resp)
	if asked {
		t.Errorf("%s: a 100 asked for a body that nobody wants", c.name)
	}
}

// Whoever sends all of it before looking at the answer gets that all the same.
func TestARefusalArrivesWhole(t *testing.T) {
	r := rig.Spawn(t, t.TempDir()).Rig
	for _, way := range rig.Ways {
		t.Run(way.Name, func(t *testing.T) {
			for _, c := range refusals(r) {
				if c.socketsOnly(way) {
					continue
				}
				if way.Proto == "HTTP/1.1" {
					c.check(t, way.Name, c.sendAll(t, way.Scheme))
					continue
				}
				client := rig.ClientFor(t, way.Protocols)
				resp, err := client.Do(c.request(t, way.Scheme, io.LimitReader(zeros{}, c.length), false))
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
					continue
				}
				c.check(t, way.Name, resp)
				// A GOAWAY would end all streams of the connection: the next request must find it still there.
				again := false
				req, _ := http.NewRequest("GET", strings.Replace(r.API, "http", way.Scheme, 1)+"/api/polls", nil)
				req.URL.Host = resp.Request.URL.Host
				resp, err = client.Do(req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
					GotConn: func(i httptrace.GotConnInfo) { again = i.Reused }})))
				if err != nil || !again {
					t.Errorf("%s: a request behind it on the same connection: %v, reused %v", c.name, err, again)
				}
				if err == nil {
					resp.Body.Close()
				}
			}
		})
	}
}

// sendAll sends all of a request over HTTP/1.1 and then reads the answer.
func (c refusal) sendAll(t *testing.T, scheme string) *http.Response {
	t.Helper()
	req := c.request(t, scheme, io.LimitReader(zeros{}, c.length), false)
	conn, err := net.Dial("tcp", req.URL.Host)
	if err == nil && scheme == "https" {
		conn = tls.Client(conn, rig.Trusting.Clone())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(rig.Patience))
	if err := req.Write(conn); err != nil {
		t.Fatalf("%s: could not send it all: %v", c.name, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return resp
}

// The real curl: over HTTP/2 it forgets an answer whose stream is reset, and whatever else libcurl is in does so, too.
func TestCurlGetsARefusalWhole(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("POLLWIRE_E2E") == "required" {
			t.Fatal("curl is not installed")
		}
		t.Skip("curl is not installed")
	}
	r := rig.Spawn(t, t.TempDir()).Rig
	kim, dir := r.Guest("Kim").AccessToken, t.TempDir()
	write := func(name string, size int) string {
		return rig.WriteFile(t, dir, name, strings.Repeat("x", size))
	}
	large, mid := write("large", 32<<20+1), write("mid", 70_000)
	for i, option := range []string{"--http1.1", "--http2-prior-knowledge", "--http1.1", "--http2"} {
		way := rig.Ways[i]
		page, api := strings.Replace(r.Page, "http", way.Scheme, 1), strings.Replace(r.API, "http", way.Scheme, 1)
		for _, expect := range []string{"Expect:", "Expect: 100-continue"} {
			for name, args := range map[string][]string{
				"PUT":  {"-T", large, page + "/files/a.bin"},
				"POST": {"--data-binary", "@" + mid, "-H", "Content-Type: application/json", api + "/api/chat/messages"},
			} {
				const n = 8
				whole := 0
				for i := range n {
					head := filepath.Join(dir, "head"+strconv.Itoa(i))
					text, err := exec.Command("curl", append([]string{"-sSk", option, "-D", head, "-H", expect, "-H",
						"Authorization: Bearer " + kim, "--max-time", "20"}, args...)...).Output()
					heads, _ := os.ReadFile(head)
					if err == nil && strings.Contains(string(text), `"status":413`) && !strings.Contains(string(heads), " 100") {
						whole++
					}
				}
				if whole != n {
					t.Errorf("%s over %s, %s: %d of %d answers arrived whole, without a 100", name, way.Name, expect, whole, n)
				}
			}
		}
	}
}
