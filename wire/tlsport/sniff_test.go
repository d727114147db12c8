package tlsport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const patience = 10 * time.Second

// listen starts a listener on addr with a certificate of its own, and checks at the end that no goroutine is left. The
// fuzzer is not checked: it starts goroutines itself meanwhile, and that which waits for signals never ends.
func listen(t testing.TB, addr string, timeout time.Duration, dropped func(net.Addr, error)) *Listener {
	t.Helper()
	before := runtime.NumGoroutine()
	tcp, err := net.Listen("tcp", addr)
	if err != nil {
		t.Skipf("can't listen on %s: %v", addr, err)
	}
	l := New(tcp.(*net.TCPListener), Config(own(t), []string{"h2", "http/1.1"}, nil), timeout, dropped)
	t.Cleanup(func() {
		l.Close()
		if _, fuzzing := t.(*testing.F); fuzzing {
			return
		}
		for range 200 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		buf := make([]byte, 1<<20)
		t.Errorf("goroutines left behind:\n%s", buf[:runtime.Stack(buf, true)])
	})
	return l
}

// own makes a certificate for localhost.
func own(t testing.TB) *Certificate {
	t.Helper()
	c, err := OwnCertificate(t.TempDir(), func() []string { return []string{"localhost", TLS12Name, "127.0.0.1", "::1"} },
		func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve answers each request with its protocol and whether TLS was there.
func serve(t *testing.T, l *Listener) {
	t.Helper()
	srv := &http.Server{Protocols: new(http.Protocols),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s tls=%v %s", r.Proto, r.TLS != nil, r.RemoteAddr)
		})}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetHTTP2(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	var serving sync.WaitGroup
	serving.Go(func() { srv.Serve(l) })
	t.Cleanup(func() { srv.Close(); serving.Wait() })
}

func TestFourProtocolsOnOnePort(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l := listen(t, addr, patience, nil)
		serve(t, l)
		for _, tt := range []struct {
			scheme, want string
			protocols    func(*http.Protocols)
		}{
			{"http", "HTTP/1.1 tls=false", func(p *http.Protocols) { p.SetHTTP1(true) }},
			{"http", "HTTP/2.0 tls=false", func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }},
			{"https", "HTTP/1.1 tls=true", func(p *http.Protocols) { p.SetHTTP1(true) }},
			{"https", "HTTP/2.0 tls=true", func(p *http.Protocols) { p.SetHTTP2(true) }},
		} {
			transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: new(http.Protocols)}
			tt.protocols(transport.Protocols)
			resp, err := (&http.Client{Transport: transport, Timeout: patience}).Get(tt.scheme + "://" + l.Addr().String())
			if err != nil {
				t.Errorf("%s %s: %v", tt.want, addr, err)
				continue
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			transport.CloseIdleConnections()
			if err != nil || !strings.HasPrefix(string(body), tt.want) {
				t.Errorf("%s on %s = %q, %v, want %s", tt.scheme, addr, body, err, tt.want)
			}
		}
	}
}

func TestNoByteIsLost(t *testing.T) {
	l := listen(t, "127.0.0.1:0", patience, nil)
	for _, text := range []string{"G", "GET / HTTP/1.1\r\n\r\n", "\x00\x01", "\x17\x03\x03", "\x80\x2e\x01"} {
		for _, read := range []func(net.Conn) ([]byte, error){
			func(c net.Conn) ([]byte, error) { return io.ReadAll(c) },
			func(c net.Conn) ([]byte, error) {
				var all bytes.Buffer
				_, err := io.Copy(&all, c)
				return all.Bytes(), err
			},
			func(c net.Conn) ([]byte, error) {
				first := make([]byte, 1)
				if n, err := c.Read(nil); n != 0 || err != nil {
					return nil, fmt.Errorf("Read(nil) = %d, %v", n, err)
				}
				if _, err := io.ReadFull(c, first); err != nil {
					return nil, err
				}
				var rest bytes.Buffer
				_, err := io.Copy(&rest, c)
				return append(first, rest.Bytes()...), err
			},
		} {
			go send(t, l.Addr(), text)
			c, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			c.SetDeadline(time.Now().Add(patience))
			if got, err := read(c); err != nil || string(got) != text {
				t.Errorf("read %q, %v, want %q", got, err, text)
			}
			c.Close()
		}
	}
}

// send sends text and closes that side.
func send(t testing.TB, to net.Addr, text string) {
	c, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	io.WriteString(c, text)
	c.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, c)
}

// hello returns the ClientHello that crypto/tls sends.
func hello(t testing.TB) []byte {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	go tls.Client(client, &tls.Config{ServerName: "localhost", InsecureSkipVerify: true}).Handshake()
	head := make([]byte, 5) // type, version, length (RFC 8446 §5.1)
	if _, err := io.ReadFull(server, head); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	if _, err := io.ReadFull(server, body); err != nil {
		t.Fatal(err)
	}
	return append(head, body...)
}

func TestWhoSaysNothingIsDropped(t *testing.T) {
	var mu sync.Mutex
	var reasons []error
	l := listen(t, "127.0.0.1:0", 2*time.Second, func(_ net.Addr, err error) {
		mu.Lock()
		defer mu.Unlock()
		reasons = append(reasons, err)
	})
	serve(t, l)
	whole := hello(t)
	var idle []net.Conn
	for _, text := range []string{"", "\x16", string(whole[:len(whole)/2])} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, text)
		idle = append(idle, c)
	}
	resp, err := http.Get("http://" + l.Addr().String()) // meanwhile the next is served
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	for i, c := range idle {
		c.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d is still open", i)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(reasons) != len(idle) {
		t.Errorf("%d were dropped, want %d: %v", len(reasons), len(idle), reasons)
	}
}

func TestCloseEndsWhatWaits(t *testing.T) {
	l := listen(t, "127.0.0.1:0", time.Hour, nil)
	accepted := make(chan error)
	go func() { _, err := l.Accept(); accepted <- err }()
	var idle []net.Conn
	for _, text := range []string{"", "\x16\x03"} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, text)
		idle = append(idle, c)
	}
	for len(l.waitingNow()) < len(idle) {
		time.Sleep(time.Millisecond)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("the second Close = %v", err)
	}
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v, want ErrClosed", err)
	}
	for _, c := range idle {
		c.SetReadDeadline(time.Now().Add(patience))
		if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read = %v, want the end", err)
		}
	}
}

func (l *Listener) waitingNow() []net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []net.Conn
	for c := range l.waiting {
		all = append(all, c)
	}
	return all
}

// Whatever somebody sends: what is no TLS arrives as it was sent, and what claims to be TLS never arrives unencrypted.
func FuzzFirstBytes(f *testing.F) {
	for _, s := range []string{"", "GET / HTTP/1.1\r\n\r\n", "\x16", "\x16\x03\x01\x00\x05hello", string(hello(f)),
		"\x15\x03\x01\x00\x02\x01\x00"} {
		f.Add([]byte(s))
	}
	l := listen(f, "127.0.0.1:0", patience, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write(data)
		c.(*net.TCPConn).CloseWrite()
		if data[0] == recordHandshake {
			c.SetReadDeadline(time.Now().Add(patience))
			io.Copy(io.Discard, c) // closed without having been accepted, or Accept below returns it in the next round
			return
		}
		got, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer got.Close()
		got.SetReadDeadline(time.Now().Add(patience))
		if all, err := io.ReadAll(got); err != nil || !bytes.Equal(all, data) {
			t.Errorf("read %q, %v, want %q", all, err, data)
		}
	})
}
