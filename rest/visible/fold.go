package visible

import (
	"strings"
	"unicode"

	"pollwire/rest/normalize"
)

// Fold maps texts that differ only in case, in their spelling or in what can't be seen to one key. Case is folded where
// all is taken apart (the Unicode Standard §3.13, D145): some letters have an accent built in only if small.
func Fold(text string) string { return normalize.NFC(FoldCase(normalize.NFD(Key(text)))) }

// FoldCase maps each rune to the smallest of those that Unicode folds together ("K", "k" and the Kelvin sign are one).
func FoldCase(text string) string {
	return strings.Map(func(c rune) rune {
		least := c
		for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, text)
}
