package advice

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

func TestPort(t *testing.T) {
	for _, c := range []struct {
		name, addr, system string
		err                error
		due                []string // nil: nothing is added
	}{
		{"taken on Linux", ":8000", "linux", syscall.EADDRINUSE,
			[]string{" 8000 ", "ss -ltnp 'sport = :8000'", "-http :8100"}},
		{"taken on a Mac", ":8000", "darwin", syscall.EADDRINUSE, []string{"lsof -nP -iTCP:8000", "-http :8100"}},
		{"taken on Windows", "localhost:8000", "windows", wsaInUse,
			[]string{" 8000 ", "netstat -ano | findstr :8000", "-http localhost:8100"}},
		{"reserved by Windows", ":8000", "windows", wsaReserved,
			[]string{" 8000", "netsh interface ipv4 show excludedportrange protocol=tcp", "-http :8100"}},
		{"for administrators", ":80", "linux", syscall.EACCES, []string{"80", "1024", "-http :8080"}},
		{"at the end", ":65500", "linux", syscall.EADDRINUSE, []string{"-http :8500"}},
		{"any port", ":0", "linux", syscall.EADDRINUSE, nil},
		{"no such address", "192.0.2.1:8000", "linux", syscall.EADDRNOTAVAIL, nil},
	} {
		for _, lang := range []string{"en", "ko"} {
			err := port(c.err, "http", c.addr, lang, c.system)
			if !errors.Is(err, c.err) || strings.Contains(err.Error(), "%!") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, %s: %q, want one line about %v", c.name, lang, err, c.err)
			}
			if c.due == nil && err != c.err || c.due != nil && strings.Contains(err.Error(), "포트") != (lang == "ko") {
				t.Errorf("%s, %s: %q", c.name, lang, err)
			}
			for _, due := range c.due {
				if !strings.Contains(err.Error(), due) {
					t.Errorf("%s, %s: %q lacks %q", c.name, lang, err, due)
				}
			}
		}
	}
}
