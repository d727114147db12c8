// Package banner lays out what a program says when it starts: a column of labels, and beside it what they stand for.
//
//	page         http://localhost:8080/
//	             http://192.168.0.23:8080/
//	health       off (-health)
package banner

import (
	"fmt"
	"strings"
)

// Banner is a text under construction. The zero Banner is empty.
type Banner struct{ text strings.Builder }

// Text adds a line as it is, with an empty one before it.
func (b *Banner) Text(line string) { fmt.Fprintf(&b.text, "\n%s\n", line) }

// Gap adds an empty line.
func (b *Banner) Gap() { b.text.WriteByte('\n') }

// Row adds a label with the first of its lines beside it and the others below.
func (b *Banner) Row(label string, lines ...string) {
	for _, line := range lines {
		b.text.WriteString(strings.TrimRight(fmt.Sprintf("  %-12s %s", label, line), " ") + "\n")
		label = ""
	}
}

func (b *Banner) String() string { return b.text.String() }
