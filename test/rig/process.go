package rig

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Root is the root of the repository as a test sees it whose package is in a folder of test/.
const Root = "../.."

const beTheProgram = "POLLWIRE_BE_THE_PROGRAM"

// Main runs the tests of a package. Those of package main hand in the program: there the test binary itself is what a
// test starts as a process. All others hand in nil, and the program is built once for them, at the first start.
func Main(m *testing.M, program func(args []string, stdout, stderr io.Writer) int) {
	if program != nil {
		if os.Getenv(beTheProgram) == "1" {
			os.Exit(program(os.Args[1:], os.Stdout, os.Stderr))
		}
		executable = os.Executable
	}
	flag.Set("test.parallel", "8") // tests that are parallel here wait, and need no processor; the command line still wins
	status := m.Run()
	os.RemoveAll(buildFolder)
	os.Exit(status)
}

// buildFolder is where the program was built, "" if it wasn't.
var buildFolder string

// executable is the path of the program: built here, or before for a user who can't.
var executable = sync.OnceValues(func() (string, error) {
	if built := os.Getenv("POLLWIRE_PROGRAM"); built != "" {
		return built, nil
	}
	dir, err := os.MkdirTemp("", "pollwire-test-")
	if err != nil {
		return "", err
	}
	buildFolder = dir
	args := []string{"build", "-o", filepath.Join(dir, "pollwire.exe")} // Windows wants the suffix, others don't mind
	if Race {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "pollwire")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return args[2], nil
})

// Process is the program, started in a folder of its own.
type Process struct {
	*exec.Cmd
	*Rig
	Banner string
	Stderr *bytes.Buffer // to be read when it has ended
	Exited chan error
}

// Free are flags for four free ports. A flag behind them counts in place of one of these.
var Free = []string{"-http", "127.0.0.1:0", "-ws", "127.0.0.1:0", "-files", "127.0.0.1:0", "-health", "127.0.0.1:0"}

// Everywhere are flags that let the program listen on all addresses, as it does by itself, on free ports.
var Everywhere = []string{"-http", ":0", "-ws", ":0", "-files", ":0", "-health", ":0"}

// Spawn starts the program with its database in dir, on free ports and without limits for one person, and waits for the
// banner.
func Spawn(t testing.TB, dir string, args ...string) *Process {
	t.Helper()
	p := &Process{Stderr: new(bytes.Buffer), Exited: make(chan error, 1)}
	p.Cmd = Program(t, dir, slices.Concat(Free, []string{"-limits=false"}, args)...)
	p.Cmd.Stderr = p.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); <-p.Exited; p.Exited <- nil })
	lines, up := bufio.NewScanner(out), false
	for !up && lines.Scan() {
		up = strings.Contains(lines.Text(), "Ctrl-C")
		p.Banner += lines.Text() + "\n"
	}
	go func() {
		io.Copy(io.Discard, out)
		p.Exited <- p.Wait()
	}()
	if !up {
		err := <-p.Exited
		p.Exited <- err
		t.Fatalf("pollwire %q ended: %v; stderr: %s", args, err, p.Stderr)
	}
	p.Rig = &Rig{TB: t, API: p.on("http", "API"), WS: p.on("", "WebSocket"), Page: p.on("http", "page"),
		Health: p.on("http", "health")}
	return p
}

// on finds a service in the banner. It is reached over 127.0.0.1, whatever names it has; "" means that it is off.
func (p *Process) on(scheme, service string) string {
	port := regexp.MustCompile(`(?m)^  ` + service + ` +\w+://\S+:(\d+)/`).FindStringSubmatch(p.Banner)
	switch {
	case port == nil:
		return ""
	case scheme != "":
		scheme += "://"
	}
	return scheme + "127.0.0.1:" + port[1]
}

// TeacherKey is the key that stands in the banner.
func (p *Process) TeacherKey() string {
	p.Helper()
	address := regexp.MustCompile(`(?m)^  teacher +(?:http://\S+/#/teach/)?(\S+)$`).FindStringSubmatch(p.Banner)
	if address == nil {
		p.Fatalf("the banner has no teacher key:\n%s", p.Banner)
	}
	key, err := url.PathUnescape(address[1])
	if err != nil {
		p.Fatal(err)
	}
	return key
}

// Teacher makes a new teacher with this key.
func (r *Rig) Teacher(key, nickname string) Session {
	r.Helper()
	return Want[Session](r, 201, "POST", "/api/auth/teacher", "", Object{"key": key, "nickname": nickname})
}

// Program is a command that runs pollwire in dir.
func Program(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir = dir
	// The race detector would sleep for a second at each end.
	cmd.Env = append(os.Environ(), beTheProgram+"=1", "POLLWIRE_LANG=en",
		"GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	return cmd
}

// End asks the program to stop and returns its exit status.
func (p *Process) End(signal os.Signal) int {
	p.Helper()
	if err := p.Process.Signal(signal); err != nil {
		p.Fatal(err)
	}
	select {
	case err := <-p.Exited:
		p.Exited <- err
		return p.ProcessState.ExitCode()
	case <-time.After(Patience + 5*time.Second):
		p.Fatal("the program does not end")
	}
	panic("unreachable")
}

// Kill ends the program as a crash would, and returns when it has ended: its folder is free for the next one.
func (p *Process) Kill() {
	p.Process.Kill()
	p.Exited <- <-p.Exited
}

// WriteFile makes a file in dir, with the folders above it, and returns its path.
func WriteFile(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
