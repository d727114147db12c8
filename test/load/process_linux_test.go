package load

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// spentBy reads what a process has cost so far, as proc(5) tells it.
func spentBy(pid int) (s spent, known bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, false
	}
	_, behind, _ := strings.Cut(string(stat), ") ") // of the name; the next field is the third
	fields := strings.Fields(behind)
	for _, text := range fields[14-3 : 16-3] { // utime and stime
		ticks, err := strconv.Atoi(text)
		if err != nil {
			return s, false
		}
		s.cpu += time.Duration(ticks) * time.Second / 100 // USER_HZ
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		name, kB, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(kB), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			s.memory = n << 10
		case "VmHWM":
			s.peak = n << 10
		}
	}
	return s, err == nil
}

// likeEthernet makes a connection whose packets are no larger than on a network, and whose receiver takes little ahead.
// On loopback the kernel would take megabytes for somebody who doesn't read.
func likeEthernet(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 1460)
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 16<<10)
	})
}
