package gift

import (
	"html"
	"regexp"
	"strings"
)

// feedback gathers what is said of the answers: first what goes for all of them, then each behind its answer.
type feedback struct {
	format string
	lines  []string
}

func (f *feedback) add(of string, said chars) {
	text := formatted(said, f.format)
	if text == "" {
		return
	}
	if of != "" {
		text = of + ": " + text
	}
	f.lines = append(f.lines, text)
}

func (f *feedback) String() string { return strings.Join(f.lines, "\n") }

// formatOf takes the name of a format off a text. One without has the format of what it belongs to.
func formatOf(c chars, otherwise string) (format string, rest chars) {
	for _, format := range []string{"html", "moodle", "plain", "markdown"} {
		if c.begins("[" + format + "]") {
			return format, c[len(format)+2:].trim()
		}
	}
	return otherwise, c
}

// formatted is a text that may have the name of its format before it.
func formatted(c chars, format string) string {
	format, c = formatOf(c.trim(), format)
	return lines(c, format)
}

// plain is formatted for one line.
func plain(c chars, format string) string {
	return strings.Join(strings.Fields(formatted(c, format)), " ")
}

// lines are the lines of a text without white space around each. Of HTML only the text is left.
func lines(c chars, format string) string {
	text := c.String()
	if format == "html" {
		text = textOf(text)
	}
	var kept []string
	for line := range strings.Lines(text) {
		kept = append(kept, strings.TrimSpace(line))
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}

var (
	lineEnds = regexp.MustCompile(`(?i)<(br|/p|/div|/li|/h[1-6]|/tr|/pre)\b[^<>]*>`)
	comments = regexp.MustCompile(`(?s)<!--.*?-->`)
	tags     = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
	gaps     = regexp.MustCompile(`\n{3,}`)
)

// textOf is what a page of this HTML would show, roughly.
func textOf(text string) string {
	text = comments.ReplaceAllString(strings.ReplaceAll(text, "\n", " "), "")
	text = lineEnds.ReplaceAllString(text, "\n")
	text = html.UnescapeString(tags.ReplaceAllString(text, ""))
	return gaps.ReplaceAllString(text, "\n\n")
}
