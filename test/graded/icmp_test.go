package graded

import (
	"fmt"
	"strings"
	"testing"
)

func init() { solvers["icmp"], boxed["icmp"] = solveICMP, true }

func solveICMP(t testing.TB, s sheet, file string) map[string]string {
	target := addrIn.FindString(s.text("echo"))
	request, reply := "icmp.type == 8 && ip.dst == "+target, "icmp.type == 0 && ip.src == "+target
	sent, heard := one(t, file, request, "frame.time_epoch"), one(t, file, reply, "frame.time_epoch")
	exceeded := tshark(t, file, "icmp.type == 11", "ip.src", "ip.id")
	router, packet := strings.Split(exceeded[1][0], ","), strings.Split(exceeded[1][1], ",")
	arrived := strings.Split(one(t, file, "icmp.type == 3 && icmp.code == 3", "udp.dstport"), ",")
	narrow := "icmp.type == 3 && icmp.code == 4"
	return map[string]string{
		"echo_id":        hex(one(t, file, request, "icmp.ident")),
		"reply_checksum": one(t, file, reply, "icmp.checksum"),
		"rtt":            seconds(t, sent, heard) + " s",
		"reply_ttl":      one(t, file, reply, "ip.ttl"),
		"routers":        fmt.Sprint(len(exceeded)),
		"second_router":  router[0],
		"quoted_id":      packet[1],
		"probe_port":     arrived[0],
		"next_mtu":       one(t, file, narrow, "icmp.mtu"),
		"narrow_router":  strings.Split(one(t, file, narrow, "ip.src"), ",")[0],
	}
}
