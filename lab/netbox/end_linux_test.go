package netbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// victim is what a test makes of this program, to kill it: set in the environment, it builds a network and says so.
const victim = "POLLWIRE_TEST_VICTIM"

func init() {
	if os.Getenv(victim) == "" {
		return
	}
	if !Inside() {
		status, err := Enter(context.Background(), os.Args[1:])
		fmt.Fprintln(os.Stderr, err)
		os.Exit(status)
	}
	n, err := New(1, "")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("begun")
	for i := range 5 {
		h := n.Host(fmt.Sprint("h", i))
		h.Card(fmt.Sprintf("10.0.%d.1/24", i))
		h.Start(exec.Command("sh", "-c", "sleep 1000 & sleep 1000; "+os.Getenv(victim)))
	}
	fmt.Println("ready", n.Err())
	select {}
}

// ofVictim are the processes with a word of ours in their command line or environment. They are looked for in /proc,
// which has all processes of the computer, also where these are in a namespace of their own.
func ofVictim(word string) (pids []string) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range all {
		for _, file := range []string{"/environ", "/cmdline"} {
			if text, err := os.ReadFile(p + file); err == nil && strings.Contains(string(text), word) {
				pids = append(pids, filepath.Base(p))
				break
			}
		}
	}
	return pids
}

// Whenever the program is killed, nothing is left: no process, and with the last process no namespace and no card.
func TestNothingIsLeftBehindAKill(t *testing.T) {
	newNet(t, 1)
	if len(ofVictim("netbox.test")) == 0 && len(ofVictim(os.Args[0])) == 0 {
		t.Skip("/proc shows no processes of ours here")
	}
	for i := range 10 {
		word := fmt.Sprintf("victim%d-%d", os.Getpid(), rand.Uint64())
		cmd := exec.Command("/proc/self/exe", "-test.run=^$")
		cmd.Env = append(os.Environ(), victim+"="+word)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		lines.Scan()
		if lines.Text() != "begun" {
			t.Fatalf("the victim says %q", lines.Text())
		}
		if i%2 == 0 {
			lines.Scan()
			if lines.Text() != "ready <nil>" || len(ofVictim(word)) < 7 {
				t.Fatalf("the victim says %q, and has %v", lines.Text(), ofVictim(word))
			}
		} else {
			time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond) // any moment is as good as another
		}
		cmd.Process.Kill()
		cmd.Wait()
		began := time.Now()
		for left := ofVictim(word); len(left) > 0; left = ofVictim(word) {
			if time.Sleep(10 * time.Millisecond); time.Since(began) > patience {
				t.Fatalf("left behind: %v", left)
			}
		}
	}
}

func TestNothingIsLeftBehindClose(t *testing.T) {
	newNet(t, 1)
	// in counts the threads that are in the namespaces.
	in := func(spaces []string) (count int) {
		all, _ := filepath.Glob("/proc/self/task/*/ns/net")
		for _, p := range all {
			if ns, _ := os.Readlink(p); slices.Contains(spaces, ns) {
				count++
			}
		}
		return count
	}
	goroutines := runtime.NumGoroutine()
	n, err := New(1, "")
	must(t, err)
	a, b := n.Host("a"), n.Host("b")
	n.Link(a.Card("10.0.0.1/24"), b.Card("10.0.0.2/24"))
	p, err := a.Start(exec.Command("sleep", "1000"))
	must(t, err)
	var spaces []string
	for _, h := range []*Host{a, b} {
		ns, err := os.Readlink(fmt.Sprint("/proc/self/fd/", h.thread.ns.Fd()))
		must(t, err)
		spaces = append(spaces, ns)
	}
	if in(spaces) < 2 {
		t.Errorf("nobody is in %v", spaces)
	}
	must(t, n.Close())
	if p.Wait() == nil {
		t.Error("the program has ended well")
	}
	for until := time.Now().Add(patience); in(spaces) > 0 || runtime.NumGoroutine() > goroutines; {
		if time.Sleep(10 * time.Millisecond); time.Now().After(until) {
			t.Fatalf("%d threads in %v, %d goroutines, want %d", in(spaces), spaces, runtime.NumGoroutine(), goroutines)
		}
	}
}

func TestProgramsRunInHosts(t *testing.T) {
	_, a, _, _ := two(t, 1)
	var out strings.Builder
	cmd := exec.Command("cat", "/proc/net/dev")
	cmd.Stdout = &out
	p, err := a.Start(cmd)
	must(t, err)
	must(t, p.Wait())
	if !strings.Contains(out.String(), "eth0") || strings.Count(out.String(), "\n") != 4 {
		t.Errorf("the host has\n%s", out.String())
	}
}

func TestSettingsAreTheHostsOwn(t *testing.T) {
	n := newNet(t, 1)
	reno, other := n.Host("reno", Sysctl("ipv4/tcp_sack", "0")), n.Host("other")
	sack := func(h *Host) string {
		text := ""
		must(t, h.In(func() error {
			b, err := os.ReadFile("/proc/sys/net/ipv4/tcp_sack")
			text = strings.TrimSpace(string(b))
			return err
		}))
		return text
	}
	if sack(reno) != "0" || sack(other) != "1" {
		t.Errorf("tcp_sack is %s and %s", sack(reno), sack(other))
	}
	if n.Host("third", Sysctl("ipv4/no_such_thing", "1")); n.Err() == nil ||
		!strings.Contains(n.Err().Error(), "does not take 1 for ipv4/no_such_thing") {
		t.Errorf("a setting that is not there was set: %v", n.Err())
	}
}

// As where cubic may not be had in a new namespace.
func TestWhatASystemDoesNotTakeIsTold(t *testing.T) {
	usual := alike
	t.Cleanup(func() { alike = usual })
	alike = []Setting{Sysctl("ipv4/tcp_congestion_control", "nosuch"), Sysctl("ipv4/no_such_thing", "1")}
	n := newNet(t, 1)
	n.Host("a")
	n.Host("b")
	must(t, n.Err())
	told := n.Otherwise()
	if len(told) != 1 || !strings.HasPrefix(told[0], "ipv4/tcp_congestion_control is ") ||
		!strings.Contains(told[0], ", not nosuch (") {
		t.Errorf("told %q, want one line on the algorithm", told)
	}
}

func TestManySideBySide(t *testing.T) {
	newNet(t, 1)
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			n, err := New(uint64(i), t.TempDir())
			if err != nil {
				t.Error(err)
				return
			}
			defer n.Close()
			a, b := n.Host("a"), n.Host("b")
			n.Link(a.Card("10.0.0.1/24"), b.Card("10.0.0.2/24"), Delay(time.Millisecond))
			l, err := b.Listen("tcp", "10.0.0.2:80")
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Close()
			c, err := a.Dial("tcp", "10.0.0.2:80")
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		})
	}
	running.Wait()
}

func TestWhyThereIsNone(t *testing.T) {
	for name, of := range map[string]struct {
		err   error
		file  string // of /proc, that says 1 or 0
		value string
		want  string
	}{
		"no namespaces": {&fs.PathError{Op: "fork/exec", Path: "x", Err: syscall.ENOSPC}, "max_user", "0",
			"max_user_namespaces is 0"},
		"no TUN":            {&fs.PathError{Op: "open", Path: tun, Err: syscall.ENOENT}, "", "", "modprobe tun"},
		"TUN for root":      {&fs.PathError{Op: "open", Path: tun, Err: syscall.EACCES}, "", "", "only root may open"},
		"another file":      {os.NewSyscallError("TUNSETIFF", syscall.ENOTTY), "", "", "another device"},
		"settings are shut": {&fs.PathError{Op: "open", Path: "/proc/sys/net/x", Err: syscall.EROFS}, "", "", "/proc/sys"},
		"AppArmor":          {os.NewSyscallError("unshare", syscall.EPERM), "apparmor_restrict", "1", "lab apparmor"},
		"Debian's own":      {os.NewSyscallError("clone", syscall.EPERM), "unprivileged_userns_clone", "0", "as root"},
		"chroot":            {&fs.PathError{Op: "fork/exec", Path: "x", Err: syscall.EPERM}, "", "", "chroot"},
	} {
		t.Run(name, func(t *testing.T) {
			cause, remedy := why(of.err, func(path string) string {
				if of.file != "" && strings.Contains(path, of.file) {
					return of.value
				}
				return ""
			})
			if text := (&Refused{cause, remedy, of.err}).Error(); cause == "" || !strings.Contains(text, of.want) ||
				strings.Contains(text, "\n") {
				t.Errorf("%s, want %q in it", text, of.want)
			}
		})
	}
	if other := errors.New("another"); explain(other) != other {
		t.Error("what is not known is explained")
	}
	profile, err := Profile()
	if err != nil || !strings.Contains(profile, "userns,") {
		t.Errorf("the profile is %q, %v", profile, err)
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(append(native.AppendUint32(nil, 20), 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
	m := append(make(message, 0), 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0)
	m.attribute(ndaDst, []byte{10, 0, 0, 1})
	m.attribute(ndaLLAddr, []byte{2, 0, 0, 0, 1, 0})
	f.Add(append(append(native.AppendUint32(nil, uint32(16+len(m))), 28, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0), m...))
	f.Fuzz(func(t *testing.T, b []byte) {
		readAnswer(b, func(body []byte) {
			if n, _, ok := readNeighbour(body); ok && !n.Addr.IsValid() {
				t.Errorf("%+v", n)
			}
		})
	})
}
