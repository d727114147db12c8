package lessons

import "testing"

func TestFragments(t *testing.T) {
	for _, tt := range []struct {
		name                  string
		n, header, extra, mtu int
		want                  int
	}{
		{"IPv6 on the loopback of Linux", 8 + large, 40, 8, 65_536, 2},
		{"IPv4 there", 8 + large, 20, 0, 65_536, 1},
		{"IPv6 on that of macOS", 65_508, 40, 8, 16_384, 5},
		{"no limit", 65_508, 40, 8, 0, 1},
		{"RFC 791: as much as there is room", 1_480, 20, 0, 1_500, 1},
		{"a byte more", 1_481, 20, 0, 1_500, 2},
		{"IPv6 as much as there is room", 1_460, 40, 8, 1_500, 1},
		{"a byte more, and a header of its own", 1_461, 40, 8, 1_500, 2},
		{"offsets count by 8: 1,448 and 1,452", 1_448 + 1_452, 40, 8, 1_500, 2},
		{"a byte more than these", 1_448 + 1_452 + 1, 40, 8, 1_500, 3},
	} {
		if got := fragments(tt.n, tt.header, tt.extra, tt.mtu); got != tt.want {
			t.Errorf("%s: %d fragments, want %d", tt.name, got, tt.want)
		}
	}
}
