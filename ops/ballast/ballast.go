// Package ballast makes the garbage collector come less often to a small program.
//
// Go collects when the heap has doubled since the last time, and at 4 MB at the earliest (GOGC=100, see package
// runtime). A server that keeps 2 MB and leaves 4 KB behind with each answer is collected after every 700 answers: 40
// times a second at 30,000. Each time all that it keeps is looked through, by all processors, with the answers waiting.
// A block that holds nothing counts as kept like any other, so that the next collection is further away, while it costs
// nothing itself: it has no pointers to look through, and the system gives a program no memory for pages to which it
// has never written.
//
// To set GOGC instead would hold for large heaps too: a room of 10,000 sockets would take 400 MB where it takes 200.
// There the block makes hardly a difference.
package ballast

import "runtime"

// size is 8 MiB: a collection every 10 MB instead of every 3. With twice as much there is a sixth of them left, and
// less to gain than it takes in memory.
const size = 8 << 20

// Around calls do, and holds the block meanwhile.
func Around(do func() error) error {
	block := make([]byte, size)
	defer runtime.KeepAlive(&block)
	return do()
}
