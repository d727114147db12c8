//go:build !linux

package lessons

import (
	"errors"
	"net"
)

// fillable fails: what other systems do with a SYN for which there is no room is theirs, a reset on Windows, say.
func fillable(*net.TCPListener) error { return errors.ErrUnsupported }
