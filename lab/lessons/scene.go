package lessons

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"pollwire/lab/netbox"
)

// Event is what a scene tells while it plays. Which fields are set is said at the types.
type Event struct {
	Type   Type
	Lesson string
	Step   int // the step it belongs to, from 1; 0 outside
	Text   Text

	Network, Client, Server string   // of a Connection: "tcp" or "udp", and both ends
	Lines                   []string // of Sent and Received
	Filter                  string   // of a Filter
	Packets                 int
	Exact                   bool     // exactly Packets, otherwise at least so many
	Answer                  Text     // of a Question
	Proofs                  []Proof  // of a Question: where its answer is to be read
	Tshark                  []string // of a Setting: the same as arguments of tshark

	// Varying are values in Text, Lines and Answer that hang on the system or the moment, and may be the same each time
	// here.
	Varying []string

	Interface, Capture string // of a Begin: where to capture, with which capture filter
	Captures           string // of a Begin in a network of its own: the folder of its captures
	Host               string // of a Filter there: in whose capture it finds its packets
}

// Type says what an Event is.
type Type string

const (
	Begin      Type = "lesson"     // Text: the aim; Server: its address; Interface, Capture
	Step       Type = "step"       // Text: what is done next, and why
	Connection Type = "connection" // this step uses it
	Sent       Type = "sent"       // Lines: what the client has written, or what of it can be shown
	Received   Type = "received"   // Lines
	Note       Type = "note"       // Text: what has been seen
	Filter     Type = "filter"     // Filter, Packets, Exact; Text: what it shows
	Setting    Type = "setting"    // Text: what Wireshark has to be told, or filters of this lesson find nothing; Tshark
	Table      Type = "table"      // Text: the heads of the columns; Lines: the rows; tabs stand between columns
	Unable     Type = "unable"     // Text: what this system can't do, and so is left out
	Question   Type = "question"   // Text, Answer; they come after the last step
	End        Type = "end"        // all has been played
)

// Scene is a lesson while it plays. Its methods are the script's language. What fails ends the scene, as Fatal ends a
// test: a script has no line that asks for errors. For that reason they must be called in the goroutine of Play alone.
type Scene struct {
	*Stage
	Spare []string // the numbers of the ports that the lesson asked for

	ctx       context.Context
	lesson    string
	pace      time.Duration
	tell      func(Event)
	step      int
	conns     []*Conn
	watched   []string
	questions []Event
	varying   []string // see Varying
	keyLog    *os.File // see KeyLog
	nets      []*netbox.Net
	host      string // see At
}

// ended is what Fail panics with.
type ended struct{ err error }

// Play plays one lesson. tell is called for all that happens, in this goroutine. When ctx ends so does the scene, with
// all of its connections.
func Play(ctx context.Context, l Lesson, on *Stage, pace time.Duration, tell func(Event)) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &Scene{Stage: on, Spare: on.spare[l.Name], ctx: ctx, lesson: l.Name, pace: pace, tell: tell}
	if on.inNetwork() {
		s.host = on.client.host.Name
	}
	defer func() {
		err = failure(recover())
		if ctx.Err() != nil { // what failed then did so because the connections were taken away
			err = context.Cause(ctx)
		}
		cancel(nil)
		for _, c := range s.conns {
			c.Close()
		}
		s.closeNets()
	}()
	s.say(on.begin(l))
	l.Play(s)
	s.Check("capture", s.closeNets())
	s.step = 0
	for _, q := range s.questions {
		s.say(q)
	}
	s.say(Event{Type: End})
	return nil
}

// begin says where a lesson is played.
func (st *Stage) begin(l Lesson) Event {
	if l.Box && !st.onLoopback {
		return Event{Type: Begin, Text: l.Aim, Captures: st.capturesOf(l.Name)}
	}
	if st.inNetwork() {
		return Event{Type: Begin, Text: l.Aim, Server: st.Addr("http"), Captures: st.capturesOf(l.Name)}
	}
	name, _, _ := Interface(st.Host)
	e := Event{Type: Begin, Text: l.Aim, Interface: name, Capture: st.CaptureFilter([]Lesson{l})}
	if !st.onLoopback {
		e.Server = st.Addr("http")
	}
	return e
}

// failure is what Fail was called with. Any other panic goes on.
func failure(panicked any) error {
	if e, ours := panicked.(ended); ours {
		return e.err
	}
	if panicked != nil {
		panic(panicked)
	}
	return nil
}

func (s *Scene) say(e Event) {
	e.Lesson, e.Step = s.lesson, s.step
	s.tell(e)
}

// Fail ends the scene.
func (s *Scene) Fail(format string, args ...any) {
	panic(ended{fmt.Errorf(format, args...)})
}

// Check ends the scene if there is an error; doing says at what.
func (s *Scene) Check(doing string, err error) {
	if err != nil {
		s.Fail("%s: %w", doing, err)
	}
}

// Must ends the scene unless something is as the lesson says: a lesson must not tell what has not happened.
func (s *Scene) Must(ok bool, format string, args ...any) {
	if !ok {
		s.Fail(format, args...)
	}
}

// Step begins the next step, after a pause in which the one before can be looked at.
func (s *Scene) Step(what Text) {
	if s.step > 0 {
		s.Pause(s.pace)
	}
	s.step++
	s.varying = nil
	for _, c := range s.conns {
		c.shown = false
	}
	s.say(Event{Type: Step, Text: what})
}

// Pause waits; it ends the scene if the scene is to end.
func (s *Scene) Pause(d time.Duration) { s.wait(d + s.slower) }

// wait is a pause that must be so long and no longer.
func (s *Scene) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
		s.Fail("%w", context.Cause(s.ctx))
	}
}

// Context ends with the scene: for what waits by itself.
func (s *Scene) Context() context.Context { return s.ctx }

// tried tells what was done if it has worked.
func (s *Scene) tried(attempt func() bool) bool {
	var kept []Event
	tell := s.tell
	s.tell = func(e Event) { kept = append(kept, e) }
	defer func() { s.tell = tell }()
	if !attempt() {
		return false
	}
	for _, e := range kept {
		tell(e)
	}
	return true
}

// Note tells what has been seen in this step.
func (s *Scene) Note(what Text) { s.say(Event{Type: Note, Text: what, Varying: s.varying}) }

// Table tells a table. A tab stands between two heads.
func (s *Scene) Table(heads Text, rows ...[]string) {
	e := Event{Type: Table, Text: heads, Varying: s.varying}
	for _, r := range rows {
		e.Lines = append(e.Lines, strings.Join(r, "\t"))
	}
	s.say(e)
}

// Unable tells what this system can't do. The lesson goes on without it.
func (s *Scene) Unable(what Text) { s.say(Event{Type: Unable, Text: what}) }

// Varying names values that hang on the system or the moment and may be the same each time here: sheets have marks for
// them in the notes, tables and questions of this step that follow. What changes from run to run need not be named.
func (s *Scene) Varying(values ...any) {
	for _, v := range values {
		s.varying = append(s.varying, fmt.Sprint(v))
	}
}

// Find promises that a display filter shows exactly n packets of a capture of this lesson. That holds for everything
// the lesson does, also in later steps, so the filter should name a connection: see Conn.Filter.
func (s *Scene) Find(n int, filter string, what Text) {
	s.say(Event{Type: Filter, Filter: filter, Host: s.host, Packets: n, Exact: true, Text: what})
}

// FindSome promises at least one packet: where the number is not ours, but the system's or the other side's.
func (s *Scene) FindSome(filter string, what Text) {
	s.say(Event{Type: Filter, Filter: filter, Host: s.host, Packets: 1, Text: what})
}

// FindPerhaps promises nothing: it depends on the system, or on the moment, whether there are such packets.
func (s *Scene) FindPerhaps(filter string, what Text) {
	s.say(Event{Type: Filter, Filter: filter, Host: s.host, Text: what})
}

// DecodeAs tells that Wireshark does not know by itself what a port of this lesson speaks; the kit does. transport is
// tcp or udp, protocol is Wireshark's name for it, as in a display filter, title the one that its window shows.
func (s *Scene) DecodeAs(transport, port, protocol, title string) {
	decode := transport + ".port==" + port + "," + protocol
	s.say(Event{Type: Setting, Tshark: []string{"-d", decode},
		Text: Text{"With the kit (pollwire lab kit) it knows these packets. Without, as nothing in them names their " +
			"protocol: Analyze > Decode As, field %[1]s port, value %[2]s, current %[3]s (tshark: -d %[4]s).",
			"키트(pollwire lab kit)가 있으면 이 패킷을 알아본다. 없으면 패킷에 어떤 프로토콜인지 " +
				"적혀 있지 않으므로 분석(Analyze) > Decode As에서 필드 %[1]s port, 값 %[2]s, 현재 %[3]s로 " +
				"지정한다(tshark에서는 -d %[4]s)."}.With(
			strings.ToUpper(transport), port, title, decode)})
}

// Ask asks the class. Questions are shown when all steps have been played, answers only to who teaches; so they can
// have numbers of any step. Each wants proofs as well: see Proof.
func (s *Scene) Ask(question, answer Text, proofs ...Proof) {
	for i := range proofs {
		if proofs[i].Host == "" {
			proofs[i].Host = s.host
		}
	}
	s.questions = append(s.questions, Event{Type: Question, Text: asked(question, proofs), Answer: shown(answer, proofs),
		Proofs: proofs, Varying: s.varying})
}
