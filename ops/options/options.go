// Package options is what can be set of this program: its flags with their defaults, and which of them go together. How
// a setting gets from a command line, the environment or a .env file into its flag is package settings.
package options

import (
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"time"

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
	LogJSON    bool
	LogLevel   slog.Level
	Version    bool
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
	f.StringVar(&o.DB, "db", "pollwire.db", "`file` of the database")
	f.StringVar(&o.Data, "data", "pollwire-data",
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
	f.Func("log", "`text` or json (default text)", settings.Choice(&o.LogJSON, "text", "json"))
	f.TextVar(&o.LogLevel, "log-level", slog.LevelInfo, "`level`: debug, info, warn or error")
	f.BoolVar(&o.Version, "version", false, "print the version, the commit and the version of Go, and end")
	return f
}

// Read sets the flags of o by the command line, the environment and .env, and validates what comes of it.
func (o *Options) Read(flags *flag.FlagSet, args []string) error {
	if err := settings.Load(flags, "POLLWIRE_", args, os.LookupEnv, ".env"); err != nil {
		return err
	}
	return o.validate()
}

// validate says what is wrong with settings that are fine each by itself.
func (o *Options) validate() error {
	switch {
	case o.Data == "":
		return errors.New("-data: must name a folder")
	case o.TokenTTL < time.Second:
		return errors.New("-token-ttl: must be at least 1s")
	case (o.TLSCert == "") != (o.TLSKey == ""):
		return errors.New("-tls-cert and -tls-key: one is of no use without the other")
	case o.Capture && o.Addr["health"] == "":
		return errors.New("-capture: is read over -health, which is off")
	}
	return nil
}
