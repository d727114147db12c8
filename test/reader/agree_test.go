// Package reader holds the reader of captures against tshark: field by field, on what the lessons put on the wire, and
// on captures of others.
package reader

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pollwire/lab/dissect"
	"pollwire/lab/pcap"
	"pollwire/lab/trace"
)

// field is one of tshark's, and how it is read here: "" where a packet has none.
type field struct {
	name string
	of   func(*look) string
}

// look is one packet, taken apart.
type look struct {
	*trace.Trace
	*trace.Packet
	layers []dissect.Layer
}

// first makes a field of the first layer of a type.
func first[T dissect.Layer](f func(T) any) func(*look) string {
	return func(l *look) string {
		if layer, ok := dissect.Find[T](l.layers); ok {
			return text(f(layer))
		}
		return ""
	}
}

// text writes a value as tshark does.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(v)
}

func hex16(v uint16) string { return fmt.Sprintf("0x%04x", v) }

type (
	eth  = *dissect.Ethernet
	ipv4 = *dissect.IPv4
	ipv6 = *dissect.IPv6
	tcp  = *dissect.TCP
	udp  = *dissect.UDP
	icmp = *dissect.ICMP
	arp  = *dissect.ARP
)

// v4 is of an ICMP of IPv4 alone, v6 of the other.
func v4(f func(icmp) any) func(*look) string { return ofICMP(4, f) }
func v6(f func(icmp) any) func(*look) string { return ofICMP(6, f) }

func ofICMP(version int, f func(icmp) any) func(*look) string {
	return first(func(m icmp) any {
		if m.Version != version {
			return nil
		}
		return f(m)
	})
}

var fields = []field{
	{"eth.src", first(func(e eth) any { return e.Source })},
	{"eth.dst", first(func(e eth) any { return e.Destination })},
	{"vlan.id", first(func(e eth) any {
		if len(e.Tags) == 0 {
			return nil
		}
		return e.Tags[0].ID
	})},
	{"arp.opcode", first(func(a arp) any { return a.Operation })},
	{"arp.src.proto_ipv4", first(func(a arp) any { return a.Sender })},
	{"arp.dst.proto_ipv4", first(func(a arp) any { return a.Target })},
	{"arp.src.hw_mac", first(func(a arp) any { return a.SenderMAC })},
	{"ip.src", first(func(ip ipv4) any { return ip.Source })},
	{"ip.dst", first(func(ip ipv4) any { return ip.Destination })},
	{"ip.id", first(func(ip ipv4) any { return hex16(ip.ID) })},
	{"ip.ttl", first(func(ip ipv4) any { return ip.TTL })},
	{"ip.proto", first(func(ip ipv4) any { return ip.Protocol })},
	{"ip.hdr_len", first(func(ip ipv4) any { return ip.Header() })},
	{"ip.flags.df", first(func(ip ipv4) any { return ip.DontFragment })},
	{"ip.flags.mf", first(func(ip ipv4) any { return ip.MoreFragments })},
	{"ip.frag_offset", first(func(ip ipv4) any { return ip.Offset / 8 })},
	{"ip.dsfield.dscp", first(func(ip ipv4) any { return ip.DSCP })},
	{"ip.checksum", first(func(ip ipv4) any { return hex16(ip.Checksum) })},
	{"ipv6.src", first(func(ip ipv6) any { return ip.Source })},
	{"ipv6.dst", first(func(ip ipv6) any { return ip.Destination })},
	{"ipv6.hlim", first(func(ip ipv6) any { return ip.HopLimit })},
	{"ipv6.plen", first(func(ip ipv6) any { return ip.Length })},
	{"ipv6.nxt", first(func(ip ipv6) any { return ip.NextHeader })},
	{"ipv6.flow", first(func(ip ipv6) any { return fmt.Sprintf("0x%05x", ip.FlowLabel) })},
	{"ipv6.fraghdr.offset", first(func(ip ipv6) any {
		if ip.Fragment == nil {
			return nil
		}
		return ip.Fragment.Offset / 8
	})},
	{"icmp.type", v4(func(m icmp) any { return m.Type })},
	{"icmp.code", v4(func(m icmp) any { return m.Code })},
	{"icmp.seq", v4(func(m icmp) any { return echo(m, m.Seq) })},
	{"icmp.ident", v4(func(m icmp) any { return echo(m, m.ID) })},
	{"icmpv6.type", v6(func(m icmp) any { return m.Type })},
	{"icmpv6.code", v6(func(m icmp) any { return m.Code })},
	{"icmpv6.echo.sequence_number", v6(func(m icmp) any { return echo(m, m.Seq) })},
	{"udp.srcport", first(func(u udp) any { return u.Source })},
	{"udp.dstport", first(func(u udp) any { return u.Destination })},
	{"udp.length", first(func(u udp) any { return u.Length })},
	{"udp.checksum", first(func(u udp) any { return hex16(u.Checksum) })},
	{"tcp.srcport", first(func(t tcp) any { return t.Source })},
	{"tcp.dstport", first(func(t tcp) any { return t.Destination })},
	{"tcp.seq_raw", first(func(t tcp) any { return t.Seq })},
	{"tcp.ack_raw", first(func(t tcp) any { return t.Ack })},
	{"tcp.flags", first(func(t tcp) any { return hex16(t.Flags) })},
	{"tcp.hdr_len", first(func(t tcp) any { return t.Header() })},
	{"tcp.window_size_value", first(func(t tcp) any { return t.Window })},
	{"tcp.checksum", first(func(t tcp) any { return hex16(t.Checksum) })},
	{"tcp.options.mss_val", first(func(t tcp) any { return known(t.MSS()) })},
	{"tcp.options.wscale.shift", first(func(t tcp) any { return known(t.WindowScale()) })},
	{"tcp.options.timestamp.tsval", first(func(t tcp) any { v, _, ok := t.Timestamps(); return known(v, ok) })},
	{"tcp.options.timestamp.tsecr", first(func(t tcp) any { _, v, ok := t.Timestamps(); return known(v, ok) })},
	{"tcp.options.sack_le", ofStream(func(l *look, t tcp) any {
		if t.SACK() == nil {
			return nil
		}
		return l.Stream.Relative(l.Side.Other(), t.SACK()[0][0])
	})},
	{"tcp.stream", ofStream(func(l *look, t tcp) any { return l.Stream.Number })},
	{"tcp.len", ofStream(func(l *look, t tcp) any { return t.Carried() })},
	{"tcp.seq", ofStream(func(l *look, t tcp) any { return l.Stream.Relative(l.Side, t.Seq) })},
}

func init() {
	for i, name := range (trace.Analysis(1<<15 - 1)).Names() {
		fields = append(fields, field{"tcp.analysis." + name, ofStream(func(l *look, _ tcp) any {
			if l.Analysis>>i&1 == 0 {
				return nil
			}
			return "1"
		})})
	}
}

func ofStream(f func(*look, tcp) any) func(*look) string {
	return func(l *look) string {
		if t, ok := dissect.Find[tcp](l.layers); ok && l.Stream != nil {
			return text(f(l, t))
		}
		return ""
	}
}

func known[T any](v T, ok bool) any {
	if !ok {
		return nil
	}
	return v
}

func echo(m icmp, v any) any {
	if !m.Echo() {
		return nil
	}
	return v
}

// ours are the protocols that are known here. Behind TCP and UDP there may be others.
var ours = map[string]bool{"eth": true, "ethertype": true, "vlan": true, "null": true, "sll": true, "raw": true,
	"ip": true, "ipv6": true, "icmp": true, "icmpv6": true, "tcp": true, "udp": true, "arp": true, "ipv6.hopopts": true,
	"ipv6.routing": true, "ipv6.dstopts": true, "ipv6.fraghdr": true, "data": true, "ieee8021ad": true}

// comparable reports whether all of a packet is of protocols that are known here.
func comparable(protocols string) bool {
	for p := range strings.SplitSeq(protocols, ":") {
		if p == "tcp" || p == "udp" || p == "icmp" || p == "icmpv6" {
			return true
		}
		if !ours[p] {
			return false
		}
	}
	return true
}

// agree compares a file, and returns how many packets and values were compared, and what differs.
func agree(t testing.TB, file string) (packets, values int, wrong []string) {
	t.Helper()
	args := []string{"-r", file, "-n", "-T", "fields", "-E", "occurrence=f", "-E", "separator=/t", "-e", "frame.protocols",
		"-o", "tcp.analyze_sequence_numbers:TRUE", "-o", "ip.defragment:TRUE"}
	for _, f := range fields {
		args = append(args, "-e", f.name)
	}
	var problems bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &problems
	out, err := cmd.Output()
	raw, readErr := os.ReadFile(file)
	if readErr != nil {
		t.Fatal(readErr)
	}
	raw, readErr = pcap.Load(bytes.NewReader(raw))
	tr, traceErr := trace.Read(context.Background(), raw)
	rows := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(out) == 0 {
		rows = nil
	}
	if len(rows) != len(tr.Packets) {
		return 0, 0, []string{fmt.Sprintf("%d packets here, %d there: %v %v, %v %s", len(tr.Packets), len(rows), traceErr,
			readErr, err, problems.String())}
	}
	for i, row := range rows {
		l := &look{tr, &tr.Packets[i], tr.Packets[i].Layers()}
		cells := strings.Split(row, "\t")
		if !comparable(cells[0]) || strings.Contains(cells[0], "_ws.") {
			continue
		}
		packets++
		quoted := strings.Contains(cells[0], "icmp")
		for j, f := range fields {
			if quoted && (strings.HasPrefix(f.name, "tcp") || strings.HasPrefix(f.name, "udp")) {
				continue // of the datagram in an error
			}
			values++
			if got := f.of(l); normal(got) != normal(cells[j+1]) {
				wrong = append(wrong, fmt.Sprintf("packet %d, %s: %q here, %q there (%s)", i+1, f.name, got, cells[j+1],
					cells[0]))
			}
		}
	}
	return packets, values, wrong
}

// normal is a number in one spelling.
func normal(s string) string {
	if n, err := strconv.ParseUint(s, 0, 64); err == nil {
		return strconv.FormatUint(n, 10)
	}
	return s
}

// capturesIn are the captures in folders, which are parted by colons.
func capturesIn(folders string) (files []string) {
	for f := range strings.SplitSeq(folders, ":") {
		filepath.WalkDir(f, func(path string, d fs.DirEntry, err error) error {
			name := strings.TrimSuffix(path, ".gz")
			if err == nil && !d.IsDir() && slices.Contains([]string{".pcap", ".pcapng", ".cap"}, filepath.Ext(name)) {
				files = append(files, path)
			}
			return nil
		})
	}
	return files
}
