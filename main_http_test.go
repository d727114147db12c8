package main

// The conventions of all four ports: the form of errors, CORS, X-Client-Addr, HEAD, ETag, limits, pages.

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

func TestErrorsHaveOneFormOnAllPorts(t *testing.T) {
	r := start(t)
	ws := "http://" + r.WS
	for _, c := range []struct {
		method, url string
		status      int
		allow       string
	}{
		{"GET", r.API + "/nothing", 404, ""},
		{"GET", r.API + "/api", 404, ""},
		{"GET", r.API + "/api/polls/", 404, ""},
		{"GET", r.API + "/%ff%fe", 404, ""},
		{"GET", ws + "/nothing", 404, ""},
		{"GET", r.Page + "/nothing.js", 404, ""},
		{"GET", r.Page + "/web.go", 404, ""},
		{"GET", r.Page + "/api/polls", 404, ""},
		{"GET", r.Health + "/", 404, ""},
		{"OPTIONS", r.Health + "/nothing", 404, ""},
		{"HEAD", r.API + "/nothing", 404, ""},
		{"POST", r.API + "/", 405, "GET, HEAD"},
		{"PUT", r.API + "/api/polls", 405, "GET, HEAD, POST"},
		{"POST", r.API + "/api/polls/1", 405, "DELETE, GET, HEAD, PATCH, PUT"},
		{"GET", r.API + "/api/polls/1/vote", 405, "DELETE, POST"},
		{"HEAD", r.API + "/api/auth/login", 405, "POST"},
		{"BREW", r.API + "/api/auth/me", 405, "GET, HEAD, PATCH"},
		{"TRACE", r.API + "/api/chat/messages", 405, "GET, HEAD, POST"},
		{"DELETE", r.Page + "/", 405, "GET, HEAD"},
		{"POST", r.Health + "/health", 405, "GET, HEAD"},
		{"PUT", r.Health + "/metrics", 405, "GET, HEAD"},
		{"POST", ws + "/ws", 405, "GET"},
		{"GET", ws + "/ws", 426, ""},
	} {
		resp, text := r.Do(c.method, c.url, "", nil)
		rig.WantProblem(t, resp, text, c.status, c.method+" "+c.url)
		if got := resp.Header.Get("Allow"); got != c.allow {
			t.Errorf("%s %s: Allow = %q, want %q", c.method, c.url, got, c.allow)
		}
	}
}

func TestAnIDThatIsNoPositiveIntegerIsA404(t *testing.T) {
	r := start(t)
	token := r.Guest("Kim").AccessToken
	for _, id := range []string{"0", "-1", "+1", "01", "1.0", "1e0", "abc", "%31x", "9223372036854775808", "99", "%20",
		"%2F", "¹", "１"} {
		for _, c := range []struct{ method, url string }{
			{"GET", "/api/polls/"}, {"PUT", "/api/polls/"}, {"PATCH", "/api/polls/"}, {"DELETE", "/api/polls/"},
			{"GET", "/api/memos/"}, {"PUT", "/api/memos/"}, {"PATCH", "/api/memos/"}, {"DELETE", "/api/memos/"},
		} {
			var body any
			if c.method == "PUT" || c.method == "PATCH" {
				body = rig.Object{"content": "x"}
				if c.url == "/api/polls/" {
					body = rig.Object{"title": "x", "options": []string{"a", "b"}}
				}
			}
			r.Refused(404, c.method, c.url+id, token, body)
		}
		r.Refused(404, "POST", "/api/polls/"+id+"/vote", token, rig.Object{"option_id": 1})
		r.Refused(404, "DELETE", "/api/polls/"+id+"/vote", token, nil)
	}
}

func TestCallsThatNeedATokenSaySo(t *testing.T) {
	r := start(t)
	for _, call := range []string{"GET /api/auth/me", "POST /api/polls", "PUT /api/polls/1", "PATCH /api/polls/1",
		"DELETE /api/polls/1",
		"POST /api/polls/1/vote", "DELETE /api/polls/1/vote", "POST /api/chat/messages", "GET /api/memos", "POST /api/memos",
		"GET /api/memos/1", "PUT /api/memos/1", "PATCH /api/memos/1", "DELETE /api/memos/1"} {
		method, path, _ := strings.Cut(call, " ")
		r.Refused(401, method, path, "", nil)
	}
}

func TestWhatIsWrongWithABody(t *testing.T) {
	r := start(t)
	token := r.Guest("Kim").AccessToken
	deep := strings.Repeat("[", 30000)
	for _, c := range []struct {
		name, body string
		status     int
		header     []string
	}{
		{"no body", "", 400, nil},
		{"white space alone", " \r\n\t ", 400, nil},
		{"not JSON", `title=Which`, 400, nil},
		{"cut off", `{"title":"x"`, 400, nil},
		{"a list", `[]`, 400, nil},
		{"null", `null`, 400, nil},
		{"a string", `"x"`, 400, nil},
		{"trailing data", `{"title":"x","options":["a","b"]} {}`, 400, nil},
		{"a comma too much", `{"title":"x","options":["a","b"],}`, 400, nil},
		{"a comment", `{"title":"x","options":["a","b"]} // x`, 400, nil},
		{"single quotes", `{'title':'x'}`, 400, nil},
		{"NaN", `{"title":NaN}`, 400, nil},
		{"an unknown key", `{"title":"x","options":["a","b"],"colour":1}`, 400, nil},
		{"a key in other case", `{"Title":"x","options":["a","b"]}`, 400, nil},
		{"a key with a long s that folds to s", `{"title":"x","option\u017f":["a","b"]}`, 400, nil},
		{"a key twice", `{"title":"x","title":"x","options":["a","b"]}`, 400, nil},
		{"a number for a string", `{"title":7,"options":["a","b"]}`, 400, nil},
		{"a string for a boolean", `{"title":"x","options":["a","b"],"hidden":"true"}`, 400, nil},
		{"a string for a list", `{"title":"x","options":"a,b"}`, 400, nil},
		{"a number in a list of strings", `{"title":"x","options":["a",1]}`, 400, nil},
		{"null for a title", `{"title":null,"options":["a","b"]}`, 400, nil},
		{"null for a description", `{"title":"x","description":null,"options":["a","b"]}`, 400, nil},
		{"null for a boolean", `{"title":"x","options":["a","b"],"multiple":null}`, 400, nil},
		{"null in a list", `{"title":"x","options":["a",null]}`, 400, nil},
		{"a number for a time", `{"title":"x","options":["a","b"],"ends_at":1}`, 400, nil},
		{"is_active, which a new poll always is", `{"title":"x","options":["a","b"],"is_active":true}`, 400, nil},
		{"a byte that is not UTF-8", "{\"title\":\"\xff\",\"options\":[\"a\",\"b\"]}", 400, nil},
		{"an overlong NUL", "{\"title\":\"\xc0\x80\",\"options\":[\"a\",\"b\"]}", 400, nil},
		{"a lone high surrogate", `{"title":"\ud800","options":["a","b"]}`, 400, nil},
		{"a lone low surrogate", `{"title":"x","options":["a","\udc00b"]}`, 400, nil},
		{"surrogates in the wrong order", `{"title":"\ude00\ud83d","options":["a","b"]}`, 400, nil},
		{"a surrogate in UTF-8", "{\"title\":\"\xed\xa0\x80\",\"options\":[\"a\",\"b\"]}", 400, nil},
		{"a raw control character", "{\"title\":\"a\x01\",\"options\":[\"a\",\"b\"]}", 400, nil},
		{"a byte order mark", "\ufeff" + `{"title":"x","options":["a","b"]}`, 400, nil},
		{"very deep", `{"title":` + deep, 400, nil},
		{"no content type", `{"title":"x","options":["a","b"]}`, 415, []string{"Content-Type", ""}},
		{"a form", `title=x`, 415, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"text", `{"title":"x","options":["a","b"]}`, 415, []string{"Content-Type", "text/plain"}},
		{"JSON's cousin", `{"title":"x","options":["a","b"]}`, 415, []string{"Content-Type", "application/jsonp"}},
		{"a broken content type", `{"title":"x","options":["a","b"]}`, 415, []string{"Content-Type", "application/json; ="}},
		{"another charset", `{"title":"x","options":["a","b"]}`, 415,
			[]string{"Content-Type", "application/json; charset=euc-kr"}},
		{"compressed", `{"title":"x","options":["a","b"]}`, 415, []string{"Content-Encoding", "gzip"}},
		{"one byte over 64 KiB", sized(64<<10 + 1), 413, nil},
		{"a megabyte", sized(1 << 20), 413, nil},
		{"an escaped control character", `{"title":"a\u0001","options":["a","b"]}`, 422, nil},
		{"just 64 KiB", sized(64 << 10), 201, nil},
		{"a content type with a charset", `{"title":"x","options":["a","b"]}`, 201,
			[]string{"Content-Type", "Application/JSON; charset=UTF-8"}},
		{"a pair of surrogates", `{"title":"\ud83d\ude00","options":["a","b"]}`, 201, nil},
		{"escaped keys", `{"\u0074itle":"x","options":["a","b"]}`, 201, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, text := r.Do("POST", "/api/polls", token, c.body, c.header...)
			if c.status >= 400 {
				rig.WantProblem(t, resp, text, c.status, fmt.Sprintf("POST /api/polls %.80q %v", c.body, c.header))
			} else if resp.StatusCode != c.status {
				t.Errorf("POST /api/polls %.80q %v = %d %.200s, want %d", c.body, c.header, resp.StatusCode, text, c.status)
			}
		})
	}
}

// sized is a new poll of n bytes.
func sized(n int) string {
	s := `{"title":"x","options":["a","b"]}`
	return s + strings.Repeat(" ", n-len(s))
}

func TestABodyWithoutALengthIsLimitedToo(t *testing.T) {
	r := start(t)
	// chunked
	req, err := http.NewRequest("POST", r.API+"/api/auth/guest", io.MultiReader(strings.NewReader(sized(70<<10))))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	rig.WantProblem(t, resp, string(text), 413, "POST /api/auth/guest, chunked, 70 KiB")
}

func TestTheAnswerIsUTF8AsItCame(t *testing.T) {
	r := start(t)
	const text = "급식 <b>&\u2028 😀 é \u200d 𐍈"
	p := r.NewPoll(r.Guest("Kim").AccessToken, rig.Object{"title": "\u3000 " + text + "\u00a0"})
	if p.Title != text {
		t.Errorf("title = %q, want %q: trimmed, and nothing else", p.Title, text)
	}
	if _, body := r.Do("GET", fmt.Sprintf("/api/polls/%d", p.ID), "", nil); !strings.Contains(body, "급식 <b>& ") &&
		!strings.Contains(body, `급식 <b>&`) {
		t.Errorf("the poll = %s, want its title as UTF-8", body)
	}
}

func TestTimesAreUTCWithMilliseconds(t *testing.T) {
	r := start(t)
	p := r.NewPoll(r.Guest("Kim").AccessToken, rig.Object{"ends_at": "2126-11-23T13:05:06.7891+09:00"})
	_, body := r.Do("GET", fmt.Sprintf("/api/polls/%d", p.ID), "", nil)
	if !strings.Contains(body, `"ends_at":"2126-11-23T04:05:06.789Z"`) {
		t.Errorf("poll = %s, want ends_at 2126-11-23T04:05:06.789Z", body)
	}
	if !regexp.MustCompile(`"created_at":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`).MatchString(body) {
		t.Errorf("poll = %s, want created_at in UTC with milliseconds", body)
	}
	if age := time.Since(p.CreatedAt); age < 0 || age > rig.Patience {
		t.Errorf("created_at = %v, want now", p.CreatedAt)
	}
}

// ---- CORS

func TestCORS(t *testing.T) {
	r := start(t)
	page := r.portOf("files")
	for _, c := range []struct {
		origin  string
		allowed bool
	}{
		{"http://localhost:5173", true},
		{"https://localhost", true},
		{"http://127.0.0.1:3000", true},
		{"http://[::1]:3000", true},
		{"http://localhost:" + page, true},
		{"http://example.com", false},
		{"http://localhost.example.com", false},
		{"http://localhost@example.com", false},
		{"http://localhost:99999", false},
		{"http://localhost/", false},
		{"ftp://localhost", false},
		{"null", false},
		{"*", false},
	} {
		for _, url := range []string{r.API + "/api/polls", r.API + "/nothing", "http://" + r.WS + "/ws", r.Page + "/",
			r.Health + "/health"} {
			resp, _ := r.Do("GET", url, "", nil, "Origin", c.origin)
			got := resp.Header.Get("Access-Control-Allow-Origin")
			if want := map[bool]string{true: c.origin}[c.allowed]; got != want {
				t.Errorf("GET %s of %s: Access-Control-Allow-Origin = %q, want %q", url, c.origin, got, want)
			}
			if timing := resp.Header.Get("Timing-Allow-Origin"); timing != got {
				t.Errorf("GET %s of %s: Timing-Allow-Origin = %q, want %q", url, c.origin, timing, got)
			}
			exposed := resp.Header.Get("Access-Control-Expose-Headers")
			for _, name := range []string{"ETag", "Location", "X-Client-Addr", "Retry-After"} {
				if strings.Contains(exposed, name) != c.allowed {
					t.Errorf("GET %s of %s exposes %q; %s is due: %v", url, c.origin, exposed, name, c.allowed)
				}
			}
			if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Origin") {
				t.Errorf("GET %s: Vary = %q, want Origin in it", url, resp.Header.Values("Vary"))
			}
		}
	}
}

func TestPreflights(t *testing.T) {
	r := start(t)
	for _, c := range []struct {
		origin  string
		allowed bool
	}{{"http://localhost:5173", true}, {"http://example.com", false}, {"null", false}} {
		for _, url := range []string{"/api/polls", "/api/polls/1/vote", "/api/memos/1", r.Health + "/health", r.Page + "/"} {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
				resp, text := r.Do("OPTIONS", url, "", nil, "Origin", c.origin, "Access-Control-Request-Method", method,
					"Access-Control-Request-Headers", "authorization, content-type, if-match")
				asked := fmt.Sprintf("preflight of %s for %s %s", c.origin, method, url)
				if resp.StatusCode/100 != 2 || text != "" {
					t.Errorf("%s = %d %q, want a 2xx without a body", asked, resp.StatusCode, text)
				}
				h := resp.Header
				allowed := h.Get("Access-Control-Allow-Origin") == c.origin
				methods, headers := h.Get("Access-Control-Allow-Methods"), strings.ToLower(h.Get("Access-Control-Allow-Headers"))
				if allowed != c.allowed || strings.Contains(methods, method) != c.allowed {
					t.Errorf("%s: origin %q, methods %q; allowed should be %v", asked, h.Get("Access-Control-Allow-Origin"), methods,
						c.allowed)
				}
				for _, name := range []string{"authorization", "content-type", "if-match", "if-none-match", "last-event-id"} {
					if strings.Contains(headers, name) != c.allowed {
						t.Errorf("%s: headers %q; %s should be allowed: %v", asked, headers, name, c.allowed)
					}
				}
				if h.Get("X-Client-Addr") == "" {
					t.Errorf("%s: no X-Client-Addr", asked)
				}
			}
		}
	}
}

func TestConfiguredOriginsReplaceTheDefault(t *testing.T) {
	r := start(t, func(c *config) { c.Origins = []string{"https://polls.example.org", "http://class.example:81"} })
	for origin, allowed := range map[string]bool{
		"https://polls.example.org":               true,
		"http://class.example:81":                 true,
		"http://polls.example.org":                false,
		"https://polls.example.org:8443":          false,
		"http://localhost:5173":                   false,
		"http://localhost:" + r.portOf("files"):   true, // the page's own always counts
		"http://127.0.0.1:" + r.portOf("files"):   true,
		"http://localhost:" + r.portOf("http"):    true, // and that of /docs
		"https://127.0.0.1:" + r.portOf("http"):   true,
		"http://localhost:" + r.portOf("ws"):      false,
		"http://example.com:" + r.portOf("files"): false,
		"null": false,
	} {
		resp, _ := r.Do("GET", "/api/polls", "", nil, "Origin", origin)
		if got := resp.Header.Get("Access-Control-Allow-Origin") == origin; got != allowed {
			t.Errorf("Origin %s allowed = %v, want %v", origin, got, allowed)
		}
	}
}

func TestOPTIONSTellsTheMethods(t *testing.T) {
	r := start(t)
	for path, allow := range map[string][]string{
		"/api/polls":        {"GET", "HEAD", "OPTIONS", "POST"},
		"/api/polls/1":      {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"},
		"/api/polls/1/vote": {"DELETE", "OPTIONS", "POST"},
		"/api/auth/login":   {"OPTIONS", "POST"},
	} {
		resp, text := r.Do("OPTIONS", path, "", nil)
		got := strings.Split(resp.Header.Get("Allow"), ", ")
		slices.Sort(got)
		if resp.StatusCode != 204 || text != "" || !slices.Equal(got, allow) {
			t.Errorf("OPTIONS %s = %d %q, Allow %v, want 204, Allow %v", path, resp.StatusCode, text, got, allow)
		}
	}
}

// ---- the client's address, HEAD, HTTP/2, the way to the page

// from returns a client whose own address is noted in *local.
func from(local *string, h2c bool) *http.Client {
	tr := &http.Transport{DisableKeepAlives: true, Protocols: new(http.Protocols),
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err == nil {
				*local = c.LocalAddr().String()
			}
			return c, err
		}}
	tr.Protocols.SetHTTP1(!h2c)
	tr.Protocols.SetUnencryptedHTTP2(h2c)
	return &http.Client{Transport: tr, Timeout: rig.Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestEveryAnswerNamesTheClientsEnd(t *testing.T) {
	r := start(t, func(c *config) {
		for name := range c.Addr {
			c.Addr[name] = ":0" // IPv4 and IPv6
		}
	})
	var local string
	client := from(&local, false)
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		for _, target := range []string{r.portOf("http") + "/api/polls", r.portOf("http") + "/nothing", r.portOf("ws") +
			"/ws", r.portOf("files") + "/", r.portOf("health") + "/health"} {
			resp, err := client.Get("http://" + host + ":" + target)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := resp.Header.Get("X-Client-Addr"); got != local || !strings.HasPrefix(got, host+":") {
				t.Errorf("GET http://%s:%s: X-Client-Addr = %q, want %s", host, target, got, local)
			}
		}
	}
}

func TestHEADIsGETWithoutTheBody(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)
	for _, path := range []string{"/api/polls", fmt.Sprintf("/api/polls/%d", p.ID), "/api/chat/messages", "/api/memos",
		"/api/auth/me", "/", r.Page + "/", r.Health + "/metrics", r.Health + "/health"} {
		get, body := r.Do("GET", path, kim.AccessToken, nil)
		head, none := r.Do("HEAD", path, kim.AccessToken, nil)
		if head.StatusCode != get.StatusCode || none != "" || get.StatusCode >= 400 {
			t.Errorf("HEAD %s = %d %q, want %d without a body", path, head.StatusCode, none, get.StatusCode)
		}
		for _, name := range []string{"Content-Type", "ETag", "Location"} {
			if head.Header.Get(name) != get.Header.Get(name) {
				t.Errorf("HEAD %s: %s = %q, want %q", path, name, head.Header.Get(name), get.Header.Get(name))
			}
		}
		if n := head.Header.Get("Content-Length"); strings.HasPrefix(path, "/api") && n != strconv.Itoa(len(body)) {
			t.Errorf("HEAD %s: Content-Length = %s, want %d", path, n, len(body))
		}
	}
	r.Refused(404, "HEAD", "/api/polls/99", "", nil)
	r.Refused(401, "HEAD", "/api/memos", "", nil)
}

func TestHTTP2WithPriorKnowledge(t *testing.T) {
	r := start(t)
	var local string
	client := from(&local, true)
	for _, c := range []struct {
		url    string
		status int
	}{{r.API + "/api/polls", 200}, {r.API + "/nothing", 404}, {r.API + "/", 302}, {r.Page + "/", 200},
		{r.Health + "/health", 200}} {
		resp, err := client.Get(c.url)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.ProtoMajor != 2 || resp.StatusCode != c.status {
			t.Errorf("GET %s over h2c = HTTP/%d %d, want HTTP/2 %d", c.url, resp.ProtoMajor, resp.StatusCode, c.status)
		}
		if got := resp.Header.Get("X-Client-Addr"); got != local {
			t.Errorf("GET %s over h2c: X-Client-Addr = %q, want %s", c.url, got, local)
		}
		if c.status >= 400 {
			rig.WantProblem(t, resp, string(text), c.status, "GET "+c.url+" over h2c")
		}
	}
	client.CloseIdleConnections()
}

// A page that was opened as localhost has to tell phones another name.
func TestThePageIsToldItsPlaces(t *testing.T) {
	type places struct {
		Ports map[string]string
		Hosts []string
	}
	r := start(t, func(c *config) { c.Addr["files"], c.Addr["health"] = ":0", "" })
	got := rig.Want[places](r, 200, "GET", r.Page+"/ports.json", "", nil)
	files := r.ports.With("files")
	due := places{map[string]string{"files": r.portOf("files"), "health": "", "http": r.portOf("http"),
		"ws": r.portOf("ws")}, files.Hosts()}
	if !reflect.DeepEqual(got, due) || got.Hosts[0] != "localhost" {
		t.Errorf("GET /ports.json = %v, want %v", got, due)
	}
	r = start(t)
	if got := rig.Want[places](r, 200, "GET", r.Page+"/ports.json", "", nil).Hosts; !slices.Equal(got,
		[]string{"127.0.0.1"}) {
		t.Errorf("hosts of a page on 127.0.0.1 alone = %q", got)
	}
}

func TestTheAPIsRootSendsABrowserToThePage(t *testing.T) {
	r := start(t)
	page := r.portOf("files")
	for host, location := range map[string]string{
		"localhost:8000":     "http://localhost:" + page + "/",
		"pc7":                "http://pc7:" + page + "/",
		"[::1]:8000":         "http://[::1]:" + page + "/",
		"[::1]":              "http://[::1]:" + page + "/",
		"192.168.0.7:" + "1": "http://192.168.0.7:" + page + "/",
	} {
		resp, _ := r.Do("GET", "/", "", nil, "Host", host)
		if resp.StatusCode/100 != 3 || resp.Header.Get("Location") != location {
			t.Errorf("GET / at %s = %d %s, want a redirect to %s", host, resp.StatusCode, resp.Header.Get("Location"), location)
		}
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.API, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(rig.Patience))
	fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n") // has no Host
	if old, _ := io.ReadAll(conn); !strings.Contains(string(old), "\r\nLocation: "+r.Page+"/\r\n") {
		t.Errorf("GET / HTTP/1.0 = %q, want Location: %s/", old, r.Page)
	}
	resp, body := r.Do("GET", r.Page+"/", "", nil)
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") || !strings.Contains(strings.ToLower(body),
		"<!doctype html>") {
		t.Errorf("GET %s/ = %s %.50q, want the page", r.Page, resp.Header.Get("Content-Type"), body)
	}
}
