package graded

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

// lacks skips a test for want of something; where all must be tested it fails.
func lacks(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("POLLWIRE_E2E") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// only is the capture filter of a student whose computer has more to do: the server's ports, those that exercises draw
// (exercise.Run.SparePort), and what ICMP says of them.
func only(servers ...*rig.Rig) string {
	filter := "icmp or icmp6 or portrange 20000-30000"
	for _, r := range servers {
		for _, service := range []string{"http", "ws", "files", "health"} {
			filter += " or port " + r.Port(service)
		}
	}
	return filter
}

// capturing is a tshark that captures the loopback interface.
type capturing struct {
	testing.TB
	ping string // address of a UDP ping, which marks a place in the capture
	cmd  *exec.Cmd
	seen chan string // a line for each datagram
	file string
}

func capture(t testing.TB, r *rig.Rig, others ...*rig.Rig) *capturing {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		lacks(t, "tshark is not installed; it captures as a student does")
	}
	c := &capturing{TB: t, ping: net.JoinHostPort("127.0.0.1", r.Port("health")), seen: make(chan string, 10_000),
		file: filepath.Join(t.TempDir(), "capture.pcapng")}
	c.cmd = exec.Command("tshark", "-i", "lo", "-f", only(append(others, r)...), "-w", c.file, "-P", "-l",
		"-T", "fields", "-e", "udp.payload")
	var problems bytes.Buffer
	c.cmd.Stderr = &problems
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(c.seen)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() != "" {
				c.seen <- lines.Text()
			}
		}
	})
	t.Cleanup(func() { c.cmd.Process.Kill(); reading.Wait(); c.cmd.Wait() })
	if !c.mark("begin") {
		lacks(t, "tshark may not capture here: "+problems.String())
	}
	return c
}

// mark pings until the capture shows it: everything before it is captured then.
func (c *capturing) mark(text string) bool {
	c.Helper()
	text += " " + c.ping // others may test on this interface, too
	conn, err := net.Dial("udp", c.ping)
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close()
	want := fmt.Sprintf("%x", "ping "+text)
	for end := time.Now().Add(rig.Patience); time.Now().Before(end); {
		fmt.Fprintf(conn, "ping %s", text)
		again := time.After(200 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case line, running := <-c.seen:
				if line == want || !running {
					return running
				}
			case <-again:
				waiting = false
			}
		}
	}
	return false
}

// stop ends the capture and returns the file.
func (c *capturing) stop() string {
	c.Helper()
	if !c.mark("the end") {
		c.Fatal("tshark has ended")
	}
	c.cmd.Process.Signal(os.Interrupt)
	for range c.seen { // until all is written
	}
	return c.file
}
