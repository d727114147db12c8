package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type sample struct {
	Title   string              `json:"title"`
	Note    *string             `json:"note"`
	Count   *int64              `json:"count"`
	Small   uint8               `json:"small,omitempty"`
	Ratio   float64             `json:"ratio"`
	Open    *bool               `json:"open"`
	Options []string            `json:"options"`
	EndsAt  Nullable[string]    `json:"ends_at"`
	At      *time.Time          `json:"at"`
	Until   Nullable[time.Time] `json:"until"`
	Data    json.RawMessage     `json:"data"`
	Any     any                 `json:"any"`
	Inner   *inner              `json:"inner"`
	Ages    map[string]int      `json:"ages"`
	Plain   string
	Hidden  string `json:"-"`
}

type inner struct {
	Name  *string           `json:"name"`
	Marks []Nullable[int32] `json:"marks"`
	More  []inner           `json:"more"`
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"nothing at all", ``, `malformed JSON at byte 0: it ends where a JSON object is due`},
		{"white space alone", " \r\n", `malformed JSON at byte 3: it ends where a JSON object is due`},
		{"a byte order mark", "\ufeff{}", `malformed JSON at byte 0: '\ufeff' where a JSON object is due`},
		{"a list instead of an object", `[]`, `not a JSON object`},
		{"a string instead of an object", `"title"`, `not a JSON object`},
		{"null instead of an object", `null`, `not a JSON object`},
		{"a broken list instead of an object", `[1,`, `malformed JSON at byte 3: it ends where a value is due`},
		{"an object cut off", `{"title":"x"`, `malformed JSON at byte 12: it ends where a comma or '}' is due`},
		{"a second object", `{} {}`, `more data after the JSON object`},
		{"a closing brace too many", `{}}`, `more data after the JSON object`},
		{"a zero byte behind", "{}\x00", `more data after the JSON object`},
		{"a comma before the brace", `{"title":"x",}`, `malformed JSON at byte 13: '}' where a key in double quotes is due`},
		{"a comma before the bracket", `{"options":["x",]}`, `malformed JSON at byte 16: ']' where a value is due`},
		{"single quotes", `{'title':"x"}`, `malformed JSON at byte 1: '\'' where a key in double quotes is due`},
		{"no colon", `{"title" "x"}`, `malformed JSON at byte 9: '"' where a colon is due`},
		{"a word that is none", `{"open":tru}`, `malformed JSON at byte 8: 't' where a value is due`},
		{"nonsense where a string is due", `{"title":nonsense}`, `malformed JSON at byte 9: 'n' where a value is due`},
		{"a comment", `{/**/}`, `malformed JSON at byte 1: '/' where a key in double quotes is due`},
		{"a tab inside a string", "{\"title\":\"a\tb\"}",
			`malformed JSON at byte 11: a control character in a string must be escaped`},
		{"a string without end", `{"title":"a`, `malformed JSON at byte 11: a string has no end`},
		{"an unknown escape", `{"title":"\x"}`, `malformed JSON at byte 11: 'x' where an escape is due`},
		{"a short escape", `{"title":"\u12"}`, `malformed JSON at byte 11: four hex digits are due behind \u`},
		{"a leading zero", `{"count":01}`, `malformed JSON at byte 10: '1' where a comma or '}' is due`},
		{"a plus sign", `{"count":+1}`, `malformed JSON at byte 9: '+' where a value is due`},
		{"a lone minus", `{"count":-}`, `malformed JSON at byte 10: '}' where a digit is due`},
		{"no digit behind the point", `{"ratio":1.}`, `malformed JSON at byte 11: '}' where a digit is due`},
		{"no digit in the exponent", `{"ratio":1e+}`, `malformed JSON at byte 12: '}' where a digit is due`},
		{"NaN", `{"ratio":NaN}`, `malformed JSON at byte 9: 'N' where a value is due`},
		{"malformed inside raw data", `{"data":{"a":]}}`, `malformed JSON at byte 13: ']' where a value is due`},

		{"a key in another case", `{"Title":"x"}`, `unknown key "Title"`},
		{"a Go field name whose key differs", `{"EndsAt":"x"}`, `unknown key "EndsAt"`},
		{"a field that JSON can't reach", `{"Hidden":"x"}`, `unknown key "Hidden"`},
		{"the empty key", `{"":1}`, `unknown key ""`},
		{"the Kelvin sign for a k", "{\"\u212aey\":1}", "unknown key \"\u212aey\""},
		{"an unknown key inside", `{"inner":{"title":1}}`, `unknown key "title"`},
		{"a control character in a key", `{"a\u0007":1}`, `unknown key "a\a"`},
		{"a key twice", `{"title":"x","title":"y"}`, `key "title" is given twice`},
		{"a key twice, once in disguise", `{"title":"x","\u0074itle":"y"}`, `key "title" is given twice`},
		{"a key twice inside", `{"inner":{"name":"x","name":"x"}}`, `key "name" is given twice`},
		{"a key twice in raw data", `{"data":[{"a":1,"a":1}]}`, `key "a" is given twice`},
		{"a key twice among many", `{"data":{"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1,"10":1,"9":1}}`,
			`key "9" is given twice`},

		{"a number for a string", `{"title":1}`, `"title" must be a string`},
		{"a list for a string", `{"title":["x"]}`, `"title" must be a string`},
		{"a string for a number", `{"count":"1"}`, `"count" must be an integer`},
		{"a fraction for an integer", `{"count":1.5}`, `"count" must be an integer`},
		{"an integer written as a fraction", `{"count":1.0}`, `"count" must be an integer`},
		{"an integer too large", `{"count":9223372036854775808}`, `"count" is out of range`},
		{"an integer too large for its field", `{"small":256}`, `"small" is out of range`},
		{"a negative number where none can be", `{"small":-1}`, `"small" must not be negative`},
		{"a float too large", `{"ratio":1e999}`, `"ratio" is out of range`},
		{"a float too large for any", `{"any":1e999}`, `"any" has a value that can't be read`},
		{"a string for a boolean", `{"open":"true"}`, `"open" must be true or false`},
		{"a string for a list", `{"options":"x"}`, `"options" must be a list`},
		{"an object for a list", `{"options":{}}`, `"options" must be a list`},
		{"a number in a list of strings", `{"options":["a","b",3]}`, `"options[2]" must be a string`},
		{"a list for an object", `{"inner":[]}`, `"inner" must be an object`},
		{"a wrong type far inside", `{"inner":{"more":[{},{"name":1}]}}`, `"inner.more[1].name" must be a string`},
		{"a wrong type in a map", `{"ages":{"한별":"x"}}`, `"ages.한별" must be an integer`},
		{"a wrong type where null would do", `{"ends_at":1}`, `"ends_at" must be a string`},
		{"a time that is none", `{"at":"tomorrow"}`, `"at" has a value that can't be read`},
		{"a nullable time that is none", `{"until":"tomorrow"}`, `"until" has a value that can't be read`},

		{"null for a string", `{"title":null}`, `"title" must not be null`},
		{"null for an optional string", `{"note":null}`, `"note" must not be null`},
		{"null for a list", `{"options":null}`, `"options" must not be null`},
		{"null in a list", `{"options":["a",null]}`, `"options[1]" must not be null`},
		{"null for raw data", `{"data":null}`, `"data" must not be null`},
		{"null for anything", `{"any":null}`, `"any" must not be null`},
		{"null for an object", `{"inner":null}`, `"inner" must not be null`},
		{"null for a time", `{"at":null}`, `"at" must not be null`},

		{"RFC 8259 §8.1 not UTF-8", "{\"title\":\"\xff\"}", `not UTF-8`},
		{"RFC 8259 §8.1 UTF-16", "{\x00}\x00", `malformed JSON at byte 1: '\x00' where a key in double quotes is due`},
		{"RFC 8259 §8.1 a surrogate in UTF-8", "{\"title\":\"\xed\xa0\x80\"}", `not UTF-8`},
		{"RFC 8259 §8.2 a lone surrogate", `{"title":"\uDEAD"}`, `lone surrogate \udead`},
		{"RFC 7493 §2.1 a high surrogate alone", `{"title":"\ud800"}`, `lone surrogate \ud800`},
		{"RFC 7493 §2.1 a high surrogate and no low one", `{"title":"\ud800\u0041"}`, `lone surrogate \ud800`},
		{"RFC 7493 §2.1 surrogates the wrong way round", `{"title":"\udd1e\ud834"}`, `lone surrogate \udd1e`},
		{"RFC 7493 §2.1 a lone surrogate in a key", `{"\ud800":1}`, `lone surrogate \ud800`},
		{"RFC 7493 §2.1 a lone surrogate in raw data", `{"data":{"x":["\ud800"]}}`, `lone surrogate \ud800`},
		{"RFC 8259 §9 too deep", `{"data":` + strings.Repeat("[", 100000), `more than 100 levels deep`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got *Error
			if err := Unmarshal([]byte(tt.body), new(sample)); !errors.As(err, &got) {
				t.Fatalf("Unmarshal(%.80q) = %v, want %q", tt.body, err, tt.want)
			}
			if got.Detail != tt.want {
				t.Errorf("Unmarshal(%.80q) = %q, want %q", tt.body, got.Detail, tt.want)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       sample
	}{
		{"an empty object", `{}`, sample{}},
		{"white space everywhere", " {\t\"title\" :\r\n\"x\" } \n", sample{Title: "x"}},
		{"an untagged field by its name", `{"Plain":"x"}`, sample{Plain: "x"}},
		{"a key with an escape in it", `{"\u0074itle":"x"}`, sample{Title: "x"}},
		{"an optional string", `{"note":""}`, sample{Note: new("")}},
		{"the largest integer", `{"count":9223372036854775807}`, sample{Count: new(int64(9223372036854775807))}},
		{"a float with everything", `{"ratio":-1.5E+2}`, sample{Ratio: -150}},
		{"an empty list", `{"options":[]}`, sample{Options: []string{}}},
		{"null where it has a meaning", `{"ends_at":null}`, sample{EndsAt: Nullable[string]{Sent: true}}},
		{"a value where null is possible", `{"ends_at":"x"}`, sample{EndsAt: Nullable[string]{true, new("x")}}},
		{"null in a list where it has a meaning", `{"inner":{"marks":[1,null]}}`,
			sample{Inner: &inner{Marks: []Nullable[int32]{{true, new(int32(1))}, {Sent: true}}}}},
		{"a struct inside itself", `{"inner":{"more":[{"more":[]}]}}`,
			sample{Inner: &inner{More: []inner{{More: []inner{}}}}}},
		{"raw data with null inside", `{"data":{"a":[null ]}}`, sample{Data: json.RawMessage(`{"a":[null ]}`)}},
		{"many lists side by side, which are not deep", `{"data":[` + strings.Repeat("[],{},", 200) + `[]]}`,
			sample{Data: json.RawMessage(`[` + strings.Repeat("[],{},", 200) + `[]]`)}},
		{"a map", `{"ages":{"a":1,"":2}}`, sample{Ages: map[string]int{"a": 1, "": 2}}},
		{"a time", `{"at":"2026-11-23T04:05:06Z"}`, sample{At: new(time.Date(2026, 11, 23, 4, 5, 6, 0, time.UTC))}},
		{"the replacement character itself", `{"title":"\ufffd�"}`, sample{Title: "\ufffd\ufffd"}},
		{"every short escape", `{"title":"\"\\\/\b\f\n\r\t"}`, sample{Title: "\"\\/\b\f\n\r\t"}},
		{"RFC 8259 §7 the G clef as a pair", `{"title":"\uD834\uDD1E"}`, sample{Title: "\U0001D11E"}},
		{"RFC 8259 §13 the image of the example", rfc8259Image, sample{Any: map[string]any{
			"Width": 800.0, "Height": 600.0, "Title": "View from 15th Floor",
			"Thumbnail": map[string]any{"Url": "http://www.example.com/image/481989943", "Height": 125.0, "Width": 100.0},
			"Animated":  false, "IDs": []any{116.0, 943.0, 234.0, 38793.0}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got sample
			if err := Unmarshal([]byte(tt.body), &got); err != nil {
				t.Fatalf("Unmarshal(%q): %v", tt.body, err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Unmarshal(%q) = %+v, want %+v", tt.body, got, tt.want)
			}
		})
	}
}

const rfc8259Image = `{"any": {
  "Width":  800,
  "Height": 600,
  "Title":  "View from 15th Floor",
  "Thumbnail": {
      "Url":    "http://www.example.com/image/481989943",
      "Height": 125,
      "Width":  100
  },
  "Animated" : false,
  "IDs": [116, 943, 234, 38793]
}}`

func TestALongKeyIsCutInTheError(t *testing.T) {
	err := Unmarshal([]byte(`{"`+strings.Repeat("열", 20000)+`":1}`), new(sample))
	if want := `unknown key "` + strings.Repeat("열", 48) + `…"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A nil pointer is "not sent", so that encoding/json would lose the null.
func TestAPointerToANullableTakesNoNull(t *testing.T) {
	err := Unmarshal([]byte(`{"p":null}`), &struct {
		P *Nullable[int] `json:"p"`
	}{})
	if want := `"p" must not be null`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAProgrammersMistakePanics(t *testing.T) {
	for name, dst := range map[string]any{
		"no pointer":         sample{},
		"a nil pointer":      (*sample)(nil),
		"a pointer to a map": &map[string]int{},
		"embedding":          &struct{ inner }{},
		"a field of bytes":   &struct{ B []byte }{},
		"an array":           &struct{ A [2]int }{},
		"the option string": &struct {
			N int `json:"n,string"`
		}{},
		"two fields, one key": &struct {
			A int `json:"B"`
			B int
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("Unmarshal into %T: no panic", dst)
				}
			}()
			Unmarshal([]byte(`{}`), dst)
		})
	}
}

// A body of many different keys must not take time by the square of its size.
func TestManyKeysAreSetsNotLists(t *testing.T) {
	var k keySet
	for i := range 1000 {
		if !k.add(string(rune('가' + i))) {
			t.Fatalf("key %d is said to be given twice", i)
		}
	}
	if k.n != 8 || len(k.many) != 992 {
		t.Errorf("%d keys one by one and %d in the map, want 8 and 992", k.n, len(k.many))
	}
}

// What is accepted is what encoding/json reads too; what is called malformed is what encoding/json can't read.
func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{`{}`, `{"title":"x","title":1}`, `{"ends_at":null,"data":[{"a":null}],"any":1e999}`,
		rfc8259Image,
		`{"title":"\ud834\udd1e\ud800","inner":{"marks":[1,null],"more":[{}]},"ages":{"":-0}}`, `{"Title":1.0e+5} x`,
		`{"count":9223372036854775808,"small":255,"ratio":-0.5e-3,"open":true,"at":"2026-11-23T04:05:06Z","options":["a"]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want sample
		if err := Unmarshal(data, &got); err != nil {
			e := err.(*Error)
			if len(e.Detail) > 400 || !utf8.ValidString(e.Detail) {
				t.Errorf("a bad text: %q", e.Detail)
			}
			if strings.HasPrefix(e.Detail, "malformed") && json.Valid(data) {
				t.Errorf("%q is called %q, and encoding/json reads it", data, e.Detail)
			}
			return
		}
		if err := json.Unmarshal(data, &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, encoding/json %+v, %v", data, got, want, err)
		}
		compareTree(t, data)
	})
}

// compareTree checks an accepted document against a decoding that knows no struct: its keys, its nulls, and that
// nothing became U+FFFD on the way, as a lone surrogate would.
func compareTree(t *testing.T, data []byte) {
	var tree map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	for key, v := range tree {
		if _, known := shapeOf(reflect.TypeFor[sample]()).fields[key]; !known {
			t.Errorf("%q: key %q was accepted", data, key)
		}
		if v == nil && key != "ends_at" && key != "until" {
			t.Errorf("%q: null was accepted for %q", data, key)
		}
	}
	sent := bytes.Contains(data, []byte("\ufffd")) || bytes.Contains(bytes.ToLower(data), []byte(`\ufffd`))
	if out, _ := json.Marshal(tree); bytes.Contains(out, []byte("\ufffd")) && !sent {
		t.Errorf("%q: U+FFFD came from nowhere: %q", data, out)
	}
}

type vote struct {
	OptionID  *int64  `json:"option_id"`
	OptionIDs []int64 `json:"option_ids"`
}

func BenchmarkVote(b *testing.B) {
	data := []byte(`{"option_id":3}`)
	b.ReportAllocs()
	for b.Loop() {
		var v vote
		if err := Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}

// For comparison: what encoding/json alone takes, which checks none of this.
func BenchmarkVoteByEncodingJSON(b *testing.B) {
	data := []byte(`{"option_id":3}`)
	b.ReportAllocs()
	for b.Loop() {
		var v vote
		if err := json.Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLargeBody(b *testing.B) {
	data := []byte(`{"title":"` + strings.Repeat("가나다라 ", 1000) + `","options":["` + strings.Repeat(`x","`, 1000) +
		`y"]}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var s sample
		if err := Unmarshal(data, &s); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMembersByTheirNames(t *testing.T) {
	got, err := Members([]byte(" {\"a\":1, \"A\" : {\"b\":[null]}, \"s\\u0075b\":\"x\", \"n\":null}\n"))
	if err != nil || len(got) != 4 || string(got["A"]) != `{"b":[null]}` || string(got["sub"]) != `"x"` {
		t.Errorf("Members = %s, %v", got, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "a list": "[]", "null": "null", "a name twice": `{"a":1,"a":2}`,
		"a name twice, once in escapes": `{"a":1,"\u0061":2}`, "something behind": `{} {}`, "not closed": `{"a":1`,
		"not UTF-8": "{\"\xff\":1}", "half a pair": `{"a":"\ud800"}`,
	} {
		if got, err := Members([]byte(text)); err == nil {
			t.Errorf("%s: Members = %s, want an error", name, got)
		}
	}
}
