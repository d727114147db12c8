package reader

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pollwire/lab/coverage"
	"pollwire/lab/lessons"
	"pollwire/test/rig"
)

// lacks skips a test, or fails where POLLWIRE_E2E says that nothing may be missing.
func lacks(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("POLLWIRE_E2E") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func needs(t testing.TB, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		lacks(t, tool+" is not installed")
	}
}

// lab runs `pollwire lab`.
func lab(t testing.TB, args ...string) (out, problems string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := rig.Program(t, t.TempDir(), append([]string{"lab"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

func names(list []lessons.Lesson) (names []string) {
	for _, l := range list {
		names = append(names, l.Name)
	}
	return names
}

// compared holds a file against tshark, layer by layer.
func compared(t *testing.T, file string) {
	t.Helper()
	packets, values, wrong := agree(t, file)
	spokenValues, more := agreeSpoken(t, file)
	if wrong = append(wrong, more...); len(wrong) > 0 {
		t.Errorf("%s: %d of %d values differ:\n%s", filepath.Base(file), len(wrong), values+spokenValues,
			strings.Join(wrong[:min(len(wrong), 20)], "\n"))
	}
	t.Logf("%s: %d packets, %d values below, %d above", filepath.Base(file), packets, values, spokenValues)
}

// covered is what `pollwire lab check` says of a file.
func covered(t *testing.T, file string) (a coverage.Answer) {
	t.Helper()
	out, problems, status := lab(t, "check", file, "-json", "-lang", "en")
	if status != 0 || json.Unmarshal([]byte(out), &a) != nil {
		t.Fatalf("lab check %s = %d %s %s", file, status, out, problems)
	}
	return a
}

// lessonsKeep holds that what is said to be made by a lesson is made by it.
func lessonsKeep(t *testing.T, found coverage.Answer, played ...string) {
	t.Helper()
	for _, m := range found.Missing {
		if slices.Contains(played, m.Lesson) {
			t.Errorf("%q (%s) is not in the capture of the lesson %s that should make it", m.What, m.ID, m.Lesson)
		}
	}
}

func TestWhatTheLessonsSendIsReadAsTsharkReadsIt(t *testing.T) {
	needs(t, "tshark")
	needs(t, "dumpcap")
	file := filepath.Join(t.TempDir(), "all.pcapng")
	all := names(lessons.OnLoopback())
	_, problems, status := lab(t, append(slices.Clone(all), "-own", "-pace", "0", "-capture-real", file)...)
	if strings.Contains(problems, "may not capture") {
		lacks(t, problems)
	}
	if status != 0 {
		t.Fatalf("lab = %d %s", status, problems)
	}
	compared(t, file)
	lessonsKeep(t, covered(t, file), all...)
}

func TestWhatLessonsInABoxSendIsReadAsTsharkReadsIt(t *testing.T) {
	needs(t, "tshark")
	for _, name := range names(lessons.Boxed()) {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			_, problems, status := lab(t, name, "-pace", "0", "-captures", folder)
			if strings.Contains(problems, "no network in a box") {
				t.Skip(problems)
			}
			if status != 0 {
				t.Fatalf("lab = %d %s", status, problems)
			}
			files := capturesIn(folder)
			var missing []coverage.Missing // in every one
			for i, file := range files {
				compared(t, file)
				m := covered(t, file).Missing
				if missing = slices.DeleteFunc(missing, func(x coverage.Missing) bool { return !slices.Contains(m, x) }); i == 0 {
					missing = m
				}
			}
			lessonsKeep(t, coverage.Answer{Missing: missing}, name)
		})
	}
}

// The capture of the lessons brings its secrets along, and then HTTP/2 is not compared: this one is in the clear.
func TestHTTP2InTheClearIsReadAsTsharkReadsIt(t *testing.T) {
	needs(t, "tshark")
	compared(t, filepath.Join(rig.Root, "lab/exercise/testdata/http2.pcapng.gz"))
}

// outside are folders of packages of Debian that bring captures: golang-github-gopacket-gopacket-dev, python3-dpkt,
// sip-tester. POLLWIRE_CAPTURES names others.
const outside = "/usr/share/gocode/src/github.com/gopacket:/usr/share/doc/python3-dpkt:/usr/share/sip-tester"

func TestCapturesOfOthersAreReadAsTsharkReadsThem(t *testing.T) {
	needs(t, "tshark")
	files := capturesIn(outside)
	if named := os.Getenv("POLLWIRE_CAPTURES"); named != "" {
		files = capturesIn(named)
	}
	if len(files) == 0 {
		t.Skip("no package with captures is installed: golang-github-gopacket-gopacket-dev has 80")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { compared(t, file) })
	}
}

// Whoever gets no answer gets one line that says why.
func TestCheckSaysWhatIsWrong(t *testing.T) {
	file := rig.WriteFile(t, t.TempDir(), "x.pcap", "GIF89a, and more")
	out, problems, status := lab(t, "check", file)
	if status != 1 || out != "" || strings.Count(problems, "\n") != 1 ||
		!strings.Contains(problems, "neither pcap nor pcapng") {
		t.Errorf("lab check = %d %q %q", status, out, problems)
	}
	if _, problems, status := lab(t, "check"); status != 1 || !strings.Contains(problems, "which FILE?") {
		t.Errorf("lab check = %d %q", status, problems)
	}
	if _, problems, status := lab(t, "check", file+".not"); status != 1 || strings.Count(problems, "\n") != 1 {
		t.Errorf("lab check of nothing = %d %q", status, problems)
	}
}
