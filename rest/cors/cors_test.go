package cors

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func ownHosts() []string {
	return []string{"localhost", "127.0.0.1", "::1", "Lab-PC7", "lab-pc7.local", "192.168.0.7", "fe80::1%eth0",
		"2001:db8::7"}
}

func pages() []string { return []string{"8080", "8000"} }

func policy(t testing.TB, cfg Config) *Policy {
	t.Helper()
	cfg.Hosts = ownHosts
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAllowed(t *testing.T) {
	byDefault := Config{PagePorts: pages}
	listed := Config{PagePorts: pages, Origins: []string{"https://Example.org", " http://192.0.2.1:5173",
		"http://[2001:DB8::1]:80", "moz-extension://1234-abcd"}}
	none := Config{PagePorts: pages, Origins: []string{}}
	noPage := Config{Origins: []string{}}
	page80 := Config{Origins: []string{}, PagePorts: func() []string { return []string{"80"} }}
	for _, tt := range []struct {
		name   string
		cfg    Config
		origin string
		want   bool
	}{
		{"by default localhost without a port", byDefault, "http://localhost", true},
		{"by default localhost with any port", byDefault, "https://localhost:5173", true},
		{"by default the loopback address", byDefault, "http://127.0.0.1:1", true},
		{"by default the IPv6 loopback address", byDefault, "http://[::1]:65535", true},
		{"by default the IPv6 loopback address at length", byDefault, "http://[0:0:0:0:0:0:0:1]", true},
		{"by default an own name", byDefault, "http://lab-pc7:8080", true},
		{"by default an own name in capitals", byDefault, "HTTP://LAB-PC7.LOCAL:8080", true},
		{"by default an own address", byDefault, "http://192.168.0.7:3000", true},
		{"by default an own address that has a zone", byDefault, "http://[fe80::1]:3000", true},
		{"by default no other host", byDefault, "http://example.org", false},
		{"by default no other address of the network", byDefault, "http://192.168.0.8:8080", false},
		{"by default no host that begins alike", byDefault, "http://localhost.example.org", false},
		{"by default no host that ends alike", byDefault, "http://evil-localhost", false},
		{"by default no other scheme", byDefault, "ftp://localhost", false},

		{"listed", listed, "https://example.org", true},
		{"listed, its port written out", listed, "https://example.org:443", true},
		{"listed, with its port", listed, "http://192.0.2.1:5173", true},
		{"listed, the default port left out", listed, "http://[2001:db8::1]", true},
		{"listed, of another scheme", listed, "moz-extension://1234-abcd", true},
		{"the scheme differs from the listed one", listed, "http://example.org", false},
		{"the port differs from the listed one", listed, "https://example.org:8443", false},
		{"a subdomain of a listed one", listed, "https://www.example.org", false},
		{"a list replaces the default", listed, "http://localhost:5173", false},
		{"the page counts beside a list", listed, "http://localhost:8080", true},
		{"the page over TLS counts beside a list", listed, "https://192.168.0.7:8080", true},
		{"the page counts beside an empty list", none, "http://lab-pc7:8080", true},
		{"the page's port on a strange host", none, "http://example.org:8080", false},
		{"the API's own pages count beside an empty list", none, "https://lab-pc7:8000", true},
		{"an empty list allows no other port", none, "http://localhost:8001", false},
		{"an empty list without a page allows nothing", noPage, "http://localhost:8080", false},
		{"the page on port 80 has no port in its origin", page80, "http://localhost", true},
		{"port 443 is not port 80", page80, "https://localhost", false},
		{"TLS on port 80 has a port in its origin", page80, "https://localhost:80", true},

		{"RFC 6454 §6.2 null", byDefault, "null", false},
		{"RFC 6454 §6.2 an origin ends without a slash", byDefault, "http://localhost/", false},
		{"RFC 6454 §7.1 a list of two origins", byDefault, "http://localhost http://localhost", false},
		{"the empty origin", byDefault, "", false},
		{"a path", byDefault, "http://localhost:8080/page", false},
		{"a query", byDefault, "http://localhost?", false},
		{"a fragment", byDefault, "http://localhost#", false},
		{"a user", byDefault, "http://a@localhost", false},
		{"a user and a password", byDefault, "http://localhost:80@localhost", false},
		{"a space before", byDefault, " http://localhost", false},
		{"a line break behind", byDefault, "http://localhost\n", false},
		{"no host", byDefault, "http://", false},
		{"a port without a host", byDefault, "http://:8080", false},
		{"no port behind the colon", byDefault, "http://localhost:", false},
		{"port 0", byDefault, "http://localhost:0", false},
		{"a port with a leading zero", byDefault, "http://localhost:080", false},
		{"a port beyond 65535", byDefault, "http://localhost:65536", false},
		{"a negative port", byDefault, "http://localhost:-80", false},
		{"a port with a sign", byDefault, "http://localhost:+80", false},
		{"two ports", byDefault, "http://localhost:80:80", false},
		{"IPv6 without brackets", byDefault, "http://::1", false},
		{"IPv6 with half a bracket", byDefault, "http://[::1", false},
		{"IPv6 with half a bracket and a port", byDefault, "http://[::1:80", false},
		{"IPv6 with something behind the bracket", byDefault, "http://[::1]x:80", false},
		{"IPv6 with a zone", byDefault, "http://[fe80::1%eth0]", false},
		{"IPv4 in brackets", byDefault, "http://[127.0.0.1]", false},
		{"one slash", byDefault, "http:/localhost", false},
		{"no scheme", byDefault, "//localhost", false},
		{"a name not in ASCII", byDefault, "http://한국", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := policy(t, tt.cfg).Allowed(tt.origin); got != tt.want {
				t.Errorf("Allowed(%q) = %v, want %v", tt.origin, got, tt.want)
			}
		})
	}
}

func TestConfiguredOriginsAreChecked(t *testing.T) {
	for _, s := range []string{"*", "", "null", "example.org", "http://example.org/", "http://example.org/page",
		"http://*.example.org",
		"http://a b", "http://example.org:port", "file://", "http://user@example.org", "http://한국"} {
		if _, err := New(Config{Origins: []string{"http://localhost", s}}); err == nil ||
			!strings.Contains(err.Error(), `"`+s+`"`) {
			t.Errorf("New with origin %q: error %v, want one that names it", s, err)
		}
	}
}

// api answers everything with "next" and headers of its own.
var api = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	w.Header().Set("ETag", `"1"`)
	io.WriteString(w, "next")
})

func TestHandler(t *testing.T) {
	srv := httptest.NewServer(policy(t, Config{PagePorts: pages, Methods: []string{"GET", "PUT", "DELETE"},
		MaxAge:       10 * time.Minute,
		AllowHeaders: []string{"Authorization", "Content-Type"}, ExposeHeaders: []string{"ETag", "Location"}}).Handler(api))
	defer srv.Close()
	const localhost = "http://localhost:8080"
	plain := map[string]string{"Vary": "Origin|Accept"}
	shared := map[string]string{"Vary": "Origin|Accept", "Access-Control-Allow-Origin": localhost,
		"Access-Control-Expose-Headers": "ETag, Location",
		"Timing-Allow-Origin":           localhost}
	refused := map[string]string{"Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
	granted := maps.Clone(refused)
	granted["Access-Control-Allow-Origin"] = localhost
	granted["Access-Control-Allow-Methods"] = "GET, PUT, DELETE"
	granted["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
	granted["Access-Control-Max-Age"] = "600"
	for _, tt := range []struct {
		name, method, asks string // asks is Access-Control-Request-Method
		origins            []string
		status             int
		want               map[string]string
	}{
		{"no Origin", "GET", "", nil, 200, plain},
		{"an allowed Origin is echoed", "GET", "", []string{localhost}, 200, shared},
		{"another Origin is answered but can't be read", "GET", "", []string{"http://example.org"}, 200, plain},
		{"null", "GET", "", []string{"null"}, 200, plain},
		{"two Origin lines", "GET", "", []string{localhost, localhost}, 200, plain},
		{"a preflight", "OPTIONS", "PUT", []string{localhost}, 204, granted},
		{"a preflight for a method that is not listed", "OPTIONS", "PATCH", []string{localhost}, 204, granted},
		{"a preflight from elsewhere", "OPTIONS", "PUT", []string{"http://example.org"}, 204, refused},
		{"a preflight from null", "OPTIONS", "PUT", []string{"null"}, 204, refused},
		{"a preflight with two Origin lines", "OPTIONS", "PUT", []string{localhost, "http://example.org"}, 204, refused},
		{"OPTIONS without Origin is no preflight", "OPTIONS", "PUT", nil, 200, plain},
		{"OPTIONS that asks for no method is no preflight", "OPTIONS", "", []string{localhost}, 200, shared},
		{"GET is no preflight whatever it asks", "GET", "PUT", []string{localhost}, 200, shared},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, _ := http.NewRequest(tt.method, srv.URL, nil)
			req.Header["Origin"] = tt.origins
			if tt.asks != "" {
				req.Header.Set("Access-Control-Request-Method", tt.asks)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			got := map[string]string{}
			for name, values := range res.Header {
				if name == "Vary" || name == "Timing-Allow-Origin" || strings.HasPrefix(name, "Access-Control-") {
					got[name] = strings.Join(values, "|")
				}
			}
			if res.StatusCode != tt.status || !maps.Equal(got, tt.want) {
				t.Errorf("%s with Origin %q = %d %v, want %d %v", tt.method, tt.origins, res.StatusCode, got, tt.status, tt.want)
			}
		})
	}
	if !slices.Equal(varyOrigin, []string{"Origin"}) {
		t.Errorf("a handler wrote into the shared Vary: %q", varyOrigin)
	}
}

func TestVaryThatStoodThereStays(t *testing.T) {
	rec := httptest.NewRecorder()
	rec.Header().Set("Vary", "Cookie")
	policy(t, Config{}).Handler(api).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if got := rec.Header()["Vary"]; !slices.Equal(got, []string{"Cookie", "Origin", "Accept"}) {
		t.Errorf("Vary = %q, want Cookie, Origin, Accept", got)
	}
}

func TestARequestWithoutOriginAllocatesNothing(t *testing.T) {
	h := policy(t, Config{}).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	rec, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	n := testing.AllocsPerRun(100, func() {
		clear(rec.Header())
		h.ServeHTTP(rec, req)
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestOwnHostsHoldsThisMachine(t *testing.T) {
	got := OwnHosts()()
	for _, want := range []string{"localhost", "127.0.0.1", "::1"} {
		if !slices.Contains(got, want) {
			t.Errorf("OwnHosts = %q, without %s", got, want)
		}
	}
}

func TestOwnHostsAreLookedUpEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		h := &hosts{now: time.Now, look: func() []string { looks++; return []string{"localhost"} }}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{0, 1}, {0, 1}, {9 * time.Second, 1}, {time.Second, 2}, {time.Hour, 3}} {
			time.Sleep(step.after) // the bubble's clock: no time passes outside
			if h.list(); looks != step.want {
				t.Errorf("%d looks after another %v, want %d", looks, step.after, step.want)
			}
		}
	})
}

func FuzzAllowed(f *testing.F) {
	for _, s := range []string{"http://localhost:8080", "https://[::1]", "null", "http://a@localhost/",
		"HTTP://[fe80::1%25x]:80"} {
		f.Add(s)
	}
	p := policy(f, Config{})
	f.Fuzz(func(t *testing.T, s string) {
		if !p.Allowed(s) {
			return
		}
		// Whatever is allowed goes back in a header: it must be nothing but scheme, host and port.
		if scheme, rest, _ := strings.Cut(s, "://"); strings.ContainsAny(scheme+rest, " \r\n\t/@?#,\\") {
			t.Errorf("Allowed(%q)", s)
		}
	})
}

func BenchmarkAllowed(b *testing.B) {
	p := policy(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		if !p.Allowed("http://192.168.0.7:8080") {
			b.Fatal("not allowed")
		}
	}
}

func TestAPolicyInWords(t *testing.T) {
	for want, origins := range map[string][]string{
		"this machine's own names and addresses": nil,
		"the page":                               {},
		"the page, http://[::1]:8080, https://example.org:443": {"https://example.org", "http://[::1]:8080"},
	} {
		p, err := New(Config{Origins: origins})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.String(); got != want {
			t.Errorf("%v in words is %q, want %q", origins, got, want)
		}
	}
}
