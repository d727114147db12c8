package exercise

import (
	"bytes"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"pollwire/lab/apps"
	"pollwire/lab/dissect"
	"pollwire/lab/trace"
	"pollwire/wire/witness"
)

// How far the clock of a capture may be off the server's: so much in all, and so much more or less from one connection
// to the next.
const (
	maxOff   = 5 * time.Minute
	maxDrift = 2 * time.Second
)

// Witnessed is what a server remembers of a run's connections.
type Witnessed struct {
	Connections []*witness.Record
	Missed      time.Time // when the last may have begun that it has missed; zero where it has seen all
}

// Doubts compares a capture with what the server remembers of the run's connections, and says what can't be true. A
// capture may lack connections, and packets; what is there must be what was sent.
func Doubts(c *Capture, code string, seen Witnessed) (doubts []Text) {
	if len(seen.Connections) == 0 {
		return nil // played elsewhere, or the server has forgotten
	}
	told := map[*trace.Stream]bool{}
	var off []time.Duration
	for i, s := range c.streamsOf(seen.Connections) {
		if s == nil {
			continue
		}
		r := seen.Connections[i]
		if told[s] = true; !r.Whole {
			continue
		}
		doubts = append(doubts, compare(s, r)...)
		for _, syn := range segments(s, from(trace.Client, dissect.SYN)) {
			off = append(off, syn.Time.Sub(r.Began))
			break
		}
	}
	for _, s := range c.Streams {
		if !told[s] && names(s, code) && !before(s, seen.Missed, off) {
			doubts = append(doubts, Text{"the server has not seen the connection from port %d",
				"서버는 %d번 포트에서 온 " +
					"연결을 본 적이 없습니다"}.With(s.Ends[trace.Client].Port()))
		}
	}
	return append(doubts, clock(off)...)
}

// before tells whether a connection began before a moment of the server's clock, of which that of the capture is off.
func before(s *trace.Stream, moment time.Time, off []time.Duration) bool {
	if moment.IsZero() {
		return false
	}
	slack := maxOff
	if len(off) > 0 {
		slack = slices.Max(off) // where the server took a connection with the least delay
	}
	moment = moment.Add(slack)
	for p := range s.Packets() {
		return p.Time.Before(moment)
	}
	return false
}

// streamsOf finds the connections that the server remembers, nil for one that the capture lacks. A router or a
// container that rewrites addresses may leave the ports as they are; else the client has another port than the server
// has seen. Then a connection is known by the bytes with which it begins. Of connections that begin alike those are
// paired first that have the same addresses, then those that have the same ports.
func (c *Capture) streamsOf(seen []*witness.Record) []*trace.Stream {
	found, taken := make([]*trace.Stream, len(seen)), map[*trace.Stream]bool{}
	for _, same := range []func(*trace.Stream, *witness.Record) bool{sameEnds, samePorts, sameBeginning} {
		for i, r := range seen {
			for _, s := range c.Streams {
				if found[i] == nil && !taken[s] && same(s, r) {
					found[i], taken[s] = s, true
				}
			}
		}
	}
	return found
}

// sameEnds compares addresses and ports. Without the handshake nobody can tell the client from the server.
func sameEnds(s *trace.Stream, r *witness.Record) bool {
	return s.Ends == [2]netip.AddrPort{r.Client, r.Server} || s.Ends == [2]netip.AddrPort{r.Server, r.Client}
}

func samePorts(s *trace.Stream, r *witness.Record) bool {
	return s.Ends[trace.Client].Port() == r.Client.Port() && sameBeginning(s, r)
}

// sameBeginning compares the server's port, and what the client sent first.
func sameBeginning(s *trace.Stream, r *witness.Record) bool {
	if s.Ends[trace.Server].Port() != r.Server.Port() {
		return false
	}
	first := s.Sent(trace.Client).Chunks()
	if len(first) == 0 || first[0].From != 0 || len(first[0].Data) == 0 {
		return false
	}
	_, same := r.Compare(witness.Client, 0, first[0].Data)
	return same
}

// compare compares both directions.
func compare(s *trace.Stream, r *witness.Record) []Text {
	for side, witnessed := range [2]witness.Side{witness.Client, witness.Server} {
		if _, fromSYN := s.Initial(trace.Side(side)); !fromSYN {
			return []Text{Text{"it begins in the middle of the connection from port %d: start the capture first, and begin a " +
				"new run", "%d번 포트에서 온 연결의 중간에서 시작합니다. 캡처를 먼저 시작하고 새 " +
				"시도를 하세요"}.With(
				r.Client.Port())}
		}
		for _, chunk := range s.Sent(trace.Side(side)).Chunks() {
			if at, same := r.Compare(witnessed, chunk.From, chunk.Data); !same {
				who := [2]string{client, server}[side]
				return []Text{Text{"on the connection from port %[1]d, the %[2]s has sent something else near byte %[4]d",
					"%[1]d번 포트에서 온 연결에서 %[3]s가 보낸 것이 바이트 %[4]d 부근에서 다릅니다"}.With(
					s.Ends[trace.Client].Port(), who, sides[who], at)}
			}
		}
	}
	return nil
}

// names tells whether somebody has sent the code of a run in the clear, in the first line of a request or in the :path
// of one. Where the handshake is not in the capture nobody can tell the client from the server.
func names(s *trace.Stream, code string) bool {
	const target = `/\S*[?&]run=`
	if isHTTP2(s) {
		return asks(apps.Of(s), regexp.MustCompile("^"+target+regexp.QuoteMeta(code)+`\b`))
	}
	request := regexp.MustCompile(`(?m)^[A-Z]+ ` + target + regexp.QuoteMeta(code) + `\b\S* HTTP/1`)
	for _, side := range []trace.Side{trace.Client, trace.Server} {
		for _, chunk := range s.Sent(side).Chunks() {
			if bytes.Contains(chunk.Data, []byte("run="+code)) && request.Match(chunk.Data) {
				return true
			}
		}
	}
	return false
}

// asks tells whether a request of HTTP/2 has such a path: HPACK writes none as it is.
func asks(t *apps.Talk, path *regexp.Regexp) bool {
	return slices.ContainsFunc(t.HTTP2[trace.Client], func(f *apps.Frame2) bool {
		return path.MatchString(f.Get(":path"))
	})
}

// clock doubts times that are far from the server's, or don't fit together.
func clock(off []time.Duration) []Text {
	if len(off) == 0 {
		return nil
	}
	least, most := off[0], off[0]
	for _, d := range off {
		least, most = min(least, d), max(most, d)
	}
	switch {
	case most-least > maxDrift:
		return []Text{{"the times of its connections do not fit together",
			"연결들의 시각이 서로 맞지 않습니다"}}
	case most.Abs() > maxOff:
		return []Text{Text{"its clock is %v off the server's: set the clock of the computer, and begin a new run",
			"시계가 서버와 %v 다릅니다. 컴퓨터의 시계를 맞추고 새 시도를 시작하세요"}.With(
			most.Abs().Round(time.Second))}
	}
	return nil
}
