package lab

// Lessons with a network of their own: each is played by the program, three times, and each of its captures is asked
// for what the lesson has promised of it.

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pollwire/lab/lessons"
)

// told is a line of -json.
type told struct {
	Type                       lessons.Type
	Text, Filter, Answer, Host string
	Network, Client, Server    string
	Lines, Tshark              []string
	Step, Packets              int
	Exact                      bool
	Proofs                     []lessons.Proof
}

// playBoxed plays a lesson with a network of its own and returns what it told.
func playBoxed(t *testing.T, name, folder string, args ...string) []told {
	t.Helper()
	out, problems, status := runLab(t, append([]string{name, "-json", "-answers", "-data", teaches(t), "-pace", "0",
		"-captures", folder}, args...)...)
	if status != 0 {
		if strings.Contains(problems, "no network in a box") {
			lacks(t, problems)
		}
		t.Fatalf("lab %s = %d %s", name, status, problems)
	}
	return toldIn(t, out)
}

// teaches is a folder with a teacher key, as whoever has started a server has one.
func teaches(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "teacher.key"), []byte("7K2M-Q9XD-4HTB-W8RE-3NVY\n"), 0o600))
	return folder
}

// toldIn reads the lines of -json.
func toldIn(t *testing.T, out string) (all []told) {
	t.Helper()
	for line := range strings.Lines(out) {
		var e told
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// What a lesson promises of losses and timers holds on a computer that does nothing else: see .ci/run.
func TestBoxedLessons(t *testing.T) {
	if os.Getenv("POLLWIRE_NETBOX") != "required" {
		t.Skip("it needs the computer for itself: POLLWIRE_NETBOX=required go test -run Boxed ./test/lab")
	}
	for _, l := range lessons.Boxed() {
		if *onlyLesson != "" && l.Name != *onlyLesson {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			inTwoLanguages(t, l.Title)
			var plays [][]told
			var wanted [][][][]string
			for seed, lang := range []string{"en", "ko", "en"} {
				folder := t.TempDir()
				play := playBoxed(t, l.Name, folder, "-lang", lang, "-seed", fmt.Sprint(seed+1))
				plays = append(plays, play)
				keepsBoxed(t, filepath.Join(folder, l.Name), l.Name, play)
				wanted = append(wanted, proofsOfBoxed(t, filepath.Join(folder, l.Name), play))
				if l.Name == "congestion" {
					measured(t, filepath.Join(folder, l.Name), play)
				}
			}
			checkEvents(t, bothLanguages(plays[0], plays[1]))
			for n := range wanted[0] {
				anotherRun(t, fmt.Sprintf("question %d", n+1), wanted[0][n], wanted[1][n])
			}
		})
	}
}

// The lessons about the server play across a network, too: there are round trips, segments of Ethernet's size and ARP,
// and each filter finds in the client's capture what it promises.
func TestLessonsAcrossANetwork(t *testing.T) {
	if os.Getenv("POLLWIRE_NETBOX") != "required" {
		t.Skip("it needs the computer for itself: POLLWIRE_NETBOX=required go test -run Across ./test/lab")
	}
	for _, l := range lessons.OnLoopback() {
		if *onlyLesson != "" && l.Name != *onlyLesson {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			play := playBoxed(t, l.Name, folder, "-net", "-lang", "en", "-keylog", filepath.Join(folder, "keys"))
			for _, e := range play {
				if e.Type == lessons.Unable {
					t.Errorf("step %d: left out: %s", e.Step, e.Text)
				}
			}
			keepsBoxed(t, filepath.Join(folder, l.Name), l.Name, play)
			arp := countFrames(t, filepath.Join(folder, l.Name, "client.pcapng"),
				[]lessons.Event{
					{Filter: "arp.opcode == 1 && eth.dst == ff:ff:ff:ff:ff:ff && eth.src == 02:00:00:00:01:00"},
					{Filter: "!eth"}, {Filter: "ip.addr == 127.0.0.1"},
				})
			if arp[0] != 1 || arp[1]+arp[2] != 0 {
				t.Errorf("a asks all by ARP %d times, %d packets have no Ethernet, %d are of loopback", arp[0], arp[1],
					arp[2])
			}
		})
	}
}

// bothLanguages makes the events of a lesson of two plays.
func bothLanguages(en, ko []told) (all []lessons.Event) {
	for i := range min(len(en), len(ko)) {
		e := en[i]
		all = append(all, lessons.Event{Type: e.Type, Step: e.Step, Text: lessons.Text{e.Text, ko[i].Text},
			Answer: lessons.Text{e.Answer, ko[i].Answer}, Filter: e.Filter, Packets: e.Packets, Exact: e.Exact,
			Network: e.Network, Client: e.Client, Server: e.Server, Lines: e.Lines})
	}
	return all
}

// keepsBoxed asks the captures of a play for all that was promised of them, and for what no capture should have.
func keepsBoxed(t *testing.T, folder, name string, play []told) {
	t.Helper()
	needs(t, "tshark", "it reads the captures")
	promised, options := map[string][]lessons.Event{}, slices.Clip(checksums)
	for _, e := range play {
		options = append(options, e.Tshark...) // what a step says that Wireshark has to know
		if e.Type == lessons.Filter {
			if e.Host == "" {
				t.Errorf("%s, step %d: in which capture is %s?", name, e.Step, e.Filter)
			}
			promised[e.Host] = append(promised[e.Host], lessons.Event{Lesson: name, Step: e.Step, Filter: e.Filter,
				Packets: e.Packets, Exact: e.Exact})
		}
		for _, p := range e.Proofs {
			promised[p.Host] = append(promised[p.Host], lessons.Event{Lesson: name, Filter: p.Filter, Packets: 1})
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.pcapng"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has left no capture: %v", name, err)
	}
	for _, file := range files {
		host := strings.TrimSuffix(filepath.Base(file), ".pcapng")
		// What ICMP quotes is not whole, and has no right checksum. The kernel writes a checksum of TCP that is 0 as ffff,
		// as it has to in UDP (RFC 768): in ones' complement these are the same number.
		wrong := lessons.Event{Lesson: name, Filter: "_ws.malformed || ip.checksum.status == 0 || " +
			"(tcp.checksum.status == 0 && tcp.checksum != 0xffff || udp.checksum.status == 0) && !icmp || " +
			"icmp.checksum.status == 0 || icmpv6.checksum.status == 0", Exact: true}
		for _, b := range broken(t, file, append(promised[host], wrong), options) {
			t.Errorf("%s.pcapng: %s", host, b)
		}
		inOrder(t, file)
	}
}

// proofsOfBoxed reads for each question of a play the values that it wants.
func proofsOfBoxed(t *testing.T, folder string, play []told) (all [][][]string) {
	t.Helper()
	for _, e := range play {
		if e.Type == lessons.Question {
			all = append(all, wantedValues(t, e.Proofs, folder))
		}
	}
	return all
}

// checksums lets Wireshark look at all of them.
var checksums = []string{"-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o",
	"udp.check_checksum:TRUE", "-o", "tcp.try_heuristic_first:TRUE"}

// inOrder: no packet is older than the one before.
func inOrder(t *testing.T, file string) {
	t.Helper()
	out, err := exec.Command("capinfos", "-o", "-T", "-r", file).Output()
	if err == nil && !strings.Contains(string(out), "True") {
		t.Errorf("%s: %s", filepath.Base(file), out)
	}
}

// A program that is told to capture a lesson otherwise says that the lesson does so itself.
func TestABoxedLessonHasItsOwnCaptures(t *testing.T) {
	for _, args := range []string{"ethernet -capture x", "ethernet -capture-real x", "http -net -capture x",
		"http -net -url http://localhost:8000", "http -net -own"} {
		out, problems, status := runLab(t, strings.Fields(args)...)
		if status != 1 || out != "" || strings.Count(problems, "\n") != 1 || !strings.Contains(problems, "network") {
			t.Errorf("lab %s = %d %q %q", args, status, out, problems)
		}
	}
}

func TestAProfileForAppArmor(t *testing.T) {
	out, problems, status := runLab(t, "apparmor")
	if runtime.GOOS != "linux" {
		if status != 1 || strings.Count(problems, "\n") != 1 {
			t.Errorf("lab apparmor = %d %q", status, problems)
		}
		return
	}
	if status != 0 || !slices.Contains(strings.Split(out, "\n"), "  userns,") {
		t.Errorf("lab apparmor = %d %q\n%s", status, problems, out)
	}
}
