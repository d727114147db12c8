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
type Banner struct {
	Korean bool // what has words in korean.go is said in these
	text   strings.Builder
}

// Text adds a line as it is, with an empty one before it.
func (b *Banner) Text(line string) { fmt.Fprintf(&b.text, "\n%s\n", b.said(line)) }

// Gap adds an empty line.
func (b *Banner) Gap() { b.text.WriteByte('\n') }

// Row adds a label with the first of its lines beside it and the others below.
func (b *Banner) Row(label string, lines ...string) {
	label = b.said(label)
	for _, line := range lines {
		pad := strings.Repeat(" ", max(0, 12-columns(label)))
		b.text.WriteString(strings.TrimRight("  "+label+pad+" "+b.said(line), " ") + "\n")
		label = ""
	}
}

// Warn adds a warning, with an empty line before it.
func (b *Banner) Warn(lines ...string) {
	b.Gap()
	b.Row("WARNING", lines...)
}

func (b *Banner) String() string { return b.text.String() }

// said is a label or a line in the language of the banner.
func (b *Banner) said(text string) string {
	if !b.Korean {
		return text
	}
	if label, ok := labels[text]; ok {
		return label
	}
	return phrases.Replace(text)
}

// columns is how much room a text takes in a terminal: Hangul is twice as wide.
func columns(text string) (n int) {
	for _, r := range text {
		if n++; r >= 0x1100 {
			n++
		}
	}
	return n
}
