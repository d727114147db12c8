package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// rooms returns the folders that docs/design.md names, in its order: "wire", "wire/capture", ...
func rooms(t *testing.T) (names []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(rig.Root, "docs", "design.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, picture, _ := strings.Cut(string(text), "```\n")
	picture, _, _ = strings.Cut(picture, "```")
	group := ""
	for line := range strings.Lines(picture) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case strings.HasSuffix(name, "/"):
			group = strings.TrimSuffix(name, "/")
			names = append(names, group)
		case group != "" && strings.HasPrefix(line, "  "):
			names = append(names, group+"/"+name)
		}
	}
	return names
}

func TestThePictureOfTheHouseIsTrue(t *testing.T) {
	pictured := rooms(t)
	// In the tree: each folder of the top, and each folder below it that has a package, or is a group of tests.
	inside := map[string]bool{}
	for path := range texts(t) {
		if parts := strings.Split(path, "/"); len(parts) > 1 {
			inside[parts[0]] = true
			if len(parts) > 2 {
				inside[parts[0]+"/"+parts[1]] = true
			}
		}
	}
	inside["docs"] = true
	for name := range inside {
		if !slices.Contains(pictured, name) {
			t.Errorf("docs/design.md does not name %s/", name)
		}
	}
	for _, name := range pictured {
		if _, err := os.Stat(filepath.Join(rig.Root, name)); err != nil {
			t.Errorf("docs/design.md names %s/, which is not there", name)
		}
	}
	if len(pictured) < 20 {
		t.Errorf("only %d rooms were found in docs/design.md", len(pictured))
	}
}

// What the page calls by its name in code is called so there.
func TestThePictureNamesWhatIsThere(t *testing.T) {
	word := regexp.MustCompile(`[A-Za-z_]{3,}`)
	known := map[string]bool{}
	learn := func(text string) {
		for _, w := range word.FindAllString(text, -1) {
			known[w] = true
		}
	}
	for _, text := range texts(t) {
		learn(text)
	}
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join(rig.Root, path))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	learn(read("schema.sql"))
	learn(read("web/openapi.json"))
	for _, code := range regexp.MustCompile("`[^`\n]+`").FindAllString(read("docs/design.md"), -1) {
		for _, w := range word.FindAllString(code, -1) {
			if !known[w] {
				t.Errorf("docs/design.md: %s: nothing is called %s", code, w)
			}
		}
	}
}

// The READMEs have a table of the groups, in both languages, and name each room in it.
func TestTheREADMEsNameEachRoom(t *testing.T) {
	for _, readme := range []string{"README.md", "docs/README.ko.md"} {
		text, err := os.ReadFile(filepath.Join(rig.Root, readme))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range rooms(t) {
			group, room, _ := strings.Cut(name, "/")
			row := ""
			for line := range strings.Lines(string(text)) {
				if strings.HasPrefix(line, "| `"+group+"/`") {
					row = line
				}
			}
			if group == "docs" || row != "" && (room == "" || group == "test") {
				continue
			}
			if !strings.Contains(row, "`"+room+"`") {
				t.Errorf("%s: its table does not name %s/", readme, name)
			}
		}
	}
}
