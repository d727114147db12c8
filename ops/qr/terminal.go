package qr

import (
	"io"
	"strings"

	"pollwire/ops/desktop"
)

// edge is how many light modules a reader needs around a code (§6.3.8: 4; phones are content with 2, and a terminal
// is small).
const edge = 2

// ForTerminal is the code of a text as lines for w, "" where w is no terminal, one that is too narrow, or without on.
func ForTerminal(w io.Writer, on bool, text string) string {
	if !on || text == "" {
		return ""
	}
	rows, err := Encode(text)
	width, colours := desktop.Columns(w)
	if err != nil || width < len(rows)+2*edge+2 {
		return ""
	}
	return Draw(rows, colours) + "  " + text + "\n\n"
}

// Draw draws two rows of modules in a line of text, as half blocks. With colours the code is black on white whatever
// the terminal is; without, blocks are the light modules, for letters are light on a dark ground in most.
func Draw(rows []string, colours bool) string {
	light := func(x, y int) bool {
		x, y = x-edge, y-edge
		return x < 0 || y < 0 || y >= len(rows) || x >= len(rows) || rows[y][x] == '0'
	}
	var b strings.Builder
	side := len(rows) + 2*edge
	for y := 0; y < side; y += 2 {
		b.WriteString("  ")
		if colours {
			b.WriteString("\x1b[97;40m") // white letters on black
		}
		for x := range side {
			// Where the number of rows is odd, the line below the last one is left to the terminal's ground.
			b.WriteString(halves[light(x, y)][y+1 < side && light(x, y+1)])
		}
		if colours {
			b.WriteString("\x1b[0m")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// halves are by whether the upper and the lower half are light.
var halves = map[bool]map[bool]string{true: {true: "█", false: "▀"}, false: {true: "▄", false: " "}}
