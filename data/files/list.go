package files

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pollwire/ops/blanks"
	"pollwire/rest/output"
	"pollwire/rest/rfc9110"
)

// List answers GET and HEAD of the list: JSON, or a page for whom likes HTML better.
func (f *Folder) List(w http.ResponseWriter, r *http.Request) error {
	files, err := f.sorted()
	if err != nil {
		return fault(err)
	}
	w.Header().Add("Vary", "Accept, Accept-Language")
	if rfc9110.Prefers(r.Header, "application/json", "text/html") == "text/html" {
		return f.page(w, r, files)
	}
	entries := []entry{}
	for _, info := range files {
		entries = append(entries, f.entry(info))
	}
	body, err := output.Encode(map[string][]entry{"files": entries})
	if err != nil {
		return err
	}
	return output.ShowBytes(w, r, "application/json", body)
}

// sorted returns all files that are served, by name. Of several that are spelt differently it has the one of Get.
func (f *Folder) sorted() ([]*file, error) {
	if err := f.begin(); err != nil {
		return nil, err
	}
	defer f.begun.Done()
	files, err := f.files()
	slices.SortFunc(files, preferred)
	return slices.CompactFunc(files, func(a, b *file) bool { return a.name == b.name }), err
}

//go:embed list.html
var listHTML string

// rowHTML is a line of the table in listHTML.
const rowHTML = `<tr><td><a href="{{url}}"><bdi>{{name}}</bdi></a></td><td class="size">{{size}}</td>` +
	`<td><time datetime="{{modified}}">{{time}}</time></td></tr>
`

// escaped are the same values as HTML has to have them, as text and within quotes.
func escaped(values map[string]string) map[string]string {
	safe := map[string]string{}
	for name, value := range values {
		safe[name] = html.EscapeString(value)
	}
	return safe
}

// policy lets the page have its own style and nothing else, so that a name that was not escaped could do nothing.
var policy = func() string {
	_, style, _ := strings.Cut(listHTML, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// words are what the page says in one language.
type words struct{ lang, title, name, size, time, empty, one, many string }

var (
	english = words{"en", "Shared files", "Name", "Size", "Changed", "There are no files yet.", "1 file, %[2]s",
		"%[1]d files, %[2]s"}
	korean = words{"ko", "공유 파일", "이름", "크기", "수정한 시각", "아직 파일이 없습니다.",
		"파일 1개, %[2]s", "파일 %[1]d개, %[2]s"}
)

func (f *Folder) page(w http.ResponseWriter, r *http.Request, files []*file) error {
	t := english
	if likesKorean(r.Header) {
		t = korean
	}
	rows, sum, err := f.rows(files)
	if err != nil {
		return err
	}
	form := t.many
	if len(files) == 1 {
		form = t.one
	}
	values := escaped(map[string]string{"lang": t.lang, "title": t.title, "name": t.name, "size": t.size, "time": t.time,
		"empty": t.empty, "sum": fmt.Sprintf(form, len(files), bytesText(sum))})
	values["rows"] = rows
	page, err := blanks.Fill(listHTML, values)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Language", t.lang)
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	return output.ShowBytes(w, r, "text/html; charset=utf-8", []byte(page))
}

// rows are the lines of the table, and sum is how many bytes the files have together.
func (f *Folder) rows(files []*file) (table string, sum int64, err error) {
	var b strings.Builder
	for _, info := range files {
		sum += info.Size()
		e := f.entry(info)
		row, err := blanks.Fill(rowHTML,
			escaped(map[string]string{"url": e.URL, "name": e.Name, "size": bytesText(info.Size()),
				"modified": e.Modified, "time": info.ModTime().Local().Format("2006-01-02 15:04")}))
		if err != nil {
			return "", 0, err
		}
		b.WriteString(row)
	}
	return b.String(), sum, nil
}

// bytesText writes a size for people: 1.5 MiB.
func bytesText(n int64) string {
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n)/(1<<10), "KiB"
	for _, larger := range []string{"MiB", "GiB", "TiB"} {
		if size < 1023.95 { // what would be written as 1024.0
			break
		}
		size, unit = size/(1<<10), larger
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}

// likesKorean tells whether Accept-Language (RFC 9110 §12.5.4) puts Korean before English; of two that are liked as
// well, the first counts. Browsers send such as "ko-KR,ko;q=0.9,en;q=0.8".
func likesKorean(h http.Header) bool {
	likes, best := false, 0.0
	for _, item := range strings.Split(strings.Join(h["Accept-Language"], ","), ",") {
		tag, params, _ := strings.Cut(strings.ToLower(strings.TrimSpace(item)), ";")
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(value, 64) // malformed is 0: passed over
		}
		if q > best && (tag == "ko" || tag == "en") {
			likes, best = tag == "ko", q
		}
	}
	return likes
}
