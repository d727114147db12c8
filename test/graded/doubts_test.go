package graded

import (
	"bytes"
	stdhex "encoding/hex"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// A capture that was changed gets no points, and is told what is the matter with it.
func TestAChangedCaptureIsDoubted(t *testing.T) {
	c := newClass(t)
	kim := c.Guest("Kim").AccessToken
	s := c.run("tcp-open-close", kim)
	wire := capture(t, c.Rig)
	c.play(s)
	file := wire.stop()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tool := func(args ...string) []byte {
		t.Helper()
		out := filepath.Join(t.TempDir(), "changed.pcapng")
		if said, err := exec.Command(args[0], append(args[1:], out)...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v, %s", args, err, said)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	uri := path.FindString(s.text("open"))
	second := one(t, file, `http.request.uri == "`+uri+`"`, "frame.number")
	stream := "tcp.stream == " + one(t, file, "frame.number == "+second, "tcp.stream")
	answer := one(t, file, stream+" && tcp.len > 0 && tcp.srcport == "+c.Port("http"), "tcp.payload")
	sent, err := stdhex.DecodeString(strings.ReplaceAll(answer, ":", ""))
	if err != nil || len(sent) < 200 {
		t.Fatalf("the server sent %q, %v", answer, err)
	}
	changed := bytes.Clone(whole)
	at := bytes.Index(whole, sent)
	if at < 0 {
		t.Fatal("what the server sent is not in the file")
	}
	changed[at+100] ^= 1
	local := []byte{127, 0, 0, 1, 127, 0, 0, 1} // from, to
	if !bytes.Contains(whole, local) {
		t.Fatal("there is no packet of 127.0.0.1 in the file")
	}
	behindRouter := bytes.ReplaceAll(whole, local, []byte{192, 0, 2, 1, 192, 0, 2, 1})
	for what, test := range map[string]struct {
		capture []byte
		want    string // of what is said; "": nothing
	}{
		"as it was":        {whole, ""},
		"other addresses":  {behindRouter, ""},
		"as pcap":          {tool("editcap", "-F", "pcap", file), ""},
		"one byte changed": {changed, "the server has sent something else near byte 0"},
		"an hour later":    {tool("editcap", "-t", "3600", file), "its clock is 1h0m0s off"},
		"without its beginning": {tool("sh", "-c", `editcap -r "$0" "$2" "$1"-100000`, file, second),
			"in the middle of the connection"},
	} {
		m := c.marked(s.Run, kim, test.capture, map[string]string{})
		said := m.Fields[0].Feedback
		if (test.want == "") != m.Yours || m.Yours == m.Doubted || !strings.Contains(said, test.want) {
			t.Errorf("%s: yours: %v, %q, want %q", what, m.Yours, said, test.want)
		}
	}
}

// A run that was played against another server, into the capture of one that was played here.
func TestConnectionsOfAStrangerAreTold(t *testing.T) {
	c, other := newClass(t), newClass(t)
	kim := c.Guest("Kim").AccessToken
	s := c.run("tcp-open-close", kim)
	wire := capture(t, c.Rig, other.Rig)
	c.play(s)
	path := path.FindString(s.text("open"))
	res, _ := other.Do("GET", path, "", nil)
	if res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	data, err := os.ReadFile(wire.stop())
	if err != nil {
		t.Fatal(err)
	}
	m := c.marked(s.Run, kim, data, map[string]string{})
	table := rig.Want[results](c, 200, "GET", "/api/exercises/results", c.teacher, nil)
	if doubted := table.Results[0].Doubted; doubted == nil || !*doubted {
		t.Errorf("the teacher's table says doubted: %v", doubted)
	}
	if csv := c.exported("exercises.csv"); !strings.Contains(csv, s.Run+",1\r\n") {
		t.Errorf("exercises.csv: %q", csv)
	}
	if m.Yours || !strings.Contains(m.Fields[0].Feedback, "the server has not seen the connection") {
		t.Errorf("yours: %v, %q", m.Yours, m.Fields[0].Feedback)
	}
}

// opens makes a connection of its own for the first task of tcp-open-close.
func (c *class) opens(s sheet) {
	c.Helper()
	fresh := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := fresh.Get(c.API + path.FindString(s.text("open")))
	if err != nil || res.StatusCode != 200 {
		c.Fatal(res, err)
	}
	res.Body.Close()
}

// What the server can't have seen is not doubted: it remembers connections only while an exercise is open, and forgets
// all when it is started anew.
func TestWhatTheServerHasMissedIsNotDoubted(t *testing.T) {
	c, other := newClass(t), newClass(t)
	kim := c.Guest("Kim").AccessToken
	s := c.run("tcp-open-close", kim)
	wire := capture(t, c.Rig, other.Rig)
	c.open(false)
	c.opens(s) // missed
	c.open(true)
	c.play(s)
	other.opens(s)
	file := wire.stop()
	missed := filtered(t, file, "tcp.port != "+other.Port("http"))
	stranger, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if m := c.marked(s.Run, kim, missed, map[string]string{}); !m.Yours {
		t.Errorf("with a connection that was missed: %q", m.Fields[0].Feedback)
	}
	if m := c.marked(s.Run, kim, stranger, map[string]string{}); !m.Doubted {
		t.Errorf("with a stranger's, too: %q", m.Fields[0].Feedback)
	}
}

// Who began before a restart of the server and goes on behind it is believed. Who begins behind it is watched again.
func TestNobodyIsDoubtedForARestart(t *testing.T) {
	dir := t.TempDir()
	c, other := newClassIn(t, dir), newClass(t)
	kim := c.Guest("Kim").AccessToken
	s := c.run("tcp-open-close", kim)
	wire := capture(t, c.Rig)
	c.play(s)
	c.End(os.Interrupt)
	// At the same port, or the connections in the capture would be those of another server.
	c = &class{rig.Spawn(t, dir, "-http", "127.0.0.1:"+c.Port("http")), c.teacher}
	c.opens(s) // of this run it remembers this connection alone
	begun, err := os.ReadFile(wire.stop())
	if err != nil {
		t.Fatal(err)
	}
	if m := c.marked(s.Run, kim, begun, map[string]string{}); !m.Yours || m.Doubted {
		t.Errorf("begun before: %q", m.Fields[0].Feedback)
	}
	s = c.run("tcp-open-close", kim)
	wire = capture(t, c.Rig, other.Rig)
	c.play(s)
	other.opens(s)
	stranger, err := os.ReadFile(wire.stop())
	if err != nil {
		t.Fatal(err)
	}
	if m := c.marked(s.Run, kim, stranger, map[string]string{}); !m.Doubted {
		t.Errorf("begun behind it, with a stranger's connection: %q", m.Fields[0].Feedback)
	}
}

// What travels behind the handshake of a WebSocket is remembered, too.
func TestAChangedFrameIsDoubted(t *testing.T) {
	c := newClass(t)
	kim := c.Guest("Kim").AccessToken
	s := c.run("socketio", kim)
	wire := capture(t, c.Rig)
	c.play(s)
	file := wire.stop()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sent := bytesOf(t, one(t, file, `websocket.mask == 1 && websocket.payload.text contains "lab:note"`, "tcp.payload"))
	at := bytes.Index(whole, sent)
	if at < 0 {
		t.Fatal("the frame is not in the file")
	}
	changed := bytes.Clone(whole)
	changed[at+len(sent)-3] ^= 1
	for what, capture := range map[string][]byte{"": whole, "the client has sent something else": changed} {
		m := c.marked(s.Run, kim, capture, map[string]string{})
		if said := m.Fields[0].Feedback; m.Yours != (what == "") || !strings.Contains(said, what) {
			t.Errorf("yours: %v, %q, want %q", m.Yours, said, what)
		}
	}
}
