package rig

import (
	"context"
	"fmt"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"
)

// CountGoroutines begins to count what a test starts. The func that it returns fails the test if more are there than
// before; it gives them time to end.
func CountGoroutines(t testing.TB) (leftBehind func()) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("test", t.Name())))
	before, _ := Goroutines(t)
	return func() {
		for try := 1; ; try++ {
			now, stacks := Goroutines(t)
			if now <= before {
				return
			}
			if try == 100 {
				t.Errorf("%d goroutines left behind, of these:\n%s", now-before, stacks)
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// Goroutines are those that have the label of a test. Whoever starts a goroutine hands down the label, so they are
// all that the test has started, and none of another test that runs at the same time.
func Goroutines(t testing.TB) (n int, stacks string) {
	var all strings.Builder
	pprof.Lookup("goroutine").WriteTo(&all, 1)
	label := fmt.Sprintf("# labels: {\"test\":%q}\n", t.Name())
	_, blocks, _ := strings.Cut(all.String(), "\n")       // behind a headline
	for block := range strings.SplitSeq(blocks, "\n\n") { // of goroutines that are at the same place
		if number, _, _ := strings.Cut(block, " "); strings.Contains(block+"\n", label) {
			same, _ := strconv.Atoi(number)
			n, stacks = n+same, stacks+block+"\n\n"
		}
	}
	return n, stacks
}
