package reader

import (
	"io"
	"runtime"
)

// Yielding lets all other goroutines run after each piece that it reads. Between two programs of one computer megabytes
// pass without a wait: a goroutine that copies them would be stopped by Go only after 10 ms, and those behind it on the
// same processor would wait so long.
type Yielding struct{ io.Reader }

func (y Yielding) Read(p []byte) (int, error) {
	n, err := y.Reader.Read(p)
	runtime.Gosched()
	return n, err
}
