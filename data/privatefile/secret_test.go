package privatefile

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASecretIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "key.secret")
	first, err := Secret(path, 32)
	if err != nil || len(first) != 32 {
		t.Fatalf("Secret = %d bytes, %v, want 32", len(first), err)
	}
	again, err := Secret(path, 32)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the second time it is %x, %v, want %x", again, err, first)
	}
	other, err := Secret(filepath.Join(t.TempDir(), "key.secret"), 32)
	if err != nil || bytes.Equal(first, other) {
		t.Errorf("in another folder it is %x, %v, want another", other, err)
	}
}

func TestWhatIsNoSecretIsRefusedAndStays(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "too short": strings.Repeat("ab", 31), "too long": strings.Repeat("ab", 33),
		"no hexadecimal": strings.Repeat("xy", 32),
	} {
		path := filepath.Join(t.TempDir(), "key.secret")
		os.WriteFile(path, []byte(text), 0o600)
		if secret, err := Secret(path, 32); err == nil || !strings.Contains(err.Error(), "64 hex characters") {
			t.Errorf("%s: Secret = %x, %v, want an error", name, secret, err)
		}
		if kept, _ := os.ReadFile(path); string(kept) != text {
			t.Errorf("%s: the file became %q", name, kept)
		}
	}
}
