package lab

// A question of a lesson wants values that the capture alone has. Here they are read from the recorded runs by tshark,
// and looked for in all that was told before the question, and on the sheets.

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pollwire/lab/lessons"
	"pollwire/test/rig"
)

func TestNoAnswerIsToldBefore(t *testing.T) {
	needs(t, "tshark", "it reads the captures")
	for _, l := range lessons.All() {
		if *onlyLesson != "" && l.Name != *onlyLesson {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			texts, questions := toldByReady(t, l.Name), 0
			for _, lang := range []string{"", ".ko"} {
				texts["the sheet"+lang] = readFile(t, filepath.Join(rig.Root, "docs", "lab", l.Name+lang+".md"))
				texts["the ready sheet"+lang] = readFile(t, filepath.Join(rig.Root, "docs", "lab", "captures", l.Name,
					l.Name+lang+".md"))
			}
			for _, e := range readyEvents(t, l.Name, "-answers") {
				if e.Type != lessons.Question {
					continue
				}
				if questions++; len(e.Proofs) == 0 {
					t.Errorf("question %d wants nothing from the capture: %s", questions, e.Text)
				}
				for _, p := range e.Proofs {
					toldNowhere(t, l.Name, fmt.Sprintf("question %d", questions), p, texts)
				}
			}
			if questions == 0 {
				t.Error("no question")
			}
		})
	}
}

// readyEvents are those of a recorded run, as a program reads them. With -answers they need a teacher.
func readyEvents(t *testing.T, name string, flags ...string) []told {
	t.Helper()
	out, problems, status := runLab(t, append([]string{name, "-json", "-ready", "-captures", t.TempDir(), "-from",
		recorded(t), "-data", teaches(t)}, flags...)...)
	if status != 0 {
		t.Fatalf("lab %s -ready %v = %d %s", name, flags, status, problems)
	}
	return toldIn(t, out)
}

func recorded(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join(rig.Root, "docs", "lab", "captures"))
	must(t, err)
	return folder
}

// toldByReady is all that a recorded run prints, in both languages, for people and for programs.
func toldByReady(t *testing.T, name string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, flags := range [][]string{{"-lang", "en"}, {"-lang", "ko"}, {"-json"}, {"-lang", "en", "-quiet"},
		{"-lang", "ko", "-quiet"}} {
		out, problems, status := runLab(t, append([]string{name, "-ready", "-captures", t.TempDir(), "-from", recorded(t)},
			flags...)...)
		if status != 0 {
			t.Fatalf("lab %s -ready %v = %d %s", name, flags, status, problems)
		}
		texts[strings.Join(flags, " ")] = out
		if slices.Contains(flags, "-quiet") {
			isQuiet(t, name, out)
		}
	}
	return texts
}

// aFilter is how a display filter looks that could be copied, in the line of a text.
var aFilter = regexp.MustCompile(`(?m)^.* (==|&&|>=|matches|contains "?).*$`)

// isQuiet: what was told has steps and questions, and neither a filter nor a port of a client.
func isQuiet(t *testing.T, name, out string) {
	t.Helper()
	if !regexp.MustCompile(`(?m)^1  `).MatchString(out) || !strings.Contains(out, "?") {
		t.Errorf("lab %s -quiet has no steps or no questions:\n%s", name, out)
	}
	for _, line := range aFilter.FindAllString(out, -1) {
		t.Errorf("lab %s -quiet tells a filter: %s", name, line)
	}
	for _, label := range []string{"\n   filter ", "\n   표시 필터 ", "\n   connection ", "\n   연결 ", "\n   > ", "\n   < "} {
		if strings.Contains(out, label) {
			t.Errorf("lab %s -quiet has a line %q", name, label)
		}
	}
}

// toldNowhere reads the values of a proof from the recorded capture, and looks for them in texts.
func toldNowhere(t *testing.T, lesson, question string, p lessons.Proof, texts map[string]string) {
	t.Helper()
	host := p.Host
	if host == "" {
		host = "client"
	}
	values := fieldValues(t, filepath.Join(recorded(t), lesson, host+".pcapng.gz"), p)
	if len(values) == 0 {
		t.Errorf("%s: no packet of %s.pcapng has %s by %s", question, host, p.Field, p.Filter)
	}
	for _, v := range values {
		for where, text := range texts {
			for _, spelling := range spellings(v) {
				if m := wholeWord(spelling).FindString(text); m != "" {
					t.Errorf("%s: %s is %s, which %s tells: %q", question, p.Field, v, where, m)
				}
			}
		}
	}
}

// fieldValues asks tshark for a field of the packets that a filter shows.
func fieldValues(t *testing.T, file string, p lessons.Proof) (values []string) {
	t.Helper()
	args := slices.Concat([]string{"-r", file, "-2", "-Y", p.Filter, "-T", "fields", "-e", p.Field, "-E", "aggregator=,"},
		checksums, withKit([]string{"-X", "lua_script:pollwire.lua"}))
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Errorf("tshark %q: %v", args, err)
	}
	for _, v := range strings.FieldsFunc(string(out), func(c rune) bool { return c == ',' || c == '\n' }) {
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// spellings are how a value may be told: a hexadecimal one also in decimal.
func spellings(v string) []string {
	if hex, ok := strings.CutPrefix(v, "0x"); ok {
		if n, err := strconv.ParseUint(hex, 16, 64); err == nil {
			return []string{v, hex, fmt.Sprint(n)}
		}
	}
	return []string{v}
}

// wholeWord finds a value within a line, with what stands around it.
func wholeWord(v string) *regexp.Regexp {
	return regexp.MustCompile(`(?im).{0,40}(?:^|[^0-9a-z.:])` + regexp.QuoteMeta(v) + `(?:$|[^0-9a-z]).{0,20}`)
}
