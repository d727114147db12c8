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
	// §8.8.3.2: strong comparison. A weak tag matches nothing, not even itself.
	match, ok := anyTag(rest, func(tag string) bool { return tag == etag && !strings.HasPrefix(tag, "W/") })
	return match && ok
}

// IfNoneMatch tells whether a request that changes something may go on (§13.1.2): not if the resource as it is now, ""
// if there is none, has one of the tags. What is malformed names nothing from there on.
func IfNoneMatch(header http.Header, etag string) bool {
	rest := strings.Trim(strings.Join(header["If-None-Match"], ","), " \t")
	if etag == "" || rest == "" {
		return true
	}
	// §8.8.3.2: weak comparison.
	match, _ := anyTag(rest, func(tag string) bool { return strings.TrimPrefix(tag, "W/") == etag })
	return rest != "*" && !match
}

// anyTag tells whether a list has a tag that is wanted, and whether all of it is well-formed.
func anyTag(list string, wanted func(tag string) bool) (found, ok bool) {
	for list != "" {
		if list[0] == ',' || list[0] == ' ' || list[0] == '\t' {
			list = list[1:] // §5.6.1: empty items of a list are passed over
			continue
		}
		tag, behind, ok := cutTag(list)
		if !ok {
			return found, false
		}
		found = found || wanted(tag)
		list = behind
	}
	return found, true
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
