package http3

import (
	"golang.org/x/net/http2/hpack"
)

// QPACK without a dynamic table (RFC 9204): a field section is a prefix of two zeros (§4.5.1), and then lines:
//
//	1 1 index(6)                      §4.5.2  a whole entry of the static table
//	0 1 N 1 index(4), value           §4.5.4  the name of an entry, and a value
//	0 0 1 N H length(3) name, value   §4.5.6  a name and a value
//
// A value is H length(7) and so many bytes; with H = 1 they are Huffman's code (§4.1.2). What refers to the dynamic
// table refers to nothing here. N asks whoever passes the line on never to put it into a table (§7.1.3).

// fieldOverhead is what each field counts beside the bytes of its name and value (RFC 9114 §4.2.2).
const fieldOverhead = 32

// appendFields appends a field section.
func appendFields(b []byte, fields []field) []byte {
	b = append(b, 0, 0) // Required Insert Count, Delta Base
	for _, f := range fields {
		index, whole := inStatic(f)
		never := byte(0)
		if secret(f.name) {
			never = 1
		}
		switch {
		case whole:
			b = appendInt(b, 0xC0, 6, uint64(index))
		case index >= 0:
			b = appendInt(b, 0x50|never<<5, 4, uint64(index))
			b = appendString(b, 0, 7, f.value)
		default:
			b = appendString(b, 0x20|never<<4, 3, f.name)
			b = appendString(b, 0, 7, f.value)
		}
	}
	return b
}

// secret tells of which fields an attacker who can make guesses must not learn by how they are compressed.
func secret(name string) bool {
	return name == "authorization" || name == "cookie" || name == "set-cookie"
}

// appendInt appends a prefixed integer (RFC 7541 §5.1): in the n low bits of first if it fits, else more bytes.
func appendInt(b []byte, first byte, n int, v uint64) []byte {
	full := uint64(1)<<n - 1
	if v < full {
		return append(b, first|byte(v))
	}
	b = append(b, first|byte(full))
	for v -= full; v >= 0x80; v >>= 7 {
		b = append(b, 0x80|byte(v))
	}
	return append(b, byte(v))
}

// appendString appends a string whose length has n bits, with the bit for Huffman above them, in the shorter form.
func appendString(b []byte, first byte, n int, s string) []byte {
	if size := hpack.HuffmanEncodeLength(s); size < uint64(len(s)) {
		return hpack.AppendHuffmanString(appendInt(b, first|1<<n, n, size), s)
	}
	return append(appendInt(b, first, n, uint64(len(s))), s...)
}

// tooLarge is the error of a field section that is larger than allowed (RFC 9114 §4.2.2).
var tooLarge = &streamError{ExcessiveLoad, "the field section is too large"}

// parseFields reads a field section, which may have no more than most bytes.
func parseFields(section []byte, most uint64) ([]field, error) {
	d := decoder(section)
	d.prefix()
	var fields []field
	for size := uint64(0); len(d) > 0; {
		f := d.line()
		if d == nil {
			break
		}
		if size += uint64(len(f.name)+len(f.value)) + fieldOverhead; size > most {
			return nil, tooLarge
		}
		fields = append(fields, f)
	}
	if d == nil {
		return nil, broken(DecompressionFailed, "the field section can't be decoded") // RFC 9204 §2.2.3, §6
	}
	return fields, nil
}

// decoder is the rest of a field section, nil once it was found to be wrong. It is not nil where nothing is left.
type decoder []byte

// prefix reads what would tell how much of the dynamic table must be known (§4.5.1). A Base below zero is an error,
// any other may be sent (§4.5.1.2).
func (d *decoder) prefix() {
	inserts := d.int(8)
	negative := len(*d) > 0 && (*d)[0]&0x80 != 0
	if d.int(7); inserts != 0 || negative {
		*d = nil
	}
}

func (d *decoder) line() field {
	first := (*d)[0]
	switch {
	case first&0xC0 == 0xC0:
		return d.entry(6)
	case first&0xD0 == 0x50:
		f := d.entry(4)
		f.value = d.string(7)
		return f
	case first&0xE0 == 0x20:
		name := d.string(3)
		return field{name, d.string(7)}
	}
	*d = nil // refers to the dynamic table
	return field{}
}

// entry reads an index into the static table (§3.1).
func (d *decoder) entry(n int) field {
	index := d.int(n)
	if index >= uint64(len(static)) {
		*d = nil
		return field{}
	}
	return static[index]
}

// int reads a prefixed integer, which may have up to 62 bits (§4.1.1).
func (d *decoder) int(n int) uint64 {
	if len(*d) == 0 {
		*d = nil
		return 0
	}
	full := uint64(1)<<n - 1
	v := uint64((*d)[0]) & full
	*d = (*d)[1:]
	for shift := 0; v >= full; shift += 7 {
		if len(*d) == 0 || shift > 56 {
			*d = nil
			return 0
		}
		next := (*d)[0]
		*d = (*d)[1:]
		if v += uint64(next&0x7F) << shift; v > maxVarint {
			*d = nil
			return 0
		}
		if next < 0x80 {
			break
		}
	}
	return v
}

func (d *decoder) string(n int) string {
	if len(*d) == 0 {
		*d = nil
		return ""
	}
	huffman := (*d)[0]&(1<<n) != 0
	length := d.int(n)
	if length > uint64(len(*d)) || *d == nil {
		*d = nil
		return ""
	}
	text := (*d)[:length]
	*d = (*d)[length:]
	if !huffman {
		return string(text)
	}
	s, err := hpack.HuffmanDecodeToString(text)
	if err != nil {
		*d = nil
	}
	return s
}
