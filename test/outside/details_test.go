package outside

// Details of HTTP that hold for all calls: lists of fields, media types, HEAD, and what is there twice.

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// ask sends a request with fields that may have several lines.
func ask(r *rig.Rig, method, url, token string, fields http.Header) (*http.Response, string) {
	r.Helper()
	if strings.HasPrefix(url, "/") {
		url = r.API + url
	}
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		r.Fatal(err)
	}
	for name, lines := range fields {
		req.Header[name] = lines
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := rig.ClientFor(r, func(p *http.Protocols) { p.SetHTTP1(true) }).Do(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatalf("%s %s: %v", method, url, err)
	}
	return resp, string(text)
}

func TestMediaTypesAreComparedWithoutCharset(t *testing.T) {
	r := rig.Spawn(t, t.TempDir()).Rig
	p := r.NewPoll(r.Guest("Kim").AccessToken)
	for _, charset := range []string{"", ";charset=utf-8", `; charset="UTF-8"`, "; Charset=euc-kr; q=0.9"} {
		for url, media := range map[string]string{p.Path(): "text/csv", r.Page + "/files/": "text/html",
			"/api/events?since=0&count=1": "text/event-stream"} {
			accept := media + charset
			resp, _ := ask(r, "GET", url, "", http.Header{"Accept": {accept}})
			if got, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";"); resp.StatusCode != 200 || got != media {
				t.Errorf("GET %s, Accept: %s = %d %s, want %s", url, accept, resp.StatusCode, got, media)
			}
		}
	}
}

// RFC 9110 §5.3: lines of one name are one list, in their order.
func TestLinesOfAListAreOne(t *testing.T) {
	r := rig.Spawn(t, t.TempDir()).Rig
	kim := r.Guest("Kim").AccessToken
	p, m := r.NewPoll(kim), r.NewMemo(kim, "x", nil)
	rig.Want[any](r, 201, "PUT", r.Page+"/files/a.txt", kim, "x")
	for _, url := range []string{p.Path(), "/api/polls", "/api/chat/messages", m.Path(), "/openapi.json", r.Page + "/",
		r.Page + "/ports.json", r.Page + "/files/", r.Page + "/files/a.txt"} {
		resp, _ := ask(r, "GET", url, kim, nil)
		tag := resp.Header.Get("ETag")
		for _, lines := range [][]string{{`"other"`, tag}, {tag, `"other"`}, {`"other"`, `W/"x", ` + tag}} {
			if resp, _ := ask(r, "GET", url, kim, http.Header{"If-None-Match": lines}); resp.StatusCode != 304 {
				t.Errorf("GET %s, If-None-Match in the lines %q = %d, want 304", url, lines, resp.StatusCode)
			}
			if resp, _ := ask(r, "GET", url, kim, http.Header{"If-Match": lines}); resp.StatusCode != 200 {
				t.Errorf("GET %s, If-Match in the lines %q = %d, want 200", url, lines, resp.StatusCode)
			}
		}
	}
	resp, _ := ask(r, "GET", p.Path(), "", http.Header{"Accept": {"application/json;q=0.5", "text/csv"}})
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/csv") {
		t.Errorf("Accept in two lines gets %s", got)
	}
	for url, method := range map[string]string{r.API + "/api/chat/messages": "POST", r.Page + "/files/b.txt": "PUT"} {
		resp, text := ask(r, method, url, kim, http.Header{"Content-Type": {"application/json"},
			"Content-Encoding": {"identity", "gzip"}})
		rig.WantProblem(t, resp, text, 415, method+" "+url+" with two lines of Content-Encoding")
	}
	resp, text := ask(r, "DELETE", r.Page+"/files/a.txt", kim, http.Header{"If-Match": {`"other"`, `"another"`}})
	rig.WantProblem(t, resp, text, 412, "DELETE with two lines of If-Match")
}

func TestHEADIsGETOnAllPorts(t *testing.T) {
	r := rig.Spawn(t, t.TempDir(), "-capture").Rig
	kim := r.Guest("Kim").AccessToken
	rig.Want[any](r, 201, "PUT", r.Page+"/files/a.txt", kim, "x")
	ws := "http://" + r.WS
	for _, url := range []string{"/", "/docs", "/redoc", "/openapi.json", "/docs/ports.json", "/api/events", "/nothing",
		"/api/auth/login", "/lab/whoami", "/lab/bytes/100?chunk=10", "/lab/status/404", "/lab/cookie", "/lab/basic",
		r.Page + "/", r.Page + "/ports.json", r.Page + "/files/", r.Page + "/files/a.txt", r.Page + "/files/b.txt",
		r.Health + "/", r.Health + "/health", r.Health + "/metrics", r.Health + "/capture?seconds=1", ws + "/", ws + "/ws",
		ws + "/ws?token=x", ws + "/socket.io/", ws + "/socket.io/?EIO=4&transport=polling",
		ws + "/socket.io/?EIO=4&transport=polling&sid=x", ws + "/socket.io/?EIO=4&transport=websocket"} {
		get, body := ask(r, "GET", url, "", nil)
		head, none := ask(r, "HEAD", url, "", nil)
		if head.StatusCode != get.StatusCode || none != "" {
			t.Errorf("HEAD %s = %d %q, GET = %d", url, head.StatusCode, none, get.StatusCode)
		}
		for _, name := range []string{"Content-Type", "Location", "ETag", "Allow", "Upgrade", "Cache-Control",
			"Sec-Websocket-Version", "Vary"} {
			if got, want := head.Header.Get(name), get.Header.Get(name); got != want {
				t.Errorf("HEAD %s: %s = %q, GET has %q", url, name, got, want)
			}
		}
		if n := head.ContentLength; n >= 0 && n != int64(len(body)) && get.StatusCode < 400 &&
			!strings.Contains(url, "/metrics") && !strings.Contains(url, "/whoami") {
			t.Errorf("HEAD %s: Content-Length = %d, GET has %d bytes", url, n, len(body))
		}
	}
	h := rig.Want[struct{ Sockets int }](r, 200, "GET", r.Health+"/health", "", nil)
	if h.Sockets != 1 {
		t.Errorf("%d sessions of Socket.IO, want that of the GET alone", h.Sockets)
	}
}

// Whoever reads the first and whoever reads the last of two would see two requests.
func TestAParameterThatIsThereTwiceIsRefused(t *testing.T) {
	r := rig.Spawn(t, t.TempDir(), "-capture").Rig
	kim := r.Guest("Kim").AccessToken
	ws := "http://" + r.WS + "/ws?"
	upgrade := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
	for _, c := range []struct {
		url, names string
		fields     http.Header
	}{
		{"/api/polls?", "limit before after status", nil},
		{"/api/chat/messages?", "limit before after", nil},
		{"/api/memos?", "limit before after poll_id", nil},
		{"/api/events?", "since wait count poll_id", nil},
		{"/lab/bytes/10?", "chunk delay", nil},
		{r.Health + "/capture?", "seconds packets", nil},
		{ws, "since token", upgrade},
	} {
		for name := range strings.FieldsSeq(c.names) {
			for _, value := range []string{"1", ""} {
				url := fmt.Sprintf("%s%s=1&x=1&x=2&%s=%s", c.url, name, name, value)
				resp, text := ask(r, "GET", url, kim, c.fields)
				p := rig.WantProblem(t, resp, text, 422, "GET "+url)
				if len(p.Errors) == 0 || p.Errors[0].Field != name || p.Errors[0].Detail != "must be there only once" {
					t.Errorf("GET %s = %s, want %s named", url, text, name)
				}
			}
		}
	}
	resp, text := ask(r, "GET", "/api/events?count=1", "", http.Header{"Accept": {"text/event-stream"},
		"Last-Event-Id": {"0", "1"}})
	p := rig.WantProblem(t, resp, text, 422, "Last-Event-ID")
	if len(p.Errors) == 0 || p.Errors[0].Field != "Last-Event-ID" {
		t.Errorf("two lines of Last-Event-ID: %s", text)
	}
	for url, method := range map[string]string{r.API + "/api/chat/messages": "POST", r.API + "/api/auth/login": "POST",
		r.Page + "/files/": "POST"} {
		for _, types := range [][]string{{"application/json", "text/plain"}, {"application/json", "application/json"},
			{"application/x-www-form-urlencoded", "application/json"}, {"multipart/form-data; boundary=b", "text/plain"}} {
			req, err := http.NewRequest(method, url, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header["Content-Type"] = types
			req.Header.Set("Authorization", "Bearer "+kim)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			rig.WantProblem(t, resp, string(body), 415, fmt.Sprintf("%s %s with the content types %q", method, url, types))
		}
	}
	if resp, text := ask(r, "GET", "/api/polls?x=1&x=2", "", nil); resp.StatusCode != 200 {
		t.Errorf("what nobody reads may be there twice: %d %s", resp.StatusCode, text)
	}
	for name := range strings.FieldsSeq("username password") {
		form := "username=kim&password=secret-123&" + name + "=x"
		resp, text := r.Do("POST", "/api/auth/login", "", form, "Content-Type", "application/x-www-form-urlencoded")
		rig.WantProblem(t, resp, text, 422, "a form with two of "+name)
	}
}
