// Package blanks fills in the blanks of a text.
//
//	capture {{if ports}}{{ports}}{{else}}all ports{{end}}
//
// A name in double braces stands for its value. What is between if and else, or end where there is no else, is for a
// name that has a value, what is behind else for one that has none. There is nothing else: no if within an if, no
// loops. Who has a list fills in a text for each of its items. A value may have braces in it: it is not looked at
// again. Nor is it escaped: that is up to who knows what kind of text it is.
//
// text/template could do all of this, and more. But it calls methods by names that it finds when it runs, so where it
// is used the linker must keep every exported method of every type, of the standard library's too (reflect.Method says
// so). That would make this program larger by a tenth.
package blanks

import (
	"errors"
	"fmt"
	"strings"
)

// Fill returns a text with its blanks filled in. A name that values does not have at all is an error, and so are braces
// and words that don't belong together.
func Fill(text string, values map[string]string) (string, error) {
	f := filler{values: values, shown: true}
	for {
		plain, rest, found := strings.Cut(text, "{{")
		f.write(plain)
		switch {
		case !found && f.inside:
			return "", errors.New("{{if}} without {{end}}")
		case !found:
			return f.filled.String(), nil
		}
		blank, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return "", errors.New("{{ without }}")
		}
		if err := f.blank(blank); err != nil {
			return "", err
		}
		text = after
	}
}

// filler is a text on its way.
type filler struct {
	values map[string]string
	filled strings.Builder
	inside bool // an if
	second bool // of that, the part behind else
	shown  bool // this part is for us
}

func (f *filler) write(text string) {
	if f.shown {
		f.filled.WriteString(text)
	}
}

// blank is told what stands between two braces.
func (f *filler) blank(blank string) error {
	condition, isIf := strings.CutPrefix(blank, "if ")
	switch {
	case isIf && !f.inside:
		value, known := f.values[condition]
		if !known {
			return fmt.Errorf("{{%s}}: no such value", blank)
		}
		f.inside, f.shown = true, value != ""
	case blank == "else" && f.inside && !f.second:
		f.second, f.shown = true, !f.shown
	case blank == "end" && f.inside:
		f.inside, f.second, f.shown = false, false, true
	default:
		value, known := f.values[blank]
		if !known {
			return fmt.Errorf("{{%s}}: no such value, or it can't stand here", blank)
		}
		f.write(value)
	}
	return nil
}
