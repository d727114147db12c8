// Package teacherkey makes and keeps the key by which somebody becomes the teacher of a class: whoever types it, or
// opens an address that has it, teaches.
//
//	7K2M-Q9XD-4HTB-W8RE-3NVY      100 random bits in base32, in groups that can be read to somebody
//
// The alphabet has no two letters that look alike (no 0 and O, no 1 and I). Letter case, dashes and spaces don't count.
//
// The key lies in a file that only its owner may read. What is to be remembered of it elsewhere, with those who came by
// it, is its Mark: it tells one key from another and leads back to none. Of 100 random bits a plain hash will do, where
// a password would need bcrypt: nobody tries them all.
package teacherkey

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"pollwire/data/privatefile"
	"pollwire/rest/normalize"
)

const (
	file  = "teacher.key" // in the folder of secrets
	least = 12            // characters of a key that somebody has thought of
	bits  = 100           // of one that is made here
	group = 4             // characters between two dashes
)

// alphabet has 32 letters and digits, each of which stands for five bits.
var alphabet = base32.NewEncoding("23456789ABCDEFGHJKLMNPQRSTUVWXYZ").WithPadding(base32.NoPadding)

// New makes a key.
func New() string {
	random := make([]byte, (bits+7)/8)
	rand.Read(random) // never fails
	text := alphabet.EncodeToString(random)[:bits/5]
	var groups []string
	for ; len(text) > 0; text = text[group:] {
		groups = append(groups, text[:group])
	}
	return strings.Join(groups, "-")
}

// check refuses a key that could be guessed: one that is too short.
func check(key string) error {
	if n := utf8.RuneCountInString(fold(key)); n < least {
		return fmt.Errorf("a teacher key must have %d characters or more, without dashes and spaces; this one has %d",
			least, n)
	}
	return nil
}

// fold returns what counts of a key.
func fold(key string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || unicode.IsSpace(c) {
			return -1
		}
		return c
	}, strings.ToUpper(normalize.NFC(key)))
}

// Mark names a key without telling it.
func Mark(key string) string {
	sum := sha256.Sum256([]byte("pollwire teacher key\n" + fold(key)))
	return hex.EncodeToString(sum[:])
}

// Opens tells whether a key has this mark. It takes the same time however many of the bytes are right.
func Opens(key, mark string) bool {
	return subtle.ConstantTimeCompare([]byte(Mark(key)), []byte(mark)) == 1
}

// Address is what a teacher opens, on the page at host. The key is behind #: a browser sends that to nobody (RFC 3986
// §3.5), so it is in no request and in no log. Without a page, host "", it is the key alone.
func Address(host, key string) string {
	if host == "" {
		return key
	}
	return "http://" + host + "/#/teach/" + url.PathEscape(key)
}

// Source is where a key comes from: Own where somebody has thought of one, else a file in the folder Dir.
type Source struct{ Dir, Own string }

// Check refuses a key that somebody has thought of and others could guess.
func (s Source) Check() error {
	if s.Own != "" {
		if err := check(s.Own); err != nil {
			return fmt.Errorf("-teacher-key: %w", err)
		}
	}
	return nil
}

// Get returns the key, and makes it and the folder the first time.
func (s Source) Get() (string, error) {
	if s.Own != "" {
		return s.Own, s.Check()
	}
	key, err := s.read()
	if errors.Is(err, fs.ErrNotExist) {
		return s.Renew()
	}
	return key, err
}

// Renew makes a new key in the place of the one that is in the file.
func (s Source) Renew() (string, error) {
	if s.Own != "" {
		return "", errors.New("-teacher-key: the key is set there; so a new one must be, too")
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", fmt.Errorf("-data: %w", err)
	}
	key := New()
	if err := privatefile.Write(s.path(), []byte(key+"\n")); err != nil {
		return "", fmt.Errorf("-data: %w", err)
	}
	return key, nil
}

func (s Source) path() string { return filepath.Join(s.Dir, file) }

func (s Source) read() (string, error) {
	text, err := privatefile.Read(s.path())
	if err != nil {
		return "", fmt.Errorf("-data: %w", err)
	}
	key := strings.TrimSpace(string(text))
	if err := check(key); err != nil {
		return "", fmt.Errorf("%s: %w; delete it to get a new one", s.path(), err)
	}
	return key, nil
}

// Tell is a command: it tells the address by which one becomes the teacher of the page at host, whether the program
// runs or not. With renew there is a new key, which the program notices when it runs.
func Tell(stdout io.Writer, s Source, host string, renew bool) error {
	get := s.Get
	if renew {
		get = s.Renew
	}
	key, err := get()
	if err == nil {
		fmt.Fprintln(stdout, Address(host, key))
	}
	return err
}
