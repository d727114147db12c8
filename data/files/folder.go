// Package files is a shared folder over HTTP: what people put into it, everybody may get, and only who put it may
// replace or delete it.
//
//	RFC 9110  §9.3.4 PUT, §13 conditional requests, §14 ranges (http.ServeContent does those of a GET)
//	RFC 7578  multipart/form-data, the way in which a browser's form sends a file
//	RFC 5789  PATCH is not supported: a file is replaced whole
//	CSP 3     https://www.w3.org/TR/CSP3/#directive-sandbox
//
//	C: PUT /files/notes.txt HTTP/1.1
//	C: Content-Length: 5
//	C:
//	C: hello
//	S: HTTP/1.1 201 Created
//	S: Location: /files/notes.txt
//	S: ETag: "5-18d2c1f0a3b4c5d6"
//	S:
//	S: {"name":"notes.txt","size":5,"modified":"2026-11-23T04:05:06.789Z","url":"/files/notes.txt"}
//
//	C: GET /files/notes.txt HTTP/1.1
//	C: Range: bytes=1-3
//	S: HTTP/1.1 206 Partial Content
//	S: Content-Range: bytes 1-3/5
//	S:
//	S: ell
//
// The folder is flat, and a file in it has the name that it has in the URL, so that a teacher can look into it, take
// out and put in by hand. What was put in or changed by hand belongs to nobody: it is served, and nobody may change it
// over HTTP. Who the people are is the caller's business; here an owner is a number.
//
// Names are in NFC (UAX #15): a Mac takes the syllables of 시험.txt apart, and a PC asks for them whole. A file that
// lies in the folder in another spelling is listed by its name in NFC, found by any, and replaced where it lies.
//
// An owner is remembered together with the version of the file, its ETag. So who put handout.txt doesn't own the
// handout.txt by which the teacher replaced it. Who moves the folder must keep the times of the files (cp -p), or all
// of them are nobody's.
//
// # Nothing outside can be reached
//
// All access goes through os.Root, which never follows a path or a link out of the folder. Beside it, names are checked
// (names.go), and only regular files are served: a link could lead to a secret inside, a FIFO would hold the reader.
//
// # What is uploaded is never run
//
// The page that keeps its token in localStorage may be of the same origin as these files: without care an uploaded
// evil.html, opened by somebody, could read that token. Three headers are against it, on every answer with a file:
//
//   - "Content-Security-Policy: sandbox" gives a document an origin of its own that equals no other, so the storage of
//     the page's origin is not its storage and the page's answers are foreign to it. Scripts, forms and plug-ins are
//     off.
//   - "Content-Type" comes from a fixed table (types.go) that has no type of a script or a style sheet, .js and .css
//     are text/plain. A page that allows script-src 'self' would otherwise run an uploaded script as its own.
//   - "X-Content-Type-Options: nosniff" makes the browser believe the type: as a script it then takes only what is
//     called one. For the same reason none of these files can become a worker or a service worker.
//
// # What breaks off leaves nothing
//
// An upload goes to a file in a subfolder that no URL can name, is synced to disk, and is then renamed to its place: a
// reader sees the old file or the new one, each whole, and a crash leaves one of them.
//
// The ETag of a file is its size and the nanosecond of its last change, and each replacement is later than what it
// replaced. Who changes files by hand and sets their time back must know that clients may keep the old ones.
//
// Not supported: subfolders, uploads in pieces (Content-Range), compressed uploads, listing in pages.
package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"

	"pollwire/rest/normalize"
	"pollwire/rest/problem"
)

// Owners remember who put a file, in which version: a row for each name. A row whose version is not that of the file
// means nothing, so a version is claimed before the file is there. As that may fail in between, or the program end, a
// row also has the version that is replaced: it counts for the file of before and for that of after.
//
// A version is the file's ETag, at most 40 bytes of ASCII. Errors come out of the methods of Folder as they are.
type Owners interface {
	// OwnerOf returns 0, nobody, but for a row with this version or with this previous version.
	OwnerOf(ctx context.Context, name, version string) (int64, error)
	// Claim keeps one row, in place of the one that there was for this name. previous is "" if no file is replaced. The
	// row is on disk when Claim returns.
	Claim(ctx context.Context, name, version, previous string, owner int64) error
	// Forget removes the row. If there is none, that is no error.
	Forget(ctx context.Context, name string) error
	// FilesOf returns the names in the rows of an owner.
	FilesOf(ctx context.Context, owner int64) (names []string, err error)
}

// Config says where the files are and how much there may be. What is 0 takes its default.
type Config struct {
	Owners   Owners
	URL      string // the path of the list, with a slash at both ends; "/files/"
	MaxFile  int64  // bytes of one file; 32 MiB
	MaxTotal int64  // bytes of all files, with those that are just being uploaded; 1 GiB
	MaxFiles int    // a list of more would be of use to nobody, and each upload looks through all names; 10,000

	MaxOwned int64                   // bytes of all files of one owner, with those that are just being uploaded; no limit
	Allow    func(owner int64) error // may refuse an upload before it begins; nil: all are let in

	// Master tells who may replace and delete the files of others, and has no limits of his own. What he puts in the place
	// of another's file is his. nil: nobody.
	Master func(owner int64) bool

	// Untidy is told of what broken-off uploads left and can't be removed, which harms nobody. nil: nobody is told.
	Untidy func(error)
}

func (c *Config) master(owner int64) bool { return c.Master != nil && c.Master(owner) }

const (
	// An upload costs a goroutine, a file descriptor and about 80 KiB of memory. 512 at once let a class of hundreds
	// hand in at the same moment and cost 40 MiB; 8 are more than a browser sends over HTTP/1.1 (6), and so few that
	// one person can't take all places.
	maxUploads      = 512
	maxOwnerUploads = 8

	// uploads is the subfolder of what is under way. A folder, not a prefix: no name of one segment leads into it, not
	// even the short one (UPLOAD~1) that Windows makes.
	uploads = ".uploads"
)

// Folder is a shared folder. Its methods may be used by many goroutines.
type Folder struct {
	Config
	root *os.Root

	// Not settings: tests change them. pieceTime is for each piece of an upload, uploadTime for all of it.
	pieceTime, uploadTime, downloadTime, answerTime time.Duration

	changing sync.Mutex // held while files get their place, are deleted or counted; never while a client is waited for

	mu       sync.Mutex // guards what follows; held for no longer than it takes to count
	stored   int64      // bytes of the files
	arriving int64      // bytes of the uploads
	byOwner  map[int64]*share
	running  int            // uploads
	counted  time.Time      // when stored was last taken from the disk
	closed   bool           // nothing more may begin
	begun    sync.WaitGroup // what uses root; Add only under mu and not once closed
}

// Open makes the folder if there is none, removes what broken-off uploads left, and counts what is there.
func Open(dir string, c Config) (_ *Folder, err error) {
	f := &Folder{Config: c, byOwner: map[int64]*share{},
		pieceTime: 30 * time.Second, uploadTime: 10 * time.Minute, downloadTime: 10 * time.Minute,
		answerTime: 30 * time.Second}
	setDefault(&f.URL, "/files/")
	setDefault(&f.MaxFile, 32<<20)
	setDefault(&f.MaxTotal, 1<<30)
	setDefault(&f.MaxFiles, 10_000)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if f.root, err = os.OpenRoot(dir); err != nil {
		return nil, err
	}
	err = f.tidy()
	if err == nil {
		err = f.count()
	}
	if err != nil {
		f.root.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return f, nil
}

// tidy removes what broken-off uploads left, where the system can: it takes room, and no upload has its name. It also
// finds out whether the folder can be written.
func (f *Folder) tidy() error {
	left := f.root.RemoveAll(uploads)
	err := f.root.Mkdir(uploads, 0o700)
	if left == nil || !errors.Is(err, fs.ErrExist) {
		return err
	}
	if f.Untidy != nil {
		f.Untidy(left)
	}
	probe := path.Join(uploads, rand.Text())
	if err = f.root.Mkdir(probe, 0o700); err == nil {
		f.root.Remove(probe)
	}
	return err
}

func setDefault[T comparable](field *T, value T) {
	if zero := *new(T); *field == zero {
		*field = value
	}
}

// Close ends running uploads at their next piece, waits for them, and gives the folder back. Downloads that have begun
// go on: they need the folder no more.
func (f *Folder) Close() error {
	f.mu.Lock()
	first := !f.closed
	f.closed = true
	f.mu.Unlock()
	f.begun.Wait()
	if !first {
		return nil
	}
	f.root.Remove(uploads) // empty, or the teacher's
	return f.root.Close()
}

var errClosed = problem.RetryLater(problem.Unavailable, 5*time.Second, "shutting down").Coded("shutting_down")

// begin is called before the folder is used. The caller calls f.begun.Done when it is done with it.
func (f *Folder) begin() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errClosed
	}
	f.begun.Add(1)
	return nil
}

func (f *Folder) closing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// names returns what is in the folder, in no order. Only the names: what lies behind them is asked through the root.
func (f *Folder) names() ([]string, error) {
	d, err := f.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// files returns all files that are served, in no order.
func (f *Folder) files() ([]*file, error) {
	names, err := f.names()
	if err != nil {
		return nil, err
	}
	var files []*file
	for _, name := range names {
		info, err := f.lstat(name)
		if err == nil {
			files = append(files, &info)
		} else if !errors.Is(err, problem.NotFound) {
			return nil, err
		}
	}
	return files, nil
}

// lstat looks at what is in the folder by just this spelling. What is no regular file is NotFound.
func (f *Folder) lstat(spelt string) (file, error) {
	if !servable(spelt) {
		return file{}, errNotFound
	}
	info, err := f.root.Lstat(spelt)
	if err != nil {
		return file{}, refusal(err, spelt)
	}
	if !info.Mode().IsRegular() {
		return file{}, errNotFound
	}
	return file{info, normalize.NFC(spelt), spelt}, nil
}

// named is lstat for a file by its name, however it is spelt. All names are looked through only where there is none in
// NFC and another spelling is possible.
func (f *Folder) named(name string) (file, error) {
	name = normalize.NFC(name)
	found, err := f.lstat(name)
	if !errors.Is(err, problem.NotFound) || !servable(name) || speltOneWay(name) {
		return found, err
	}
	names, err := f.names()
	if err != nil {
		return file{}, err
	}
	return f.lstat(spellingOf(name, names))
}

var errNotFound = problem.Refuse(problem.NotFound, "no such file").Coded("no_file")
