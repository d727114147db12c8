package web

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var fourPorts = map[string]string{"files": "8080", "health": "3001", "http": "8000", "ws": "8001"}

// getAPI asks the port of the API, on which the page is, too, as where both have one number.
func getAPI(t *testing.T, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	port := func(service string) string { return fourPorts[service] }
	API(mux, port)
	Routes(mux, port, func() []string { return nil })
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
	r.Host = "teacher.local:8000"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	mux.ServeHTTP(w, r)
	return w
}

func TestTheAPIsPagesAndTheirFiles(t *testing.T) {
	for path, kind := range map[string]string{"/docs": "text/html; charset=utf-8", "/redoc": "text/html; charset=utf-8",
		"/docs/docs.js": "text/javascript; charset=utf-8", "/docs/api.css": "text/css; charset=utf-8",
		"/docs/icon.svg":   "image/svg+xml",
		"/docs/ports.json": "application/json", "/docs/openapi.json": "application/json",
		"/openapi.json": "application/json"} {
		w := getAPI(t, path)
		etag := w.Header().Get("ETag")
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || etag == "" ||
			w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("GET %s = %d %v, want 200 %s, to be asked for each time, with an ETag", path, w.Code, w.Header(), kind)
		}
		if again := getAPI(t, path, "If-None-Match", etag); again.Code != 304 || again.Body.Len() > 0 {
			t.Errorf("GET %s a second time = %d with %d bytes, want 304 without a body", path, again.Code, again.Body.Len())
		}
	}
	for _, path := range []string{"/docs/", "/docs/nothing.js", "/docs/%2e%2e%2fweb.go", "/docs/..%2fapi.go",
		"/docs/openapi.json/", "/redoc/"} {
		if w := getAPI(t, path); w.Code != 404 {
			t.Errorf("GET %s = %d %.100s, want 404", path, w.Code, w.Body)
		}
	}
	if got := getAPI(t, "/docs/nothing.js").Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("a file that is not there is a %s, want a problem", got)
	}
}

func TestTheAPIsPagesMayCallTheFourPorts(t *testing.T) {
	for _, path := range []string{"/docs", "/redoc", "/docs/docs.js"} {
		got := getAPI(t, path).Header().Get("Content-Security-Policy")
		rest, ok := strings.CutPrefix(got,
			"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'")
		if !ok || strings.Contains(rest, "'") {
			t.Errorf("GET %s: Content-Security-Policy: %s", path, got)
		}
		for service, port := range fourPorts {
			if !strings.Contains(rest+" ", " http://teacher.local:"+port+" ") ||
				!strings.Contains(rest+" ", " ws://teacher.local:"+port+" ") {
				t.Errorf("GET %s: the policy does not name the port %s of %s: %s", path, port, service, got)
			}
		}
	}
}

// What is compared is the text: how it is packed may differ between versions of Go.
func TestWhatIsPackedIsOpenAPIJSON(t *testing.T) {
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), openAPI()) {
		return
	}
	t.Error("openapi.json.gz is of another openapi.json; in the folder web: gzip -9nk -f openapi.json")
}

func TestTheCompactDocumentIsTheSame(t *testing.T) {
	var whole, compact any
	if json.Unmarshal(openAPI(), &whole) != nil || json.Unmarshal(getAPI(t, "/docs/openapi.json").Body.Bytes(),
		&compact) != nil {
		t.Fatal("it can't be read")
	}
	a, _ := json.Marshal(whole)
	b, _ := json.Marshal(compact)
	if string(a) != string(b) {
		t.Error("/docs/openapi.json differs from /openapi.json")
	}
}

func TestTheAPIsPagesLoadNothingFromElsewhereAndAreSmall(t *testing.T) {
	loads := regexp.MustCompile(`(?:from |import\(|href="|src=")['"]?(\.?/[\w./-]+\.(?:js|css|svg))`)
	for _, page := range []string{"/docs", "/redoc"} {
		seen := map[string]int{}
		var visit func(path string)
		visit = func(path string) {
			if seen[path] > 0 || strings.HasSuffix(path, "/ko.js") { // Korean is loaded only when it is wanted
				return
			}
			w := getAPI(t, path)
			body := w.Body.String()
			if w.Code != 200 {
				t.Errorf("%s loads %s, which is a %d", page, path, w.Code)
			}
			seen[path] = len(body)
			for _, foreign := range []string{"https://cdn", "//cdn", "@import", ".innerHTML", "outerHTML", "insertAdjacentHTML",
				"document.write", "eval(", "onclick=", "style=", "?token="} {
				if strings.Contains(body, foreign) && path != "/docs/openapi.json" {
					t.Errorf("%s holds %q", path, foreign)
				}
			}
			for _, m := range loads.FindAllStringSubmatch(body, -1) {
				visit(strings.Replace(m[1], "./", "/docs/", 1))
			}
		}
		visit(page)
		visit("/docs/openapi.json")
		visit("/docs/ports.json")
		total := 0
		for _, n := range seen {
			total += n
		}
		t.Logf("%s: %d files, %d bytes", page, len(seen), total)
		if len(seen) < 8 || total > 300_000 {
			t.Errorf("%s loads %d files with %d bytes, want all of them and at most 300,000: %v", page, len(seen), total, seen)
		}
	}
}

// ---- Korean

type object = map[string]any

// described are the English texts in a part of the document that the pages show, each once.
func described(node any, texts map[string]bool) {
	switch n := node.(type) {
	case object:
		for key, v := range n {
			if text, ok := v.(string); ok && (key == "description" || key == "summary") {
				texts[text] = true
			} else if key != "example" && key != "value" && key != "servers" {
				described(v, texts)
			}
		}
	case []any:
		for _, v := range n {
			described(v, texts)
		}
	}
}

var quoted = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func TestNothingLacksItsKorean(t *testing.T) {
	var doc object
	if err := json.Unmarshal(openAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	ko := getAPI(t, "/docs/ko.js").Body.String()
	part := func(name string) string { // ko.js has each of its parts at the beginning of a line
		_, rest, _ := strings.Cut(ko, "\n"+name+": {\n")
		part, _, ok := strings.Cut(rest, "\n},\n")
		if !ok {
			t.Fatalf("ko.js has no part %s", name)
		}
		return part
	}
	keys := regexp.MustCompile(`(?m)(?:^ +|, )'?([\w:]+)'?:\s+['\x60\[{]`)
	same := func(name string, want []string) {
		t.Helper()
		var got []string
		for _, m := range keys.FindAllStringSubmatch(part(name), -1) {
			got = append(got, m[1])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("ko.js has for %s\n%q, the document has\n%q", name, got, want)
		}
	}
	texts, ids := map[string]bool{}, []string{}
	for _, item := range doc["paths"].(object) {
		for method, call := range item.(object) {
			call, ok := call.(object)
			if !ok { // the parameters of the path
				if method == "parameters" {
					described(item.(object)[method], texts)
				}
				continue
			}
			ids = append(ids, call["operationId"].(string))
			delete(call, "summary")
			delete(call, "description")
			described(call, texts)
		}
	}
	same("operations", ids)
	var tags []string
	for _, tag := range doc["tags"].([]any) {
		tags = append(tags, tag.(object)["name"].(string))
	}
	same("tags", tags)
	for _, name := range []string{"events", "packets"} {
		names := []string{}
		for group, list := range doc["x-"+name].(object) {
			names = append(names, group)
			members, _ := list.(object)
			for member, it := range members {
				names = append(names, member)
				delete(it.(object), "description")
				described(it, texts)
			}
		}
		same(name, names)
	}
	described(doc["components"], texts)

	korean := getAPI(t, "/docs/ko-texts.js").Body.String()
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  '((?:[^'\\]|\\.)*)':`).FindAllStringSubmatch(korean, -1) {
		known[m[1]] = true
	}
	unchanged := regexp.MustCompile(`^(RFC \d+|OpenAPI 3\.1)\.$`) // the same in both
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		if !known[quoted.Replace(text)] && !unchanged.MatchString(text) {
			t.Errorf("ko-texts.js lacks %q", text)
		}
		delete(known, quoted.Replace(text))
	}
	for text := range known {
		t.Errorf("ko-texts.js has %q, the document has it no more", text)
	}
}
