package plot

import (
	"bufio"
	"fmt"
	"io"

	"pollwire/lab/bilingual"
)

// rows is how high a picture in a terminal is, in lines.
const rows = 16

// Braille draws the sequence into a terminal, with the eight dots of each Braille character (Unicode, U+2800 to
// U+28FF): so many columns wide.
func (s *Series) Braille(w io.Writer, lang string, columns int) error {
	cells := make([][]rune, rows)
	for i := range cells {
		cells[i] = make([]rune, columns)
	}
	end, top := s.Seconds, nice(s.Bytes)
	if end == 0 {
		end = 1
	}
	dot := func(at, value float64) {
		x := min(int(at/end*float64(columns*2)), columns*2-1)
		y := rows*4 - 1 - min(int(value/top*rows*4), rows*4-1)
		cells[y/4][x/2] |= bits[y%4][x%2]
	}
	for _, g := range s.Segments {
		dot(g.At, g.From)
		dot(g.At, g.To)
	}
	for _, a := range s.Acked {
		dot(a.At, a.Value)
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%8s %s\n", number(top), bilingual.Text{"bytes", "바이트"}.In(lang))
	for _, line := range cells {
		fmt.Fprint(out, "        |")
		for _, c := range line {
			fmt.Fprintf(out, "%c", '\u2800'+c)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "%8d +%*s s\n", 0, columns-2, number(end))
	return out.Flush()
}

// bits are those of the dots, by line and column.
var bits = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}
