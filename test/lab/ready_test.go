package lab

// The ready captures, as somebody has them who can't play a lesson: the sheet that `pollwire lab NAME -ready` writes,
// and Wireshark alone.

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pollwire/lab/lessons"
	"pollwire/test/rig"
)

// onSheet are the filters of a sheet: "- **1-2** `filter`\", and below in which capture it shows how many packets.
var onSheet = regexp.MustCompile("(?m)^- \\*\\*(\\d+)-\\d+\\*\\* `(.+)`\\\\\n" +
	"  (\\w+)\\.pcapng, (?:(at least )?(\\d+)|(perhaps some))")

// settingOnSheet is what Wireshark has to be told.
var settingOnSheet = regexp.MustCompile(`\(tshark: -d ([^)]+)\)`)

func TestReadyCapturesFitTheirSheets(t *testing.T) {
	needs(t, "tshark", "it reads the captures")
	for _, l := range lessons.All() {
		if *onlyLesson != "" && l.Name != *onlyLesson {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			folder := ready(t, l.Name)
			text := readFile(t, filepath.Join(folder, l.Name+".md"))
			options := append([]string{}, checksums...)
			for _, s := range settingOnSheet.FindAllStringSubmatch(text, -1) {
				options = append(options, "-d", s[1])
			}
			if strings.Contains(text, "pwrdt") || strings.Contains(text, "pwqpack") {
				options = append(options, "-X", "lua_script:pollwire.lua")
			}
			wanted := map[string][]lessons.Event{}
			for _, f := range onSheet.FindAllStringSubmatch(text, -1) {
				step, _ := strconv.Atoi(f[1])
				n, _ := strconv.Atoi(f[5])
				wanted[f[3]] = append(wanted[f[3]], lessons.Event{Lesson: l.Name, Step: step, Filter: f[2], Packets: n,
					Exact: f[4] == "" && f[6] == ""})
			}
			if n := len(onSheet.FindAllString(text, -1)); n < 5 || n != strings.Count(text, "\n- **") {
				t.Errorf("%d of %d filters of the sheet were understood", n, strings.Count(text, "\n- **"))
			}
			for host, promised := range wanted {
				for _, b := range broken(t, filepath.Join(folder, host+".pcapng.gz"), promised, options) {
					t.Errorf("%s.pcapng.gz: %s", host, b)
				}
			}
			stillSays(t, l.Name, text)
		})
	}
}

// ready asks the program for the ready capture of a lesson. What it writes is what docs/lab/captures has.
func ready(t *testing.T, name string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	root, err := filepath.Abs(rig.Root)
	must(t, err)
	for _, lang := range []string{"en", "ko"} {
		out, problems, status := runLab(t, name, "-ready", "-captures", folder, "-lang", lang, "-from",
			filepath.Join(root, "docs", "lab", "captures"))
		if status != 0 || problems != "" || !strings.Contains(out, name+".") {
			t.Fatalf("lab %s -ready = %d %q: go run . lab record docs/lab/captures %s\n%s", name, status, problems, name, out)
		}
	}
	folder = filepath.Join(folder, name)
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 3 {
		t.Fatalf("lab %s -ready has written %v, %v", name, files, err)
	}
	for _, f := range files {
		kept := filepath.Join(rig.Root, "docs", "lab", "captures", name, f.Name())
		if readFile(t, filepath.Join(folder, f.Name())) != readFile(t, kept) {
			t.Errorf("%s is not what lab %s -ready writes: go run . lab record docs/lab/captures %s", kept, name, name)
		}
	}
	return folder
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// stillSays: the steps of a recording are those that the lesson has now, as its sheet for playing says them, with marks
// for values.
func stillSays(t *testing.T, name, recorded string) {
	t.Helper()
	step := regexp.MustCompile(`(?m)^### Step \d+\n\n.+$`)
	now := step.FindAllString(readFile(t, filepath.Join(rig.Root, "docs", "lab", name+".md")), -1)
	then := step.FindAllString(recorded, -1)
	if len(now) != len(then) {
		t.Fatalf("%d steps were recorded, there are %d now: go run . lab record docs/lab/captures %s", len(then), len(now),
			name)
	}
	mark := regexp.MustCompile("`?<[A-Z_]+[0-9]+>`?")
	for i := range now {
		parts := mark.Split(now[i], -1)
		for j := range parts {
			parts[j] = regexp.QuoteMeta(parts[j])
		}
		if !regexp.MustCompile(`\A` + strings.Join(parts, `.+?`) + `\z`).MatchString(then[i]) {
			t.Errorf("recorded: %s\nnow: %s\ngo run . lab record docs/lab/captures %s", then[i], now[i], name)
		}
	}
}

func TestWhereReadyCapturesAre(t *testing.T) {
	for _, args := range []string{"http -ready", "http -ready -from nowhere"} {
		out, problems, status := runLab(t, strings.Fields(args)...)
		if status != 1 || out != "" || strings.Count(problems, "\n") != 1 || !strings.Contains(problems,
			"docs/lab/captures/http of the source code") {
			t.Errorf("lab %s = %d %q %q", args, status, out, problems)
		}
	}
}

// All of them are handed out together with the program, so they must be small.
func TestReadyCapturesAreSmall(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(rig.Root, "docs", "lab", "captures", "*", "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size == 0 || size > 1<<20 {
		t.Errorf("the ready captures have %d bytes, want 1 MB at most", size)
	}
}

// Where there are no networks the program says so in one line, and what there is instead.
func TestARefusedNetworkOffersTheReadyCapture(t *testing.T) {
	refuse := `echo 0 >/proc/sys/user/max_user_namespaces && echo 0 >/proc/sys/user/max_pid_namespaces && exec "$@"`
	sh := []string{"--user", "--map-root-user", "sh", "-c", refuse, "sh"}
	if err := exec.Command("unshare", append(sh, "true")...).Run(); err != nil {
		lacks(t, "there is no namespace in which there are none: "+err.Error())
	}
	for _, args := range []string{"ethernet", "http -net"} {
		lab := rig.Program(t, t.TempDir(), append([]string{"lab"}, strings.Fields(args)...)...)
		cmd := exec.Command("unshare", append(append(sh, lab.Path), lab.Args[1:]...)...)
		cmd.Dir, cmd.Env = lab.Dir, lab.Env
		out, err := cmd.CombinedOutput()
		text := string(out)
		if cmd.ProcessState.ExitCode() != 1 || strings.Count(text, "\n") != 1 ||
			!strings.Contains(text, "user.max_user_namespaces is 0") ||
			!strings.Contains(text, "pollwire lab "+strings.Fields(args)[0]+" -ready") {
			t.Errorf("lab %s = %v %q, want one line with the cause and the ready capture", args, err, text)
		}
	}
}
