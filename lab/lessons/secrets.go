package lessons

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"os"
	"path/filepath"
	"time"
)

// KeyLog is where a TLS client writes its secrets, one line each, as browsers do (RFC 9850). The first call tells the
// class what to set. Filters on what stands in the clear, such as the fields of a ClientHello, need none of it.
func (s *Scene) KeyLog() io.Writer {
	if s.keyLog == nil {
		path, err := filepath.Abs(cmp.Or(s.Stage.KeyLog, DefaultKeyLog))
		s.Check("key log", err)
		s.keyLog, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		s.Check("key log", err)
		context.AfterFunc(s.ctx, func() { s.keyLog.Close() })
		s.say(Event{Type: Setting, Tshark: []string{"-o", "tls.keylog_file:" + path},
			Text: Text{"This client writes its TLS secrets to %s. Name that file in Preferences, " +
				"Protocols, TLS, (Pre)-Master-Secret log filename, and Wireshark decrypts.",
				"이 클라이언트는 TLS 비밀 값을 %s 파일에 적는다. Preferences, Protocols, TLS의 " +
					"(Pre)-Master-Secret log filename에 이 파일을 지정하면 Wireshark가 복호화한다."}.With(path)})
	}
	return s.keyLog
}

// sni is the name that clients of TLS ask for: the server has one certificate for all. An address may not stand there
// (RFC 6066 §3).
const sni = "localhost"

// TLS is how a client of the lesson speaks TLS. Nobody vouches for the certificate of a classroom's server, which has
// signed it itself; what is encrypted is so all the same.
func (s *Scene) TLS(name string, protocols ...string) *tls.Config {
	return &tls.Config{ServerName: name, NextProtos: protocols, InsecureSkipVerify: true, KeyLogWriter: s.KeyLog()}
}

// Handshake makes a TLS connection of a TCP connection. From here on Send and Answer go through it. An error is what
// the server, or this side, did not agree to.
func (c *Conn) Handshake(config *tls.Config) (tls.ConnectionState, error) {
	c.Show()
	secure := tls.Client(c.Conn, config)
	c.SetDeadline(time.Now().Add(patience))
	if err := secure.HandshakeContext(c.scene.ctx); err != nil {
		return tls.ConnectionState{}, err
	}
	c.SetDeadline(time.Time{})
	c.Conn = secure
	c.in.Reset(secure)
	return secure.ConnectionState(), nil
}
