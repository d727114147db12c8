package visible

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pollwire/rest/normalize"
)

func TestAny(t *testing.T) {
	for _, s := range []string{"a", ".", "한", "\u1100", "👍", "👍🏽", "🏴",
		"e\u0301", "\u0301e", "\u200b.\u200b", "_", "\u0600",
		"\ue000", "\u00b4", "1️⃣", "🇰🇷"} {
		if !Any(s) {
			t.Errorf("Any(%+q) = false", s)
		}
	}
	for name, s := range map[string]string{"nothing": "", "white space": " \t\n\u00a0\u3000\u2028",
		"zero width space": "\u200b",
		"joiners":          "\u200c\u200d", "word joiner": "\u2060", "byte order mark": "\ufeff", "soft hyphen": "\u00ad",
		"blank of Braille": "\u2800", "fillers of Hangul": "\u115f\u1160\u3164\uffa0", "combining grapheme joiner": "\u034f",
		"variation selectors": "\ufe0e\ufe0f\U000e0100", "a reserved ignorable": "\U000e0fff", "tags": "\U000e0067\U000e007f",
		"Mongolian selector": "\u180b", "Khmer inherent vowel": "\u17b4", "a direction": "\u200e\u200f\u061c\u202e\u2066",
		"an annotation": "\ufff9\ufffb", "a mark alone": "\u0301",
		"a vowel sign alone": "\u093e", "an enclosing mark": "\u20dd",
		"a keycap without a key": "\ufe0f\u20e3", "a hieroglyph's joiner": "\U00013430",
		"all together": " \u200b\u0301\u3164\u2800 "} {
		if Any(s) {
			t.Errorf("%s: Any(%+q) = true", name, s)
		}
	}
}

func TestSame(t *testing.T) {
	for _, tt := range []struct{ name, a, b string }{
		{"composed or not", "\u00e9", "e\u0301"},
		{"with a zero width space", "Tea", "Tea\u200b"},
		{"inside", "Tea", "Te\u200ba"},
		{"with a soft hyphen", "Tea", "Te\u00ada"},
		{"with a filler behind it", "Tea", "Tea\u3164"},
		{"with a filler inside, where it takes no room", "Tea", "Te\u3164a"},
		{"with a filler inside, where it takes room", "Te a", "Te\u3164a"},
		{"with the blank of Braille", "Tea x", "Tea\u2800x"},
		{"with a selector", "☺\ufe0e", "☺\ufe0f"},
		{"with and without a selector", "☺", "☺\ufe0f"},
		{"with tags", "Tea", "Tea\U000e0041"},
		{"with a reserved ignorable", "Tea", "\U000e0fffTea"},
		{"with a direction", "Tea", "\u200eTea\u200f"},
		{"white space in front of what is hidden", "Tea", "Tea \u200b"},
		{"white space behind what is hidden", "Tea", "\u200b Tea"},
		{"white space of another kind", "green tea", "green\u00a0tea"},
		{"more white space", "green tea", "green\u200b \u3000\u200b tea"},
		{"an accent that had nothing to stand on", "\u00e9", "e\u200b\u0301"},
		{"a dangling joiner", "👩", "👩\u200d"},
		{"a joiner in front", "👩", "\u200d👩"},
		{"a joiner of nothing", "Tea", "Te\u200da"},
		{"two joiners", "👩\u200d💻", "👩\u200d\u200d💻"},
		{"a joiner and a selector in other order", "❤\ufe0f\u200d🔥", "❤\u200d\ufe0f🔥"},
		{"a joiner next to a space", "👩 💻", "👩\u200d 💻"},
		{"a non-joiner between Latin letters", "Tea", "Te\u200ca"},
		{"a non-joiner behind a letter that never goes on", "\u062f\u0627", "\u062f\u200c\u0627"},
		{"a non-joiner at the end", "\u0645\u06cc", "\u0645\u06cc\u200c"},
		{"tags that are no flag", "🏴", "🏴\U000e0067\U000e0062"},
		{"nothing", "", "\u3164"},
	} {
		if !Same(tt.a, tt.b) {
			t.Errorf("%s: %+q and %+q are not the same: %+q, %+q", tt.name, tt.a, tt.b, Key(tt.a), Key(tt.b))
		}
	}
	for _, tt := range []struct{ name, a, b string }{
		{"case", "tea", "Tea"},
		{"an accent", "e", "\u00e9"},
		{"a space", "Tea", "Te a"},
		{"a full-width letter", "Ｔea", "Tea"},
		{"a family or three people", "👨\u200d👩\u200d👧", "👨👩👧"},
		{"two kinds of heart", "❤️\u200d🔥", "❤️🔥"},
		{"a job with a skin tone", "👩🏽\u200d💻", "👩🏽💻"},
		{"skin tones", "👍🏽", "👍🏿"},
		{"flags", "🇰🇷", "🇰🇵"},
		{"flags with tags", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"},
		{"a flag with tags, and a black one", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴"},
		{"Persian with its non-joiner",
			"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u062e\u0648\u0627\u0647\u0645"},
		{"under a mark, too", "\u0645\u06cc\u064e\u200c\u062e", "\u0645\u06cc\u064e\u062e"},
		{"a conjunct or not", "\u0915\u094d\u200c\u0937", "\u0915\u094d\u0937"},
		{"half a letter", "\u0915\u094d\u200d\u0937", "\u0915\u094d\u0937"},
		{"Bengali ya", "\u09b0\u200d\u09cd\u09af", "\u09b0\u09cd\u09af"},
		{"a keycap", "1️⃣", "1"},
	} {
		if Same(tt.a, tt.b) {
			t.Errorf("%s: %+q and %+q are the same: %+q", tt.name, tt.a, tt.b, Key(tt.a))
		}
	}
}

func TestReorders(t *testing.T) {
	var got []string
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if Reorders(c) {
			got = append(got, fmt.Sprintf("%X", c))
		}
	}
	if want := "202A 202B 202C 202D 202E 2066 2067 2068 2069"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// lines returns those of a file of Debian's package unicode-data, without comments. Where it is missing the test is
// skipped; not where all tests are required.
func lines(t *testing.T, path string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && os.Getenv("POLLWIRE_E2E") == "required" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("this needs Debian's package unicode-data: ", err)
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func TestHiddenIsDefaultIgnorable(t *testing.T) {
	want := map[rune]bool{0x2800: true, 0xFFF9: true, 0xFFFA: true, 0xFFFB: true}
	for _, line := range lines(t, "/usr/share/unicode/DerivedCoreProperties.txt") {
		codes, property, _ := strings.Cut(line, ";")
		var first, last rune
		if n, _ := fmt.Sscanf(codes, "%X..%X", &first, &last); n == 1 {
			last = first
		}
		for c := first; c <= last && strings.TrimSpace(property) == "Default_Ignorable_Code_Point"; c++ {
			want[c] = true
		}
	}
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if hidden(c) != want[c] {
			t.Errorf("hidden(%U) = %v", c, hidden(c))
		}
		if hidden(c) && (normalize.Class(c) != 0 || normalize.NFD(string(c)) != string(c)) {
			t.Errorf("%U is hidden, and in the way of what is before it", c)
		}
	}
}

// Of all emoji that Unicode joins each is another one than its parts, and than all others.
func TestJoinedEmojiDiffer(t *testing.T) {
	by := map[string]string{}
	for _, line := range lines(t, "/usr/share/unicode/emoji/emoji-zwj-sequences.txt") {
		codes, _, _ := strings.Cut(line, ";")
		var s string
		for hex := range strings.FieldsSeq(codes) {
			var c rune
			fmt.Sscanf(hex, "%X", &c)
			s += string(c)
		}
		if apart := strings.ReplaceAll(s, "\u200d", ""); Same(s, apart) {
			t.Errorf("%s (%+q) is the same as %s", s, s, apart)
		}
		if other, there := by[Key(s)]; there {
			t.Errorf("%s (%+q) is the same as %s (%+q)", s, s, other, other)
		}
		by[Key(s)] = s
	}
	if len(by) < 1000 {
		t.Errorf("%d sequences", len(by))
	}
}

// What a body can hold takes no time worth mentioning, whatever it is.
func TestLongTextsAreQuick(t *testing.T) {
	for _, piece := range []string{"\u200d", "a\u200d", "\u200d\u0301", "\U000e0067", "🏴\U000e0067",
		"\u0645\u200c", "\u3164 "} {
		s := "🏴" + strings.Repeat(piece, 64<<10/len(piece))
		Same(s, s+"a") // a square of it would be minutes
	}
}

func FuzzKey(f *testing.F) {
	for _, s := range []string{"Tea\u200b", "e\u200b\u0301", "👨\u200d👩",
		"\u0915\u094d\u200c\u0937", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", " a\u3164 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k := Key(s)
		if !utf8.ValidString(s) {
			return
		}
		if again := Key(k); again != k {
			t.Errorf("Key(%+q) = %+q, and of that %+q", s, k, again)
		}
		if !Same(s, normalize.NFD(s)) || !Same(normalize.NFC(s), s) || !Same("\u200b"+s+" \u2060", s) {
			t.Errorf("%+q: spellings of it differ", s)
		}
		if Any(s) && k == "" {
			t.Errorf("Key(%+q) is empty, though something is seen", s)
		}
	})
}
