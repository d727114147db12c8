package reader

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"pollwire/lab/pcap"
	"pollwire/rest/problem"
)

// piece is how many bytes of a capture the server has in memory.
const piece = 256 << 10

// File is a capture that has arrived, in the folder of captures. It goes with Drop unless Keep was called.
type File struct {
	Name string // in the folder
	Size int64

	desk   *Desk
	toKeep bool
	file   *os.File // nil when it is closed, or could not be made
	made   bool     // and is to be removed
	err    error    // of the disk
}

// Receive writes what it reads into a new file, whose name begins with prefix. There is a File in any case, and Drop or
// Keep must follow. One that is to be kept goes to disk (fsync) piece by piece: all of it at once would hold up the
// votes that have to be on disk at the same moment.
//
// The error is that of from, or a *pcap.Error where there is more than pcap.MaxBytes. One of the disk comes with Read:
// from is read to its end in spite of it, as many clients hear no answer before they have sent everything.
func (d *Desk) Receive(prefix string, from io.Reader, toKeep bool) (*File, error) {
	f := &File{Name: prefix + "-" + strings.ToLower(rand.Text()[:10]), desk: d, toKeep: toKeep}
	d.arriving.Store(f.Name, nil)
	f.file, f.err = d.folder.OpenFile(f.Name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	f.made = f.err == nil
	pieces := bufio.NewWriterSize(toDisk{f}, piece)
	_, err := pieces.ReadFrom(io.LimitReader(from, pcap.MaxBytes+1))
	if err != nil {
		return f, err
	}
	pieces.Flush()
	if f.Size > pcap.MaxBytes {
		return f, &pcap.Error{Code: pcap.TooLarge, What: fmt.Sprintf("the file has more than %d MiB", pcap.MaxBytes>>20)}
	}
	return f, nil
}

// Arriving tells whether a file of the folder is in use, though nobody has kept it yet.
func (d *Desk) Arriving(name string) bool {
	_, is := d.arriving.Load(name)
	return is
}

// toDisk takes everything, and remembers the first error of the disk.
type toDisk struct{ *File }

func (t toDisk) Write(p []byte) (int, error) {
	if t.err == nil {
		_, t.err = t.file.Write(p)
	}
	if t.err == nil && t.toKeep {
		t.err = t.file.Sync()
	}
	t.Size += int64(len(p))
	return len(p), nil
}

// Store returns when all of the file is on disk.
func (f *File) Store() error {
	if f.err == nil {
		f.err = errors.Join(f.file.Sync(), f.close())
	}
	return f.fault()
}

// fault is what is said of a fault of the disk: to who runs the server what it is, to who sent the file that he may try
// again.
func (f *File) fault() error {
	if f.err == nil {
		return nil
	}
	f.desk.warn(f.err)
	return problem.Refuse(problem.Unavailable, "the server's disk can't be used at the moment").Coded("disk")
}

// Keep lets the file stay: somebody knows of it.
func (f *File) Keep() {
	f.close()
	f.made = false
	f.desk.arriving.Delete(f.Name)
}

// Drop removes a file that nobody has kept. There may be none. What can't be removed is left to who sweeps the folder.
func (f *File) Drop() {
	if f == nil {
		return
	}
	f.close() // before it is removed: Windows wants it so
	if f.made {
		f.desk.folder.Remove(f.Name)
		f.made = false
	}
	f.desk.arriving.Delete(f.Name)
}

func (f *File) close() (err error) {
	if f.file != nil {
		err = f.file.Close()
		f.file = nil
	}
	return err
}

// path is the same for a process with another working directory.
func (f *File) path() string { return filepath.Join(f.desk.folder.Name(), f.Name) }

// load reads a file that is open into one piece of memory.
func load(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > pcap.MaxBytes {
		return nil, fmt.Errorf("%s has %d bytes", f.Name(), info.Size())
	}
	data := make([]byte, info.Size())
	_, err = f.ReadAt(data, 0)
	return data, err
}
