package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Child is a process that a process has started. It waits until there is one that has as much memory in use, and skips
// the test where nobody tells.
func Child(t testing.TB, of, bytes int) (pid int) {
	t.Helper()
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip("no /proc tells of processes here")
	}
	for began := time.Now(); time.Since(began) < Patience; time.Sleep(time.Millisecond) {
		for _, pid := range Children(of) {
			if resident(pid) >= bytes {
				return pid
			}
		}
	}
	t.Fatal("no process was started")
	return 0
}

// Children are the processes that a process has started and not waited for (proc(5)); none where nobody tells.
func Children(of int) (list []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		_, behind, _ := strings.Cut(string(text), ") ") // of the name; then come the state and the parent
		if f := strings.Fields(behind); len(f) > 1 && f[1] == strconv.Itoa(of) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			list = append(list, pid)
		}
	}
	return list
}

func resident(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	f := strings.Fields(string(text))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(f[1])
	return pages * os.Getpagesize()
}

// Gone waits until a process has ended, whoever has to wait for it.
func Gone(t testing.TB, pid int) {
	t.Helper()
	for began := time.Now(); time.Since(began) < Patience; time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if _, behind, _ := strings.Cut(string(text), ") "); err != nil || strings.HasPrefix(behind, "Z") {
			return
		}
	}
	t.Fatalf("process %d does not end", pid)
}
