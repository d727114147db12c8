package dissect

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"pollwire/lab/pcap"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		panic(err)
	}
	return b
}

// A datagram of UDP with "hello", in both versions of IP.
const (
	udp4 = "45000021000040004011 0000 7f000001 7f000001 1f90 0bb9 000d 0000 68656c6c6f"
	tail = "1f900bb9000d0000 68656c6c6f"
	udp6 = "60000000 000d 11 40 00000000000000000000000000000001 00000000000000000000000000000001" + tail
)

// row names the layers, with where each begins and what is behind its header.
func row(layers []Layer) string {
	var list []string
	for _, l := range layers {
		w := l.Where()
		list = append(list, fmt.Sprintf("%s %d %d %d", strings.TrimPrefix(fmt.Sprintf("%T", l), "*dissect."), w.From, w.Body,
			w.To))
	}
	return strings.Join(list, ", ")
}

func TestLinkTypes(t *testing.T) {
	for name, of := range map[string]struct {
		link       uint16
		data, want string
	}{
		"Ethernet": {pcap.Ethernet, "ffffffffffff 020000000001 0800" + udp4 + "0000",
			"Ethernet 0 14 49, IPv4 14 34 47, UDP 34 42 47"},
		"a VLAN": {pcap.Ethernet, "ffffffffffff 020000000001 8100 2007 0800" + udp4,
			"Ethernet 0 18 51, IPv4 18 38 51, UDP 38 46 51"},
		"two": {pcap.Ethernet, "ffffffffffff 020000000001 88a8 0001 8100 0002 0800" + udp4,
			"Ethernet 0 22 55, IPv4 22 42 55, UDP 42 50 55"},
		"BSD, little-endian": {pcap.Null, "02000000" + udp4, "Loopback 0 4 37, IPv4 4 24 37, UDP 24 32 37"},
		"BSD, big-endian":    {pcap.Null, "00000002" + udp4, "Loopback 0 4 37, IPv4 4 24 37, UDP 24 32 37"},
		"macOS, IPv6":        {pcap.Null, "1e000000" + udp6, "Loopback 0 4 57, IPv6 4 44 57, UDP 44 52 57"},
		"FreeBSD, IPv6":      {pcap.Null, "1c000000" + udp6, "Loopback 0 4 57, IPv6 4 44 57, UDP 44 52 57"},
		"Windows, IPv6":      {pcap.Null, "17000000" + udp6, "Loopback 0 4 57, IPv6 4 44 57, UDP 44 52 57"},
		"OpenBSD":            {pcap.Loop, "00000018" + udp6, "Loopback 0 4 57, IPv6 4 44 57, UDP 44 52 57"},
		"Linux, any": {pcap.SLL, "0000 0304 0006 0000000000000000 0800" + udp4,
			"Cooked 0 16 49, IPv4 16 36 49, UDP 36 44 49"},
		"Linux, any, anew": {pcap.SLL2, "0800 0000 00000001 0304 00 06 0000000000000000" + udp4,
			"Cooked 0 20 53, IPv4 20 40 53, UDP 40 48 53"},
		"raw":               {pcap.Raw, udp4, "IPv4 0 20 33, UDP 20 28 33"},
		"raw, IPv6":         {pcap.IPv6, udp6, "IPv6 0 40 53, UDP 40 48 53"},
		"half a header":     {pcap.Raw, udp4[:30], "Malformed 0 14 14"},
		"a wrong length":    {pcap.Raw, "41" + udp4[2:], "Malformed 0 33 33"},
		"version 5":         {pcap.Raw, "55" + udp4[2:], "Malformed 0 33 33"},
		"nothing":           {pcap.Ethernet, "", "Malformed 0 0 0"},
		"what nobody knows": {147, "00", ""},
		"hop by hop and more": {pcap.Raw, "60000000 001d 00 40" + strings.Repeat("00", 32) +
			"3c00010400000000 1100010400000000" + tail,
			"IPv6 0 56 69, UDP 56 64 69"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := row(Decode(of.link, unhex(of.data))); got != of.want {
				t.Errorf("%s, want %s", got, of.want)
			}
		})
	}
}

// A packet may end anywhere, and be of any link: nothing is read that is not there.
func TestTruncationAtEveryByte(t *testing.T) {
	for _, data := range []string{udp4, "ffffffffffff 020000000001 8100 2007 0800" + udp4,
		"60000000 001d 00 40" + strings.Repeat("00", 32) + "3c00010400000000 1100010400000000 1f900bb9000d0000 68656c6c6f"} {
		b := unhex(data)
		for n := range b {
			for _, link := range []uint16{0, 1, 101, 108, 113, 276} {
				Decode(link, b[:n:n])
			}
		}
	}
}

func TestAnErrorQuotesADatagram(t *testing.T) {
	layers := Decode(pcap.Raw, unhex("4500003d 00000000 4001 0000 7f000001 7f000001 0303 0000 00000000"+udp4))
	m, ok := Find[*ICMP](layers)
	if !ok || m.Type != Unreachable || m.Code != PortUnreachable || row(m.Quoted) != "IPv4 28 48 61, UDP 48 56 61" {
		t.Errorf("%s, %s", row(layers), row(m.Quoted))
	}
}

func TestChecksums(t *testing.T) {
	// The example of RFC 1071 §3.
	if sum := Sum(unhex("0001f203f4f5f6f7")); sum != 0xddf2 {
		t.Errorf("the sum is %x", sum)
	}
	b := unhex("45000073000040004011b861c0a80001c0a800c7")
	ip, _ := Find[*IPv4](Decode(pcap.Raw, b))
	if ip == nil || !ip.ChecksumOK(b) {
		t.Error("a good checksum is called wrong")
	}
	if b[8]--; ip.ChecksumOK(b) {
		t.Error("a wrong checksum is called good")
	}
}

func TestOptionsOfTCP(t *testing.T) {
	options := "020405b4 0402 080a 00000001 00000002 01 030307 00"
	b := unhex("45000000 00000000 4006 0000 7f000001 7f000001 1f900bb9 00000001 00000002 a012 ffff 00000000" + options)
	tcp, ok := Find[*TCP](Decode(pcap.Raw, append(b, 0)[:60]))
	if !ok {
		t.Fatal("no TCP")
	}
	mss, _ := tcp.MSS()
	scale, _ := tcp.WindowScale()
	value, echo, _ := tcp.Timestamps()
	if mss != 1460 || scale != 7 || value != 1 || echo != 2 || !tcp.Has(SYN|ACK) || tcp.Next() != 2 {
		t.Errorf("%d %d %d %d %+v", mss, scale, value, echo, tcp)
	}
	for _, liar := range []string{"0200", "02ff05b4", "0201", "02"} {
		if list, whole := options4(liar); whole {
			t.Errorf("%s = %v", liar, list)
		}
	}
}

func options4(s string) ([]Option, bool) { return options(unhex(s), 0, 1) }

func FuzzDecode(f *testing.F) {
	for _, data := range []string{udp4, "0000 0304 0006 0000000000000000 0800" + udp4,
		"4500003d 00000000 4001 0000 7f000001 7f000001 0303 0000 00000000" + udp4} {
		f.Add(uint16(101), unhex(data))
		f.Add(uint16(1), unhex("ffffffffffff 020000000001 0800"+data))
	}
	f.Fuzz(func(t *testing.T, link uint16, data []byte) {
		for _, l := range Decode(link, data) {
			if w := l.Where(); w.From < 0 || w.Body < w.From || w.To < w.Body || w.To > len(data) {
				t.Errorf("%T lies at %v of %d", l, w, len(data))
			}
		}
	})
}
