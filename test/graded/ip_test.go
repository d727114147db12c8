package graded

import (
	"fmt"
	"testing"
)

func init() { solvers["ip"], boxed["ip"] = solveIP, true }

func solveIP(t testing.TB, s sheet, file string) map[string]string {
	small4, small6 := starting(s, "small4"), starting(s, "small6")
	from := "ip.src == " + one(t, file, small4, "ip.src")
	fragments := tshark(t, file, from+" && (ip.flags.mf == 1 || ip.frag_offset > 0)", "ip.id", "ip.frag_offset")
	last := fragments[len(fragments)-1]
	from6 := "ipv6.src == " + one(t, file, small6, "ipv6.src") + " && ipv6.fraghdr.more == 0"
	return map[string]string{
		"ttl":             one(t, file, small4, "ip.ttl"),
		"total":           one(t, file, small4, "ip.len"),
		"header_checksum": one(t, file, small4, "ip.checksum"),
		"payload6":        one(t, file, small6, "ipv6.plen"),
		"flow":            one(t, file, small6, "ipv6.flow"),
		"fragments":       fmt.Sprint(len(fragments)),
		"id4":             last[0],
		"last_offset":     fmt.Sprint(8 * number(last[1])), // as this tshark shows it

		"id6":   one(t, file, from6, "ipv6.fraghdr.ident"),
		"last6": fmt.Sprint(number(one(t, file, from6, "ipv6.plen")) - 8),
	}
}
