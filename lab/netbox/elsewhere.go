//go:build !linux

package netbox

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Only Linux has namespaces. All that follows is here so that programs compile.

var errElsewhere = errors.New("no network in a box: " + runtime.GOOS + " has no network namespaces. What helps: " +
	"Linux, on Windows in WSL2 (wsl --install), on macOS in a virtual machine")

func supported() error { return errElsewhere }

// Inside tells whether this is the program's second self.
func Inside() bool { return false }

// Enter runs this program once more, where it may make networks.
func Enter(context.Context, []string) (status int, err error) { return 1, errElsewhere }

// ReadTCP asks the kernel for the state of a connection.
func ReadTCP(net.Conn) (s TCPState, err error) { return s, errElsewhere }

// Profile is one for AppArmor.
func Profile() (string, error) { return "", errElsewhere }

type thread struct{}

func newThread() (*thread, error)             { return nil, errElsewhere }
func (t *thread) do(func() error) error       { return errElsewhere }
func (t *thread) visit(func() error) error    { return errElsewhere }
func (t *thread) end()                        {}
func endsWithUs(*exec.Cmd)                    {}
func setSysctl(Setting) error                 { return errElsewhere }
func openTAP(string) (*os.File, error)        { return nil, errElsewhere }
func setCarrier(*os.File, bool) error         { return errElsewhere }
func linkUp(string) error                     { return errElsewhere }
func setMAC(int, net.HardwareAddr) error      { return errElsewhere }
func setMTU(int, int) error                   { return errElsewhere }
func addAddress(int, netip.Prefix) error      { return errElsewhere }
func removeAddress(int, netip.Prefix) error   { return errElsewhere }
func addRoute(netip.Prefix, netip.Addr) error { return errElsewhere }
func bindToDevice(uintptr, string) error      { return errElsewhere }
func congestion(uintptr, string) error        { return errElsewhere }
func prohibit(netip.Prefix) error             { return errElsewhere }
func forget(int, netip.Addr) error            { return errElsewhere }
func neighbours(int) ([]Neighbour, error)     { return nil, errElsewhere }

type alarm struct{}

func newAlarm() (*alarm, error) { return nil, errElsewhere }
func (a *alarm) set(time.Time)  {}
func (a *alarm) wait() bool     { return false }
func (a *alarm) close()         {}
