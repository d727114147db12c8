package load

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"pollwire/test/rig"
)

// BenchmarkCapture asks three servers in turn, so that whatever else the machine does meets all of them alike: without
// -capture, with it while nobody reads, and with a reader. The figures are medians of what one request takes.
func BenchmarkCapture(b *testing.B) {
	for _, c := range []struct {
		name, path string
		requests   int // in one go
	}{{"small", "/lab/whoami", 100}, {"10MB", "/lab/bytes/10000000", 1}} {
		b.Run(c.name, func(b *testing.B) {
			modes := []struct {
				name string
				rig  *rig.Process
				conn *rig.Conn
				took []time.Duration
			}{{name: "off"}, {name: "on"}, {name: "read"}}
			for i := range modes {
				modes[i].rig = rig.Spawn(b, b.TempDir(), fmt.Sprint("-capture=", i > 0))
			}
			resp, err := http.Get(modes[2].rig.Health + "/capture")
			if err != nil {
				b.Fatal(err)
			}
			defer resp.Body.Close()
			go io.Copy(io.Discard, resp.Body)
			for i := range modes {
				modes[i].conn = rig.DialRaw(b, modes[i].rig.API[len("http://"):])
			}
			request := rig.Request("GET", c.path, "", nil)
			for b.Loop() {
				for i := range modes {
					m := &modes[i]
					began := time.Now()
					for range c.requests {
						if status, err := m.conn.RoundTrip(request); status != 200 || err != nil {
							b.Fatalf("GET %s = %d, %v, want 200", c.path, status, err)
						}
					}
					m.took = append(m.took, time.Since(began)/time.Duration(c.requests))
				}
			}
			for _, m := range modes {
				slices.Sort(m.took)
				b.ReportMetric(float64(m.took[len(m.took)/2].Nanoseconds())/1000, m.name+"-µs")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
