package http3

import (
	"io"
)

// Variable-length integers (RFC 9000 §16). The two highest bits of the first byte tell how long it is:
//
//	00  1 byte   up to 63
//	01  2 bytes  up to 16,383
//	10  4 bytes  up to 1,073,741,823
//	11  8 bytes  up to 4,611,686,018,427,387,903
//
// A value need not be written in its shortest form.
const maxVarint = 1<<62 - 1

// appendVarint appends the shortest form of v, which is at most maxVarint.
func appendVarint(b []byte, v uint64) []byte {
	switch {
	case v < 1<<6:
		return append(b, byte(v))
	case v < 1<<14:
		return append(b, 0x40|byte(v>>8), byte(v))
	case v < 1<<30:
		return append(b, 0x80|byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return append(b, 0xC0|byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8),
		byte(v))
}

// readVarint reads one. The error is io.EOF if there is nothing at all, io.ErrUnexpectedEOF if it is cut off.
func readVarint(r io.ByteReader) (uint64, error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	v := uint64(first & 0x3F)
	for range 1<<(first>>6) - 1 {
		next, err := r.ReadByte()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		v = v<<8 | uint64(next)
	}
	return v, nil
}
