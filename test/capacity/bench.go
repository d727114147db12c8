package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// measured is what benchmarks printed.
type measured struct {
	config map[string]string               // goos, cpu, ...
	values map[string]map[string][]float64 // by benchmark and unit, one for each run
	cores  string                          // of the last benchmark; "1" where none is named
	runs   int                             // of the benchmark that ran most often
}

var (
	configLine = regexp.MustCompile(`^([a-z][^\s:]*):\s*(.*)$`)
	coresOf    = regexp.MustCompile(`-(\d+)$`)
)

// read takes lines of configuration and of results, and passes over everything else.
func read(in io.Reader) (*measured, error) {
	m := &measured{config: map[string]string{}, values: map[string]map[string][]float64{}, cores: "1"}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if c := configLine.FindStringSubmatch(lines.Text()); c != nil {
			m.config[c[1]] = c[2]
		} else if strings.HasPrefix(lines.Text(), "Benchmark") {
			if err := m.result(strings.Fields(lines.Text())); err != nil {
				return nil, fmt.Errorf("%s: %w", lines.Text(), err)
			}
		}
	}
	return m, lines.Err()
}

// result takes a name, a number of iterations, and pairs of a value and its unit.
func (m *measured) result(fields []string) error {
	if len(fields) < 4 {
		return nil // the name alone, before the benchmark says something
	}
	name := strings.TrimPrefix(fields[0], "Benchmark")
	if c := coresOf.FindStringSubmatch(name); c != nil {
		m.cores, name = c[1], strings.TrimSuffix(name, c[0])
	}
	if m.values[name] == nil {
		m.values[name] = map[string][]float64{}
	}
	for i := 2; i+1 < len(fields); i += 2 {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return err
		}
		of := append(m.values[name][fields[i+1]], v)
		m.values[name][fields[i+1]] = of
		m.runs = max(m.runs, len(of))
	}
	return nil
}

// median returns what a benchmark measured in a unit.
func (m *measured) median(name, unit string) (float64, error) {
	list := slices.Sorted(slices.Values(m.values[name][unit]))
	if len(list) == 0 {
		return 0, fmt.Errorf("no %s of Benchmark%s", unit, name)
	}
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2, nil
	}
	return list[len(list)/2], nil
}
