package settings

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// An Entry is one line KEY=VALUE of a .env file, its quotes and escapes undone.
type Entry struct {
	Key, Value string
	Line       int // counted from 1
}

// A SyntaxError is a line that Parse can't read.
type SyntaxError struct {
	Line    int
	Problem string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

// largest is far above any real .env file, and keeps a path to something endless from filling the memory.
const largest = 1 << 20

// Parse reads a .env file. A line that it can't read is a *SyntaxError; other errors come from r.
func Parse(r io.Reader) ([]Entry, error) {
	data, err := io.ReadAll(io.LimitReader(r, largest+1))
	if err != nil {
		return nil, err
	}
	if len(data) > largest {
		return nil, fmt.Errorf("more than %d bytes in a .env file", largest)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	var entries []Entry
	for i, line := range strings.Split(text, "\n") {
		e, problem := parseLine(strings.TrimSuffix(line, "\r"))
		if problem != "" {
			return nil, &SyntaxError{i + 1, problem}
		}
		if e.Key != "" {
			e.Line = i + 1
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// parseLine returns an empty Entry for a line that holds none.
func parseLine(line string) (e Entry, problem string) {
	if !utf8.ValidString(line) || strings.Contains(line, "\x00") {
		return e, "not UTF-8 text (in Notepad: save as UTF-8)"
	}
	line = strings.Trim(line, " \t")
	if line == "" || line[0] == '#' {
		return e, ""
	}
	key, value, ok := strings.Cut(line, "=")
	if !ok {
		return e, "KEY=VALUE is due"
	}
	if word, rest, ok := cutBlank(key); ok && word == "export" {
		key = rest
	}
	key = strings.Trim(key, " \t")
	if !isKey(key) {
		return e, fmt.Sprintf("%.40q is no name for a variable", key)
	}
	value, problem = parseValue(value)
	if problem != "" {
		return Entry{}, key + ": " + problem // never the value: it may be a secret
	}
	return Entry{Key: key, Value: value}, ""
}

// cutBlank cuts s at the first white space.
func cutBlank(s string) (before, after string, found bool) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func isKey(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && c != '_' && (i == 0 || !('0' <= c && c <= '9') && c != '.' && c != '-') {
			return false
		}
	}
	return s != ""
}

// parseValue reads what is behind the equals sign.
func parseValue(s string) (value, problem string) {
	switch trimmed := strings.TrimLeft(s, " \t"); {
	case strings.HasPrefix(trimmed, `"`):
		return doubleQuoted(trimmed[1:])
	case strings.HasPrefix(trimmed, "'"):
		value, rest, ok := strings.Cut(trimmed[1:], "'")
		if !ok {
			return "", "no closing single quote"
		}
		return value, trailing(rest)
	}
	// A # begins a comment only behind white space: a colour such as #ff0000 or a URL's fragment has none before it.
	for i := 1; i < len(s); i++ {
		if s[i] == '#' && (s[i-1] == ' ' || s[i-1] == '\t') {
			s = s[:i]
		}
	}
	return strings.Trim(s, " \t"), ""
}

func doubleQuoted(s string) (value, problem string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), trailing(s[i+1:])
		case c != '\\':
			b.WriteByte(c)
		case i+1 == len(s):
			return "", "no closing double quote"
		default:
			i++
			plain, ok := map[byte]byte{'n': '\n', 't': '\t', '"': '"', '\\': '\\'}[s[i]]
			if !ok {
				return "", `in double quotes only \n \t \" \\ are known; for a Windows path use single quotes`
			}
			b.WriteByte(plain)
		}
	}
	return "", "no closing double quote"
}

// trailing allows nothing but a comment behind a closing quote.
func trailing(s string) (problem string) {
	rest := strings.TrimLeft(s, " \t")
	if rest == "" || rest[0] == '#' && rest != s {
		return ""
	}
	return "something follows the closing quote"
}
