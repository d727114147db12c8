package bilingual

import "testing"

// The ranges and weights are those of RFC 9110 §12.5.4.
func TestRFC9110_12_5_4_AcceptLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"": "en", "ko": "ko", "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7": "ko", "da, en-gb;q=0.8, en;q=0.7": "en",
		"en;q=0.5, ko;q=0.6": "ko", "KO-kr": "ko", "fr, *;q=0.1": "en", "ko;q=0, en;q=0.1": "en", "ko;q=x": "en",
		"ko ; q=0.4 , en ; q=0.3": "ko", ",,;": "en",
	} {
		if got := Accepted(header); got != want {
			t.Errorf("Accepted(%q) = %q, want %q", header, got, want)
		}
	}
}
