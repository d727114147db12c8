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
	"io/fs"
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

// Check refuses a key that could be guessed: one that is too short.
func Check(key string) error {
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
func Opens(key, mark string) bool { return subtle.ConstantTimeCompare([]byte(Mark(key)), []byte(mark)) == 1 }

// Load returns the key that is kept in the folder dir, or makes both the first time.
func Load(dir string) (string, error) {
	key, err := read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Renew(dir)
	}
	return key, err
}

// Renew makes a new key in the place of the one that is kept in dir.
func Renew(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	key := New()
	return key, privatefile.Write(filepath.Join(dir, file), []byte(key+"\n"))
}

func read(dir string) (string, error) {
	path := filepath.Join(dir, file)
	text, err := privatefile.Read(path)
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(text))
	if err := Check(key); err != nil {
		return "", fmt.Errorf("%s: %w; delete it to get a new one", path, err)
	}
	return key, nil
}
