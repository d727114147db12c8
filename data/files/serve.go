package files

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"time"

	"pollwire/rest/rfc9110"
)

// An entry tells of a file: in the list, and to who has just put it.
type entry struct {
	Name     string `json:"name"`
	Size     int64  `json:"size"`     // bytes
	Modified string `json:"modified"` // RFC 3339 in UTC, with milliseconds
	URL      string `json:"url"`      // a path
}

const rfc3339ms = "2006-01-02T15:04:05.000Z"

func (f *Folder) entry(info fs.FileInfo) entry {
	return entry{info.Name(), info.Size(), info.ModTime().UTC().Format(rfc3339ms), f.URL + url.PathEscape(info.Name())}
}

// etag names a version of a file. It is strong, as If-Range and If-Match ask for: see the package comment.
func etag(info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano())
}

// Get answers GET and HEAD of a file, the path's value "name", with ranges and conditions.
func (f *Folder) Get(w http.ResponseWriter, r *http.Request) error {
	file, info, err := f.open(r.PathValue("name"))
	if err != nil {
		return fault(err)
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", typeOf(info.Name()))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox")
	if typeOf(info.Name()) == "application/pdf" {
		h.Set("Content-Disposition", "attachment") // Chromium shows no PDF in a sandbox, but an error; it saves one
	}
	h.Set("ETag", etag(info))
	h.Set("Cache-Control", "no-cache") // keep it, but ask each time
	modified := info.ModTime()
	if now := time.Now(); modified.After(now) {
		modified = now // RFC 9110 §8.8.2.1: never later than Date
	}
	// One deadline for all of it. To move it with progress the file would have to go through this program in pieces;
	// as it is, the system copies it to the socket by itself (sendfile).
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(f.downloadTime))
	rfc9110.NormalizeRange(r, info.Size())
	http.ServeContent(w, r, "", modified, file)
	return nil
}

// open opens a regular file. A FIFO would block until somebody writes to it, so lstat looks before it is opened.
func (f *Folder) open(name string) (*os.File, fs.FileInfo, error) {
	if err := f.begin(); err != nil {
		return nil, nil, err
	}
	defer f.begun.Done()
	found, err := f.named(name)
	if err != nil {
		return nil, nil, err
	}
	file, err := f.root.Open(found.spelt)
	if err != nil {
		return nil, nil, refusal(err, name)
	}
	info, err := file.Stat() // of what was opened: it may have been replaced meanwhile
	if err == nil && !info.Mode().IsRegular() {
		err = errNotFound
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}
