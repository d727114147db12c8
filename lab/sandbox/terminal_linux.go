package sandbox

import (
	"os/exec"
	"os/signal"
	"syscall"
	"unsafe"
)

// terminal is the one that somebody types at. Ctrl-C goes to all programs of its foreground process group (POSIX, XBD
// §11.1.2): to the command alone while one runs, so that a ping can be ended and the network stays.
type terminal struct {
	own int32 // our process group; 0: there is no terminal
}

func newTerminal() *terminal {
	t := &terminal{}
	group := int32(0)
	if control(syscall.TIOCGPGRP, &group) != nil {
		return t
	}
	// Who takes the terminal from the background is stopped, unless it does not care. SIGTSTP: nobody could wake up what
	// Ctrl-Z has stopped.
	signal.Ignore(syscall.SIGTTOU, syscall.SIGTSTP)
	if syscall.Setpgid(0, 0) != nil {
		return t
	}
	t.own = int32(syscall.Getpgrp())
	t.takeBack()
	return t
}

// lend gives the terminal to a command when it starts.
func (t *terminal) lend(cmd *exec.Cmd) {
	if t.own != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Foreground: true, Ctty: 0}
	}
}

func (t *terminal) takeBack() {
	if t.own != 0 {
		control(syscall.TIOCSPGRP, &t.own)
	}
}

func control(request uintptr, group *int32) error {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, 0, request, uintptr(unsafe.Pointer(group)))
	if errno != 0 {
		return errno
	}
	return nil
}
