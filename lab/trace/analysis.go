package trace

import (
	"fmt"
	"strings"
	"time"

	"pollwire/lab/dissect"
)

// Analysis is what a segment is in its stream, in Wireshark's words and by its rules ("TCP Analysis" of the User's
// Guide). They are guesses of somebody who sees one place of the way: a segment that comes late may have been sent
// twice or have taken another road, and the times between packets decide.
type Analysis uint16

// The names of Wireshark's fields stand behind them: tcp.analysis.*.
const (
	Retransmission   Analysis = 1 << iota // retransmission: these bytes were here before
	Fast                                  // fast_retransmission: and two duplicate ACKs asked for them
	Spurious                              // spurious_retransmission: and they had been acknowledged
	OutOfOrder                            // out_of_order: they come late, and were not here before
	LostBefore                            // lost_segment: something is missing in front of it
	AckedUnseen                           // ack_lost_segment: it acknowledges what is not in the capture
	DuplicateACK                          // duplicate_ack
	ZeroWindow                            // zero_window: the receiver has no room
	ZeroWindowProbe                       // zero_window_probe: is there room again?
	ZeroWindowAnswer                      // zero_window_probe_ack: no
	WindowFull                            // window_full: the sender has used all the room
	WindowUpdate                          // window_update: there is room again
	KeepAlive                             // keep_alive: are you there?
	KeepAliveACK                          // keep_alive_ack: yes
	ReusedPorts                           // reuse_ports
)

var analysisNames = []string{"retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order",
	"lost_segment", "ack_lost_segment", "duplicate_ack", "zero_window", "zero_window_probe", "zero_window_probe_ack",
	"window_full", "window_update", "keep_alive", "keep_alive_ack", "reused_ports"}

// Names are those of Wireshark's fields behind "tcp.analysis.".
func (a Analysis) Names() (names []string) {
	for i, name := range analysisNames {
		if a>>i&1 != 0 {
			names = append(names, name)
		}
	}
	return names
}

func (a Analysis) String() string { return strings.Join(a.Names(), " ") }

// Scales that are not known, since the handshake is not there, and that are not used.
const (
	scaleUnknown = -1
	scaleNone    = -2
)

const (
	soon       = 20 * time.Millisecond // behind a duplicate ACK: what comes then was asked for by it
	outOfOrder = 3 * time.Millisecond  // what is late by less took another road, where no handshake shows the RTT
)

// state is what is known of a side: of what it sent so far.
type state struct {
	high     int64  // behind the highest byte, as an offset
	nextSeq  uint32 // behind the highest segment; 0: none yet
	covered  uint32 // behind what came without a hole: what the other side may acknowledge
	lastAck  uint32
	window   uint16
	unscaled bool // the last segment was a SYN, whose window is never scaled (RFC 7323 §2.2)
	last     Analysis
	dupACKs  uint32
	ackTime  int64 // of the last segment, in nanoseconds
	nextTime int64 // of the segment that raised nextSeq
}

// before compares sequence numbers, which wrap around (RFC 9293 §3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// look is one segment, beside what is known of the two sides.
type look struct {
	*dissect.TCP
	length   uint32 // of the payload
	at       int64
	fwd, rev *state
	to       *opening // of the other side
	found    Analysis
}

const unusual = dissect.SYN | dissect.FIN | dissect.RST

func (l *look) plain() bool { return l.Flags&unusual == 0 }

// same reports whether the segment repeats the numbers of the side's last one.
func (l *look) same() bool {
	return l.length == 0 && l.Seq == l.fwd.nextSeq && l.Ack == l.fwd.lastAck && l.plain()
}

// analyse judges a segment by what came before it, and remembers it.
func (s *Stream) analyse(p *Packet, tcp *dissect.TCP) {
	l := &look{TCP: tcp, length: uint32(tcp.Carried() + p.Length - len(p.Data)), at: p.Time.UnixNano(),
		fwd: &s.analysis.sides[p.Side], rev: &s.analysis.sides[p.Side.Other()], to: &s.opening[p.Side.Other()]}
	if p.Datagram != nil {
		l.length = uint32(tcp.Carried())
	}
	s.handshake(l, p.Side)
	l.window()
	l.acks()
	l.again(s.rtt)
	l.remember()
	p.Analysis |= l.found
}

// handshake takes from it the scales of windows (RFC 7323 §2.2: only if both say one) and the RTT.
func (s *Stream) handshake(l *look, side Side) {
	mine := &s.opening[side]
	if l.Flags&dissect.SYN != 0 {
		mine.scale = scaleNone
		if scale, ok := l.WindowScale(); ok {
			mine.scale = int8(min(scale, 14))
		}
		if l.Flags&dissect.ACK != 0 && (mine.scale == scaleNone || l.to.scale == scaleNone) {
			mine.scale, l.to.scale = scaleNone, scaleNone
		}
	}
	switch begun := &s.analysis.synTime; l.Flags & (dissect.SYN | dissect.ACK) {
	case dissect.SYN:
		*begun = l.at
	case dissect.ACK:
		if side == Client && s.rtt == 0 && *begun != 0 {
			s.rtt = time.Duration(l.at - *begun)
		}
	}
}

// RTT is the time from the SYN to the ACK that ends the handshake.
func (s *Stream) RTT() (time.Duration, bool) { return s.rtt, s.rtt > 0 }

// Scale is the power of two by which the windows of a side count. ok is false if the capture has no handshake.
func (s *Stream) Scale(side Side) (power int, ok bool) {
	scale := s.opening[side].scale
	return max(0, int(scale)), scale != scaleUnknown
}

// window is about room: none, asking whether there is any, and whether anybody is there.
func (l *look) window() {
	if l.length == 1 && l.Seq == l.fwd.nextSeq && l.rev.window == 0 && l.to.begun {
		l.found |= ZeroWindowProbe
		return
	}
	if l.Window == 0 && l.plain() {
		l.found |= ZeroWindow
	}
	if l.fwd.nextSeq != 0 && before(l.fwd.nextSeq, l.Seq) && l.Flags&dissect.RST == 0 {
		l.found |= LostBefore
	}
	if l.length <= 1 && l.Seq == l.fwd.nextSeq-1 && l.plain() {
		l.found |= KeepAlive
	}
	if l.same() && l.Window != 0 && l.Window != l.fwd.window {
		l.found |= WindowUpdate
	}
	if l.length > 0 && l.to.scale != scaleUnknown && l.plain() && l.Seq+l.length == l.rev.edge(l.to.scale) {
		l.found |= WindowFull
	}
	l.repeated()
}

// edge is the number behind the room that a side has told of.
func (s *state) edge(scale int8) uint32 {
	room := uint32(s.window)
	if !s.unscaled && scale > 0 {
		room <<= scale
	}
	return s.lastAck + room
}

// repeated is about segments that say what the last one said.
func (l *look) repeated() {
	probed := l.Window == 0 && l.fwd.window == 0 && l.rev.last&ZeroWindowProbe != 0 && l.length == 0 && l.plain() &&
		l.Seq == l.fwd.nextSeq && (l.Ack == l.fwd.lastAck || l.Ack == l.fwd.lastAck+1)
	switch alike := l.same() && l.Window == l.fwd.window; {
	case alike && l.Window != 0 && l.rev.last&KeepAlive != 0:
		l.found |= KeepAliveACK
	case probed:
		l.found |= ZeroWindowAnswer
		if l.Ack == l.fwd.lastAck+1 { // the byte of the probe was taken after all
			l.rev.nextSeq, l.rev.covered = l.Ack, l.Ack
		}
	case alike && l.Window != 0:
		l.found |= DuplicateACK
		l.fwd.dupACKs++
	}
}

// acks is about what is acknowledged and was never seen.
func (l *look) acks() {
	if l.Ack != l.fwd.lastAck {
		l.fwd.dupACKs = 0
	}
	if l.rev.covered == 0 || !before(l.rev.covered, l.Ack) || l.Flags&dissect.ACK == 0 {
		return
	}
	if l.Ack == l.fwd.lastAck+1 && l.Seq == l.fwd.nextSeq && l.rev.last&ZeroWindowProbe != 0 {
		l.found |= WindowUpdate
	} else {
		l.found |= AckedUnseen
	}
	l.rev.covered = l.rev.nextSeq
}

// again is about what does not get further than what was sent before.
func (l *look) again(rtt time.Duration) {
	if l.length == 0 && l.Flags&(dissect.SYN|dissect.FIN) == 0 || l.found&KeepAlive != 0 {
		return
	}
	late := l.fwd.nextSeq != 0 && before(l.Seq, l.fwd.nextSeq)
	if l.length > 1 && l.fwd.nextSeq-1 == l.Seq { // behind a probe that brought the first byte of it
		late = false
	}
	limit := outOfOrder
	if rtt > 0 {
		limit = rtt
	}
	end := l.Seq + l.length
	switch {
	case l.length > 0 && l.rev.lastAck != 0 && !before(l.rev.lastAck, end):
		l.found |= Spurious | Retransmission
	case late && l.rev.dupACKs >= 2 && l.rev.lastAck == l.Seq && time.Duration(l.at-l.rev.ackTime) < soon:
		l.found |= Fast | Retransmission
	case late && time.Duration(l.at-l.fwd.nextTime) < limit && l.fwd.nextSeq != l.next():
		l.found |= OutOfOrder
	case late:
		l.found |= Retransmission
	}
}

// next is the number behind the segment: SYN and FIN count.
func (l *look) next() uint32 {
	if l.Flags&(dissect.SYN|dissect.FIN) != 0 {
		return l.Seq + l.length + 1
	}
	return l.Seq + l.length
}

func (l *look) remember() {
	next, f := l.next(), l.fwd
	if probe := l.found&ZeroWindowProbe != 0; !probe {
		if f.nextSeq == 0 || before(f.nextSeq, next) {
			f.nextSeq, f.nextTime = next, l.at
		}
		if f.covered == 0 || f.covered == l.Seq {
			f.covered = f.nextSeq
		}
	}
	f.window, f.unscaled, f.lastAck, f.ackTime, f.last = l.Window, l.Flags&dissect.SYN != 0, l.Ack, l.at, l.found
}

// Summary is a stream in a line, for people.
func (s *Stream) Summary() string {
	return fmt.Sprintf("%d: %v -> %v, %d packets", s.Number, s.Ends[Client], s.Ends[Server], s.Count)
}
