package rig

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Connections are a capture of packets of TCP, each of a connection of its own. Of both lengths that they tell none is
// true: 300,000 of them are the worst that a reader gets.
func Connections(packets int) []byte {
	le, be := binary.LittleEndian, binary.BigEndian
	b := append(le.AppendUint32(nil, 0xa1b2c3d4), 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	for i := range packets {
		for _, v := range []int{1e9, i, 58, 1 << 18} {
			b = le.AppendUint32(b, uint32(v))
		}
		b = append(b, 0x45, 0, 0xff, 0xff, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, byte(i>>24), byte(i>>16), 10, 0, 0, 1)
		b = append(be.AppendUint16(b, uint16(i)), 0, 80)
		b = append(be.AppendUint32(b, uint32(i*77777)), 0, 0, 0, 0, 0x50, 0x18, 1, 0, 0, 0, 0, 0)
		b = append(b, "GET / HTTP/1.1\r\n\r\n"...)
	}
	return b
}

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
