package http3

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/quic"
)

const patience = 20 * time.Second

// trust makes the settings of a server on localhost, and of clients that trust it.
func trust(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}},
		&tls.Config{RootCAs: pool}
}

// room is a server on a free port, and how to reach it.
type room struct {
	*Server
	addr   string
	client *tls.Config
	served chan error
}

// serve starts a server, which ends with the test.
func serve(t testing.TB, of *http.Server) *room {
	t.Helper()
	own, client := trust(t)
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &room{NewServer(of, own), p.LocalAddr().String(), client, make(chan error, 1)}
	go func() { r.served <- r.Serve(p) }()
	t.Cleanup(func() {
		r.Close()
		select {
		case err := <-r.served:
			if err != http.ErrServerClosed {
				t.Errorf("Serve = %v", err)
			}
		case <-time.After(patience):
			t.Error("Serve does not return")
		}
	})
	return r
}

func serveFunc(t testing.TB, h http.HandlerFunc) *room { return serve(t, &http.Server{Handler: h}) }

func (r *room) dial(t testing.TB) *Client {
	t.Helper()
	c, err := Dial(within(t), r.addr, r.client)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// within is a context that ends a test which waits in vain.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// do sends a request and returns its answer, which is read.
func (c *Client) do(t testing.TB, method, path string, body io.Reader, fields ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), method, "https://localhost"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	resp, err := c.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v after %d bytes", method, path, err, len(text))
	}
	return resp, string(text)
}

// raw is the client's end of a connection on which a test sends what it likes.
type raw struct {
	*quic.Conn
	t testing.TB
}

func (r *room) raw(t testing.TB) raw {
	t.Helper()
	e, err := quic.Listen("udp", "127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	config := r.client.Clone()
	config.NextProtos = []string{"h3"}
	config.MinVersion = tls.VersionTLS13
	q, err := e.Dial(within(t), "udp", r.addr, &quic.Config{TLSConfig: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		e.Close(over)
	})
	return raw{q, t}
}

// uni sends text on a stream in one direction, which stays open.
func (r raw) uni(text []byte) *quic.Stream {
	r.t.Helper()
	st, err := r.NewSendOnlyStream(within(r.t))
	if err != nil {
		r.t.Fatal(err)
	}
	st.Write(text)
	st.Flush()
	return st
}

// request sends text on a request stream, which stays open.
func (r raw) request(text []byte) *quic.Stream {
	r.t.Helper()
	st, err := r.NewStream(within(r.t))
	if err != nil {
		r.t.Fatal(err)
	}
	st.SetReadContext(within(r.t))
	st.SetWriteContext(within(r.t))
	st.Write(text)
	st.Flush()
	return st
}

// closed waits for the server to close the connection and returns its code.
func (r raw) closed() Code {
	r.t.Helper()
	err := r.Wait(within(r.t))
	var e *quic.ConnectionCloseError
	if !errors.As(err, &e) {
		r.t.Fatalf("the connection ends with %v, want a code", err)
	}
	return Code(e.Code)
}

// reset waits for the server to reset a stream and returns its code.
func reset(t testing.TB, st *quic.Stream) Code {
	t.Helper()
	_, err := io.Copy(io.Discard, onlyReader{st})
	var code quic.StreamError
	if !errors.As(err, &code) {
		t.Fatalf("the stream ends with %v, want a code", err)
	}
	return Code(code)
}

// get are the fields of a request.
func get(more ...field) []field {
	return append([]field{{":method", "GET"}, {":scheme", "https"}, {":authority", "localhost"}, {":path", "/"}}, more...)
}

func headers(fields ...field) []byte {
	return appendFrame(nil, frameHeaders, appendFields(nil, fields))
}

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
