// Package advice says what to do when a start has failed, in English and in Korean.
package advice

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"syscall"
)

// What Windows says of ports. Go's syscall.EADDRINUSE and EACCES are inventions there.
const (
	wsaInUse    = syscall.Errno(10048) // WSAEADDRINUSE
	wsaReserved = syscall.Errno(10013) // WSAEACCES
)

// Port adds to err, with which addr could not be listened on, who may have the port and which flag moves it. Where
// there is nothing to say it returns err as it is. lang is "ko", or English.
func Port(err error, flag, addr, lang string) error { return port(err, flag, addr, lang, runtime.GOOS) }

func port(err error, flag, addr, lang, system string) error {
	host, number, _ := net.SplitHostPort(addr)
	n, bad := strconv.Atoi(number)
	text := taken
	switch {
	case bad != nil || n == 0:
		return err
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, wsaInUse):
	case system == "windows" && errors.Is(err, wsaReserved):
		text = reserved
	case system != "windows" && n < 1024 && errors.Is(err, syscall.EACCES):
		text = privileged
	default:
		return err
	}
	other := n + 100
	if n < 1024 || other > 65535 {
		other = 8000 + n%1000
	}
	said := text[0]
	if lang == "ko" {
		said = text[1]
	}
	addr = net.JoinHostPort(host, strconv.Itoa(other))
	return fmt.Errorf("%w. %s", err, fmt.Sprintf(said, n, whose(n, system), flag, addr))
}

// In each are the number, a command, the flag and another address.
var (
	taken = [2]string{
		"Port %[1]d is in use, perhaps by this program, started before; %[2]s tells by whom. " +
			"End that one, or take another port: -%[3]s %[4]s",
		"포트 %[1]d 번을 이미 쓰고 있습니다. 이 프로그램이 이미 실행 중일 수 있습니다. " +
			"누가 쓰는지는 %[2]s 로 봅니다. 그 프로그램을 끝내거나 다른 포트를 쓰세요: -%[3]s %[4]s",
	}
	reserved = [2]string{
		"Windows keeps port %[1]d, often for Hyper-V, WSL or Docker: netsh interface ipv4 show excludedportrange " +
			"protocol=tcp lists what it keeps. Or a program has it for itself: %[2]s. Take another port: -%[3]s %[4]s",
		"Windows가 포트 %[1]d 번을 따로 잡아 두었습니다(Hyper-V, WSL, Docker 등). " +
			"목록: netsh interface ipv4 show excludedportrange protocol=tcp. " +
			"또는 다른 프로그램이 쓰고 있습니다: %[2]s. 다른 포트를 쓰세요: -%[3]s %[4]s",
	}
	privileged = [2]string{
		"Ports below 1024, as %[1]d, are for administrators. Take another port: -%[3]s %[4]s",
		"%[1]d 번처럼 1024보다 작은 포트는 관리자만 쓸 수 있습니다. " +
			"다른 포트를 쓰세요: -%[3]s %[4]s",
	}
)

// whose is a command that tells who has a port.
func whose(port int, system string) string {
	switch system {
	case "windows":
		return fmt.Sprintf("netstat -ano | findstr :%d", port)
	case "linux":
		return fmt.Sprintf("ss -ltnp 'sport = :%d'", port)
	}
	return fmt.Sprintf("lsof -nP -iTCP:%d -sTCP:LISTEN", port)
}
