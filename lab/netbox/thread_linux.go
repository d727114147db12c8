package netbox

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// thread is a thread of the operating system in a network namespace of its own. A namespace belongs to a thread, and Go
// moves goroutines from one thread to another: only in a goroutine that is locked to its thread a namespace means
// something.
type thread struct {
	work chan func()
	ns   *os.File // the namespace
}

// newThread makes a namespace and a thread in it.
func newThread() (*thread, error) {
	t := &thread{work: make(chan func())}
	begun := make(chan error)
	locked(func() {
		err := t.unshare()
		begun <- err
		for f := range t.work {
			f()
		}
	})
	err := <-begun
	if err != nil {
		close(t.work)
		return &thread{}, err
	}
	return t, nil
}

func (t *thread) unshare() (err error) {
	if err = syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		return explain(os.NewSyscallError("unshare", err))
	}
	t.ns, err = os.Open("/proc/thread-self/ns/net") // /proc/self is the main thread, which is elsewhere
	return err
}

// do runs f on the thread. Programs must be started there: the kernel ends them when the thread ends that started them.
func (t *thread) do(f func() error) error {
	done := make(chan error)
	t.work <- func() { done <- f() }
	return <-done
}

// visit runs f on a thread that joins the namespace for this alone: f may take its time.
func (t *thread) visit(f func() error) error {
	done := make(chan error)
	locked(func() {
		if err := setns(t.ns.Fd()); err != nil {
			done <- err
			return
		}
		done <- f()
	})
	return <-done
}

// end ends the thread, and with the last of its sockets the namespace.
func (t *thread) end() {
	if t.work != nil {
		close(t.work)
		t.ns.Close()
	}
}

// locked runs f on a thread that ends with f, as it is not unlocked: nobody else gets into its namespace. The main
// thread of a process is the one that does not end, so it is not taken.
func locked(f func()) {
	go func() {
		runtime.LockOSThread()
		if syscall.Gettid() != os.Getpid() {
			f()
			return
		}
		elsewhere := make(chan struct{})
		locked(func() {
			close(elsewhere)
			f()
		})
		<-elsewhere
		runtime.UnlockOSThread()
	}()
}

// setnsNumber is the number of the system call where package syscall has none.
var setnsNumber = map[string]uintptr{"amd64": 308, "386": 346, "arm": 375, "arm64": 268, "riscv64": 268, "loong64": 268,
	"ppc64": 350, "ppc64le": 350, "s390x": 339, "mips": 4344, "mipsle": 4344, "mips64": 5303, "mips64le": 5303}

// setns moves the calling thread into a network namespace: setns(2).
func setns(ns uintptr) error {
	_, _, errno := syscall.RawSyscall(setnsNumber[runtime.GOARCH], ns, syscall.CLONE_NEWNET, 0)
	if errno != 0 {
		return os.NewSyscallError("setns", errno)
	}
	return nil
}

// endsWithUs lets the kernel kill a program when the thread ends that starts it.
func endsWithUs(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

// bindToDevice ties a socket to a card: SO_BINDTODEVICE of socket(7).
func bindToDevice(fd uintptr, name string) error { return syscall.BindToDevice(int(fd), name) }

// setSysctl writes a setting of the namespace that the calling thread is in.
func setSysctl(s Setting) error {
	f, err := os.OpenFile("/proc/sys/net/"+s.name, os.O_WRONLY, 0) // and never make a file there
	if err != nil {
		return explain(err)
	}
	_, err = f.WriteString(s.value)
	f.Close()
	return err
}
