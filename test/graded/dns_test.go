package graded

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func init() { solvers["dns"] = solveDNS }

var nameIn = regexp.MustCompile(`\S+\.[a-z0-9]+\.test`)

func solveDNS(t testing.TB, s sheet, file string) map[string]string {
	// The name server has any port: Wireshark has to be told what it speaks. The code stands in the names as it is.
	server := one(t, file, fmt.Sprintf("udp contains %q", s.Run), "udp.dstport")
	decodeAs[file] = []string{"udp.port==" + server + ",dns", "tcp.port==" + server + ",dns"}
	of := func(task string, response int) string {
		name := strings.TrimSuffix(nameIn.FindString(s.text(task)), ".")
		return fmt.Sprintf("udp && dns.qry.name == %q && dns.flags.response == %d", name, response)
	}
	port := one(t, file, of("address", 0), "udp.dstport")
	soa := of("none", 1)
	least := min(number(one(t, file, soa, "dns.resp.ttl")), number(one(t, file, soa, "dns.soa.minimum_ttl")))
	whole := one(t, file, "tcp.len > 2 && tcp.srcport == "+port, "tcp.payload")
	return map[string]string{
		"server_port": port,
		"id":          one(t, file, of("address", 0), "dns.id"),
		"none_flags":  one(t, file, of("none", 1), "dns.flags"),
		"address":     one(t, file, of("address", 1), "dns.a"),
		"ttl":         one(t, file, of("address", 1), "dns.resp.ttl"),
		"pointer":     secondOwner(t, one(t, file, of("alias", 1), "udp.payload")),
		"negative":    fmt.Sprint(least),
		"truncated":   one(t, file, "dns.flags.truncated == 1 && udp.srcport == "+port, "frame.number"),
		"tcp_length":  fmt.Sprint(fromHex(t, whole[:4])),
		"texts":       fmt.Sprint(fromHex(t, whole[16:20])),
	}
}

// secondOwner finds the name of the second record behind the first one, whose owner is a pointer and whose type CNAME.
func secondOwner(t testing.TB, payload string) string {
	_, record, found := strings.Cut(payload, "c00c00050001")
	if !found {
		t.Fatalf("no CNAME in %s", payload)
	}
	next := 12 + 2*fromHex(t, record[8:12])
	return record[next : next+4]
}

func fromHex(t testing.TB, digits string) int {
	n, err := strconv.ParseInt(digits, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}
