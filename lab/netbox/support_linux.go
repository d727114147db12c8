package netbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// Where a network can't be made, and what helps. No advice switches off what protects the system.

// supported tries whether this process may make a host and a card.
func supported() error {
	if setnsNumber[runtime.GOARCH] == 0 {
		return fmt.Errorf("networks in a box: not for %s", runtime.GOARCH)
	}
	if !Inside() {
		return errors.New("networks in a box: Enter comes before New")
	}
	t, err := newThread()
	if err != nil {
		return err
	}
	defer t.end()
	return t.do(func() error {
		tap, err := openTAP("try")
		if err == nil {
			tap.Close()
		}
		return err
	})
}

// explain says of an error what it means here, and what helps.
func explain(err error) error {
	cause, remedy := why(err, func(path string) string {
		text, _ := os.ReadFile(path)
		return strings.TrimSpace(string(text))
	})
	if cause == "" {
		return err
	}
	return &Refused{cause, remedy, err}
}

// Refused is why there can be no network in a box here.
type Refused struct {
	Cause, Remedy string
	Err           error
}

func (r *Refused) Error() string {
	return fmt.Sprintf("no network in a box: %s (%v). What helps: %s", r.Cause, r.Err, r.Remedy)
}

func (r *Refused) Unwrap() error { return r.Err }

const asRoot = "run it as root (sudo)"

// why knows the errors that were seen. read is a file of /proc, "" if it is not there.
func why(err error, read func(path string) string) (cause, remedy string) {
	var path *fs.PathError
	atTUN := errors.As(err, &path) && path.Path == tun
	switch {
	case errors.Is(err, syscall.ENOTTY):
		return tun + " is another device", "sudo rm " + tun + " && sudo modprobe tun"
	case atTUN && errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENODEV):
		return "there is no " + tun, "sudo modprobe tun; in a container, start it with --device " + tun
	case atTUN && errors.Is(err, syscall.EACCES):
		return "only root may open " + tun, asRoot + ", or as on other systems: sudo chmod 0666 " + tun
	case errors.Is(err, syscall.EROFS):
		return "/proc/sys can't be written in this container", "a container with rights of its own, or a computer without one"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EUSERS):
		return "user.max_user_namespaces is " + read("/proc/sys/user/max_user_namespaces"),
			asRoot + ", or sudo sysctl user.max_user_namespaces=1000"
	case !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EACCES):
		return "", ""
	case read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "AppArmor lets only programs that it knows have user namespaces",
			asRoot + ", or give this program a profile, which it prints: pollwire lab apparmor"
	case read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
		return "kernel.unprivileged_userns_clone is 0", asRoot
	}
	return "this system or container forbids user namespaces", asRoot + ", or outside of the container or chroot"
}

// Profile is one for AppArmor that lets this one program have user namespaces, and how to load it.
func Profile() (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", err
	}
	return `# pollwire lab apparmor | sudo tee /etc/apparmor.d/pollwire
# sudo apparmor_parser -r /etc/apparmor.d/pollwire
abi <abi/4.0>,
include <tunables/global>
profile pollwire "` + exe + `" flags=(unconfined) {
  userns,
}
`, nil
}
