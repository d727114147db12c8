package groupcommit

import (
	"errors"
	"testing"
)

func TestCache(t *testing.T) {
	loads, broken := 0, errors.New("broken")
	c := Cache[int]{Load: func(_ *Statements, id int64) (int, error) {
		loads++
		if id == 13 {
			return 0, broken
		}
		return loads, nil
	}}
	want := func(what string, id int64, wantLoads int) {
		t.Helper()
		if _, err := c.Get(nil, id); err != nil || loads != wantLoads {
			t.Errorf("%s: %d loads, %v, want %d", what, loads, err, wantLoads)
		}
	}
	want("at first", 1, 1)
	want("kept", 1, 1)
	c.Touch(1)
	want("inside the transaction that touches it", 1, 1)
	c.Ended(nil)
	want("after that", 1, 2)
	c.Ended(nil)
	want("touched only once", 1, 2)
	c.Drop(1)
	want("dropped", 1, 3)
	c.Ended(errors.New("undone"))
	want("after a transaction that was undone", 1, 4)
	for id := range int64(maxCached) {
		c.Get(nil, id+100)
	}
	c.Ended(nil)
	if len(c.byID) != 0 {
		t.Errorf("%d are kept", len(c.byID))
	}
	if _, err := c.Get(nil, 13); !errors.Is(err, broken) {
		t.Errorf("err = %v", err)
	}
	if _, kept := c.byID[13]; kept {
		t.Error("a failure is kept")
	}
}
