package current

import (
	"errors"
	"testing"
)

func TestAValueIsAskedForOnce(t *testing.T) {
	var c Cache[string]
	asked := 0
	ask := func() (string, error) { asked++; return "old", nil }
	for range 3 {
		if v, err := c.Find(7, ask); v != "old" || err != nil {
			t.Fatalf("Find = %q, %v, want old", v, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
	c.Changed(7, "new")
	if v, ok := c.Get(7); v != "new" || !ok {
		t.Errorf("behind a change Get = %q, %v, want new", v, ok)
	}
	c.Forget()
	if v, ok := c.Get(7); ok {
		t.Errorf("what was forgotten is %q", v)
	}
}

// Who asks the disk may come back behind a change with what was there before it.
func TestWhatWasReadBeforeAChangeIsReadOnceMore(t *testing.T) {
	for name, change := range map[string]func(c *Cache[string]){
		"of this value": func(c *Cache[string]) { c.Changed(7, "new") },
		"of another":    func(c *Cache[string]) { c.Changed(8, "another") },
		"of any":        func(c *Cache[string]) { c.Forget() },
	} {
		var c Cache[string]
		disk := "old"
		v, err := c.Find(7, func() (string, error) {
			read := disk
			if disk == "old" {
				disk = "new"
				change(&c)
			}
			return read, nil
		})
		if v != "new" || err != nil {
			t.Errorf("a change %s while it was read: Find = %q, %v, want new", name, v, err)
		}
	}
}

func TestAnErrorIsNotRemembered(t *testing.T) {
	var c Cache[string]
	broken := errors.New("broken")
	if _, err := c.Find(7, func() (string, error) { return "", broken }); err != broken {
		t.Errorf("Find = %v, want the error", err)
	}
	if v, err := c.Find(7, func() (string, error) { return "good", nil }); v != "good" || err != nil {
		t.Errorf("behind an error Find = %q, %v, want good", v, err)
	}
}

func TestItDoesNotGrowForEver(t *testing.T) {
	for name, put := range map[string]func(c *Cache[int64], id int64){
		"found":   func(c *Cache[int64], id int64) { c.Find(id, func() (int64, error) { return id, nil }) },
		"changed": func(c *Cache[int64], id int64) { c.Changed(id, id) },
	} {
		var c Cache[int64]
		for id := range int64(most + 10) {
			put(&c, id)
		}
		if n := len(c.byID); n > most {
			t.Errorf("%s: it remembers %d values, want at most %d", name, n, most)
		}
		if v, ok := c.Get(most + 9); v != most+9 || !ok {
			t.Errorf("%s: the last one is %d, %v", name, v, ok)
		}
	}
}
