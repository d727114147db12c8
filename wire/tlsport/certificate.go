package tlsport

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pollwire/data/privatefile"
)

const (
	validFor    = 365 * 24 * time.Hour
	renewBefore = 30 * 24 * time.Hour
	retryAfter  = time.Hour // when it could not be renewed
	clockSkew   = time.Hour // a lab machine whose clock is behind must take it too
	maxNames    = 100       // in one certificate; a machine has a few
)

// Certificate is what the server shows of itself in the handshake. One that the server signed itself proves nothing to
// a stranger, and browsers say so, but the connection is encrypted in the same way.
type Certificate struct {
	SelfSigned bool

	certFile, keyFile string
	names             func() []string // of the machine, and its addresses
	now               func() time.Time
	failed            func(error) // hears why it could not be renewed

	mu   sync.Mutex // guards what follows
	cert *tls.Certificate
	next time.Time // not to be renewed before
}

// LoadCertificate reads a certificate, with those of its issuers behind it, and its key from two PEM files.
func LoadCertificate(certFile, keyFile string) (*Certificate, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	return &Certificate{cert: &cert, certFile: certFile}, nil
}

// String says in words whose certificate it is and how long it is good for.
func (c *Certificate) String() string {
	kind := "self-signed, so browsers warn at first"
	if !c.SelfSigned {
		kind = c.certFile
	}
	return kind + "; until " + c.Leaf().NotAfter.Format(time.DateOnly)
}

// OwnCertificate returns the certificate in dir (tls-cert.pem, tls-key.pem), or makes one that is good for a year, for
// names: host names and addresses. It is made anew, for the same key, when it ends within a month, also while the
// server runs, and at a start when the machine has got a new name or IPv4 address. IPv6 addresses alone are no
// reason, as many systems take new ones every day (RFC 8981). Names that it had are kept, so that a laptop which
// moves between two networks soon has one certificate for both. failed hears of a renewal that went wrong.
func OwnCertificate(dir string, names func() []string, failed func(error)) (*Certificate, error) {
	c := &Certificate{SelfSigned: true, certFile: filepath.Join(dir, "tls-cert.pem"),
		keyFile: filepath.Join(dir, "tls-key.pem"),
		names:   names, now: time.Now, failed: failed}
	return c, c.load()
}

// get is what crypto/tls asks in each handshake.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.SelfSigned && c.ending() && c.now().After(c.next) {
		c.next = c.now().Add(retryAfter)
		if err := c.renew(c.cert.PrivateKey.(*ecdsa.PrivateKey)); err != nil {
			c.failed(err) // the old one will do for some time
		}
	}
	return c.cert, nil
}

// Leaf returns the certificate itself.
func (c *Certificate) Leaf() *x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cert.Leaf
}

// Fingerprint returns the SHA-256 of the certificate as browsers show it: AB:CD:...
func (c *Certificate) Fingerprint() string {
	sum := sha256.Sum256(c.Leaf().Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}

// ending tells whether it is time for another one, also where a clock that was ahead has made one for later.
func (c *Certificate) ending() bool {
	return c.now().Add(renewBefore).After(c.cert.Leaf.NotAfter) || c.now().Before(c.cert.Leaf.NotBefore)
}

// load reads the two files. The key is kept whatever the certificate needs.
func (c *Certificate) load() error {
	key, err := c.loadKey()
	if err != nil {
		return err
	}
	if text, err := privatefile.Read(c.certFile); err == nil {
		if cert, err := tls.X509KeyPair(text, encodeKey(key)); err == nil {
			c.cert = &cert
		}
	}
	if c.cert == nil || c.ending() || c.lacksName() {
		return c.renew(key)
	}
	return nil
}

// loadKey reads the key, or makes it the first time.
func (c *Certificate) loadKey() (*ecdsa.PrivateKey, error) {
	text, err := privatefile.Read(c.keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return key, privatefile.Write(c.keyFile, encodeKey(key))
	}
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(text); block != nil {
		if parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if key, ok := parsed.(*ecdsa.PrivateKey); ok {
				return key, nil
			}
		}
	}
	return nil, fmt.Errorf("%s holds no ECDSA key; delete it to get a new one", c.keyFile)
}

func encodeKey(key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key) // RFC 5208
	if err != nil {
		panic(err) // of P-256 it can
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// lacksName tells whether the machine has a name or IPv4 address that is not in the certificate.
func (c *Certificate) lacksName() bool {
	for _, name := range c.names() {
		if a, err := netip.ParseAddr(name); err == nil && a.Is6() {
			continue
		}
		if host, ok := subjectName(name); ok && c.cert.Leaf.VerifyHostname(host) != nil {
			return true
		}
	}
	return false
}

// subjectName writes a name as it stands in a certificate (RFC 5280 §4.2.1.6): in small letters. It reports false for
// what a certificate can't hold: names of other scripts, of which a browser uses the form xn--..., are left out.
func subjectName(name string) (string, bool) {
	for _, c := range []byte(name) {
		if c <= ' ' || c > '~' || c == '*' || c == '/' {
			return "", false
		}
	}
	return strings.ToLower(name), name != ""
}

// renew makes a new certificate for key and stores it.
func (c *Certificate) renew(key *ecdsa.PrivateKey) error {
	now := c.now()
	template := &x509.Certificate{ // a serial number is made up by CreateCertificate (RFC 5280 §4.1.2.2)
		Subject:               pkix.Name{Organization: []string{"pollwire"}, CommonName: "pollwire, self-signed"},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(validFor - clockSkew),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, // and no CA: it signs nothing but itself
	}
	names := c.names()
	if c.cert != nil {
		names = append(append([]string{}, names...), namesIn(c.cert.Leaf)...)
	}
	addNames(template, names)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
		return err
	}
	cert, err := tls.X509KeyPair(text.Bytes(), encodeKey(key))
	if err != nil {
		return err
	}
	if err := privatefile.Write(c.certFile, text.Bytes()); err != nil {
		return err
	}
	c.cert = &cert
	return nil
}

func namesIn(leaf *x509.Certificate) []string {
	names := leaf.DNSNames
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// addNames fills the subject alternative names (RFC 5280 §4.2.1.6), each once.
func addNames(c *x509.Certificate, names []string) {
	seen := map[string]bool{}
	for _, name := range names {
		a, err := netip.ParseAddr(name)
		ip := err == nil
		if ip {
			name = a.WithZone("").Unmap().String()
		}
		name, ok := subjectName(name)
		if !ok || seen[name] || len(seen) == maxNames {
			continue
		}
		seen[name] = true
		if ip {
			c.IPAddresses = append(c.IPAddresses, a.WithZone("").Unmap().AsSlice())
		} else {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
}
