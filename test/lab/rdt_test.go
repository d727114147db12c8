package lab

// The lesson on reliable data transfer, over loopback: every system can play it so.

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pollwire/lab/lessons"
)

func TestReliableDataTransferOverLoopback(t *testing.T) {
	for _, args := range []string{"-lang en -seed 1", "-lang ko -seed 2", "-lang en -seed 3 -window 7 -loss 0.4",
		"-lang en -window 1 -loss 0"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "rdt.pcapng")
			out, problems, status := runLab(t, append([]string{"rdt", "-loopback", "-json", "-answers", "-data", teaches(t),
				"-pace", "0",
				"-capture-real", file}, strings.Fields(args)...)...)
			if status != 0 {
				if strings.Contains(problems, "dumpcap") {
					lacks(t, problems)
				}
				t.Fatalf("lab rdt %s = %d %s", args, status, problems)
			}
			promised, options := []lessons.Event{{Lesson: "rdt", Exact: true,
				Filter: "_ws.malformed || pwrdt.checksum.bad || icmp || udp && !pwrdt"}}, slices.Concat(heuristicsFirst,
				[]string{"-o", "udp.try_heuristic_first:TRUE"}) // a free port may be that of another protocol
			for _, e := range toldIn(t, out) {
				options = append(options, e.Tshark...)
				if e.Type == lessons.Filter {
					promised = append(promised, lessons.Event{Lesson: "rdt", Step: e.Step, Filter: e.Filter,
						Packets: e.Packets, Exact: e.Exact})
				}
			}
			if len(promised) < 15 {
				t.Errorf("only %d filters", len(promised))
			}
			for _, b := range broken(t, file, promised, options) {
				t.Error(b)
			}
		})
	}
}

// Where there can be no network in a box it says so, and plays all the same.
func TestReliableDataTransferWithoutABox(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may make networks everywhere")
	}
	t.Setenv("POLLWIRE_INSIDE_A_BOX", "1") // so it takes itself for one that is in a box, and finds that it may nothing
	out, problems, status := runLab(t, "rdt", "-json", "-pace", "0")
	if status != 0 || problems != "" || !strings.Contains(out, "no network in a box") {
		t.Errorf("%d %q\n%s", status, problems, out)
	}
}

func TestWhatCanBeSetOfReliableDataTransfer(t *testing.T) {
	for _, args := range []string{"-window 0", "-window 33", "-loss 0.6", "-loss -1", "-loss NaN", "-capture x"} {
		out, problems, status := runLab(t, append([]string{"rdt", "-loopback"}, strings.Fields(args)...)...)
		if flag, _, _ := strings.Cut(args, " "); status != 1 || out != "" || !strings.Contains(problems, flag) {
			t.Errorf("lab rdt %s = %d %q %q", args, status, out, problems)
		}
	}
}

// The same seed loses the same, in a box and over loopback.
func TestReliableDataTransferCostsTheSameEverywhere(t *testing.T) {
	costs := func(args ...string) (rows []string) {
		out, problems, status := runLab(t, append([]string{"rdt", "-json", "-pace", "0", "-seed", "7"}, args...)...)
		if status != 0 {
			t.Fatalf("%d %s", status, problems)
		}
		for _, e := range toldIn(t, out) {
			if e.Type == lessons.Table {
				rows = append(rows, e.Lines...)
			}
		}
		return rows
	}
	first, second := costs("-loopback"), costs("-captures", t.TempDir())
	if len(first) != 3 || fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("over loopback %q, in a box, where there is one, %q", first, second)
	}
}
