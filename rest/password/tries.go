package password

import (
	"crypto/sha256"
	"errors"
	"net/netip"
	"time"

	"pollwire/rest/problem"
	"pollwire/rest/throttle"
)

// limit is how many passwords for one name from one address may be wrong, before the next has to wait.
var limit = throttle.Limit{Max: 10, Per: time.Minute}

// Tries counts wrong passwords. Make one with NewTries.
type Tries struct{ wrong throttle.Window[try] }

// try is whose wrong passwords are counted together.
type try struct {
	name [sha256.Size]byte // many are kept, and what is tried may be as long as a body
	addr netip.Addr
}

// NewTries counts none yet.
func NewTries() *Tries {
	t := &Tries{}
	t.wrong.Limit = limit
	return t
}

// Wait refuses whoever has to wait: problem.TooMany. It is to be asked before a turn is waited for.
func (t *Tries) Wait(name string, from netip.Addr) error {
	return tooMany(t.wrong.Wait(key(name, from), time.Now()))
}

// Check checks a password, in turn; it is wrong if check returns problem.Unauthorized. Of many tries at once, those
// that end behind the last wrong one that is allowed learn nothing either, whatever they would have learnt.
func (t *Tries) Check(name string, from netip.Addr, check func() error) error {
	if err := t.Wait(name, from); err != nil {
		return err
	}
	err, settle := check(), t.wrong.Wait
	if errors.Is(err, problem.Unauthorized) {
		settle = t.wrong.Count
	}
	if wait := settle(key(name, from), time.Now()); wait > 0 {
		return tooMany(wait)
	}
	return err
}

func key(name string, from netip.Addr) try { return try{sha256.Sum256([]byte(name)), from} }

func tooMany(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return problem.RetryLater(problem.TooMany, wait, "%d failed logins for this name within a minute", limit.Max).
		Coded("failed_logins", "most")
}
