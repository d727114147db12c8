package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func get(t *testing.T, path, host string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	port := map[string]string{"http": "8000", "ws": "8001", "files": "8080"} // health is off
	Routes(mux, func(service string) string { return port[service] },
		func() []string { return []string{"localhost", "[2001:db8::1]"} })
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
	r.Host = host
	mux.ServeHTTP(w, r)
	return w
}

func TestThePageAndItsFiles(t *testing.T) {
	for path, kind := range map[string]string{"/": "text/html; charset=utf-8", "/app.js": "text/javascript; charset=utf-8",
		"/style.css": "text/css; charset=utf-8", "/ports.json": "application/json",
		"/exercises": "text/html; charset=utf-8"} {
		w := get(t, path, "localhost:8080")
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || w.Header().Get("ETag") == "" {
			t.Errorf("GET %s = %d %s, ETag %q, want 200 %s with an ETag", path, w.Code, w.Header().Get("Content-Type"),
				w.Header().Get("ETag"), kind)
		}
	}
	for _, path := range []string{"/web.go", "/index.html/", "/../web.go"} {
		if w := get(t, path, "localhost:8080"); w.Code == 200 {
			t.Errorf("GET %s = 200, want nothing there", path)
		}
	}
}

func TestThePageFindsTheOtherServices(t *testing.T) {
	want := `{"ports":{"files":"8080","health":"","http":"8000","ws":"8001"},"hosts":["localhost","[2001:db8::1]"]}`
	if got := strings.TrimSpace(get(t, "/ports.json", "localhost:8080").Body.String()); got != want {
		t.Errorf("GET /ports.json = %s, want %s", got, want)
	}
}

// The page runs no script but its own, and everything it loads is there: a lab room has no internet.
func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	for _, path := range []string{"/", "/app.js", "/style.css", "/exercises", "/exercises.js", "/exerciserun.js",
		"/exercisedesk.js", "/coverage.js"} {
		body := get(t, path, "localhost:8080").Body.String()
		for _, foreign := range []string{"https://", "//cdn", "@import", ".innerHTML", "insertAdjacentHTML", "document.write",
			"onclick="} {
			if strings.Contains(body, foreign) {
				t.Errorf("%s holds %q", path, foreign)
			}
		}
	}
}

// Phones of a whole class load the page at once, perhaps over one access point. Others get the rest when they use it
// (parts.js). If this fails: what is said twice, and what does nobody need? A browser counts what a student's visit
// loads in test/e2e/weight.test.mjs.
func TestThePageStaysLight(t *testing.T) {
	const mostAtFirst, mostInAll, mostOfExercises = 200_000, 280_000, 60_000 // bytes, uncompressed
	first := atFirst(t, "index.html", map[string]int{})
	weigh(t, "what everybody loads at first", first, mostAtFirst)
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	all, exercises := map[string]int{}, map[string]int{}
	for _, e := range entries {
		if ofExercises.MatchString(e.Name()) {
			exercises[e.Name()] = len(content(t, e.Name()))
		} else {
			all[e.Name()] = len(content(t, e.Name()))
		}
	}
	weigh(t, "the page and all that it can load", all, mostInAll)
	weigh(t, "what the page of exercises has of its own", exercises, mostOfExercises)
	for name := range first {
		if ofExercises.MatchString(name) {
			t.Errorf("everybody loads %s at first, which is for who does exercises", name)
		}
	}
	weigh(t, "what it loads at first", atFirst(t, "exercises.html", map[string]int{}), 2*mostOfExercises)
}

// ofExercises are the files that only /exercises loads.
var ofExercises = regexp.MustCompile(`^(exercise|coverage)`)

func weigh(t *testing.T, what string, sizes map[string]int, most int) {
	t.Helper()
	total, list := 0, ""
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		total += sizes[name]
		list += fmt.Sprintf("\n%7d %s", sizes[name], name)
	}
	if total > most {
		t.Errorf("%s: %d bytes, want %d at most: take %d out%s", what, total, most, total-most, list)
	}
}

func content(t *testing.T, name string) string {
	t.Helper()
	if _, err := files.Open(name); err != nil {
		t.Fatal(err)
	}
	return string(served(name))
}

// Each line that is served stands in the file, but for how far it is indented, and each that isn't is empty or a
// comment.
func TestFilesAreServedWithoutComments(t *testing.T) {
	left := 0
	isComment := regexp.MustCompile(`^(//.*|/\*.*\*/|<!--.*-->)?$`)
	entries, _ := files.ReadDir(".")
	for _, e := range entries {
		whole, _ := files.ReadFile(e.Name())
		rest := strings.SplitAfter(string(served(e.Name())), "\n")
		for line := range strings.Lines(string(whole)) {
			if len(rest) > 0 && strings.ReplaceAll(rest[0], "\t", "  ") == line {
				rest = rest[1:]
			} else if left++; !isComment.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%s is served without the line %q", e.Name(), line)
			}
		}
		if len(rest) > 0 && rest[0] != "" {
			t.Errorf("%s is served with %q, which is not in the file", e.Name(), rest[0])
		}
	}
	if left < 1000 {
		t.Errorf("%d lines were left out, want many", left)
	}
}

var loads = regexp.MustCompile(`(?m)^<(?:link|script)\b.*(?:href|src)="/([^"]+)"|^import [^(]*?'\./([^']+)'`)

// atFirst adds a file, and what a browser loads along with it, to sizes.
func atFirst(t *testing.T, name string, sizes map[string]int) map[string]int {
	t.Helper()
	text := content(t, name)
	sizes[name] = len(text)
	for _, found := range loads.FindAllStringSubmatch(text, -1) {
		if next := found[1] + found[2]; sizes[next] == 0 {
			atFirst(t, next, sizes)
		}
	}
	return sizes
}

func TestPolicy(t *testing.T) {
	for _, tt := range []struct{ name, host, want string }{
		{"by a name", "teacher.local:8080",
			" http://teacher.local:8000 ws://teacher.local:8000 http://teacher.local:8001 ws://teacher.local:8001"},
		{"by IPv4", "192.0.2.1:8080", " http://192.0.2.1:8000 ws://192.0.2.1:8000 http://192.0.2.1:8001 ws://192.0.2.1:8001"},
		{"by IPv6", "[::1]:8080", " http://*:8000 ws://*:8000 http://*:8001 ws://*:8001"},
		{"without a port", "localhost",
			" http://localhost:8000 ws://localhost:8000 http://localhost:8001 ws://localhost:8001"},
		{"by something that would change the policy", "a; script-src *", ""},
		{"by something with another source in it", "a b.example", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := get(t, "/", tt.host).Header().Get("Content-Security-Policy")
			if !strings.HasSuffix(got, "connect-src 'self'"+tt.want) || !strings.HasPrefix(got, "default-src 'self';") {
				t.Errorf("Content-Security-Policy = %q, want it to end in %q", got, "connect-src 'self'"+tt.want)
			}
		})
	}
}
