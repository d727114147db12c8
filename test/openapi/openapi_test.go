// Package openapi holds web/openapi.json, the twin of the code, against the routes of main.go and against itself, and
// against what the program really answers (tour_test.go).
package openapi

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// twin is the document.
type twin struct {
	rig.Object
	ops []*operation
}

// operation is one call that the document describes.
type operation struct {
	rig.Object
	id, method, path, port string
	params                 []rig.Object // of the path and of the call
}

func openTwin(t testing.TB) *twin {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(rig.Root, "web/openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := &twin{}
	if err := json.Unmarshal(text, &d.Object); err != nil {
		t.Fatal(err)
	}
	for path, item := range d.Object["paths"].(rig.Object) {
		item := item.(rig.Object)
		servers, own := item["servers"]
		if !own {
			servers = d.Object["servers"]
		}
		for _, method := range []string{"get", "post", "put", "patch", "delete", "head", "options", "trace"} {
			call, ok := item[method].(rig.Object)
			if !ok {
				continue
			}
			id, _ := call["operationId"].(string)
			op := &operation{Object: call, id: id, method: strings.ToUpper(method), path: path, port: portOfServers(t, servers)}
			for _, list := range []any{item["parameters"], call["parameters"]} {
				for _, p := range items(list) {
					op.params = append(op.params, d.follow(p))
				}
			}
			d.ops = append(d.ops, op)
		}
	}
	return d
}

// portOfServers is the one port that all servers of a path name.
func portOfServers(t testing.TB, servers any) (port string) {
	t.Helper()
	for _, s := range items(servers) {
		u, err := url.Parse(s.(rig.Object)["url"].(string))
		if err != nil || port != "" && u.Port() != port {
			t.Fatalf("servers %v: %v, want URLs with one port", servers, err)
		}
		port = u.Port()
	}
	return port
}

func items(list any) []any { all, _ := list.([]any); return all }

// follow returns what a node means: itself, or what its $ref points to.
func (d *twin) follow(node any) rig.Object {
	o, _ := node.(rig.Object)
	for {
		ref, ok := o["$ref"].(string)
		if !ok {
			return o
		}
		at := any(d.Object)
		for _, key := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			at = at.(rig.Object)[strings.NewReplacer("~1", "/", "~0", "~").Replace(key)]
		}
		if o, ok = at.(rig.Object); !ok {
			panic("nothing is at " + ref)
		}
	}
}

// walk calls f with all objects of the document, by their path.
func walk(node any, at string, f func(at string, o rig.Object)) {
	switch n := node.(type) {
	case rig.Object:
		f(at, n)
		for _, key := range slices.Sorted(maps.Keys(n)) {
			walk(n[key], at+"/"+key, f)
		}
	case []any:
		for i, v := range n {
			walk(v, at+"/"+strconv.Itoa(i), f)
		}
	}
}

func TestMain(m *testing.M) { rig.Main(m, nil) }

// ---- the document and the code

func TestTheRoutesAreThoseOfTheDocument(t *testing.T) {
	help, err := rig.Program(t, t.TempDir(), "-help").Output()
	if err != nil {
		t.Fatal(err)
	}
	port := map[string]string{} // by the function that adds routes
	for function, service := range map[string]string{"apiRoutes": "http", "API": "http", "Routes": "http",
		"newHTTP":  "http",
		"wsRoutes": "ws", "pageRoutes": "files", "healthRoutes": "health"} {
		own := regexp.MustCompile(`(?m)^  -` + service + `\s[^\n]*\n[^\n]*\(default :(\d+)\)`).FindSubmatch(help)
		if own == nil {
			t.Fatalf("-help tells no port of -%s: %s", service, help)
		}
		port[function] = string(own[1])
	}
	var code, twin []string
	decls := slices.Concat(declsOf(t, "main.go"), declsOf(t, "web/api.go"), declsOf(t, "lab/routes.go"))
	for _, folder := range []string{"class/", "class/graded/"} {
		inside, _ := filepath.Glob(filepath.Join(rig.Root, folder, "*.go"))
		for _, path := range inside {
			if !strings.HasSuffix(path, "_test.go") {
				decls = append(decls, declsOf(t, folder+filepath.Base(path))...)
			}
		}
	}
	for _, decl := range decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		for _, pattern := range patterns(f) {
			if port[f.Name.Name] == "" {
				t.Errorf("%s adds the route %q; this test does not know its port", f.Name.Name, pattern)
			}
			method, path, ok := strings.Cut(pattern, " ")
			if !ok { // all methods, of which the document has those that do something
				method, path = "any", pattern
			}
			code = append(code, fmt.Sprintf("%s %s on %s", method, strings.Replace(path, "{$}", "", 1), port[f.Name.Name]))
		}
	}
	for _, op := range openTwin(t).ops {
		route := fmt.Sprintf("%s %s on %s", op.method, op.path, op.port)
		if any := fmt.Sprintf("any %s on %s", op.path, op.port); slices.Contains(code, any) {
			route = any
		}
		twin = append(twin, route)
	}
	for _, route := range code {
		if !slices.Contains(twin, route) {
			t.Errorf("main.go or web/api.go has %s, web/openapi.json has not", route)
		}
	}
	for _, route := range twin {
		if !slices.Contains(code, route) {
			t.Errorf("web/openapi.json has %s, main.go and web/api.go have not", route)
		}
	}
	if len(code) < 20 {
		t.Errorf("only %d routes were found in main.go", len(code))
	}
}

// declsOf are the declarations of a file.
func declsOf(t *testing.T, path string) []ast.Decl {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(rig.Root, path), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f.Decls
}

// patterns are the first arguments of mux.Handle and mux.HandleFunc in f.
func patterns(f *ast.FuncDecl) (list []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Handle" || sel.Sel.Name == "HandleFunc") &&
			len(call.Args) == 2 {
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				pattern, _ := strconv.Unquote(lit.Value)
				list = append(list, pattern)
			}
		}
		return true
	})
	return list
}

func TestTheDocumentIsOfThisVersion(t *testing.T) {
	out, err := rig.Program(t, t.TempDir(), "-version").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := openTwin(t).Object["info"].(rig.Object)["version"]
	if !strings.HasPrefix(string(out), fmt.Sprintf("pollwire %s\n", got)) {
		t.Errorf("info.version = %v, want that of %s", got, out)
	}
}

func TestEachOperationIsDescribed(t *testing.T) {
	d := openTwin(t)
	var tags, ids []string
	for _, tag := range d.Object["tags"].([]any) {
		tags = append(tags, tag.(rig.Object)["name"].(string))
	}
	for _, op := range d.ops {
		where := op.method + " " + op.path
		if op.id == "" || slices.Contains(ids, op.id) {
			t.Errorf("%s: operationId %q, want one of its own", where, op.id)
		}
		ids = append(ids, op.id)
		if summary, _ := op.Object["summary"].(string); summary == "" || strings.HasSuffix(summary, ".") ||
			len(summary) > 60 {
			t.Errorf("%s: summary %q, want a few words", where, summary)
		}
		if own := items(op.Object["tags"]); len(own) != 1 || !slices.Contains(tags, own[0].(string)) {
			t.Errorf("%s: tags %v, want one of %v", where, own, tags)
		}
		filter, _ := op.Object["x-display-filter"].(string)
		description, _ := op.Object["description"].(string)
		if filter == "" || !strings.HasSuffix(description, "\n\nWireshark: `"+filter+"`") {
			t.Errorf("%s: the description must end in the x-display-filter %q: %s", where, filter, description)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(op.Object["responses"].(rig.Object))),
			func(s string) bool { return s[0] < '4' }) {
			t.Errorf("%s has no success", where)
		}
		for _, p := range op.params {
			if p["in"] == "path" && !strings.Contains(op.path, "{"+p["name"].(string)+"}") {
				t.Errorf("%s has no %v in its path", where, p["name"])
			}
		}
	}
}

func TestAllReferencesLeadSomewhere(t *testing.T) {
	d := openTwin(t)
	refs := 0
	walk(d.Object, "#", func(at string, o rig.Object) {
		if ref, ok := o["$ref"].(string); ok {
			refs++
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("%s: $ref %s: %v", at, ref, p)
				}
			}()
			d.follow(o)
		}
	})
	if refs == 0 {
		t.Error("no references were found")
	}
}

func TestTheExamplesAreValid(t *testing.T) {
	d := openTwin(t)
	n := 0
	check := func(at string, schema, example any) {
		n++
		for _, f := range d.faults(schema, example, "it") {
			t.Errorf("the example at %s: %s", at, f)
		}
	}
	walk(d.Object, "#", func(at string, o rig.Object) {
		if own, ok := o["examples"].([]any); ok { // of a schema
			for _, example := range own {
				check(at, o, example)
			}
		}
		if value, ok := o["default"]; ok && o["type"] != nil {
			check(at+"/default", o, value)
		}
		schema, ok := o["schema"]
		if !ok {
			return
		}
		if example, ok := o["example"]; ok {
			check(at, schema, example)
		}
		if several, ok := o["examples"].(rig.Object); ok {
			for name, example := range several {
				check(at+"/"+name, schema, d.follow(example)["value"])
			}
		}
	})
	if n < 50 {
		t.Errorf("only %d examples were found", n)
	}
}

func TestTheExamplesOfEventsAreValid(t *testing.T) {
	d := openTwin(t)
	news := d.Object["x-events"].(rig.Object)
	for group, events := range news {
		if group == "description" {
			continue
		}
		for name, e := range events.(rig.Object) {
			e := e.(rig.Object)
			if sample, ok := e["example"].(rig.Object); ok {
				f := d.faults(e["data"], sample["data"], "its data")
				if group == "everybody" {
					f = append(f, d.faults(rig.Object{"$ref": "#/components/schemas/Event"}, sample, "it")...)
				}
				if len(f) > 0 || sample["event"] != name {
					t.Errorf("the example of %s is of %v: %v", name, sample["event"], f)
				}
			}
			if ack, ok := e["ack_example"].(rig.Object); ok {
				if f := d.faults(e["ack"], ack["data"], "its data"); len(f) > 0 || ack["id"] != e["example"].(rig.Object)["id"] {
					t.Errorf("the ack of %s: %v", name, f)
				}
			}
			for _, then := range items(e["then"]) {
				if news["everybody"].(rig.Object)[then.(string)] == nil {
					t.Errorf("behind %s comes %v, which is not described", name, then)
				}
			}
		}
	}
}
