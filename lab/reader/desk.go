package reader

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"pollwire/lab/bilingual"
	"pollwire/lab/pcap"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
)

// Desk reads captures that people send. A capture takes memory and a processor for a moment, so they are read on one
// core less than there are, and two at a time at most: who uses the server meanwhile is not to wait for them. Who comes
// then waits a little, and is sent away with a Retry-After (RFC 9110 §10.2.3) rather than served badly.
type Desk struct {
	folder   *os.Root      // of the files, while they are read
	arriving sync.Map      // the names of those that nobody has kept yet
	room     chan struct{} // a place for each MiB of the bodies that have arrived or will
	next     chan struct{} // one place, for who waits for room
	reading  chan struct{} // and for each capture
	patience time.Duration // how long somebody waits for a place
	limit    time.Duration // of reading
	apart    bool          // they are read in processes
	env      []string      // of those
	warn     func(error)   // of what those who run the server should know
	warned   sync.Once     // that no process can be started

	ending context.Context // ends with Close
	end    context.CancelFunc
}

const (
	roomMiB   = 320 // of the disk: a class of 60 that hands in 5 MB each
	bodyLimit = 30 * time.Second
)

func readingPlaces() int { return max(1, min(2, runtime.GOMAXPROCS(0)-1)) }

// NewDesk makes a desk. A server needs one for all that read captures. The folder, opened by an absolute path, has
// the files meanwhile; what a crash leaves there has to be swept. It ends with Close.
func NewDesk(folder *os.Root, warn func(error)) *Desk {
	d := &Desk{folder: folder, room: make(chan struct{}, roomMiB), next: make(chan struct{}, 1),
		reading: make(chan struct{}, readingPlaces()), patience: 20 * time.Second, limit: 5 * time.Second,
		apart: startable.Load(), env: limits, warn: warn}
	d.ending, d.end = context.WithCancel(context.Background())
	return d
}

// Close ends all that is read, and waits for it. Nothing is read behind it.
func (d *Desk) Close() {
	if d.ending.Err() != nil {
		return
	}
	d.end()
	for range cap(d.reading) {
		d.reading <- struct{}{}
	}
}

// Serve is POST /api/coverage: the body is the file.
func (d *Desk) Serve(w http.ResponseWriter, r *http.Request) error {
	lang := bilingual.Accepted(strings.Join(r.Header.Values("Accept-Language"), ","))
	result, err := d.body(w, r, Job{Lang: lang})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Language", lang)
	w.Header().Add("Vary", "Accept-Language")
	return output.JSON(w, http.StatusOK, result.Coverage)
}

// Announced refuses what the header section tells of a capture that is the body.
func Announced(r *http.Request) error {
	if coding := rfc9110.ContentCoding(r.Header); coding != "" {
		return problem.Refuse(problem.MediaType, "the body must not be compressed (Content-Encoding: %.50s)", coding)
	}
	if r.Header.Get("Content-Range") != "" { // RFC 9110 §14.5
		return problem.Refuse(problem.Malformed, "Content-Range is not supported: send the whole file")
	}
	if r.ContentLength > pcap.MaxBytes {
		return tooLarge()
	}
	return nil
}

// body reads the body of a request as a capture.
func (d *Desk) body(w http.ResponseWriter, r *http.Request, job Job) (result Result, err error) {
	if err := Announced(r); err != nil {
		return result, err
	}
	leave, err := d.Room(r.Context(), r.ContentLength)
	if err != nil {
		return result, err
	}
	defer leave()
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Now().Add(bodyLimit)) // or a few who send slowly would keep the places
	file, err := d.Receive("coverage", Yielding{http.MaxBytesReader(w, r.Body, pcap.MaxBytes)}, false)
	defer file.Drop()
	rc.SetReadDeadline(time.Time{})
	if err != nil {
		return result, refusal(err)
	}
	return d.Read(r.Context(), job, file)
}

// Room keeps room on disk, and in the memory in which the system has files, for a body of so many bytes until it is
// left; -1: nobody knows how many.
func (d *Desk) Room(ctx context.Context, size int64) (leave func(), err error) {
	if size < 0 || size > pcap.MaxBytes {
		size = pcap.MaxBytes
	}
	// One after the other, or two who have half of what they need would wait for each other.
	next, err := d.enter(ctx, d.next, 1)
	if err != nil {
		return nil, err
	}
	defer next()
	return d.enter(ctx, d.room, 1+int(size>>20))
}

// Read reads a capture that was received, packed or not. What is wrong with the file comes back as a refusal. So
// does a fault of the disk, of which warn learns more.
func (d *Desk) Read(ctx context.Context, job Job, file *File) (Result, error) {
	if err := file.fault(); err != nil {
		return Result{}, err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	stop := context.AfterFunc(d.ending, end)
	defer stop()
	leave, err := d.enter(ctx, d.reading, 1)
	if err != nil {
		return Result{}, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	result, err := d.read(ctx, job, file)
	if err == nil && result.Bad != nil {
		err = result.Bad
	}
	return result, refusal(err)
}

// read reads in a process, or here where there can be none.
func (d *Desk) read(ctx context.Context, job Job, file *File) (Result, error) {
	if !d.apart {
		return readHere(ctx, job, file)
	}
	result, err := inProcess(ctx, d.env, job, file.path())
	if errors.Is(err, errNotStarted) {
		d.warned.Do(func() { d.warn(err) })
		return readHere(ctx, job, file)
	}
	if gone := (*died)(nil); errors.As(err, &gone) {
		d.warn(err)
	}
	return result, err
}

func readHere(ctx context.Context, job Job, file *File) (Result, error) {
	data, err := load(file.file)
	if err != nil {
		return Result{}, err
	}
	return read(ctx, job, data)
}

// enter takes so many places, and waits for them for a while.
func (d *Desk) enter(ctx context.Context, places chan struct{}, n int) (leave func(), err error) {
	patience := time.NewTimer(d.patience)
	defer patience.Stop()
	taken := 0
	leave = func() {
		for range taken {
			<-places
		}
	}
	for ; taken < n; taken++ {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			leave()
			return nil, ctx.Err()
		case <-patience.C:
			leave()
			return nil, problem.RetryLater(problem.Unavailable, 5*time.Second, "other captures are being read").
				Coded("captures_busy")
		}
	}
	return leave, nil
}

func tooLarge() error {
	return problem.Refuse(problem.TooLarge, "a capture must not have more than %d bytes", pcap.MaxBytes).
		Coded("file_too_large", "most")
}

// refusal gives an error of a file its status. The codes are those of package pcap.
func refusal(err error) error {
	if big := (*http.MaxBytesError)(nil); errors.As(err, &big) {
		return tooLarge()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return problem.Refuse(problem.Invalid, "the capture takes too long to read").Coded("capture_slow")
	}
	if gone := (*died)(nil); errors.As(err, &gone) {
		return problem.Refuse(problem.Invalid, "reading the capture broke off: try again, or with a smaller one").
			Coded("capture_unread")
	}
	e := (*pcap.Error)(nil)
	if !errors.As(err, &e) {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return problem.Refuse(problem.Malformed, "the body did not arrive whole")
		}
		return err
	}
	switch e.Code {
	case pcap.TooLarge:
		return tooLarge()
	case pcap.TooMany:
		return problem.Refuse(problem.Invalid, "the capture has more than %d packets", pcap.MaxPackets).
			Coded("capture_packets", "most")
	case pcap.CutOff:
		return problem.Refuse(problem.Invalid, "packet %d: %s", e.Packet, e.What).Coded("capture_cut", "packet")
	case pcap.Broken:
		return problem.Refuse(problem.Invalid, "packet %d: %s", e.Packet, e.What).Coded("capture_broken", "packet")
	}
	return problem.Refuse(problem.Invalid, "%s", e.What).Coded("capture_unknown")
}
