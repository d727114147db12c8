// Package visible tells what people see of a text: whether it is anything at all, whether two texts look the same, and
// what makes a text look like another one.
//
//	Unicode Standard Annex #44, Default_Ignorable_Code_Point    https://www.unicode.org/reports/tr44/
//	Unicode Standard Annex #9 §2: embeddings, overrides, isolates    https://www.unicode.org/reports/tr9/
//	Unicode Technical Standard #51: how emoji are joined    https://www.unicode.org/reports/tr51/
//	RFC 5892 appendix A.1, A.2: where U+200C and U+200D mean something
//
// What can't be seen is white space and hidden characters, which are those that Unicode calls default-ignorable, the
// blank of Braille (U+2800) and the brackets of interlinear annotations; nor can a mark without a letter under it. All
// of them may stand in a text that has something else: the zero-width non-joiner belongs into a Persian word, the
// joiner into an emoji, and a variation selector behind one.
//
// Letters of two scripts that look alike ("a" and the Cyrillic "а") are not this package's business (UTS #39).
package visible

import (
	"strings"
	"unicode"

	"pollwire/rest/normalize"
)

// Any tells whether something of s can be seen.
func Any(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool {
		format := unicode.Is(unicode.Cf, c) && !unicode.Is(unicode.Prepended_Concatenation_Mark, c)
		return !hidden(c) && !format && !unicode.IsSpace(c) && !unicode.IsControl(c) && !unicode.IsMark(c)
	})
}

// Reorders tells whether c changes the direction of the text around it: "abc\u202Etxt.exe" is shown as abcexe.txt.
// Embeddings, overrides, isolates and their ends are meant. The marks of a direction (U+200E, U+200F, U+061C) are not
// among them: they act like a letter that can't be seen.
func Reorders(c rune) bool { return 0x202A <= c && c <= 0x202E || 0x2066 <= c && c <= 0x2069 }

// Same tells whether nobody can see a difference between two texts. A hidden character may show as nothing or, as the
// fillers of Hangul and the blank of Braille do in most fonts, as a gap, so both are tried.
func Same(a, b string) bool {
	return Key(a) == Key(b) || seen(a, ' ') == seen(b, ' ')
}

// Key returns what is seen of s, in NFC, to compare it with others: without hidden characters, and with one space for
// any white space that is not at an end.
func Key(s string) string { return seen(s, -1) }

// seen returns what is seen of s. blank is what a hidden character of some width becomes; -1 is nothing.
func seen(s string, blank rune) string {
	s = normalize.NFC(s)
	if plain(s) {
		return s
	}
	runes := []rune(s)
	var out []rune
	gap := false          // white space has been read, and shows if something follows
	next, flagEnd := 0, 0 // where the next rune is that is not hidden, and where a flag ends
	for i, c := range runes {
		for next <= i || next < len(runes) && hidden(runes[next]) {
			next++
		}
		switch {
		case unicode.IsSpace(c), wide(c) && blank == ' ':
			gap = true
		case i < flagEnd, !gap && joins(out, c, runes[next:]):
			out = append(out, c)
		case !hidden(c):
			if gap && len(out) > 0 {
				out = append(out, ' ')
			}
			out, gap = append(out, c), false
			flagEnd = i + flagAt(runes[i:])
		}
	}
	return normalize.NFC(string(out)) // an accent may have come next to its letter
}

// plain is for most text: nothing of it can be hidden.
func plain(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		if c := s[i]; c <= ' ' && (c != ' ' || last == ' ') || c >= 0x80 {
			return false
		}
		last = s[i]
	}
	return s == "" || last != ' '
}

// hidden tells whether c shows as nothing. It is derived as DerivedCoreProperties.txt says, but for the interlinear
// annotations (U+FFF9 to U+FFFB), which that excludes, and the blank of Braille.
func hidden(c rune) bool {
	switch {
	case c < 0x80:
		return false
	case c == 0x2800:
		return true
	case unicode.Is(unicode.Prepended_Concatenation_Mark, c), 0x13430 <= c && c <= 0x13440: // hieroglyphs over each other
		return false
	}
	return unicode.In(c, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// wide tells whether most fonts have a blank of some width for a hidden c.
func wide(c rune) bool {
	return c == 0x2800 || c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0
}
