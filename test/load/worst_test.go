package load

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

// Two of the worst captures at once, of 300,000 connections with lengths that lie, one handed in and one asked about,
// cost the server less memory than one of them has bytes; and each of the processes that read them no more than 256 MB.
func TestTheWorstCapturesInTheServer(t *testing.T) {
	if rig.Race {
		t.Skip("the race detector takes memory of its own")
	}
	p := rig.Spawn(t, t.TempDir())
	token := p.Guest("Kim").AccessToken
	file := rig.Connections(300_000)
	requests := append(handIns(p, []string{token}, file), fmt.Appendf(nil, "POST /api/coverage HTTP/1.1\r\n"+
		"Host: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", token, len(file), file))
	before, known := spentBy(p.Process.Pid)
	var both sync.WaitGroup
	for _, request := range requests {
		conn := rig.DialRaw(t, p.API[len("http://"):])
		both.Go(func() {
			status, err := conn.RoundTrip(request)
			if err != nil || status != 200 && !bytes.Contains(conn.Body, []byte("capture_slow")) { // 5 s, on a busy computer
				t.Errorf("%.60q: %d %.300s, %v", request, status, conn.Body, err)
			}
		})
	}
	read := make(chan struct{})
	go func() { both.Wait(); close(read) }()
	readers := most(p.Process.Pid, read)
	if !known {
		t.Skip("what a process has cost is not known here")
	}
	now, _ := spentBy(p.Process.Pid)
	t.Logf("at most %d MB, %d before; a reader at most %d MB", now.peak>>20, before.peak>>20, readers>>20)
	if now.peak-before.peak > int64(len(file)) {
		t.Errorf("%d MB at most, and %d before", now.peak>>20, before.peak>>20)
	}
	if readers == 0 || readers > 256<<20 {
		t.Errorf("a reader has taken %d MB", readers>>20)
	}
}

// most is as much memory as one of the processes that a process starts has had, until done.
func most(of int, done <-chan struct{}) (bytes int64) {
	for {
		for _, pid := range rig.Children(of) {
			s, _ := spentBy(pid)
			bytes = max(bytes, s.peak)
		}
		select {
		case <-done:
			return bytes
		case <-time.After(10 * time.Millisecond):
		}
	}
}
