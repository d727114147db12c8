package strictjson

import (
	"fmt"
	"slices"
	"strconv"
)

// deepest bounds the recursion. RFC 8259 §9 lets a parser set such a limit; without one a body of "[[[[" costs
// far more stack than it has bytes.
const deepest = 100

// A walker goes over a document once, byte by byte, with the shape of what is due in its hand.
type walker struct {
	data  []byte
	at    int // the next byte
	depth int
}

// A fault is the first thing found wrong. Its path is put together on the way out.
type fault struct {
	path string // where the value is: "options[2]"; empty where the text needs no name
	text string
	item bool // path is the name of a value
}

func (f *fault) detail() string {
	if !f.item {
		return f.text
	}
	return quote(f.path) + " " + f.text
}

// in returns f as seen from one level further out. No fault is none there, too.
func (f *fault) in(name string) *fault {
	switch {
	case f == nil || !f.item:
	case f.path == "" || f.path[0] == '[':
		f.path = name + f.path
	default:
		f.path = name + "." + f.path
	}
	return f
}

// malformed says that the text is not JSON. Bytes count from 0, as in a hex dump.
func (w *walker) malformed(format string, args ...any) *fault {
	return &fault{text: fmt.Sprintf("malformed JSON at byte %d: ", w.at) + fmt.Sprintf(format, args...)}
}

// unexpected is malformed for the byte at hand.
func (w *walker) unexpected(due string) *fault {
	if w.at >= len(w.data) {
		return w.malformed("it ends where %s is due", due)
	}
	r := []rune(string(w.data[w.at:min(w.at+4, len(w.data))]))[0]
	return w.malformed("%q where %s is due", r, due)
}

// document is the whole: one object, and nothing but white space around it.
func (w *walker) document(s *shape) *fault {
	if k := kindOf(w.peek()); k != 0 && k != object {
		if f := w.value(anything); f != nil {
			return f
		}
		return &fault{text: "not a JSON object"}
	}
	if w.peek() != '{' {
		return w.unexpected("a JSON object")
	}
	if f := w.object(s); f != nil {
		return f
	}
	if w.peek(); w.at < len(w.data) {
		return &fault{text: "more data after the JSON object"}
	}
	return nil
}

// peek skips white space (RFC 8259 §2) and returns the byte behind it, 0 at the end.
func (w *walker) peek() byte {
	for ; w.at < len(w.data); w.at++ {
		switch c := w.data[w.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// kindOf tells the kind of a value by its first byte, or 0 if no value starts so.
func kindOf(c byte) kinds {
	switch {
	case c == '{':
		return object
	case c == '[':
		return list
	case c == '"':
		return text
	case c == '-' || isDigit(c):
		return number
	case c == 't' || c == 'f':
		return boolean
	case c == 'n':
		return null
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (w *walker) value(s *shape) *fault {
	k := kindOf(w.peek())
	if k&s.takes == 0 {
		return w.wrongKind(s, k)
	}
	switch k {
	case object, list:
		if w.depth++; w.depth > deepest {
			return &fault{text: fmt.Sprintf("more than %d levels deep", deepest)}
		}
		defer func() { w.depth-- }()
		if k == list {
			return w.list(s)
		}
		return w.object(s)
	case text:
		_, f := w.text()
		return f
	case number:
		return w.number(s)
	}
	return w.word()
}

// wrongKind finishes the value before it complains: in {"title": nonsense} the n of null is not the mistake.
func (w *walker) wrongKind(s *shape, k kinds) *fault {
	if k == 0 {
		return w.unexpected("a value")
	}
	if f := w.value(anything); f != nil {
		return f
	}
	if k == null {
		return &fault{text: "must not be null", item: true}
	}
	return &fault{text: "must be " + s.wants, item: true}
}

func (w *walker) object(s *shape) *fault {
	var seen keySet
	w.at++ // {
	if w.peek() == '}' {
		w.at++
		return nil
	}
	for {
		if f := w.pair(s, &seen); f != nil {
			return f
		}
		if done, f := w.more('}'); done || f != nil {
			return f
		}
	}
}

// pair takes a key, which must be none of those seen, and its value.
func (w *walker) pair(s *shape, seen *keySet) *fault {
	if w.peek() != '"' {
		return w.unexpected("a key in double quotes")
	}
	literal, f := w.text()
	if f != nil {
		return f
	}
	name, member, f := s.member(unescape(literal))
	if f != nil {
		return f
	}
	if !seen.add(name) {
		return &fault{text: "key " + quote(name) + " is given twice"} // RFC 7493 §2.3
	}
	if w.peek() != ':' {
		return w.unexpected("a colon")
	}
	w.at++
	return w.value(member).in(name)
}

func (w *walker) list(s *shape) *fault {
	elem := s.elem
	if elem == nil {
		elem = anything
	}
	w.at++ // [
	if w.peek() == ']' {
		w.at++
		return nil
	}
	for i := 0; ; i++ {
		if f := w.value(elem); f != nil {
			return f.in("[" + strconv.Itoa(i) + "]")
		}
		if done, f := w.more(']'); done || f != nil {
			return f
		}
	}
}

// more takes the comma before the next item, or the bracket behind the last one.
func (w *walker) more(closing byte) (done bool, f *fault) {
	switch c := w.peek(); c {
	case ',', closing:
		w.at++
		return c == closing, nil
	}
	return false, w.unexpected(fmt.Sprintf("a comma or %q", closing))
}

// member returns what is due for a key, and the key as a string: a struct's own, so that nothing is allocated.
func (s *shape) member(key []byte) (string, *shape, *fault) {
	if f := s.fields[string(key)]; f != nil {
		return f.name, f.shape, nil
	}
	if s.closed {
		return "", nil, &fault{text: "unknown key " + quote(string(key))}
	}
	if s.elem != nil {
		return string(key), s.elem, nil
	}
	return string(key), anything, nil
}

// A keySet holds the keys of one object. A few are compared one by one; with many that would take quadratic time.
type keySet struct {
	few  [8]string
	n    int // how many of few are in use
	many map[string]bool
}

// add tells whether name is new.
func (k *keySet) add(name string) bool {
	if slices.Contains(k.few[:k.n], name) || k.many[name] {
		return false
	}
	if k.n < len(k.few) {
		k.few[k.n] = name
		k.n++
		return true
	}
	if k.many == nil {
		k.many = make(map[string]bool)
	}
	k.many[name] = true
	return true
}
