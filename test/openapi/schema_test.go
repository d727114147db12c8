package openapi

// A validator for the part of JSON Schema (2020-12) that web/openapi.json uses. A keyword that it does not know is a
// fault, so that nothing in the document goes unchecked.

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"pollwire/test/rig"
)

// escapes are those of ECMA-262 that Go writes in another way.
var escapes = regexp.MustCompile(`\\u([0-9A-F]{4})`)

// annotations are keywords that forbid nothing.
var annotations = []string{"description", "default", "examples", "contentMediaType"}

// faults says in which ways v, as encoding/json decodes it, is not what schema asks for.
func (d *twin) faults(schema any, v any, at string) (list []string) {
	fault := func(format string, args ...any) { list = append(list, at+" "+fmt.Sprintf(format, args...)) }
	s := schema.(rig.Object)
	number, isNumber := v.(float64)
	text, isText := v.(string)
	array, isArray := v.([]any)
	members, isObject := v.(rig.Object)
	limit := func(key string) float64 { return s[key].(float64) }
	for key, want := range s {
		switch key {
		case "$ref":
			list = append(list, d.faults(d.follow(s), v, at)...)
		case "type":
			if types, several := want.([]any); several && !slices.Contains(types, any(kindOf(v))) &&
				!(isInteger(v) && slices.Contains(types, any("integer"))) ||
				!several && want != kindOf(v) && !(want == "integer" && isInteger(v)) {
				fault("is %s, want %v", kindOf(v), want)
			}
		case "const":
			if v != want {
				fault("= %v, want %v", v, want)
			}
		case "enum":
			if !slices.Contains(want.([]any), v) {
				fault("= %v, want one of %v", v, want)
			}
		case "minimum", "maximum":
			if isNumber && (key == "minimum" && number < limit(key) || key == "maximum" && number > limit(key)) {
				fault("= %v, %s is %v", number, key, want)
			}
		case "minLength", "maxLength":
			if n := float64(utf8.RuneCountInString(text)); isText && (key == "minLength" && n < limit(key) ||
				key == "maxLength" && n > limit(key)) {
				fault("has %v characters, %s is %v", n, key, want)
			}
		case "minItems", "maxItems":
			if n := float64(len(array)); isArray && (key == "minItems" && n < limit(key) || key == "maxItems" &&
				n > limit(key)) {
				fault("has %v items, %s is %v", n, key, want)
			}
		case "uniqueItems":
			for i, v := range array {
				if slices.Contains(array[:i], v) {
					fault("has %v twice", v)
				}
			}
		case "prefixItems", "items": // each of the first has a schema of its own
			first := items(s["prefixItems"])
			for i, v := range array {
				if key == "prefixItems" && i < len(first) {
					list = append(list, d.faults(first[i], v, fmt.Sprintf("%s[%d]", at, i))...)
				} else if key == "items" && i >= len(first) {
					list = append(list, d.faults(want, v, fmt.Sprintf("%s[%d]", at, i))...)
				}
			}
		case "pattern": // the document keeps to what ECMA-262 and Go have in common, but for \u202E, in Go \x{202E}
			goes := escapes.ReplaceAllString(want.(string), `\x{$1}`)
			if isText && !regexp.MustCompile(goes).MatchString(text) {
				fault("= %q, does not match %v", text, want)
			}
		case "format":
			if _, err := time.Parse(time.RFC3339, text); isText && want == "date-time" && err != nil {
				fault("= %q, want a date-time", text)
			} else if !slices.Contains([]any{"date-time", "password", "uri-reference"}, want) {
				fault("has a format that this test does not know: %v", want)
			}
		case "required":
			for _, name := range want.([]any) {
				if _, sent := members[name.(string)]; isObject && !sent {
					fault("lacks %v", name)
				}
			}
		case "properties":
			for name, p := range want.(rig.Object) {
				if v, sent := members[name]; sent {
					list = append(list, d.faults(p, v, at+"."+name)...)
				}
			}
		case "additionalProperties":
			known, _ := s["properties"].(rig.Object)
			for name, v := range members {
				if _, ok := known[name]; ok {
					continue
				}
				if want == false {
					fault("has an unknown key %q", name)
				} else {
					list = append(list, d.faults(want, v, at+"."+name)...)
				}
			}
		case "oneOf":
			fit, why := 0, []string{}
			for _, s := range want.([]any) {
				if f := d.faults(s, v, at); len(f) == 0 {
					fit++
				} else {
					why = append(why, f...)
				}
			}
			if fit != 1 {
				fault("fits %d of oneOf, want 1: %v", fit, why)
			}
		default:
			if !slices.Contains(annotations, key) {
				fault("has a schema with a keyword that this test does not know: %s", key)
			}
		}
	}
	return list
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

func isInteger(v any) bool { n, ok := v.(float64); return ok && n == math.Trunc(n) }

func TestTheValidatorItself(t *testing.T) {
	d := openTwin(t)
	for _, c := range []struct {
		name, schema, value string
		valid               bool
	}{
		{"a string", `{"type":"string"}`, `"x"`, true},
		{"a number for a string", `{"type":"string"}`, `1`, false},
		{"null where it may be", `{"type":["string","null"]}`, `null`, true},
		{"null where it may not be", `{"type":["string","integer"]}`, `null`, false},
		{"an integer", `{"type":"integer"}`, `1.0`, true},
		{"an integer among types", `{"type":["integer","null"]}`, `1`, true},
		{"a fraction for an integer", `{"type":"integer"}`, `1.5`, false},
		{"a boolean for a constant", `{"const":"true"}`, `true`, false},
		{"none of an enum", `{"enum":["a","b"]}`, `"c"`, false},
		{"below the minimum", `{"minimum":1}`, `0`, false},
		{"above the maximum", `{"maximum":1}`, `1.1`, false},
		{"characters, not bytes", `{"maxLength":2}`, `"가나"`, true},
		{"too long", `{"maxLength":1}`, `"가나"`, false},
		{"too short", `{"minLength":1}`, `""`, false},
		{"too many items", `{"maxItems":1}`, `[1,2]`, false},
		{"too few items", `{"minItems":1}`, `[]`, false},
		{"an item twice", `{"uniqueItems":true}`, `[1,1]`, false},
		{"a wrong item", `{"items":{"type":"integer"}}`, `[1,"x"]`, false},
		{"first items of their own", `{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}`, `["x",1]`, true},
		{"a wrong first item", `{"prefixItems":[{"type":"string"}]}`, `[1]`, false},
		{"a wrong item behind the first", `{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}`, `["x","y"]`,
			false},
		{"no match", `{"pattern":"^a"}`, `"b"`, false},
		{"no match with an escape", `{"pattern":"^[^\\u202A-\\u202E]*$"}`, `"a\u202bb"`, false},
		{"a match with an escape", `{"pattern":"^[^\\u202A-\\u202E]*$"}`, `"a202Bb"`, true},
		{"a time", `{"format":"date-time"}`, `"2026-11-23T04:05:06.789Z"`, true},
		{"no time", `{"format":"date-time"}`, `"yesterday"`, false},
		{"a key that is missing", `{"required":["a"]}`, `{}`, false},
		{"a wrong member", `{"properties":{"a":{"type":"string"}}}`, `{"a":1}`, false},
		{"an unknown key", `{"properties":{"a":{}},"additionalProperties":false}`, `{"a":1,"b":2}`, false},
		{"a wrong one among any keys", `{"additionalProperties":{"type":"string"}}`, `{"b":2}`, false},
		{"one of two", `{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, `{"a":1}`, true},
		{"both of two", `{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, `{"a":1,"b":1}`, false},
		{"behind a reference", `{"$ref":"#/components/schemas/Id"}`, `0`, false},
		{"a keyword that nobody checks", `{"multipleOf":2}`, `2`, false},
	} {
		var schema, value any
		if err := json.Unmarshal([]byte(c.schema), &schema); err != nil {
			t.Fatal(err)
		}
		json.Unmarshal([]byte(c.value), &value)
		if f := d.faults(schema, value, "value"); (len(f) == 0) != c.valid {
			t.Errorf("%s: %s against %s: faults %v, want it valid: %v", c.name, c.value, c.schema, f, c.valid)
		}
	}
}
