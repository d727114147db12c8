package netbox

import (
	"os"
	"syscall"
	"time"
	"unsafe"
)

// alarm wakes one goroutine at a time. Timers of Go may be late by a millisecond, as that is how exactly its scheduler
// sleeps: a link with a delay of 1 ms would have one of 2. A timer of the kernel that is a file is exact to some
// microseconds (timerfd_create(2)).
type alarm struct{ timer *os.File }

func newAlarm() (*alarm, error) {
	const monotonic = 1
	fd, _, errno := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, monotonic, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		return nil, os.NewSyscallError("timerfd_create", errno)
	}
	return &alarm{os.NewFile(fd, "timer")}, nil
}

// set lets it ring at a time. One that was set before is forgotten.
func (a *alarm) set(at time.Time) {
	raw, err := a.timer.SyscallConn()
	if err != nil {
		return // it is closed
	}
	spec := [2]syscall.Timespec{{}, syscall.NsecToTimespec(max(1, int64(time.Until(at))))} // not again; in so long
	raw.Control(func(fd uintptr) {
		syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, fd, 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	})
}

// wait returns when it rings. false: it is closed.
func (a *alarm) wait() bool {
	_, err := a.timer.Read(make([]byte, 8))
	return err == nil
}

func (a *alarm) close() { a.timer.Close() }
