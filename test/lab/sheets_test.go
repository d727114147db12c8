package lab

// Compares the lesson sheets in docs/lab with what the lessons say.

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pollwire/lab/lessons"
	"pollwire/test/rig"
)

// The sheets are what `pollwire lab sheets docs/lab` would write: a lesson that says something else has new sheets.
func TestTheSheetsSayWhatTheLessonsSay(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the sheets are made on Linux, which can do all that is on them")
	}
	docs := filepath.Join(rig.Root, "docs", "lab")
	kept, folder := os.DirFS(docs), filepath.Join(t.TempDir(), "lab")
	if err := os.CopyFS(folder, kept); err != nil {
		t.Fatal(err)
	}
	out, problems, status := runLab(t, "sheets", folder)
	if status != 0 {
		if strings.Contains(problems, "can be played here") || strings.Contains(problems, "no network in a box") {
			lacks(t, problems)
		}
		t.Fatalf("lab sheets = %d %s", status, problems)
	}
	for path := range strings.Lines(out) {
		path = strings.TrimSpace(path)
		now, _ := os.ReadFile(path)
		old, _ := os.ReadFile(filepath.Join(docs, filepath.Base(path)))
		t.Errorf("docs/lab/%s is not what the lessons say now: go run . lab sheets docs/lab\n%s", filepath.Base(path),
			firstDifference(string(old), string(now)))
	}
	names := map[string]bool{"README": true, "answers": true}
	for _, l := range lessons.All() {
		names[l.Name] = true
	}
	files, err := os.ReadDir(docs)
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f os.DirEntry) bool { return f.IsDir() }) // captures
	for _, f := range files {
		if name, _, _ := strings.Cut(f.Name(), "."); !names[name] {
			t.Errorf("docs/lab/%s belongs to no lesson", f.Name())
		}
	}
	if len(files) != 2*len(names) {
		t.Errorf("%d files in docs/lab, want %d in each of two languages", len(files), len(names))
	}
}

// firstDifference is the first line that two texts don't have in common.
func firstDifference(old, now string) string {
	a, b := strings.Split(old, "\n"), strings.Split(now, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "- " + a[i] + "\n+ " + b[i]
		}
	}
	return "one is longer"
}

func TestSheetsWantAFolder(t *testing.T) {
	for _, args := range []string{"sheets", "sheets one two"} {
		if out, problems, status := runLab(t, strings.Fields(args)...); status != 1 ||
			strings.Count(problems, "\n") != 1 || out != "" {
			t.Errorf("lab %s = %d %q %q, want status 1 and one line", args, status, out, problems)
		}
	}
}
