// Package options is what can be set of this program: its flags with their defaults, and which of them go together. How
// a setting gets from a command line, the environment or a .env file into its flag is package settings.
package options

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pollwire/ops/desktop"
	"pollwire/ops/settings"
)

// Options are what can be set.
type Options struct {
	Addr     map[string]string // of each service by its flag; "" switches it off
	DB, Data string
	Origins  []string // nil: the default of package cors
	Guests   bool
	// TeacherKey makes who has it the teacher; "": the server makes one
	TeacherKey string
	Limits     bool // for how much one person may do at a time
	TokenTTL   time.Duration
	TLSCert    string // with TLSKey; "": the server makes its own
	TLSKey     string
	KeyLog     string // "": off
	Capture    bool
	HTTP3      bool
	LogJSON    bool
	LogLevel   slog.Level
	Version    bool
	Local      bool   // only this machine
	Open       bool   // the page in a browser
	QR         bool   // in the terminal
	Lang       string // "en" or "ko"
	Elsewhere  bool   // DB and Data are in the person's own folder, as nothing can be written to the current one
}

// Service is something that listens.
type Service struct{ Flag, Addr, What, Scheme, Path string }

// Defaults returns Options of which none was set.
func Defaults(services []Service) (o Options) {
	o.Flags(services, nil)
	return o
}

// Flags gives o its defaults, and returns the flags that change them. checkOrigins may refuse a list of origins.
func (o *Options) Flags(services []Service, checkOrigins func([]string) error) *flag.FlagSet {
	*o = Options{Addr: map[string]string{}}
	f := flag.NewFlagSet("pollwire", flag.ContinueOnError)
	f.SetOutput(io.Discard) // whoever reads them prints errors in one line
	for _, v := range services {
		o.Addr[v.Flag] = v.Addr
		f.Func(v.Flag, "`address` of the "+v.What+": :PORT, HOST:PORT, empty to switch it off (default "+v.Addr+")",
			settings.Address(func(addr string) { o.Addr[v.Flag] = addr }))
	}
	f.StringVar(&o.DB, "db", defaultDB, "`file` of the database")
	f.StringVar(&o.Data, "data", defaultData,
		"`folder` of the secret that signs tokens, the certificate and the shared files")
	f.Func("origins", "`list` of web origins that may call, with commas (default: this machine's names and addresses)",
		settings.List(&o.Origins, checkOrigins))
	f.BoolVar(&o.Guests, "guests", true, "let people in with a name alone")
	f.StringVar(&o.TeacherKey, "teacher-key", "",
		"`key` by which one becomes the teacher, 12 characters or more (default: one that the server makes and keeps)")
	f.BoolVar(&o.Limits, "limits", true, "limit how much one person may say and make in a short time")
	f.DurationVar(&o.TokenTTL, "token-ttl", 24*time.Hour, "how long a token is valid, a Go `duration`")
	f.StringVar(&o.TLSCert, "tls-cert", "",
		"`file` of a certificate in PEM (default: one that the server makes for itself)")
	f.StringVar(&o.TLSKey, "tls-key", "", "`file` of its key")
	f.StringVar(&o.KeyLog, "keylog", os.Getenv("SSLKEYLOGFILE"),
		"`file` to which the keys of TLS sessions are appended, for Wireshark (default: SSLKEYLOGFILE)")
	f.BoolVar(&o.Capture, "capture", false,
		"let programs on this machine read all traffic, with the keys of TLS, at /capture on the port of health")
	f.BoolVar(&o.HTTP3, "http3", false, "HTTP/3 too, over UDP on the numbers of -http and -files")
	f.Func("log", "`text` or json (default text)", settings.Choice(&o.LogJSON, "text", "json"))
	f.TextVar(&o.LogLevel, "log-level", slog.LevelInfo, "`level`: debug, info, warn or error")
	f.BoolVar(&o.Local, "local", false, "let nobody but this machine in, so that no firewall asks")
	f.BoolVar(&o.Open, "open", desktop.OwnWindow(),
		"open the page in the browser (default: after a double click on Windows)")
	f.BoolVar(&o.QR, "qr", true, "draw the address to join as a QR code, in a terminal that is wide enough")
	f.StringVar(&o.Lang, "lang", "", "`en` or ko (default: the language of the system)")
	f.BoolVar(&o.Version, "version", false, "print the version, the commit and the version of Go, and end")
	return f
}

// Read sets the flags of o by the command line, the environment and .env, and validates what comes of it.
func (o *Options) Read(flags *flag.FlagSet, args []string) error {
	if err := settings.Load(flags, "POLLWIRE_", args, os.LookupEnv, ".env"); err != nil {
		return err
	}
	o.Lang = cmp.Or(o.Lang, desktop.Language())
	if o.Local {
		if err := o.stayLocal(); err != nil {
			return err
		}
	}
	o.findRoom()
	return o.validate()
}

// stayLocal makes all services listen on this machine's own addresses.
func (o *Options) stayLocal() error {
	for name, addr := range o.Addr {
		local := settings.Local(addr)
		host, _, _ := net.SplitHostPort(local)
		if ip := net.ParseIP(host); addr != "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("-local and -%s %s: only one of them is possible", name, addr)
		}
		o.Addr[name] = local
	}
	return nil
}

const defaultDB, defaultData = "pollwire.db", "pollwire-data"

// findRoom takes a folder of the person who starts the program where nobody has chosen one and the current one can't be
// written to: a CD, a locked USB stick, a folder of all. A database that lies there is not passed over.
func (o *Options) findRoom() {
	if o.DB != defaultDB || o.Data != defaultData || settings.Writable(".") {
		return
	}
	home, err := os.UserHomeDir()
	if _, there := os.Stat(o.DB); err != nil || there == nil {
		return
	}
	home = filepath.Join(home, "pollwire")
	if os.MkdirAll(home, 0o700) == nil && settings.Writable(home) {
		o.DB, o.Data, o.Elsewhere = filepath.Join(home, defaultDB), filepath.Join(home, defaultData), true
	}
}

// validate says what is wrong with settings that are fine each by itself.
func (o *Options) validate() error {
	switch {
	case o.Lang != "en" && o.Lang != "ko":
		return fmt.Errorf("-lang %s: must be en or ko", o.Lang)
	case o.Data == "":
		return errors.New("-data: must name a folder")
	case o.TokenTTL < time.Second:
		return errors.New("-token-ttl: must be at least 1s")
	case (o.TLSCert == "") != (o.TLSKey == ""):
		return errors.New("-tls-cert and -tls-key: one is of no use without the other")
	case o.HTTP3 && o.Addr["health"] != "" && !strings.HasSuffix(o.Addr["health"], ":0") &&
		(o.Addr["health"] == o.Addr["http"] || o.Addr["health"] == o.Addr["files"]):
		return errors.New("-http3: on the port of -health UDP answers pings already; give it a port of its own")
	case o.Capture && o.Addr["health"] == "":
		return errors.New("-capture: is read over -health, which is off")
	}
	return nil
}
