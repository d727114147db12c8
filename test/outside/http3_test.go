package outside

// HTTP/3, switched on by -http3: the same answers over UDP on the numbers of API and page.

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
	"pollwire/wire/http3"
)

// quic connects to a port, with HTTP/3.
func quic(t *testing.T, base string) *http3.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := http3.Dial(ctx, strings.TrimPrefix(base, "http://"), rig.Trusting)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// fetch sends a request with whatever the client speaks, to the https:// of a port.
func fetch(t *testing.T, c http.RoundTripper, method, base, path, token, body string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, strings.Replace(base, "http:", "https:", 1)+path,
		strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if r.Header.Set("Content-Type", "application/json"); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, string(text)
}

func TestHTTP3IsTheSameOverUDP(t *testing.T) {
	p := rig.Spawn(t, t.TempDir(), "-http3")
	page, api := quic(t, p.Page), quic(t, p.API)
	resp, text := fetch(t, page, "GET", p.Page, "/", "", "")
	if resp.StatusCode != 200 || !strings.Contains(text, "<html") {
		t.Errorf("the page is %d %.100q", resp.StatusCode, text)
	}
	_, text = fetch(t, api, "POST", p.API, "/api/auth/guest", "", `{"nickname": "Kim"}`)
	var session struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &session); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	resp, text = fetch(t, api, "POST", p.API, "/api/polls", session.Token, `{"title": "Tea?", "options": ["yes", "no"]}`)
	if resp.StatusCode != 201 {
		t.Errorf("a poll: %d %s", resp.StatusCode, text)
	}
	if resp, text := fetch(t, api, "GET", p.API, "/nothing", "", ""); resp.StatusCode != 404 ||
		resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("nothing: %d %s", resp.StatusCode, text)
	}
	resp, text = fetch(t, api, "GET", p.API, "/lab/whoami", "", "")
	var who struct {
		Client, Server, Protocol string
		Filter                   string `json:"display_filter"`
	}
	json.Unmarshal([]byte(text), &who)
	_, client, _ := net.SplitHostPort(who.Client)
	_, server, _ := net.SplitHostPort(p.API[len("http://"):])
	if who.Protocol != "HTTP/3.0" || who.Client != resp.Header.Get("X-Client-Addr") ||
		who.Server != p.API[len("http://"):] || who.Filter != "udp.port == "+client+" && udp.port == "+server {
		t.Errorf("whoami: %s", text)
	}
	p.End(os.Interrupt)
	line := regexp.MustCompile(`path=/nothing status=404 .* proto=HTTP/3.0 tls="TLS 1.3"`)
	if !line.Match(p.Stderr.Bytes()) {
		t.Errorf("the log:\n%s", p.Stderr)
	}
}

func TestWhoIsToldOfHTTP3(t *testing.T) {
	h2 := &http.Transport{TLSClientConfig: rig.Trusting.Clone(), ForceAttemptHTTP2: true}
	on, off := rig.Spawn(t, t.TempDir(), "-http3"), rig.Spawn(t, t.TempDir())
	for _, base := range []string{on.API, on.Page} {
		_, port, _ := net.SplitHostPort(base[len("http://"):])
		resp, _ := fetch(t, h2, "GET", base, "/", "", "")
		if got, want := resp.Header.Get("Alt-Svc"), `h3=":`+port+`"; ma=600`; got != want {
			t.Errorf("Alt-Svc %q, want %q", got, want)
		}
		plain, err := http.Get(base + "/docs")
		if err != nil {
			t.Fatal(err)
		}
		plain.Body.Close()
		if got := plain.Header.Get("Alt-Svc"); got != "" {
			t.Errorf("without TLS Alt-Svc is %q", got)
		}
	}
	for _, base := range []string{"http://" + on.WS, off.API, off.Page} {
		if resp, _ := fetch(t, h2, "GET", base, "/", "", ""); resp.Header.Get("Alt-Svc") != "" {
			t.Errorf("%s tells of HTTP/3", base)
		}
		free, err := net.ListenPacket("udp", base[len("http://"):])
		if err != nil {
			t.Errorf("UDP is taken where no HTTP/3 is: %v", err)
			continue
		}
		free.Close()
	}
	if strings.Contains(off.Banner, "HTTP/3") || !strings.Contains(on.Banner, "HTTP/3") {
		t.Error("the banner says otherwise")
	}
}

func TestHTTP3StopsInOrder(t *testing.T) {
	p := rig.Spawn(t, t.TempDir(), "-http3")
	r, _ := http.NewRequestWithContext(t.Context(), "GET", strings.Replace(p.API, "http:", "https:", 1)+"/api/events", nil)
	r.Header.Set("Accept", "text/event-stream")
	c := quic(t, p.API)
	resp, err := c.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	events := bufio.NewReader(resp.Body)
	if line, err := events.ReadString('\n'); err != nil || resp.StatusCode != 200 { // what is flushed leaves
		t.Fatalf("%d %q, %v", resp.StatusCode, line, err)
	}
	began := time.Now()
	p.End(os.Interrupt)
	if _, err := io.Copy(io.Discard, events); err != nil {
		t.Errorf("the stream ends with %v, want a good end", err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("it takes %v", d)
	}
}

func TestTheCaptureHasQUICAndItsSecrets(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("POLLWIRE_E2E") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	p := rig.Spawn(t, t.TempDir(), "-http3", "-capture")
	resp, err := http.Get(p.Health + "/capture")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	fetch(t, quic(t, p.API), "GET", p.API, "/lab/whoami", "", "")
	p.End(os.Interrupt) // which ends the capture, too
	text, _ := io.ReadAll(resp.Body)
	file := rig.WriteFile(t, t.TempDir(), "quic.pcapng", string(text))
	out, err := exec.Command("tshark", "-r", file, "-Y", "http3", "-T", "fields", "-e", "quic.stream.stream_id", "-e",
		"http3.frame_type").Output()
	if err != nil || !regexp.MustCompile(`(?m)^0\t1$`).Match(out) || !regexp.MustCompile(`(?m)^0\t1,0$`).Match(out) {
		t.Errorf("%v: the streams and types of frames are\n%s\nwant HEADERS on stream 0, and HEADERS and DATA", err, out)
	}
}

func TestWhatHTTP3CannotHave(t *testing.T) {
	taken, err := net.ListenPacket("udp", rig.SpareAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.LocalAddr().String()
	p := rig.Spawn(t, t.TempDir(), "-http3", "-http", at)
	h1 := &http.Transport{TLSClientConfig: rig.Trusting}
	defer h1.CloseIdleConnections()
	resp, _ := fetch(t, h1, "GET", p.API, "/lab/whoami", "", "")
	if got := resp.Header.Get("Alt-Svc"); got != "" {
		t.Errorf("where another program has the UDP port Alt-Svc is %q", got)
	}
	if !strings.Contains(p.Banner, "another program has UDP "+at[len("127.0.0.1:"):]) {
		t.Errorf("the banner does not tell that HTTP/3 is missing at %s:\n%s", at, p.Banner)
	}
	p.End(os.Interrupt)
	if text := p.Stderr.String(); !strings.Contains(text, "udp "+at) {
		t.Errorf("stderr %q does not tell that there is no UDP", text)
	}
	fails(t, t.TempDir(), nil, "UDP answers pings already",
		append(slices.Clone(rig.Free), "-http3", "-http", ":4001", "-health", ":4001")...)
}
