package normalize

import (
	_ "embed"
	"sort"
)

//go:generate go run ./gen -ucd /usr/share/unicode

// The tables are made of the Unicode Character Database by package gen. They are lists of records that are searched as
// they lie in the program, so at its start there is nothing to do. Numbers are big-endian.
var (
	// A character and what it decomposes to: three runes of 3 bytes, the last 0 where there is only one. By character.
	//go:embed decompositions.bin
	decompositions string

	// Which of the decompositions are also compositions: their index, 2 bytes. By what is composed.
	//go:embed compositions.bin
	compositions string

	// Ranges of characters that isNFC must look at: the first rune, 3 bytes; how many more, 2 bytes; their combining
	// class, a byte; 1 if they change in NFC, or may because of what is before them, else 0. By character. What is in no
	// range has class 0 and stays.
	//go:embed properties.bin
	ranges string
)

const (
	decompositionSize, compositionSize, rangeSize = 9, 2, 7

	firstDecomposed = 0xC0  // below no character has a decomposition,
	firstInRanges   = 0x300 // and below this one none is in ranges
)

// rune24 reads a rune of 3 bytes.
func rune24(s string) rune { return rune(s[0])<<16 | rune(s[1])<<8 | rune(s[2]) }

// decomposition returns one step of a decomposition. second is 0 where there is only one part.
func decomposition(c rune) (first, second rune, ok bool) {
	if c < firstDecomposed {
		return 0, 0, false
	}
	n := len(decompositions) / decompositionSize
	i := sort.Search(n, func(i int) bool { return rune24(decompositions[i*decompositionSize:]) >= c })
	if i == n || rune24(decompositions[i*decompositionSize:]) != c {
		return 0, 0, false
	}
	r := decompositions[i*decompositionSize:]
	return rune24(r[3:]), rune24(r[6:]), true
}

// composition returns the primary composite (D114) of two characters.
func composition(a, b rune) (rune, bool) {
	if whole, ok := composeHangul(a, b); ok {
		return whole, true
	}
	n := len(compositions) / compositionSize
	record := func(i int) string {
		i *= compositionSize
		return decompositions[(int(compositions[i])<<8|int(compositions[i+1]))*decompositionSize:]
	}
	i := sort.Search(n, func(i int) bool {
		first, second := rune24(record(i)[3:]), rune24(record(i)[6:])
		return first > a || first == a && second >= b
	})
	if i == n || rune24(record(i)[3:]) != a || rune24(record(i)[6:]) != b {
		return 0, false
	}
	return rune24(record(i)), true
}

// properties returns the combining class, and whether c has to be looked at more closely.
func properties(c rune) (class uint8, changes bool) {
	if c < firstInRanges || firstSyllable <= c && c < firstSyllable+syllables { // most text, without a search
		return 0, false
	}
	n := len(ranges) / rangeSize
	i := sort.Search(n, func(i int) bool { return rune24(ranges[i*rangeSize:]) > c }) - 1
	if i < 0 {
		return 0, false
	}
	r := ranges[i*rangeSize:]
	if c > rune24(r)+rune(r[3])<<8+rune(r[4]) {
		return 0, false
	}
	return r[5], r[6] != 0
}

// Class is the Canonical_Combining_Class: 0 for a starter, and for a mark a number for the place where it goes.
func Class(c rune) uint8 {
	class, _ := properties(c)
	return class
}
