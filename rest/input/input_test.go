package input

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"pollwire/rest/problem"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		name  string
		in    string
		lines bool
		want  string
		wrong string // the detail, "" if it is fine
	}{
		{"plain", "abc", OneLine, "abc", ""},
		{"white space around it goes, of any script", " \t\u3000\u00a0abc\u2003\n", OneLine, "abc", ""},
		{"white space inside stays", "a  b", OneLine, "a  b", ""},
		{"characters are counted, not bytes", "가나다라마", OneLine, "가나다라마", ""},
		{"one too many", "가나다라마바", OneLine, "", "must have 1 to 5 characters, not 6"},
		{"nothing but white space", " \n ", OneLine, "", "must not be empty"},
		{"a control character", "a\x00b", OneLine, "", "must not hold the control character U+0000"},
		{"a newline in one line", "a\nb", OneLine, "", "must not hold the control character U+000A"},
		{"a newline where lines are allowed", "a\nb", Lines, "a\nb", ""},
		{"a tab where lines are allowed", "a\tb", Lines, "a\tb", ""},
		{"CR LF becomes LF and counts once", "ab\r\ncd", Lines, "ab\ncd", ""},
		{"a lone CR", "a\rb", Lines, "", "must not hold the control character U+000D"},
		{"decomposed it is the same", "\u1112\u1161\u11ab\u1100\u1173\u11af", OneLine, "한글", ""},
		{"characters are counted composed", strings.Repeat("\u1112\u1161\u11ab", 5), OneLine, "한한한한한", ""},
		{"what NFC takes apart is counted apart", "\u0958\u0958\u0958", OneLine, "", "must have 1 to 5 characters, not 6"},
		{"nothing that can be seen", "\u200b\u200b", OneLine, "", "must have a character that can be seen"},
		{"the blank of Braille", "\u2800", Lines, "", "must have a character that can be seen"},
		{"a reserved ignorable", "\U000e0fff", OneLine, "", "must have a character that can be seen"},
		{"a mark alone", "\u0301", OneLine, "", "must have a character that can be seen"},
		{"what can't be seen stays where something can", "a\u200bb", OneLine, "a\u200bb", ""},
		{"an emoji keeps its joiner and its selector", "❤\ufe0f\u200d🔥", OneLine, "❤\ufe0f\u200d🔥", ""},
		{"an override", "a\u202eb", Lines, "", "must not hold U+202E, which changes the direction of the text around it"},
		{"an isolate", "a\u2066b", OneLine, "", "must not hold U+2066, which changes the direction of the text around it"},
		{"a mark of direction does no harm", "a\u200fb", OneLine, "a\u200fb", ""},
		{"a C1 control character", "a\u0085b", Lines, "", "must not hold the control character U+0085"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v Values
			got := v.Text("f", &tt.in, 1, 5, tt.lines)
			if tt.wrong == "" && (got != tt.want || v.Err() != nil) {
				t.Errorf("Text(%q) = %q, %v, want %q", tt.in, got, v.Err(), tt.want)
			}
			if tt.wrong != "" && (len(v.fields) != 1 || v.fields[0].Detail != tt.wrong) {
				t.Errorf("Text(%q) notes %v, want %q", tt.in, v.fields, tt.wrong)
			}
		})
	}
}

func TestTextThatMayBeEmptyMayBeUnseen(t *testing.T) {
	for _, in := range []string{"", " ", "\u200b"} {
		var v Values
		if v.Text("f", &in, 0, 5, Lines); v.Err() != nil {
			t.Errorf("Text(%+q) = %v", in, v.Err())
		}
	}
}

func TestQuery(t *testing.T) {
	for _, tt := range []struct {
		query   string
		n, id   int64
		wrong   int // how many fields
		because string
	}{
		{"", 50, 0, 0, "nothing is sent"},
		{"n=1&id=7", 1, 7, 0, "both are fine"},
		{"n=0", 50, 0, 1, "below the least"},
		{"n=101", 50, 0, 1, "above the most: no clamping"},
		{"n=", 50, 0, 1, "empty is not missing"},
		{"n=07", 50, 0, 1, "a leading zero"},
		{"n=%2B7", 50, 0, 1, "a sign"},
		{"n=1.0", 50, 0, 1, "no integer"},
		{"n=x&id=-1", 50, 0, 2, "two are wrong"},
		{"id=0", 50, 0, 1, "not positive"},
		{"id=9223372036854775808", 50, 0, 1, "too large for 64 bits"},
	} {
		t.Run(tt.because, func(t *testing.T) {
			v, err := Query(httptest.NewRequest("GET", "/?"+tt.query, nil))
			if err != nil {
				t.Fatal(err)
			}
			n, id := v.Int("n", 1, 100, 50), v.ID("id")
			if n != tt.n || id != tt.id || len(v.fields) != tt.wrong {
				t.Errorf("?%s = %d, %d with %d wrong, want %d, %d with %d", tt.query, n, id, len(v.fields), tt.n, tt.id, tt.wrong)
			}
		})
	}
	if _, err := Query(httptest.NewRequest("GET", "/?n=%zz", nil)); !errors.Is(err, problem.Malformed) {
		t.Errorf("?n=%%zz = %v, want Malformed", err)
	}
}

func TestJSONBody(t *testing.T) {
	for _, tt := range []struct {
		name, contentType, encoding, body string
		want                              error
	}{
		{"plain", "application/json", "", `{"a":1}`, nil},
		{"with a charset", `application/json; charset="UTF-8"`, "", `{"a":1}`, nil},
		{"in capitals", "Application/JSON", "", `{"a":1}`, nil},
		{"no type", "", "", `{"a":1}`, problem.MediaType},
		{"a form", "application/x-www-form-urlencoded", "", `a=1`, problem.MediaType},
		{"another charset", "application/json; charset=euc-kr", "", `{"a":1}`, problem.MediaType},
		{"compressed", "application/json", "gzip", "\x1f\x8b", problem.MediaType},
		{"no body", "application/json", "", ``, problem.Malformed},
		{"cut off", "application/json", "", `{"a":`, problem.Malformed},
		{"as large as may be", "application/json", "", `{"a":1}` + strings.Repeat(" ", MaxBody-7), nil},
		{"one byte larger", "application/json", "", `{"a":1}` + strings.Repeat(" ", MaxBody-6), problem.TooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			r.Header.Set("Content-Encoding", tt.encoding)
			var in struct {
				A int `json:"a"`
			}
			err := JSON(httptest.NewRecorder(), r, &in)
			if !errors.Is(err, tt.want) || err == nil && in.A != 1 {
				t.Errorf("JSON = %v and a = %d, want %v", err, in.A, tt.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\r\nb", true)
	f.Add(" e\u0301\u0958 ", false)
	f.Fuzz(func(t *testing.T, in string, lines bool) {
		var v Values
		got := v.Text("f", &in, 0, 100, lines)
		if v.Err() != nil {
			return
		}
		var again Values
		if twice := again.Text("f", &got, 0, 100, lines); twice != got || again.Err() != nil {
			t.Errorf("Text(%q) = %q, and of that %q, %v: what was accepted must stay as it is", in, got, twice, again.Err())
		}
	})
}
