package pcap

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pollwire/wire/pcapng"
)

// written is a file as this program writes it.
func written() []byte {
	file := pcapng.AppendSection(nil, "", "")
	file = pcapng.AppendInterface(file, pcapng.Ethernet, "eth0", "a card")
	file = pcapng.AppendInterface(file, pcapng.Raw, "tun0", "")
	file = pcapng.AppendSecrets(file, []byte("skipped"))
	start := len(file)
	file = pcapng.EndPacket(append(pcapng.BeginPacket(file, 1, 5), "hello"...), start, []string{"one", "two"})
	pcapng.Stamp(file, 1_234_567_890_123_456_789)
	return pcapng.EndPacket(pcapng.BeginPacket(file, 0, 0), len(file), nil)
}

// told is a packet in a line.
func told(p *Packet) string {
	at := "none"
	if !p.Time.IsZero() {
		at = p.Time.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%d %s/%d/%d %s %d %q %q", p.Number, p.Interface.Name, p.Interface.Number, p.Interface.LinkType, at,
		p.Length, p.Data, p.Comments)
}

func check(t *testing.T, file []byte, code string, want ...string) {
	t.Helper()
	all, err := ReadAll(file)
	var e *Error
	if errors.As(err, &e) != (code != "") || e != nil && (e.Code != code || e.Packet != 0 && e.Packet != len(all)+1) {
		t.Errorf("the error is %+v, want %q", e, code)
	}
	var got []string
	for _, p := range all {
		got = append(got, told(p))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("read:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatWasWrittenIsRead(t *testing.T) {
	first := `1 tun0/1/101 2009-02-13T23:31:30.123456789Z 5 "hello" ["one" "two"]`
	check(t, written(), "", first, `2 eth0/0/1 1970-01-01T00:00:00Z 0 "" []`)
	check(t, written()[:len(written())-1], CutOff, first)
}

var orders = map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian}

// block makes one in either byte order.
func block(o binary.AppendByteOrder, kind uint32, body ...any) []byte {
	var b []byte
	for _, part := range body {
		switch part := part.(type) {
		case int:
			b = o.AppendUint32(b, uint32(part))
		case uint16:
			b = o.AppendUint16(b, part)
		case uint64:
			b = o.AppendUint64(b, part)
		case string:
			for b = append(b, part...); len(b)%4 != 0; {
				b = append(b, 0)
			}
		}
	}
	block := o.AppendUint32(nil, kind)
	block = o.AppendUint32(block, uint32(len(b)+12))
	return o.AppendUint32(append(block, b...), uint32(len(b)+12))
}

func section(o binary.AppendByteOrder) []byte {
	return block(o, blockSection, byteOrderMagic, uint16(1), uint16(0), uint64(1<<64-1))
}

// Both byte orders, and what each section and interface may decide for itself.
func TestSectionsOfPcapng(t *testing.T) {
	for name, o := range orders {
		t.Run(name, func(t *testing.T) {
			file := section(o)
			file = append(file, block(o, 1, uint16(1), uint16(0), 4, uint16(9), uint16(1), "\x03",
				uint16(14), uint16(8), uint64(100))...) // milliseconds from 1970-01-01T00:01:40
			file = append(file, block(o, 0x1234, "unknown")...)
			file = append(file, block(o, 6, 0, 0, 2500, 3, 60, "abc", uint16(1), uint16(1), "c", uint16(0), uint16(0))...)
			file = append(file, block(o, 3, 60, "abcd")...)
			file = append(file, block(o, 2, uint16(0), uint16(7), 0, 1001, 2, 2, "ab")...)
			own := append(bytes.Clone(file), block(o, 0x40000bad, 32473, "own!")...)
			if all, err := ReadAll(own); err != nil || len(all) != 4 || all[3].Interface.LinkType != NoLink {
				t.Errorf("with a custom block: %d, %v", len(all), err)
			}
			for _, other := range orders { // sections of both orders, with interfaces that count from 0 again
				file = append(file, section(other)...)
				file = append(file, block(other, 1, uint16(113), uint16(0), 0, uint16(9), uint16(1), "\x8a")...) // 2^-10 s
				file = append(file, block(other, 6, 0, 0, 1536, 1, 1, "x")...)
			}
			check(t, file, "", `1 /0/1 1970-01-01T00:01:42.5Z 60 "abc" ["c"]`, `2 /0/1 none 60 "abcd" []`,
				`3 /0/1 1970-01-01T00:01:41.001Z 2 "ab" []`, `4 /1/113 1970-01-01T00:00:01.5Z 1 "x" []`,
				`5 /2/113 1970-01-01T00:00:01.5Z 1 "x" []`)
		})
	}
}

// classicFile makes a file of pcap with packets of one byte.
func classicFile(o binary.AppendByteOrder, magic uint32, packets int) []byte {
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(o.AppendUint16(b, 2), 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(o.AppendUint32(b, 65535), 0xf4000001) // an FCS of 4 bytes, Ethernet
	for i := range packets {
		for _, v := range []uint32{1_000_000_000, uint32(i), 1, 60} {
			b = o.AppendUint32(b, v)
		}
		b = append(b, 'x')
	}
	return b
}

func TestPcap(t *testing.T) {
	for name, o := range orders {
		check(t, classicFile(o, magicMicro, 2), "", `1 /0/1 2001-09-09T01:46:40Z 60 "x" []`,
			`2 /0/1 2001-09-09T01:46:40.000001Z 60 "x" []`)
		check(t, classicFile(o, magicNano, 2), "", `1 /0/1 2001-09-09T01:46:40Z 60 "x" []`,
			`2 /0/1 2001-09-09T01:46:40.000000001Z 60 "x" []`)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// What is wrong is told with the number of the packet, and what is good before it is there.
func TestWhatIsWrong(t *testing.T) {
	le, good := binary.LittleEndian, `1 /0/1 1970-01-01T00:00:00Z 0 "" []`
	begin := append(section(le), block(le, 1, uint16(1), uint16(0), 0)...)
	begin = append(begin, block(le, 6, 0, 0, 0, 0, 0)...)
	lying := block(le, 6, 0, 0, 0, 0, 0)
	le.PutUint32(lying[len(lying)-4:], 28)
	for name, of := range map[string]struct {
		tail []byte
		code string
	}{
		"an interface that is not described": {block(le, 6, 1, 0, 0, 0, 0), Broken},
		"4 GB in a packet":                   {block(le, 6, 0, 0, 0, -1, 0), Broken},
		"more than its block has":            {block(le, 6, 0, 0, 0, 5, 5, "1234"), CutOff},
		"4 GB in a block":                    {[]byte("\x06\x00\x00\x00\xfc\xff\xff\xff\x00\x00\x00\x00"), CutOff},
		"a block of no length":               {make([]byte, 12), Broken},
		"a length that is not aligned":       {[]byte("\x06\x00\x00\x00\x0d\x00\x00\x00\x00\x00\x00\x00\x00"), Broken},
		"another length behind":              {lying, Broken},
		"an option behind the end": {block(le, 6, 0, 0, 0, 0, 0, uint16(1), uint16(65535), "c"),
			Broken},
		"a section of no byte order": {block(le, blockSection, 1, 2, 3, 4), Broken},
		"a section of version 2":     {block(le, blockSection, byteOrderMagic, uint16(2), uint16(0), uint64(0)), Broken},
		"seven bytes":                {make([]byte, 7), CutOff},
		"an empty simple packet":     {block(le, 3), Broken},
	} {
		t.Run(name, func(t *testing.T) { check(t, append(bytes.Clone(begin), of.tail...), of.code, good) })
	}
	check(t, nil, NoCapture)
	check(t, []byte("GIF89a, and more"), NoCapture)
	check(t, classicFile(le, magicMicro, 0)[:23], NoCapture)
	check(t, classicFile(le, magicMicro, 2)[:24+17+16], CutOff, `1 /0/1 2001-09-09T01:46:40Z 60 "x" []`)
}

func TestTheLimits(t *testing.T) {
	all, err := ReadAll(classicFile(binary.LittleEndian, magicMicro, MaxPackets))
	if len(all) != MaxPackets || err != nil {
		t.Errorf("%d packets, %v", len(all), err)
	}
	e := &Error{}
	_, err = ReadAll(classicFile(binary.LittleEndian, magicMicro, MaxPackets+1))
	if !errors.As(err, &e) || e.Code != TooMany {
		t.Errorf("with one more: %v", err)
	}
	if _, err := Load(bytes.NewReader(make([]byte, MaxBytes+1))); !errors.As(err, &e) || e.Code != TooLarge {
		t.Errorf("a byte too many: %v", err)
	}
	// A gigabyte in a megabyte: what comes out is counted, too.
	var bomb bytes.Buffer
	w, _ := gzip.NewWriterLevel(&bomb, 9)
	for range 200 {
		w.Write(make([]byte, 1<<20))
	}
	w.Close()
	if _, err := Load(&bomb); !errors.As(err, &e) || e.Code != TooLarge {
		t.Errorf("a bomb of gzip: %v", err)
	}
}

func TestGzip(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(written())
	w.Close()
	file, err := Load(bytes.NewReader(packed.Bytes()))
	if !bytes.Equal(file, written()) || err != nil {
		t.Errorf("%d bytes, %v", len(file), err)
	}
	var e *Error
	if _, err := Load(bytes.NewReader(packed.Bytes()[:packed.Len()-9])); !errors.As(err, &e) || e.Code != CutOff {
		t.Errorf("half a gzip: %v", err)
	}
}

// A file may end anywhere. Packets before it are read, and no packet is half there.
func TestTruncationAtEveryByte(t *testing.T) {
	for name, file := range map[string][]byte{"pcapng": written(), "big": section(binary.BigEndian),
		"pcap": classicFile(binary.BigEndian, magicNano, 5)} {
		whole, _ := ReadAll(file)
		for n := range file {
			all, err := ReadAll(file[:n])
			if len(all) > len(whole) || err == nil && len(all) == len(whole) && len(whole) > 0 && n < len(file)-12 {
				t.Errorf("%s: of %d bytes: %d packets, %v", name, n, len(all), err)
			}
		}
	}
}

func FuzzPackets(f *testing.F) {
	f.Add(written())
	f.Add(section(binary.BigEndian))
	f.Add(classicFile(binary.BigEndian, magicNano, 3))
	f.Fuzz(func(t *testing.T, file []byte) {
		size := 0
		for p, err := range Packets(file) {
			if err != nil {
				if p != nil || err.Error() == "" {
					t.Errorf("%v with %v", p, err)
				}
				return
			}
			size += len(p.Data)
		}
		if size > len(file) {
			t.Errorf("%d bytes of packets in a file of %d", size, len(file))
		}
	})
}
