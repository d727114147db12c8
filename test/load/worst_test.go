package load

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"sync"
	"testing"

	"pollwire/test/rig"
)

// Two of the worst captures at once, of 300,000 connections with lengths that lie, cost the server no more memory than
// 320 MB each, with the bodies and what waits to be collected.
func TestTheWorstCapturesInTheServer(t *testing.T) {
	if rig.Race {
		t.Skip("the race detector takes memory of its own")
	}
	p := rig.Spawn(t, t.TempDir())
	token := p.Guest("Kim").AccessToken
	before, known := spentBy(p.Process.Pid)
	file := connections(300_000)
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
	both.Wait()
	if !known {
		t.Skip("what a process has cost is not known here")
	}
	now, _ := spentBy(p.Process.Pid)
	t.Logf("at most %d MB, %d before", now.peak>>20, before.peak>>20)
	if now.peak-before.peak > 640<<20 {
		t.Errorf("%d MB at most, and %d before", now.peak>>20, before.peak>>20)
	}
}

// connections are packets of TCP, each of a connection of its own. Of both lengths that they tell none is true.
func connections(packets int) []byte {
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
