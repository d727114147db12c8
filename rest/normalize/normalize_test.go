package normalize

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTheVersionIsThatOfPackageUnicode(t *testing.T) {
	if unicode.Version != "15.0.0" {
		t.Errorf("package unicode is of version %s: make the tables anew, and change what the package says", unicode.Version)
	}
}

// What all of Unicode's own test says in short; it is read in conformance_test.go, where the file is there.
func TestNFC(t *testing.T) {
	for _, tt := range []struct{ name, in, nfc, nfd string }{
		{"nothing", "", "", ""},
		{"ASCII", "Tea & Coffee;`K", "Tea & Coffee;`K", "Tea & Coffee;`K"},
		{"é, composed", "\u00e9", "\u00e9", "e\u0301"},
		{"é, decomposed", "e\u0301", "\u00e9", "e\u0301"},
		{"two steps: ệ", "e\u0323\u0302", "\u1ec7", "e\u0323\u0302"},
		{"ệ in the other order", "e\u0302\u0323", "\u1ec7", "e\u0323\u0302"},
		{"ệ half composed", "\u00ea\u0323", "\u1ec7", "e\u0323\u0302"},
		{"Hangul L V", "\u1100\u1161", "가", "\u1100\u1161"},
		{"Hangul L V T", "\u1112\u1161\u11ab", "한", "\u1112\u1161\u11ab"},
		{"a Hangul syllable and a T", "하\u11ab", "한", "\u1112\u1161\u11ab"},
		{"a syllable with a T takes no second one", "한\u11ab", "한\u11ab", "\u1112\u1161\u11ab\u11ab"},
		{"the first syllable", "가", "가", "\u1100\u1161"},
		{"the last syllable", "\u1112\u1175\u11c2", "힣", "\u1112\u1175\u11c2"},
		{"U+11A7 is no T", "가\u11a7", "가\u11a7", "\u1100\u1161\u11a7"},
		{"a mark between V and T", "\u1100\u1161\u0301\u11a8", "가\u0301\u11a8", "\u1100\u1161\u0301\u11a8"},
		{"old Hangul has no syllables", "\u1140\u1161", "\u1140\u1161", "\u1140\u1161"},
		{"12 syllables are 12 characters", strings.Repeat("\u1112\u1161\u11ab", 12), strings.Repeat("한", 12),
			strings.Repeat("\u1112\u1161\u11ab", 12)},
		{"a singleton: the Angstrom sign", "\u212b", "\u00c5", "A\u030a"},
		{"a singleton: the Ohm sign", "\u2126", "\u03a9", "\u03a9"},
		{"a singleton: the Kelvin sign", "\u212a", "K", "K"},
		{"a singleton of CJK", "\uf900", "\u8c48", "\u8c48"},
		{"a singleton beyond 16 bits", "\U0002f800", "\u4e3d", "\u4e3d"},
		{"script-specific exclusion: Devanagari qa", "\u0958", "\u0915\u093c", "\u0915\u093c"},
		{"excluded, of a later version: forking", "\u2adc", "\u2add\u0338", "\u2add\u0338"},
		{"excluded, as it is a non-starter", "\u0344", "\u0308\u0301", "\u0308\u0301"},
		{"excluded, as it begins with a non-starter: Tibetan ii", "\u0f73", "\u0f71\u0f72", "\u0f71\u0f72"},
		{"excluded: Hebrew shin with dagesh and shin dot", "\ufb2c", "\u05e9\u05bc\u05c1", "\u05e9\u05bc\u05c1"},
		{"Hebrew marks are sorted", "\u05d1\u05bc\u05b8", "\u05d1\u05b8\u05bc", "\u05d1\u05b8\u05bc"},
		{"Tibetan vowels are sorted", "\u0f40\u0f74\u0f71", "\u0f40\u0f71\u0f74", "\u0f40\u0f71\u0f74"},
		{"marks of one class keep their order", "a\u0308\u0301", "\u00e4\u0301", "a\u0308\u0301"},
		{"marks of one class in the other order", "a\u0301\u0308", "\u00e1\u0308", "a\u0301\u0308"},
		{"a mark of the same class blocks", "a\u030d\u0301", "a\u030d\u0301", "a\u030d\u0301"},
		{"a mark of a lower class does not", "a\u0316\u0301", "\u00e1\u0316", "a\u0316\u0301"},
		{"a starter between keeps them apart", "e\u034f\u0301", "e\u034f\u0301", "e\u034f\u0301"},
		{"a joiner between, too", "e\u200d\u0301", "e\u200d\u0301", "e\u200d\u0301"},
		{"two starters compose: Bengali o", "\u09c7\u09be", "\u09cb", "\u09c7\u09be"},
		{"but not with a mark between", "\u09c7\u0301\u09be", "\u09c7\u0301\u09be", "\u09c7\u0301\u09be"},
		{"beyond 16 bits: Kaithi dddha", "\U0001109b\U000110ba", "\U0001109c", "\U0001109b\U000110ba"},
		{"nothing to stand over", "\u0301a", "\u0301a", "\u0301a"},
		{"emoji with joiners and selectors", "👨‍👩‍👧 ☺️", "👨‍👩‍👧 ☺️",
			"👨‍👩‍👧 ☺️"},
		{"the compatibility forms stay", "²ﬁ①ｱ", "²ﬁ①ｱ", "²ﬁ①ｱ"},
		{"what is not UTF-8", "e\u0301\xff", "e\u0301\xff", "e\u0301\xff"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for form, f := range map[string]struct {
				of   func(string) string
				want string
			}{"NFC": {NFC, tt.nfc}, "NFD": {NFD, tt.nfd}} {
				for _, in := range []string{tt.in, tt.nfc, tt.nfd} {
					if got := f.of(in); got != f.want {
						t.Errorf("%s(%+q) = %+q, want %+q", form, in, got, f.want)
					}
				}
			}
		})
	}
}

func TestTextThatNeedsNothingCostsNoMemory(t *testing.T) {
	for _, s := range []string{"", "Lunch?", "점심은 무엇으로 할까요?", "昼食は何に",
		"ça va, Zoë?", "หิวแล้ว", "😀👍🏽"} {
		if !isNFC(s) {
			t.Errorf("isNFC(%q) = false", s)
		}
		if n := testing.AllocsPerRun(100, func() { NFC(s) }); n != 0 {
			t.Errorf("NFC(%q) allocates %v times, want 0", s, n)
		}
	}
}

// A body full of marks must not take the time of their number squared.
func TestManyMarksTakeNoLongerThanTheyAre(t *testing.T) {
	marks := strings.Repeat("\u0301\u0316", 16<<10)
	want := "a" + strings.Repeat("\u0316", 16<<10) + strings.Repeat("\u0301", 16<<10)
	if got := NFD("a" + marks); got != want {
		t.Error("marks are not in order")
	}
}

// slowNFC does what the definitions say, one character at a time.
func slowNFC(s string) string {
	runes := []rune(s)
	for again := true; again; { // D68: replace until nothing can be replaced
		again = false
		for i, c := range runes {
			var parts []rune
			if 0xAC00 <= c && c <= 0xD7A3 {
				parts = appendJamo(nil, c-0xAC00)
			} else if first, second, ok := decomposition(c); ok {
				if parts = []rune{first}; second != 0 {
					parts = append(parts, second)
				}
			}
			if parts != nil {
				runes, again = slices.Replace(runes, i, i+1, parts...), true
				break
			}
		}
	}
	for again := true; again; { // D109: exchange neighbours until none are in the wrong order
		again = false
		for i := 1; i < len(runes); i++ {
			if a, b := Class(runes[i-1]), Class(runes[i]); a > b && b > 0 {
				runes[i-1], runes[i], again = runes[i], runes[i-1], true
			}
		}
	}
	for i := 1; i < len(runes); i++ { // D117
		for j := i - 1; j >= 0; j-- {
			if Class(runes[j]) == 0 {
				if whole, ok := composition(runes[j], runes[i]); ok {
					runes[j] = whole
					runes = slices.Delete(runes, i, i+1)
					i--
				}
				break
			}
			if Class(runes[j]) >= Class(runes[i]) { // D115: blocked
				break
			}
		}
	}
	return string(runes)
}

func FuzzNFC(f *testing.F) {
	for _, s := range []string{"", "a\u0301\u0316\u0323", "\u1100\u1161\u11a8", "\u0344\u0f73\u0958",
		"\U0001d160\u0390", "\xff",
		"\u09c7\u0301\u09be", "각\u11a8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := NFC(s)
		if again := NFC(got); again != got {
			t.Errorf("NFC(%+q) = %+q, and of that %+q", s, got, again)
		}
		if !utf8.ValidString(s) {
			if got != s {
				t.Errorf("NFC(%+q) = %+q, want it as it was", s, got)
			}
			return
		}
		if len(got) > 3*len(s) || !utf8.ValidString(got) {
			t.Errorf("NFC(%+q) = %+q: %d bytes of %d", s, got, len(got), len(s))
		}
		if want := slowNFC(s); got != want {
			t.Errorf("NFC(%+q) = %+q, want %+q", s, got, want)
		}
		if d := NFD(s); NFC(d) != got || NFD(got) != d {
			t.Errorf("%+q: NFC %+q, NFD %+q, and they don't lead to each other", s, got, d)
		}
	})
}

func BenchmarkNFC(b *testing.B) {
	for name, s := range map[string]string{"ASCII": strings.Repeat("Lunch? ", 70),
		"Hangul": strings.Repeat("점심은? ", 100), "decomposed": NFD(strings.Repeat("점심은? ", 100))} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				NFC(s)
			}
		})
	}
}
