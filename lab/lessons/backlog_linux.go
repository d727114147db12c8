package lessons

import (
	"net"
	"syscall"
)

// fillable makes the queue of a listener as short as there is: a second listen(2) sets its length anew. With one
// connection in it that nobody accepts, Linux drops each further SYN, as if it had been lost on the way.
func fillable(l *net.TCPListener) error {
	raw, err := l.SyscallConn()
	if err != nil {
		return err
	}
	var listen error
	err = raw.Control(func(fd uintptr) { listen = syscall.Listen(int(fd), 0) })
	if err != nil {
		return err
	}
	return listen
}
