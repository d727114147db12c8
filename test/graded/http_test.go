package graded

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func init() { solvers["http"] = solveHTTP }

var (
	target = regexp.MustCompile(`/(?:lab|api|files)/?\S*\?\S*run=[a-z0-9-]+`)
	digits = regexp.MustCompile(`\d+`)
)

// uri is a filter for the request of a task.
func (s sheet) uri(task string) string {
	return fmt.Sprintf("http.request.uri == %q", target.FindString(s.text(task)))
}

// response is a filter for the answer to the first request that a filter finds.
func response(t testing.TB, file, request string) string {
	return "http.request_in == " + one(t, file, request, "frame.number")
}

// replied is the number of the packet with the answer.
func replied(t testing.TB, file, request string) string {
	return one(t, file, response(t, file, request), "frame.number")
}

func asNumber(text string) (n int) {
	fmt.Sscan(text, &n)
	return n
}

// sum adds the numbers of a field of the packets that a filter finds.
func sum(t testing.TB, file, filter, field string) (n int) {
	for _, row := range tshark(t, file, filter, field) {
		n += asNumber(row[0])
	}
	return n
}

// answered sums the TCP payload of the server's packets from the request to its answer.
func answered(t testing.TB, file, request string) int {
	from, to := one(t, file, request, "frame.number"), replied(t, file, request)
	return sum(t, file, fmt.Sprintf("tcp.stream == %s && frame.number > %s && frame.number <= %s && tcp.srcport == %s",
		one(t, file, request, "tcp.stream"), from, to, one(t, file, request, "tcp.dstport")), "tcp.len")
}

func solveHTTP(t testing.TB, s sheet, file string) map[string]string {
	get, status, chunks := s.uri("get"), s.uri("status"), s.uri("chunks")
	refused, chunked := response(t, file, status), response(t, file, chunks)
	size := asNumber(digits.FindString(s.text("get")[strings.Index(s.text("get"), "/lab/bytes/"):]))
	length := asNumber(digits.FindString(s.text("chunks")[strings.Index(s.text("chunks"), "/lab/bytes/"):]))
	_, total, _ := strings.Cut(one(t, file, response(t, file, s.uri("range")), "http.response.line"), "Content-Range")
	sizes := strings.Split(one(t, file, chunked, "http.chunk_size"), ",")
	request, end := one(t, file, chunks, "frame.number"), replied(t, file, chunks)
	first := fmt.Sprintf("tcp.stream == %s && frame.number > %s && tcp.len > 0", one(t, file, chunks, "tcp.stream"),
		request)
	head := asNumber(one(t, file, first, "tcp.len"))
	return map[string]string{
		"client_port": one(t, file, chunks, "tcp.srcport"),
		"status":      replied(t, file, status),
		"head":        fmt.Sprint(answered(t, file, get) - size),
		"segments":    one(t, file, response(t, file, get), "tcp.segment.count"),
		"head_answer": fmt.Sprint(answered(t, file, s.uri("head"))),
		"status_body": one(t, file, refused, "http.content_length"),
		"range_of":    digits.FindString(total[strings.Index(total, "/"):]),
		"chunks":      fmt.Sprint(len(sizes)),
		"chunk_cost":  fmt.Sprint(answered(t, file, chunks) - head - length),
		"chunk_time": fmt.Sprintf("%.6f", clockOf(one(t, file, "frame.number == "+end, "frame.time_epoch"))-
			clockOf(one(t, file, first, "frame.time_epoch"))),
	}
}

// clockOf reads a time, without the days before.
func clockOf(epoch string) (s float64) {
	fmt.Sscan(epoch[max(0, strings.Index(epoch, ".")-5):], &s)
	return s
}
