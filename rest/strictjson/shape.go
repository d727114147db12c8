package strictjson

import (
	"encoding"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"sync"
)

// kinds is a set of JSON's six kinds of values.
type kinds uint8

const (
	object kinds = 1 << iota
	list
	text
	number
	boolean
	null

	notNull = object | list | text | number | boolean
)

// A shape is what the walk must know of a Go type. It is made once per type and never changed after that.
type shape struct {
	takes   kinds
	wants   string            // for the error: "must be " + wants
	closed  bool              // an object with these fields and no others
	fields  map[string]*field // of a closed object
	elem    *shape            // of a list's items and an open object's values; nil: anything
	numbers reflect.Kind      // Int to Int64, Uint to Uint64, Float32, Float64; Invalid: any number
	bits    int               // how wide numbers are
}

// A field is one key of a struct.
type field struct {
	name  string
	shape *shape
}

// anything is what stands inside a json.RawMessage or an any.
var anything = &shape{takes: notNull | null, wants: "any value"}

var shapes sync.Map // reflect.Type of a struct -> *shape; reflection costs more than the rest of a small decoding

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s, _ := shapes.LoadOrStore(t, newShape(t, map[reflect.Type]*shape{}))
	return s.(*shape)
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonNumber      = reflect.TypeFor[json.Number]()
)

// newShape looks at t. begun holds the structs on the way here, for a struct may hold a list of itself.
func newShape(t reflect.Type, begun map[reflect.Type]*shape) *shape {
	if t.Kind() == reflect.Pointer {
		s := *newShape(t.Elem(), begun)
		s.takes &^= null // a pointer means "may be left out"; encoding/json would not tell null from that
		return &s
	}
	if n, ok := reflect.New(t).Interface().(interface{ inner() reflect.Type }); ok {
		s := *newShape(n.inner(), begun)
		s.takes |= null
		return &s
	}
	return valueShape(t, begun)
}

// valueShape is newShape for what is neither a pointer nor a Nullable.
func valueShape(t reflect.Type, begun map[reflect.Type]*shape) *shape {
	switch p := reflect.PointerTo(t); {
	case t == jsonNumber:
		return &shape{takes: number, wants: "a number"}
	case p.Implements(jsonUnmarshaler): // json.RawMessage is one
		return &shape{takes: notNull, wants: "any value but null"}
	case p.Implements(textUnmarshaler):
		return &shape{takes: text, wants: "a string"}
	case t.Kind() == reflect.Struct:
		return structShape(t, begun)
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return &shape{takes: list, wants: "a list", elem: newShape(t.Elem(), begun)}
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return &shape{takes: object, wants: "an object", elem: newShape(t.Elem(), begun)}
	}
	return plainShape(t)
}

func plainShape(t reflect.Type) *shape {
	switch k := t.Kind(); {
	case k == reflect.String:
		return &shape{takes: text, wants: "a string"}
	case k == reflect.Bool:
		return &shape{takes: boolean, wants: "true or false"}
	case k == reflect.Float32 || k == reflect.Float64:
		return &shape{takes: number, wants: "a number", numbers: k, bits: t.Bits()}
	case k >= reflect.Int && k <= reflect.Uint64:
		return &shape{takes: number, wants: "an integer", numbers: k, bits: t.Bits()}
	case k == reflect.Interface && t.NumMethod() == 0:
		return &shape{takes: notNull, wants: "any value but null"}
	}
	panic(fmt.Sprintf("strictjson: fields of type %s are not supported", t))
}

func structShape(t reflect.Type, begun map[reflect.Type]*shape) *shape {
	if s := begun[t]; s != nil {
		return s
	}
	s := &shape{takes: object, wants: "an object", closed: true, fields: map[string]*field{}}
	begun[t] = s
	for key, f := range fieldsOf(t) {
		if s.fields[key] != nil {
			panic(fmt.Sprintf("strictjson: %s has two fields for %q", t, key))
		}
		s.fields[key] = &field{key, newShape(f.Type, begun)}
	}
	return s
}

// fieldsOf yields the fields of t that JSON can reach, by their keys.
func fieldsOf(t reflect.Type) iter.Seq2[string, reflect.StructField] {
	return func(yield func(string, reflect.StructField) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			tag := f.Tag.Get("json")
			name, options, _ := strings.Cut(tag, ",")
			switch {
			case tag == "-" || !f.IsExported() && !f.Anonymous:
				continue
			case f.Anonymous || strings.Contains(options, "string"):
				panic(fmt.Sprintf("strictjson: %s.%s: embedding and the tag option string are not supported", t, f.Name))
			case name == "":
				name = f.Name
			}
			if !yield(name, f) {
				return
			}
		}
	}
}
