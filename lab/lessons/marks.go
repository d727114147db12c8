package lessons

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A sheet must not change with every run. Where two plays of a lesson differ it has a placeholder, <PORT1>, and the
// answers have a value of one run in backquotes, `51234`, by which a reader too sees that it is an example.

// marking makes marks of what differs.
type marking struct {
	// mark is what stands for a value, of which the other play has another. before is the line up to it.
	mark func(before, value, other string) string
	// marks finds them again in a file.
	marks *regexp.Regexp
}

// In the answers a mark has a value in it, of one run.
var exampleMarks = marking{func(_, value, _ string) string { return "`" + value + "`" },
	regexp.MustCompile("`[^`\n]+`")}

// placeholders are marks that name values: the same value has the same name everywhere. The ports of both plays are
// known, others are named by what stands before them.
func placeholders(ports, others []string) marking {
	names, last := map[[2]string]string{}, map[string]int{}
	name := func(word, value, other string) string {
		both := [2]string{value, other}
		if names[both] == "" || strings.Contains(value, ".") { // fractions, of seconds say, are the same by chance
			last[word]++
			names[both] = fmt.Sprintf("<%s%d>", word, last[word])
		}
		return names[both]
	}
	for i := range min(len(ports), len(others)) {
		name("PORT", ports[i], others[i])
	}
	return marking{func(before, value, other string) string {
		p := name(wordFor(before), value, other)
		if inCode(before) {
			return p
		}
		return "`" + p + "`" // else Markdown takes it for HTML
	}, regexp.MustCompile("`?<[A-Z_]+[0-9]+>`?")}
}

func inCode(before string) bool { return strings.Count(before, "`")%2 == 1 }

// compared is the last part of the name of a field in a display filter, and the comparison behind it.
var compared = regexp.MustCompile(`([a-z_]+)[a-z0-9_]* (?:==|!=|<=|>=|<|>|contains|matches) "?[^ "]*$`)

// wordFor is what a placeholder is called: as the field that a filter compares with it, if there is one.
func wordFor(before string) string {
	if f := compared.FindStringSubmatch(before); f != nil && inCode(before) {
		return strings.ToUpper(strings.Trim(f[1], "_"))
	}
	return "VALUE"
}

// errLines: only values may differ.
var errLines = errors.New("it has other lines when it is played again")

// merge is one text with marks for what the other has otherwise.
func (m marking) merge(one, other string) (string, error) {
	a, b := strings.Split(one, "\n"), strings.Split(other, "\n")
	if len(a) != len(b) {
		return "", errLines
	}
	for i := range a {
		a[i] = m.line(a[i], b[i])
	}
	return strings.Join(a, "\n"), nil
}

// line goes from word to word. Where the number of words differs the rest of the line is one value.
func (m marking) line(one, other string) string {
	a, b := strings.Split(one, " "), strings.Split(other, " ")
	var line strings.Builder
	for i := range a {
		if i > 0 {
			line.WriteString(" ")
		}
		if len(a) != len(b) && (i >= len(b) || a[i] != b[i]) {
			rest := strings.Join(a[i:], " ")
			line.WriteString(m.mark(line.String(), rest, strings.Join(b[min(i, len(b)):], " ")))
			break
		}
		if a[i] == b[i] {
			line.WriteString(a[i])
			continue
		}
		from, end, otherEnd := differing(a[i], b[i])
		line.WriteString(a[i][:from])
		line.WriteString(m.mark(line.String(), a[i][from:end], b[i][from:otherEnd]))
		line.WriteString(a[i][end:])
	}
	return line.String()
}

// differing finds the value in which two words differ: a[from:endA] and b[from:endB]. It is not cut within a number or
// a word: of 41234 and 41299 all differs.
func differing(a, b string) (from, endA, endB int) {
	for from < min(len(a), len(b)) && a[from] == b[from] {
		from++
	}
	for from > 0 && (within(a, from) || within(b, from)) {
		from--
	}
	endA, endB = len(a), len(b)
	for min(endA, endB) > from && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	for endA < len(a) && (endA == from || endB == from || within(a, endA) || within(b, endB)) {
		endA, endB = endA+1, endB+1
	}
	return from, endA, endB
}

// within: a cut before s[i] would be one within a number or a word, or within a character that has more than one byte.
func within(s string, i int) bool {
	if i <= 0 || i >= len(s) {
		return false
	}
	alnum := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	decimal := s[i] == '.' && digit(i-1) && digit(i+1) || s[i-1] == '.' && digit(i-2) && digit(i)
	return alnum(s[i-1]) && alnum(s[i]) || decimal || s[i]&0xC0 == 0x80
}

// fits tells whether a file says what a text says, with any values where it has marks.
func (m marking) fits(file, text string) bool {
	var pattern strings.Builder
	at := 0
	for _, mark := range m.marks.FindAllStringIndex(file, -1) {
		pattern.WriteString(regexp.QuoteMeta(file[at:mark[0]]) + `[^\n]+?`)
		at = mark[1]
	}
	return regexp.MustCompile(`\A` + pattern.String() + regexp.QuoteMeta(file[at:]) + `\z`).MatchString(text)
}
