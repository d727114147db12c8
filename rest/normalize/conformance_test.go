package normalize

import (
	"bufio"
	"compress/bzip2"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// lacks skips a test for want of a file; not where all tests are required.
func lacks(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("POLLWIRE_E2E") == "required" {
		t.Fatal(err)
	}
	t.Skip("this needs Debian's package unicode-data: ", err)
}

// TestConformance is Unicode's own NormalizationTest.txt (UAX #15 §14; the conditions stand in the file's head). A
// line has a text in five spellings: as it comes, NFC, NFD, NFKC, NFKD.
func TestConformance(t *testing.T) {
	f, err := os.Open("/usr/share/unicode/NormalizationTest.txt.bz2")
	if err != nil {
		lacks(t, err)
	}
	defer f.Close()
	part, lines := "", 0
	listed := map[rune]bool{} // in part 1
	in := bufio.NewScanner(bzip2.NewReader(f))
	for in.Scan() {
		text, _, _ := strings.Cut(in.Text(), "#")
		if strings.HasPrefix(text, "@") {
			part = strings.TrimSpace(text)
			continue
		}
		if text == "" {
			if lines == 0 && part == "" && strings.HasPrefix(in.Text(), "# NormalizationTest-") &&
				!strings.Contains(in.Text(), "-"+unicode.Version+".") {
				t.Errorf("%s is not of Unicode %s", in.Text(), unicode.Version)
			}
			continue
		}
		var c [5]string
		for i, column := range strings.Split(text, ";")[:5] {
			c[i] = fromHex(t, column)
		}
		if lines++; part == "@Part1" {
			listed[[]rune(c[0])[0]] = true
		}
		for i, s := range c {
			nfc, nfd := c[1], c[2]
			if i >= 3 { // the compatibility forms keep what was different
				nfc, nfd = c[3], c[4]
			}
			if got := NFC(s); got != nfc {
				t.Errorf("%s: %s: NFC(%+q) = %+q, want %+q", part, text, s, got, nfc)
			}
			if got := NFD(s); got != nfd {
				t.Errorf("%s: %s: NFD(%+q) = %+q, want %+q", part, text, s, got, nfd)
			}
		}
	}
	if err := in.Err(); err != nil || part != "@Part3" || lines < 19_000 {
		t.Errorf("%d lines, the last part is %q, %v", lines, part, err)
	}
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if s := string(c); !listed[c] && (NFC(s) != s || NFD(s) != s) {
			t.Errorf("%U is not in part 1: NFC %+q, NFD %+q, want it as it is", c, NFC(s), NFD(s))
		}
	}
}

func fromHex(t *testing.T, column string) string {
	var b strings.Builder
	for hex := range strings.FieldsSeq(column) {
		c, err := strconv.ParseInt(hex, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteRune(rune(c))
	}
	return b.String()
}

// TestQuickCheck holds isNFC against the property of which its table is a part (UAX #15 §9).
func TestQuickCheck(t *testing.T) {
	text, err := os.ReadFile("/usr/share/unicode/DerivedNormalizationProps.txt")
	if err != nil {
		lacks(t, err)
	}
	want := map[rune]bool{}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Split(line, ";")
		if len(fields) != 3 || strings.TrimSpace(fields[1]) != "NFC_QC" {
			continue
		}
		var first, last rune
		if n, _ := fmt.Sscanf(fields[0], "%X..%X", &first, &last); n == 1 {
			last = first
		}
		for c := first; c <= last; c++ {
			want[c] = true // No, or Maybe
		}
	}
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if _, changes := properties(c); changes != want[c] {
			t.Errorf("%U: changes = %v, NFC_QC says %v", c, changes, want[c])
		}
	}
}
