//go:build unix

package wsframe

import (
	"net"
	"syscall"
)

// direct writes to one socket without waiting. It has no method but write, and no state between two calls: b and n
// stand here so that a call allocates nothing.
type direct struct {
	socket syscall.RawConn
	try    func(fd uintptr)
	b      []byte
	n      int
}

// Direct returns a function that hands the system as much of b as fits into the connection's send buffer now, and
// returns how much that was. It never waits. Calls must not overlap, with each other or with Write. It returns nil
// where that is not to be had: what goes over TLS has to be encrypted first, and a conn that wraps another wants to see
// what is written (neither is a syscall.Conn).
//
// net.Conn itself has only a Write that waits for room, until a deadline at least. With a thousand sockets, those that
// stand still would hold up all others that long, one after another.
func Direct(conn net.Conn) func(b []byte) (n int) {
	system, ok := conn.(syscall.Conn) // *net.TCPConn, or a type that embeds one and only reads in another way
	if !ok {
		return nil
	}
	socket, err := system.SyscallConn()
	if err != nil {
		return nil
	}
	d := &direct{socket: socket}
	d.try = func(fd uintptr) { d.n, _ = syscall.Write(int(fd), d.b) } // Go's sockets don't block: EAGAIN, if nothing fits
	return d.write
}

func (d *direct) write(b []byte) int {
	d.b, d.n = b, 0
	err := d.socket.Control(d.try) // not its Write, which would wait for room, and minds the deadline of an earlier Write
	d.b = nil
	if err != nil {
		return 0 // closed; whoever waits for the rest to leave finds out
	}
	return max(d.n, 0)
}
