// Package outside looks at the program from outside: its command line, its certificate, its end by a signal or without
// one, and what broke it once.
package outside

// The command line: settings, the start that fails, the restart, the end.

import (
	"bufio"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "pollwire/data/groupcommit" // the driver of SQLite
	"pollwire/test/rig"
)

// fails runs the program, which must end at once with exit status 1, nothing on stdout, and one line on stderr that
// matches due.
func fails(t *testing.T, dir string, env []string, due string, args ...string) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd := rig.Program(t, dir, args...)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(rig.Patience, func() { cmd.Process.Kill() }).Stop()
	cmd.Wait()
	text := stderr.String()
	if cmd.ProcessState.ExitCode() != 1 || strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") ||
		stdout.Len() > 0 {
		t.Errorf("pollwire %q: exit status %d, stderr %q, stdout %q, want 1 and one line on stderr", args,
			cmd.ProcessState.ExitCode(), text, stdout.String())
	}
	if !regexp.MustCompile(due).MatchString(text) {
		t.Errorf("pollwire %q: stderr %q, want it to match %s", args, text, due)
	}
}

func TestMain(m *testing.M) { rig.Main(m, nil) }

func TestABadSettingIsOneLineThatNamesIt(t *testing.T) {
	for _, c := range []struct {
		name, dotenv string
		env, args    []string
		due          string
	}{
		{"an unknown flag", "", nil, []string{"-prot", "1"}, `-prot`},
		{"an argument", "", nil, []string{"serve"}, `serve`},
		{"a switch with a space", "", nil, []string{"-guests", "false"}, `false`},
		{"a duration without a unit", "", nil, []string{"-token-ttl", "60"}, `-token-ttl.*60`},
		{"a duration of nothing", "", nil, []string{"-token-ttl=0s"}, `-token-ttl`},
		{"a negative duration", "", nil, []string{"-token-ttl=-1h"}, `-token-ttl`},
		{"guests, perhaps", "", nil, []string{"-guests=maybe"}, `-guests.*maybe`},
		{"another log", "", nil, []string{"-log", "xml"}, `-log.*xml`},
		{"another level", "", nil, []string{"-log-level", "loud"}, `-log-level.*loud`},
		{"a port alone", "", nil, []string{"-http", "8000"}, `-http.*8000`},
		{"a port beyond", "", nil, []string{"-ws", "127.0.0.1:99999"}, `-ws.*99999`},
		{"an address that isn't here", "", nil, []string{"-files", "192.0.2.1:0"}, `-files.*192\.0\.2\.1`},
		{"any origin", "", nil, []string{"-origins", "*"}, `-origins`},
		{"an origin with a path", "", nil, []string{"-origins", "http://localhost/"}, `-origins`},
		{"in the environment", "", []string{"POLLWIRE_TOKEN_TTL=soon"}, nil, `-token-ttl.*POLLWIRE_TOKEN_TTL`},
		{"in .env", "# mine\nPOLLWIRE_LOG=xml\n", nil, nil, `-log.*\.env:2`},
		{"a mistyped name in .env", "POLLWIRE_PORT=1\n", nil, nil, `\.env:1.*POLLWIRE_PORT`},
		{"nonsense in .env", "POLLWIRE_LOG\n", nil, nil, `\.env:1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.dotenv != "" {
				rig.WriteFile(t, dir, ".env", c.dotenv)
			}
			fails(t, dir, c.env, c.due, slices.Concat(rig.Free, c.args)...)
			if files, _ := os.ReadDir(dir); len(files) > 1 || len(files) == 1 && c.dotenv == "" {
				t.Errorf("it left %v behind", files)
			}
		})
	}
}

func TestATakenPort(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp", rig.SpareAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for _, name := range []string{"http", "ws", "files", "health"} {
		dir := t.TempDir()
		fails(t, dir, nil, "-"+name+" "+tcp.Addr().String(),
			slices.Concat(rig.Free, []string{"-" + name, tcp.Addr().String()})...)
		if files, _ := os.ReadDir(dir); len(files) > 0 {
			t.Errorf("with -%s taken it left %v behind: another server may be at home here", name, files)
		}
	}
	// UDP is for one ping. Without it all else works, and the log tells.
	p := rig.Spawn(t, t.TempDir(), "-health", udp.LocalAddr().String())
	p.Guest("Kim")
	p.End(os.Interrupt)
	if text := p.Stderr.String(); !strings.Contains(text, "UDP") || !strings.Contains(text, udp.LocalAddr().String()) {
		t.Errorf("stderr %q does not tell that there is no UDP", text)
	}
}

func TestPlacesThatCantBeUsed(t *testing.T) {
	dir := t.TempDir()
	file := rig.WriteFile(t, dir, "file", "not a database, and not a folder")
	other := filepath.Join(dir, "other.db")
	newer := filepath.Join(dir, "newer.db")
	for path, statements := range map[string]string{
		other: "CREATE TABLE recipes (id INTEGER PRIMARY KEY)",
		newer: fmt.Sprintf("CREATE TABLE polls (id INTEGER PRIMARY KEY); PRAGMA application_id = %d; PRAGMA "+
			"user_version = 999", 0x706f6c6c),
	} {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(statements); err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
	secret := func(name, text string) string {
		return filepath.Dir(rig.WriteFile(t, dir, filepath.Join(name, "jwt.secret"), text))
	}
	for _, c := range []struct{ name, flag, value, due string }{
		{"a folder below a file", "-data", filepath.Join(file, "data"), `-data.*file`},
		{"a file for a folder", "-data", file, `-data.*file`},
		{"an empty folder name", "-data", "", `-data`},
		{"a database below a file", "-db", filepath.Join(file, "x.db"), `-db.*file`},
		{"a database in no folder", "-db", filepath.Join(dir, "none", "x.db"), `-db.*none`},
		{"a folder for a database", "-db", dir, `-db`},
		{"an empty database name", "-db", "", `-db`},
		{"a file that is no database", "-db", file, `-db.*file`},
		{"another program's database", "-db", other, `-db.*other\.db.*another program`},
		{"a newer database", "-db", newer, `-db.*newer\.db.*999`},
		{"an empty secret", "-data", secret("empty", ""), `-data.*jwt\.secret.*64 hex`},
		{"a short secret", "-data", secret("short", "abcd"), `-data.*jwt\.secret.*64 hex`},
		{"a secret that is not hex", "-data", secret("words", strings.Repeat("xy", 32)), `-data.*jwt\.secret.*64 hex`},
		{"a folder for a secret", "-data", filepath.Dir(filepath.Dir(rig.WriteFile(t, dir, "odd/jwt.secret/x", ""))),
			`-data.*jwt\.secret`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before []byte
			if c.flag == "-db" {
				before, _ = os.ReadFile(c.value)
			}
			fails(t, t.TempDir(), nil, c.due, slices.Concat(rig.Free, []string{c.flag, c.value})...)
			if after, _ := os.ReadFile(c.value); c.flag == "-db" && string(after) != string(before) {
				t.Errorf("%s was changed", c.value)
			}
		})
	}
}

// printed runs the program to its end and returns what it printed.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	out, err := rig.Program(t, t.TempDir(), args...).Output()
	if err != nil {
		t.Fatalf("pollwire %q: %v", args, err)
	}
	return string(out)
}

func TestHelpAndVersion(t *testing.T) {
	for _, arg := range []string{"help", "-h", "-help", "--help"} {
		text := printed(t, arg)
		for _, name := range []string{"http", "ws", "files", "health", "db", "data", "origins", "guests", "token-ttl",
			"keylog", "capture", "local", "open", "qr", "lang", "log", "log-level", "version"} {
			if !strings.Contains(text, "\n  -"+name) {
				t.Errorf("pollwire %s does not tell of -%s:\n%s", arg, name, text)
			}
		}
		if !strings.Contains(text, "POLLWIRE_") {
			t.Errorf("pollwire %s does not tell of the environment", arg)
		}
	}
	text := printed(t, "-version")
	if !regexp.MustCompile(`^pollwire [0-9]+\.[0-9]+\.[0-9]+\n.*go1\.\S+, \w+/\w+\n$`).MatchString(text) {
		t.Errorf("pollwire -version = %q, want the version", text)
	}
}

// Flag, environment and .env each say how long a token lasts; the strongest of those given wins.
func TestAFlagWinsOverTheEnvironmentAndThatOverDotenv(t *testing.T) {
	for _, c := range []struct {
		name, flag, env, dotenv string
		due                     int
	}{
		{"none", "", "", "", 86400},
		{".env", "", "", "30m", 1800},
		{"the environment", "", "20m", "30m", 1200},
		{"the flag", "10m", "20m", "30m", 600},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			var args []string
			if c.dotenv != "" {
				rig.WriteFile(t, dir, ".env", "export POLLWIRE_TOKEN_TTL=\""+c.dotenv+"\" # "+c.name+"\r\nOTHER=1\r\n")
			}
			if c.env != "" {
				t.Setenv("POLLWIRE_TOKEN_TTL", c.env)
			}
			if c.flag != "" {
				args = []string{"-token-ttl", c.flag}
			}
			p := rig.Spawn(t, dir, args...)
			if got := p.Guest("Kim").ExpiresIn; got != c.due {
				t.Errorf("a token lasts %d s, want %d", got, c.due)
			}
		})
	}
}

func TestAnEmptyFlagSwitchesAServiceOff(t *testing.T) {
	r := rig.Spawn(t, t.TempDir(), "-files=", "-ws=")
	if r.Port("files") != "" || r.Port("ws") != "" {
		t.Errorf("the page is on %q and /ws on %q, want both off", r.Port("files"), r.Port("ws"))
	}
	r.Refused(404, "GET", "/", "", nil) // there is no page to send a browser to
	r.Guest("Kim")

	dir := t.TempDir()
	rig.WriteFile(t, dir, ".env", "POLLWIRE_WS=\n")
	cmd := rig.Program(t, dir, "-http=127.0.0.1:0", "-health=")
	cmd.Env = append(cmd.Env, "POLLWIRE_FILES=")
	banner, wait := started(t, cmd)
	for _, service := range []string{"page", "WebSocket", "health"} {
		if !regexp.MustCompile(`(?m)^  ` + service + ` +off`).MatchString(banner) {
			t.Errorf("the banner should say that %s is off:\n%s", service, banner)
		}
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if status := wait(); status != 0 {
		t.Errorf("exit status after SIGTERM = %d, want 0", status)
	}
}

// started starts a command and returns its banner, and a func that waits for its exit status.
func started(t *testing.T, cmd *exec.Cmd) (string, func() int) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(rig.Patience+5*time.Second, func() { cmd.Process.Kill() })
	var banner strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		banner.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Ctrl-C") {
			break
		}
	}
	return banner.String(), func() int {
		io.Copy(io.Discard, out)
		cmd.Wait()
		kill.Stop()
		return cmd.ProcessState.ExitCode()
	}
}

func TestFlagsReachTheServer(t *testing.T) {
	dir := t.TempDir()
	rig.WriteFile(t, dir, ".env", "POLLWIRE_DB='my polls.db'\n")
	p := rig.Spawn(t, dir, "-guests=false", "-origins", "https://a.example,http://b.example:81", "-log", "json", "-data",
		"deep/er/data")
	p.Refused(403, "POST", "/api/auth/guest", "", rig.Object{"nickname": "Kim"})
	for origin, allowed := range map[string]bool{"https://a.example": true, "http://b.example:81": true,
		"http://localhost:5173": false} {
		resp, _ := p.Do("GET", "/api/polls?token=s3cret", "", nil, "Origin", origin)
		if got := resp.Header.Get("Access-Control-Allow-Origin") == origin; got != allowed {
			t.Errorf("Origin %s allowed = %v, want %v", origin, got, allowed)
		}
	}
	if status := p.End(os.Interrupt); status != 0 {
		t.Errorf("exit status = %d, want 0", status)
	}
	for _, name := range []string{"my polls.db", "deep/er/data/jwt.secret"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	lines := strings.Split(strings.TrimSpace(p.Stderr.String()), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("-log json writes %q", line)
		}
	}
	if len(lines) < 4 || strings.Contains(p.Stderr.String(), "s3cret") {
		t.Errorf("the log = %s, want a line for each request, and nothing of a query: it may hold a token", p.Stderr)
	}
}

func TestServicesOnOneAddressShareIt(t *testing.T) {
	addr := rig.SpareAddr(t)
	r := rig.Spawn(t, t.TempDir(), "-http", addr, "-ws", addr, "-files", addr, "-health", addr)
	resp, body := r.Do("GET", r.API+"/", "", nil)
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("GET / = %d %s %.60q, want the page", resp.StatusCode, resp.Header.Get("Content-Type"), body)
	}
	kim := r.Guest("Kim").AccessToken
	rig.Want[any](r, 200, "GET", r.API+"/health", "", nil)
	s := r.Dial("?token=" + kim)
	r.NewPoll(kim)
	s.Until("poll:created")
	resp, text := r.Do("GET", r.API+"/nothing", "", nil)
	rig.WantProblem(t, resp, text, 404, "GET /nothing")
	udp, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	udp.SetDeadline(time.Now().Add(rig.Patience))
	fmt.Fprint(udp, "ping x")
	answer := make([]byte, 10)
	if n, err := udp.Read(answer); string(answer[:n]) != "pong x" {
		t.Errorf("UDP ping x = %q, %v, want pong x", answer[:n], err)
	}
}

func TestARestartKeepsTokensAndData(t *testing.T) {
	dir := t.TempDir()
	p := rig.Spawn(t, dir)
	kim := p.Guest("Kim")
	made := p.NewPoll(kim.AccessToken)
	p.Vote(made, kim.AccessToken, 1)
	memo := p.NewMemo(kim.AccessToken, "x", made.ID)
	var secret [2]string
	for i, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		path := filepath.Join(dir, "pollwire-data", "jwt.secret")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		secret[i] = strings.TrimSpace(string(text))
		if key, err := hex.DecodeString(secret[i]); err != nil || len(key) != 32 {
			t.Errorf("jwt.secret = %q, want 64 hex characters", text)
		}
		for name, mode := range map[string]fs.FileMode{"pollwire-data/jwt.secret": 0o600, "pollwire-data": 0o700,
			"pollwire.db": 0o600} {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v, mode %v, want %v", name, err, info.Mode().Perm(), mode)
			}
		}
		if status := p.End(signal); status != 0 {
			t.Errorf("exit status after %v = %d, want 0; stderr: %s", signal, status, p.Stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "pollwire.db-wal")); err == nil {
			t.Error("pollwire.db-wal is left: it was not checkpointed")
		}
		os.Chmod(path, 0o644) // as a copy would have it; the next start mends it
		p = rig.Spawn(t, dir)
		if me := rig.Want[rig.User](p, 200, "GET", "/api/auth/me", kim.AccessToken, nil); me.ID != kim.User.ID {
			t.Errorf("me = %+v, want Kim", me)
		}
		if got := rig.Want[rig.Poll](p, 200, "GET", made.Path(), kim.AccessToken,
			nil); got.Result() != "a 0 0%, b 1 100%, c 0 0%, 1 votes of 1" || len(got.MyVote) != 1 {
			t.Errorf("the poll = %s, want its vote", got.Result())
		}
		if got := rig.Want[rig.Memo](p, 200, "GET", memo.Path(), kim.AccessToken, nil); got.Content != "x" {
			t.Errorf("the memo = %+v", got)
		}
	}
	if secret[0] != secret[1] {
		t.Errorf("the secret was %s and is %s, want it to stay", secret[0], secret[1])
	}
}

func TestASecondServerInTheSameFolderTouchesNothing(t *testing.T) {
	dir := t.TempDir()
	p := rig.Spawn(t, dir)
	kim := p.Guest("Kim")
	fails(t, dir, nil, "-http", slices.Concat(rig.Free, []string{"-http", strings.TrimPrefix(p.API, "http://")})...)
	rig.Want[any](p, 200, "GET", "/api/auth/me", kim.AccessToken, nil)
	if resp, err := http.Get(p.Health + "/health"); err != nil || resp.StatusCode != 200 {
		t.Errorf("GET /health = %v, %v, want 200", resp, err)
	} else {
		resp.Body.Close()
	}
}

func TestTheCaptureIsOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	r := rig.Spawn(t, t.TempDir())
	resp, text := r.Do("GET", r.Health+"/capture", "", nil)
	rig.WantProblem(t, resp, text, 403, "GET /capture")
	if !strings.Contains(text, "-capture") || strings.Contains(r.Banner, "/capture") {
		t.Errorf("it is on, or not told how to switch it on: %s", text)
	}
	fails(t, t.TempDir(), nil, "-capture.*-health", "-capture", "-http=127.0.0.1:0", "-ws=", "-files=", "-health=")
	p := rig.Spawn(t, t.TempDir(), "-capture")
	if !strings.Contains(p.Banner, "WARNING") ||
		!strings.Contains(p.Banner, strings.Replace(p.Health, "127.0.0.1", "localhost", 1)+"/capture | wireshark -k -i -") {
		t.Errorf("the banner does not warn:\n%s", p.Banner)
	}
	if resp, _ := p.Do("GET", p.Health+"/capture?seconds=1", "", nil); resp.StatusCode != 200 {
		t.Errorf("GET /capture = %d, want 200", resp.StatusCode)
	}
}
