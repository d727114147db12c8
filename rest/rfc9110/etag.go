package rfc9110

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// StrongETag names a body by its hash. The tag is strong (§8.8.1): two bodies have the same one only if they are equal
// byte for byte, and that is what If-Match and Range build on. A weak tag (W/"7") would only promise the same meaning.
// A body that is compressed on the way is another body and needs another tag.
func StrongETag(body []byte) string {
	sum := sha256.Sum256(body)
	// 96 bits are enough: by chance two of a billion bodies meet with a probability of 1 in 10^11.
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// IfMatch tells whether a request may go on: if false, the answer is 412 and nothing is changed. The etag is that of
// the resource as it is now, "" if there is none. A request without If-Match may always go on; a malformed one never,
// because its sender wanted to be careful.
func IfMatch(header http.Header, etag string) bool {
	lines, sent := header["If-Match"]
	if !sent {
		return true
	}
	rest := strings.Trim(strings.Join(lines, ","), " \t")
	if rest == "*" {
		return etag != "" // any version will do, as long as there is one
	}
	match := false
	for rest != "" {
		if rest[0] == ',' || rest[0] == ' ' || rest[0] == '\t' {
			rest = rest[1:] // §5.6.1: empty items of a list are passed over
			continue
		}
		tag, behind, ok := cutTag(rest)
		if !ok {
			return false
		}
		// §8.8.3.2: strong comparison. A weak tag matches nothing, not even itself.
		if tag == etag && !strings.HasPrefix(tag, "W/") {
			match = true
		}
		rest = behind
	}
	return match
}

// cutTag takes an entity-tag (§8.8.3), with the W/ of a weak one, from the front of a list. A comma may be part of it,
// so that splitting at commas first would be wrong; a backslash is a character like any other.
func cutTag(s string) (tag, rest string, ok bool) {
	quote := 0
	if strings.HasPrefix(s, "W/") { // capital only
		quote = 2
	}
	if !strings.HasPrefix(s[quote:], `"`) {
		return "", "", false
	}
	for i := quote + 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			tag, rest = s[:i+1], strings.TrimLeft(s[i+1:], " \t")
			return tag, rest, rest == "" || rest[0] == ','
		case c <= ' ' || c == 0x7f:
			return "", "", false
		}
	}
	return "", "", false
}
