// Package normalize puts text into Unicode's Normalization Forms C and D, version 15.0.0 (the version of Go's package
// unicode, so that letters and forms agree).
//
//	Unicode Standard Annex #15: Unicode Normalization Forms    https://www.unicode.org/reports/tr15/
//	The Unicode Standard §3.11: D108 to D118, §3.12: Hangul    https://www.unicode.org/versions/Unicode15.0.0/
//
// Many characters have two spellings: "é" is U+00E9, or "e" and U+0301, an accent that stands over what is before it.
// Unicode calls them canonically equivalent; people see no difference and computers compare bytes. A Mac writes the
// names of its files decomposed, a PC composed. Form D takes everything apart and form C puts it together again:
//
//	NFC  각           U+AC01                   3 bytes in UTF-8
//	NFD  각           U+1100 U+1161 U+11A8     9 bytes
//
// How NFC is made, in three steps that are the three middle functions of this file:
//
//	decompose   "ệ" -> "e" U+0323 U+0302    each character, until nothing can be taken apart (D68)
//	order       marks by their combining class, those of one class stay as they are (D109)
//	compose     the starter takes in each mark behind it that makes one character with it and is not blocked (D117)
//
// Most text needs none of it. isNFC sees that in one pass and without memory of its own.
//
// What is not valid UTF-8 is not text and comes back as it is. Not supported: the compatibility forms, NFKC and NFKD,
// which would make "²" a "2"; text that comes in pieces.
package normalize

import (
	"slices"
	"unicode/utf8"
)

// NFC returns s in Normalization Form C. Of UTF-8 it makes at most three times as many bytes.
func NFC(s string) string {
	if isNFC(s) || !utf8.ValidString(s) {
		return s
	}
	return string(compose(decompose(s)))
}

// NFD returns s in Normalization Form D.
func NFD(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	return string(decompose(s))
}

// isNFC is the quick check (UAX #15 §9). true is certain; false may also mean that only NFC itself can tell.
func isNFC(s string) bool {
	last := uint8(0)
	for _, c := range s {
		class, changes := properties(c)
		if changes || class != 0 && class < last {
			return false
		}
		last = class
	}
	return true
}

// decompose returns the full canonical decomposition (D68) in canonical order (D109).
func decompose(s string) []rune {
	runes := make([]rune, 0, len(s))
	for _, c := range s {
		runes = appendDecomposed(runes, c)
	}
	order(runes)
	return runes
}

func appendDecomposed(runes []rune, c rune) []rune {
	if syllable := c - firstSyllable; 0 <= syllable && syllable < syllables {
		return appendJamo(runes, syllable)
	}
	first, second, ok := decomposition(c)
	if !ok {
		return append(runes, c)
	}
	runes = appendDecomposed(runes, first) // "ệ" is "ẹ" and a circumflex: "ẹ" has parts, too
	if second != 0 {
		runes = appendDecomposed(runes, second)
	}
	return runes
}

// order sorts each run of marks by class. A starter, class 0, is never passed.
func order(runes []rune) {
	for i := 0; i < len(runes); i++ {
		begin := i
		for i < len(runes) && Class(runes[i]) != 0 {
			i++
		}
		if i-begin > 1 { // stable: two marks of one class stand over each other, and their order is seen
			slices.SortStableFunc(runes[begin:i], func(a, b rune) int { return int(Class(a)) - int(Class(b)) })
		}
	}
}

// compose is the Canonical Composition Algorithm (D117). It writes over runes.
func compose(runes []rune) []rune {
	out := runes[:0] // never longer than what has been read
	starter := -1    // where in out the last starter is
	last := uint8(0) // the class of the last rune in out
	for _, c := range runes {
		class := Class(c)
		// Between the starter and c there must be nothing that blocks c (D115): no starter, and no mark of the same class
		// or a higher one. They are in order, so the last one tells.
		if adjacent := starter == len(out)-1; starter >= 0 && (adjacent || last < class) {
			if whole, ok := composition(out[starter], c); ok {
				out[starter] = whole
				continue
			}
		}
		if class == 0 {
			starter = len(out)
		}
		last = class
		out = append(out, c)
	}
	return out
}
