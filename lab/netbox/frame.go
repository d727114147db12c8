package netbox

import "encoding/binary"

var big = binary.BigEndian

// Types of Ethernet, and protocols of IP.
const (
	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeIPv6 = 0x86dd

	protocolICMP   = 1
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58
)

// parts is what the wire understands of a frame: enough to know it again when it is sent a second time.
type parts struct {
	kind     string // arp, icmp, udp, ..., tcp
	from, to string // addresses and ports of TCP and UDP, as bytes
	seq      uint32
	length   int // bytes that TCP carries
	syn, fin bool
	payload  []byte // of UDP
}

// read takes a frame apart. Whatever it is, it is something.
func read(frame []byte) parts {
	if len(frame) < ethernetHeader {
		return parts{kind: "other"}
	}
	switch body := frame[ethernetHeader:]; big.Uint16(frame[12:]) {
	case typeARP:
		return parts{kind: "arp"}
	case typeIPv4:
		return readIPv4(body)
	case typeIPv6:
		return readIPv6(body)
	}
	return parts{kind: "other"}
}

// readIPv4: RFC 791 §3.1.
func readIPv4(b []byte) parts {
	if len(b) < 20 {
		return parts{kind: "ip"}
	}
	header, total := int(b[0]&15)*4, int(big.Uint16(b[2:]))
	if header < 20 || total < header || total > len(b) {
		return parts{kind: "ip"}
	}
	if big.Uint16(b[6:])&0x3fff != 0 { // more fragments, or an offset: no or not all of the header behind it
		return parts{kind: "fragment"}
	}
	return readTransport(b[9], string(b[12:16]), string(b[16:20]), b[header:total])
}

// readIPv6: RFC 8200 §3. What has extension headers is not looked into.
func readIPv6(b []byte) parts {
	if len(b) < 40 || int(big.Uint16(b[4:])) > len(b)-40 {
		return parts{kind: "ip"}
	}
	return readTransport(b[6], string(b[8:24]), string(b[24:40]), b[40:40+int(big.Uint16(b[4:]))])
}

func readTransport(protocol byte, from, to string, b []byte) parts {
	switch protocol {
	case protocolICMP, protocolICMPv6:
		return parts{kind: "icmp"}
	case protocolUDP:
		return readUDP(from, to, b)
	case protocolTCP:
		return readTCP(from, to, b)
	case 44: // RFC 8200 §4.5
		return parts{kind: "fragment"}
	}
	return parts{kind: "ip"}
}

// readUDP: RFC 768.
func readUDP(from, to string, b []byte) parts {
	if len(b) < 8 {
		return parts{kind: "udp"}
	}
	return parts{kind: "udp", from: from + string(b[:2]), to: to + string(b[2:4]), payload: b[8:]}
}

// readTCP: RFC 9293 §3.1.
func readTCP(from, to string, b []byte) parts {
	if len(b) < 20 || int(b[12]>>4)*4 < 20 || int(b[12]>>4)*4 > len(b) {
		return parts{kind: "ip"}
	}
	return parts{kind: "tcp", from: from + string(b[:2]), to: to + string(b[2:4]), seq: big.Uint32(b[4:]),
		length: len(b) - int(b[12]>>4)*4, syn: b[13]&2 != 0, fin: b[13]&1 != 0}
}
