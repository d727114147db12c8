package graded

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pollwire/class"
	"pollwire/lab/exercise"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// run is a row.
type run struct {
	id       int64
	code     string
	user     int64
	exercise string
	attempt  int64
	begun    millis
}

// newCode makes what a run is called: 40 bits, so that nobody finds another's by trying.
func newCode() string { return strings.ToLower(rand.Text()[:8]) }

// make draws the values of a run: from the server's secret, so that nobody knows them before, and from what the row
// says, so that they are the same each time. Who plays the run may know its seed: what is right is in the packets.
func (e *Exercises) make(r run) (*exercise.Exercise, *exercise.Run) {
	return exercise.Named(r.exercise), exercise.NewRun(r.code, e.seed(r))
}

func (e *Exercises) seed(r run) [32]byte {
	mac := hmac.New(sha256.New, e.Secret)
	fmt.Fprintf(mac, "exercise\n%d\n%s\n%d\n%s", r.user, r.exercise, r.attempt, r.code)
	return [32]byte(mac.Sum(nil))
}

// runView is a run as whoever has its code sees it.
type runView struct {
	Run         string      `json:"run"`
	Seed        string      `json:"seed"` // from which the values are drawn, in hex: for what plays it
	Exercise    string      `json:"exercise"`
	Attempt     int64       `json:"attempt"`
	SecondsLeft *int64      `json:"seconds_left"`
	Command     string      `json:"command"`
	Tasks       []taskView  `json:"tasks"`
	Fields      []fieldView `json:"fields"`
}

type taskView struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

type fieldView struct {
	ID      string        `json:"id"`
	Text    string        `json:"text"`
	Type    exercise.Type `json:"type"`
	Unit    string        `json:"unit,omitempty"`
	Choices []string      `json:"choices,omitempty"`
}

func (e *Exercises) viewRun(r *http.Request, of run, s settings) runView {
	ex, drawn := e.make(of)
	lang, sheet := language(r), ex.Sheet(drawn)
	seed := e.seed(of)
	v := runView{Run: of.code, Seed: hex.EncodeToString(seed[:]), Exercise: of.exercise, Attempt: of.attempt,
		Tasks: []taskView{}, Fields: []fieldView{},
		Command: fmt.Sprintf("pollwire lab %s -run %s -url %s", of.exercise, of.code, origin(r))}
	if s.Due != nil {
		v.SecondsLeft = new(max(0, int64(time.Until(time.UnixMilli(int64(*s.Due))).Seconds())))
	}
	for _, t := range sheet.Tasks {
		v.Tasks = append(v.Tasks, taskView{t.ID, t.Text.In(lang)})
	}
	for _, f := range sheet.Fields {
		shown := fieldView{ID: f.ID, Text: f.Text.In(lang), Type: f.Type, Unit: f.Unit}
		for _, c := range f.Choices {
			shown.Choices = append(shown.Choices, c.In(lang))
		}
		v.Fields = append(v.Fields, shown)
	}
	return v
}

// origin is how the client has reached this server.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (e *Exercises) handleNewRun(w http.ResponseWriter, r *http.Request, u class.User) error {
	ex, err := named(r)
	if err != nil {
		return err
	}
	if err := e.runs.Take(u.ID, time.Now()); err != nil && !u.Teaches() {
		return err
	}
	row, s, err := e.addRun(r.Context(), ex.Name, u)
	if err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept-Language")
	return output.Created(w, "/api/exercises/runs/"+row.code, e.viewRun(r, row, s))
}

// The refusals of a run.
var (
	errNotOpen = problem.Refuse(problem.Forbidden, "the exercise is not open").Coded("exercise_not_open")
	errPastDue = problem.Refuse(problem.Conflict, "the exercise is past due").Coded("past_due")
)

func noAttemptLeft(most int64) error {
	return problem.Refuse(problem.Conflict, "no attempt is left of %d", most).Coded("no_attempt_left", "most")
}

// runOf finds the run of the path.
func (e *Exercises) runOf(r *http.Request) (row run, s settings, err error) {
	row, err = e.readRun(r.Context(), strings.ToLower(r.PathValue("run")))
	if errors.Is(err, errNotFound) || err == nil && exercise.Named(row.exercise) == nil {
		return row, s, problem.Refuse(problem.NotFound, "no run %q", r.PathValue("run")).Coded("no_run")
	}
	if err == nil {
		s, err = e.readSetting(r.Context(), e.DB.Readers(), row.exercise)
	}
	return row, s, err
}

func (e *Exercises) handleRun(w http.ResponseWriter, r *http.Request, _ class.User) error {
	row, s, err := e.runOf(r)
	if err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept-Language")
	return output.Show(w, r, e.viewRun(r, row, s))
}
