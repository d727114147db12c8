package options

import (
	_ "embed"
	"flag"
	"io"
	"io/fs"
	"os"
	"strings"

	"pollwire/ops/desktop"
	"pollwire/ops/settings"
)

// What each flag does, in Korean: a line for each.
//
//go:embed flags.ko.txt
var korean string

// Help tells what a program says of itself, and below it its flags, in the language that args, the environment or the
// system ask for. It is asked for before any flag is read.
func Help(w io.Writer, usage fs.FS, f *flag.FlagSet, args []string) {
	if helpLanguage(args) != "ko" {
		english, _ := fs.ReadFile(usage, "docs/usage.txt")
		settings.Help(w, string(english), f)
		return
	}
	inKorean, _ := fs.ReadFile(usage, "docs/usage.ko.txt")
	for line := range strings.Lines(korean) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if known := f.Lookup(name); known != nil {
			known.Usage = text
		}
	}
	var all strings.Builder
	settings.Help(&all, string(inKorean), f)
	io.WriteString(w, strings.ReplaceAll(all.String(), "(default ", "(기본값 "))
}

func helpLanguage(args []string) string {
	for i, arg := range args {
		switch name, value, given := strings.Cut(strings.TrimPrefix(arg, "-"), "="); {
		case name != "-lang" && name != "lang":
		case given:
			return value
		case i+1 < len(args):
			return args[i+1]
		}
	}
	if lang := os.Getenv("POLLWIRE_LANG"); lang != "" {
		return lang
	}
	return desktop.Language()
}
