// Package qr draws QR codes (ISO/IEC 18004:2015) in a terminal, so that a phone can read an address off it. Phones
// read; this only writes.
//
//  1. Data      4 bits say that bytes come, 8 how many; the bytes; padding: EC 11 EC 11 ... (§7.4)
//  2. Version   the smallest size with room: 17 + 4 * version modules a side
//  3. Blocks    each block gets check bytes (Reed-Solomon, §7.5); level M mends some 15 % of all
//  4. Mixing    the first bytes of all blocks, then all second ones (§7.6)
//  5. Patterns  three eyes, a small one, dotted lines (§6.3)
//  6. Placement two columns at a time, up and down, from right to left (§7.7.3)
//  7. Mask      of eight rules that turn modules over the one that is easiest to read (§7.8)
//  8. Format    15 bits, twice, tell level and mask (§7.9)
//
// Left out, as addresses need none of it: versions from 7 on (6 has room for 106 bytes), denser modes for digits and
// capitals, the other levels. web/qr.js does the same in the browser, with more words about why; a test holds them
// together.
package qr

import "fmt"

// Table 9, for level M, by version: how many check bytes a block gets, and how many blocks there are.
var checksOf, blocksOf = [...]int{10, 16, 26, 18, 24, 16}, [...]int{1, 1, 1, 2, 2, 4}

// Encode makes the code of a text: rows of 0 (light) and 1 (dark).
func Encode(text string) ([]string, error) {
	for version := 1; version <= len(checksOf); version++ {
		g := patterns(version)
		checks, blocks := checksOf[version-1], blocksOf[version-1]
		room := g.free()/8 - blocks*checks
		if len(text)+2 > room { // 12 bits stand before, and 4 behind
			continue
		}
		g.place(interleave(dataBytes(text, room), blocks, checks))
		return g.best().rows(), nil
	}
	return nil, fmt.Errorf("%d bytes do not fit in a QR code", len(text))
}

// dataBytes: with 4 bits before and 8 for the length all bytes are shifted by half of one.
func dataBytes(text string, room int) []byte {
	out := []byte{0b0100<<4 | byte(len(text)>>4), byte(len(text) << 4)}
	for _, c := range []byte(text) {
		out[len(out)-1] |= c >> 4
		out = append(out, c<<4)
	}
	for pad := byte(0xec); len(out) < room; pad ^= 0xec ^ 0x11 {
		out = append(out, pad)
	}
	return out
}

// ---- check bytes

// double is doubling in GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1.
func double(a byte) byte {
	if a&0x80 != 0 {
		return a<<1 ^ 0x1d
	}
	return a << 1
}

func times(a, b byte) (product byte) {
	for ; b != 0; a, b = double(a), b>>1 {
		if b&1 != 0 {
			product ^= a
		}
	}
	return product
}

// generator is (x - 2^0)(x - 2^1) ... (x - 2^(n-1)), the highest power first (annex A).
func generator(n int) []byte {
	g, root := []byte{1}, byte(1)
	for range n {
		next := append(append([]byte{}, g...), 0)
		for k, c := range g {
			next[k+1] ^= times(c, root)
		}
		g, root = next, double(root)
	}
	return g
}

// checkBytes are what is left when the data, as a polynomial, is divided by the generator (§7.5.2).
func checkBytes(data []byte, n int) []byte {
	g, rest := generator(n), append(append([]byte{}, data...), make([]byte, n)...)
	for i := range data {
		factor := rest[i]
		for k, c := range g {
			rest[i+k] ^= times(c, factor)
		}
	}
	return rest[len(data):]
}

// interleave takes a byte of each block in turn, then so with the check bytes. The last blocks may be a byte longer.
func interleave(data []byte, blocks, checks int) (out []byte) {
	var parts, ends [][]byte
	for i, at := 0, 0; i < blocks; i++ {
		n := (len(data) + i) / blocks
		parts, ends = append(parts, data[at:at+n]), append(ends, checkBytes(data[at:at+n], checks))
		at += n
	}
	for _, list := range [][][]byte{parts, ends} {
		for i := range list[blocks-1] {
			for _, part := range list {
				if i < len(part) {
					out = append(out, part[i])
				}
			}
		}
	}
	return out
}
