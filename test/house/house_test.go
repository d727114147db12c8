// Package house holds the fences between the rooms of the house, as the README draws them. It reads the source, nothing
// else.
package house

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// sources returns all Go files of the repository by their path, without tests or only these.
func sources(t *testing.T, tests bool) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	fset, files := token.NewFileSet(), map[string]*ast.File{}
	for path, text := range texts(t) {
		if strings.HasSuffix(path, "_test.go") == tests {
			f, err := parser.ParseFile(fset, path, text, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files[path] = f
		}
	}
	return fset, files
}

// texts returns the text of all Go files by their path.
func texts(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(rig.Root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || len(d.Name()) > 1 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") {
			text, err := os.ReadFile(filepath.Join(rig.Root, path))
			files[path] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func imports(f *ast.File) (paths []string) {
	for _, i := range f.Imports {
		paths = append(paths, strings.Trim(i.Path.Value, `"`))
	}
	return paths
}

func TestTheSevenFilesAndNoOtherAtTheTop(t *testing.T) {
	_, files := sources(t, false)
	var top []string
	for path := range files {
		if !strings.Contains(path, "/") {
			top = append(top, path)
		}
	}
	slices.Sort(top)
	seven := []string{"auth.go", "chat.go", "main.go", "memos.go", "polls.go", "store.go", "ws.go"}
	if !slices.Equal(top, seven) {
		t.Errorf("Go files at the top = %v, want %v", top, seven)
	}
}

// Beside the seven their tests must not be a crowd, and each stands behind the file that it tests.
func TestTheTestsAtTheTop(t *testing.T) {
	_, files := sources(t, true)
	n := 0
	for path := range files {
		if strings.Contains(path, "/") {
			continue
		}
		n++
		file, _, _ := strings.Cut(strings.TrimSuffix(path, "_test.go"), "_")
		if _, err := os.Stat(filepath.Join(rig.Root, file+".go")); err != nil {
			t.Errorf("%s is the test of no file: %v", path, err)
		}
	}
	if n > 25 {
		t.Errorf("%d test files at the top, want at most 25; what needs nothing from inside goes to test/", n)
	}
}

// Nobody scrolls for long, or to the side. Bytes, not characters: what is in Korean takes as much room in an editor.
func TestNoFileAndNoLineIsTooLong(t *testing.T) {
	for path, text := range texts(t) {
		if n := strings.Count(text, "\n"); n > 600 {
			t.Errorf("%s has %d lines, want at most 600", path, n)
		}
		n := 0
		for line := range strings.Lines(text) {
			if n++; len(strings.TrimSuffix(line, "\n")) > 120 {
				t.Errorf("%s:%d has %d bytes, want at most 120", path, n, len(line)-1)
			}
		}
	}
}

// Nobody holds more than a screen in his head. Tests may go on: what they do is a list.
func TestNoFunctionIsTooLong(t *testing.T) {
	fset, files := sources(t, false)
	for _, f := range files {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				if n := fset.Position(d.End()).Line - fset.Position(d.Pos()).Line + 1; n > 60 {
					t.Errorf("%v: %s has %d lines, want at most 60", fset.Position(d.Pos()), d.Name.Name, n)
				}
			}
		}
	}
}

// ---- who may import whom

// lower are the groups whose packages those of a group may import, beside each other's of their own. Package rig is for
// all tests.
var lower = map[string]string{
	"ops":  "",
	"rest": "ops",
	"live": "ops rest",
	"data": "ops rest",
	"wire": "ops rest live data",
	"web":  "rest",
	"lab":  "ops rest wire",

	"class": "ops rest live data lab",                // class/graded marks what lab/exercise asks
	"test":  "ops rest live data wire class web lab", // it looks at everything
	"main":  "ops rest live data wire class web lab",

	// a program by itself, which nobody imports: it takes the kit for Wireshark along
	"ops/release": "lab",
}

func TestWhoMayImportWhom(t *testing.T) {
	group := func(path string) string {
		folder, _, inside := strings.Cut(path, "/")
		if _, known := lower[folder]; inside || known {
			return folder
		}
		return "main"
	}
	for _, tests := range []bool{false, true} {
		_, files := sources(t, tests)
		for path, f := range files {
			mine := group(path)
			groups, known := lower[mine]
			groups = cmp.Or(lower[filepath.Dir(path)], groups)
			if !known {
				t.Errorf("%s is in a group that this test does not know", path)
			}
			for _, i := range imports(f) {
				i, ours := strings.CutPrefix(i, "pollwire/")
				if theirs := group(i); !ours || theirs == mine || slices.Contains(strings.Fields(groups), theirs) ||
					tests && i == "test/rig" { // which knows nothing of the inside
					continue
				}
				t.Errorf("%s imports %s; %s may import %s", path, i, mine, cmp.Or(groups, "nobody"))
			}
		}
	}
}

func TestWhoMayTouchWhat(t *testing.T) {
	_, files := sources(t, false)
	never := map[string][]string{
		"main.go":  {"database/sql", "golang.org/x/net/websocket"},
		"auth.go":  {"database/sql", "golang.org/x/net/websocket", "pollwire/live/hub", "pollwire/data/groupcommit"},
		"polls.go": {"database/sql", "golang.org/x/net/websocket", "pollwire/live/hub", "pollwire/data/groupcommit"},
		"chat.go":  {"database/sql", "golang.org/x/net/websocket", "pollwire/live/hub", "pollwire/data/groupcommit"},
		"memos.go": {"database/sql", "golang.org/x/net/websocket", "pollwire/live/hub", "pollwire/data/groupcommit"},
		"ws.go":    {"database/sql", "pollwire/data/groupcommit"},
		"store.go": {"net/http", "encoding/json", "pollwire/live/hub", "pollwire/rest/problem", "pollwire/rest/input",
			"pollwire/rest/output"},
	}
	for path, f := range files {
		for _, i := range imports(f) {
			if slices.Contains(never[path], i) {
				t.Errorf("%s imports %s", path, i)
			}
			if i == "modernc.org/sqlite" && !strings.HasPrefix(path, "data/groupcommit/") {
				t.Errorf("%s imports the SQLite driver; only groupcommit does", path)
			}
			if strings.HasSuffix(i, "/template") {
				t.Errorf("%s imports %s, which makes the program larger by a tenth; see package blanks", path, i)
			}
			if i == "database/sql" && path != "store.go" && path != "class/graded/store.go" &&
				!strings.HasPrefix(path, "class/store") && !strings.HasPrefix(path, "class/pollrows/") &&
				!strings.HasPrefix(path, "data/groupcommit/") {
				t.Errorf("%s imports database/sql", path)
			}
		}
	}
	ast.Inspect(files["ws.go"], func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "store" {
			t.Error("ws.go asks the store; it must go through castVote, postMessage and the token check")
		}
		return true
	})
}

// The folders are technologies: each can be read, tested and taken elsewhere alone.
func TestTheFoldersKnowNothingOfTheSubject(t *testing.T) {
	fset, files := sources(t, false)
	subject := regexp.MustCompile(`(?i)(^|[^a-z])(poll|vote|ballot|tally|memo|nickname)s?([^a-z]|$)`)
	for path, f := range files {
		folder, _, inside := strings.Cut(path, "/")
		if !inside {
			continue
		}
		// The class, the page, what drives the whole program from outside (test), the lessons and the exercises
		// are about nothing else.
		if folder != "class" && folder != "web" && folder != "test" && !strings.HasPrefix(path, "lab/lessons/") &&
			!strings.HasPrefix(path, "lab/exercise/") {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ImportSpec:
					return false
				case *ast.Ident:
					if subject.MatchString(n.Name) {
						t.Errorf("%v: %s", fset.Position(n.Pos()), n.Name)
					}
				case *ast.BasicLit:
					if n.Kind == token.STRING && subject.MatchString(n.Value) {
						t.Errorf("%v: %s", fset.Position(n.Pos()), n.Value)
					}
				}
				return true
			})
		}
		for _, i := range imports(f) {
			if i == "pollwire" {
				t.Errorf("%s imports the program", path)
			}
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	documented := map[string]bool{}
	_, files := sources(t, false)
	for path, f := range files {
		dir := filepath.Dir(path)
		documented[dir] = documented[dir] || f.Doc != nil
	}
	_, tests := sources(t, true)
	for path, f := range tests { // that of a test counts where there are only tests
		dir, code := filepath.Dir(path), func(other string) bool { return filepath.Dir(other) == filepath.Dir(path) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(files)), code) {
			documented[dir] = documented[dir] || f.Doc != nil
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// Who renames a file finds the comments that name it.
func TestCommentsNameFilesThatAreThere(t *testing.T) {
	there := map[string]bool{}
	for path := range texts(t) {
		there[filepath.Base(path)] = true
	}
	named := regexp.MustCompile(`[\w-]+\.go\b`)
	for _, tests := range []bool{false, true} {
		fset, files := sources(t, tests)
		for _, f := range files {
			for _, group := range f.Comments {
				for _, c := range group.List {
					for _, name := range named.FindAllString(c.Text, -1) {
						if !there[name] {
							t.Errorf("%v: there is no %s", fset.Position(c.Pos()), name)
						}
					}
				}
			}
		}
	}
}

func TestThreeDirectDependencies(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(rig.Root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, line := range strings.Split(string(text), "\n") {
		if f := strings.Fields(line); len(f) == 2 && strings.Contains(f[0], ".") {
			direct = append(direct, f[0])
		}
	}
	if want := []string{"golang.org/x/crypto", "golang.org/x/net", "modernc.org/sqlite"}; !slices.Equal(direct, want) {
		t.Errorf("direct dependencies = %v, want %v", direct, want)
	}
}
