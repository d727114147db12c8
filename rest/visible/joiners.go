package visible

import (
	"slices"
	"strings"
	"unicode"

	"pollwire/rest/normalize"
)

// The joiners can't be seen, but what they do can: 👨‍👩‍👧 is one family, and 👨👩👧 are three people.
// So for a comparison a joiner counts where it has something to do, and nowhere else.
const (
	nonJoiner = '\u200C'
	joiner    = '\u200D'
	virama    = 9 // the combining class of signs that take away a vowel and so bring two letters together
)

// joins tells whether c is a joiner that changes how what was seen before, or what follows, looks.
func joins(before []rune, c rune, after []rune) bool {
	if c != joiner && c != nonJoiner || len(before) == 0 || len(after) == 0 { // at an end it dangles
		return false
	}
	last, next := before[len(before)-1], after[0]
	switch {
	case c == joiner && isEmoji(last) && isEmoji(next):
		return true
	case normalize.Class(last) == virama && unicode.IsLetter(next): // RFC 5892 A.1, A.2: conjuncts of India
		return true
	case normalize.Class(next) == virama && unicode.IsLetter(last): // Bengali ra, joiner, virama, ya
		return true
	}
	return c == nonJoiner && isCursive(next) && goesOn(before)
}

// isEmoji knows the blocks of which Unicode's sequences are made (emoji-zwj-sequences.txt). Fonts join only those.
func isEmoji(c rune) bool {
	return 0x1F000 <= c && c <= 0x1FAFF || 0x2600 <= c && c <= 0x27BF || c == '\u2194' || c == '\u2195' || c == '\u2B1B' ||
		tag(c)
}

// isCursive tells whether c is a letter of a script whose letters are written together.
func isCursive(c rune) bool {
	return unicode.IsLetter(c) && unicode.In(c, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko,
		unicode.Mandaic, unicode.Phags_Pa, unicode.Adlam, unicode.Manichaean, unicode.Hanifi_Rohingya)
}

// stops are the common letters of Arabic and Persian behind which a word is never written on, joined or not. A
// non-joiner behind them shows nothing. (Joining_Type has more of them, for rarer languages.)
const stops = "اآأإٱءدذرزژوؤة"

// goesOn tells whether the last letter, perhaps under some marks, would be written together with the next one.
func goesOn(before []rune) bool {
	for _, c := range slices.Backward(before) {
		if !unicode.IsMark(c) {
			return isCursive(c) && !strings.ContainsRune(stops, c)
		}
	}
	return false
}

// flags are those that are written with tags, characters which can't be seen (UTS #51, emoji tag sequences): a black
// flag, the region in letters of another plane, and an end.
var flags = [][]rune{flag("gbeng"), flag("gbsct"), flag("gbwls")}

func flag(region string) []rune {
	runes := []rune{'\U0001F3F4'}
	for _, c := range region {
		runes = append(runes, 0xE0000+c)
	}
	return append(runes, 0xE007F)
}

func tag(c rune) bool { return 0xE0020 <= c && c <= 0xE007F }

// flagAt returns how many runes belong to a flag with which runes begin, 0 for none.
func flagAt(runes []rune) int {
	for _, f := range flags {
		if len(runes) >= len(f) && slices.Equal(runes[:len(f)], f) {
			return len(f)
		}
	}
	return 0
}
