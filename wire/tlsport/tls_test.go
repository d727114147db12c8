package tlsport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// shake does one handshake with client settings, over a real connection, and returns both ends' state, an error of
// either side, and all bytes that the server sent.
func shake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, []byte, error) {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := New(tcp.(*net.TCPListener), server, patience, nil)
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "x") // in TLS 1.3 tickets come before it
	}()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	seen := &tap{Conn: raw}
	client = client.Clone()
	client.InsecureSkipVerify = true
	c := tls.Client(seen, client)
	_, err = io.ReadFull(c, make([]byte, 1))
	return c.ConnectionState(), seen.all.Bytes(), err
}

// tap notes what is read.
type tap struct {
	net.Conn
	all bytes.Buffer
}

func (c *tap) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.all.Write(b[:n])
	return n, err
}

func TestVersionsAndALPN(t *testing.T) {
	server := Config(own(t), []string{"h2", "http/1.1"}, nil)
	for _, tt := range []struct {
		name    string
		client  *tls.Config
		version uint16
		alpn    string
		alert   string
	}{
		{"the newest", &tls.Config{ServerName: "localhost"}, tls.VersionTLS13, "", ""},
		{"1.2 if the client has no more", &tls.Config{MaxVersion: tls.VersionTLS12}, tls.VersionTLS12, "", ""},
		{"1.2 for the name that asks for it", &tls.Config{ServerName: "TLS12.localhost"}, tls.VersionTLS12, "", ""},
		{"1.3 for a name that looks like it", &tls.Config{ServerName: "tls12.localhost.example"}, tls.VersionTLS13, "", ""},
		{"RFC 8996: no 1.1", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, 0, "",
			"protocol version"},
		{"RFC 8446 §4.1.3: no downgrade where 1.3 is a must",
			&tls.Config{ServerName: TLS12Name, MinVersion: tls.VersionTLS13}, 0, "", "protocol version"},
		{"RFC 7301: the server's favourite", &tls.Config{NextProtos: []string{"http/1.1", "h2"}}, tls.VersionTLS13, "h2", ""},
		{"RFC 7301: what both have", &tls.Config{NextProtos: []string{"spdy/3", "http/1.1"}}, tls.VersionTLS13, "http/1.1",
			""},
		{"RFC 7301 §3.2: nothing in common", &tls.Config{NextProtos: []string{"spdy/3"}}, 0, "", "no application protocol"},
		{"no CBC", &tls.Config{MaxVersion: tls.VersionTLS12,
			CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}, 0, "", "handshake failure"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			state, _, err := shake(t, server, tt.client)
			if tt.alert != "" {
				if err == nil || !strings.Contains(err.Error(), tt.alert) {
					t.Errorf("err = %v, want %s", err, tt.alert)
				}
				return
			}
			if err != nil || state.Version != tt.version || state.NegotiatedProtocol != tt.alpn {
				t.Errorf("%s %q, %v; want %s %q", tls.VersionName(state.Version), state.NegotiatedProtocol, err,
					tls.VersionName(tt.version), tt.alpn)
			}
		})
	}
}

// What the name tls12.localhost is for.
func TestTheCertificateIsInTheClearIn12Only(t *testing.T) {
	cert := own(t)
	server := Config(cert, nil, nil)
	for name, clear := range map[string]bool{TLS12Name: true, "localhost": false} {
		_, bytesSeen, err := shake(t, server, &tls.Config{ServerName: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(bytesSeen, cert.Leaf().Raw); got != clear {
			t.Errorf("%s: certificate in the clear = %v, want %v", name, got, clear)
		}
	}
}

func TestResumption(t *testing.T) {
	server := Config(own(t), []string{"http/1.1"}, nil)
	for _, name := range []string{"localhost", TLS12Name} {
		client := &tls.Config{ServerName: name, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		for _, again := range []bool{false, true} {
			state, _, err := shake(t, server, client)
			if err != nil || state.DidResume != again {
				t.Errorf("%s: resumed = %v, %v, want %v", name, state.DidResume, err, again)
			}
		}
	}
}

func TestKeyLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte("# of another program\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // opened again after a restart
		log, err := OpenKeyLog(path, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		server := Config(own(t), nil, log)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for _, name := range []string{"localhost", TLS12Name} {
					if _, _, err := shake(t, server, &tls.Config{ServerName: name}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// RFC 9850 §2: a label, the client's random, the secret.
	counts := map[string]int{}
	line := regexp.MustCompile(`^([A-Z0-9_]+) [0-9a-f]{64} [0-9a-f]{64,96}$`)
	for _, l := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Errorf("line %q", l)
			continue
		}
		counts[m[1]]++
	}
	for _, label := range []string{"CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
		"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"} {
		if counts[label] != 8 {
			t.Errorf("%s: %d lines, want 8", label, counts[label])
		}
	}
}

func TestKeyLogIsPrivateAndNoReasonToFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	var failures []error
	log, err := OpenKeyLog(path, func(err error) { failures = append(failures, err) })
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %o, want 600", mode)
	}
	log.Close() // from here on nothing can be written
	for range 2 {
		if n, err := log.Write([]byte("line\n")); n != 5 || err != nil {
			t.Errorf("Write = %d, %v, want 5, nil", n, err)
		}
	}
	if len(failures) != 1 || !errors.Is(failures[0], os.ErrClosed) {
		t.Errorf("failures = %v, want one", failures)
	}
	if _, err := OpenKeyLog(filepath.Join(t.TempDir(), "no", "keys"), nil); err == nil {
		t.Error("a folder that is not there went well")
	}
}
