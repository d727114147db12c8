//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package reader

import "syscall"

// apart changes nothing where priorities are not known.
func apart() *syscall.SysProcAttr { return nil }

func stepBack() {}
