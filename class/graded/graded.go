// Package graded holds the exercises of a class: who has which run, what was handed in, and its marks.
//
//	GET   /api/exercises                      public            the list, with one's own best mark
//	PATCH /api/exercises/{name}               teacher           opens, closes, sets limits; exercise:updated to everybody
//	POST  /api/exercises/{name}/runs          with a token      a new attempt
//	GET   /api/exercises/runs/{run}           who has the code  its tasks and fields
//	POST  /api/exercises/runs/{run}/handin    whose run it is   multipart: capture, answers -> Mark
//	GET   /api/exercises/runs/{run}/handins   whose run it is, teacher   what was handed in, with its marks
//	GET   /api/exercises/runs/{run}/attempts  teacher           all attempts of whose run it is
//	GET   /api/exercises/runs/{run}/capture   teacher           the file of the best hand-in, or of ?handin=
//	GET   /api/exercises/results              teacher           who has reached what
//	GET   /api/exercises/results/fields       teacher           which questions of ?exercise= are hard
//
// What an exercise asks, and what is right, is in package exercise. Here is what has to be kept. A capture is a file
// and its hand-in a row: the file is on disk before the row is, and a file that has no row and is not just arriving is
// removed (Sweep). What is asked about at /api/coverage is in the same folder for a moment.
package graded

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"pollwire/class"
	"pollwire/data/groupcommit"
	"pollwire/lab/bilingual"
	"pollwire/lab/exercise"
	"pollwire/lab/pcap"
	"pollwire/lab/reader"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/strictjson"
	"pollwire/rest/throttle"
)

// millis is a moment, as it is stored and shown.
type millis = groupcommit.Millis

func now() millis { return millis(time.Now().UnixMilli()) }

// Config is what the exercises need of the rest of the program.
type Config struct {
	DB      *groupcommit.DB
	Folder  string                                 // of the captures
	Secret  []byte                                 // from which all values are drawn
	Limits  bool                                   // how often somebody may ask
	Publish func(event string, topic int64, v any) // tells everybody

	// Opened is told whether any exercise is open: then connections are to be remembered. Seen is what is remembered of
	// a run; begun is when somebody got it.
	Opened func(any bool)
	Seen   func(run string, begun time.Time) exercise.Witnessed

	Warn func(error) // of what has happened while captures were read
}

// How much there may be from one person.
const (
	maxCapture = pcap.MaxBytes // bytes of a capture
	maxKept    = 256 << 20     // bytes of all captures of one person
	maxAnswers = 16 << 10      // bytes of the answers, in JSON
	maxAnswer  = 200           // bytes of one of them
)

// handInLimit is how long a hand-in may arrive: 60 of 5 MB share the air of one access point.
const handInLimit = 2 * time.Minute

// Exercises are those of this server. Make them with Open, end them with Close.
type Exercises struct {
	Config
	folder        *os.Root
	keeping       sync.RWMutex           // held, to read, while a row is written and its file kept; to write by Sweep
	telling       sync.Mutex             // held from a look at what is open until it is told
	runs, handIns throttle.Window[int64] // by the id of the person
	turns         turns
	desk          *reader.Desk
}

// Open makes the folder if there is none, and removes what no hand-in has.
func Open(c Config) (*Exercises, error) {
	path, err := filepath.Abs(c.Folder)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	e := &Exercises{Config: c, folder: folder, desk: reader.NewDesk(folder, c.Warn)}
	if c.Limits {
		e.runs.Limit = throttle.Limit{Max: 20, Per: time.Minute, What: "runs"}
		e.handIns.Limit = throttle.Limit{Max: 20, Per: time.Minute, What: "hand-ins"}
	}
	if err = e.Sweep(context.Background()); err != nil {
		folder.Close()
		return nil, err
	}
	return e, nil
}

// Close ends what is being read, and gives the folder back.
func (e *Exercises) Close() error {
	if e == nil {
		return nil
	}
	e.desk.Close()
	return e.folder.Close()
}

// Routes adds the calls.
func (e *Exercises) Routes(mux *http.ServeMux, g class.Guards) {
	mux.Handle("GET /api/exercises", g.Public(e.handleList))
	mux.Handle("PATCH /api/exercises/{name}", g.Teacher(e.handlePatch))
	mux.Handle("POST /api/exercises/{name}/runs", g.Authed(e.handleNewRun))
	mux.Handle("GET /api/exercises/runs/{run}", g.Public(e.handleRun))
	mux.Handle("POST /api/exercises/runs/{run}/handin", g.Authed(e.handleHandIn))
	mux.Handle("GET /api/exercises/runs/{run}/handins", g.Authed(e.handleHandIns))
	mux.Handle("GET /api/exercises/runs/{run}/attempts", g.Teacher(e.handleAttempts))
	mux.Handle("GET /api/exercises/runs/{run}/capture", g.Teacher(e.handleCapture))
	mux.Handle("POST /api/coverage", g.Authed(e.handleCoverage))
	mux.Handle("GET /api/exercises/results", g.Teacher(e.handleResults))
	mux.Handle("GET /api/exercises/results/fields", g.Teacher(e.handleFields))
}

// handleCoverage tells what a capture shows, whatever it was made for.
func (e *Exercises) handleCoverage(w http.ResponseWriter, r *http.Request, u class.User) error {
	if err := reader.Announced(r); err != nil { // before anybody waits
		return err
	}
	leave, err := e.turn(r.Context(), u)
	if err != nil {
		return err
	}
	defer leave()
	return e.desk.Serve(w, r)
}

// settings are what a teacher says of an exercise.
type settings struct {
	Open     bool            `json:"open"`
	Due      *millis         `json:"due"`      // nothing is taken behind it
	Attempts int64           `json:"attempts"` // 0: any number
	Reveal   exercise.Reveal `json:"reveal"`
}

// over tells whether nothing is taken any more.
func (s settings) over() bool { return s.Due != nil && now() > *s.Due }

// reveals tells whether right answers are shown.
func (s settings) reveals() bool {
	return s.Reveal == exercise.Right || s.Reveal == exercise.AfterDue && s.over()
}

// view is an exercise in the list.
type view struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Aim   string `json:"aim"`
	settings
	Fields int    `json:"fields"`
	Lesson string `json:"lesson"` // that prepares for it
	Box    bool   `json:"box"`    // it brings a network of its own
	Mine   *mine  `json:"mine"`
}

// mine is what somebody has reached in an exercise. Best is nil before the first hand-in.
type mine struct {
	Best     *int64 `json:"best"`
	Of       int64  `json:"of"`
	Attempts int64  `json:"attempts"`
	Run      string `json:"run"` // the newest
}

func (e *Exercises) handleList(w http.ResponseWriter, r *http.Request, u class.User) error {
	all, err := e.readSettings(r.Context())
	if err != nil {
		return err
	}
	reached := map[string]mine{}
	if u.ID != 0 {
		if reached, err = e.readMine(r.Context(), u.ID); err != nil {
			return err
		}
	}
	list := []view{}
	for _, ex := range exercise.All() {
		v := e.view(r, ex, all[ex.Name])
		if m, some := reached[ex.Name]; some {
			m.Of = int64(v.Fields)
			v.Mine = &m
		}
		list = append(list, v)
	}
	w.Header().Add("Vary", "Accept-Language")
	return output.Show(w, r, map[string]any{"exercises": list})
}

func (e *Exercises) view(r *http.Request, ex *exercise.Exercise, s settings) view {
	lang := language(r)
	fields := len(ex.Sheet(exercise.NewRun("", [32]byte{})).Fields)
	return view{Name: ex.Name, Title: ex.Title.In(lang), Aim: ex.Aim.In(lang), settings: s, Fields: fields,
		Lesson: ex.Lesson, Box: ex.Box}
}

// language is the one in which an answer's texts are.
func language(r *http.Request) string { return bilingual.Accepted(r.Header.Get("Accept-Language")) }

// named finds the exercise of the path.
func named(r *http.Request) (*exercise.Exercise, error) {
	name := r.PathValue("name")
	if ex := exercise.Named(name); ex != nil {
		return ex, nil
	}
	return nil, problem.Refuse(problem.NotFound, "no exercise %q", name).Coded("no_exercise")
}

// edit is what a teacher sends. Nil means that it was not sent.
type edit struct {
	Open     *bool                       `json:"open"`
	Due      strictjson.Nullable[string] `json:"due"`
	Attempts *int64                      `json:"attempts"`
	Reveal   *string                     `json:"reveal"`
}

func (e *Exercises) handlePatch(w http.ResponseWriter, r *http.Request, _ class.User) error {
	ex, err := named(r)
	if err != nil {
		return err
	}
	var in edit
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	apply, err := in.read()
	if err != nil {
		return err
	}
	s, err := e.change(r.Context(), ex.Name, apply)
	if err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept-Language")
	return output.Changed(w, r, e.view(r, ex, s))
}

// read checks what was sent, and returns how it changes settings.
func (in edit) read() (apply func(*settings), err error) {
	var v input.Values
	var due *millis
	if in.Due.Value != nil {
		due = new(millis(v.Time("due", *in.Due.Value).UnixMilli()))
	}
	v.Within("attempts", in.Attempts, 0, 20)
	if in.Reveal != nil {
		switch exercise.Reveal(*in.Reveal) {
		case exercise.Never, exercise.Right, exercise.AfterDue:
		default:
			v.Add("reveal", "must be never, right or after_due").Coded("reveal")
		}
	}
	return func(s *settings) {
		input.SetIfSent(&s.Open, in.Open)
		input.SetIfSent(&s.Attempts, in.Attempts)
		if in.Reveal != nil {
			s.Reveal = exercise.Reveal(*in.Reveal)
		}
		if in.Due.Sent {
			s.Due = due
		}
	}, v.Err()
}
