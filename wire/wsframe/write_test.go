package wsframe

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// pair returns both ends of a connection, with or without TLS.
func pair(t *testing.T, secure bool) (server net.Conn, client net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(); client.Close() })
	if !secure {
		return server, client
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{NotAfter: time.Now().Add(time.Hour)},
		&x509.Certificate{}, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	// Without tickets nothing but what is written goes to the client.
	s := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		SessionTicketsDisabled: true})
	c := tls.Client(client, &tls.Config{InsecureSkipVerify: true})
	go c.Handshake()
	if err := s.Handshake(); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func unexpected(t *testing.T) func() {
	return func() { t.Error("the peer is taken for stuck") }
}

func TestWriteSendsAllInOrder(t *testing.T) {
	for _, secure := range []bool{false, true} {
		server, client := pair(t, secure)
		var frames [][]byte
		for i := range 3000 {
			frames = append(frames, AppendFrame(nil, OpText, fmt.Appendf(nil, "%d %s", i, bytes.Repeat([]byte("x"), i%900))))
		}
		frames = append(frames, AppendFrame(nil, OpText, bytes.Repeat([]byte("y"), 100_000))) // more than a record
		want := bytes.Join(frames, nil)
		before := bytes.Clone(want)
		go func() {
			if rest := Write(server, append([][]byte{}, frames...), 10*time.Second, unexpected(t)); len(rest) > 0 {
				t.Errorf("secure %v: %d frames are left", secure, len(rest))
			}
			CloseWrite(server)
		}()
		client.SetReadDeadline(time.Now().Add(10 * time.Second))
		got, err := io.ReadAll(client)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("secure %v: read %d bytes, %v, want %d", secure, len(got), err, len(want))
		}
		if !bytes.Equal(bytes.Join(frames, nil), before) {
			t.Errorf("secure %v: frames that others share were changed", secure)
		}
	}
}

// Small frames travel together in a record. crypto/tls begins with small records, so they are more than the fewest.
func TestSmallFramesShareARecord(t *testing.T) {
	server, client := pair(t, true)
	const n = 1000
	var frames [][]byte
	for range n {
		frames = append(frames, AppendFrame(nil, OpText, bytes.Repeat([]byte("x"), 98)))
	}
	go func() { Write(server, frames, 10*time.Second, unexpected(t)); CloseWrite(server) }()
	client.SetReadDeadline(time.Now().Add(10 * time.Second))
	records, total := 0, 0
	for buf := make([]byte, 64<<10); ; records++ { // crypto/tls reads a record at a time
		k, err := client.Read(buf)
		if err != nil {
			break
		}
		total += k
	}
	if total != n*100 || records > n/20 {
		t.Errorf("%d bytes in %d records, want %d in far fewer than %d", total, records, n*100, n)
	}
}

func TestWriteGivesUpWhoTakesNothing(t *testing.T) {
	for _, secure := range []bool{false, true} {
		server, _ := pair(t, secure)
		var frames [][]byte
		for range 200 {
			frames = append(frames, AppendFrame(nil, OpText, make([]byte, 60_000)))
		}
		var stalls atomic.Int64
		rest := Write(server, frames, 100*time.Millisecond, func() { stalls.Add(1) })
		if len(rest) == 0 || len(rest) > 200 || stalls.Load() != 1 {
			t.Errorf("secure %v: %d frames are left, told %d times", secure, len(rest), stalls.Load())
		}
	}
}

// Who is slow is not stuck: the timeout begins anew with each byte taken.
func TestWriteWaitsForWhoTakesLittle(t *testing.T) {
	server, client := pair(t, false)
	go func() {
		for buf := make([]byte, 64<<10); ; time.Sleep(20 * time.Millisecond) {
			if _, err := client.Read(buf); err != nil {
				return
			}
		}
	}()
	frames := [][]byte{AppendFrame(nil, OpText, make([]byte, 6<<20))} // takes longer than one timeout
	if rest := Write(server, frames, 400*time.Millisecond, unexpected(t)); len(rest) > 0 {
		t.Errorf("%d bytes are left", len(rest[0]))
	}
}

// Over TLS who was stuck and reads again can still be told why it is closed: what comes next begins with a whole frame.
func TestAfterAStallTLSEndsWithAWholeFrame(t *testing.T) {
	server, client := pair(t, true)
	var frames [][]byte
	for range 200 {
		frames = append(frames, AppendFrame(nil, OpText, make([]byte, 60_000)))
	}
	whole := len(frames[0])
	stalled := make(chan struct{})
	done := make(chan [][]byte, 1)
	go func() {
		done <- Write(server, frames, time.Second, func() { close(stalled) })
		CloseWrite(server)
	}()
	<-stalled
	client.SetReadDeadline(time.Now().Add(10 * time.Second))
	got, err := io.ReadAll(client)
	if rest := <-done; err != nil || len(rest) > 0 || len(got) == 0 || len(got)%whole != 0 {
		t.Errorf("%d frames are left, %d bytes came (a frame has %d), %v", len(rest), len(got), whole, err)
	}
}
