package reader

import "syscall"

const belowNormal = 0x00004000 // BELOW_NORMAL_PRIORITY_CLASS

// apart lets all others go first, and gives a process a group of its own: Ctrl-C in the server's console is not for it.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: belowNormal | syscall.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}

func stepBack() {} // it was started so
