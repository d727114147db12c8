package options

// What `pollwire help` prints.

import (
	_ "embed"
	"flag"
	"io"
	"os"
	"strings"

	"pollwire/ops/desktop"
	"pollwire/ops/settings"
)

// What stands above the flags.
var (
	//go:embed usage.txt
	usage string
	//go:embed usage.ko.txt
	usageKorean string
)

// What each flag does, in Korean: a line for each.
//
//go:embed flags.ko.txt
var flagsKorean string

// Help tells what the program is for, and below it its flags, in the language that args, the environment or the system
// ask for. It is asked for before any flag is read.
func Help(w io.Writer, f *flag.FlagSet, args []string) {
	if helpLanguage(args) != "ko" {
		settings.Help(w, usage, f)
		return
	}
	for line := range strings.Lines(flagsKorean) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if known := f.Lookup(name); known != nil {
			known.Usage = text
		}
	}
	var all strings.Builder
	settings.Help(&all, usageKorean, f)
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
