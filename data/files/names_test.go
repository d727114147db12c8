package files

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var goodNames = []string{
	"a", "notes.txt", ".hidden", "-rf", "~", "~1", "CONSOLE.txt", "COM10", "COM", "LPT.txt", "aux-in.wav", "null", "a.nul",
	"x y.txt",
	"한글 이름.hwp", "日本語.txt", "😀🎉.png", "مرحبا.txt", "עברית.pdf", "\u00e9.txt",
	"a\u200bb.txt", "👩\u200d💻.txt", "\u0645\u06cc\u200c\u062e.txt", "100%.txt", "a%20b.txt", "...a", "a..b",
	"#1.txt", "a&b=c;d,e+f.txt", "[1](2){3}.txt", "'quoted'.txt", "`$(id)`.txt", "index.html", "favicon.ico",
	"．．／fullwidth", "COM⁴", "\ufeffbom",
	strings.Repeat("x", 255), strings.Repeat("한", 85),
}

var badNames = map[string]string{ // and a word of what is said about them
	"": "1 to 255", strings.Repeat("x", 256): "1 to 255", strings.Repeat("한", 86): "1 to 255",
	".": "end", "..": "end", "...": "end", "a.": "end", "a ": "end", " a": "begin", " ": "begin", "\xff": "UTF-8",
	"a\xc0\xae": "UTF-8", "\xed\xa0\x80": "UTF-8",
	"a\x00b": "control", "a\nb": "control", "\t": "control", "a\x7f": "control", "a\u0085": "control",
	"a/b": "/", "../x": "/", "/etc/passwd": "/", `a\b`: `\`, `..\x`: `\`, "C:x": ":", "x:stream": ":", "a*": "*",
	"a?": "?", "a|b": "|", `"a"`: `"`, "<b>": "<", "a>": ">",
	"CON": "device", "con": "device", "Con.txt": "device", "CON .txt": "device", "con.tar.gz": "device", "PRN": "device",
	"AUX.c": "device", "nul": "device", "NUL.": "end",
	"COM0": "device", "com1.log": "device", "COM9": "device", "COM¹": "device", "com².x": "device", "LPT³": "device",
	"lpt0": "device", "LPT5 .x": "device",
	"%2e%2e%2f": "twice", "..%5C": "twice", "a%00": "twice", "CONIN$": "device", "conout$.txt": "device",
	uploads: "server", ".UpLoads": "server",
	"abc\u202etxt.exe": "direction", "\u202a": "direction", "a\u2066b": "direction", "a\u2069.txt": "direction",
	"\u200b": "seen", "\u3164": "seen", "\u2800\u00ad": "seen", "\u0301": "seen", "\U000e0fff": "seen",
}

func TestNames(t *testing.T) {
	for _, name := range goodNames {
		if why := unstorable(name); why != "" {
			t.Errorf("%q %s", name, why)
		}
		if !servable(name) {
			t.Errorf("%q can be stored, and not be served", name)
		}
	}
	for name, word := range badNames {
		if why := unstorable(name); !strings.Contains(why, word) {
			t.Errorf("%q: %q, want something with %q", name, why, word)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "a\x00", "a\nb", "\xff"} {
		if servable(name) {
			t.Errorf("%q is served", name)
		}
	}
}

func TestGoodNamesRoundTrip(t *testing.T) {
	s := start(t)
	want := map[string]string{}
	for _, name := range goodNames {
		path := "/files/" + url.PathEscape(name)
		a := s.put(1, path, "of "+name)
		s.want("PUT "+path, a, 201)
		var e entry
		if err := json.Unmarshal([]byte(a.text), &e); err != nil || e.Name != name {
			t.Errorf("PUT %s = %s", path, a.text)
		}
		if a := s.get(e.URL); a.text != "of "+name {
			t.Errorf("GET %s = %d %q", e.URL, a.StatusCode, a.text)
		}
		want[name] = "of " + name
	}
	if runtime.GOOS == "linux" { // others may write them another way, such as with their accents apart
		s.wantOnDisk(want)
	}
	var listed []string
	for _, e := range s.list() {
		listed = append(listed, e.Name)
	}
	if sorted := slices.Sorted(maps.Keys(want)); runtime.GOOS == "linux" && !slices.Equal(listed, sorted) {
		t.Errorf("listed: %q, want %q", listed, sorted)
	}
	for _, name := range goodNames {
		s.want("DELETE "+name, s.do(1, "DELETE", "/files/"+url.PathEscape(name), nil), 204)
	}
	s.wantOnDisk(map[string]string{})
}

func TestBadNamesAreRefused(t *testing.T) {
	s := start(t)
	for name := range badNames {
		path := "/files/" + url.PathEscape(name)
		if strings.Trim(name, ".") == "" {
			path = "/files/" + strings.ReplaceAll(name, ".", "%2e") // as it is, a client would clean it away
		}
		if name == "" {
			continue // the list
		}
		a := s.put(1, path, "x")
		s.want("PUT "+path, a, 422)
		if !strings.Contains(a.text, `"errors":[{"field":"name","detail":"`) {
			t.Errorf("PUT %s = %s", path, a.text)
		}
		s.want("GET "+path, s.get(path), 404)
		s.want("DELETE "+path, s.do(1, "DELETE", path, nil), 404)
	}
	s.wantOnDisk(map[string]string{})
}

// tree returns everything below dir, with links as what they are.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			found[path] = "folder"
			return err
		}
		content, err := os.ReadFile(path)
		found[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// raw sends a request line as it stands, which no client library would do.
func (s *shared) raw(method, target string) (status int, text string) {
	s.t.Helper()
	c, err := net.Dial("tcp", s.srv.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 1\r\nConnection: close\r\nContent-Length: "+
		"4\r\n\r\nevil", method, target)
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

func TestNoSpellingOfAPathLeadsOut(t *testing.T) {
	top := t.TempDir()
	s := open(t, filepath.Join(top, "files"), Config{})
	for _, path := range []string{"canary.txt", "sub/canary.txt", "files-2/canary.txt"} {
		path = filepath.Join(top, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, top)
	for _, up := range []string{
		"..", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "%252e%252e", "..%00", "%00..", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
		"%f0%80%80%ae", "..;", "...", ".. ", "%20..", "\u2025",
		"%u002e%u002e", "%uff0e%uff0e",
	} {
		for _, slash := range []string{"/", "%2f", "%2F", "%5c", `\`, "%252f", "%c0%af", "%e0%80%af", "%u2215", ":", "%3a",
			"//"} {
			for _, target := range []string{up + slash + "canary.txt", "x" + slash + up + slash + up + slash + "new.txt",
				slash + "canary.txt"} {
				target = "/files/" + strings.ReplaceAll(target, " ", "%20")
				for _, method := range []string{"GET", "PUT", "DELETE"} {
					status, text := s.raw(method, target)
					if status >= 500 || status == 200 || strings.Contains(text, "secret") {
						t.Errorf("%s %s = %d %s", method, target, status, text)
					}
					// What only looks like a path, such as "%2e%2e" encoded twice, is a name; the next DELETE removes it.
					if name, err := url.PathUnescape(strings.TrimPrefix(target, "/files/")); status < 300 &&
						(err != nil || unstorable(name) != "") {
						t.Errorf("%s %s = %d", method, target, status)
					}
				}
			}
		}
	}
	if after := tree(t, top); !maps.Equal(before, after) {
		t.Errorf("before: %q\nafter: %q", before, after)
	}
}

// In other scripts there are dots and slashes, too. They mean nothing to a file system.
func TestFullwidthDotsAreANameLikeAnyOther(t *testing.T) {
	top := t.TempDir()
	s := open(t, filepath.Join(top, "files"), Config{})
	path := "/files/" + url.PathEscape("．．／canary.txt")
	s.want("GET", s.get(path), 404)
	s.want("PUT", s.put(1, path, "x"), 201)
	s.wantOnDisk(map[string]string{"．．／canary.txt": "x"})
}

func TestLinksAndFoldersAreNotFiles(t *testing.T) {
	top := t.TempDir()
	s := open(t, filepath.Join(top, "files"), Config{})
	if err := os.WriteFile(filepath.Join(top, "canary.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.want("PUT", s.put(1, "/files/real.txt", "real"), 201)
	if err := os.Mkdir(filepath.Join(s.dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"out": "../canary.txt", "absolute": filepath.Join(top, "canary.txt"), "dir-out": "..", "in": "real.txt",
		"dir-in": "folder", "nowhere": "nothing", "self": "self",
	} {
		if err := os.Symlink(target, filepath.Join(s.dir, name)); err != nil {
			if runtime.GOOS == "windows" {
				t.Skip("links need a privilege here: ", err)
			}
			t.Fatal(err)
		}
		s.rows.of[name] = s.claimByHand(name, 1) // even for their owner
	}
	s.rows.of["folder"] = s.claimByHand("folder", 1)
	before := tree(t, filepath.Join(top, "canary.txt"))
	for _, name := range []string{"out", "absolute", "dir-out", "in", "dir-in", "nowhere", "self", "folder"} {
		s.want("GET "+name, s.get("/files/"+name), 404)
		s.want("PUT "+name, s.put(1, "/files/"+name, "x"), 409)
		s.want("POST "+name, s.post(1, name, "x"), 409)
		s.want("DELETE "+name, s.do(1, "DELETE", "/files/"+name, nil), 404)
		s.want("GET below "+name, s.get("/files/"+name+"%2freal.txt"), 404)
		s.want("GET below "+name, s.get("/files/"+name+"/canary.txt"), 404)
		if _, err := os.Lstat(filepath.Join(s.dir, name)); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
	if l := s.list(); len(l) != 1 || l[0].Name != "real.txt" {
		t.Errorf("list = %v", l)
	}
	s.wantOnDisk(map[string]string{"real.txt": "real"})
	if after := tree(t, filepath.Join(top, "canary.txt")); !maps.Equal(before, after) {
		t.Error("the canary was touched")
	}
}

func TestUploadsUnderWayAreNotServed(t *testing.T) {
	s := start(t)
	s.slow(1, "a.txt", 100)
	name := s.temps()[0]
	for _, path := range []string{uploads, uploads + "%2f" + name, uploads + "/" + name, "." + uploads, uploads + "/"} {
		s.want("GET "+path, s.get("/files/"+path), 404)
		s.want("DELETE "+path, s.do(1, "DELETE", "/files/"+path, nil), 404)
	}
	if l := s.list(); len(l) != 0 {
		t.Errorf("list = %v", l)
	}
}

func TestNamesThatDifferOnlyByCase(t *testing.T) {
	s := start(t)
	s.want("PUT", s.put(1, "/files/ReadMe.TXT", "1"), 201)
	for _, owner := range []int64{1, 2} {
		a := s.put(owner, "/files/readme.txt", "2")
		s.want("PUT", a, 409)
		if !strings.Contains(a.text, "ReadMe.TXT") {
			t.Errorf("PUT = %s, want the name that is there", a.text)
		}
		s.want("POST", s.post(owner, "README.txt", "2"), 409)
	}
	s.want("PUT", s.put(1, "/files/%C3%89t%C3%A9.txt", "1"), 201) // Été
	s.want("PUT", s.put(1, "/files/%C3%A9T%C3%89.txt", "1"), 409)
	s.want("PUT of the same", s.put(1, "/files/ReadMe.TXT", "3"), 200)
	s.want("DELETE", s.do(1, "DELETE", "/files/ReadMe.TXT", nil), 204)
	s.want("PUT, once it is gone", s.put(2, "/files/readme.txt", "2"), 201)
}

// A teacher on Linux has files that Windows could not have. They are served; those that JSON can't name are not.
func TestNamesOnDiskThatNobodyCouldUpload(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system has no such names")
	}
	s := start(t)
	for _, name := range []string{"Lab 1: what?.txt", "<b>.txt", "con", "end.", "not utf-8 \xff", "line\nbreak",
		`back\slash`} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte("by hand"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, e := range s.list() {
		names = append(names, e.Name)
		if a := s.get(e.URL); a.text != "by hand" {
			t.Errorf("GET %s = %d %s", e.URL, a.StatusCode, a.text)
		}
	}
	if want := []string{"<b>.txt", "Lab 1: what?.txt", "con", "end."}; !slices.Equal(names, want) {
		t.Errorf("listed: %q, want %q", names, want)
	}
	for _, path := range []string{"not%20utf-8%20%ff", "line%0abreak", "back%5cslash"} {
		s.want("GET "+path, s.get("/files/"+path), 404)
	}
	s.want("PUT over one of them", s.put(1, "/files/con", "x"), 422)
	s.want("a name longer than the system knows", s.get("/files/"+strings.Repeat("x", 5000)), 404)
}
