package lab

// `pollwire lab kit`: one display filter finds an event over whatever it travels.

import (
	"bufio"
	"fmt"
	"iter"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"pollwire/lab/lessons"
	"pollwire/test/rig"
)

// kitFor writes the kit for the server of s and lets tshark use it until the test ends. It returns what tshark's
// command line needs.
func kitFor(t *testing.T, s *sniffer) []string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "kit")
	if _, problems, status := runLab(t, "kit", folder, "-url", s.rig.API, "-keylog", s.keys, "-lang", "en"); status != 0 ||
		problems != "" {
		t.Fatalf("lab kit = %d %q", status, problems)
	}
	t.Setenv("WIRESHARK_CONFIG_DIR", folder)
	args := []string{"-C", "pollwire", "-X", "lua_script:" + filepath.Join(folder, "pollwire.lua")}
	if out, err := exec.Command("tshark", append(slices.Clip(args), "-r", s.file, "-c", "1", "-Y",
		"pollwire")...).CombinedOutput(); err != nil {
		lacks(t, "this tshark runs no Lua: "+string(out))
	}
	return args
}

func TestLabWritesAKitForThePortsInUse(t *testing.T) {
	r := rig.Spawn(t, t.TempDir())
	folder := filepath.Join(t.TempDir(), "kit")
	for lang, word := range map[string]string{"en": "Install", "ko": "설치"} {
		out, problems, status := runLab(t, "kit", folder, "-url", r.API, "-lang", lang)
		if status != 0 || problems != "" || !strings.Contains(out, folder) || !strings.Contains(out, word) {
			t.Errorf("lab kit -lang %s = %d %q\n%s", lang, status, problems, out)
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, "profiles", "pollwire", "cfilters"))
	if err != nil || !strings.Contains(string(text), "port "+r.Port("ws")) || strings.Contains(string(text), "8001") {
		t.Errorf("%v; not for the ports of the server:\n%s", err, text)
	}
	for _, args := range [][]string{{"kit", folder, "more"}, {"kit", folder, "-url", "http://127.0.0.1:1"},
		{"kit", filepath.Join(folder, "README.txt"), "-url", r.API}} {
		if out, problems, status := runLab(t, args...); status != 1 || strings.Count(problems, "\n") != 1 || out != "" {
			t.Errorf("lab %q = %d %q %q, want status 1 and one line", args, status, problems, out)
		}
	}
}

func TestTheKitFindsAnEventOverEveryTransport(t *testing.T) {
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	r := rig.Spawn(t, dir, append(rig.Everywhere, "-keylog", keys)...)
	s := startSniffer(t, r.Rig, keys)
	kim := r.Guest("Kim")
	p := r.NewPoll(kim.AccessToken)

	// Somebody listens in each way of HTTP while votes come in over sockets.
	var streams sync.WaitGroup
	const events = 5 // poll:created, and two results and two people over sockets
	heard := make(chan struct{}, events*len(rig.Ways))
	for _, w := range rig.Ways {
		streams.Go(func() {
			for line := range linesOver(t, r.Rig, w.Protocols, w.Scheme, fmt.Sprint("/api/events?since=0&count=", events),
				"Accept", "text/event-stream") {
				if strings.HasPrefix(line, "id:") {
					heard <- struct{}{}
				}
			}
		})
	}
	// Nothing happens before all have heard of what happened last: what they hear together would share a packet.
	allHeard := func() {
		t.Helper()
		for n := range rig.Ways {
			select {
			case <-heard:
			case <-time.After(20 * time.Second):
				t.Fatalf("%d of %d streams have heard of it", n, len(rig.Ways))
			}
		}
	}
	allHeard()
	for i, scheme := range []string{"ws", "wss"} {
		conn := rig.DialSocket(t, scheme, net127(r.Rig), "/ws")
		name := []string{"Lee", "Choi"}[i]
		websocket.Message.Send(conn, fmt.Sprintf(`{"event":"user:join","data":{"nickname":%q},"id":"join"}`, name))
		allHeard()
		websocket.Message.Send(conn, fmt.Sprintf(`{"event":"vote:cast","data":{"poll_id":%d,"option_id":%d},"id":7}`, p.ID,
			p.Options[i].ID))
		for answer := ""; !strings.Contains(answer, `"event":"vote:result"`); {
			if err := websocket.Message.Receive(conn, &answer); err != nil {
				t.Fatal(err)
			}
		}
		allHeard()
		defer conn.Close() // only then somebody leaves, which would be an event more
	}
	streams.Wait()
	seq := r.EventsSince("?since=0").Seq
	for i, transport := range rig.Transports {
		c := r.Connect(transport, fmt.Sprintf(`{"token":%q}`, kim.AccessToken))
		c.Send(fmt.Sprintf(`429["vote:cast",{"poll_id":%d,"option_id":%d}]`, p.ID, p.Options[1+i].ID))
		c.Until(`["vote:result"`)
	}
	for _, w := range rig.Ways {
		askOver(t, r.Rig, w.Protocols, w.Scheme, "/api/events?since=0")
	}
	s.stop()

	kit := kitFor(t, s)
	promised := promisedOfEachTransport()
	for i, n := range countFrames(t, s.file, promised, kit...) {
		if n < promised[i].Packets {
			t.Errorf("%d packets by %s, want at least %d", n, promised[i].Filter, promised[i].Packets)
		}
	}
	// Each stream has told every event once, in order.
	out, err := exec.Command("tshark", append(slices.Clip(kit), "-r", s.file, "-Y", `pollwire.transport == "sse"`, "-T",
		"fields", "-e", "tcp.stream", "-e", "pollwire.seq")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		told[f[0]] = append(told[f[0]], strings.Split(f[1], ",")...)
	}
	var want []string
	for n := range events {
		want = append(want, fmt.Sprint(seq-events+1+int64(n)))
	}
	for stream, seqs := range told {
		if !slices.Equal(seqs, want) {
			t.Errorf("TCP stream %s told the events %v, want %v", stream, seqs, want)
		}
	}
	if len(told) != len(rig.Ways) {
		t.Errorf("events in %d streams, want %d", len(told), len(rig.Ways))
	}
	if problems, _ := exec.Command("tshark", append(slices.Clip(kit), "-r", s.file, "-Y",
		"_ws.lua.error || _ws.malformed")...).Output(); len(problems) > 0 {
		t.Errorf("%s", problems)
	}
}

// promisedOfEachTransport is what the kit's own fields must find of one event, whatever it travels over.
func promisedOfEachTransport() (list []lessons.Event) {
	find := func(n int, filters ...string) {
		list = append(list, lessons.Event{Filter: strings.Join(filters, " && "), Packets: n})
	}
	const (
		cast, result, ack   = `pollwire.event == "vote:cast"`, `pollwire.event == "vote:result"`, `pollwire.event == "ack"`
		websocket, socketIO = `pollwire.transport == "websocket"`, `pollwire.transport == "socketio"`
		sse, inJSON         = `pollwire.transport == "sse"`, `pollwire.transport == "json"`
		byClient, byServer  = `websocket.mask == 1`, `websocket.mask == 0`
		id                  = `pollwire.id == "7"`
	)
	for _, secure := range []string{"!tls", "tls"} {
		find(1, cast, websocket, id, byClient, secure)
		find(1, ack, id, byServer, secure)
		find(1, result, websocket, secure)
		for _, http := range []string{"!http2", "http2"} {
			find(1, result, sse, secure, http)
			find(1, result, inJSON, secure, http)
			find(3, sse, secure, http) // when they travel, not at the end
		}
	}
	find(1, cast, socketIO, `socketio.ack == 9`, `http.request.method == "POST"`)
	find(1, result, socketIO, `http.response.code == 200`)
	find(1, cast, socketIO, `socketio.ack == 9`, byClient)
	find(1, result, socketIO, byServer)
	find(2, `socketio.type == 3`, `socketio.ack == 9`)
	find(2, `engineio.type == 0`, `engineio.data contains "maxPayload"`)
	return list
}

func net127(r *rig.Rig) string { return "127.0.0.1:" + r.Port("ws") }

// askOver makes a request on a connection of its own and reads the answer to its end.
func askOver(t *testing.T, r *rig.Rig, protocols func(*http.Protocols), scheme, path string, header ...string) {
	for range linesOver(t, r, protocols, scheme, path, header...) {
	}
}

// linesOver makes a request on a connection of its own and yields the lines of the answer as they come.
func linesOver(t *testing.T, r *rig.Rig, protocols func(*http.Protocols), scheme, path string,
	header ...string) iter.Seq[string] {
	return func(yield func(string) bool) {
		req, err := http.NewRequest("GET", scheme+"://127.0.0.1:"+r.Port("http")+path, nil)
		if err != nil {
			t.Error(err)
			return
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		client := rig.ClientFor(t, protocols)
		defer client.CloseIdleConnections()
		resp, err := client.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() && yield(lines.Text()) {
		}
		if lines.Err() != nil || resp.StatusCode != 200 {
			t.Errorf("GET %s = %s, %v", path, resp.Status, lines.Err())
		}
	}
}
