package main

// The limits that the code enforces, web/openapi.json documents and the page repeats are the same.

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"pollwire/class"
	"pollwire/class/question"
	"pollwire/rest/password"
)

func TestThePageAndTheDocumentRepeatTheLimits(t *testing.T) {
	script, err := os.ReadFile("web/limits.js")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("web/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]map[string]any }
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	// documented is what the document says at a place such as "NewMemo content maxLength".
	documented := func(place string) string {
		f := strings.Fields(place)
		property := document.Components.Schemas[f[0]].Properties[f[1]]
		if len(f) == 4 {
			property, _ = property[f[2]].(map[string]any)
		}
		return fmt.Sprint(property[f[len(f)-1]])
	}
	for _, limit := range []struct {
		value  int
		page   string // its name in limits.js, "" where the page does not repeat it
		places []string
	}{
		{class.MaxUsername, "nameMost", []string{"NewUser username maxLength"}},
		{class.MaxNickname, "nameMost", []string{"NewUser nickname maxLength", "NewGuest nickname maxLength"}},
		{password.MinBytes, "passwordLeast", nil}, // JSON Schema counts characters, a password is counted in bytes
		{password.MaxBytes, "passwordMost", nil},
		{question.MaxTitle, "", []string{"NewPoll title maxLength", "PollPart title maxLength"}},
		{question.MaxDescription, "", []string{"NewPoll description maxLength", "PollPart description maxLength"}},
		{question.MaxText, "", []string{"NewPoll options items maxLength", "PollPart options items maxLength",
			"Choice text maxLength"}},
		{question.MinOptions, "optionsLeast", []string{"NewPoll options minItems", "PollPart options minItems"}},
		{question.MaxOptions, "optionsMost", []string{"NewPoll options maxItems", "PollPart options maxItems",
			"Choice option_ids maxItems"}},
		{maxMessage, "messageMost", []string{"NewMessage message maxLength"}},
		{maxMemo, "memoMost", []string{"NewMemo content maxLength", "MemoPart content maxLength"}},
		{maxFile >> 20, "fileMiB", nil},
	} {
		if limit.page != "" && !regexp.MustCompile(fmt.Sprintf(`\b%s = %d\b`, limit.page, limit.value)).Match(script) {
			t.Errorf("web/limits.js: %s is not %d", limit.page, limit.value)
		}
		for _, place := range limit.places {
			if got := documented(place); got != fmt.Sprint(limit.value) {
				t.Errorf("web/openapi.json: %s = %s, want %d", place, got, limit.value)
			}
		}
	}
}

// What a script says of a limit in its own words, where an import would make the page larger.
func TestTheScriptsSayTheLimits(t *testing.T) {
	for script, says := range map[string][]string{
		"web/pollcard.js": {"maxLength = kind === 'number' ? 30 : %d;", "up to %d characters", "%d자까지"},
	} {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range says {
			if want := fmt.Sprintf(words, question.MaxText); !strings.Contains(string(text), want) {
				t.Errorf("%s does not say %q", script, want)
			}
		}
	}
}
