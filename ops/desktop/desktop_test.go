package desktop

import (
	"bytes"
	"os"
	"testing"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, due string }{
		{"", "", "", "en"},
		{"", "", "ko_KR.UTF-8", "ko"},
		{"", "", "en_US.UTF-8", "en"},
		{"", "ko", "en_US.UTF-8", "ko"},
		{"", "en_GB.UTF-8", "ko_KR.UTF-8", "en"},
		{"ko_KR.UTF-8", "C", "C", "ko"},
		{"C.UTF-8", "ko", "ko_KR.UTF-8", "en"},
		{"C.UTF-8", "", "ko_KR.UTF-8", "en"},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_MESSAGES", c.messages)
		t.Setenv("LANG", c.lang)
		if got := Language(); got != c.due {
			t.Errorf("LC_ALL=%q LC_MESSAGES=%q LANG=%q: %q, want %q", c.all, c.messages, c.lang, got, c.due)
		}
	}
}

func TestWhatIsNoTerminalHasNoWidth(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, _ := Columns(f); n != 0 {
		t.Errorf("a file is %d columns wide, want 0", n)
	}
	if n, _ := Columns(new(bytes.Buffer)); n != 0 {
		t.Errorf("a buffer is %d columns wide, want 0", n)
	}
}
