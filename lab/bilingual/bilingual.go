// Package bilingual has texts in the two languages that all of it speaks, side by side: who changes one sees the other.
package bilingual

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Text is the same in two languages, English first: Text{"wire", "회선"}.
type Text [2]string

// Where the languages stand in a Text.
const (
	EN = iota
	KO
)

// With fills in both, as fmt.Sprintf does. Where Korean wants another order it says so: %[2]d.
func (t Text) With(args ...any) Text {
	return Text{fmt.Sprintf(t[EN], args...), fmt.Sprintf(t[KO], args...)}
}

// And is one text behind the other.
func (t Text) And(more Text) Text { return Text{t[EN] + " " + more[EN], t[KO] + " " + more[KO]} }

// In returns the text in a language, "ko" or any other for English.
func (t Text) In(lang string) string {
	if lang == "ko" {
		return t[KO]
	}
	return t[EN]
}

// Accepted is the one of both languages, "ko" or "en", that a client prefers by its Accept-Language (RFC 9110
// §12.5.4). Who asks for neither gets English.
func Accepted(header string) string {
	best, language := 0.0, "en"
	for item := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(item, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64) // nonsense is 0: not wanted
		}
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if primary == "*" {
			primary = "en"
		}
		if (primary == "en" || primary == "ko") && cmp.Compare(q, best) > 0 {
			best, language = q, primary
		}
	}
	return language
}
