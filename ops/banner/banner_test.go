package banner

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func ExampleBanner() {
	b := Banner{Program: "program 1.0", Teacher: "http://localhost:8080/#/teach/KEY",
		Certificate: "self-signed, so browsers warn at first; until 2027-11-29", Fingerprint: "5A:0F",
		Database: "/srv/program.db", Data: "/srv/data", Files: "/srv/data/files",
		TokenTTL: time.Hour, Origins: "this machine's own names and addresses", KeyLog: "/srv/keys.txt"}
	b.Services = []Service{{"page", "files", []string{"http://localhost:8080/", "http://192.168.0.23:8080/"}},
		{"health", "health", nil}}
	for line := range strings.Lines(strings.TrimSpace(b.String())) {
		fmt.Print("|", line)
	}
	// Output:
	// |program 1.0
	// |
	// |  page         http://localhost:8080/
	// |               http://192.168.0.23:8080/
	// |  health       off (-health)
	// |  teacher      http://localhost:8080/#/teach/KEY
	// |
	// |  TLS          https:// and wss:// on the same numbers
	// |  certificate  self-signed, so browsers warn at first; until 2027-11-29; SHA-256:
	// |               5A:0F
	// |
	// |  database     /srv/program.db
	// |  secrets in   /srv/data
	// |  files in     /srv/data/files
	// |  guests       off, tokens last 1h0m0s, web origins: this machine's own names and addresses
	// |
	// |  WARNING      TLS is no secret: the key log is on. Whoever reads this file can decrypt all of it:
	// |               /srv/keys.txt
	// |
	// |  Ctrl-C stops it.
}

// What is said in English has words in Korean, too: of it nothing but names and numbers is left.
func TestAllIsSaidInKorean(t *testing.T) {
	b := Banner{Korean: true, HTTP3: true, NoHTTP3: []string{"8080"}, Elsewhere: true, Guests: true, TokenTTL: time.Hour,
		Certificate: "self-signed, so browsers warn at first; until 2027-11-29", KeyLog: "x", Capture: "x",
		Origins: "this machine's own names and addresses"}
	for _, flag := range []string{"files", "http", "ws", "health"} {
		b.Services = append(b.Services, Service{What: "page", Flag: flag})
	}
	for _, word := range []string{" off", " on ", "tokens", "machine", "numbers", "program ", "folder", "stops", "WARNING",
		"until", "guests", "database", "certificate", "secret", "teacher", "files in"} {
		if strings.Contains(b.String(), word) {
			t.Errorf("%q is left in English:\n%s", word, b)
		}
	}
}
