//go:build windows

package desktop

import (
	"os"
	"syscall"
	"unsafe"
)

var (
	kernel32         = syscall.NewLazyDLL("kernel32.dll")
	uiLanguage       = kernel32.NewProc("GetUserDefaultUILanguage")
	consoleProcesses = kernel32.NewProc("GetConsoleProcessList")
	screenBuffer     = kernel32.NewProc("GetConsoleScreenBufferInfo")
	setMode          = kernel32.NewProc("SetConsoleMode")
)

// systemIsKorean: the low ten bits of a LANGID are the language, and LANG_KOREAN is 0x12.
func systemIsKorean() bool {
	id, _, _ := uiLanguage.Call()
	return id&0x3ff == 0x12
}

// OwnWindow tells whether nobody else is in this console: no shell has started the program, but a double click.
func OwnWindow() bool {
	var ids [2]uint32
	n, _, _ := consoleProcesses.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids)))
	return n == 1
}

// opener: cmd's start would take an & in the address for its own.
func opener(url string) (string, []string) {
	return "rundll32.exe", []string{"url.dll,FileProtocolHandler", url}
}

func columns(f *os.File) (int, bool) {
	var info struct {
		size, cursor             [2]int16
		attributes               uint16
		left, top, right, bottom int16
		most                     [2]int16
	}
	if ok, _, _ := screenBuffer.Call(f.Fd(), uintptr(unsafe.Pointer(&info))); ok == 0 {
		return 0, false
	}
	var mode uint32
	if syscall.GetConsoleMode(syscall.Handle(f.Fd()), &mode) != nil {
		return 0, false
	}
	const virtualTerminal = 0x4 // ENABLE_VIRTUAL_TERMINAL_PROCESSING, since Windows 10
	ok, _, _ := setMode.Call(f.Fd(), uintptr(mode|virtualTerminal))
	return int(info.right-info.left) + 1, ok != 0
}
