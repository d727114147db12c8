// Package http3 lets somebody else's client, that of quic-go, speak HTTP/3 with the program. It is a module of its own:
// the program needs none of it, and its tests can be run without a network.
//
//	cd test/http3 && go test ./...
package http3

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
)

const patience = 60 * time.Second

// program is the program, started on free ports.
type program struct {
	*testing.T
	cmd       *exec.Cmd
	api, page string // HOST:PORT
}

// start builds it and starts it in a folder of its own.
func start(t *testing.T) *program {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "pollwire.exe")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	free := "127.0.0.1:0"
	p := &program{T: t, cmd: exec.Command(binary, "-http3", "-limits=false", "-http", free, "-ws", free, "-files", free,
		"-health", free)}
	p.cmd.Dir = dir
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Signal(os.Interrupt); p.cmd.Wait() })
	banner := ""
	for lines := bufio.NewScanner(out); !strings.Contains(banner, "Ctrl-C") && lines.Scan(); {
		banner += lines.Text() + "\n"
	}
	at := func(service string) string {
		found := regexp.MustCompile(`(?m)^  ` + service + ` +http://(\S+?)/`).FindStringSubmatch(banner)
		if found == nil {
			t.Fatalf("no %s in\n%s", service, banner)
		}
		return found[1]
	}
	p.api, p.page = at("API"), at("page")
	return p
}

// client is quic-go's.
func client(t *testing.T) *http.Client {
	transport := &http3.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(func() { transport.Close() })
	return &http.Client{Transport: transport, Timeout: patience}
}

// do sends a request and returns the whole answer.
func do(t *testing.T, c *http.Client, method, url, token string, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if r.Header.Set("Content-Type", "application/json"); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v after %d bytes", method, url, err, len(text))
	}
	return resp, text
}

// guest returns a token.
func (p *program) guest(c *http.Client) string {
	_, text := do(p.T, c, "POST", "https://"+p.api+"/api/auth/guest", "", strings.NewReader(`{"nickname": "Kim"}`))
	var session struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &session); err != nil || session.Token == "" {
		p.Fatalf("%v: %s", err, text)
	}
	return session.Token
}

func TestSomebodyElsesClient(t *testing.T) {
	p := start(t)
	c := client(t)
	base := "https://" + p.api
	t.Run("GET", func(t *testing.T) {
		resp, text := do(t, c, "GET", base+"/lab/whoami", "", nil)
		if resp.StatusCode != 200 || resp.Proto != "HTTP/3.0" || !bytes.Contains(text, []byte(`"alpn":"h3"`)) {
			t.Errorf("%s %s %s", resp.Status, resp.Proto, text)
		}
	})
	t.Run("HEAD", func(t *testing.T) {
		resp, text := do(t, c, "HEAD", base+"/lab/bytes/100000", "", nil)
		if resp.StatusCode != 200 || resp.ContentLength != 100_000 || len(text) != 0 {
			t.Errorf("%s, length %d, %d bytes", resp.Status, resp.ContentLength, len(text))
		}
	})
	t.Run("an answer in pieces", func(t *testing.T) {
		if _, text := do(t, c, "GET", base+"/lab/bytes/10000?chunk=7", "", nil); len(text) != 10_000 {
			t.Errorf("%d bytes", len(text))
		}
	})
	t.Run("early hints and trailers", func(t *testing.T) {
		if resp, _ := do(t, c, "GET", base+"/lab/early", "", nil); resp.StatusCode != 200 || len(resp.Trailer) == 0 {
			t.Errorf("%s, trailers %v", resp.Status, resp.Trailer)
		}
	})
	t.Run("3 MB both ways", func(t *testing.T) { p.bothWays(t, c, p.page) })
	t.Run("1000 requests over 50 goroutines", func(t *testing.T) {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				for range 20 {
					do(t, c, "GET", base+"/api/polls", "", nil)
				}
			})
		}
		all.Wait()
	})
	t.Run("cancelled streams", func(t *testing.T) {
		for range 300 { // three times as many as there may be at a time
			ctx, cancel := context.WithCancel(t.Context())
			r, _ := http.NewRequestWithContext(ctx, "GET", base+"/lab/bytes/1000?chunk=10&delay=200ms", nil)
			resp, err := c.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			if rest, err := io.ReadAll(resp.Body); err == nil {
				t.Errorf("the rest came all the same: %d bytes", len(rest))
			}
			resp.Body.Close()
		}
		do(t, c, "GET", base+"/api/polls", "", nil)
	})
	t.Run("with 5 % loss", func(t *testing.T) { p.bothWays(t, client(t), lossy(t, p.page)) })
}

// bothWays puts a file into the shared folder and gets it back.
func (p *program) bothWays(t *testing.T, c *http.Client, page string) {
	sent := make([]byte, 3<<20)
	rand.Read(sent)
	url := fmt.Sprintf("https://%s/files/%d.bin", page, time.Now().UnixNano())
	resp, text := do(t, c, "PUT", url, p.guest(client(t)), bytes.NewReader(sent))
	if resp.StatusCode != 201 {
		t.Fatalf("PUT: %s %s", resp.Status, text)
	}
	if _, got := do(t, c, "GET", url, "", nil); !bytes.Equal(got, sent) {
		t.Errorf("%d bytes come back, which differ", len(got))
	}
}

// lossy is the address of a relay to another one, that loses 5 % of all datagrams, in both directions. Its dice fall
// the same each time.
func lossy(t *testing.T, to string) string {
	t.Helper()
	outer, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	inner, err := net.Dial("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // guards dice and client
	dice := mrand.New(mrand.NewPCG(1, 2))
	var peer net.Addr
	lost := func() bool { mu.Lock(); defer mu.Unlock(); return dice.IntN(100) < 5 }
	var running sync.WaitGroup
	running.Go(func() {
		for b := make([]byte, 2000); ; {
			n, from, err := outer.ReadFrom(b)
			if err != nil {
				return
			}
			mu.Lock()
			peer = from
			mu.Unlock()
			if !lost() {
				inner.Write(b[:n])
			}
		}
	})
	running.Go(func() {
		for b := make([]byte, 2000); ; {
			n, err := inner.Read(b)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			mu.Lock()
			to := peer
			mu.Unlock()
			if err == nil && to != nil && !lost() {
				outer.WriteTo(b[:n], to)
			}
		}
	})
	t.Cleanup(func() { outer.Close(); inner.Close(); running.Wait() })
	return outer.LocalAddr().String()
}
