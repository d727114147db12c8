package wireshark

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var usual = map[string]string{"http": "8000", "ws": "8001", "files": "8080", "health": "3001"}

// read writes a kit and returns its files by their path.
func read(t *testing.T, c Config) (folder string, texts map[string]string) {
	t.Helper()
	folder, texts = filepath.Join(t.TempDir(), "new", "kit"), map[string]string{}
	if err := Write(folder, c); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		texts[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return folder, texts
}

func TestTheKitIsWholeAndForThePortsInUse(t *testing.T) {
	_, texts := read(t, Config{Ports: map[string]string{"http": "1234", "ws": "1235", "files": "1234", "health": ""},
		KeyLog: "/tmp/my keys"})
	for name, want := range map[string][]string{
		"pollwire.lua": {`"pollwire.event"`},
		"README.txt":   {"port 1234 or port 1235,", "/tmp/my keys", "설치", "$env:APPDATA"},
		"profiles/pollwire/preferences": {"tcp.try_heuristic_first: TRUE\n", "websocket.text_type: As json\n",
			"\ntls.keylog_file: /tmp/my keys\n"},
		"profiles/pollwire/cfilters":        {"\"pollwire\" port 1234 or port 1235\n"},
		"profiles/pollwire/dfilters":        {"http"},
		"profiles/pollwire/dfilter_buttons": {"tcp.port == 1235"},
		"profiles/pollwire/colorfilters":    {"engineio"},
	} {
		text := texts[name]
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s has no %q", name, w)
			}
		}
		if strings.Contains(text, "{{") || strings.Contains(text, "<no value>") || strings.Contains(text, "3001") {
			t.Errorf("%s is not filled in, or names a port that is off:\n%s", name, text)
		}
		delete(texts, name)
	}
	if len(texts) > 0 {
		t.Errorf("more files: %q", texts)
	}
	if _, texts = read(t, Config{Ports: usual}); !strings.Contains(texts["profiles/pollwire/preferences"],
		"\n# tls.keylog_file:") {
		t.Error("a key log that nobody named")
	}
}

func TestWhereTheKitCanNotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(file, Config{Ports: usual}); err == nil {
		t.Error("a file was taken for a folder")
	}
	if err := Write(t.TempDir(), Config{Ports: usual, KeyLog: "a\nhttp.tcp.port: 80"}); err == nil {
		t.Error("a key log of two lines was written into the preferences")
	}
}

// ---- what tshark makes of it

// lacks skips a test, or fails it where POLLWIRE_E2E says that nothing may be missing.
func lacks(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("POLLWIRE_E2E") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// tshark runs it with the kit's profile and dissector. What it says on stderr fails the test.
func tshark(t *testing.T, kit, capture string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		lacks(t, "tshark is not installed; it reads the kit")
	}
	out, problems := run(t, kit, filepath.Join(kit, "pollwire.lua"), capture, args...)
	if problems != "" {
		t.Fatalf("tshark %q complains:\n%s", args, problems)
	}
	return out
}

func run(t *testing.T, kit, lua, capture string, args ...string) (out, problems string) {
	t.Helper()
	cmd := exec.Command("tshark", append([]string{"-C", "pollwire", "-X", "lua_script:" + lua, "-r", capture}, args...)...)
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+kit, "LC_ALL=C.UTF-8")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	for line := range strings.Lines(stderr.String()) {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "Running as user") {
			problems += line
		}
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || err != nil && problems == "" {
		t.Fatal(err)
	}
	return string(text), problems
}

// needsLua skips where tshark runs no Lua: some builds have none, and some run none as root.
func needsLua(t *testing.T, kit, capture string) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		lacks(t, "tshark is not installed; it runs the dissector")
	}
	probe := filepath.Join(t.TempDir(), "probe.lua")
	if err := os.WriteFile(probe, []byte(`print("Lua runs")`), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, problems := run(t, kit, probe, capture, "-c", "1"); !strings.Contains(out, "Lua runs") {
		lacks(t, "this tshark runs no Lua: "+problems)
	}
}

// fields are what the tests ask for.
var fields = []string{"pollwire.event", "pollwire.seq", "pollwire.id", "pollwire.transport", "engineio.type",
	"engineio.data",
	"socketio.type", "socketio.namespace", "socketio.ack", "socketio.attachments", "socketio.data"}

func TestEachKindOfPacketIsTakenApart(t *testing.T) {
	w := newWire()
	var want = map[int]string{}
	const sio, ws, poll, sse, json, late = 1, 2, 3, 4, 5, 6
	w.upgrade(sio, "/socket.io/?EIO=4&transport=websocket")
	for _, c := range []struct{ text, want string }{
		{`0{"sid":"x","upgrades":[]}`, `engineio.type=0 engineio.data={"sid":"x","upgrades":[]}`},
		{`2probe`, `engineio.type=2 engineio.data=probe`},
		{`3`, `engineio.type=3`},
		{`5`, `engineio.type=5`},
		{`40`, `engineio.type=4 socketio.type=0 socketio.namespace=/`},
		{`40/admin,{"token":"a,b"}`,
			`engineio.type=4 socketio.type=0 socketio.namespace=/admin socketio.data={"token":"a,b"}`},
		{`41/admin`, `engineio.type=4 socketio.type=1 socketio.namespace=/admin`},
		{`42["a:b",{"c":"]"}]`,
			`pollwire.event=a:b pollwire.transport=socketio engineio.type=4 socketio.type=2 socketio.namespace=/ ` +
				`socketio.data=["a:b",{"c":"]"}]`},
		{`42["a",{},"12"]`,
			`pollwire.event=a pollwire.seq=12 pollwire.transport=socketio engineio.type=4 socketio.type=2 ` +
				`socketio.namespace=/ socketio.data=["a",{},"12"]`},
		{`42["a",{},12]`,
			`pollwire.event=a pollwire.transport=socketio engineio.type=4 socketio.type=2 socketio.namespace=/ ` +
				`socketio.data=["a",{},12]`},
		{`42/n,7["\u0061\"\\u0062"]`,
			`pollwire.event=a"\u0062 pollwire.transport=socketio engineio.type=4 socketio.type=2 socketio.namespace=/n ` +
				`socketio.ack=7 socketio.data=["\u0061\"\\u0062"]`},
		{`42["\ud83d\ude00\ud800\ud55c"]`,
			`pollwire.event=😀.한 pollwire.transport=socketio engineio.type=4 socketio.type=2 socketio.namespace=/ ` +
				`socketio.data=["\ud83d\ude00\ud800\ud55c"]`},
		{`42["a\u0001b"]`,
			`pollwire.event=a.b pollwire.transport=socketio engineio.type=4 socketio.type=2 socketio.namespace=/ ` +
				`socketio.data=["a\u0001b"]`},
		{`42["투표"]`,
			`pollwire.event=투표 pollwire.transport=socketio engineio.type=4 socketio.type=2 socketio.namespace=/ ` +
				`socketio.data=["투표"]`},
		{`43` + `9007199254740991[{"ok":true}]`,
			`engineio.type=4 socketio.type=3 socketio.namespace=/ socketio.ack=9007199254740991 socketio.data=[{"ok":true}]`},
		{`44{"message":"no"}`, `engineio.type=4 socketio.type=4 socketio.namespace=/ socketio.data={"message":"no"}`},
		{`451-["x",{"_placeholder":true,"num":0}]`,
			`pollwire.event=x pollwire.transport=socketio engineio.type=4 socketio.type=5 socketio.namespace=/ ` +
				`socketio.attachments=1 socketio.data=["x",{"_placeholder":true,"num":0}]`},
		{`43` + `9007199254740992[]`, ``},
		{`42{"event":"x"}`, ``},
		{`42["x"`, ``},
		{`47`, ``},
		{`7`, ``},
		{``, ``},
		{`{"event":"x"}`, `pollwire.event=x pollwire.transport=websocket`},
	} {
		want[w.send(sio, down, frame(down, c.text))] = c.want
	}
	w.upgrade(ws, "/ws?token=x")
	for _, c := range []struct{ text, want string }{
		{`{"event":"a:b","data":{"event":"no"},"id":7}`, `pollwire.event=a:b pollwire.id=7 pollwire.transport=websocket`},
		{` { "id" : "v\"1" , "data" : { "event" : "no", "x" : "}{\\" } , "event" : "ack" } `,
			`pollwire.event=ack pollwire.id=v"1 pollwire.transport=websocket`},
		{`{"event":"r","data":[{}],"seq":9007199254740991}`,
			`pollwire.event=r pollwire.seq=9007199254740991 pollwire.transport=websocket`},
		{`{"event":"r","seq":9007199254740992}`, `pollwire.event=r pollwire.transport=websocket`},
		{`{"event":7}`, ``},
		{`{"data":{"event":"no"}}`, ``},
		{`{"event":"x"`, ``},
		{`42["x"]`, ``},
		{`2`, ``},
	} {
		want[w.send(ws, up, frame(up, c.text))] = c.want
	}
	want[w.send(ws, down, frame(down, `{"event":"a"}`)+
		frame(down, `{"event":"b","seq":2}`))] = `pollwire.event=a,b pollwire.seq=2 pollwire.transport=websocket,websocket`

	want[w.send(poll, up,
		withLength("POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain",
			"421[\"a\"]\x1e3"))] =
		`pollwire.event=a pollwire.transport=socketio engineio.type=4,3 socketio.type=2 socketio.namespace=/ ` +
			`socketio.ack=1 socketio.data=["a"]`
	want[w.send(poll, down, withLength("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8", "ok"))] = ``
	w.send(poll, up, "GET /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\n\r\n")
	want[w.send(poll, down, withLength("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8",
		"431[]\x1ebAQID\x1e42[\"b\",{},\"3\"]"))] =
		`pollwire.event=b pollwire.seq=3 pollwire.transport=socketio engineio.type=4,4 socketio.type=3,2 ` +
			`socketio.namespace=/,/ socketio.ack=1 socketio.data=[],["b",{},"3"]`

	const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
	w.send(sse, up, "GET /api/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
	want[w.send(sse, down, streamHead)] = ``
	want[w.send(sse, down, chunk(": still here\n\n"))] = ``
	want[w.send(sse, down,
		chunk("id: 1\nevent: a\ndata: {}\n\n"))] = `pollwire.event=a pollwire.seq=1 pollwire.transport=sse`
	want[w.send(sse, down, chunk("id: 2\nevent: b\ndata: {}\n\n")+
		chunk("id: 3\nevent: c\ndata: event: no\n\n"))] = `pollwire.event=b,c pollwire.seq=2,3 pollwire.transport=sse,sse`
	halves := chunk("id: 4\nevent: d\ndata: " + strings.Repeat("long ", 100) + "\n\n")
	want[w.send(sse, down, halves[:10])] = ``
	want[w.send(sse, down, halves[10:])] = `pollwire.event=d pollwire.seq=4 pollwire.transport=sse`
	again := chunk("id: 5\nevent: f\ndata: {}\n\n")
	want[w.send(sse, down, again)] = `pollwire.event=f pollwire.seq=5 pollwire.transport=sse`
	w.segment(sse, down, w.seq[[2]int{sse, down}]-uint32(len(again)), again)
	want[w.frames] = `` // sent twice is not heard twice
	want[w.send(sse, down, chunk("event: e\ndata: {}\n\n")+"0\r\n\r\n")] = `pollwire.event=e pollwire.transport=sse`

	w.send(json, up, "GET /api/events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n")
	want[w.send(json, down, withLength("HTTP/1.1 200 OK\r\nContent-Type: application/json",
		`{"events":[{"seq":1,"event":"a","data":{"event":"no"}},{"seq":2,"event":"b","data":[]}],"seq":2}`))] =
		`pollwire.event=a,b pollwire.seq=1,2 pollwire.transport=json,json`
	w.send(json, up, "GET /api/events?since=9 HTTP/1.1\r\nHost: x\r\n\r\n")
	want[w.send(json, down, withLength("HTTP/1.1 200 OK\r\nContent-Type: application/json",
		`{"resync":true,"events":[],"seq":2}`))] = `pollwire.event=resync pollwire.transport=json`
	want[w.send(late, down,
		chunk("id: 7\nevent: g\ndata: {}\n\n"))] = `pollwire.event=g pollwire.seq=7 pollwire.transport=sse`

	kit, _ := read(t, Config{Ports: usual})
	file := w.save(t)
	needsLua(t, kit, file)
	for _, passes := range [][]string{nil, {"-2"}, {"-2", "-Y", "tcp"}} {
		args := append(passes, "-T", "fields", "-E", "separator=\x01", "-e", "frame.number")
		for _, f := range fields {
			args = append(args, "-e", f)
		}
		seen := map[int]string{}
		for line := range strings.Lines(tshark(t, kit, file, args...)) {
			values := strings.Split(strings.TrimRight(line, "\r\n"), "\x01")
			var n int
			fmt.Sscan(values[0], &n)
			var found []string
			for i, v := range values[1:] {
				if v != "" {
					found = append(found, fields[i]+"="+v)
				}
			}
			seen[n] = strings.Join(found, " ")
		}
		for n := 1; n <= w.frames; n++ {
			// From 4.2 on tshark writes a backslash as two.
			if seen[n] != want[n] && strings.ReplaceAll(seen[n], `\\`, `\`) != want[n] {
				t.Errorf("%v frame %d:\n%s, want\n%s", passes, n, seen[n], want[n])
			}
		}
	}
}

func TestEveryFilterAndColourOfTheProfileIsUnderstood(t *testing.T) {
	w := newWire()
	w.upgrade(1, "/ws")
	w.send(1, up, frame(up, `{"event":"a"}`))
	kit, texts := read(t, Config{Ports: usual})
	file := w.save(t)
	needsLua(t, kit, file)
	// -z io,stat takes as many filters as one likes; --color reads the colours.
	args := []string{"--color"}
	n := 0
	for line := range strings.Lines(texts["profiles/pollwire/dfilters"]) {
		_, filter, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), `"`), `" `)
		args = append(args, "-z", "io,stat,0,"+filter)
		n++
	}
	for line := range strings.Lines(texts["profiles/pollwire/dfilter_buttons"]) {
		parts := strings.Split(strings.TrimSpace(line), `","`)
		if len(parts) != 4 {
			t.Fatalf("a button of %d parts: %s", len(parts), line)
		}
		args = append(args, "-z", "io,stat,0,"+strings.ReplaceAll(parts[2], `\x22`, `"`))
		n++
	}
	out := tshark(t, kit, file, args...)
	if strings.Count(out, "<>") < n || n < 30 {
		t.Errorf("%d filters, of which tshark counted for %d:\n%s", n, strings.Count(out, "<>"), out)
	}
	for _, column := range []string{"20001", "8001", "WebSocket/JSON", " a "} {
		if !strings.Contains(out, column) {
			t.Errorf("no column has %q:\n%s", column, out)
		}
	}
	if _, err := exec.LookPath("dumpcap"); err != nil {
		lacks(t, "dumpcap is not installed; it compiles capture filters")
	}
	for line := range strings.Lines(texts["profiles/pollwire/cfilters"]) {
		_, filter, _ := strings.Cut(strings.TrimSpace(line)[1:], `" `)
		// Where it may not capture, or calls loopback something else, it says that and not this.
		if out, _ := exec.Command("dumpcap", "-d", "-i", "lo", "-f", filter).CombinedOutput(); bytes.Contains(out,
			[]byte("Invalid capture filter")) {
			t.Errorf("%q: %s", filter, out)
		}
	}
}

// What is broken, cut off, huge or no text at all may be shown in any way, but breaks nothing.
func TestGarbageIsNoTrouble(t *testing.T) {
	samples := []string{`0{"sid":"x"}`, `2probe`, `42["a:b",{"c":[1,2,{"d":"e\u00e9\\"}]},"12"]`, `42/admin,17["a"]`,
		`4317[{"ok":true}]`,
		`452-["x",{"_placeholder":true,"num":0}]`, `{"event":"a","data":{"b":[1,"]"]},"id":"v1","seq":12}`,
		"42[\"a\"]\x1e43[]\x1ebAQID",
		`{"events":[{"seq":1,"event":"a","data":{}}],"seq":1}`, "id: 1\nevent: a\ndata: {}\n\n", "\x00\x01\xff\xfe",
		"4" + strings.Repeat("9", 400),
		"42" + strings.Repeat("9", 30) + `["x"]`, "45" + strings.Repeat("9", 30) + `-["x"]`,
		"42" + strings.Repeat("[", 30000), `42["` + strings.Repeat(`\`, 3001),
		`42["\ud83d\ude00\udfff\ud800\u0000\uZZZZ"]`, "42[\"\xf4\x90\x80\x80\xed\xa0\x80\xc0\x80\xe2\x82\"]",
		`{"event":"` + strings.Repeat("가", 15000) + `"}`, "4", "40/", "42/,", "\x1e\x1e", "b", "b====",
		"999999999999999999999999\r\n", "-1\r\n", "0x10\r\n"}
	rnd := rand.New(rand.NewPCG(1, 2))
	garbage := func() string {
		b := []byte(samples[rnd.IntN(len(samples))])
		for range rnd.IntN(4) {
			at := rnd.IntN(len(b) + 1)
			switch rnd.IntN(4) {
			case 0:
				b = b[:at]
			case 1:
				b = slices.Insert(b, at, byte(rnd.IntN(256)))
			case 2:
				b = slices.Insert(b, at, []byte(`"\{}[],:0123456789-/`)[rnd.IntN(20)])
			case 3:
				other := samples[rnd.IntN(len(samples))]
				b = append(b[:at], other[:min(len(other), 200)]...)
			}
		}
		return string(b[:min(len(b), 60000)])
	}
	w := newWire()
	w.upgrade(1, "/socket.io/?EIO=4")
	w.upgrade(2, "/ws")
	w.send(3, up, "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
	w.send(3, down, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
	w.send(4, up, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	valid := 0
	for i := range 300 {
		w.send(1, i%2, frame(i%2, garbage()))
		w.send(2, i%2, frame(i%2, garbage()))
		// 5: bodies; 3: pieces of a stream; 4: DATA frames; the others come from nowhere.
		text := garbage()
		w.send(5, up, withLength("POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain",
			text))
		w.send(5, down, withLength("HTTP/1.1 200 OK\r\nContent-Type: application/json", garbage()))
		if text = garbage(); i%2 == 0 {
			text = chunk(text)
		}
		w.send(3, down, text)
		text = garbage()
		text = text[:min(len(text), 16384)]
		w.send(4, down, string([]byte{0, byte(len(text) >> 8), byte(len(text)), 0, byte(i % 2), 0, 0, 0, byte(1 + 2*(i%5))})+
			text)
		if i%10 == 0 {
			w.send(10+i, down, garbage())
			w.send(1, down, frame(down, `42["still:there"]`))
			valid++
		}
	}
	kit, _ := read(t, Config{Ports: usual})
	file := w.save(t)
	needsLua(t, kit, file)
	out := tshark(t, kit, file, "-V")
	if i := strings.Index(out, "Lua Error"); i >= 0 {
		t.Errorf("%.500s", out[i:])
	}
	if n := strings.Count(out, "Event: still:there"); n < 2*valid {
		t.Errorf("%d lines of the %d valid events, want 2 of each", n, valid)
	}
}

// dnsOf is a question for a name over TCP, or with flags of an answer the head and question of one.
func dnsOf(flags, name string) string {
	var labels strings.Builder
	for l := range strings.SplitSeq(name, ".") {
		labels.WriteString(string(rune(len(l))) + l)
	}
	message := "\x12\x34" + flags + "\x00\x01\x00\x00\x00\x00\x00\x00" + labels.String() + "\x00" + "\x00\x10\x00\x01"
	return string([]byte{byte(len(message) >> 8), byte(len(message))}) + message
}

// RFC 1035 §4.2.2: a length stands before each message. What only looks a little like that is none.
func TestDNSOverTCPIsKnownOnAnyPort(t *testing.T) {
	w := newWire()
	w.send(1, up, dnsOf("\x01\x00", "rules.vote.test"))
	w.send(1, down, dnsOf("\x81\x80", "rules.vote.test"))
	split := dnsOf("\x01\x00", "a-long-name-of-which-only-a-part-is-in-the-first-segment.vote.test")
	w.send(2, up, dnsOf("\x01\x00", "_sip._tcp.vote.test")+split[:20])
	w.send(2, up, split[20:])
	for i, none := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", strings.Repeat("\x00", 60),
		strings.Repeat("abcdefghij", 10), dnsOf("\x28\x00", "update.test"), dnsOf("\x01\x00", "no name.test"),
		"\x00\x40" + dnsOf("\x01\x00", "vote.test")[2:20] + strings.Repeat("\xff", 60)} {
		w.send(10+i, up, none)
	}
	kit, _ := read(t, Config{Ports: usual})
	file := w.save(t)
	needsLua(t, kit, file)
	out := tshark(t, kit, file, "-Y", "dns", "-T", "fields", "-e", "tcp.stream", "-e", "dns.qry.name")
	if want := "0\trules.vote.test\n0\trules.vote.test\n1\t_sip._tcp.vote.test\n" +
		"1\ta-long-name-of-which-only-a-part-is-in-the-first-segment.vote.test\n"; out != want {
		t.Errorf("found as DNS:\n%swant:\n%s", out, want)
	}
}

// A frame that takes two segments is put together, also where the kit has to find out that it is HTTP/2.
func TestHTTP2IsPutTogetherOnAnyPort(t *testing.T) {
	w := newWire()
	settings := "\x00\x00\x06\x04\x00\x00\x00\x00\x00" + "\x00\x04\x00\x00\x03\xe8" // INITIAL_WINDOW_SIZE 1000
	w.send(1, up, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+settings[:11])
	w.send(1, up, settings[11:])
	kit, _ := read(t, Config{Ports: usual})
	file := w.save(t)
	needsLua(t, kit, file)
	if out := tshark(t, kit, file, "-Y", "http2.settings.initial_window_size == 1000", "-T", "fields", "-e",
		"frame.number"); out != "2\n" {
		t.Errorf("the frame in two segments is found in packet %q, want 2", out)
	}
}
