package capture

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestSecretsComeBeforeWhatTheyUnlock(t *testing.T) {
	leaves(t)
	for _, tt := range []struct {
		name   string
		config *tls.Config
		labels []string
	}{
		{"TLS 1.3", &tls.Config{}, []string{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"}},
		{"TLS 1.3 after a HelloRetryRequest", &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP384}},
			[]string{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"}},
		{"TLS 1.2", &tls.Config{MaxVersion: tls.VersionTLS12}, []string{"CLIENT_RANDOM"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := New(Info{})
			var log bytes.Buffer
			server := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, KeyLogWriter: r.KeyLog(&log)}
			if strings.Contains(tt.name, "Retry") {
				server.CurvePreferences = []tls.CurveID{tls.CurveP384}
			}
			at := recorded(t, r, "127.0.0.1:0", func(c net.Conn) {
				s := tls.Server(c, server)
				io.Copy(s, s)
				s.Close()
			})
			end := watch(t, r)
			tt.config.InsecureSkipVerify, tt.config.ClientSessionCache = true, tls.NewLRUClientSessionCache(1)
			for _, resumed := range []bool{false, true} {
				c := tls.Client(dial(t, at), tt.config)
				io.WriteString(c, "hello")
				if _, err := io.ReadFull(c, make([]byte, 5)); err != nil || c.ConnectionState().DidResume != resumed {
					t.Fatalf("%v, resumed %v, want %v", err, c.ConnectionState().DidResume, resumed)
				}
				c.Close()
			}
			packets := end()
			follow(t, packets)
			flights := 0
			for _, p := range packets {
				if !encrypted(p.payload, tt.config.MaxVersion != tls.VersionTLS12) {
					continue
				}
				flights++
				for _, label := range tt.labels {
					if strings.Count(p.secrets, label+" ") == 0 {
						t.Errorf("%v sends encrypted data, and only these secrets were seen before: %s", p.from, p.secrets)
					}
				}
			}
			if last := packets[len(packets)-1].secrets; flights < 4 || last != log.String() {
				t.Errorf("%d flights; the secrets are %q, the key log has %q", flights, last, &log)
			}
		})
	}
}

// encrypted tells whether records are: in TLS 1.3 all of application data (RFC 8446 §5.2), in 1.2 what follows a
// ChangeCipherSpec.
func encrypted(records []byte, tls13 bool) bool {
	for len(records) > 5 {
		if kind := records[0]; kind == 23 || kind == 20 && !tls13 {
			return true
		}
		records = records[min(len(records), 5+int(records[3])<<8+int(records[4])):]
	}
	return false
}

func TestAHandshakeThatFailsIsNotHeldBack(t *testing.T) {
	leaves(t)
	r := New(Info{})
	server := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, MaxVersion: tls.VersionTLS12,
		KeyLogWriter: r.KeyLog(nil)}
	at := recorded(t, r, "127.0.0.1:0", func(c net.Conn) { tls.Server(c, server).Handshake() })
	end := watch(t, r)
	c := dial(t, at)
	if err := tls.Client(c, &tls.Config{ServerName: "localhost"}).Handshake(); err == nil {
		t.Fatal("the client trusts anybody")
	}
	c.Close()
	alert := false
	for _, p := range end() {
		alert = alert || bytes.HasPrefix(p.payload, []byte{21, 3, 3, 0, 2, 2}) // RFC 5246 §7.2
	}
	if !alert {
		t.Error("the client's alert is missing")
	}
}

func TestWhatIsNoTLSWaitsForNoSecret(t *testing.T) {
	leaves(t)
	r := New(Info{})
	at := recorded(t, r, "127.0.0.1:0", func(c net.Conn) {
		io.WriteString(c, "hello")
		io.Copy(io.Discard, c) // no answer: nothing of the server's pushes the client's words along
	})
	ctx, stop := context.WithTimeout(t.Context(), holdSecret/2)
	defer stop()
	c := dial(t, at)
	io.ReadFull(c, make([]byte, 5))
	io.WriteString(c, "words")
	var text bytes.Buffer
	if err := r.Copy(ctx, &text, 0); err != nil || !bytes.Contains(text.Bytes(), []byte("words")) {
		t.Errorf("%v, and the client's words are held back", err)
	}
}

// Whatever a client begins with, and whatever is in a key log: no panic, and all bytes are written down.
func FuzzFirstBytes(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), uint8(3), "CLIENT_RANDOM 00 11\n")
	f.Add(append([]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, make([]byte, 100)...), uint8(1), "CLIENT_RANDOM "+
		strings.Repeat("00", 32)+" 11\n")
	f.Add([]byte{0x16}, uint8(0), "")
	f.Fuzz(func(t *testing.T, text []byte, step uint8, line string) {
		r := New(Info{})
		var out bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Copy(ctx, &out, 0) }()
		for r.reading.Load() == 0 {
			time.Sleep(10 * time.Microsecond)
		}
		c := r.record(&many{}).(*Conn)
		for rest := text; len(rest) > 0; {
			n := min(len(rest), int(step)+1)
			c.received(rest[:n], nil)
			rest = rest[n:]
		}
		r.KeyLog(nil).Write([]byte(line))
		c.received(nil, io.EOF)
		c.finish(func(dst []byte) []byte { return dst })
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		_, packets := parse(t, out.Bytes())
		if got := follow(t, packets)[c.ends.client].client.text.Bytes(); !bytes.Equal(got, text) {
			t.Errorf("%q, want %q", got, text)
		}
	})
}
