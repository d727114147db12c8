// Package settings fills a flag.FlagSet from three places. The nearer to the person who starts the program, the
// stronger: a flag on the command line wins over the environment, and the environment over a .env file.
//
//	-token-ttl=1h  >  POLLWIRE_TOKEN_TTL=2h  >  .env: POLLWIRE_TOKEN_TTL=3h  >  the flag's default
//
// No RFC rules here. Environment variables are POSIX's (XBD chapter 8), and putting settings there is an old habit that
// containers made a rule. A .env file has no standard at all: every tool reads a little more than KEY=VALUE, each
// something else. Parse takes what all of them agree on and refuses the rest, rather than guess.
//
// Supported in .env: blank lines, comments, "export ", single and double quotes, \n \t \" \\ in double quotes, and what
// Windows editors leave behind (CRLF, a byte order mark). Not supported: $VARIABLES, values of several lines.
//
// Every error is one line that names the flag and where its value came from. Variables with our prefix that are no flag
// are an error in .env, where somebody mistyped them, but not in the environment: Kubernetes puts a PREFIX_PORT and
// more there by itself for every service it knows.
package settings

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Help writes what a program says of itself, and below it its flags.
func Help(w io.Writer, usage string, fs *flag.FlagSet) {
	io.WriteString(w, usage)
	fs.SetOutput(w)
	fs.PrintDefaults()
}

// Choice is the setter of a flag that knows two words: it sets second to whether the second one was chosen.
func Choice(second *bool, one, other string) func(string) error {
	return func(v string) error {
		*second = v == other
		if !*second && v != one {
			return fmt.Errorf("must be %s or %s", one, other)
		}
		return nil
	}
}

// Address is the setter of a flag that takes HOST:PORT or :PORT, or "" for nothing.
func Address(set func(addr string)) func(string) error {
	return func(v string) error {
		if _, _, err := net.SplitHostPort(v); v != "" && err != nil {
			return err
		}
		set(v)
		return nil
	}
}

// List is the setter of a flag that takes words with commas or spaces between them, if check has nothing against them.
// An empty list is not nil.
func List(words *[]string, check func([]string) error) func(string) error {
	return func(v string) error {
		list := append([]string{}, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })...)
		if err := check(list); err != nil {
			return err
		}
		*words = list
		return nil
	}
}

// Load sets the flags of fs. A flag's variable is prefix + its name in capitals, "-" as "_". Without a file at
// dotenvPath, or with "", there are no settings in one. For -h and -help the error is flag.ErrHelp.
func Load(fs *flag.FlagSet, prefix string, args []string, lookupEnv func(string) (string, bool),
	dotenvPath string) error {
	typed, err := parseArgs(fs, args)
	if err != nil {
		return err
	}
	file, err := readFile(fs, prefix, dotenvPath)
	if err != nil {
		return err
	}
	fs.VisitAll(func(f *flag.Flag) {
		if err != nil {
			return
		}
		env := envName(prefix, f.Name)
		value, inEnv := lookupEnv(env)
		entry, inFile := file[env]
		switch values := typed[f.Name].values; {
		case values != nil:
			err = setAll(fs, f, values)
		case inEnv:
			err = set(fs, f, value, env)
		case inFile:
			err = set(fs, f, entry.Value, fmt.Sprintf("%s:%d", dotenvPath, entry.Line))
		}
	})
	if err != nil {
		return oneLine(err)
	}
	return fs.Parse(nil) // so that fs.Parsed is true
}

// setAll sets what was typed. A flag given twice is set twice: the last counts, unless it is a list.
func setAll(fs *flag.FlagSet, f *flag.Flag, values []string) (err error) {
	for _, v := range values {
		err = errors.Join(err, set(fs, f, v, "the command line"))
	}
	return err
}

func envName(prefix, flagName string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

// typed is what the command line has for one flag. As a flag.Value it takes everything: whether the value is good is
// found out later, in the same way for all three places.
type typed struct {
	values []string
	isBool bool
}

func (t *typed) String() string     { return "" }
func (t *typed) Set(v string) error { t.values = append(t.values, v); return nil }
func (t *typed) IsBoolFlag() bool   { return t.isBool } // "-guests" alone is allowed

// parseArgs reads the command line with a copy of fs, which knows the same names but sets nothing.
func parseArgs(fs *flag.FlagSet, args []string) (map[string]*typed, error) {
	given := make(map[string]*typed)
	shadow := flag.NewFlagSet(fs.Name(), flag.ContinueOnError)
	shadow.SetOutput(io.Discard)
	fs.VisitAll(func(f *flag.Flag) {
		b, ok := f.Value.(interface{ IsBoolFlag() bool })
		given[f.Name] = &typed{isBool: ok && b.IsBoolFlag()}
		shadow.Var(given[f.Name], f.Name, "")
	})
	if err := shadow.Parse(args); err != nil {
		return nil, err // flag's own words: "flag provided but not defined: -prot"
	}
	if shadow.NArg() > 0 {
		arg, hint := shadow.Arg(0), ""
		if _, err := strconv.ParseBool(arg); err == nil {
			hint = " (a switch takes its value with an equals sign: -name=" + arg + ")"
		}
		return nil, fmt.Errorf("unexpected argument %q%s", arg, hint)
	}
	return given, nil
}

// readFile returns what the .env file has for flags of fs. Keys without the prefix belong to other programs.
func readFile(fs *flag.FlagSet, prefix, path string) (map[string]Entry, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := Parse(f)
	if bad := (*SyntaxError)(nil); errors.As(err, &bad) {
		return nil, fmt.Errorf("%s:%d: %s", path, bad.Line, bad.Problem)
	}
	if err != nil {
		return nil, err
	}
	return oursOf(entries, fs, prefix, path)
}

func oursOf(entries []Entry, fs *flag.FlagSet, prefix, path string) (map[string]Entry, error) {
	known := make(map[string]bool)
	fs.VisitAll(func(f *flag.Flag) { known[envName(prefix, f.Name)] = true })
	ours := make(map[string]Entry)
	for _, e := range entries {
		if strings.HasPrefix(e.Key, prefix) && !known[e.Key] {
			return nil, fmt.Errorf("%s:%d: %s is no setting", path, e.Line, e.Key)
		}
		ours[e.Key] = e // of two lines the last one counts, as in a shell
	}
	return ours, nil
}

func set(fs *flag.FlagSet, f *flag.Flag, value, from string) error {
	err := fs.Set(f.Name, value)
	if err == nil {
		return nil
	}
	return fmt.Errorf("-%s: invalid value %q (from %s): %s", f.Name, value, from, reason(f, err))
}

// reason says what was due where package flag only says "parse error".
func reason(f *flag.Flag, err error) string {
	g, ok := f.Value.(flag.Getter)
	if !ok || err.Error() != "parse error" {
		return err.Error()
	}
	switch g.Get().(type) {
	case bool:
		return "must be true or false"
	case time.Duration:
		return "must be a duration such as 90s, 15m or 24h"
	case int, int64, uint, uint64:
		return "must be a whole number"
	case float64:
		return "must be a number"
	}
	return err.Error()
}

func oneLine(err error) error {
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}

// OnOff is a switch in words.
func OnOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// Writable tells whether files can be made in a folder.
func Writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return false
	}
	f.Close()
	os.Remove(f.Name())
	return true
}

// Absolute returns the name of a file as it is from everywhere, to show it to people.
func Absolute(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return name
}

// Local is an address for Address as it is called from this machine: :8080 is localhost:8080.
func Local(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip, parsed := netip.ParseAddr(host); err != nil || host != "" && (parsed != nil || !ip.IsUnspecified()) {
		return addr
	}
	return net.JoinHostPort("localhost", port)
}
