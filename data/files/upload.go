package files

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"time"

	"pollwire/rest/normalize"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
)

// An upload is one request that stores a file.
type upload struct {
	f     *Folder
	r     *http.Request
	owner int64
	body  *body
	name  string      // in NFC
	spelt string      // how the file that is replaced is spelt, or name
	when  http.Header // the conditions under which it may be stored; nil for none
	temp  string      // where the bytes are until they are all here; "" for nowhere
	size  int64       // bytes of it

	before int64 // the owner of the file that is replaced
}

// Put stores the body as the file in the path's value "name", new or in place of what owner put there before.
func (f *Folder) Put(w http.ResponseWriter, r *http.Request, owner int64) error {
	return fault(f.receive(w, r, owner, (*upload).plain))
}

// plain reads a body that is the file.
func (u *upload) plain() error {
	if u.r.Header.Get("Content-Range") != "" {
		// RFC 9110 §14.5: to take a piece for the whole would destroy the file.
		return problem.Refuse(problem.Malformed, "Content-Range is not supported: send the whole file")
	}
	if u.r.ContentLength > u.f.MaxFile {
		return u.f.tooLarge()
	}
	u.when = u.r.Header
	if err := u.call("name", u.r.PathValue("name"), u.r.ContentLength); err != nil {
		return err
	}
	u.body.allow(u.f.MaxFile, u.f.tooLarge())
	return u.store(u.body)
}

func (f *Folder) tooLarge() error {
	return problem.Refuse(problem.TooLarge, "a file must not have more than %d bytes", f.MaxFile).
		Coded("file_too_large", "most")
}

// receive does what all uploads have in common. read reads the body into u.
func (f *Folder) receive(w http.ResponseWriter, r *http.Request, owner int64, read func(*upload) error) error {
	rc := http.NewResponseController(w)
	u := &upload{f: f, r: r, owner: owner, body: &body{f: f, src: r.Body, rc: rc, end: time.Now().Add(f.uploadTime)}}
	// The server's own deadlines are for requests that take seconds. HTTP/2 would reset the stream at the one for
	// writing, though nothing is being written.
	rc.SetWriteDeadline(u.body.end.Add(time.Minute))
	// Whoever writes the answer; here, or an error by the caller. Package problem throws away the rest of the body then,
	// when others may have the place of this upload.
	defer func() { rc.SetWriteDeadline(time.Now().Add(f.answerTime)) }()
	if e := rfc9110.ContentCoding(r.Header); e != "" {
		refused := problem.Refuse(problem.MediaType, "the body must not be compressed (Content-Encoding: %.50s)", e)
		refused.Header = http.Header{"Accept-Encoding": {"identity"}} // RFC 9110 §15.5.16
		return refused
	}
	if err := f.enter(r.Context(), owner); err != nil {
		return err
	}
	defer f.leave(owner)
	defer u.discard()
	if err := read(u); err != nil {
		return err
	}
	stored, created, err := f.commit(u)
	if err != nil {
		return err
	}
	return f.acknowledge(w, r, stored, created)
}

// acknowledge tells what is stored now. The answer to a PUT may carry the ETag, as the bytes are stored as they came
// (RFC 9110 §9.3.4), and a 201 may; a POST that replaced is the list's.
func (f *Folder) acknowledge(w http.ResponseWriter, r *http.Request, stored fs.FileInfo, created bool) error {
	status, e := http.StatusOK, f.entry(stored)
	if created {
		status = http.StatusCreated
		w.Header().Set("Location", e.URL)
	}
	if created || r.Method == http.MethodPut {
		w.Header().Set("ETag", etag(stored))
	}
	return output.JSON(w, status, e)
}

// call gives the upload its name, and refuses what would be refused in the end before the client has sent all of it.
// field is what the name is for the client, size how many bytes are announced, at least; not positive if that is
// unknown.
func (u *upload) call(field, name string, size int64) error {
	name = normalize.NFC(name)
	if why := unstorable(name); why != "" {
		return invalid(field, why, "file_name")
	}
	if size > 0 {
		if err := u.f.grow(u.owner, size); err != nil {
			return err
		}
		u.f.settle(u.owner, size, 0) // only to see whether there is room
	}
	u.name = name
	_, err := u.f.mayStore(u.r.Context(), u)
	return err
}

// store writes src to a temporary file and on to the disk.
func (u *upload) store(src io.Reader) error {
	if err := u.f.root.MkdirAll(uploads, 0o700); err != nil { // somebody may have tidied up
		return fmt.Errorf("upload: %w", err)
	}
	temp := path.Join(uploads, rand.Text())
	file, err := u.f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	u.temp = temp
	err = u.copy(file, src)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (u *upload) copy(file *os.File, src io.Reader) error {
	for buf := make([]byte, piece); ; {
		n, end := fill(src, buf)
		if u.size+int64(n) > u.f.MaxFile {
			return u.f.tooLarge()
		}
		if err := u.f.grow(u.owner, int64(n)); err != nil {
			return err
		}
		u.size += int64(n)
		if _, err := file.Write(buf[:n]); err != nil {
			return fmt.Errorf("upload: %w", err)
		}
		if end == io.EOF {
			return nil
		}
		if end != nil {
			return end
		}
	}
}

// fill is io.ReadFull, but it tells the end of src from a body that broke off: io.ErrUnexpectedEOF could be both.
func fill(src io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = src.Read(buf[n:])
		n += m
	}
	return n, err
}

// discard removes what did not become a file.
func (u *upload) discard() {
	if u.temp != "" {
		u.f.root.Remove(u.temp) // if that fails, Open will do it
		u.f.settle(u.owner, u.size, 0)
	}
}
