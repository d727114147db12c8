package graded

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func init() { solvers["tls"] = solveTLS }

var serverName = regexp.MustCompile(`[a-z]+\d+\.[a-z0-9]+\.test`)

func solveTLS(t testing.TB, s sheet, file string) map[string]string {
	hello := func(task string) string {
		return fmt.Sprintf("tls.handshake.extensions_server_name == %q", serverName.FindString(s.text(task)))
	}
	both := tshark(t, file, hello("first"), "tcp.stream") // the first session, and the one that is resumed
	first, again := "tcp.stream == "+both[0][0], "tcp.stream == "+both[1][0]
	old, refused := "tcp.stream == "+one(t, file, hello("old"), "tcp.stream"),
		"tcp.stream == "+one(t, file, hello("refused"), "tcp.stream")
	client, server := " && tls.handshake.type == 1", " && tls.handshake.type == 2"
	records := 0
	for _, row := range tshark(t, file, first+" && tcp.srcport == "+one(t, file, first, "tcp.dstport"),
		"tls.record.opaque_type") {
		records += len(strings.FieldsFunc(row[0], func(r rune) bool { return r == ',' }))
	}
	kinds := tshark(t, file, old+" && tls.handshake.type == 11", "tls.handshake.type", "tls.handshake.length")[0]
	certificate := ""
	for i, kind := range strings.Split(kinds[0], ",") {
		if kind == "11" {
			certificate = strings.Split(kinds[1], ",")[i]
		}
	}
	return map[string]string{
		"client_port": one(t, file, first, "tcp.srcport"),
		"random":      strings.ReplaceAll(one(t, file, first+client, "tls.handshake.random"), ":", "")[:8],
		"offered":     fmt.Sprint(asNumber(one(t, file, first+client, "tls.handshake.cipher_suites_length")) / 2),
		"cipher":      one(t, file, old+server, "tls.handshake.ciphersuite"),
		"legacy":      one(t, file, first+client, "tls.record.version"),
		"records":     fmt.Sprint(records),
		"resumed":     one(t, file, again+server, "frame.number"),
		"certificate": certificate,
		"alpn":        one(t, file, old+server, "tls.handshake.extensions_alpn_str"),
		"alert":       one(t, file, refused+" && tls.alert_message.desc", "tls.alert_message.desc"),
	}
}
