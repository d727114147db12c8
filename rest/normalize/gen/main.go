// Command gen makes the tables of package normalize of the Unicode Character Database, which Debian has in its package
// unicode-data:
//
//	UnicodeData.txt             the combining classes and decompositions of all characters
//	CompositionExclusions.txt   what is taken apart and never put together again
//
// See https://www.unicode.org/reports/tr44/ for the files, and UAX #15 §5 for what is excluded.
package main

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	ucd := flag.String("ucd", "/usr/share/unicode", "the folder with UnicodeData.txt and CompositionExclusions.txt")
	out := flag.String("out", ".", "the folder to write to")
	flag.Parse()
	if err := generate(*ucd, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate(ucd, out string) error {
	tables, err := makeTables(ucd)
	for name, content := range tables {
		err = errors.Join(err, os.WriteFile(filepath.Join(out, name), content, 0o644))
	}
	return err
}

// database is what the tables need to know of all characters.
type database struct {
	class    map[rune]uint8   // those that are not 0
	parts    map[rune][2]rune // canonical decompositions; the second is 0 where there is one part
	excluded map[rune]bool
}

// makeTables returns the files by their names.
func makeTables(ucd string) (map[string][]byte, error) {
	db := database{map[rune]uint8{}, map[rune][2]rune{}, map[rune]bool{}}
	err := lines(filepath.Join(ucd, "UnicodeData.txt"), db.character)
	if err == nil {
		err = lines(filepath.Join(ucd, "CompositionExclusions.txt"), func(fields []string) error {
			c, err := parse(fields[0])
			db.excluded[c] = true
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	all := slices.Sorted(maps.Keys(db.parts))
	return map[string][]byte{
		"decompositions.bin": db.decompositions(all),
		"compositions.bin":   db.compositions(all),
		"properties.bin":     db.properties(),
	}, nil
}

// lines calls each with the fields of every line, without comments.
func lines(path string, each func([]string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		text, _, _ := strings.Cut(in.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if err := each(strings.Split(text, ";")); err != nil {
			return fmt.Errorf("%s: %q: %w", path, text, err)
		}
	}
	return nil
}

func parse(hex string) (rune, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 24)
	return rune(n), err
}

// character reads a line of UnicodeData.txt. A decomposition with a tag, such as "<compat> 0020", is not canonical.
func (db *database) character(fields []string) error {
	c, err := parse(fields[0])
	class, err2 := strconv.ParseUint(fields[3], 10, 8)
	if err := cmp.Or(err, err2); err != nil {
		return err
	}
	if class != 0 {
		db.class[c] = uint8(class)
	}
	parts := strings.Fields(fields[5])
	if len(parts) == 0 || strings.HasPrefix(parts[0], "<") {
		return nil
	}
	var runes [2]rune
	for i, hex := range parts {
		if runes[i], err = parse(hex); err != nil {
			return err
		}
	}
	db.parts[c] = runes
	return nil
}

// composes tells whether c is a primary composite (D114). Of UAX #15 §5 the exclusions of single scripts and of new
// characters are in a file. The others follow from the parts: singletons, and what is or begins with a non-starter.
func (db *database) composes(c rune) bool {
	parts := db.parts[c]
	return parts[1] != 0 && !db.excluded[c] && db.class[c] == 0 && db.class[parts[0]] == 0
}

func (db *database) decompositions(all []rune) (table []byte) {
	for _, c := range all {
		table = append24(table, c, db.parts[c][0], db.parts[c][1])
	}
	return table
}

func (db *database) compositions(all []rune) (table []byte) {
	var indexes []int
	for i, c := range all {
		if db.composes(c) {
			indexes = append(indexes, i)
		}
	}
	slices.SortFunc(indexes, func(a, b int) int {
		x, y := db.parts[all[a]], db.parts[all[b]]
		return slices.Compare(x[:], y[:])
	})
	for _, i := range indexes {
		table = append(table, byte(i>>8), byte(i))
	}
	return table
}

// property is what isNFC needs to know of a character: the two properties of UAX #44 that matter for it.
type property struct {
	class   uint8
	changes bool // NFC_Quick_Check is No or Maybe
}

// properties of all characters that have some, neighbours with the same ones in one range.
func (db *database) properties() (table []byte) {
	of := map[rune]property{}
	for c, class := range db.class {
		of[c] = property{class, false}
	}
	changes := func(c rune) { of[c] = property{db.class[c], true} }
	for c, parts := range db.parts {
		if db.composes(c) {
			changes(parts[1]) // maybe: what is before may take it in
		} else {
			changes(c) // NFC takes it apart
		}
	}
	for c := rune(0x1161); c <= 0x1175; c++ { // vowels of Hangul,
		changes(c)
	}
	for c := rune(0x11A8); c <= 0x11C2; c++ { // and trailing consonants
		changes(c)
	}
	all := slices.Sorted(maps.Keys(of))
	for i := 0; i < len(all); {
		first, p := all[i], of[all[i]]
		more := 0
		for i++; i < len(all) && all[i] == first+rune(more)+1 && of[all[i]] == p; i++ {
			more++
		}
		table = append(append24(table, first), byte(more>>8), byte(more), p.class, 0)
		if p.changes {
			table[len(table)-1] = 1
		}
	}
	return table
}

// append24 appends runes of 3 bytes, big-endian.
func append24(table []byte, runes ...rune) []byte {
	for _, c := range runes {
		table = append(table, byte(c>>16), byte(c>>8), byte(c))
	}
	return table
}
