// Package reader reads captures that people send, each in a process of its own.
//
//	func main() {
//		reader.Main()             // returns, unless this process was started to read a capture
//		...
//	}
//
//	desk := reader.NewDesk(folder, warn)
//	file, err := desk.Receive("tcp-loss", body, false)
//	defer file.Drop()
//	result, err := desk.Read(ctx, reader.Job{Exercise: "tcp-loss", ...}, file)
//
// Why a process: a file of a stranger may take seconds of a processor and 200 MB of memory. In the server itself that
// is the time of its own goroutines, and a heap that is collected while people wait; Go has no goroutines that let
// others go first, nor limits of memory for one of them. A system has both: the process has less priority (a nice value
// of 10 more, BELOW_NORMAL on Windows) and a limit of memory, and whatever the file does to it ends nobody else.
//
// Nor does the server hold the file: what arrives goes to disk in pieces, and the process reads it from there. What it
// gets on stdin is a line of JSON, the Job and the path of the file; stdin stays open, and its end means that the
// server has gone. What it answers on stdout is a line that says that it is there, and a Result in JSON. Its stderr is
// for the log.
//
// Where a process can't be started, as in a sandbox or where a program of another kind runs this one, captures are read
// in the server. So they are in tests, whose main is not ours.
package reader

import (
	"context"
	"errors"

	"pollwire/lab/coverage"
	"pollwire/lab/exercise"
	"pollwire/lab/pcap"
	"pollwire/lab/trace"
)

// Job is what is asked about a capture.
type Job struct {
	Lang string // of the coverage

	// Of a hand-in. Without an exercise there are no marks.
	Exercise string
	Code     string
	Seed     [32]byte
	Answers  map[string]string
	Seen     exercise.Witnessed
}

// Result is what is in a capture.
type Result struct {
	Coverage coverage.Answer
	Mark     exercise.Mark

	Bad *pcap.Error // that the file has; then there is nothing else
}

// read reads a capture, packed or not. It ends early with ctx.
func read(ctx context.Context, job Job, file []byte) (r Result, err error) {
	file, err = pcap.Unpack(file)
	if err == nil {
		r, err = look(ctx, job, file)
	}
	if bad := (*pcap.Error)(nil); errors.As(err, &bad) {
		return Result{Bad: bad}, nil
	}
	return r, err
}

func look(ctx context.Context, job Job, file []byte) (r Result, err error) {
	t, err := trace.Read(ctx, file)
	if err != nil {
		return r, err
	}
	if ex := exercise.Named(job.Exercise); ex != nil {
		c := &exercise.Capture{Trace: t}
		doubts := exercise.Doubts(c, job.Code, job.Seen)
		r.Mark = ex.Mark(exercise.NewRun(job.Code, job.Seed), c, job.Answers, doubts...)
	}
	shows, err := coverage.Of(ctx, t)
	if err == nil {
		r.Coverage = shows.In(job.Lang)
	}
	return r, err
}
