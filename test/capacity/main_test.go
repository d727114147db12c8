package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is what go test prints, for all benchmarks of the table, three times. value gives what is measured in a run.
func sample(value func(benchmark, unit string, run int) float64) string {
	var b strings.Builder
	b.WriteString("goos: linux\ngoarch: arm64\npkg: pollwire/test/load\ncpu: Apple <M9> & more\n")
	for run := range 3 {
		for _, r := range rows {
			fmt.Fprintf(&b, "Benchmark%s\nBenchmark%[1]s-4   \t1\t  1004905528 ns/op", r.benchmark)
			for _, unit := range []string{"votes/s", "joins/s", "events/s", "p99-ms-vote", "p99-ms-ack", "p99-ms-last",
				"peak-MB"} {
				fmt.Fprintf(&b, "\t%g %s", value(r.benchmark, unit, run), unit)
			}
			b.WriteString("\n")
		}
		b.WriteString("BenchmarkVoteHTTP/group-4 \t 1\t 14898674 ns/op\n    bench_test.go:12: something else\n")
	}
	return b.String() + "PASS\nok  \tpollwire\t46.903s\n"
}

func plain(benchmark, unit string, run int) float64 {
	return map[string]float64{"votes/s": 11192, "p99-ms-vote": 12.94, "p99-ms-last": 0.8765, "peak-MB": 31}[unit] +
		float64(1-run)*3
}

// pages writes both pages into a new folder.
func pages(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, l := range languages {
		put(t, dir, l.page, "# before\n"+tableBegins+"old\n"+tableEnds+"after\n")
	}
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheTableStandsBetweenItsMarksInBothPages(t *testing.T) {
	dir := pages(t)
	for range 2 { // a second time changes nothing
		if err := run(strings.NewReader(sample(plain)), dir); err != nil {
			t.Fatal(err)
		}
	}
	for page, due := range map[string][]string{
		"capacity.md": {"| the same, 1,000 watch | 11,000 votes | 13 ms |  | 31 MB |\n", "| 0.88 ms |",
			"linux/arm64, Apple <M9> & more, 4 cores", "Runs: 3, "},
		"capacity.ko.md": {"| 같은 상황, 1,000명이 지켜봄 | 11,000표 | 13 ms |  | 31 MB |\n", "4개 코어",
			"3번 실행"},
	} {
		text := get(t, dir, page)
		for _, part := range append(due, "# before\n"+tableBegins, tableEnds+"after\n") {
			if !strings.Contains(text, part) {
				t.Errorf("%s has no %q:\n%s", page, part, text)
			}
		}
		if strings.Contains(text, "old") || strings.Count(text, "\n| ") != len(rows)+2 {
			t.Errorf("%s:\n%s", page, text)
		}
	}
}

func TestThePlotIsXMLWithAxesAndUnits(t *testing.T) {
	dir := pages(t)
	votes := map[string]float64{"Growth/10sockets": 9800, "Growth/100sockets": 9500, "Growth/1000sockets": 4321,
		"Growth/10000sockets": 321}
	if err := run(strings.NewReader(sample(func(benchmark, unit string, run int) float64 {
		if v := votes[benchmark]; v > 0 && unit == "votes/s" {
			return v
		}
		return plain(benchmark, unit, run)
	})), dir); err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		picture := get(t, dir, l.plot)
		var texts []string
		var line string
		for d := xml.NewDecoder(strings.NewReader(picture)); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", l.plot, err, picture)
			}
			switch e := token.(type) {
			case xml.CharData:
				texts = append(texts, strings.TrimSpace(string(e)))
			case xml.StartElement:
				if e.Name.Local == "polyline" && line == "" {
					line = e.Attr[1].Value
				}
			}
		}
		for _, due := range []string{l.title, l.x, l.y1, l.y2, "10", "10,000", "9,800", "4,300", "320", "0", "2,000"} {
			if !slices.Contains(texts, due) {
				t.Errorf("%s does not say %q: %q", l.plot, due, texts)
			}
		}
		// The axis reaches from 0 at 250 to 10,000 at 60.
		if line != "140.0,63.8 276.7,69.5 413.3,167.9 550.0,243.9" {
			t.Errorf("%s: the line of votes goes through %s", l.plot, line)
		}
		for _, never := range []string{"<script", "http://fonts", "https://", "url(", "NaN", "Inf"} {
			if strings.Contains(picture, never) {
				t.Errorf("%s has %s in it", l.plot, never)
			}
		}
		if !strings.Contains(picture, "prefers-color-scheme: dark") {
			t.Errorf("%s is only light", l.plot)
		}
	}
}

func TestNothingIsWrittenUnlessAllIsThere(t *testing.T) {
	whole := sample(plain)
	for _, tt := range []struct {
		name, in, says string
		spoil          func(dir string)
	}{
		{name: "no input", in: "", says: "no votes/s of BenchmarkClass60"},
		{name: "a benchmark is missing", in: strings.ReplaceAll(whole, "BenchmarkPolling500", "BenchmarkPolling"),
			says: "BenchmarkPolling500"},
		{name: "a unit is missing", in: strings.ReplaceAll(whole, "peak-MB", "MB"),
			says: "no peak-MB of BenchmarkClass60"},
		{name: "a value is no number", in: strings.Replace(whole, " p99-ms-last", "x p99-ms-last", 1),
			says: "invalid syntax"},
		{name: "no marks", in: whole, says: "capacity.ko.md: must have",
			spoil: func(dir string) { put(t, dir, "capacity.ko.md", "nothing") }},
		{name: "one mark", in: whole, says: "capacity.ko.md: must have",
			spoil: func(dir string) { put(t, dir, "capacity.ko.md", tableBegins+"old\n") }},
		{name: "no page", in: whole, says: "capacity.ko.md",
			spoil: func(dir string) { os.Remove(filepath.Join(dir, "capacity.ko.md")) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := pages(t)
			before := get(t, dir, "capacity.md")
			if tt.spoil != nil {
				tt.spoil(dir)
			}
			if err := run(strings.NewReader(tt.in), dir); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("run = %v, want %q in it", err, tt.says)
			}
			if _, err := os.Stat(filepath.Join(dir, "capacity.svg")); err == nil || get(t, dir, "capacity.md") != before {
				t.Error("something was written")
			}
		})
	}
}

func TestTwoDigitsCount(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.0123: "0.012", 0.8765: "0.88", 0.996: "1.0", 1: "1.0", 9.96: "10",
		12.94: "13", 99.6: "100",
		314.6: "310", 1998: "2,000", 11192: "11,000", 1234567: "1,200,000"} {
		if got := round(v); got != want {
			t.Errorf("round(%g) = %s, want %s", v, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	m, err := read(strings.NewReader("BenchmarkX-8 1 5 a/b\nBenchmarkX-8 1 1 a/b\nBenchmarkX-8 1 9 a/b 4 c\nBenchmarkY " +
		"1 1 a/b\nBenchmarkX-8 1 6 a/b\n"))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := m.median("X", "a/b"); v != 5.5 || err != nil || m.runs != 4 {
		t.Errorf("median = %g, %v of %d runs, want 5.5 of 4", v, err, m.runs)
	}
	if v, err := m.median("X", "c"); v != 4 || err != nil {
		t.Errorf("median = %g, %v, want 4", v, err)
	}
}
