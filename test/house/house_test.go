// Package house holds the fences between the rooms of the house, as the README draws them. It reads the source, nothing
// else.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// sources returns all Go files but tests, by their path.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	fset, files := token.NewFileSet(), map[string]*ast.File{}
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || len(d.Name()) > 1 && d.Name()[0] == '.') {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
			files[filepath.ToSlash(path)] = f
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fset, files
}

func imports(f *ast.File) (paths []string) {
	for _, i := range f.Imports {
		paths = append(paths, strings.Trim(i.Path.Value, `"`))
	}
	return paths
}

func TestTheSevenFilesAndNoOtherAtTheTop(t *testing.T) {
	_, files := sources(t)
	var top []string
	for path := range files {
		if !strings.Contains(path, "/") {
			top = append(top, path)
		}
	}
	slices.Sort(top)
	if want := []string{"auth.go", "chat.go", "main.go", "memos.go", "polls.go", "store.go", "ws.go"}; !slices.Equal(top,
		want) {
		t.Errorf("Go files at the top = %v, want %v", top, want)
	}
}

func TestWhoMayTouchWhat(t *testing.T) {
	_, files := sources(t)
	never := map[string][]string{
		"main.go":  {"database/sql", "golang.org/x/net/websocket"},
		"auth.go":  {"database/sql", "golang.org/x/net/websocket", "pollwire/live/hub", "pollwire/data/groupcommit"},
		"polls.go": {"database/sql", "golang.org/x/net/websocket", "pollwire/live/hub", "pollwire/data/groupcommit"},
		"chat.go":  {"database/sql", "golang.org/x/net/websocket", "pollwire/live/hub", "pollwire/data/groupcommit"},
		"memos.go": {"database/sql", "golang.org/x/net/websocket", "pollwire/live/hub", "pollwire/data/groupcommit"},
		"ws.go":    {"database/sql", "pollwire/data/groupcommit"},
		"store.go": {"net/http", "encoding/json", "pollwire/live/hub", "pollwire/rest/problem", "pollwire/input", "pollwire/output"},
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
				t.Errorf("%s imports %s, which makes the program larger by an eighth; see package blanks", path, i)
			}
			if i == "database/sql" && path != "store.go" && !strings.HasPrefix(path, "data/groupcommit/") {
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
	fset, files := sources(t)
	subject := regexp.MustCompile(`(?i)(^|[^a-z])(poll|vote|ballot|tally|memo|nickname)s?([^a-z]|$)`)
	for path, f := range files {
		folder, _, inside := strings.Cut(path, "/")
		if !inside {
			continue
		}
		// The page, what drives the whole program from outside (test), and the lessons
		// are about nothing else.
		if folder != "web" && folder != "test" && !strings.HasPrefix(path, "lab/lessons/") {
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
	documented := map[string]bool{}
	for path, f := range files {
		documented[filepath.Dir(path)] = documented[filepath.Dir(path)] || f.Doc != nil
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestThreeDirectDependencies(t *testing.T) {
	text, err := os.ReadFile("go.mod")
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
