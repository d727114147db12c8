// Package exercise has question sheets whose right answers only one capture has: the student's own.
//
// An exercise is made anew for each run. Its tasks name values that are drawn for this run (a size, a path, a close
// code), and what it asks about is found in the packets of the file that is handed in. So two students have different
// answers, and so has one who tries again.
//
//	sheet := tcp.Sheet(NewRun("7gk2m4xp", seed))     tasks and fields, for this run
//	mark, err := tcp.Mark(run, capture, answers)    read, compared, explained
//
// A file of this folder is one exercise. It reads as the question sheet that it is: the tasks; the fields, each with
// how its answer is found; and the mistakes that people make, with what is said about them.
package exercise

import (
	"context"
	"math/rand/v2"
	"slices"

	"pollwire/lab/bilingual"
	"pollwire/lab/netbox"
)

// Text is the same in two languages.
type Text = bilingual.Text

// Where the languages stand in a Text.
const (
	EN = bilingual.EN
	KO = bilingual.KO
)

// Exercise is one of the list.
type Exercise struct {
	Name   string            // as it is typed: pollwire lab NAME -run CODE
	Lesson string            // that shows how it is done
	Title  Text              // a few words, for the list
	Aim    Text              // what one has learnt, in a sentence
	Box    bool              // it is played in a network of its own (package netbox), without a server
	Make   func(*Run) *Sheet // Sheet calls it
}

// All are the exercises, the easier ones first.
func All() []*Exercise {
	return []*Exercise{
		&ethernet,
		&icmp,
		&udp,
		&dns,
		&ip,
		&tcpOpenClose,
		&tcpLoss,
		&httpExercise,
		&cacheExercise,
		&tlsExercise,
		&websocket,
		&socketio,
		&realtime,
		&http2Exercise,
	}
}

// Named finds one by its name; nil where there is none.
func Named(name string) *Exercise {
	all := All()
	if i := slices.IndexFunc(all, func(e *Exercise) bool { return e.Name == name }); i >= 0 {
		return all[i]
	}
	return nil
}

// Run is one person's attempt at one exercise. What it draws hangs on its seed alone.
type Run struct {
	Code   string // lower-case letters and digits; it stands in the traffic, and tells whose it is
	seed   [32]byte
	random *rand.Rand
}

// NewRun makes a run.
func NewRun(code string, seed [32]byte) *Run { return &Run{Code: code, seed: seed} }

// Sheet makes the exercise for a run, the same each time.
func (e *Exercise) Sheet(r *Run) *Sheet {
	return e.Make(&Run{Code: r.Code, seed: r.seed, random: rand.New(rand.NewChaCha8(r.seed))})
}

// Between draws a number from least to most.
func (r *Run) Between(least, most int) int { return least + r.random.IntN(most-least+1) }

// SparePort draws a port at which hardly anything listens: below those that systems hand out to clients, of which the
// lowest is Linux's 32768 (/proc/sys/net/ipv4/ip_local_port_range).
func (r *Run) SparePort() int { return r.Between(20000, 30000) }

// One draws one of several.
func One[T any](r *Run, of ...T) T { return of[r.random.IntN(len(of))] }

// Sheet is an exercise for one run.
type Sheet struct {
	Tasks  []Task
	Fields []Field

	// Find looks for what is the run's own in a capture, for the funcs of tasks and fields, and reports whether there
	// was anything. They are called behind it.
	Find func(*Capture) bool

	// Play does the tasks at a place, and says in words what it does: no filter, and no value that a field asks for.
	Play func(ctx context.Context, at Place) error
}

// Task is something to be done while one captures.
type Task struct {
	ID   string
	Text Text
	Done func() bool // in the capture
}

// Place is where a run is played.
type Place struct {
	Addr    func(service string) string // host:port of http, ws, files, health
	Network func() (*netbox.Net, error) // a new one, of an exercise in a box; it is closed behind Play
	Say     func(Text)
}

// Type is what an answer looks like.
type Type string

// The types. Numbers are taken as people write them: 31, 0x1f, 1,500, 0.023 s.
const (
	Num     Type = "number"
	Hex     Type = "hex"     // bytes: 0a1f, 0x0a1f, 0a:1f
	Word    Type = "text"    // capitals make no difference
	IP      Type = "ip"      // IPv4 or IPv6, in any spelling
	Port    Type = "port"    // 1 to 65535
	Choice  Type = "choice"  // one of a few
	Packets Type = "packets" // the numbers of packets in this file, in any order
)

// Field is one question.
type Field struct {
	ID      string
	Type    Type
	Text    Text
	Unit    string // of a number: bytes, s
	Choices []Text
	Within  float64 // a number may be off by so much, as its text says
	Needs   string  // the task whose packets answer it

	Right    func() Value // in the capture
	Mistakes []Mistake
}

// Mistake is a wrong answer that has a reason, in the capture.
type Mistake struct {
	Is  func() Value
	Say Text
}

// TestCode is the code of the runs whose captures are in testdata; their seed is zero.
const TestCode = "0testrun"
