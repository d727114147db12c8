package netbox

import (
	"errors"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// getsockoptNumber is the number of the system call where package syscall may have none.
var getsockoptNumber = map[string]uintptr{"amd64": 55, "386": 365, "arm": 295, "arm64": 209, "riscv64": 209,
	"loong64": 209, "ppc64": 340, "ppc64le": 340, "s390x": 365, "mips": 4173, "mipsle": 4173, "mips64": 5054,
	"mips64le": 5054}

// tcpInfo is the beginning of struct tcp_info (linux/tcp.h).
type tcpInfo struct {
	_       byte
	caState byte // enum tcp_ca_state
	_       [6]byte
	_       [4]uint32
	flight  uint32
	_       [10]uint32
	rtt     uint32 // in microseconds
	_       uint32
	thresh  uint32
	window  uint32
	_       [4]uint32
	resent  uint32
}

// ReadTCP asks the kernel for the state of a connection that it keeps: TCP_INFO of tcp(7).
func ReadTCP(c net.Conn) (s TCPState, err error) {
	const recovery, loss = 3, 4
	conn, ok := c.(syscall.Conn)
	if !ok || getsockoptNumber[runtime.GOARCH] == 0 {
		return s, errors.ErrUnsupported
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return s, err
	}
	var info tcpInfo
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		size := uint32(unsafe.Sizeof(info))
		_, _, errno = syscall.Syscall6(getsockoptNumber[runtime.GOARCH], fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	})
	if err == nil && errno != 0 {
		err = os.NewSyscallError("getsockopt", errno)
	}
	return TCPState{Window: int(info.window), Threshold: int(info.thresh), Resent: int(info.resent),
		Flight: int(info.flight), RTT: time.Duration(info.rtt) * time.Microsecond,
		Recovering: info.caState == recovery, TimedOut: info.caState == loss}, err
}

// congestion chooses how a connection finds out its window: TCP_CONGESTION of tcp(7).
func congestion(fd uintptr, algorithm string) error {
	return os.NewSyscallError("setsockopt", syscall.SetsockoptString(int(fd), syscall.IPPROTO_TCP, syscall.TCP_CONGESTION,
		algorithm))
}
