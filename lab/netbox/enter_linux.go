package netbox

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// inside is set in the environment of the program's second self.
const inside = "POLLWIRE_INSIDE_A_BOX"

// Inside tells whether this is the program's second self.
var Inside = sync.OnceValue(func() bool {
	set := os.Getenv(inside) != ""
	os.Unsetenv(inside) // programs that run in hosts are outside of it
	return set
})

// Enter runs this program once more, with other arguments, in a user namespace where it may make networks, and returns
// its exit status. The network of the computer is the same as before: only hosts have others. The process is the first
// of a PID namespace: with it the kernel ends all that were started in there (pid_namespaces(7)). And it ends with this
// one.
func Enter(ctx context.Context, args []string) (status int, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Pdeathsig is sent when the thread ends that has started the process, so the thread has to stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		status, err = enter(ctx, args, os.Geteuid() != 0)
		if errors.Is(err, syscall.EPERM) && os.Geteuid() == 0 { // root without the right to do without
			status, err = enter(ctx, args, true)
		}
	}()
	<-done
	return status, err
}

// enter runs the program with the rights of root, or with those that a user namespace gives.
func enter(ctx context.Context, args []string, userNamespace bool) (status int, err error) {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	if userNamespace {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if err := cmd.Start(); err != nil {
		return 1, explain(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) && ctx.Err() == nil {
		return 1, err
	}
	return exitStatus(cmd.ProcessState), nil
}

// exitStatus is that of a process, or 128 and the signal that has ended it, as shells say it.
func exitStatus(p *os.ProcessState) int {
	if w, ok := p.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return p.ExitCode()
}
