//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package reader

import (
	"runtime"
	"syscall"
)

// apart gives a process a group of its own: Ctrl-C in the server's terminal is not for it.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// stepBack lets all others go first. A nice value of 10 more is a tenth of the time of a processor that somebody else
// wants: with 19 more a busy computer would leave it no time at all. It goes to the group, since on Linux that of a
// process is that of one thread (setpriority(2)).
func stepBack() {
	nice, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if runtime.GOOS == "linux" {
		nice = 20 - nice // so that no value is negative, getpriority(2)
	}
	if err == nil && syscall.Getpgrp() == syscall.Getpid() {
		syscall.Setpriority(syscall.PRIO_PGRP, 0, min(nice+10, 19))
	}
}
