package qr

import (
	"slices"
	"strings"
)

// grid holds the modules. Those of patterns are taken: no data goes there, and no mask changes them.
type grid struct {
	size        int
	dark, taken []bool
}

func (g *grid) take(x, y int, dark bool) {
	if x >= 0 && y >= 0 && x < g.size && y < g.size {
		g.dark[y*g.size+x], g.taken[y*g.size+x] = dark, true
	}
}

func (g *grid) free() (n int) {
	for _, taken := range g.taken {
		if !taken {
			n++
		}
	}
	return n
}

// eye draws rings around a centre, up to a distance, dark but for the light ones.
func (g *grid) eye(x, y, distance int, light ...int) {
	for dy := -distance; dy <= distance; dy++ {
		for dx := -distance; dx <= distance; dx++ {
			g.take(x+dx, y+dy, !slices.Contains(light, max(dx, -dx, dy, -dy)))
		}
	}
}

// patterns (§6.3): dotted lines, three eyes with a light edge, a small one from version 2 on, the place of the format.
func patterns(version int) *grid {
	size := 17 + 4*version
	g := &grid{size, make([]bool, size*size), make([]bool, size*size)}
	for i := range size {
		g.take(i, 6, i%2 == 0)
		g.take(6, i, i%2 == 0)
	}
	for _, at := range [][2]int{{3, 3}, {size - 4, 3}, {3, size - 4}} {
		g.eye(at[0], at[1], 4, 2, 4)
	}
	if version > 1 {
		g.eye(size-7, size-7, 2, 1)
	}
	g.format(0)
	return g
}

// place goes through pairs of columns, the first upwards. Column 6, a dotted line, is in no pair.
func (g *grid) place(bytes []byte) {
	i, up := 0, true
	for right := g.size - 1; right > 0; right, up = right-2, !up {
		if right == 6 {
			right--
		}
		for n := range 2 * g.size {
			y, x := n/2, right-n%2
			if up {
				y = g.size - 1 - y
			}
			if at := y*g.size + x; !g.taken[at] {
				g.dark[at] = i/8 < len(bytes) && bytes[i/8]>>(7-i%8)&1 != 0
				i++
			}
		}
	}
}

// masks: where these are 0 a module is turned over (table 10).
var masks = [8]func(x, y int) int{
	func(x, y int) int { return (x + y) % 2 },
	func(x, y int) int { return y % 2 },
	func(x, y int) int { return x % 3 },
	func(x, y int) int { return (x + y) % 3 },
	func(x, y int) int { return (y/2 + x/3) % 2 },
	func(x, y int) int { return x*y%2 + x*y%3 },
	func(x, y int) int { return (x*y%2 + x*y%3) % 2 },
	func(x, y int) int { return ((x+y)%2 + x*y%3) % 2 },
}

// best is g with the mask that has the smallest penalty, the first of several.
func (g *grid) best() (found *grid) {
	least := 0
	for mask := range masks {
		m := g.masked(mask)
		if points := penalty(m.rows()); found == nil || points < least {
			found, least = m, points
		}
	}
	return found
}

func (g *grid) masked(mask int) *grid {
	m := &grid{g.size, slices.Clone(g.dark), slices.Clone(g.taken)}
	for i := range m.dark {
		if !g.taken[i] && masks[mask](i%g.size, i/g.size) == 0 {
			m.dark[i] = !m.dark[i]
		}
	}
	m.format(formatBits(mask))
	return m
}

// formatBits are the level (00 is M), the mask, and what is left when that is divided by a polynomial whose
// coefficients are bits (a BCH code). The XOR keeps them from being all 0 (§7.9.1).
func formatBits(mask int) int {
	rest := mask << 10
	for i := 14; i >= 10; i-- {
		if rest>>i&1 != 0 {
			rest ^= 0b10100110111 << (i - 10)
		}
	}
	return (mask<<10 | rest) ^ 0b101010000010010
}

// format lays the bits down column 8 and along row 8, past the dotted lines. One module more is always dark.
func (g *grid) format(bits int) {
	for i := range 15 {
		dark, y, x := bits>>i&1 != 0, g.size-15+i, 14-i
		switch {
		case i < 6:
			y, x = i, g.size-1-i
		case i < 8:
			y, x = i+1, g.size-1-i
		case i == 8:
			x = 7
		}
		g.take(8, y, dark)
		g.take(x, 8, dark)
	}
	g.take(8, g.size-8, true)
}

func (g *grid) rows() []string {
	rows := make([]string, g.size)
	for y := range rows {
		row := make([]byte, g.size)
		for x := range row {
			row[x] = '0'
			if g.dark[y*g.size+x] {
				row[x] = '1'
			}
		}
		rows[y] = string(row)
	}
	return rows
}

// penalty counts what is hard to read (§7.8.3): long lines, and squares, of one colour; what looks like an eye; too
// much dark or light in all.
func penalty(rows []string) (points int) {
	size, dark := len(rows), 0
	for i := range size {
		column := make([]byte, size)
		for y := range rows {
			column[y] = rows[y][i]
		}
		points += linePenalty(rows[i]) + linePenalty(string(column))
		dark += strings.Count(rows[i], "1")
	}
	for y := 1; y < size; y++ {
		for x := 1; x < size; x++ {
			if c := rows[y][x]; c == rows[y][x-1] && c == rows[y-1][x] && c == rows[y-1][x-1] {
				points += 3
			}
		}
	}
	off := 100*dark - 50*size*size // of 50 %, times the number of modules
	return points + 10*(max(off, -off)/(5*size*size))
}

func linePenalty(line string) (points int) {
	for at, run := 0, 0; at < len(line); at++ {
		if run++; at+1 == len(line) || line[at+1] != line[at] {
			if run >= 5 {
				points += run - 2
			}
			run = 0
		}
	}
	line = "0000" + line + "0000"
	for at := range line {
		if strings.HasPrefix(line[at:], "00001011101") || strings.HasPrefix(line[at:], "10111010000") {
			points += 40
		}
	}
	return points
}
