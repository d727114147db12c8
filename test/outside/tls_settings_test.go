package outside

// The certificate and the key log, from the command line.

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// shown returns the certificate that a running program shows on its API port, as browsers write its SHA-256.
func shown(t *testing.T, p *rig.Process) string {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(p.API, "http://"), rig.Trusting)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}

func wantPrivate(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%s has mode %o, want 600", path, mode)
	}
}

func TestTheCertificateIsMadeOnceAndKept(t *testing.T) {
	dir := t.TempDir()
	var prints []string
	for range 2 {
		p := rig.Spawn(t, dir)
		prints = append(prints, shown(t, p))
		if !strings.Contains(p.Banner, prints[0]) || !strings.Contains(p.Banner, "self-signed") {
			t.Errorf("the banner lacks the certificate %s:\n%s", prints[0], p.Banner)
		}
		p.End(os.Interrupt)
	}
	if prints[0] != prints[1] {
		t.Error("the second start shows another certificate")
	}
	for _, name := range []string{"tls-cert.pem", "tls-key.pem"} {
		wantPrivate(t, filepath.Join(dir, "pollwire-data", name))
	}

	// The same files serve as a certificate from elsewhere.
	cert, key := filepath.Join(dir, "pollwire-data", "tls-cert.pem"), filepath.Join(dir, "pollwire-data", "tls-key.pem")
	p := rig.Spawn(t, t.TempDir(), "-tls-cert", cert, "-tls-key", key)
	if got := shown(t, p); got != prints[0] || strings.Contains(p.Banner, "self-signed") {
		t.Errorf("with -tls-cert it shows %s, want %s; banner:\n%s", got, prints[0], p.Banner)
	}
}

func TestTheKeyLog(t *testing.T) {
	line := regexp.MustCompile(`(?m)^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]{64,96}$`)
	for _, tt := range []struct {
		name string
		env  string
		args []string
		file string // "": off
	}{
		{"off without a setting", "", nil, ""},
		{"SSLKEYLOGFILE as in browsers", "browser.keys", nil, "browser.keys"},
		{"-keylog", "", []string{"-keylog", "own.keys"}, "own.keys"},
		{"-keylog before SSLKEYLOGFILE", "browser.keys", []string{"-keylog", "own.keys"}, "own.keys"},
		{"an empty -keylog switches it off", "browser.keys", []string{"-keylog="}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("SSLKEYLOGFILE", tt.env)
			p := rig.Spawn(t, dir, tt.args...)
			shown(t, p)
			p.End(os.Interrupt)
			if warned := strings.Contains(p.Banner, "WARNING"); warned != (tt.file != "") {
				t.Errorf("the banner warns: %v\n%s", warned, p.Banner)
			}
			files, err := filepath.Glob(filepath.Join(dir, "*.keys"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.file == "" {
				if len(files) > 0 {
					t.Errorf("%v was written", files)
				}
				return
			}
			path := filepath.Join(dir, tt.file)
			if len(files) != 1 || files[0] != path {
				t.Fatalf("written: %v, want %s", files, path)
			}
			wantPrivate(t, path)
			if text, err := os.ReadFile(path); err != nil || !line.Match(text) {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

func TestBadTLSSettingsAreOneLineThatNamesTheFlag(t *testing.T) {
	dir := t.TempDir()
	text := rig.WriteFile(t, dir, "text.pem", "not a certificate")
	for _, tt := range []struct {
		due  string
		args []string
	}{
		{`-tls-cert and -tls-key`, []string{"-tls-cert", text}},
		{`-tls-cert and -tls-key`, []string{"-tls-key", text}},
		{`-tls-cert, -tls-key: .*no\.pem`, []string{"-tls-cert", "no.pem", "-tls-key", "no.pem"}},
		{`-tls-cert, -tls-key: .*`, []string{"-tls-cert", text, "-tls-key", text}},
		{`-keylog: .*keys`, []string{"-keylog", filepath.Join("no", "keys")}},
		{`-keylog: .*`, []string{"-keylog", "."}},
	} {
		fails(t, t.TempDir(), nil, `^pollwire: `+tt.due, slices.Concat(rig.Free, tt.args)...)
	}
	data := filepath.Join(dir, "data")
	rig.WriteFile(t, data, "tls-key.pem", "not a key")
	fails(t, dir, nil, `^pollwire: -data: .*tls-key\.pem.*delete it`, "-http", "127.0.0.1:0", "-ws=", "-files=",
		"-health=", "-data", data)
}
