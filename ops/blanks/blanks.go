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
// so). Here that would be 1.8 MB, an eighth of the program.
package blanks

import (
	"errors"
	"fmt"
	"strings"
)

// Fill returns a text with its blanks filled in. A name that values does not have at all is an error, and so are braces
// and words that don't belong together.
func Fill(text string, values map[string]string) (string, error) {
	var filled strings.Builder
	inside, second, shown := false, false, true // inside an if, in its second part, and whether this part is for us
	for {
		plain, rest, found := strings.Cut(text, "{{")
		if shown {
			filled.WriteString(plain)
		}
		switch {
		case !found && inside:
			return "", errors.New("{{if}} without {{end}}")
		case !found:
			return filled.String(), nil
		}
		blank, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return "", errors.New("{{ without }}")
		}
		text = after
		condition, isIf := strings.CutPrefix(blank, "if ")
		if isIf && !inside {
			value, known := values[condition]
			if !known {
				return "", fmt.Errorf("{{%s}}: no such value", blank)
			}
			inside, shown = true, value != ""
		} else if blank == "else" && inside && !second {
			second, shown = true, !shown
		} else if blank == "end" && inside {
			inside, second, shown = false, false, true
		} else if value, known := values[blank]; !known {
			return "", fmt.Errorf("{{%s}}: no such value, or it can't stand here", blank)
		} else if shown {
			filled.WriteString(value)
		}
	}
}
