package banner

import (
	"fmt"
	"strings"
)

// layout is a text under construction: a column of labels, and beside it what they stand for.
type layout struct {
	korean bool // what has words in korean.go is said in these
	said   strings.Builder
}

// text adds a line as it is, with an empty one before it.
func (l *layout) text(line string) { fmt.Fprintf(&l.said, "\n%s\n", l.translated(line)) }

// gap adds an empty line.
func (l *layout) gap() { l.said.WriteByte('\n') }

// row adds a label with the first of its lines beside it and the others below.
func (l *layout) row(label string, lines ...string) {
	label = l.translated(label)
	for _, line := range lines {
		pad := strings.Repeat(" ", max(0, 12-columns(label)))
		l.said.WriteString(strings.TrimRight("  "+label+pad+" "+l.translated(line), " ") + "\n")
		label = ""
	}
}

// warn adds a warning, with an empty line before it.
func (l *layout) warn(lines ...string) {
	l.gap()
	l.row("WARNING", lines...)
}

// translated is a label or a line in the language of the banner.
func (l *layout) translated(text string) string {
	if !l.korean {
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
