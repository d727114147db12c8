package outside

// Whose machine it is: the language of the start, -local, folders with odd names, folders that can't be written to.

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pollwire/test/rig"
)

func TestTheStartSpeaksKorean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		env  []string
		args []string
		due  string
	}{
		{"asked for", nil, []string{"-lang", "ko"}, "멈추려면 Ctrl-C"},
		{"the system's", []string{"POLLWIRE_LANG=", "LC_ALL=ko_KR.UTF-8"}, nil, "멈추려면 Ctrl-C"},
		{"not the system's", []string{"LC_ALL=ko_KR.UTF-8"}, []string{"-lang", "en"}, "Ctrl-C stops it."},
	} {
		args := append([]string{"-http", "127.0.0.1:0", "-ws=", "-files=", "-health="}, c.args...)
		cmd := rig.Program(t, t.TempDir(), args...)
		cmd.Env = append(cmd.Env, c.env...)
		banner, wait := started(t, cmd)
		if !strings.Contains(banner, c.due) {
			t.Errorf("%s: the banner lacks %q:\n%s", c.name, c.due, banner)
		}
		cmd.Process.Signal(os.Interrupt)
		wait()
	}
}

// Each flag has words of its own in Korean.
func TestTheHelpSpeaksKorean(t *testing.T) {
	t.Parallel()
	hangul := func(text string) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return r >= 0xac00 && r < 0xd7a4 })
	}
	text := printed(t, "help", "-lang", "ko")
	for _, flag := range strings.Split(text, "\n  -")[1:] {
		if !hangul(flag) {
			t.Errorf("no Korean at -%s", flag)
		}
	}
	english := printed(t, "-lang=en", "-h")
	if hangul(english) || strings.Count(english, "\n  -") != strings.Count(text, "\n  -") {
		t.Errorf("with -lang=en:\n%s", english)
	}
}

func TestLocalLetsNobodyElseIn(t *testing.T) {
	t.Parallel()
	p := rig.Spawn(t, t.TempDir(), append(rig.Everywhere, "-local")...)
	p.Guest("Kim")
	if strings.Count(p.Banner, "http://localhost:") < 3 || strings.Count(p.Banner, "http://") != strings.Count(p.Banner,
		"http://localhost:") {
		t.Errorf("the banner has other addresses:\n%s", p.Banner)
	}
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if ip := a.(*net.IPNet).IP; ip.To4() != nil && !ip.IsLoopback() {
			if c, err := net.Dial("tcp", net.JoinHostPort(ip.String(), p.Port("http"))); err == nil {
				c.Close()
				t.Errorf("it can be reached at %s", ip)
			}
		}
	}
	fails(t, t.TempDir(), nil, "-local.*-http", "-local", "-http", "192.0.2.1:8000")
}

func TestATakenPortSaysWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	args := append(rig.Free, "-ws", addr)
	fails(t, t.TempDir(), nil, `-ws `+addr+`.*another port: -ws 127\.0\.0\.1:\d+`, args...)
	fails(t, t.TempDir(), nil, `-ws `+addr+`.*다른 포트를 쓰세요: -ws`, append(args, "-lang", "ko")...)
}

func TestAFolderWithAnOddName(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "실습실 1", "50%20 #a&b='c'")
	if runtime.GOOS != "windows" {
		dir += "?"
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	kim := rig.Spawn(t, dir).Guest("Kim")
	p := rig.Spawn(t, dir, "-db", "둘 #2%.db", "-data", "자료 %41#")
	rig.Want[any](p, 401, "GET", "/api/auth/me", kim.AccessToken, nil) // it is another database, with another secret
	for _, name := range []string{"pollwire.db", "pollwire-data/jwt.secret", "둘 #2%.db", "자료 %41#/jwt.secret"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// On Linux nobody can make a file in /proc, not even root.
func TestAFolderThatCanOnlyBeRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("there is no /proc")
	}
	home := t.TempDir()
	t.Run("takes the person's own", func(t *testing.T) {
		cmd := rig.Program(t, "/proc", rig.Free...)
		cmd.Env = append(cmd.Env, "HOME="+home)
		banner, wait := started(t, cmd)
		cmd.Process.Signal(os.Interrupt)
		wait()
		db := filepath.Join(home, "pollwire", "pollwire.db")
		if _, err := os.Stat(db); err != nil || !strings.Contains(banner, db) || !strings.Contains(banner, "-data") {
			t.Errorf("%v; the banner does not say so:\n%s", err, banner)
		}
	})
	fails(t, "/proc", []string{"HOME=" + home}, "-db", append(rig.Free, "-db", "mine.db")...)
}
