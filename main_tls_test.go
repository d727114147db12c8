package main

// Plaintext and TLS on one port, seen from outside.

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"pollwire/test/rig"
	"pollwire/wire/wsframe"
)

// everywhere listens on all addresses, as the program does by itself.
func everywhere(c *config) {
	for name := range c.Addr {
		c.Addr[name] = ":0"
	}
}

func TestEveryProtocolOnItsPort(t *testing.T) {
	r := start(t, everywhere)
	for _, host := range []string{"127.0.0.1", "::1"} {
		for service, path := range map[string]string{"http": "/api/polls", "files": "/", "ws": "/ws"} {
			at := net.JoinHostPort(host, r.portOf(service))
			for _, way := range rig.Ways {
				if service == "ws" && way.Proto == "HTTP/2.0" {
					continue // see TestNoHTTP2WhereSocketsAre
				}
				resp, err := rig.ClientFor(t, way.Protocols).Get(way.Scheme + "://" + at + path)
				if err != nil {
					t.Errorf("%s at %s: %v", way.Name, at, err)
					continue
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				want := 200
				if service == "ws" {
					want = http.StatusUpgradeRequired
				}
				if resp.StatusCode != want || resp.Proto != way.Proto || (resp.TLS != nil) != (way.Scheme == "https") {
					t.Errorf("%s at %s = %d %s", way.Name, at, resp.StatusCode, resp.Proto)
				}
				if got := resp.Header.Get("X-Client-Addr"); !strings.HasPrefix(got, net.JoinHostPort(host, "")) {
					t.Errorf("%s at %s: X-Client-Addr %q", way.Name, at, got)
				}
			}
		}
		for _, scheme := range []string{"ws", "wss"} {
			conn := rig.DialSocket(t, scheme, net.JoinHostPort(host, r.portOf("ws")), "/ws")
			websocket.Message.Send(conn, `{"event":"user:join","data":{"nickname":"Kim"},"id":1}`)
			var answer string
			if err := websocket.Message.Receive(conn, &answer); err != nil || !strings.Contains(answer, `"ack"`) {
				t.Errorf("%s at %s: %q, %v", scheme, host, answer, err)
			}
			conn.Close()
		}
	}
}

// RFC 6455 begins with HTTP/1.1; RFC 8441 (WebSocket over HTTP/2) is not supported, so ALPN doesn't offer h2 there.
func TestNoHTTP2WhereSocketsAre(t *testing.T) {
	r := start(t)
	_, err := tls.Dial("tcp", r.WS, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err == nil || !strings.Contains(err.Error(), "no application protocol") {
		t.Errorf("h2 alone: %v, want the alert of RFC 7301 §3.2", err)
	}
	conn, err := tls.Dial("tcp", r.WS, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if p := conn.ConnectionState().NegotiatedProtocol; p != "http/1.1" {
		t.Errorf("ALPN chose %q", p)
	}
}

// curl --http1.0 offers nothing else.
func TestHTTP10OverTLS(t *testing.T) {
	r := start(t)
	conn, err := tls.Dial("tcp", strings.TrimPrefix(r.API, "http://"),
		&tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(rig.Patience))
	io.WriteString(conn, "GET /lab/whoami HTTP/1.0\r\n\r\n")
	if answer, err := io.ReadAll(conn); err != nil || !strings.Contains(string(answer), `"protocol":"HTTP/1.0"`) {
		t.Errorf("%s %v", answer, err)
	}
}

// A probe of port 3001 needs no certificate, so there is none.
func TestHealthIsPlain(t *testing.T) {
	r := start(t)
	if conn, err := tls.Dial("tcp", strings.TrimPrefix(r.Health, "http://"), rig.Trusting); err == nil {
		conn.Close()
		t.Error("TLS on the port of health")
	}
}

func TestOneRoomOverTLSAndPlaintext(t *testing.T) {
	t.Parallel()
	r := start(t)
	kim := r.Guest("Kim")
	plain := r.Dial("?token=" + kim.AccessToken)
	plain.Until("users:online")
	secure := rig.DialSocket(t, "wss", r.WS, "/ws?token="+kim.AccessToken)
	next := func(name string) rig.Event {
		t.Helper()
		for {
			var text string
			if err := websocket.Message.Receive(secure, &text); err != nil {
				t.Fatalf("waiting for %s: %v", name, err)
			}
			var e rig.Event
			json.Unmarshal([]byte(text), &e)
			if e.Event == name {
				return e
			}
		}
	}
	next("users:online")
	p := r.NewPoll(kim.AccessToken)
	websocket.Message.Send(secure, fmt.Sprintf(`{"event":"vote:cast","data":{"poll_id":%d,"option_id":%d},"id":9}`, p.ID,
		p.Options[0].ID))
	if e := next("ack"); string(e.ID) != "9" {
		t.Errorf("ack %s", e.ID)
	}
	a, b := next("vote:result"), plain.Until("vote:result")
	if a.Seq != b.Seq || string(a.Data) != string(b.Data) {
		t.Errorf("wss hears %s, ws hears %s", a.Data, b.Data)
	}
	r.stop()
	if _, err := io.ReadAll(secure); err != nil { // x/net answers the close frame of 1001 with the end of the stream
		t.Errorf("the end over TLS: %v", err)
	}
}

// A burst goes out in few records, and no frame is lost or torn.
func TestManyFramesOverTLS(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	const n = 2000
	conn := rig.DialSocket(t, "wss", r.WS, "/ws")
	text := strings.Repeat("x", 400)
	go func() {
		talker := r.Dial("?token=" + kim.AccessToken)
		for i := range n {
			talker.Send("chat:message", rig.Object{"message": fmt.Sprintf("%d %s", i, text)}, nil)
		}
		talker.Until("chat:message_received")
	}()
	for i := 0; i < n; {
		var got struct {
			Event string
			Data  struct{ Message string }
		}
		conn.SetDeadline(time.Now().Add(rig.Patience)) // for each, however long all of them take
		if err := websocket.JSON.Receive(conn, &got); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		if got.Event != "chat:message_received" {
			continue
		}
		if want := fmt.Sprintf("%d %s", i, text); got.Data.Message != want {
			t.Fatalf("message %d is %.20q", i, got.Data.Message)
		}
		i++
	}
}

// Over TLS a reader that takes nothing loses its place as well, and delays nobody.
func TestASlowReaderOverTLS(t *testing.T) {
	r := start(t, func(c *config) { c.writeTimeout = 5 * time.Second })
	raw, err := net.Dial("tcp", r.WS)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.(*net.TCPConn).SetReadBuffer(128 << 10)
	conn := tls.Client(raw, rig.Trusting)
	fmt.Fprintf(conn,
		"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "+
			"13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	in := bufio.NewReader(conn)
	if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 101 {
		t.Fatal(resp, err)
	}
	big := rig.Object{"message": strings.Repeat("가", 5000)}
	for deadline := time.Now().Add(2 * rig.Patience); ; {
		if _, dropped := r.hub.Stats(); dropped > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not dropped")
		}
		r.publish("much", 0, big)
		time.Sleep(time.Millisecond) // more at once would count as one burst
	}
	// It reads again, in time to hear why.
	conn.SetReadDeadline(time.Now().Add(rig.Patience))
	all, err := io.ReadAll(in)
	last := wsframe.AppendClose(nil, wsframe.CloseTryAgainLater, "too slow a reader")
	if err != nil || !bytes.HasSuffix(all, last) {
		t.Errorf("%d bytes, %v, and at their end %q, want %q", len(all), err, all[max(0, len(all)-len(last)):], last)
	}
}

// 200 who say nothing and 200 who stop in the middle of a ClientHello delay nobody, and are gone after the deadline.
// The end of the test checks that no goroutine is left.
func TestSilentConnections(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.helloTimeout = 3 * time.Second })
	var idle []net.Conn
	for i := range 400 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.API, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 1 {
			conn.Write([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03half a hello"))
		}
		idle = append(idle, conn)
	}
	for _, way := range rig.Ways {
		resp, err := rig.ClientFor(t, way.Protocols).Get(strings.Replace(r.API, "http", way.Scheme, 1) + "/api/polls")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	for _, conn := range idle {
		conn.SetReadDeadline(time.Now().Add(rig.Patience))
		if _, err := io.Copy(io.Discard, conn); err != nil && err.(net.Error).Timeout() {
			t.Fatal("still open")
		}
	}
}

func TestTheWayToThePageKeepsItsScheme(t *testing.T) {
	r := start(t)
	client := rig.ClientFor(t, func(p *http.Protocols) { p.SetHTTP1(true) })
	for _, scheme := range []string{"http", "https"} {
		page := strings.Replace(r.Page, "http", scheme, 1) + "/"
		for _, at := range []string{strings.TrimPrefix(r.API, "http://"), r.WS} {
			resp, err := client.Get(scheme + "://" + at + "/")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := resp.Header.Get("Location"); resp.StatusCode != 302 || got != page {
				t.Errorf("%s://%s sent on to %s, want %s", scheme, at, got, page)
			}
		}
		resp, err := client.Get(page)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		policy := resp.Header.Get("Content-Security-Policy")
		s := strings.TrimPrefix(scheme, "http")
		for _, want := range []string{" http" + s + "://127.0.0.1:" + r.portOf("http"), " ws" + s + "://127.0.0.1:" +
			r.portOf("ws")} {
			if !strings.Contains(policy+" ", want+" ") {
				t.Errorf("over %s the policy is %q, want %s in it", scheme, policy, want)
			}
		}
	}
}

// A page that came from tls12.localhost is the server's own, too.
func TestTheNameForTLS12IsAnOwnOrigin(t *testing.T) {
	r := start(t)
	origin := "https://tls12.localhost:" + r.portOf("files")
	resp, _ := r.Do("GET", "/api/polls", "", nil, "Origin", origin)
	if got := resp.Header.Get("Access-Control-Allow-Origin"); got != origin {
		t.Errorf("Access-Control-Allow-Origin %q", got)
	}
}
