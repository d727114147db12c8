package lessons

import (
	"slices"
	"testing"
)

// The first list is what Linux 6.18 was seen to send, with a queue that stayed full.
func TestWhenASYNIsRepeated(t *testing.T) {
	for linear, want := range map[int][]int{4: {1, 2, 3, 4, 5, 7, 11}, 2: {1, 2, 3, 5, 9, 17, 33},
		0: {1, 3, 7, 15, 31, 63, 127}} {
		if got := synTimes(linear, 7); !slices.Equal(got, want) {
			t.Errorf("with %d linear timeouts after %v s, want %v", linear, got, want)
		}
	}
}
