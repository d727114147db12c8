package class

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"pollwire/class/teacherkey"
	"pollwire/rest/problem"
	"pollwire/rest/throttle"
)

// keyOnly is People that knows a key and nothing else.
func keyOnly(key string) *People {
	p := &People{}
	p.wrong.Limit = throttle.Limit{Max: wrongKeys, Per: time.Minute}
	p.mark.Store(teacherkey.Mark(key))
	return p
}

func TestTooManyWrongKeysFromOneAddress(t *testing.T) {
	const key = "ABCD-EFGH-JKLM-NPQR-STUV"
	p, at := keyOnly(key), time.Now()
	try := func(from, key string, at time.Time, due error) {
		t.Helper()
		if _, err := p.tryKey(netip.MustParseAddr(from), key, at); !errors.Is(err, due) {
			t.Errorf("%s tries %q: %v, want %v", from, key, err, due)
		}
	}
	try("192.0.2.7", key, at, nil)
	for range 10 {
		try("192.0.2.7", "no key at all", at, problem.Forbidden)
	}
	try("192.0.2.7", "no key at all", at, problem.TooMany)
	try("192.0.2.7", key, at, problem.TooMany) // nor does it learn that this is the right one
	try("192.0.2.8", key, at, nil)
	try("192.0.2.8", "no key at all", at, problem.Forbidden)
	try("192.0.2.7", key, at.Add(time.Minute), nil)
	for range 30 {
		try("127.0.0.1", "no key at all", at, problem.Forbidden)
		try("::1", "no key at all", at, problem.Forbidden)
	}
	try("127.0.0.1", key, at, nil)
}
