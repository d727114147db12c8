package hub

import (
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// The small hub in the package comment is Go as gofmt writes it, and it compiles.
func TestTheSmallHubOfThePackageComment(t *testing.T) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "hub.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	code.WriteString("package small\n\nimport \"sync\"\n\n")
	for line := range strings.SplitSeq(file.Doc.Text(), "\n") {
		if text, ok := strings.CutPrefix(line, "\t"); ok || line == "" && strings.HasSuffix(code.String(), "}\n") {
			code.WriteString(text + "\n")
		}
	}
	text := strings.TrimRight(code.String(), "\n") + "\n"
	if want, err := format.Source([]byte(text)); err != nil || string(want) != text {
		t.Errorf("the code is\n%s\nand gofmt makes of it\n%s, %v", text, want, err)
	}
	small, err := parser.ParseFile(set, "small.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	check := types.Config{Importer: importer.ForCompiler(set, "source", nil)}
	if _, err := check.Check("small", set, []*ast.File{small}, nil); err != nil {
		t.Errorf("it does not compile: %v", err)
	}
}
