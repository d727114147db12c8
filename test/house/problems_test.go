package house

import (
	"go/ast"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"pollwire/rest/problem"
	"pollwire/test/rig"
)

// codes returns what a problem can be called, and the names of its values, as the sources say; and where a text has no
// code of its own though a page may have to show it.
func codes(t *testing.T) (known map[string][]string, bare []string) {
	known = map[string][]string{"invalid": nil, problem.New(416, "").Code: nil, problem.New(500, "").Code: nil}
	fset, files := sources(t, false)
	for path, f := range files {
		coded := map[ast.Expr]bool{} // the calls of Refuse and Add whose text has a code
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch name := nameOf(call); {
			case name == "Coded":
				of := call.Fun.(*ast.SelectorExpr).X
				coded[of] = true
				args := literals(call.Args)
				if len(args) != len(call.Args) {
					t.Errorf("%s: a code and the names of its values must be plain strings", fset.Position(call.Pos()))
				} else {
					known[args[0]] = append(known[args[0]], args[1:]...)
				}
				if strings.HasPrefix(nameOf(of), "RetryLater") {
					known[args[0]] = append(known[args[0]], "retry_after")
				}
			case name == "invalid" && strings.HasPrefix(path, "data/files/"):
				for _, code := range literals(call.Args[2:]) {
					known[code] = nil
				}
			case mustBeCoded(path, name, call) && !coded[call]:
				bare = append(bare, fset.Position(call.Pos()).String())
			}
			return true
		})
	}
	return known, bare
}

// nameOf is the last name of what is called.
func nameOf(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

func literals(list []ast.Expr) []string {
	var texts []string
	for _, e := range list {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ := strconv.Unquote(lit.Value)
			texts = append(texts, text)
		}
	}
	return texts
}

// mustBeCoded leaves out what the page does not ask, and what it never does wrong: it sends JSON that can be read.
func mustBeCoded(path, name string, call *ast.CallExpr) bool {
	for _, folder := range []string{"lab/", "wire/", "web/", "test/", "rest/problem/"} {
		if strings.HasPrefix(path, folder) {
			return false
		}
	}
	if name != "Refuse" && name != "RetryLater" {
		fun, ok := call.Fun.(*ast.SelectorExpr)
		return ok && name == "Add" && isIdent(fun.X, "v")
	}
	kind, ok := call.Args[0].(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"Unauthorized", "Forbidden", "Conflict", "TooMany", "Unavailable"},
		kind.Sel.Name)
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// kinds are the codes of bare statuses.
func kinds(t *testing.T) []string {
	source, err := os.ReadFile(filepath.Join(rig.Root, "rest/problem/problem.go"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range regexp.MustCompile(`= kind\{(\d+)\}`).FindAllSubmatch(source, -1) {
		status, _ := strconv.Atoi(string(m[1]))
		if http.StatusText(status) == "" {
			t.Errorf("there is no status %d", status)
		}
		list = append(list, problem.New(status, "").Code)
	}
	return list
}

// What the server refuses, the page says in two languages: it has words for each code, and for none that is no more.
func TestThePageHasWordsForEachProblem(t *testing.T) {
	known, bare := codes(t)
	for _, at := range bare {
		t.Errorf("%s: a text for people without a code: .Coded(\"...\"), and words for it in web/problems.js", at)
	}
	for _, code := range kinds(t) {
		known[code] = nil
	}
	source, err := os.ReadFile(filepath.Join(rig.Root, "web/problems.js"))
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	entry := regexp.MustCompile(`(?m)^  (\w+): \[((?:.|\n    )+)\],$`)
	for _, m := range entry.FindAllStringSubmatch(string(source), -1) {
		code, texts := m[1], m[2]
		said[code] = true
		params, ok := known[code]
		if !ok {
			t.Errorf("web/problems.js has words for %q, which the server never says", code)
		}
		if !strings.ContainsFunc(texts, func(c rune) bool { return unicode.Is(unicode.Hangul, c) }) ||
			!regexp.MustCompile(`['`+"`"+`][^'`+"`"+`]*[a-z]{2}`).MatchString(texts) {
			t.Errorf("%s: words in both languages are due, not %s", code, texts)
		}
		for _, p := range regexp.MustCompile(`p\.(\w+)`).FindAllStringSubmatch(texts, -1) {
			if ok && !slices.Contains(params, p[1]) {
				t.Errorf("%s: there is no value %q in it, but %v", code, p[1], params)
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(known)) {
		if !said[code] {
			t.Errorf("web/problems.js has no words for %q", code)
		}
	}
	if len(said) < 40 {
		t.Errorf("only %d codes were found", len(said))
	}
}

// fields returns the names of values that the server refuses, and in which file.
func fields(t *testing.T) map[string]string {
	// The page never sends these wrong, or only in an address that it makes itself.
	never := strings.Fields("Last-Event-ID after before id topic limit since wait count status value token chunk delay " +
		"n packets max_age role kind multiple named f")
	found := map[string]string{}
	_, files := sources(t, false)
	for path, f := range files {
		if strings.HasPrefix(path, "lab/") || strings.HasPrefix(path, "wire/") || strings.HasPrefix(path, "test/") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if fun, ok := call.Fun.(*ast.SelectorExpr); !ok || !isIdent(fun.X, "v") && nameOfField(fun.X) != "v" {
				return true
			} else if !slices.Contains([]string{"Add", "Text", "Texts", "Time", "ID", "IDs", "Within", "Present", "Once"},
				fun.Sel.Name) {
				return true
			}
			arg := call.Args[0]
			if sum, ok := arg.(*ast.BinaryExpr); ok {
				arg = sum.X // "answers." + field
			}
			for _, name := range literals([]ast.Expr{arg}) {
				name = strings.TrimSuffix(name, ".")
				if !slices.Contains(never, name) && !strings.HasPrefix(name, "line ") {
					found[name] = path
				}
			}
			return true
		})
	}
	return found
}

// nameOfField is the last name of a.b.
func nameOfField(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

var imported = regexp.MustCompile(`(?m)^import (?:.* from )?'\./(\w+\.js)'|import\('\./(\w+\.js)'\)`)

// loaded is the text of a module and of all that it imports.
func loaded(t *testing.T, name string, seen map[string]bool) string {
	t.Helper()
	seen[name] = true
	source, err := os.ReadFile(filepath.Join(rig.Root, "web", name))
	if err != nil {
		t.Fatal(err)
	}
	all := string(source)
	for _, m := range imported.FindAllStringSubmatch(string(source), -1) {
		if next := m[1] + m[2]; !seen[next] {
			all += loaded(t, next, seen)
		}
	}
	return all
}

// A refusal names its field as the page does, in both languages: nobody is told that their option_ids must not be
// empty. The form of a poll says it beside the field.
func TestThePageHasWordsForEachField(t *testing.T) {
	page, exercises, me := loaded(t, "app.js", map[string]bool{}), loaded(t, "exercises.js", map[string]bool{}),
		loaded(t, "me.js", map[string]bool{})
	form, err := os.ReadFile(filepath.Join(rig.Root, "web/pollform.html"))
	if err != nil {
		t.Fatal(err)
	}
	list := fields(t)
	for _, name := range slices.Sorted(maps.Keys(list)) {
		where, text := list[name], page
		switch {
		case strings.HasPrefix(where, "class/graded/"):
			text = exercises
		case where == "class/self.go":
			text = me
		}
		word := regexp.MustCompile(`[{ ]` + name + `: \[|const called = \{.*[{ ]` + name + `: '`)
		if !word.MatchString(text) && !strings.Contains(string(form), `data-field="`+name+`"`) {
			t.Errorf("%s refuses %q, for which the page has no word when it is told so: web/problems.js", where, name)
		}
	}
	if len(list) < 20 {
		t.Errorf("only %d fields were found: %v", len(list), list)
	}
}
