package events

import (
	"fmt"
	"slices"
	"testing"
)

func TestFinderFindsEventsInWhateverWayTheyAreWritten(t *testing.T) {
	var f Finder
	for _, c := range []struct {
		chunk string
		want  []Mention
	}{
		{"", nil},
		{": still here\n\n", nil},
		{"\x81\x2a" + `{"event":"vote:result","data":{"poll_id":1},"seq":7}`, []Mention{{"vote:result", "7"}}},
		{`42["chat:message",{"id":1},"8"]`, []Mention{{"chat:message", "8"}}},
		{"id: 9\nevent: user:left\ndata: {}\n\nid: 10\nevent: user:joined\ndata: {}\n\n",
			[]Mention{{"user:left", "9"}, {"user:joined", "10"}}},
		{`{"seq":11,"event":"poll:created","data":{}}`, []Mention{{"poll:created", "11"}}},
	} {
		chunk := []byte(c.chunk)
		for range 2 { // found, and remembered
			if got := f.In(chunk); !slices.Equal(got, c.want) {
				t.Errorf("In(%q) = %v, want %v", c.chunk, got, c.want)
			}
		}
	}
}

// What goes to a thousand sockets is looked through once, also while each of them gets several chunks.
func TestFinderLooksThroughAChunkOnce(t *testing.T) {
	var f Finder
	var chunks [][]byte
	for i := range maxSeen / 2 {
		chunks = append(chunks, fmt.Appendf(nil, `{"event":"vote:result","data":{},"seq":%d}`, i))
	}
	for _, c := range chunks {
		f.In(c)
	}
	if n := testing.AllocsPerRun(100, func() {
		for _, c := range chunks {
			f.In(c)
		}
	}); n > 0 {
		t.Errorf("%v allocations for chunks that it has seen, want 0", n)
	}
	for i := range 10 * maxSeen {
		f.In(fmt.Appendf(nil, `{"event":"ack","id":%d,"data":{}}`, i))
	}
	if n := testing.AllocsPerRun(1, func() { f.In(chunks[0]) }); n > 0 {
		t.Errorf("%v allocations for a chunk that it has seen, want 0: answers to one client pushed it out", n)
	}
	for i := range 10 * maxSeen {
		f.In(fmt.Appendf(nil, `{"event":"vote:result","data":{},"seq":%d}`, i))
	}
	if len(f.seen) > maxSeen {
		t.Errorf("it keeps %d chunks, want at most %d", len(f.seen), maxSeen)
	}
}
