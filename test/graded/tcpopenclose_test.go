package graded

import (
	"fmt"
	"regexp"
	"testing"
)

func init() { solvers["tcp-open-close"] = solveOpenClose }

var (
	path = regexp.MustCompile(`/lab/\S+\?run=[a-z0-9-]+`)
	port = regexp.MustCompile(`port (\d{5})`)
)

func solveOpenClose(t testing.TB, s sheet, file string) map[string]string {
	stream := func(task string) string {
		uri := path.FindString(s.text(task))
		return "tcp.stream == " + one(t, file, fmt.Sprintf("http.request.uri == %q", uri), "tcp.stream")
	}
	whole, torn := stream("open"), stream("reset")
	refused := "tcp.port == " + port.FindStringSubmatch(s.text("refused"))[1]
	syn, synAck := whole+" && tcp.flags.syn == 1 && tcp.flags.ack == 0",
		whole+" && tcp.flags.syn == 1 && tcp.flags.ack == 1"
	sent := 0
	for _, row := range tshark(t, file, whole+" && tcp.srcport == "+one(t, file, syn, "tcp.dstport"), "tcp.len") {
		var n int
		fmt.Sscan(row[0], &n)
		sent += n
	}
	return map[string]string{
		"client_port": one(t, file, syn, "tcp.srcport"),
		"isn":         one(t, file, syn, "tcp.seq_raw"),
		"server_isn":  hex(one(t, file, synAck, "tcp.seq_raw")),
		"rtt":         one(t, file, synAck, "tcp.time_delta") + " s",
		"mss":         one(t, file, syn, "tcp.options.mss_val"),
		"bytes":       fmt.Sprint(sent),
		"fin_seq":     one(t, file, whole+" && tcp.flags.fin == 1", "tcp.seq_raw"),
		"rst":         one(t, file, torn+" && tcp.flags.reset == 1", "frame.number"),
		"refused_ack": one(t, file, refused+" && tcp.flags.reset == 1", "tcp.ack_raw"),
	}
}

// hex writes a decimal number in hex.
func hex(decimal string) string {
	var n uint64
	fmt.Sscan(decimal, &n)
	return fmt.Sprintf("0x%x", n)
}
