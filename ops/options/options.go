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
	TokenTTL time.Duration
	TLSCert  string // with TLSKey; "": the server makes its own
	TLSKey   string
	KeyLog   string // "": off
	Capture  bool
	LogJSON  bool
	LogLevel slog.Level
	Version  bool
}

// Service is something that listens.
type Service struct{ Flag, Addr, What, Scheme, Path string }

// Defaults returns Options of which none was set.
func Defaults(services []Service) (c Options) {
	c.Flags(services, nil)
	return c
}

// Flags gives c its defaults, and returns the flags that change them. checkOrigins may refuse a list of origins.
func (c *Options) Flags(services []Service, checkOrigins func([]string) error) *flag.FlagSet {
	*c = Options{Addr: map[string]string{}}
	f := flag.NewFlagSet("pollwire", flag.ContinueOnError)
	f.SetOutput(io.Discard) // whoever reads them prints errors in one line
	for _, v := range services {
		c.Addr[v.Flag] = v.Addr
		f.Func(v.Flag, "`address` of the "+v.What+": :PORT, HOST:PORT, empty to switch it off (default "+v.Addr+")",
			settings.Address(func(addr string) { c.Addr[v.Flag] = addr }))
	}
	f.StringVar(&c.DB, "db", "pollwire.db", "`file` of the database")
	f.StringVar(&c.Data, "data", "pollwire-data",
		"`folder` of the secret that signs tokens, the certificate and the shared files")
	f.Func("origins", "`list` of web origins that may call, with commas (default: this machine's names and addresses)",
		settings.List(&c.Origins, checkOrigins))
	f.BoolVar(&c.Guests, "guests", true, "let people in with a name alone")
	f.DurationVar(&c.TokenTTL, "token-ttl", 24*time.Hour, "how long a token is valid, a Go `duration`")
	f.StringVar(&c.TLSCert, "tls-cert", "",
		"`file` of a certificate in PEM (default: one that the server makes for itself)")
	f.StringVar(&c.TLSKey, "tls-key", "", "`file` of its key")
	f.StringVar(&c.KeyLog, "keylog", os.Getenv("SSLKEYLOGFILE"),
		"`file` to which the keys of TLS sessions are appended, for Wireshark (default: SSLKEYLOGFILE)")
	f.BoolVar(&c.Capture, "capture", false,
		"let programs on this machine read all traffic, with the keys of TLS, at /capture on the port of health")
	f.Func("log", "`text` or json (default text)", settings.Choice(&c.LogJSON, "text", "json"))
	f.TextVar(&c.LogLevel, "log-level", slog.LevelInfo, "`level`: debug, info, warn or error")
	f.BoolVar(&c.Version, "version", false, "print the version and end")
	return f
}

// Validate says what is wrong with settings that are fine each by itself.
func (c *Options) Validate() error {
	switch {
	case c.Data == "":
		return errors.New("-data: must name a folder")
	case c.TokenTTL < time.Second:
		return errors.New("-token-ttl: must be at least 1s")
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return errors.New("-tls-cert and -tls-key: one is of no use without the other")
	case c.Capture && c.Addr["health"] == "":
		return errors.New("-capture: is read over -health, which is off")
	}
	return nil
}
