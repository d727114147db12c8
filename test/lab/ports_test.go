package lab

import (
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"testing"

	"pollwire/lab/lessons"
)

// untilPortsDiffer plays until no two lessons have had the same port as clients. A system gives a port to several
// connections if they lead to different servers, and once more when one has ended. A class plays one lesson at a time;
// here a filter by that port would show packets of both.
func untilPortsDiffer(t *testing.T, play func() []*played) {
	t.Helper()
	const tries = 10
	for range tries {
		shared := sharedPort(play())
		if shared == "" {
			return
		}
		t.Logf("played again: two lessons had the same port, %s", shared)
	}
	t.Fatalf("two lessons had the same port, %d times", tries)
}

// sharedPort is one that clients of two lessons had; "": there is none.
func sharedPort(all []*played) string {
	owner := map[string]string{}
	for _, p := range all {
		for _, e := range p.events {
			if e.Type != lessons.Connection {
				continue
			}
			_, port, err := net.SplitHostPort(e.Client)
			if err != nil {
				continue
			}
			port = e.Network + " " + port
			if before, taken := owner[port]; taken && before != p.Name {
				return fmt.Sprintf("%s of %s and %s", port, before, p.Name)
			}
			owner[port] = p.Name
		}
	}
	return ""
}

func TestSharedPort(t *testing.T) {
	had := func(name, network, client string) *played {
		e := lessons.Event{Type: lessons.Connection}
		e.Network, e.Client = network, client
		return &played{Lesson: lessons.Lesson{Name: name}, events: []lessons.Event{e}}
	}
	tcp, other := had("tcp", "tcp", "127.0.0.1:40000"), had("udp", "udp", "127.0.0.1:40000")
	if got := sharedPort([]*played{tcp, other, tcp}); got != "" {
		t.Errorf("%s, want none", got)
	}
	if got := sharedPort([]*played{tcp, other, had("http", "tcp", "[::1]:40000")}); got != "tcp 40000 of tcp and http" {
		t.Errorf("%q", got)
	}
}

// The ports that a lesson chooses are none that Wireshark knows for something else: DNS at Quake's port would be taken
// for Quake.
func TestSparePortsAreUnknown(t *testing.T) {
	needs(t, "tshark", "it tells which ports it knows")
	out, err := exec.Command("tshark", "-G", "decodes").Output()
	must(t, err)
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(?:tcp|udp)\.port\t(\d+)\t`).FindAllStringSubmatch(string(out), -1) {
		known[m[1]] = true
	}
	if !known["27960"] || !known["53"] {
		t.Fatal("tshark does not say which ports it knows")
	}
	for range 50 { // as they are drawn
		st := lessons.Stage{}
		must(t, st.Reserve(lessons.OnLoopback()))
		filter := st.CaptureFilter(lessons.OnLoopback())
		for _, m := range regexp.MustCompile(`port (\d+)`).FindAllStringSubmatch(filter, -1) {
			if known[m[1]] {
				t.Errorf("port %s is known for something else", m[1])
			}
		}
	}
}
