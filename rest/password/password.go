// Package password stores and checks passwords with bcrypt, a few at a time.
//
//	Provos, Mazières: A Future-Adaptable Password Scheme (1999), which is bcrypt
//
// One hash takes a core for about 50 ms; that is what makes guessing slow. It also means that 300 people who log in at
// one moment would hold up everything else for seconds, so only some are computed at once, and the others wait for
// their turn.
package password

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// How long a password may be, in bytes.
const (
	MinBytes = 8
	MaxBytes = 72
)

// maxWait is how long one waits for a turn.
const maxWait = time.Minute

// ErrBusy says that the turn did not come in time.
var ErrBusy = errors.New("too many passwords are being checked")

// Keeper computes hashes. Make one with NewKeeper.
type Keeper struct {
	cost  int
	turns chan struct{} // holds one value for each hash that is being computed
}

// NewKeeper lets atOnce hashes be computed at the same time, at least one. cost is bcrypt's, 0 its own default.
func NewKeeper(atOnce, cost int) *Keeper {
	return &Keeper{cost: cost, turns: make(chan struct{}, max(1, atOnce))}
}

// InTurn runs f when it is its turn. The errors are ErrBusy, also when ctx ends before, and then f is not run.
func (k *Keeper) InTurn(ctx context.Context, f func()) error {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case k.turns <- struct{}{}:
		defer func() { <-k.turns }()
		f()
		return nil
	case <-ctx.Done():
		return ErrBusy
	}
}

// Hash returns what is stored in the place of a password. Call it in turn.
func (k *Keeper) Hash(password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword(digest(password), k.cost)
	return string(hash), err
}

// Matches tells whether hash was made of this password. Call it in turn.
func (k *Keeper) Matches(hash, password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(hash), digest(password)) == nil
}

// MatchesNothing takes as long as Matches does, for a name that nobody has: so the time of an answer doesn't tell who
// exists. Call it in turn.
func (k *Keeper) MatchesNothing(password string) {
	bcrypt.GenerateFromPassword(digest(password), k.cost)
}

// digest is what bcrypt gets to see of a password. By itself it would look at 72 bytes at most, and take a password for
// the same as that password, a NUL byte and the password once more.
func digest(password string) []byte {
	sum := sha256.Sum256([]byte(password))
	return []byte(base64.RawURLEncoding.EncodeToString(sum[:]))
}
