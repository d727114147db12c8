package files

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestTheListIsWhatTheClientLikes(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/b.txt", "12345"), 201)
	s.want("PUT", s.put(1, "/files/a.txt", ""), 201)
	s.want("PUT", s.put(1, "/files/C.txt", ""), 201)
	for accept, want := range map[string]string{
		"":                                    "application/json",
		"*/*":                                 "application/json",
		"application/json":                    "application/json",
		"text/html":                           "text/html; charset=utf-8",
		"text/html,application/json;q=0.9":    "text/html; charset=utf-8",
		"text/html;q=0.1,application/json":    "application/json",
		"text/html,application/xml;q=0.9,*/*": "application/json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8": "text/html; charset=utf-8",
		"image/png": "application/json",
	} {
		a := s.get("/files/", "Accept", accept)
		s.want(accept, a, 200)
		if got := a.Header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q = %s, want %s", accept, got, want)
		}
		if got := a.Header.Get("Vary"); got != "Accept, Accept-Language" {
			t.Errorf("Vary = %q", got)
		}
		s.want("the same again", s.get("/files/", "Accept", accept, "If-None-Match", a.Header.Get("ETag")), 304)
	}
	var names []string
	for _, e := range s.list() {
		names = append(names, e.Name)
	}
	if got := strings.Join(names, " "); got != "C.txt a.txt b.txt" {
		t.Errorf("order: %s", got)
	}
	s.want("RFC 9110 14.2: an unknown unit is ignored", s.get("/files/", "Range", "files=0-1"), 200)
	s.want("a part", s.get("/files/", "Range", "Bytes=0-1"), 206)
	a := s.do(0, "HEAD", "/files/", nil, "Range", "bytes=0-1")
	s.want("RFC 9110 14.2: HEAD has no ranges", a, 200)
	if a.text != "" || a.ContentLength < 100 {
		t.Errorf("HEAD: %q, Content-Length %d", a.text, a.ContentLength)
	}
}

func TestThePage(t *testing.T) {
	s := start(t)
	page := func(language string) answer {
		a := s.get("/files/", "Accept", "text/html", "Accept-Language", language)
		s.want("GET", a, 200)
		return a
	}
	if a := page("en"); !strings.Contains(a.text, "There are no files yet.") || strings.Contains(a.text, "<table>") {
		t.Errorf("empty: %s", a.text)
	}
	if a := page("ko-KR,ko;q=0.9,en;q=0.8"); !strings.Contains(a.text, "아직 파일이 없습니다.") ||
		!strings.Contains(a.text, `<html lang="ko">`) {
		t.Errorf("empty, Korean: %s", a.text)
	}
	s.want("PUT", s.put(1, "/files/a%20b%25.txt", strings.Repeat("x", 1536)), 201)
	a := page("en")
	for _, want := range []string{`<html lang="en">`, `<a href="/files/a%20b%25.txt"><bdi>a b%.txt</bdi></a>`, "1.5 KiB",
		"1 file, 1.5 KiB</p>", "</html>"} {
		if !strings.Contains(a.text, want) {
			t.Errorf("the page lacks %s:\n%s", want, a.text)
		}
	}
	at, err := time.Parse(`2006-01-02T15:04:05.000Z`,
		regexp.MustCompile(`datetime="([^"]*)"`).FindStringSubmatch(a.text)[1])
	if err != nil || !strings.Contains(a.text, ">"+at.Local().Format("2006-01-02 15:04")+"<") {
		t.Errorf("no time of this place in\n%s", a.text)
	}
	s.want("PUT", s.put(1, "/files/b", ""), 201)
	if a := page("en"); !strings.Contains(a.text, "<p>2 files, 1.5 KiB</p>") {
		t.Errorf("no sum in\n%s", a.text)
	}
	if a := page("ko"); !strings.Contains(a.text, "<p>파일 2개, 1.5 KiB</p>") ||
		a.Header.Get("Content-Language") != "ko" {
		t.Errorf("no sum in Korean in\n%s", a.text)
	}

	// The policy lets in just the style that is there.
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(a.text)
	if style == nil {
		t.Fatal("no style")
	}
	sum := sha256.Sum256([]byte(style[1]))
	csp := a.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Errorf("Content-Security-Policy = %q, which is not for the style %q", csp, style[1])
	}
	if regexp.MustCompile(`(?i)<script|\son\w+=|style=|javascript:`).MatchString(a.text) {
		t.Errorf("the page holds what its policy would stop:\n%s", a.text)
	}
	if got := a.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options = %q", got)
	}
}

func TestThePageEscapesNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this system has no such names")
	}
	s := start(t)
	for _, name := range []string{"<img src=x onerror=alert(1)>.txt", `"><script>alert(1)<`, "javascript:alert(1)",
		"&lt;b&gt;", "{{.T}}", "' onclick='alert(1)"} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte("of "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := s.get("/files/", "Accept", "text/html")
	if regexp.MustCompile(`<img|<script|href="[^/]|<b>|onclick='`).MatchString(a.text) {
		t.Errorf("not escaped:\n%s", a.text)
	}
	if !strings.Contains(a.text, "<bdi>&lt;img src=x onerror=alert(1)&gt;.txt</bdi>") {
		t.Errorf("the name is not there:\n%s", a.text)
	}
	links := regexp.MustCompile(`href="([^"]*)"><bdi>([^<]*)<`).FindAllStringSubmatch(a.text, -1)
	if len(links) != 6 {
		t.Errorf("%d links, want 6", len(links))
	}
	for _, l := range links {
		if got := s.get(strings.ReplaceAll(l[1], "&amp;", "&")); got.StatusCode != 200 ||
			!strings.HasPrefix(got.text, "of ") {
			t.Errorf("the link %s = %d %q", l[1], got.StatusCode, got.text)
		}
	}
}

func TestLanguages(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*": false, "ko": true, "KO-kr": true, "en": false, "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7": true,
		"en-US,en;q=0.9,ko;q=0.8": false,
		"en;q=0.5, ko":            true, "ja,ko;q=0.5,en;q=0.4": true, "ko;q=0, en;q=0.1": false, "ko;q=0": false,
		"ko;q=x": false, "kok": false, "fr": false,
	} {
		if got := likesKorean(http.Header{"Accept-Language": {accept}}); got != want {
			t.Errorf("Accept-Language %q likes Korean: %v, want %v", accept, got, want)
		}
	}
}

func TestSizesForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 1: "1.0 MiB",
		32 << 20: "32.0 MiB", 1 << 30: "1.0 GiB", 5 << 40: "5.0 TiB", 1 << 60: "1048576.0 TiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("bytesText(%d) = %s, want %s", n, got, want)
		}
	}
}
