package files

import (
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"pollwire/rest/normalize"
	"pollwire/rest/visible"
)

// maxName is what most systems have in common. Linux counts bytes.
const maxName = 255

// unstorable says why a file can't have this name, or "". A name must do on every system, so that what one student puts
// here another can save: Windows has the strictest rules.
//
//	https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
func unstorable(name string) string {
	if name == "" || len(name) > maxName {
		return fmt.Sprintf("must have 1 to %d bytes in UTF-8, not %d", maxName, len(name))
	}
	if code := encoded.FindString(name); code != "" {
		return "must not hold " + code + ": it looks as if it was encoded twice"
	}
	if why := unportable(name); why != "" {
		return why
	}
	if !visible.Any(name) {
		return "must have a character that can be seen"
	}
	return ""
}

// encoded is a dot, slash, backslash or NUL as RFC 3986 §2.1 writes it in a URL. No name means it: a client encodes
// twice by mistake, or to get past somebody who decodes twice.
var encoded = regexp.MustCompile(`(?i)%(2e|2f|5c|00)`)

// unportable is unstorable but for the length, in which systems differ.
func unportable(name string) string {
	switch i := strings.IndexAny(name, `<>:"/\|?*`); {
	case !utf8.ValidString(name):
		return "must be UTF-8"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "must not hold control characters"
	case strings.ContainsFunc(name, visible.Reorders):
		return "must not hold characters that change the direction of a text" // evil<U+202E>txt.exe is shown as evilexe.txt
	case i >= 0:
		return fmt.Sprintf("must not hold %c", name[i])
	case strings.HasPrefix(name, " "):
		return "must not begin with a space"
	case strings.HasSuffix(name, " "), strings.HasSuffix(name, "."): // Windows would drop it, "." and ".." are folders
		return "must not end with a space or a dot"
	case isDevice(name):
		return "must not be the name of a device of Windows"
	case strings.EqualFold(name, uploads):
		return "is taken by the server"
	}
	return ""
}

// isDevice tells whether Windows takes a name for a device, in any case and with any extension: "con", "Aux.tar.gz".
func isDevice(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToUpper(strings.TrimRight(base, " ")) // "CON .txt" is one too
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	digit, ok := strings.CutPrefix(base, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(base, "LPT")
	}
	return ok && utf8.RuneCountInString(digit) == 1 && strings.Contains("0123456789¹²³", digit)
}

// servable tells whether a file of this name, if there is one, is shown to clients. It asks for less than unstorable:
// on Linux a teacher may well have a file "Lab 1: what is TCP?.pdf". On Windows a colon would open another stream of a
// file. A name that would be shown as another one is not shown.
func servable(name string) bool {
	if name == "" || name == "." || name == ".." || !utf8.ValidString(name) || strings.ContainsAny(name, `/\`) ||
		strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsFunc(name, visible.Reorders) {
		return false
	}
	return runtime.GOOS != "windows" || unportable(name) == ""
}

// A file is what lies in the folder. Its Name is in NFC; in the folder it may be spelt another way: a Mac takes names
// apart, and what a teacher copies from there stays so.
type file struct {
	fs.FileInfo
	name, spelt string
}

func (f file) Name() string { return f.name }

// preferred sorts files by name, and those of one name so that the one is first which spellingOf returns.
func preferred(a, b *file) int {
	switch {
	case a.name != b.name:
		return strings.Compare(a.name, b.name)
	case a.spelt == a.name:
		return -1
	case b.spelt == b.name:
		return 1
	}
	return strings.Compare(a.spelt, b.spelt)
}

// spellingOf returns which of names is, in NFC, name; name itself comes first, and where none is.
func spellingOf(name string, names []string) string {
	found := name
	for _, other := range names {
		if other == name {
			return name
		}
		if normalize.NFC(other) == name && (found == name || other < found) { // of several always the same one
			found = other
		}
	}
	return found
}

// speltOneWay tells whether name can only be the NFC of itself. That is so in ASCII, but for the three characters that
// Unicode has twice: U+212A, U+037E and U+1FEF.
func speltOneWay(name string) bool {
	return !strings.ContainsFunc(name, func(c rune) bool { return c >= utf8.RuneSelf || c == 'K' || c == ';' || c == '`' })
}
