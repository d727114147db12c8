package exercise

import (
	"bytes"
	"slices"
	"testing"

	"pollwire/lab/pcap"
	"pollwire/lab/trace"
)

// HPACK hides the code of a run: it is found in what the header blocks say.
func TestARunIsNamedInHTTP2(t *testing.T) {
	c, run := recorded(t, &http2Exercise)
	found := 0
	for _, s := range c.Streams {
		if names(s, "another0") || names(s, run.Code[:4]) {
			t.Errorf("the connection from port %d names another run", s.Ends[trace.Client].Port())
		}
		if !names(s, run.Code) {
			continue
		}
		found++
		for _, chunk := range s.Sent(trace.Client).Chunks() {
			if bytes.Contains(chunk.Data, []byte(run.Code)) {
				t.Error("the code stands in the clear: this capture shows nothing")
			}
		}
	}
	if found != 2 {
		t.Errorf("%d connections name the run, want 2", found)
	}
}

// Who fails at first, and tries once more on other connections, is marked by those.
func TestTheConnectionThatShowsMostIsMarked(t *testing.T) {
	c, run := recorded(t, &http2Exercise)
	packets := packetsOf(t, c)
	portAt := [2]int{trace.Client: 14 + 20, trace.Server: 14 + 20 + 2} // the client's, behind Ethernet and IPv4
	// The same from another port, as far as the middle of each connection.
	var before []*pcap.Packet
	for _, s := range c.Streams {
		if !names(s, run.Code) {
			continue
		}
		var of []*pcap.Packet
		for p := range s.Packets() {
			data := bytes.Clone(p.Data)
			data[portAt[p.Side]] ^= 0x10
			of = append(of, &pcap.Packet{Time: p.Time, Data: data})
		}
		before = append(before, of[:len(of)/2]...)
	}
	answers := rightOf(t, &http2Exercise, run, c, EN)
	m := http2Exercise.Mark(run, readAll(t, written(slices.Concat(before, packets), pcap.Ethernet, asItIs)), answers)
	if m.Score != m.Of || len(before) == 0 {
		t.Errorf("%+v", m)
	}
}
