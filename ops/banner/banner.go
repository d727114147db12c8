// Package banner is what a server says when it starts: what to type where, where its data is, and what is on.
//
//	page         http://localhost:8080/
//	             http://192.168.0.23:8080/
//	health       off (-health)
//
// It says it in English, or in the words of korean.go.
package banner

import (
	"fmt"
	"time"

	"pollwire/ops/settings"
)

// Banner is what is to be said.
type Banner struct {
	Korean   bool
	Program  string // its name and version
	Services []Service
	Teacher  string // where one becomes the teacher

	HTTP3                    bool
	NoHTTP3                  []string // the numbers that another program has
	Certificate, Fingerprint string

	Database, Data, Files string // where they are
	Elsewhere             bool   // because the current folder can't be written to
	Guests                bool
	TokenTTL              time.Duration
	Origins               string // which may call

	KeyLog  string // the file; "": off
	Capture string // its address; "": off
}

// Service is something that listens.
type Service struct {
	What, Flag string
	URLs       []string // none: it is off
}

func (b Banner) String() string {
	l := layout{korean: b.Korean}
	l.text(b.Program)
	l.gap()
	for _, s := range b.Services {
		if len(s.URLs) == 0 {
			s.URLs = []string{"off (-" + s.Flag + ")"}
		}
		l.row(s.What, s.URLs...)
	}
	l.row("teacher", b.Teacher)
	l.gap()
	l.row("TLS", "https:// and wss:// on the same numbers")
	if b.HTTP3 {
		l.row("HTTP/3", "https:// over UDP on the numbers of API and page; a browser needs: pollwire lab browser")
	}
	for _, port := range b.NoHTTP3 {
		l.row("", "but another program has UDP "+port)
	}
	l.row("certificate", b.Certificate+"; SHA-256:", b.Fingerprint)
	l.gap()
	b.settings(&l)
	l.text("  Ctrl-C stops it.")
	l.gap()
	return l.said.String()
}

func (b Banner) settings(l *layout) {
	l.row("database", b.Database)
	l.row("secrets in", b.Data)
	l.row("files in", b.Files)
	if b.Elsewhere {
		l.row("", "(the current folder can't be written to; -db and -data name others)")
	}
	l.row("guests", fmt.Sprintf("%s, tokens last %v, web origins: %s", settings.OnOff(b.Guests), b.TokenTTL, b.Origins))
	if b.KeyLog != "" {
		l.warn("TLS is no secret: the key log is on. Whoever reads this file can decrypt all of it:", b.KeyLog)
	}
	if b.Capture != "" {
		l.warn("nothing is secret on this machine: the capture is on. Whoever is here can read all traffic, TLS too:",
			"curl -sN "+b.Capture+" | wireshark -k -i -")
	}
}
