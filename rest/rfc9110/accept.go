package rfc9110

import (
	"net/http"
	"strconv"
	"strings"
)

// Prefers returns the offer, such as "text/csv", that the client's Accept likes best; of two it likes as well, the one
// offered first. Without Accept that is the first offer. "" means that none will do: the caller may answer 406, or send
// what it has all the same (§12.5.1 leaves that free), since a client can often do more than it says.
//
// What is malformed in Accept is passed over, as if it had not been sent.
func Prefers(header http.Header, offers ...string) string {
	ranges := accepted(header)
	best, bestQ := "", 0
	for _, offer := range offers {
		if q := quality(ranges, offer); q > bestQ {
			best, bestQ = offer, q
		}
	}
	return best
}

// A mediaRange is text/plain;format=flowed;q=0.5, or with * for the subtype or for both. Offers are read as one, too.
type mediaRange struct {
	kind, sub string            // in lower case
	params    map[string]string // without q; nil is common
	q         int               // in thousandths, so that no float is compared
}

func accepted(header http.Header) []mediaRange {
	var ranges []mediaRange
	for _, item := range split(strings.Join(header["Accept"], ","), ',') {
		if m, ok := parseRange(item); ok {
			ranges = append(ranges, m)
		}
	}
	return ranges
}

// quality finds the range that is closest to the offer; its q counts, even if a wider one has a higher one.
func quality(ranges []mediaRange, offer string) int {
	if len(ranges) == 0 {
		return 1000 // §12.4.1: not to ask for anything is to take everything
	}
	o, ok := parseRange(offer)
	if !ok {
		return 0
	}
	closest, q := 0, 0
	for _, m := range ranges {
		if c := m.closeness(o); c > closest || c == closest && m.q > q && c > 0 {
			closest, q = c, m.q
		}
	}
	return q
}

// closeness is 0 if m does not cover the offer and rises as §12.5.1 orders: */*, type/*, type/subtype, with
// parameters.
func (m mediaRange) closeness(offer mediaRange) int {
	switch {
	case m.kind == "*":
		return 1
	case m.kind != offer.kind:
		return 0
	case m.sub == "*":
		return 2
	case m.sub != offer.sub:
		return 0
	}
	for name, value := range m.params {
		if v, ok := offer.params[name]; !ok || v != value {
			return 0
		}
	}
	return 3 + len(m.params)
}

func parseRange(s string) (m mediaRange, ok bool) {
	parts := split(s, ';')
	if len(parts) == 0 {
		return m, false
	}
	m.kind, m.sub, _ = strings.Cut(strings.ToLower(parts[0]), "/")
	if !isToken(m.kind) || !isToken(m.sub) || m.kind == "*" && m.sub != "*" {
		return m, false
	}
	m.q = 1000 // §12.4.2: no q is 1
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToLower(name)
		if name == "q" {
			m.q, ok = parseQ(value)
			return m, ok // q comes last; RFC 7231 had extensions behind it, which nobody used
		}
		if value, ok = unquote(value); !ok || !isToken(name) {
			return m, false
		}
		if name == "charset" {
			continue // all that we send is UTF-8, and who asks for text with a charset asks for that text
		}
		if m.params == nil {
			m.params = make(map[string]string)
		}
		m.params[name] = value
	}
	return m, true
}

// parseQ reads a weight (§12.4.2): 0 to 1 with at most three decimals.
func parseQ(s string) (thousandths int, ok bool) {
	whole, decimals, _ := strings.Cut(s, ".")
	if whole != "0" && whole != "1" || len(decimals) > 3 || strings.Trim(decimals, "0123456789") != "" {
		return 0, false
	}
	n, _ := strconv.Atoi(whole + (decimals + "000")[:3])
	return n, n <= 1000
}
