package hub

import (
	"strconv"
	"testing"
)

// BenchmarkSweep tells a thousand listeners what is new: so many events at a time, sent at once or taken by a writer.
// An operation is one sweep.
func BenchmarkSweep(b *testing.B) {
	const listeners = 1000
	data := []byte(`{"text":"How long does a message take to all of us?"}`)
	for _, direct := range []bool{true, false} {
		for _, events := range []int{1, 16} {
			b.Run(map[bool]string{true: "direct/", false: "writer/"}[direct]+strconv.Itoa(events), func(b *testing.B) {
				h := New(0, nil, noReserve)
				all := make([]Listener, listeners)
				for i := range all {
					all[i].Dialect, all[i].Wake = plain, func() {}
					if direct {
						all[i].Direct = func(chunk []byte) int { return len(chunk) }
					}
					if _, err := h.Listen(&all[i], Live); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportAllocs()
				for b.Loop() {
					for range events {
						h.Publish("e", 0, data)
					}
					h.sweep()
					for i := range all {
						if !direct {
							all[i].Take() // what waits
							all[i].Take() // nothing: the writer ends
						}
					}
				}
			})
		}
	}
}
