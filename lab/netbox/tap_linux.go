package netbox

import (
	"os"
	"syscall"
	"unsafe"
)

// tun is the device that makes network cards of files (Documentation/networking/tuntap.rst of the kernel).
const tun = "/dev/net/tun"

// openTAP makes a card in the namespace of the calling thread. Each read is one frame that the kernel sends, each write
// one that it receives. It does no offloading unless it is told that the reader can take the kernel's work: so frames
// have whole checksums, and none is larger than the MTU.
func openTAP(name string) (*os.File, error) {
	fd, err := syscall.Open(tun, syscall.O_RDWR|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, explain(&os.PathError{Op: "open", Path: tun, Err: err})
	}
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_TAP | syscall.IFF_NO_PI}
	copy(request.name[:syscall.IFNAMSIZ-1], name)
	if err := ioctl(uintptr(fd), syscall.TUNSETIFF, unsafe.Pointer(&request)); err != nil {
		syscall.Close(fd)
		return nil, explain(os.NewSyscallError("TUNSETIFF", err))
	}
	return os.NewFile(uintptr(fd), tun), nil // only now: before, the poller would find nothing to wait for
}

// setCarrier plugs the cable in or pulls it out. TUNSETCARRIER is 24 behind TUNSETIFF on every architecture.
func setCarrier(tap *os.File, plugged bool) error {
	value := int32(0)
	if plugged {
		value = 1
	}
	raw, err := tap.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = ioctl(fd, syscall.TUNSETIFF+24, unsafe.Pointer(&value))
	})
	if err == nil {
		err = os.NewSyscallError("TUNSETCARRIER", failed)
	}
	return err
}

func ioctl(fd, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}
