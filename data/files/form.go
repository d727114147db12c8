package files

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"pollwire/rest/problem"
)

// maxHead is how many bytes a form may have before its file, and behind it. Package multipart alone would hold up to
// 10 MB of a part's header in memory.
const maxHead = 16 << 10

var errHead = problem.Refuse(problem.TooLarge, "the form has more than %d bytes beside its file", maxHead)

// Post stores the file of a form: multipart/form-data with one part, "file".
func (f *Folder) Post(w http.ResponseWriter, r *http.Request, owner int64) error {
	return fault(f.receive(w, r, owner, (*upload).form))
}

// form reads a body that has the file in it. Nothing is stored before the form has been read to its end.
func (u *upload) form() error {
	media, params, err := mime.ParseMediaType(u.r.Header.Get("Content-Type"))
	if media != "multipart/form-data" || len(u.r.Header["Content-Type"]) > 1 {
		return problem.Refuse(problem.MediaType, "the body must be multipart/form-data")
	}
	// RFC 2046 §5.1.1 limits the boundary.
	if b := params["boundary"]; err != nil || b == "" || len(b) > 70 {
		return problem.Refuse(problem.Malformed, "the boundary of the form is missing or malformed")
	}
	if u.r.ContentLength > u.f.MaxFile+2*maxHead {
		return u.f.tooLarge()
	}
	// Package multipart says io.EOF at the last boundary, but also where a form breaks off in a header. So it never gets
	// to see the end of the body. (The last boundary may be without its line end.)
	parts := multipart.NewReader(io.MultiReader(u.body, strings.NewReader("\r\n"), noEnd{}), params["boundary"])
	u.body.allow(maxHead, errHead)
	part, err := parts.NextRawPart()
	if err == io.EOF {
		return invalid("file", "is missing", "missing")
	}
	if err != nil {
		return malformed(err)
	}
	name, err := filename(part)
	if err == nil {
		err = u.call("file", name, u.r.ContentLength-2*maxHead)
	}
	if err != nil {
		return err
	}
	u.body.allow(u.f.MaxFile+maxHead, u.f.tooLarge())
	if err := u.store(content{part}); err != nil {
		return err
	}
	return u.rest(parts)
}

// noEnd is behind the body of a form.
type noEnd struct{}

func (noEnd) Read([]byte) (int, error) {
	return 0, problem.Refuse(problem.Malformed, "the form is malformed: its last boundary is missing")
}

// rest reads the end of a form, so that a file followed by something wrong is not taken for a whole upload.
func (u *upload) rest(parts *multipart.Reader) error {
	u.body.allow(maxHead, errHead)
	if _, err := parts.NextRawPart(); err == nil {
		return invalid("file", "must be the only field of the form, once", "invalid")
	} else if err != io.EOF {
		return malformed(err)
	}
	_, err := io.Copy(io.Discard, u.body) // RFC 2046 §5.1.1: what follows the last boundary means nothing
	return err
}

// filename returns the name that a part has for its file.
func filename(part *multipart.Part) (string, error) {
	// Not part.FileName: what it takes for a path depends on the system of the server, not on that of the client.
	disposition, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil || disposition != "form-data" {
		return "", problem.Refuse(problem.Malformed, "the form is malformed: a part's Content-Disposition")
	}
	switch e := part.Header.Get("Content-Transfer-Encoding"); strings.ToLower(e) {
	case "", "binary", "8bit", "7bit":
	default: // RFC 7578 §4.7 deprecates it; to store the code instead of the file would be worse than to refuse
		return "", problem.Refuse(problem.MediaType, "Content-Transfer-Encoding %.50q is not supported", e)
	}
	name, isFile := params["filename"]
	switch {
	case params["name"] != "file":
		return "", invalid("file", "must be the only field of the form, once", "invalid")
	case !isFile:
		return "", invalid("file", "must be a file, with a filename", "invalid")
	case name == "":
		return "", invalid("file", "must be chosen", "missing") // so a browser sends a form in which no file is
	}
	// RFC 7578 §4.2, RFC 2183 §2.3: of a path only the last part counts, whatever system it is from. Old browsers of
	// Windows send C:\Users\kim\hw.txt.
	return name[strings.LastIndexAny(name, `/\`)+1:], nil
}

// content is the file in a form, with errors that have a kind.
type content struct{ part *multipart.Part }

func (c content) Read(p []byte) (int, error) {
	n, err := c.part.Read(p)
	if err != nil && err != io.EOF {
		err = malformed(err)
	}
	return n, err
}

// malformed gives what package multipart complains of a kind. What body complains of comes through it and has one.
func malformed(err error) error {
	if _, ok := problem.Of(err); ok {
		return err
	}
	return problem.Refuse(problem.Malformed, "the form is malformed")
}

func invalid(field, detail, code string) error {
	refused := problem.Refuse(problem.Invalid, "%s %s", field, detail)
	refused.Fields = []problem.Field{{Field: field, Detail: detail, Key: problem.Key{Code: code}}}
	return refused
}
