package exercise

import (
	"bytes"
	"context"
	"slices"

	"pollwire/lab/dissect"
	"pollwire/lab/pcap"
	"pollwire/lab/trace"
)

// Capture is what was handed in.
type Capture struct{ *trace.Trace }

// Read reads a capture. An error of the file is a *pcap.Error.
func Read(ctx context.Context, data []byte) (*Capture, error) {
	file, err := pcap.Load(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	t, err := trace.Read(ctx, file)
	if err != nil {
		return nil, err
	}
	return &Capture{t}, nil
}

// StreamWith finds the first connection on which the client sent a text; nil where there is none.
func (c *Capture) StreamWith(text string) *trace.Stream {
	for _, s := range c.Streams {
		for _, chunk := range s.Sent(trace.Client).Chunks() {
			if bytes.Contains(chunk.Data, []byte(text)) {
				return s
			}
		}
	}
	return nil
}

// hasClient tells whether this is the client's port of some connection over TCP.
func (c *Capture) hasClient(port string) bool {
	f := Field{Type: Port}
	return slices.ContainsFunc(c.Streams, func(s *trace.Stream) bool { return f.Equal(port, portOf(s, trace.Client)) })
}

// segment is a packet of a connection, with its header.
type segment struct {
	*trace.Packet
	*dissect.TCP
}

// segments are those of a connection that fit, in the order of the capture.
func segments(s *trace.Stream, fits func(segment) bool) (all []segment) {
	if s == nil {
		return nil
	}
	for p := range s.Packets() {
		if tcp, ok := dissect.Find[*dissect.TCP](p.Layers()); ok {
			if seg := (segment{p, tcp}); fits(seg) {
				all = append(all, seg)
			}
		}
	}
	return all
}

// first is the value of the first segment that fits; none where none does.
func first(s *trace.Stream, fits func(segment) bool, value func(segment) Value) Value {
	for _, seg := range segments(s, fits) {
		return value(seg)
	}
	return Value{}
}

// from makes a test for segments of one side with flags.
func from(side trace.Side, flags uint16) func(segment) bool {
	return func(s segment) bool { return s.Side == side && s.Has(flags) }
}

// carried is how many bytes a side sent, each counted once.
func carried(s *trace.Stream, side trace.Side) (n int64) {
	for _, piece := range s.Sent(side) {
		n += piece.To - piece.From
	}
	return n
}

// The values that many fields ask for.
func seqOf(s segment) Value    { return Of(s.Seq) }
func ackOf(s segment) Value    { return Of(s.Ack) }
func numberOf(s segment) Value { return Numbered(s.Number) }
