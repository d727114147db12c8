// Capacity makes the table and the plot of docs/capacity.md, and of its Korean twin, from what the benchmarks measured:
//
//	go test -run '^$' -bench . -count 3 ./test/load > bench.txt
//	go run ./test/capacity < bench.txt
//
// It reads the format of Go's benchmarks (golang.org/design/14313), takes the median where one ran several times, and
// writes the table between the lines <!-- table --> and <!-- /table --> of both pages, and a plot for each of them, in
// SVG 1.1 without scripts and fonts, that is dark where the reader's system is.
//
// Nothing is written unless every figure is there. What the memory was only Linux tells.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("dir", "docs", "the `folder` of the pages")
	flag.Parse()
	if err := run(os.Stdin, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "capacity:", err)
		os.Exit(1)
	}
}

// A language is how one of the pages says it.
type language struct {
	index            int // in texts of both
	page, plot       string
	head             string // of the table
	measured         string // on what, with the system, the processor, its cores, and how often
	title, x, y1, y2 string // of the plot
}

// text is what is said in English and in Korean.
type text [2]string

var languages = []language{{
	index: 0, page: "capacity.md", plot: "capacity.svg",
	head: "| What happens | In a second | 99 of 100 are answered within | In 99 of 100 cases everybody knows within " +
		"| Memory at most |",
	measured: "Measured on %s, %s, %s cores that the server and all its clients shared. Runs: %d, of which these are " +
		"the medians.",
	title: "What becomes of votes and memory as the crowd grows", x: "people who watch", y1: "votes per second",
	y2: "memory of the server, MB",
}, {
	index: 1, page: "capacity.ko.md", plot: "capacity.ko.svg",
	head: "| 무슨 일이 일어나나 | 1초에 | 100번 중 99번의 응답 시간 | 100번 중 99번 " +
		"모두에게 전해지는 시간 | 최대 메모리 |",
	measured: "측정 환경: %s, %s. %s개 코어를 서버와 모든 클라이언트가 나누어 썼고, %d번 " +
		"실행한 중앙값입니다.",
	title: "사람이 늘어날 때 투표 수와 메모리", x: "지켜보는 사람 수", y1: "초당 투표 수",
	y2: "서버 메모리(MB)",
}}

// run reads benchmarks and writes both pages and plots.
func run(in io.Reader, dir string) error {
	m, err := read(in)
	if err != nil {
		return err
	}
	written := map[string][]byte{}
	for _, l := range languages {
		if written[l.page], err = pageOf(m, l, dir); err != nil {
			return err
		}
		if written[l.plot], err = plotOf(m, l); err != nil {
			return err
		}
	}
	for name, data := range written {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pageOf is a page as it is, but for its table.
func pageOf(m *measured, l language, dir string) ([]byte, error) {
	table, err := tableOf(m, l)
	if err != nil {
		return nil, err
	}
	page, err := os.ReadFile(filepath.Join(dir, l.page))
	if err != nil {
		return nil, err
	}
	if page, err = between(page, table); err != nil {
		return nil, fmt.Errorf("%s: %w", l.page, err)
	}
	return page, nil
}

// The lines between which the table stands.
const tableBegins, tableEnds = "<!-- table -->\n", "<!-- /table -->\n"

// between puts the table into its place.
func between(page []byte, table string) ([]byte, error) {
	before, rest, found := bytes.Cut(page, []byte(tableBegins))
	_, after, closed := bytes.Cut(rest, []byte(tableEnds))
	if !found || !closed || bytes.Contains(after, []byte(tableBegins)) {
		return nil, errors.New("must have the lines <!-- table --> and <!-- /table --> once")
	}
	return bytes.Join([][]byte{before, []byte(tableBegins), []byte(table), []byte(tableEnds), after}, nil), nil
}
