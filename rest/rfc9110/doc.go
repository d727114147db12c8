// Package rfc9110 does a few things that HTTP leaves to the application and net/http does not do for it.
//
//	RFC 9110 §12.5.1  Accept: which of several forms of a resource does the client like best?
//	RFC 9110 §13.1.1  If-Match: is the client about to change what it last saw, or something newer?
//	RFC 9110 §5.3     fields that came in several lines, as one
//	RFC 9110 §13.1.2  If-None-Match, for whoever wants to change something
//	RFC 9110 §14.2    Range: what must be ignored, before http.ServeContent sees it
//	RFC 9110 §8.8.3   ETag: a name for the exact bytes of an answer
//
//	C: GET /api/polls/7 HTTP/1.1
//	C: Accept: text/csv, application/json;q=0.5
//
//	C: PUT /api/memos/3 HTTP/1.1
//	C: If-Match: "V1PMfGsGKBdYVVg3"
//	S: HTTP/1.1 412 Precondition Failed
//
// Supported: quality values, ranges, parameters compared exactly but for charset, quoted strings.
// Not supported: Accept-Encoding and Accept-Language, which have rules of their own; If-None-Match of a GET and
// the ranges themselves, which http.ServeContent knows; If-Unmodified-Since, whose seconds are too coarse for two
// people typing.
package rfc9110

import "strings"

// split cuts a list at sep (§5.6.1), but not inside a quoted string, and trims white space. Empty items are left out.
func split(s string, sep byte) []string {
	var items []string
	start, quoted := 0, false
	for i := 0; i <= len(s); i++ {
		switch {
		case i == len(s) || s[i] == sep && !quoted:
			if item := strings.Trim(s[start:i], " \t"); item != "" {
				items = append(items, item)
			}
			start = i + 1
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted && i+1 < len(s):
			i++ // §5.6.4: the next character is taken as it is, a quote too
		}
	}
	return items
}

// isToken checks §5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && !('0' <= c && c <= '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// unquote reads a parameter's value, a token or a quoted string (§5.6.6).
func unquote(s string) (string, bool) {
	inner, ok := strings.CutPrefix(s, `"`)
	if !ok {
		return s, isToken(s)
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '"':
			return b.String(), i == len(inner)-1
		case c == '\\' && i+1 < len(inner):
			i++
			b.WriteByte(inner[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false // no closing quote
}
