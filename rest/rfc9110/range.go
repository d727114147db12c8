package rfc9110

import (
	"net/http"
	"strconv"
	"strings"
)

// maxRanges is more than any player or download tool asks for at once. Each range costs a header and a seek, so that a
// long list of single bytes is an attack (§17.15); §14.2 lets a server ignore it.
const maxRanges = 50

// NormalizeRange changes r, which asks for something of size bytes, so that http.ServeContent does with Range what
// §14 asks for. ServeContent knows "bytes=" in small letters only, answers all else with 416, and "bytes=-0" with a
// 206 that has no bytes. But
//
//	§14.1  names of range units are the same in any case
//	§14.2  a unit that is not understood, and Range with another method than GET, must be ignored
//	§14.2  what is malformed may be ignored, and then the client gets the whole, which it can always use
//	§14.1.2  the last 5 of no bytes are the whole, and of that no Content-Range can tell (§14.4)
//
// A range that is well-formed and lies outside stays: it is a 416.
func NormalizeRange(r *http.Request, size int64) {
	lines := r.Header["Range"]
	if len(lines) == 0 {
		return
	}
	unit, set, _ := strings.Cut(lines[0], "=")
	if r.Method == http.MethodGet && size > 0 && len(lines) == 1 && strings.EqualFold(unit, "bytes") && validRanges(set) {
		r.Header.Set("Range", "bytes="+set)
		return
	}
	r.Header.Del("Range")
}

// validRanges checks a range-set (§14.1.1): 0-499, 500-, -500.
func validRanges(set string) bool {
	specs := split(set, ',')
	for _, spec := range specs {
		first, last, ok := strings.Cut(spec, "-")
		from, okFrom := position(first)
		to, okTo := position(last)
		switch {
		case !ok || !okFrom || !okTo, first == "" && to <= 0, first != "" && last != "" && to < from:
			return false
		}
	}
	return len(specs) > 0 && len(specs) <= maxRanges
}

// position reads a number of digits alone; "" is -1. One beyond 63 bits is no number that a file has.
func position(s string) (n int64, ok bool) {
	if s == "" {
		return -1, true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strings.Trim(s, "0123456789") == ""
}
