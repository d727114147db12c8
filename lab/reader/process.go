package reader

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// as is how the program is called where it is to read a capture: its only argument. It is no command for people.
const as = "read-a-capture"

// ready is the first line of an answer: the process that was started is this program.
const ready = "pollwire reads\n"

// The limits of what a process says.
const (
	maxAnswer = 4 << 20 // bytes; 500 items with 20 packets each, and a mark, are a tenth
	maxSaid   = 4 << 10 // bytes of the log
)

// limits are those of Go's runtime (package runtime), for a process that has to stay below 256 MB: one processor for
// the reader and its collector, which comes seldom up to 220 MiB and often from there on.
var limits = []string{"GOMAXPROCS=1", "GOGC=200", "GOMEMLIMIT=220MiB"}

// startable tells whether this program calls Main.
var startable atomic.Bool

// Main is to be called before all else. In a process that was started to read a capture it does so, and ends it.
func Main() {
	if len(os.Args) != 2 || os.Args[1] != as {
		startable.Store(true)
		return
	}
	signal.Ignore(syscall.SIGTERM) // who stops all at once, as systemd does, means the server, which lets readers finish
	stepBack()
	if err := answer(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// request is a Job, and where the file is. The path is in bytes: JSON would change those that are no UTF-8.
type request struct {
	Job
	Path []byte
}

// answer is what the process does.
func answer(stdin io.Reader, stdout io.Writer) error {
	if _, err := io.WriteString(stdout, ready); err != nil {
		return err
	}
	in := bufio.NewReader(stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return err
	}
	go func() {
		in.ReadByte()
		os.Exit(1) // the server has gone
	}()
	opened, err := os.Open(string(r.Path))
	if err != nil {
		return err
	}
	defer opened.Close()
	file, err := load(opened)
	if err != nil {
		return err
	}
	result, err := read(context.Background(), r.Job, file) // the server kills it when it has taken too long
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(result)
}

// errNotStarted is that of a process that can't be.
var errNotStarted = errors.New("no process can be started to read captures, so the server reads them itself")

// died is what became of a process that has ended without an answer.
type died struct {
	how  error
	said string
}

func (d *died) Error() string { return fmt.Sprintf("the reader has ended: %v: %.500s", d.how, d.said) }

// inProcess has a process read a capture, and returns when it has ended. With ctx it is killed.
func inProcess(ctx context.Context, env []string, job Job, path string) (r Result, err error) {
	line, err := json.Marshal(request{job, []byte(path)})
	if err != nil {
		return r, err
	}
	cmd, err := command(ctx, env)
	if err != nil {
		return r, fmt.Errorf("%w: %w", errNotStarted, err)
	}
	out, said := &atMost{left: maxAnswer}, &atMost{left: maxSaid}
	cmd.Stdout, cmd.Stderr = out, said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return r, err
	}
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		return r, fmt.Errorf("%w: %w", errNotStarted, err)
	}
	stdin.Write(append(line, '\n')) // a process that ends early closes its end of the pipe: then the error is Wait's
	err = cmd.Wait()
	text, is := bytes.CutPrefix(out.Bytes(), []byte(ready))
	switch {
	case ctx.Err() != nil:
		return r, ctx.Err()
	case !is:
		return r, fmt.Errorf("%w: %v: %.500s", errNotStarted, err, said)
	case err == nil:
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return Result{}, &died{err, said.String()}
	}
	return r, nil
}

// command is this program once more, apart from the signals of the terminal, and with an environment of its own: in the
// server's there may be secrets.
func command(ctx context.Context, env []string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if runtime.GOOS == "linux" {
		self = "/proc/self/exe" // the same program, also where its file is another by now
	}
	cmd := exec.CommandContext(ctx, self, as)
	cmd.Args[0] = os.Args[0]
	cmd.Env = env
	cmd.SysProcAttr = apart()
	cmd.WaitDelay = time.Second // should somebody else have its stdout
	return cmd, err
}

// atMost keeps the beginning of what is written.
type atMost struct {
	bytes.Buffer
	left int
}

func (b *atMost) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	b.Buffer.Write(p[:n])
	return len(p), nil
}
