package main

// lab:whoami, by which a socket learns its own connection, over all that carries sockets.

import (
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
)

// sameConnection holds an answer to lab:whoami against what the client knows of its connection.
func sameConnection(t *testing.T, over string, answer json.RawMessage, client, server, protocol string, secure bool) {
	t.Helper()
	_, mine, _ := net.SplitHostPort(client)
	_, theirs, _ := net.SplitHostPort(server)
	due := rig.Object{"client": client, "server": server, "protocol": protocol, "tls": nil,
		"display_filter": fmt.Sprintf("tcp.port == %s && tcp.port == %s", mine, theirs)}
	var got rig.Object
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatalf("over %s: %s: %v", over, answer, err)
	}
	if secure {
		handshake, _ := got["tls"].(rig.Object)
		if due["tls"] = handshake; handshake["version"] != "TLS 1.3" {
			t.Errorf("over %s: %s, want TLS 1.3", over, answer)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(due) { // maps are printed in the order of their keys
		t.Errorf("over %s: %v\nwant %v", over, got, due)
	}
}

// dialAs is websocket.Dial, and tells the client's address.
func dialAs(t *testing.T, scheme, host, path string) (*websocket.Conn, string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", host, rig.Patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(rig.Patience))
	local := conn.LocalAddr().String()
	if scheme == "wss" {
		conn = tls.Client(conn, rig.Trusting)
	}
	cfg, err := websocket.NewConfig(scheme+"://"+host+path, "http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	ws, err := websocket.NewClient(cfg, conn)
	if err != nil {
		t.Fatal(err)
	}
	return ws, local
}

// exchangeText sends a message and returns what stands behind the next one that begins so.
func exchangeText(t *testing.T, conn *websocket.Conn, send, begin string) string {
	t.Helper()
	if err := websocket.Message.Send(conn, send); err != nil {
		t.Fatalf("send %s: %v", send, err)
	}
	for {
		var text string
		if err := websocket.Message.Receive(conn, &text); err != nil {
			t.Fatalf("%s: no answer with %s came: %v", send, begin, err)
		}
		if rest, ok := strings.CutPrefix(text, begin); ok {
			return rest
		}
	}
}

// callbackData is what the callback of Socket.IO gets as data.
func callbackData(t *testing.T, args string) json.RawMessage {
	t.Helper()
	var list []struct {
		OK   bool
		Data json.RawMessage
	}
	if err := json.Unmarshal([]byte(args), &list); err != nil || len(list) != 1 || !list[0].OK {
		t.Fatalf("the callback gets %s, %v", args, err)
	}
	return list[0].Data
}

func TestASocketLearnsItsOwnConnection(t *testing.T) {
	r := start(t)
	for _, scheme := range []string{"ws", "wss"} {
		conn, local := dialAs(t, scheme, r.WS, "/ws")
		var plain rig.Event
		text := exchangeText(t, conn, `{"event":"lab:whoami","data":{},"id":5}`, "") // nobody has joined
		if err := json.Unmarshal([]byte(text), &plain); err != nil || plain.Event != "ack" || string(plain.ID) != "5" {
			t.Fatalf("%s, %v", text, err)
		}
		sameConnection(t, scheme, plain.Data, local, r.WS, "websocket", scheme == "wss")

		conn, local = dialAs(t, scheme, r.WS, "/socket.io/?EIO=4&transport=websocket")
		exchangeText(t, conn, "40", "40")
		args := exchangeText(t, conn, `427["lab:whoami",{}]`, "437")
		sameConnection(t, "Socket.IO by "+scheme, callbackData(t, args), local, r.WS, "websocket", scheme == "wss")
	}
}

// Long-polling has no connection of its own. What brought the question is the one that can be told.
func TestOverLongPollingItIsTheConnectionOfThePOST(t *testing.T) {
	r := start(t)
	for _, scheme := range []string{"http", "https"} {
		client := &http.Client{Timeout: rig.Patience, Transport: &http.Transport{TLSClientConfig: rig.Trusting,
			DisableKeepAlives: true}}
		query := "/socket.io/?EIO=4&transport=polling"
		ask := func(method, body string) (text, local string) {
			t.Helper()
			req, err := http.NewRequest(method, scheme+"://"+r.WS+query, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			answer, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 200 {
				t.Fatalf("%s %s = %d %s, %v", method, body, resp.StatusCode, answer, err)
			}
			return string(answer), resp.Header.Get("X-Client-Addr")
		}
		open, _ := ask("GET", "")
		var in struct{ Sid string }
		if err := json.Unmarshal([]byte(open[1:]), &in); err != nil {
			t.Fatalf("%s: %v", open, err)
		}
		query += "&sid=" + in.Sid
		ask("POST", "40")
		ask("GET", "")
		for range 2 { // each POST has another port
			_, local := ask("POST", `427["lab:whoami",{}]`)
			args, _ := ask("GET", "")
			sameConnection(t, scheme, callbackData(t, strings.TrimPrefix(args, "437")), local, r.WS, "HTTP/1.1",
				scheme == "https")
		}

		// Behind the upgrade it is the WebSocket's, wherever the session began.
		conn, local := dialAs(t, "ws", r.WS, strings.Replace(query, "polling", "websocket", 1))
		exchangeText(t, conn, "2probe", "3probe")
		if err := websocket.Message.Send(conn, "5"); err != nil {
			t.Fatal(err)
		}
		args := exchangeText(t, conn, `428["lab:whoami",{}]`, "438")
		sameConnection(t, "an upgrade from "+scheme, callbackData(t, args), local, r.WS, "websocket", false)
	}
}

func TestLabWhoamiTakesNoData(t *testing.T) {
	s := start(t).Listening("")
	for send, want := range map[string]string{
		`{"event":"lab:whoami","id":7}`:                        "ack #7",
		`{"event":"lab:whoami","data":{},"id":7}`:              "ack #7",
		`{"event":"lab:whoami","data":{}}`:                     "",
		`{"event":"lab:whoami","data":{"client":"me"},"id":7}`: "error 400 #7",
		`{"event":"lab:whoami","data":null,"id":7}`:            "error 400 #7",
		`{"event":"lab:whoami","data":[],"id":7}`:              "error 400 #7",
		`{"event":"lab:whoami","data":"me","id":7}`:            "error 400 #7",
		`{"event":"lab:Whoami","data":{},"id":7}`:              "error 404 #7",
	} {
		if got := s.Replies(send); got != want {
			t.Errorf("%s was answered by %s, want %s", send, got, want)
		}
	}
}
