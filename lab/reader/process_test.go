package reader

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pollwire/lab/exercise"
	"pollwire/lab/pcap"
	"pollwire/rest/problem"
	"pollwire/test/rig"
)

// badly tells a process of the tests what it is to do in place of reading. pidFile is where it writes which one it is.
const (
	badly   = "POLLWIRE_TEST_READS_BADLY"
	pidFile = "POLLWIRE_TEST_PID"
)

func TestMain(m *testing.M) {
	if how := os.Getenv(badly); how != "" {
		os.WriteFile(os.Getenv(pidFile), fmt.Append(nil, os.Getpid()), 0o600)
		behave(how)
	}
	Main()
	os.Exit(m.Run())
}

func behave(how string) {
	switch how {
	case "another program":
		os.Exit(0)
	case "is killed":
		fmt.Print(ready)
		os.Stdin.Read(make([]byte, 1000))
		self, _ := os.FindProcess(os.Getpid())
		self.Kill()
		select {}
	case "panics":
		fmt.Print(ready)
		panic("a fault of ours")
	case "breaks off":
		fmt.Print(ready, `{"Coverage":{"packets":7`)
		os.Exit(0)
	case "hangs":
		fmt.Print(ready)
		time.Sleep(time.Hour)
	case "reads nothing":
		time.Sleep(time.Hour)
	}
}

// A process with the race detector sleeps for a second before it ends.
func init() { limits = append(limits, "GORACE=atexit_sleep_ms=10") }

// badDesk is one whose processes do something else, what it has warned of, and which process it was.
func badDesk(t *testing.T, how string) (d *Desk, warned func() []string, pid func() int) {
	t.Helper()
	var mu sync.Mutex
	var list []string
	d = deskThat(t, func(err error) {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, err.Error())
	})
	file := filepath.Join(t.TempDir(), "pid")
	d.env = append(d.env[:len(d.env):len(d.env)], badly+"="+how, pidFile+"="+file)
	return d, func() []string {
			mu.Lock()
			defer mu.Unlock()
			return list
		}, func() int {
			text, _ := os.ReadFile(file)
			n, _ := strconv.Atoi(string(text))
			return n
		}
}

// runs tells whether a process is there, be it one that nobody has waited for.
func runs(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(syscall.Signal(0)) == nil
}

// A capture says the same by both ways, whatever was asked and whatever is wrong with it.
func TestAProcessReadsAsTheServerDoes(t *testing.T) {
	type named struct {
		name string
		job  Job
		file []byte
	}
	all := []named{{"ARP", Job{Lang: "ko"}, rig.ARP(0)}, {"cut", Job{}, rig.ARP(1)}, {"nothing", Job{}, nil},
		{"gzip of nothing", Job{}, []byte{0x1f, 0x8b}}, {"too many", Job{}, rig.SYNs(pcap.MaxPackets + 1)}}
	for _, e := range exercise.All() {
		file, err := os.ReadFile("../exercise/testdata/" + e.Name + ".pcapng.gz")
		if err != nil {
			t.Fatal(err)
		}
		answers := map[string]string{}
		for i, f := range e.Sheet(exercise.NewRun(exercise.TestCode, [32]byte{})).Fields {
			answers[f.ID] = []string{"1", "nonsense", ""}[i%3]
		}
		job := Job{Lang: "en", Exercise: e.Name, Code: exercise.TestCode, Answers: answers}
		all = append(all, named{e.Name, job, file})
		job.Code = "another"
		all = append(all, named{e.Name + " of another", job, file})
	}
	d := newDesk(t)
	for _, tt := range all {
		here, err := read(t.Context(), tt.job, tt.file)
		if err != nil {
			t.Fatal(err)
		}
		there, err := inProcess(t.Context(), limits, tt.job, received(t, d, tt.file).path())
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		a, _ := json.Marshal(here)
		b, _ := json.Marshal(there)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: a process says\n%s, the server\n%s", tt.name, b, a)
		}
		if own := tt.job.Code == exercise.TestCode; here.Mark.Yours != own {
			t.Errorf("%s: yours: %v", tt.name, here.Mark.Yours)
		}
	}
}

// What becomes of its process, whoever has sent the file is told, and those who run the server.
func TestAProcessThatFails(t *testing.T) {
	for how, want := range map[string]struct{ code, warned string }{
		"is killed":       {"capture_unread", "the reader has ended: "},
		"panics":          {"capture_unread", "panic: a fault of ours"},
		"breaks off":      {"capture_unread", "unexpected end of JSON"},
		"hangs":           {"capture_slow", ""},
		"reads nothing":   {"capture_slow", ""},
		"another program": {"", "no process can be started"},
	} {
		t.Run(how, func(t *testing.T) {
			d, warned, pid := badDesk(t, how)
			if want.code == "capture_slow" {
				d.limit = time.Second
			}
			url := serve(t, d)
			for range 2 {
				res, text := post(t, url, bytes.NewReader(append(rig.ARP(0), make([]byte, 12)...)))
				if res.StatusCode != 422 || !strings.Contains(text, cmp.Or(want.code, "capture_broken")) {
					t.Errorf("%d %s, want %q", res.StatusCode, text, want.code)
				}
				if runtime.GOOS != "windows" && (pid() == 0 || runs(pid())) {
					t.Errorf("process %d is still there", pid())
				}
			}
			said := strings.Join(warned(), "\n")
			if !strings.Contains(said, want.warned) || want.warned == "" && said != "" {
				t.Errorf("warned of %q, want %q", said, want.warned)
			}
			if how == "another program" && len(warned()) != 1 {
				t.Errorf("warned of it %d times", len(warned()))
			}
			d.env, d.limit = limits, time.Minute
			if res, text := post(t, url, bytes.NewReader(rig.ARP(0))); res.StatusCode != 200 {
				t.Errorf("the next: %d %s", res.StatusCode, text)
			}
		})
	}
}

// A process can't read what it can't open: that is told as if it had died, and the log has the path.
func TestAProcessThatCannotOpenTheFile(t *testing.T) {
	var warned error
	d := deskThat(t, func(err error) { warned = err })
	if !d.apart {
		t.Fatal("the tests of this package start processes")
	}
	f := received(t, d, rig.ARP(0))
	missing := f.path()
	d.folder.Remove(f.Name)
	_, err := d.Read(t.Context(), Job{}, f)
	if p, _ := problem.Of(err); p.Status != 422 || p.Code != "capture_unread" {
		t.Errorf("%+v, %v", p, err)
	}
	if warned == nil || !strings.Contains(warned.Error(), filepath.Base(missing)) {
		t.Errorf("warned of %v", warned)
	}
}

// Close waits for what is being read, and does not let it go on.
func TestCloseEndsReaders(t *testing.T) {
	d, _, pid := badDesk(t, "hangs")
	d.limit = time.Hour
	done := make(chan error, 1)
	file := received(t, d, rig.ARP(0))
	go func() { _, err := d.Read(context.Background(), Job{}, file); done <- err }()
	for began := time.Now(); pid() == 0; time.Sleep(time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("no process has begun")
		}
	}
	d.Close()
	if runtime.GOOS != "windows" && runs(pid()) {
		t.Errorf("process %d is still there", pid())
	}
	if err := <-done; err == nil {
		t.Error("no error")
	}
}

// When the server has gone nobody reads on: a process whose stdin ends does not answer.
func TestAProcessEndsWithTheServer(t *testing.T) {
	file := received(t, newDesk(t), rig.SYNs(pcap.MaxPackets)) // a second or more
	line, _ := json.Marshal(request{Job{}, []byte(file.path())})
	cmd, err := command(t.Context(), limits)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = bytes.NewReader(append(line, '\n'))
	out, err := cmd.Output()
	if err == nil || string(out) != ready {
		t.Errorf("it has gone on, and says %.100s, %v", out, err)
	}
}
