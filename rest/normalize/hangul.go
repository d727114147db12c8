package normalize

// Hangul syllables are in no table: they are put together by arithmetic (the Unicode Standard §3.12). Of each leading
// consonant (L), vowel (V) and trailing consonant (T), or none, there is one syllable, in this order.
const (
	firstL, firstV, noT = 0x1100, 0x1161, 0x11A7 // the T that is none stands before the first T
	countL, countV      = 19, 21
	countT              = 28 // with the one that is none
	firstSyllable       = 0xAC00
	syllables           = countL * countV * countT
)

// appendJamo takes a syllable, counted from the first, apart.
func appendJamo(runes []rune, syllable rune) []rune {
	runes = append(runes, firstL+syllable/(countV*countT), firstV+syllable/countT%countV)
	if t := syllable % countT; t != 0 {
		runes = append(runes, noT+t)
	}
	return runes
}

// composeHangul makes a syllable of L and V, or of a syllable without T and T.
func composeHangul(a, b rune) (rune, bool) {
	if l, v := a-firstL, b-firstV; 0 <= l && l < countL && 0 <= v && v < countV {
		return firstSyllable + (l*countV+v)*countT, true
	}
	syllable, t := a-firstSyllable, b-noT
	if 0 <= syllable && syllable < syllables && syllable%countT == 0 && 0 < t && t < countT {
		return a + t, true
	}
	return 0, false
}
