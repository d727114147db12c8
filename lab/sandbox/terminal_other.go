//go:build !linux

package sandbox

import "os/exec"

// terminal: there are no networks, and so nobody who types.
type terminal struct{}

func newTerminal() *terminal       { return &terminal{} }
func (t *terminal) lend(*exec.Cmd) {}
func (t *terminal) takeBack()      {}
