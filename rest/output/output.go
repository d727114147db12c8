// Package output writes answers: JSON that is easy to read on the wire, with an ETag where it can be asked for again.
//
//	RFC 9110  §8.8.3 ETag, §13.1.1 If-Match, §13.1.2 If-None-Match and 304, §14 ranges (http.ServeContent does these)
//	RFC 8259  JSON; RFC 4180  CSV
package output

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
)

// Encode makes JSON as it is easiest to read in a capture: without \u003c for <, and without a line end. A
// json.RawMessage is taken to be just that.
func Encode(v any) ([]byte, error) {
	if ready, ok := v.(json.RawMessage); ok {
		return ready, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// JSON answers with v.
func JSON(w http.ResponseWriter, status int, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	return write(w, status, body)
}

// write answers with JSON that is ready.
func write(w http.ResponseWriter, status int, body []byte) error {
	w.Header()["Content-Type"] = typeJSON
	return send(w, status, body)
}

// Values of headers that many answers share. Each is full, so that a Header.Add copies it instead of writing into it.
var (
	typeJSON = []string{"application/json"}
	noCache  = []string{"no-cache"} // keep it, but ask each time
	inBytes  = []string{"bytes"}
	byAsker  = []string{"Accept, Authorization"}
)

func send(w http.ResponseWriter, status int, body []byte) error {
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	w.Write(body) // fails where the client has gone, which is no error of ours
	return nil
}

// Created answers 201 with v, the address where it can be read, and the ETag that it has there.
func Created(w http.ResponseWriter, location string, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	if location != "" { // without it the ETag would be that of the list it was added to (RFC 9110 §15.3.2)
		w.Header().Set("Location", location)
		w.Header().Set("ETag", rfc9110.StrongETag(body))
	}
	return write(w, http.StatusCreated, body)
}

// Changed answers a PUT or PATCH with what has become of it. The answer to a PUT must not carry an ETag, as what is
// stored is not what was sent, byte for byte (RFC 9110 §9.3.4).
func Changed(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPatch {
		w.Header().Set("ETag", rfc9110.StrongETag(body))
	}
	return write(w, http.StatusOK, body)
}

// Show answers a GET with v and an ETag, and 304 where the client has the same already.
func Show(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	varyByAsker(w.Header())
	return ShowBytes(w, r, "application/json", body)
}

// ShowTable is Show for rows as CSV (RFC 4180, so lines end in CR LF).
func ShowTable(w http.ResponseWriter, r *http.Request, rows [][]string) error {
	var table bytes.Buffer
	out := csv.NewWriter(&table)
	out.UseCRLF = true
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	varyByAsker(w.Header())
	return ShowBytes(w, r, "text/csv; charset=utf-8", table.Bytes())
}

// varyByAsker tells caches that the answer is another for another person, and as a table.
func varyByAsker(h http.Header) {
	if _, more := h["Vary"]; more {
		h.Add("Vary", byAsker[0])
		return
	}
	h["Vary"] = byAsker
}

// describe sets what every answer to a GET has.
func describe(h http.Header, contentType, etag []string) {
	h["Content-Type"], h["Etag"], h["Cache-Control"] = contentType, etag, noCache
}

// ShowBytes is Show for any type of content.
func ShowBytes(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	h := w.Header()
	describe(h, []string{contentType}, []string{rfc9110.StrongETag(body)})
	if plain(r) {
		h["Accept-Ranges"] = inBytes
		return send(w, http.StatusOK, body)
	}
	rfc9110.NormalizeRange(r, int64(len(body)))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

// ShowFile is ShowBytes for a file of size bytes, which goes out piece by piece. tag is an ETag that no other content
// ever had.
func ShowFile(w http.ResponseWriter, r *http.Request, contentType, tag string, file io.ReadSeeker, size int64) {
	describe(w.Header(), []string{contentType}, []string{tag})
	rfc9110.NormalizeRange(r, size)
	http.ServeContent(w, r, "", time.Time{}, file)
}

// plain tells whether a request is a GET for the whole body, whatever the client has. Most are, and are spared the way
// through http.ServeContent, which costs as much as the rest of a small answer.
func plain(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	for _, name := range []string{"Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if _, sent := r.Header[name]; sent {
			return false
		}
	}
	return true
}

// IfMatch tells whether the client may change v: if it sent If-Match, that must name v as it is now.
func IfMatch(r *http.Request, v any) error {
	if len(r.Header.Values("If-Match")) == 0 {
		return nil
	}
	body, err := Encode(v)
	if err == nil && !rfc9110.IfMatch(r.Header, rfc9110.StrongETag(body)) {
		err = problem.Refuse(problem.Precondition, "it was changed meanwhile: read it again")
	}
	return err
}

// List makes [] of a list that is nil, where JSON would say null.
func List[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
