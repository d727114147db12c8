package graded

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// worst is a capture that takes a second or more to read.
func worst() []byte { return rig.Connections(300_000) }

const begun = 64 << 20 // bytes of memory that a reader has in use when it has the file

// handsIn hands the worst capture in, and returns the process that reads it, and what will be answered.
func (c *class) handsIn(token string) (run string, reader int, answered chan string) {
	c.Helper()
	run = c.run("tcp-open-close", token).Run
	answered = make(chan string, 1)
	req := c.form(run, token, worst(), "{}")
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			answered <- err.Error()
			return
		}
		answered <- res.Status + " " + text(res)
	}()
	return run, rig.Child(c.TB, c.Cmd.Process.Pid, begun), answered
}

// Who ends a reader, as a system does that has no memory left, ends that and nothing else.
func TestAReaderIsKilled(t *testing.T) {
	dir := t.TempDir()
	c := newClassIn(t, dir)
	kim := c.Guest("Kim").AccessToken
	run, reader, answered := c.handsIn(kim)
	p, _ := os.FindProcess(reader)
	p.Kill()
	if said := <-answered; !strings.HasPrefix(said, "422") || !strings.Contains(said, `"capture_unread"`) {
		t.Errorf("answered: %.300s", said)
	}
	rig.Gone(t, reader)
	list := rig.Want[struct{ HandIns []any }](c, 200, "GET", "/api/exercises/runs/"+run+"/handins", kim, nil)
	if n := kept(t, dir); n != 0 || len(list.HandIns) != 0 {
		t.Errorf("%d captures are kept of %d hand-ins", n, len(list.HandIns))
	}
	c.marked(run, kim, recorded(t), map[string]string{})
	if n := kept(t, dir); n != 1 {
		t.Errorf("%d captures are kept, want that of the next hand-in", n)
	}
}

// However the server ends, no reader goes on.
func TestNoReaderIsLeft(t *testing.T) {
	for name, end := range map[string]func(*class){
		"stop":  func(c *class) { c.End(os.Interrupt) },
		"crash": func(c *class) { c.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClass(t)
			_, reader, answered := c.handsIn(c.Guest("Kim").AccessToken)
			end(c)
			rig.Gone(t, reader)
			t.Logf("answered: %.100s", <-answered)
		})
	}
}

// Bodies that are on their way have 320 MiB together. Who announces more waits with it until others have left: RFC 9110
// §10.1.1 shows when the server begins to read.
func TestAHandInWaitsForRoom(t *testing.T) {
	c := newClass(t)
	kim := c.Guest("Kim").AccessToken
	run := c.run("tcp-open-close", kim).Run
	announce := func(path, media string, mib int) (conn net.Conn, mayGoOn chan string) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.API, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(rig.Patience))
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n"+
			"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", path, kim, media, mib<<20)
		mayGoOn = make(chan string, 1)
		go func() {
			line, _ := bufio.NewReader(conn).ReadString('\n')
			mayGoOn <- line
		}()
		return conn, mayGoOn
	}
	const goOn = "HTTP/1.1 100 Continue\r\n"
	var last net.Conn
	for range 9 { // of 32 MiB and what is begun of one more
		conn, mayGoOn := announce("/api/coverage", "application/octet-stream", 32)
		if line := <-mayGoOn; line != goOn {
			t.Fatalf("one of nine is answered %q", line)
		}
		last = conn
	}
	_, mayGoOn := announce("/api/exercises/runs/"+run+"/handin", "multipart/form-data; boundary=a", 24)
	select {
	case line := <-mayGoOn:
		t.Fatalf("without room a hand-in is answered %q", line)
	case <-time.After(300 * time.Millisecond):
	}
	last.Close()
	if line := <-mayGoOn; line != goOn {
		t.Errorf("with room again a hand-in is answered %q", line)
	}
}
