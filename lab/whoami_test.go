package lab

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"reflect"
	"strings"
	"testing"
)

func TestWhoami(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		var mine, theirs net.Addr
		trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
			mine, theirs = i.Conn.LocalAddr(), i.Conn.RemoteAddr()
		}}
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET",
			c.url+"/lab/whoami?x=%3C1%3E", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "lab.example:8000"
		r.Header = http.Header{"Accept": {"a", "b"}, "X-Text": {`"<\>&`}, "User-Agent": {"test"},
			"Accept-Encoding": {"identity"}}
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		got := decode[identity](t, string(text))
		want := identity{
			Connection: Connection{Client: mine.String(), Server: theirs.String(), Protocol: c.proto,
				DisplayFilter: fmt.Sprintf("tcp.port == %d && tcp.port == %d", mine.(*net.TCPAddr).Port,
					theirs.(*net.TCPAddr).Port)},
			Method: "GET", Target: "/lab/whoami?x=%3C1%3E", Host: "lab.example:8000", Headers: r.Header.Clone(),
		}
		if c.proto == "HTTP/1.1" {
			want.Headers["Host"] = []string{"lab.example:8000"}
		}
		if c.tls {
			want.TLS = &secured{Version: "TLS 1.3", CipherSuite: tls.CipherSuiteName(resp.TLS.CipherSuite),
				KeyExchange: "X25519MLKEM768",
				ALPN:        map[string]string{"HTTP/1.1": "http/1.1", "HTTP/2.0": "h2"}[c.proto]}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("whoami = %+v\nwant %+v\nin %s", got, want, text)
		}
		if null := strings.Contains(string(text), `"tls":null`); null == c.tls {
			t.Errorf("tls is null: %v, with TLS: %v", null, c.tls)
		}
	})
}

func TestWhoamiTellsWhatTLSAgreedOn(t *testing.T) {
	srv, config := serve(t, new(running).handler(), true)
	for _, tt := range []struct {
		name    string
		version uint16
		group   tls.CurveID
		want    secured
		again   string // the key exchange of the resumed session
	}{
		{"RFC 8446 §2.2 TLS 1.3 resumes with a new key exchange", tls.VersionTLS13, tls.X25519,
			secured{Version: "TLS 1.3", KeyExchange: "x25519"}, "x25519"},
		{"the groups have the names of the registry", tls.VersionTLS13, tls.CurveP256,
			secured{Version: "TLS 1.3", KeyExchange: "secp256r1"}, "secp256r1"},
		{"RFC 5077 TLS 1.2 resumes without one", tls.VersionTLS12, tls.CurveP384,
			secured{Version: "TLS 1.2", KeyExchange: "secp384r1"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := config.Clone()
			config.ServerName = "example.com" // the certificate of httptest has this name, too
			config.MaxVersion = tt.version
			config.CurvePreferences = []tls.CurveID{tt.group}
			config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			for _, resumed := range []bool{false, true} {
				tr := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
				resp, err := (&http.Client{Transport: tr}).Get(srv.URL + "/lab/whoami")
				if err != nil {
					t.Fatal(err)
				}
				text, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				tr.CloseIdleConnections()
				want := tt.want
				want.ALPN, want.ServerName, want.Resumed = "h2", "example.com", resumed
				want.CipherSuite = tls.CipherSuiteName(resp.TLS.CipherSuite)
				if resumed {
					want.KeyExchange = tt.again
				}
				if got := decode[identity](t, string(text)).TLS; got == nil || *got != want {
					t.Errorf("tls = %+v, want %+v", got, want)
				}
			}
		})
	}
}

func TestWhoamiKeepsTheFieldsOfHTTP1(t *testing.T) {
	for _, tt := range []struct {
		name, request string
		want          http.Header
	}{
		{"names get one spelling, values stay, in order",
			"GET /lab/whoami HTTP/1.1\r\nhOST: a\r\nconnection: close\r\nx-A: 1\r\nX-a:  \t2 \r\nX-A: \r\n\r\n",
			http.Header{"Host": {"a"}, "Connection": {"close"}, "X-A": {"1", "2", ""}}},
		{"RFC 9112 §7.1 Transfer-Encoding is told",
			"GET /lab/whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
			http.Header{"Host": {"a"}, "Connection": {"close"}, "Transfer-Encoding": {"chunked"}}},
		{"RFC 9112 §3.2.2 a Host beside an absolute target is not made up",
			"GET http://b/lab/whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
			http.Header{"Connection": {"close"}}},
		{"HTTP/1.0 needs no Host", "GET /lab/whoami HTTP/1.0\r\n\r\n", http.Header{}},
		{"RFC 9110 §5.5 bytes that are not UTF-8 do no harm", "GET /lab/whoami HTTP/1.0\r\nX-A: \xff<\x80\"\\\r\n\r\n",
			http.Header{"X-A": {"\ufffd<\ufffd\"\\"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := decode[identity](t, body(raw(t, tt.request))); !reflect.DeepEqual(got.Headers, tt.want) {
				t.Errorf("headers = %q, want %q", got.Headers, tt.want)
			}
		})
	}
}

func TestAddressesAreWrittenAsEverybodyKnowsThem(t *testing.T) {
	for _, tt := range []struct{ listen, dial, host string }{
		{"[::]:0", "127.0.0.1", "127.0.0.1:"}, // comes as ::ffff:127.0.0.1
		{"[::1]:0", "::1", "[::1]:"},
	} {
		l, err := net.Listen("tcp", tt.listen)
		if err != nil {
			t.Logf("not tried, no IPv6 here: %v", err)
			continue
		}
		srv := httptest.NewUnstartedServer(new(running).handler())
		srv.Listener.Close()
		srv.Listener = l
		srv.Start()
		defer srv.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		resp, err := http.Get("http://" + net.JoinHostPort(tt.dial, port) + "/lab/whoami")
		if err != nil {
			t.Logf("not tried: %v", err)
			continue
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := decode[identity](t, string(text)); !strings.HasPrefix(got.Client, tt.host) || got.Server != tt.host+port {
			t.Errorf("by %s: client %s, server %s, want %s", tt.dial, got.Client, got.Server, tt.host)
		}
	}
}

func TestAddressesThatAreNotOfTheUsualKind(t *testing.T) {
	for remote, want := range map[string]string{
		"@":                         "", // a Unix socket
		"[::ffff:192.0.2.1]:5000":   "192.0.2.1:5000",
		"[fe80::1%eth0]:5000":       "[fe80::1%eth0]:5000",
		"[2001:DB8:0:0:0::1]:65535": "[2001:db8::1]:65535",
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/lab/whoami", nil)
		r.RemoteAddr = remote
		if err := Whoami(w, r); err != nil {
			t.Fatal(err)
		}
		if got := decode[identity](t, w.Body.String()); got.Client != want || got.Server != "" {
			t.Errorf("%s: client %q, server %q, want %q and none", remote, got.Client, got.Server, want)
		}
	}
}
