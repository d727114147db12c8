package graded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"pollwire/class"
	"pollwire/lab/coverage"
	"pollwire/lab/exercise"
	"pollwire/lab/pcap"
	"pollwire/lab/reader"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/strictjson"
)

func (e *Exercises) handleHandIn(w http.ResponseWriter, r *http.Request, u class.User) error {
	row, s, err := e.runOf(r)
	if err != nil {
		return err
	}
	if row.user != u.ID {
		return problem.Refuse(problem.Forbidden, "this is the run of somebody else").Coded("run_of_another")
	}
	if err := e.mayHandIn(r.Context(), e.DB.Readers(), row, u.Teaches()); err != nil {
		return err
	}
	if err := announced(r); err != nil { // before anybody waits
		return err
	}
	away, err := e.turn(r.Context(), u)
	if err != nil {
		return err
	}
	defer away()
	leave, err := e.desk.Room(r.Context(), r.ContentLength)
	if err != nil {
		return err
	}
	defer leave()
	if err := e.handIns.Take(u.ID, time.Now()); err != nil && !u.Teaches() {
		return err
	}
	sent, err := e.receive(w, r, row)
	defer sent.capture.Drop()
	if err != nil {
		return err
	}
	ex, drawn := e.make(row)
	if err := checkAnswers(ex.Sheet(drawn), sent.answers); err != nil {
		return err
	}
	h, shows, err := e.mark(r.Context(), row, sent, language(r))
	if err != nil {
		return err
	}
	if err := e.keep(r.Context(), row, h, sent.capture, u.Teaches()); err != nil {
		return err
	}
	v := h.mark.View(language(r), s.reveals())
	v.Coverage = shows
	w.Header().Add("Vary", "Accept-Language")
	return output.JSON(w, http.StatusOK, v)
}

// sent is what a hand-in is made of.
type sent struct {
	capture *reader.File // perhaps with nothing in it; nil: none was sent
	answers map[string]string
}

// maxForm is how many bytes a hand-in may have, with what is between its parts.
const maxForm = maxCapture + maxAnswers + 64<<10

// announced refuses what the header section tells of a hand-in.
func announced(r *http.Request) error {
	if input.MediaType(r) != "multipart/form-data" {
		return problem.Refuse(problem.MediaType, "send multipart/form-data with capture and answers").
			Coded("want_multipart")
	}
	return input.Announced(r, maxForm)
}

// receive reads the form (RFC 7578): the file "capture", and "answers" in JSON. With an error, too, there may be a
// capture, which is to be dropped.
func (e *Exercises) receive(w http.ResponseWriter, r *http.Request, of run) (in sent, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Now().Add(handInLimit)) // or a few who send slowly would keep all of the room
	defer rc.SetReadDeadline(time.Time{})           // or the connection would count as broken while it is marked
	// Package multipart asks for 4 KiB at a time, each of which would be a system call.
	r.Body = struct {
		io.Reader
		io.Closer
	}{bufio.NewReaderSize(reader.Yielding{Reader: r.Body}, 256<<10), r.Body}
	form, err := r.MultipartReader()
	if err != nil {
		return in, malformed(err)
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return in, malformed(err)
		}
		if err := e.take(&in, of, part); err != nil {
			return in, err
		}
	}
	var v input.Values
	if in.capture == nil {
		v.Add("capture", "must be sent").Coded("missing")
	}
	if in.answers == nil {
		v.Add("answers", "must be sent").Coded("missing")
	}
	return in, v.Err()
}

func (e *Exercises) take(in *sent, of run, part *multipart.Part) (err error) {
	var v input.Values
	switch name := part.FormName(); {
	case name == "capture" && in.capture == nil:
		in.capture, err = e.desk.Receive(of.code, part, true) // as it was sent
		err = malformed(err)
	case name == "answers" && in.answers == nil:
		var text []byte
		if text, err = readAll(part, maxAnswers); err == nil {
			in.answers, err = readAnswers(text)
		}
	default:
		v.Add(name, "is not known, or there twice").Coded("unknown_field")
		err = v.Err()
	}
	return err
}

func readAll(part io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil {
		return nil, malformed(err)
	}
	if int64(len(data)) > most {
		return nil, tooLarge()
	}
	return data, nil
}

func tooLarge() error {
	return problem.Refuse(problem.TooLarge, "a capture may have %d bytes", maxCapture).Coded("capture_too_large", "most")
}

func tooMuchKept() error {
	return problem.Refuse(problem.TooLarge, "all captures of one person may have %d bytes", maxKept).
		Coded("captures_too_large", "most")
}

// malformed refuses a form that could not be read.
func malformed(err error) error {
	large, capture := (*http.MaxBytesError)(nil), (*pcap.Error)(nil)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large), errors.As(err, &capture):
		return tooLarge()
	}
	return problem.Refuse(problem.Malformed, "the form did not arrive whole, or is none").Coded("bad_form")
}

// readAnswers takes numbers, too, for those who write no quotes. Teachers see what was answered, so it must not lie.
func readAnswers(text []byte) (map[string]string, error) {
	raw, err := strictjson.Members(text)
	var v input.Values
	if err != nil {
		v.Add("answers", `must be JSON like {"field":"value"}`).Coded("answers_json")
		return nil, v.Err()
	}
	answers := map[string]string{}
	for field, value := range raw {
		var s string
		var n json.Number
		switch {
		case value[0] == '"' && json.Unmarshal(value, &s) == nil:
		case json.Unmarshal(value, &n) == nil && n != "": // null would be none
			s = n.String()
		default:
			v.Add("answers."+field, "must be a text").Coded("answer_text")
		}
		if len(s) > maxAnswer {
			v.Add("answers."+field, "must have at most %d bytes", maxAnswer).Coded("answer_long", "most")
		}
		answers[field] = v.Text("answers."+field, &s, 0, maxAnswer, input.OneLine)
	}
	return answers, v.Err()
}

// checkAnswers refuses fields that are not on the sheet.
func checkAnswers(sheet *exercise.Sheet, answers map[string]string) error {
	known := map[string]bool{}
	for _, f := range sheet.Fields {
		known[f.ID] = true
	}
	var v input.Values
	for field := range answers {
		if !known[field] {
			v.Add("answers."+field, "is not asked").Coded("unknown_field")
		}
	}
	return v.Err()
}

// mark reads the capture and compares.
func (e *Exercises) mark(ctx context.Context, of run, in sent, lang string) (*handIn, coverage.Answer, error) {
	read, err := e.desk.Read(ctx, reader.Job{Lang: lang, Exercise: of.exercise, Code: of.code, Seed: e.seed(of),
		Answers: in.answers, Seen: e.Seen(of.code, time.UnixMilli(int64(of.begun)))}, in.capture)
	h := &handIn{at: now(), answers: in.answers, mark: read.Mark}
	return h, read.Coverage, err
}

// ---- what was handed in

// handInView is a hand-in as its owner and a teacher see it.
type handInView struct {
	ID      int64             `json:"id"`
	At      millis            `json:"at"`
	Bytes   int64             `json:"bytes"`
	Answers map[string]string `json:"answers"`
	Mark    exercise.View     `json:"mark"`
}

func (e *Exercises) handleHandIns(w http.ResponseWriter, r *http.Request, u class.User) error {
	row, s, err := e.runOf(r)
	if err != nil {
		return err
	}
	if row.user != u.ID && !u.Teaches() {
		return problem.Refuse(problem.Forbidden, "this is the run of somebody else").Coded("run_of_another")
	}
	list, err := e.readHandIns(r.Context(), row)
	if err != nil {
		return err
	}
	shown := []handInView{}
	for _, h := range list {
		shown = append(shown, handInView{h.id, h.at, h.size, h.answers, h.mark.View(language(r), s.reveals() || u.Teaches())})
	}
	w.Header().Add("Vary", "Accept-Language")
	return output.Show(w, r, map[string]any{"handins": shown})
}

func (e *Exercises) handleCapture(w http.ResponseWriter, r *http.Request, _ class.User) error {
	row, _, err := e.runOf(r)
	if err != nil {
		return err
	}
	q, err := input.Query(r)
	if err != nil {
		return err
	}
	id := q.ID("handin")
	if err := q.Err(); err != nil {
		return err
	}
	h, err := e.readHandIn(r.Context(), row, id)
	if errors.Is(err, errNotFound) {
		return problem.Refuse(problem.NotFound, "nothing was handed in").Coded("no_handin")
	}
	if err != nil {
		return err
	}
	return e.serve(w, r, row, h)
}

// cells are a result as a row of a table.
func (r result) cells() []string {
	number := func(n *int64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatInt(*n, 10)
	}
	truth := func(b *bool) string {
		if b == nil {
			return ""
		}
		return map[bool]string{true: "1", false: "0"}[*b]
	}
	at := ""
	if r.HandedInAt != nil {
		at = time.UnixMilli(int64(*r.HandedInAt)).Format("2006-01-02 15:04:05")
	}
	return []string{fmt.Sprint(r.User.ID), r.User.Nickname, r.Exercise, number(r.Best), number(r.Of),
		number(&r.Attempts), truth(r.Yours), at, r.Run, truth(r.Doubted)}
}
