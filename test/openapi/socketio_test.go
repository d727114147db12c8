package openapi

// The part of the tour (tour_test.go) that is about Socket.IO: its calls, its errors, and all its packets.

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"pollwire/test/rig"
)

const polling = "?EIO=4&transport=polling"

// engine is a session of Socket.IO that is begun over long-polling.
type engine struct {
	*tour
	query string
	heard map[string]bool // "server ack": packets of the document that went over the wire
}

func (t *tour) engine(heard map[string]bool) *engine {
	t.Helper()
	e := &engine{tour: t, query: polling, heard: heard}
	open := e.get()
	var in struct{ Sid string }
	if len(open) != 1 || json.Unmarshal([]byte(open[0][1:]), &in) != nil {
		t.Fatalf("a session begins with %v", open)
	}
	e.query += "&sid=" + in.Sid
	return e
}

// get is a GET, with the packets that it brings.
func (e *engine) get() []string {
	e.Helper()
	packets := strings.Split(e.call(200, "receivePackets", ask{query: e.query}), "\x1e")
	for _, p := range packets {
		e.packet("server", p)
	}
	return packets
}

// until gets packets until one begins like this. It answers pings: there is no other before the answer, so that one
// which came while something else was waited for would be the last, and the session would end.
func (e *engine) until(begin string) (found string) {
	e.Helper()
	for range 50 {
		for _, p := range e.get() {
			if p == "2" {
				e.post(200, "3")
			}
			if found == "" && strings.HasPrefix(p, begin) {
				found = p
			}
		}
		if found != "" {
			return found
		}
	}
	e.Fatalf("no packet %s came", begin)
	return ""
}

// post is a POST, to be answered with status.
func (e *engine) post(status int, packets ...string) string {
	e.Helper()
	for _, p := range packets {
		if status == 200 {
			e.packet("client", p)
		}
	}
	return e.call(status, "sendPackets", e.payload(strings.Join(packets, "\x1e")))
}

func (e *engine) payload(body string) ask {
	return ask{query: e.query, body: body, header: []string{"Content-Type", "text/plain;charset=UTF-8"}}
}

// packet holds a packet of one side against the document.
func (e *engine) packet(side, text string) {
	e.Helper()
	name, faults := e.packetFaults(side, text)
	e.heard[side+" "+name] = true
	for _, f := range faults {
		e.Errorf("%s of the %s: %s", text, side, f)
	}
	var args []json.RawMessage
	if side == "server" && name == "event" && json.Unmarshal([]byte(text[2:]), &args) == nil && len(args) == 3 {
		e.everybodys(fmt.Sprintf(`{"seq":%s,"event":%s,"data":%s}`, strings.Trim(string(args[2]), `"`), args[0], args[1]))
	} else if len(args) == 2 {
		one, known := e.Object["x-events"].(rig.Object)["one"].(rig.Object)[read[string](e.tour,
			string(args[0]))].(rig.Object)
		if !known {
			e.Errorf("%s: the document does not have this event", text)
			return
		}
		for _, f := range e.faults(one["data"], read[any](e.tour, string(args[1])), "its data") {
			e.Errorf("%s: %s", text, f)
		}
	}
}

// packetFaults says which of the packets of the document text is, and what is wrong with it.
func (d *twin) packetFaults(side, text string) (name string, faults []string) {
	kinds := d.Object["x-packets"].(rig.Object)[side].(rig.Object)
	begins := ""
	for n, k := range kinds {
		if b := k.(rig.Object)["begins"].(string); strings.HasPrefix(text, b) && len(b) > len(begins) {
			name, begins = n, b
		}
	}
	if name == "" {
		return "", []string{"the document does not have this packet"}
	}
	rest := strings.TrimPrefix(text, begins)
	number := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	if number != "" && name != "event" && name != "ack" || number == "" && name == "ack" {
		faults = append(faults, fmt.Sprintf("%s with the number %q", name, number))
	}
	rest = rest[len(number):]
	schema, has := kinds[name].(rig.Object)["data"]
	if !has {
		if rest != "" {
			faults = append(faults, "it has data, and the document has none")
		}
		return name, faults
	}
	if name == "connect" && rest == "" {
		rest = "{}" // it need not say anything
	}
	var data any
	if err := json.Unmarshal([]byte(rest), &data); err != nil {
		return name, append(faults, err.Error())
	}
	return name, append(faults, d.faults(schema, data, "its data")...)
}

func TestTheExamplesOfPacketsAreValid(t *testing.T) {
	d := openTwin(t)
	for _, side := range []string{"client", "server"} {
		for name, k := range d.Object["x-packets"].(rig.Object)[side].(rig.Object) {
			example, has := k.(rig.Object)["example"].(string)
			if !has {
				example = k.(rig.Object)["begins"].(string)
			}
			if is, faults := d.packetFaults(side, example); is != name || len(faults) > 0 {
				t.Errorf("the example of %s of the %s is %s: %v", name, side, is, faults)
			}
			if f := d.faults(rig.Object{"$ref": "#/components/schemas/EnginePayload"}, example, "it"); len(f) > 0 {
				t.Errorf("the example of %s of the %s: %v", name, side, f)
			}
		}
	}
	// Those of the two calls are packets, too.
	n := 0
	for _, op := range d.ops {
		for side, at := range map[string]any{"client": op.Object["requestBody"],
			"server": op.Object["responses"].(rig.Object)["200"]} {
			content, _ := d.follow(at)["content"].(rig.Object)
			media, _ := content["text/plain"].(rig.Object)
			if media == nil || op.path != "/socket.io/" {
				continue
			}
			several, _ := media["examples"].(rig.Object)
			for name, e := range several {
				for _, p := range strings.Split(e.(rig.Object)["value"].(string), "\x1e") {
					n++
					if _, faults := d.packetFaults(side, p); len(faults) > 0 {
						t.Errorf("the example %s of %s: %s: %v", name, op.id, p, faults)
					}
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d packets were found in the examples", n)
	}
}

// askedForASignOfLife opens a session that says nothing more. The func that it returns waits until the server pings,
// which it does after 25 s.
func (t *tour) askedForASignOfLife(heard map[string]bool) func() {
	t.Helper()
	limits := t.engine(heard) // what is over the limit ends it
	t.try("sendPackets", limits.payload("3"))
	e := t.engine(heard)
	e.post(200, "40") // who doesn't connect is put out before
	e.until("40")
	client, url := &http.Client{Transport: t.transport}, "http://"+t.WS+"/socket.io/"+e.query
	ask := func(method, body string) []string { // not by call, which is for the goroutine of the test
		req, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return nil
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Error(err)
			return nil
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			t.Errorf("who says nothing is answered %s %s, %v", resp.Status, text, err)
			return nil
		}
		return strings.Split(string(text), "\x1e")
	}
	var came []string
	var waiting sync.WaitGroup
	waiting.Go(func() {
		for packets := ask("GET", ""); packets != nil; packets = ask("GET", "") {
			if came = append(came, packets...); slices.Contains(packets, "2") {
				ask("POST", "3") // at once: after 20 s the session ends
				return
			}
		}
	})
	return func() {
		t.Helper()
		waiting.Wait()
		e.packet("client", "3")
		for _, p := range came {
			e.packet("server", p)
		}
	}
}

func (t *tour) tourSocketIO(heard map[string]bool, ping func()) {
	t.Helper()
	t.packetsByPolling(heard)
	t.packetsByUpgrade(heard)
	t.twoGETs(heard)
	t.engineErrors()
	ping()
	for _, side := range []string{"client", "server"} {
		for name := range t.Object["x-packets"].(rig.Object)[side].(rig.Object) {
			if !heard[side+" "+name] {
				t.Errorf("the packet %s of the %s never came", name, side)
			}
		}
	}
}

// packetsByPolling is a life over long-polling alone.
func (t *tour) packetsByPolling(heard map[string]bool) {
	t.Helper()
	e := t.engine(heard)
	e.post(200, `40{"token":"no.such.token"}`)
	e.until("44")
	e.post(200, "40", `42["chat:message",{"message":"Hello"}]`, `420["chat:message",{"message":"Hello"}]`)
	e.until("40")
	e.post(200, `424["lab:whoami",{}]`)
	e.until(`434[{"ok":true,`)
	e.post(200, `421["user:join",{"nickname":"Kim"}]`)
	e.until(`431[{"ok":true,`)
	e.post(200, `42["chat:message",{"message":"Look"}]`, `422["chat:message",{"message":"at the SYN."}]`)
	e.until(`432[{"ok":true,`)
	e.post(200, "41")
	e.post(200, "40")
	e.post(200, "1")
}

// packetsByUpgrade is a session that becomes a WebSocket, is cut off, and recovered.
func (t *tour) packetsByUpgrade(heard map[string]bool) {
	t.Helper()
	kim := t.Guest("Kim")
	e := t.engine(heard)
	e.post(200, fmt.Sprintf(`40{"token":%q}`, kim.AccessToken))
	hello := e.until("40")
	conn, err := websocket.Dial("ws://"+t.WS+"/socket.io/"+strings.Replace(e.query, "polling", "websocket", 1), "",
		"http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(rig.Patience))
	send := func(p string) { e.packet("client", p); websocket.Message.Send(conn, p) }
	until := func(begin string) (p string) {
		t.Helper()
		for p == "" || !strings.HasPrefix(p, begin) {
			if err := websocket.Message.Receive(conn, &p); err != nil {
				t.Fatalf("no frame %s came: %v", begin, err)
			}
			e.packet("server", p)
		}
		return p
	}
	send("2probe")
	until("3probe")
	e.until("6")
	send("5")
	send(`427["chat:message",{"message":"Look at the SYN."}]`)
	until(`437[{"ok":true,`)
	last := until(`42["chat:message_received",`)
	conn.Close()

	var socket struct{ Pid string }
	var args []any
	if json.Unmarshal([]byte(hello[2:]), &socket) != nil || json.Unmarshal([]byte(last[2:]), &args) != nil {
		t.Fatalf("%s, %s", hello, last)
	}
	again := t.engine(heard)
	again.post(200, fmt.Sprintf(`40{"pid":%q,"offset":%q}`, socket.Pid, args[2]))
	if got := again.until("40"); got != hello {
		t.Errorf("recovered: %s, want %s", got, hello)
	}
	again.post(200, "1")
}

// twoGETs makes two at a time: one is told that this is an error, the other that the session has ended.
func (t *tour) twoGETs(heard map[string]bool) {
	t.Helper()
	e := t.engine(heard)
	var both sync.WaitGroup
	var got [2]string
	for i := range got {
		both.Go(func() {
			resp, err := (&http.Client{Transport: t.transport}).Get("http://" + t.WS + "/socket.io/" + e.query)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			got[i] = fmt.Sprintf("%d %s", resp.StatusCode, text)
		})
	}
	both.Wait()
	slices.Sort(got[:])
	if want := [2]string{"200 1", `400 {"code":3,"message":"Bad request"}`}; got != want {
		t.Errorf("two GETs at a time = %q, want %q", got, want)
	}
	e.packet("server", "1")
}

// engineErrors provokes all errors that the document has examples of, and no other.
func (t *tour) engineErrors() {
	t.Helper()
	due := map[string][]any{} // by operation and status
	for _, id := range []string{"receivePackets", "sendPackets"} {
		for status, r := range t.operation(id).Object["responses"].(rig.Object) {
			content, _ := t.follow(r)["content"].(rig.Object)
			media, _ := content["application/json"].(rig.Object)
			if status == "503" || media == nil { // a server that stops: see package socketio
				continue
			}
			if one, ok := media["example"]; ok {
				due[id+" "+status] = []any{one}
			}
			several, _ := media["examples"].(rig.Object)
			for _, e := range several {
				due[id+" "+status] = append(due[id+" "+status], e.(rig.Object)["value"])
			}
		}
	}
	evil := []string{"Origin", "http://evil.example"}
	upgrade := []string{"Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Version", "13",
		"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	socket := strings.Replace(polling, "polling", "websocket", 1)
	t.call(101, "receivePackets", ask{query: socket, header: upgrade})
	session := func() string { return t.engine(map[string]bool{}).query }
	came := map[string][]any{}
	for _, c := range []struct {
		id     string
		status int
		ask    ask
	}{
		{"receivePackets", 400, ask{query: strings.Replace(polling, "polling", "pigeon", 1)}},
		{"receivePackets", 400, ask{query: polling + "&sid=nobody"}},
		{"receivePackets", 400, ask{query: polling + "&sid=%zz"}},
		{"receivePackets", 400, ask{query: socket}}, // without a handshake
		{"receivePackets", 400, ask{query: strings.Replace(polling, "4", "3", 1)}},
		{"receivePackets", 403, ask{query: polling, header: evil}},
		{"sendPackets", 400, ask{body: "3"}},
		{"sendPackets", 400, ask{query: polling + "&sid=nobody", body: "3"}},
		{"sendPackets", 400, ask{query: polling, body: "3"}},
		{"sendPackets", 400, ask{query: session(), body: "7"}},
		{"sendPackets", 400, ask{query: session(), body: `42["chat:message",{"message":"x"}]`}}, // before CONNECT
		{"sendPackets", 403, ask{query: session(), body: "3", header: evil}},
		{"sendPackets", 413, ask{query: session(), body: strings.Repeat("3", 1<<16+1)}},
		{"sendPackets", 413, ask{query: session(), body: "4" + strings.Repeat("\u00e4", 1<<15)}}, // bytes, not characters
	} {
		got, key := read[any](t, t.call(c.status, c.id, c.ask)), fmt.Sprint(c.id, " ", c.status)
		if came[key] = append(came[key], got); !slices.ContainsFunc(due[key],
			func(e any) bool { return reflect.DeepEqual(e, got) }) {
			t.Errorf("%s %.100v: the document has no example like %v", key, c.ask, got)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(due)) {
		for _, e := range due[key] {
			if !slices.ContainsFunc(came[key], func(got any) bool { return reflect.DeepEqual(e, got) }) {
				t.Errorf("%s: the error %v of the document never came", key, e)
			}
		}
	}
}
