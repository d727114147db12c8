package qr

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// texts have all lengths from nothing to the longest that fits.
func texts() (all []string) {
	for n := range 107 {
		all = append(all, strings.Repeat("http://[2001:db8::1]:8080/#~", 4)[:n])
	}
	return append(all, "http://192.0.2.1:8080/", strings.Repeat("1", 106))
}

// The page draws the same, module by module.
func TestTheSameAsInTheBrowser(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node")
	}
	module, err := filepath.Abs("../../web/qr.js")
	if err != nil {
		t.Fatal(err)
	}
	asked, _ := json.Marshal(texts())
	script := fmt.Sprintf(`import(%q).then(({ encode }) => console.log(JSON.stringify(%s.map(t => encode(t).rows))))`,
		"file://"+filepath.ToSlash(module), asked)
	out, err := exec.Command("node", "--no-warnings", "-e", script).Output()
	var theirs [][]string
	if err == nil {
		err = json.Unmarshal(out, &theirs)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts() {
		if ours, err := Encode(text); err != nil || !slices.Equal(ours, theirs[i]) {
			t.Errorf("%q: %v\n%s\nin the browser\n%s", text, err, strings.Join(ours, "\n"), strings.Join(theirs[i], "\n"))
		}
	}
}

func TestWhatDoesNotFit(t *testing.T) {
	if rows, err := Encode(strings.Repeat("x", 107)); err == nil {
		t.Errorf("107 bytes are a code of %d rows, want an error", len(rows))
	}
}

// Somebody else's reader reads what the terminal shows.
func TestZbarimgReadsTheTerminal(t *testing.T) {
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("there is no zbarimg")
	}
	for _, text := range []string{"http://192.0.2.1:8080/", "http://[2001:db8::1]:8080/", strings.Repeat("x", 106)} {
		rows, err := Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "terminal.pgm")
		if err := os.WriteFile(file, screen(Draw(rows, true)), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("zbarimg", "--raw", "-q", "--nodbus", "-Sdisable", "-Sqrcode.enable", file).Output()
		if got := strings.TrimSuffix(string(out), "\n"); err != nil || got != text {
			t.Errorf("zbarimg reads %q, %v, want %q; it sees\n%s", got, err, text, Draw(rows, false))
		}
	}
}

// screen is a picture (PGM) of what a black terminal shows, each half of a letter a square of 4 pixels a side.
func screen(text string) []byte {
	const scale = 4
	text = strings.NewReplacer("\x1b[97;40m", "", "\x1b[0m", "").Replace(text)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	width := len([]rune(lines[0]))
	var pixels []byte
	for _, line := range lines {
		for _, light := range []string{"█▀", "█▄"} { // letters whose upper half is light, then the lower
			var row []byte
			for _, letter := range line {
				grey := byte(0)
				if strings.ContainsRune(light, letter) {
					grey = 255
				}
				row = append(row, slices.Repeat([]byte{grey}, scale)...)
			}
			pixels = append(pixels, slices.Repeat(row, scale)...)
		}
	}
	return append(fmt.Appendf(nil, "P5 %d %d 255\n", width*scale, len(lines)*2*scale), pixels...)
}

func TestOnlyATerminalGetsOne(t *testing.T) {
	if got := ForTerminal(new(strings.Builder), true, "http://192.0.2.1/"); got != "" {
		t.Errorf("what is no terminal gets %q", got)
	}
}
