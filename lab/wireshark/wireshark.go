// Package wireshark writes what makes Wireshark understand the traffic of this program: a profile, and a dissector in
// Lua.
//
//	$ pollwire lab kit
//	$ tshark -C pollwire -X lua_script:pollwire.lua -r lab.pcapng -Y 'pollwire.event == "chat:message"'
//
// The files are in kit/ as they will be, but for the ports and the key log, which are filled in (package blanks).
// No RFC rules here. Formats of the profile's files: Wireshark User's Guide, appendix B; of the Lua file: chapter
// "Wireshark's Lua API Reference".
//
// There is no decode_as_entries: an entry is about a port, and would take from it all other protocols that it speaks.
// HTTP/2 without TLS is found by the preface that each client begins with (RFC 9113 §3.4), in the Lua file.
package wireshark

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pollwire/ops/blanks"
)

//go:embed kit
var files embed.FS

// Config is what the kit is adjusted to.
type Config struct {
	Ports  map[string]string // by service: http, ws, files, health; what is off is missing or ""
	KeyLog string            // an absolute path, or "": Wireshark is told of no keys
}

// Services are the keys of Config.Ports.
var Services = []string{"http", "ws", "files", "health"}

// Write writes the kit into a folder, which is made if it is not there. Files of an older kit are replaced, others are
// left alone.
func Write(folder string, c Config) error {
	if strings.ContainsAny(c.KeyLog, "\r\n") {
		return errors.New("the key log's name has more than one line")
	}
	readme := ""
	for _, lang := range []string{"en", "ko"} {
		text, err := Readme(lang, c)
		if err != nil {
			return err
		}
		readme += text + "\n"
	}
	if err := write(filepath.Join(folder, "README.txt"), []byte(readme)); err != nil {
		return err
	}
	return fs.WalkDir(files, "kit", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "README.") {
			return err
		}
		return copyTo(folder, path, c)
	})
}

// copyTo writes a file of the kit, filled in, to the same place below a folder.
func copyTo(folder, path string, c Config) error {
	text, err := fs.ReadFile(files, path)
	if err == nil && filepath.Ext(path) != ".lua" {
		text, err = fill(path, c)
	}
	if err != nil {
		return err
	}
	return write(filepath.Join(folder, filepath.FromSlash(strings.TrimPrefix(path, "kit/"))), text)
}

// Readme says what is in the kit and where to put it. lang is "ko" or any other for English.
func Readme(lang string, c Config) (string, error) {
	if lang != "ko" {
		lang = "en"
	}
	text, err := fill("kit/README."+lang+".txt", c)
	return string(text), err
}

func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// fill is a file of the kit with the ports filled in.
func fill(path string, c Config) ([]byte, error) {
	text, err := fs.ReadFile(files, path)
	if err != nil {
		return nil, err
	}
	values := map[string]string{"keylog": c.KeyLog, "capture": capture(c.Ports)}
	for _, service := range Services {
		values[service] = c.Ports[service]
	}
	filled, err := blanks.Fill(string(text), values)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return []byte(strings.TrimRight(filled, "\n") + "\n"), nil
}

// capture is the capture filter for all ports.
func capture(ports map[string]string) string {
	var terms []string
	for _, service := range Services {
		// Services may share a port.
		if p := ports[service]; p != "" && !slices.Contains(terms, "port "+p) {
			terms = append(terms, "port "+p)
		}
	}
	return strings.Join(terms, " or ")
}
