// Package strictjson decodes one JSON object into a struct and refuses whatever encoding/json would quietly accept.
//
//	RFC 8259  JSON: the grammar, UTF-8 (§8.1)
//	RFC 7493  I-JSON: no key twice (§2.3), no lone surrogates (§2.1), one object at the top
//
// encoding/json takes "TITLE" for "title", lets the last of two equal keys win, ignores keys it does not know and
// null where a string was due, and turns what is not Unicode into U+FFFD. Each of these hides a mistake of the
// client, and some hide an attack: two programs that read the same body differently can be played against each
// other. Here each is an error whose text says what is wrong and may be shown to the client.
//
// A field that may be left out is a pointer (nil: not sent). A field for which null means something is a Nullable.
// A json.RawMessage holds anything but null, for a second decoding once its meaning is known.
//
// Supported: strings, booleans, numbers, slices, structs, maps with string keys, pointers to these, any, and types
// with an UnmarshalJSON or UnmarshalText of their own. Keys are compared byte for byte after their escapes are undone.
//
// Not supported (a panic at the first use, for it is the program that is wrong): embedded structs, arrays, []byte and
// the tag option ",string". Of I-JSON left to the caller: noncharacters such as U+FFFE pass (Unicode's Corrigendum 9
// allows their exchange), and a number that float64 can't hold exactly is a matter of the field's type.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// Error is what Unmarshal returns for everything a client may do wrong.
type Error struct {
	Detail string // a short sentence without the client's data, apart from keys, which are cut to a sane length
}

func (e *Error) Error() string { return e.Detail }

// Nullable is a field for which null has a meaning, such as "take the end date away":
//
//	{}                 Sent false
//	{"ends_at":null}   Sent true, Value nil
//	{"ends_at":"..."}  Sent true, Value set
type Nullable[T any] struct {
	Sent  bool
	Value *T
}

// UnmarshalJSON is called only where the key was sent, for null too.
func (n *Nullable[T]) UnmarshalJSON(data []byte) error {
	n.Sent, n.Value = true, nil
	return json.Unmarshal(data, &n.Value)
}

// inner tells shape.go what stands between the brackets; reflection alone can't.
func (*Nullable[T]) inner() reflect.Type { return reflect.TypeFor[T]() }

// Unmarshal decodes data, one JSON object, into dst, a pointer to a struct. Its errors are of type *Error; after one,
// dst is to be thrown away.
func Unmarshal(data []byte, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("strictjson: %T is no pointer to a struct", dst))
	}
	if !utf8.Valid(data) {
		return &Error{"not UTF-8"}
	}
	// First the walk, which knows what is not allowed, then encoding/json, which knows how to fill a struct.
	w := walker{data: data}
	if f := w.document(shapeOf(v.Type().Elem())); f != nil {
		return &Error{f.detail()}
	}
	if err := json.Unmarshal(data, dst); err != nil {
		return &Error{refusal(data, v.Type().Elem(), err)}
	}
	return nil
}

// anyObject has members of any name and any value.
var anyObject = &shape{takes: object, wants: "an object", elem: anything}

// Members decodes data, one JSON object, by the names of its members, each as it is spelt and there once. Its errors
// are of type *Error.
func Members(data []byte) (members map[string]json.RawMessage, err error) {
	if !utf8.Valid(data) {
		return nil, &Error{"not UTF-8"}
	}
	w := walker{data: data}
	if f := w.document(anyObject); f != nil {
		return nil, &Error{f.detail()}
	}
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, &Error{"a value can't be read"}
	}
	return members, nil
}

// refusal words an error of a type's own UnmarshalJSON or UnmarshalText: the one kind the walk can't foresee.
// encoding/json does not say which field it was, so each is tried once more.
func refusal(data []byte, t reflect.Type, err error) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) == nil {
		for key, f := range fieldsOf(t) {
			raw, sent := members[key]
			if sent && json.Unmarshal(raw, reflect.New(f.Type).Interface()) != nil {
				return quote(key) + " has a value that can't be read"
			}
		}
	}
	if te := (*json.UnmarshalTypeError)(nil); errors.As(err, &te) {
		return quote(te.Field) + " has the wrong type"
	}
	return "a value can't be read"
}

// quote puts a name into quotes and cuts it: an error must not carry a whole body back, nor control characters.
func quote(name string) string {
	const longest = 48 // characters
	n := 0
	for i := range name {
		if n++; n > longest {
			name = name[:i] + "…"
			break
		}
	}
	return fmt.Sprintf("%q", name)
}

// unescape undoes the escapes of a string that the walk has found to be well formed.
func unescape(literal []byte) []byte {
	if bytes.IndexByte(literal, '\\') < 0 {
		return literal[1 : len(literal)-1]
	}
	var s string
	if json.Unmarshal(literal, &s) != nil {
		return literal
	}
	return []byte(s)
}
