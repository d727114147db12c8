package lab

// What the lesson on congestion tells of rates and times, measured in its captures.

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pollwire/lab/lessons"
)

// fields are those of the packets that a filter finds, as numbers. What a packet has not is 0.
func fields(t *testing.T, file, filter string, names ...string) (rows [][]float64) {
	t.Helper()
	args := []string{"-r", file, "-Y", filter, "-T", "fields"}
	for _, n := range names {
		args = append(args, "-e", n)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark %s: %v", filter, err)
	}
	for line := range strings.Lines(string(out)) {
		var row []float64
		for cell := range strings.SplitSeq(strings.TrimRight(line, "\n"), "\t") {
			n, _ := strconv.ParseFloat(cell, 64)
			row = append(row, n)
		}
		rows = append(rows, row)
	}
	return rows
}

func between(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if t.Logf("%s: %.5g", what, got); got < low || got > high {
		t.Errorf("%s: %.5g, want %.5g to %.5g", what, got, low, high)
	}
}

// measured: an empty link takes twice its delay, a full one passes its rate, and after a loss each algorithm keeps of
// its window what it says.
func measured(t *testing.T, folder string, play []told) {
	a, b := filepath.Join(folder, "a.pcapng"), filepath.Join(folder, "b.pcapng")
	rtt := 1e9
	for _, row := range fields(t, a, "tcp.stream == 0 && tcp.srcport == 80 && tcp.analysis.ack_rtt",
		"tcp.analysis.ack_rtt") {
		rtt = min(rtt, 1e3*row[0]) // a busy computer answers later, and never sooner
	}
	between(t, "ms for the shortest round trip", rtt, 200, 201)
	for _, of := range []string{"reno", "cubic"} {
		filter := map[string]string{"reno": "tcp.stream == 1", "cubic": "ip.dst == 10.0.2.2"}[of]
		frames := fields(t, b, filter+" && tcp.len > 0", "frame.time_epoch", "frame.len")
		between(t, of+", Mbit a second", rate(frames)/1e6, 0.95, 1.05)
	}
	for _, e := range play {
		if e.Type != lessons.Table {
			continue
		}
		for _, row := range e.Lines {
			cells := strings.Split(row, "\t")
			part, known := map[string]float64{"reno": 0.5, "cubic": 0.7}[cells[0]]
			if before, _ := strconv.ParseFloat(cells[min(4, len(cells)-1)], 64); known {
				after, _ := strconv.ParseFloat(cells[5], 64)
				between(t, cells[0]+", segments in the window behind a loss", after, part*before-1, part*before+1)
			}
		}
	}
}

// rate is how many bits a second came, while as many came as could: the median over 40 frames one behind the other. TCP
// may have waited for its timer.
func rate(frames [][]float64) float64 {
	const many = 40
	var rates []float64
	for i := range len(frames) - many {
		var bits float64
		for _, f := range frames[i+1 : i+1+many] {
			bits += 8 * f[1]
		}
		rates = append(rates, bits/(frames[i+many][0]-frames[i][0]))
	}
	slices.Sort(rates)
	return rates[len(rates)/2]
}
