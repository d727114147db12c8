package lab

// `pollwire lab sandbox`, as somebody plays in it: a server and a client in two hosts with a router between them, and
// Wireshark that looks on.

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"pollwire/lab/lessons"
	"pollwire/test/rig"
)

const twoNetworks = `host a b
router r
link a 10.0.1.1/24  r 10.0.1.254/24  delay 20ms
link r 10.0.2.254/24  b 10.0.2.1/24  rate 8M
`

// player types at the prompt of a sandbox.
type player struct {
	testing.TB
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	word string // in the environment of all that runs there
}

// play begins a sandbox.
func play(t testing.TB, topology string, args ...string) *player {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "net.txt"), []byte(topology), 0o666))
	p := &player{TB: t, word: fmt.Sprintf("sandbox-%d-%d", os.Getpid(), rand.Uint64())}
	p.cmd = rig.Program(t, dir, append([]string{"lab", "sandbox", "net.txt", "-lang", "en"}, args...)...)
	p.cmd.Env = append(p.cmd.Env, "POLLWIRE_TEST_WORD="+p.word)
	p.cmd.Stderr = os.Stderr
	var err error
	p.in, err = p.cmd.StdinPipe()
	must(t, err)
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	p.out = bufio.NewReader(out)
	must(t, p.cmd.Start())
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// until reads what comes up to a text, and returns it.
func (p *player) until(text string) (all string) {
	p.Helper()
	defer time.AfterFunc(3*rig.Patience, func() { p.cmd.Process.Kill() }).Stop()
	for !strings.Contains(all, text) {
		b, err := p.out.ReadByte()
		if err != nil {
			p.Fatalf("%q did not come: %v\n%s", text, err, all)
		}
		all += string(b)
	}
	return all
}

// types a line and returns what comes of it.
func (p *player) types(line, until string) string {
	p.Helper()
	fmt.Fprintln(p.in, line)
	return p.until(until)
}

// running tells whether anything of the sandbox is left.
func (p *player) running() bool {
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range all {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), p.word) {
			return true
		}
	}
	return false
}

// ended waits until nothing is left.
func (p *player) ended() {
	p.Helper()
	if err := p.cmd.Wait(); err != nil {
		p.Errorf("the sandbox ends with %v", err)
	}
	for until := time.Now().Add(rig.Patience); p.running(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			p.Fatal("something is left behind")
		}
	}
}

func needsNetworks(t *testing.T) {
	t.Helper()
	if out, problems, status := runLab(t, "ethernet", "-pace", "0"); status != 0 {
		lacks(t, problems+out)
	}
}

func TestSandbox(t *testing.T) {
	needsNetworks(t)
	needs(t, "tshark", "it looks on")
	p := play(t, twoNetworks)
	hosts := p.until("> ")
	if !strings.Contains(hosts, "10.0.1.254/24 - a, 10.0.2.254/24 - b") {
		t.Errorf("there are\n%s", hosts)
	}
	told := p.types("capture r", "> ")
	address := regexp.MustCompile(`TCP@127\.0\.0\.1:\d+`).FindString(told)
	shark := exec.Command("tshark", "-l", "-i", address, "-Y", "tcp.flags == 0x2 && tcp.dstport == 8000", "-T", "fields",
		"-e", "ip.ttl", "-e", "frame.interface_name")
	seen, err := shark.StdoutPipe()
	must(t, err)
	must(t, shark.Start())
	defer func() { shark.Process.Kill(); shark.Wait() }()

	exe, dir := p.cmd.Path, t.TempDir()
	p.types(fmt.Sprintf("b cd %s && %s -db x.db -data x >log 2>&1 &", dir, exe), "> ")
	ask := fmt.Sprintf("a for i in 1 2 3 4 5 6 7 8 9; do %s lab http -lang en -pace 0 -url http://10.0.2.1:8000 "+
		"2>&1 && break; sleep 1; done; echo over", exe)
	if out := p.types(ask, "over\n"); !strings.Contains(out, "10.0.1.1:") || !strings.Contains(out, "End of http") {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		t.Fatalf("the lesson in host a:\n%s\n%s", out, log)
	}
	// At its first card the router has what a sent, at its second one what it passed on: a TTL less.
	lines := bufio.NewScanner(seen)
	defer time.AfterFunc(3*rig.Patience, func() { shark.Process.Kill() }).Stop()
	for _, want := range []string{"64\teth0", "63\teth1"} {
		if lines.Scan(); lines.Text() != want {
			t.Errorf("tshark -i %s shows %q, want %q", address, lines.Text(), want)
		}
	}
	p.types("link a r down", "> ")
	if out := p.types("a "+exe+" lab http -url http://10.0.2.1:8000 2>&1; echo over", "over\n"); !strings.Contains(out,
		"no pollwire server") {
		t.Errorf("without a cable:\n%s", out)
	}
	p.types("exit", "")
	p.in.Close()
	p.ended()
}

func TestASandboxForgivesMistakes(t *testing.T) {
	needsNetworks(t)
	p := play(t, twoNetworks)
	p.until("> ")
	for line, want := range map[string]string{
		"x ip route":         `"x": the hosts are a, b, r`,
		"a":                  "a: what is to be run there?",
		"a false":            "a: exit status 1",
		"capture x":          `capture: "x" is no host`,
		"link a b down":      `there is no link between "a" and "b"`,
		"link a r loss much": `loss "much": expected is something like 1%`,
		"link a r mtu 1400":  "mtu: that of a card",
		"help":               "HOST COMMAND",
	} {
		if out := p.types(line, "> "); !strings.Contains(out, want) {
			t.Errorf("%s: %s, want %s", line, out, want)
		}
	}
	p.types("a ip -o route show default 2>/dev/null || cat /proc/net/route", "0")
	p.cmd.Process.Signal(os.Interrupt) // Ctrl-C
	p.ended()
}

func TestASandboxRunsOneCommand(t *testing.T) {
	if runtime.GOOS != "windows" {
		for _, text := range []string{"host a b\nlink a 10.0.0.1 b", "hosts a"} {
			file := filepath.Join(t.TempDir(), "net.txt")
			must(t, os.WriteFile(file, []byte(text), 0o666))
			out, problems, status := runLab(t, "sandbox", file)
			if status != 1 || out != "" || strings.Count(problems, "\n") != 1 || !strings.Contains(problems, file+":") {
				t.Errorf("lab sandbox with %q = %d %q %q, want one line that names the line", text, status, out, problems)
			}
		}
	}
	needsNetworks(t)
	p := play(t, twoNetworks, "--", "a", "sh", "-c", `echo "$0 $1"; ls /sys/class/net >/dev/null; cat /proc/net/fib_trie`,
		"it's", "one  word")
	out, err := io.ReadAll(p.out)
	if err != nil || !strings.HasPrefix(string(out), "it's one  word\n") || !strings.Contains(string(out), "10.0.1.1") ||
		strings.Contains(string(out), "10.0.2.1\n") {
		t.Errorf("%v\n%s", err, out)
	}
	p.ended()
	if _, err := os.Stat(filepath.Join(p.cmd.Dir, lessons.DefaultCaptures, "sandbox", "a.pcapng")); err != nil {
		t.Error(err)
	}
}
