package rfc9110

import (
	"net/http"
	"strings"
)

// lists are the fields of requests that are lists, by their definitions. Of others, such as Authorization or Range, two
// lines are no list but a mistake.
var lists = map[string]bool{"Accept": true, "Accept-Charset": true, "Accept-Encoding": true, "Accept-Language": true,
	"Connection": true, "Content-Encoding": true, "Content-Language": true, "Expect": true, "If-Match": true,
	"If-None-Match": true, "Te": true, "Upgrade": true}

// JoinLines makes one line of a list that came in several (§5.3): net/http, and whoever asks for Header.Get, would see
// only the first.
func JoinLines(header http.Header) {
	for name, lines := range header {
		if len(lines) > 1 && lists[name] {
			header[name] = []string{strings.Join(lines, ", ")}
		}
	}
}

// ContentCoding returns what a body is encoded with (§8.4), "" if it comes as it is.
func ContentCoding(header http.Header) string {
	all := strings.Join(header["Content-Encoding"], ", ")
	for _, coding := range split(all, ',') {
		if !strings.EqualFold(coding, "identity") {
			return all
		}
	}
	return ""
}
