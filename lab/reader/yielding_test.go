package reader

import (
	"bytes"
	"io"
	"runtime"
	"testing"
)

// On one processor a goroutine that waits behind one that copies runs before the copy is complete.
func TestYieldingLetsOthersRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	sent, ran := bytes.Repeat([]byte("capture "), 1<<17), 0
	r, over, done := Yielding{bytes.NewReader(sent)}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			default:
				ran++
				runtime.Gosched()
			}
		}
	}()
	got := make([]byte, len(sent))
	for n := 0; n < len(got); n += 1 << 10 {
		if _, err := io.ReadFull(r, got[n:n+1<<10]); err != nil {
			t.Fatal(err)
		}
	}
	close(over)
	<-done
	if !bytes.Equal(got, sent) {
		t.Error("what was read is not what was sent")
	}
	if ran < 100 {
		t.Errorf("beside 1,024 pieces the other goroutine ran %d times", ran)
	}
}
