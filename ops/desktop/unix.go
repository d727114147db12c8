//go:build !windows

package desktop

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

func systemIsKorean() bool { return false } // the variables have told

// OwnWindow is false: a terminal shows what a program has said until somebody closes it.
func OwnWindow() bool { return false }

func opener(url string) (string, []string) {
	if runtime.GOOS == "darwin" {
		return "open", []string{url}
	}
	return "xdg-open", []string{url}
}

func columns(f *os.File) (int, bool) {
	var size struct{ rows, columns, x, y uint16 }
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return 0, false
	}
	return int(size.columns), true
}
