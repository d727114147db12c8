package strictjson

// The values that hold no others: strings (RFC 8259 §7), numbers (§6), true, false and null (§3).

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
)

// text takes a string and returns it as it was sent, with its quotes and escapes.
func (w *walker) text() ([]byte, *fault) {
	start := w.at
	for w.at++; w.at < len(w.data); w.at++ {
		switch c := w.data[w.at]; {
		case c == '"':
			w.at++
			return w.data[start:w.at], nil
		case c == '\\':
			if f := w.escape(); f != nil {
				return nil, f
			}
		case c < 0x20:
			return nil, w.malformed("a control character in a string must be escaped")
		}
	}
	return nil, w.malformed("a string has no end")
}

// escape takes an escape but for its last byte.
func (w *walker) escape() *fault {
	w.at++ // the backslash
	if w.at >= len(w.data) || strings.IndexByte(`"\/bfnrtu`, w.data[w.at]) < 0 {
		return w.unexpected("an escape")
	}
	if w.data[w.at] != 'u' {
		return nil
	}
	r, ok := w.hex4(w.at + 1)
	if !ok {
		return w.malformed("four hex digits are due behind \\u")
	}
	w.at += 4
	if !utf16.IsSurrogate(r) {
		return nil
	}
	// RFC 8259 §7: a character beyond U+FFFF is two escapes, a high and a low surrogate. One alone is no character.
	if w.at+2 < len(w.data) && w.data[w.at+1] == '\\' && w.data[w.at+2] == 'u' {
		if low, ok := w.hex4(w.at + 3); ok && utf16.DecodeRune(r, low) != '\uFFFD' {
			w.at += 6
			return nil
		}
	}
	return &fault{text: fmt.Sprintf(`lone surrogate \u%04x`, r)}
}

func (w *walker) hex4(at int) (rune, bool) {
	var r rune
	for i := range 4 {
		if at+i >= len(w.data) {
			return 0, false
		}
		switch c := w.data[at+i]; {
		case isDigit(c):
			r = r<<4 + rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 + rune(c|0x20-'a') + 10
		default:
			return 0, false
		}
	}
	return r, true
}

// number takes a number (RFC 8259 §6) and sees whether the field can hold it.
func (w *walker) number(s *shape) *fault {
	start := w.at
	if w.skip('-', '-'); !w.skip('0', '0') && w.digits() == 0 {
		return w.unexpected("a digit")
	}
	whole := true
	if w.skip('.', '.') {
		if whole = false; w.digits() == 0 {
			return w.unexpected("a digit")
		}
	}
	if w.skip('e', 'E') {
		whole = false
		w.skip('+', '-')
		if w.digits() == 0 {
			return w.unexpected("a digit")
		}
	}
	return s.holds(string(w.data[start:w.at]), whole)
}

// skip takes one byte if it is either of two.
func (w *walker) skip(a, b byte) bool {
	if w.at < len(w.data) && (w.data[w.at] == a || w.data[w.at] == b) {
		w.at++
		return true
	}
	return false
}

func (w *walker) digits() int {
	start := w.at
	for w.at < len(w.data) && isDigit(w.data[w.at]) {
		w.at++
	}
	return w.at - start
}

// holds tells whether a well-formed number fits. An integer is written as one: 3.0 and 3e0 are refused.
func (s *shape) holds(number string, whole bool) *fault {
	var err error
	switch k := s.numbers; {
	case k == reflect.Invalid:
	case k == reflect.Float32 || k == reflect.Float64:
		_, err = strconv.ParseFloat(number, s.bits)
	case !whole:
		return &fault{text: "must be " + s.wants, item: true}
	case k <= reflect.Int64:
		_, err = strconv.ParseInt(number, 10, s.bits)
	case number[0] == '-':
		return &fault{text: "must not be negative", item: true}
	default:
		_, err = strconv.ParseUint(number, 10, s.bits)
	}
	if err != nil {
		return &fault{text: "is out of range", item: true}
	}
	return nil
}

// word takes true, false or null.
func (w *walker) word() *fault {
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(string(w.data[w.at:min(w.at+len(word), len(w.data))]), word) {
			w.at += len(word)
			return nil
		}
	}
	return w.unexpected("a value")
}
