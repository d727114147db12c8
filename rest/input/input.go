// Package input reads what a client sends: bodies, queries, texts. Everything has a limit and a deadline, nothing is
// guessed or cut to fit, and each refusal is an error of package problem that names the field.
//
//	RFC 8259  JSON, strictly: see package strictjson
//	RFC 3339  §5.6 times
//	RFC 6750  §2.1 the token of a request
//	URL       https://url.spec.whatwg.org/#application/x-www-form-urlencoded  forms and queries
//
// Not supported: compressed bodies, and other encodings than UTF-8.
package input

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pollwire/rest/keyset"
	"pollwire/rest/normalize"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
	"pollwire/rest/strictjson"
	"pollwire/rest/visible"
)

// MaxBody is how many bytes a body may have, over HTTP, and a message over a socket.
const MaxBody = 64 << 10

// bodyTimeout is how long a body may take to arrive: enough for MaxBody over a bad line.
const bodyTimeout = 30 * time.Second

// How many items a page of a list has where the client does not say, and at most.
const (
	pageItems    = 50
	maxPageItems = 100
)

// MediaType returns the type of the body without parameters, in lower case; "" where there is none or it is broken. Of
// two nobody could tell which is meant.
func MediaType(r *http.Request) string {
	if len(r.Header["Content-Type"]) > 1 {
		return ""
	}
	sent := r.Header.Get("Content-Type")
	if sent == "application/json" { // as nearly all send it
		return sent
	}
	media, _, err := mime.ParseMediaType(sent)
	if err != nil {
		return ""
	}
	return media
}

// JSON decodes the body into dst, a pointer to a struct; see package strictjson for what is refused.
func JSON(w http.ResponseWriter, r *http.Request, dst any) error { return LongJSON(w, r, dst, MaxBody) }

// LongJSON is JSON for a body of up to most bytes.
func LongJSON(w http.ResponseWriter, r *http.Request, dst any, most int64) error {
	if m := MediaType(r); m != "application/json" && r.ContentLength != 0 { // before the body is asked for
		return problem.Refuse(problem.MediaType, "the body must be application/json, not %q", m)
	}
	body, err := body(w, r, most)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return problem.Refuse(problem.Malformed, "a body in JSON is missing")
	}
	return Unmarshal(body, dst)
}

// LongText reads a body of up to most bytes as it is.
func LongText(w http.ResponseWriter, r *http.Request, most int64) (string, error) {
	body, err := body(w, r, most)
	return string(body), err
}

// Unmarshal decodes JSON that came by any way.
func Unmarshal(data []byte, dst any) error {
	if err := strictjson.Unmarshal(data, dst); err != nil {
		return problem.Refuse(problem.Malformed, "%v", err)
	}
	return nil
}

// Form reads a body that is form-encoded.
func Form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := body(w, r, MaxBody)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !utf8.Valid(body) {
		return nil, problem.Refuse(problem.Malformed, "the form is malformed")
	}
	for _, values := range form {
		for _, v := range values {
			if !utf8.ValidString(v) {
				return nil, problem.Refuse(problem.Malformed, "the form is not UTF-8")
			}
		}
	}
	return form, nil
}

func tooLarge(most int64) error {
	return problem.Refuse(problem.TooLarge, "the body has more than %d bytes", most)
}

// Announced refuses what the header section tells of a body. Nothing of it has been asked for then (RFC 9110 §10.1.1).
func Announced(r *http.Request, most int64) error {
	if e := rfc9110.ContentCoding(r.Header); e != "" {
		return problem.Refuse(problem.MediaType, "the body must not be compressed (Content-Encoding: %.50s)", e)
	}
	if sent := r.Header.Get("Content-Type"); strings.Contains(sent, ";") {
		if _, params, err := mime.ParseMediaType(sent); err == nil && params["charset"] != "" &&
			!strings.EqualFold(params["charset"], "utf-8") {
			return problem.Refuse(problem.MediaType, "the body must be in UTF-8, not %s", params["charset"])
		}
	}
	if r.ContentLength > most {
		return tooLarge(most)
	}
	return nil
}

// body reads at most so many bytes within bodyTimeout.
func body(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	if err := Announced(r, most); err != nil {
		return nil, err
	}
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Now().Add(bodyTimeout)) // not possible everywhere; then the server's own limit holds
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	rc.SetReadDeadline(time.Time{}) // or the connection would count as broken while the answer is made
	if big := (*http.MaxBytesError)(nil); errors.As(err, &big) {
		return nil, tooLarge(most)
	}
	if err != nil {
		return nil, problem.Refuse(problem.Malformed, "the body did not arrive whole")
	}
	return body, nil
}

// Values collects what is wrong with the values of one request. Its methods return the value, or its zero and a note.
type Values struct {
	fields []problem.Field
	query  url.Values
}

// Query parses the query of r for Int and ID.
func Query(r *http.Request) (*Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem.Refuse(problem.Malformed, "the query is malformed: %v", err)
	}
	return &Values{query: q}, nil
}

// Add notes that a field is wrong. The note can be given a code for programs, see problem.Field.
func (v *Values) Add(field, format string, args ...any) *problem.Field {
	v.fields = append(v.fields, problem.NewField(field, format, args...))
	return &v.fields[len(v.fields)-1]
}

// Err returns an Invalid refusal with all notes, or nil.
func (v *Values) Err() error {
	if len(v.fields) == 0 {
		return nil
	}
	r := problem.Refuse(problem.Invalid, "%s %s", v.fields[0].Field, v.fields[0].Detail)
	if n := len(v.fields) - 1; n > 0 {
		r.Detail += fmt.Sprintf(" (and %d more)", n)
	}
	r.Fields = v.fields
	return r
}

// Present returns a string as it came; it must be there and not be empty.
func (v *Values) Present(field string, in *string) string {
	if in == nil {
		v.Add(field, "is missing").Coded("missing")
		return ""
	}
	if *in == "" {
		v.Add(field, "must not be empty").Coded("empty")
	}
	return *in
}

// What Text lets pass besides what can be seen.
const (
	OneLine = false
	Lines   = true // newline and tab are allowed
)

// Text returns a string in NFC and without white space around it. It must have least to most characters (Unicode code
// points, not bytes), one that can be seen if least is not 0, and nothing that controls or reorders; CR LF becomes LF.
func (v *Values) Text(field string, in *string, least, most int, lines bool) string {
	if in == nil {
		v.Add(field, "is missing").Coded("missing")
		return ""
	}
	s := strings.TrimSpace(normalize.NFC(strings.ReplaceAll(*in, "\r\n", "\n")))
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0 && least > 0:
		v.Add(field, "must not be empty").Coded("empty")
	case n < least || n > most:
		v.Add(field, "must have %d to %d characters, not %d", least, most, n).Coded("length", "least", "most", "is")
	case least > 0 && !visible.Any(s):
		v.Add(field, "must have a character that can be seen").Coded("invisible")
	}
	for _, c := range s {
		switch {
		case unicode.IsControl(c) && !(lines && (c == '\n' || c == '\t')):
			v.Add(field, "must not hold the control character %U", c).Coded("control_character")
		case visible.Reorders(c):
			v.Add(field, "must not hold %U, which changes the direction of the text around it", c).
				Coded("control_character")
		default:
			continue
		}
		break
	}
	return s
}

// rfc3339 is the form of a time. time.Parse alone takes 1:00 for 01:00 as well, and a comma for the dot.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

// Time returns a time in the form of RFC 3339. Its year has four digits in UTC too.
func (v *Values) Time(field, in string) time.Time {
	in = strings.ToUpper(in) // T and Z may be small letters (RFC 3339 §5.6)
	t, err := time.Parse(time.RFC3339, in)
	if err != nil || !rfc3339.MatchString(in) || t.UTC().Year() > 9999 {
		v.Add(field, "must be a time like 2026-11-23T04:05:06Z").Coded("time")
	}
	return t
}

// Texts returns a list of least to most texts of one line, each as Text does, of 1 to length characters. No two may
// look the same.
func (v *Values) Texts(field string, in []string, least, most, length int) (texts []string) {
	if len(in) < least || len(in) > most {
		v.Add(field, "must be %d to %d, not %d", least, most, len(in)).Coded("count", "least", "most", "is")
		return nil
	}
	for i, text := range in {
		item := Item(field, i)
		text = v.Text(item, &text, 1, length, OneLine)
		if slices.ContainsFunc(texts, func(other string) bool { return visible.Same(other, text) }) {
			v.Add(item, "is there twice").Coded("twice")
		}
		texts = append(texts, text)
	}
	return texts
}

// IDs returns the ids of one field or of another: one takes a single id, several a list of at most most, without
// repetitions. Exactly one of them must be sent. They come in the order in which they were sent.
func (v *Values) IDs(one string, id *int64, several string, ids *[]int64, most int) (list []int64) {
	switch {
	case id != nil && ids != nil:
		v.Add(one, "and %s exclude each other", several).Coded("exclusive")
	case id != nil:
		return []int64{*id}
	case ids == nil:
		v.Add(one, "is missing").Coded("missing")
	case len(*ids) == 0:
		v.Add(several, "must not be empty").Coded("empty")
	case len(*ids) > most:
		v.Add(several, "must not be more than %d", most).Coded("too_many", "most")
	default:
		for i, id := range *ids {
			if slices.Contains(list, id) {
				v.Add(Item(several, i), "is there twice").Coded("twice")
			}
			list = append(list, id)
		}
	}
	return list
}

// Within notes a number that was sent and is not within least and most.
func (v *Values) Within(field string, n *int64, least, most int64) {
	if n != nil && (*n < least || *n > most) {
		v.Add(field, "must be an integer from %d to %d", least, most).Coded("integer", "least", "most")
	}
}

// SetIfSent copies what was sent, if it was.
func SetIfSent[T any](dst *T, sent *T) {
	if sent != nil {
		*dst = *sent
	}
}

// Item names an item of a list, for Add.
func Item(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

// Get returns a parameter of the query and whether it is there. One that is there several times is refused: whoever
// reads the first and whoever reads the last would see two different requests.
func (v *Values) Get(name string) (string, bool) {
	v.Once(name, v.query[name])
	return v.query.Get(name), v.query.Has(name)
}

// Once notes a parameter, of a query or a form, that is there more than once.
func (v *Values) Once(name string, values []string) {
	if len(values) > 1 {
		v.Add(name, "must be there only once").Coded("twice")
	}
}

// Int returns an integer parameter of the query, or def where it is missing.
func (v *Values) Int(name string, least, most, def int64) int64 {
	text, sent := v.Get(name)
	if !sent {
		return def
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most || strconv.FormatInt(n, 10) != text {
		v.Add(name, "must be an integer from %d to %d", least, most).Coded("integer", "least", "most")
		return def
	}
	return n
}

// ID returns a parameter that is a positive integer, 0 where it is missing.
func (v *Values) ID(name string) int64 {
	text, sent := v.Get(name)
	id, ok := ParseID(text)
	if sent && !ok {
		v.Add(name, "must be a positive integer").Coded("id")
	}
	return id
}

// Page reads what all lists take: limit, before, after. The caller asks the values for more, and then for Err.
func Page(r *http.Request) (*Values, keyset.Page, error) {
	v, err := Query(r)
	if err != nil {
		return nil, keyset.Page{}, err
	}
	p := keyset.Page{Limit: int(v.Int("limit", 1, maxPageItems, pageItems)), Before: v.ID("before"), After: v.ID("after")}
	if p.Before > 0 && p.After > 0 {
		v.Add("after", "and before exclude each other").Coded("exclusive")
	}
	return v, p, nil
}

// PathID reads the id in a path. What is no positive integer names nothing: it is NotFound.
func PathID(r *http.Request, name string) (int64, error) {
	id, ok := ParseID(r.PathValue(name))
	if !ok {
		return 0, problem.Refuse(problem.NotFound, "%.50q is not an id", r.PathValue(name))
	}
	return id, nil
}

// ParseID reads a positive integer in its one spelling: no sign, no leading zero.
func ParseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != text {
		return 0, false
	}
	return id, true
}

// Bearer returns the token of the Authorization header (RFC 6750 §2.1), "" if there is no such header.
func Bearer(r *http.Request) (string, error) {
	lines := r.Header.Values("Authorization")
	if len(lines) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	token = strings.Trim(token, " ")
	if len(lines) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", problem.Refuse(problem.Unauthorized, "the Authorization header must be, once: Bearer <token>").
			Coded("no_token")
	}
	return token, nil
}
