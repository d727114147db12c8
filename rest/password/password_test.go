package password

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

func TestAHashMatchesItsPasswordAndNoOther(t *testing.T) {
	k := NewKeeper(1, bcrypt.MinCost)
	long := strings.Repeat("a", MaxBytes)
	for _, secret := range []string{"correct horse", "비밀번호입니다", long, "with\x00nul byte"} {
		hash, err := k.Hash(secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{secret + "x", secret + "\x00" + secret, strings.ToUpper(secret) + "!", ""} {
			if k.Matches(hash, other) {
				t.Errorf("the hash of %q matches %q", secret, other)
			}
		}
		if !k.Matches(hash, secret) {
			t.Errorf("the hash of %q does not match it", secret)
		}
	}
}

func TestSoManyAtOnceAndTheOthersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeeper(2, bcrypt.MinCost)
		free := make(chan struct{})
		var running atomic.Int64
		for range 5 {
			go k.InTurn(t.Context(), func() {
				running.Add(1)
				<-free
				running.Add(-1)
			})
		}
		for _, want := range []int64{2, 2, 2, 2, 1} { // with five, four ... of them to be done
			synctest.Wait()
			if n := running.Load(); n != want {
				t.Errorf("%d run at once, want %d", n, want)
			}
			free <- struct{}{}
		}
		synctest.Wait()
		if n := running.Load(); n != 0 {
			t.Errorf("%d still run, want none", n)
		}
	})
}

func TestWhoWaitsTooLongIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeeper(1, bcrypt.MinCost)
		free := make(chan struct{})
		go k.InTurn(t.Context(), func() { <-free })
		synctest.Wait()
		began := time.Now()
		if err := k.InTurn(t.Context(), func() { t.Error("it was run") }); !errors.Is(err, ErrBusy) {
			t.Errorf("InTurn = %v, want ErrBusy", err)
		}
		if waited := time.Since(began); waited != maxWait {
			t.Errorf("waited %v, want %v", waited, maxWait)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := k.InTurn(gone, func() { t.Error("it was run") }); !errors.Is(err, ErrBusy) {
			t.Errorf("InTurn of one who has left = %v, want ErrBusy", err)
		}
		close(free)
	})
}
