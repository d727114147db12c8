package password

import (
	"errors"
	"net/netip"
	"testing"

	"pollwire/rest/problem"
)

func TestWrongPasswordsAreCounted(t *testing.T) {
	tries, here, there := NewTries(), netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.8")
	wrong := problem.Refuse(problem.Unauthorized, "wrong")
	check := func(name string, from netip.Addr, result, due error) {
		t.Helper()
		if err := tries.Check(name, from, func() error { return result }); !errors.Is(err, due) {
			t.Errorf("%s from %v: %v, want %v", name, from, err, due)
		}
	}
	broken := errors.New("the disk")
	for range limit.Max {
		check("kim", here, broken, broken) // counts for nothing
		check("kim", here, wrong, problem.Unauthorized)
	}
	check("kim", here, wrong, problem.TooMany)
	check("kim", here, nil, problem.TooMany) // nor does it learn that this is the right one
	check("kim", there, nil, nil)
	check("lee", here, nil, nil)
	if err := tries.Wait("kim", here); !errors.Is(err, problem.TooMany) {
		t.Errorf("Wait = %v, want %v", err, problem.TooMany)
	}
	// The eleventh was asked before the tenth was known to be wrong: it learns nothing.
	late := NewTries()
	err := late.Check("kim", here, func() error {
		for range limit.Max {
			late.Check("kim", here, func() error { return wrong })
		}
		return nil
	})
	if !errors.Is(err, problem.TooMany) {
		t.Errorf("the one that came too late = %v, want %v", err, problem.TooMany)
	}
}
