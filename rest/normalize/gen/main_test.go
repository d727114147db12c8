package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestTheTablesAreWhatIsMadeOfTheDatabase(t *testing.T) {
	const ucd = "/usr/share/unicode"
	if _, err := os.Stat(filepath.Join(ucd, "UnicodeData.txt")); err != nil {
		if os.Getenv("POLLWIRE_E2E") == "required" {
			t.Fatal(err)
		}
		t.Skip("this needs Debian's package unicode-data: ", err)
	}
	out := t.TempDir()
	if err := generate(ucd, out); err != nil {
		t.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(made) != 3 {
		t.Fatalf("made: %v, %v", made, err)
	}
	for _, path := range made {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", filepath.Base(path)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %d bytes, want the %d that go generate makes", filepath.Base(path), err, len(got), len(want))
		}
	}
}
