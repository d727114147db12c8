package graded

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func init() { solvers["udp"] = solveUDP }

// textIn are the words in quotes of a task.
var textIn = regexp.MustCompile(`"([^"]+)"`)

// starting is a filter for datagrams that begin with what a task says.
func starting(s sheet, task string) string {
	text := textIn.FindStringSubmatch(s.text(task))[1]
	digits := strings.ReplaceAll(fmt.Sprintf("% x", text), " ", ":")
	return fmt.Sprintf("udp.payload[0:%d] == %s && !icmp", len(text), digits)
}

func solveUDP(t testing.TB, s sheet, file string) map[string]string {
	ping, second, nobody := starting(s, "ping"), starting(s, "second"), starting(s, "nobody")
	from := one(t, file, ping, "udp.srcport")
	refusal := "icmp.type == 3 && udp.srcport == " + one(t, file, nobody, "udp.srcport")
	lengths := strings.Split(one(t, file, refusal, "ip.len"), ",")
	ports := strings.Split(one(t, file, refusal, "udp.srcport"), ",")
	return map[string]string{
		"client_port":   from,
		"length":        one(t, file, ping, "udp.length"),
		"checksum":      one(t, file, ping, "udp.checksum"),
		"rtt":           one(t, file, "udp.dstport == "+from, "udp.time_delta") + " s",
		"second_ip":     one(t, file, second, "ip.len"),
		"refusal":       one(t, file, refusal, "frame.number"),
		"icmp_checksum": one(t, file, refusal, "icmp.checksum"),
		"quoted_port":   ports[0],
		"quoted_bytes":  fmt.Sprint(number(lengths[0]) - 20 - 8 - 20 - 8),
	}
}

func number(decimal string) (n int) {
	fmt.Sscan(decimal, &n)
	return n
}
