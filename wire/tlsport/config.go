package tlsport

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
)

// TLS12Name is a server name (SNI, RFC 6066 §3) that is answered with TLS 1.2 though the client could do 1.3. In 1.2
// the certificate travels in the clear (RFC 5246 §7.4.2), in 1.3 encrypted (RFC 8446 §4.4.2): a capture shows both
// side by side. Every name that ends in .localhost is this machine (RFC 6761 §6.3).
const TLS12Name = "tls12.localhost"

// Config returns the settings of a TLS server: 1.2 and 1.3, resumption by tickets (RFC 8446 §2.2, RFC 5077).
// protocols are offered by ALPN (RFC 7301), the best first: "h2", "http/1.1", "http/1.0". keyLog may be nil,
// or a nil *KeyLog.
func Config(certificate *Certificate, protocols []string, keyLog io.Writer) *tls.Config {
	c := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		CipherSuites:   authenticated(),
		NextProtos:     protocols,
		GetCertificate: certificate.get,
	}
	logKeys(c, keyLog)
	old := c.Clone()
	old.MaxVersion = tls.VersionTLS12
	c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if strings.EqualFold(hello.ServerName, TLS12Name) {
			return old, nil
		}
		return nil, nil // c itself
	}
	return c
}

// QUIC returns the settings of a server of QUIC, which has TLS 1.3 alone (RFC 9001 §4.2). keyLog is as above.
func QUIC(certificate *Certificate, keyLog io.Writer) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: certificate.get}
	logKeys(c, keyLog)
	return c
}

func logKeys(c *tls.Config, keyLog io.Writer) {
	if file, ok := keyLog.(*KeyLog); !ok || file != nil { // an interface that holds a nil pointer is not nil
		c.KeyLogWriter = keyLog
	}
}

// Protocols are those of HTTP that a port with this listener can speak: 1.1, and 2 if wanted, encrypted or not.
func Protocols(http2 bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(http2)
	p.SetUnencryptedHTTP2(http2)
	return p
}

// ALPN returns the names of protocols for Config.
func ALPN(p *http.Protocols) []string {
	names := []string{"http/1.1", "http/1.0"}
	if p.HTTP2() {
		names = append([]string{"h2"}, names...)
	}
	return names
}

// authenticated are the cipher suites of TLS 1.2 with forward secrecy and authenticated encryption (RFC 9325 §4.2).
// Those with CBC are left out: they were attacked again and again (Lucky 13). For 1.3 crypto/tls allows no choice,
// and needs none.
func authenticated() (ids []uint16) {
	for _, s := range tls.CipherSuites() {
		if strings.HasPrefix(s.Name, "TLS_ECDHE_") && !strings.Contains(s.Name, "_CBC_") {
			ids = append(ids, s.ID)
		}
	}
	return ids
}
