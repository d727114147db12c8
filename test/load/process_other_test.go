//go:build !linux

package load

import "syscall"

// spentBy knows it only on Linux.
func spentBy(int) (s spent, known bool) { return s, false }

// likeEthernet is only on Linux as it should be; elsewhere a slow reader is less of a burden.
func likeEthernet(string, string, syscall.RawConn) error { return nil }
