package keyset

import (
	"errors"
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

func TestNext(t *testing.T) {
	oops := errors.New("oops")
	for _, tt := range []struct {
		name string
		page Page
		ids  []int64
		edge int64 // what is asked about
	}{
		{"of a page, whatever its order", Page{}, []int64{5, 3, 4}, 3},
		{"of a page before an id", Page{Before: 6}, []int64{5, 3, 4}, 3},
		{"of a page after an id", Page{After: 2}, []int64{3, 4}, 3},
		{"of a page after an id, with a gap", Page{After: 2}, []int64{6, 5}, 5},
		{"nothing before 7", Page{Before: 7}, nil, 7},
		{"nothing after 7: 7 itself is older", Page{After: 7}, nil, 8},
		{"nothing after the largest number", Page{After: math.MaxInt64}, nil, math.MaxInt64},
		{"nothing at all", Page{}, nil, math.MaxInt64},
	} {
		for _, exists := range []bool{true, false} {
			asked := int64(0)
			next, err := Next(tt.page, tt.ids, func(id int64) int64 { return id },
				func(id int64) (bool, error) { asked = id; return exists, nil })
			if asked != tt.edge || err != nil {
				t.Errorf("%s: asked about %d, %v, want %d", tt.name, asked, err, tt.edge)
			}
			if exists != (next != nil) || exists && *next != tt.edge {
				t.Errorf("%s: next is %v, older rows: %t", tt.name, next, exists)
			}
		}
		if next, err := Next(tt.page, tt.ids, func(id int64) int64 { return id },
			func(int64) (bool, error) { return true, oops }); next != nil || err != oops {
			t.Errorf("%s: next is %v, %v, want oops", tt.name, next, err)
		}
	}
}
