package rfc9110

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The table of §12.5.1, its last row as corrected by erratum 7138.
func TestTheTableOfSection12_5_1(t *testing.T) {
	header := http.Header{
		"Accept": {"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed,\ttext/plain;format=fixed;q=0.4, */*;q=0.5"}}
	for offer, want := range map[string]int{
		"text/plain;format=flowed": 1000,
		"text/plain":               700,
		"text/html":                300,
		"image/jpeg":               500,
		"text/plain;format=fixed":  400,
		"text/html;level=3":        300,
	} {
		if got := quality(accepted(header), offer); got != want {
			t.Errorf("quality of %s = %d, want %d", offer, got, want)
		}
	}
}

func TestPrefers(t *testing.T) {
	jsonCSV := []string{"application/json", "text/csv"}
	for _, tt := range []struct {
		name   string
		accept []string
		offers []string
		want   string
	}{
		{"12.5.1 audio/basic before any other audio", []string{"audio/*; q=0.2, audio/basic"},
			[]string{"audio/mp4", "audio/basic"}, "audio/basic"},
		{"12.5.1 any audio if there is no audio/basic", []string{"audio/*; q=0.2, audio/basic"},
			[]string{"text/html", "audio/mp4"}, "audio/mp4"},
		{"12.5.1 text/html and text/x-c are liked best",
			[]string{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c"},
			[]string{"text/plain", "text/x-dvi", "text/x-c"}, "text/x-c"},
		{"12.5.1 then text/x-dvi", []string{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c"},
			[]string{"text/plain", "text/x-dvi"}, "text/x-dvi"},
		{"12.5.1 then text/plain", []string{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c"},
			[]string{"image/png", "text/plain"}, "text/plain"},
		{"12.5.1 the most specific range decides", []string{"text/*, text/plain, text/plain;format=flowed;q=0.1, */*"},
			[]string{"text/plain;format=flowed", "text/html"}, "text/html"},
		{"12.4.1 no Accept takes the first offer", nil, jsonCSV, "application/json"},
		{"an empty Accept takes the first offer", []string{""}, jsonCSV, "application/json"},
		{"anything takes the first offer", []string{"*/*"}, jsonCSV, "application/json"},
		{"two liked as well: the first offer", []string{"text/csv, application/json"}, jsonCSV, "application/json"},
		{"the second offer if only that was asked for", []string{"text/csv"}, jsonCSV, "text/csv"},
		{"the second offer, liked more by a thousandth", []string{"application/json;q=0.998,text/csv;q=0.999"}, jsonCSV,
			"text/csv"},
		{"a range of types", []string{"text/*"}, jsonCSV, "text/csv"},
		{"none will do", []string{"image/png, text/html"}, jsonCSV, ""},
		{"a range given twice counts with its higher q",
			[]string{"text/csv;q=0.1, text/csv;q=0.9, text/csv;q=0.2, application/json;q=0.5"}, jsonCSV, "text/csv"},
		{"no offers at all", []string{"*/*"}, nil, ""},
		{"12.4.2 q=0 is not acceptable", []string{"application/json;q=0, */*;q=0.1"}, jsonCSV, "text/csv"},
		{"12.4.2 q=0.000 is not acceptable", []string{"*/*;q=0.000"}, jsonCSV, ""},
		{"5.3 lines are one list", []string{"application/json;q=0.5", "text/csv"}, jsonCSV, "text/csv"},
		{"5.6.1 empty items are passed over", []string{" , ,text/csv,,"}, jsonCSV, "text/csv"},
		{"5.6.6 white space around semicolons", []string{"application/json ; q=0.1 , text/csv ; q=0.2"}, jsonCSV, "text/csv"},
		{"8.3.1 types are the same in any case", []string{"Text/CSV;Q=1"}, jsonCSV, "text/csv"},
		{"a browser gets the page", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"},
			[]string{"application/json", "text/html"}, "text/html"},
		{"a parameter the offer lacks", []string{"text/csv;header=absent"}, jsonCSV, ""},
		{"a parameter the range does not ask for", []string{"text/csv"}, []string{"text/csv; charset=utf-8"},
			"text/csv; charset=utf-8"},
		{"a parameter in quotes is the same", []string{`text/csv;header="pres\ent"`}, []string{"text/csv;header=present"},
			"text/csv;header=present"},
		{"a charset is not compared", []string{`text/csv;charset=euc-kr;header=present;q=0.9`},
			[]string{"application/json", "text/csv;header=present"}, "text/csv;header=present"},
		{"a charset makes a range no closer",
			[]string{"text/csv;charset=utf-8;q=0.1, text/csv;q=0.5, application/json;q=0.4"}, jsonCSV, "text/csv"},
		{"a comma in quotes does not end an item", []string{`text/csv;x="a,*/*;q=1,\",b"`}, jsonCSV, ""},
		{"what is behind q does not matter", []string{"text/csv;q=1;level=1"}, jsonCSV, "text/csv"},
		{"malformed: no subtype, passed over", []string{"text, text/csv;q=0.1"}, jsonCSV, "text/csv"},
		{"malformed: */csv, passed over", []string{"*/csv, application/json;q=0.1"}, jsonCSV, "application/json"},
		{"malformed: q above 1, passed over", []string{"application/json;q=1.001, text/csv;q=0.1"}, jsonCSV, "text/csv"},
		{"malformed: q with four decimals, passed over", []string{"application/json;q=0.9999, text/csv;q=0.1"}, jsonCSV,
			"text/csv"},
		{"malformed: a negative q, passed over", []string{"application/json;q=-1, text/csv;q=0.1"}, jsonCSV, "text/csv"},
		{"malformed: an empty q, passed over", []string{"application/json;q=, text/csv;q=0.1"}, jsonCSV, "text/csv"},
		{"malformed: a parameter without a value, passed over", []string{"application/json;x, text/csv;q=0.1"}, jsonCSV,
			"text/csv"},
		{"malformed as a whole: as if not sent", []string{"json"}, jsonCSV, "application/json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			header["Accept"] = tt.accept
			if got := Prefers(header, tt.offers...); got != tt.want {
				t.Errorf("Prefers(%q, %q) = %q, want %q", tt.accept, tt.offers, got, tt.want)
			}
		})
	}
}

func TestIfNoneMatch(t *testing.T) {
	for _, tt := range []struct {
		name string
		sent []string // nil: no If-None-Match
		etag string
		want bool
	}{
		{"not sent", nil, `"a"`, true},
		{"the current tag", []string{`"a"`}, `"a"`, false},
		{"13.1.2 a weak comparison", []string{`W/"a"`}, `"a"`, false},
		{"5.3 in the second line", []string{`"b"`, `"c", "a"`}, `"a"`, false},
		{"others", []string{`"b"`, `"c"`}, `"a"`, true},
		{"a comma inside a tag", []string{`"x,"a",y"`}, `"a"`, true},
		{"a tag with a comma", []string{`"b", "x,y"`}, `"x,y"`, false},
		{"any, and there is one", []string{`*`}, `"a"`, false},
		{"any, and there is none", []string{`*`}, ``, true},
		{"a tag, and there is none", []string{`"a"`}, ``, true},
		{"malformed", []string{`a`}, `"a"`, true},
	} {
		if got := IfNoneMatch(http.Header{"If-None-Match": tt.sent}, tt.etag); got != tt.want {
			t.Errorf("%s: IfNoneMatch(%q, %s) = %v", tt.name, tt.sent, tt.etag, got)
		}
	}
}

func TestJoinLines(t *testing.T) {
	h := http.Header{"If-None-Match": {`"a"`, `W/"b"`}, "Authorization": {"x", "y"}, "Range": {"bytes=0-1", "bytes=2-3"},
		"Accept": {"a/b"}}
	JoinLines(h)
	want := http.Header{"If-None-Match": {`"a", W/"b"`}, "Authorization": {"x", "y"}, "Range": {"bytes=0-1", "bytes=2-3"},
		"Accept": {"a/b"}}
	if !maps.EqualFunc(h, want, slices.Equal[[]string]) {
		t.Errorf("joined: %q, want %q", h, want)
	}
}

func TestIfMatch(t *testing.T) {
	for _, tt := range []struct {
		name string
		sent []string // nil: no If-Match
		etag string
		want bool
	}{
		{"no If-Match", nil, `"xyzzy"`, true},
		{"no If-Match and no resource", nil, ``, true},
		{"13.1.1 the current tag", []string{`"xyzzy"`}, `"xyzzy"`, true},
		{"13.1.1 the current tag in a list", []string{`"xyzzy", "r2d2xxxx", "c3piozzzz"`}, `"c3piozzzz"`, true},
		{"13.1.1 another tag", []string{`"xyzzy", "r2d2xxxx", "c3piozzzz"`}, `"plugh"`, false},
		{"13.1.1 any, and there is one", []string{`*`}, `"xyzzy"`, true},
		{"13.1.1 any, and there is none", []string{`*`}, ``, false},
		{"a tag, and there is no resource", []string{`"xyzzy"`}, ``, false},
		{"8.8.3.2 a weak tag matches no weak one", []string{`W/"1"`}, `W/"1"`, false},
		{"8.8.3.2 two weak tags differ", []string{`W/"1"`}, `W/"2"`, false},
		{"8.8.3.2 a weak tag matches no strong one", []string{`W/"1"`}, `"1"`, false},
		{"8.8.3.2 two strong tags are the same", []string{`"1"`}, `"1"`, true},
		{"8.8.3 the empty tag", []string{`""`}, `""`, true},
		{"8.8.3 tags differ by case", []string{`"XYZZY"`}, `"xyzzy"`, false},
		{"8.8.3 a comma inside", []string{`"a,b", "c"`}, `"a,b"`, true},
		{"8.8.3 a comma inside does not make two tags", []string{`"a","b"`}, `"a","b"`, false},
		{"8.8.3 a backslash escapes nothing", []string{`"a\", "b"`}, `"b"`, true},
		{"5.3 a match in the second line", []string{`"a"`, `"xyzzy"`}, `"xyzzy"`, true},
		{"5.6.1 empty items", []string{` ,"a" ,,	"xyzzy",`}, `"xyzzy"`, true},
		{"a weak one beside the match", []string{`W/"xyzzy", "xyzzy"`}, `"xyzzy"`, true},
		{"malformed: empty", []string{``}, `"xyzzy"`, false},
		{"malformed: no quotes", []string{`xyzzy`}, `"xyzzy"`, false},
		{"malformed: one quote", []string{`"xyzzy`}, `"xyzzy"`, false},
		{"malformed: a space inside", []string{`"xy zzy"`}, `"xy zzy"`, false},
		{"malformed: no comma between", []string{`"a" "xyzzy"`}, `"xyzzy"`, false},
		{"malformed: a small w", []string{`w/"a", "xyzzy"`}, `"xyzzy"`, false},
		{"malformed: * in a list", []string{`*, "xyzzy"`}, `"xyzzy"`, false},
		{"malformed behind the match", []string{`"xyzzy", b`}, `"xyzzy"`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.sent != nil {
				header["If-Match"] = tt.sent
			}
			if got := IfMatch(header, tt.etag); got != tt.want {
				t.Errorf("IfMatch(%q, %s) = %v, want %v", tt.sent, tt.etag, got, tt.want)
			}
		})
	}
}

func TestStrongETag(t *testing.T) {
	// SHA-256 of "abc" begins ba7816bf 8f01cfea 414140de (FIPS 180-2, appendix B.1).
	if got, want := StrongETag([]byte("abc")), `"ungWv48Bz-pBQUDe"`; got != want {
		t.Errorf("StrongETag(abc) = %s, want %s", got, want)
	}
	if got := StrongETag([]byte("abd")); got == StrongETag([]byte("abc")) {
		t.Errorf("abc and abd are both %s", got)
	}
	if !IfMatch(http.Header{"If-Match": {StrongETag(nil)}}, StrongETag(nil)) {
		t.Errorf("%s does not match itself", StrongETag(nil))
	}
}

func FuzzPrefers(f *testing.F) {
	for _, s := range []string{"*/*", "text/*;q=0.3, text/csv;header=\"a,\\\"b\"", ";;,/,*/x;q=1.1",
		"text/csv;q=0.001,application/json;q=0"} {
		f.Add(s)
	}
	offers := []string{"application/json", "text/csv", "text/html;level=1"}
	f.Fuzz(func(t *testing.T, accept string) {
		got := Prefers(http.Header{"Accept": {accept}}, offers...)
		if got != "" && !slices.Contains(offers, got) {
			t.Errorf("Prefers(%q) = %q, which is no offer", accept, got)
		}
		// The best of all is at least as good as any alone, and what is acceptable alone is never lost.
		for _, o := range offers {
			if Prefers(http.Header{"Accept": {accept}}, o) != "" && got == "" {
				t.Errorf("Prefers(%q) = none, but %q alone would do", accept, o)
			}
		}
		if strings.Contains(accept, `"`) {
			return // a comma in quotes is no place to break a line
		}
		if lines := Prefers(http.Header{"Accept": strings.Split(accept, ",")}, offers...); lines != got {
			t.Errorf("Prefers(%q) = %q in one line, %q in several", accept, got, lines)
		}
	})
}

// tagList is the grammar of §13.1.1 as a regular expression: slow, and surely right.
var tagList = regexp.MustCompile(`^[, \t]*((W/)?"[!#-~\x{80}-\x{10ffff}]*"[ \t]*(,[, \t]*|$))+$`)

func FuzzIfMatch(f *testing.F) {
	for _, s := range []string{`"xyzzy"`, `*`, `W/"xyzzy"`, `"a", "xyzzy" ,,`, `"xyzzy`, `"xyzzy""b"`, "\"xyzzy\"\t"} {
		f.Add(s)
	}
	const etag = `"xyzzy"`
	f.Fuzz(func(t *testing.T, sent string) {
		got := IfMatch(http.Header{"If-Match": {sent}}, etag)
		if strings.Trim(sent, " \t") == "*" {
			return
		}
		if got && (!tagList.MatchString(sent) || !strings.Contains(sent, etag)) {
			t.Errorf("IfMatch(%q, %s) = true", sent, etag)
		}
		if more := sent + ", " + etag; tagList.MatchString(sent) && !IfMatch(http.Header{"If-Match": {more}}, etag) {
			t.Errorf("IfMatch(%q, %s) = false", more, etag)
		}
	})
}
