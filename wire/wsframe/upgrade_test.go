package wsframe

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// upgraded is what a server gets of a client that sends request, after the handler has returned.
type upgraded struct {
	conn *Conn
	err  error
}

func upgrade(t *testing.T, request string) (upgraded, net.Conn) {
	t.Helper()
	got := make(chan upgraded, 1)
	returned := make(chan struct{})
	ts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := Upgrade(w, r, http.Header{"X-More": {"of it"}})
		got <- upgraded{conn, err}
	}))
	ts.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateHijacked {
			close(returned)
		}
	}
	ts.Start()
	t.Cleanup(ts.Close)
	client, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	client.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(client, request); err != nil {
		t.Fatal(err)
	}
	<-returned
	u := <-got
	if u.err == nil {
		t.Cleanup(func() { u.conn.Net.Close() })
	}
	return u, client
}

func TestUpgradeOutlivesItsHandler(t *testing.T) {
	// Frames that come without waiting for the 101 are in a buffer of net/http's by then.
	for name, early := range map[string]string{"frames afterwards": "",
		"frames with the handshake": string(frame(0x81, "early"))} {
		t.Run(name, func(t *testing.T) {
			u, client := upgrade(t, rfcHandshake+early)
			if u.err != nil {
				t.Fatal(u.err)
			}
			in := bufio.NewReader(client)
			answer, err := http.ReadResponse(in, nil)
			if err != nil || answer.StatusCode != 101 || answer.Header.Get("X-More") != "of it" ||
				answer.Header.Get("Sec-Websocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
				t.Fatalf("answer %v, %v; want the 101 of RFC 6455 §1.3 with X-More", answer, err)
			}
			runtime.GC()
			if early == "" {
				client.Write(frame(0x81, "early"))
			}
			u.conn.Wait()
			r := NewReader(u.conn.WebSocket, limit)
			u.conn.Net.SetReadDeadline(time.Now().Add(patience))
			if m, err := r.Next(); string(m.Payload) != "early" || err != nil {
				t.Errorf("Next = %q, %v", m.Payload, err)
			}
			u.conn.Net.Write(AppendFrame(nil, OpText, []byte("hello")))
			b := make([]byte, 7)
			if _, err := io.ReadFull(in, b); err != nil || string(b[2:]) != "hello" {
				t.Errorf("the client got %q, %v", b, err)
			}
			u.conn.Net.Close()
			if _, err := in.ReadByte(); err != io.EOF {
				t.Errorf("after Close the client reads %v, want io.EOF", err)
			}
		})
	}
}

// Whoever calls Upgrade without CheckHandshake gets an error and has nothing to close.
func TestUpgradeThatXNetRefuses(t *testing.T) {
	u, client := upgrade(t, strings.Replace(rfcHandshake, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 12", 1))
	if u.err == nil {
		t.Fatal("Upgrade = nil error")
	}
	answer, err := io.ReadAll(client) // to the end: the connection is closed
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400") {
		t.Errorf("answer %q, %v", answer, err)
	}
}

func TestWaitEndsWithTheConnection(t *testing.T) {
	u, client := upgrade(t, rfcHandshake)
	u.conn.Net.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	r := NewReader(u.conn.WebSocket, limit)
	u.conn.Wait()
	u.conn.Net.SetReadDeadline(time.Now().Add(patience)) // it was only a wait: what comes later is read
	client.Write(frame(0x81, "late"))
	u.conn.Wait()
	if m, err := r.Next(); string(m.Payload) != "late" || err != nil {
		t.Errorf("Next = %q, %v", m.Payload, err)
	}
	client.Close()
	u.conn.Wait()
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("Next = %v, want io.EOF", err)
	}
}

// What the connection below can do is not lost behind a handshake: the client gets a FIN while it may still send, and
// what the system takes at once can leave without a writer.
func TestTheConnectionBelowIsNotHidden(t *testing.T) {
	u, client := upgrade(t, rfcHandshake)
	if u.err != nil {
		t.Fatal(u.err)
	}
	if _, hides := any(u.conn).(net.Conn); hides {
		t.Error("a *Conn can be passed where a net.Conn is wanted, without CloseWrite and SyscallConn")
	}
	if Direct(u.conn.Net) == nil && runtime.GOOS == "linux" {
		t.Error("Direct of a connection whose handshake is done = nil")
	}
	CloseWrite(u.conn.Net)
	if _, err := io.Copy(io.Discard, client); err != nil { // to the end: there is one
		t.Errorf("behind CloseWrite the client reads %v, want the end", err)
	}
	if _, err := client.Write(frame(0x88, "")); err != nil {
		t.Errorf("behind CloseWrite the client can't send: %v", err)
	}
	if m, err := NewReader(u.conn.WebSocket, limit).Next(); m.Opcode != OpClose || err != nil {
		t.Errorf("behind CloseWrite the server reads %v, %v, want a close frame", m, err)
	}
}
