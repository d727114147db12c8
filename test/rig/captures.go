package rig

import "encoding/binary"

// ARP is a pcapng of three ARP requests to everybody, a second apart, of which so many bytes are cut off at its end.
func ARP(cut int) []byte {
	le := binary.LittleEndian
	block := func(file []byte, kind uint32, body string) []byte {
		file = le.AppendUint32(le.AppendUint32(file, kind), uint32(12+len(body)))
		return le.AppendUint32(append(file, body...), uint32(12+len(body)))
	}
	file := block(nil, 0x0a0d0d0a, "\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff")
	file = block(file, 1, "\x01\x00\x00\x00\x00\x00\x00\x00") // Ethernet; times in microseconds
	frame := make([]byte, 60)
	copy(frame, "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01")
	for i := range 3 {
		at := 1e15 + uint64(i)*1e6
		packet := make([]byte, 4, 80) // of the first interface
		for _, v := range []uint32{uint32(at >> 32), uint32(at), 60, 60} {
			packet = le.AppendUint32(packet, v)
		}
		file = block(file, 6, string(append(packet, frame...)))
	}
	return file[:len(file)-cut]
}

// SYNs are a pcap of so many, each of another connection.
func SYNs(packets int) []byte {
	le, be := binary.LittleEndian, binary.BigEndian
	b := append(le.AppendUint32(nil, 0xa1b2c3d4), 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	for i := range packets {
		for _, v := range []uint32{1e9, uint32(i), 40, 40} {
			b = le.AppendUint32(b, v)
		}
		b = append(b, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, byte(i>>24), byte(i>>16), 10, 0, 0, 1)
		b = be.AppendUint16(b, uint16(i))
		b = append(b, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0)
	}
	return b
}

// Connections are a capture of packets of TCP, each of a connection of its own. Of both lengths that they tell none is
// true: 300,000 of them are the worst that a reader gets.
func Connections(packets int) []byte {
	le, be := binary.LittleEndian, binary.BigEndian
	b := append(le.AppendUint32(nil, 0xa1b2c3d4), 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	for i := range packets {
		for _, v := range []int{1e9, i, 58, 1 << 18} {
			b = le.AppendUint32(b, uint32(v))
		}
		b = append(b, 0x45, 0, 0xff, 0xff, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, byte(i>>24), byte(i>>16), 10, 0, 0, 1)
		b = append(be.AppendUint16(b, uint16(i)), 0, 80)
		b = append(be.AppendUint32(b, uint32(i*77777)), 0, 0, 0, 0, 0x50, 0x18, 1, 0, 0, 0, 0, 0)
		b = append(b, "GET / HTTP/1.1\r\n\r\n"...)
	}
	return b
}
