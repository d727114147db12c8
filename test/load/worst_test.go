package load

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

// Two of the worst captures at once, of 300,000 connections with lengths that lie, cost the server no more memory than
// their bodies do and what waits to be collected; and each of the processes that read them no more than 256 MB.
func TestTheWorstCapturesInTheServer(t *testing.T) {
	if rig.Race {
		t.Skip("the race detector takes memory of its own")
	}
	p := rig.Spawn(t, t.TempDir())
	token := p.Guest("Kim").AccessToken
	before, known := spentBy(p.Process.Pid)
	file := rig.Connections(300_000)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			req, _ := http.NewRequest("POST", p.API+"/api/coverage", bytes.NewReader(file))
			req.Header.Set("Authorization", "Bearer "+token)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			text, _ := io.ReadAll(res.Body)
			if res.StatusCode != 200 && !bytes.Contains(text, []byte("capture_slow")) { // 5 s, on a busy computer
				t.Errorf("%s: %.300s", res.Status, text)
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
	if now.peak-before.peak > 160<<20 {
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
