package graded

import (
	"fmt"
	"strings"
	"testing"
)

func init() { solvers["cache"] = solveCache }

// quoted is what stands between the quotes of the ETag of an answer.
func quoted(t testing.TB, file, filter string) string {
	_, behind, _ := strings.Cut(strings.ToLower(one(t, file, filter, "http.response.line")), `etag: "`)
	tag, _, _ := strings.Cut(behind, `"`)
	return tag
}

func solveCache(t testing.TB, s sheet, file string) map[string]string {
	uri, list := s.uri("get"), s.uri("vary")
	whole := uri + ` && http.request.method == "GET" && !(http.request.line matches "(?i)^(range|if-)")`
	again := uri + ` && http.request.line matches "(?i)^if-none-match:"`
	part := uri + ` && http.request.line matches "(?i)^range:"`
	save := uri + ` && http.request.line matches "(?i)^if-match:"`
	both := tshark(t, file, save, "frame.number")
	if len(both) != 2 {
		t.Fatalf("%d saves by %s", len(both), save)
	}
	taken, refused := "http.request_in == "+both[0][0], "http.request_in == "+both[1][0]
	listed := response(t, file, list)
	vary := 0
	for _, line := range strings.Split(one(t, file, listed, "http.response.line"), `\r\n,`) {
		if strings.HasPrefix(line, "Vary:") {
			vary += strings.Count(line, ",") + 1
		}
	}
	body := one(t, file, response(t, file, part), "http.file_data")
	return map[string]string{
		"client_port":  one(t, file, whole, "tcp.srcport"),
		"etag":         quoted(t, file, response(t, file, whole)),
		"not_modified": replied(t, file, again),
		"saved":        fmt.Sprint(answered(t, file, whole) - answered(t, file, again)),
		"part":         fmt.Sprintf("%x", body[:4]), // Wireshark shows text as text
		"new_etag":     quoted(t, file, taken),
		"refused":      one(t, file, refused, "frame.number"),
		"list":         one(t, file, listed, "http.content_length"),
		"vary":         fmt.Sprint(vary),
	}
}
