package files

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The examples of RFC 9110 §14.1.2 are of a representation of 10000 bytes.
func TestRanges(t *testing.T) {
	s := start(t)
	var b strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&b, "%04d", i)
	}
	all := b.String()
	s.want("PUT", s.put(1, "/files/a.txt", all), 201)
	for _, tt := range []struct {
		name, ranges string
		status       int
		parts        []string
	}{
		{"14.1.2 the first 500 bytes", "bytes=0-499", 206, []string{all[:500]}},
		{"14.1.2 the second 500 bytes", "bytes=500-999", 206, []string{all[500:1000]}},
		{"14.1.2 the final 500 bytes", "bytes=-500", 206, []string{all[9500:]}},
		{"14.1.2 the final 500 bytes by their position", "bytes=9500-", 206, []string{all[9500:]}},
		{"14.1.2 the first and last byte", "bytes=0-0,-1", 206, []string{all[:1], all[9999:]}},
		{"14.1.2 first, middle and last 1000 bytes", "bytes= 0-999, 4500-5499, -1000", 206,
			[]string{all[:1000], all[4500:5500], all[9000:]}},
		{"14.1.2 not canonical: the second 500 bytes in two", "bytes=500-600,601-999", 206,
			[]string{all[500:601], all[601:1000]}},
		{"14.1.2 not canonical: overlapping", "bytes=500-700,601-999", 206, []string{all[500:701], all[601:1000]}},
		{"14.1 a unit in capital letters", "BYTES=0-3", 206, []string{all[:4]}},
		{"14.2 an unknown unit is ignored", "pages=1-2", 200, []string{all}},
		{"14.1.2 more than there is", "bytes=-20000", 206, []string{all}},
		{"14.1.2 to beyond the end", "bytes=9999-20000", 206, []string{all[9999:]}},
		{"15.5.17 outside", "bytes=10000-", 416, nil},
		{"malformed: the whole", "bytes=x", 200, []string{all}},
		{"17.15 more than the whole: the whole", "bytes=" + strings.Repeat("0-,", 40), 200, []string{all}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			a := s.get("/files/a.txt", "Range", tt.ranges)
			s.want(tt.ranges, a, tt.status)
			if tt.status == 416 {
				if got := a.Header.Get("Content-Range"); got != "bytes */10000" {
					t.Errorf("Content-Range = %q", got)
				}
				return
			}
			media, params, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
			if len(tt.parts) == 1 {
				if a.text != tt.parts[0] || media != "text/plain" {
					t.Errorf("%d bytes of %s, want %d", len(a.text), media, len(tt.parts[0]))
				}
				return
			}
			m := multipart.NewReader(strings.NewReader(a.text), params["boundary"])
			for i, want := range tt.parts {
				p, err := m.NextPart()
				if err != nil || media != "multipart/byteranges" {
					t.Fatal(media, err)
				}
				got, _ := io.ReadAll(p)
				if string(got) != want || p.Header.Get("Content-Type") != "text/plain; charset=utf-8" ||
					p.Header.Get("Content-Range") == "" {
					t.Errorf("part %d: %d bytes, %v, want %d", i, len(got), p.Header, len(want))
				}
			}
			if _, err := m.NextPart(); err != io.EOF {
				t.Errorf("more than %d parts", len(tt.parts))
			}
		})
	}
	s.t = t
	// §14.2: ranges are for GET. §9.3.2: HEAD tells what GET would.
	a := s.do(0, "HEAD", "/files/a.txt", nil, "Range", "bytes=0-3")
	s.want("HEAD with Range", a, 200)
	if a.ContentLength != 10000 || a.text != "" || a.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD: Content-Length %d, Accept-Ranges %q", a.ContentLength, a.Header.Get("Accept-Ranges"))
	}
}

func TestConditionalRequests(t *testing.T) {
	s := start(t)
	old := s.put(1, "/files/a.txt", "old").Header.Get("ETag")
	tag := s.put(1, "/files/a.txt", "new").Header.Get("ETag")
	changed := s.get("/files/a.txt").Header.Get("Last-Modified")
	at, err := http.ParseTime(changed)
	if err != nil {
		t.Fatal(err)
	}
	before, after := at.Add(-time.Hour).Format(http.TimeFormat), at.Add(time.Hour).Format(http.TimeFormat)
	for _, tt := range []struct {
		name, method, path, header, value string
		status                            int
	}{
		{"13.1.2 nothing new", "GET", "a.txt", "If-None-Match", tag, 304},
		{"13.1.2 nothing new, weakly compared", "GET", "a.txt", "If-None-Match", "W/" + tag, 304},
		{"13.1.2 nothing new for HEAD", "HEAD", "a.txt", "If-None-Match", `"x", ` + tag, 304},
		{"13.1.2 something new", "GET", "a.txt", "If-None-Match", old, 200},
		{"13.1.3 nothing new", "GET", "a.txt", "If-Modified-Since", changed, 304},
		{"13.1.3 something new", "GET", "a.txt", "If-Modified-Since", before, 200},
		{"13.1.1 as expected", "GET", "a.txt", "If-Match", tag, 200},
		{"13.1.1 changed meanwhile", "GET", "a.txt", "If-Match", old, 412},
		{"13.1.4 changed meanwhile", "GET", "a.txt", "If-Unmodified-Since", before, 412},

		{"13.1.2 create only, and it is there", "PUT", "a.txt", "If-None-Match", "*", 412},
		{"13.1.2 unless it is this", "PUT", "a.txt", "If-None-Match", `"x",W/` + tag, 412},
		{"13.1.2 unless it is that", "PUT", "a.txt", "If-None-Match", old, 200},
		{"13.1.1 replace what I saw, and it is another", "PUT", "a.txt", "If-Match", old, 412},
		{"13.1.1 replace what I saw, weakly", "PUT", "a.txt", "If-Match", "W/" + tag, 412},
		{"13.1.1 replace what I saw", "PUT", "a.txt", "If-Match", tag, 200},
		{"13.1.1 replace anything", "PUT", "a.txt", "If-Match", "*", 200},
		{"13.1.1 replace anything, and nothing is there", "PUT", "b.txt", "If-Match", "*", 412},
		{"13.1.4 replace what is old", "PUT", "a.txt", "If-Unmodified-Since", after, 200},
		{"13.1.4 replace what is old, and it is newer", "PUT", "a.txt", "If-Unmodified-Since", before, 412},
		{"13.1.4 a time that is none", "PUT", "a.txt", "If-Unmodified-Since", "yesterday", 200},
		{"13.1.4 nothing is there", "PUT", "c.txt", "If-Unmodified-Since", before, 201},
		{"13.1.2 create only", "PUT", "d.txt", "If-None-Match", "*", 201},

		{"13.1.1 delete what I saw, and it is another", "DELETE", "a.txt", "If-Match", old, 412},
		{"13.2.1 what would fail anyway fails as it would", "DELETE", "b.txt", "If-Match", old, 404},
		{"13.1.1 delete what I saw", "DELETE", "a.txt", "If-Match", tag, 204},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			if tt.path == "a.txt" { // as it was at first, with its time
				if err := os.WriteFile(filepath.Join(s.dir, "a.txt"), []byte("new"), 0o600); err != nil {
					t.Fatal(err)
				}
				var size, nano int64
				fmt.Sscanf(tag, `"%x-%x"`, &size, &nano)
				if err := os.Chtimes(filepath.Join(s.dir, "a.txt"), time.Unix(0, nano), time.Unix(0, nano)); err != nil {
					t.Fatal(err)
				}
			}
			owner := int64(1)
			if tt.method == "GET" || tt.method == "HEAD" {
				owner = 0
			}
			a := s.do(owner, tt.method, "/files/"+tt.path, strings.NewReader(""), tt.header, tt.value)
			s.want(tt.header+": "+tt.value, a, tt.status)
			if a.StatusCode == 304 && a.Header.Get("ETag") != tag {
				t.Errorf("ETag of the 304 = %q, want %q", a.Header.Get("ETag"), tag)
			}
		})
	}
	s.t = t
}

// §13.1.5: the rest of a download, if the file is still the same, and all of it if not.
func TestIfRange(t *testing.T) {
	s := start(t)
	old := s.put(1, "/files/a.txt", "0123456789").Header.Get("ETag")
	tag := s.put(1, "/files/a.txt", "abcdefghij").Header.Get("ETag")
	for value, want := range map[string]string{tag: "fghij", old: "abcdefghij", "W/" + tag: "abcdefghij",
		"Mon, 02 Jan 2006 15:04:05 GMT": "abcdefghij"} {
		if a := s.get("/files/a.txt", "Range", "bytes=5-", "If-Range", value); a.text != want {
			t.Errorf("If-Range: %s = %d %q, want %q", value, a.StatusCode, a.text, want)
		}
	}
}

func TestConditionsAreCheckedAgainAtTheEnd(t *testing.T) {
	s := start(t)
	tag := s.put(1, "/files/a.txt", "one").Header.Get("ETag")
	body, feed := io.Pipe()
	done := make(chan answer, 1)
	go func() {
		a, err := s.try(1, "PUT", "/files/a.txt", body, "If-Match", tag)
		if err != nil {
			t.Error(err)
		}
		done <- a
	}()
	feed.Write([]byte("three"))
	eventually(t, "a temporary file", func() bool { return len(s.temps()) == 1 })
	s.want("PUT meanwhile", s.put(1, "/files/a.txt", "two"), 200)
	feed.Close()
	s.want("PUT", <-done, 412)
	s.wantOnDisk(map[string]string{"a.txt": "two"})
}

func TestEveryReplacementHasAnotherETag(t *testing.T) {
	s := start(t)
	seen := map[string]bool{}
	future := time.Now().Add(time.Hour)
	for i := range 50 {
		a := s.put(1, "/files/a.txt", fmt.Sprintf("%08d", i)) // all of one size
		if tag := a.Header.Get("ETag"); seen[tag] || a.StatusCode >= 300 {
			t.Fatalf("PUT %d = %d, ETag %s, which was there before", i, a.StatusCode, tag)
		} else {
			seen[tag] = true
		}
		if i == 40 { // as if the clock had been set back
			if err := os.Chtimes(filepath.Join(s.dir, "a.txt"), future, future); err != nil {
				t.Fatal(err)
			}
			s.rows.of["a.txt"] = s.claimByHand("a.txt", 1) // as if this were its time from the beginning
		}
	}
	info, err := os.Stat(filepath.Join(s.dir, "a.txt"))
	if err != nil || info.ModTime().Before(future) || info.ModTime().After(future.Add(10*time.Second)) {
		t.Errorf("nine replacements after %v the time is %v, %v", future, info.ModTime(), err)
	}
	// RFC 9110 §8.8.2.1: Last-Modified is never later than Date.
	a := s.get("/files/a.txt")
	modified, _ := http.ParseTime(a.Header.Get("Last-Modified"))
	date, _ := http.ParseTime(a.Header.Get("Date"))
	if modified.After(date) || modified.IsZero() {
		t.Errorf("Last-Modified %v, Date %v", modified, date)
	}
}

// What a browser must be told, on each answer that has to do with an uploaded file.
func TestWhatIsUploadedIsNeverRun(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/evil.html", "<script>alert(1)</script>"), 201)
	tag := s.get("/files/evil.html").Header.Get("ETag")
	for name, a := range map[string]answer{
		"200": s.get("/files/evil.html"), "206": s.get("/files/evil.html", "Range", "bytes=0-3"),
		"HEAD":           s.do(0, "HEAD", "/files/evil.html", nil),
		"several ranges": s.get("/files/evil.html", "Range", "bytes=0-3,5-6"),
		"304":            s.get("/files/evil.html", "If-None-Match", tag),
	} {
		for header, want := range map[string]string{"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-cache"} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s = %q, want %q", name, header, got, want)
			}
		}
	}
}

// https://mimesniff.spec.whatwg.org/#javascript-mime-type, and that of style sheets
var runs = regexp.MustCompile(`(?i)javascript|ecmascript|jscript|livescript|text/css|x-xslt|xsl`)

func TestTypes(t *testing.T) {
	for ext, kind := range types {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil || runs.MatchString(media) || params["charset"] != "" && params["charset"] != "utf-8" {
			t.Errorf("%s: %s, %v", ext, kind, err)
		}
		if ext != strings.ToLower(ext) || ext[0] != '.' {
			t.Errorf("the extension %q is never found", ext)
		}
	}
	s := start(t)
	for name, want := range map[string]string{
		"a.js": text, "a.MJS": text, "a.css": text, "a.html": "text/html; charset=utf-8", "a.txt": text,
		"Lab.PDF": "application/pdf", "a.png": "image/png",
		"a.svg": "image/svg+xml", "a.pcapng": "application/vnd.tcpdump.pcap", "a.unknown": plain, "noextension": plain,
		".js": text, "a.tar.gz": "application/gzip",
	} {
		s.want("PUT", s.put(1, "/files/"+name, "<script>"), 201)
		a := s.get("/files/" + name)
		if got := a.Header.Get("Content-Type"); got != want {
			t.Errorf("Content-Type of %s = %q, want %q", name, got, want)
		}
		if got := a.Header.Get("Content-Disposition"); (got == "attachment") != (want == "application/pdf") {
			t.Errorf("Content-Disposition of %s = %q", name, got)
		}
	}
}

func TestPutRefuses(t *testing.T) {
	s := start(t)
	a := s.put(1, "/files/a.txt", "x", "Content-Range", "bytes 0-0/10")
	s.want("RFC 9110 14.5: PUT with Content-Range", a, 400)
	a = s.put(1, "/files/a.txt", "x", "Content-Encoding", "gzip")
	s.want("PUT with Content-Encoding", a, 415)
	if got := a.Header.Get("Accept-Encoding"); got != "identity" {
		t.Errorf("15.5.16: Accept-Encoding = %q", got)
	}
	s.wantOnDisk(map[string]string{})
	s.want("PUT with Content-Encoding: identity", s.put(1, "/files/a.txt", "x", "Content-Encoding", "Identity"), 201)
	for method, want := range map[string]string{"PATCH": "DELETE, GET, HEAD, PUT", "POST": "DELETE, GET, HEAD, PUT"} {
		a := s.do(1, method, "/files/a.txt", nil)
		s.want(method, a, 405)
		if got := a.Header.Get("Allow"); got != want {
			t.Errorf("Allow = %q, want %q", got, want)
		}
	}
}
