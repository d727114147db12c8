package settings

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

type program struct {
	http     string
	guests   bool
	tokenTTL time.Duration
	workers  int
	level    string
	names    []string
}

func flags() (*flag.FlagSet, *program) {
	p := &program{}
	fs := flag.NewFlagSet("pollwire", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&p.http, "http", ":8000", "")
	fs.BoolVar(&p.guests, "guests", true, "")
	fs.DurationVar(&p.tokenTTL, "token-ttl", 24*time.Hour, "")
	fs.IntVar(&p.workers, "workers", 2, "")
	fs.Float64("ratio", 1, "")
	fs.Func("log-level", "", func(s string) error {
		if p.level = s; s == "loud" {
			return errors.New("must be debug,\n info, warn or error")
		}
		return nil
	})
	fs.Func("name", "", func(s string) error { p.names = append(p.names, s); return nil })
	return fs, p
}

// load runs Load with a .env file, unless that is "", and returns the error with the file's folder cut away.
func load(t *testing.T, args []string, env map[string]string, dotenv string) (*program, string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, ".env")
	if dotenv != "" {
		if err := os.WriteFile(path, []byte(dotenv), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fs, p := flags()
	err := Load(fs, "POLLWIRE_", args, func(k string) (string, bool) { v, ok := env[k]; return v, ok }, path)
	if err == nil {
		if !fs.Parsed() {
			t.Error("fs.Parsed() = false")
		}
		return p, ""
	}
	return p, strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
}

func TestWhoWins(t *testing.T) {
	type env = map[string]string
	for _, tt := range []struct {
		name   string
		args   []string
		env    env
		dotenv string
		want   program
	}{
		{"nothing set leaves the defaults", nil, nil, "", program{":8000", true, 24 * time.Hour, 2, "", nil}},
		{".env wins over the default", nil, nil, "POLLWIRE_HTTP=:1", program{":1", true, 24 * time.Hour, 2, "", nil}},
		{"the environment wins over .env", nil, env{"POLLWIRE_HTTP": ":2"}, "POLLWIRE_HTTP=:1",
			program{":2", true, 24 * time.Hour, 2, "", nil}},
		{"a flag wins over the environment", []string{"-http=:3"}, env{"POLLWIRE_HTTP": ":2"}, "POLLWIRE_HTTP=:1",
			program{":3", true, 24 * time.Hour, 2, "", nil}},
		{"a flag given its default wins as well", []string{"-http", ":8000"}, env{"POLLWIRE_HTTP": ":2"}, "",
			program{":8000", true, 24 * time.Hour, 2, "", nil}},
		{"each flag for itself", []string{"--workers=5"}, env{"POLLWIRE_TOKEN_TTL": "1h"}, "POLLWIRE_GUESTS=false",
			program{":8000", false, time.Hour, 5, "", nil}},
		{"an empty flag counts", []string{"-http="}, env{"POLLWIRE_HTTP": ":2"}, "", program{"", true, 24 * time.Hour, 2, "",
			nil}},
		{"an empty variable counts", nil, env{"POLLWIRE_HTTP": ""}, "POLLWIRE_HTTP=:1",
			program{"", true, 24 * time.Hour, 2, "", nil}},
		{"an empty line of .env counts", nil, nil, "POLLWIRE_HTTP=\n", program{"", true, 24 * time.Hour, 2, "", nil}},
		{"a switch alone is true", []string{"-guests"}, env{"POLLWIRE_GUESTS": "false"}, "",
			program{":8000", true, 24 * time.Hour, 2, "", nil}},
		{"a flag given twice counts once, the last", []string{"-http=:1", "-http=:2"}, nil, "",
			program{":2", true, 24 * time.Hour, 2, "", nil}},
		{"a flag that collects gets all", []string{"-name=a", "-name=b"}, nil, "POLLWIRE_NAME=c",
			program{":8000", true, 24 * time.Hour, 2, "", []string{"a", "b"}}},
		{"the last of two lines counts", nil, nil, "POLLWIRE_HTTP=:1\nPOLLWIRE_HTTP=:2",
			program{":2", true, 24 * time.Hour, 2, "", nil}},
		{"other programs' keys are ignored", nil, nil, "PORT=1\nHTTP=:9\nNODE_ENV=x",
			program{":8000", true, 24 * time.Hour, 2, "", nil}},
		{"a bad value that is overruled does not matter", []string{"-workers=3"}, env{"POLLWIRE_WORKERS": "x"},
			"POLLWIRE_WORKERS=y", program{":8000", true, 24 * time.Hour, 3, "", nil}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := load(t, tt.args, tt.env, tt.dotenv)
			if err != "" || !reflect.DeepEqual(*got, tt.want) {
				t.Errorf("Load(%q, %q, %q) = %+v, error %q, want %+v", tt.args, tt.env, tt.dotenv, *got, err, tt.want)
			}
		})
	}
}

func TestErrorsNameTheFlagAndThePlace(t *testing.T) {
	type env = map[string]string
	for _, tt := range []struct {
		name   string
		args   []string
		env    env
		dotenv string
		want   string
	}{
		{"a bad flag", []string{"-token-ttl=x"}, nil, "",
			`-token-ttl: invalid value "x" (from the command line): must be a duration such as 90s, 15m or 24h`},
		{"a bad variable", nil, env{"POLLWIRE_TOKEN_TTL": "x"}, "",
			`-token-ttl: invalid value "x" (from POLLWIRE_TOKEN_TTL): must be a duration such as 90s, 15m or 24h`},
		{"a bad line", nil, nil, "\nPOLLWIRE_TOKEN_TTL=x",
			`-token-ttl: invalid value "x" (from .env:2): must be a duration such as 90s, 15m or 24h`},
		{"an empty switch", nil, env{"POLLWIRE_GUESTS": ""}, "",
			`-guests: invalid value "" (from POLLWIRE_GUESTS): must be true or false`},
		{"a bad number", []string{"-workers", "two"}, nil, "",
			`-workers: invalid value "two" (from the command line): must be a whole number`},
		{"a bad fraction", []string{"-ratio", "two"}, nil, "",
			`-ratio: invalid value "two" (from the command line): must be a number`},
		{"a number out of range", []string{"-workers", "99999999999999999999"}, nil, "",
			`-workers: invalid value "99999999999999999999" (from the command line): value out of range`},
		{"a flag's own error, on one line", []string{"-log-level=loud"}, nil, "",
			`-log-level: invalid value "loud" (from the command line): must be debug, info, warn or error`},
		{"an unknown flag", []string{"-prot=1"}, nil, "", `flag provided but not defined: -prot`},
		{"a flag without its value", []string{"-http"}, nil, "", `flag needs an argument: -http`},
		{"an argument", []string{"-http=:1", "serve"}, nil, "", `unexpected argument "serve"`},
		{"an argument behind --", []string{"--", "-http"}, nil, "", `unexpected argument "-http"`},
		{"a switch's value without an equals sign", []string{"-guests", "false"}, nil, "",
			`unexpected argument "false" (a switch takes its value with an equals sign: -name=false)`},
		{"a key that is no flag", nil, nil, "A=1\nPOLLWIRE_PROT=1", `.env:2: POLLWIRE_PROT is no setting`},
		{"a key in small letters", nil, nil, "POLLWIRE_http=1", `.env:1: POLLWIRE_http is no setting`},
		{"a malformed line", nil, nil, "A=1\n\nPOLLWIRE_HTTP", `.env:3: KEY=VALUE is due`},
		{"a malformed line of another program", nil, nil, `A="1`, `.env:1: A: no closing double quote`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, tt.args, tt.env, tt.dotenv); got != tt.want {
				t.Errorf("Load(%q, %q, %q): %q, want %q", tt.args, tt.env, tt.dotenv, got, tt.want)
			}
		})
	}
}

func TestHelpPassesThrough(t *testing.T) {
	for _, arg := range []string{"-h", "-help", "--help"} {
		fs, _ := flags()
		if err := Load(fs, "X_", []string{arg}, os.LookupEnv, ""); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("Load(%s) = %v, want flag.ErrHelp", arg, err)
		}
	}
}

func TestAFileThatCannotBeReadIsAnError(t *testing.T) {
	fs, _ := flags()
	dir := t.TempDir() // a folder by that name: it opens, on most systems, but can't be read
	if err := Load(fs, "X_", nil, os.LookupEnv, dir); err == nil || !strings.Contains(err.Error(), filepath.Base(dir)) {
		t.Errorf("Load with a folder for .env: %v, want an error that names it", err)
	}
	if _, err := Parse(iotest.ErrReader(errors.New("disk on fire"))); err == nil || err.Error() != "disk on fire" {
		t.Errorf("Parse of a broken reader: %v", err)
	}
	if _, err := Parse(strings.NewReader(strings.Repeat("#\n", largest))); err == nil {
		t.Error("Parse of an endless file: no error")
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"plain", `A=b`, "b"},
		{"empty", `A=`, ""},
		{"white space around everything", "\t A = b \t", "b"},
		{"white space inside", `A=b c`, "b c"},
		{"equals signs inside", `A=b=c==`, "b=c=="},
		{"export", `export A=b`, "b"},
		{"export and a tab", "export\tA=b", "b"},
		{"a comment behind white space", `A=b # c`, "b"},
		{"a comment behind a tab", "A=b\t#c # d", "b"},
		{"a comment alone", `A= # c`, ""},
		{"no comment without white space", `A=b#c`, "b#c"},
		{"no comment at the start", `A=#c`, "#c"},
		{"single quotes", `A='b # "\n$c'`, `b # "\n$c`},
		{"double quotes", `A=" b # 'c' "`, ` b # 'c' `},
		{"all four escapes", `A="\n\t\"\\"`, "\n\t\"\\"},
		{"an escaped backslash before n", `A="\\n"`, `\n`},
		{"no expansion", `A="$B ${B}"`, `$B ${B}`},
		{"no escapes without quotes", `A=C:\new`, `C:\new`},
		{"empty quotes", `A=""`, ""},
		{"a comment behind quotes", `A="b" # c`, "b"},
		{"a comment behind single quotes", `A='b'	#c`, "b"},
		{"a quote in the middle", `A=b"c"`, `b"c"`},
		{"CRLF", "A=b\r", "b"},
		{"CRLF behind quotes", "A=\"b\"\r", "b"},
		{"a byte order mark", "\ufeffA=b", "b"},
		{"Hangul", `A=투표`, "투표"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := []Entry{{"A", tt.want, 1}}
			if got, err := Parse(strings.NewReader(tt.line)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Parse(%q) = %+v, %v, want %+v", tt.line, got, err, want)
			}
		})
	}
}

func TestParseCountsLines(t *testing.T) {
	got, err := Parse(strings.NewReader("\ufeff# settings\r\n\r\nA=1\r\n  # more\r\nexport B.c-d='2'\r\n\r\nA=3"))
	if want := []Entry{{"A", "1", 3}, {"B.c-d", "2", 5}, {"A", "3", 7}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Parse = %v, %v, want %v", got, err, want)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"no equals sign", `A`, `line 2: KEY=VALUE is due`},
		{"export alone", `export`, `line 2: KEY=VALUE is due`},
		{"no key", `=b`, `line 2: "" is no name for a variable`},
		{"a key with a space", `A B=c`, `line 2: "A B" is no name for a variable`},
		{"a key with a digit first", `1A=c`, `line 2: "1A" is no name for a variable`},
		{"set, as in cmd.exe", `set A=c`, `line 2: "set A" is no name for a variable`},
		{"no closing double quote", `A="b`, `line 2: A: no closing double quote`},
		{"the closing quote escaped", `A="b\"`, `line 2: A: no closing double quote`},
		{"a backslash at the end", `A="b\`, `line 2: A: no closing double quote`},
		{"no closing single quote", `A='b`, `line 2: A: no closing single quote`},
		{"text behind double quotes", `A="b"c`, `line 2: A: something follows the closing quote`},
		{"text behind single quotes", `A='b' c`, `line 2: A: something follows the closing quote`},
		{"a comment right behind quotes", `A='b'#c`, `line 2: A: something follows the closing quote`},
		{"an unknown escape", `A="C:\Users"`,
			`line 2: A: in double quotes only \n \t \" \\ are known; for a Windows path use single quotes`},
		{"not UTF-8", "A=\xff", `line 2: not UTF-8 text (in Notepad: save as UTF-8)`},
		{"UTF-16", "A\x00=\x00b\x00", `line 2: not UTF-8 text (in Notepad: save as UTF-8)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var bad *SyntaxError
			if _, err := Parse(strings.NewReader("OK=1\n" + tt.line)); !errors.As(err, &bad) || err.Error() != tt.want {
				t.Errorf("Parse(%q): %v, want %s", tt.line, err, tt.want)
			}
		})
	}
}

// What was read and is written again, quoted, reads the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"A=b", "export A='b' # c\r\n\nB=\"\\n\\\\\"", "\ufeff# x\nA= #\n=", "A=\"\\",
		"A=b#c\td # e"} {
		f.Add(s)
	}
	quoting := strings.NewReplacer("\n", `\n`, "\t", `\t`, `"`, `\"`, `\`, `\\`)
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := Parse(strings.NewReader(text))
		if bad := (*SyntaxError)(nil); errors.As(err, &bad) && (bad.Line < 1 || bad.Line > strings.Count(text, "\n")+1) {
			t.Errorf("Parse(%q): an error in line %d", text, bad.Line)
		}
		for _, e := range entries {
			line := e.Key + `="` + quoting.Replace(e.Value) + `"`
			again, err := Parse(strings.NewReader(line))
			if err != nil || len(again) != 1 || again[0].Key != e.Key || again[0].Value != e.Value {
				t.Errorf("%q was read as %+v, and that, written as %q, as %+v, %v", text, e, line, again, err)
			}
		}
	})
}

func TestChoice(t *testing.T) {
	for word, want := range map[string]bool{"text": false, "json": true} {
		second := !want
		if err := Choice(&second, "text", "json")(word); err != nil || second != want {
			t.Errorf("%s: %v, %v", word, second, err)
		}
	}
	var second bool
	for _, word := range []string{"", "JSON", "xml"} {
		if err := Choice(&second, "text", "json")(word); err == nil || err.Error() != "must be text or json" {
			t.Errorf("%q: %v", word, err)
		}
	}
}
