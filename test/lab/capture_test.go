// Package lab plays what a class does: it looks at the traffic with Wireshark's own eyes (tshark), and plays the
// lessons.
package lab

// What a class sees in Wireshark: each protocol found by a display filter, in one capture, decrypted with the key log
// that the server wrote.

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"pollwire/lab/lessons"
	"pollwire/test/rig"
)

// services are the four by the names of their flags.
var services = []string{"http", "ws", "files", "health"}

func TestMain(m *testing.M) { rig.Main(m, nil) }

// needs skips a test where a tool is missing. Where POLLWIRE_E2E says that all of them must be there, that is a
// failure.
func needs(t testing.TB, tool, why string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		lacks(t, fmt.Sprintf("%s is not installed; %s", tool, why))
	}
}

func lacks(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("POLLWIRE_E2E") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// sniffer is a running tshark.
type sniffer struct {
	testing.TB
	rig  *rig.Rig
	cmd  *exec.Cmd
	seen chan string // a line for each datagram
	file string
	keys string
}

// startSniffer captures the traffic of r's ports on loopback.
func startSniffer(t testing.TB, r *rig.Rig, keys string) *sniffer {
	t.Helper()
	needs(t, "tshark", "it captures and takes apart")
	loopback := ""
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			loopback = i.Name
		}
	}
	s := &sniffer{TB: t, rig: r, seen: make(chan string, 1000), file: filepath.Join(t.TempDir(), "capture.pcapng"),
		keys: keys}
	var ports []string
	for _, service := range services {
		ports = append(ports, "port "+r.Port(service))
	}
	s.cmd = exec.Command("tshark", "-i", loopback, "-f", strings.Join(ports, " or "), "-w", s.file, "-P", "-l", "-T",
		"fields", "-e", "udp.payload")
	var problems bytes.Buffer
	s.cmd.Stderr = &problems
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() != "" {
				s.seen <- lines.Text()
			}
		}
		close(s.seen)
	})
	t.Cleanup(func() { s.cmd.Process.Kill(); reading.Wait(); s.cmd.Wait() })
	if !s.mark("begin") {
		lacks(t, "tshark may not capture here: "+problems.String())
	}
	return s
}

// mark sends pings until the capture shows one: everything before it is captured.
func (s *sniffer) mark(text string) bool {
	s.Helper()
	conn, err := net.Dial("udp", net.JoinHostPort("127.0.0.1", s.rig.Port("health")))
	if err != nil {
		s.Fatal(err)
	}
	defer conn.Close()
	want := fmt.Sprintf("%x", "ping "+text)
	for range 100 {
		fmt.Fprintf(conn, "ping %s", text)
		for tick := time.After(200 * time.Millisecond); ; {
			select {
			case line, running := <-s.seen:
				if line == want {
					return true
				}
				if running {
					continue
				}
				return false
			case <-tick:
			}
			break
		}
	}
	return false
}

// stop ends the capture.
func (s *sniffer) stop() {
	s.Helper()
	if !s.mark("the end") {
		s.Fatal("tshark has ended")
	}
	s.cmd.Process.Signal(os.Interrupt)
	for range s.seen { // until it has written everything
	}
}

// counts returns how many packets each display filter finds. With try_heuristic_first Wireshark looks at what a packet
// holds before it looks at its port; HTTP/2 without TLS has to be named, by the port of the client.
func (s *sniffer) counts(decrypted bool, h2c string, filters ...string) []int {
	s.Helper()
	options := append([]string{"-d", "tcp.port==" + h2c + ",http2"}, heuristicsFirst...)
	if decrypted {
		options = append(options, "-o", "tls.keylog_file:"+s.keys)
	}
	var wanted []lessons.Event
	for _, f := range filters {
		wanted = append(wanted, lessons.Event{Filter: f})
	}
	return countFrames(s.TB, s.file, wanted, options...)
}

// seen is what a display filter must find.
type seen struct {
	what, filter string
	most         int // packets; 0: no matter how many
}

func TestACaptureShowsEveryProtocol(t *testing.T) {
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	r := rig.Spawn(t, dir, append(rig.Everywhere, "-keylog", keys)...)
	s := startSniffer(t, r.Rig, keys)
	filters, clearH2 := everyProtocol(r.Rig)
	s.stop()
	var list []string
	for _, f := range filters {
		list = append(list, f.filter)
	}
	for i, n := range s.counts(true, clearH2, list...) {
		if f := filters[i]; n == 0 || f.most > 0 && n > f.most {
			t.Errorf("%s: %d packets by %s, want at least 1 and at most %d (0: any)", f.what, n, f.filter, f.most)
		}
	}
	// Without the keys the certificate is seen where TLS 1.2 was asked for, once, and nothing that was encrypted.
	hidden := s.counts(false, clearH2, "tls.handshake.certificate", "(http || http2 || websocket) && tls")
	if hidden[0] != 1 {
		t.Errorf("%d certificates in the clear, want that of tls12.localhost alone", hidden[0])
	}
	if hidden[1] != 0 {
		t.Errorf("%d encrypted packets are readable without the keys", hidden[1])
	}
}

// everyProtocol speaks each protocol with the server. It returns what finds them in a capture, and the client's port of
// a connection with HTTP/2 in the clear.
func everyProtocol(r *rig.Rig) (filters []seen, clearH2 string) {
	r.Helper()
	t := r.TB
	kim := r.Guest("Kim")
	r.NewPoll(kim.AccessToken) // something for the stream of events
	bearer := "Bearer " + kim.AccessToken

	// ask makes one request on a connection of its own and returns the client's port and the answer.
	ask := func(way int, method, host, service, path string, body io.Reader, header ...string) (string, *http.Response) {
		t.Helper()
		w := rig.Ways[way]
		client := rig.ClientFor(t, w.Protocols)
		client.Transport.(*http.Transport).DisableKeepAlives = w.Proto == "HTTP/1.1"
		req, err := http.NewRequest(method, w.Scheme+"://"+net.JoinHostPort(host, r.Port(service))+path, body)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		client.CloseIdleConnections()
		if resp.StatusCode >= 400 {
			t.Fatalf("%s %s = %d", method, path, resp.StatusCode)
		}
		_, port, _ := net.SplitHostPort(resp.Header.Get("X-Client-Addr"))
		return port, resp
	}
	const h11, h2c, h11s, h2s = 0, 1, 2, 3
	filters = []seen{
		{"UDP", fmt.Sprintf(`udp.port == %s && frame contains "pong"`, r.Port("health")), 0},
		{"SSE", `http.content_type contains "text/event-stream"`, 1},
		{"WebSocket in the clear", `websocket && !tls`, 0},
		{"WebSocket in TLS", `websocket && tls`, 0},
		{"a masked frame of a client", `websocket.mask == 1 && data-text-lines contains "user:join"`, 0},
		{"the handshake of a WebSocket", `http.response.code == 101`, 2},
		{"304", `http.response.code == 304`, 1},
		{"206", `http.response.code == 206`, 1},
		{"early hints", `http.response.code == 103`, 1},
		{"an upload by PUT", `http.request.method == "PUT" && http.request.uri == "/files/notes.txt"`, 1},
		{"an upload by a form", `mime_multipart && http.request.method == "POST"`, 1},
		{"a token in the clear", fmt.Sprintf(`http.authorization == "%s" && !tls`, bearer), 0},
		{"HTTP/2 in the clear", `http2.headers.path == "/api/polls" && !tls`, 1},
		{"HTTP/2 over IPv6", `http2.headers.path == "/api/polls" && ipv6 && !tls`, 1},
		{"HTTP/2 in TLS", `http2.headers.path == "/api/polls" && tls`, 1},
		{"what ALPN chose", `tls.handshake.type == 2 || tls.handshake.extensions_alpn_str == "h2"`, 0},
	}
	byPort := func(what, filter, port string) {
		filters = append(filters, seen{what, filter + " && tcp.port == " + port, 0})
	}

	port, _ := ask(h11, "GET", "127.0.0.1", "http", "/api/polls", nil)
	byPort("HTTP/1.1 in the clear", `http.request && !tls`, port)
	port, _ = ask(h11s, "GET", "::1", "files", "/", nil)
	byPort("HTTP/1.1 in TLS over IPv6", `http.request && tls && ipv6`, port)
	clearH2, _ = ask(h2c, "GET", "::1", "http", "/api/polls", nil)
	ask(h2s, "GET", "127.0.0.1", "http", "/api/polls", nil)
	ask(h11, "GET", "127.0.0.1", "http", "/api/events?since=0&count=1", nil, "Accept", "text/event-stream")
	ask(h11, "PUT", "127.0.0.1", "files", "/files/notes.txt", strings.NewReader("hello, wire"), "Authorization", bearer)
	_, resp := ask(h11, "GET", "127.0.0.1", "files", "/files/notes.txt", nil, "Range", "bytes=7-10")
	ask(h11, "GET", "127.0.0.1", "files", "/files/notes.txt", nil, "If-None-Match", resp.Header.Get("ETag"))
	ask(h11, "GET", "127.0.0.1", "http", "/lab/early", nil)
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile("file", "picture.png")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(part, "not really")
	parts.Close()
	ask(h11, "POST", "127.0.0.1", "files", "/files/", &form, "Authorization", bearer, "Content-Type",
		parts.FormDataContentType())
	for _, scheme := range []string{"ws", "wss"} {
		conn := rig.DialSocket(t, scheme, net.JoinHostPort("127.0.0.1", r.Port("ws")), "/ws")
		websocket.Message.Send(conn, `{"event":"user:join","data":{"nickname":"Lee"},"id":1}`)
		var answer string
		websocket.Message.Receive(conn, &answer)
		conn.Close()
	}
	conn, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", r.Port("http")),
		&tls.Config{ServerName: "tls12.localhost", InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	return filters, clearH2
}
