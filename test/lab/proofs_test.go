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

// ofOneRun are fields that each run has anew: raw numbers, identifications, times, secrets and what is masked by them.
var ofOneRun = regexp.MustCompile(`seq_raw|ack_raw|\btime|_time|resptime|tsval|\bid$|ident$|random|cid$|tcp\.payload|` +
	`ip\.checksum`)

// What is copied from a neighbour does not fit: one value at least that a question wants is another one in each run. A
// length is the same for all, and so is a checksum of ICMP: what it quotes has a checksum of its own, and adds nothing.
func TestEachRunHasValuesOfItsOwn(t *testing.T) {
	for _, l := range lessons.All() {
		questions := 0
		for _, e := range readyEvents(t, l.Name, "-answers") {
			if e.Type != lessons.Question {
				continue
			}
			if questions++; !slices.ContainsFunc(e.Proofs, func(p lessons.Proof) bool { return ofOneRun.MatchString(p.Field) }) {
				t.Errorf("%s, question %d wants %v, which is the same in all captures: %s", l.Name, questions, e.Proofs, e.Text)
			}
		}
	}
}

// wantedValues are those of each proof, in the capture of its host.
func wantedValues(t *testing.T, proofs []lessons.Proof, folder string) (all [][]string) {
	t.Helper()
	for _, p := range proofs {
		all = append(all, fieldValues(t, filepath.Join(folder, p.Host+".pcapng"), p))
	}
	return all
}

// anotherRun fails where a question wants nothing that is another value in each run.
func anotherRun(t *testing.T, question string, one, other [][]string) {
	t.Helper()
	for i := range one {
		shared := slices.ContainsFunc(one[i], func(v string) bool { return slices.Contains(other[i], v) })
		if len(one[i]) > 0 && len(other[i]) > 0 && !shared {
			return
		}
	}
	t.Errorf("%s: %v in one run, %v in another: who has copied that could have it right", question, one, other)
}

// Answers are for who has started a server, or teaches at one.
func TestAnswersAreForWhoTeaches(t *testing.T) {
	dir := t.TempDir()
	r, data := rig.Spawn(t, dir), filepath.Join(dir, "pollwire-data")
	student, teacher := r.Guest("kim").AccessToken, r.Teacher(r.TeacherKey(), "lee").AccessToken
	empty := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		flags  []string
		refuse string
	}{
		{[]string{"-data", data}, ""},
		{[]string{"-data", empty}, "for who teaches: run it where the server was started, for " +
			filepath.Join(empty, "teacher.key")},
		{[]string{"-data", empty, "-token", teacher}, ""},
		{[]string{"-data", empty, "-token", student}, "-answers is for who teaches: -token is that of a student"},
		{[]string{"-data", empty, "-token", "nonsense"}, "-token: 401"},
		{[]string{"-data", empty, "-own"}, "for who teaches"}, // anybody could
	} {
		for _, play := range [][]string{{"http", "-pace", "0"}, {"http", "-ready", "-from", recorded(t)}} {
			if !slices.Contains(c.flags, "-own") {
				play = append(play, "-url", r.API)
			}
			args := slices.Concat(play, []string{"-answers", "-lang", "en"}, c.flags)
			out, problems, status := runLab(t, args...)
			if c.refuse == "" && (status != 0 || !strings.Contains(out, "Answer: ")) ||
				c.refuse != "" && (status != 1 || out != "" || !strings.Contains(problems, c.refuse) ||
					strings.Count(problems, "\n") != 1) {
				t.Errorf("lab %v = %d %q, want %q\n%s", args, status, problems, c.refuse, out)
			}
		}
	}
}

// -quiet is for lessons that are played, too.
func TestAQuietLesson(t *testing.T) {
	r := rig.Spawn(t, t.TempDir())
	for _, lang := range []string{"en", "ko"} {
		flags := []string{"http", "-quiet", "-pace", "0", "-url", r.API, "-lang", lang}
		out, problems, status := runLab(t, flags...)
		events, _, _ := runLab(t, append(flags, "-json")...)
		if status != 0 || problems != "" {
			t.Fatalf("lab %v = %d %s", flags, status, problems)
		}
		isQuiet(t, "http", out, toldIn(t, events))
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
			isQuiet(t, name, out, readyEvents(t, name, flags...))
		}
	}
	return texts
}

// aFilter is what a display filter has, and no sentence.
var aFilter = regexp.MustCompile(` (==|&&|>=|matches) | contains "`)

// isQuiet: what was told has steps and questions, no filter, and no address of a client.
func isQuiet(t *testing.T, name, out string, events []told) {
	t.Helper()
	for _, label := range []string{"filter ", "표시 필터 ", "connection ", "연결 ", "> ", "< "} {
		if strings.Contains(out, "\n   "+label) {
			t.Errorf("lab %s -quiet has a line that begins with %q", name, label)
		}
	}
	count := map[lessons.Type]int{}
	for _, e := range events {
		count[e.Type]++
		switch e.Type {
		case lessons.Begin, lessons.Setting, lessons.Unable, lessons.End: // the kit may be told by a filter
		case lessons.Step, lessons.Question:
			if aFilter.MatchString(e.Text) {
				t.Errorf("lab %s -quiet tells a filter: %s", name, e.Text)
			}
		default:
			t.Errorf("lab %s -quiet tells a %s", name, e.Type)
		}
	}
	if count[lessons.Step] < 2 || count[lessons.Question] < 2 {
		t.Errorf("lab %s -quiet has told %v", name, count)
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
