package blanks

import "testing"

func TestFill(t *testing.T) {
	values := map[string]string{"name": "Kim", "port": "8000", "none": "", "braces": "{{name}} }}"}
	for text, want := range map[string]string{
		"":                                     "",
		"no blanks, {one brace}":               "no blanks, {one brace}",
		"{{name}} at {{port}}, {{name}}":       "Kim at 8000, Kim",
		"[{{none}}]":                           "[]",
		"a value is not looked at: {{braces}}": "a value is not looked at: {{name}} }}",
		"{{if name}}{{name}} is here{{end}}.":  "Kim is here.",
		"{{if none}}{{none}} is here{{end}}.":  ".",
		"{{if name}}yes{{else}}no{{end}}.":     "yes.",
		"{{if none}}yes{{else}}no{{end}}.":     "no.",
		"{{if none}}{{name}}{{else}}-{{end}}{{if port}}:{{port}}{{end}}": "-:8000",
		"lines\n{{if none}}gone\n{{end}}stay\n":                          "lines\nstay\n",
	} {
		if got, err := Fill(text, values); got != want || err != nil {
			t.Errorf("Fill(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

// The texts are written by hand: a slip must not pass as a text that lacks something.
func TestWhatCantBeFilledIn(t *testing.T) {
	for _, text := range []string{
		"{{nobody}}", "{{}}", "{{ name}}", "{{.name}}", "{{if nobody}}{{end}}", "{{if none}}{{nobody}}{{end}}",
		"{{name", "{{if name}}", "{{if name}}{{else}}", "{{else}}", "{{end}}", "{{if name}}{{end}}{{end}}",
		"{{if name}}{{else}}{{else}}{{end}}", "{{if name}}{{if port}}{{end}}{{end}}", "{{with name}}", "{{else name}}",
		"{{end name}}",
	} {
		if got, err := Fill(text, map[string]string{"name": "Kim", "port": "8000", "none": ""}); err == nil || got != "" {
			t.Errorf("Fill(%q) = %q, %v, want an error", text, got, err)
		}
	}
}
