package graded

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
)

func init() { solvers["ethernet"], boxed["ethernet"] = solveEthernet, true }

var addrIn = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`)

func solveEthernet(t testing.TB, s sheet, file string) map[string]string {
	near, far := starting(s, "near"), starting(s, "far")
	b, nobody := addrIn.FindString(s.text("near")), addrIn.FindString(s.text("nobody"))
	told := "arp.opcode == 2 && arp.src.proto_ipv4 == " + b
	gateway := one(t, file, far, "eth.dst")
	asked := tshark(t, file, "arp.opcode == 1 && arp.dst.proto_ipv4 == "+nobody, "frame.time_epoch", "eth.src")
	return map[string]string{
		"b_mac":   one(t, file, told, "arp.src.hw_mac"),
		"reply":   one(t, file, told, "frame.number"),
		"frame":   one(t, file, near, "frame.len"),
		"router":  one(t, file, "arp.opcode == 2 && arp.src.hw_mac == "+gateway, "arp.src.proto_ipv4"),
		"far_mac": gateway,
		"far_ttl": one(t, file, "udp && ip.src == "+one(t, file, far, "ip.dst"), "ip.ttl"),
		"tries":   fmt.Sprint(len(asked)),
		"gap":     seconds(t, asked[0][0], asked[1][0]) + " s",
		"asker":   asked[0][1],
	}
}

// seconds is the time between two times, in the digits that tshark has.
func seconds(t testing.TB, from, to string) string {
	a, err := strconv.ParseFloat(from[6:], 64) // all of it is too much for a float
	if err != nil {
		t.Fatal(err)
	}
	b, err := strconv.ParseFloat(to[6:], 64)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%.6f", b-a)
}
