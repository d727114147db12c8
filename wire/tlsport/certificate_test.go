package tlsport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// open is OwnCertificate for names, as if it were this moment.
func open(t *testing.T, dir string, at time.Time, names ...string) *Certificate {
	t.Helper()
	c := &Certificate{SelfSigned: true, certFile: filepath.Join(dir, "tls-cert.pem"),
		keyFile: filepath.Join(dir, "tls-key.pem"),
		names:   func() []string { return names }, now: func() time.Time { return at },
		failed: func(err error) { t.Error(err) }}
	if err := c.load(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOwnCertificate(t *testing.T) {
	dir, at := t.TempDir(), time.Now()
	names := []string{"localhost", "PC7.school.example", "pc7", "127.0.0.1", "::1", "::1", "fe80::1%eth0", "192.0.2.7",
		"선생님", "a b", ""}
	leaf := open(t, dir, at, names...).Leaf()
	if got, want := strings.Join(leaf.DNSNames, " "), "localhost pc7.school.example pc7"; got != want {
		t.Errorf("DNS names %q, want %q", got, want)
	}
	if len(leaf.IPAddresses) != 4 {
		t.Errorf("addresses %v, want 127.0.0.1, ::1, fe80::1 and 192.0.2.7", leaf.IPAddresses)
	}
	for _, name := range []string{"localhost", "pc7.school.example", "127.0.0.1", "[::1]", "192.0.2.7"} {
		pool := x509.NewCertPool()
		pool.AddCert(leaf)
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: pool}); err != nil {
			t.Errorf("for somebody who trusts it, as %s: %v", name, err)
		}
	}
	if key, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
		t.Errorf("key %T, want ECDSA P-256", leaf.PublicKey)
	}
	if d := leaf.NotAfter.Sub(leaf.NotBefore); d != validFor || leaf.IsCA || leaf.SerialNumber.Sign() <= 0 {
		t.Errorf("valid for %v, CA %v, serial %v", d, leaf.IsCA, leaf.SerialNumber)
	}
	if again := open(t, dir, at, names...).Leaf(); !again.Equal(leaf) {
		t.Error("the second start made another one")
	}
	for _, file := range []string{"tls-cert.pem", "tls-key.pem"} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %o, want 600", file, mode)
		}
	}
}

func TestWhenItIsMadeAnew(t *testing.T) {
	at := time.Now()
	for _, tt := range []struct {
		name  string
		later time.Duration
		names []string
		anew  bool
	}{
		{"not in the first months", 300 * 24 * time.Hour, []string{"localhost", "192.0.2.7"}, false},
		{"in the last month", 336 * 24 * time.Hour, []string{"localhost", "192.0.2.7"}, true},
		{"before its beginning", -2 * time.Hour, []string{"localhost", "192.0.2.7"}, true},
		{"after its end", 500 * 24 * time.Hour, []string{"localhost", "192.0.2.7"}, true},
		{"with a new IPv4 address", 0, []string{"localhost", "192.0.2.8"}, true},
		{"with a new name", 0, []string{"localhost", "pc7"}, true},
		{"not with a new IPv6 address alone", 0, []string{"localhost", "192.0.2.7", "2001:db8::9"}, false},
		{"not when an address has gone", 0, []string{"localhost"}, false},
		{"not for a name that it can't hold", 0, []string{"localhost", "선생님"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			first := open(t, dir, at, "localhost", "192.0.2.7").Leaf()
			second := open(t, dir, at.Add(tt.later), tt.names...).Leaf()
			if anew := !second.Equal(first); anew != tt.anew {
				t.Fatalf("anew = %v, want %v", anew, tt.anew)
			}
			if !second.PublicKey.(*ecdsa.PublicKey).Equal(first.PublicKey) {
				t.Error("the key changed")
			}
			if err := second.VerifyHostname("192.0.2.7"); err != nil {
				t.Errorf("the address of before is lost: %v", err)
			}
		})
	}
}

func TestItIsRenewedWhileTheServerRuns(t *testing.T) {
	dir, at := t.TempDir(), time.Now()
	c := open(t, dir, at, "localhost")
	first := c.Leaf()
	var mu sync.Mutex
	later := at
	c.now = func() time.Time { mu.Lock(); defer mu.Unlock(); return later }
	get := func(days int) *x509.Certificate {
		mu.Lock()
		later = at.Add(time.Duration(days) * 24 * time.Hour)
		mu.Unlock()
		cert, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return cert.Leaf
	}
	if !get(300).Equal(first) {
		t.Error("renewed too early")
	}
	second := get(340)
	if second.Equal(first) || !second.NotAfter.After(first.NotAfter) {
		t.Error("not renewed")
	}
	if !open(t, dir, later, "localhost").Leaf().Equal(second) {
		t.Error("the new one was not kept")
	}

	// A disk that can't be written: the old one goes on, and it is not tried in every handshake.
	failures := 0
	c.failed = func(error) { failures++ }
	c.certFile = filepath.Join(c.keyFile, "tls-cert.pem")
	for range 3 {
		if !get(340 + 340).Equal(second) {
			t.Error("a certificate that was not kept is shown")
		}
	}
	if failures != 1 {
		t.Errorf("%d failures told, want 1", failures)
	}
}

func TestWhatLiesInTheFolder(t *testing.T) {
	at := time.Now()
	t.Run("a certificate of another key is replaced", func(t *testing.T) {
		dir, other := t.TempDir(), t.TempDir()
		first, foreign := open(t, dir, at, "localhost").Leaf(), open(t, other, at, "localhost")
		if err := os.Rename(foreign.certFile, filepath.Join(dir, "tls-cert.pem")); err != nil {
			t.Fatal(err)
		}
		if got := open(t, dir, at, "localhost").Leaf(); !got.PublicKey.(*ecdsa.PublicKey).Equal(first.PublicKey) {
			t.Error("shown with a key that is not its own")
		}
	})
	t.Run("half a certificate is replaced", func(t *testing.T) {
		dir := t.TempDir()
		c := open(t, dir, at, "localhost")
		if err := os.Truncate(c.certFile, 100); err != nil {
			t.Fatal(err)
		}
		open(t, dir, at, "localhost")
	})
	t.Run("a broken key is an error that says what to do", func(t *testing.T) {
		for _, text := range []string{"", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "tls-key.pem"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := OwnCertificate(dir, func() []string { return nil }, nil)
			if err == nil || !strings.Contains(err.Error(), "delete it") || strings.Contains(err.Error(), "\n") {
				t.Errorf("err = %v", err)
			}
		}
	})
	t.Run("a file in place of the folder", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OwnCertificate(file, func() []string { return nil }, nil); err == nil {
			t.Error("went well")
		}
	})
}

func TestLoadCertificate(t *testing.T) {
	made := open(t, t.TempDir(), time.Now(), "localhost")
	c, err := LoadCertificate(made.certFile, made.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.get(nil); err != nil || !got.Leaf.Equal(made.Leaf()) || c.SelfSigned {
		t.Errorf("get = %v, %v", got.Leaf.Subject, err)
	}
	if f := c.Fingerprint(); len(f) != 32*3-1 || f != made.Fingerprint() {
		t.Errorf("fingerprint %s", f)
	}
	if _, err := LoadCertificate(made.keyFile, made.certFile); err == nil {
		t.Error("the two files in the wrong order went well")
	}
}
