package keyset

import (
	"math"
	"testing"
)

func TestWindow(t *testing.T) {
	for _, tt := range []struct {
		name      string
		page      Page
		condition string
		edge      int64
	}{
		{"the newest", Page{Limit: 50}, "id < ? ORDER BY id DESC LIMIT ?", math.MaxInt64},
		{"before an id, the nearest first", Page{Limit: 50, Before: 7}, "id < ? ORDER BY id DESC LIMIT ?", 7},
		{"after an id, the nearest first", Page{Limit: 50, After: 7}, "id > ? ORDER BY id LIMIT ?", 7},
	} {
		if c, e := tt.page.Window("id"); c != tt.condition || e != tt.edge {
			t.Errorf("%s: %q with %d, want %q with %d", tt.name, c, e, tt.condition, tt.edge)
		}
	}
}

func TestOldest(t *testing.T) {
	for _, tt := range []struct {
		name string
		page Page
		ids  []int64
		want int64
	}{
		{"of a page, whatever its order", Page{}, []int64{5, 3, 4}, 3},
		{"of a page after an id", Page{After: 2}, []int64{3, 4}, 3},
		{"nothing before 7", Page{Before: 7}, nil, 7},
		{"nothing after 7: 7 itself is older", Page{After: 7}, nil, 8},
		{"nothing after the largest number", Page{After: math.MaxInt64}, nil, math.MaxInt64},
		{"nothing at all", Page{}, nil, math.MaxInt64},
	} {
		if got := tt.page.Oldest(tt.ids); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
